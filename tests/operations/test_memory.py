"""Peak memory: it does not grow with the model's bytes, and little with its units."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.nnr.large_streams import GIB, sparse_model
from tests.paths import ROOT

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells the peak memory of a process"
)

MB = 1_000_000
LIMIT = 80 * MB
PER_UNIT = 300
"""Bytes."""

# A process starts with the peak that `getrusage` tells of its parent; VmHWM is its own.
CODE = """if True:
    import json, os, sys
    from tests.filesystem.sparse import copy_sparse
    os.copy_file_range = copy_sparse  # the media data takes no room on the disk
    model, movie, restored, operation = sys.argv[1:]
    if operation == "mux":
        from pymp4_nnr import mux
        mux(model, movie)
    elif operation == "demux":
        from pymp4_nnr import demux
        demux(movie, restored)
    elif operation == "verify":
        from pymp4_nnr import verify
        assert verify(movie, model) is None
    else:
        from pymp4_nnr.cli import main
        sys.stdout = open(os.devnull, "w")
        main(["info", model if operation == "info" else movie], standalone_mode=False)
    with open("/proc/self/status") as file:
        peak = next(line for line in file if line.startswith("VmHWM"))
    print(int(peak.split()[1]) * 1024, file=sys.stderr)
"""

OPERATIONS = ("mux", "demux", "info", "info of the movie", "verify")


def peaks(
    folder: Path, sizes: Sequence[int], operations: Sequence[str] = OPERATIONS
) -> dict[str, int]:
    """Peak memory of operations on a model with units of these sizes, in bytes."""
    model = sparse_model(folder / "model.nnr", sizes)
    paths = [model, folder / "model.mp4", folder / "restored.nnr"]
    found = {}
    for operation in operations:
        command = [sys.executable, "-c", CODE, *map(str, paths), operation]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found[operation] = int(done.stderr)
    for path in paths:
        path.unlink()
    return found


@pytest.mark.parametrize(
    ("gib", "unit_size"),
    [(1, 1 << 20), (8, 1 << 20), (1, 1 << 16), (8, (1 << 31) - 1)],
    ids=["1 GiB", "8 GiB", "1 GiB in small units", "8 GiB in large units"],
)
def test_below_80_mb_for_any_size(gib: int, unit_size: int, tmp_path: Path) -> None:
    # verifying reads all bytes of both files: minutes for 16 GiB on a slow machine
    operations = OPERATIONS if gib == 1 else OPERATIONS[:-1]
    found = peaks(tmp_path, [unit_size] * (gib * GIB // unit_size), operations)
    assert max(found.values()) < LIMIT, found


def test_few_hundred_bytes_a_unit(tmp_path: Path) -> None:
    few, many = 1_000, 201_000
    base = peaks(tmp_path, [64] * few)
    found = peaks(tmp_path, [64] * many)
    for operation, peak in found.items():
        assert peak - base[operation] < PER_UNIT * (many - few), operation
