"""Rounds appended to large files, streams through pipes, and files of many fragments."""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pymp4_nnr import FragmentWriter, append, demux, mux

from .measure import Row, alternately
from .models import MIB, write_model

COMMAND = Path(sys.executable).with_name("pymp4-nnr")
GIB = 1 << 30


def append_rows(folder: Path, rounds: int) -> Iterator[Row]:
    """A round of 1 MB onto a file of 10 GB, most of which is a hole, and onto a small one."""
    source = write_model(folder / "round.nnr", MIB, 100)
    small, large = folder / "small.mp4", folder / "large.mp4"
    for path in (small, large):
        mux(source, path, appendable=True)
    with large.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(b"\0\0\0\1mdat" + (10 * GIB).to_bytes(8))
        file.truncate(file.tell() - 16 + 10 * GIB)
    sizes = {path: path.stat().st_size for path in (small, large)}

    def cut_off() -> None:
        for path, size in sizes.items():
            os.truncate(path, size)
        os.sync()

    def by_command(path: Path) -> None:
        subprocess.run([COMMAND, "append", "-q", path, source], check=True)

    taken = alternately(
        {
            "large": partial(append, large, source),
            "small": partial(append, small, source),
            "command": partial(by_command, large),
            "help": lambda: subprocess.run([COMMAND, "append", "--help"], stdout=-3, check=True),
        },
        rounds,
        cut_off,
    )
    yield Row("append 1 MiB onto 10 GiB", taken["large"], taken["small"], "onto 1 MiB")
    yield Row("the same by the command", taken["command"], taken["help"], "`append --help`")
    for path in (source, small, large):
        path.unlink()


class _Pipe:
    """A command between two pipes."""

    def __init__(self, *command: str | Path) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout.fileno()

    def memory(self) -> float:
        """Peak memory so far in bytes; 0 once the command has ended."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
        return float(found[0]) * 1024 if found else 0

    def end(self) -> None:
        """Wait for the command."""
        assert self.process.wait() == 0


def _through(command: list[str | Path], data: bytes) -> tuple[float, float]:
    """Seconds and peak memory of a command that all data goes through."""
    start = time.perf_counter()
    pipe = _Pipe(*command)

    def feed() -> None:
        with pipe.input as file:
            file.write(data)

    thread = threading.Thread(target=feed)
    thread.start()
    memory = 0.0
    for number in itertools.count():
        if not os.read(pipe.output, 1 << 16):
            break
        if number % 50 == 0:
            memory = max(memory, pipe.memory())
    thread.join()
    pipe.end()
    return time.perf_counter() - start, memory


def _delays(command: list[str | Path], units: list[bytes]) -> list[float]:
    """Seconds from each unit written to its last byte read, one unit after the other."""
    pipe = _Pipe(*command)
    delays = []
    for unit in units:
        left = b""
        start = time.perf_counter()
        pipe.input.write(unit)
        pipe.input.flush()
        while unit not in left:
            left = left[-len(unit) :] + os.read(pipe.output, 1 << 16)
        delays.append(time.perf_counter() - start)
    pipe.input.close()
    while os.read(pipe.output, 1 << 16):
        pass
    pipe.end()
    return delays[1:]  # the first waits for the command to start


def stream_rows(folder: Path, rounds: int) -> Iterator[Row]:
    """100,000 units through `mux - --fragment 1 -o -`, and through `cat`."""
    count = 100_000
    model = write_model(folder / "model.nnr", 64 * MIB, count)
    data = model.read_bytes()
    model.unlink()
    ours: list[str | Path] = [COMMAND, "mux", "-", "--fragment", "1", "-o", "-"]
    cat: list[str | Path] = ["cat"]
    taken: dict[str, list[tuple[float, float]]] = {"ours": [], "cat": []}
    for _ in range(rounds):
        taken["ours"].append(_through(ours, data))
        taken["cat"].append(_through(cat, data))
    seconds, memory = (
        {name: statistics.median(one[i] for one in taken[name]) for name in taken} for i in (0, 1)
    )
    yield Row(
        *("100,000 units, 64 MiB, as fragments", seconds["ours"], seconds["cat"], "`cat`"),
        *(memory["ours"], memory["cat"]),
    )
    units = [_unit(number) for number in range(2000)]
    delays = [statistics.quantiles(_delays(one, units), n=100) for one in (ours, cat)]
    for name, at in (("half of the units", 49), ("99 of 100 units", 98)):
        yield Row(
            *(f"delay of {name}, at most", delays[0][at], delays[1][at], "`cat`"),
            *(memory["ours"], memory["cat"]),
        )


def _unit(number: int) -> bytes:
    """An NNR_NDU of 667 bytes: no other has these bytes."""
    return (667).to_bytes(2) + bytes([5 << 2]) + number.to_bytes(4) * 166


def fragment_rows(folder: Path, rounds: int) -> Iterator[Row]:
    """10,000 NDUs, each in a fragment of its own, and all in one `mdat`."""
    count = 10_000
    model = write_model(folder / "model.nnr", 8 * MIB, count)
    apart, whole, target = folder / "apart.mp4", folder / "whole.mp4", folder / "target.nnr"
    mux(model, apart, fragment=1)
    mux(model, whole)
    streamed = folder / "streamed.mp4"
    with FragmentWriter(streamed) as writer:
        for number in range(count):
            writer.write(_unit(number))
    taken = alternately(
        {
            "apart": partial(demux, apart, target),
            "streamed": partial(demux, streamed, target),
            "whole": partial(demux, whole, target),
        },
        rounds,
    )
    for name, what in (("apart", "mux --fragment 1"), ("streamed", "FragmentWriter")):
        each = taken[name] / count
        yield Row(f"demux of `{what}`, each NDU", each, taken["whole"] / count, "in one `mdat`")
    for path in (model, apart, whole, target, streamed):
        path.unlink()
