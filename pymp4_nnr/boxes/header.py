"""Box headers (ISO/IEC 14496-12, 4.2): read and written here, and nowhere else."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import BoxHeaderError, BoxParseError, BrokenFileError, CutOffFileError
from ..io.ranges import ByteRange, read_exactly
from ..io.source import Source

HEADER_SIZE = 8
"""Bytes of an ordinary box header."""

LARGE_HEADER_SIZE = 16
"""Bytes of a box header with a 64-bit size, the longest one."""

MAX_32 = 0xFFFFFFFF
"""The largest number in 32 bits: the limit of ordinary sizes, offsets and durations."""

LARGESIZE = "largesize"
"""`size_form` of a box whose size is in the 64-bit field."""

TO_END = "to end of file"
"""`size_form` of a box with size 0: it ends where the file does."""

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


def decode_header(head: bytes, remaining: int, offset: int = 0) -> BoxHeader:
    """Read a box header.

    Whether the box fits into what holds it is not checked.

    Args:
        head: the first `LARGE_HEADER_SIZE` bytes of the box, or fewer if it has fewer.
        remaining: bytes from the header to the end of what holds the box: the size of a box that
            lasts to the end of the file.
        offset: byte offset of the header in its file.

    Raises:
        BoxParseError: the header is cut off, or the size is smaller than the header.
    """
    if len(head) < HEADER_SIZE:
        raise BoxHeaderError(
            f"{len(head)} trailing bytes are too few for a box header", offset=offset
        )
    size = int.from_bytes(head[:4])
    code = head[4:8].rstrip(b" ")
    if size >= HEADER_SIZE:
        return BoxHeader(code, offset, size, HEADER_SIZE, None)
    if size == 0:
        return BoxHeader(code, offset, remaining, HEADER_SIZE, TO_END)
    header_size = HEADER_SIZE
    if size == 1:
        header_size = LARGE_HEADER_SIZE
        size = int.from_bytes(head[8:16]) if len(head) >= LARGE_HEADER_SIZE else 0
        if size >= LARGE_HEADER_SIZE:
            return BoxHeader(code, offset, size, LARGE_HEADER_SIZE, LARGESIZE)
        if len(head) < LARGE_HEADER_SIZE:
            raise BoxHeaderError(
                "the 64-bit box size is cut off", box_path=show_code(code), offset=offset
            )
    raise BoxHeaderError(
        f"box size {size} is too small for a header of {header_size} bytes",
        box_path=show_code(code),
        offset=offset,
    )


def header_size(head: bytes) -> int:
    """Bytes of the box header that begins with these `HEADER_SIZE` bytes."""
    return LARGE_HEADER_SIZE if int.from_bytes(head[:4]) == 1 else HEADER_SIZE


def encode_header(code: bytes, body_size: int, size_form: str | None = None) -> bytes:
    """The bytes of a box header.

    Args:
        code: four-character code, without trailing spaces or with them.
        body_size: bytes of what follows the header.
        size_form: see `BoxHeader`; the same form is used, whether the size needs it or not.

    Raises:
        OverflowError: the size does not fit the form.
    """
    name = code.ljust(4)
    if size_form == LARGESIZE:
        return b"\0\0\0\1" + name + (body_size + LARGE_HEADER_SIZE).to_bytes(8)
    return (0 if size_form == TO_END else body_size + HEADER_SIZE).to_bytes(4) + name


_SIZE_AND_TYPE = struct.Struct(">I4s")


def child_headers(data: bytes, start: int, end: int, base: int) -> Iterator[BoxHeader]:
    """Yield the headers of the boxes in another, up to the first bytes that are no box.

    Args:
        data: bytes that hold the parent.
        start, end: indices in `data` of the first byte of the first box, and behind the parent.
        base: byte offset of ``data[0]`` in the file.
    """
    unpack_from = _SIZE_AND_TYPE.unpack_from
    while end - start >= HEADER_SIZE:
        size, code = unpack_from(data, start)
        if size >= HEADER_SIZE:
            header = BoxHeader(code.rstrip(b" "), base + start, size, HEADER_SIZE, None)
        else:
            try:
                head = data[start : min(start + LARGE_HEADER_SIZE, end)]
                header = decode_header(head, end - start, base + start)
            except BoxParseError:
                return
        if header.size > end - start or header.size_form == TO_END:
            return
        yield header
        start += header.size


def show_code(code: object) -> str:
    """A four-character code as text."""
    return code.decode("latin-1").strip() if isinstance(code, bytes) else repr(code)


def walk_boxes(source: Source, start: int = 0, end: int | None = None) -> Iterator[BoxHeader]:
    """Yield the headers of the boxes between two offsets (ISO/IEC 14496-12, 4.2).

    Args:
        source: the file.
        start, end: byte offsets; by default the whole file.

    Raises:
        FileFormatError: a box header is cut off, impossible, or its box runs past the end.
    """
    end = source.size if end is None else end
    offset = start
    while offset < end:
        remaining = end - offset
        try:
            header = decode_header(
                read_exactly(source, offset, min(LARGE_HEADER_SIZE, remaining)), remaining, offset
            )
        except BoxParseError as error:
            raise BrokenFileError(
                error.reason, box_path=error.box_path, offset=error.offset
            ) from error
        if header.size > remaining:
            raise CutOffFileError(
                f"the box has {header.size} bytes, the file ends after {remaining}",
                box_path=show_code(header.type),
                offset=offset,
            )
        yield header
        offset = header.end
