"""The boxes of movie fragments with the samples of an NNR track (ISO/IEC 14496-12, 8.8, 8.16)."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ..boxes.header import HEADER_SIZE, MAX_32, encode_header
from ..boxes.node import NewBox, build_box
from ..movie.unit_groups import (
    GROUPING_TYPE,
    IN_FRAGMENT,
    ROUND_BEGINS,
    SAMPLE_IS_UNITS,
    TIME_SIZE,
)

_DATA_OFFSET, _SAMPLE_SIZE, _SAMPLE_FLAGS = 0x1, 0x200, 0x400
_BASE_IS_MOOF = 0x020000
_NO_SYNC_SAMPLE = 0x010000  # sample_is_non_sync_sample


@dataclass(frozen=True)
class FragmentSamples:
    """Samples of one track that make up a fragment.

    Attributes:
        time: decode time of the first, in ticks of the media; each lasts one tick.
        sizes: of the samples, in bytes.
        independent: `independently_decodable_flag` of each; empty where it is 1 for all.
        before: units that come right before samples, one after the other, by 0-based index of the
            sample in the fragment; None: all units are in `moov`.
        is_units: whether the last sample is no NNR_NDU, but units that follow the last one.
        round_time: a round begins with the first sample, at this time in milliseconds since the
            start of 1970 in UTC, 0 if that is not known; None: no round begins.
        base_is_moof: whether it is said that offsets count from the `moof`. They do all the same
            where there is one `traf`; files that have only old brands must not say it (8.8.7.1).
    """

    time: int
    sizes: Sequence[int]
    independent: Sequence[int] = ()
    before: Mapping[int, bytes] | None = None
    is_units: bool = False
    round_time: int | None = None
    base_is_moof: bool = True


def fragment_header(sequence: int, track_id: int, samples: FragmentSamples) -> bytes:
    """The `moof`, and the header of the `mdat` whose body the samples are.

    Args:
        sequence: `sequence_number`, from 1 on.
        track_id: of the track.
        samples: less than 4 GiB together.
    """
    rows = _rows(samples)
    moof = _moof(sequence, track_id, samples, rows)
    offset = (len(moof) + HEADER_SIZE).to_bytes(4)  # `data_offset`, right before the last rows
    head = moof[: len(moof) - len(rows) - len(offset)]
    return head + offset + rows + encode_header(b"mdat", sum(samples.sizes))


def _moof(sequence: int, track_id: int, samples: FragmentSamples, rows: bytes) -> bytes:
    groups = b""
    if samples.before or samples.is_units or samples.round_time is not None:
        made = group_boxes(
            len(samples.sizes),
            samples.before or {},
            is_units=samples.is_units,
            round_time=samples.round_time,
        )
        groups = b"".join(map(build_box, made))
    elif samples.before is not None:
        groups = _groups_without_units(len(samples.sizes))
    base = _BASE_IS_MOOF if samples.base_is_moof else 0
    # A stream has one such box for each unit: they are put together from bytes.
    traf = (
        _box(b"tfhd", _full(0, base) + track_id.to_bytes(4))
        + _box(b"tfdt", _full(1, 0) + samples.time.to_bytes(8))
        + groups
        + _box(b"trun", _run(samples, rows))
    )
    number = (sequence - 1) % MAX_32 + 1  # a stream need not end
    mfhd = _box(b"mfhd", _full(0, 0) + number.to_bytes(4))
    return _box(b"moof", mfhd + _box(b"traf", traf))


@lru_cache(maxsize=16)
def _groups_without_units(count: int) -> bytes:
    """The boxes that say of so many samples that no unit comes before them."""
    return b"".join(map(build_box, group_boxes(count, {})))


def _box(code: bytes, body: bytes) -> bytes:
    return encode_header(code, len(body)) + body


def _full(version: int, flags: int) -> bytes:
    return bytes([version]) + flags.to_bytes(3)


def _run(samples: FragmentSamples, rows: bytes) -> bytes:
    """The body of `trun`, with a `data_offset` of 0."""
    flags = _DATA_OFFSET | _SAMPLE_SIZE | (0 if all(samples.independent) else _SAMPLE_FLAGS)
    return _full(0, flags) + len(samples.sizes).to_bytes(4) + bytes(4) + rows


def _rows(samples: FragmentSamples) -> bytes:
    """Size of each sample; its flags, too, where some samples depend on others."""
    rows = array("I", samples.sizes)
    if not all(samples.independent):
        sizes, rows = rows, array("I", bytes(8 * len(rows)))
        rows[::2] = sizes
        rows[1::2] = array("I", [0 if one else _NO_SYNC_SAMPLE for one in samples.independent])
    if sys.byteorder == "little":
        rows.byteswap()
    return rows.tobytes()


def group_boxes(
    count: int,
    before: Mapping[int, bytes],
    *,
    is_units: bool = False,
    round_time: int | None = None,
    in_fragment: bool = True,
) -> list[NewBox]:
    """`sgpd` and `sbgp` with the units that come before samples.

    Every sample belongs to a group: MP4Box, joining fragments, forgets samples that do not.

    Args:
        count: number of samples.
        before: units by 0-based index of the sample behind them.
        is_units: whether the last sample is units.
        round_time: of a round that begins with the first sample.
        in_fragment: whether the boxes stand in a `traf`, and not in `stbl`.
    """
    wanted = {index: b"\0" + units for index, units in before.items()}
    if is_units:
        wanted[count - 1] = bytes([SAMPLE_IS_UNITS])
    if round_time is not None and count:
        first = wanted.get(0, b"\0")
        flags = bytes([first[0] | ROUND_BEGINS])
        wanted[0] = flags + round_time.to_bytes(TIME_SIZE) + first[1:]
    descriptions = [b"\0", *(wanted[index] for index in sorted(wanted))]
    rows = []
    behind = 0
    for number, index in enumerate(sorted(wanted), 2):
        if index > behind:
            rows.append((index - behind, 1))
        rows.append((1, number))
        behind = index + 1
    if behind < count:
        rows.append((count - behind, 1))
    local = IN_FRAGMENT if in_fragment else 0
    return [
        {
            "type": b"sgpd",
            "version": 1,
            "grouping_type": GROUPING_TYPE,
            "default_length": 0,
            "entries": [{"description": description} for description in descriptions],
        },
        {
            "type": b"sbgp",
            "version": 0,
            "grouping_type": GROUPING_TYPE,
            "entries": [
                {"sample_count": samples, "group_description_index": local + number}
                for samples, number in rows
            ],
        },
    ]


def track_extends(track_id: int) -> NewBox:
    """The `trex` of an NNR track: samples of one tick, which are independent."""
    return {"type": b"trex", "track_ID": track_id, "default_sample_duration": 1}


def segment_type(*, indexed: bool = True, cmaf: bool = False) -> bytes:
    """The `styp` in front of a media segment.

    Args:
        indexed: whether it has a `sidx`.
        cmaf: whether it is a segment of CMAF, which has one track (ISO/IEC 23000-19, 7.3).
    """
    brands = [b"msdh", *([b"msix"] if indexed else []), *([b"cmfs"] if cmaf else [])]
    return build_box(
        {
            "type": b"styp",
            "major_brand": b"msdh",
            "minor_version": 0,
            "compatible_brands": brands,
        }
    )


class IndexedFragment(NamedTuple):
    """A fragment as `sidx` describes it.

    Attributes:
        size: in bytes.
        duration: in ticks of the media.
        starts_with_sync: whether its first sample is independent.
    """

    size: int
    duration: int
    starts_with_sync: bool


def segment_index(
    track_id: int, timescale: int, time: int, fragments: Sequence[IndexedFragment]
) -> bytes:
    """A `sidx` in front of fragments.

    Args:
        track_id: of the track.
        timescale: of its media.
        time: when the first fragment begins, in these ticks.
        fragments: at most 65,535.
    """
    references = [
        {
            "reference_type": "MEDIA",
            "referenced_size": fragment.size,
            "segment_duration": fragment.duration,
            "starts_with_SAP": fragment.starts_with_sync,
            "SAP_type": int(fragment.starts_with_sync),
            "SAP_delta_time": 0,
        }
        for fragment in fragments
    ]
    return build_box(
        {
            "type": b"sidx",
            "version": 1,
            "reference_ID": track_id,
            "timescale": timescale,
            "earliest_presentation_time": time,
            "first_offset": 0,
            "references": references,
        }
    )


def random_access(tracks: Mapping[int, Sequence[tuple[int, int]]]) -> bytes:
    """The `mfra` at the end of a file.

    Args:
        tracks: by track_ID, decode time and byte offset of each fragment that starts with a
            sample that is independent.
    """
    boxes: list[NewBox] = [
        {
            "type": b"tfra",
            "version": 1,
            "track_ID": track_id,
            "length_size_of_traf_num": 0,
            "length_size_of_trun_num": 0,
            "length_size_of_sample_num": 0,
            "entries": [
                {
                    "time": time,
                    "moof_offset": offset,
                    "traf_number": 1,
                    "trun_number": 1,
                    "sample_delta": 1,
                }
                for time, offset in fragments
            ],
        }
        for track_id, fragments in tracks.items()
    ]
    size = len(build_box({"type": b"mfra", "children": boxes})) + 16
    boxes.append({"type": b"mfro", "parent_size": size})
    return build_box({"type": b"mfra", "children": boxes})
