"""Groups of samples and of tracks, dependencies, sub-samples, references."""

from __future__ import annotations

import copy

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw
from tests.mp4.boxes import box, full, i32, u8, u16, u32


def described(*descriptions: bytes) -> list[dict[str, object]]:
    return [{"description": data} for data in descriptions]


def rolls(*distances: int) -> list[dict[str, object]]:
    return [{"roll_distance": distance} for distance in distances]


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (
            full(b"sgpd", 0, 0, b"roll", u32(2), u16(1, 2)),
            {"version": 0, "grouping_type": b"roll", "entries": rolls(1, 2)},
        ),
        (
            full(b"sgpd", 0, 0, b"zzzz", u32(1), b"only"),
            {"version": 0, "grouping_type": b"zzzz", "entries": described(b"only")},
        ),
        (
            full(b"sgpd", 1, 0, b"roll", u32(2, 2), u16(1, 2)),
            {
                "version": 1,
                "grouping_type": b"roll",
                "default_length": 2,
                "entries": rolls(1, 2),
            },
        ),
        (
            full(b"sgpd", 1, 0, b"zzzz", u32(0, 2, 1), b"a", u32(2), b"bc"),
            {
                "version": 1,
                "grouping_type": b"zzzz",
                "default_length": 0,
                "entries": [
                    {"description_length": 1, "description": b"a"},
                    {"description_length": 2, "description": b"bc"},
                ],
            },
        ),
        (
            full(b"sgpd", 2, 0, b"tele", u32(1, 7, 1), b"\x80"),
            {
                "version": 2,
                "grouping_type": b"tele",
                "default_length": 1,
                "default_group_description_index": 7,
                "entries": [{"level_independently_decodable": True}],
            },
        ),
        (
            full(b"sgpd", 3, 0x400000, b"tele", u32(1, 7, 0)),
            {
                "version": 3,
                "flags": 0x400000,
                "grouping_type": b"tele",
                "default_length": 1,
                "default_group_description_index": 7,
                "entries": [],
            },
        ),
    ],
)
def test_descriptions(data: bytes, fields: dict[str, object]):
    absent = ("default_length", "default_group_description_index")
    expected = {**dict.fromkeys(absent), **fields}
    if not expected["version"]:
        del expected["version"]
    check(data, **expected)
    check_builds(data, **fields)


def test_description_lengths_may_be_left_out():
    data = full(b"sgpd", 1, 0, b"zzzz", u32(0, 2, 1), b"a", u32(2), b"bc")
    check_builds(data, grouping_type=b"zzzz", entries=described(b"a", b"bc"))
    with pytest.raises(BoxBuildError, match="has 1 bytes, its length says 2"):
        BOX.build(
            {
                "type": b"sgpd",
                "grouping_type": b"roll",
                "default_length": 2,
                "entries": described(b"a"),
            }
        )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (full(b"sgpd", 0, 0, b"zzzz", u32(2), b"1234"), "does not tell"),
        (full(b"sgpd", 1, 0, b"roll", u32(0, 1, 900), b"a"), "bytes are needed"),
        (full(b"sgpd", 1, 0, b"roll", u32(2, 0xFFFFFFFF), b"a"), "do not fit"),
        (full(b"sgpd", 4, 0, b"roll", u32(2, 0)), "version 4"),
        (full(b"sbgp", 0, 0, b"roll", u32(0xFFFFFFFF, 1, 1)), "do not fit"),
        (full(b"subs", 0, 0, u32(0xFFFFFFFF), bytes(6)), "do not fit"),
        (full(b"csgp", 0, 0x15, b"roll", u32(0xFFFFFFFF), bytes(6)), "do not fit"),
        (full(b"csgp", 0, 0x15, b"roll", u32(1), u8(9, 1, 1)), "cut off"),
    ],
)
def test_impossible_groups(data: bytes, reason: str):
    check_raw(data, reason)


def test_samples_of_groups():
    row = {"sample_count": 3, "group_description_index": 0x10001}
    old = full(b"sbgp", 0, 0, b"roll", u32(1, 3, 0x10001))
    check(old, grouping_type=b"roll", grouping_type_parameter=None, entries=[row])
    new = full(b"sbgp", 1, 0, b"rap ", u32(9, 1, 3, 0x10001))
    check(new, version=1, grouping_type=b"rap ", grouping_type_parameter=9, entries=[row])
    check_builds(new, version=1, grouping_type=b"rap ", grouping_type_parameter=9, entries=[row])
    with pytest.raises(BoxBuildError, match="grouping_type_parameter = 9 has no place"):
        BOX.build(
            {"type": b"sbgp", "grouping_type": b"a", "grouping_type_parameter": 9, "entries": []}
        )


