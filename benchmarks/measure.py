"""Pairs of measurements, taken alternately in one run, and Markdown tables of them."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
Run = Callable[[], object]


class Skipped(Exception):
    """Why a benchmark cannot be measured here."""


@dataclass(frozen=True)
class Row:
    """Two ways to do the same, and the median seconds of each.

    Attributes:
        what: what is done.
        ours, other: seconds.
        against: what `other` is.
        ours_memory, other_memory: bytes of memory at the peak, where that is measured.
    """

    what: str
    ours: float
    other: float
    against: str
    ours_memory: float | None = None
    other_memory: float | None = None

    def __str__(self) -> str:
        ratio = self.ours / self.other
        shown = f"{ratio:.2f} x" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"
        ours = [span(self.ours), *megabytes(self.ours_memory)]
        other = [span(self.other), *megabytes(self.other_memory)]
        return f"| {' | '.join([self.what, *ours, self.against, *other, shown])} |"


def table(title: str, rows: Sequence[Row]) -> str:
    """A Markdown table."""
    measured = ["time"] if rows[0].ours_memory is None else ["time", "memory"]
    names = [title, *measured, "against", *measured, "ratio"]
    rules = ["---" if name in (title, "against") else "---:" for name in names]
    return "\n".join([f"| {' | '.join(names)} |", f"| {' | '.join(rules)} |", *map(str, rows)])


def megabytes(size: float | None) -> list[str]:
    """The cell for so many bytes, or none."""
    return [] if size is None else [f"{size / 1e6:.0f} MB"]


def span(seconds: float) -> str:
    """A time with three digits."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def seconds(run: Run) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def by_turns(
    runs: Mapping[str, Callable[[], Result]],
    rounds: int,
    prepare: Callable[[], object] = lambda: None,
) -> dict[str, list[Result]]:
    """What each of several calls returns, called by turns.

    Args:
        runs: the calls, by name.
        rounds: how many results of each are kept; before that, each runs once.
        prepare: called before each.
    """
    results: dict[str, list[Result]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            prepare()
            result = run()
            if turn:
                results[name].append(result)
    return results


def alternately(
    runs: dict[str, Run], rounds: int, prepare: Callable[[], object] = lambda: None
) -> dict[str, float]:
    """Median seconds of each of several calls, taken by turns; arguments as for `by_turns`."""
    timed = {name: partial(seconds, run) for name, run in runs.items()}
    return {
        name: statistics.median(taken) for name, taken in by_turns(timed, rounds, prepare).items()
    }


def fresh(*paths: Path) -> Callable[[], None]:
    """A `prepare` that removes outputs, and has everything written before that."""

    def prepare() -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        os.sync()

    return prepare
