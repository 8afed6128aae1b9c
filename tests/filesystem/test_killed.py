"""Processes killed by SIGKILL leave the old file or the new one, and the next run cleans up."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.paths import ROOT


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_killed_at_random_moments() -> None:
    command = [sys.executable, "-m", "tests.filesystem.killed", "1", "500"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=600, text=True)
    found = dict(line.split(": ", 1) for line in done.stdout.splitlines() if line[0].islower())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BROKEN" not in done.stdout
    assert int(found["trials of the four"]) == 500
    assert int(found["killed of the four"]) > 300
    assert int(found["left behind"]) > 50
