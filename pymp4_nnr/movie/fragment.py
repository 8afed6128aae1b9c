"""Movie fragments (`moof`, ISO/IEC 14496-12, 8.8): which samples they hold, and where."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from ..boxes.header import BoxHeader
from ..boxes.node import Node
from ..errors import SampleTableError
from ..io.ranges import ByteRange
from .sample_table import EqualSizes, total_size
from .unit_groups import Description, UnitGroup, unit_groups

REORDERED_SAMPLES = 64
"""Samples at the start of a track among which the one that is shown first is looked for."""


class Defaults(NamedTuple):
    """The defaults of a track's fragments, from `trex` (8.8.3)."""

    sample_description_index: int
    sample_duration: int
    sample_size: int


@dataclass(frozen=True, slots=True)
class TrackRun:
    """Samples of a movie fragment that lie next to each other: one `trun` (8.8.8).

    Attributes:
        start: byte offset of the first sample in the file (in all files, if several are joined).
        sizes: of the samples, in bytes.
        description: their 1-based sample_description_index.
    """

    start: int
    sizes: Sequence[int]
    description: int

    @property
    def range(self) -> ByteRange:
        """The bytes of all samples."""
        return ByteRange(self.start, total_size(self.sizes))


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
    """When the samples of a `traf` are decoded and shown, in ticks of the media.

    Attributes:
        decode_time: `baseMediaDecodeTime` of `tfdt` (8.8.12), or None.
        duration: of all samples.
        first_composition: composition time of the sample that is shown first, relative to
            `decode_time`; only in the first fragment of a track that has samples, else None.
        last_duration: of the last sample.
        longest_before: the largest duration of the samples before the last; 0 if there are none.
        first_redundant: whether `sample_has_redundancy` of the first sample is 1 (8.8.3.1).
    """

    decode_time: int | None
    duration: int
    first_composition: int | None
    last_duration: int = 0
    longest_before: int = 0
    first_redundant: bool = False


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
        timing: when they are decoded; None for tracks of which nothing was asked for.
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
    """

    moof: BoxHeader
    tracks: tuple[TrackFragment, ...]


def holds_track(moof: bytes, track_ids: Collection[int]) -> bool:
    """Whether a `moof` may hold samples of any of these tracks, without parsing it.

    Each `traf` has a `tfhd`, in which `track_ID` follows version and flags. If no bytes look like
    one with such a number, there is none; if one may be missing, the `moof` must be parsed.

    Args:
        moof: the whole box.
        track_ids: the tracks.
    """
    if moof.count(b"traf") != moof.count(b"tfhd"):
        return True
    at = moof.find(b"tfhd")
    while at >= 0:
        for behind in (at + 8, at + 16):  # the second one behind a 64-bit box size
            if int.from_bytes(moof[behind : behind + 4]) in track_ids:
                return True
        at = moof.find(b"tfhd", at + 1)
    return False


class FragmentReader:
    """Reads movie fragments, one after the other (ISO/IEC 14496-12, 8.8).

    Every default of `trex`, `tfhd` and `trun` counts, and all three kinds of base offset.

    Args:
        defaults: by track_ID.
        file_size: bytes of all files, which bound what `trun` can claim.
        only: track_IDs of the tracks that are read; None: all.
        groups: the descriptions of sample groups in `stbl`, by track_ID, of NNR tracks.
    """

    def __init__(
        self,
        defaults: Mapping[int, Defaults],
        file_size: int,
        only: Collection[int] | None = None,
        groups: Mapping[int, Sequence[Description]] | None = None,
    ) -> None:
        self._groups = groups or {}
        self._defaults = defaults
        self._file_size = file_size
        self._only = only
        self._seen: set[int] = set()  # tracks whose first samples have been read

    def read(self, moof: Node, file_start: int) -> Fragment:
        """Read a fragment.

        Args:
            moof: the box.
            file_start: where the file that holds it starts, if several are joined:
                `base_data_offset` counts from there.

        Raises:
            SampleTableError: a box is missing or broken, or no size is given for a sample.
        """
        heads = [(traf, traf.need(b"tfhd")) for traf in moof.intact(b"traf")]
        if self._only is not None:
            wanted = [head for head in heads if head[1].integer("track_ID") in self._only]
            if not any(_implies_base(tfhd) for _, tfhd in wanted):
                heads = wanted
        tracks: list[TrackFragment] = []
        end = moof.header.offset
        for traf, tfhd in heads:
            track, end = self._read_track(moof, traf, tfhd, file_start, end)
            tracks.append(track)
        for track in tracks:
            if track.timing and track.timing.first_composition is not None:
                self._seen.add(track.track_id)
        return Fragment(moof.header, tuple(tracks))

    def _read_track(
        self, moof: Node, traf: Node, tfhd: Node, file_start: int, previous_end: int
    ) -> tuple[TrackFragment, int]:
        """Read a `traf`; return it, and where its data ends."""
        track_id = tfhd.integer("track_ID")
        known = self._defaults.get(track_id)
        base_field = None
        implied = False
        if tfhd.flag("base_data_offset_present"):
            explicit = tfhd.integer("base_data_offset")
            base_field = OffsetField(ByteRange(tfhd.header.body_offset + 8, 8), explicit)
            base = file_start + explicit
        elif _implies_base(tfhd):
            base, implied = previous_end, previous_end != moof.header.offset
        else:
            base = moof.header.offset
        description = tfhd.integer_or(
            "sample_description_index", known.sample_description_index if known else 1
        )
        size = tfhd.integer_or("default_sample_size", known.sample_size if known else -1)
        truns = traf.intact(b"trun")
        runs = []
        end = base
        for trun in truns:
            start = base + trun.integer("data_offset") if trun.has("data_offset") else end
            if start < 0:
                raise SampleTableError("samples lie before the file", box_path=trun.path)
            run = TrackRun(start, self._sizes(trun, size), description)
            runs.append(run)
            end = run.range.end
        timing = None
        if self._only is None or track_id in self._only:
            duration = known.sample_duration if known else 0
            timing = self._timing(
                traf, truns, track_id, tfhd.integer_or("default_sample_duration", duration)
            )._replace(first_redundant=_first_is_redundant(tfhd, truns))
        groups: tuple[UnitGroup, ...] = ()
        if track_id in self._groups:
            count = sum(len(run.sizes) for run in runs)
            groups = tuple(unit_groups(traf, count, self._groups[track_id]))
        track = TrackFragment(
            track_id=track_id,
            traf=traf.header,
            tfhd=tfhd.header,
            base=base,
            implied_base=implied,
            base_field=base_field,
            relative_fields=tuple(_relative_fields(traf, truns)) if base_field or implied else (),
            runs=tuple(runs),
            timing=timing,
            groups=groups,
        )
        return track, end

    def _sizes(self, trun: Node, default: int) -> Sequence[int]:
        """The sizes of the samples of a `trun`; `default` is negative where none is given."""
        if trun.flag("sample_size_present"):
            return array("I", trun.integers("sample_info", "sample_size"))
        if default < 0:
            raise SampleTableError("no sample size is given", box_path=trun.path)
        count = trun.integer("sample_count")
        if count * max(default, 1) > self._file_size:
            raise SampleTableError(
                f"{count} samples of {default} bytes do not fit the file", box_path=trun.path
            )
        return EqualSizes(default, count)

    def _timing(
        self, traf: Node, truns: Sequence[Node], track_id: int, default_duration: int
    ) -> FragmentTiming:
        duration = last = longest = 0
        first = None
        for trun in truns:
            if track_id not in self._seen:
                shown = _first_composition(trun, duration, default_duration)
                if shown is not None and (first is None or shown < first):
                    first = shown
            durations: Sequence[int] = EqualSizes(default_duration, trun.integer("sample_count"))
            if trun.flag("sample_duration_present"):
                durations = trun.integers("sample_info", "sample_duration")
            if len(durations):
                duration += total_size(durations)
                longest = max(longest, last, _longest(durations[:-1]))
                last = durations[-1]
        tfdt = traf.find(b"tfdt")
        decode_time = tfdt.integer("baseMediaDecodeTime") if tfdt else None
        return FragmentTiming(decode_time, duration, first, last, longest)


def _longest(durations: Sequence[int]) -> int:
    if isinstance(durations, EqualSizes):
        return durations[0] if len(durations) else 0
    return max(durations, default=0)


def _first_is_redundant(tfhd: Node, truns: Sequence[Node]) -> bool:
    """Whether the first sample says that it repeats what has been coded before (8.8.3.1).

    No default of `trex` counts: there it would hold for every sample.
    """
    for trun in truns:
        if not trun.integer("sample_count"):
            continue
        if trun.has("first_sample_flags"):
            return trun.integer("first_sample_flags") >> 20 & 3 == 1
        flags = None
        if trun.flag("sample_flags_present"):
            flags = trun.row("sample_info", 0).part("sample_flags")
        if flags is None:
            flags = tfhd.part("default_sample_flags")
        return flags is not None and flags.text("sample_has_redundancy") == "REDUNDANT"
    return False


def _implies_base(tfhd: Node) -> bool:
    """Whether the base is the end of the data of the `traf` before (8.8.7)."""
    return not (tfhd.flag("base_data_offset_present") or tfhd.flag("default_base_is_moof"))


def _first_composition(trun: Node, time: int, default_duration: int) -> int | None:
    """The earliest composition time of the first samples of a `trun`; None if it has none."""
    count = min(trun.integer("sample_count"), REORDERED_SAMPLES)
    offsets: Sequence[int] = (0,) * count
    if trun.flag("sample_composition_time_offsets_present"):
        offsets = trun.integers("sample_info", "sample_composition_time_offsets")
    durations: Sequence[int] = (default_duration,) * count
    if trun.flag("sample_duration_present"):
        durations = trun.integers("sample_info", "sample_duration")
    earliest = None
    for offset, duration in islice(zip(offsets, durations, strict=True), count):
        if earliest is None or time + offset < earliest:
            earliest = time + offset
        time += duration
    return earliest


def _relative_fields(traf: Node, truns: Sequence[Node]) -> Iterator[OffsetField]:
    for trun in truns:
        if trun.has("data_offset"):
            field = ByteRange(trun.header.body_offset + 8, 4)
            yield OffsetField(field, trun.integer("data_offset"), signed=True)
    for saio in traf.intact(b"saio"):
        offsets = saio.integers("offsets")
        width = 8 if saio.integer("version") == 1 else 4
        start = saio.header.end - len(saio.trailing) - width * len(offsets)
        for index, offset in enumerate(offsets):
            yield OffsetField(ByteRange(start + index * width, width), offset)
