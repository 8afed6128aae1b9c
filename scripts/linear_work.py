"""Whether the work on files of strangers grows as they do: calls counted, memory measured.

    python -m scripts.linear_work [NAME...]

Each attack of `make_broken` that has a size is made in three sizes, each twice as large as the one
before; each operation is run on each, in a process of its own, and its calls of functions are
counted. From the second size to the third, as many more may come as come with the bytes of input
and output, not more than a seventh beyond that. Then time and memory are measured with the attack
in its large form, of up to 1 MB. Exit code 1 where calls grow faster, or memory passes its limit.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import io
import json
import multiprocessing
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import pymp4_nnr
from pymp4_nnr import NNRError, append, demux, mux, mux_segments, remove, verify
from scripts.make_broken import ATTACKS, Attack, file_name
from tests.nnr.streams import SIMPLE
from tests.paths import FIXTURES

GROWTH = 1.15
"""How many times as fast as bytes of input and output calls may grow."""

FEW_CALLS = 2000
"""Growth by fewer calls is not judged."""

FREE = 64 << 20
"""Bytes of memory that no input need explain."""

PER_BYTE = 64
"""Bytes of memory that each byte of input explains: a row of a table is an object."""

Result = TypeVar("Result")


class Sink(io.RawIOBase):
    """A file that counts what is written to it, and keeps nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        size = len(memoryview(data))  # type: ignore[arg-type]
        self.size += size
        return size


Operation = Callable[[Path], int]
"""Works on a file; gives the number of bytes that were written."""


def _to_sink(work: Callable[[Path, Sink], object]) -> Operation:
    def run(path: Path) -> int:
        sink = Sink()
        with suppress(NNRError):
            work(path, sink)
        return sink.size

    return run


