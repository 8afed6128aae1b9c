"""What pymp4 parses and rebuilds exactly is parsed to an equal object after `register()`."""

from __future__ import annotations

import random
import time

import pytest
from construct import Container, ListContainer
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import tables
from pymp4_nnr import register, unregister
from pymp4_nnr.boxes.constructs.containers import is_hidden
from pymp4_nnr.boxes.definition import field_names
from pymp4_nnr.boxes.registry import declared_box, declared_sample_entry
from pymp4_nnr.plugin.pymp4_internals import find_pymp4
from pymp4_nnr.plugin.repaired_constructs import repaired
from tests.boxes.strategies import bodies
from tests.mp4.boxes import box, full, u8, u16, u32
from tests.mp4.files import files
from tests.plugin.registered import registered, stock
from tests.plugin.stock_reference import SECONDS, difference, distinct_boxes, stock_outcomes


@pytest.fixture(scope="module")
def boxes() -> list[bytes]:
    return distinct_boxes(files())


def differences(boxes: list[bytes], seconds: float = SECONDS) -> tuple[int, list[str]]:
    """How many of the boxes pymp4 rebuilds, and which of those are something else for us."""
    faults, exact = [], 0
    outcomes = stock_outcomes(boxes, seconds)
    with registered() as pymp4:
        for data, outcome in zip(boxes, outcomes, strict=True):
            parsed = pymp4.parse(data)
            assert pymp4.build(parsed) == data
            if outcome.state == "exact":
                exact += 1
                fault = difference(outcome.value, parsed, data[4:8].decode("latin-1"))
                faults += [fault] if fault else []
    return exact, faults


def test_every_box_of_the_files(boxes):
    exact, faults = differences(boxes)
    assert faults == []
    assert exact > len(boxes) / 2


def test_boxes_with_other_bytes_in_them(boxes):
    """Other versions, flags, sizes and reserved bits than writers use."""
    known = find_pymp4().stock_boxes
    by_type: dict[bytes, list[bytes]] = {}
    for data in boxes:
        # stz2: pymp4 reads a count of 24 bits, and rebuilds only a box that is cut there
        if len(data) < 500 and data[4:8].rstrip(b" ") in known and data[4:8] != b"stz2":
            by_type.setdefault(data[4:8], []).append(data)
    chance = random.Random(1)
    made = []
    for _ in range(600):
        changed = bytearray(chance.choice(by_type[chance.choice(sorted(by_type))]))
        for _ in range(chance.choice((1, 1, 2, 4))):
            if len(changed) > 8:
                place = 8 if chance.random() < 0.2 else chance.randrange(8, len(changed))
                changed[place] = chance.choice((0, 1, 2, 3, 8, 255, chance.randrange(256)))
        changed += bytes(chance.choice((0, 0, 0, 0, 1, 4, 8)))
        made.append(len(changed).to_bytes(4) + bytes(changed[4:]))
    exact, faults = differences(made, seconds=0.3)
    assert faults == []
    assert exact > 100


def entry(code: bytes, *content: bytes) -> bytes:
    return full(b"stsd", 0, 0, u32(1), box(code, bytes(6), u16(1), *content))


UNKNOWN_TO_PYMP4 = {
    "udta": box(b"udta", box(b"name", b"x")),
    "meta": full(b"meta", 0, 0, full(b"hdlr", 0, 0, bytes(4), b"mdir", bytes(13))),
    "edts": box(b"edts", full(b"elst", 0, 0, u32(1, 10, 0, 0x10000))),
    "elst": full(b"elst", 0, 0, u32(1, 10, 0, 0x10000)),
    "colr": box(b"colr", b"nclx", u16(1, 1, 1), u8(0)),
    "tref": box(b"tref", box(b"cdsc", u32(1))),
    "sgpd": full(b"sgpd", 1, 0, b"roll", u32(2, 1), u16(1)),
    "ctts": full(b"ctts", 0, 0, u32(1, 1, 2)),
}


@pytest.mark.parametrize("name", UNKNOWN_TO_PYMP4)
def test_data_stays_where_pymp4_gives_data(name):
    data = UNKNOWN_TO_PYMP4[name]
    with registered() as pymp4:
        parsed = pymp4.parse(data)
        assert type(parsed) is Container
        assert list(parsed.keys()) == ["offset", "type", "data", "end"]
        assert parsed.data == data[8:]
        assert pymp4.build(parsed) == data
    with registered(extended=True) as pymp4:
        extended = pymp4.parse(data)
        assert "data" not in extended
        assert pymp4.build(extended) == data
        assert pymp4.build(parsed) == data


