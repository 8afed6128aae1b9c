"""When a movie starts and ends, so that a track can be made to last as long."""

from __future__ import annotations

from fractions import Fraction

from ..boxes.header import MAX_32
from .movie import Movie
from .track import Track

TIMESCALE = 1000
"""Ticks per second where nothing else is said."""


def movie_timescale(movie: Movie) -> int:
    """Ticks per second of `mvhd`."""
    return movie.moov.need(b"mvhd").integer("timescale") or TIMESCALE


def movie_duration(movie: Movie) -> int:
    """Ticks of the movie's timescale that the movie lasts, fragments included."""
    mvhd = movie.moov.need(b"mvhd")
    unknown = 0xFFFFFFFFFFFFFFFF if mvhd.integer("version") else MAX_32  # 8.2.2
    duration = mvhd.integer("duration")
    durations = [duration if duration != unknown else 0]
    for mvex in movie.moov.intact(b"mvex"):
        told = [mehd.integer("fragment_duration") for mehd in mvex.intact(b"mehd")]
        durations += told if any(told) else [_fragments_end(movie)]
    return max(durations)


def presentation_start(movie: Movie) -> Fraction:
    """Seconds from the start of the movie to its first sample; edit lists count (8.6.5)."""
    timescale = movie_timescale(movie)
    starts = []
    for track in movie.all_tracks:
        first = _first_composition(movie, track)
        if first is None or not track.timescale:
            continue
        empty, media_time = track.start_edit
        shown = Fraction(first - media_time, track.timescale) + Fraction(empty, timescale)
        starts.append(max(shown, Fraction(0)))
    return min(starts, default=Fraction(0))


def _first_composition(movie: Movie, track: Track) -> int | None:
    """Media time of the sample that is shown first; None if the track has no samples."""
    first = track.first_composition()
    if first is not None:
        return first
    return movie.fragment_times()[0].get(track.track_id)


def _fragments_end(movie: Movie) -> int:
    """Where the last fragment ends, in ticks of the movie, for files that do not tell."""
    ends = movie.fragment_times()[1]
    timescale = movie_timescale(movie)
    timescales = {track.track_id: track.timescale for track in movie.all_tracks}
    return max(
        (
            -(-end * timescale // timescales[track_id])
            for track_id, end in ends.items()
            if timescales.get(track_id)
        ),
        default=0,
    )
