"""Tables: many rows of fixed-size integer fields, of which only those looked at become objects."""

from __future__ import annotations

import contextlib
import itertools
import operator
import struct
from array import array
from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from typing import Any, NamedTuple, overload

from construct import Container, ListContainer
from construct.lib.container import getglobalfullprinting

from ...errors import BoxBuildError
from ..reader import window_on
from .arrays import Count, Rows, check_count, packed_integers, unpacked_integers
from .build_values import field_of
from .containers import new_container


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
    present: Callable[[Container], bool] | None = None


class Table(Rows):
    """Many rows of fixed-size integer fields, as a list of Containers made when looked at.

    Where there is one column, an `array` of its integers builds without an object for each row.

    Args:
        columns: name and struct letter, or `Column`s.
        count: as in `Repeat`; None: to the end, or given by `Counted`.
    """

    __slots__ = ("columns", "count")

    def __init__(self, *columns: tuple[Any, ...], count: Count | None = None) -> None:
        super().__init__()
        self.columns = tuple(Column(*column) for column in columns)
        self.count = count

    def shape(self, context: Container) -> tuple[tuple[Column, bool], ...]:
        return tuple(
            (
                column._replace(letter=column.letter(context))
                if callable(column.letter)
                else column,
                column.present is None or bool(column.present(context)),
            )
            for column in self.columns
        )

    def parse_rows(self, stream: Any, count: int, context: Container) -> TableRows:
        window = window_on(stream)
        rows = TableRows(self.shape(context))
        check_count(count, rows.row_size, window.remaining)
        rows.load(window.read(count * rows.row_size), count)
        return rows

    def _parse(self, stream: Any, context: Container, path: str) -> TableRows:
        window = window_on(stream)
        if self.count is None:
            size = TableRows(self.shape(context)).row_size
            count = window.remaining // size if size else 0
        else:
            count = self.count(context) if callable(self.count) else self.count
        return self.parse_rows(window, count, context)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        shape = self.shape(context)
        rows = obj if hasattr(obj, "__len__") else list(obj)
        if self.count is not None:
            count = self.count(context) if callable(self.count) else self.count
            if len(rows) != count:
                raise BoxBuildError(f"{field_of(path)} has {len(rows)} rows, not {count}")
        if isinstance(rows, TableRows) and rows.shape == shape:
            stream.write(rows.to_bytes())
        elif isinstance(rows, array) and len(shape) == 1:
            try:
                stream.write(packed_integers(rows, str(shape[0][0].letter)))
            except OverflowError as error:
                raise BoxBuildError(f"{field_of(path)}: {error}") from error
        else:
            stream.write(TableRows(shape, rows).to_bytes())


