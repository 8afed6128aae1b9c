"""The values of items of `ilst`, by their type indicator (QuickTime File Format, "Data atom")."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

from construct import Construct, Container, ListContainer

from ...errors import BoxBuildError
from ..constructs.build_values import as_bytes
from ..reader import window_on

_FORMATS = {
    23: "f",
    24: "d",
    65: "b",
    66: "h",
    67: "i",
    74: "q",
    75: "B",
    76: "H",
    77: "I",
    78: "Q",
    70: "ff",  # point
    71: "ff",  # dimensions
    72: "ffff",  # rectangle
    79: "ddddddddd",  # transformation
}
"""Well-known types of numbers: as `struct` writes them."""

_SIGNED, _UNSIGNED = 21, 22
"""Integers of 1, 2, 3, 4 or 8 bytes, as many as there are."""

_SIZES = (1, 2, 3, 4, 8)


_PAIR_SIZES = {b"trkn": 8, b"disk": 6}
"""Items whose value is a number and how many there are: their sizes in bytes."""

_PAIR_TYPES = (0, _SIGNED)
"""Their type indicators: of values without a type, and, by GPAC, of integers."""


class ItemValue(Construct):
    """A number, several numbers, or bytes; of a track or disc, its `number` and their `total`.

    A value that does not have the size of its type is bytes. Bytes are always built as they are.
    The field is `value`, of the enclosing Struct.
    """

    fields = (("value",), ("_stored_bytes",))

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        data = window_on(stream).read()
        value = self._value(data, context)
        fields = Container(value=value)
        if isinstance(value, int):
            fields["_stored_bytes"] = len(data)
        return fields

    def _value(self, data: bytes, context: Container) -> Any:
        kind = context["type_indicator"]
        if kind in _PAIR_TYPES and len(data) == _PAIR_SIZES.get(_item(context)):
            return _read_pair(data)
        if kind in (_SIGNED, _UNSIGNED) and len(data) in _SIZES:
            return int.from_bytes(data, signed=kind == _SIGNED)
        form = _FORMATS.get(kind)
        if form is None or len(data) != struct.calcsize(f">{form}"):
            return data
        values = struct.unpack(f">{form}", data)
        return values[0] if len(values) == 1 else ListContainer(values)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        value = obj.get("value")
        stream.write(self._bytes(b"" if value is None else value, obj, context))

    def _bytes(self, value: Any, obj: Any, context: Container) -> bytes:
        kind = context["type_indicator"]
        form = _FORMATS.get(kind)
        if isinstance(value, dict) and _item(context) in _PAIR_SIZES:
            return _written_pair(value, _PAIR_SIZES[_item(context)])
        if isinstance(value, int) and kind in (_SIGNED, _UNSIGNED):
            return _written_integer(value, obj.get("_stored_bytes"), kind == _SIGNED)
        if form is not None and not isinstance(value, (str, bytes, bytearray, memoryview, dict)):
            try:
                values = value if isinstance(value, (list, tuple)) else [value]
                return struct.pack(f">{form}", *values)
            except (struct.error, OverflowError) as error:
                raise BoxBuildError(f"value = {value!r}, type {kind}: {error}") from error
        return as_bytes(value, "value")


def _item(context: Container) -> bytes:
    """The type of the item that the `data` box lies in."""
    parent: Container | None = context.get("_")
    while parent is not None and parent.get("type") in (None, b"data"):
        parent = parent.get("_")
    return b"" if parent is None else parent["type"]


def _read_pair(data: bytes) -> Container:
    """Number and total in two bytes each, between bytes that are reserved."""
    return Container(
        [
            ("_reserved1", data[:2]),
            ("number", int.from_bytes(data[2:4])),
            ("total", int.from_bytes(data[4:6])),
            ("_reserved2", data[6:]),
        ]
    )


def _written_pair(value: Any, size: int) -> bytes:
    try:
        numbers = struct.pack(">HH", value["number"], value.get("total") or 0)
    except (struct.error, KeyError) as error:
        raise BoxBuildError(f"value needs a number and a total of 16 bits: {error}") from error
    before = as_bytes(value.get("_reserved1") or bytes(2), "_reserved1")
    after = as_bytes(value.get("_reserved2") or bytes(size - 6), "_reserved2")
    return before + numbers + after


def _written_integer(value: int, size: int | None, signed: bool) -> bytes:
    """In as many bytes as it was read from, if it fits, else in as few as hold it."""
    for count in (*([size] if size else []), 1, 2, 4, 8):
        with contextlib.suppress(OverflowError):
            return value.to_bytes(count, signed=signed)
    raise BoxBuildError(f"value = {value} does not fit its type")
