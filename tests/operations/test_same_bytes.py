"""The same input gives the same bytes, wherever and however Python runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment


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


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = digests(folder=tmp_path_factory.mktemp("digests"))
    assert len(found.splitlines()) > 15
    return found


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
