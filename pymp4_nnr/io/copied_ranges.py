"""A source of which some ranges have been copied to a file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from .byte_source import Source


class CopiedRanges(Source):
    """The same bytes as another source has, some of them out of a copy.

    Args:
        original: where the other bytes are read.
        ranges: (offset, size) of what has been copied, sorted.
        copy: these bytes, one range after the other.
    """

    def __init__(self, original: Source, ranges: Sequence[tuple[int, int]], copy: Source) -> None:
        self.size = original.size
        self.is_remote = original.is_remote
        self._original = original
        self._copy = copy
        self._ranges = ranges
        self._starts = [offset for offset, _ in ranges]
        self._places: list[int] = []
        at = 0
        for _, size in ranges:
            self._places.append(at)
            at += size

    def read(self, offset: int, size: int) -> bytes:
        size = max(min(size, self.size - offset), 0)
        return b"".join(part.read(at, count) for part, at, count in self.extents(offset, size))

    def extents(self, offset: int, size: int) -> Iterator[tuple[Source, int, int]]:
        while size > 0:
            index = bisect_right(self._starts, offset) - 1
            start, length = self._ranges[index] if index >= 0 else (0, 0)
            if offset < start + length:
                count = min(size, start + length - offset)
                yield self._copy, self._places[index] + offset - start, count
            else:
                behind = self._starts[index + 1] if index + 1 < len(self._starts) else offset + size
                count = min(size, behind - offset)
                yield self._original, offset, count
            offset, size = offset + count, size - count

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        for part, at, count in self.extents(offset, size):
            yield from part.stream(at, count)

    def close(self) -> None:
        self._copy.close()
