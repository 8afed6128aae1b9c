"""Units that travel in sample groups, because `moov` was written before they were known.

The groups have the type `nnru` (docs/format.md; ISO/IEC 14496-12, 8.9). A description
holds units that stand right before the sample in the bitstream, or says that the sample itself is
no NNR_NDU, but the units that follow the last one; and it may say that a round begins there.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..bitstream.unit_header import read_unit_header
from ..boxes.node import Node
from ..errors import BitstreamError, RepeatedDataError, SampleGroupError
from ..nnr_error import RAISED

GROUPING_TYPE = b"nnru"
"""`grouping_type` of these groups."""

SAMPLE_IS_UNITS = 1
"""Flag of a description: the sample is units that are no NNR_NDU."""

ROUND_BEGINS = 2
"""Flag of a description: a round begins with these units and the sample; its time follows."""

TIME_SIZE = 8
"""Bytes of the time: milliseconds since the start of 1970 in UTC, 0 if it is not known."""

IN_FRAGMENT = 0x10000
"""`group_description_index` beyond it counts the descriptions of the fragment (8.9.4)."""


class Description(NamedTuple):
    """An entry of `sgpd`.

    Attributes:
        flags: `SAMPLE_IS_UNITS` and `ROUND_BEGINS`.
        time: of a round that begins, in milliseconds since the start of 1970 in UTC; else 0.
        offset: byte offset of its first unit in the file.
        data: its units, one after the other.
    """

    flags: int
    time: int
    offset: int
    data: bytes


class GroupedUnit(NamedTuple):
    """A unit in a description: its bytes, and the byte offset of the first in the file."""

    offset: int
    data: bytes


class UnitGroup(NamedTuple):
    """Samples in a row with the same description.

    Attributes:
        first: 0-based index of the first sample, in the track or the fragment.
        samples: number of samples.
        description: what is said of each.
    """

    first: int
    samples: int
    description: Description


_LARGE = 64
"""Bytes from which on a description is made only once, however many groups refer to it."""


class Descriptions(Sequence[Description]):
    """Descriptions as they are stored; a small one is an object only while it is looked at."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._starts = array("Q", (0,))
        self._offsets = array("Q")
        self._large: dict[int, Description] = {}

    def add(self, sgpd: Node) -> None:
        """Add the entries of an `sgpd`.

        Raises:
            SampleTableError: one is of a kind that is not known.
        """
        size = 0
        places = array("Q")
        for entry in sgpd.each("entries"):
            data = entry.data("description")
            flags = data[0] if data else -1
            units = _units_at(flags)
            if (
                flags not in range(4)
                or len(data) < units
                or (flags & SAMPLE_IS_UNITS and len(data) > units)
            ):
                raise SampleGroupError("a description is of no known kind", box_path=sgpd.path)
            size += 4 * entry.has("description_length")
            places.append(size)
            size += len(data)
            self._data += data
            self._starts.append(len(self._data))
        start = sgpd.header.end - len(sgpd.trailing) - size
        self._offsets.extend(start + place for place in places)

    def __len__(self) -> int:
        return len(self._offsets)

    def __getitem__(self, index: int) -> Description:  # type: ignore[override]
        if index in self._large:
            return self._large[index]
        offset = self._offsets[index]
        data = bytes(self._data[self._starts[index] : self._starts[index + 1]])
        units = _units_at(data[0])
        time = int.from_bytes(data[1:units])
        made = Description(data[0], time, offset + units, data[units:])
        return self._large.setdefault(index, made) if len(data) >= _LARGE else made


def _units_at(flags: int) -> int:
    """Where in a description its units begin."""
    return 1 + TIME_SIZE if flags & ROUND_BEGINS else 1


def descriptions(container: Node) -> Descriptions:
    """The descriptions in the `sgpd` of a `stbl` or `traf`.

    Raises:
        SampleTableError: the box is broken, or of a kind that is not known.
    """
    found = Descriptions()
    for sgpd in _boxes(container, b"sgpd"):
        found.add(sgpd)
    return found


def _boxes(container: Node, code: bytes) -> Iterator[Node]:
    """The `sgpd`, `sbgp` or `csgp` boxes of these groups."""
    for box in container.children(code):
        if box.is_raw:
            data = box.data("raw")
            if data[4:8] == GROUPING_TYPE:
                box.check_intact()
        elif box.data("grouping_type") == GROUPING_TYPE:
            yield box


def unit_groups(
    container: Node, samples: int, outer: Sequence[Description] | None = None
) -> Iterator[UnitGroup]:
    """Yield the groups of a `stbl` or `traf`, in which one box tells of them at most (8.9.2).

    Args:
        container: the box.
        samples: in it.
        outer: of a `traf`, what `descriptions` gives for the `stbl` of the track.

    Raises:
        SampleTableError: a box is broken, or contradicts the samples.
    """
    boxes = [*_boxes(container, b"sbgp"), *_boxes(container, b"csgp")]
    if not boxes:
        return
    box, own = boxes[0], descriptions(container)
    if len(boxes) > 1:
        raise SampleGroupError("several boxes group the samples", box_path=boxes[1].path)
    first = 0
    for count, index in _rows(box) if box.type == b"sbgp" else _patterns(box, samples):
        if count > samples - first:
            raise _too_many(box, samples)
        if index and count:
            known: Sequence[Description] = own
            if outer is not None and index <= IN_FRAGMENT:
                known = outer
            elif outer is not None:
                index -= IN_FRAGMENT
            if index > len(known):
                raise SampleGroupError(f"there is no group description {index}", box_path=box.path)
            yield UnitGroup(first, count, known[index - 1])
        first += count


