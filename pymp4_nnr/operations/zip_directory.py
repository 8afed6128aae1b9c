"""Zip files in which all who read them find the same entries.

Readers look for the directory at the end of the file in ways of their own: bytes in front of the
file, a comment, or a second directory make one see entries that another does not.
"""

from __future__ import annotations

import mmap
import struct
import zipfile

_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def check_directory(data: mmap.mmap) -> None:
    """Check that the directory of a zip file is where it says, and right at the end.

    Args:
        data: the whole file.

    Raises:
        ValueError: it is not.
    """
    at = len(data) - _END.size
    if at < 0:
        raise ValueError("it is cut off")
    signature, *_, size, offset, comment = _END.unpack_from(data, at)
    locator = at - _LOCATOR.size
    if data[max(locator, 0) : at].startswith(b"PK\6\7"):
        at = locator - _END_64.size
        if at < 0 or _LOCATOR.unpack_from(data, locator)[2] != at or data[at : at + 4] != b"PK\6\6":
            raise ValueError("the directory of the zip file is not at its end")
        *_, size, offset = _END_64.unpack_from(data, at)
    if signature != b"PK\5\6" or comment or offset + size != at:
        raise ValueError("the directory of the zip file is not at its end")


def check_method(entry: zipfile.ZipInfo) -> None:
    """Check that an entry is compressed as all who read zip files understand it.

    Raises:
        ValueError: it is not.
    """
    if entry.compress_type not in _METHODS:
        raise ValueError(f"{entry.filename} is compressed in a way that PyTorch does not read")