class TableRows(MutableSequence[Any]):
    """Rows of a `Table`: a list of Containers, of which only those looked at exist.

    Equal to any list of equal rows. A row that was looked at may have been changed, and counts as
    it is then. `column` gives one field of all rows at once.
    """

    __slots__ = ("_bytes", "_count", "_get", "_names", "_rows", "_seen", "_struct", "shape")

    __hash__ = None  # type: ignore[assignment]

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What `isinstance` sees: the class that pymp4 has here, so that tree walks go in."""
        return ListContainer

    def __init__(
        self, shape: tuple[tuple[Column, bool], ...], rows: Iterable[Any] | None = None
    ) -> None:
        self.shape = shape
        letters = "".join(str(column.letter) for column, present in shape if present)
        self._struct = struct.Struct(">" + letters)
        self._names = tuple(column.name for column, _ in shape)
        plain = all(present and column.codec is None for column, present in shape)
        self._get = operator.itemgetter(*self._names) if plain else None
        self._bytes = b""
        self._count = 0
        self._seen: dict[int, Container] = {}
        self._rows: list[Any] | None = None if rows is None else list(rows)

    @property
    def row_size(self) -> int:
        """Bytes of one row."""
        return self._struct.size

    def load(self, data: bytes, count: int) -> None:
        """Take `count` rows from their bytes."""
        self._bytes = data
        self._count = count

    # --- columns and bytes

    def column(self, name: str) -> Sequence[Any]:
        """One field of every row: the integers as they are in the file, or None where absent."""
        index = 0
        letters = self._struct.format[1:]
        for column, present in self.shape:
            if column.name == name:
                if not present:
                    return [None] * len(self)
                packed = self.to_bytes()
                if len(set(letters)) == 1:
                    return unpacked_integers(packed, letters[0])[index :: len(letters)]
                return [row[index] for row in self._struct.iter_unpack(packed)]
            index += present
        raise KeyError(name)

    def to_bytes(self) -> bytes:
        """All rows as they are stored.

        Raises:
            BoxBuildError: a row lacks a field, or a value does not fit.
        """
        if self._rows is not None:
            return self._join(self._rows)
        if len(self._seen) == self._count:
            return self._join([self._seen[index] for index in range(self._count)])
        if not self._seen:
            return self._bytes
        data = bytearray(self._bytes)
        size = self.row_size
        for index, row in self._seen.items():
            data[index * size : (index + 1) * size] = self._pack(index, row)
        return bytes(data)

    def _join(self, rows: list[Any]) -> bytes:
        if self._get is not None:
            pack = self._struct.pack
            values = map(self._get, rows)
            with contextlib.suppress(KeyError, TypeError, struct.error):  # told below
                if len(self.shape) == 1:
                    return b"".join(map(pack, values))
                return b"".join(itertools.starmap(pack, values))
        return b"".join(self._pack(index, row) for index, row in enumerate(rows))

    def _pack(self, index: int, row: Any) -> bytes:
        try:
            values = [
                row[column.name] if column.codec is None else column.codec.encode(row[column.name])
                for column, present in self.shape
                if present
            ]
            return self._struct.pack(*values)
        except BoxBuildError as error:
            raise BoxBuildError(f"row {index}: {error.reason}") from error
        except KeyError as error:
            raise BoxBuildError(f"row {index}: field {error.args[0]!r} is missing") from error
        except (struct.error, TypeError) as error:
            raise BoxBuildError(f"row {index}: {error}") from error

    def _row(self, index: int) -> Container:
        row = self._seen.get(index)
        if row is None:
            row = self._made(self._struct.unpack_from(self._bytes, index * self._struct.size))
            self._seen[index] = row
        return row

    def _made(self, values: tuple[Any, ...]) -> Container:
        if self._get is not None:
            return new_container(self._names, values)
        left = iter(values)
        found = []
        for column, present in self.shape:
            value = next(left) if present else None
            if present and column.codec is not None:
                value = column.codec.decode(value)
            found.append(value)
        return new_container(self._names, found)

    # --- the list

    def _all(self) -> list[Any]:
        if self._rows is None:
            self._rows = [self._row(index) for index in range(self._count)]
            self._bytes, self._seen = b"", {}
        return self._rows

    def __len__(self) -> int:
        return self._count if self._rows is None else len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> ListContainer: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return ListContainer(self[i] for i in range(*index.indices(len(self))))
        if self._rows is not None:
            return self._rows[index]
        place = index + self._count if index < 0 else index
        if not 0 <= place < self._count:
            raise IndexError("list index out of range")
        return self._row(place)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._all()[index] = value

    def __delitem__(self, index: Any) -> None:
        del self._all()[index]

    def insert(self, index: int, value: Any) -> None:
        self._all().insert(index, value)

    def __iter__(self) -> Iterator[Any]:
        index = 0
        while index < len(self):  # which a caller may change
            yield self._row(index) if self._rows is None else self._rows[index]
            index += 1

    def __add__(self, other: Iterable[Any]) -> ListContainer:
        return ListContainer([*self, *other])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TableRows) and self.shape == other.shape:
            return self.to_bytes() == other.to_bytes()
        if not isinstance(other, list):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __deepcopy__(self, memo: dict[int, Any]) -> TableRows:
        copied = TableRows(self.shape)
        copied.load(self.to_bytes(), len(self))
        return copied

    def __copy__(self) -> TableRows:
        return self.__deepcopy__({})

    def __repr__(self) -> str:
        return repr(list(self._peek(len(self))))

    def __str__(self) -> str:
        """One line for each row; without construct's full printing only the first ones."""
        shown = len(self) if getglobalfullprinting() else min(len(self), 64)
        lines = [
            ", ".join(f"{key} = {_inline(value)}" for key, value in row.items())
            for row in self._peek(shown)
        ]
        if shown < len(self):
            lines.append(f"... {len(self) - shown} more of {len(self)}")
        return "".join(["ListContainer: ", *(f"\n    {line}" for line in lines)])

    def _peek(self, count: int) -> Iterator[Any]:
        """The first rows, without keeping those that nobody asked for."""
        for index in range(count):
            known = self._rows is not None or index in self._seen
            row = self[index]
            if not known:
                del self._seen[index]
            yield row

    def _search(self, name: str, search_all: bool) -> Any:
        return ListContainer(self)._search(name, search_all)

    def search(self, name: str) -> Any:
        """As construct's ListContainer."""
        return self._search(name, False)

    def search_all(self, name: str) -> Any:
        """As construct's ListContainer."""
        return self._search(name, True)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        inner = (f"{k}={v}" for k, v in value.items() if not str(k).startswith("_"))
        return f"({', '.join(inner)})"
    return str(value)
