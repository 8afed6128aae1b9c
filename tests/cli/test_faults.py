"""Every fault is one line on standard error and an exit code."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import mux
from tests.cli.command import assert_fails, call, names
from tests.cli.info import info
from tests.mp4.boxes import u32
from tests.mp4.forge import STBL, forge, patched
from tests.nnr.streams import MIXED, PARAMETERS, PLAIN
from tests.paths import ROOT

BAD_INPUTS: dict[str, bytes] = {
    "empty": b"",
    "text": b"some text\n" * 100,
    "zeros": bytes(5000),
    "ones": b"\xff" * 5000,
    "cut bitstream": MIXED[:-1],
    "bitstream and more": MIXED + b"\0",
    "lone ftyp": u32(16) + b"ftypisom" + u32(0),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_files_are_one_line(name: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    (files / "bad").write_bytes(BAD_INPUTS[name])
    there = names(files)
    for line in (
        *("mux bad -o out", "demux bad -o out", "remove bad -o out", "info bad", "info --json bad"),
        *("verify bad --against in.nnr", "mux in.nnr --into bad -o out"),
        *("verify in.mp4 --against bad",),
    ):
        # a table for people may have begun
        assert_fails(call(*line.split()), silent=line != "info bad")
        assert names(files) == there


def test_an_empty_file_is_one_message(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    (files / "empty").touch()
    for line in (
        *("mux empty -o out", "demux empty -o out", "remove empty -o out", "info empty"),
        *("info --units empty", "info --tensors empty", "info --json empty", "dump empty"),
        *("verify empty --against in.nnr", "mux in.nnr --into empty -o out", "dump --full empty"),
        *("extract empty --tensor a -o out", "append in.mp4 empty"),
    ):
        result = call(*line.split())
        assert_fails(result, "the file is empty")
    assert names(files) == ["empty", "in.mp4", "in.nnr"]


BROKEN = sorted((ROOT / "fixtures").glob("*/broken/*"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_broken_fixtures_bring_no_traceback(path: Path, tmp_path: Path) -> None:
    """What is whole for one command may be broken for another; none of them may crash."""
    for arguments in (
        *(["info", path], ["info", "--json", path], ["info", "--tensors", path], ["dump", path]),
        *(["demux", path, "-o", tmp_path / "out"], ["remove", path, "-o", tmp_path / "out"]),
        ["verify", path, "--against", PLAIN],
    ):
        result = call(*arguments)
        assert result.exit_code in (0, 1)
        assert "internal error" not in result.stderr
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        if result.exit_code:
            assert len(result.stderr.splitlines()) == 1
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        *("mux missing -o out", "demux missing -o out", "info missing", "dump missing"),
        *("verify missing --against in.nnr", "verify in.mp4 --against missing"),
        *("remove missing -o out", "mux in.nnr -o missing/out", "mux in.nnr --into missing -o out"),
        "dump missing b",
    ],
)
def test_missing_files_are_named(line: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    assert_fails(call(*line.split()), "missing", "No such file")
    assert names(files) == ["in.mp4", "in.nnr"]


@pytest.mark.parametrize(
    "line",
    ["mux . -o out", "demux . -o out", "info .", "dump .", "mux in.nnr -o .", "info in.mp4/x"],
)
def test_folders_are_no_files(line: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    assert_fails(call(*line.split()), "irectory")
    assert names(files) == ["in.mp4", "in.nnr"]


@pytest.mark.parametrize(
    "line",
    [
        *("mux", "mux in.nnr", "mux -o out", "demux", "demux in.mp4", "info", "dump", "verify"),
        *("verify in.mp4", "remove in.mp4", "nonsense", "mux in.nnr -o out --nonsense"),
        *("mux in.nnr -o out --name a --name b", "demux in.mp4 -o out --track 0"),
        *(
            "demux in.mp4 -o out --track x",
            "mux in.nnr -o out --describes x",
            "dump --depth 0 in.mp4",
        ),
        *("remove a b -o out", "--nonsense"),
    ],
)
def test_wrong_usage_is_2(line: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    assert_fails(call(*line.split()), "sage", code=2)
    assert names(files) == ["in.mp4", "in.nnr"]


def test_an_error_inside_is_one_line_too(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: Any, **__: Any) -> None:
        raise RuntimeError("something\nunforeseen")

    monkeypatch.setattr("pymp4_nnr.operations.mux.mux", fault)
    monkeypatch.delenv("PYMP4_NNR_DEBUG", raising=False)
    result = call("mux", files / "in.nnr", "-o", files / "out")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert "something unforeseen" in line


def test_a_module_that_cannot_be_loaded_is_told(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as the native part of a dependency, built for another Python."""

    def fault(*_: Any, **__: Any) -> None:
        raise ImportError("libbits.so: wrong ELF class", name="bitarray._bitarray")

    monkeypatch.setattr("pymp4_nnr.operations.mux.mux", fault)
    monkeypatch.delenv("PYMP4_NNR_DEBUG", raising=False)
    result = call("mux", files / "in.nnr", "-o", files / "out")
    assert_fails(result, "a module that is needed cannot be loaded", "libbits.so: wrong ELF class")


def test_a_forged_table_is_told_with_its_place(files: Path) -> None:
    data = (files / "in.mp4").read_bytes()
    (files / "x.mp4").write_bytes(forge(data, patched(f"{STBL}/stco", 8, u32(1 << 30))))
    assert_fails(call("demux", files / "x.mp4", "-o", files / "x"), str(1 << 30))
    (files / "x.mp4").write_bytes(forge(data, patched(f"{STBL}/stsc", 12, u32(9))))
    assert_fails(call("demux", files / "x.mp4", "-o", files / "x"), "stsc")
    (files / "x.mp4").write_bytes(data.replace(PARAMETERS, b"\0\0" + PARAMETERS[2:]))
    assert_fails(call("demux", files / "x.mp4", "-o", files / "x"), "nnrC")
    assert names(files) == ["in.mp4", "in.nnr", "x.mp4"]


def test_names_in_a_file_do_not_steer_the_terminal(files: Path) -> None:
    mux([MIXED, MIXED], files / "two.mp4", name=["\x1b[31mone", "two"])
    assert_fails(call("demux", files / "two.mp4", "-o", files / "x"), r"1 (\x1b[31mone), 2 (two)")
    (files / "boxes").write_bytes(u32(8) + b"free" + u32(99) + b"\x1b\x07ab")
    assert_fails(call("dump", files / "boxes"), r"\x1b\x07ab", silent=False)


def usage_errors() -> Sequence[Sequence[str]]:
    return [[], ["--nothing", "x"]]


@pytest.mark.parametrize("arguments", usage_errors())
def test_wrong_usage_of_info(arguments: Sequence[str]) -> None:
    assert info(*arguments).exit_code == 2


def test_no_such_file_for_info() -> None:
    done = info("nothing" + os.sep + "here.nnr")
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
