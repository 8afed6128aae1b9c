"""The boxes of a file as this package reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.constructs.table_rows import TableRows
from pymp4_nnr.boxes.definitions.fragments import SAMPLE_FLAGS
from pymp4_nnr.boxes.display import shown_fields
from pymp4_nnr.boxes.header import LARGESIZE
from pymp4_nnr.operations.dump import dump

from .values import BODY, Fields, Paths, type_name

_OF_THE_BOX = frozenset(("offset", "end", "type", "format", "size_form", "header_size", "note"))


def read(path: Path) -> Iterator[Fields]:
    """Yield every box and sample entry, parents first."""
    paths = Paths()
    data = path.read_bytes()
    for box in dump(path):
        yield from _boxes(box, paths, data)


def _boxes(box: Any, paths: Paths, data: bytes) -> Iterator[Fields]:
    code = box.get("type", box.get("format"))
    kind = type_name(code.decode("latin-1"))
    fields = Fields(paths.next(kind), kind)
    inner: list[Any] = []
    _collect(box, fields, inner, code)
    if "offset" in box:
        header = 16 if box.get("size_form") == LARGESIZE else 8
        body = data[box["offset"] + header : box["end"]]
    else:  # entries of `dref` and `stsd` do not tell where they are
        body = BOX.build(box)[8:] if code in (b"url ", b"urn ") else b""
    fields.add(BODY, body)
    fields.add("@size", len(body))
    for structure, start in ((box, 0), (box.get("data"), 16)):
        if isinstance(structure, dict) and isinstance(structure.get("flags"), dict):
            fields.values["flags"] = [int.from_bytes(body[start + 1 : start + 4])]
    yield fields
    below = Paths(fields.path)
    for child in inner:
        yield from _boxes(child, below, data)


def _collect(structure: Any, fields: Fields, inner: list[Any], box_type: bytes) -> None:
    """Put the fields of a box or of a structure in it into `fields`, its boxes into `inner`.

    A value that is shown otherwise than it is stored counts as both.
    """
    for name, value in shown_fields(structure, box_type):
        if name not in _OF_THE_BOX:
            stored = structure[name]
            _add(name, value if value is stored else Both(value, stored), fields, inner, box_type)


class Both:
    """A value as it is shown, and as it is stored."""

    def __init__(self, shown: Any, stored: Any) -> None:
        self.shown = shown
        self.stored = stored


def shown(value: Any) -> Any:
    """A value as it is shown."""
    return value.shown if isinstance(value, Both) else value


def _add(name: str, value: Any, fields: Fields, inner: list[Any], box_type: bytes) -> None:
    if isinstance(value, Both) and isinstance(value.shown, (dict, list)):
        listed = isinstance(value.shown, list)
        if listed and isinstance(value.stored, list) and len(value.stored) == len(value.shown):
            for shown, stored in zip(value.shown, value.stored, strict=True):
                fields.add(name, Both(shown, stored))
            return
        fields.add(name, value.stored)
        value = value.shown
    elif isinstance(value, dict) and name.endswith("sample_flags"):
        fields.add(name, SAMPLE_FLAGS.encode(value))
    if isinstance(value, dict):
        if isinstance(value.get("type", value.get("format")), bytes):
            inner.append(value)
        else:
            _collect(value, fields, inner, box_type)
    elif isinstance(value, TableRows):
        for row in value:
            _collect(row, fields, inner, box_type)
    elif isinstance(value, list):
        for item in value:
            _add(name, item, fields, inner, box_type)
    else:
        fields.add(name, value)
