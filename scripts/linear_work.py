"""Whether the work on files of strangers grows as they do: calls counted, memory measured.

    python -m scripts.linear_work [NAME...]             growth, and what the large forms cost
    python -m scripts.linear_work --growth [NAME...]    growth alone
    python -m scripts.linear_work --costs [--write]     the costs alone; into docs/attacks.md,
                                                        rows of other attacks stay there

Each attack of `make_broken` that has a size is made in three sizes, each twice as large as the one
before. Every public function and every command (those of `tests/every_operation.py`) is run on
each, in a process of its own, and its calls of functions are counted. For each byte of input and
output, the third size may take no more of them than the others, or a seventh more. Then time and
memory are measured with the attack in its large form, of up to 1.6 MB.
Exit code 1 where calls grow faster, or memory passes its limit.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import gc
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from pymp4_nnr import NNRError, check
from pymp4_nnr.cli import main as command
from pymp4_nnr.cli import mp4dump
from scripts.document_table import DOCS, with_table
from scripts.make_broken import ATTACKS, Attack, file_name
from tests.every_operation import Sink, commands, functions, put_beside, title

GROWTH = 1.15
"""How many times as many calls for each byte of input and output larger files may take."""

LEAST = 2
"""The size of an attack that is none."""

FEW_CALLS = 2000
"""Growth by fewer calls is not judged."""

FREE = 64 << 20
"""Bytes of memory that no input need explain."""

PER_BYTE = 64
"""Bytes of memory that each byte of input explains: a row of a table is an object."""

FILE = DOCS / "attacks.md"
HEAD = (
    "| file | what is wrong | bytes | slowest | seconds | most memory | MB |\n"
    "| --- | --- | ---: | --- | ---: | --- | ---: |\n"
)

Result = TypeVar("Result")
Operation = Callable[[], object]


def operations(path: Path, folder: Path) -> dict[str, Operation]:
    """Everything that can be done with a file, by name.

    Args:
        path: of the file.
        folder: an empty one, for what else is needed and for what is written.
    """
    put_beside(folder, path.read_bytes())
    return {
        **dict(functions(path)),
        "check()": partial(_checked, path),
        **{
            title(words, str(path)): partial(_typed, words, path)
            for words in commands(str(path), str(folder))
        },
    }


def _checked(path: Path) -> None:
    for _ in check(path):
        pass


def _typed(words: Sequence[object], path: Path) -> None:
    """Run a command, with the file as standard input; what it prints goes nowhere."""
    with path.open() as given, Path(os.devnull).open("w") as nowhere:
        sys.stdin, sys.stdout, sys.stderr = given, nowhere, nowhere
        first, *more = map(str, words)
        if first == "mp4dump":
            mp4dump.dump(more)
        else:
            with contextlib.suppress(SystemExit):
                command([first, *more])


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


def done(name: str, path: Path, measure: Callable[[Operation], Result]) -> Result:
    """Measure one operation on a file, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        work = operations(path, Path(folder))[name]

        def run() -> None:
            with contextlib.suppress(NNRError):
                work()

        return measure(run)


# --- calls ---------------------------------------------------------------------------------------


class Work(NamedTuple):
    """What an operation did: calls of functions, bytes of the file, and bytes written."""

    calls: int
    read: int
    written: int

    def rates(self, less: Work) -> tuple[float, float]:
        """Calls beyond those of less work, for each byte of input, and of input and output."""
        calls, read = max(self.calls - less.calls, 0), self.read - less.read
        return calls / read, calls / (read + max(self.written - less.written, 0))


def counted(work: Operation, size: int) -> Work:
    """Count the calls of functions in work on a file of a size, those in C among them."""
    before = _written()
    profile = cProfile.Profile()
    profile.enable()
    work()
    profile.disable()
    calls = sum(entry.callcount for entry in profile.getstats())  # type: ignore[attr-defined]
    return Work(calls, size, _written() - before)


def _written() -> int:
    """Bytes that this process has written."""
    text = Path("/proc/self/io").read_text(encoding="ascii")
    return int(re.search(r"wchar: (\d+)", text)[1]) + Sink.written  # type: ignore[index]


def growth(least: Work, first: Work, second: Work, third: Work) -> float:
    """How many times as many calls come with each byte of the third size than with smaller ones.

    What is done whatever the size is does not count: what the least size has, or what the size
    before has. Neither is right where files of one size are refused, or limits are reached, and
    those of another are not; so it is the smaller of the two. Bytes are those of the file, or those
    that are written too, whichever give the smaller number: `dump` leaves rows out of long tables.
    """
    if third.calls - second.calls < FEW_CALLS:
        return 1.0
    rates = [one.rates(least) for one in (first, second, third)]
    steps = [second.rates(first), third.rates(second)]
    return min(
        third_rate / max(before) if any(before) else 1.0  # no work at all: those were refused
        for *before, third_rate in (*zip(*rates, strict=True), *zip(*steps, strict=True))
    )


