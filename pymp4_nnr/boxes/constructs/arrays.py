"""Lists of elements.

construct 2.8.8's ranges swallow errors, cannot be built on Python 3.10 or newer, and make an object
for each integer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from construct import Construct, Container, FormatField, ListContainer, Subconstruct

from ...errors import BoxBuildError, BoxParseError
from ..reader import window_on
from .build_values import field_of
from .exact import is_exact
from .fixed import with_numbers
from .lazy_lists import LazyList
from .struct_rows import FEW_ROWS, StructRows, struct_rows

MAX_EMPTY_ROWS = 1 << 20
"""Rows without fields cost no bytes: a few bytes could else ask for billions of them."""

Count = int | Callable[[Container], int]


def counted_by(count: Count, context: Container) -> int:
    """The number that a count is, or that it gives for a context."""
    return count(context) if callable(count) else count


def check_count(count: int, size: int, left: int) -> None:
    """Refuse a count of elements that cannot be there, before any is read."""
    if count < 0 or count * size > left:
        raise BoxParseError(f"{count} entries of {size} bytes or more do not fit {left} bytes")
    if not size and count > MAX_EMPTY_ROWS:
        raise BoxParseError(f"{count} entries without a field are too many")


class Repeat(Subconstruct):
    """A fixed or computed number of elements; whatever goes wrong in one is raised.

    Args:
        count: how many; an integer, a function of the context, or None for: to the end, as
            long as an element of the smallest size is left.
        minimum_size: bytes of the smallest element, to refuse impossible counts at once.
        few: so many elements are an ordinary list, of more only those exist that are looked at.
    """

    __slots__ = ("count", "few", "minimum_size")

    def __init__(
        self,
        count: Count | None,
        subcon: Construct,
        minimum_size: int = 1,
        *,
        few: int = FEW_ROWS,
    ) -> None:
        super().__init__(with_numbers(subcon))
        self.count = count
        self.minimum_size = minimum_size
        self.few = few

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.subcon)

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        if self.count is None:
            count = None
        else:
            count = counted_by(self.count, context)
            check_count(count, self.minimum_size, window.remaining)
        least, few = self.minimum_size, self.few
        return struct_rows(self.subcon, count, window, context, path, least=least, few=few)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{field_of(path)} must be a list")
        values: Any = obj if hasattr(obj, "__len__") else list(obj)
        if self.count is not None:
            count = counted_by(self.count, context)
            if len(values) != count:
                raise BoxBuildError(f"{field_of(path)} has {len(values)} items, not {count}")
        build_each(self.subcon, values, stream, context, path)


def each(rows: Iterable[Any]) -> Iterable[Any]:
    """The items of a list, to be read: those that a lazy list makes are not kept."""
    return rows.peek() if isinstance(rows, LazyList) else rows


def build_each(subcon: Construct, rows: Any, stream: Any, context: Any, path: str) -> None:
    """Build the items of a list one after the other."""
    known = rows.bytes_for(subcon, context) if isinstance(rows, StructRows) else None
    if known is not None:
        stream.write(known)
        return
    for row in each(rows):
        subcon._build(row, stream, context, path)


class ChangedRows:
    """The rows of a list, each of which is changed when it is built.

    Args:
        rows: which stay as they are.
        change: changes a copy of the row at an index.
    """

    def __init__(self, rows: Any, change: Callable[[int, dict[str, Any]], None]) -> None:
        self._rows = rows
        self._change = change

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for index, row in enumerate(each(self._rows)):
            changed = dict(dict.items(row))
            self._change(index, changed)
            yield changed


class Rows(Construct):
    """Elements of a fixed size that are read and written together: `Integers` or a `Table`."""

    exact = True

    def parse_rows(self, stream: Any, count: int, context: Container) -> Any:
        """Parse `count` elements.

        Raises:
            BoxParseError: so many do not fit the bytes that are left.
        """
        raise NotImplementedError


class Counted(Subconstruct):
    """A count field followed by that many elements: the elements alone are the value.

    Args:
        field: construct of the count.
        subcon: one element, or a `Table`, or `Integers`.
        minimum_size: bytes of the smallest element.
        few: as in `Repeat`.
    """

    __slots__ = ("_count_size", "few", "field", "minimum_size")

    def __init__(
        self,
        field: Construct,
        subcon: Construct,
        minimum_size: int = 1,
        *,
        few: int = FEW_ROWS,
    ) -> None:
        super().__init__(with_numbers(subcon))
        self.few = few
        self.field = field
        self.minimum_size = minimum_size
        plain = type(field) is FormatField and field.fmtstr in (">B", ">H", ">L", ">I")
        self._count_size = field.length if plain else None

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.field) and is_exact(self.subcon)

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        window = window_on(stream)
        if self._count_size is None:
            count = self.field._parse(window, context, path)
        else:
            count = int.from_bytes(window.read(self._count_size))
        if isinstance(self.subcon, Rows):
            return self.subcon.parse_rows(window, count, context)
        check_count(count, self.minimum_size, window.remaining)
        return struct_rows(self.subcon, count, window, context, path, few=self.few)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{field_of(path)} must be a list")
        rows: Any = obj if hasattr(obj, "__len__") else list(obj)
        self.field._build(len(rows), stream, context, path)
        if isinstance(self.subcon, Rows):
            self.subcon._build(rows, stream, context, path)
            return
        build_each(self.subcon, rows, stream, context, path)
