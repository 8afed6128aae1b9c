"""The README: its examples run and are typed, and it names everything that is public."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

import pymp4_nnr
from tests.cli.command import call
from tests.mp4.fragmented import fragmented
from tests.mp4.read import nodes
from tests.nnr.streams import MIXED, SIMPLE
from tests.nnr.tensors import EDITION_2, named_ndu
from tests.paths import FIXTURES, ROOT
from tests.type_check import assert_typed

README = (ROOT / "README.md").read_text(encoding="utf-8")
CODEC = importlib.util.find_spec("nncodec") is not None
NEEDS_CODEC = re.compile(r"\b(?:encode|decode)\b")


def blocks(language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name."""
    (tmp_path / "model.nnr").write_bytes(EDITION_2 + named_ndu("fc.weight", bytes(100)))
    (tmp_path / "a.nnr").write_bytes(SIMPLE)
    (tmp_path / "b.nnr").write_bytes(MIXED)
    shutil.copy(FIXTURES / "mp4" / "h264_aac.mp4", tmp_path / "video.mp4")
    movie = fragmented()
    starts = [node.start for node in nodes(movie) if node.type == b"moof"]
    for name, start, end in zip(
        ("init.mp4", "seg1.m4s", "seg2.m4s"), [0, *starts], [*starts, len(movie)], strict=True
    ):
        (tmp_path / name).write_bytes(movie[start:end])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_works(folder: Path) -> None:
    (block,) = [text for text in blocks("sh") if "pymp4-nnr verify" in text]
    commands = [shlex.split(line, comments=True) for line in block.splitlines() if line.strip()]
    assert len(commands) > 10
    for name, *arguments in commands:
        assert name == "pymp4-nnr"
        if NEEDS_CODEC.search(arguments[0]) and not CODEC:
            continue
        result = call(*arguments)
        assert result.exit_code == 0, (arguments, result.output)
    assert (folder / "restored.nnr").read_bytes() == (folder / "model.nnr").read_bytes()
    assert (folder / "b2.nnr").read_bytes() == MIXED
    assert (folder / "model2.nnr").read_bytes() == SIMPLE


def test_every_example_works(folder: Path) -> None:
    names: dict[str, Any] = {}
    found = blocks("python")
    assert len(found) >= 2
    for code in found:
        if NEEDS_CODEC.search(code) and not CODEC:
            continue
        exec(compile(code, "README.md", "exec"), names)
    assert (folder / "restored.nnr").read_bytes() == (folder / "model.nnr").read_bytes()
    assert names["ftyp"].type == b"ftyp"
    assert names["data"] in (folder / "enhanced.mp4").read_bytes()


def test_the_examples_are_typed(tmp_path: Path) -> None:
    assert_typed("\n".join(blocks("python")), tmp_path)


def test_every_public_name_is_listed() -> None:
    listed = set(re.findall(r"`(\w+)`", README))
    assert set(pymp4_nnr.__all__) - {"__version__"} <= listed
