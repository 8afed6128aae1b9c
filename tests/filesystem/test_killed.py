"""Processes that are killed by SIGKILL leave the old file or the new one."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.paths import ROOT


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_killed_at_random_moments() -> None:
    command = [sys.executable, "-m", "tests.filesystem.killed", "1", "210"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=300, text=True)
    found = dict(line.split(": ", 1) for line in done.stdout.splitlines() if line[0].islower())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BROKEN" not in done.stdout
    assert int(found["killed"]) > 80
    assert int(found["left behind"]) > 15
