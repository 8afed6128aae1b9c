"""`pymp4-nnr report`"""

from __future__ import annotations

import click

from . import options
from .progress import progress_bar

LONG = 4 << 20
"""Bytes of a network that take some seconds: as many as 200,000 small units have."""


@click.command()
@click.argument(
    "sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@options.output("The page to write, in HTML.")
@click.option("--svg", is_flag=True, help="Write the picture of the file's bytes alone, as SVG.")
@options.limit
@options.force
@options.quiet
def report(
    sources: tuple[str, ...], target: str, svg: bool, limit: int | None, force: bool, quiet: bool
) -> None:
    """Write a page that shows what is in an NNR bitstream or MP4 file.

    It shows the file's bytes to scale, its boxes, the tensors, their sizes, and the tracks in
    time. It is one file, which needs no network. Several files are an initialization segment and
    its media segments, in order.

    \b
    Example:
      pymp4-nnr report model.mp4 -o report.html
    """
    from ..operations.report.page import name_of, report

    files = options.readables(sources)
    name = "standard input" if sources[0] == options.STANDARD_STREAM else name_of(sources[0])
    with progress_bar("reading", files, quiet=quiet, long=LONG) as progress:
        size = report(
            files,
            options.writable(target),
            svg=svg,
            name=name,
            overwrite=force,
            limit=limit,
            progress=progress,
        )
    options.say(f"{target}: {size} bytes", quiet=quiet)
