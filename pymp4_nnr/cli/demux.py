"""`pymp4-nnr demux`"""

from __future__ import annotations

import click

from . import options
from .progress import progress_bar


@click.command()
@click.argument("sources", metavar="IN.mp4 [SEGMENT...]", nargs=-1, required=True)
@options.output("The NNR bitstream to write.")
@options.track
@options.force
@options.quiet
def demux(
    sources: tuple[str, ...], target: str, track_id: int | None, force: bool, quiet: bool
) -> None:
    """Restore the NNR bitstream of an MP4 file, byte for byte.

    Several files are an initialization segment and its media segments, in order.
    """
    from ..operations.demux import demux

    files = [options.readable(source) for source in sources]
    with progress_bar("demuxing", sources, quiet=quiet) as progress:
        size = demux(
            files,
            options.writable(target),
            track_id=track_id,
            overwrite=force,
            progress=progress,
        )
    options.say(f"{target}: {size} bytes", quiet=quiet)
