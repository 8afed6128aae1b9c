"""`verify`: compare the bitstream in an MP4 file with the original, without writing it."""

from __future__ import annotations

from dataclasses import dataclass

from ..bitstream.unit_walk import walk
from ..errors import BitstreamError, in_file
from ..io.progress import Progress, StepProgress
from ..io.ranges import common_size, merged, piece_size, read_pieces
from ..io.source import FilesLike, Source, SourceLike, in_its_file, open_source
from ..movie.movie import Movie


@dataclass(frozen=True)
class Difference:
    """Where a restored bitstream differs from the original.

    Attributes:
        offset: byte offset of the first byte that differs, in the bitstream.
        unit_index: 0-based index of the unit of the original that holds it; None if the original
            ends before it.
        restored_size, original_size: bytes of both.
    """

    offset: int
    unit_index: int | None
    restored_size: int
    original_size: int

    def __str__(self) -> str:
        unit = "after the last unit" if self.unit_index is None else f"in unit {self.unit_index}"
        sizes = f"restored {self.restored_size} bytes, original {self.original_size} bytes"
        return f"first difference at byte {self.offset}, {unit} ({sizes})"


def verify(
    source: FilesLike,
    against: SourceLike,
    *,
    track_id: int | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Difference | None:
    """Compare the bitstream of a track with the original, without writing it.

    Args:
        source: as `demux`.
        track_id: as `demux`.
        against: the original bitstream.
        limit: as of `open`.
        progress: called with the number of bytes compared since the last call.

    Returns:
        The first difference, or None where both are identical.

    Raises:
        NNRError, OSError: as `demux`.
    """
    with (
        in_file(source),
        in_its_file(source),
        Movie(source, whole=True, limit=limit) as movie,
        open_source(against) as original,
    ):
        pieces = list(movie.track(track_id).pieces())
        restored_size = sum(map(piece_size, pieces))
        if isinstance(progress, StepProgress):
            progress.begin("comparing", restored_size)
        offset = 0
        expected_portions = _Portions(original)
        for data in read_pieces(merged(pieces)):
            expected = expected_portions.next(len(data))
            if data != expected:
                same = common_size(data, expected)
                place = offset + same
                unit = _unit_at(original, place)
                return Difference(place, unit, restored_size, original.size)
            offset += len(data)
            if progress:
                progress(len(data))
        if offset < original.size:
            return Difference(offset, _unit_at(original, offset), restored_size, original.size)
    return None


class _Portions:
    """A source read from its start to its end, in portions of any size."""

    def __init__(self, source: Source) -> None:
        self._stream = source.stream(0, source.size)
        self._ahead = b""

    def next(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        parts = [self._ahead]
        there = len(self._ahead)
        while there < size and (data := next(self._stream, b"")):
            parts.append(data)
            there += len(data)
        data = b"".join(parts)
        self._ahead = data[size:]
        return data[:size]


def _unit_at(source: Source, place: int) -> int | None:
    """0-based index of the unit that holds a byte, or of a broken unit before it."""
    try:
        for index, (offset, size, *_) in enumerate(walk(source)):
            if offset <= place < offset + size:
                return index
    except BitstreamError as error:
        return error.unit_index
    return None