def _rows(sbgp: Node) -> Iterator[tuple[int, int]]:
    """Number of samples and `group_description_index` of each run of samples (8.9.2)."""
    counts = sbgp.integers("entries", "sample_count")
    yield from zip(counts, sbgp.integers("entries", "group_description_index"), strict=True)


_LOCAL_BY_TOP_BIT = 0x80
"""Flag of `csgp`: the most significant bit of an index says that it counts those of the `traf`."""


def _patterns(csgp: Node, samples: int) -> Iterator[tuple[int, int]]:
    """The same from the compact form of the box, of which each pattern is repeated (8.9.5).

    Args:
        csgp: the box.
        samples: that there are; what the box claims beyond them is not made.
    """
    flags = csgp.integer_or("flags", 0)
    top = 1 << (4, 8, 16, 32)[flags & 3] - 1 if flags & _LOCAL_BY_TOP_BIT else 0
    left = samples
    for pattern in csgp.each("patterns"):
        indices = [
            index & top - 1 | IN_FRAGMENT if index & top else index
            for index in pattern.integers("sample_group_description_index")
        ]
        count = pattern.integer("sample_count")
        if count > left:
            raise _too_many(csgp, samples)
        left -= count
        if len(indices) == 1:
            yield count, indices[0]
            continue
        if count and not indices:
            raise SampleGroupError("a pattern of the groups is empty", box_path=csgp.path)
        for sample in range(count):
            yield 1, indices[sample % len(indices)]


def _too_many(box: Node, samples: int) -> SampleGroupError:
    return SampleGroupError(
        f"the groups hold more samples than the {samples} that there are", box_path=box.path
    )


def without_samples(groups: Iterable[UnitGroup], removed: Sequence[int]) -> Iterator[UnitGroup]:
    """The same groups where samples with these 0-based indices, which increase, are left out."""
    for group in groups:
        first = group.first - bisect_left(removed, group.first)
        end = group.first + group.samples
        left = end - bisect_left(removed, end) - first
        if left > 0:
            yield group._replace(first=first, samples=left)


class UnitsBefore:
    """The units that groups put before the samples of a track.

    Args:
        groups: with the indices of samples in the track.
        most: bytes that descriptions can give together.

    Attributes:
        samples: 0-based indices of the samples that have such units, which increase.
        carriers: 0-based indices of the samples that are units themselves, and no NNR_NDU.
        rounds: 0-based index of the first sample, and time, of the rounds that are marked.

    Raises:
        RepeatedDataError: they give more.
        SampleTableError: a description does not hold units.
    """

    def __init__(self, groups: Iterable[UnitGroup], most: int) -> None:
        self._at: dict[int, list[GroupedUnit]] = {}
        self.carriers: set[int] = set()
        self.rounds: list[tuple[int, int]] = []
        known: dict[int, list[GroupedUnit]] = {}
        total = 0
        for first, count, description in groups:
            samples = range(first, first + count)
            if description.flags & ROUND_BEGINS:
                self.rounds += [(sample, description.time) for sample in samples]
            if description.flags & SAMPLE_IS_UNITS:
                self.carriers.update(samples)
            if not description.data:
                continue
            total += count * len(description.data)
            if total > most:
                raise RepeatedDataError(
                    f"the units in sample groups are larger than the file: more than {most} bytes; "
                    f"{RAISED}"
                )
            if description.offset not in known:
                known[description.offset] = list(split_units(description.data, description.offset))
            self._at.update(dict.fromkeys(samples, known[description.offset]))
        self.samples = sorted(self._at)
        self.rounds.sort()

    def __getitem__(self, sample: int) -> list[GroupedUnit]:
        """The units right before the sample with this 0-based index, one of `samples`."""
        return self._at[sample]


def split_units(data: bytes, offset: int) -> Iterator[GroupedUnit]:
    """Yield the units of a description, or of a sample that is units.

    Args:
        data: the units.
        offset: byte offset of the first in the file.

    Raises:
        SampleTableError: they are no units.
    """
    at = 0
    while at < len(data):
        try:
            size = read_unit_header(data, at, offset=offset + at)[0]
        except BitstreamError as error:
            raise SampleGroupError(
                f"a sample group does not hold NNR units: {error.reason}", offset=offset + at
            ) from error
        if size > len(data) - at:
            raise SampleGroupError("a unit in a sample group is cut off", offset=offset + at)
        yield GroupedUnit(offset + at, data[at : at + size])
        at += size
