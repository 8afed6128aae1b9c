"""Tables: many rows of fixed-size integer fields."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from construct import Container

from ...errors import BoxBuildError
from ..reader import window_on
from .arrays import Count, Rows, check_count, counted_by
from .bits import Bits
from .build_values import field_of
from .containers import Fields
from .integers import packed_integers
from .table_rows import Column, CompactRows, RowShape, TableRows
from .when import HeaderFunction

MOST_EMPTY_ROWS = 64
"""Rows without a field of their own that are made at once: they cost no bytes."""


class Table(Rows):
    """Many rows of fixed-size integer fields, as a list of Containers made when looked at.

    Where there is one column, an `array` of its integers builds without an object for each row.

    Args:
        columns: name and struct letter, or `Column`s; or `Bits` alone, whose fields the rows have.
        count: as in `Repeat`; None: to the end, or given by `Counted`.
        rows: the class of the list.
        container: the class of rows.
        lazy_from: tables of fewer rows are a list of the class that `rows` stands for.
    """

    __slots__ = (
        "_flags",
        "_shapes",
        "_shapes_by_header",
        "bits",
        "columns",
        "container",
        "count",
        "lazy_from",
        "rows",
    )

    def __init__(
        self,
        *columns: tuple[Any, ...] | Bits,
        count: Count | None = None,
        rows: type[TableRows] = CompactRows,
        container: type[Container] = Fields,
        lazy_from: int = 0,
    ) -> None:
        super().__init__()
        self.lazy_from = lazy_from
        self.bits = columns[0] if isinstance(columns[0], Bits) else None
        self.columns = () if self.bits else tuple(Column(*column) for column in columns)
        self.count = count
        self.rows = rows
        self.container = container
        self._shapes: dict[Any, RowShape] = {}
        self._flags = _flags(self.columns)
        self._shapes_by_header: dict[Any, RowShape] = {}

    def shape(self, context: Container) -> RowShape:
        """How rows are stored in the box with this context."""
        if self._flags is None:
            return self._shape(context)
        key = (context["version"], *map(context["flags"].__getitem__, self._flags))
        shape = self._shapes_by_header.get(key)
        if shape is None:
            shape = self._shapes_by_header[key] = self._shape(context)
        return shape

    def _shape(self, context: Container) -> RowShape:
        key = tuple(
            (
                letter(context) if callable(letter) else letter,
                present is None or bool(present(context)),
            )
            for _, letter, _, present in self.columns
        )
        shape = self._shapes.get(key)
        if shape is None:
            columns = tuple(
                (column._replace(letter=letter), present)
                for column, (letter, present) in zip(self.columns, key, strict=True)
            )
            shape = RowShape(columns, self.bits, self.container)
            shape = self._shapes.setdefault(key, shape)
        return shape

    def parse_rows(self, stream: Any, count: int, context: Container) -> list[Any]:
        window = window_on(stream)
        shape = self.shape(context)
        check_count(count, shape.size, window.remaining)
        data = window.read(count * shape.size)
        if count < (self.lazy_from if shape.size else min(self.lazy_from, MOST_EMPTY_ROWS)):
            return self.rows.stands_for([shape.row(data, index) for index in range(count)])
        return self.rows(shape, data, count)

    def _parse(self, stream: Any, context: Container, path: str) -> list[Any]:
        window = window_on(stream)
        if self.count is None:
            size = self.shape(context).size
            count = window.remaining // size if size else 0
        else:
            count = counted_by(self.count, context)
        return self.parse_rows(window, count, context)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        shape = self.shape(context)
        rows = obj if hasattr(obj, "__len__") else list(obj)
        if self.count is not None:
            count = counted_by(self.count, context)
            if len(rows) != count:
                raise BoxBuildError(f"{field_of(path)} has {len(rows)} rows, not {count}")
        if isinstance(rows, TableRows) and rows.shape.layout == shape.layout:
            stream.write(rows.to_bytes())
        elif isinstance(rows, array) and len(shape.columns) == 1:
            try:
                stream.write(packed_integers(rows, str(shape.columns[0][0].letter)))
            except OverflowError as error:
                raise BoxBuildError(f"{field_of(path)}: {error}") from error
        else:
            stream.write(shape.join(rows))


def _flags(columns: Sequence[Column]) -> list[str] | None:
    """The named flags on which the shape of rows depends, and on the version, but nothing else.

    None if it depends on something else, or on neither.
    """
    letters = [column.letter for column in columns if callable(column.letter)]
    present = [column.present for column in columns if column.present is not None]
    if not present or not all(isinstance(one, HeaderFunction) for one in (*letters, *present)):
        return None
    flags = [one.flag for one in present if isinstance(one, HeaderFunction)]
    return None if None in flags else [flag for flag in flags if flag is not None]
