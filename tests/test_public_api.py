"""What users import: documented, typed, telling when shown, and hiding nothing."""

from __future__ import annotations

import dataclasses
import enum
import functools
import importlib
import inspect
import io
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import pymp4_nnr
from pymp4_nnr import errors
from pymp4_nnr.movie.movie import Movie
from tests.movie.test_items import image
from tests.nnr.streams import FOLDER, NDUS, SIMPLE
from tests.paths import ROOT
from tests.round_trip import muxed, tensor_index
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


def public_classes() -> list[type]:
    named = [getattr(pymp4_nnr, name) for name in pymp4_nnr.__all__]
    every = [value for value in [*named, *vars(errors).values()] if inspect.isclass(value)]
    return [value for value in every if value.__module__.startswith("pymp4_nnr")]


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """The public members of a class that the package defines."""
    for base in cls.__mro__:
        if base.__module__.startswith("pymp4_nnr"):
            for name, member in vars(base).items():
                if not name.startswith("_"):
                    yield name, member


def described(cls: type) -> set[str]:
    """The attributes that the docstrings of a class and its bases list."""
    found: set[str] = set()
    for base in cls.__mro__:
        _, _, text = (base.__doc__ or "").partition("Attributes:")
        for names in re.findall(r"^ +([\w, ]+): ", text, flags=re.MULTILINE):
            found |= set(names.split(", "))
    return found


def assert_annotated(function: Callable[..., Any], name: str, *, method: bool = False) -> None:
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty, name
    for parameter in list(signature.parameters.values())[method:]:
        assert parameter.annotation is not inspect.Parameter.empty, (name, parameter)


@pytest.mark.parametrize("cls", public_classes(), ids=lambda cls: cls.__name__)
def test_every_public_member_is_documented_and_typed(cls: type) -> None:
    for name, member in members(cls):
        if inspect.isfunction(member):
            assert inspect.getdoc(member), name
            assert_annotated(member, name, method=True)
        elif isinstance(member, property | functools.cached_property):
            getter = member.fget if isinstance(member, property) else member.func
            assert getter is not None
            assert inspect.getdoc(member), name
            assert_annotated(getter, name, method=True)
        elif issubclass(cls, enum.Enum):
            assert inspect.getdoc(cls)
        else:  # a field of a dataclass or named tuple, or what all instances have
            assert name in described(cls), name
    for field in dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ():
        assert field.name.startswith("_") or field.name in described(cls), field.name
    if not issubclass(cls, enum.Enum | BaseException | tuple):
        assert cls.__repr__ is not object.__repr__


@pytest.mark.parametrize("name", pymp4_nnr.__all__)
def test_every_argument_is_documented_and_typed(name: str) -> None:
    value = getattr(pymp4_nnr, name)
    if inspect.isfunction(value):
        assert_annotated(value, name)
        for parameter in inspect.signature(value).parameters:
            assert re.search(rf"\b{parameter}\b", inspect.getdoc(value) or ""), parameter


def objects(folder: Path) -> Iterator[object]:
    """What users get of the functions, and what they find in it."""
    movie = folder / "model.mp4"
    pymp4_nnr.mux([LENET, SIMPLE], movie, name=["first", "second"])
    yield pymp4_nnr.append(movie, SIMPLE, track_id=2)
    yield pymp4_nnr.verify(movie, SIMPLE, track_id=2)
    yield pymp4_nnr.EncoderOptions()
    yield pymp4_nnr.FragmentWriter(io.BytesIO())
    yield from pymp4_nnr.parse(LENET)
    yield pymp4_nnr.open(image())
    for source in (LENET, movie):
        file = pymp4_nnr.open(source)
        yield file
        for net in file.networks:
            yield from net.units
            yield from net.parts
            yield from net.samples
            yield from net.tensors.values()
            yield net.extract([], io.BytesIO(), samples=[1])
        try:
            file.networks["none"]
        except pymp4_nnr.NNRError as error:
            yield error


