"""The harnesses of `fuzz/`: what they found before, and some inputs from a seed."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.harnesses import NAMES
from fuzz.mutations import mutated
from tests.paths import FIXTURES, ROOT

FOUND = sorted(path for path in (FIXTURES / "fuzz").rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name} {path.name}")
def test_what_was_found_is_mended(path: Path) -> None:
    assert path.parent.name in NAMES
    harness = importlib.import_module(f"fuzz.harnesses.{path.parent.name}")
    harness.run(path.read_bytes())


@pytest.mark.parametrize("seed", [20, 21])
def test_harnesses_find_nothing(seed: int) -> None:
    """In a process of its own, whose memory is limited."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "fuzz.slice", str(seed), "150"],
        capture_output=True,
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout.decode()[-3000:] + done.stderr.decode()[-1000:]
    assert done.stdout.decode().startswith(f"150 inputs, {len(NAMES)} harnesses, 0 faults; ")
    assert done.stderr == b""


def test_a_fault_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A splitter that loses the last byte."""
    import fuzz.harnesses.splitter as splitter
    from fuzz.slice import faults

    real = splitter.split
    monkeypatch.setattr(splitter, "split", lambda data: list(real(data))[:-1])
    found = list(faults(1, 50, ["splitter"]))
    assert found
    assert all("AssertionError" in one for one in found)


def test_mutations_are_the_same_for_a_seed() -> None:
    import random

    from fuzz.corpus import corpus

    inputs = corpus("movie")
    for seed in range(20):
        made = [mutated(inputs[seed], random.Random(seed), inputs) for _ in range(2)]
        assert made[0] == made[1]
