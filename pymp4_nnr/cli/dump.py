"""`pymp4-nnr dump`"""

from __future__ import annotations

import click

from . import options


@click.command()
@click.argument(
    "sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@click.option("--full", is_flag=True, help="Print every field and row, in the form of mp4dump.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every field and row.")
@click.option(
    "--box",
    "path",
    metavar="PATH",
    help="Print this box alone: moov/trak[1]/mdia, the first of a type being [0].",
)
@click.option("--depth", type=click.IntRange(1), metavar="N", help="Print so many levels of boxes.")
def dump(
    sources: tuple[str, ...], full: bool, as_json: bool, path: str | None, depth: int | None
) -> None:
    """Print the boxes of MP4 files as a tree, one line for each box.

    Fields that have their usual value are left out, and tables are shortened. Media data is not
    read. Each file is shown by itself, with offsets from its start.

    \b
    Example:
      pymp4-nnr dump model.mp4 --box moov/trak/mdia/minf/stbl
    """
    from ..escape import hide_secrets, printable
    from ..operations.dump import box_lines, boxes, tree
    from . import json_stream
    from .box_tree import print_tree
    from .streams import print_lines

    if full and (as_json or depth is not None):
        raise click.UsageError("--full stands without --json and --depth")
    if as_json:
        json_stream.print_boxes(sources, path, depth)
        return
    for index, name in enumerate(sources):
        with options.one_of(sources, name) as source:
            if full:
                for box in boxes(source, path):
                    print_lines(box_lines(box.box))
                continue
            title = ("\n" if index else "") + printable(
                f"{hide_secrets(name)}: {source.size} bytes"
            )
            print_tree(title, tree(source, path), source.size, depth)
