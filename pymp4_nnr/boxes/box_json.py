"""Parsed boxes as values that JSON has: what `pymp4-nnr dump --json` prints.

Fields have pymp4's names, and values as people write them. Bytes are text where they are a
four-character code, else hexadecimal digits; a field that holds bytes that were not read is left
out. A name of a field has values of one type, or null: flags that are shown by name are a list,
`flag_names`, and a field that holds text here and a structure there is `..._fields` there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ..escape import utf8
from .constructs.lazy_lists import LazyList
from .constructs.table_rows import TableRows
from .header import show_code
from .nesting import PlacedBox
from .text import NotRead
from .tree import name_of

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_TEXT_FIELDS = frozenset(("language",))
"""Fields that are text, or a number where there is none."""

_MIXED_FIELDS = frozenset(("data", "value", "default_byte_blocks"))
"""Fields that are text, numbers or structures, by what is in the box."""


def box_record(placed: PlacedBox, depth: int | None = None) -> dict[str, Json]:
    """A box, with all boxes in it, or those in so many levels (1: itself alone)."""
    fields, inner = placed.split()
    record: dict[str, Json] = {
        "type": show_code(placed.type),
        "name": name_of(placed.type),
        "offset": placed.offset,
        "size": placed.size,
        "note": placed.note,
        "fields": _fields(dict(fields)),
    }
    below = None if depth is None else depth - 1
    record["children"] = [] if below == 0 else [box_record(box, below) for box in inner]
    return record


def _fields(fields: Mapping[str, Any]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in fields.items():
        if str(name).startswith("_") or isinstance(value, NotRead):
            continue
        if name == "flags" and isinstance(value, Mapping):
            found["flag_names"] = [key for key, item in value.items() if item is True]
        elif name in _MIXED_FIELDS and isinstance(value, Mapping):
            found[f"{name}_fields"] = _fields(value)
        elif name in _MIXED_FIELDS and isinstance(value, (int, float)):
            found[f"{name}_number"] = value
        else:
            found[name] = str(value) if name in _TEXT_FIELDS else _json(value)
    return found


def _json(value: Any) -> Json:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return utf8(str(value))
    if isinstance(value, (bytes, bytearray)):
        if len(value) == 4 and all(0x20 <= byte < 0x7F for byte in value):
            return value.decode("ascii")
        return value.hex()
    if isinstance(value, Mapping):
        return _fields(value)
    if isinstance(value, TableRows):
        return [_fields(row) for row in value.peek(value.shown)]
    if isinstance(value, LazyList):
        return [_json(item) for item in value.peek(len(value))]
    if isinstance(value, list):
        return [_json(item) for item in value]
    return str(value)
