"""Values as callers give them when they build."""

from __future__ import annotations

from typing import Any

from ...errors import BoxBuildError


def as_bytes(value: Any, name: str) -> bytes:
    """Bytes, or text as UTF-8. An integer is neither, though Python makes zero bytes of it.

    Raises:
        BoxBuildError: the value is something else; the message has the field's name.
    """
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise BoxBuildError(f"{name} must be bytes or text, not {type(value).__name__}")


def field_of(path: str) -> str:
    """The last name in construct's path of fields, ``building -> a -> b``."""
    return path.rpartition(" -> ")[2]