@pytest.mark.parametrize("code", [b"tx3g", b"stpp", b"hvc1", b"Opus", b"ac-3", b"mett", b"none"])
def test_sample_entries_that_pymp4_keeps_as_data(code):
    data = entry(code, b"0123456789")
    (outcome,) = stock_outcomes([data])
    with registered() as pymp4:
        parsed = pymp4.parse(data)
        assert difference(outcome.value, parsed) is None
        assert parsed.entries[0].data == b"0123456789"


def test_types_of_lists():
    stts = full(b"stts", 0, 0, u32(2, 1, 2, 3, 4))
    stsz = full(b"stsz", 0, 0, u32(0, 2, 5, 6))
    with registered() as pymp4:
        assert type(pymp4.parse(stts).entries) is list
        assert type(pymp4.parse(stts).entries[0]) is Container
        assert type(pymp4.parse(stsz).entry_sizes) is ListContainer


@pytest.mark.parametrize("code", ["stts", "stsz", "stco", "stss", "stsc", "trun"])
def test_long_tables_are_lists_of_the_class_that_pymp4_has(code):
    data = tables.boxes(300)[code]
    (outcome,) = stock_outcomes([data])
    assert outcome.state == "exact"
    with registered() as pymp4:
        parsed = pymp4.parse(data)
    assert difference(outcome.value, parsed) is None
    name = next(key for key in ("entries", "entry_sizes", "sample_info") if key in parsed)
    rows, expected = parsed[name], outcome.value[name]
    assert isinstance(rows, type(expected)) and isinstance(rows, list)
    assert len(rows) == 300 and list(rows) == list(expected) and rows[-1] == expected[-1]
    assert rows[3:5] == expected[3:5] and type(rows[3:5]) is type(expected[3:5])
    more = [1]
    assert rows + more == expected + more and more + rows == more + expected
    assert list(reversed(rows)) == list(reversed(expected))
    assert (rows == expected, rows != expected) == (True, False)


@pytest.mark.parametrize("count", [3, 200])
def test_reserved_bits_in_rows(count):
    """pymp4 loses them: the box is repaired, however long its table is."""
    flags = [0x01010000] * (count - 1) + [0xF1010000]
    data = full(b"trun", 0, 0x000401, u32(count, 3), u32(*flags))
    (outcome,) = stock_outcomes([data])
    assert outcome.state == "different"
    with registered() as pymp4:
        parsed = pymp4.parse(data)
        assert pymp4.build(parsed) == data
        assert list(parsed.sample_info) == outcome.value.sample_info
        assert parsed.sample_info[-1].sample_flags["_reserved"] == 15
        assert pymp4.build(parsed) == data


def test_hidden_fields_are_not_among_the_keys():
    """Reserved bits that pymp4 loses are kept, out of sight."""
    data = full(b"mdhd", 0, 0, u32(1, 2, 3, 4), u16(0x8000 | 0x55C4, 7))
    (outcome,) = stock_outcomes([data])
    assert outcome.state == "different"
    with registered() as pymp4:
        parsed = pymp4.parse(data)
        assert not any(str(key).startswith("_") for key in [*parsed, *parsed.keys(), *dict(parsed)])
        assert parsed == outcome.value and outcome.value == parsed
        assert not (parsed != outcome.value or outcome.value != parsed)
        assert parsed["_pad"] == 1 and parsed["_pre_defined"] == 7
        assert pymp4.build(parsed) == data


