"""NNR tracks added to the `moov` of a movie."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Literal, TypeAlias

from ..boxes.header import MAX_32
from ..errors import TrackNotFoundError
from ..escape import few
from ..movie.brands import allow_base_is_moof
from ..movie.movie import Movie
from ..movie.timing import movie_duration, movie_timescale, presentation_start
from .editable import check_editable
from .fragment_boxes import track_extends
from .new_fragments import NewFragments, first_sequence_number
from .new_track import Beside, NewTrack
from .offsets import MovableOffsets
from .sections import MovieBox
from .track_references import referred_track_ids

_BEFORE_NEW_TRACKS = (b"mvhd", b"trak", b"pssh")
"""ffmpeg counts a `pssh` towards the track before it."""

Describes: TypeAlias = "int | Literal['video'] | None"
"""A track_ID, the first video track if there is one, or nothing."""


def add_tracks(
    movie: Movie, tracks: list[NewTrack], describes: Describes, *, in_front: bool = True
) -> tuple[MovieBox, dict[int, NewFragments]]:
    """Add tracks to the `moov` of a movie that was opened to be edited.

    Args:
        movie: what they are added to.
        tracks: those to add.
        describes: the track that they belong to.
        in_front: whether their fragments come before those of the movie.

    Returns:
        The box, which is built where the media data of the tracks was placed last, and the
        fragments of the tracks by their track_IDs.

    Raises:
        FileFormatError: the movie cannot be edited.
        TrackError: `describes` is none of its tracks.
        SampleTableError: offsets point outside the file.
    """
    check_editable(movie)
    described = _described_track(movie, describes)
    beside = beside_tracks(movie)
    new_ids = _free_track_ids(movie, len(tracks))
    moov = movie.moov
    in_file = any(header.type == b"moov" for header in movie.boxes)
    offsets = MovableOffsets(moov)

    mvhd = moov.need(b"mvhd")
    longest = max(track.duration(beside) for track in tracks)
    if mvhd.integer("duration") < longest:
        mvhd.set("duration", longest)
        if longest > MAX_32:
            mvhd.set("version", 1)
    mvhd.set("next_track_ID", max(mvhd.integer("next_track_ID"), min(new_ids[-1] + 1, MAX_32)))
    used = [fragment.sequence_number for fragment in movie.fragments]
    for track in tracks:
        if track.fragments is not None:
            track.fragments.base_is_moof = allow_base_is_moof(movie.brands)
    fragments = set_tracks(tracks, new_ids, used, in_front=in_front)
    for mvex in moov.intact(b"mvex"):
        for track_id in new_ids:
            mvex.append(track_extends(track_id))
    traks: list[dict[str, object]] = [{} for _ in tracks]
    known = [box.type for box in moov.children()]
    last = max(i for i, code in enumerate(known) if code in _BEFORE_NEW_TRACKS)
    moov.insert(last + 1, traks)

    def refresh() -> None:
        for trak, track_id, track in zip(traks, new_ids, tracks, strict=True):
            trak.update(track.box(track_id, beside, described))

    appendable = any(track.round_time is not None for track in tracks)
    if (fragments or appendable) and not moov.children(b"mvex"):
        every = [track.track_id for track in movie.all_tracks] + new_ids
        moov.append({"type": b"mvex", "children": [*map(track_extends, every)]})
    return MovieBox(moov, offsets, in_file=in_file, refresh=refresh), fragments


def beside_tracks(movie: Movie) -> Beside:
    """When the tracks of a movie are shown: new ones are beside them.

    Raises:
        SampleTableError: a box is broken.
    """
    return Beside(movie_timescale(movie), movie_duration(movie), presentation_start(movie))


def set_tracks(
    tracks: list[NewTrack],
    track_ids: Iterable[int],
    used: Collection[int] = (),
    *,
    in_front: bool = True,
) -> dict[int, NewFragments]:
    """The fragments of the tracks by their track_IDs.

    Args:
        tracks: those to write.
        track_ids: theirs.
        used: `sequence_number`s of the other fragments of the file.
        in_front: whether the new ones come before these.
    """
    found = {}
    count = sum(track.fragments.count for track in tracks if track.fragments is not None)
    sequence = first_sequence_number(used, count, in_front=in_front)
    for track, track_id in zip(tracks, track_ids, strict=True):
        if track.fragments is not None:
            track.fragments.set_track(track_id, sequence)
            sequence += len(track.fragments.fragments)
            found[track_id] = track.fragments
    return found


def _described_track(movie: Movie, describes: Describes) -> int | None:
    """The track_ID that `describes` means in this file."""
    if describes is None:
        return None
    handlers = {track.track_id: track.handler_type for track in movie.all_tracks}
    if describes == "video":
        return next((track_id for track_id, kind in handlers.items() if kind == "vide"), None)
    if describes not in handlers:
        listed = few(map(str, handlers))
        raise TrackNotFoundError(f"there is no track {describes} to describe; there are: {listed}")
    return describes


def _free_track_ids(movie: Movie, count: int) -> list[int]:
    """The next track_IDs that were never used; if there are no more, any that are free now.

    A number that anything in the file refers to is not free, though no track has it: the new track
    would be taken for what is meant.
    """
    used = {track.track_id for track in movie.all_tracks}
    meant = used | referred_track_ids(movie)
    following = movie.moov.need(b"mvhd").integer("next_track_ID")
    if following == MAX_32:
        following = 0  # all ones says nothing (8.2.2)
    first = max(1, following, *(known + 1 for known in used))
    found = _free(first, meant, count)
    return found if found[-1] < MAX_32 else _free(1, meant, count)


def _free(first: int, meant: Collection[int], count: int) -> list[int]:
    return list(islice((number for number in itertools.count(first) if number not in meant), count))
