"""Fields of boxes as people write them: in dumps, not in the boxes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.display import _OF_BOX, _OF_FIELD, shown_fields
from pymp4_nnr.boxes.text import box_text
from tests.boxes.test_core import BOX_CODES, bodies
from tests.mp4.boxes import box, full, i32, u8, u16, u32

UNITY = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
MVHD = full(
    *(b"mvhd", 0, 0, u32(0, 0, 1000, 5, 0x18000), u16(0x80), bytes(10), i32(*UNITY)),
    *(bytes(24), u32(2)),
)
TKHD = full(
    *(b"tkhd", 0, 1, u32(0, 0, 1, 0, 5), bytes(8), u16(0, 0, 0x100, 0)),
    *(i32(0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000), u32(0x2808000, 360 << 16)),
)


def entry(code: bytes, body: bytes) -> bytes:
    return full(b"stsd", 0, 0, u32(1), box(code, bytes(6), u16(1), body))


def visual(name: bytes, resolution: int = 72 << 16) -> bytes:
    head = bytes(16) + u16(640, 360) + u32(resolution, resolution, 0) + u16(1)
    return entry(b"mp4v", head + name.ljust(32, b"\0") + u16(24, 0xFFFF))


def audio(rate: int, vendor: bytes = bytes(4)) -> bytes:
    return entry(b"mp4a", bytes(4) + vendor + u16(2, 16, 0, 0) + u32(rate))


def hdlr(name: bytes) -> bytes:
    return full(b"hdlr", 0, 0, b"mhlr", b"vide", bytes(12), name)


def mdhd(language: int) -> bytes:
    return full(b"mdhd", 0, 0, u32(0, 0, 1, 0), u16(language, 0))


def shown(data: bytes, *path: str) -> Any:
    """A field of a box, in the first entry if there are entries, as it is shown."""
    parsed = BOX.parse(data)
    fields = dict(shown_fields(parsed))
    if "entries" in fields:
        fields = dict(shown_fields(fields["entries"][0], parsed.type))
    for name in path[:-1]:
        fields = fields[name]
    return fields[path[-1]]


CASES = [
    (MVHD, "rate", 1.5, 0x18000),
    (MVHD, "volume", 0.5, 0x80),
    (MVHD, "matrix", [1, 0, 0, 0, 1, 0, 0, 0, 1], list(UNITY)),
    (TKHD, "volume", 1.0, 0x100),
    (TKHD, "width", 640.5, 0x2808000),
    (TKHD, "height", 360.0, 360 << 16),
    (full(b"smhd", 0, 0, u16(0xFF80, 0)), "balance", -0.5, -0x80),
    (full(b"clef", 0, 0, u32(0x18000, 1 << 16)), "width", 1.5, 0x18000),
    (full(b"prhd", 0, 0, i32(-0x8000, 0, 0)), "pose_yaw_degrees", -0.5, -0x8000),
    (full(b"equi", 0, 0, u32(1 << 31, 0, 0, 0)), "projection_bounds_top", 0.5, 1 << 31),
    (visual(b""), "horizontal_resolution", 72, 72),
    (visual(b"", 0x488000), "vertical_resolution", 72.5, 72),
    (audio(48000 << 16), "sampling_rate", 48000, 48000),
    (audio(0xBB808000), "sampling_rate", 48000.5, 48000),
    (audio(0), "vendor", 0, 0),
    (audio(0, b"appl"), "vendor", "appl", 0x6170706C),
    (visual(b"\4name"), "compressor_name", "name", b"\4name".ljust(32, b"\0")),
    (visual(b"\x1f" + b"a" * 31), "compressor_name", "a" * 31, b"\x1f" + b"a" * 31),
    (visual(b"plain"), "compressor_name", b"plain".ljust(32, b"\0"), b"plain".ljust(32, b"\0")),
    (hdlr(b"\4name"), "name", "name", b"\4name"),
    (hdlr(b"\4name\0"), "name", "name", "\4name"),
    (hdlr(b"\5caf\xc3\xa9"), "name", "café", b"\5caf\xc3\xa9"),
    (hdlr(b"\4caf\x8e"), "name", "café", b"\4caf\x8e"),
    (hdlr(b"name\0"), "name", "name", "name"),
    (hdlr(b"name"), "name", b"name", b"name"),
    (hdlr(b""), "name", b"", b""),
    (mdhd(0x55C4), "language", "und", "und"),
    (mdhd(0), "language", 0, "```"),
    (mdhd(0x7FFF), "language", 0x7FFF, "\x7f\x7f\x7f"),
    (mdhd(11), "language", 11, "``k"),
    (full(b"saiz", 0, 1, b"cenc", u32(0), u8(8), u32(1)), "aux_info_type", "cenc", 0x63656E63),
    (full(b"saiz", 0, 1, u32(7, 0), u8(8), u32(1)), "aux_info_type", 7, 7),
    (full(b"saiz", 0, 0, u8(8), u32(1)), "aux_info_type", None, None),
    (
        full(b"tenc", 1, 0, u8(0, 0x19, 1, 0), bytes(16), u8(4, 1, 2, 3, 4)),
        "constant_iv",
        b"\1\2\3\4",
        [1, 2, 3, 4],
    ),
    (
        full(b"titl", 0, 0, u16(0x15C7), b"\xfe\xff\0n\0a\0\0"),
        "title",
        "na",
        b"\xfe\xff\0n\0a\0\0",
    ),
    (full(b"titl", 0, 0, u16(0x15C7), b"\xff\xfen\0a\0"), "title", "na", b"\xff\xfen\0a\0"),
    (full(b"titl", 0, 0, u16(0x15C7), b"\xfe\xff\xd8"), "title", b"\xfe\xff\xd8", b"\xfe\xff\xd8"),
]


@pytest.mark.parametrize(("data", "name", "expected", "stored"), CASES)
def test_what_is_shown_and_what_the_box_holds(data: bytes, name: str, expected, stored):
    value = shown(data, name)
    assert value == expected and type(value) is type(expected)
    parsed = BOX.parse(data)
    holder = parsed.entries[0] if "entries" in parsed else parsed
    assert holder[name] == stored
    assert BOX.build(parsed) == data


def test_flags_of_samples_are_taken_apart_everywhere():
    number = 0x02010000
    expected = {
        "is_leading": "UNKNOWN",
        "sample_depends_on": "NOTDEPENDS",
        "sample_is_depended_on": "UNKNOWN",
        "sample_has_redundancy": "UNKNOWN",
        "sample_padding_value": 0,
        "sample_is_non_sync_sample": True,
        "sample_degradation_priority": 0,
    }

    def plain(value: Any) -> Any:
        return {key: item for key, item in value.items() if not key.startswith("_")}

    trun = full(b"trun", 0, 4, u32(0, number))
    assert plain(shown(trun, "first_sample_flags")) == expected
    assert BOX.parse(trun).first_sample_flags == number
    trex = full(b"trex", 0, 0, u32(1, 1, 0, 0, number))
    assert plain(shown(trex, "default_sample_flags")) == expected
    tfhd = full(b"tfhd", 0, 0x20, u32(1, number))
    assert plain(shown(tfhd, "default_sample_flags")) == expected
    row = BOX.parse(full(b"trun", 0, 0x400, u32(1, number))).sample_info[0]
    assert plain(row.sample_flags) == expected


def test_values_of_items_by_their_type():
    def value(indicator: int, data: bytes) -> Any:
        whole = box(b"ilst", box(b"\xa9nam", box(b"data", u32(indicator, 0), data)))
        part = BOX.parse(whole).children[0].children[0]
        return dict(shown_fields(part))["value"]

    assert value(1, "é".encode()) == "é"
    assert value(1, b"\xff") == b"\xff"
    assert value(2, b"\0n\0a") == "na"
    assert value(2, b"\xff\xfen\0") == "n"
    assert value(2, b"\xd8\0") == b"\xd8\0"
    assert value(13, b"\xff\xd8") == b"\xff\xd8"
    assert value(21, u16(120)) == 120


def test_hidden_fields_are_left_out():
    reserved = MVHD[:34] + b"\1" + MVHD[35:]
    parsed = BOX.parse(reserved)
    assert parsed["_reserved"] == b"\1" + bytes(9) and BOX.build(parsed) == reserved
    assert not any(name.startswith("_") for name, _ in shown_fields(parsed))


def test_the_dump_shows_it():
    text = box_text(BOX.parse(MVHD))
    assert "    rate = 1.5\n" in text and "    volume = 0.5\n" in text
    text = box_text(BOX.parse(visual(b"\4name")))
    assert "compressor_name = name (total 4)" in text


def test_a_structure_in_a_box_is_shown_by_the_type_of_the_box():
    key = full(b"keys", 0, 0, u32(1, 12), b"mdta", b"name")
    assert "key_value = name (total 4)" in box_text(BOX.parse(key))


@given(st.sampled_from(BOX_CODES), bodies())
def test_whatever_a_box_holds_is_shown(code: bytes, body: bytes):
    assert box_text(BOX.parse(box(code, body)))


@pytest.mark.parametrize(
    "value", [None, 5, -5, 1 << 70, "", "text", "\ud800", b"", b"\xff", [], [1], {}, 1.5]
)
def test_forms_take_any_value(value: object):
    """Boxes may be built by hand, with values that no file gives."""
    for code, forms in _OF_BOX.items():
        for name in (*forms, *_OF_FIELD):
            assert dict(shown_fields({"type": code, name: value})).keys() == {"type", name}
