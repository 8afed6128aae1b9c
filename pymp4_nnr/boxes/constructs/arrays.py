"""Lists of elements.

construct 2.8.8's ranges swallow errors, cannot be built on Python 3.10 or newer, and make an object
for each integer.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Iterable
from typing import Any

from construct import Construct, Container, ListContainer, Subconstruct

from ...errors import BoxBuildError, BoxParseError
from ..reader import window_on
from .build_values import field_of

MAX_EMPTY_ROWS = 1 << 20
"""Rows without fields cost no bytes: a few bytes could else ask for billions of them."""

Count = int | Callable[[Container], int]


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
        check_count(count, self.minimum_size, window.remaining)
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


class Rows(Construct):
    """Elements of a fixed size that are read and written together: `Integers` or a `Table`."""

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

    __slots__ = ("field", "minimum_size")

    def __init__(self, field: Construct, subcon: Construct, minimum_size: int = 1) -> None:
        super().__init__(subcon)
        self.field = field
        self.minimum_size = minimum_size

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        count = self.field._parse(stream, context, path)
        if isinstance(self.subcon, Rows):
            return self.subcon.parse_rows(stream, count, context)
        return Repeat(count, self.subcon, self.minimum_size)._parse(stream, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"{field_of(path)} must be a list")
        rows: Any = obj if hasattr(obj, "__len__") else list(obj)
        self.field._build(len(rows), stream, context, path)
        if isinstance(self.subcon, Rows):
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


def unpacked_integers(data: bytes, letter: str) -> IntegerList:
    """The big-endian integers that `data` holds."""
    values = IntegerList(letter, data)
    if sys.byteorder == "little":
        values.byteswap()
    return values


def packed_integers(values: array[int], letter: str) -> bytes:
    """Integers as they are stored, big-endian.

    Raises:
        OverflowError: one does not fit.
    """
    stored = array(letter, values)
    if sys.byteorder == "little":
        stored.byteswap()
    return stored.tobytes()


class Integers(Rows):
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
        check_count(count, self.size, window.remaining)
        return unpacked_integers(window.read(count * self.size), self.letter)

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
                stream.write(packed_integers(values, self.letter))
            else:
                stream.write(struct.pack(f">{len(values)}{self.letter}", *values))
        except (struct.error, OverflowError) as error:
            raise BoxBuildError(f"{field_of(path)}: {error}") from error
