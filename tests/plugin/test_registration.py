"""Registration: explicit, idempotent, reversible, and careful with what others have put there."""

from __future__ import annotations

import collections
import copyreg
import subprocess
import sys

import construct
import construct.core
import pymp4.parser as parser
import pytest
from construct import Bytes, Const, ConstructError, Container, Int32ub, Struct

import pymp4_nnr
from pymp4_nnr import register, unregister
from pymp4_nnr.errors import HostError, NNRError
from pymp4_nnr.plugin.pymp4_internals import find_pymp4
from tests.boxes.checks import plain
from tests.mp4.boxes import box, full, u16, u32
from tests.paths import ROOT
from tests.plugin.registered import registered, stock

NNRC = full(b"nnrC", 0, 0)
ELST = full(b"elst", 0, 0, u32(0))
NNR1 = full(b"stsd", 0, 0, u32(1), box(b"nnr1", bytes(6), u16(1), NNRC))


@pytest.fixture(autouse=True)
def clean():
    unregister()
    yield
    unregister()


def snapshot() -> tuple:
    """All that registration may touch."""
    host = find_pymp4()
    return (
        type(host.box),
        type(host.sample_entry),
        type(host.mp4),
        list(host.boxes.items()),
        list(host.sample_entries.items()),
        copyreg.dispatch_table.get(Container),
        construct.core.collections,
        vars(construct.core).get("collections"),
        hasattr(collections, "Sequence"),
        parser.Box,
        parser.MP4,
    )


def identities(value):
    return [(k, id(v)) for k, v in value] if isinstance(value, list) else id(value)


def same(before: tuple, after: tuple) -> bool:
    """Whether all is as before, order included and by identity."""
    return all(identities(a) == identities(b) for a, b in zip(before, after, strict=True))


MODES = {"default": {}, "extended": {"extended": True}, "nnr": {"repair": False}}


@pytest.fixture(params=MODES.values(), ids=MODES)
def mode(request):
    return request.param


def test_taking_back_leaves_pymp4_as_it_was(mode):
    before = snapshot()
    register(**mode)
    assert not same(before, snapshot())
    unregister()
    assert same(before, snapshot())


def test_both_can_be_called_again_and_again():
    before = snapshot()
    register()
    once = snapshot()
    register()
    assert same(once, snapshot())
    register(repair=False)
    register(extended=True)
    assert parser.Box.parse(ELST).entries == []
    register(repair=True)
    assert parser.Box.parse(ELST).data == ELST[8:]
    unregister()
    assert same(before, snapshot())
    unregister()
    assert same(before, snapshot())


def test_stock_behaves_as_stock_again():
    data = full(b"mehd", 9, 0, u32(1), bytes(4))
    with stock() as host:
        before = plain(host.parse(data))
    with registered() as host:
        assert plain(host.parse(data)) != before
    with stock() as host:
        assert plain(host.parse(data)) == before
    with pytest.raises(AttributeError):
        parser.Box.build({"type": b"moov", "children": []})


def test_extended_needs_repair():
    before = snapshot()
    with pytest.raises(ValueError, match="extended"):
        register(extended=True, repair=False)
    assert same(before, snapshot())


def test_only_what_pymp4_calls_is_installed():
    """By default and extended, pymp4's registries are never asked, and are left as they are."""
    host = find_pymp4()
    registries = dict(host.boxes), dict(host.sample_entries)
    for found in ({}, {"extended": True}):
        with registered(**found):
            assert (dict(host.boxes), dict(host.sample_entries)) == registries
    with registered(repair=False):
        assert [code for code in host.boxes if host.boxes[code] is not registries[0].get(code)] == [
            b"stsd",
            b"nnrC",
        ]
        assert set(host.sample_entries) - set(registries[1]) == {b"nnr1"}


def test_the_same_object_for_everybody():
    imported_before = parser.Box
    with registered():
        assert parser.Box is imported_before
        assert imported_before.parse(NNRC).units == []
        assert isinstance(parser.Box, parser.PrefixedIncludingSize)


def test_without_repair_only_nnr_is_added():
    with stock() as host:
        tables = [full(b"mehd", 9, 0, u32(1)), full(b"elst", 0, 0, u32(0)), box(b"ftyp", bytes(12))]
        before = [plain(host.parse(data)) for data in tables]
    with registered(repair=False) as host:
        assert [plain(host.parse(data)) for data in tables] == before
        assert host.build(host.parse(tables[2])) == tables[2]  # arrays build
        stsd = host.parse(NNR1)
        assert stsd.entries[0].format == b"nnr1"
        assert stsd.entries[0].children[0].type == b"nnrC"
        assert host.build(stsd) == NNR1
        assert b"elst" not in find_pymp4().boxes
        assert type(parser.Box) is parser.PrefixedIncludingSize


def test_entries_are_printed_below_each_other(mode):
    with registered(**mode) as host:
        lines = str(host.parse(NNR1)).splitlines()
    indents = {line.strip(): len(line) - len(line.lstrip()) for line in lines}
    assert "    entries = ListContainer: " in lines
    assert indents["type = b'stsd'"] == 4
    assert indents["format = b'nnr1'"] == 12
    assert indents["type = b'nnrC'"] == 20


