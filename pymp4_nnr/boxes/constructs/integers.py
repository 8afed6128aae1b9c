"""Many integers of one size, kept as an array until somebody needs the list."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from typing import Any

from construct import Container, ListContainer

from ...errors import BoxBuildError
from ..reader import window_on
from .arrays import Count, Rows, check_count, counted_by
from .build_values import field_of
from .lazy_lists import LazyList


class IntegerList(LazyList, ListContainer):
    """Integers that take no more room than in the file."""

    __slots__ = ()

    stands_for = ListContainer

    def to_array(self) -> array[int]:
        """All integers; not to be changed.

        Raises:
            OverflowError, TypeError: somebody has put something else into the list.
        """
        source = self.source
        return array("Q", self) if source is None else source

    def _count(self, source: array[int]) -> int:
        return len(source)

    def _item(self, source: array[int], index: int) -> int:
        return source[index]

    def _items(self, source: array[int]) -> Iterator[int]:
        return iter(source)

    def __iter__(self) -> Iterator[int]:
        source = self.source
        return list.__iter__(self) if source is None else iter(source)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, IntegerList) and None not in (self.source, other.source):
            return bool(self.source == other.source)
        return super().__eq__(other)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return ListContainer(self) if self.source is None else IntegerList(self.source)

    def __str__(self) -> str:
        return str(ListContainer(self))


def unpacked_integers(data: bytes, letter: str) -> array[int]:
    """The big-endian integers that `data` holds."""
    values = array(letter, data)
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
        lazy_from: fewer are an ordinary ListContainer, as is a number of them that is fixed.
    """

    __slots__ = ("count", "lazy_from", "letter", "size")

    def __init__(
        self,
        count: Count | None = None,
        size: int = 4,
        *,
        signed: bool = False,
        lazy_from: int = 0,
    ) -> None:
        super().__init__()
        self.count = count
        self.lazy_from = lazy_from
        self.size = size
        letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
        self.letter = letter.lower() if signed else letter

    def parse_rows(self, stream: Any, count: int, context: Container) -> ListContainer:
        window = window_on(stream)
        check_count(count, self.size, window.remaining)
        start = window.take(count * self.size)
        if isinstance(self.count, int) or count < self.lazy_from:
            return ListContainer(struct.unpack_from(f">{count}{self.letter}", window.data, start))
        return IntegerList(unpacked_integers(window.data[start : window.position], self.letter))

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        if self.count is None:
            count = window.remaining // self.size
        else:
            count = counted_by(self.count, context)
        return self.parse_rows(window, count, context)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        values = obj if isinstance(obj, (list, tuple, array)) else list(obj)
        if isinstance(values, IntegerList) and values.source is not None:
            values = values.source
        if self.count is not None:
            count = counted_by(self.count, context)
            if len(values) != count:
                raise BoxBuildError(f"{field_of(path)} has {len(values)} items, not {count}")
        try:
            if isinstance(values, array):
                stream.write(packed_integers(values, self.letter))
            else:
                stream.write(struct.pack(f">{len(values)}{self.letter}", *values))
        except (struct.error, OverflowError) as error:
            raise BoxBuildError(f"{field_of(path)}: {error}") from error
