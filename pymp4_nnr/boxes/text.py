"""Boxes as text, as pymp4's `mp4dump` prints them, and stand-ins for boxes that are not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from construct import Container

from ..errors import BoxParseError
from ..escape import printable
from .constructs.containers import Fields
from .constructs.lazy_lists import LazyList
from .constructs.table_rows import TableRows
from .display import box_type_of, shown_fields
from .reader import Window
from .registry import BOX, UNKNOWN_BOX

SHOWN_BYTES = 64
"""Of longer byte strings the first ones are shown, with the number of all."""

MANY_ROWS = 64
"""Tables and lists with more rows are cut where that is asked for."""

_FIRST_ROWS = 8
"""Rows that are shown of one that is cut, beside the last one."""


class NotRead(NamedTuple):
    """The place of bytes that a dump does not show.

    Attributes:
        offset: byte offset in the file.
        size: number of bytes.
    """

    offset: int
    size: int

    def __str__(self) -> str:
        return f"{self.size} bytes at offset {self.offset}, not read"


def is_known(code: bytes) -> bool:
    """Whether there is a definition of boxes of this type."""
    return BOX.find(code) is not UNKNOWN_BOX


def parse_box(data: bytes, offset: int) -> Container:
    """Parse one whole box that lies at `offset` in its file.

    Raises:
        BoxParseError: `data` is not one box.
    """
    window = Window(data, offset)
    box: Container = BOX.parse_stream(window)
    if window.remaining:
        raise BoxParseError(f"{window.remaining} bytes after the box", offset=window.tell())
    return box


def unread_box(
    code: bytes, offset: int, size: int, header_size: int, size_form: str | None
) -> Container:
    """A box as a dump shows it whose body is not read; it cannot be built."""
    box = Fields()
    box["offset"] = offset
    box["type"] = code
    if size_form is not None:
        box["size_form"] = size_form
    box["size"] = size
    box["header_size"] = header_size
    box["data"] = NotRead(offset + header_size, size - header_size)
    box["end"] = offset + size
    return box


# --- text


def box_lines(box: Any, *, short: bool = False) -> Iterator[str]:
    """The lines of a parsed box as construct prints it with full printing, but for three things.

    Every row of a table is one line, only byte strings are cut, not notes and other text, and
    values are shown as people write them (`shown_fields`). Lines are made one by one: the text of
    a large box is never in memory as a whole. Control characters are escaped.

    Args:
        box: what was parsed.
        short: of tables and lists with more than 64 rows, only the first ones and the last one.
    """
    return _lines(box, "", "", b"", short)


def box_text(box: Any) -> str:
    """All of `box_lines` in one string."""
    return "\n".join(box_lines(box))


def _lines(
    value: Any, head: str, indent: str, box_type: bytes, short: bool = False
) -> Iterator[str]:
    """Lines of a value; the first begins with `head`, the others with `indent` or more."""
    inner = indent + "    "
    if isinstance(value, dict):
        yield f"{head}Container: "
        box_type = box_type_of(value, box_type)
        for key, item in shown_fields(value, box_type):
            yield from _lines(item, f"{inner}{key} = ", inner, box_type, short)
    elif isinstance(value, list):
        yield f"{head}ListContainer: "
        count = len(value)
        worth = value.shown if isinstance(value, LazyList) else count
        shown = _FIRST_ROWS if short and count > MANY_ROWS else worth
        items = value.peek(shown) if isinstance(value, LazyList) else value[:shown]
        for item in items:
            yield from _item_lines(item, inner, box_type, short, row=isinstance(value, TableRows))
        if worth < count:
            yield f"{inner}... {count - shown} more of {count}, without a field of their own"
        elif shown < count:
            yield f"{inner}... {count - shown - 1} more of {count} (--full shows them)"
            row = isinstance(value, TableRows)
            yield from _item_lines(value[count - 1], inner, box_type, short, row=row)
    else:
        yield head + _scalar_text(value)


def _item_lines(
    item: Any, indent: str, box_type: bytes, short: bool, *, row: bool
) -> Iterator[str]:
    """Lines of an item of a list; of a row of a table one."""
    if row:
        yield indent + _row_text(item)
    elif isinstance(item, (bytes, bytearray)) and len(item) <= SHOWN_BYTES:
        yield f"{indent}{bytes(item)!r}"  # construct tells the length of fields alone
    else:
        yield from _lines(item, indent, indent, box_type, short)


def _scalar_text(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        if len(value) > SHOWN_BYTES:
            return f"{bytes(value[:SHOWN_BYTES])!r}... (truncated, total {len(value)})"
        return f"{bytes(value)!r} (total {len(value)})"
    text = printable(str(value))
    return f"{text} (total {len(value)})" if isinstance(value, str) else text


def _row_text(row: Any) -> str:
    return ", ".join(f"{key} = {_cell_text(value)}" for key, value in row.items())


def _cell_text(value: Any) -> str:
    if isinstance(value, dict):
        return f"({', '.join(f'{k}={v}' for k, v in value.items() if not k.startswith('_'))})"
    return str(value)
