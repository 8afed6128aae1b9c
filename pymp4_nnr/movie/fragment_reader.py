"""Reading movie fragments (`moof`, ISO/IEC 14496-12, 8.8): which samples they hold, and when."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ..bitstream.unit_header import MIN_UNIT_SIZE
from ..boxes.header import child_headers
from ..boxes.node import Node
from ..errors import MissingBoxError, SampleCountError, SampleOutsideFileError, SampleSizeError
from ..io.ranges import ByteRange
from ..nnr_error import RAISED
from .fragment import (
    REORDERED_SAMPLES,
    Defaults,
    Fragment,
    FragmentTiming,
    OffsetField,
    TrackFragment,
    TrackRun,
)
from .sample_table import EqualSizes, total_size
from .unit_groups import Description, UnitGroup, unit_groups

_MFHD_BODY = 8
"""Bytes of version, flags and `sequence_number`."""


def _sequence_number(moof: Node, data: bytes) -> int:
    """`sequence_number` of `mfhd` (8.8.5); of a box of the usual size, without parsing it."""
    start = moof.header.header_size
    for header in child_headers(data, start, len(data), 0):
        if header.type == b"mfhd":
            if header.body.size == _MFHD_BODY:
                return int.from_bytes(data[header.end - 4 : header.end])
            break
    mfhd = moof.find(b"mfhd")
    return mfhd.integer("sequence_number") if mfhd else 0


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


class _Boxes(NamedTuple):
    """The boxes of a `traf` that say where and when its samples are."""

    tfhd: Node
    truns: list[Node]
    tfdt: Node | None
    saios: list[Node]
    traf: Node


class FragmentReader:
    """Reads movie fragments, one after the other (ISO/IEC 14496-12, 8.8).

    Every default of `trex`, `tfhd` and `trun` counts, and all three kinds of base offset.

    Args:
        defaults: by track_ID.
        most_bytes: that samples can have together, and so their number.
        nnr: the descriptions of sample groups in `stbl`, by track_ID, of NNR tracks: of these
            also `TrackFragment.timing` and `groups` are read.
        only_nnr: read nothing of the other tracks.

    Attributes:
        starts: media time of the sample that is shown first among the first fragments of each
            track, by track_ID; left out for tracks that are not read.
    """

    def __init__(
        self,
        defaults: Mapping[int, Defaults],
        most_bytes: int,
        nnr: Mapping[int, Sequence[Description]],
        *,
        only_nnr: bool = False,
    ) -> None:
        self.starts: dict[int, int] = {}
        self._defaults = defaults
        self._most_bytes = most_bytes
        self._nnr = nnr
        self._only_nnr = only_nnr
        self._left = most_bytes // MIN_UNIT_SIZE  # samples that NNR tracks may have
        self._ends: dict[int, int] = {}
        self._last: dict[int, _Boxes] = {}  # boxes whose durations `_ends` does not have yet

    def ends(self) -> dict[int, int]:
        """Where the fragments read so far end, in ticks of the media, by track_ID.

        Raises:
            SampleTableError: a box is broken.
        """
        for track_id in list(self._last):
            self._count_durations(track_id)
        return self._ends

    def read(self, moof: Node, file_start: int, data: bytes = b"") -> Fragment:
        """Read a fragment.

        Args:
            moof: the box.
            file_start: where the file that holds it starts, if several are joined:
                `base_data_offset` counts from there.
            data: the bytes of the box, if they are at hand: `mfhd` is not parsed then.

        Raises:
            SampleTableError: a box is missing or broken, or no size is given for a sample.
        """
        found = [_boxes(traf) for traf in moof.intact(b"traf")]
        if self._only_nnr:
            wanted = [boxes for boxes in found if boxes.tfhd.integer("track_ID") in self._nnr]
            if not any(_implies_base(boxes.tfhd) for boxes in wanted):
                found = wanted
        tracks: list[TrackFragment] = []
        end = moof.header.offset
        shown: dict[int, int] = {}
        for boxes in found:
            track, end = self._read_track(moof, boxes, file_start, end)
            tracks.append(track)
            if not self._only_nnr:
                self._note_times(track.track_id, boxes, shown)
        for track_id, time in shown.items():
            self.starts.setdefault(track_id, time)
        return Fragment(moof.header, tuple(tracks), _sequence_number(moof, data))

    def _note_times(self, track_id: int, boxes: _Boxes, shown: dict[int, int]) -> None:
        """Note when a `traf` starts and ends; durations are added up only where they are needed."""
        if boxes.tfdt is None and track_id in self._last:
            self._count_durations(track_id)  # this one starts where the last one ends
        self._last[track_id] = boxes
        if track_id not in self.starts:
            first = _first_composition(boxes.truns, self._default_duration(track_id, boxes))
            if first is not None:
                decode_time = boxes.tfdt.integer("baseMediaDecodeTime") if boxes.tfdt else 0
                shown[track_id] = min(shown.get(track_id, first + decode_time), first + decode_time)

    def _count_durations(self, track_id: int) -> None:
        boxes = self._last.pop(track_id)
        start = self._ends.get(track_id, 0)
        if boxes.tfdt is not None:
            start = boxes.tfdt.integer("baseMediaDecodeTime")
        default = self._default_duration(track_id, boxes)
        durations = sum(total_size(_durations(trun, default)) for trun in boxes.truns)
        self._ends[track_id] = start + durations

    def _default_duration(self, track_id: int, boxes: _Boxes) -> int:
        known = self._defaults.get(track_id)
        return boxes.tfhd.integer_or(
            "default_sample_duration", known.sample_duration if known else 0
        )

    def _read_track(
        self, moof: Node, boxes: _Boxes, file_start: int, previous_end: int
    ) -> tuple[TrackFragment, int]:
        """Read a `traf`; return it, and where its data ends."""
        tfhd = boxes.tfhd
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
        runs = []
        end = base
        for trun in boxes.truns:
            start = base + trun.integer("data_offset") if trun.has("data_offset") else end
            if start < 0:
                raise SampleOutsideFileError("samples lie before the file", box_path=trun.path)
            run = TrackRun.at(start, self._sizes(trun, size), description)
            runs.append(run)
            end = run.range.end
        groups: tuple[UnitGroup, ...] = ()
        if track_id in self._nnr:
            count = sum(len(run.sizes) for run in runs)
            self._left -= count
            if self._left < 0:
                raise SampleCountError(
                    f"the fragments claim more samples than the file can hold; {RAISED}",
                    box_path=boxes.traf.path,
                )
            groups = tuple(unit_groups(boxes.traf, count, self._nnr[track_id]))
        track = TrackFragment(
            track_id=track_id,
            traf=boxes.traf.header,
            tfhd=tfhd.header,
            base=base,
            implied_base=implied,
            base_field=base_field,
            relative_fields=tuple(_relative_fields(boxes)) if base_field or implied else (),
            runs=tuple(runs),
            timing=self._timing(track_id, boxes) if track_id in self._nnr else None,
            groups=groups,
        )
        return track, end

    def _sizes(self, trun: Node, default: int) -> Sequence[int]:
        """The sizes of the samples of a `trun`; `default` is negative where none is given."""
        if trun.flag("sample_size_present"):
            return array("I", trun.integers("sample_info", "sample_size"))
        if default < 0:
            raise SampleSizeError("no sample size is given", box_path=trun.path)
        count = trun.integer("sample_count")
        if count * max(default, 1) > self._most_bytes:
            raise SampleCountError(
                f"{count} samples of {default} bytes do not fit the file; {RAISED}",
                box_path=trun.path,
            )
        return EqualSizes(default, count)

    def _timing(self, track_id: int, boxes: _Boxes) -> FragmentTiming:
        default = self._default_duration(track_id, boxes)
        duration = last = longest = 0
        for trun in boxes.truns:
            durations = _durations(trun, default)
            if len(durations):
                duration += total_size(durations)
                longest = max(longest, last, _longest(durations[:-1]))
                last = durations[-1]
        tfdt = boxes.tfdt
        return FragmentTiming(
            decode_time=tfdt.integer("baseMediaDecodeTime") if tfdt else None,
            duration=duration,
            last_duration=last,
            longest_before=longest,
            first_redundant=_first_is_redundant(boxes.tfhd, boxes.truns),
        )


def _boxes(traf: Node) -> _Boxes:
    """The boxes of a `traf`.

    Raises:
        SampleTableError: `tfhd` is missing, or one of them is broken.
    """
    tfhd = tfdt = None
    truns, saios = [], []
    for box in traf.children():
        code = box.type
        if code == b"trun":
            truns.append(box.check_intact())
        elif code == b"tfhd" and tfhd is None:
            tfhd = box.check_intact()
        elif code == b"tfdt" and tfdt is None:
            tfdt = box
        elif code == b"saio":
            saios.append(box)
    if tfhd is None:
        raise MissingBoxError("the box is missing", box_path=f"{traf.path}/tfhd")
    return _Boxes(tfhd, truns, tfdt, saios, traf)


def _durations(trun: Node, default: int) -> Sequence[int]:
    """The durations of the samples of a `trun`, in ticks of the media."""
    if trun.flag("sample_duration_present"):
        return trun.integers("sample_info", "sample_duration")
    return EqualSizes(default, trun.integer("sample_count"))


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


def _first_composition(truns: Sequence[Node], default_duration: int) -> int | None:
    """The earliest composition time of the first samples, from 0 on; None if there are none."""
    time = 0
    earliest = None
    for trun in truns:
        durations = _durations(trun, default_duration)
        offsets: Sequence[int] = EqualSizes(0, len(durations))
        if trun.flag("sample_composition_time_offsets_present"):
            offsets = trun.integers("sample_info", "sample_composition_time_offsets")
        for offset, duration in islice(zip(offsets, durations, strict=True), REORDERED_SAMPLES):
            if earliest is None or time + offset < earliest:
                earliest = time + offset
            time += duration
    return earliest


def _relative_fields(boxes: _Boxes) -> Iterator[OffsetField]:
    for trun in boxes.truns:
        if trun.has("data_offset"):
            field = ByteRange(trun.header.body_offset + 8, 4)
            yield OffsetField(field, trun.integer("data_offset"), signed=True)
    for saio in boxes.saios:
        offsets = saio.check_intact().integers("offsets")
        width = 8 if saio.integer("version") == 1 else 4
        start = saio.header.end - len(saio.trailing) - width * len(offsets)
        for index, offset in enumerate(offsets):
            yield OffsetField(ByteRange(start + index * width, width), offset)
