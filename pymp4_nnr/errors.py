"""The errors that pymp4-nnr raises: a tree of classes, one for each kind of fault.

The message of an error says what is wrong and where: in which file, NNR unit or box, and at which
byte offset, as far as these apply. Programs find the same in attributes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


class NNRError(Exception):
    """Root of all errors of this package.

    Attributes:
        reason: what is wrong, without the place.
        unit_index: 0-based index of the NNR unit concerned, or None.
        box_path: path of the box concerned, such as ``moov/trak[1]/mdia``, or None.
        offset: byte offset of the fault in its file or bitstream, or None.
        file: path of the file, where several are read and it is known; else None.
    """

    file: str | None = None

    def __init__(
        self,
        reason: str,
        *,
        unit_index: int | None = None,
        box_path: str | None = None,
        offset: int | None = None,
    ) -> None:
        self.reason = reason
        self.unit_index = unit_index
        self.box_path = box_path
        self.offset = offset
        super().__init__(reason)

    def __str__(self) -> str:
        where = []
        if self.file is not None:
            where.append(self.file)
        if self.unit_index is not None:
            where.append(f"unit {self.unit_index}")
        if self.box_path:
            where.append(self.box_path)
        if self.offset is not None:
            where.append(f"byte offset {self.offset}")
        return f"{', '.join(where)}: {self.reason}" if where else self.reason

    def __repr__(self) -> str:
        names = ("unit_index", "box_path", "offset", "file")
        given = [(name, getattr(self, name)) for name in names]
        where = "".join(f", {name}={value!r}" for name, value in given if value is not None)
        return f"{type(self).__name__}({self.reason!r}{where})"


@contextmanager
def in_file(file: object) -> Iterator[None]:
    """Set `NNRError.file` of errors that are raised inside, if `file` is a path."""
    try:
        yield
    except NNRError as error:
        if error.file is None and isinstance(file, (str, os.PathLike)):
            error.file = str(os.fspath(file))
        raise


# --- NNR bitstreams -------------------------------------------------------------------------


class BitstreamError(NNRError):
    """The data is not a sequence of NNR units."""


class EmptyBitstreamError(BitstreamError):
    """The bitstream is empty."""


class UnitSizeError(BitstreamError):
    """`nnr_unit_size` is too small for the size field and the unit header."""


class TruncatedUnitError(BitstreamError):
    """The data ends within a unit."""


class TrailingBytesError(BitstreamError):
    """There are bytes after the last unit, too few to be a unit."""


class SyntaxElementError(BitstreamError):
    """A syntax element cannot be read from the data, or its value cannot be written."""


class TensorNotFoundError(BitstreamError):
    """There is no tensor of that name, or no sample of that number."""


# --- boxes ----------------------------------------------------------------------------------


class HostError(NNRError):
    """pymp4 or construct is not as `register` expects it, for example a version not supported."""


class BoxError(NNRError):
    """A box cannot be read or written."""


class BoxParseError(BoxError):
    """The data is not a box, or the box is truncated."""


class TruncatedBoxError(BoxParseError):
    """The data ends before a box does.

    Attributes:
        available: how many bytes of the box there are.
    """

    def __init__(
        self,
        reason: str,
        *,
        available: int = 0,
        unit_index: int | None = None,
        box_path: str | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(reason, unit_index=unit_index, box_path=box_path, offset=offset)
        self.available = available


class BoxBuildError(BoxError):
    """A box cannot be built from an object."""


# --- files and tracks -----------------------------------------------------------------------


class MediaError(NNRError):
    """A file cannot be read or written as asked."""


class FileFormatError(MediaError):
    """A file is not an MP4 file or NNR bitstream, or it is broken."""


class TrackError(MediaError):
    """There is no such track, or there are several and none is chosen, or it cannot be read."""


class SampleTableError(MediaError):
    """Sample tables or movie fragments contradict each other or the size of the file."""


class TensorIndexError(MediaError):
    """A sample is not what the tensor index stored in its file says."""


class LimitError(MediaError):
    """A value or size exceeds what the file format can hold, such as an `nnrC` box of 4 GiB."""


class OutputError(MediaError):
    """The output may not be written: it exists, or it is the input."""


# --- the codec ------------------------------------------------------------------------------


class CodecError(NNRError):
    """The NNC codec cannot decode these units, or cannot encode these tensors."""


class CodecMissingError(CodecError):
    """The NNC codec, or what it needs, is not installed."""


class DecodedSizeError(CodecError):
    """Decoding would take more memory than the caller allows, or than the codec can address."""
