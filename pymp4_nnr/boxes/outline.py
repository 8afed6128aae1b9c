"""A parsed box as short text in bounded space: for pages and pictures, not for building."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..escape import printable
from .header import show_code
from .nesting import PlacedBox
from .text import NotRead, parse_box

SHOWN_TEXT = 160
"""Characters of a value; longer ones are cut."""

SHOWN_BYTES = 24
SHOWN_ITEMS = 12
FIRST_ROWS = 4
SHOWN_CHILDREN = 60
"""Boxes in one box; of more, these without the last, and the last."""


@dataclass(frozen=True, slots=True)
class TableText:
    """A table in a box, shortened.

    Attributes:
        name: of the field.
        columns: names of the fields of a row.
        first: the first rows, as text.
        last: the last row, if it is not among the first.
        count: how many rows there are.
    """

    name: str
    columns: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]
    last: tuple[str, ...] | None
    count: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A box, sample entry or NNR unit, shortened.

    Attributes:
        type: four-character code, or the name of the unit's type.
        offset: of its first byte in the file; None where it is not known.
        size: in bytes; None where it is not known.
        fields: name and value of each, as text.
        tables: lists of structures.
        children: what lies in it.
        left_out: how many more children there are, before the last.
    """

    type: str
    offset: int | None
    size: int | None
    fields: tuple[tuple[str, str], ...] = ()
    tables: tuple[TableText, ...] = ()
    children: tuple[Outline, ...] = ()
    left_out: int = 0


class Outliner:
    """Makes outlines until enough has been shown; what comes then has neither fields nor children.

    Args:
        boxes: how many boxes may have fields.
        characters: how much text of fields may be made.
    """

    def __init__(self, boxes: int = 2000, characters: int = 600_000) -> None:
        self._boxes = boxes
        self._characters = characters

    def box(self, data: bytes, offset: int) -> Outline:
        """Outline one box.

        Args:
            data: the whole box.
            offset: of its first byte in the file.

        Raises:
            BoxParseError: `data` is not one box.
        """
        return self._outline(PlacedBox.top_level(parse_box(data, offset), data))

    def _outline(self, placed: PlacedBox) -> Outline:
        name = printable(show_code(placed.type))
        if self._boxes <= 0 or self._characters <= 0:
            return Outline(name, placed.offset, placed.size)
        self._boxes -= 1
        values, inner = placed.split()
        fields, tables, units = self._fields(values)
        kept = inner if len(inner) <= SHOWN_CHILDREN else [*inner[: SHOWN_CHILDREN - 1], inner[-1]]
        children = [*units, *map(self._outline, kept)]
        return Outline(
            name,
            placed.offset,
            placed.size,
            tuple(fields),
            tuple(tables),
            tuple(children),
            len(inner) - len(kept),
        )

    def _fields(
        self, values: Iterable[tuple[str, Any]]
    ) -> tuple[list[tuple[str, str]], list[TableText], list[Outline]]:
        """Fields, tables and NNR units among the values of a box."""
        fields: list[tuple[str, str]] = []
        tables: list[TableText] = []
        units: list[Outline] = []
        for name, value in values:
            if isinstance(value, list) and value and isinstance(value[0], dict):
                if "nnr_unit_type" in value[0]:
                    units += [self._unit(unit) for unit in value[:SHOWN_CHILDREN]]
                else:
                    tables.append(self._table(str(name), value))
            elif value is not None:
                text = _text(value)
                self._characters -= len(text)
                fields.append((printable(str(name)), text))
        return fields, tables, units

    def _unit(self, unit: Any) -> Outline:
        """A unit of `nnrC`, with its syntax elements."""
        elements = {**(unit.get("header") or {}), **(unit.get("payload") or {})}
        values = [*elements.items(), ("sample_position", unit.get("sample_position"))]
        fields, tables, _ = self._fields(values) if self._characters > 0 else ([], [], [])
        return Outline(
            printable(str(unit["nnr_unit_type"])),
            unit.get("offset"),
            unit["nnr_unit_size"],
            tuple(fields),
            tuple(tables),
        )

    def _table(self, name: str, rows: Any) -> TableText:
        count = len(rows)
        first = list(islice(rows, FIRST_ROWS))
        last = rows[count - 1] if count > FIRST_ROWS else None
        columns = tuple(str(key) for key in first[0] if not str(key).startswith("_"))
        texts = tuple(self._cells(row, columns) for row in first)
        return TableText(
            name=printable(name),
            columns=tuple(map(printable, columns)),
            first=texts,
            last=None if last is None else self._cells(last, columns),
            count=count,
        )

    def _cells(self, row: Any, columns: tuple[str, ...]) -> tuple[str, ...]:
        cells = tuple(_text(row.get(name, "")) if isinstance(row, dict) else "" for name in columns)
        self._characters -= sum(map(len, cells))
        return cells


def _text(value: Any) -> str:
    """A value as text of at most `SHOWN_TEXT` characters."""
    text = "".join(_words(value))
    return text if len(text) <= SHOWN_TEXT else text[: SHOWN_TEXT - 1] + "…"


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, (bytes, bytearray)):
        yield _bytes_text(bytes(value[: SHOWN_BYTES + 1]), len(value))
    elif isinstance(value, NotRead):
        yield str(value)
    elif isinstance(value, dict):
        shown = [(key, item) for key, item in value.items() if not str(key).startswith("_")]
        yield ", ".join(f"{key} {_text(item)}" for key, item in shown[:SHOWN_ITEMS])
        yield ", …" if len(shown) > SHOWN_ITEMS else ""
    elif isinstance(value, list):
        yield ", ".join(map(_text, islice(value, SHOWN_ITEMS)))
        yield f", … ({len(value)})" if len(value) > SHOWN_ITEMS else ""
    elif isinstance(value, float) and value.is_integer():
        yield str(int(value))
    else:
        yield printable(str(value)[: SHOWN_TEXT + 1])


def _bytes_text(data: bytes, size: int) -> str:
    """Bytes as text where they are a code of printable characters, else in hexadecimal."""
    if 0 < size <= 4 and all(0x20 <= byte < 0x7F for byte in data):
        return data.decode("ascii")
    shown = data[:SHOWN_BYTES].hex(" ", -4)
    return f"{shown} … ({size} bytes)" if size > SHOWN_BYTES else shown or "empty"
