"""Bit fields.

construct 2.8.8's `BitStruct` waits for ever at the end of the data and keeps state between calls.
"""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Embedded

from ...errors import BoxBuildError
from ..reader import window_on
from .containers import new_container


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
        return new_container(
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
