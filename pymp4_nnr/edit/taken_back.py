"""What `mux` had changed in `moov` for a track, taken back when the track has been removed.

The file does not say what it was like before: only what the boxes show to have been changed for
the track is changed back.
"""

from __future__ import annotations

from ..boxes.header import MAX_32
from ..boxes.node import Node, build_box
from ..movie.movie import Movie
from ..movie.nnr_track import NNRTrack
from ..movie.timing import movie_timescale
from .fragment_boxes import track_extends
from .track_references import referred_track_ids


def take_back(movie: Movie, removed: NNRTrack) -> None:
    """Change `moov` back, from which a track has been taken.

    A `moov` that has no track left keeps its header.

    Args:
        movie: which was opened to be edited.
        removed: the track.

    Raises:
        SampleTableError: the file is broken.
    """
    if movie.moov.children(b"trak"):
        _take_back_number(movie, removed.track_id)
        _take_back_duration(movie, removed)
    _take_back_extends(movie, removed.track_id)


def _take_back_number(movie: Movie, track_id: int) -> None:
    """`next_track_ID` (8.2.2), if the track had been given it and nothing has a higher number."""
    mvhd = movie.moov.need(b"mvhd")
    left = {trak.need(b"tkhd").integer("track_ID") for trak in movie.moov.children(b"trak")}
    left |= referred_track_ids(movie) - {track_id}
    if mvhd.integer("next_track_ID") == track_id + 1 and max(left) < track_id:
        mvhd.set("next_track_ID", track_id)


def _take_back_duration(movie: Movie, removed: NNRTrack) -> None:
    """The duration of the movie (8.2.2), if the track had raised it.

    Beside tracks with samples in `moov`, a track does not outlast the movie. So it has raised the
    duration only where that does not count the samples: where these are in fragments.
    """
    mvhd = movie.moov.need(b"mvhd")
    left = max(_duration(trak.need(b"tkhd")) for trak in movie.moov.children(b"trak"))
    duration = mvhd.integer("duration")
    raised = left < duration == _end(movie, removed)
    if raised and (not left or movie.moov.children(b"mvex")):
        mvhd.set("duration", left)


def _duration(tkhd: Node) -> int:
    """The duration of a track, in ticks of the movie; 0 where it is not known (8.3.2)."""
    unknown = 0xFFFFFFFFFFFFFFFF if tkhd.integer("version") else MAX_32
    duration = tkhd.integer("duration")
    return 0 if duration == unknown else duration


def _end(movie: Movie, track: NNRTrack) -> int:
    """When a track ends, in ticks of the movie; the samples in fragments count."""
    told = track.box.need(b"tkhd").integer("duration")
    if not track.timescale:
        return told
    shown = -(-len(track.samples) * movie_timescale(movie) // track.timescale)
    return max(told, track.start_edit[0] + shown)


def _take_back_extends(movie: Movie, track_id: int) -> None:
    """A `mvex` that `mux` has added: the other tracks have their samples in `moov`.

    It is the last box, and has for each track the `trex` of a network. An initialization segment,
    which may have the same, has no samples.
    """
    moov = movie.moov
    boxes = moov.children()
    if not boxes or boxes[-1].type != b"mvex" or boxes[-1].is_raw:
        return
    extends = boxes[-1].children()
    tracks = [track for track in movie.all_tracks if track.track_id != track_id]
    ours = [build_box(track_extends(track.track_id)) for track in tracks]
    if (
        [box.build() for box in extends] == ours
        and (not tracks or any(_has_samples(track.sample_table) for track in tracks))
        and not any(isinstance(track, NNRTrack) for track in tracks)
        and all(part.track_id == track_id for one in movie.fragments for part in one.tracks)
    ):
        moov.remove(boxes[-1])


def _has_samples(table: Node) -> bool:
    return any(table.need(b"stts").integers("entries", "sample_count"))
