"""A progress bar on standard error, if that is a terminal and the work takes a while."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..io.progress import StepProgress
from ..io.source import Source

if TYPE_CHECKING:
    from rich.progress import Progress

LONG = 64 << 20
"""With fewer bytes of input there is no progress bar."""


class Bar(StepProgress):
    """A bar on the terminal, which ends at 100 %.

    Until the operation says how long its step is, the bar shows that it is at work; one that
    never says so is expected to handle as many bytes as its input has.
    """

    def __init__(self, bars: Progress, title: str, expected: int) -> None:
        self._bars = bars
        self._expected: int | None = expected
        self._done = self._shown = self._total = 0
        self._task = bars.add_task(title, total=None)

    def begin(self, step: str, total: int) -> None:
        self._expected = None
        self._done, self._shown, self._total = 0, 0, total
        self._bars.reset(self._task, total=total, description=step)

    def __call__(self, count: int) -> None:
        if self._expected is not None:
            self._total, self._expected = self._expected, None
        self._done += count
        self._total = max(self._total, self._done)
        if self._done - self._shown <= self._total >> 10:  # nobody sees that; units are small
            return
        self._shown = self._done
        self._bars.update(self._task, completed=self._done, total=self._total)

    def finish(self) -> None:
        """Show that all is done."""
        done = max(self._done, 1)
        self._bars.update(self._task, completed=done, total=done)


@contextlib.contextmanager
def progress_bar(
    title: str, files: Iterable[object], *, quiet: bool, long: int = LONG
) -> Iterator[Bar | None]:
    """Yield a function to call with the number of bytes done since the last call, or None.

    Args:
        title: what is being done, such as ``muxing``.
        files: the inputs, as `options.readable` gives them.
        quiet: never show a bar.
        long: bytes of input from which on there is one.
    """
    total = 0
    for file in files:
        if isinstance(file, Source):
            total += file.size
        elif isinstance(file, str):
            with contextlib.suppress(OSError):
                total += os.stat(file).st_size  # noqa: PTH116 - "" and such are no paths
    if quiet or total < long or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        DownloadColumn(binary_units=True),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = Bar(bars, title, total)
        yield bar
        bar.finish()
