"""What is parsed can be copied, pickled, changed and shared between threads and processes."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from construct import Container, ListContainer
from pymp4 import parser

import pymp4_nnr
from benchmarks import tables
from pymp4_nnr import register, unregister
from pymp4_nnr.boxes.constructs.lazy_lists import LazyList
from tests.mp4.boxes import box, full, u16, u32
from tests.paths import ROOT
from tests.plugin.registered import registered, stock
from tests.plugin.test_compat import PSSH, moof, moov

NNRC = full(b"nnrC", 0, 0, bytes([0, 4, 2, 1]))
NNR1 = full(b"stsd", 0, 0, u32(1), box(b"nnr1", bytes(6), u16(1), NNRC))
ODD = full(b"mdhd", 0, 0, u32(1, 2, 3, 4), u16(0x8000 | 0x55C4, 7))
LENGTH = 10_300
LONG = tables.boxes(LENGTH)
BOXES = {
    "moov": moov(),
    "moof": moof(),
    "pssh": PSSH,
    "nnr1": NNR1,
    "reserved bits": ODD,
    "a long stts": LONG["stts"],
    "a long stsz": LONG["stsz"],
    "a long trun": LONG["trun"],
    "raw": full(b"mehd", 0, 0, b"\0"),
}


@pytest.fixture(params=[{}, {"extended": True}], ids=["default", "extended"], autouse=True)
def mode(request):
    register(**request.param)
    yield request.param
    unregister()


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


COPIES = {
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "copy": lambda value: value.copy(),
    "pickle": pickled,
    "pickle 0": lambda value: pickle.loads(pickle.dumps(value, 0)),
    "pickle 5": lambda value: pickle.loads(pickle.dumps(value, 5)),
    "update": lambda value: _updated(value),
}


def _updated(value: Container) -> Container:
    made = type(value)()
    made.update(value)
    return made


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", BOXES)
def test_copies_are_equal_and_build_the_same(name, way):
    parsed = parser.Box.parse(BOXES[name])
    copied = COPIES[way](parsed)
    assert copied == parsed and parsed == copied and (copied != parsed) is False
    assert type(copied) is type(parsed)
    assert list(copied) == list(parsed)
    assert parser.Box.build(copied) == BOXES[name]


def test_copies_are_independent():
    for way in ("copy.deepcopy", "pickle"):
        parsed = parser.Box.parse(LONG["stts"])
        parsed.entries[7].sample_delta = 77
        copied = COPIES[way](parsed)
        copied.entries[0].sample_delta = 99
        copied.entries.append({"sample_count": 1, "sample_delta": 2})
        assert parsed.entries[0].sample_delta != 99 and len(parsed.entries) == LENGTH
        assert copied.entries[7].sample_delta == 77
        assert parser.Box.parse(parser.Box.build(copied)).entries[-1].sample_delta == 2


def test_a_shallow_copy_of_rows_has_the_same_rows():
    rows = parser.Box.parse(LONG["stts"]).entries
    copied = copy.copy(rows)
    assert all(one is other for one, other in zip(rows, copied, strict=True))
    del copied[0]
    assert len(rows) == LENGTH and len(copied) == LENGTH - 1


TABLES = {"stts": "entries", "stco": "entries", "trun": "sample_info", "stsz": "entry_sizes"}


@pytest.mark.parametrize("code", TABLES)
def test_only_tables_that_pymp4_needs_long_for_have_lists_of_another_class(code, mode):
    name = TABLES[code]
    short, long = (parser.Box.parse(tables.boxes(n)[code])[name] for n in (10_000, 10_001))
    with stock() as pymp4:
        expected = type(pymp4.parse(tables.boxes(3)[code])[name])
    register(**mode)
    if mode == {}:
        assert type(short) is expected
    assert isinstance(long, LazyList) and isinstance(long, expected)


@pytest.mark.parametrize("code", TABLES)
def test_a_long_table_is_changed_as_a_list_is(code):
    parsed = parser.Box.parse(LONG[code])
    name = TABLES[code]
    rows, plain = parsed[name], list(parser.Box.parse(LONG[code])[name])
    assert isinstance(rows, LazyList)
    item = copy.deepcopy(plain[3])
    for change in (
        lambda value: value.append(item),
        lambda value: value.insert(2, item),
        lambda value: value.extend([item, item]),
        lambda value: value.pop(),
        lambda value: value.pop(5),
        lambda value: value.__setitem__(slice(1, 4), [item]),
        lambda value: value.__setitem__(-1, item),
        lambda value: value.__delitem__(slice(0, 2)),
        lambda value: value.remove(item),
        lambda value: value.reverse(),
        lambda value: value.__imul__(1),
        lambda value: value.__iadd__([item]),
    ):
        change(rows)
        change(plain)
        assert rows == plain and plain == rows and len(rows) == len(plain)
        assert list(rows) == plain and rows[-1] == plain[-1] and rows[1:9:2] == plain[1:9:2]
    if code in ("trun", "stsz"):
        parsed.sample_count = len(rows)
    again = parser.Box.parse(parser.Box.build(parsed))
    assert again[name] == rows
    rows.clear()
    assert rows == [] and not rows


def test_lists_are_asked_as_lists_are():
    rows = parser.Box.parse(LONG["stsz"]).entry_sizes
    plain = list(rows)
    assert isinstance(rows, ListContainer)
    assert (rows.index(plain[9]), rows.count(plain[9])) == (
        plain.index(plain[9]),
        plain.count(plain[9]),
    )
    assert (plain[3] in rows, -1 in rows) == (True, False)
    assert (sorted(rows), min(rows), sum(rows)) == (sorted(plain), min(plain), sum(plain))
    assert (rows < [0], rows >= plain, rows <= plain) == (plain < [0], True, True)
    assert rows * 2 == plain * 2 and 2 * rows == 2 * plain
    assert rows[::-1] == plain[::-1] and list(reversed(rows)) == plain[::-1]
    assert [*rows] == plain and tuple(rows) == tuple(plain)
    with pytest.raises(IndexError):
        rows[LENGTH]
    with pytest.raises(TypeError):
        hash(rows)


def parse_and_change(mode: dict[str, bool], data: bytes) -> Any:
    """What a process of a pool does."""
    register(**mode)
    parsed = parser.Box.parse(data)
    for found in (parsed, *parsed.get("children", ())):
        found.mine = 1
    return parsed


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(method, mode):
    data = [BOXES[name] for name in ("moov", "pssh", "a long stts", "reserved bits")]
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map(partial(parse_and_change, mode), data)
        sizes = pool.map(len, found)
    assert sizes == [len(parsed) for parsed in found]
    for parsed, expected in zip(found, data, strict=True):
        assert parsed.pop("mine") == 1
        for child in parsed.get("children", ()):
            del child["mine"]
        assert parser.Box.build(parsed) == expected


def test_threads():
    expected = {name: parser.Box.parse(data) for name, data in BOXES.items()}
    shared = parser.Box.parse(LONG["stts"])

    def work(number: int) -> bool:
        for name, data in BOXES.items():
            parsed = parser.Box.parse(data)
            assert parsed == expected[name] and parser.Box.build(parsed) == data
        rows = shared.entries
        assert rows[number % 300] is rows[number % 300]
        if number == 20:
            rows.append(Container(sample_count=1)(sample_delta=1))  # makes all rows, once
        assert len(rows) in (LENGTH, LENGTH + 1) and rows[5] is rows[5]
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(60)))
    assert len(shared.entries) == LENGTH + 1
    assert len(parser.Box.parse(parser.Box.build(shared)).entries) == LENGTH + 1


def test_rows_keep_what_threads_do_while_the_list_is_made():
    """A row that one thread looks at is the row that another puts into the list."""
    for _ in range(20):
        rows = parser.Box.parse(LONG["stts"]).entries
        with ThreadPoolExecutor(4) as pool:
            looked_at = list(pool.map(rows.__getitem__, range(0, 300, 3)))
            list(pool.map(rows.index, [rows[LENGTH - 1]] * 4))
            again = list(pool.map(rows.__getitem__, range(0, 300, 3)))
        assert all(one is other for one, other in zip(looked_at, again, strict=True))


def test_registering_in_another_thread_does_not_change_what_is_being_parsed():
    def parse(_: int) -> Any:
        return parser.Box.parse(moov())

    def register_again(number: int) -> None:
        register(extended=number % 2 == 0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(register_again, range(40)))
        found = list(pool.map(parse, range(20)))
    assert len({len(parsed.children) for parsed in found}) == 1


@pytest.mark.parametrize(
    "order",
    [
        "import pymp4_nnr; pymp4_nnr.register(); from pymp4.parser import Box, MP4",
        "from pymp4.parser import Box, MP4; import pymp4_nnr; pymp4_nnr.register()",
        "import pymp4_nnr, pymp4.parser; from pymp4.parser import Box, MP4; pymp4_nnr.register(); "
        "pymp4_nnr.unregister(); pymp4_nnr.register(); pymp4_nnr.register(extended=True); "
        "pymp4_nnr.register()",
    ],
)
def test_before_and_after_imports(order):
    script = f"""
{order}
data = {ODD!r}
parsed = Box.parse(data)
assert Box.build(parsed) == data and MP4.build(MP4.parse(data)) == data
assert type(Box).__name__ == "Registered"
pymp4_nnr.unregister()
assert type(Box).__name__ == "PrefixedIncludingSize"
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_what_was_parsed_outlives_the_registration(mode):
    parsed = parser.Box.parse(LONG["trun"])
    unregister()
    assert len(parsed.sample_info) == LENGTH and parsed.sample_info[-1].sample_size is not None
    assert copy.deepcopy(parsed) == parsed
    with registered(**mode) as pymp4:
        assert pymp4.build(parsed) == LONG["trun"]
    assert pymp4_nnr.register is register