REPAIRED = {
    "High profile in avcC": box(
        *(b"avc1", bytes(6), u16(1), bytes(16), u16(320, 240), u32(0x480000, 0x480000, 0)),
        *(u16(1), bytes(32), u16(24, 0xFFFF)),
        box(
            *(b"avcC", u8(1, 100, 0, 30, 0xFF, 1), u16(4), b"\x67spS", u8(1), u16(2), b"\x68p"),
            u8(0xFD, 0xF8, 0xF8, 0),
        ),
    ),
    "boxes in mp4a": box(
        *(b"mp4a", bytes(6), u16(1), bytes(8), u16(2, 16, 0, 0), u32(48000 << 16)),
        full(b"esds", 0, 0, u8(3, 3, 0, 1, 0)),
    ),
}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_pymp4_loses_is_repaired(name):
    data = full(b"stsd", 0, 0, u32(1), REPAIRED[name])
    (outcome,) = stock_outcomes([data])
    assert outcome.state == "different"
    with registered() as pymp4:
        parsed = pymp4.parse(data)
        assert pymp4.build(parsed) == data
    expected, found = outcome.value.entries[0], parsed.entries[0]
    for key, value in expected.items():
        if key != "avc_data":
            assert found[key] == value
    if "avc_data" in expected:
        assert found.avc_data.profile == 100 and found.avc_data.sps_ext == []
        for key, value in expected.avc_data.items():
            assert found.avc_data[key] == value
    else:
        assert [child.type for child in found.children] == [b"esds"]
        assert found.children[0].data == full(b"esds", 0, 0, u8(3, 3, 0, 1, 0))[8:]


def test_what_pymp4_builds_is_built_the_same(boxes):
    """From what pymp4 parsed, and from the same with other numbers in it."""
    chance = random.Random(2)
    outcomes = stock_outcomes(boxes)
    given = [
        outcome.value
        for data, outcome in zip(boxes, outcomes, strict=True)
        if outcome.state == "exact" and len(data) < 2000
    ]
    for value in given[::2]:
        for key, item in value.items():
            plain = isinstance(item, int) and not isinstance(item, bool)
            if plain and key not in ("offset", "end", "version", "flags") and chance.random() < 0.3:
                value[key] = chance.randrange(4)
    expected = []
    with stock() as pymp4:
        for value in given:
            try:
                expected.append(pymp4.build(value))
            except Exception:
                expected.append(None)
    register()
    try:
        built = [
            find_pymp4().box.build(value) if wanted is not None else None
            for value, wanted in zip(given, expected, strict=True)
        ]
    finally:
        unregister()
    assert built == expected
    assert sum(data is not None for data in built) > len(given) / 2


def test_extended_has_every_field_that_pymp4_has():
    """There may be more of them, under pymp4's names."""
    pymp4 = find_pymp4()
    common = {"type", "version", "flags"}
    for stock_found, declared in (
        (pymp4.stock_boxes, declared_box),
        (pymp4.stock_sample_entries, declared_sample_entry),
    ):
        for code, construct in stock_found.items():
            names = {name for name in field_names(repaired(construct)) if not is_hidden(name)}
            own = set(field_names(declared(code).construct))
            assert names - common <= own, code


STOCK_CODES = sorted(find_pymp4().stock_boxes)
STOCK_ENTRIES = sorted(find_pymp4().stock_sample_entries)


@given(code=st.sampled_from(STOCK_CODES), body=bodies(), head=st.binary(max_size=4))
def test_any_bytes_in_any_box_of_pymp4(code, body, head):
    data = box(code, head, body)
    with registered() as pymp4:
        assert pymp4.build(pymp4.parse(data)) == data


@given(
    code=st.sampled_from(STOCK_CODES),
    version=st.integers(0, 3),
    flags=st.sampled_from([0, 1, 0xFFFFFF]) | st.integers(0, 0xFFFFFF),
    body=bodies(),
)
def test_any_version_and_flags_of_any_box_of_pymp4(code, version, flags, body):
    data = box(b"minf", full(code, version, flags, body), full(code, version, 0, body))
    with registered() as pymp4:
        assert pymp4.build(pymp4.parse(data)) == data


@given(
    code=st.sampled_from(STOCK_ENTRIES), head=st.binary(min_size=8, max_size=8), body=bodies(200)
)
def test_any_bytes_in_any_sample_entry_of_pymp4(code, head, body):
    for start in (head, bytes(6) + u16(1)):
        data = full(b"stsd", 0, 0, u32(1), box(code, start, body))
        with registered() as pymp4:
            assert pymp4.build(pymp4.parse(data)) == data


def test_nested_boxes_that_pymp4_loses_take_no_time():
    """What pymp4 cannot rebuild is parsed again: without a limit, each level would take twice."""
    data = b""
    for _ in range(30):
        entry = bytes(6) + u16(1) + bytes(70) + box(b"avcC", b"cut") + data + b"odd"
        data = full(b"stsd", 0, 0, u32(1), box(b"avc1", entry))
    started = time.process_time()
    with registered() as pymp4:
        assert pymp4.build(pymp4.parse(data)) == data
    assert time.process_time() - started < 5
