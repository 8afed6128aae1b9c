"""The guide and CONTRIBUTING: examples run and are typed, and what they name exists.

What the README, the quick start and the recipes say is run in `tests/outside/test_pages.py`.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import pymp4_nnr
from tests.cli.command import call
from tests.mp4.boxes import full, u32
from tests.mp4.fragmented import fragmented
from tests.mp4.read import nodes
from tests.nnr.streams import MIXED, SIMPLE
from tests.nnr.tensors import EDITION_2, named_ndu
from tests.paths import FIXTURES, ROOT
from tests.plugin.registered import registered
from tests.round_trip import added, demuxed, muxed
from tests.type_check import assert_typed

PAGES = ("guide", "weights", "pymp4")
GUIDE = "\n".join((ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in PAGES)
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODEC = importlib.util.find_spec("nncodec") is not None
NEEDS_CODEC = re.compile(r"\b(?:encode|decode)\b")


def blocks(language: str, text: str = GUIDE) -> list[str]:
    """The code blocks of a language, with the indentation of a list taken away."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(code) for _, code in found]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the examples name."""
    (tmp_path / "model.nnr").write_bytes(EDITION_2 + named_ndu("fc.weight", bytes(100)))
    (tmp_path / "a.nnr").write_bytes(SIMPLE)
    (tmp_path / "b.nnr").write_bytes(MIXED)
    shutil.copy(FIXTURES / "mp4" / "h264_aac.mp4", tmp_path / "video.mp4")
    shutil.copy(FIXTURES / "mp4" / "frag_cmaf.mp4", tmp_path / "live.mp4")
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
        exec(compile(code, "guide.md", "exec"), names)
    assert (folder / "restored.nnr").read_bytes() == (folder / "model.nnr").read_bytes()
    assert names["ftyp"].type == b"ftyp"
    assert names["data"] in (folder / "enhanced.mp4").read_bytes()


def test_the_examples_are_typed(tmp_path: Path) -> None:
    assert_typed("\n".join(blocks("python")), tmp_path)
    assert_typed("\n".join(blocks("python", README)[1:]), tmp_path)  # the first is NumPy's


def test_every_public_name_is_listed() -> None:
    names = set(pymp4_nnr.__all__) - {"__version__"}
    assert names <= set(re.findall(r"`(\w+)`", GUIDE))
    reference = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    home = {name: f"pymp4_nnr.{pymp4_nnr._HOME.get(name, 'errors')}.{name}" for name in names}
    assert sorted(re.findall(r"^::: (\S+)$", reference, flags=re.MULTILINE)) == sorted(
        home.values()
    )


def test_the_readme_is_short() -> None:
    assert README.count("\n") <= 120
    assert len(re.findall(r"!\[", README)) == 1


def test_every_command_is_in_the_readme() -> None:
    from pymp4_nnr.cli.app import COMMANDS

    table = README.partition("## What to use for what")[2].partition("\n## ")[0]
    assert set(COMMANDS) <= set(re.findall(r"`(?:pymp4's )?(\w+)", table))


def test_every_file_that_is_named_is_there() -> None:
    """Paths of files and folders, from the root, the package or the folder of the tests."""
    named = set(re.findall(r"`([\w./]+(?:\.py|\.sh|/))`", CONTRIBUTING))
    assert len(named) > 40
    bases = [ROOT, ROOT / "pymp4_nnr", ROOT / "tests", ROOT / "pymp4_nnr/bitstream/syntax"]
    bases += [ROOT / "pymp4_nnr/bitstream", ROOT / "tests/outside"]
    assert not [name for name in named if not any((base / name).exists() for base in bases)]


def test_the_box_of_the_example_works() -> None:
    (example,) = blocks("python", CONTRIBUTING)
    (check,) = re.findall(r"`(check\(full\(.*?\))` parses", CONTRIBUTING)
    code = f"{example}\nfrom tests.boxes.checks import check\n"
    code += f"from tests.mp4.boxes import full, u32\n{check}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def calls(work: Callable[[], object]) -> list[str]:
    """The package's functions that are called, each once, in the order of their first calls."""
    found: dict[str, None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("pymp4_nnr."):
            name = frame.f_code.co_qualname.removesuffix(".__init__")
            found.setdefault(f"{module.removeprefix('pymp4_nnr.')}.{name}")

    work()  # imports what it needs
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return list(found)


def parse_a_box_of_pymp4() -> None:
    from pymp4.parser import Box

    with registered():
        Box.parse(full(b"stts", 0, 0, u32(1, 2, 3)))


MOVIE = fragmented()
MUXED = muxed(SIMPLE)
FLOWS: dict[str, Callable[[], object]] = {
    "mux": lambda: muxed(SIMPLE),
    "mux into a file with fragments": lambda: added(MOVIE, MIXED),
    "demux from segments": lambda: demuxed(
        [MOVIE[: MOVIE.index(b"moof") - 4], MOVIE[MOVIE.index(b"moof") - 4 :]]
    ),
    "`Box.parse` after `register()`": parse_a_box_of_pymp4,
    "tensor lookup": lambda: pymp4_nnr.open(MUXED).networks[0].tensors,
}


@pytest.mark.parametrize("name", FLOWS)
def test_data_passes_these_functions_in_this_order(name: str) -> None:
    (line,) = [line for line in CONTRIBUTING.splitlines() if line.startswith(f"**{name}**: ")]
    functions = re.findall(r"`([\w.]+)`", line.partition("**: ")[2])
    assert len(functions) >= 4
    called = calls(FLOWS[name])
    assert [function for function in called if function in functions] == functions
