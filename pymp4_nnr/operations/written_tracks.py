"""Whether a file that is about to be written restores the bitstreams that it is made of."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import OutputDiffersError
from ..io.piece_source import PieceSource
from ..io.ranges import Piece
from ..io.source import Source
from ..movie.movie import Movie

_PORTION = 1 << 20


def check_tracks(
    files: Sequence[Sequence[Piece]],
    sources: Sequence[Source],
    *,
    fragments: bool = True,
    limit: int | None = None,
) -> None:
    """Read the tables of the last tracks of a movie, and see that they lead to the sources' bytes.

    Samples are not read: it is enough that the places where a track has them are those of its
    bitstream, from its first byte to its last.

    Args:
        files: the file; or an initialization segment and media segments, in their order.
        sources: the bitstreams of its last tracks, in their order.
        fragments: whether these may have samples in fragments.
        limit: as of `open`, for the other tracks.

    Raises:
        OutputDiffersError: a track would restore something else.
    """
    with Movie(list(map(PieceSource, files)), fragments=fragments, limit=limit) as movie:
        for track, source in zip(movie.tracks[-len(sources) :], sources, strict=True):
            done = 0
            for piece in track.pieces():
                if isinstance(piece, bytes):
                    same, size = source.read(done, len(piece)) == piece, len(piece)
                else:
                    size = piece.size
                    same = _is_same(movie.source, piece.offset, size, source, done)
                if not same:
                    raise OutputDiffersError(
                        f"track {track.track_id} would not restore its bitstream", offset=done
                    )
                done += size
            if done != source.size:
                raise OutputDiffersError(
                    f"track {track.track_id} would restore {done} of {source.size} bytes"
                )


def _is_same(written: Source, offset: int, size: int, source: Source, done: int) -> bool:
    """Whether bytes of a file are those of its source from a place on."""
    for part, at, count in written.extents(offset, size):
        if part is not source or at != done:
            for first in range(0, count, _PORTION):
                some = min(_PORTION, count - first)
                if part.read(at + first, some) != source.read(done + first, some):
                    return False
        done += count
    return True
