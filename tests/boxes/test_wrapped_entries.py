"""Sample entries of protected and restricted content."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import plain
from tests.boxes.sample_entries import stsd
from tests.mp4.boxes import box, u8, u16, u32

CODES = [b"enct", b"encu", b"encm", b"rest", b"resu", b"resm", b"icpt", b"icpm"]
TIMED_TEXT = u32(1) + u8(1, 255) + bytes(4) + u16(0, 1, 2, 3) + u16(0, 0, 1) + u8(0, 18) + bytes(4)
FORMS: list[tuple[bytes, bytes, dict[str, Any]]] = [
    (
        b"stpp",
        b"urn:ttml\0\0",
        {"namespace": "urn:ttml", "schema_location": "", "auxiliary_mime_types": None},
    ),
    (
        b"stpp",
        b"urn:ttml\0a\0b\0",
        {"namespace": "urn:ttml", "schema_location": "a", "auxiliary_mime_types": "b"},
    ),
    (b"stxt", b"\0text/plain\0", {"content_encoding": "", "mime_format": "text/plain"}),
    (b"mett", b"gzip\0a/b\0", {"content_encoding": "gzip", "mime_format": "a/b"}),
    (
        b"metx",
        b"\0urn:a\0where\0",
        {"content_encoding": "", "namespace": "urn:a", "schema_location": "where"},
    ),
    (
        b"tx3g",
        TIMED_TEXT,
        {
            "displayFlags": 1,
            "horizontal_justification": 1,
            "vertical_justification": -1,
            "background_color_rgba": [0, 0, 0, 0],
            "default_text_box": {"top": 0, "left": 1, "bottom": 2, "right": 3},
            "default_style": {
                "startChar": 0,
                "endChar": 0,
                "font_ID": 1,
                "face_style_flags": 0,
                "font_size": 18,
                "text_color_rgba": [0, 0, 0, 0],
            },
        },
    ),
    (b"wvtt", b"", {}),
    (b"urim", b"", {}),
]


def scheme(original: bytes, kind: bytes = b"sinf") -> bytes:
    return box(kind, box(b"free"), box(b"frma", original))


def stsd_with(code: bytes, *body: bytes) -> bytes:
    return stsd(box(code, bytes(6), u16(1), *body))


@pytest.mark.parametrize("code", CODES, ids=bytes.decode)
@pytest.mark.parametrize(("original", "head", "fields"), FORMS)
def test_the_fields_of_the_original_stay(code: bytes, original: bytes, head: bytes, fields):
    kind = {b"enc": b"sinf", b"res": b"rinf", b"icp": b"cinf"}[code[:3]]
    data = stsd_with(code, head, box(b"btrt", u32(1, 2, 3)), scheme(original, kind))
    parsed = BOX.parse(data)
    entry = plain(parsed.entries[0])
    children = entry.pop("children")
    assert entry == {"format": code, "data_reference_index": 1, **fields}
    assert [child["type"] for child in children] == [b"btrt", kind]
    assert BOX.build(parsed) == data
    built = {"format": code, "children": children, **fields}
    assert BOX.build({"type": b"stsd", "entries": [built]}) == data


def test_an_original_that_nobody_knows_has_no_fields():
    parsed = BOX.parse(stsd_with(b"enct", scheme(b"zzzz")))
    assert [child.type for child in parsed.entries[0].children] == [b"sinf"]
    alone = BOX.parse(stsd_with(b"enct", box(b"btrt", u32(1, 2, 3))))
    assert [child.type for child in alone.entries[0].children] == [b"btrt"]


@pytest.mark.parametrize(
    "body",
    [
        b"text" + scheme(b"zzzz"),
        b"text\0" + scheme(b"stpp"),
        b"text\0text\0" + box(b"btrt", u32(1, 2, 3)),
        b"text",
        scheme(b"stpp"),
        b"text\0text\0" + box(b"sinf", box(b"frma", b"st")),
    ],
)
def test_fields_that_no_original_explains_are_kept_as_bytes(body: bytes):
    data = stsd_with(b"enct", body)
    entry = BOX.parse(data).entries[0]
    assert "original format" in entry.note
    assert BOX.build(BOX.parse(data)) == data


@pytest.mark.parametrize(
    "code", [b"encs", b"ress", b"encf", b"resf", b"encp", b"resp", b"icps", b"icpp"]
)
def test_entries_of_nothing_but_boxes(code: bytes):
    data = stsd_with(code, scheme(b"mp4s"))
    entry = BOX.parse(data).entries[0]
    assert [child.type for child in entry.children] == [b"sinf"]
    assert BOX.build(BOX.parse(data)) == data


def test_volumetric_video():
    data = stsd_with(b"res3", b"name".ljust(32, b"\0"), scheme(b"v3c1", b"rinf"))
    entry = BOX.parse(data).entries[0]
    assert entry.compressorname == b"name".ljust(32, b"\0")
    assert entry.children[0].type == b"rinf"
    assert BOX.build(BOX.parse(data)) == data


@given(st.sampled_from(CODES), st.sampled_from(FORMS), st.binary(max_size=30), st.integers(0, 90))
def test_any_bytes_and_any_cut(code, form, tail, cut):
    original, head, _ = form
    data = stsd_with(code, (head + scheme(original) + tail)[:cut])
    assert BOX.build(BOX.parse(data)) == data


def test_entries_nested_in_entries_take_no_time():
    """What an entry holds is parsed once, whichever form its fields have."""
    data = b""
    for _ in range(24):
        data = stsd_with(b"enct", b"a\0b\0c\0", data, scheme(b"metx"))
    parsed = BOX.parse(data)
    depth = 0
    while "entries" in parsed and parsed.entries[0].get("children"):
        parsed = parsed.entries[0].children[0]
        depth += 1
    assert depth > 10
