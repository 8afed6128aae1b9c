"""Boxes as pymp4 promises them: written down by hand, parsed to equal Containers, and built."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from construct import Container
from pymp4.exceptions import BoxNotFound
from pymp4.util import BoxUtil

from tests.mp4.boxes import box, full, i32, u8, u16, u32
from tests.plugin.registered import registered, stock

KEY = UUID("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")

BOXES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "ftyp": (
        box(b"ftyp", b"mp42", u32(3), b"mp42isom"),
        dict(major_brand=b"mp42", minor_version=3, compatible_brands=[b"mp42", b"isom"]),
    ),
    "mdhd": (
        full(b"mdhd", 0, 0, u32(1, 2, 48000, 96000), u16(0x15C7, 0)),
        dict(
            **dict(version=0, flags=0, creation_time=1, modification_time=2),
            **dict(timescale=48000, duration=96000, language="eng"),
        ),
    ),
    "mdhd 1": (
        full(b"mdhd", 1, 0, u32(0, 1, 0, 2, 48000, 1, 0), u16(0x15C7, 0)),
        dict(
            **dict(version=1, flags=0, creation_time=1, modification_time=2),
            **dict(timescale=48000, duration=1 << 32, language="eng"),
        ),
    ),
    "smhd": (full(b"smhd", 0, 0, u16(5, 0)), dict(version=0, flags=0, balance=5, reserved=0)),
    "vmhd": (
        full(b"vmhd", 0, 1, u16(0, 1, 2, 3)),
        dict(version=0, flags=1, graphics_mode=0, opcolor=Container(red=1)(green=2)(blue=3)),
    ),
    "hdlr": (
        full(b"hdlr", 0, 0, u32(0), b"soun", u32(0, 0, 0), b"Sound\0"),
        dict(version=0, flags=0, handler_type=b"soun", name="Sound"),
    ),
    "stsd": (
        full(b"stsd", 0, 0, u32(1), box(b"tx3g", bytes(6), u16(1), bytes(38))),
        dict(
            version=0,
            flags=0,
            entries=[Container(format=b"tx3g")(data_reference_index=1)(data=bytes(38))],
        ),
    ),
    "tenc": (
        full(b"tenc", 0, 0, u8(0, 0, 1, 8), KEY.bytes),
        dict(
            **dict(version=0, flags=0, _reserved=0, default_byte_blocks=0),
            **dict(is_encrypted=1, iv_size=8, key_ID=KEY, constant_iv=None),
        ),
    ),
    "tfdt": (full(b"tfdt", 0, 0, u32(7)), dict(version=0, flags=0, baseMediaDecodeTime=7)),
    "iden": (box(b"iden", b"3 - a cue"), dict(cue_id="3 - a cue")),
    "sttg": (box(b"sttg", b"line:10%"), dict(settings="line:10%")),
    "payl": (box(b"payl", "Grüße".encode()), dict(cue_text="Grüße")),
    "vttC": (box(b"vttC", b"WEBVTT"), dict(config="WEBVTT")),
    "vlab": (box(b"vlab", b"a label"), dict(label="a label")),
    "tkhd": (
        full(b"tkhd", 0, 3, u32(1, 2, 3, 0, 4, 0, 0), u16(0, 0, 256, 0), i32(*range(9)), u32(5, 6)),
        dict(
            **dict(version=0, flags=3, creation_time=1, modification_time=2, track_ID=3),
            **dict(duration=4, layer=0, alternate_group=0, volume=256),
            **dict(matrix=list(range(9)), width=5, height=6),
        ),
    ),
}


@pytest.fixture(params=["stock", "registered"])
def pymp4(request):
    with stock() if request.param == "stock" else registered() as found:
        yield found


@pytest.mark.parametrize("name", BOXES)
def test_boxes(pymp4, name):
    data, fields = BOXES[name]
    code = data[4:8]
    expected = Container([("offset", 0), ("type", code), *fields.items(), ("end", len(data))])
    parsed = pymp4.parse(data)
    assert parsed == expected and expected == parsed
    assert list(parsed.items()) == list(expected.items())
    assert pymp4.build(expected) == data
    assert pymp4.build({"type": code, **fields}) == data


def test_defaults(pymp4):
    """What may be left out."""
    times = dict(creation_time=0, modification_time=0, timescale=600, duration=0)
    for fields, data in (
        (
            dict(type=b"mdhd", **times, language="und"),
            full(b"mdhd", 0, 0, u32(0, 0, 600, 0), u16(0x55C4, 0)),
        ),
        (dict(type=b"smhd"), full(b"smhd", 0, 0, u32(0))),
        (dict(type=b"stts"), full(b"stts", 0, 0, u32(0))),
        (
            dict(type=b"tenc", key_ID=KEY, iv_size=8, is_encrypted=1),
            full(b"tenc", 0, 0, u8(0, 0, 1, 8), KEY.bytes),
        ),
    ):
        assert pymp4.build(fields) == data
    moov = pymp4.build(dict(type=b"moov", children=[dict(type=b"stts"), dict(type=b"smhd")]))
    assert moov == box(b"moov", full(b"stts", 0, 0, u32(0)), full(b"smhd", 0, 0, u32(0)))


TREE = Container(type=b"demo")(
    children=[
        Container(type=b"a   "),
        Container(type=b"b   "),
        Container(type=b"c   ")(
            children=[
                Container(type=b"b   ")(mark=True),
                Container(extended_type="x")(type=b"uuid"),
            ]
        ),
    ]
)


def test_trees_are_searched(pymp4):
    assert [found.type for found in BoxUtil.find(TREE, b"b   ")] == [b"b   "] * 2
    assert BoxUtil.first(TREE, b"uuid").extended_type == "x"
    assert list(BoxUtil.find_extended(TREE, "x")) == [BoxUtil.first(TREE, b"uuid")]
    assert list(BoxUtil.find(TREE, b"none")) == [] and BoxUtil.index(TREE, b"c   ") == 2
    with pytest.raises(BoxNotFound):
        BoxUtil.first(TREE, b"none")
