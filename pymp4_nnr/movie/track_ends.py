"""When tracks and the movie end: whether a last sample that is stretched reaches just that far."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from fractions import Fraction

from ..boxes.node import Node
from .track import Track


def media_end(moov: Node, track: Track) -> Fraction | None:
    """When the movie ends (`mehd`), in ticks of a track's media; None if it does not say."""
    mehd = next((mehd for mvex in moov.intact(b"mvex") for mehd in mvex.intact(b"mehd")), None)
    if mehd is None or not mehd.integer("fragment_duration"):
        return None
    timescale = moov.need(b"mvhd").integer("timescale")
    if not timescale:
        return None
    shown = mehd.integer("fragment_duration") - track.start_edit[0]
    return Fraction(shown * track.timescale, timescale)


class TrackEnds:
    """When the tracks of a movie end (`tkhd`).

    Args:
        moov: the movie box.
        tracks: all of the movie.
    """

    def __init__(self, moov: Node, tracks: Iterable[Track]) -> None:
        self.timescale = moov.need(b"mvhd").integer("timescale")
        self.durations = sorted(map(_duration, tracks))

    def beside(self, track: Track) -> EndsBeside:
        """When the others end."""
        return EndsBeside(self, track)


class EndsBeside:
    """When the other tracks of a movie end, in ticks of the media of one; true if they do.

    Those that end before that one starts do not count.

    Args:
        ends: those of all tracks.
        track: the one.
    """

    def __init__(self, ends: TrackEnds, track: Track) -> None:
        self._ends = ends
        self._own = _duration(track)
        self._start = track.start_edit[0]
        self._timescale = track.timescale

    def __bool__(self) -> bool:
        durations = self._ends.durations
        later = len(durations) - bisect_right(durations, self._start) - (self._own > self._start)
        return bool(self._ends.timescale and later)

    def within(self, low: int, high: int) -> bool:
        """Whether one of them lies between two times."""
        if not self._timescale:
            return bool(self) and low < 0 < high
        first = max(self._in_movie(low), Fraction(self._start))
        last = self._in_movie(high)
        durations = self._ends.durations
        found = bisect_left(durations, last) - bisect_right(durations, first)
        return found > (first < self._own < last)

    def _in_movie(self, time: int) -> Fraction:
        """A time of the media in ticks of the movie."""
        return self._start + Fraction(time * self._ends.timescale, self._timescale)


def _duration(track: Track) -> int:
    return track.box.need(b"tkhd").integer("duration")
