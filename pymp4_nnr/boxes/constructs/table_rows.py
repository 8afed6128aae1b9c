"""Rows of tables: lists of which only those rows exist as objects that are looked at."""

from __future__ import annotations

import contextlib
import itertools
import operator
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from construct import Container, ListContainer
from construct.lib.container import getglobalfullprinting

from ...errors import BoxBuildError
from .bits import Bits
from .containers import Fields
from .integers import unpacked_integers
from .lazy_lists import SeenRows

_new_dict, _update, _set_item = dict.__new__, dict.update, dict.__setitem__
_set_attribute = object.__setattr__


SHOWN_EMPTY_ROWS = 8
"""Rows without a field of their own that are shown."""


class Column(NamedTuple):
    """One column of a `Table`.

    Attributes:
        name: field name of the rows.
        letter: struct format letter (B, H, I, Q, or lower case for signed), or a function of the
            context that gives it.
        codec: has `decode(int)` and `encode(value)` (such as `Bits`), where rows do not show the
            plain integer.
        present: whether the column is there, from the context; rows show None where it is not.
    """

    name: str
    letter: str | Callable[[Container], str]
    codec: Any = None
    present: Callable[[Container], Any] | None = None


class RowShape:
    """How the rows of one table are stored: the same for all of them.

    Tables with the same `layout` are stored in the same bytes, however they show them.

    Args:
        columns: each with a letter, and whether it is there.
        bits: the rows are the fields of this instead, and there are no columns.
        container: the class of rows.
    """

    def __init__(
        self,
        columns: tuple[tuple[Column, bool], ...],
        bits: Bits | None = None,
        container: type[Container] = Fields,
    ) -> None:
        self.columns = columns
        self.bits = bits
        self.container = container
        letters = [str(column.letter) for column, present in columns if present]
        self.letters = "".join(letters) if bits is None else bits.letters
        self.stored = struct.Struct(">" + self.letters)
        self._unpack = self.stored.unpack_from
        self.size = self.stored.size
        self.names = tuple(column.name for column, _ in columns)
        names = [part[0] for part in bits.fields] if bits is not None else self.names
        self.layout = (self.letters, tuple(names), tuple(present for _, present in columns))
        stored = [column for column, present in columns if present]
        self._stored_names = tuple(column.name for column in stored)
        self._decoders = [(column.name, column.codec.decode) for column in stored if column.codec]
        self._missing = dict.fromkeys(self.names) if len(stored) < len(columns) else None
        plain = len(stored) == len(columns) and not self._decoders
        self.get = operator.itemgetter(*self.names) if plain and columns else None

    def row(self, data: bytes, index: int) -> Container:
        """Make the row at an index."""
        values = self._unpack(data, index * self.size)
        if self.bits is not None:
            return self.bits.decode(values[0])
        # as `new_container`, which a table calls too often for another call to be cheap
        row: Any = _new_dict(self.container)
        _set_attribute(row, "__keys_order__", list(self.names))
        if self._missing is not None:
            _update(row, self._missing)
        _update(row, zip(self._stored_names, values))  # noqa: B905 - as many as were unpacked
        for name, decode in self._decoders:
            _set_item(row, name, decode(row[name]))
        return row

    def pack(self, index: int, row: Any) -> bytes:
        """The bytes of a row.

        Raises:
            BoxBuildError: it lacks a field, or a value does not fit.
        """
        try:
            if self.bits is not None:
                return self.stored.pack(self.bits.encode(row))
            values = [
                row[column.name] if column.codec is None else column.codec.encode(row[column.name])
                for column, present in self.columns
                if present
            ]
            return self.stored.pack(*values)
        except BoxBuildError as error:
            raise BoxBuildError(f"row {index}: {error.reason}") from error
        except KeyError as error:
            raise BoxBuildError(f"row {index}: field {error.args[0]!r} is missing") from error
        except (struct.error, TypeError) as error:
            raise BoxBuildError(f"row {index}: {self._fault(row) or error}") from error

    def _fault(self, row: Any) -> str | None:
        """Which value of a row does not fit its column."""
        for column, present in self.columns:
            if present and column.codec is None and hasattr(row, "get"):
                try:
                    struct.pack(f">{column.letter}", row.get(column.name))
                except struct.error as error:
                    return f"{column.name} = {row.get(column.name)!r}: {error}"
        return None

    def join(self, rows: Iterable[Any]) -> bytes:
        """The bytes of many rows, as `pack`."""
        if self.get is not None:
            pack = self.stored.pack
            rows = list(rows)
            values = map(self.get, rows)
            with contextlib.suppress(KeyError, TypeError, struct.error):  # told below
                if len(self.columns) == 1:
                    return b"".join(map(pack, values))
                return b"".join(itertools.starmap(pack, values))
        return b"".join(self.pack(index, row) for index, row in enumerate(rows))


class _Source(NamedTuple):
    """What the rows of a table are made from.

    Attributes:
        data: the rows as they are stored.
        length: how many there are.
        seen: those that were looked at, by index. They may have been changed, and count as they
            are.
    """

    data: bytes
    length: int
    seen: dict[int, Container]