# --- what others have put there ------------------------------------------------------------------

MINE = Struct("type" / Const(b"elst"), "mine" / Bytes(4))


@pytest.mark.parametrize("when", ["before", "while"])
def test_definitions_of_others_come_first_and_survive(when):
    boxes = find_pymp4().boxes
    if when == "before":
        boxes[b"elst"] = MINE
    register()
    boxes[b"elst"] = MINE
    try:
        assert parser.Box.parse(box(b"elst", b"abcd")).mine == b"abcd"
        assert type(parser.Box.parse(box(b"elst", b"abcd"))) is Container
        assert parser.Box.build({"type": b"elst", "mine": b"abcd"}) == box(b"elst", b"abcd")
        unregister()
        assert boxes[b"elst"] is MINE
        assert parser.Box.parse(box(b"elst", b"abcd")).mine == b"abcd"
    finally:
        del boxes[b"elst"]


def test_a_definition_of_pymp4_replaced_by_another():
    boxes = find_pymp4().boxes
    original = boxes[b"tfdt"]
    mine = Struct("type" / Const(b"tfdt"), "mine" / Bytes(4))
    register()
    boxes[b"tfdt"] = mine
    try:
        assert parser.Box.parse(box(b"tfdt", b"abcd")).mine == b"abcd"
        unregister()
        assert boxes[b"tfdt"] is mine
    finally:
        boxes[b"tfdt"] = original


def test_a_sample_entry_of_others():
    entries = find_pymp4().sample_entries
    entries[b"mine"] = Struct("field" / Bytes(2))
    try:
        with registered() as host:
            data = full(b"stsd", 0, 0, u32(1), box(b"mine", bytes(6), u16(1), b"hi"))
            assert host.parse(data).entries[0].field == b"hi"
            assert host.build(host.parse(data)) == data
        assert b"mine" in entries
    finally:
        del entries[b"mine"]


def test_arrays_that_somebody_else_has_restored(monkeypatch):
    monkeypatch.setattr(collections, "Sequence", collections.abc.Sequence, raising=False)
    before = construct.core.collections
    with registered():
        assert construct.core.collections is before
    assert construct.core.collections is before


# --- a host that is not what it should be --------------------------------------------------------


def otherwise(monkeypatch, **attributes):
    for name, value in attributes.items():
        monkeypatch.setattr(parser, name, value)
    find_pymp4.cache_clear()


@pytest.fixture
def fresh_host():
    find_pymp4.cache_clear()
    yield
    find_pymp4.cache_clear()


@pytest.mark.parametrize(
    "attributes",
    [
        {"Box": Struct("type" / Bytes(4))},
        {"SampleEntryBox": None},
        {"MP4": parser.Box},
    ],
)
def test_another_structure_is_refused(monkeypatch, fresh_host, attributes):
    before = snapshot()
    otherwise(monkeypatch, **attributes)
    with pytest.raises(HostError):
        register()
    monkeypatch.undo()
    find_pymp4.cache_clear()
    assert same(before, snapshot())


def test_another_construct_is_refused(monkeypatch, fresh_host):
    monkeypatch.setattr(construct, "version", (2, 10, 70))
    with pytest.raises(HostError, match=r"2\.8"):
        register()


def test_no_registry_in_the_box(monkeypatch, fresh_host):
    host = find_pymp4()
    codes = dict(host.boxes)
    find_pymp4.cache_clear()
    del host.boxes[b"ftyp"]
    try:
        with pytest.raises(HostError, match="ftyp"):
            register()
    finally:
        host.boxes.clear()
        host.boxes.update(codes)


def test_a_class_that_cannot_be_changed(monkeypatch):
    before = snapshot()
    monkeypatch.setattr("pymp4_nnr.plugin.registration.range_class", lambda base: int)
    with pytest.raises(HostError, match="in place"):
        register()
    assert same(before, snapshot())


def test_importing_changes_nothing():
    script = (
        "import pymp4.parser as p, construct.core as c;"
        "b=(type(p.Box), len(p.Box.subcon.subcons), c.collections);"
        "import pymp4_nnr, pymp4_nnr.boxes;"
        "assert b==(type(p.Box), len(p.Box.subcon.subcons), c.collections)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_errors_are_those_of_construct_and_ours():
    with registered() as host, pytest.raises(ConstructError) as caught:
        host.parse(b"\0\0\0")
    assert isinstance(caught.value, NNRError)


def test_what_others_register_does_not_reach_what_we_write(tmp_path):
    """A definition of somebody else counts in pymp4's `Box`, not in `mux` and `demux`."""
    stream = ROOT / "fixtures" / "nnr" / "plain.nnr"
    mine = Struct("type" / Const(b"stco"), "mine" / Int32ub)
    with stock() as host:
        boxes = find_pymp4().boxes
        before = boxes[b"stco"]
        boxes[b"stco"] = mine
        try:
            pymp4_nnr.register()
            assert host.parse(bytes.fromhex("0000000c7374636f00000007")).mine == 7
            pymp4_nnr.mux(stream, tmp_path / "a.mp4")
            assert pymp4_nnr.verify(tmp_path / "a.mp4", stream) is None
        finally:
            pymp4_nnr.unregister()
            boxes[b"stco"] = before
