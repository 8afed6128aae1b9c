"""Programs of users checked by mypy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT


def assert_typed(program: str, folder: Path) -> None:
    """See that mypy accepts a program that uses the package, by its strictest settings."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    path = folder / "program.py"
    path.write_text(program, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", ROOT / "pyproject.toml"]
    done = subprocess.run(
        [*command, "--cache-dir", ROOT / ".mypy_cache", path],
        env={**os.environ, "MYPYPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
