"""`pymp4-nnr info`"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import options

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..bitstream import TensorIndex
    from ..movie.nnr_track import NNRTrack
    from ..operations.inspect import FileInfo, UnitInfo

SHOWN_UNITS = 200
"""Rows of a table unless `--all` is given."""

WIDTH = 160
"""Columns of a table that is not printed on a terminal, unless COLUMNS is set."""

_SPOOL_SIZE = 1 << 20

Row = TypeVar("Row")


@click.command()
@click.argument("sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True)
@click.option("--tensors", is_flag=True, help="Show the tensors and where they are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every syntax element.")
@click.option(
    "--all", "show_all", is_flag=True, help=f"Print more than {SHOWN_UNITS} rows of a table."
)
def info(sources: tuple[str, ...], tensors: bool, as_json: bool, show_all: bool) -> None:
    """Show the units of an NNR bitstream, or of the NNR tracks of an MP4 file.

    Several files are an initialization segment and its media segments, in order.
    """
    from ..operations.inspect import FileInfo

    files = [options.readable(source) for source in sources]
    with FileInfo(files) as file:
        if as_json:
            _write_json(_json(file, tensors=tensors))
        else:
            _print(sources[0], file, tensors=tensors, show_all=show_all)


# --- JSON, made unit by unit: a million of them need no memory --------------------------------


def _write_json(parts: Iterable[str]) -> None:
    """Print it once it is whole: a file that is broken further on gives no half of a document."""
    with tempfile.SpooledTemporaryFile(_SPOOL_SIZE) as spool:
        for part in parts:
            spool.write(part.encode())
        spool.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(spool, sys.stdout.buffer, _SPOOL_SIZE)
        sys.stdout.buffer.flush()


def _json(file: FileInfo, *, tensors: bool) -> Iterator[str]:
    from ..operations.inspect import track_record
    from ..operations.tensors import tensor_records

    def items(track: NNRTrack | None) -> Iterator[str]:
        if tensors:
            return map(_dump, tensor_records(file.tensors(track)))
        return (_dump(unit.record()) for unit in file.units(track))

    name = "tensors" if tensors else "units"
    if file.format == "nnr":
        yield from _object(file.record(), name, items(None))
    else:
        yield f"{_dump(file.record())[:-1]}, {_dump('tracks')}: ["
        for number, track in enumerate(file.tracks):
            yield ",\n" if number else "\n"
            yield from _object(track_record(track), name, items(track))
        yield "\n]}"
    yield "\n"


def _object(fields: dict[str, Any], name: str, items: Iterable[str]) -> Iterator[str]:
    yield f"{_dump(fields)[:-1]}, {_dump(name)}: ["
    separator = "\n"
    for item in items:
        yield separator + item
        separator = ",\n"
    yield "\n]}"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- tables -----------------------------------------------------------------------------------


def _print(name: str, file: FileInfo, *, tensors: bool, show_all: bool) -> None:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    show = _print_tensors if tensors else _print_units
    if file.format == "nnr":
        click.echo(f"{name}: NNR bitstream, {file.size} bytes")
        show(file, None, show_all=show_all)
        return
    from ..operations.unit_summary import counted

    tracks = counted(len(file.tracks), "NNR track") if file.tracks else "no NNR track"
    click.echo(f"{name}: MP4 file, {file.size} bytes, {tracks}")
    for track in file.tracks:
        click.echo(f"\n{_track_line(track)}")
        show(file, track, show_all=show_all)


def _track_line(track: NNRTrack) -> str:
    from ..operations.unit_summary import counted, printable

    time = f"{track.duration / track.timescale:g} s" if track.timescale else "no timescale"
    return (
        f"track {track.track_id}: {printable(track.name)!r}, {track.sample_entry}, "
        f"handler {printable(track.handler_type)!r}, timescale {track.timescale}, "
        f"duration {track.duration} ({time}), {counted(len(track.samples), 'sample')}"
    )


def _print_units(file: FileInfo, track: NNRTrack | None, *, show_all: bool) -> None:
    from ..bitstream import unit_type_name
    from ..operations.unit_summary import counted

    digits = len(str(file.size))

    def table(rows: list[UnitInfo]) -> Table:
        return _units_table(rows, digits, samples=track is not None)

    shown = _print_rows(file.units(track), table, show_all=show_all)
    kinds = Counter(file.unit_types(track))
    count = sum(kinds.values())
    if count > shown:
        click.echo(f"... {count - shown} more units; --all shows them")
    listed = ", ".join(f"{number} {unit_type_name(kind)}" for kind, number in kinds.most_common())
    click.echo(f"{counted(count, 'unit')} ({listed})" if count else "no units")


def _print_tensors(file: FileInfo, track: NNRTrack | None, *, show_all: bool) -> None:
    index = file.tensors(track)

    def table(rows: list[tuple[str, int]]) -> Table:
        return _tensors_table(index, rows)

    rows = [(name, place) for name, parts in index.tensors.items() for place in range(len(parts))]
    shown = _print_rows(iter(rows), table, show_all=show_all)
    if len(rows) > shown:
        click.echo(f"... {len(rows) - shown} more rows; --all shows them")
    from ..operations.unit_summary import counted

    unnamed = sum(not part.tensors for part in index.parts)
    more = f", {unnamed} of them without a name that can be read" if unnamed else ""
    tensors = counted(len(index.tensors), "tensor")
    click.echo(f"{tensors} in {counted(len(index.parts), 'NDU')}{more}")


def _print_rows(rows: Iterator[Row], table: Any, *, show_all: bool) -> int:
    """Print rows, a table for each `SHOWN_UNITS` of them; return how many.

    What comes before a fault is printed: it may show where the fault comes from.
    """
    from ..errors import NNRError

    console = _console()
    shown = 0
    while True:
        some: list[Row] = []
        try:
            some.extend(islice(rows, SHOWN_UNITS))
        except NNRError:
            if some:
                console.print(table(some))
            raise
        if some:
            console.print(table(some))
        shown += len(some)
        if len(some) < SHOWN_UNITS or not show_all:
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

    from ..operations.unit_summary import describe, dimensions_text, names_text

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
            names_text(row.tensors),
            dimensions_text(row.parsed.header.get("tensor_dimensions")),
            describe(row.parsed),
        ]
        table.add_row(*map(Text, cells))
    return table


def _tensors_table(index: TensorIndex, rows: list[tuple[str, int]]) -> Table:
    from rich.text import Text

    from ..operations.unit_summary import dimensions_text, payload_type_text, printable

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
        details = [payload_type_text(part.payload_type)]
        if len(part.tensors) > 1:
            details.append(f"block of {len(part.tensors)}, dimensions of its weight")
        if part.incomplete:
            details.append(f"incomplete: {part.incomplete}")
        cells = [
            printable(name),
            *([_optional(part.update_round)] if rounds else []),
            *([_optional(part.partial_data_counter)] if counters else []),
            *map(str, (part.sample_number, part.offset, part.size)),
            dimensions_text(part.dimensions),
            ", ".join(filter(None, details)),
        ]
        table.add_row(*map(Text, cells))
    return table


def _optional(value: int | None) -> str:
    return "" if value is None else str(value)
