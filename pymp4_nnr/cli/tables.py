"""What `info` prints for people: networks at a glance, tables of units and of tensors."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import click

from ..bitstream.unit import unit_type_name
from ..errors import NNRError
from ..escape import printable
from .columns import Column, Row, common_details, table
from .console import WIDE, is_sized, output_console
from .summary import (
    SHOWN_NAMES,
    bits_per_parameter,
    counted,
    dimensions,
    item_line,
    payload_types,
    quantization,
    tensor_details,
    tensor_names,
    track_line,
    unit_details,
)

if TYPE_CHECKING:
    from rich.text import Text

    from ..bitstream.part import Part
    from ..bitstream.tensor_index import TensorIndex
    from ..movie.nnr_track import NNRTrack
    from ..operations.inspect import FileInfo, UnitInfo

Shown: TypeAlias = Literal["overview", "units", "tensors"]
"""What of a file is printed."""

ROWS = 200
"""Rows that are laid out together: each such block of them is a table with its own header."""

_LARGEST = 5
"""Tensors that an overview names."""

_DETAILS_INDENT = 6

_WIDE_ENOUGH = 100
"""Columns from which on several names of tensors fit beside each other."""

Item = TypeVar("Item")


def print_file(
    name: str, file: FileInfo, shown: Shown, *, track_id: int | None, limit: int | None
) -> None:
    """Print what is in a file.

    Args:
        name: of the file, as the user gave it.
        file: the file.
        shown: what of it.
        track_id: print this track alone.
        limit: how many rows of a table are printed; None for all.
    """
    printer = _Printer(file, limit)
    chosen = file.track(track_id) if track_id is not None else None
    show = {
        "overview": printer.overview,
        "units": printer.units,
        "tensors": printer.tensors,
    }[shown]
    if file.format == "nnr":
        show(None, [f"{name}: NNR bitstream, {file.size} bytes"])
    else:
        tracks = counted(len(file.tracks), "NNR track") if file.tracks else "no NNR track"
        head = [f"{name}: MP4 file, {file.size} bytes, {tracks}"]
        for track in [chosen] if chosen is not None else file.tracks:
            show(track, [*head, "", *printer.wrapped(track_line(track))])
            head = []
        for line in head:
            click.echo(printable(line))
        if chosen is None and file.items:
            click.echo("")
            for item in file.items:
                printer.print_wrapped(item_line(item))
    if shown == "overview" and (file.format == "nnr" or file.tracks):
        click.echo("")
        printer.print_wrapped("--units shows the units, --tensors where each tensor lies.")


class _Printer:
    """Prints parts of a file.

    Args:
        file: the file.
        limit: how many rows of a table are printed; None for all.
    """

    def __init__(self, file: FileInfo, limit: int | None) -> None:
        self._file = file
        self._limit = limit
        self._console = output_console()
        self._width = self._console.width if is_sized() else WIDE

    def wrapped(self, text: str, indent: str = "") -> list[str]:
        """Lines of a text that fit the width, without broken words."""
        return textwrap.wrap(
            *(text, self._width),
            subsequent_indent=indent or "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )

    def print_wrapped(self, text: str, indent: str = "") -> None:
        """Print a text in lines that fit."""
        self._print_lines(self.wrapped(text, indent))

    # --- at a glance

    def overview(self, track: NNRTrack | None, head: list[str]) -> None:
        """Print a network at a glance."""
        from ..operations.overview import overview

        found = overview(self._file, track)
        self._print_lines([*head, ""])
        network = found.network
        facts = {
            "tensors": f"{network.tensors:,} in {counted(network.ndus, 'NDU')}",
            "parameters": f"{network.parameters:,}" if network.parameters else "",
            "bytes": f"{network.size:,} in NDUs",
            "bits per weight": f"{network.bits:.2f}" if network.bits is not None else "",
            "edition": str(network.edition or ""),
            "quantization": ", ".join(quantization(found)),
            "payload": payload_types(found),
            "units": _units_text(found.units),
        }
        width = max(map(len, facts))
        for title, text in facts.items():
            if text:
                self.print_wrapped(f"{title:{width}}  {text}", " " * (width + 2))
        rows = [
            Row(
                (
                    row.name,
                    row.dimensions,
                    f"{row.parameters:,}" if row.parameters else "",
                    f"{row.size:,}",
                    f"{row.size / network.size:.1%}",
                    f"{row.bits:.2f}" if row.bits is not None else "",
                )
            )
            for row in sorted(network.rows, key=lambda row: -row.size)[:_LARGEST]
        ]
        if rows:
            columns = (
                Column("largest", number=False, shrinks=True),
                Column("dimensions", number=False, shrinks=True),
                *map(Column, ("parameters", "bytes", "share", "bits/weight")),
            )
            click.echo("")
            self._print(table(columns, rows, self._width))

    # --- tables

    def units(self, track: NNRTrack | None, head: list[str]) -> None:
        """Print the units of a bitstream or track."""
        digits = len(str(self._file.size))

        def block(some: list[UnitInfo]) -> None:
            all_independent = all(info.unit.independently_decodable_flag for info in some)
            most = SHOWN_NAMES if self._width >= _WIDE_ENOUGH else 2
            rows = [_unit_row(info, digits, all_independent, most) for info in some]
            ndus = [row for row, info in zip(rows, some, strict=True) if info.unit.is_ndu]
            common = common_details(ndus)
            said = ["Every unit is independently decodable."] if all_independent else []
            if common:
                said.append(f"Every NNR_NDU: {', '.join(common)}.")
            of_ndus = {id(row) for row in ndus}
            shown = [_without(row, common) if id(row) in of_ndus else row for row in rows]
            self._print_block(_UNIT_COLUMNS, shown, " ".join(said))

        shown = self._print_rows(islice(self._file.units(track), self._limit), block, head)
        kinds = Counter(self._file.unit_types(track))
        count = sum(kinds.values())
        if count > shown:
            click.echo(f"... {count - shown} more units; --all shows them")
        self.print_wrapped(_units_text(kinds))

    def tensors(self, track: NNRTrack | None, head: list[str]) -> None:
        """Print the tensors of a bitstream or track, and where they lie."""
        index = self._file.tensors(track)
        names = ((name, part) for name, parts in index.tensors.items() for part in parts)

        def block(some: list[tuple[str, Part]]) -> None:
            rounds = {part.update_round for _, part in some}
            rows = [_tensor_row(name, part, one_round=len(rounds) == 1) for name, part in some]
            common = common_details(rows)
            said = [*common, *(f"round {number}" for number in rounds if number is not None)]
            if len(rounds) > 1:
                said = list(common)
            text = f"Every tensor: {', '.join(said)}." if said and len(rows) > 1 else ""
            self._print_block(_TENSOR_COLUMNS, [_without(row, common) for row in rows], text)

        shown = self._print_rows(islice(names, self._limit), block, head)
        left = sum(map(len, index.tensors.values())) - shown
        if left:
            click.echo(f"... {left} more rows; --all shows them")
        self.print_wrapped(_tensors_text(index))

    def _print_rows(
        self, items: Iterator[Item], block: Callable[[list[Item]], None], head: list[str]
    ) -> int:
        """Print rows, a table for each `ROWS` of them; return how many.

        Rows before a fault in the file are printed, then its error is raised.
        """
        shown = 0
        while True:
            some: list[Item] = []
            fault: NNRError | None = None
            try:
                some.extend(islice(items, ROWS))
            except NNRError as error:
                fault = error
            if head and (some or fault is None):
                self._print_lines(head)
                head = []
            if some:
                block(some)
            if fault is not None:
                raise fault
            shown += len(some)
            if len(some) < ROWS:
                return shown

    def _print_block(self, columns: Sequence[Column], rows: list[Row], said: str) -> None:
        click.echo("")
        if said:
            self.print_wrapped(said)
            click.echo("")
        self._print(table(columns, rows, self._width, indent=_DETAILS_INDENT))
        click.echo("")

    def _print(self, lines: Sequence[Text]) -> None:
        from rich.text import Text

        self._console.print(Text("\n").join(lines), soft_wrap=True)

    def _print_lines(self, lines: Sequence[str]) -> None:
        for line in lines:
            click.echo(printable(line))


_UNIT_COLUMNS = (
    *map(Column, ("index", "offset", "size")),
    Column("type", number=False),
    *map(Column, ("indep", "sample")),
    Column("tensor", number=False, shrinks=True),
    Column("dimensions", number=False, shrinks=True),
)

_TENSOR_COLUMNS = (
    Column("tensor", number=False, shrinks=True),
    *map(Column, ("round", "part", "sample", "offset", "size")),
    Column("dimensions", number=False, shrinks=True),
    Column("bits"),
)


def _unit_row(info: UnitInfo, digits: int, all_independent: bool, names: int) -> Row:
    unit = info.unit
    cells = (
        str(unit.index),
        f"{unit.offset:{digits}}",
        str(unit.size),
        unit.type_name,
        "" if all_independent else str(unit.independently_decodable_flag),
        str(info.sample or ""),
        tensor_names(info.tensors, names),
        dimensions(info.parsed.header.get("tensor_dimensions")),
    )
    return Row(cells, unit_details(info.parsed))


def _tensor_row(name: str, part: Part, *, one_round: bool) -> Row:
    whole = len(part.tensors) == 1 and part.partial_data_counter is None
    cells = (
        tensor_names((name,)),
        "" if one_round else _optional(part.update_round),
        _optional(part.partial_data_counter),
        *map(str, (part.sample_number, part.offset, part.size)),
        dimensions(part.dimensions),
        bits_per_parameter(part.size, part.dimensions) if whole else "",
    )
    return Row(cells, tensor_details(part))


def _without(row: Row, common: tuple[str, ...]) -> Row:
    return row._replace(details=tuple(word for word in row.details if word not in common))


def _units_text(kinds: Counter[int]) -> str:
    """How many units there are, of each type."""
    count = sum(kinds.values())
    listed = ", ".join(f"{number} {unit_type_name(kind)}" for kind, number in kinds.most_common())
    return f"{counted(count, 'unit')} ({listed})" if count else "no units"


def _tensors_text(index: TensorIndex) -> str:
    unnamed = index.unnamed
    more = f", {unnamed} of them without a name that can be read" if unnamed else ""
    tensors = counted(len(index.tensors), "tensor")
    return f"{tensors} in {counted(len(index.parts), 'NDU')}{more}"


def _optional(value: int | None) -> str:
    return "" if value is None else str(value)
