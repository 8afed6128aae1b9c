"""`mux`: store NNR bitstreams in a new MP4 file, or add them to one with video and audio."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from ..boxes.header import MAX_32
from ..boxes.node import NewBox
from ..edit.added_tracks import Describes, add_tracks, set_tracks
from ..edit.bitstream_index import BitstreamIndex
from ..edit.fragment_boxes import track_extends
from ..edit.interleaving import in_turns, segment_starts
from ..edit.layout import lay_out
from ..edit.new_fragments import FragmentIndex, FragmentSize, RandomAccess
from ..edit.new_track import TRACK_NAME, Beside, NewTrack, file_type
from ..edit.sections import NewMovieBox, Pieces, Sections, split_front
from ..errors import ArgumentError, ArgumentRangeError, TrackNamesError, TrackNotFoundError, in_file
from ..io.output import TargetLike, check_target, write_pieces
from ..io.progress import Progress, StepProgress
from ..io.ranges import Piece, piece_size
from ..io.source import FilesLike, SourceLike, is_several, open_sources
from ..movie.movie import Movie
from ..movie.timing import TIMESCALE
from .written_tracks import check_tracks


def mux(
    source: FilesLike,
    target: TargetLike,
    *,
    into: SourceLike | None = None,
    name: str | Sequence[str] = TRACK_NAME,
    describes: Describes = "video",
    timescale: int = TIMESCALE,
    align: bool = True,
    fragment: int | str | FragmentSize | None = None,
    interleave: bool = False,
    appendable: bool = False,
    at: float | None = None,
    tensor_index: bool = True,
    overwrite: bool = True,
    sync: bool = False,
    verify: bool = False,
    limit: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write an NNR bitstream into an MP4 file: one track, one sample per NNR_NDU.

    The same input gives the same bytes.

    Args:
        source: the bitstream: a path, a buffer or a binary file object; or several of them,
            each of which gets a track.
        target: the file to write, which appears only when it is complete; or a binary file object.
        into: an MP4, QuickTime or HEIF file to add the tracks to. All its tracks and boxes stay
            unchanged, except for offsets to data that moves; `moov` comes first, then the NNR media
            data, then the old. Without it, the file holds the NNR tracks alone.
        name: name of the track (`hdlr`), or one for each source.
        describes: with `into`, the track that the network belongs to (`tref` of type `cdsc`): a
            track_ID, ``"video"`` for the first video track if there is one, or None.
        timescale: ticks per second; each sample lasts one tick. With `into`, it is raised where
            fewer ticks than samples fit the movie.
        align: pad media data of 1 MiB and more so that it has the same offset modulo 4096 as in
            the source, and file systems that share blocks need not copy it.
        fragment: put the samples into movie fragments: this many into each, or as many as have
            at least this many bytes, as in ``"4MiB"``. With `into`, they come before the media
            data and fragments of the other tracks, which stay as they are.
        interleave: with `fragment` and `into`, where that has fragments: put one before each of
            them (more, where there are more), so that a player need not receive the network first.
        appendable: prepare the file for `append`, which then rewrites nothing of it.
        at: with `appendable`, when this first round of training arrived, in seconds since the
            start of 1970 in UTC.
        tensor_index: store an index of the tensors, by which they are found without reading the
            samples. It is left out where no header of an NDU can be read whole, or where it
            would pass 64 MiB.
        overwrite: whether a target that exists may be replaced.
        sync: return only when the file, and its name, are on the disk: for a power cut.
        verify: read back what was written, and compare every byte, before the file appears.
            Without it, too, the tables of the new tracks must lead to the bytes of the sources.
        limit: as of `open`, for what is in `into`.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the file in bytes.

    Raises:
        BitstreamError: a source is not an NNR bitstream.
        LimitError: the configuration units exceed 4 GiB.
        FileFormatError: `into` is not an MP4 file, is cut off, or cannot be edited.
        TrackError: `describes` is not a track of `into`.
        SampleTableError: `into` has offsets that point outside of it.
        OutputError: the target exists and may not be replaced, or is an input.
        OutputDiffersError: what was written, or would be, does not restore the sources.
        OSError: reading or writing fails.
    """
    if not 0 < timescale <= MAX_32:
        raise ArgumentRangeError(f"timescale {timescale} is not from 1 to {MAX_32}")
    if into is None and describes not in ("video", None):
        raise TrackNotFoundError(f"no track {describes} to describe: there is no movie to add to")
    size = None if fragment is None else FragmentSize.of(fragment)
    with ExitStack() as stack:
        files = source if is_several(source) else [source]
        sources = [stack.enter_context(one) for one in open_sources(source)]
        names = [name] * len(sources) if isinstance(name, str) else list(name)
        if not all(isinstance(title, str) for title in names):
            raise ArgumentError("the name of a track must be text")
        if len(names) != len(sources):
            raise TrackNamesError(f"{len(names)} names are given for {len(sources)} bitstream(s)")
        movie = None
        if into is not None:
            with in_file(into):
                movie = stack.enter_context(Movie(into, editable=True, image=True, limit=limit))
        inputs = [*sources, movie.source] if movie else sources
        check_target(target, overwrite=overwrite, inputs=inputs)
        tracks = []
        for opened, file, title in zip(sources, files, names, strict=True):
            with in_file(file if len(inputs) > 1 else None):
                index = BitstreamIndex(opened, tensors=tensor_index, progress=progress)
                tracks.append(
                    NewTrack(
                        *(index, title, timescale),
                        align=align,
                        fragment=size,
                        round_time=round_time(at) if appendable else None,
                    )
                )
        pieces = (
            _added(movie, tracks, describes, interleave=interleave) if movie else _alone(tracks)
        )
        check_tracks([pieces], sources, fragments=size is not None, limit=limit)
        if isinstance(progress, StepProgress):
            progress.begin("writing", sum(map(piece_size, pieces)))
        return write_pieces(
            pieces,
            target,
            overwrite=overwrite,
            sync=sync,
            verify=verify,
            inputs=inputs,
            progress=progress,
        )


