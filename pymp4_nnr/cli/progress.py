"""A progress bar on standard error, if that is a terminal and the work takes a while."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator

from ..io.source import Source

LONG = 64 << 20
"""With fewer bytes of input there is no progress bar."""


@contextlib.contextmanager
def progress_bar(
    title: str, files: Iterable[object], *, quiet: bool, long: int = LONG
) -> Iterator[Callable[[int], None] | None]:
    """Yield a function to call with the number of bytes done since the last call, or None.

    Args:
        title: what is being done, such as ``muxing``.
        files: the inputs, as `options.readable` gives them; the total is the sum of their sizes.
        quiet: never show a bar.
        long: bytes from which on there is one.
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
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda count: bar.advance(task, count)
