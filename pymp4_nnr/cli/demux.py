"""`pymp4-nnr demux`"""

from __future__ import annotations

import click

from . import options
from .progress import progress_bar


@click.command()
@click.argument(
    "sources", metavar="IN.mp4 [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@options.output("The NNR bitstream to write.")
@options.track
@click.option(
    "--item",
    "item_id",
    type=click.IntRange(0),
    metavar="ID",
    help="The bytes of an NNR item in a meta box, by item_ID.",
)
@click.option("--round", "number", type=click.IntRange(1), metavar="N", help="One round alone.")
@options.time("--as-of", "Only the rounds of training that had arrived by then.")
@options.limit
@options.force
@options.sync
@options.quiet
def demux(
    sources: tuple[str, ...],
    target: str,
    track_id: int | None,
    item_id: int | None,
    number: int | None,
    as_of: float | None,
    limit: int | None,
    force: bool,
    sync: bool,
    quiet: bool,
) -> None:
    """Restore the NNR bitstream of an MP4 file, byte for byte.

    Several files are an initialization segment and its media segments, in order.

    \b
    Example:
      pymp4-nnr demux enhanced.mp4 --track 3 -o model.nnr
    """
    from ..operations.demux import demux

    if item_id is not None and not track_id is number is as_of is None:
        raise click.UsageError("--item stands alone")

    files = options.readables(sources)
    with progress_bar("demuxing", files, quiet=quiet) as progress:
        size = demux(
            files,
            options.writable(target),
            track_id=track_id,
            rounds=number,
            as_of=as_of,
            item_id=item_id,
            overwrite=force,
            sync=sync,
            limit=limit,
            progress=progress,
        )
    options.say(f"{target}: {size} bytes", quiet=quiet)
