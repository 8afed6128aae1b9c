"""`dref` and its entries."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import check, check_builds, check_raw
from tests.mp4.boxes import box, full, u32


def test_entries():
    data = full(
        b"dref",
        0,
        0,
        u32(5),
        full(b"url ", 0, 1),
        full(b"url ", 0, 0, b"https://example.com/a%20b \0"),
        full(b"urn ", 0, 0, b"urn:example\0", b"https://example.com/\0"),
        full(b"alis", 0, 0, b"\1\2\3"),
        full(b"imdt", 0, 1, u32(7)),
    )
    here, there = {"self_contained": True}, {"self_contained": False}
    check(
        data,
        data_entries=[
            {"type": b"url ", "version": 0, "flags": here, "location": None},
            {
                "type": b"url ",
                "version": 0,
                "flags": there,
                "location": "https://example.com/a%20b ",
            },
            {
                "type": b"urn ",
                "version": 0,
                "flags": there,
                "name": "urn:example",
                "location": "https://example.com/",
            },
            {"type": b"alis", "version": 0, "flags": there, "data": b"\1\2\3"},
            {"type": b"imdt", "version": 0, "flags": 1, "imda_ref_identifier": 7},
        ],
    )


@pytest.mark.parametrize(
    ("entry", "location", "self_contained"),
    [
        (full(b"url ", 0, 0, b"no end"), b"no end", False),
        (full(b"url ", 0, 0), None, False),
        (full(b"url ", 0, 1, b"here\0"), "here", True),
        (full(b"url ", 0, 1, b"\0"), "", True),
        (full(b"url ", 0, 0x800000, b"a\0b\0"), b"a\0b\0", False),
    ],
)
def test_odd_locations(entry: bytes, location: str | bytes | None, self_contained: bool):
    check(
        full(b"dref", 0, 0, u32(1), entry),
        data_entries=[
            {
                "type": b"url ",
                "version": 0,
                "flags": {"self_contained": self_contained},
                "location": location,
            }
        ],
    )


def test_flags_follow_from_the_location():
    data = full(b"dref", 0, 0, u32(2), full(b"url ", 0, 1), full(b"url ", 0, 0, b"x\0"))
    check_builds(data, data_entries=[{"type": b"url "}, {"type": b"url", "location": "x"}])
    assert BOX.build({"type": b"dref", "data_entries": []}) == full(b"dref", 0, 0, u32(0))


def test_wrong_counts():
    check_raw(full(b"dref", 0, 0, u32(0xFFFFFFFF), full(b"url ", 0, 1)), "do not fit")
    parsed = BOX.parse(full(b"dref", 0, 0, u32(0), full(b"url ", 0, 1)))
    assert parsed.trailing == full(b"url ", 0, 1)
    assert "after the last field" in parsed.note


def test_an_unknown_entry_is_bytes():
    check(
        full(b"dref", 0, 0, u32(1), box(b"zzzz", b"12")),
        data_entries=[{"type": b"zzzz", "data": b"12"}],
    )
