"""Items of `meta`: information, places, properties, references."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw, plain, rebuilt
from tests.mp4.boxes import box, full, u8, u16, u32, u64


def test_primary_item():
    check(full(b"pitm", 0, 0, u16(7)), item_ID=7)
    check(full(b"pitm", 1, 0, u32(0x10000)), version=1, item_ID=0x10000)


INFE = {
    "content_type": None,
    "content_encoding": None,
    "item_uri_type": None,
    "extension_type": None,
    "extension": None,
}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (
            full(b"infe", 2, 1, u16(1, 0), b"hvc1", b"n\0"),
            {"version": 2, "flags": 1, "item_ID": 1, "item_type": b"hvc1", "item_name": "n"},
        ),
        (
            full(b"infe", 3, 0, u32(0x10000), u16(2), b"av01", b"\0"),
            {
                "version": 3,
                "item_ID": 0x10000,
                "item_protection_index": 2,
                "item_type": b"av01",
                "item_name": "",
            },
        ),
        (
            full(b"infe", 2, 0, u16(1, 0), b"mime", b"\0", b"a/b\0"),
            {
                "version": 2,
                "item_ID": 1,
                "item_type": b"mime",
                "item_name": "",
                "content_type": "a/b",
            },
        ),
        (
            full(b"infe", 2, 0, u16(1, 0), b"mime", b"\0", b"a/b\0", b"gzip\0"),
            {
                "version": 2,
                "item_ID": 1,
                "item_type": b"mime",
                "item_name": "",
                "content_type": "a/b",
                "content_encoding": "gzip",
            },
        ),
        (
            full(b"infe", 2, 0, u16(1, 0), b"uri ", b"\0", b"urn:a\0"),
            {
                "version": 2,
                "item_ID": 1,
                "item_type": b"uri ",
                "item_name": "",
                "item_uri_type": "urn:a",
            },
        ),
        (
            full(b"infe", 0, 0, u16(1, 0), b"n\0", b"a/b\0"),
            {"item_ID": 1, "item_type": None, "item_name": "n", "content_type": "a/b"},
        ),
        (
            full(b"infe", 1, 0, u16(1, 0), b"n\0", b"a/b\0", b"\0", b"fdel", b"\1\2"),
            {
                "version": 1,
                "item_ID": 1,
                "item_type": None,
                "item_name": "n",
                "content_type": "a/b",
                "content_encoding": "",
                "extension_type": b"fdel",
                "extension": b"\1\2",
            },
        ),
    ],
)
def test_item_information(data: bytes, fields: dict[str, object]):
    expected = {"item_protection_index": 0, **INFE, **fields}
    check(data, **expected)
    check_builds(data, **{"version": 0, **fields})
    count = full(b"iinf", 0, 0, u16(2), data, data)
    parsed = BOX.parse(count)
    assert [plain(info)["item_name"] for info in parsed.item_infos] == [fields["item_name"]] * 2
    assert [child.type for child in parsed.item_infos] == [b"infe"] * 2
    assert BOX.build(parsed) == count


def test_item_information_of_many_and_of_too_few():
    one = full(b"infe", 2, 0, u16(1, 0), b"hvc1", b"\0")
    parsed = BOX.parse(full(b"iinf", 1, 0, u32(1), one))
    assert len(parsed.item_infos) == 1
    check_raw(full(b"iinf", 1, 0, u32(0xFFFFFFFF), one), "do not fit")
    check_raw(full(b"infe", 4, 0, one), "version 4")
    with pytest.raises(BoxBuildError, match="content_type = 'a/b' has no place"):
        BOX.build(
            {
                "type": b"infe",
                "version": 2,
                "item_ID": 1,
                "item_type": b"hvc1",
                "content_type": "a/b",
            }
        )


def item(**fields: object) -> dict[str, object]:
    return {"item_ID": 1, "data_reference_index": 0, "base_offset": 0, **fields}


def extent(offset: int, length: int, index: int | None = None) -> dict[str, object]:
    return {"item_reference_index": index, "extent_offset": offset, "extent_length": length}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (
            full(b"iloc", 0, 0, u8(0x44, 0x40), u16(1, 1, 0), u32(5), u16(2), u32(6, 7, 8, 9)),
            {
                "offset_size": 4,
                "length_size": 4,
                "base_offset_size": 4,
                "items": [item(base_offset=5, extents=[extent(6, 7), extent(8, 9)])],
            },
        ),
        (
            full(b"iloc", 0, 0, u8(0x00, 0x00), u16(1, 1, 0, 1)),
            {
                "offset_size": 0,
                "length_size": 0,
                "base_offset_size": 0,
                "items": [item(extents=[extent(0, 0)])],
            },
        ),
        (
            full(b"iloc", 1, 0, u8(0x44, 0x04), u16(1, 1, 2, 0, 1), u32(3, 4, 5)),
            {
                "version": 1,
                "offset_size": 4,
                "length_size": 4,
                "base_offset_size": 0,
                "index_size": 4,
                "items": [item(construction_method=2, extents=[extent(4, 5, 3)])],
            },
        ),
        (
            full(
                b"iloc", 2, 0, u8(0x48, 0x80), u32(1, 1), u16(1, 0), u64(9), u16(1), u32(1), u64(2)
            ),
            {
                "version": 2,
                "offset_size": 4,
                "length_size": 8,
                "base_offset_size": 8,
                "index_size": 0,
                "items": [item(construction_method=1, base_offset=9, extents=[extent(1, 2)])],
            },
        ),
    ],
)
def test_item_locations(data: bytes, fields: dict[str, object]):
    check(data, **fields)
    check_builds(data, **fields)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (u8(0x44, 0) + u16(0xFFFF) + bytes(4), "do not fit"),
        (u8(0x44, 0) + u16(1, 1, 0, 0xFFFF) + bytes(8), "do not fit"),
        (u8(0, 0) + u16(1, 1, 0, 0xFFFF), "without any field"),
        (u8(0x33, 0) + u16(0), "not 0, 4 or 8"),
    ],
)
def test_impossible_item_locations(content: bytes, reason: str):
    check_raw(full(b"iloc", 0, 0, content), reason)


def test_item_location_beyond_its_width():
    fields = {"offset_size": 0, "length_size": 4, "base_offset_size": 0}
    with pytest.raises(BoxBuildError, match="extent_offset = 6 does not fit 0"):
        BOX.build({"type": b"iloc", **fields, "items": [item(extents=[extent(6, 7)])]})


@pytest.mark.parametrize("items", [1, 20])
@pytest.mark.parametrize("extents", [1, 20])
def test_widths_that_change(items: int, extents: int):
    def iloc(width: int) -> bytes:
        one = (7).to_bytes(width) + u32(8)
        places = [u16(number, 0, extents) + one * extents for number in range(items)]
        return full(b"iloc", 0, 0, u8(width << 4 | 4, 0), u16(items), *places)

    parsed = BOX.parse(iloc(4))
    parsed["offset_size"] = 8
    assert BOX.build(parsed) == iloc(8)
    parsed["offset_size"] = 4
    assert BOX.build(parsed) == iloc(4)


def test_properties_and_their_associations():
    ipco = box(
        b"ipco",
        full(b"ispe", 0, 0, u32(64, 48)),
        full(b"pixi", 0, 0, u8(3, 8, 8, 10)),
        box(b"irot", u8(0xFD)),
        box(b"imir", u8(1)),
        full(b"auxC", 0, 0, b"urn:a\0", b"\1\2"),
        box(b"lsel", u16(1)),
        box(b"a1op", u8(1)),
        box(b"a1lx", u8(0), u16(1, 2, 3)),
        box(b"a1lx", u8(1), u32(1, 2, 3)),
        box(b"free"),
    )
    parsed = rebuilt(ipco)
    full_fields = {"version": 0, "flags": 0}
    assert plain(parsed.children) == [
        {"type": b"ispe", **full_fields, "image_width": 64, "image_height": 48},
        {"type": b"pixi", **full_fields, "bits_per_channel": [8, 8, 10]},
        {"type": b"irot", "angle": 1},
        {"type": b"imir", "axis": 1},
        {"type": b"auxC", **full_fields, "aux_type": "urn:a", "aux_subtype": b"\1\2"},
        {"type": b"lsel", "layer_id": 1},
        {"type": b"a1op", "op_index": 1},
        {"type": b"a1lx", "large_size": 0, "layer_size": [1, 2, 3]},
        {"type": b"a1lx", "large_size": 1, "layer_size": [1, 2, 3]},
        {"type": b"free", "data": b""},
    ]
    pairs = [
        {"essential": True, "property_index": 1},
        {"essential": False, "property_index": 2},
    ]
    small = full(b"ipma", 0, 0, u32(2), u16(1), u8(2, 0x81, 2), u16(2), u8(0))
    entries = [{"item_ID": 1, "associations": pairs}, {"item_ID": 2, "associations": []}]
    check(small, entries=entries)
    check_builds(small, entries=entries)
    large = full(b"ipma", 1, 1, u32(1), u32(0x10000), u8(2), u16(0x8001, 2))
    check(large, version=1, flags=1, entries=[{"item_ID": 0x10000, "associations": pairs}])
    check_raw(full(b"ipma", 0, 0, u32(0xFFFFFFFF), bytes(9)), "do not fit")
    whole = box(b"iprp", ipco, small)
    assert BOX.build(BOX.parse(whole)) == whole


def test_references():
    data = full(b"iref", 0, 0, box(b"dimg", u16(1, 2, 2, 3)), box(b"free", b"12"))
    check(
        data,
        references=[
            {"type": b"dimg", "from_item_ID": 1, "to_item_ID": [2, 3]},
            {"type": b"free", "data": b"12"},
        ],
    )
    large = full(b"iref", 1, 0, box(b"cdsc", u32(0x10000), u16(1), u32(1)))
    check(
        large,
        version=1,
        references=[{"type": b"cdsc", "from_item_ID": 0x10000, "to_item_ID": [1]}],
    )
    cut = BOX.parse(full(b"iref", 0, 0, box(b"dimg", u16(1, 2, 2))))
    assert cut.references[0].raw == u16(1, 2, 2)


def test_protection_and_data():
    sinf = box(b"sinf", box(b"frma", b"av01"))
    parsed = BOX.parse(full(b"ipro", 0, 0, u16(1), sinf))
    assert parsed.protection_information[0].children[0].original_format == b"av01"
    check(box(b"idat", b"\1\2"), data=b"\1\2")
