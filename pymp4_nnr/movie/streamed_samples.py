"""The samples that a `moov` or `moof` announces, in a file that is read as it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from ..boxes.node import Node
from ..errors import HeldSizeError, NotStreamableError
from .fragment import TrackFragment
from .nnr_track import NNRTrack
from .repeats import stretched_end
from .sample_table import chunk_samples, total_size
from .unit_groups import Description, UnitGroup, unit_groups

UNBOUNDED = 1 << 62
"""Bytes of a file whose size is not known."""

_MOST_OF_ONE_SIZE = 1 << 20
"""Samples of a fragment, where none has a size of its own: their number is but claimed."""


class AnnouncedSample(NamedTuple):
    """A sample that is to come.

    Attributes:
        offset: of its first byte in the file.
        size: in bytes.
        description: 1-based sample_description_index.
        group: what a sample group says of it.
        may_repeat: whether it repeats the sample before if it has the same bytes.
        may_repeat_at_end: whether it does so if no other sample follows, and `is_repetition`.
        end_time: where its fragment ends, in ticks of the media.
        stretched_end: of the last sample of `stbl`, if it alone is stretched: where it ends.
    """

    offset: int
    size: int
    description: int
    group: Description | None
    may_repeat: bool = False
    may_repeat_at_end: bool = False
    end_time: int = 0
    stretched_end: int | None = None


class _Groups:
    """Finds the group of one sample after the other."""

    def __init__(self, groups: Iterable[UnitGroup]) -> None:
        self._groups = iter(groups)
        self._group = next(self._groups, None)

    def of(self, index: int) -> Description | None:
        """What is said of the sample with this 0-based index; indices must increase."""
        while self._group is not None and index >= self._group.first + self._group.samples:
            self._group = next(self._groups, None)
        if self._group is None or index < self._group.first:
            return None
        return self._group.description


def description_runs(track: NNRTrack, start: int) -> list[tuple[int, int]]:
    """Check that the samples of `stbl` lie in the order of the bitstream.

    Args:
        track: whose `moov` has arrived.
        start: offset behind the `moov`.

    Returns:
        Runs of (number of samples, 1-based sample_description_index).

    Raises:
        NotStreamableError: they do not, or lie before the `moov`.
        SampleTableError, TrackError: as `Movie.samples`.
    """
    runs: list[tuple[int, int]] = []
    end = start
    track.check_self_contained()
    for offset, sizes, description in chunk_samples(track.sample_table, UNBOUNDED):
        if offset < end and len(sizes):
            where = "in front of moov" if offset < start else "out of order"
            raise NotStreamableError(
                f"samples of track {track.track_id} lie {where}", offset=offset
            )
        end = offset + total_size(sizes)
        if runs and runs[-1][1] == description:
            runs[-1] = (runs[-1][0] + len(sizes), description)
        else:
            runs.append((len(sizes), description))
    return runs


def table_samples(track: NNRTrack, count: int) -> Iterator[AnnouncedSample]:
    """The samples of `stbl`.

    Args:
        track: whose `moov` has arrived.
        count: how many there are.
    """
    stbl = track.sample_table
    if not count:
        return  # groups may be there all the same, for samples that were moved into fragments
    redundant = redundancy(stbl)
    groups = _Groups(unit_groups(stbl, count))
    end = stretched_end(stbl)
    index = 0
    for start, sizes, description in chunk_samples(stbl, UNBOUNDED):
        offset = start
        for size in sizes:
            may_repeat = 0 < index < len(redundant) and redundant[index] == 1
            yield AnnouncedSample(
                offset,
                size,
                description,
                groups.of(index),
                may_repeat,
                stretched_end=end if index + 1 == count else None,
            )
            offset += size
            index += 1


def redundancy(stbl: Node) -> Sequence[int]:
    """`sample_has_redundancy` of the samples of `stbl` (`sdtp`, 8.6.4); empty without."""
    sdtp = stbl.find(b"sdtp")
    return sdtp.integers("entries", "sample_has_redundancy") if sdtp else ()


def fragment_samples(
    part: TrackFragment, may_repeat: tuple[bool, bool], end_time: int
) -> Iterator[AnnouncedSample]:
    """The samples of a `traf`.

    Args:
        part: what it holds.
        may_repeat: of its first and its last sample, as `RepeatClock` says.
        end_time: where the fragment ends, in ticks of the media.
    """
    groups = _Groups(part.groups)
    first, last = 0, sum(len(run.sizes) for run in part.runs) - 1
    index = first
    for run in part.runs:
        for size, offset in zip(run.sizes, accumulate(run.sizes, initial=run.start), strict=False):
            yield AnnouncedSample(
                offset,
                size,
                run.description,
                groups.of(index),
                index == first and may_repeat[0],
                index == last and may_repeat[1],
                end_time,
            )
            index += 1


def check_counts(moof: Node) -> None:
    """Check that a `moof` does not claim any number of samples without a byte for each.

    Raises:
        HeldSizeError: it does.
        SampleTableError: it is broken.
    """
    for traf in moof.intact(b"traf"):
        for trun in traf.intact(b"trun"):
            count = trun.integer("sample_count")
            if count > _MOST_OF_ONE_SIZE and not trun.flag("sample_size_present"):
                raise HeldSizeError(
                    f"{count} samples in one fragment, without a size for each",
                    box_path=trun.path,
                    offset=trun.header.offset,
                )
