"""Samples that a segmenter has repeated.

A sample that lasts longer than a segment is stored again at the start of each segment that it
reaches into. Earlier versions of this package gave the last sample of a network beside video such
a duration; the samples of others may have it too. The bitstream holds the sample once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from ..boxes.node import Node
from ..errors import SampleOverlapError, UnclearRepetitionError
from ..io.ranges import ByteRange, read_exactly
from ..io.source import Source
from ..nnr_error import RAISED
from .fragment import FragmentTiming, TrackFragment, TrackRun
from .sample_table import SampleTable
from .track_ends import EndsBeside
from .unit_groups import without_samples


def without_repeats(
    same: SampleComparison,
    parts: Iterable[TrackFragment],
    before: ByteRange | None,
    movie_end: Fraction | None,
) -> Iterator[TrackFragment]:
    """Yield what the fragments hold of a track, without the samples that are repeated.

    The first sample of a fragment repeats the one before if it has the same bytes and either says
    that it is redundant, or is decoded while that one still lasts. The last sample of the track,
    if it alone was given a longer duration and has the bytes of the one before, repeats that one
    if the track would otherwise outlast the movie.

    Args:
        same: compares samples of the file.
        parts: of the track, in order.
        before: the last sample in front of the fragments, if there is one.
        movie_end: when the movie ends, in ticks of the media; None if it does not say.

    Raises:
        TrackError: it cannot be told whether the last sample is repeated.
        SampleOverlapError: as `SampleComparison`.
    """
    last, clock = before, RepeatClock()
    found = list(parts)
    filled = [index for index, part in enumerate(found) if any(run.sizes for run in part.runs)]
    for index, part in enumerate(found):
        runs = [run for run in part.runs if run.sizes]
        timing = part.timing
        if not runs or timing is None:
            yield part
            continue
        groups = part.groups
        first_may, last_may = clock.may_repeat(timing)
        first = ByteRange(runs[0].start, runs[0].sizes[0])
        if first_may and last and same(last, first):
            groups = tuple(without_samples(groups, [0]))
            runs[0] = TrackRun.at(first.end, runs[0].sizes[1:], runs[0].description)
            runs = [run for run in runs if run.sizes]
        if runs and index == filled[-1] and last_may:
            pair = _last_two(runs, last)
            if pair and same(*pair) and is_repetition(clock.time, movie_end, pair[1].offset):
                removed = sum(len(run.sizes) for run in runs) - 1
                groups = tuple(without_samples(groups, [removed]))
                runs[-1] = TrackRun.at(runs[-1].start, runs[-1].sizes[:-1], runs[-1].description)
                runs = [run for run in runs if run.sizes]
        if runs:
            last = ByteRange(runs[-1].range.end - runs[-1].sizes[-1], runs[-1].sizes[-1])
        yield replace(part, runs=tuple(runs), groups=groups)


class RepeatClock:
    """Which samples of fragments may be repeated ones, told by when they are decoded.

    Attributes:
        time: where the fragments so far end, in ticks of the media.
    """

    def __init__(self) -> None:
        self.time = 0
        self._at: int | None = None  # when the last sample so far is decoded
        self._lasts = 0
        self._is_told = False  # whether a fragment said when it is decoded

    def goes_back(self, timing: FragmentTiming) -> bool:
        """Whether the next fragment is decoded before the last sample so far."""
        time, at = timing.decode_time, self._at
        return self._is_told and at is not None and time is not None and time < at

    def may_repeat(self, timing: FragmentTiming) -> tuple[bool, bool]:
        """Count the next fragment that has samples of the track.

        Returns:
            Whether its first sample may repeat the one before, if that has the same bytes; and
            its last one the one before that, if no fragment follows and `is_repetition`.
        """
        at, time = self._at, timing.decode_time
        self._is_told |= time is not None
        straddles = at is not None and time is not None and at <= time < at + self._lasts
        self.time = (self.time if time is None else time) + timing.duration
        self._at, self._lasts = self.time - timing.last_duration, timing.last_duration
        return timing.first_redundant or straddles, self._lasts > max(timing.longest_before, 1)


def repeated_samples(stbl: Node, samples: SampleTable, same: SampleComparison) -> list[int]:
    """0-based indices of samples of `stbl` that repeat the one before.

    They have the same bytes, and `sdtp` says of them that they are redundant (8.6.4): so they
    come out of segments that were made one file again.
    """
    sdtp = stbl.find(b"sdtp")
    flags = sdtp.integers("entries", "sample_has_redundancy") if sdtp else ()
    return [
        index
        for index, redundant in enumerate(flags[: len(samples)])
        if redundant == 1 and index and same(samples.range(index - 1), samples.range(index))
    ]


def last_is_repeated(
    stbl: Node, samples: SampleTable, same: SampleComparison, ends: Callable[[], EndsBeside]
) -> bool:
    """Whether the last sample of `stbl` repeats the one before, and nothing flags it.

    So it is where a last sample that was stretched to the end of the movie was repeated within a
    segment, which MP4Box does with video and network in one representation, and the segments were
    made one file again: the track lasts one tick longer than the movie did.

    Args:
        stbl: of the track.
        samples: in it, at least one.
        same: compares samples of the file.
        ends: gives when the other tracks end.

    Raises:
        UnclearRepetitionError: the last two samples have the same bytes and the last alone is
            stretched, but not to where another track ends.
    """
    end = stretched_end(stbl)
    last = len(samples) - 1
    if end is None or not last:
        return False
    if not same(samples.range(last - 1), samples.range(last)):
        return False
    return is_repetition_beside(end, ends(), samples.range(last).offset)


def stretched_end(stbl: Node) -> int | None:
    """Where the samples of `stbl` end, in ticks, if the last one alone is stretched; else None."""
    stts = stbl.need(b"stts")
    counts, deltas = (stts.integers("entries", name) for name in ("sample_count", "sample_delta"))
    if len(counts) < 2 or counts[-1] != 1 or deltas[-1] <= max(1, max(deltas[:-1])):
        return None
    return sum(count * delta for count, delta in zip(counts, deltas, strict=True))


def is_repetition_beside(end: int, others: EndsBeside, offset: int) -> bool:
    """Whether a last sample with the bytes of the one before, and stretched, repeats it.

    Args:
        end: when the track ends, in ticks of the media.
        others: when the other tracks end.
        offset: byte offset of the sample, for the error.

    Raises:
        UnclearRepetitionError: it cannot be told.
    """
    if not others or others.within(end - 1, end + 1):
        return False
    if others.within(end - 2, end):  # a tick before, or more
        return True
    raise _unclear(offset)


class SampleComparison:
    """Compares samples of a file, whose bytes it reads no more than a few times altogether.

    Args:
        source: the file.
        most_bytes: that the samples of a network may have.
    """

    def __init__(self, source: Source, most_bytes: int) -> None:
        self._source = source
        self._left = 4 * most_bytes

    def __call__(self, one: ByteRange, other: ByteRange) -> bool:
        """Whether two samples have the same bytes.

        Raises:
            SampleOverlapError: so many samples are compared that they must overlap.
        """
        if one.size != other.size:
            return False
        self._left -= one.size + other.size
        if self._left < 0:
            raise SampleOverlapError(
                "samples overlap: those that may be repeated have several times the bytes of the "
                f"file together; {RAISED}",
                offset=other.offset,
            )
        for at in range(0, one.size, _STEP):
            size = min(_STEP, one.size - at)
            first = read_exactly(self._source, one.offset + at, size)
            if first != read_exactly(self._source, other.offset + at, size):
                return False
        return True


_STEP = 1 << 20
"""Bytes of two samples that are compared at once."""


def _last_two(runs: list[TrackRun], before: ByteRange | None) -> tuple[ByteRange, ByteRange] | None:
    """The last two samples of some runs, with the one before the runs."""
    final = runs[-1]
    last = ByteRange(final.range.end - final.sizes[-1], final.sizes[-1])
    if len(final.sizes) > 1:
        return ByteRange(last.offset - final.sizes[-2], final.sizes[-2]), last
    if len(runs) > 1:
        size = runs[-2].sizes[-1]
        return ByteRange(runs[-2].range.end - size, size), last
    return (before, last) if before else None


def is_repetition(end: int, movie_end: Fraction | None, offset: int) -> bool:
    """Whether a last sample, which was stretched to the movie's end, was repeated before that.

    Args:
        end: when the track ends, in ticks of the media.
        movie_end: when the movie ends; None if it does not say.
        offset: byte offset of the sample, for the error.

    Raises:
        TrackError: it cannot be told.
    """
    if movie_end is not None:
        if end - movie_end >= 1:
            return True
        if end - movie_end > -1:
            return False
    raise _unclear(offset)


def _unclear(offset: int) -> UnclearRepetitionError:
    return UnclearRepetitionError(
        "the last two samples are the same and the last is stretched: a segmenter may have "
        "repeated it, and nothing tells whether it has",
        offset=offset,
    )
