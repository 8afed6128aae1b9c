"""Fields that pymp4 calls otherwise than the standard: its name is the key, both are understood."""

from __future__ import annotations

import copy
import pickle
from uuid import UUID

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.standard_names import (
    NAMES_OF_BOXES,
    NAMES_OF_ENTRIES,
    NAMES_OF_ROWS,
)
from pymp4_nnr.boxes.text import box_text
from pymp4_nnr.errors import BoxBuildError
from tests.mp4.boxes import box, full, u8, u16, u32

KEY = UUID("10000000-0000-0000-0000-000000000001")
BOXES = {
    b"btrt": box(b"btrt", u32(1, 2, 3)),
    b"schm": full(b"schm", 0, 1, b"cenc", u32(0x10000), b"urn:a\0"),
    b"vmhd": full(b"vmhd", 0, 1, u16(1, 2, 3, 4)),
    b"gmin": full(b"gmin", 0, 0, u16(1, 2, 3, 4, 5, 0)),
    b"frma": box(b"frma", b"avc1"),
    b"pssh": full(b"pssh", 1, 0, KEY.bytes, u32(1), KEY.bytes, u32(2), b"ab"),
    b"tenc": full(b"tenc", 1, 0, u8(0, 0x19, 1, 0), KEY.bytes, u8(2), b"iv"),
    b"uuid": box(b"uuid", KEY.bytes, b"data"),
    b"vlab": box(b"vlab", b"label"),
    b"avcC": box(b"avcC", u8(1, 77, 64, 30, 0xFF, 0xE0, 0)),
    b"avcE": box(b"avcE", u8(1, 77, 64, 30, 0xFF, 0xE0, 0)),
    b"svcC": box(b"svcC", u8(1, 77, 64, 30, 0xFF, 0, 0)),
    b"mvcC": box(b"mvcC", u8(1, 77, 64, 30, 0xFF, 0, 0)),
    b"hvcC": box(b"hvcC", u8(1, 0x41), bytes(range(1, 21)), u8(0)),
    b"hvcE": box(b"hvcE", u8(1, 0x41), bytes(range(1, 21)), u8(0)),
}


@pytest.mark.parametrize("code", sorted(NAMES_OF_BOXES), ids=bytes.decode)
def test_boxes(code: bytes):
    data = BOXES[code]
    parsed = BOX.parse(data)
    assert "raw" not in parsed
    for name, key in NAMES_OF_BOXES[code].items():
        assert parsed[name] == parsed[key] == getattr(parsed, name) == parsed.get(name)
        assert name in parsed and hasattr(parsed, name)
        assert name not in list(parsed)
        assert f" {name} = " not in box_text(parsed)
    given = {name: parsed[key] for name, key in NAMES_OF_BOXES[code].items()}
    others = {
        key: value for key, value in parsed.items() if key not in NAMES_OF_BOXES[code].values()
    }
    others.update({key: value for key, value in dict.items(parsed) if key.startswith("_")})
    assert BOX.build({**others, **given}) == data
    assert BOX.build(parsed) == data


@pytest.mark.parametrize("name", sorted(NAMES_OF_ENTRIES))
def test_sample_entries(name: str):
    visual = bytes(16) + u16(640, 360) + u32(72 << 16, 72 << 16, 0) + u16(1) + bytes(32)
    sound = bytes(8) + u16(2, 16, 0, 0) + u32(48000 << 16)
    entries = [
        box(b"hvc1", bytes(6), u16(1), visual, u16(24, 0xFFFF)),
        box(b"mp4a", bytes(6), u16(1), sound),
    ]
    data = full(b"stsd", 0, 0, u32(2), *entries)
    parsed = BOX.parse(data)
    key = NAMES_OF_ENTRIES[name]
    (entry,) = (entry for entry in parsed.entries if key in entry)
    (other,) = (entry for entry in parsed.entries if key not in entry)
    assert getattr(entry, name) == entry[key]
    assert name not in other and not hasattr(other, name) and other.get(name) is None
    fields = {name if field == key else field: value for field, value in entry.items()}
    alone = full(b"stsd", 0, 0, u32(1), entries[parsed.entries.index(entry)])
    assert BOX.build({"type": b"stsd", "entries": [fields]}) == alone