@pytest.mark.parametrize(
    ("flags", "content"),
    [
        (0x15, u8(2, 5, 1, 6, 1, 2, 3)),  # 8 bits each
        (0x2A, u16(2, 5, 1, 6, 1, 2, 3)),
        (0x3F, u32(2, 5, 1, 6, 1, 2, 3)),
        (0x00, u8(0x25, 0x16, 0x12, 0x30)),  # 4 bits each, and 4 reserved
        (0x04, bytes.fromhex("205106123 0".replace(" ", ""))),
    ],
)
def test_patterns(flags: int, content: bytes):
    patterns = [
        {"sample_count": 5, "sample_group_description_index": [1, 2]},
        {"sample_count": 6, "sample_group_description_index": [3]},
    ]
    data = full(b"csgp", 0, flags, b"roll", u32(2), content)
    expected = {"grouping_type": b"roll", "grouping_type_parameter": None, "patterns": patterns}
    check(data, **expected, **({"flags": flags} if flags else {}))
    check_builds(data, flags=flags, grouping_type=b"roll", patterns=patterns)


def test_patterns_with_a_parameter():
    data = full(b"csgp", 0, 0xD5, b"roll", u32(7, 0))
    check(data, flags=0xD5, grouping_type=b"roll", grouping_type_parameter=7, patterns=[])


def test_dependencies():
    data = full(b"sdtp", 0, 0, u8(0x20, 0x1B))
    names = ("is_leading", "sample_depends_on", "sample_is_depended_on", "sample_has_redundancy")
    rows = [dict(zip(names, bits, strict=True)) for bits in ((0, 2, 0, 0), (0, 1, 2, 3))]
    parsed = check(data, entries=rows)
    check_builds(data, entries=rows)
    assert parsed.entries.column("sample_depends_on") == [2, 1]
    assert copy.deepcopy(parsed.entries) == rows
    assert str(parsed.entries).splitlines()[1].strip() == ", ".join(
        f"{name} = {value}" for name, value in rows[0].items()
    )
    parsed.entries[0].sample_depends_on = 1
    assert BOX.build(parsed) == full(b"sdtp", 0, 0, u8(0x10, 0x1B))
    parsed.entries[1].is_leading = 4
    with pytest.raises(BoxBuildError, match="row 1: is_leading"):
        BOX.build(parsed)


def test_subsamples():
    rows = [
        {
            "subsample_size": 4,
            "subsample_priority": 1,
            "discardable": 0,
            "codec_specific_parameters": 5,
        }
    ]
    entries = [{"sample_delta": 1, "subsamples": rows}, {"sample_delta": 2, "subsamples": []}]
    after = u8(1, 0) + u32(5) + u32(2) + u16(0)
    old = full(b"subs", 0, 1, u32(2, 1), u16(1), u16(4), after)
    new = full(b"subs", 1, 1, u32(2, 1), u16(1), u32(4), after)
    check(old, flags=1, entries=entries)
    check(new, version=1, flags=1, entries=entries)
    check_builds(new, version=1, flags=1, entries=entries)


# --- tracks


def test_track_references():
    data = box(b"tref", box(b"cdsc", u32(1, 2)), box(b"hint"), box(b"free", b"12345678"))
    children = [
        {"type": b"cdsc", "track_IDs": [1, 2]},
        {"type": b"hint", "track_IDs": []},
        {"type": b"free", "data": b"12345678"},
    ]
    check(data, children=children)
    check_builds(data, children=children)
    odd = BOX.parse(box(b"tref", box(b"cdsc", b"12345")))
    assert odd.children[0].trailing == b"5"


def test_track_groups():
    data = box(
        b"trgr",
        full(b"msrc", 0, 0, u32(42)),
        full(b"zzzz", 0, 1, u32(7), b"more"),
        full(b"ster", 0, 0, u32(7), u32(0x80000000)),
    )
    check(
        data,
        children=[
            {"type": b"msrc", "version": 0, "flags": 0, "track_group_id": 42, "data": b""},
            {"type": b"zzzz", "version": 0, "flags": 1, "track_group_id": 7, "data": b"more"},
            {
                "type": b"ster",
                "version": 0,
                "flags": 0,
                "track_group_id": 7,
                "left_view_flag": True,
            },
        ],
    )


def test_selection_and_kind():
    check(
        full(b"tsel", 0, 0, i32(-1), b"lang", b"bitr"),
        switch_group=-1,
        attribute_list=[b"lang", b"bitr"],
    )
    check(full(b"kind", 0, 0, b"urn:a\0", b"main\0"), schemeURI="urn:a", value="main")
    check_builds(full(b"kind", 0, 0, b"urn:a\0", b"\0"), schemeURI="urn:a")
    stri = full(b"stri", 0, 0, u16(1, 2), u32(3), b"lang")
    check(stri, switch_group=1, alternate_group=2, sub_track_ID=3, attribute_list=[b"lang"])
    stsg = full(b"stsg", 0, 0, b"roll", u16(2), u32(1, 2))
    check(stsg, grouping_type=b"roll", group_description_index=[1, 2])
    whole = box(b"strk", stri, box(b"strd", stsg))
    assert BOX.build(BOX.parse(whole)) == whole
