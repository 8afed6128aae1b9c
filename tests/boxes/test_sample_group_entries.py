"""Entries of `sgpd`, by grouping type: what each field is, and that nothing is lost."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.definitions.sample_group_entries import OPEN_ENDED, SAMPLE_GROUP_ENTRIES
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import plain
from tests.boxes.nal_group_entries import NAL_ENTRIES
from tests.mp4.boxes import full, u8, u16, u32

TYPES = sorted(SAMPLE_GROUP_ENTRIES)
KEY = UUID("10000000-0000-0000-0000-000000000001")


def sgpd(kind: bytes, *entries: bytes, version: int = 1, length: int = 0) -> bytes:
    """`sgpd` with a length field before each entry, a common one, or none (version 0)."""
    head = [] if version == 0 else [u32(length)]
    sized = [entry if length or version == 0 else u32(len(entry)) + entry for entry in entries]
    return full(b"sgpd", version, 0, kind, *head, u32(len(entries)), *sized)


ENTRIES = [
    *NAL_ENTRIES,
    (b"roll", u16(0xFFFF), {"roll_distance": -1}),
    (b"prol", u16(2), {"roll_distance": 2}),
    (b"rap ", u8(0x83), {"num_leading_samples_known": 1, "num_leading_samples": 3}),
    (b"tele", u8(0x80), {"level_independently_decodable": True}),
    (b"sap ", u8(0x83), {"dependent_flag": True, "SAP_type": 3}),
    (b"drap", u32(3 << 29), {"DRAP_type": 3}),
    (
        b"rash",
        u16(1, 70) + u32(9000, 1000) + u8(5),
        {
            "operation_point_count": 1,
            "operation_points": [{"available_bitrate": None, "target_rate_share": 70}],
            "maximum_bitrate": 9000,
            "minimum_bitrate": 1000,
            "discard_priority": 5,
        },
    ),
    (
        b"rash",
        u16(2) + u32(500) + u16(10) + u32(900) + u16(20) + u32(9000, 1000) + u8(5),
        {
            "operation_point_count": 2,
            "operation_points": [
                {"available_bitrate": 500, "target_rate_share": 10},
                {"available_bitrate": 900, "target_rate_share": 20},
            ],
            "maximum_bitrate": 9000,
            "minimum_bitrate": 1000,
            "discard_priority": 5,
        },
    ),
    (
        b"alst",
        u16(2, 1) + u32(7, 8) + u16(3, 4, 5, 6),
        {
            "roll_count": 2,
            "first_output_sample": 1,
            "sample_offset": [7, 8],
            "output_samples": [
                {"num_output_samples": 3, "num_total_samples": 4},
                {"num_output_samples": 5, "num_total_samples": 6},
            ],
        },
    ),
    (b"pasr", u32(4, 3), {"hSpacing": 4, "vSpacing": 3}),
    (b"stmi", b"pict" + u32(2, 5, 6), {"meta_box_handler_type": b"pict", "item_id": [5, 6]}),
    (
        b"seig",
        u8(0, 0x19, 1, 8) + KEY.bytes,
        {
            "crypt_byte_block": 1,
            "skip_byte_block": 9,
            "isProtected": 1,
            "Per_Sample_IV_Size": 8,
            "KID": KEY,
            "constant_IV": None,
        },
    ),
    (
        b"seig",
        u8(0, 0, 1, 0) + KEY.bytes + u8(4) + b"\1\2\3\4",
        {
            "crypt_byte_block": 0,
            "skip_byte_block": 0,
            "isProtected": 1,
            "Per_Sample_IV_Size": 0,
            "KID": KEY,
            "constant_IV": b"\1\2\3\4",
        },
    ),
    (b"refs", u32(9) + u8(2) + u32(1, 2), {"sample_id": 9, "direct_reference_sample_id": [1, 2]}),
    (b"eqiv", u16(0xFFFE, 256), {"time_offset": -2, "timescale_multiplier": 256}),
    (b"aebr", u8(255, 2), {"exposure_step": -1, "exposure_numerator": 2}),
    (b"fobr", u16(1, 2), {"focus_distance_numerator": 1, "focus_distance_denominator": 2}),
    (b"wbbr", u16(6500) + u8(254), {"blue_amber": 6500, "green_magenta": -2}),
    (b"av1f", u8(3), {"fwd_distance": 3}),
    (b"av1s", b"", {}),
]


@pytest.mark.parametrize(("kind", "data", "fields"), ENTRIES)
def test_fields(kind: bytes, data: bytes, fields: dict[str, object]):
    single = BOX.parse(sgpd(kind, data))
    assert plain(single.entries) == [{"description_length": len(data), **fields}]
    assert BOX.build(single) == sgpd(kind, data)
    built = {"type": b"sgpd", "grouping_type": kind, "entries": [fields]}
    assert BOX.build(built) == sgpd(kind, data)
    if data:
        twice = sgpd(kind, data, data, length=len(data))
        assert plain(BOX.parse(twice).entries) == [fields] * 2
        assert BOX.build({**built, "default_length": len(data), "entries": [fields] * 2}) == twice
    old = sgpd(kind, data, version=0)
    assert plain(BOX.parse(old).entries) == [fields]
    assert BOX.build({**built, "version": 0}) == old


@pytest.mark.parametrize(("kind", "data", "fields"), ENTRIES)
def test_version_0_tells_entries_apart_by_their_syntax(kind, data, fields):
    parsed = BOX.parse(sgpd(kind, data, data, version=0))
    if kind in OPEN_ENDED or not data:
        assert "raw" in parsed
    else:
        assert plain(parsed.entries) == [fields] * 2
    assert BOX.build(parsed) == sgpd(kind, data, data, version=0)


@pytest.mark.parametrize(("kind", "data", "fields"), ENTRIES)
def test_an_entry_cut_anywhere_is_kept_as_bytes(kind, data, fields):
    for length in range(len(data)):
        whole = sgpd(kind, data[:length])
        (entry,) = BOX.parse(whole).entries
        if "description" in entry:
            assert entry.description == data[:length]
        else:
            assert kind in OPEN_ENDED
        assert BOX.build(BOX.parse(whole)) == whole


def test_an_entry_too_long_is_kept_as_bytes():
    (entry,) = BOX.parse(sgpd(b"roll", b"\0\1\2")).entries
    assert entry.description == b"\0\1\2"


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.decode())
def test_any_bytes(kind: bytes):
    @given(st.lists(st.binary(max_size=40), max_size=3), st.sampled_from((0, 1, 2)))
    def check(entries, version):
        head = [[], [u32(0)], [u32(0, 1)]][version]
        sized = [u32(len(entry)) + entry if version else entry for entry in entries]
        data = full(b"sgpd", version, 0, kind, *head, u32(len(entries)), *sized)
        assert BOX.build(BOX.parse(data)) == data

    check()


def test_several_keys_for_a_sample_are_kept_as_bytes():
    data = u8(0x80, 0, 1) + u16(1) + u8(8) + KEY.bytes
    (entry,) = BOX.parse(sgpd(b"seig", data)).entries
    assert entry.description == data


def test_values_that_do_not_fit():
    for kind, entry, reason in (
        (b"nalm", {"large_size": 0, "rle": 0, "entries": [{"groupID": 1 << 16}]}, "groupID"),
        (b"linf", {"layers": [{}] * 64}, "number of layers"),
        (b"seig", {"_reserved": 1}, "reserved"),
        (b"zzzz", {"roll_distance": 1}, "'description' is missing"),
    ):
        with pytest.raises(BoxBuildError, match=reason):
            BOX.build({"type": b"sgpd", "grouping_type": kind, "entries": [entry]})


def test_vvc_sublayers_beyond_the_standard():
    data = u8(0, 200) + bytes(60)
    (entry,) = BOX.parse(sgpd(b"vopi", data)).entries
    assert entry.description == data
