"""Movie fragments (`moof`, ISO/IEC 14496-12, 8.8): which samples they hold, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..boxes.header import BoxHeader
from ..io.ranges import ByteRange
from .sample_table import total_size
from .unit_groups import UnitGroup

REORDERED_SAMPLES = 64
"""Samples at the start of a track among which the one that is shown first is looked for."""


class Defaults(NamedTuple):
    """The defaults of a track's fragments, from `trex` (8.8.3)."""

    sample_description_index: int
    sample_duration: int
    sample_size: int


class TrackRun(NamedTuple):
    """Samples of a movie fragment that lie next to each other: one `trun` (8.8.8).

    Attributes:
        range: the bytes of all samples in the file (in all files, if several are joined).
        sizes: of the samples, in bytes.
        description: their 1-based sample_description_index.
    """

    range: ByteRange
    sizes: Sequence[int]
    description: int

    @classmethod
    def at(cls, start: int, sizes: Sequence[int], description: int) -> TrackRun:
        """The samples with these sizes from byte `start` on."""
        return cls(ByteRange(start, total_size(sizes)), sizes, description)

    @property
    def start(self) -> int:
        """Byte offset of the first sample."""
        return self.range.offset


class OffsetField(NamedTuple):
    """A field of a box that holds an offset.

    Attributes:
        range: where the field lies in the file.
        value: what it holds.
        signed: whether it is a two's complement integer.
    """

    range: ByteRange
    value: int
    signed: bool = False


class FragmentTiming(NamedTuple):
    """When the samples of a `traf` are decoded, in ticks of the media.

    Attributes:
        decode_time: `baseMediaDecodeTime` of `tfdt` (8.8.12), or None.
        duration: of all samples.
        last_duration: of the last sample.
        longest_before: the largest duration of the samples before the last; 0 if there are none.
        first_redundant: whether `sample_has_redundancy` of the first sample is 1 (8.8.3.1).
    """

    decode_time: int | None
    duration: int
    last_duration: int
    longest_before: int
    first_redundant: bool


@dataclass(frozen=True, slots=True)
class TrackFragment:
    """What a movie fragment holds of one track: one `traf` (8.8.6).

    Attributes:
        track_id: `track_ID`.
        traf: where the box lies in the file.
        tfhd: where the `tfhd` box in it lies.
        base: the byte offset that the offsets in it are relative to.
        implied_base: whether `base` is given neither by `base_data_offset` nor by the start of
            the fragment, but is the end of the data of the `traf` before.
        base_field: `base_data_offset`, if there is one.
        relative_fields: offsets relative to `base`: `data_offset` of `trun`s, offsets of `saio`;
            left out where `base` is the start of the fragment.
        runs: the samples.
        timing: when they are decoded; None for tracks of which this was not asked for.
        groups: the units that travel in sample groups of an NNR track.
    """

    track_id: int
    traf: BoxHeader
    tfhd: BoxHeader
    base: int
    implied_base: bool
    base_field: OffsetField | None
    relative_fields: tuple[OffsetField, ...]
    runs: tuple[TrackRun, ...]
    timing: FragmentTiming | None
    groups: tuple[UnitGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Fragment:
    """A movie fragment: one `moof` (8.8.4), without its boxes.

    Attributes:
        moof: where the box lies in the file.
        tracks: what it holds of each track, in the order of its `traf` boxes.
        sequence_number: of `mfhd` (8.8.5); 0 where that is missing.
        has_items: whether it may hold a `meta` with items (8.11.3), whose offsets are absolute.
    """

    moof: BoxHeader
    tracks: tuple[TrackFragment, ...]
    sequence_number: int = 0
    has_items: bool = False
