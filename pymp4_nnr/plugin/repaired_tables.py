"""pymp4's arrays of structs of integers, as tables."""

from __future__ import annotations

import struct
from typing import Any

import construct
from construct import Construct, Container, Default, FormatField, Pass, Renamed, Restreamed, Switch

from ..boxes.constructs.arrays import Count
from ..boxes.constructs.structs import Context
from ..boxes.constructs.table_rows import TableRows
from ..boxes.constructs.tables import Table
from .repaired_bits import StrictBits, repaired_bits

LAZY_FROM = 10_001
"""Rows that a table has at least where they are made when looked at; fewer are a list of the very
class that pymp4 has, made at once, as long as that takes no time that anybody would notice."""


def repaired_table(element: Construct, count: Count | None, rows: type[TableRows]) -> Table | None:
    """A table of rows, if they are structs of integers, some of which may be missing."""
    columns: list[Any]
    if type(element) is Restreamed:
        columns = [repaired_bits(element)]
        return _StrictTable(
            *columns, count=count, rows=rows, container=Container, lazy_from=LAZY_FROM
        )
    if type(element) is not construct.Struct:
        return None
    try:
        columns = [_column(field) for field in element.subcons]
    except LookupError:
        return None
    return _StrictTable(*columns, count=count, rows=rows, container=Container, lazy_from=LAZY_FROM)


class _StrictTable(Table):
    """A table in which reserved bits that are set are an error at once, not when a row is made."""

    def parse_rows(self, stream: Any, count: int, context: Any) -> list[Any]:
        rows = super().parse_rows(stream, count, context)
        if isinstance(rows, TableRows):
            shape, data = rows.shape, rows.to_bytes()
            if isinstance(shape.bits, StrictBits):
                shape.bits.check_rows(data, 0, shape.size)
            start = 0
            for column, present in shape.columns:
                if present:
                    if isinstance(column.codec, StrictBits):
                        column.codec.check_rows(data, start, shape.size)
                    start += struct.calcsize(f">{column.letter}")
        return rows


def _column(field: Construct) -> tuple[Any, ...]:
    """A column of a table: an integer or bit fields, with a condition or in two forms or not.

    Raises:
        LookupError: it is something else, or its condition is about other columns.
    """
    name, present = field.name, None
    while type(field) in (Renamed, Default):
        field = field.subcon
    if _is_condition(field) and field.cases[False] is Pass:
        present, field = _in_row(field.keyfunc), field.cases[True]
    if _is_condition(field):
        forms = {key: _letter(case) for key, case in field.cases.items()}
        choose = _in_row(field.keyfunc)
        return name, lambda context: forms[choose(context)], None, present
    if type(field) is Restreamed:
        bits = repaired_bits(field)
        return name, bits.letters, bits, present
    return name, _letter(field), None, present


def _is_condition(field: Construct) -> bool:
    return type(field) is Switch and set(field.cases) == {True, False}


def _letter(field: Construct) -> str:
    if type(field) is not FormatField or field.fmtstr[0] != ">" or field.fmtstr[1] in "fd":
        raise LookupError("the column is not an integer")
    return str(field.fmtstr[1]).replace("L", "I").replace("l", "i")


class _Any:
    """A context that has every field."""

    def __getitem__(self, name: str) -> _Any:
        return self


def _in_row(keyfunc: Any) -> Any:
    """A condition as a row's fields ask for it, asked in the struct that the table is in.

    Raises:
        LookupError: it is about other fields of the row.
    """
    keyfunc(Context(_=_Any()))
    return lambda context: keyfunc(Context(_=context))
