"""Configurations of video of NAL units, and of the brands of files, tracks and items."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import box_type, check, check_builds, check_raw
from tests.mp4.boxes import box, full, u8, u16, u32

ARRAYS = u8(1, 0xA1) + u16(1, 3) + b"sps"
SHOWN = [{"array_completeness": True, "NAL_unit_type": 33, "nal_units": [b"sps"]}]
BRANDS = {"major_brand": b"mif1", "minor_version": 1, "compatible_brands": [b"heic"]}

BOXES = [
    (
        box(b"svcC", u8(1, 83, 0, 30, 0x80 | 0x7C | 3, 1), u16(3), b"sps", u8(1), u16(3), b"pps"),
        {
            "version": 1,
            "profile": 83,
            "compatibility": 0,
            "level": 30,
            "complete_representation": True,
            "nal_unit_length_field": 3,
            "sps": [b"sps"],
            "pps": [b"pps"],
        },
    ),
    (
        box(b"mvcC", u8(1, 118, 0, 30, 0x40 | 0x3C | 3, 33), (u16(1) + b"s") * 33, u8(0)),
        {
            "version": 1,
            "profile": 118,
            "compatibility": 0,
            "level": 30,
            "complete_representation": False,
            "explicit_au_track": True,
            "nal_unit_length_field": 3,
            "sps": [b"s"] * 33,
            "pps": [],
        },
    ),
    (
        box(b"evcC", u8(1, 0, 33), u32(1, 2), u8(0x52), u16(640, 360), u8(3), ARRAYS),
        {
            "configurationVersion": 1,
            "profile_idc": 0,
            "level_idc": 33,
            "toolset_idc_h": 1,
            "toolset_idc_l": 2,
            "chroma_format_idc": 1,
            "bit_depth_luma_minus8": 2,
            "bit_depth_chroma_minus8": 2,
            "pic_width_in_luma_samples": 640,
            "pic_height_in_luma_samples": 360,
            "lengthSizeMinusOne": 3,
            "arrays": SHOWN,
        },
    ),
    (
        box(
            *(b"lvcC", u8(1, 2, 3, 0x40, 0xFF), u32(640, 360), u8(0xBF)),
            *(u8(1, 29), u16(1, 2), b"sc"),
        ),
        {
            "configurationVersion": 1,
            "LCEVCProfileIndication": 2,
            "LCEVCLevelIndication": 3,
            "chroma_format_idc": 1,
            "bit_depth_luma_minus8": 0,
            "bit_depth_chroma_minus8": 0,
            "lengthSizeMinusOne": 3,
            "pic_width_in_luma_samples": 640,
            "pic_height_in_luma_samples": 360,
            "sc_in_stream": 1,
            "gc_in_stream": 0,
            "ai_in_stream": 1,
            "arrays": [{"NAL_unit_type": 29, "nal_units": [b"sc"]}],
        },
    ),
    (full(b"vvnC", 0, 0, u8(3)), {"LengthSizeMinusOne": 3}),
    (box(b"hvtC", b"\1rest"), {"configurationVersion": 1, "record": b"rest"}),
    (
        box(b"m4ds", u8(0x7F, 2), b"ab"),
        {"Descr": [{"tag": 0x7F, "data": b"ab"}]},
    ),
    (box(b"ttyp", b"mif1", u32(1), b"heic"), BRANDS),
    (box(b"brnd", b"mif1", u32(1), b"heic"), BRANDS),
    (
        box(b"etyp", box(b"tyco", b"isom", b"avif")),
        {"children": [{"type": b"tyco", "compatible_brands": [b"isom", b"avif"]}]},
    ),
    (
        box(b"otyp", box(b"ftyp", b"mif1", u32(1), b"heic")),
        {"children": [{"type": b"ftyp", **BRANDS}]},
    ),
]


@pytest.mark.parametrize(("data", "fields"), BOXES, ids=box_type)
def test_fields(data: bytes, fields: dict[str, object]):
    expected = dict(fields)
    if data[4:8] in (b"svcC", b"mvcC"):
        assert expected["version"] == 1  # a field of these boxes, and of no FullBox
    check(data, **expected)
    check_builds(data, **fields)


@pytest.mark.parametrize("code", [b"avcE", b"hvcE"], ids=bytes.decode)
def test_enhancement_layers_of_dolby_vision_have_the_records_of_base_layers(code: bytes):
    base = {b"avcE": b"avcC", b"hvcE": b"hvcC"}[code]
    body = {
        b"avcE": u8(1, 77, 0, 30, 0xFF, 0xE0, 0),
        b"hvcE": u8(1, 1) + bytes(20) + u8(0),
    }[code]
    enhancement, plain_one = BOX.parse(box(code, body)), BOX.parse(box(base, body))
    assert list(enhancement) == list(plain_one) and "raw" not in enhancement
    assert BOX.build(enhancement) == box(code, body)


def test_a_record_cut_anywhere_is_kept():
    for data, _ in BOXES:
        for length in range(len(data) - 8):
            cut = box(data[4:8], data[8 : 8 + length])
            assert BOX.build(BOX.parse(cut)) == cut


def test_impossible_counts():
    check_raw(box(b"svcC", u8(1, 83, 0, 30, 0xFF, 127)), "do not fit")
    check_raw(
        box(b"evcC", u8(1, 0, 33), bytes(8), u8(0), bytes(4), u8(3, 255), bytes(4)), "do not fit"
    )
