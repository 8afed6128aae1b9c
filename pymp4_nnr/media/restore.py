"""Restoring bitstreams from MP4 files, and comparing them with the original."""

from __future__ import annotations

from dataclasses import dataclass

from ..bitstream import Source, SourceLike, open_source, walk
from ..errors import BitstreamError, in_file
from .files.pieces import (
    Progress,
    TargetLike,
    check_target,
    merged,
    piece_size,
    read_pieces,
    write_pieces,
)
from .reading.movie import FilesLike, Movie


def demux(
    source: FilesLike,
    target: TargetLike,
    *,
    track_id: int | None = None,
    overwrite: bool = True,
    progress: Progress | None = None,
) -> int:
    """Restore the NNR bitstream of a track, byte for byte.

    Only box headers, `moov` and `moof`s are read; samples are copied.

    Args:
        source: an MP4 file (path, buffer, binary file object), or a list of them: an
            initialization segment and its media segments.
        target: the file to write, which appears when it is whole; or a binary file object.
        track_id: the track; may be left out where there is one NNR track.
        overwrite: whether a target that exists may be replaced.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the bitstream in bytes.

    Raises:
        FileFormatError: the source is not an MP4 file, or its boxes are broken.
        TrackError: there is no such NNR track, or several and none is chosen.
        SampleTableError: the samples of the track cannot be located.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    with Movie(source) as movie:
        check_target(target, overwrite=overwrite, inputs=[movie.source])
        return write_pieces(
            movie.track(track_id).pieces(),
            target,
            overwrite=overwrite,
            inputs=[movie.source],
            progress=progress,
        )


@dataclass(frozen=True)
class Difference:
    """Where a restored bitstream differs from the original.

    Attributes:
        offset: byte offset of the first byte that differs, in the bitstream.
        unit_index: 0-based index of the unit of the original that holds it; None behind its end.
        restored_size, original_size: bytes of both.
    """

    offset: int
    unit_index: int | None
    restored_size: int
    original_size: int

    def __str__(self) -> str:
        unit = "behind the last unit" if self.unit_index is None else f"in unit {self.unit_index}"
        sizes = f"restored {self.restored_size} bytes, original {self.original_size} bytes"
        return f"first difference at byte {self.offset}, {unit} ({sizes})"


def verify(
    source: FilesLike,
    against: SourceLike | Source,
    *,
    track_id: int | None = None,
    progress: Progress | None = None,
) -> Difference | None:
    """Compare the bitstream that a track restores to with the original; nothing is written.

    Args:
        source, track_id: as `demux`.
        against: the original bitstream.
        progress: called with the number of bytes compared since the last call.

    Returns:
        The first difference, or None where both are identical.

    Raises:
        NNRError, OSError: as `demux`.
    """
    with in_file(source), Movie(source) as movie, open_source(against) as original:
        pieces = list(movie.track(track_id).pieces())
        restored_size = sum(map(piece_size, pieces))
        offset = 0
        for data in read_pieces(merged(pieces)):
            expected = original.read(offset, len(data))
            if data != expected:
                same = _common(data, expected)
                place = offset + same
                unit = _unit_at(original, place)
                return Difference(place, unit, restored_size, original.size)
            offset += len(data)
            original.passed(offset)
            if progress:
                progress(len(data))
        if offset < original.size:
            return Difference(offset, _unit_at(original, offset), restored_size, original.size)
    return None


def _common(one: bytes, other: bytes) -> int:
    """Number of bytes at the start that are the same."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # the longest common prefix, by halves
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _unit_at(source: Source, place: int) -> int | None:
    """0-based index of the unit that holds a byte; where units end in a broken one, that one."""
    try:
        for index, (offset, size, *_) in enumerate(walk(source)):
            if offset <= place < offset + size:
                return index
    except BitstreamError as error:
        return error.unit_index
    return None
