"""`mux`: NNR bitstreams into an MP4 file of their own, or into one with video and audio."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any, Literal, TypeAlias

from ..boxes.header import MAX_32
from ..edit.bitstream_index import BitstreamIndex
from ..edit.layout import Layout, Part, built, check_editable, kept_parts, lay_out, moov_part
from ..edit.new_track import (
    TRACK_NAME,
    Beside,
    Chunk,
    media_pieces,
    place_chunks,
    plan_chunks,
    track_box,
    track_duration,
)
from ..edit.offsets import OffsetMap
from ..errors import LimitError, MediaError, TrackError, in_file
from ..io.output import Progress, TargetLike, check_target, write_pieces
from ..io.ranges import Piece
from ..io.source import Source, SourceLike, open_sources
from ..movie.movie import Movie
from ..movie.sample_table import child, children, intact
from ..movie.timing import TIMESCALE, movie_duration, movie_timescale, presentation_start

_BEFORE_NEW_TRACKS = (b"mvhd", b"trak", b"pssh")
"""ffmpeg counts a `pssh` towards the track before it."""

Describes: TypeAlias = "int | Literal['video'] | None"
"""A track_ID, the first video track if there is one, or nothing."""


def mux(
    source: SourceLike | Source | Sequence[SourceLike | Source],
    target: TargetLike,
    *,
    into: SourceLike | Source | None = None,
    name: str | Sequence[str] = TRACK_NAME,
    describes: Describes = "video",
    timescale: int = TIMESCALE,
    align: bool = True,
    overwrite: bool = True,
    progress: Progress | None = None,
) -> int:
    """Write an NNR bitstream into an MP4 file: one track, one sample per NNR_NDU.

    The same input gives the same bytes.

    Args:
        source: the bitstream: a path, a buffer or a binary file object; or several of them,
            each of which gets a track.
        target: the file to write, which appears when it is whole; or a binary file object.
        into: an MP4, QuickTime or HEIF file to add the tracks to. All its tracks and boxes stay
            as they are, but for offsets that must move; `moov` comes first, then the NNR media
            data, then the old. Without it, the file holds the NNR tracks alone.
        name: name of the track (`hdlr`), or one for each source.
        describes: with `into`, the track that the network belongs to (`tref` of type `cdsc`): a
            track_ID, ``"video"`` for the first video track if there is one, or None.
        timescale: ticks per second; each sample lasts one tick. With `into`, the last sample is
            stretched to the end of the movie; where fewer ticks than samples fit the movie, the
            timescale is raised.
        align: pad media data of 1 MiB and more so that it has the same offset modulo 4096 as in
            the source, and file systems that share blocks need not copy it.
        overwrite: whether a target that exists may be replaced.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the file in bytes.

    Raises:
        BitstreamError: a source is not an NNR bitstream.
        LimitError: the configuration units pass 4 GiB.
        FileFormatError: `into` is not an MP4 file, is cut off, or cannot be edited.
        TrackError: `describes` is no track of `into`.
        SampleTableError: `into` has offsets that point outside of it.
        OutputError: the target exists and may not be replaced, or is an input.
        OSError: reading or writing fails.
    """
    if not 0 < timescale <= MAX_32:
        raise LimitError(f"a timescale of {timescale} does not fit its field")
    if into is None and describes not in ("video", None):
        raise TrackError(f"there is no movie with a track {describes} to describe")
    with ExitStack() as stack:
        files = source if isinstance(source, (list, tuple)) else [source]
        sources = [stack.enter_context(one) for one in open_sources(source)]
        names = [name] * len(sources) if isinstance(name, str) else list(name)
        if not all(isinstance(title, str) for title in names):
            raise MediaError("the name of a track is text")
        if len(names) != len(sources):
            raise TrackError(f"{len(names)} names are given for {len(sources)} bitstream(s)")
        movie = None
        if into is not None:
            with in_file(into):
                movie = stack.enter_context(Movie(into, image=True))
        inputs = [*sources, movie.source] if movie else sources
        check_target(target, overwrite=overwrite, inputs=inputs)
        tracks = []
        for opened, file, title in zip(sources, files, names, strict=True):
            with in_file(file if len(inputs) > 1 else None):
                tracks.append(NewTrack(BitstreamIndex(opened), title, timescale, align=align))
        pieces = _added(movie, tracks, describes) if movie else _alone(tracks)
        return write_pieces(pieces, target, overwrite=overwrite, inputs=inputs, progress=progress)


class NewTrack:
    """A track that is written: what it holds, and where its samples come to lie."""

    def __init__(self, index: BitstreamIndex, name: str, timescale: int, *, align: bool) -> None:
        self.index = index
        self.name = name
        self.timescale = timescale
        self.align = align
        self.plan = plan_chunks(index)
        self.chunks: list[Chunk] = []

    def _place(self, start: int, pad: bool) -> None:
        self.chunks = place_chunks(self.index, self.plan, start, align=self.align and pad)

    def media_part(self) -> Part:
        """The `mdat`s, as a part of the file."""

        def build(start: int, move: OffsetMap) -> list[Piece]:
            return list(media_pieces(self.index, self.chunks))

        return Part(build, place=self._place)

    def trak(self, track_id: int, beside: Beside, describes: int | None = None) -> Any:
        """The `trak` in a movie."""
        return track_box(
            self.index,
            self.chunks,
            track_id=track_id,
            name=self.name,
            timescale=self.timescale,
            beside=beside,
            describes=describes,
        )


def _alone(tracks: list[NewTrack]) -> list[Piece]:
    """A file with NNR tracks and nothing else."""
    file_type = built(
        {
            "type": b"ftyp",
            "major_brand": b"isom",
            "minor_version": 512,
            "compatible_brands": [b"isom", b"iso6", b"mp42"],
        }
    )
    timescale = tracks[0].timescale
    counts = [len(track.index.sizes) for track in tracks]
    beside = Beside(timescale, max(counts)) if len(tracks) > 1 else Beside(timescale)

    def build_moov(start: int, move: OffsetMap) -> list[Piece]:
        header = {
            "type": b"mvhd",
            "version": int(max(counts) > MAX_32),
            "timescale": timescale,
            "duration": max(counts),
            "next_track_ID": len(tracks) + 1,
        }
        traks = [track.trak(track_id, beside) for track_id, track in enumerate(tracks, 1)]
        return [built({"type": b"moov", "children": [header, *traks]})]

    parts = [Part(lambda start, move: [file_type]), Part(build_moov)]
    return lay_out(parts + [track.media_part() for track in tracks])


def _added(movie: Movie, tracks: list[NewTrack], describes: Describes) -> list[Piece]:
    """A file with NNR tracks added."""
    check_editable(movie)
    described = _described_track(movie, describes)
    beside = Beside(movie_timescale(movie), movie_duration(movie), presentation_start(movie))
    new_ids = _free_track_ids(movie, len(tracks))

    def edit(moov: Any) -> None:
        traks = [
            track.trak(track_id, beside, described)
            for track_id, track in zip(new_ids, tracks, strict=True)
        ]
        header = child(moov, b"mvhd", "moov")
        longest = max(track_duration(trak) for trak in traks)
        if header.duration < longest:
            header["duration"] = longest
            if longest > MAX_32:
                header["version"] = 1
        header["next_track_ID"] = max(header.next_track_ID, new_ids[-1] + 1)
        boxes = moov.children
        last = max(i for i, known in enumerate(boxes) if known.type in _BEFORE_NEW_TRACKS)
        boxes[last + 1 : last + 1] = traks
        for mvex in intact(moov, b"mvex", "moov"):
            for track_id in new_ids:
                mvex.children.append({"type": b"trex", "track_ID": track_id})

    front, rest = kept_parts(movie)
    parts: Layout = [*front, moov_part(movie, after=edit), *(t.media_part() for t in tracks), *rest]
    return lay_out(parts)


def _described_track(movie: Movie, describes: Describes) -> int | None:
    """The track_ID that `describes` means in this file."""
    if describes is None:
        return None
    handlers: dict[int, bytes] = {}
    for trak in children(movie.moov, b"trak"):
        mdia = child(trak, b"mdia", "moov/trak")
        hdlr = child(mdia, b"hdlr", "moov/trak/mdia", needed=False)
        handlers[child(trak, b"tkhd", "moov/trak").track_ID] = hdlr.handler_type if hdlr else b""
    if describes == "video":
        return next((track_id for track_id, kind in handlers.items() if kind == b"vide"), None)
    if describes not in handlers:
        listed = ", ".join(map(str, handlers)) or "none"
        raise TrackError(f"there is no track {describes} to describe; there are: {listed}")
    return describes


def _next(mvhd: Any) -> int:
    """`next_track_ID`; all ones says nothing (8.2.2)."""
    known: int = mvhd.next_track_ID
    return 0 if known == MAX_32 else known


def _free_track_ids(movie: Movie, count: int) -> list[int]:
    """The next track_IDs that no track has had; where none follow, any that no track has."""
    used = {child(trak, b"tkhd", "moov/trak").track_ID for trak in children(movie.moov, b"trak")}
    first = max(1, _next(child(movie.moov, b"mvhd", "moov")), *(known + 1 for known in used))
    if first + count > MAX_32:
        first = 1
    return list(islice((number for number in itertools.count(first) if number not in used), count))
