"""`pymp4-nnr append`"""

from __future__ import annotations

import click

from . import options
from .progress import progress_bar


@click.command()
@options.file_argument("path", metavar="MODEL.mp4")
@options.file_argument("source", metavar="ROUND.nnr")
@options.track
@options.verify
@options.limit
@options.time("--at", "When the round arrived (ISO 8601, or seconds since 1970).")
@options.quiet
def append(
    path: str,
    source: str,
    track_id: int | None,
    verify: bool,
    limit: int | None,
    at: float | None,
    quiet: bool,
) -> None:
    """Add the next round of training to an MP4 file, at its end.

    What is in the file is not rewritten, if it was made by mux --appendable or --fragment.

    \b
    Example:
      pymp4-nnr append rounds.mp4 round2.nnr --at 2026-11-25T12:00
    """
    from ..operations.append import append

    with progress_bar("appending", [path, source], quiet=quiet) as progress:
        done = append(
            path,
            options.readable(source),
            track_id=track_id,
            at=at,
            verify=verify,
            limit=limit,
            progress=progress,
        )
    if done.repaired:
        options.say(f"{path}: {done.repaired} bytes that were left behind, removed", quiet=quiet)
    if done.rewritten:
        options.say(f"{path}: rewritten once, so that rounds can follow", quiet=quiet)
    options.say(f"{path}: round {done.number}, {done.written} bytes", quiet=quiet)
