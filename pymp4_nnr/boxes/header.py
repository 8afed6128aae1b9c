"""The top-level boxes of a file, by their headers alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import FileFormatError
from ..io.ranges import ByteRange
from ..io.source import Source
from .box import LARGESIZE, TO_END

HEADER_SIZE = 8
"""Bytes of an ordinary box header."""

MAX_32 = 0xFFFFFFFF
"""The largest number in 32 bits: the limit of ordinary sizes, offsets and durations."""

MEDIA_DATA = frozenset((b"mdat", b"imda"))
"""Boxes whose bodies are media data."""


class BoxHeader(NamedTuple):
    """Where a box lies.

    Attributes:
        type: four-character code, trailing spaces stripped.
        offset: byte offset of its header.
        size: bytes of header and body.
        header_size: bytes of the header: 8, or 16 with a 64-bit size.
        size_form: None, `LARGESIZE` (64-bit size) or `TO_END` (size 0).
    """

    type: bytes
    offset: int
    size: int
    header_size: int
    size_form: str | None

    @property
    def body_offset(self) -> int:
        """Byte offset of the body."""
        return self.offset + self.header_size

    @property
    def range(self) -> ByteRange:
        """The whole box."""
        return ByteRange(self.offset, self.size)

    @property
    def body(self) -> ByteRange:
        """The box without its header."""
        return ByteRange(self.body_offset, self.size - self.header_size)

    @property
    def end(self) -> int:
        """Byte offset behind the box."""
        return self.offset + self.size


def walk_boxes(source: Source, start: int = 0, end: int | None = None) -> Iterator[BoxHeader]:
    """Yield the places of the boxes between two offsets (ISO/IEC 14496-12, 4.2).

    Args:
        source: the file.
        start, end: byte offsets; by default the whole file.

    Raises:
        FileFormatError: a box header is cut off, impossible, or its box runs past the end.
    """
    end = source.size if end is None else end
    offset = start
    while offset < end:
        head = source.read(offset, min(16, end - offset))
        if len(head) < 8:
            raise FileFormatError(
                f"{len(head)} trailing bytes are too few for a box header", offset=offset
            )
        size, kind = int.from_bytes(head[:4]), head[4:8].rstrip(b" ")
        header_size, form = 8, None
        if size == 1:
            size, header_size, form = int.from_bytes(head[8:16]), 16, LARGESIZE
        elif size == 0:
            size, form = end - offset, TO_END
        name = kind.decode("latin-1")
        if size < header_size or len(head) < header_size:
            raise FileFormatError(
                f"box size {size} is smaller than its header", box_path=name, offset=offset
            )
        if offset + size > end:
            raise FileFormatError(
                f"the box has {size} bytes, the file ends after {end - offset}",
                box_path=name,
                offset=offset,
            )
        yield BoxHeader(kind, offset, size, header_size, form)
        offset += size


def encode_header(code: bytes, body_size: int, size_form: str | None) -> bytes:
    """The header of a box (ISO/IEC 14496-12, 4.2).

    Args:
        code: four-character code.
        body_size: bytes of what follows the header.
        size_form: see `BoxHeader`; the same form is used, whether the size needs it or not.
    """
    name = code.ljust(4)
    if size_form == LARGESIZE:
        return b"\0\0\0\1" + name + (body_size + 16).to_bytes(8)
    return (0 if size_form == TO_END else body_size + 8).to_bytes(4) + name
