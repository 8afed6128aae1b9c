"""`append` in processes that are killed by SIGKILL at many moments."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, errors, mux
from tests.mp4.read import top
from tests.nnr.streams import MIXED, NDUS, SIMPLE, START, unit
from tests.paths import ROOT
from tests.round_trip import demuxed

from .test_append import PREPARED

ROUND = START + b"".join(unit(5, bytes([i]) * 30_000) for i in range(64)) + START
"""Two megabytes: there is time to be killed while it is written."""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
@pytest.mark.parametrize("how", ["appendable", "fragments beside video"])
def test_killed(how: str, tmp_path: Path) -> None:
    """Each time the file has the rounds that it had, or all; the next append repairs."""
    path, source = tmp_path / "model.mp4", tmp_path / "round.nnr"
    mux(SIMPLE, path, **PREPARED[how])
    append(path, MIXED)
    source.write_bytes(ROUND)
    command = [sys.executable, "-m", "tests.delivery.killed", path, source, "20"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    trials: list[dict[str, Any]] = json.loads(done.stdout)
    assert {one["left"] for one in trials} == {"before", "after"}
    assert {one["then"] for one in trials} == {"after"}
    size = path.stat().st_size
    for one in trials:
        if one["left"] == "before":
            assert one["repaired"] == one["size"] - size
    steps = [one for one in trials if one["before_change"] is not None]
    written = [one for one in steps if one["left"] == "before" and one["repaired"] > len(ROUND)]
    assert written, "killed when all was written, but the last eight bytes"
    begun = [one for one in steps if 0 < one["repaired"] <= 8]
    assert begun, "killed when nothing was written but the header"
    assert sum(one["left"] == "after" for one in steps) <= 7, "the changes were seen"


def test_torn_at_every_byte(tmp_path: Path) -> None:
    """A file that is cut off, as by a copy that was stopped, is never restored wrongly."""
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, appendable=True)
    ends = [path.stat().st_size]
    rounds = [SIMPLE]
    for one in (MIXED, START + NDUS[0]):
        append(path, one)
        rounds.append(one)
        ends.append(path.stat().st_size)
    data = path.read_bytes()
    torn = tmp_path / "torn.mp4"
    for size in range(ends[0], len(data)):
        whole = b"".join(rounds[: sum(end <= size for end in ends)])
        between = [node.end for node in top(data, "moof")]
        try:
            assert demuxed(data[:size]) == whole, size
            assert size in ends
        except errors.NNRError:
            assert size not in ends
        if size in (ends[0] + 1, ends[1] - 1, ends[1] + 8, between[0], between[1] + 9):
            torn.write_bytes(data[:size])
            with pytest.raises(errors.NNRError):
                append(torn, SIMPLE)
            assert torn.read_bytes() == data[:size], "nothing is done to what cannot be read"
