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
        decode_time: `baseMediaDecodeTime` in ticks of the media, or None.
        duration: of all samples, in ticks of the media.
        first_composition: composition time of the sample that is shown first, relative to
            `decode_time`; only in the first fragment of a track that has samples, else None.
    """

    track_id: int
    traf: BoxHeader
    tfhd: BoxHeader
    base: int
    implied_base: bool
    base_field: OffsetField | None
    relative_fields: tuple[OffsetField, ...]
    runs: tuple[TrackRun, ...]
    decode_time: int | None
    duration: int
    first_composition: int | None


@dataclass(frozen=True, slots=True)
class Fragment:
    """A movie fragment: one `moof` (8.8.4), without its boxes.

    Attributes:
        moof: where the box lies in the file.
        tracks: what it holds of each track, in the order of its `traf` boxes.
    """

    moof: BoxHeader
    tracks: tuple[TrackFragment, ...]


def read_fragment(
    moof: Node,
    defaults: Mapping[int, Defaults],
    file_start: int,
    file_size: int,
    seen: Collection[int] = (),
) -> Fragment:
    """Read what a movie fragment holds, of all tracks (ISO/IEC 14496-12, 8.8).

    Every default of `trex`, `tfhd` and `trun` counts, and all three kinds of base offset.

    Args:
        moof: the parsed box.
        defaults: by track_ID.
        file_start: where the file that holds the fragment starts, if several are joined:
            `base_data_offset` counts from there.
        file_size: bytes of all files, which bound what `trun` can claim.
        seen: track_IDs whose first samples have been read before.

    Raises:
        SampleTableError: a box is missing or broken, or no size is given for a sample.
    """
    tracks = []
    end = None
    for traf in moof.intact(b"traf"):
        track, end = _read_track(moof, traf, defaults, file_start, file_size, end, seen)
        tracks.append(track)
    return Fragment(moof.header, tuple(tracks))


def _read_track(
    moof: Node,
    traf: Node,
    defaults: Mapping[int, Defaults],
    file_start: int,
    file_size: int,
    previous_end: int | None,
    seen: Collection[int],
) -> tuple[TrackFragment, int]:
    """Read a `traf`; return it, and where its data ends."""
    tfhd = traf.need(b"tfhd")
    track_id = tfhd.integer("track_ID")
    known = defaults.get(track_id)
    base_field = None
    implied = False
    if tfhd.flag("base_data_offset_present"):
        explicit = tfhd.integer("base_data_offset")
        base_field = OffsetField(ByteRange(tfhd.header.body_offset + 8, 8), explicit)
        base = file_start + explicit
    elif tfhd.flag("default_base_is_moof") or previous_end is None:
        base = moof.header.offset
    else:
        base, implied = previous_end, True
    description = tfhd.integer_or(
        "sample_description_index", known.sample_description_index if known else 1
    )
    size = tfhd.integer_or("default_sample_size", known.sample_size if known else -1)
    default_duration = tfhd.integer_or(
        "default_sample_duration", known.sample_duration if known else 0
    )
    runs = []
    end, duration = base, 0
    first_composition = None
    truns = traf.intact(b"trun")
    for trun in truns:
        count = trun.integer("sample_count")
        start = base + trun.integer("data_offset") if trun.has("data_offset") else end
        sizes: Sequence[int]
        if trun.flag("sample_size_present"):
            sizes = array("I", trun.integers("sample_info", "sample_size"))
        elif size < 0:
            raise SampleTableError("no sample size is given", box_path=trun.path)
        elif count * max(size, 1) > file_size:
            raise SampleTableError(
                f"{count} samples of {size} bytes do not fit the file", box_path=trun.path
            )
        else:
            sizes = EqualSizes(size, count)
        if start < 0:
            raise SampleTableError("samples lie before the file", box_path=trun.path)
        run = TrackRun(start, sizes, description)
        runs.append(run)
        end = run.range.end
        if track_id not in seen:
            shown = _first_composition(trun, duration, default_duration)
            if shown is not None and (first_composition is None or shown < first_composition):
                first_composition = shown
        if trun.flag("sample_duration_present"):
            duration += sum(trun.integers("sample_info", "sample_duration"))
        else:
            duration += count * default_duration
    tfdt = traf.find(b"tfdt")
    track = TrackFragment(
        track_id=track_id,
        traf=traf.header,
        tfhd=tfhd.header,
        base=base,
        implied_base=implied,
        base_field=base_field,
        relative_fields=tuple(_relative_fields(traf, truns)) if base_field or implied else (),
        runs=tuple(runs),
        decode_time=tfdt.integer("baseMediaDecodeTime") if tfdt else None,
        duration=duration,
        first_composition=first_composition,
    )
    return track, end


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
