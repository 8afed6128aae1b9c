"""Lists whose items are made when they are looked at.

A `LazyList` is a real list, so that all code that takes lists takes it. As long as nobody changes
it, its items are made one by one from the bytes that were parsed. What a lazy list cannot do itself
makes all items, and leaves the rest to the list.
"""

from __future__ import annotations

import copy
import operator
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeAlias

_filling = threading.Lock()

_List: TypeAlias = list[Any]


class LazyList(_List):
    """A list of items that are not made yet.

    Attributes:
        source: what items are made from; None once all of them are in the list itself. A thread
            that has read it can make items from it even if another fills the list meanwhile.
        stands_for: the class of list that this stands for: pickles and copies are of it.
    """

    __slots__ = ("source",)

    stands_for: ClassVar[type[_List]] = list

    def __init__(self, source: Any) -> None:
        super().__init__()
        self.source = source

    def _count(self, source: Any) -> int:
        """Number of items in a source."""
        raise NotImplementedError

    def _item(self, source: Any, index: int) -> Any:
        """The item at an index from 0 on; always the same object if items can be changed."""
        raise NotImplementedError

    def _items(self, source: Any) -> Iterator[Any]:
        """All items."""
        return (self._item(source, index) for index in range(self._count(source)))

    @property
    def shown(self) -> int:
        """How many items are worth showing."""
        return len(self)

    def peek(self, count: int | None = None) -> Iterator[Any]:
        """The first items, by default all, to be read: those that are made now are not kept."""
        source = self.source
        if source is None:
            yield from list(self) if count is None else _List.__getitem__(self, slice(count))
            return
        length = self._count(source)
        for index in range(length if count is None else min(count, length)):
            yield self._peeked(source, index)

    def _peeked(self, source: Any, index: int) -> Any:
        """The item at an index, which is not kept."""
        return self._item(source, index)

    def fill(self) -> None:
        """Make all items."""
        if self.source is None:
            return
        with _filling:
            if self.source is not None:
                _List.__setitem__(self, slice(None), list(self._items(self.source)))
                self.source = None

    def __len__(self) -> int:
        source = self.source
        return _List.__len__(self) if source is None else self._count(source)

    def __getitem__(self, index: Any) -> Any:
        source = self.source
        if source is None:
            return _List.__getitem__(self, index)
        count = self._count(source)
        if isinstance(index, slice):
            return [self._item(source, i) for i in range(*index.indices(count))]
        place = operator.index(index)
        place += count if place < 0 else 0
        if not 0 <= place < count:
            raise IndexError("list index out of range")
        return self._item(source, place)

    def __iter__(self) -> Iterator[Any]:
        index = 0
        while index < len(self):  # which a caller may change
            yield self[index]
            index += 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__ = None

    def __radd__(self, other: Any) -> Any:
        return _List.__add__(other, list(self)) if isinstance(other, list) else NotImplemented

    def __copy__(self) -> _List:
        return self.stands_for(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> _List:
        return self.stands_for(copy.deepcopy(item, memo) for item in self)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return self.stands_for, (list(self),)


class SeenRows(LazyList):
    """Rows that can be changed: those that were looked at are kept, and count as they are.

    A source has their number in `length`, and in `seen` those that were looked at, by index.
    """

    __slots__ = ()

    def make(self, source: Any, index: int) -> Any:
        """Make the row at an index anew."""
        raise NotImplementedError

    def _count(self, source: Any) -> int:
        length: int = source.length
        return length

    def _item(self, source: Any, index: int) -> Any:
        row = source.seen.get(index)
        if row is None:
            row = source.seen.setdefault(index, self.make(source, index))
        return row

    def _peeked(self, source: Any, index: int) -> Any:
        row = source.seen.get(index)
        return self.make(source, index) if row is None else row


def _filled(name: str) -> Callable[..., Any]:
    method = getattr(list, name)

    def call(self: LazyList, *args: Any, **options: Any) -> Any:
        self.fill()
        return method(self, *args, **options)

    call.__name__ = name
    call.__doc__ = method.__doc__
    return call


for _name in (
    *("append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse"),
    *("sort", "__add__", "__contains__", "__delitem__", "__ge__", "__gt__", "__iadd__", "__imul__"),
    *("__le__", "__lt__", "__mul__", "__repr__", "__reversed__", "__rmul__", "__setitem__"),
):
    setattr(LazyList, _name, _filled(_name))
