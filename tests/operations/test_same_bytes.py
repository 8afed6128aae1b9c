"""The same input gives the same bytes, wherever and however Python runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.filesystem.mounted import KINDS, mounted
from tests.operations.digests import PRINTED


def digests(*options: str, folder: Path, **variables: str) -> str:
    """What `tests.operations.digests` prints, with options of Python and variables."""
    done = subprocess.run(
        [sys.executable, *options, "-m", "tests.operations.digests"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(PYTHONUTF8="0", PYTHONIOENCODING="utf-8", **variables),
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


KNOWN = Path(__file__).with_name("digests.txt")
"""What Python 3.11 writes; 3.12 and 3.13 are compared with it by `make package`."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = digests(folder=tmp_path_factory.mktemp("digests"))
    assert len(found.splitlines()) > 25
    return found


def test_every_python_writes_the_same(expected: str) -> None:
    written = [line for line in expected.splitlines() if not line.startswith(PRINTED)]
    assert written == KNOWN.read_text().splitlines(), "see tests/operations/digests.py"


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (["-O"], {"PYTHONHASHSEED": "0"}),
        (["-OO"], {"PYTHONHASHSEED": "1"}),
        ([], {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "2"}),
        ([], {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "America/St_Johns"}),
        (["-X", "dev"], {"LC_ALL": "C.UTF-8", "TMPDIR": "."}),
    ],
    ids=lambda value: " ".join(value) or "-",
)
def test_the_same_bytes(
    options: list[str], variables: dict[str, str], expected: str, tmp_path: Path
) -> None:
    assert digests(*options, folder=tmp_path, **variables) == expected


FOLDERS = {
    "deep": "/".join(["n" * 200] * 12),
    "text": "-o \n e\N{COMBINING ACUTE ACCENT} \N{RIGHT-TO-LEFT OVERRIDE} %s {0} *.mp4",
    "bytes": os.fsdecode(b"\xff\xfe not UTF-8"),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_the_same_bytes_in_any_folder(name: str, expected: str, tmp_path: Path) -> None:
    folder = tmp_path / FOLDERS[name]
    folder.mkdir(parents=True)
    assert digests(folder=folder) == expected


def test_the_same_bytes_in_memory(expected: str) -> None:
    """A file system that shares no blocks and whose files have no blocks on a disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        assert digests(folder=Path(folder)) == expected


@pytest.mark.parametrize("kind", [*KINDS, "ext4"])
def test_the_same_bytes_on_every_file_system(kind: str, expected: str, tmp_path: Path) -> None:
    with mounted(kind, tmp_path) as place:
        assert digests(folder=place) == expected
