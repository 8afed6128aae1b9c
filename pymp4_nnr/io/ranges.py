"""Ranges of bytes, and the pieces that an output is made of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from ..errors import MissingBytesError, ShortenedError
from .byte_source import STREAM_PORTION, Source


class ByteRange(NamedTuple):
    """`size` bytes from byte `offset` on.

    Attributes:
        offset: 0-based, in bytes.
        size: in bytes.
    """

    offset: int
    size: int

    @property
    def end(self) -> int:
        """Offset of the byte behind the last one."""
        return self.offset + self.size

    def contains(self, other: ByteRange) -> bool:
        """Whether all bytes of `other` are in this range."""
        return self.offset <= other.offset and other.end <= self.end


def merge(ranges: Iterable[ByteRange]) -> list[ByteRange]:
    """The same bytes in as few ranges as possible, sorted; empty ranges are left out."""
    merged: list[ByteRange] = []
    for offset, size in sorted(ranges):
        if not size:
            continue
        if merged and offset <= merged[-1].end:
            start = merged[-1].offset
            merged[-1] = ByteRange(start, max(merged[-1].end, offset + size) - start)
        else:
            merged.append(ByteRange(offset, size))
    return merged


def subtract(ranges: Sequence[ByteRange], others: Sequence[ByteRange]) -> list[ByteRange]:
    """The bytes of `ranges` that are in none of `others`; both as `merge` gives them."""
    left: list[ByteRange] = []
    at = 0
    for start, size in ranges:
        end = start + size
        while at < len(others) and others[at].end <= start:
            at += 1
        index = at
        while index < len(others) and others[index].offset < end:
            other = others[index]
            if other.offset > start:
                left.append(ByteRange(start, other.offset - start))
            start = max(start, other.end)
            index += 1
        if start < end:
            left.append(ByteRange(start, end - start))
    return left


def clip(ranges: Sequence[ByteRange], bounds: ByteRange) -> list[ByteRange]:
    """The parts of `ranges` (as `merge` gives them) that lie in `bounds`."""
    found: list[ByteRange] = []
    index = max(bisect_right(ranges, ByteRange(bounds.offset, 0)) - 1, 0)
    while index < len(ranges) and ranges[index].offset < bounds.end:
        start = max(ranges[index].offset, bounds.offset)
        end = min(ranges[index].end, bounds.end)
        if start < end:
            found.append(ByteRange(start, end - start))
        index += 1
    return found


class SourceRange(NamedTuple):
    """Bytes `offset` to `offset + size` of a source."""

    source: Source
    offset: int
    size: int


class ZeroSource(Source):
    """As many zero bytes as one likes."""

    def __init__(self) -> None:
        self.size = 1 << 63

    def read(self, offset: int, size: int) -> bytes:
        return bytes(size)


Piece: TypeAlias = "bytes | SourceRange"


def merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same bytes in fewer pieces: neighbours that lie next to each other become one."""
    made: list[bytes] = []
    last: SourceRange | None = None  # or `made` is empty
    for piece in pieces:
        if isinstance(piece, bytes):
            if last is not None:
                yield last
                last = None
            made.append(piece)
        elif piece.size:
            if last is not None:
                if last.source is piece.source and last.offset + last.size == piece.offset:
                    last = SourceRange(last.source, last.offset, last.size + piece.size)
                    continue
                yield last
            elif made:
                yield b"".join(made)
                made = []
            last = piece
    if last is not None:
        yield last
    elif made:
        yield b"".join(made)


def piece_size(piece: Piece) -> int:
    """Bytes of a piece."""
    return len(piece) if isinstance(piece, bytes) else piece.size


def read_pieces(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """The bytes of the pieces, in portions that fit memory."""
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        for part, start, size in piece.source.extents(piece.offset, piece.size):
            at, end = start, start + size
            for data in part.stream(start, size):
                at += len(data)
                yield data
            while at < end:  # or the error that says what is missing
                data = read_exactly(part, at, min(STREAM_PORTION, end - at))
                at += len(data)
                yield data


def read_exactly(source: Source, offset: int, size: int, *, ahead: bool = False) -> bytes:
    """Read bytes that must be there.

    Args:
        source: what to read.
        offset, size: of the bytes.
        ahead: whether bytes near to these will be read next, so that reading ahead pays.

    Raises:
        MediaError: the file ends before them.
        OSError: they cannot be read.
    """
    if ahead:
        start, data = source.window(offset, size)
        data = data[offset - start : offset - start + size]
    else:
        data = source.read(offset, size)
    if len(data) != size:
        if offset + size <= source.size:
            raise shortened(offset, size, len(data))
        raise MissingBytesError(f"{size} bytes are needed, the file has {len(data)}", offset=offset)
    return data


def shortened(offset: int, needed: int, there: int) -> ShortenedError:
    """The error of a file that has become shorter since it was opened."""
    return ShortenedError(
        f"the file has been shortened while it was read: {needed} bytes are needed, "
        f"{max(there, 0)} are there",
        offset=offset,
    )


def common_size(one: bytes, other: bytes) -> int:
    """Length of the longest common prefix."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # a binary search
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
