"""Measuring pairs, each alternately in one run, and printing them as a Markdown table."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Run = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """Two ways to do the same, and the median seconds of each.

    Attributes:
        what: what is done.
        ours, other: seconds.
        against: what `other` is.
    """

    what: str
    ours: float
    other: float
    against: str

    def __str__(self) -> str:
        ratio = self.ours / self.other
        shown = f"{ratio:.2f} x" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"
        cells = (self.what, span(self.ours), self.against, span(self.other), shown)
        return f"| {' | '.join(cells)} |"


def table(title: str, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    head = f"| {title} | time | against | time | ratio |\n| --- | ---: | --- | ---: | ---: |"
    return "\n".join([head, *map(str, rows)])


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


def alternately(
    runs: dict[str, Run], rounds: int, prepare: Callable[[], object] = lambda: None
) -> dict[str, float]:
    """Median seconds of each of several calls, taken by turns.

    Args:
        runs: the calls, by name.
        rounds: how often each is measured; before that, each runs once.
        prepare: called before each, and not measured.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            prepare()
            took = seconds(run)
            if turn:
                times[name].append(took)
    return {name: statistics.median(taken) for name, taken in times.items()}


def fresh(*paths: Path) -> Callable[[], None]:
    """A `prepare` that removes outputs, and has everything written before that."""

    def prepare() -> None:
        for path in paths:
            path.unlink(missing_ok=True)
        os.sync()

    return prepare