def sizes_of(made: Attack, divided: int = 4) -> tuple[int, int, int] | None:
    """Three sizes, or None for an attack that cannot be made in three.

    Args:
        made: the attack.
        divided: by how much the largest file is smaller than the large form.
    """
    third = max(made.large // divided, made.size)
    return (third // 4, third // 2, third) if made.large >= 4 * made.size > 4 else None


def growths(
    name: str, sizes: Sequence[int], only: str | None = None
) -> Iterator[tuple[str, float, list[Work]]]:
    """How fast the work of each operation grows with an attack, of three sizes and the least."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [written(name, size, Path(folder) / str(size)) for size in (LEAST, *sizes)]
        for operation in [only] if only else names_of(paths[0]):
            found = [
                in_child(partial(done, operation, path, partial(counted, size=path.stat().st_size)))
                for path in paths
            ]
            yield operation, growth(*found), found


def written(name: str, size: int, folder: Path) -> Path:
    """Write the file of an attack, in a folder that is made."""
    folder.mkdir()
    path = folder / file_name(name)
    path.write_bytes(in_child(partial(ATTACKS[name].make, size)))
    return path


def names_of(path: Path) -> list[str]:
    """The names of the operations on a file."""
    with tempfile.TemporaryDirectory() as folder:
        return list(operations(path, Path(folder)))


# --- time and memory -----------------------------------------------------------------------------


class Cost(NamedTuple):
    """Seconds of processor time, and bytes of memory beyond those before."""

    seconds: float
    memory: int


def allowed(size: int) -> int:
    """Bytes of memory that an operation may need for a file of a size."""
    return FREE + PER_BYTE * size


def measured(operation: Operation) -> Cost:
    """What an operation costs in this process."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is what is now
    before, started = _status("VmRSS"), time.process_time()
    operation()
    return Cost(time.process_time() - started, _status("VmHWM") - before)


def _status(field: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{field}:\s+(\d+) kB", text)[1]) << 10  # type: ignore[index]


class Costs(NamedTuple):
    """What all operations cost with one file."""

    size: int
    costs: dict[str, Cost]

    @property
    def row(self) -> str:
        """Size and the worst two costs: cells of a row."""
        slow = max(self.costs, key=lambda name: self.costs[name].seconds)
        large = max(self.costs, key=lambda name: self.costs[name].memory)
        seconds, memory = self.costs[slow].seconds, self.costs[large].memory
        return f"{self.size} | `{slow}` | {seconds:.1f} | `{large}` | {memory / 1e6:.0f}"


def costs(name: str, divided: int = 1) -> Costs:
    """What each operation costs with the large form of an attack, or a part of it."""
    made = ATTACKS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = written(name, max(made.large // divided, made.size), Path(folder) / "large")
        found = {one: in_child(partial(done, one, path, measured)) for one in names_of(path)}
        return Costs(path.stat().st_size, found)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks; all by default")
    parser.add_argument("--divided", type=int, help="so many times smaller files; 4 for counts")
    alone = parser.add_mutually_exclusive_group()
    alone.add_argument("--growth", action="store_true", help="count calls alone")
    alone.add_argument("--costs", action="store_true", help="measure time and memory alone")
    parser.add_argument("--write", action="store_true", help="write the costs into docs/attacks.md")
    options = parser.parse_args()
    names = options.names or [name for name, made in ATTACKS.items() if made.large > 1]
    faults, rows = 0, {}
    for name in names:
        sizes = () if options.costs else sizes_of(ATTACKS[name], options.divided or 4)
        for operation, ratio, works in growths(name, sizes) if sizes else ():
            if ratio > GROWTH:
                faults += 1
                print(f"{name}, {operation}: calls grow {ratio:.2f} times as fast: {works}")
        if options.growth:
            print(f"{name}: {faults} faults so far", flush=True)
            continue
        found = costs(name, options.divided or 1)
        for operation, cost in found.costs.items():
            if cost.memory > allowed(found.size):
                faults += 1
                print(f"{name}, {operation}: {cost.memory / 1e6:.0f} MB for {found.size} bytes")
        rows[name] = f"| `{file_name(name)}` | {ATTACKS[name].shows} | {found.row} |\n"
        print(rows[name], end="", flush=True)
        if options.write:
            write(rows)
    return int(bool(faults))


def write(rows: dict[str, str]) -> None:
    """Put rows into the document, by the names of their attacks; others stay."""
    text = FILE.read_text(encoding="utf-8")
    table = text.partition(HEAD)[2]
    had = {line.split("`")[1]: line for line in table.splitlines(keepends=True)}
    had.update({file_name(name): row for name, row in rows.items()})
    kept = [had[name] for name in map(file_name, ATTACKS) if name in had]
    FILE.write_text(with_table(text, HEAD + "".join(kept)), encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    raise SystemExit(main())