def test_samples_of_runs():
    data = full(b"trun", 1, 0x800, u32(2), u32(5, 0xFFFFFFFE))
    parsed = BOX.parse(data)
    row = parsed.sample_info[1]
    assert row.sample_composition_time_offset == row.sample_composition_time_offsets == -2
    row.sample_composition_time_offset = -3
    assert BOX.build(parsed) == data[:-1] + b"\xfd"
    name = "sample_composition_time_offset"
    flags = {f"{name}s_present": True}
    for rows in ([{name: 5}, {name: -2}], ({name: 5}, {f"{name}s": -2})):
        assert (
            BOX.build({"type": b"trun", "version": 1, "flags": flags, "sample_info": rows}) == data
        )


def test_references_of_segment_indexes():
    data = full(b"sidx", 0, 0, u32(1, 2, 3, 4), u16(0, 1), u32(5, 6, 0))
    parsed = BOX.parse(data)
    assert parsed.references[0].subsegment_duration == 6
    row = {"reference_type": "MEDIA", "referenced_size": 5, "subsegment_duration": 6}
    fields = {key: parsed[key] for key in parsed if key != "references"}
    assert BOX.build({**fields, "references": [row]}) == data
    assert NAMES_OF_ROWS[b"sidx"][0] == "references"


def test_fields_are_changed_and_deleted_by_either_name():
    parsed = BOX.parse(BOXES[b"btrt"])
    keys = list(parsed)
    parsed.avgBitrate = 7
    assert parsed.avgBirate == 7 and list(parsed) == keys
    parsed["avgBitrate"] = 8
    assert BOX.build(parsed) == box(b"btrt", u32(1, 2, 8))
    del parsed["avgBitrate"]
    assert "avgBirate" not in parsed and "avgBitrate" not in parsed
    with pytest.raises(AttributeError):
        _ = parsed.avgBitrate
    parsed.avgBitrate = 9
    assert parsed["avgBirate"] == 9 and list(parsed)[-1] == "avgBirate"
    assert BOX.build(parsed) == box(b"btrt", u32(1, 2, 9))
    vmhd = BOX.parse(BOXES[b"vmhd"])
    assert vmhd.pop("graphicsmode") == 1 and "graphics_mode" not in vmhd
    assert vmhd.pop("graphicsmode", None) is None


def test_copies_understand_them_too():
    parsed = BOX.parse(BOXES[b"schm"])
    for copied in (copy.copy(parsed), copy.deepcopy(parsed), pickle.loads(pickle.dumps(parsed))):
        assert copied == parsed and copied.scheme_uri == b"urn:a"
        assert BOX.build(copied) == BOXES[b"schm"]


def test_a_name_given_twice():
    fields = {"type": b"btrt", "bufferSizeDB": 1, "maxBitrate": 2, "avgBirate": 3}
    assert BOX.build({**fields, "avgBitrate": 3}) == BOXES[b"btrt"]
    with pytest.raises(BoxBuildError, match="avgBirate is given twice, also as avgBitrate"):
        BOX.build({**fields, "avgBitrate": 4})


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (full(b"crtt", 0, 0, bytes(8)), "creation_time"),
        (full(b"mdft", 0, 0, bytes(8)), "modification_time"),
    ],
)
def test_where_pymp4_has_no_name_the_standards_is_the_key(data: bytes, name: str):
    assert name in list(BOX.parse(data))


def test_the_last_field_of_random_access_entries():
    data = full(b"tfra", 0, 0, u32(1, 0, 1, 2, 3), u8(4, 5, 6))
    assert BOX.parse(data).entries[0].sample_delta == 6
