"""The pieces of an output, as a source: what is about to be written can be read as a file."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Sequence

from .byte_source import BufferSource, Source
from .ranges import Piece, SourceRange, piece_size


class PieceSource(Source):
    """The bytes of pieces, one after the other, read where the pieces are."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._ranges = [
            SourceRange(BufferSource(piece), 0, len(piece)) if isinstance(piece, bytes) else piece
            for piece in pieces
        ]
        ends = list(itertools.accumulate(map(piece_size, pieces)))
        self._starts = [0, *ends[:-1]]
        self.size = ends[-1] if ends else 0

    def read(self, offset: int, size: int) -> bytes:
        return b"".join(part.read(at, count) for part, at, count in self.extents(offset, size))

    def extents(self, offset: int, size: int) -> Iterator[tuple[Source, int, int]]:
        index = max(bisect.bisect_right(self._starts, offset) - 1, 0)
        while size > 0 and index < len(self._ranges):
            source, start, length = self._ranges[index]
            at = offset - self._starts[index]
            count = min(size, length - at)
            if count > 0:
                yield from source.extents(start + at, count)
                offset, size = offset + count, size - count
            index += 1
