"""Tags in `udta` and `ilst`: 3GPP's, QuickTime's, iTunes'."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import box_type, check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, i32, u8, u16, u32

ENGLISH = 0x15C7
UTF_16 = b"\xfe\xff\0n\0a"

BOXES = [
    (
        full(b"albm", 0, 0, u16(ENGLISH), b"Album\0", u8(7)),
        {"language": "eng", "album_title": "Album", "track_number": 7},
    ),
    (
        full(b"albm", 0, 0, u16(ENGLISH), UTF_16, u16(0), u8(7)),
        {"language": "eng", "album_title": UTF_16, "track_number": 7},
    ),
    (
        full(b"albm", 0, 0, u16(ENGLISH), b"Album\0"),
        {"language": "eng", "album_title": "Album", "track_number": None},
    ),
    (
        full(b"kywd", 0, 0, u16(ENGLISH), u8(2, 4), b"one\0", u8(3), b"two"),
        {"language": "eng", "keywords": ["one", b"two"]},
    ),
    (
        full(b"clsf", 0, 0, b"IMDB", u16(3, ENGLISH), b"drama\0"),
        {
            "classification_entity": b"IMDB",
            "classification_table": 3,
            "language": "eng",
            "classification_info": "drama",
        },
    ),
    (
        full(
            *(b"loci", 0, 0, u16(ENGLISH), b"Bonn\0", u8(1)),
            *(i32(7 << 16, 50 << 16, -(1 << 15)), UTF_16, u16(0), b"by the Rhine\0"),
        ),
        {
            "language": "eng",
            "name": "Bonn",
            "role": 1,
            "longitude": 7 << 16,
            "latitude": 50 << 16,
            "altitude": -(1 << 15),
            "astronomical_body": UTF_16,
            "additional_notes": "by the Rhine",
        },
    ),
    (
        full(b"swre", 0, 0, u16(ENGLISH), b"tool 1.0"),
        {"language": "eng", "text": b"tool 1.0"},
    ),
]


@pytest.mark.parametrize(("data", "fields"), BOXES, ids=box_type)
def test_fields(data: bytes, fields: dict[str, object]):
    check(data, **fields)
    check_builds(data, **fields)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (full(b"albm", 0, 0, u16(ENGLISH), UTF_16), "not terminated"),
        (full(b"albm", 0, 0, u16(ENGLISH), b"Album"), "not terminated"),
        (full(b"kywd", 0, 0, u16(ENGLISH), u8(255), bytes(9)), "do not fit"),
        (full(b"kywd", 0, 0, u16(ENGLISH), u8(1, 200), b"one"), "outside the box"),
    ],
)
def test_what_cannot_be(data: bytes, reason: str):
    check_raw(data, reason)


# --- QuickTime


def udta(*children: bytes) -> bytes:
    return box(b"udta", *children)


def test_texts_in_several_languages():
    name = box(b"\xa9nam", u16(4, ENGLISH), b"Name", u16(3, 0), "Né".encode(), u16(1, 12), b"\x8e")
    data = udta(name)
    (child,) = BOX.parse(data).children
    texts = [
        {"language": "eng", "text": "Name"},
        {"language": 0, "text": "Né"},
        {"language": 12, "text": b"\x8e"},
    ]
    assert plain(child) == {"type": b"\xa9nam", "texts": texts}
    assert BOX.build({"type": b"udta", "children": [{"type": b"\xa9nam", "texts": texts}]}) == data


@pytest.mark.parametrize(
    "body", [b"", b"Name", u16(5, ENGLISH) + b"Name", u16(3, 0) + b"Name", box(b"data", bytes(8))]
)
def test_what_is_no_such_text_is_kept(body: bytes):
    data = udta(box(b"\xa9nam", body))
    (child,) = BOX.parse(data).children
    assert plain(child) == {"type": b"\xa9nam", "data": body}
    assert BOX.build(BOX.parse(data)) == data
    assert BOX.build({"type": b"udta", "children": [{"type": b"\xa9nam", "data": body}]}) == data


def test_a_name_is_text():
    data = udta(box(b"name", "Tönend".encode()))
    assert plain(BOX.parse(data).children) == [{"type": b"name", "name": "Tönend"}]
    assert BOX.build(BOX.parse(data)) == data


@given(st.binary(max_size=40))
def test_any_bytes_in_a_text(body: bytes):
    data = udta(box(b"\xa9cmt", body))
    assert BOX.build(BOX.parse(data)) == data


# --- iTunes


def item(kind: bytes, indicator: int, value: bytes) -> bytes:
    return box(b"ilst", box(kind, box(b"data", u32(indicator, 0), value)))


@pytest.mark.parametrize(
    ("kind", "indicator", "data", "value"),
    [
        (b"\xa9nam", 1, b"Name", b"Name"),
        (b"cpil", 21, b"\1", 1),
        (b"tmpo", 21, u16(120), 120),
        (b"rate", 21, b"\xff", -1),
        (b"plID", 21, bytes(7) + b"\5", 5),
        (b"id24", 22, b"\xff\xff\xff", 0xFFFFFF),
        (b"gain", 23, struct.pack(">f", 0.5), 0.5),
        (b"gain", 24, struct.pack(">d", -0.1), -0.1),
        (b"one ", 65, b"\xff", -1),
        (b"one ", 66, b"\xff\xfe", -2),
        (b"one ", 67, i32(-3), -3),
        (b"one ", 74, bytes(7) + b"\7", 7),
        (b"one ", 75, b"\xff", 255),
        (b"one ", 76, b"\xff\xff", 65535),
        (b"one ", 77, u32(5), 5),
        (b"one ", 78, bytes(7) + b"\7", 7),
        (b"size", 71, struct.pack(">ff", 64, 36), [64.0, 36.0]),
        (b"rect", 72, struct.pack(">ffff", 1, 2, 3, 4), [1.0, 2.0, 3.0, 4.0]),
        (b"move", 79, struct.pack(">9d", *range(9)), [float(i) for i in range(9)]),
        (b"trkn", 0, u16(0, 3, 12, 0), {"number": 3, "total": 12}),
        (b"disk", 0, u16(0, 1, 2), {"number": 1, "total": 2}),
        (b"trkn", 21, u16(0, 3, 12, 0), {"number": 3, "total": 12}),
        (b"disk", 21, u16(0, 1, 2), {"number": 1, "total": 2}),
        # of another size, or another type: bytes
        (b"trkn", 0, u16(0, 3, 12), u16(0, 3, 12)),
        (b"disk", 0, u16(0, 1, 2, 0), u16(0, 1, 2, 0)),
        (b"trkn", 1, u16(0, 3, 12, 0), u16(0, 3, 12, 0)),
        (b"gnre", 0, u16(9), u16(9)),
        (b"tmpo", 21, bytes(5), bytes(5)),
        (b"tmpo", 21, b"", b""),
        (b"one ", 66, b"\1", b"\1"),
        (b"covr", 13, b"\xff\xd8", b"\xff\xd8"),
    ],
)
def test_values_by_type_indicator(kind: bytes, indicator: int, data: bytes, value: object):
    whole = item(kind, indicator, data)
    parsed = BOX.parse(whole)
    part = parsed.children[0].children[0]
    assert plain(part.value) == value and type(plain(part.value)) is type(value)
    assert "note" not in part
    assert BOX.build(parsed) == whole
    part.value = data
    assert BOX.build(parsed) == whole
    if indicator not in (21, 22) or len(data) == 1 or isinstance(value, dict):
        given = {"type": b"data", "type_indicator": indicator, "value": value}
        built = {"type": b"ilst", "children": [{"type": kind, "children": [given]}]}
        assert BOX.build(built) == whole


def test_a_changed_integer_keeps_its_size_if_it_fits():
    parsed = BOX.parse(item(b"tmpo", 21, u16(120)))
    parsed.children[0].children[0].value = 90
    assert BOX.build(parsed) == item(b"tmpo", 21, u16(90))
    parsed.children[0].children[0].value = 70000
    assert BOX.build(parsed) == item(b"tmpo", 21, u32(70000))


@pytest.mark.parametrize(
    ("kind", "indicator", "value"),
    [
        (b"tmpo", 21, 1 << 64),
        (b"one ", 65, 128),
        (b"one ", 66, "text"),
        (b"size", 71, [1.0]),
        (b"trkn", 0, {"total": 1}),
        (b"trkn", 0, {"number": 65536}),
        (b"\xa9nam", 1, 5),
        (b"\xa9nam", 1, [5]),
    ],
)
def test_values_that_do_not_fit(kind: bytes, indicator: int, value: object):
    given = {"type": b"data", "type_indicator": indicator, "value": value}
    built = {"type": b"ilst", "children": [{"type": kind, "children": [given]}]}
    if value == "text":
        assert BOX.build(built) == item(kind, indicator, b"text")
        return
    with pytest.raises(BoxBuildError):
        BOX.build(built)


@given(
    st.sampled_from((b"trkn", b"disk", b"tmpo")),
    st.integers(0, 80),
    st.binary(max_size=80),
)
def test_any_bytes_in_an_item(kind: bytes, indicator: int, value: bytes):
    data = item(kind, indicator, value)
    assert BOX.build(BOX.parse(data)) == data
