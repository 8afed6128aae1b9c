"""Bytes, and numbers of so many bytes, whose size is fixed, stored or computed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from construct import Bytes, Construct, Container, Default, Subconstruct

from ...errors import BoxBuildError, BoxParseError
from ..reader import window_on
from .build_values import as_bytes, field_of
from .fixed import FixedField


class Padded(FixedField):
    """Bytes of a fixed size, without the padding at their end.

    Args:
        size: in bytes.
        pad: the byte that fills the field.
    """

    __slots__ = ("pad", "size")

    def __init__(self, size: int, pad: bytes = b"\0") -> None:
        super().__init__(f"{size}s")
        self.size = size
        self.pad = pad

    def decode(self, stored: bytes) -> bytes:
        return stored.rstrip(self.pad)

    def encode(self, value: Any, name: str) -> bytes:
        data = as_bytes(value, name)
        if len(data) > self.size:
            raise BoxBuildError(f"{data!r} is longer than {self.size} bytes")
        return data.ljust(self.size, self.pad)


class SizedBytes(Construct):
    """Bytes preceded by their number.

    Args:
        field: construct of the number.
    """

    __slots__ = ("field",)

    exact = True

    def __init__(self, field: Construct) -> None:
        super().__init__()
        self.field = field

    def _parse(self, stream: Any, context: Container, path: str) -> bytes:
        window = window_on(stream)
        return window.read(self.field._parse(window, context, path))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        self.field._build(len(data), stream, context, path)
        stream.write(data)


class Sized(Subconstruct):
    """A field preceded by its size in bytes, which it fills.

    Args:
        field: construct of the size.
        subcon: the field.
    """

    __slots__ = ("field",)

    def __init__(self, field: Construct, subcon: Construct) -> None:
        super().__init__(subcon)
        self.field = field

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        window = window_on(stream)
        size = self.field._parse(window, context, path)
        inside = window.inner(size)
        value = self.subcon._parse(inside, context, path)
        if inside.remaining:
            raise BoxParseError(f"{inside.remaining} of {size} bytes are left")
        return value

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        inside = io.BytesIO()
        self.subcon._build(obj, inside, context, path)
        self.field._build(len(inside.getvalue()), stream, context, path)
        stream.write(inside.getvalue())


def Reserved(size: int) -> Default:
    """Bytes that the standard reserves: kept, and zero when building without them."""
    return Default(Bytes(size), bytes(size))


class Unsigned(Construct):
    """An unsigned integer of so many bytes, which may be none: the value is 0 then.

    Args:
        size: function of the context that gives the number of bytes.
    """

    __slots__ = ("size",)

    exact = True

    def __init__(self, size: Callable[[Container], int]) -> None:
        super().__init__()
        self.size = size

    def _parse(self, stream: Any, context: Container, path: str) -> int:
        return int.from_bytes(stream.read(self.size(context)))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        size = self.size(context)
        try:
            stream.write(int(obj).to_bytes(size))
        except OverflowError as error:
            name = field_of(path)
            raise BoxBuildError(f"{name} = {obj} does not fit {size} byte(s)") from error
