"""Constructs that definitions are made of, where construct's own lose, hang or crawl.

construct 2.8.8's ranges swallow errors, its bit structs wait for ever at the end of the data and
keep state between calls, and its arrays parse one object per entry.
"""

from __future__ import annotations

import contextlib
import itertools
import operator
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence
from typing import Any, NamedTuple, overload

from construct import (
    Construct,
    ConstructError,
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

from ...errors import BoxBuildError, BoxParseError
from ..reader import window_on
from .values import as_bytes, field_of

MAX_EMPTY_ROWS = 1 << 20
"""Rows without fields cost no bytes: a few bytes could else ask for billions of them."""

Count = int | Callable[[Container], int]


def _container(names: tuple[str, ...], values: Iterable[Any]) -> Container:
    """A Container with these fields, several times as fast as by setting one after the other."""
    container = Container.__new__(Container)
    object.__setattr__(container, "__keys_order__", list(names))
    dict.update(container, zip(names, values, strict=True))
    return container


def FullBox(*fields: Construct, version: int = 0, flags: int = 0) -> Struct:
    """A Struct of `version` and `flags` (ISO/IEC 14496-12, 4.2.2), with defaults, and `fields`."""
    return Struct("version" / Default(Int8ub, version), "flags" / Default(Int24ub, flags), *fields)


class Derived(Subconstruct):
    """A field that is computed from the others where the caller leaves it out when building."""

    def __init__(self, subcon: Construct, compute: Callable[[Container], Any]) -> None:
        super().__init__(subcon)
        self.compute = compute
        self.flagbuildnone = True

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        value = self.compute(context) if obj is None else obj
        self.subcon._build(value, stream, context, path)
        return value


class Names:
    """A bit field whose values have names, shown as text; a value without a name is an integer.

    Args:
        names: of the values 0, 1, 2, ...
        width: bits; by default as many as the names need.
    """

    __slots__ = ("names", "width")

    def __init__(self, *names: str, width: int | None = None) -> None:
        self.names = names
        self.width = (len(names) - 1).bit_length() if width is None else width

    def decode(self, number: int) -> str | int:
        """The name of a value."""
        return self.names[number] if number < len(self.names) else number

    def encode(self, value: Any) -> int:
        """The value of a name, or the integer itself."""
        if not isinstance(value, str):
            return int(value)
        if value not in self.names:
            raise BoxBuildError(f"{value!r} is none of {', '.join(self.names)}")
        return self.names.index(value)


class _Flag:
    """One bit as True or False."""

    width = 1

    def decode(self, number: int) -> bool:
        return bool(number)

    def encode(self, value: Any) -> int:
        return int(bool(value))


class Bits(Construct):
    """An integer of whole bytes, taken apart into named bit fields, most significant first.

    Args:
        fields: (name, kind) or (name, kind, default). The kind is a width in bits, ``bool`` for
            one bit as True or False, or an object with `width`, `decode(int)` and
            `encode(value)`, such as `Names`. A field left out when building has its default,
            0 if none is given. A name that begins with ``_`` is not printed.
        embedded: the fields are those of the enclosing Struct (use `EmbeddedBits`).
    """

    __slots__ = ("_known", "_names", "_parts", "embedded", "fields", "size")

    def __init__(self, *fields: tuple[Any, ...], embedded: bool = False) -> None:
        super().__init__()
        self.fields = tuple(_bit_field(*field) for field in fields)
        self.embedded = embedded
        total = sum(width for _, width, _, _ in self.fields)
        self.size, odd = divmod(total, 8)
        if odd:
            raise ValueError(f"{total} bits are not whole bytes")
        self._names = tuple(name for name, *_ in self.fields)
        self._known = frozenset(self._names)
        self._parts = []
        for _, width, codec, _ in self.fields:
            total -= width
            self._parts.append((total, (1 << width) - 1, codec and codec.decode))

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        return self.decode(int.from_bytes(window_on(stream).read(self.size)))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Container:
        number = self.encode(obj)
        stream.write(number.to_bytes(self.size))
        return self.decode(number)  # for those that ask the context

    def _sizeof(self, context: Container, path: str) -> int:
        return self.size

    def decode(self, number: int) -> Container:
        """Take the integer apart."""
        return _container(
            self._names,
            [
                number >> shift & mask if decode is None else decode(number >> shift & mask)
                for shift, mask, decode in self._parts
            ],
        )

    def encode(self, values: Any) -> int:
        """Put the integer together.

        Raises:
            BoxBuildError: a value does not fit its field, or there is no such field.
        """
        if not isinstance(values, dict):
            raise BoxBuildError(f"bit fields are needed, not {values!r}")
        number = 0
        for name, width, codec, default in self.fields:
            value = values.get(name)
            if value is None:
                value = default
            elif codec is not None:
                value = codec.encode(value)
            if not isinstance(value, int) or not 0 <= value < 1 << width:
                raise BoxBuildError(f"{name} = {value!r} does not fit {width} bit(s)")
            number = number << width | value
        if not (self.embedded or self._known.issuperset(values)):
            unknown = [str(key) for key in values if key not in self._known]
            unknown = [key for key in unknown if not key.startswith("_")]
            if unknown:
                raise BoxBuildError(f"there is no bit field {', '.join(unknown)}")
        return number


def _bit_field(name: str, kind: Any, default: int = 0) -> tuple[str, int, Any, int]:
    codec = _Flag() if kind is bool else None if isinstance(kind, int) else kind
    return name, kind if codec is None else codec.width, codec, default


def EmbeddedBits(*fields: tuple[Any, ...]) -> Embedded:
    """`Bits` whose fields are fields of the enclosing Struct."""
    return Embedded(Bits(*fields, embedded=True))


class Tail(Construct):
    """Fields at the end of a box that may be missing; fields of the enclosing Struct.

    Parsing: they are there if they can be read from the bytes that are left. Building: they are
    there if the first of them is.
    """

    def __init__(self, *fields: Construct) -> None:
        super().__init__()
        self.flagembedded = True
        self.struct = Struct(*fields)

    @property
    def subcons(self) -> list[Construct]:
        """The fields."""
        return list(self.struct.subcons)

    def _first(self) -> str:
        head = self.struct.subcons[0]
        inner = head.subcon
        return str(head.name or next(f[0] for f in inner.fields if not f[0].startswith("_")))

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        start = window.tell()
        if window.remaining:
            try:
                return self.struct._parse(window, context, path)
            except (BoxParseError, ConstructError):
                window.seek(start)  # they stay with the box, as bytes after its fields
        return Container()

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Container | None:
        if obj.get(self._first()) is None:
            return None
        built: Container = self.struct._build(obj, stream, context, path)
        return built


_DEPTH_OF_FORMS = 10
"""Each form parses what is in it anew: nested without limit, that would double at every level."""


class Forms(Construct):
    """Fields in one of several forms that nothing in the box tells apart; of the enclosing Struct.

    Parsing takes the form that leaves the fewest bytes (too few for a box, at least), building
    the one whose mark is among the fields given.

    Args:
        forms: by mark, the name of a field that the others lack.
    """

    def __init__(self, forms: dict[str, Struct]) -> None:
        super().__init__()
        self.flagembedded = True
        self.cases = forms

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        if window.depth > _DEPTH_OF_FORMS:
            raise BoxParseError("a box that may have several forms is nested too deep")
        start, before = window.tell(), window.note
        tried: list[tuple[int, int, str | None, Container]] = []
        for form in self.cases.values():
            window.note = before
            with contextlib.suppress(BoxParseError, ConstructError):
                fields = form._parse(window, context, path)
                tried.append((window.remaining, window.tell(), window.note, fields))
            window.seek(start)
        left, end, note, fields = min(tried, key=lambda one: one[0], default=(8, 0, None, None))
        if left >= 8:
            raise BoxParseError(f"none of the forms known ({', '.join(self.cases)}) fits")
        window.seek(end)
        window.note = note
        return fields

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        for mark, form in self.cases.items():
            if mark in obj:
                return form._build(obj, stream, context, path)
        raise BoxBuildError(f"one of the fields {', '.join(self.cases)} is needed")


class Padded(Construct):
    """Bytes of a fixed size, without the padding at their end.

    Args:
        size: in bytes.
        pad: the byte that fills the field.
    """

    __slots__ = ("pad", "size")

    def __init__(self, size: int, pad: bytes = b"\0") -> None:
        super().__init__()
        self.size = size
        self.pad = pad

    def _parse(self, stream: Any, context: Container, path: str) -> bytes:
        return window_on(stream).read(self.size).rstrip(self.pad)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        if len(data) > self.size:
            raise BoxBuildError(f"{data!r} is longer than {self.size} bytes")
        stream.write(data.ljust(self.size, self.pad))

    def _sizeof(self, context: Container, path: str) -> int:
        return self.size


class SizedBytes(Construct):
    """Bytes preceded by their number.

    Args:
        field: construct of the number.
    """

    __slots__ = ("field",)

    def __init__(self, field: Construct) -> None:
        super().__init__()
        self.field = field

    def _parse(self, stream: Any, context: Container, path: str) -> bytes:
        window = window_on(stream)
        return window.read(self.field._parse(window, context, path))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        self.field._build(len(data), stream, context, path)
        stream.write(data)


class Repeat(Subconstruct):
    """A fixed or computed number of elements; whatever goes wrong in one is raised.

    Args:
        count: how many; an integer, a function of the context, or None for: to the end, as
            long as an element of the smallest size is left.
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
            while window.remaining >= self.minimum_size:
                values.append(self.subcon._parse(window, context, path))
            return values
        count = self.count(context) if callable(self.count) else self.count
        _check_count(count, self.minimum_size, window.remaining)
        for _ in range(count):
            values.append(self.subcon._parse(window, context, path))
        return values

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{field_of(path)} must be a list")
        values = list(obj)
        if self.count is not None:
            count = self.count(context) if callable(self.count) else self.count
            if len(values) != count:
                raise BoxBuildError(f"{field_of(path)} has {len(values)} items, not {count}")
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
            raise BoxBuildError(f"{field_of(path)} must be a list")
        rows: Any = obj if hasattr(obj, "__len__") else list(obj)
        self.field._build(len(rows), stream, context, path)
        if isinstance(self.subcon, (Table, Integers)):
            self.subcon._build(rows, stream, context, path)
        else:
            Repeat(None, self.subcon)._build(rows, stream, context, path)


class IntegerList(array):  # type: ignore[type-arg]
    """Integers that take no more room than in the file, and pass for a list of construct's.

    A slice is a plain array.
    """

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What `isinstance` sees: the class that pymp4 has here."""
        return ListContainer

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, array):
            return bool(array.__eq__(self, other))
        if not isinstance(other, list):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __add__(self, other: Iterable[Any]) -> ListContainer:
        return ListContainer([*self, *other])

    def __deepcopy__(self, memo: dict[int, Any]) -> IntegerList:
        return IntegerList(self.typecode, self)

    def __copy__(self) -> IntegerList:
        return self.__deepcopy__({})

    def __reduce__(self) -> tuple[Any, ...]:
        return ListContainer, (list(self),)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return self.__reduce__()

    def __repr__(self) -> str:
        return repr(self.tolist())

    def __str__(self) -> str:
        return str(ListContainer(self))


