"""`demux`: restore the NNR bitstream of a track, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from ..errors import NotStreamableError, TrackNotFoundError
from ..io.output import TargetLike, check_target, write_pieces
from ..io.progress import Progress, StepProgress
from ..io.ranges import Piece
from ..io.source import FilesLike, in_its_file, is_pipe, is_several
from ..movie.items import find_item, item_pieces
from ..movie.movie import Movie
from ..movie.nnr_track import NNRTrack
from .stream import Arriving, write_arriving


def demux(
    source: FilesLike,
    target: TargetLike,
    *,
    track_id: int | None = None,
    rounds: int | Collection[int] | None = None,
    as_of: float | None = None,
    item_id: int | None = None,
    overwrite: bool = True,
    sync: bool = False,
    limit: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Restore the NNR bitstream of a track, byte for byte.

    Only box headers, `moov` and `moof` are parsed; samples are copied. From a file object that
    cannot seek to another file object, the units are written as they arrive (see `stream`), where
    the order of the file allows it.

    Args:
        source: an MP4 file (path, URL, buffer, binary file object), or a list of them: an
            initialization segment and its media segments.
        target: the file to write, which appears only when it is complete; or a binary file object.
        track_id: the track; may be left out where there is one NNR track.
        rounds: number of the round of training wanted, or several, from 1 on; None: all.
        as_of: a time in seconds since the start of 1970 in UTC: only rounds that had arrived by
            then; those of which the time is not known count as arrived.
        item_id: instead of a track, the NNR item with this item_ID in a `meta` box: its bytes as
            they are. The source may be an image file.
        overwrite: whether a target that exists may be replaced.
        sync: return only when the file, and its name, are on the disk: for a power cut.
        limit: as of `open`.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the bitstream in bytes.

    Raises:
        FileFormatError: the source is not an MP4 file, or its boxes are broken.
        TrackError: there is no such NNR track, or several and none is chosen; there is no such
            round, or none had arrived; or no such item.
        SampleTableError: the samples of the track cannot be located, overlap, or are not as long
            as their headers say. That is found before anything is written, but where the source
            can only be read through a file object: then while it is written.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    one = source[0] if is_several(source) and len(source) == 1 else source
    everything = rounds is as_of is item_id is None
    if everything and is_pipe(one) and not isinstance(target, (str, os.PathLike)):
        arriving = Arriving(one)
        try:
            return write_arriving(arriving, target, track_id, progress, limit or 0)
        except NotStreamableError:
            if not arriving.is_remembered:
                raise
            source = arriving  # from its start, by way of a temporary file
    with (
        in_its_file(source),
        Movie(source, image=item_id is not None, whole=True, limit=limit) as movie,
    ):
        check_target(target, overwrite=overwrite, inputs=[movie.source])
        if item_id is None:
            track = movie.track(track_id)
            pieces = wanted_pieces(track, rounds, as_of)
            if isinstance(progress, StepProgress) and rounds is as_of is None:
                progress.begin("writing", sum(track.samples.sizes))
        else:
            pieces = iter(item_pieces(movie, find_item(movie, item_id)))
        return write_pieces(
            pieces,
            target,
            overwrite=overwrite,
            sync=sync,
            inputs=[movie.source],
            progress=progress,
        )


def wanted_pieces(
    track: NNRTrack, rounds: int | Collection[int] | None, as_of: float | None
) -> Iterator[Piece]:
    """The bitstream, or some rounds of it; see `demux`."""
    wanted = {rounds} if isinstance(rounds, int) else None if rounds is None else set(rounds)
    if as_of is not None:
        arrived = {one.number for one in track.rounds if one.time is None or one.time <= as_of}
        wanted = arrived if wanted is None else wanted & arrived
        if not wanted:
            raise TrackNotFoundError("no round had arrived by then")
    return track.pieces(wanted, check=True)
