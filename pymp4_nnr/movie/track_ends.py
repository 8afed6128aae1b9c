"""When tracks and the movie end: whether a last sample that is stretched reaches just that far."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

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
        self._timescale = moov.need(b"mvhd").integer("timescale")
        self._durations = sorted(map(_duration, tracks))

    def beside(self, track: Track) -> EndsBeside:
        """When the others end."""
        start = track.start_edit[0]
        return EndsBeside(
            self._durations, self._timescale, _duration(track), start, track.timescale
        )


class EndsBeside(NamedTuple):
    """When the other tracks of a movie end, in ticks of the media of one; true if they do.

    Those that end before that one starts do not count.

    Attributes:
        durations: of all tracks, in their order, in ticks of the movie.
        timescale: ticks of the movie in a second.
        own: the one's duration.
        start: when its media starts, in ticks of the movie.
        media_timescale: ticks of its media in a second.
    """

    durations: Sequence[int]
    timescale: int
    own: int
    start: int
    media_timescale: int

    def __bool__(self) -> bool:
        later = len(self.durations) - bisect_right(self.durations, self.start)
        return bool(self.timescale and later - (self.own > self.start))

    def within(self, low: int, high: int) -> bool:
        """Whether one of them lies between two times."""
        if not self.media_timescale:
            return bool(self) and low < 0 < high
        first = max(self._in_movie(low), Fraction(self.start))
        last = self._in_movie(high)
        found = bisect_left(self.durations, last) - bisect_right(self.durations, first)
        return found > (first < self.own < last)

    def _in_movie(self, time: int) -> Fraction:
        """A time of the media in ticks of the movie."""
        return self.start + Fraction(time * self.timescale, self.media_timescale)


def _duration(track: Track) -> int:
    return track.box.need(b"tkhd").integer("duration")
