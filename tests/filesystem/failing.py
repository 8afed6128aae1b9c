"""A thousand operations that fail, one after the other; what they leave open is printed.

    python -W error -X dev -m tests.filesystem.failing COUNT

Prints the number of failures, and of descriptors more than before.
"""

from __future__ import annotations

import contextlib
import gc
import io
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pymp4_nnr
from fuzz.corpus import corpus
from fuzz.mutations import damaged
from pymp4_nnr import (
    FragmentWriter,
    NNRError,
    append,
    demux,
    mux,
    mux_segments,
    remove,
    split,
    verify,
)
from pymp4_nnr.operations.check import check
from pymp4_nnr.operations.dump import dump
from tests.nnr.streams import MIXED


class Stop(Exception):
    """What a program's own callback raises."""


def stop(_: int) -> None:
    raise Stop


def write_and_stop(target: Path) -> None:
    with FragmentWriter(target) as writer:
        for unit in split(MIXED):
            writer.write(unit)
        raise Stop


def read_all(path: Path) -> None:
    with pymp4_nnr.open(path) as file:
        for net in file.networks:
            for name in net.tensors:
                net.extract([name], io.BytesIO())


def operations(bad: Path, good: Path, out: Path) -> list[Callable[[], object]]:
    """Each fails with most inputs."""
    return [
        lambda: demux(bad, out),
        lambda: demux([good, bad, bad], out),
        lambda: demux([bad] * 40, out),
        lambda: demux(good, out / "x"),
        lambda: demux(good, good),
        lambda: demux(good, out, progress=stop),
        lambda: mux(bad, out),
        lambda: mux(MIXED, out, into=bad),
        lambda: mux([MIXED, bad], out),
        lambda: mux(MIXED, out, progress=stop),
        lambda: mux_segments(MIXED, out.parent / "segments", progress=stop),
        lambda: mux_segments(bad, out.parent / "segments"),
        lambda: remove(bad, out),
        lambda: append(bad, MIXED),
        lambda: append(good, bad),
        lambda: verify(bad, good),
        lambda: write_and_stop(out),
        lambda: read_all(bad),
        lambda: list(dump(bad)),
        lambda: next(iter(split(bad))).read(),
        lambda: check(bad),
    ]


def main() -> None:
    random_ = random.Random(1)
    inputs = corpus("movie")
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        bad, good, out = (Path(name) / one for one in ("bad", "good", "out"))
        mux(MIXED, good, appendable=True)
        works = operations(bad, good, out)
        before: set[str] = set()
        for number in range(-len(works), int(sys.argv[1])):
            if number == 0:  # what is loaded once has been loaded
                before = {one.name for one in Path("/proc/self/fd").iterdir()}
            bad.write_bytes(damaged(random_.choice(inputs), random_))
            try:
                with contextlib.suppress(StopIteration):
                    works[number % len(works)]()
                # Some damage makes a bitstream: what it was written to is not left by a failure.
                shutil.rmtree(out.parent / "segments", ignore_errors=True)
            except (NNRError, OSError, Stop):
                failed += number >= 0
        after = {one.name for one in Path("/proc/self/fd").iterdir()}
        left = {one.name for one in Path(name).iterdir()} - {"bad", "good", "out"}
    gc.collect()  # warnings of what was not closed are printed now
    print(failed, len(after) - len(before), sorted(left))


if __name__ == "__main__":
    main()
