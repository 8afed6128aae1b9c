"""`pymp4-nnr dump`"""

from __future__ import annotations

import click

from . import options


@click.command()
@click.argument("source", metavar="FILE.mp4")
def dump(source: str) -> None:
    """Print the boxes of an MP4 file, as pymp4's mp4dump does, but for media data."""
    from ..operations.dump import box_lines, dump

    for box in dump(options.readable(source)):
        for line in box_lines(box):
            click.echo(line)
