"""What fails leaves no descriptor open, no warning, and no file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")
def test_a_thousand_failures_leave_nothing() -> None:
    command = [sys.executable, "-W", "error", "-X", "dev", "-m", "tests.filesystem.failing", "1300"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-3000:]
    failed, descriptors, left = done.stdout.split(maxsplit=2)
    assert int(failed) >= 1000
    assert int(descriptors) == 0
    assert left == "[]\n"