def _unpacked(data: bytes, letter: str) -> IntegerList:
    """The big-endian integers that `data` holds."""
    values = IntegerList(letter, data)
    if sys.byteorder == "little":
        values.byteswap()
    return values


def _packed(values: array[int], letter: str) -> bytes:
    """Integers as they are stored, big-endian.

    Raises:
        OverflowError: one does not fit.
    """
    stored = array(letter, values)
    if sys.byteorder == "little":
        stored.byteswap()
    return stored.tobytes()


class Integers(Construct):
    """Many big-endian integers of one size, as a list, read and written at once.

    Building is fastest from an `array`.

    Args:
        count: how many (as in `Repeat`; None: to the end, or given by `Counted`).
        size: bytes of one: 1, 2, 4 or 8.
        signed: they are signed.
    """

    __slots__ = ("count", "letter", "size")

    def __init__(self, count: Count | None = None, size: int = 4, *, signed: bool = False) -> None:
        super().__init__()
        self.count = count
        self.size = size
        letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
        self.letter = letter.lower() if signed else letter

    def parse_rows(self, stream: Any, count: int, context: Container) -> IntegerList:
        window = window_on(stream)
        _check_count(count, self.size, window.remaining)
        return _unpacked(window.read(count * self.size), self.letter)

    def _parse(self, stream: Any, context: Container, path: str) -> IntegerList:
        window = window_on(stream)
        if self.count is None:
            count = window.remaining // self.size
        else:
            count = self.count(context) if callable(self.count) else self.count
        return self.parse_rows(window, count, context)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        values = obj if isinstance(obj, (list, tuple, array)) else list(obj)
        if self.count is not None:
            count = self.count(context) if callable(self.count) else self.count
            if len(values) != count:
                raise BoxBuildError(f"{field_of(path)} has {len(values)} items, not {count}")
        try:
            if isinstance(values, array):
                stream.write(_packed(values, self.letter))
            else:
                stream.write(struct.pack(f">{len(values)}{self.letter}", *values))
        except (struct.error, OverflowError) as error:
            raise BoxBuildError(f"{field_of(path)}: {error}") from error


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


class Table(Construct):
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
        _check_count(count, rows.row_size, window.remaining)
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
                stream.write(_packed(rows, str(shape[0][0].letter)))
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
                    return _unpacked(packed, letters[0])[index :: len(letters)]
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
            return _container(self._names, values)
        left = iter(values)
        found = []
        for column, present in self.shape:
            value = next(left) if present else None
            if present and column.codec is not None:
                value = column.codec.decode(value)
            found.append(value)
        return _container(self._names, found)

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


def _check_count(count: int, size: int, left: int) -> None:
    """Refuse a count of elements that cannot be there, before any is read."""
    if count < 0 or count * size > left:
        raise BoxParseError(f"{count} entries of {size} bytes or more do not fit {left} bytes")
    if not size and count > MAX_EMPTY_ROWS:
        raise BoxParseError(f"{count} entries without a field are too many")
