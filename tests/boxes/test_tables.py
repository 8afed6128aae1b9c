"""Sample tables: pymp4's values and shapes, made when they are looked at."""

from __future__ import annotations

import copy

import pytest
from construct import ListContainer
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import tables
from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, u8, u16, u32, u64
from tests.plugin.registered import registered, stock


@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize("code", ["stts", "stsz", "stco", "stss", "stsc", "trun"])
def test_values_and_shapes_are_those_of_stock(code, count):
    data = tables.boxes(count)[code]
    with stock() as host:
        before = plain(host.parse(data))
    with registered() as host:
        parsed = host.parse(data)
        assert plain(parsed) == before
        assert host.build(parsed) == data
        assert host.build(before) == data


def test_each_table():
    row = {"sample_count": 2, "sample_delta": 3}
    check(full(b"stts", 0, 0, u32(1, 2, 3)), entries=[row])
    check(full(b"stss", 0, 0, u32(1, 4)), entries=[{"sample_number": 4}])
    check(
        full(b"stsc", 0, 0, u32(1, 1, 2, 3)),
        entries=[{"first_chunk": 1, "samples_per_chunk": 2, "sample_description_index": 3}],
    )
    check(full(b"stco", 0, 0, u32(1, 4)), entries=[{"chunk_offset": 4}])
    check(full(b"co64", 0, 0, u32(1), u64(1 << 40)), entries=[{"chunk_offset": 1 << 40}])
    check(
        full(b"stsh", 0, 0, u32(1, 4, 5)),
        entries=[{"shadowed_sample_number": 4, "sync_sample_number": 5}],
    )
    check(full(b"stdp", 0, 0, u16(1, 2)), entries=[{"priority": 1}, {"priority": 2}])
    check(
        full(b"padb", 0, 0, u32(3), u8(0x12, 0x30)),
        sample_count=3,
        entries=[{"pad1": 1, "pad2": 2}, {"pad1": 3, "pad2": 0}],
    )


def test_sizes():
    check(full(b"stsz", 0, 0, u32(0, 2, 5, 6)), sample_size=0, sample_count=2, entry_sizes=[5, 6])
    check(full(b"stsz", 0, 0, u32(9, 2)), sample_size=9, sample_count=2, entry_sizes=None)
    check_builds(full(b"stsz", 0, 0, u32(0, 2, 5, 6)), entry_sizes=[5, 6])
    check_builds(full(b"stsz", 0, 0, u32(9, 2)), sample_size=9, sample_count=2)


@pytest.mark.parametrize(
    ("size", "count", "packed"),
    [
        (4, 3, u8(0x12, 0x30)),
        (4, 2, u8(0x12)),
        (8, 3, u8(1, 2, 3)),
        (16, 2, u16(1, 2)),
        (4, 0, b""),
    ],
)
def test_compact_sizes(size, count, packed):
    rows = [{"entry_size": i + 1} for i in range(count)]
    data = full(b"stz2", 0, 0, u8(0, 0, 0, size), u32(count), packed)
    check(data, field_size=size, sample_count=count, entries=rows)
    check_builds(data, field_size=size, entries=rows)


def test_compact_sizes_that_are_not():
    check_raw(full(b"stz2", 0, 0, u8(0, 0, 0, 4), u32(1), u8(0x1F)), "unused half")
    check_raw(full(b"stz2", 0, 0, u8(0, 0, 0, 5), u32(1), u8(0x1F)), "field_size 5")
    check_raw(full(b"stz2", 0, 0, u8(0, 0, 0, 4), u32(9), u8(0x1F)), "do not fit")
    with pytest.raises(BoxBuildError, match="4 bits"):
        BOX.build({"type": b"stz2", "field_size": 4, "entries": [{"entry_size": 16}]})


def test_minimal_dicts_build():
    for code in (b"stts", b"stss", b"stsc", b"stco"):
        check_builds(full(code, 0, 0, u32(0)))
    rows = ({"sample_count": n, "sample_delta": 1} for n in (1, 2))
    check_builds(full(b"stts", 0, 0, u32(2, 1, 1, 2, 1)), entries=rows)


