"""`hdlr`, media headers, `elng` and QuickTime's `gmhd`."""

from __future__ import annotations

import copy
import pickle

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw
from tests.mp4.boxes import box, full, i32, u8, u16, u32

HANDLER = {"pre_defined": bytes(4), "handler_type": b"meta"}


def hdlr(name: bytes, *, pre_defined: bytes = bytes(4), reserved: bytes = bytes(12)) -> bytes:
    return full(b"hdlr", 0, 0, pre_defined, b"meta", reserved, name)


def test_handler_name_is_text():
    check(hdlr(b"N\xc3\xa4me\0"), **HANDLER, name="Näme")
    check(hdlr(b"\0"), **HANDLER, name="")
    check_builds(hdlr(b"N\xc3\xa4me\0"), handler_type=b"meta", name="Näme")
    check_builds(hdlr(b"\0"), handler_type=b"meta")


@pytest.mark.parametrize(
    "name", [b"", b"\x04Name", b"no end", b"two\0\0", b"\0\0", b"in\0side\0", b"\xff\xfe\0"]
)
def test_handler_name_that_is_no_c_string_is_bytes(name: bytes):
    parsed = check(hdlr(name), **HANDLER, name=name)
    check_builds(hdlr(name), handler_type=b"meta", name=parsed.name)
    for copied in (copy.deepcopy(parsed), pickle.loads(pickle.dumps(parsed))):
        assert BOX.build(copied) == hdlr(name)


@pytest.mark.parametrize("name", [b"", b"Name", b"N\xc3\xa4me", b"\xff"])
def test_handler_name_given_as_bytes_gets_its_nul(name: bytes):
    check_builds(hdlr(name + b"\0"), handler_type=b"meta", name=name)
    check_builds(hdlr(name + b"\0"), handler_type=b"meta", name=name + b"\0")


def test_handler_of_quicktime():
    data = hdlr(b"\x05Apple", pre_defined=b"mhlr", reserved=b"appl" + bytes(8))
    parsed = check(data, pre_defined=b"mhlr", handler_type=b"meta", name=b"\x05Apple")
    assert parsed["_reserved"] == b"appl" + bytes(8)


def test_handler_type_loses_no_space_and_short_types_are_filled():
    data = full(b"hdlr", 0, 0, bytes(4), b"url ", bytes(12), b"\0")
    check(data, pre_defined=bytes(4), handler_type=b"url ", name="")
    none = full(b"hdlr", 0, 0, bytes(20), b"\0")
    check(none, pre_defined=bytes(4), handler_type=b"", name="")


def test_handler_name_with_nul_is_refused():
    with pytest.raises(BoxBuildError, match="NUL"):
        BOX.build({"type": b"hdlr", "handler_type": b"meta", "name": "a\0b"})


def test_handler_of_another_version_or_cut_is_raw():
    check_raw(full(b"hdlr", 1, 0, bytes(20), b"x\0"), "version 1")
    check_raw(full(b"hdlr", 0, 0, bytes(7)), "bytes are needed")


def test_language():
    check(full(b"elng", 0, 0, b"zh-Hant-TW\0"), extended_language="zh-Hant-TW")


BLACK = {"red": 0, "green": 0, "blue": 0}


def test_media_headers():
    check(
        full(b"vmhd", 0, 1, u16(64, 1, 2, 3)),
        flags=1,
        graphics_mode=64,
        opcolor={"red": 1, "green": 2, "blue": 3},
    )
    check_builds(full(b"vmhd", 0, 1, bytes(8)))
    check(full(b"vmhd", 0, 0, bytes(8)), graphics_mode=0, opcolor=BLACK)
    check(full(b"smhd", 0, 0, u16(0xFF00, 7)), balance=-256, reserved=7)
    check_builds(full(b"smhd", 0, 0, bytes(4)))
    check(full(b"nmhd", 0, 5), flags=5)
    check(full(b"sthd", 0, 0))
    hint = full(b"hmhd", 0, 0, u16(1, 2), u32(3, 4, 5))
    assert check(hint, maxPDUsize=1, avgPDUsize=2, maxbitrate=3, avgbitrate=4)["_reserved"]


def test_base_media_header_of_quicktime():
    matrix = i32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    gmin = full(b"gmin", 0, 0, u16(64, 0x8000, 0x8000, 0x8000, 0, 0))
    tcmi = full(b"tcmi", 0, 0, u16(0, 0, 12, 0), bytes(6), u16(1, 2, 3), b"\x05Serif")
    parsed = check(
        box(b"gmhd", gmin, box(b"text", matrix), box(b"tmcd", tcmi)),
        children=[
            {
                "type": b"gmin",
                "version": 0,
                "flags": 0,
                "graphics_mode": 64,
                "opcolor": {"red": 0x8000, "green": 0x8000, "blue": 0x8000},
                "balance": 0,
            },
            {"type": b"text", "matrix": [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]},
            {
                "type": b"tmcd",
                "children": [
                    {
                        "type": b"tcmi",
                        "version": 0,
                        "flags": 0,
                        "text_font": 0,
                        "text_face": 0,
                        "text_size": 12,
                        "text_color": BLACK,
                        "background_color": {"red": 1, "green": 2, "blue": 3},
                        "font_name": "Serif",
                    }
                ],
            },
        ],
    )
    assert "note" not in str(parsed)
    check_builds(box(b"text", matrix))


def test_padding_and_media_data():
    for kind in (b"free", b"skip", b"wide", b"mdat"):
        check(box(kind), data=b"")
        check(box(kind, u8(1, 2)), data=b"\1\2")
        check_builds(box(kind))
