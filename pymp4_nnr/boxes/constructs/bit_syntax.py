"""Structures of bit fields that depend on each other, described once for reading and writing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from construct import Construct, Container, ListContainer

from ...errors import BoxBuildError, BoxParseError
from ..reader import window_on
from .build_values import as_bytes

Description = Callable[["BitFields", Container], None]


class BitSyntax(Construct):
    """A structure whose fields have any number of bits, and may be there or not.

    Args:
        describe: a function of the fields and of the context. The same function reads and writes::

            def layers(f: BitFields, context: Container) -> None:
                f("_reserved", 2)
                for layer in f.each("layers", f.count("layers", 6), minimum_bits=7):
                    layer("layer_id", 6)
                    if layer("has_rate", 1):
                        layer("rate", 32)
                    layer.align()

            It must end on a byte boundary. A name that begins with ``_`` is kept but not printed.
        embedded: the fields are those of the enclosing Struct.
    """

    def __init__(self, describe: Description, *, embedded: bool = False) -> None:
        super().__init__()
        self.describe = describe
        self.flagembedded = embedded

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        reader = _BitReader(memoryview(window.data)[window.position : window.end])
        fields = _ReadFields(reader)
        self.describe(fields, context)
        window.position += reader.whole_bytes()
        return fields.values

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Container:
        if not isinstance(obj, dict):
            raise BoxBuildError(f"a dict of fields is needed, not {type(obj).__name__}")
        writer = _BitWriter()
        fields = _WrittenFields(writer, obj)
        self.describe(fields, context)
        stream.write(writer.to_bytes())
        return fields.values


class BitFields(ABC):
    """The fields of one structure, which a description reads or writes one after the other."""

    @abstractmethod
    def __call__(self, name: str, width: int, default: int = 0, *, signed: bool = False) -> int:
        """An integer of `width` bits; `default` is what is written where it is not given."""

    @abstractmethod
    def data(self, name: str, size: int) -> bytes:
        """So many bytes."""

    @abstractmethod
    def count(self, name: str, width: int, *, less: int = 0) -> int:
        """The number of items of the list `name`, stored less `less`. No field of its own."""

    @abstractmethod
    def length_of(self, name: str, told: Callable[[], int]) -> int:
        """Length of the list or bytes that a caller gives; when reading, what `told` returns."""

    @abstractmethod
    def each(self, name: str, count: int, *, minimum_bits: int) -> Iterator[BitFields]:
        """Loop over the structures of the list `name`; each has at least `minimum_bits`."""

    @abstractmethod
    def each_to_end(self, name: str, *, but_last: int = 0) -> Iterator[BitFields]:
        """The same up to the end of the box, or up to so many bits before it."""

    @abstractmethod
    def numbers(self, name: str, count: int, width: int, *, signed: bool = False) -> list[int]:
        """A list of integers of `width` bits."""

    @abstractmethod
    def align(self) -> None:
        """Bits up to the next byte boundary: kept, and zero where they are not given."""

    @abstractmethod
    def is_given(self, name: str) -> bool:
        """The default of a presence flag: whether a caller gives the field it stands for."""


class _BitReader:
    """Bits of a buffer, most significant first."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.position = 0

    @property
    def left(self) -> int:
        return len(self.data) * 8 - self.position

    def take(self, width: int) -> int:
        if width > self.left:
            raise BoxParseError(f"{width} bits are needed, {self.left} are left")
        end = self.position + width
        number = int.from_bytes(self.data[self.position // 8 : (end + 7) // 8])
        self.position = end
        return number >> -end % 8 & (1 << width) - 1

    def whole_bytes(self) -> int:
        size, odd = divmod(self.position, 8)
        if odd:
            raise ValueError("the description of a structure ends within a byte")
        return size


class _BitWriter:
    """Bits one after the other."""

    def __init__(self) -> None:
        self.digits: list[str] = []
        self.length = 0

    def put(self, number: int, width: int) -> None:
        if width:
            self.digits.append(f"{number:0{width}b}")
            self.length += width

    def to_bytes(self) -> bytes:
        size, odd = divmod(self.length, 8)
        if odd:
            raise ValueError("the description of a structure ends within a byte")
        return int("".join(self.digits) or "0", 2).to_bytes(size)


class _ReadFields(BitFields):
    def __init__(self, bits: _BitReader) -> None:
        self.bits = bits
        self.values = Container()

    def __call__(self, name: str, width: int, default: int = 0, *, signed: bool = False) -> int:
        number = self._read(width, signed)
        self.values[name] = number
        return number

    def _read(self, width: int, signed: bool) -> int:
        number = self.bits.take(width)
        return number - (1 << width) if signed and number >> width - 1 else number

    def data(self, name: str, size: int) -> bytes:
        value = self.bits.take(size * 8).to_bytes(size)
        self.values[name] = value
        return value

    def count(self, name: str, width: int, *, less: int = 0) -> int:
        return self.bits.take(width) + less

    def length_of(self, name: str, told: Callable[[], int]) -> int:
        return told()

    def each(self, name: str, count: int, *, minimum_bits: int) -> Iterator[BitFields]:
        self._check(name, count, minimum_bits)
        items = self.values[name] = ListContainer()
        for _ in range(count):
            item = _ReadFields(self.bits)
            yield item
            items.append(item.values)

    def each_to_end(self, name: str, *, but_last: int = 0) -> Iterator[BitFields]:
        items = self.values[name] = ListContainer()
        while self.bits.left > but_last:
            item = _ReadFields(self.bits)
            yield item
            items.append(item.values)

    def numbers(self, name: str, count: int, width: int, *, signed: bool = False) -> list[int]:
        self._check(name, count, width)
        found = self.values[name] = ListContainer(self._read(width, signed) for _ in range(count))
        return found

    def _check(self, name: str, count: int, minimum_bits: int) -> None:
        if count * minimum_bits > self.bits.left:
            raise BoxParseError(f"{count} {name} do not fit {self.bits.left} bits")

    def align(self) -> None:
        self.values["_alignment"] = self.bits.take(-self.bits.position % 8)

    def is_given(self, name: str) -> bool:
        return False


class _WrittenFields(BitFields):
    def __init__(self, bits: _BitWriter, given: dict[str, Any]) -> None:
        self.bits = bits
        self.given = given
        self.values = Container()

    def __call__(self, name: str, width: int, default: int = 0, *, signed: bool = False) -> int:
        value = self.given.get(name)
        number = self._write(name, default if value is None else value, width, signed)
        self.values[name] = number
        return number

    def _write(self, name: str, value: Any, width: int, signed: bool) -> int:
        least = -(1 << width - 1) if signed else 0
        if not isinstance(value, int) or not least <= value < least + (1 << width):
            raise BoxBuildError(f"{name} = {value!r} does not fit {width} bit(s)")
        self.bits.put(value & (1 << width) - 1, width)
        return value

    def data(self, name: str, size: int) -> bytes:
        value = as_bytes(self.given.get(name) or b"", name)
        if len(value) != size:
            raise BoxBuildError(f"{name} has {len(value)} bytes, not {size}")
        self.bits.put(int.from_bytes(value), size * 8)
        return value

    def count(self, name: str, width: int, *, less: int = 0) -> int:
        count = len(self._list(name))
        self._write(f"number of {name}", count - less, width, signed=False)
        return count

    def length_of(self, name: str, told: Callable[[], int]) -> int:
        return len(self.given.get(name) or ())

    def each(self, name: str, count: int, *, minimum_bits: int) -> Iterator[BitFields]:
        for item in self._counted(name, count):
            if not isinstance(item, dict):
                raise BoxBuildError(f"{name} must be a list of dicts")
            yield _WrittenFields(self.bits, item)

    def each_to_end(self, name: str, *, but_last: int = 0) -> Iterator[BitFields]:
        return self.each(name, len(self._list(name)), minimum_bits=1)

    def numbers(self, name: str, count: int, width: int, *, signed: bool = False) -> list[int]:
        return [self._write(name, item, width, signed) for item in self._counted(name, count)]

    def _counted(self, name: str, count: int) -> list[Any]:
        items = self._list(name)
        if len(items) != count:
            raise BoxBuildError(f"{name} has {len(items)} items, not {count}")
        return items

    def _list(self, name: str) -> list[Any]:
        items = self.given.get(name)
        if isinstance(items, (str, bytes, dict)) or not hasattr(items or [], "__len__"):
            raise BoxBuildError(f"{name} must be a list")
        return list(items or [])

    def align(self) -> None:
        width = -self.bits.length % 8
        self._write("_alignment", self.given.get("_alignment") or 0, width, signed=False)

    def is_given(self, name: str) -> bool:
        return self.given.get(name) is not None