@pytest.mark.parametrize("code", [b"stts", b"stss", b"stsc", b"stco", b"co64", b"stsz", b"trun"])
def test_counts_that_cannot_be(code):
    count = u32(0, 0xFFFFFFFF) if code == b"stsz" else u32(0xFFFFFFFF)
    flags = 0x100 if code == b"trun" else 0
    check_raw(full(code, 0, flags, count, bytes(16)), "do not fit")


def test_rows_without_fields_are_limited():
    parsed = BOX.parse(full(b"trun", 0, 0, u32(50)))
    assert len(parsed.sample_info) == 50
    assert parsed.sample_info[49].sample_size is None
    check_raw(full(b"trun", 0, 0, u32(0xFFFFFFFF)), "too many")


# --- rows are a list -----------------------------------------------------------------------------


def stts(*rows: tuple[int, int]):
    return BOX.parse(full(b"stts", 0, 0, u32(len(rows), *(n for row in rows for n in row))))


def test_rows_act_as_the_list_that_pymp4_has():
    rows = stts((1, 10), (2, 20), (3, 30)).entries
    plain_rows = [{"sample_count": i, "sample_delta": 10 * i} for i in (1, 2, 3)]
    assert isinstance(rows, list) and isinstance(rows, ListContainer)
    assert rows == plain_rows and plain_rows == rows
    assert rows != plain_rows[:2] and rows != 5
    assert rows[-1].sample_delta == 30 and rows[1]["sample_count"] == 2
    assert rows[1:] == plain_rows[1:] and rows[::2] == plain_rows[::2]
    assert rows + plain_rows == plain_rows * 2
    assert [row.sample_count for row in rows] == [1, 2, 3]
    assert plain_rows[1] in rows and rows.index(plain_rows[1]) == 1
    assert list(rows.column("sample_delta")) == [10, 20, 30]
    assert rows.search("sample_delta") == 10
    with pytest.raises(IndexError):
        rows[3]
    with pytest.raises(TypeError):
        rows["entries"]
    with pytest.raises(KeyError):
        rows.column("none")


def test_rows_are_copied():
    rows = stts((1, 10), (2, 20)).entries
    rows[0].sample_count = 9
    copies = [copy.copy(rows), copy.deepcopy(rows)]
    assert all(made == rows for made in copies)
    copies[1][0].sample_count = 5
    assert rows[0].sample_count == 9


def test_changed_rows_count_as_they_are():
    parsed = stts((1, 10), (2, 20), (3, 30))
    parsed.entries[1].sample_delta = 99
    assert BOX.build(parsed) == full(b"stts", 0, 0, u32(3, 1, 10, 2, 99, 3, 30))
    parsed.entries.append({"sample_count": 4, "sample_delta": 40})
    del parsed.entries[0]
    parsed.entries[0] = {"sample_count": 7, "sample_delta": 70}
    assert BOX.build(parsed) == full(b"stts", 0, 0, u32(3, 7, 70, 3, 30, 4, 40))
    parsed.entries[0]["sample_delta"] = 1 << 32
    with pytest.raises(BoxBuildError, match="row 0"):
        BOX.build(parsed)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=20))
def test_any_rows(rows):
    parsed = stts(*rows)
    looked_at = [dict(row) for row in parsed.entries]
    assert looked_at == [{"sample_count": a, "sample_delta": b} for a, b in rows]
    again = BOX.build({"type": b"stts", "entries": looked_at})
    assert again == BOX.build(parsed) == full(b"stts", 0, 0, u32(len(rows), *sum(rows, ())))


def test_long_tables_print_short():
    text = str(stts(*[(i, i) for i in range(100)]).entries)
    assert "36 more of 100" in text
    assert text.count("\n") == 65


def test_a_box_with_a_table_keeps_extra_bytes():
    data = full(b"stts", 0, 0, u32(1, 2, 3), b"xyz")
    parsed = BOX.parse(data)
    assert parsed.trailing == b"xyz"
    parsed.entries.append({"sample_count": 1, "sample_delta": 1})
    assert BOX.build(parsed) == full(b"stts", 0, 0, u32(2, 2, 3, 1, 1), b"xyz")
    assert BOX.build({"type": b"free", "data": b""}) == box(b"free")
