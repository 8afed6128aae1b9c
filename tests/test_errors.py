"""The tree of errors: every class can be met, says where, and no other error gets out."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pymp4_nnr import (
    NNRError,
    demux,
    errors,
    mux,
    split,
    verify,
)
from scripts import errors_table
from scripts.document_table import with_table
from tests.cli.command import call
from tests.every_error import FAMILIES, MET, MP4
from tests.mp4.boxes import u32
from tests.mp4.forge import (
    STBL,
    Box,
    forge,
    full_box,
    patched,
    read_boxes,
    replaced,
    write_boxes,
)
from tests.mp4.fragmented import fragmented, with_default_sizes
from tests.nnr.streams import NDUS, SIMPLE, START
from tests.paths import ROOT


def classes(root: type[NNRError] = NNRError) -> Iterator[type[NNRError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from classes(child)


def test_no_class_is_without_a_test() -> None:
    assert {kind.__name__ for kind in classes()} == {*MET, *FAMILIES}


def test_no_class_of_a_family_is_raised() -> None:
    """Every error that is made in the package has the class of the rule that is broken."""

    def named(node: ast.expr) -> str:
        return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")

    bare, made = [], set()
    for path in sorted((ROOT / "pymp4_nnr").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            used: list[ast.expr] = []
            if isinstance(node, ast.Call):
                used = [node.func]
                if named(node.func) not in ("isinstance", "issubclass", "suppress"):
                    used += [*node.args, *(keyword.value for keyword in node.keywords)]
            elif isinstance(node, ast.Raise) and node.exc is not None:
                used = [node.exc]
            elif isinstance(node, ast.Return) and node.value is not None:
                used = list(getattr(node.value, "elts", [node.value]))
            made |= {named(one) for one in used}
            bare += [f"{path}:{one.lineno}" for one in used if named(one) in FAMILIES]
    assert not bare
    assert {"NotMP4Error", "TooLargeError", "TrackNotChosenError"} <= made, "and they are found"


@pytest.mark.parametrize("name", MET)
def test_every_class_is_met(name: str) -> None:
    with pytest.raises(NNRError) as caught:
        MET[name]()
    assert caught.type is getattr(errors, name)
    assert caught.value.reason
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.__name__)
def test_the_place_stands_in_the_message_and_in_attributes(kind: type[NNRError]) -> None:
    error = kind("what is wrong", unit_index=3, box_path="moov/trak[0]", offset=17)
    assert (error.unit_index, error.box_path, error.offset) == (3, "moov/trak[0]", 17)
    text = str(error)
    assert all(part in text for part in ("what is wrong", "3", "moov/trak[0]", "17"))
    bare = kind("what is wrong")
    assert str(bare) == "what is wrong"
    assert (bare.unit_index, bare.box_path, bare.offset) == (None, None, None)
    zero = kind("what is wrong", unit_index=0, offset=0)
    assert "unit 0" in str(zero)
    assert "byte offset 0" in str(zero)


def test_every_class_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in classes()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", code) for code in codes)


def test_a_record_has_the_code_and_the_place() -> None:
    error = errors.SampleOutsideFileError("too far", box_path="moov/trak[0]", offset=17)
    assert json.loads(json.dumps(error.record())) == {
        "code": "sample-outside-file",
        "message": "moov/trak[0], byte offset 17: too far",
        "reason": "too far",
        "file": None,
        "box_path": "moov/trak[0]",
        "unit_index": None,
        "offset": 17,
    }


def test_commands_print_the_record_with_json(tmp_path: Path) -> None:
    path = tmp_path / "in.mp4"
    path.write_bytes(MP4[:-1])
    result = call("info", "--json", path)
    assert (result.exit_code, result.stdout) == (1, "")
    record = json.loads(result.stderr.removeprefix("pymp4-nnr: "))["error"]
    assert (record["code"], record["box_path"]) == ("box-outside-file", "mdat")
    assert record["offset"] == len(MP4) - 8 - sum(map(len, NDUS))
    missing = call("info", "--json", tmp_path / "missing")
    assert '{"error": {"code": "ENOENT", ' in missing.stderr
    assert call("info", path).stderr == f"pymp4-nnr: {record['message']}\n"


def test_the_table_of_errors_is_that_of_the_classes() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert with_table(text, errors_table.table()) == text, "python scripts/errors_table.py"


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.__name__)
def test_families(kind: type[NNRError]) -> None:
    """An error is caught by its family; no family is caught by what other errors are caught by."""
    families = {errors.BitstreamError, errors.BoxError, errors.MediaError}
    families |= {errors.HostError, errors.CodecError}
    assert len(families & set(kind.__mro__)) == (kind is not NNRError)
    assert not issubclass(kind, (ValueError, OSError, LookupError))


def test_the_cause_is_kept() -> None:
    with pytest.raises(errors.MediaError) as caught:
        mux(SIMPLE, io.BytesIO(), name="a\0b")
    assert isinstance(caught.value.__cause__, errors.BoxBuildError)


def test_places_in_configuration_are_those_of_the_file() -> None:
    """The offset of a bad unit in nnrC leads to it."""
    nnrc = full_box(b"nnrC", START, b"\0\0\0\0")
    data = forge(MP4, replaced(f"{STBL}/stsd/nnr1/nnrC", nnrc))
    with pytest.raises(NNRError) as caught:
        demux(data, io.BytesIO())
    assert "nnrC" in (caught.value.box_path or "")
    place = data.index(b"nnrC") + 8 + len(START)
    assert str(place) in str(caught.value)


def test_offsets_of_bad_samples_are_those_of_the_file() -> None:
    data = forge(MP4, patched(f"{STBL}/stsz", 24, u32(len(NDUS[3]) + 1)))
    with pytest.raises(errors.SampleTableError) as caught:
        demux(data, io.BytesIO())
    assert caught.value.offset == len(data) - len(NDUS[3])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(lambda folder: folder / "missing", id="missing"),
        pytest.param(lambda folder: folder, id="folder"),
        pytest.param(lambda folder: "", id="empty name"),
    ],
)
def test_files_that_cannot_be_read_are_os_errors(
    source: Callable[[Path], object], tmp_path: Path
) -> None:
    for work in (
        lambda file: list(split(file)),
        lambda file: mux(file, tmp_path / "out"),
        lambda file: demux(file, tmp_path / "out"),
        lambda file: verify(file, SIMPLE),
        lambda file: verify(MP4, file),
    ):
        with pytest.raises(OSError):
            work(source(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_text_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(SIMPLE)
    with path.open(encoding="latin-1") as file, pytest.raises(NNRError):
        mux(file, tmp_path / "out")  # type: ignore[arg-type]
    with pytest.raises(NNRError):
        mux(io.StringIO("text"), tmp_path / "out")  # type: ignore[arg-type]


def test_a_text_file_is_no_target() -> None:
    with pytest.raises(NNRError):
        mux(SIMPLE, io.StringIO())  # type: ignore[arg-type]


def test_a_broken_trex_is_an_error_of_ours() -> None:
    boxes = read_boxes(fragmented())
    trex = boxes[1]["mvex/trex"]
    trex.body = trex.body[:-1]
    with pytest.raises(NNRError):
        demux(write_boxes(boxes), io.BytesIO())


def test_a_broken_trun_is_an_error_of_ours() -> None:
    boxes = read_boxes(fragmented())
    moof = next(box for box in boxes if box.type == b"moof")
    moof["traf/trun"].body = moof["traf/trun"].body[:-1]
    with pytest.raises(NNRError):
        demux(write_boxes(boxes), io.BytesIO())
    with pytest.raises(NNRError):
        mux(SIMPLE, io.BytesIO(), into=write_boxes(boxes))


def test_depth_is_no_recursion_error() -> None:
    inner = b""
    for _ in range(5000):
        inner = (len(inner) + 8).to_bytes(4) + b"moov" + inner
    with pytest.raises(NNRError):
        demux(inner, io.BytesIO())


def test_a_memory_bomb_in_fragments_is_refused() -> None:
    """2^32 - 1 samples in a `trun` of 20 bytes that holds none of their sizes."""
    boxes = read_boxes(with_default_sizes())
    moof = next(box for box in boxes if box.type == b"moof")
    for sizes in (13, 0):
        moof["traf/tfhd"].body = moof["traf/tfhd"].body[:8] + u32(sizes)
        trun = moof["traf/trun"]
        trun.body = trun.body[:4] + u32(0xFFFFFFFF) + trun.body[8:]
        assert_small(boxes)


def test_many_small_bombs_in_fragments_are_refused() -> None:
    boxes = read_boxes(with_default_sizes())
    moof = next(box for box in boxes if box.type == b"moof")
    moof["traf/tfhd"].body = moof["traf/tfhd"].body[:8] + u32(0)
    trun = moof["traf/trun"]
    trun.body = trun.body[:4] + u32(1 << 20) + trun.body[8:]
    moof["traf"].children[1:] = [trun] * 200  # type: ignore[index]
    assert len(write_boxes(boxes)) < 5000
    assert_small(boxes)


def assert_small(boxes: list[Box]) -> None:
    """Refused within memory that is enough for any honest file of this size."""
    code = """
import io, resource, sys
from pymp4_nnr import NNRError, demux
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
try:
    demux(sys.stdin.buffer.read(), io.BytesIO())
except NNRError as error:
    print("refused:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=write_boxes(boxes),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.stdout.startswith(b"refused:"), done.stderr.decode()[-300:]
