"""Tables of units and of tensors on standard output."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import click

from ..bitstream.unit import unit_type_name
from ..errors import NNRError
from ..escape import printable
from .summary import (
    counted,
    dimensions,
    item_line,
    tensor_details,
    tensor_names,
    track_line,
    unit_details,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..bitstream.tensor_index import TensorIndex
    from ..movie.nnr_track import NNRTrack
    from ..operations.inspect import FileInfo, UnitInfo

ROWS = 200
"""Rows that are laid out together: each such block of them is a table with its own header."""

WIDTH = 160
"""Columns of a table that is not printed on a terminal, unless COLUMNS is set."""

Row = TypeVar("Row")


def print_file(name: str, file: FileInfo, *, tensors: bool, limit: int | None) -> None:
    """Print what is in a file.

    Args:
        name: of the file, as the user gave it.
        file: the file.
        tensors: print the tensors and where they are, not the units.
        limit: how many rows are printed; None for all.
    """
    show = _print_tensors if tensors else _print_units
    if file.format == "nnr":
        click.echo(f"{name}: NNR bitstream, {file.size} bytes")
        show(file, None, limit)
        return
    tracks = counted(len(file.tracks), "NNR track") if file.tracks else "no NNR track"
    click.echo(f"{name}: MP4 file, {file.size} bytes, {tracks}")
    for track in file.tracks:
        click.echo(f"\n{track_line(track)}")
        show(file, track, limit)
    if file.items:
        click.echo("")
    for item in file.items:
        click.echo(item_line(item))


def _print_units(file: FileInfo, track: NNRTrack | None, limit: int | None) -> None:
    digits = len(str(file.size))

    def table(rows: list[UnitInfo]) -> Table:
        return _units_table(rows, digits, samples=track is not None)

    shown = _print_rows(islice(file.units(track), limit), table)
    kinds = Counter(file.unit_types(track))
    count = sum(kinds.values())
    if count > shown:
        click.echo(f"... {count - shown} more units; --all shows them")
    listed = ", ".join(f"{number} {unit_type_name(kind)}" for kind, number in kinds.most_common())
    click.echo(f"{counted(count, 'unit')} ({listed})" if count else "no units")


def _print_tensors(file: FileInfo, track: NNRTrack | None, limit: int | None) -> None:
    index = file.tensors(track)

    def table(rows: list[tuple[str, int]]) -> Table:
        return _tensors_table(index, rows)

    rows = [(name, place) for name, parts in index.tensors.items() for place in range(len(parts))]
    shown = _print_rows(iter(rows[:limit]), table)
    if len(rows) > shown:
        click.echo(f"... {len(rows) - shown} more rows; --all shows them")
    unnamed = sum(not part.tensors for part in index.parts)
    more = f", {unnamed} of them without a name that can be read" if unnamed else ""
    tensors = counted(len(index.tensors), "tensor")
    click.echo(f"{tensors} in {counted(len(index.parts), 'NDU')}{more}")


def _print_rows(rows: Iterator[Row], table: Callable[[list[Row]], Table]) -> int:
    """Print rows, a table for each `ROWS` of them; return how many.

    Rows before a fault in the file are printed, then its error is raised.
    """
    console = _console()
    shown = 0
    while True:
        some: list[Row] = []
        try:
            some.extend(islice(rows, ROWS))
        except NNRError:
            if some:
                console.print(table(some))
            raise
        if some:
            console.print(table(some))
        shown += len(some)
        if len(some) < ROWS:
            return shown


def _console() -> Console:
    from rich.console import Console

    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return Console(highlight=False)
    return Console(width=WIDTH, highlight=False)


def _table(*columns: tuple[str, str]) -> Table:
    """A table with these columns: each a title and ``number``, ``word``, or ``text`` that wraps."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for title, kind in columns:
        if kind == "text":
            table.add_column(title, overflow="fold")
        else:
            table.add_column(title, justify="right" if kind == "number" else "left", no_wrap=True)
    return table


def _units_table(rows: list[UnitInfo], digits: int, *, samples: bool) -> Table:
    from rich.text import Text

    table = _table(
        *((title, "number") for title in ("index", "offset", "size")),
        ("type", "word"),
        ("indep", "number"),
        *([("sample", "number")] if samples else []),
        ("tensor", "text"),
        ("dimensions", "text"),
        ("details", "text"),
    )
    for row in rows:
        unit = row.unit
        cells = [
            str(unit.index),
            f"{unit.offset:{digits}}",
            str(unit.size),
            unit.type_name,
            str(unit.independently_decodable_flag),
            *([str(row.sample or "")] if samples else []),
            tensor_names(row.tensors),
            dimensions(row.parsed.header.get("tensor_dimensions")),
            unit_details(row.parsed),
        ]
        table.add_row(*map(Text, cells))
    return table


def _tensors_table(index: TensorIndex, rows: list[tuple[str, int]]) -> Table:
    from rich.text import Text

    parts = [index.tensors[name][place] for name, place in rows]
    rounds = any(part.update_round is not None for part in parts)
    counters = any(part.partial_data_counter is not None for part in parts)
    table = _table(
        ("tensor", "text"),
        *([("round", "number")] if rounds else []),
        *([("part", "number")] if counters else []),
        *((title, "number") for title in ("sample", "offset", "size")),
        ("dimensions", "text"),
        ("details", "text"),
    )
    for (name, _), part in zip(rows, parts, strict=True):
        cells = [
            printable(name),
            *([_optional(part.update_round)] if rounds else []),
            *([_optional(part.partial_data_counter)] if counters else []),
            *map(str, (part.sample_number, part.offset, part.size)),
            dimensions(part.dimensions),
            tensor_details(part),
        ]
        table.add_row(*map(Text, cells))
    return table


def _optional(value: int | None) -> str:
    return "" if value is None else str(value)
