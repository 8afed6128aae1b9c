"""`pymp4-nnr info`"""

from __future__ import annotations

import click

from ..escape import hide_secrets
from . import options

SHOWN_ROWS = 200
"""Rows of a table unless `--all` is given."""


@click.command()
@click.argument(
    "sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@click.option("--units", is_flag=True, help="Print every unit: where it lies, and what it says.")
@click.option("--tensors", is_flag=True, help="Print every tensor, and where it lies.")
@options.track
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON: the units with every syntax element, or with --tensors the tensors.",
)
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help=f"Print all rows of a table, not only {SHOWN_ROWS}, and JSON however long it is.",
)
@options.limit
def info(
    sources: tuple[str, ...],
    units: bool,
    tensors: bool,
    track_id: int | None,
    limit: int | None,
    as_json: bool,
    show_all: bool,
) -> None:
    """Show the networks in an NNR bitstream or MP4 file.

    Each network is shown at a glance: its size, how it is quantized, its largest tensors. Several
    files are an initialization segment and its media segments, in order.

    \b
    Examples:
      pymp4-nnr info model.mp4
      pymp4-nnr info model.mp4 --tensors --track 3
    """
    from ..io.source import in_its_file
    from ..operations.inspect import FileInfo
    from . import json_stream, tables

    if units and tensors:
        raise click.UsageError("choose one of --units and --tensors")
    files = options.readables(sources)
    with in_its_file(files), FileInfo(files, limit=limit) as file:
        if as_json:
            json_stream.print_file(file, tensors=tensors, track_id=track_id, any_size=show_all)
            return
        tables.print_file(
            *(hide_secrets(sources[0]), file),
            "units" if units else "tensors" if tensors else "overview",
            track_id=track_id,
            limit=None if show_all else SHOWN_ROWS,
        )