def _alone(tracks: list[NewTrack]) -> list[Piece]:
    """A file with NNR tracks and nothing else."""
    timescale = tracks[0].timescale
    longest = max(len(track.index.sizes) for track in tracks)
    beside = Beside(timescale)
    header = {
        "type": b"mvhd",
        "version": int(longest > MAX_32),
        "timescale": timescale,
        "duration": longest,
        "next_track_ID": len(tracks) + 1,
    }

    fragments = set_tracks(tracks, range(1, len(tracks) + 1))
    extends = []
    appendable = any(track.round_time is not None for track in tracks)
    if fragments:
        header["duration"] = 0
    if fragments or appendable:
        told = [{"type": b"mehd", "version": 1, "fragment_duration": longest}]
        extended = map(track_extends, range(1, len(tracks) + 1))
        children = [*([] if appendable else told), *extended]
        extends = [{"type": b"mvex", "children": children}]

    def moov() -> NewBox:
        traks = [track.box(track_id, beside) for track_id, track in enumerate(tracks, 1)]
        return {"type": b"moov", "children": [header, *traks, *extends]}

    sections = [Pieces([file_type()]), NewMovieBox(moov), *(track.media for track in tracks)]
    for track_id, made in fragments.items():
        index = [] if appendable else [FragmentIndex(made, track_id, timescale)]
        sections += [*index, made]
    if fragments and not appendable:
        sections.append(RandomAccess(fragments))
    return lay_out(sections)


def round_time(at: float | None) -> int:
    """A time in milliseconds, as it is stored; 0 if it is not known.

    Args:
        at: seconds since the start of 1970 in UTC.

    Raises:
        LimitError: it is not after the start of 1970, or does not fit 64 bits.
    """
    if at is None:
        return 0
    if not 0.0005 < at < 1 << 53:
        raise ArgumentRangeError(f"{at} is no time after the start of 1970")
    return round(at * 1000)


def _added(
    movie: Movie, tracks: list[NewTrack], describes: Describes, *, interleave: bool = False
) -> list[Piece]:
    """A file with NNR tracks added."""
    moov, fragments = add_tracks(movie, tracks, describes, in_front=not interleave)
    sections = Sections(movie)
    front, rest = split_front(movie)
    for header in front:
        sections.keep(header)
    sections.add(moov, *(track.media for track in tracks))
    starts = segment_starts(rest) if interleave else []
    if starts:
        turns = dict(zip(starts, in_turns(fragments.values(), len(starts)), strict=True))
    else:
        turns = {}
        sections.add(*fragments.values())
    for header in rest:
        for made, one in turns.get(header.offset, ()):
            sections.add(Pieces(made.pieces(one)))
        sections.keep(header)
    return lay_out(sections.all)
