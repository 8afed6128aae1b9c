"""The samples of a bitstream in movie fragments: a section of a new file, and its index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..boxes.header import HEADER_SIZE, MAX_32
from ..errors import ArgumentRangeError
from ..io.byte_size import parse_byte_size
from ..io.ranges import Piece
from .bitstream_index import BitstreamIndex
from .fragment_boxes import (
    FragmentSamples,
    IndexedFragment,
    fragment_header,
    random_access,
    segment_index,
)
from .layout import Section
from .offset_map import OffsetMap
from .offsets import MAX_REFERENCED_SIZE

MAX_FRAGMENT_SIZE = MAX_32 - HEADER_SIZE
"""Bytes of samples that the `mdat` of a fragment can hold."""

MAX_REFERENCES = 0xFFFF
"""Entries that a `sidx` can hold."""


@dataclass(frozen=True)
class FragmentSize:
    """How many samples make up a fragment.

    Attributes:
        samples: this many.
        size: as many as have this many bytes together; None: `samples` counts.
    """

    samples: int = 1
    size: int | None = None

    def __post_init__(self) -> None:
        if self.samples < 1 or (self.size is not None and self.size < 1):
            raise ArgumentRangeError("a fragment holds a sample or more")
        if self.size is not None and self.size > MAX_FRAGMENT_SIZE:
            raise ArgumentRangeError(
                f"a fragment holds at most {MAX_FRAGMENT_SIZE} bytes of samples"
            )

    def is_full(self, samples: int, size: int) -> bool:
        """Whether a fragment with so many samples and bytes is complete."""
        return samples >= self.samples if self.size is None else size >= self.size

    @classmethod
    def of(cls, value: int | str | FragmentSize) -> FragmentSize:
        """A number of samples, or a number of bytes with a unit: ``"4MiB"``, ``"500 kB"``.

        Raises:
            LimitError: it is none of these.
        """
        if isinstance(value, FragmentSize):
            return value
        text = str(value).strip()
        if text.isdecimal():
            return cls(int(text))
        try:
            return cls(size=parse_byte_size(text))
        except ValueError:
            raise ArgumentRangeError(
                f"{value!r} is neither a number of samples nor of bytes, as in 4MiB"
            ) from None


@dataclass(frozen=True)
class PlannedFragment:
    """A fragment of a bitstream: samples `first` to `last` - 1 (0-based), and its `moof`."""

    first: int
    last: int
    header: bytes
    size: int


def plan_fragments(index: BitstreamIndex, size: FragmentSize) -> Iterator[tuple[int, int]]:
    """Divide the samples into fragments: index of the first sample, and of the one behind."""
    first = 0
    while first < len(index.sizes):
        if size.size is None:
            last = min(first + size.samples, len(index.sizes))
        else:
            last = min(index.fitting(first, size.size - 1) + 1, len(index.sizes))
        last = max(first + 1, min(last, index.fitting(first, MAX_FRAGMENT_SIZE)))
        yield first, last
        first = last


def first_sequence_number(used: Iterable[int], count: int, *, in_front: bool = False) -> int:
    """`sequence_number` of the first of new fragments, which no old one has (8.8.5).

    The numbers shall increase from fragment to fragment of a file. The old fragments keep theirs:
    so new ones in front of them take the numbers below, where there is room. Elsewhere they take
    those behind the largest: then no number comes twice, though they do not increase.

    Args:
        used: the numbers of the old fragments.
        count: of the new ones.
        in_front: whether the new ones come first.
    """
    known = sorted(used)
    if in_front and known and known[0] > count:
        return known[0] - count
    behind = known[-1] + 1 if known else 1
    return behind if behind + count <= MAX_32 else 1


class NewFragments(Section):
    """The samples of a new track in movie fragments.

    Args:
        index: the bitstream.
        size: of the fragments.

    Attributes:
        start: byte offset in the new file.
        round_time: of the round that begins with the first sample; None: none is marked.
        base_is_moof: as in `FragmentSamples`.
        fragments: in order, once a track_ID has been set.
    """

    def __init__(self, index: BitstreamIndex, size: FragmentSize) -> None:
        super().__init__()
        self.index = index
        self.start = 0
        self.round_time: int | None = None
        self.base_is_moof = True
        self._size = size
        self.fragments: list[PlannedFragment] = []

    @property
    def count(self) -> int:
        """Number of the fragments."""
        return sum(1 for _ in plan_fragments(self.index, self._size))

    def set_track(self, track_id: int, sequence: int) -> None:
        """Make the `moof`s.

        Args:
            track_id: of the track.
            sequence: `sequence_number` of the first.
        """
        index = self.index
        self.fragments = []
        for number, (first, last) in enumerate(plan_fragments(index, self._size), sequence):
            samples = FragmentSamples(
                first,
                index.sizes[first:last],
                index.independent(first, last),
                before={},
                round_time=None if first else self.round_time,
                base_is_moof=self.base_is_moof,
            )
            size = index.start(last) - index.start(first)
            header = fragment_header(number, track_id, samples)
            self.fragments.append(PlannedFragment(first, last, header, len(header) + size))

    def place(self, start: int, *, padded: bool) -> None:
        self.start = start

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        return [piece for fragment in self.fragments for piece in self.pieces(fragment)]

    def pieces(self, fragment: PlannedFragment) -> list[Piece]:
        """The bytes of one of the fragments, which do not depend on its place."""
        return [fragment.header, *self.index.ranges(fragment.first, fragment.last)]

    def indexed(self, fragment: PlannedFragment) -> IndexedFragment:
        """One of the fragments, as an index describes it."""
        starts_with_sync = all(self.index.independent(fragment.first, fragment.first + 1))
        return IndexedFragment(fragment.size, fragment.last - fragment.first, starts_with_sync)

    def access_points(self) -> list[tuple[int, int]]:
        """Decode time and byte offset of the fragments that start with an independent sample."""
        points = []
        offset = self.start
        for fragment in self.fragments:
            if self.indexed(fragment).starts_with_sync:
                points.append((fragment.first, offset))
            offset += fragment.size
        return points


class FragmentIndex(Section):
    """A `sidx` right before the fragments of a track.

    Args:
        fragments: of the track.
        track_id: of the track.
        timescale: of its media.
    """

    def __init__(self, fragments: NewFragments, track_id: int, timescale: int) -> None:
        super().__init__()
        self._fragments = fragments
        self._track_id = track_id
        self._timescale = timescale

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        entries = [self._fragments.indexed(each) for each in self._fragments.fragments]
        while len(entries) > MAX_REFERENCES:  # neighbours share an entry
            pairs = [entries[i : i + 2] for i in range(0, len(entries), 2)]
            entries = [
                pair[0]._replace(
                    size=sum(one.size for one in pair), duration=sum(one.duration for one in pair)
                )
                for pair in pairs
            ]
        if not entries or max(one.size for one in entries) > MAX_REFERENCED_SIZE:
            return []
        return [segment_index(self._track_id, self._timescale, 0, entries)]


class RandomAccess(Section):
    """The `mfra` at the end of a file.

    Args:
        tracks: the fragments of each track by track_ID.
    """

    def __init__(self, tracks: Mapping[int, NewFragments]) -> None:
        super().__init__()
        self._tracks = tracks

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        points = {number: made.access_points() for number, made in self._tracks.items()}
        return [random_access(points)]
