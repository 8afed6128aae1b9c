"""When a movie starts and ends, so that a track can be made to last as long."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

from ..boxes.header import MAX_32
from .movie import Movie
from .sample_table import child, children, column, intact

TIMESCALE = 1000
"""Ticks per second where nothing else is said."""

_REORDERED = 64
"""Samples at the start of a track among which the one that is shown first is looked for."""


def movie_timescale(movie: Movie) -> int:
    """Ticks per second of `mvhd`."""
    return child(movie.moov, b"mvhd", "moov").timescale or TIMESCALE


def movie_duration(movie: Movie) -> int:
    """Ticks of the movie's timescale that the movie lasts, fragments included."""
    mvhd = child(movie.moov, b"mvhd", "moov")
    unknown = 0xFFFFFFFFFFFFFFFF if mvhd.version else MAX_32  # 8.2.2
    durations: list[int] = [mvhd.duration if mvhd.duration != unknown else 0]
    for mvex in intact(movie.moov, b"mvex", "moov"):
        told = [mehd.fragment_duration for mehd in intact(mvex, b"mehd", "moov/mvex")]
        durations += told if any(told) else [_fragments_end(movie)]
    return max(durations)


def presentation_start(movie: Movie) -> Fraction:
    """Seconds from the start of the movie to its first sample; edit lists count (8.6.5)."""
    timescale = movie_timescale(movie)
    starts = []
    for trak in children(movie.moov, b"trak"):
        mdia = child(trak, b"mdia", "moov/trak")
        media_timescale = child(mdia, b"mdhd", "moov/trak/mdia").timescale
        first = _first_composition_time(movie, trak)
        if first is None or not media_timescale:
            continue
        empty, media_time = _edits(trak)
        shown = Fraction(first - media_time, media_timescale) + Fraction(empty, timescale)
        starts.append(max(shown, Fraction(0)))
    return min(starts, default=Fraction(0))


def _edits(trak: Any) -> tuple[int, int]:
    """Movie ticks of the empty edit, and media time of the first other one."""
    empty = 0
    for edts in children(trak, b"edts"):
        for elst in children(edts, b"elst"):
            for edit in islice(elst.get("entries") or (), 2):
                if edit.media_time != -1:
                    return empty, edit.media_time
                empty += edit.segment_duration
    return empty, 0


def _first_composition_time(movie: Movie, trak: Any) -> int | None:
    """Media time of the sample that is shown first; None if the track has no samples."""
    track_id = child(trak, b"tkhd", "moov/trak").track_ID
    stbl = trak
    for code in (b"mdia", b"minf", b"stbl"):
        stbl = child(stbl, code, "moov/trak")
    times = list(islice(_table_times(stbl), _REORDERED))
    if not times:
        for moof in movie.fragments():
            for traf in children(moof, b"traf"):
                if child(traf, b"tfhd", "moof/traf").track_ID == track_id:
                    times += islice(_fragment_times(movie, traf), _REORDERED)
            if times:
                break
    return min(times, default=None)


def _table_times(stbl: Any) -> Iterator[int]:
    """Composition times of the samples in `stbl`."""
    stts = child(stbl, b"stts", "stbl")
    ctts = child(stbl, b"ctts", "stbl", needed=False)
    offsets = (
        row.sample_offset
        for row in (ctts.entries if ctts is not None else ())
        for _ in range(row.sample_count)
    )
    time = 0
    for row in stts.entries:
        for _ in range(row.sample_count):
            yield time + next(offsets, 0)
            time += row.sample_delta


def _fragment_times(movie: Movie, traf: Any) -> Iterator[int]:
    """Composition times of the samples in `traf`."""
    tfdt = child(traf, b"tfdt", "moof/traf", needed=False)
    time = tfdt.baseMediaDecodeTime if tfdt is not None else 0
    default = _default_duration(movie, traf)
    for trun in intact(traf, b"trun", "moof/traf"):
        for row in trun.sample_info:
            yield time + (row.sample_composition_time_offsets or 0)
            time += default if row.sample_duration is None else row.sample_duration


def _fragments_end(movie: Movie) -> int:
    """Where the last fragment ends, in ticks of the movie, for files that do not tell."""
    timescale = movie_timescale(movie)
    media_timescales = {
        child(trak, b"tkhd", "moov/trak").track_ID: child(
            child(trak, b"mdia", "moov/trak"), b"mdhd", "moov/trak/mdia"
        ).timescale
        for trak in children(movie.moov, b"trak")
    }
    ends: dict[int, int] = {}
    for moof in movie.fragments():
        for traf in children(moof, b"traf"):
            track_id = child(traf, b"tfhd", "moof/traf").track_ID
            for tfdt in intact(traf, b"tfdt", "moof/traf"):
                ends[track_id] = tfdt.baseMediaDecodeTime
            for trun in intact(traf, b"trun", "moof/traf"):
                if trun.flags.sample_duration_present:
                    lasts = sum(column(trun.sample_info, "sample_duration"))
                else:
                    lasts = trun.sample_count * _default_duration(movie, traf)
                ends[track_id] = ends.get(track_id, 0) + lasts
    return max(
        (
            -(-end * timescale // media_timescales[track_id])
            for track_id, end in ends.items()
            if media_timescales.get(track_id)
        ),
        default=0,
    )


def _default_duration(movie: Movie, traf: Any) -> int:
    """Ticks of a sample whose `trun` does not say."""
    tfhd = child(traf, b"tfhd", "moof/traf")
    if tfhd.default_sample_duration is not None:
        return int(tfhd.default_sample_duration)
    trex = movie.track_extends.get(tfhd.track_ID)
    return int(trex.default_sample_duration) if trex is not None else 0
