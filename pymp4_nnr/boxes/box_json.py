"""Parsed boxes as values that JSON has: what `pymp4-nnr dump --json` prints.

Fields have pymp4's names, and values as people write them. Bytes are text where they are a
four-character code, else hexadecimal digits; a field that holds bytes that were not read is left
out. A name of a field has values of one type, or null: flags that are shown by name are a list,
`flag_names`, and a field that holds text here and a structure there is `..._fields` there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from ..escape import json_text, utf8
from .constructs.integers import IntegerList
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


_ROWS_TOGETHER = 256
"""Rows of a table whose text is made at once."""


def box_texts(placed: PlacedBox, depth: int | None = None) -> Iterator[str]:
    """The text of a box, in pieces, with all boxes in it, or those in so many levels.

    Args:
        placed: the box.
        depth: levels of boxes; 1: itself alone.
    """
    fields, inner = placed.split()
    head = {
        "type": show_code(placed.type),
        "name": name_of(placed.type),
        "offset": placed.offset,
        "size": placed.size,
        "note": placed.note,
    }
    yield f'{_text(head)[:-1]}, "fields": {{'
    separator = ""
    for name, value in _fields(dict(fields), whole=False).items():
        yield f"{separator}{_text(name)}: "
        yield from _list_texts(value) if isinstance(value, list) else (_text(value),)
        separator = ", "
    yield '}, "children": ['
    separator = ""
    for box in inner if depth != 1 else ():
        yield separator
        yield from box_texts(box, None if depth is None else depth - 1)
        separator = ", "
    yield "]}"


def _list_texts(items: list[Any]) -> Iterator[str]:
    """The text of a list; of the objects in it, only a few are made at once."""
    many = isinstance(items, (TableRows, IntegerList))
    rows = items.peek(items.shown) if isinstance(items, LazyList) else iter(items)
    separator = "["
    while some := list(islice(rows, _ROWS_TOGETHER if many else 1)):
        yield separator + _text([_json(row) for row in some])[1:-1]
        separator = ", "
    yield "]" if separator == ", " else "[]"


def _text(value: object) -> str:
    return json_text(json.dumps(value, ensure_ascii=False))


def _fields(fields: Mapping[str, Any], *, whole: bool = True) -> dict[str, Any]:
    """Fields as values that JSON has; lists are left as they are unless they are to be made."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if str(name).startswith("_") or isinstance(value, NotRead):
            continue
        if name == "flags" and isinstance(value, Mapping):
            found["flag_names"] = [key for key, item in value.items() if item is True]
        elif name in _MIXED_FIELDS and isinstance(value, Mapping):
            found[f"{name}_fields"] = _fields(value)
        elif name in _MIXED_FIELDS and isinstance(value, (int, float)):
            found[f"{name}_number"] = value
        elif name not in _TEXT_FIELDS and isinstance(value, list) and not whole:
            found[name] = value
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
    if isinstance(value, LazyList):
        return [_json(item) for item in value.peek(value.shown)]
    if isinstance(value, list):
        return [_json(item) for item in value]
    return str(value)
