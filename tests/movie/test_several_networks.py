"""What is known of one track with the help of the others."""

from __future__ import annotations

import random
from fractions import Fraction

from pymp4_nnr.movie.movie import MOST_SHARED, Movie
from pymp4_nnr.movie.track_ends import EndsBeside
from tests.nnr.streams import PARAMETERS, START, unit
from tests.round_trip import muxed


def test_samples_count_once_however_often_they_are_asked_for() -> None:
    """Together they may have a few times the bytes of the file, which these nearly fill."""
    with Movie(muxed(START + PARAMETERS + unit(5, bytes(30_000)))) as movie:
        for _ in range(3 * MOST_SHARED):
            assert len(movie.samples(movie.track())) == 1


def test_ends_are_found_as_by_looking_at_each() -> None:
    choice = random.Random(1)
    for _ in range(3000):
        ticks, media_ticks = choice.choice((0, 1, 3, 1000)), choice.choice((0, 1, 7, 1000))
        own, *others = [choice.randrange(9) for _ in range(choice.randrange(1, 5))]
        start, low = choice.randrange(5), choice.randrange(-2, 9)
        high = low + choice.randrange(1, 4)
        shown = [end - start for end in others if ticks and end > start]
        ends = [Fraction(end * media_ticks, ticks) for end in shown]
        found = EndsBeside(sorted((own, *others)), ticks, own, start, media_ticks)
        assert bool(found) == bool(ends)
        if found:
            assert found.within(low, high) == any(low < end < high for end in ends)
