"""Hint tracks, and files to be sent in packets."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import box_type, check, check_builds, check_raw, plain
from tests.boxes.sample_entries import stsd
from tests.mp4.boxes import box, full, i32, u8, u16, u32, u64

BOXES = [
    (box(b"rtp ", b"sdp ", b"v=0\r\n"), {"descriptionformat": b"sdp ", "sdptext": "v=0\r\n"}),
    (box(b"sdp ", b"m=video"), {"sdptext": "m=video"}),
    (box(b"trpy", u64(5)), {"bytessent": 5}),
    (box(b"nump", u64(5)), {"packetssent": 5}),
    (box(b"tpyl", u64(5)), {"bytessent": 5}),
    (box(b"totl", u32(5)), {"bytessent": 5}),
    (box(b"npck", u32(5)), {"packetssent": 5}),
    (box(b"tpay", u32(5)), {"bytessent": 5}),
    (box(b"dmed", u64(5)), {"bytessent": 5}),
    (box(b"dimm", u64(5)), {"bytessent": 5}),
    (box(b"drep", u64(5)), {"bytessent": 5}),
    (box(b"tmin", i32(-5)), {"time": -5}),
    (box(b"tmax", i32(5)), {"time": 5}),
    (box(b"pmax", u32(5)), {"bytes": 5}),
    (box(b"dmax", u32(5)), {"time": 5}),
    (box(b"maxr", u32(1000, 5)), {"period": 1000, "bytes": 5}),
    (box(b"payt", u32(96), u8(4), b"H264"), {"payloadID": 96, "rtpmap_string": "H264"}),
    (box(b"tssy", u8(2)), {"timestamp_sync": 2}),
    (box(b"rssr", u32(5)), {"SSRC": 5}),
    (box(b"rely", u8(2)), {"preferred": True, "required": False}),
    (
        full(b"srpp", 0, 0, b"AES1", b"AES2", b"SHA1", b"SHA2", box(b"schi")),
        {
            "encryption_algorithm_rtp": b"AES1",
            "encryption_algorithm_rtcp": b"AES2",
            "integrity_algorithm_rtp": b"SHA1",
            "integrity_algorithm_rtcp": b"SHA2",
            "children": [{"type": b"schi", "children": []}],
        },
    ),
    (
        full(b"fpar", 0, 0, u16(1, 1400), u8(0, 2), u16(3, 4, 5, 6), b"eA==\0", u16(1, 7), u32(8)),
        {
            "item_ID": 1,
            "packet_payload_size": 1400,
            "FEC_encoding_ID": 2,
            "FEC_instance_ID": 3,
            "max_source_block_length": 4,
            "encoding_symbol_length": 5,
            "max_number_of_encoding_symbols": 6,
            "scheme_specific_info": "eA==",
            "entries": [{"block_count": 7, "block_size": 8}],
        },
    ),
    (full(b"fecr", 0, 0, u16(1, 2), u32(3)), {"entries": [{"item_ID": 2, "symbol_count": 3}]}),
    (
        full(b"fire", 1, 0, u32(1, 2, 3)),
        {"version": 1, "entries": [{"item_ID": 2, "symbol_count": 3}]},
    ),
    (
        box(b"segr", u16(1), u8(1), u32(2), u16(1), u32(3)),
        {"session_groups": [{"group_ID": [2], "hint_track_ID": [3]}]},
    ),
    (
        full(b"gitn", 0, 0, u16(1), u32(2), b"name\0"),
        {"entries": [{"group_ID": 2, "group_name": "name"}]},
    ),
]


@pytest.mark.parametrize(("data", "fields"), BOXES, ids=box_type)
def test_fields(data: bytes, fields: dict[str, object]):
    check(data, **fields)
    check_builds(data, **fields)


def test_file_delivery_information():
    entry = box(b"paen", full(b"fecr", 0, 0, u16(0)))
    data = full(b"fiin", 0, 0, u16(1), entry, full(b"gitn", 0, 0, u16(0)))
    parsed = BOX.parse(data)
    assert [child.type for child in parsed.partition_entries] == [b"paen"]
    assert [child.type for child in parsed.session_info] == [b"gitn"]
    assert BOX.build(parsed) == data


@pytest.mark.parametrize(
    "data",
    [
        full(b"fecr", 0, 0, u16(65535), bytes(20)),
        full(b"fire", 1, 0, u32(1 << 31), bytes(20)),
        box(b"segr", u16(65535), bytes(20)),
        full(b"gitn", 0, 0, u16(65535), bytes(20)),
        full(b"fiin", 0, 0, u16(65535), bytes(20)),
    ],
    ids=box_type,
)
def test_impossible_counts(data: bytes):
    check_raw(data, "do not fit")


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (
            box(b"rtp ", bytes(6), u16(1, 1, 1), u32(1450), box(b"tims", u32(90000))),
            {
                "hinttrackversion": 1,
                "highestcompatibleversion": 1,
                "maxpacketsize": 1450,
                "children": [{"type": b"tims", "timescale": 90000}],
            },
        ),
        (
            box(b"fdp ", bytes(6), u16(1, 1, 1, 5, 6)),
            {
                "hinttrackversion": 1,
                "highestcompatibleversion": 1,
                "partition_entry_ID": 5,
                "FEC_overhead": 6,
                "children": [],
            },
        ),
        (
            box(b"sm2t", bytes(6), u16(1, 1, 1), u8(4, 16, 0x80), box(b"tims", u32(7))),
            {
                "hinttrackversion": 1,
                "highestcompatibleversion": 1,
                "precedingbyteslen": 4,
                "trailingbyteslen": 16,
                "precomputed_only_flag": True,
                "children": [{"type": b"tims", "timescale": 7}],
            },
        ),
        (box(b"rtcp", bytes(6), u16(1)), {"children": []}),
    ],
    ids=box_type,
)
def test_entries(data: bytes, fields: dict[str, object]):
    entry = BOX.parse(stsd(data)).entries[0]
    found = plain(entry)
    assert found.pop("format") == data[4:8].rstrip(b" ") and found.pop("data_reference_index") == 1
    assert found == fields
    built = {"type": b"stsd", "entries": [{"format": data[4:8].rstrip(b" "), **fields}]}
    assert BOX.build(built) == stsd(data)
