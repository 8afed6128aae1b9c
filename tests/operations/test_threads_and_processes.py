"""Threads and processes at once: the same results as one after the other."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr import demux, mux, register, remove, unregister, verify
from tests.cli.command import environment
from tests.mp4.networks import video_and_sound
from tests.nnr.streams import FOLDER, MIXED, SIMPLE
from tests.round_trip import muxed

LENET = (FOLDER / "lenet5.nnr").read_bytes()
THREADS = 8


def tasks(folder: Path) -> list[Callable[[], object]]:
    """What is done, on the same and on different files; each gives a value that can be compared."""
    from pymp4.parser import Box

    shared = folder / "shared.mp4"
    mux(LENET, shared)
    moov = muxed(MIXED, into=video_and_sound())
    opened = pymp4_nnr.open(shared)

    def written(work: Callable[[io.BytesIO], object]) -> bytes:
        target = io.BytesIO()
        work(target)
        return target.getvalue()

    def boxes(extended: bool) -> bytes:
        register(extended=extended)
        source = io.BytesIO(moov)
        try:
            found = b""
            while source.tell() < len(moov):
                found += Box.build(Box.parse_stream(source))
        except Exception as error:  # another thread has unregistered: as stock pymp4 does
            return type(error).__name__.encode()
        return b"same" if found == moov else b"different"

    return [
        lambda: written(lambda target: mux(LENET, target)),
        lambda: written(lambda target: mux(MIXED, target, into=video_and_sound())),
        lambda: written(lambda target: demux(shared, target)),
        lambda: written(lambda target: demux(moov, target)),
        lambda: written(lambda target: remove(moov, target)),
        lambda: verify(shared, LENET),
        lambda: [sample.data for sample in opened.networks[0].samples][:5],
        lambda: {name: one.byte_ranges for name, one in opened.networks[0].tensors.items()},
        lambda: hashlib.sha256(b"".join(unit.data for unit in pymp4_nnr.split(LENET))).digest(),
        lambda: boxes(extended=True),
    ]


@pytest.mark.parametrize("registering", [False, True])
def test_threads(registering: bool, tmp_path: Path) -> None:
    works = tasks(tmp_path)
    if registering:
        works.pop()  # what it gives depends on who is registered at the moment
    expected = [work() for work in works]
    unregister()

    def many(seed: int) -> list[int]:
        random_ = random.Random(seed)
        wrong = []
        for _ in range(40):
            if registering and random_.randrange(4) == 0:
                (register if random_.randrange(2) else unregister)()
            number = random_.randrange(len(works))
            if works[number]() != expected[number]:
                wrong.append(number)
        return wrong

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(many, range(THREADS))) == [[]] * THREADS
    finally:
        unregister()


def test_threads_that_write_one_target(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    wanted = {muxed(SIMPLE), muxed(MIXED), muxed(LENET)}

    def write(number: int) -> None:
        for _ in range(10):
            mux((SIMPLE, MIXED, LENET)[number % 3], target)
            assert target.read_bytes() in wanted

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(THREADS)))
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def in_a_child(source: bytes) -> bytes:
    from pymp4.parser import Box

    register()
    target = io.BytesIO()
    mux(source, target)
    back = io.BytesIO()
    demux(target.getvalue(), back)
    assert Box.build(Box.parse(target.getvalue()[:32]))
    return back.getvalue()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # forking beside threads
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_that_are_forked_after_import(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        assert sys.platform == "win32"
        return
    register()
    try:
        context = multiprocessing.get_context(method)
        with context.Pool(3) as pool:
            assert pool.map(in_a_child, [SIMPLE, MIXED, LENET]) == [SIMPLE, MIXED, LENET]
    finally:
        unregister()


WRITES = """
import sys
from pathlib import Path
from pymp4_nnr import mux
source = Path(sys.argv[1]).read_bytes()
for _ in range(20):
    mux(source, sys.argv[2])
"""


def test_processes_that_write_one_target(tmp_path: Path) -> None:
    """The last one wins, whole; nothing is left."""
    target = tmp_path / "out.mp4"
    wanted = set()
    running = []
    for number, source in enumerate((SIMPLE, MIXED, LENET)):
        (tmp_path / f"{number}.nnr").write_bytes(source)
        wanted.add(muxed(source))
        command = [sys.executable, "-c", WRITES, tmp_path / f"{number}.nnr", target]
        running.append(subprocess.Popen(command, env=environment()))
    while any(process.poll() is None for process in running):
        if target.exists():
            assert target.read_bytes() in wanted
    assert [process.wait() for process in running] == [0, 0, 0]
    assert target.read_bytes() in wanted
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(f"{number}.nnr" for number in range(3)),
        "out.mp4",
    ]
