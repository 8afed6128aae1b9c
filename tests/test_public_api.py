"""What users import: documented, typed, telling when shown, and hiding nothing."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import io
import sys
import types
from pathlib import Path

import pytest

import pymp4_nnr
from tests.nnr.streams import FOLDER, NDUS, SIMPLE
from tests.paths import ROOT
from tests.round_trip import muxed
from tests.test_layers import MODULES
from tests.type_check import assert_typed

LENET = FOLDER / "lenet5.nnr"


@pytest.mark.parametrize("name", pymp4_nnr.__all__)
def test_every_name_is_documented(name: str) -> None:
    value = getattr(pymp4_nnr, name)
    if name == "__version__":
        assert value.count(".") == 2
        return
    assert inspect.getdoc(value)
    if dataclasses.is_dataclass(value):
        assert value.__doc__ and not value.__doc__.startswith(f"{name}(")  # made by dataclass
    if inspect.isclass(value) and not issubclass(value, (enum.Enum, BaseException)):
        for attribute, member in vars(value).items():
            if not attribute.startswith("_") and (
                inspect.isfunction(member) or isinstance(member, property)
            ):
                assert inspect.getdoc(member), attribute


def test_the_list_is_sorted_and_whole() -> None:
    assert len(set(pymp4_nnr.__all__)) == len(pymp4_nnr.__all__)
    assert set(pymp4_nnr._HOME) == set(pymp4_nnr.__all__) - {"NNRError", "__version__"}
    assert set(pymp4_nnr.__all__) <= set(dir(pymp4_nnr))


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(ROOT / "pymp4_nnr").as_posix()
)
def test_no_module_is_hidden(path: Path) -> None:
    """`import a.b` gives the module `a.b`, not a function of that name."""
    for name in pymp4_nnr.__all__:
        getattr(pymp4_nnr, name)
    if path.name == "__main__.py":
        return
    full = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(full)
    parent, _, name = full.rpartition(".")
    if parent:
        assert getattr(sys.modules[parent], name) is module
        assert isinstance(module, types.ModuleType)


def test_what_a_unit_holds_can_be_read_changed_and_written() -> None:
    context = pymp4_nnr.Context()
    units = []
    for unit in pymp4_nnr.split(LENET):
        parsed = pymp4_nnr.parse_unit(unit, context)
        assert isinstance(parsed, pymp4_nnr.ParsedUnit)
        units.append(pymp4_nnr.encode_unit(parsed, context))
        context.update(parsed)
    assert b"".join(units) == LENET.read_bytes()
    [first] = [unit for unit in pymp4_nnr.parse(LENET) if unit.header.get("parameter_id") == 0]
    payload_type = first.header["nnr_compressed_data_unit_payload_type"]
    assert pymp4_nnr.PayloadType(payload_type) is pymp4_nnr.PayloadType.PT_FLOAT
    fields = {"header": dict(first.header), "data": first.data}
    del fields["header"]["nnr_unit_size"]
    fields["header"]["topology_elem_id"] = "another"
    changed = pymp4_nnr.parse_unit(pymp4_nnr.encode_unit(fields, context), context)
    assert changed.header["topology_elem_id"] == "another"
    assert changed.data == first.data
    assert pymp4_nnr.unit_type_name(changed.header["nnr_unit_type"]) == "NNR_NDU"


def test_what_objects_show_of_themselves() -> None:
    units = list(pymp4_nnr.split(LENET))
    assert repr(units[3]) == "<Unit 3: NNR_NDU, 188 bytes at offset 18>"
    shown = repr(pymp4_nnr.parse_unit(units[3], pymp4_nnr.Context(1, 0, 0)))
    assert shown.startswith("<ParsedUnit NNR_NDU: ")
    assert "topology_elem_id='conv1.weight'" in shown and "payload_size=" in shown
    assert len(shown) < 300
    assert repr(pymp4_nnr.parse_unit(b"\0")).startswith("<ParsedUnit of unknown type: incomplete: ")
    index = pymp4_nnr.tensors(LENET)
    assert repr(index) == "<TensorIndex of 10 tensors in 10 NDUs>"
    [part] = index.tensors["conv1.weight"]
    assert repr(part) == "<Part of 'conv1.weight', 6x1x5x5: sample 1, 188 bytes at offset 18>"
    many = dataclasses.replace(part, tensors=("a", "b", "c", "d", "e"), dimensions=None)
    assert repr(many) == ("<Part of 'a', 'b', 'c', and 2 more: sample 1, 188 bytes at offset 18>")


def test_what_objects_of_files_show_of_themselves() -> None:
    movie = muxed([LENET, SIMPLE], name=["first", "second"])
    with pymp4_nnr.Movie(movie) as opened:
        assert repr(opened) == f"<Movie of {len(movie)} bytes, 2 NNR track(s)>"
        first, second = opened.tracks
        assert [repr(first), repr(second)] == ["<NNRTrack 1: 'first'>", "<NNRTrack 2: 'second'>"]
        assert repr(second.samples) == f"<SampleTable of 4 samples, {sum(map(len, NDUS))} bytes>"
    other = SIMPLE[:-1] + b"?"
    shown = repr(pymp4_nnr.verify(movie, other, track_id=2))
    assert shown.startswith(f"Difference(offset={len(SIMPLE) - 1}, unit_index=5, ")
    written = pymp4_nnr.extract(SIMPLE, io.BytesIO(), samples=[1])
    assert repr(written) == "Extracted(size=13, ndus=1, configurations=0, starts=0)"
    assert repr(pymp4_nnr.Context()).startswith("Context(general_profile_idc=0, ")
    assert repr(pymp4_nnr.PayloadType.PT_FLOAT) == "<PayloadType.PT_FLOAT: 1>"
    with pytest.raises(pymp4_nnr.NNRError) as caught:
        list(pymp4_nnr.split(SIMPLE[:-1]))
    assert repr(caught.value).startswith("TruncatedUnitError('")
    assert repr(caught.value).endswith(f", unit_index=5, offset={len(SIMPLE) - 16})")


PROGRAM = '''
import io
import sys
import tempfile
from pathlib import Path

import pymp4_nnr


class ReadSeekTell:
    """What the README promises to take."""

    def read(self, size: int = -1) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> None: ...

    def tell(self) -> int:
        return 0


class Bucket:
    """What an upload takes."""

    def write(self, data: bytes) -> int:
        return len(data)


for unit in pymp4_nnr.split(ReadSeekTell()):
    size: int = unit.size
    data: bytes = unit.data
with tempfile.SpooledTemporaryFile() as spooled, tempfile.TemporaryFile() as temporary:
    pymp4_nnr.mux(spooled, spooled)
    pymp4_nnr.mux([spooled, ReadSeekTell(), b"", Path()], Bucket(), into=temporary)
    pymp4_nnr.demux([temporary, io.BytesIO()], sys.stdout.buffer)
    pymp4_nnr.verify(spooled, against=ReadSeekTell())
    pymp4_nnr.remove(ReadSeekTell(), spooled, track_id=1)
    index: pymp4_nnr.TensorIndex = pymp4_nnr.tensors(ReadSeekTell())
    parts: list[pymp4_nnr.Part] = index.tensors["name"]
    pymp4_nnr.extract(ReadSeekTell(), Bucket(), tensors=["name"])
    pymp4_nnr.Movie(ReadSeekTell())
context: pymp4_nnr.Context = pymp4_nnr.Context()
parsed: pymp4_nnr.ParsedUnit = pymp4_nnr.parse_unit(b"", context)
encoded: bytes = pymp4_nnr.encode_unit({"header": {}}, context)

# What is none of these is an error; without one, mypy complains of the comment.
pymp4_nnr.split(io.StringIO())  # type: ignore[arg-type]
pymp4_nnr.split(sys.stdin)  # type: ignore[arg-type]
pymp4_nnr.split(5)  # type: ignore[arg-type]
pymp4_nnr.tensors([5])  # type: ignore[list-item]
pymp4_nnr.mux(b"", sys.stdout)  # type: ignore[arg-type]
pymp4_nnr.mux(b"", b"")  # type: ignore[arg-type]
'''


def test_a_users_program_is_typed(tmp_path: Path) -> None:
    assert_typed(PROGRAM, tmp_path)
