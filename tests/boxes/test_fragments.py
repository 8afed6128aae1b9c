"""Fragments, indexes and auxiliary information, against pymp4's names and values."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, i32, u8, u16, u32, u64
from tests.plugin.registered import registered, stock

SYNC = {
    "is_leading": "UNKNOWN",
    "sample_depends_on": "NOTDEPENDS",
    "sample_is_depended_on": "UNKNOWN",
    "sample_has_redundancy": "UNKNOWN",
    "sample_padding_value": 0,
    "sample_is_non_sync_sample": False,
    "sample_degradation_priority": 0,
}
EVERY_FLAG = 0x0D55_FFFF & 0x0FFF_FFFF

STOCK_BOXES = [
    full(b"mfhd", 0, 0, u32(7)),
    full(b"tfdt", 0, 0, u32(7)),
    full(b"tfdt", 1, 0, u64(1 << 40)),
    full(b"trex", 0, 0, u32(1, 1, 1000, 50, 0x02000000)),
    full(b"trex", 0, 0, u32(1, 1, 1000, 50, EVERY_FLAG)),
    full(b"tfhd", 0, 0x020000, u32(1)),
    full(b"tfhd", 0, 0x01003B, u32(1), u64(5), u32(1, 2, 3, 0x01010000)),
    full(b"trun", 0, 0x000205, u32(2), i32(-4), u32(0x02000000), u32(10, 11)),
    full(b"trun", 1, 0x000F00, u32(1, 2, 3, 0x01010000), i32(-4)),
    full(b"trun", 0, 0x000800, u32(1, 0xFFFFFFFC)),
    full(b"sidx", 0, 0, u32(1, 90000, 5, 6), u16(0, 1), u32(0x80000064, 7, 0x90000008)),
    full(b"sidx", 1, 0, u32(1, 90000), u64(5, 6), u16(0, 0)),
    full(b"saiz", 0, 0, u8(0), u32(2), u8(8, 16)),
    full(b"saiz", 0, 1, u32(0x63656E63, 0), u8(8), u32(2)),
    full(b"saio", 0, 0, u32(2, 5, 6)),
    full(b"saio", 1, 1, u32(0x63656E63, 0), u32(1), u64(1 << 33)),
]


@pytest.mark.parametrize("data", STOCK_BOXES, ids=lambda data: data[4:8].decode())
def test_as_stock(data):
    with stock() as host:
        before = plain(host.parse(data))
        built = host.build(before)
    with registered() as host:
        assert plain(host.parse(data)) == before
        assert host.build(before) == built == data


@pytest.mark.parametrize("data", STOCK_BOXES, ids=lambda data: data[4:8].decode())
def test_reserved_bits_are_kept(data):
    if data[8:9] == b"\1" or data[4:8] in (b"tfhd", b"trun", b"saiz", b"saio"):
        flags = int.from_bytes(data[8:12]) | 0x00400040
        data = data[:8] + u32(flags) + data[12:]
        assert BOX.build(BOX.parse(data)) == data
        assert "note" not in BOX.parse(data)
    if data[4:8] == b"trex":
        data = data[:-4] + u32(int.from_bytes(data[-4:]) | 0xF0000000)
        parsed = BOX.parse(data)
        assert BOX.build(parsed) == data and "note" not in parsed


def test_names_of_sample_flags():
    parsed = BOX.parse(full(b"trex", 0, 0, u32(1, 1, 0, 0, 0x02000000)))
    assert plain(parsed.default_sample_flags) == SYNC
    data = full(b"trex", 0, 0, u32(1, 1, 0, 0, 0x01010000))
    check_builds(
        data,
        track_ID=1,
        default_sample_flags={"sample_depends_on": "DEPENDS", "sample_is_non_sync_sample": True},
    )
    check_builds(
        data,
        track_ID=1,
        default_sample_flags={"sample_depends_on": 1, "sample_is_non_sync_sample": 1},
    )
    check_builds(full(b"trex", 0, 0, u32(5, 1, 0, 0, 0)), track_ID=5)


@pytest.mark.parametrize(
    "flags",
    [
        {"sample_depends_on": "SOMETIMES"},
        {"sample_depends_on": 4},
        {"sample_depends_upon": 1},
        5,
    ],
)
def test_sample_flags_that_cannot_be(flags):
    with pytest.raises(BoxBuildError):
        BOX.build({"type": b"trex", "track_ID": 1, "default_sample_flags": flags})


def test_fields_without_their_flag_are_left_out_as_in_stock():
    parsed = BOX.parse(full(b"trun", 0, 0x000300, u32(1, 2, 3)))
    parsed.flags.sample_duration_present = False
    assert BOX.build(parsed) == full(b"trun", 0, 0x000200, u32(1, 3))
    parsed.flags.sample_flags_present = True
    with pytest.raises(BoxBuildError, match="row 0"):
        BOX.build(parsed)


def test_counts_are_derived():
    flags = {"sample_size_present": True}
    rows = [{"sample_size": 5}, {"sample_size": 6}]
    check_builds(full(b"trun", 0, 0x200, u32(2, 5, 6)), flags=flags, sample_info=rows)
    reference = {
        "reference_type": "INDEX",
        "referenced_size": 1,
        "segment_duration": 2,
        "starts_with_SAP": True,
        "SAP_type": 1,
        "SAP_delta_time": 3,
    }
    check_builds(
        full(b"sidx", 0, 0, u32(1, 2, 3, 4), u16(0, 1), u32(0x80000001, 2, 0x90000003)),
        reference_ID=1,
        timescale=2,
        earliest_presentation_time=3,
        first_offset=4,
        references=[reference],
    )


def test_boxes_that_stock_does_not_know():
    ranges = [{"level": 1, "range_size": 2}]
    check(full(b"ssix", 0, 0, u32(1, 1), u8(1), u8(0, 0, 2)), subsegments=[{"ranges": ranges}])
    parsed = check(
        full(b"trep", 0, 0, u32(3), box(b"free")),
        track_ID=3,
        children=[{"type": b"free", "data": b""}],
    )
    assert parsed.children[0].type == b"free"


def test_versions_that_are_not_known():
    for code in (b"tfdt", b"sidx", b"trun", b"tfhd", b"saio"):
        check_raw(full(code, 2, 0, bytes(24)), "version 2")
