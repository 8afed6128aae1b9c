"""The fixtures are what their lists and their scripts say."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import NNRError, split
from tests.paths import ROOT

NNR, MP4 = ROOT / "fixtures" / "nnr", ROOT / "fixtures" / "mp4"


def entries(folder: Path) -> list[dict[str, Any]]:
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = listed["files"] if isinstance(listed, dict) else listed
    return found


LISTED = [(folder, entry) for folder in (NNR, MP4) for entry in entries(folder)]


@pytest.mark.parametrize(
    ("folder", "entry"), LISTED, ids=[f"{folder.name}/{entry['name']}" for folder, entry in LISTED]
)
def test_a_fixture_is_as_it_is_listed(folder: Path, entry: dict[str, Any]) -> None:
    content = (folder / entry["name"]).read_bytes()
    assert len(content) == entry["size"]
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["origin"]
    assert entry["shows"]


@pytest.mark.parametrize("folder", [NNR, MP4], ids=["nnr", "mp4"])
def test_every_file_is_listed_once(folder: Path) -> None:
    names = [entry["name"] for entry in entries(folder)]
    assert len(set(names)) == len(names)
    present = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc", ".json", ".md")
    }
    assert set(names) == present


@pytest.mark.parametrize(
    "entry", [e for e in entries(NNR) if "units" in e], ids=lambda entry: entry["name"]
)
def test_streams_have_the_units_that_are_listed(entry: dict[str, Any]) -> None:
    units = list(split(NNR / entry["name"]))
    assert len(units) == entry["units"]
    assert sum(unit.is_ndu for unit in units) == entry["ndus"]


def test_what_issue_2_asks_for_is_there() -> None:
    """Content of the hand-made streams, found in them and not in their names."""
    units = [
        unit
        for entry in entries(NNR)
        if entry["outcome"] != "fault"
        for unit in split(NNR / entry["name"])
    ]
    types = {unit.nnr_unit_type for unit in units}
    assert set(range(7)) <= types
    assert types & set(range(7, 32))
    assert types & set(range(32, 64))
    sizes = {(unit.size, bool(unit.read(0, 1)[0] & 0x80)) for unit in units}
    assert {(32767, False), (32768, True)} <= sizes
    assert any(long and size < 32768 for size, long in sizes)
    assert any(unit.partial_data_counter is not None for unit in units)
    assert any(unit.is_ndu and not unit.independently_decodable_flag for unit in units)
    orders = [
        [unit.is_ndu for unit in split(NNR / entry["name"])]
        for entry in entries(NNR)
        if entry["outcome"] != "fault"
    ]
    assert any(not any(order) for order in orders)
    assert any(True in order and not order[-1] for order in orders)
    assert any(
        order[order.index(True) :].count(False) and order[-1] for order in orders if any(order)
    )


@pytest.mark.parametrize("entry", [e for e in entries(NNR) if e["outcome"] == "fault"])
def test_broken_streams_split_or_fail_as_ours(entry: dict[str, Any]) -> None:
    try:
        units = list(split(NNR / entry["name"]))
    except NNRError as error:
        assert error.offset is not None
    else:
        assert sum(unit.size for unit in units) == entry["size"]


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, timeout=120
    )


def test_streams_are_made_again_the_same() -> None:
    done = run(NNR / "make_by_hand.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_list_of_mp4_files_is_right() -> None:
    done = run(MP4 / "manifest.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_mp4_files_are_made_again_the_same(tmp_path: Path) -> None:
    """The script that makes them by hand writes where it lies: a copy of it, elsewhere."""
    for name in ("make_by_hand.py", "manifest.py"):
        shutil.copy(MP4 / name, tmp_path)
    done = run(tmp_path / "make_by_hand.py")
    assert done.returncode == 0, done.stdout + done.stderr
    made = {entry["name"]: entry["sha256"] for entry in entries(tmp_path)}
    listed = {e["name"]: e["sha256"] for e in entries(MP4) if "make_by_hand" in e["origin"]}
    assert made == listed
    assert len(made) > 50


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "nnr"
    shutil.copytree(NNR, folder)
    path = folder / "interleaved.nnr"
    path.write_bytes(path.read_bytes() + b"\0")
    assert run(folder / "make_by_hand.py", "--check").returncode == 1
    assert path.stat().st_size == (NNR / "interleaved.nnr").stat().st_size + 1
