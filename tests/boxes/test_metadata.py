"""`meta`, `ilst`, `keys`, and user data."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, u8, u16, u32, u64

HDLR = full(b"hdlr", 0, 0, bytes(4), b"mdir", bytes(12), b"\0")


@pytest.mark.parametrize(
    ("body", "version", "count"),
    [
        (u32(0) + HDLR, 0, 1),
        (u32(0x01000002) + HDLR, 1, 1),
        (HDLR, None, 1),
        (b"", None, 0),
        (u32(0), 0, 0),
        (box(b"free") + HDLR, None, 2),
        (u32(0) + box(b"free") + HDLR, 0, 2),
    ],
)
def test_meta_with_and_without_version(body: bytes, version: int | None, count: int):
    parsed = BOX.parse(box(b"meta", body))
    assert parsed.version == version
    assert len(parsed.children) == count
    assert "note" not in parsed
    assert BOX.build(parsed) == box(b"meta", body)


def test_meta_is_built_with_version_unless_told():
    check_builds(full(b"meta", 0, 0, HDLR), children=[BOX.parse(HDLR)])
    check_builds(box(b"meta", HDLR), version=None, flags=None, children=[BOX.parse(HDLR)])
    with pytest.raises(BoxBuildError, match="neither"):
        BOX.build({"type": b"meta", "version": None, "children": []})


def test_tags():
    freeform = box(
        b"----",
        full(b"mean", 0, 0, b"com.example"),
        full(b"name", 0, 0, b"key"),
        box(b"data", u32(1), u16(0, 0), b"v"),
    )
    data = box(b"ilst", box(b"\xa9nam", box(b"data", u32(1), u16(1, 2), b"Title")), freeform)
    value = {"type": b"data", "type_indicator": 1}
    check(
        data,
        children=[
            {
                "type": b"\xa9nam",
                "children": [
                    {
                        **value,
                        "country_indicator": 1,
                        "language_indicator": 2,
                        "value": b"Title",
                    }
                ],
            },
            {
                "type": b"----",
                "children": [
                    {"type": b"mean", "version": 0, "flags": 0, "meaning_string": b"com.example"},
                    {"type": b"name", "version": 0, "flags": 0, "name": b"key"},
                    {**value, "country_indicator": 0, "language_indicator": 0, "value": b"v"},
                ],
            },
        ],
    )


def test_keys_of_quicktime():
    data = full(b"keys", 0, 0, u32(2), u32(11), b"mdta", b"com", u32(8), b"mdta")
    entries = [
        {"key_namespace": b"mdta", "key_value": b"com"},
        {"key_namespace": b"mdta", "key_value": b""},
    ]
    check(data, entries=entries)
    check_builds(data, entries=entries)
    check_raw(full(b"keys", 0, 0, u32(1), u32(7), b"mdta"), "too small")
    numbered = box(b"ilst", box(u32(1), box(b"data", u32(1, 0), b"v")))
    assert BOX.parse(numbered).children[0].type == u32(1)
    assert BOX.build(BOX.parse(numbered)) == numbered


def test_other_metadata():
    check(full(b"xml ", 0, 0, b"<a/>\0"), xml="<a/>")
    check(full(b"bxml", 0, 0, b"\1"), data=b"\1")
    check(full(b"ID32", 0, 0, u16(0x15C7), b"ID3"), language="eng", ID3v2_data=b"ID3")
    check(
        full(b"mere", 0, 0, b"pict", b"mdir", u8(3)),
        first_metabox_handler_type=b"pict",
        second_metabox_handler_type=b"mdir",
        metabox_relation=3,
    )


# --- user data


def test_user_data_with_and_without_its_terminator():
    inside = [{"type": b"free", "data": b""}]
    check(box(b"udta", box(b"free")), children=inside)
    check(box(b"udta", box(b"free"), u32(0)), children=inside, terminator=0)
    check(box(b"udta", u32(0)), children=[], terminator=0)
    odd = BOX.parse(box(b"udta", box(b"free"), u32(1)))
    assert odd.trailing == u32(1)
    assert "too few" in odd.note


@pytest.mark.parametrize(
    ("code", "language"),
    [(0x15C7, "eng"), (0x55C4, "und"), (0, 0), (0x7FFF, 0x7FFF), (0x95C7, 0x95C7)],
)
def test_notice(code: int, language: str | int):
    data = full(b"cprt", 0, 0, u16(code), b"\xc2\xa9 us\0")
    check(data, language=language, notice="© us")
    check_builds(data, language=language, notice="© us")
    utf16 = b"\xfe\xff\0c\0\0"
    check(full(b"cprt", 0, 0, u16(code), utf16), language=language, notice=utf16)


def test_a_language_that_is_none():
    with pytest.raises(BoxBuildError, match="three letters"):
        BOX.build({"type": b"cprt", "language": "en-GB", "notice": ""})


def test_tags_of_3gpp_and_nero():
    check(full(b"titl", 0, 0, u16(0x55C4), b"t\0"), language="und", title="t")
    check(full(b"yrrc", 0, 0, u16(2026)), recording_year=2026)
    rating = full(b"rtng", 0, 0, b"MPAA", b"PG13", u16(0x55C4), b"i\0")
    check(
        rating,
        rating_entity=b"MPAA",
        rating_criteria=b"PG13",
        language="und",
        rating_info="i",
    )
    chapters = [{"start": 0, "title": "One"}, {"start": 10_000_000, "title": b"\xff"}]
    rows = u8(2) + u64(0) + b"\3One" + u64(10_000_000) + b"\1\xff"
    check(full(b"chpl", 1, 0, u32(0), rows), version=1, chapters=chapters)
    check(full(b"chpl", 0, 0, rows), chapters=chapters)
    check_builds(full(b"chpl", 1, 0, u32(0), rows), chapters=chapters)
    check_raw(full(b"chpl", 0, 0, u8(255), bytes(9)), "do not fit")


def test_hint_information():
    parsed = BOX.parse(box(b"hnti", box(b"sdp ", b"m=video")))
    assert plain(parsed.children) == [{"type": b"sdp", "sdptext": "m=video"}]