def test_what_users_get_is_public_through_and_through(tmp_path: Path) -> None:
    """What the attributes of objects give is of a public class again, and says what it is."""
    public = tuple(public_classes())
    waiting, seen = list(objects(tmp_path)), set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += list(value.values())[:3]
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            waiting += [value[index] for index in range(min(len(value), 3))]
        if not type(value).__module__.startswith("pymp4_nnr"):
            continue
        assert isinstance(value, public), type(value)
        assert " object at 0x" not in repr(value) and "_source" not in repr(value)
        seen.add(type(value))
        known = dict(members(type(value)))
        for name in dir(value):
            if name.startswith("_") or (
                name not in known and hasattr(next(iter(type(value).__mro__[1:])), name)
            ):
                continue
            assert name in known or name in described(type(value)), (type(value), name)
            found = getattr(value, name)
            if not callable(found):
                waiting.append(found)
    assert {pymp4_nnr.NetworkFile, pymp4_nnr.Network, pymp4_nnr.Tensor, pymp4_nnr.Part} < seen
    assert {pymp4_nnr.NNRItem, pymp4_nnr.TrackInfo, pymp4_nnr.Round, pymp4_nnr.Sample} < seen


def test_the_list_is_sorted_and_whole() -> None:
    assert len(set(pymp4_nnr.__all__)) == len(pymp4_nnr.__all__)
    assert set(pymp4_nnr._HOME) == set(pymp4_nnr.__all__) - {"__version__"}
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
    index = tensor_index(LENET)
    assert repr(index) == "<TensorIndex of 10 tensors in 10 NDUs>"
    [part] = index.tensors["conv1.weight"]
    assert repr(part) == "<Part of 'conv1.weight', 6x1x5x5: sample 1, 188 bytes at offset 18>"
    many = dataclasses.replace(part, tensors=("a", "b", "c", "d", "e"), dimensions=None)
    assert repr(many) == ("<Part of 'a', 'b', 'c', and 2 more: sample 1, 188 bytes at offset 18>")


def test_what_objects_of_files_show_of_themselves() -> None:
    movie = muxed([LENET, SIMPLE], name=["first", "second"])
    with Movie(movie) as opened:
        assert repr(opened) == f"<Movie of {len(movie)} bytes, 2 NNR track(s)>"
        first, second = opened.tracks
        assert [repr(first), repr(second)] == ["<NNRTrack 1: 'first'>", "<NNRTrack 2: 'second'>"]
        assert repr(second.samples) == f"<SampleTable of 4 samples, {sum(map(len, NDUS))} bytes>"
    other = SIMPLE[:-1] + b"?"
    shown = repr(pymp4_nnr.verify(movie, other, track_id=2))
    assert shown.startswith(f"Difference(offset={len(SIMPLE) - 1}, unit_index=5, ")
    written = pymp4_nnr.open(SIMPLE).networks[0].extract([], io.BytesIO(), samples=[1])
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
with pymp4_nnr.open(ReadSeekTell()) as file:
    network: pymp4_nnr.Network = file.networks["name"]
    tensor: pymp4_nnr.Tensor = network.tensors["name"]
    perhaps: pymp4_nnr.Tensor | None = network.tensors.get("name")
    either: pymp4_nnr.Tensor | int = network.tensors.get("name", 5)
    places: tuple[pymp4_nnr.ByteRange, ...] = tensor.byte_ranges
    part: pymp4_nnr.Part = network.parts[tensor.sample_numbers[0] - 1]
    sample: pymp4_nnr.Sample = network.samples[0]
    network.extract(["name"], Bucket(), decodable=True)
    rounds: list[pymp4_nnr.Round] = list(network.rounds)
    tracks: tuple[pymp4_nnr.TrackInfo, ...] = file.tracks
    items: tuple[pymp4_nnr.NNRItem, ...] = file.items
    for in_network in pymp4_nnr.parse(network.units):
        elements: dict[str, object] = in_network.header
context: pymp4_nnr.Context = pymp4_nnr.Context()
parsed: pymp4_nnr.ParsedUnit = pymp4_nnr.parse_unit(b"", context)
encoded: bytes = pymp4_nnr.encode_unit({"header": {}}, context)

# What is none of these is an error; without one, mypy complains of the comment.
pymp4_nnr.split(io.StringIO())  # type: ignore[arg-type]
pymp4_nnr.split(sys.stdin)  # type: ignore[arg-type]
pymp4_nnr.split(5)  # type: ignore[arg-type]
pymp4_nnr.open([5])  # type: ignore[list-item]
pymp4_nnr.mux(b"", sys.stdout)  # type: ignore[arg-type]
pymp4_nnr.mux(b"", b"")  # type: ignore[arg-type]
'''


def test_a_users_program_is_typed(tmp_path: Path) -> None:
    assert_typed(PROGRAM, tmp_path)
