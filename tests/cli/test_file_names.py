"""Names of files that are hard to print or to tell from options: they work, and are escaped."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

import pytest

from pymp4_nnr.cli import mp4dump
from tests.cli.command import call
from tests.nnr.streams import FOLDER, SIMPLE
from tests.round_trip import muxed

GOOD = (FOLDER / "lenet5.nnr").read_bytes()
MP4 = muxed(GOOD, appendable=True)

NAMES = {
    "newline": b"new\nline",
    "escape": b"esc\x1b[31m",
    "c1": b"c1\xc2\x9b31m",
    "direction": b"mark\xe2\x80\xae\xe2\x81\xa6",
    "line separator": b"line\xe2\x80\xa8",
    "no UTF-8": b"bad\xff\xfe",
    "dash": b"-dash",
    "spaces": b"two  spaces ",
    "longest": b"n" * 255,
}

READ = (
    "info",
    "info --json",
    "info --tensors",
    "dump",
    "dump --json",
    "dump --full",
    "check",
    "check --json",
    "verify --against good.nnr",
    "demux -o out",
    "remove -o out",
    "extract --sample 1 -o out",
    "report -o out",
    "append",
)
"""Commands that read a file."""

WRITE = (
    "mux good.nnr",
    "demux good.mp4",
    "extract good.mp4 --sample 1",
    "remove good.mp4",
    "report good.mp4",
    "mux good.nnr --into good.mp4",
)
"""Commands that write a file."""


@pytest.fixture(params=NAMES.values(), ids=NAMES)
def name(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name; the working folder is empty but for a bitstream and an MP4 file."""
    monkeypatch.chdir(tmp_path)
    Path("good.nnr").write_bytes(GOOD)
    Path("good.mp4").write_bytes(MP4)
    return os.fsdecode(request.param)


def run(words: str, *more: str) -> tuple[int, str, str]:
    """A command; whatever it prints is printable, and an error is one line."""
    result = call(*words.split(), *more)
    for text in (result.stdout, result.stderr):
        assert all(line.isprintable() for line in text.split("\n")), (words, text)
    assert isinstance(result.exception, (SystemExit, type(None))), result.exception
    assert "internal error" not in result.stderr
    if result.exit_code and not result.stdout:
        assert len(result.stderr.splitlines()) == 1, result.stderr
    if "--json" in words:
        text = result.stdout or result.stderr.removeprefix("pymp4-nnr: ")
        assert isinstance(json.loads(text), dict)
    return result.exit_code, result.stdout, result.stderr


def given(name: str, words: str) -> list[str]:
    """The name as the last argument; `append` needs a bitstream behind it."""
    return ["--", name, *(["good.nnr"] if words == "append" else [])]


def test_files_are_read(name: str) -> None:
    Path(name).write_bytes(MP4)
    for words in READ:
        assert run(words, *given(name, words))[0] == 0, words
        Path("out").unlink(missing_ok=True)
    assert run("mux -o out --into", f"./{name}", "good.nnr")[0] == 0


def test_broken_files_are_one_line(name: str) -> None:
    Path(name).write_bytes(MP4[:-1])
    for words in READ:
        assert run(words, *given(name, words))[0] == 1, words
    assert run("mux -o out2 --into", f"./{name}", "good.nnr")[0] == 1
    assert run("mux -o out2", "--", name)[0] == 1


def test_missing_files_are_named(name: str) -> None:
    for words in READ:
        code, _, error = run(words, *given(name, words))
        assert code == 1, words
        assert "No such file or directory" in error
        if name == "two  spaces ":
            assert name in error


def test_files_are_written(name: str) -> None:
    there = f"./{name}"
    for words in WRITE:
        assert run(words, "-o", there)[0] == 0, words
        before = Path(name).read_bytes()
        code, _, error = run(words, "-o", there)
        assert code == 1
        assert "exists" in error
        assert Path(name).read_bytes() == before
        Path(name).unlink()
    assert {path.name for path in Path().iterdir()} == {"good.nnr", "good.mp4"}


def test_mp4dump_names_the_file_in_one_line(name: str) -> None:
    Path(name).write_bytes(MP4[:-1])
    error = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(error):
        assert mp4dump.dump([f"./{name}"]) == 1
    assert error.getvalue().count("\n") == 1
    assert error.getvalue().removesuffix("\n").isprintable()


def test_the_line_of_an_error_is_short() -> None:
    """Whatever the text of a file or an argument is, the line of an error has an end."""
    for words in ("info", "info --json"):
        code, _, error = run(words, "x" * 100_000)
        assert code == 1
        assert len(error) < 5000
    assert call("extract", "-o", "-", "--tensor", "x" * 10**6, FOLDER / "lenet5.nnr").exit_code == 1
    result = call("extract", "-o", "-", "--tensor", "x" * 10**6, FOLDER / "lenet5.nnr")
    assert "no tensor is named" in result.stderr
    assert len(result.stderr) < 5000


@pytest.mark.parametrize(
    "data", [b"hello, this is text\n", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1", b""]
)
def test_what_is_no_mp4_file_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for words in ("dump", "dump --json", "dump --full", "demux -o -", "remove -o -"):
        result = call(*words.split(), path)
        assert result.exit_code == 1
        assert ("not an MP4 file" if data else "the file is empty") in result.stderr, words


def test_a_bitstream_is_recognised_where_an_mp4_file_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "model.nnr"
    path.write_bytes(SIMPLE)
    for words in ("dump", "dump --json", "demux -o -", "remove -o -", "verify --against x"):
        result = call(*words.split(), path)
        assert result.exit_code == 1
        assert "begins like an NNR bitstream" in result.stderr or "No such" in result.stderr
