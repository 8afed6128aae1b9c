"""Lists of elements.

construct 2.8.8's ranges swallow errors, cannot be built on Python 3.10 or newer, and make an object
for each integer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from construct import Construct, Container, FormatField, ListContainer, Subconstruct

from ...errors import BoxBuildError, BoxParseError
from ..reader import Window, window_on
from .build_values import field_of
from .exact import is_exact
from .fixed import with_numbers

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
    """

    __slots__ = ("count", "minimum_size")

    def __init__(self, count: Count | None, subcon: Construct, minimum_size: int = 1) -> None:
        super().__init__(with_numbers(subcon))
        self.count = count
        self.minimum_size = minimum_size

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.subcon)

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        if self.count is None:
            values = ListContainer()
            while window.remaining >= self.minimum_size:
                values.append(self.subcon._parse(window, context, path))
            return values
        count = counted_by(self.count, context)
        return parse_elements(self.subcon, count, self.minimum_size, window, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{field_of(path)} must be a list")
        values = list(obj)
        if self.count is not None:
            count = counted_by(self.count, context)
            if len(values) != count:
                raise BoxBuildError(f"{field_of(path)} has {len(values)} items, not {count}")
        for value in values:
            self.subcon._build(value, stream, context, path)


def parse_elements(
    subcon: Construct, count: int, minimum_size: int, window: Window, context: Any, path: str
) -> ListContainer:
    """Parse elements, after it has been checked that so many can be there."""
    check_count(count, minimum_size, window.remaining)
    return ListContainer([subcon._parse(window, context, path) for _ in range(count)])


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
    """

    __slots__ = ("_count_size", "field", "minimum_size")

    def __init__(self, field: Construct, subcon: Construct, minimum_size: int = 1) -> None:
        super().__init__(with_numbers(subcon))
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
        return parse_elements(self.subcon, count, self.minimum_size, window, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{field_of(path)} must be a list")
        rows: Any = obj if hasattr(obj, "__len__") else list(obj)
        self.field._build(len(rows), stream, context, path)
        if isinstance(self.subcon, Rows):
            self.subcon._build(rows, stream, context, path)
            return
        for row in rows:
            self.subcon._build(row, stream, context, path)
