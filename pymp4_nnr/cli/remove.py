"""`pymp4-nnr remove`"""

from __future__ import annotations

import click

from . import options
from .progress import progress_bar


@click.command()
@options.file_argument("source", metavar="IN.mp4")
@options.track
@options.output("The MP4 file to write.")
@options.limit
@options.force
@options.sync
@options.quiet
def remove(
    source: str,
    track_id: int | None,
    target: str,
    limit: int | None,
    force: bool,
    sync: bool,
    quiet: bool,
) -> None:
    """Remove an NNR track from an MP4 file; the other tracks stay unchanged.

    \b
    Example:
      pymp4-nnr remove enhanced.mp4 --track 3 -o plain.mp4
    """
    from ..operations.remove import remove

    with progress_bar("removing", [source], quiet=quiet) as progress:
        size = remove(
            options.readable(source),
            options.writable(target),
            track_id=track_id,
            overwrite=force,
            sync=sync,
            limit=limit,
            progress=progress,
        )
    options.say(f"{target}: {size} bytes", quiet=quiet)
