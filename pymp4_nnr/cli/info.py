"""`pymp4-nnr info`"""

from __future__ import annotations

import click

from ..escape import hide_secrets
from . import options

SHOWN_ROWS = 200
"""Rows of a table unless `--all` is given."""


@click.command()
@click.argument("sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True)
@click.option(
    "--tensors", is_flag=True, help="Show the tensors and where they lie, instead of units."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every syntax element.")
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help=f"Print all rows of a table, not only {SHOWN_ROWS}, and JSON however long it is.",
)
def info(sources: tuple[str, ...], tensors: bool, as_json: bool, show_all: bool) -> None:
    """Show the units of an NNR bitstream, or of the NNR tracks of an MP4 file.

    Several files are an initialization segment and its media segments, in order.
    """
    from ..operations.inspect import FileInfo
    from . import json_stream, tables

    with FileInfo(options.readables(sources)) as file:
        if as_json:
            json_stream.print_file(file, tensors=tensors, any_size=show_all)
        else:
            limit = None if show_all else SHOWN_ROWS
            tables.print_file(hide_secrets(sources[0]), file, tensors=tensors, limit=limit)