def _into_segments(path: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out"
        with suppress(NNRError):
            mux_segments(path, target, fragment="4KiB")
        return sum(one.stat().st_size for one in target.glob("*"))


def _appended(path: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(shutil.copy(path, Path(folder) / "copy.mp4"))
        with suppress(NNRError):
            append(target, SIMPLE)
        return 0


def _compared(path: Path) -> int:
    with suppress(NNRError):
        verify(path, SIMPLE)
    return 0


def _in_pymp4(path: Path, *, extended: bool = False) -> int:
    from pymp4.parser import MP4

    data = path.read_bytes()
    pymp4_nnr.register(extended=extended)
    try:
        assert MP4.build(MP4.parse(data)) == data
    finally:
        pymp4_nnr.unregister()
    return len(data)


PLAIN = FIXTURES / "mp4" / "hand_plain.mp4"

OF_BITSTREAMS: dict[str, Operation] = {
    "mux": _to_sink(lambda path, sink: mux(path, sink)),
    "mux --into": _to_sink(lambda path, sink: mux(path, sink, into=PLAIN)),
    "mux --fragment": _to_sink(lambda path, sink: mux(path, sink, fragment="4KiB")),
    "mux --segments": _into_segments,
}

OF_MOVIES: dict[str, Operation] = {
    "demux": _to_sink(lambda path, sink: demux(path, sink)),
    "demux --item": _to_sink(lambda path, sink: demux(path, sink, item_id=1)),
    "verify": _compared,
    "mux --into": _to_sink(lambda path, sink: mux(SIMPLE, sink, into=path)),
    "mux --into --fragment": _to_sink(
        lambda path, sink: mux(SIMPLE, sink, into=path, fragment=1, interleave=True)
    ),
    "remove": _to_sink(lambda path, sink: remove(path, sink)),
    "append": _appended,
    "pymp4": _in_pymp4,
    "pymp4, extended": partial(_in_pymp4, extended=True),
}


def operations(name: str) -> dict[str, Operation]:
    """What is done with the file of an attack."""
    return OF_BITSTREAMS if name.endswith(".nnr") else OF_MOVIES


def in_child(work: Callable[[], Result]) -> Result:
    """Do something in a process of its own, which knows what this one does."""
    context = multiprocessing.get_context("fork")
    there, here = context.Pipe(duplex=False)

    def run() -> None:
        here.send(work())
        here.close()

    child = context.Process(target=run)
    child.start()
    here.close()
    try:
        return there.recv()  # type: ignore[no-any-return]
    finally:
        child.join()


# --- calls ---------------------------------------------------------------------------------------


class Work(NamedTuple):
    """What an operation did with a file: calls of functions, and bytes read and written."""

    calls: int
    size: int


def counted(operation: Operation, data: bytes, name: str) -> Work:
    """Count the calls of functions, those in C among them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        profile = cProfile.Profile()
        profile.enable()
        written = operation(path)
        profile.disable()
        calls = sum(entry.callcount for entry in profile.getstats())  # type: ignore[attr-defined]
        return Work(calls, len(data) + written)


def growth(first: Work, second: Work, third: Work) -> float:
    """How many times as fast as the bytes the calls grow; 1 where they are in proportion.

    Differences are compared: what is done whatever the size is does not count.
    """
    before, after = second.calls - first.calls, third.calls - second.calls
    if after < FEW_CALLS:
        return 1.0
    bytes_before = max(second.size - first.size, 1)
    bytes_after = max(third.size - second.size, 1)
    return after / max(before, 1) / max(bytes_after / bytes_before, 1)


def sizes_of(made: Attack, divided: int = 4) -> tuple[int, int, int] | None:
    """Three sizes, or None for an attack that cannot be made in three."""
    third = max(made.large // divided, made.size)
    return (third // 4, third // 2, third) if made.large >= 4 * made.size > 4 else None


def growths(name: str, divided: int = 4) -> Iterator[tuple[str, float, list[Work]]]:
    """How fast the work of each operation grows with an attack.

    Args:
        name: of the attack.
        divided: by how much the largest file is smaller than the large form of the attack.
    """
    made = ATTACKS[name]
    sizes = sizes_of(made, divided)
    if sizes is None:
        return
    files = [made.make(size) for size in sizes]
    for operation, work in operations(name).items():
        found = [in_child(partial(counted, work, data, file_name(name))) for data in files]
        yield operation, growth(*found), found


# --- time and memory -----------------------------------------------------------------------------


class Cost(NamedTuple):
    """Seconds of processor time, and bytes of memory beyond those before."""

    seconds: float
    memory: int


def _status(field: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{field}:\s+(\d+) kB", text)[1]) << 10  # type: ignore[index]


def measured(operation: Operation, path: Path) -> Cost:
    """What an operation costs in this process."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is what is now
    before, started = _status("VmRSS"), time.process_time()
    operation(path)
    return Cost(time.process_time() - started, _status("VmHWM") - before)


def costs(name: str) -> tuple[int, dict[str, Cost]]:
    """The size of the large form of an attack, and what each operation costs with it."""
    made = ATTACKS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_name(name)
        path.write_bytes(in_child(partial(made.make, made.large)))
        size = path.stat().st_size
        found = {
            operation: in_child(partial(measured, work, path))
            for operation, work in operations(name).items()
        }
    return size, found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks; all by default")
    parser.add_argument("--divided", type=int, default=4, help="count with smaller files")
    parser.add_argument("--no-growth", action="store_true", help="measure time and memory alone")
    parser.add_argument("--json", type=Path, help="write what was measured to a file")
    options = parser.parse_args()
    names = options.names or [name for name, made in ATTACKS.items() if made.large > 1]
    faults = 0
    found: dict[str, tuple[int, dict[str, Cost]]] = {}
    for name in names:
        for operation, ratio, works in () if options.no_growth else growths(name, options.divided):
            if ratio > GROWTH:
                faults += 1
                print(f"{name}, {operation}: calls grow {ratio:.2f} times as fast: {works}")
        size, by_operation = found[name] = costs(name)
        for operation, cost in by_operation.items():
            if cost.memory > FREE + PER_BYTE * size or cost.seconds > 2:
                faults += 1
                print(
                    f"{name}, {operation}: {cost.memory / 1e6:.0f} MB, {cost.seconds:.1f} s "
                    f"for {size} bytes"
                )
        print(name, "done", flush=True)
    if options.json:
        options.json.write_text(json.dumps(found), encoding="utf-8")
    return int(bool(faults))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    raise SystemExit(main())
