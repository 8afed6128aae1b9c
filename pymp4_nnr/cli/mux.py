"""`pymp4-nnr mux`"""

from __future__ import annotations

import click

from . import options
from .progress import progress_bar


@click.command()
@click.argument("source", metavar="IN.nnr")
@options.output("The MP4 file to write.")
@options.force
@click.option("--no-align", is_flag=True, help="No padding for file systems that share blocks.")
@options.quiet
def mux(source: str, target: str, force: bool, no_align: bool, quiet: bool) -> None:
    """Put an NNR bitstream into an MP4 file.

    IN.nnr is a sequence of NNR units (ISO/IEC 15938-17); '-' is standard input.
    """
    from ..media import mux

    with progress_bar("muxing", [source], quiet=quiet) as progress:
        size = mux(
            options.readable(source),
            options.writable(target),
            align=not no_align,
            overwrite=force,
            progress=progress,
        )
    options.say(f"{target}: {size} bytes", quiet=quiet)
