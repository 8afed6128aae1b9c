"""`SampleTable`: where samples lie, one by one and by runs."""

from __future__ import annotations

from array import array

from pymp4_nnr.io.ranges import SourceRange, merged
from pymp4_nnr.io.source import open_source
from pymp4_nnr.movie.sample_table import SampleTable


def test_runs_of_samples() -> None:
    samples = SampleTable()
    samples.add(100, [1, 2, 3], 1)
    samples.add(106, [4], 1)  # next to them
    samples.add(50, [5, 6], 1)
    samples.add(200, array("I", [7]), 2)
    assert list(samples.runs) == [0, 4, 6]
    assert list(samples.ranges(0, 7)) == [(100, 10), (50, 11), (200, 7)]
    assert list(samples.ranges(1, 3)) == [(101, 5)]
    assert list(samples.ranges(3, 5)) == [(106, 4), (50, 5)]
    assert list(samples.ranges(5, 7)) == [(55, 6), (200, 7)]
    assert not list(samples.ranges(4, 4))
    assert samples.descriptions == [(6, 1), (1, 2)]


def test_samples_one_by_one_and_by_runs_are_the_same() -> None:
    """Another muxer has put every sample into a chunk of its own, most next to each other."""
    samples = SampleTable()
    place = 0
    for number in range(1000):
        place += 10 if number % 7 == 0 else 0
        samples.add(place, [number % 5], 1)
        place += number % 5
    one_by_one = [
        SourceRange(SOURCE, offset, size)
        for offset, size in zip(samples.offsets, samples.sizes, strict=True)
    ]
    by_runs = [SourceRange(SOURCE, *run) for run in samples.ranges(0, 1000)]
    assert list(merged(one_by_one)) == list(merged(by_runs)) == by_runs


SOURCE = open_source(b"")
