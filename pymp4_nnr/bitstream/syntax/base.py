"""One description of a syntax table that both reads and writes.

A table is a function over a `Syntax`. Run with a `SyntaxReader` it takes each element from bits
and notes its value; run with a `SyntaxWriter` it takes each value from a dict and writes bits.
Either way an element's value is returned, so that the same `if` and `for` work for both::

    def sample(s: Syntax) -> None:
        if s("tensor_dimensions_flag", u(1), s.has("tensor_dimensions")):
            count = s("count_tensor_dimensions", ue(1), s.length("tensor_dimensions"))
            s.array("tensor_dimensions", count, ue(7))

The third argument is what a writer takes where the element is not given.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from ...errors import SyntaxElementError
from ..bits import BitReader, BitWriter, Descriptor, relative, u, ue
from ..parsed_unit import Fields

T = TypeVar("T")


class Syntax(ABC):
    """Goes through a syntax table, element by element.

    Inside a loop (`loop`, `each`) an element is an item of the list of that name, inside nested
    loops an item of a list of lists. Inside a `group` it belongs to the dict of that name.
    """

    def __init__(self) -> None:
        self.opaque_reason: str | None = None
        self.is_unknown = False
        self._groups: list[str] = []
        self._indices: list[int] = []

    @abstractmethod
    def __call__(self, name: str, descriptor: Descriptor[T], default: T | None = None) -> T:
        """Return the value of the element `name`; `default` is what it is if it is not given."""

    @abstractmethod
    def open(self, name: str, count: int, *, prefilled: bool = False) -> None:
        """Begin a list `name` that will have `count` items.

        Where the items are not coded in their order, the list is `prefilled` with None.
        """

    @abstractmethod
    def cap(self, name: str, count: int, min_bits: int) -> None:
        """Refuse a count of items `name` for which there are too few bits, before looping."""

    @abstractmethod
    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        """The elements within belong to a dict `name`."""

    @abstractmethod
    def groups(self, name: str, count: int, min_bits: int) -> Iterator[int]:
        """Loop over `count` dicts of a list `name`, each of at least `min_bits` bits."""

    @abstractmethod
    def byte_alignment(self) -> None:
        """byte_alignment()."""

    @abstractmethod
    def has(self, *names: str) -> int | None:
        """Writing: 1 if one of the elements is given, else 0; the default of a presence flag."""

    @abstractmethod
    def length(self, name: str, more: int = 0) -> int | None:
        """Writing: length of the list given as `name`, plus `more`; the default of a count."""

    @abstractmethod
    def end(self) -> None:
        """Check that the unit ends here."""

    def opaque(self, reason: str) -> None:
        """Note that after this header, on a byte boundary, the syntax is not available."""
        self.opaque_reason = reason

    def stop(self, reason: str) -> NoReturn:
        """Stop here: what follows is not certain when reading, and cannot be written."""
        raise SyntaxElementError(reason)

    def unknown(self, reason: str) -> NoReturn:
        """Stop here: nothing is wrong, but what follows is reserved, or not in the bitstream."""
        self.is_unknown = True
        self.stop(reason)

    def reserved(self, name: str, count: int) -> None:
        """Bits that are 0 in all known editions; if they are not, another syntax may follow."""
        if self(name, u(count), 0):
            self.unknown(f"{self.path(name)}: reserved bits are not 0")

    def loop(self, name: str, count: int, min_bits: int) -> Iterator[int]:
        """Loop over `count` items of at least `min_bits` bits; `name` is one of their elements."""
        self.cap(name, count, min_bits)
        yield from self.each(range(count))

    def each(self, indices: Iterable[int]) -> Iterator[int]:
        """Loop over items in the order of these indices."""
        for index in indices:
            self._indices.append(index)
            yield index
            self._indices.pop()

    def array(self, name: str, count: int, descriptor: Descriptor[T]) -> list[T]:
        """A list of `count` elements, one after the other."""
        self.cap(name, count, descriptor.min_bits)
        self.open(name, max(count, 0))
        return [self(name, descriptor) for _ in self.each(range(count))]

    def ascending(self, name: str, indices: range, order: int, start: int, sign: int) -> None:
        """Items of the list `name` at `indices`, each by ue(k) and 1 from the one before.

        Args:
            name: of the list, which `open` began.
            indices: of the items, as they are coded.
            order: k.
            start: value before the first.
            sign: 1 if they ascend, -1 if they descend.
        """
        for _ in self.each(indices):
            start = self(name, relative(ue(order), start + sign, sign))

    def path(self, name: str) -> str:
        """Name of an element with its groups and indices, for errors."""
        return ".".join([*self._groups, name]) + "".join(f"[{index}]" for index in self._indices)


class SyntaxReader(Syntax):
    """Reads elements into `fields`, up to the first that is not certain."""

    def __init__(self, bits: BitReader) -> None:
        super().__init__()
        self.bits = bits
        self.fields: Fields = {}
        self._node = self.fields

    def __call__(self, name: str, descriptor: Descriptor[T], default: T | None = None) -> T:
        try:
            value = descriptor.read(self.bits)
        except SyntaxElementError as error:
            raise SyntaxElementError(f"{self.path(name)}: {error.reason}") from error
        self._place(name, value)
        return value

    def open(self, name: str, count: int, *, prefilled: bool = False) -> None:
        self._place(name, [None] * count if prefilled else [])

    def ascending(self, name: str, indices: range, order: int, start: int, sign: int) -> None:
        differences: list[int] = []
        try:
            self.bits.ue_run(order, len(indices), differences)
        except SyntaxElementError as error:
            path = f"{self.path(name)}[{indices[len(differences)]}]"
            raise SyntaxElementError(f"{path}: {error.reason}") from error
        finally:
            items = self._node[name]
            for index, difference in zip(indices, differences, strict=False):
                start += sign * (difference + 1)
                items[index] = start

    def cap(self, name: str, count: int, min_bits: int) -> None:
        if count * min_bits > self.bits.remaining:
            raise SyntaxElementError(
                f"{self.path(name)}: {count} items of at least {min_bits} bits, "
                f"{self.bits.remaining} bits are left"
            )

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        outer, indices = self._node, self._indices
        self._node, self._indices = {}, []
        self._groups.append(name)
        outer[name] = self._node
        yield
        self._groups.pop()
        self._node, self._indices = outer, indices

    def groups(self, name: str, count: int, min_bits: int) -> Iterator[int]:
        self.cap(name, count, min_bits)
        outer = self._node
        outer[name] = []
        for index in range(count):
            self._node = {}
            outer[name].append(self._node)
            self._groups.append(f"{name}[{index}]")
            yield index
            self._groups.pop()
        self._node = outer

    def byte_alignment(self) -> None:
        self.bits.byte_alignment()

    def has(self, *names: str) -> int | None:
        return None

    def length(self, name: str, more: int = 0) -> int | None:
        return None

    def end(self) -> None:
        if self.bits.remaining:
            self.stop(f"{(self.bits.remaining + 7) // 8} bytes follow the last element")

    def _place(self, name: str, value: object) -> None:
        if not self._indices:
            self._node[name] = value
            return
        items = self._node.setdefault(name, [])
        for index in self._indices[:-1]:
            items = items[index]
        if self._indices[-1] == len(items):
            items.append(value)
        else:
            items[self._indices[-1]] = value


class SyntaxWriter(Syntax):
    """Writes elements from `fields`, and refuses those that are not in the table."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__()
        self.bits = BitWriter()
        self._node = fields
        self._used: set[str] = set()
        self._lists: dict[int, tuple[str, Sequence[Any], int]] = {}

    def __call__(self, name: str, descriptor: Descriptor[T], default: T | None = None) -> T:
        given: T | None = self._given(name)
        value = default if given is None else given
        if value is None:
            raise SyntaxElementError(f"{self.path(name)} is missing")
        try:
            descriptor.write(self.bits, value)
        except SyntaxElementError as error:
            raise SyntaxElementError(f"{self.path(name)}: {error.reason}") from error
        return value

    def open(self, name: str, count: int, *, prefilled: bool = False) -> None:
        items = self._given(name)
        # The list of a count of 0 may be left out.
        if len(self._items(self.path(name), [] if items is None else items)) != count:
            raise SyntaxElementError(f"{self.path(name)} must have {count} item(s)")

    def cap(self, name: str, count: int, min_bits: int) -> None:
        pass  # the lists are there, and are compared with the counts

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        self._used.add(name)
        inner = self._node.get(name)
        with self._within(name, {} if inner is None else inner):
            yield

    def groups(self, name: str, count: int, min_bits: int) -> Iterator[int]:
        self.open(name, max(count, 0))
        items = self._node.get(name) or []
        for index in range(count):
            with self._within(f"{name}[{index}]", items[index]):
                yield index

    def byte_alignment(self) -> None:
        self.bits.byte_alignment()

    def has(self, *names: str) -> int | None:
        return int(any(self._node.get(name) is not None for name in names))

    def length(self, name: str, more: int = 0) -> int | None:
        items = self._given(name)
        return None if items is None else len(self._items(self.path(name), items)) + more

    def end(self) -> None:
        pass

    def finish(self) -> None:
        """Check that every element given has been written.

        Raises:
            SyntaxElementError: an element is given that this unit does not have, or a list is
                longer than its count.
        """
        for name, value in self._node.items():
            if name not in self._used and value is not None:
                raise SyntaxElementError(f"{self.path(name)} has no place in this unit")
        for name, items, used in self._lists.values():
            if len(items) != used:
                raise SyntaxElementError(f"{name} has {len(items)} items, {used} expected")

    @contextmanager
    def _within(self, name: str, node: object) -> Iterator[None]:
        if not isinstance(node, Mapping):
            raise SyntaxElementError(f"{self.path(name)} is not a mapping of elements")
        outer = self._node, self._used, self._indices, self._lists
        self._node, self._used, self._indices, self._lists = node, set(), [], {}
        self._groups.append(name)
        yield
        self.finish()
        self._groups.pop()
        self._node, self._used, self._indices, self._lists = outer

    def _given(self, name: str) -> Any:
        """The value given for an element at the indices of the loops, or None."""
        self._used.add(name)
        value = self._node.get(name)
        path = ".".join([*self._groups, name])
        for index in self._indices:
            if value is None:
                return None
            items = self._items(path, value)
            used = self._lists.get(id(items), (path, items, 0))[2]
            self._lists[id(items)] = path, items, max(used, min(index + 1, len(items)))
            value = items[index] if index < len(items) else None
            path += f"[{index}]"
        return value

    def _items(self, path: str, value: object) -> Sequence[Any]:
        if not isinstance(value, (list, tuple)):
            raise SyntaxElementError(f"{path} is not a list")
        return value
