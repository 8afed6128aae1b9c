"""Constructs that definitions are made of, where construct's own lose, hang or crawl.

construct 2.8.8's ranges swallow errors, its bit structs wait for ever at the end of the data and
keep state between calls, and its arrays parse one object per entry.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from typing import Any, NamedTuple, overload

from construct import (
    Construct,
    Container,
    Default,
    Embedded,
    Int8ub,
    Int24ub,
    ListContainer,
    Struct,
    Subconstruct,
)
from construct.lib.container import getglobalfullprinting

from ..errors import BoxBuildError, BoxParseError
from .window import window_on

Count = int | Callable[[Container], int]


def FullBox(*fields: Construct, version: int = 0, flags: int = 0) -> Struct:
    """A Struct of `version` and `flags` (ISO/IEC 14496-12, 4.2.2), with defaults, and `fields`."""
    return Struct("version" / Default(Int8ub, version), "flags" / Default(Int24ub, flags), *fields)


class Derived(Subconstruct):
    """A field that is computed from the others where the caller leaves it out when building."""

    __slots__ = ("compute",)

    def __init__(self, subcon: Construct, compute: Callable[[Container], Any]) -> None:
        super().__init__(subcon)
        self.compute = compute
        self.flagbuildnone = True

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        value = self.compute(context) if obj is None else obj
        self.subcon._build(value, stream, context, path)
        return value


class Known(Subconstruct):
    """A value that a definition knows: any other makes the box fall back to raw bytes."""

    __slots__ = ("values",)

    def __init__(self, subcon: Construct, *values: Any) -> None:
        super().__init__(subcon)
        self.values = values

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        value = self.subcon._parse(stream, context, path)
        if value not in self.values:
            raise BoxParseError(f"{self.name or 'value'} {value!r} is not known")
        return value


class Bits(Construct):
    """An integer of whole bytes, taken apart into named bit fields, most significant first.

    Args:
        fields: (name, width in bits); a name that begins with ``_`` is not printed, and may be
            left out when building: it is 0 then. A width of 1 may be ``bool`` for True or False.
    """

    __slots__ = ("fields", "size")

    def __init__(self, *fields: tuple[str, int | type[bool]]) -> None:
        super().__init__()
        self.fields = fields
        total = sum(int(width is bool) or int(width) for _, width in fields)
        self.size, odd = divmod(total, 8)
        if odd:
            raise ValueError(f"{total} bits are not whole bytes")

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        return self.decode(int.from_bytes(stream.read(self.size)))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(self.encode(obj or {}).to_bytes(self.size))

    def _sizeof(self, context: Container, path: str) -> int:
        return self.size

    def decode(self, number: int) -> Container:
        """Take the integer apart."""
        values = Container()
        left = self.size * 8
        for name, width in self.fields:
            bits = 1 if width is bool else int(width)
            left -= bits
            value = number >> left & (1 << bits) - 1
            values[name] = bool(value) if width is bool else value
        return values

    def encode(self, values: Any) -> int:
        """Put the integer together.

        Raises:
            BoxBuildError: a field is missing or does not fit its width.
        """
        number = 0
        for name, width in self.fields:
            bits = 1 if width is bool else int(width)
            value = values.get(name, 0)
            if not 0 <= int(value) < 1 << bits:
                raise BoxBuildError(f"{name} = {value!r} does not fit {bits} bit(s)")
            number = number << bits | int(value)
        return number


def EmbeddedBits(*fields: tuple[str, int | type[bool]]) -> Embedded:
    """`Bits` whose fields are fields of the enclosing Struct."""
    return Embedded(Bits(*fields))


class Repeat(Subconstruct):
    """A fixed or computed number of elements; whatever goes wrong in one is raised.

    Args:
        count: how many; an integer, a function of the context, or None for: to the end.
        minimum_size: bytes of the smallest element, to refuse impossible counts at once.
    """

    __slots__ = ("count", "minimum_size")

    def __init__(self, count: Count | None, subcon: Construct, minimum_size: int = 1) -> None:
        super().__init__(subcon)
        self.count = count
        self.minimum_size = minimum_size

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        values = ListContainer()
        if self.count is None:
            while window.remaining:
                values.append(self.subcon._parse(window, context, path))
            return values
        count = self.count(context) if callable(self.count) else self.count
        _check_count(count, self.minimum_size, window.remaining)
        for _ in range(count):
            values.append(self.subcon._parse(window, context, path))
        return values

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{self.name or 'a list'} must be a list")
        values = list(obj)
        if self.count is not None:
            count = self.count(context) if callable(self.count) else self.count
            if len(values) != count:
                raise BoxBuildError(f"{self.name or 'list'} has {len(values)} items, not {count}")
        for value in values:
            self.subcon._build(value, stream, context, path)


class Counted(Subconstruct):
    """A count field followed by that many elements: the elements alone are the value.

    Args:
        field: construct of the count.
        subcon: one element, or a `Table`, or `Integers`.
        minimum_size: bytes of the smallest element.
    """

    __slots__ = ("field", "minimum_size")

    def __init__(self, field: Construct, subcon: Construct, minimum_size: int = 1) -> None:
        super().__init__(subcon)
        self.field = field
        self.minimum_size = minimum_size

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        count = self.field._parse(stream, context, path)
        if isinstance(self.subcon, (Table, Integers)):
            return self.subcon.parse_rows(stream, count, context)
        return Repeat(count, self.subcon, self.minimum_size)._parse(stream, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{self.name or 'a list'} must be a list")
        rows = obj if hasattr(obj, "__len__") else list(obj)
        self.field._build(len(rows), stream, context, path)
        if isinstance(self.subcon, (Table, Integers)):
            self.subcon._build(rows, stream, context, path)
        else:
            Repeat(None, self.subcon)._build(rows, stream, context, path)


class Integers(Construct):
    """Many unsigned big-endian integers of one size, as a list, read and written at once.

    Args:
        count: how many (as in `Repeat`; None: to the end, or given by `Counted`).
        size: bytes of one: 1, 2, 4 or 8.
    """

    __slots__ = ("count", "letter", "size")

    def __init__(self, count: Count | None = None, size: int = 4) -> None:
        super().__init__()
        self.count = count
        self.size = size
        self.letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]

    def parse_rows(self, stream: Any, count: int, context: Container) -> ListContainer:
        window = window_on(stream)
        _check_count(count, self.size, window.remaining)
        return ListContainer(
            struct.unpack(f">{count}{self.letter}", window.read(count * self.size))
        )

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        if self.count is None:
            count = window.remaining // self.size
        else:
            count = self.count(context) if callable(self.count) else self.count
        return self.parse_rows(window, count, context)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        values = obj if isinstance(obj, (list, tuple)) else list(obj)
        if self.count is not None:
            count = self.count(context) if callable(self.count) else self.count
            if len(values) != count:
                raise BoxBuildError(f"{self.name or 'list'} has {len(values)} items, not {count}")
        stream.write(struct.pack(f">{len(values)}{self.letter}", *values))


class Column(NamedTuple):
    """One column of a `Table`.

    Attributes:
        name: field name of the rows.
        letter: struct format letter: B, H, I, Q, or lower case for signed.
        codec: has `decode(int)` and `encode(value)` (such as `Bits`), where rows do not show the
            plain integer.
        present: whether the column is there, from the context; rows show None where it is not.
    """

    name: str
    letter: str
    codec: Any = None
    present: Callable[[Container], bool] | None = None


class Table(Construct):
    """Many rows of fixed-size integer fields, as a list of Containers made when looked at.

    Args:
        columns: name and struct letter, or `Column`s.
        count: as in `Repeat`; None: to the end, or given by `Counted`.
    """

    __slots__ = ("columns", "count")

    def __init__(self, *columns: tuple[Any, ...], count: Count | None = None) -> None:
        super().__init__()
        self.columns = tuple(Column(*column) for column in columns)
        self.count = count

    def _shape(self, context: Container) -> tuple[tuple[Column, bool], ...]:
        return tuple(
            (column, column.present is None or bool(column.present(context)))
            for column in self.columns
        )

    def parse_rows(self, stream: Any, count: int, context: Container) -> TableRows:
        window = window_on(stream)
        rows = TableRows(self._shape(context))
        _check_count(count, rows.row_size, window.remaining)
        rows.load(window.read(count * rows.row_size), count)
        return rows

    def _parse(self, stream: Any, context: Container, path: str) -> TableRows:
        window = window_on(stream)
        if self.count is None:
            size = TableRows(self._shape(context)).row_size
            count = window.remaining // size if size else 0
        else:
            count = self.count(context) if callable(self.count) else self.count
        return self.parse_rows(window, count, context)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        shape = self._shape(context)
        rows = obj if hasattr(obj, "__len__") else list(obj)
        if self.count is not None:
            count = self.count(context) if callable(self.count) else self.count
            if len(rows) != count:
                raise BoxBuildError(f"{self.name or 'table'} has {len(rows)} rows, not {count}")
        if isinstance(rows, TableRows) and rows.shape == shape:
            stream.write(rows.to_bytes())
        else:
            stream.write(TableRows(shape, rows).to_bytes())


class TableRows(MutableSequence[Any]):
    """Rows of a `Table`: a list of Containers, of which only those looked at exist.

    Equal to any list of equal rows. A row that was looked at may have been changed, and counts as
    it is then. `column` gives one field of all rows at once.
    """

    __slots__ = ("_bytes", "_count", "_rows", "_seen", "_struct", "shape")

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self, shape: tuple[tuple[Column, bool], ...], rows: Iterable[Any] | None = None
    ) -> None:
        self.shape = shape
        letters = "".join(column.letter for column, present in shape if present)
        self._struct = struct.Struct(">" + letters)
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

    def column(self, name: str) -> list[Any]:
        """One field of every row: the integers as they are in the file, or None where absent."""
        index = 0
        for column, present in self.shape:
            if column.name == name:
                if not present:
                    return [None] * len(self)
                packed = self.to_bytes()
                return [row[index] for row in self._struct.iter_unpack(packed)]
            index += present
        raise KeyError(name)

    def to_bytes(self) -> bytes:
        """All rows as they are stored.

        Raises:
            BoxBuildError: a row lacks a field, or a value does not fit.
        """
        if self._rows is not None:
            return b"".join(self._pack(i, row) for i, row in enumerate(self._rows))
        if not self._seen:
            return self._bytes
        data = bytearray(self._bytes)
        size = self.row_size
        for index, row in self._seen.items():
            data[index * size : (index + 1) * size] = self._pack(index, row)
        return bytes(data)

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
            values = iter(self._struct.unpack_from(self._bytes, index * self.row_size))
            row = Container()
            for column, present in self.shape:
                value = next(values) if present else None
                if present and column.codec is not None:
                    value = column.codec.decode(value)
                row[column.name] = value
            self._seen[index] = row
        return row

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
        while index < len(self):
            yield self[index]
            index += 1

    def __add__(self, other: Iterable[Any]) -> ListContainer:
        return ListContainer([*self, *other])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TableRows) and self.shape == other.shape:
            return self.to_bytes() == other.to_bytes()
        if not isinstance(other, (list, TableRows)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __deepcopy__(self, memo: dict[int, Any]) -> TableRows:
        copied = TableRows(self.shape)
        copied.load(self.to_bytes(), len(self))
        return copied

    __copy__ = lambda self: self.__deepcopy__({})  # noqa: E731

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

    def search(self, name: str) -> Any:
        """As construct's ListContainer."""
        return ListContainer(self).search(name)

    def search_all(self, name: str) -> Any:
        """As construct's ListContainer."""
        return ListContainer(self).search_all(name)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        inner = (f"{k}={v}" for k, v in value.items() if not str(k).startswith("_"))
        return f"({', '.join(inner)})"
    return str(value)


def _check_count(count: int, size: int, left: int) -> None:
    """Refuse a count of elements that cannot be there, before any is read."""
    if count < 0 or count * size > left:
        raise BoxParseError(f"{count} entries of {size} bytes or more do not fit {left} bytes")
