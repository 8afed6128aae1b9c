"""`pymp4-nnr info`"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from . import options

if TYPE_CHECKING:
    from ..media.info import FileInfo, UnitInfo

SHOWN_UNITS = 200
"""Rows of a table unless `--all` is given."""


@click.command()
@click.argument("sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "show_all", is_flag=True, help=f"Print more than {SHOWN_UNITS} units.")
def info(sources: tuple[str, ...], as_json: bool, show_all: bool) -> None:
    """Show the units of an NNR bitstream, or of the NNR tracks of an MP4 file.

    Several files are an initialization segment and its media segments, in order.
    """
    from ..media.info import FileInfo

    files = [options.readable(source) for source in sources]
    with FileInfo(files if len(files) > 1 else files[0]) as file:
        if as_json:
            for part in _json(file):
                sys.stdout.write(part)
        else:
            _print(sources[0], file, show_all=show_all)


# --- JSON, written unit by unit: a million of them need no memory ----------------------------


def _json(file: FileInfo) -> Iterator[str]:
    from ..media.info import track_record

    if file.format == "nnr":
        yield from _object(file.record(), "units", (_dump(u.record()) for u in file.units()))
    else:
        tracks = (
            "".join(_object(track_record(t), "units", (_dump(u.record()) for u in file.units(t))))
            for t in file.tracks
        )
        yield from _object(file.record(), "tracks", tracks)
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


def _print(name: str, file: FileInfo, *, show_all: bool) -> None:
    if file.format == "nnr":
        kinds, count = _print_units(file.units(), show_all=show_all, samples=False)
        click.echo(f"{name}: NNR bitstream, {file.size} bytes, {_count(kinds, count)}")
        return
    if not file.tracks:
        click.echo(f"{name}: MP4 file, {file.size} bytes, no NNR track")
        return
    for track in file.tracks:
        kinds, count = _print_units(file.units(track), show_all=show_all, samples=True)
        click.echo(
            f"{name}: MP4 file, {file.size} bytes, track {track.track_id} ({track.name}): "
            f"{len(track.samples)} samples, {_count(kinds, count)}"
        )


def _count(kinds: Counter[str], count: int) -> str:
    listed = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    return f"{count} units ({listed})"


def _print_units(
    units: Iterator[UnitInfo], *, show_all: bool, samples: bool
) -> tuple[Counter[str], int]:
    """Print a table of units; return how many there are of each type, and in all."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    kinds: Counter[str] = Counter()
    count = 0
    console = Console() if sys.stdout.isatty() else Console(width=200)
    more = True
    while more:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=count == 0)
        for title in ("index", "offset", "size"):
            table.add_column(title, justify="right", min_width=len(str(10**7)))
        table.add_column("type", min_width=len("NNR_UNSP_40"))
        for title in ("independent", "partial", *(["sample"] if samples else [])):
            table.add_column(title, justify="right", min_width=len(title))
        more = False
        for info in islice(units, SHOWN_UNITS):
            unit = info.unit
            counter = unit.partial_data_counter
            table.add_row(
                str(unit.index),
                str(unit.offset),
                str(unit.size),
                unit.type_name,
                str(unit.independently_decodable_flag),
                "" if counter is None else str(counter),
                *([str(info.sample or "")] if samples else []),
            )
            kinds[unit.type_name] += 1
            count += 1
            more = True
        if table.row_count:
            console.print(table)
        if not show_all:
            break
    hidden = 0
    for info in units:
        kinds[info.unit.type_name] += 1
        hidden += 1
    if hidden:
        click.echo(f"... {hidden} more units; --all shows them")
    return kinds, count + hidden
