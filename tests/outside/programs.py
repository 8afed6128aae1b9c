"""Programs of others, run for a test.

Where a program is missing the test is skipped with the reason. With ``PYMP4_NNR_NO_SKIP=1`` in
the environment, as in continuous integration, it fails instead, so that a run cannot turn green by
lacking its tools. `need_optional` is for the few programs that no package of Debian brings:
without them the test is skipped in either case.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

FOLDER = Path(__file__).resolve().parent
NO_SKIP = "PYMP4_NNR_NO_SKIP"
TIMEOUT_SECONDS = 120


class ToolError(AssertionError):
    """A program refused the file; the message holds the command and its last words."""


def missing(reason: str) -> NoReturn:
    """Skip the running test, or fail it where skipping is forbidden."""
    if os.environ.get(NO_SKIP) == "1":
        pytest.fail(f"{reason} ({NO_SKIP}=1 forbids skipping)")
    pytest.skip(reason)


def need(program: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    found = shutil.which(program)
    if found is None:
        missing(f"{program} is not installed")
    return found


def need_optional(program: str, variable: str) -> str:
    """The path of a program that continuous integration cannot install.

    Args:
        program: its name.
        variable: of the environment; the program's path or name if it is another.
    """
    name = os.environ.get(variable, program)
    found = shutil.which(name)
    if found is None:
        pytest.skip(
            f"{name} is not installed, and no package of Debian brings it: "
            f"put it on the PATH or its path into {variable}"
        )
    return found


def need_mp4box() -> str:
    """The path of GPAC's MP4Box, by PATH or by the variable MP4BOX; skips the test without it."""
    return need_optional("MP4Box", "MP4BOX")


def need_mp4fragment() -> str:
    """The path of Bento4's mp4fragment, by PATH or by the variable MP4FRAGMENT."""
    return need_optional("mp4fragment", "MP4FRAGMENT")


def run(command: Sequence[str | Path], folder: Path | None = None) -> bytes:
    """The standard output of a command, run in a folder; raises `ToolError` where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        cwd=folder,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()[-1000:]
        line = " ".join(str(part) for part in command)
        raise ToolError(f"exit code {done.returncode} from: {line}\n{words}")
    return done.stdout


def node_script(name: str, *arguments: str | Path) -> Any:
    """The JSON that one of this folder's mp4box.js scripts prints; None where it prints nothing."""
    node = need("node")
    if not (FOLDER / "node_modules" / "mp4box").is_dir():
        missing("mp4box.js is not installed: run npm ci in tests/outside")
    output = run([node, FOLDER / name, *arguments])
    return json.loads(output) if output.strip() else None
