"""Fields of a fixed size, which a `Struct` reads and writes together with their neighbours."""

from __future__ import annotations

import struct
from typing import Any

from construct import Construct, Container, FormatField

from ...errors import BoxBuildError
from ..reader import window_on
from .build_values import field_of


class FixedField(Construct):
    """A field whose bytes are one number, or a string of bytes, of a fixed size.

    Attributes:
        letters: how it is stored, as in a format of the module `struct`: one value, big-endian.
        decoded: whether `decode` does anything.
        encoded: whether `encode` does anything.
        derived: the default counts when building, whatever value the caller gives.
    """

    __slots__ = ("_stored", "letters")

    exact = True
    decoded = True
    encoded = True
    derived = False

    def __init__(self, letters: str) -> None:
        super().__init__()
        self.letters = letters
        self._stored = struct.Struct(">" + letters)

    def decode(self, stored: Any) -> Any:
        """The field's value, of the number or bytes stored.

        Raises:
            BoxParseError: there is none.
        """
        return stored

    def encode(self, value: Any, name: str) -> Any:
        """The number or bytes to store.

        Raises:
            BoxBuildError: the value is none of this field; `name` stands in the message.
        """
        return value

    def default(self, context: Container) -> Any:
        """The value when the caller gives none; None if it must be given."""
        return None

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        window = window_on(stream)
        start = window.take(self._stored.size)
        return self.decode(self._stored.unpack_from(window.data, start)[0])

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        name = field_of(path)
        value = self.default(context) if obj is None or self.derived else obj
        stored = self.encode(value, name)
        try:
            stream.write(self._stored.pack(stored))
        except struct.error as error:
            raise BoxBuildError(f"{name} = {value!r}: {error}") from error
        return self.decode(stored)  # for those that ask the context

    def _sizeof(self, context: Container, path: str) -> int:
        return self._stored.size


class Number(FixedField):
    """A number as it is stored: construct's `FormatField`, several times as fast."""

    __slots__ = ()

    decoded = False
    encoded = False

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """See `is_exact`: a 32-bit floating point number may lose the bits of a NaN."""
        return self.letters != "f"


def with_numbers(subcon: Construct) -> Construct:
    """The construct itself, or a `Number` in place of a big-endian `FormatField`."""
    if type(subcon) is FormatField and subcon.fmtstr[0] == ">" and subcon.name is None:
        return Number(subcon.fmtstr[1])
    return subcon
