"""When tracks and the movie end: whether a last sample that is stretched reaches just that far."""

from __future__ import annotations

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


def ends_beside(moov: Node, track: Track, tracks: Iterable[Track]) -> list[Fraction]:
    """When the other tracks end (`tkhd`), in ticks of the media of a track.

    Args:
        moov: the movie box.
        track: of the movie.
        tracks: all of the movie.
    """
    timescale = moov.need(b"mvhd").integer("timescale")
    shown = [
        other.box.need(b"tkhd").integer("duration") - track.start_edit[0]
        for other in tracks
        if other is not track and timescale
    ]
    return [Fraction(end * track.timescale, timescale) for end in shown if end > 0]
