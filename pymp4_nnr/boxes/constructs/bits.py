"""Bit fields.

construct 2.8.8's `BitStruct` waits for ever at the end of the data and keeps state between calls.
"""

from __future__ import annotations

from typing import Any

from construct import Container, Embedded

from ...errors import BoxBuildError
from .containers import Fields, is_hidden, new_container
from .fixed import FixedField


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
    decode = bool

    def encode(self, value: Any) -> int:
        return int(bool(value))


_LETTERS = {1: "B", 2: "H", 4: "I", 8: "Q"}


_REMEMBERED = 64
"""Different values of the same bit fields that are taken apart only once: files have few."""


class Bits(FixedField):
    """An integer of whole bytes, taken apart into named bit fields, most significant first.

    Args:
        fields: (name, kind) or (name, kind, default). The kind is a width in bits, ``bool`` for
            one bit as True or False, or an object with `width`, `decode(int)` and
            `encode(value)`, such as `Names`. A field left out when building has its default,
            0 if none is given. A field whose name begins with ``_`` is hidden, and is there only
            if it does not have its default.
        embedded: the fields are those of the enclosing Struct (use `EmbeddedBits`).
        container: the class of parsed values.
    """

    __slots__ = (
        "_decoded",
        "_hidden_default",
        "_hidden_mask",
        "_known",
        "_parts",
        "_shown",
        "container",
        "embedded",
        "fields",
        "size",
    )

    def __init__(
        self,
        *fields: tuple[Any, ...],
        embedded: bool = False,
        container: type[Container] = Fields,
    ) -> None:
        self.fields = tuple(_bit_field(*field) for field in fields)
        self.embedded = embedded
        self.container = container
        total = sum(width for _, width, _, _ in self.fields)
        self.size, odd = divmod(total, 8)
        if odd:
            raise ValueError(f"{total} bits are not whole bytes")
        super().__init__(_LETTERS.get(self.size, f"{self.size}s"))
        self._decoded: dict[int | bytes, dict[str, Any]] = {}
        self._known = frozenset(name for name, *_ in self.fields)
        self._parts = []
        self._hidden_mask = self._hidden_default = 0
        for name, width, codec, default in self.fields:
            total -= width
            self._parts.append((name, total, (1 << width) - 1, codec and codec.decode))
            if is_hidden(name):
                self._hidden_mask |= (1 << width) - 1 << total
                self._hidden_default |= default << total
        self._shown = [part for part in self._parts if not is_hidden(part[0])]

    def decode(self, stored: int | bytes) -> Container:
        """Take the integer apart."""
        return new_container(self.decode_fields(stored), self.container)

    def decode_fields(self, stored: int | bytes) -> dict[str, Any]:
        """The same, as a dict, which must not be changed."""
        fields = self._decoded.get(stored)
        if fields is None:
            fields = self._decode_fields(stored)
            if len(self._decoded) < _REMEMBERED:
                self._decoded[stored] = fields
        return fields

    def _decode_fields(self, stored: int | bytes) -> dict[str, Any]:
        number = int.from_bytes(stored) if isinstance(stored, bytes) else stored
        ordinary = number & self._hidden_mask == self._hidden_default
        return {
            name: number >> shift & mask if decode is None else decode(number >> shift & mask)
            for name, shift, mask, decode in (self._shown if ordinary else self._parts)
        }

    def encode(self, value: Any, name: str = "") -> int | bytes:
        """Put the integer together.

        Raises:
            BoxBuildError: a value does not fit its field, or there is no such field.
        """
        if not isinstance(value, dict):
            raise BoxBuildError(f"bit fields are needed, not {value!r}")
        number = 0
        for field, width, codec, default in self.fields:
            part = value.get(field)
            if part is None:
                part = default
            elif codec is not None:
                part = codec.encode(part)
            if not isinstance(part, int) or not 0 <= part < 1 << width:
                raise BoxBuildError(f"{field} = {part!r} does not fit {width} bit(s)")
            number = number << width | part
        if not (self.embedded or self._known.issuperset(value)):
            unknown = [key for key in value if key not in self._known and not is_hidden(key)]
            if unknown:
                raise BoxBuildError(f"there is no bit field {', '.join(map(str, unknown))}")
        return number.to_bytes(self.size) if self.size not in _LETTERS else number


def _bit_field(name: str, kind: Any, default: int = 0) -> tuple[str, int, Any, int]:
    codec = _Flag() if kind is bool else None if isinstance(kind, int) else kind
    return name, kind if codec is None else codec.width, codec, default


def EmbeddedBits(*fields: tuple[Any, ...]) -> Embedded:
    """`Bits` whose fields are fields of the enclosing Struct."""
    return Embedded(Bits(*fields, embedded=True))