class TableRows(SeenRows):
    """Rows of a `Table`: a list of Containers, of which only those looked at exist.

    `column` gives one field of all rows at once.
    """

    __slots__ = ("shape",)

    def __init__(self, shape: RowShape, data: bytes, count: int) -> None:
        super().__init__(_Source(data, count, {}))
        self.shape = shape

    def column(self, name: str) -> Sequence[Any]:
        """One field of every row, or None where it is absent.

        Columns are integers as they are in the file, even if rows show something else.

        Raises:
            KeyError: there is no such column.
        """
        shape = self.shape
        if shape.bits is not None:
            return self._bits_column(shape.bits, name)
        letters, index = shape.letters, 0
        for column, present in shape.columns:
            if column.name == name:
                if not present:
                    return [None] * len(self)
                data = self.to_bytes()
                if len(set(letters.lower())) == 1:  # of one size
                    return unpacked_integers(data, letters[index])[index :: len(letters)]
                return [row[index] for row in shape.stored.iter_unpack(data)]
            index += present
        raise KeyError(name)

    def with_column(self, name: str, values: Sequence[int]) -> TableRows:
        """The same rows with other integers in one of the columns.

        Raises:
            BoxBuildError: one does not fit, or there is no such column.
        """
        index = 0
        for column, present in self.shape.columns:
            if column.name == name and present:
                pack = self.shape.stored.pack
                rows = map(list, self.shape.stored.iter_unpack(self.to_bytes()))
                data = bytearray()
                try:
                    for row, value in zip(rows, values, strict=True):
                        row[index] = value
                        data += pack(*row)
                except (struct.error, ValueError) as error:
                    raise BoxBuildError(f"{name}: {error}") from error
                return type(self)(self.shape, bytes(data), len(self))
            index += present
        raise BoxBuildError(f"there is no column {name}")

    def _bits_column(self, bits: Bits, name: str) -> list[Any]:
        stored = [value for (value,) in self.shape.stored.iter_unpack(self.to_bytes())]
        values = {value: bits.decode(value)[name] for value in set(stored)}
        return [values[value] for value in stored]

    def to_bytes(self) -> bytes:
        """All rows as they are stored.

        Raises:
            BoxBuildError: a row lacks a field, or a value does not fit.
        """
        source = self.source
        if source is None:
            return self.shape.join(self)
        seen = dict(source.seen)
        if not seen:
            return bytes(source.data)
        if len(seen) == source.length:
            return self.shape.join(seen[index] for index in range(source.length))
        data, size = bytearray(source.data), self.shape.size
        for index, row in seen.items():
            data[index * size : (index + 1) * size] = self.shape.pack(index, row)
        return bytes(data)

    @property
    def shown(self) -> int:
        """How many rows are worth showing: of those without a field of their own, a few.

        They cost no bytes: a box of a few bytes has as many as it likes.
        """
        return len(self) if self.shape.size else min(len(self), SHOWN_EMPTY_ROWS)

    # --- the list

    def make(self, source: _Source, index: int) -> Container:
        return self.shape.row(source.data, index)

    def __iter__(self) -> Iterator[Any]:
        index, source, make = 0, self.source, self.shape.row
        while source is not None:  # a caller may change the list meanwhile
            if index >= source.length:
                return
            row = source.seen.get(index)
            if row is None:
                row = source.seen.setdefault(index, make(source.data, index))
            yield row
            index += 1
            source = self.source
        while index < len(self):
            yield self[index]
            index += 1

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TableRows) and self.shape is other.shape:
            with contextlib.suppress(BoxBuildError):  # rows that cannot be built
                return self.to_bytes() == other.to_bytes()
        if not isinstance(other, list) or len(self) != len(other):
            return NotImplemented if not isinstance(other, list) else False
        return all(a == b for a, b in zip(self.peek(), other, strict=True))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if self.source is None:
            return super().__deepcopy__(memo)
        try:
            return type(self)(self.shape, self.to_bytes(), len(self))
        except BoxBuildError:  # a row was changed to what cannot be built
            return super().__deepcopy__(memo)


class TableRowsContainer(TableRows, ListContainer):
    """The same where construct has a ListContainer."""

    __slots__ = ()

    stands_for = ListContainer

    def __str__(self) -> str:
        if self.shown == len(self):
            return ListContainer.__str__(self)
        rows = ListContainer.__str__(ListContainer(self.peek(self.shown)))
        return f"{rows}\n    ... {len(self) - self.shown} more without a field of their own"


class CompactRows(TableRowsContainer):
    """The same, printed in one line for each row."""

    __slots__ = ()

    def __str__(self) -> str:
        """One line for each row; without construct's full printing only the first ones."""
        shown = self.shown if getglobalfullprinting() else min(self.shown, 64)
        lines = [
            ", ".join(f"{key} = {_inline(value)}" for key, value in row.items())
            for row in self.peek(shown)
        ]
        if shown < len(self):
            lines.append(f"... {len(self) - shown} more of {len(self)}")
        return "".join(["ListContainer: ", *(f"\n    {line}" for line in lines)])


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        inner = (f"{k}={v}" for k, v in value.items() if not str(k).startswith("_"))
        return f"({', '.join(inner)})"
    return str(value)
