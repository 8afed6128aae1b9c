"""Parsed boxes as a tree of short texts, for people: one line for each box.

Fields that have the value that they nearly always have (0, no flag, the identity matrix) are left
out; tables and long lists are cut to their first rows and the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..escape import printable
from .box_names import BOX_NAMES
from .constructs.table_rows import TableRows
from .display import shown_fields
from .header import show_code
from .nesting import PlacedBox
from .text import NotRead

MANY = 64
"""A box may have as many child boxes of one type before the others of that type are left out."""

FIRST = 2
"""Of many boxes of one type, so many are shown; and the last one."""

_SHOWN_ROWS = 3
_SHOWN_ITEMS = 4
_SHOWN_BYTES = 12
_SHOWN_TEXT = 60
_USUAL_SIZE = 4  # rows of a table that is shown whole

_USUAL: dict[tuple[bytes, str], Any] = {
    (b"mvhd", "rate"): 1.0,
    (b"mvhd", "volume"): 1.0,
    (b"mdhd", "language"): "und",
    (b"tkhd", "volume"): 1.0,
    (b"tkhd", "flags"): 3,
    (b"trex", "default_sample_description_index"): 1,
    (b"vmhd", "flags"): 1,
}
"""Values that are left out in boxes of a type, beside those that say nothing anywhere."""

_USUAL_ANYWHERE: dict[str, Any] = {
    "data_reference_index": 1,
    "depth": 24,
    "horizontal_resolution": 72,
    "vertical_resolution": 72,
    "frame_count": 1,
    "color_table_id": -1,
    "media_rate_integer": 1,
    "is_leading": "UNKNOWN",
    "sample_depends_on": "UNKNOWN",
    "sample_is_depended_on": "UNKNOWN",
    "sample_has_redundancy": "UNKNOWN",
    "streamType": 5,
}

_MATRIX = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]

_NEVER_LEFT_OUT = frozenset(
    (
        *("baseMediaDecodeTime", "duration", "timescale", "sample_count", "data_offset"),
        *("media_time", "segment_duration", "earliest_presentation_time", "sequence_number"),
    )
)
"""Fields that say something where they are 0."""

_NOTHING_IN_ROWS = frozenset(("media_rate_fraction", "reserved"))
"""Columns of tables that say nothing where they are 0."""

_ONLY: dict[bytes, tuple[str, ...]] = {
    b"nnrC": ("sample_position", "nnr_unit_type", "nnr_unit_size"),
}
"""Of structures in boxes of a type, the fields that are shown."""


class Omitted(NamedTuple):
    """Boxes that are not shown, because there are many like them.

    Attributes:
        counts: how many of each type.
    """

    counts: dict[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{count} more {code}" for code, count in self.counts.items())


@dataclass(slots=True)
class BoxView:
    """A box or sample entry as it is shown.

    Attributes:
        type: its four-character code, printable.
        name: what the type means, in English; empty where it is not known.
        offset: byte offset in the file; None where it is not known.
        size: bytes of header and body; None where it is not known.
        fields: names and values of the fields that matter; a flag that is set has no value.
        rows: the shown rows of tables, each with a label (its 1-based number).
        note: what is wrong with the box; None for most.
        children: the boxes in it, and where some are left out.
    """

    type: str
    name: str
    offset: int | None
    size: int | None
    fields: list[tuple[str, str]] = field(default_factory=list)
    rows: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    note: str | None = None
    children: list[BoxView | Omitted] = field(default_factory=list)


def name_of(code: bytes) -> str:
    """What a type of box means, in English; empty where it is not known."""
    return BOX_NAMES.get(show_code(code), "")


def box_view(placed: PlacedBox) -> BoxView:
    """A parsed box as it is shown, with all that is in it."""
    code, note = placed.type, placed.note
    view = BoxView(
        *(printable(show_code(code)), name_of(code), placed.offset, placed.size),
        note=None if note is None else printable(note),
    )
    fields, inner = placed.split()
    for name, value in fields:
        _add_field(view, name, value, code)
    shown = set(shown_of_many([box.type for box in inner]))
    for index, box in enumerate(inner):
        if index in shown:
            view.children.append(box_view(box))
            continue
        last = view.children[-1]
        if not isinstance(last, Omitted):
            last = Omitted({})
            view.children.append(last)
        name = printable(show_code(box.type))
        last.counts[name] = last.counts.get(name, 0) + 1
    return view


def shown_of_many(codes: Sequence[bytes]) -> Iterator[int]:
    """The 0-based indices of the boxes that are shown, of those beside each other."""
    counts: dict[bytes, int] = {}
    for code in codes:
        counts[code] = counts.get(code, 0) + 1
    seen: dict[bytes, int] = {}
    for index, code in enumerate(codes):
        seen[code] = number = seen.get(code, 0) + 1
        if counts[code] <= MANY or number <= FIRST or number == counts[code]:
            yield index


def _is_table(value: Any) -> bool:
    return isinstance(value, TableRows)


# --- fields


def _add_field(view: BoxView, name: str, value: Any, code: bytes) -> None:
    if name == "flags" and isinstance(value, dict):
        # that a field is there is said by the field
        names = [key for key, item in value.items() if item is True]
        view.fields += [(key, "") for key in names if not key.endswith("_present")]
        return
    if isinstance(value, NotRead) or _says_nothing(name, value, code):
        return
    if isinstance(value, list) and value and isinstance(value[0], dict):
        _add_rows(view, name, value, code)
        return
    if isinstance(value, Mapping) and not _structure(value, code):
        return
    view.fields.append((name, _value(value, code)) if value is not True else (name, ""))


def _add_rows(view: BoxView, name: str, rows: Any, code: bytes) -> None:
    """The rows of a table: in the line of the box if they are few and short, else one by one."""
    count = len(rows)
    columns = [key for key in rows[0] if not str(key).startswith("_")]
    if len(columns) == 1:
        view.fields.append((name, _items(rows, lambda row: _value(row[columns[0]], code))))
        return
    if count == 1:
        view.fields += _structure(rows[0], code, zeros=True)
        return
    view.fields.append((name, f"{count} rows"))
    first = list(rows.peek(_SHOWN_ROWS)) if _is_table(rows) else rows[:_SHOWN_ROWS]
    if count <= _USUAL_SIZE:
        first = list(rows)
    for number, row in enumerate(first, 1):
        view.rows.append((str(number), _structure(row, code, zeros=True)))
    if count > _USUAL_SIZE:
        view.rows.append(("...", []))
        view.rows.append((str(count), _structure(rows[count - 1], code, zeros=True)))


def _structure(
    value: Mapping[str, Any], code: bytes, *, zeros: bool = False
) -> list[tuple[str, str]]:
    """The fields of a row or structure; of a row of a table with those that are 0."""
    only = _ONLY.get(code)
    pairs = shown_fields(value, code)
    if only is not None:
        pairs = ((name, value[name]) for name in only if name in value)
    found = []
    for name, item in pairs:
        zero = zeros and item == 0 and item is not False and name not in _NOTHING_IN_ROWS
        if zero or not _says_nothing(name, item, code):
            text = "" if item is True else _value(item, code)
            if text != "()":
                found.append((name, text))
    return found


def _says_nothing(name: str, value: Any, code: bytes) -> bool:
    """Whether a field has the value that it nearly always has."""
    if name in _NEVER_LEFT_OUT:
        return value is None
    if value is None or value is False or (value == 0 and not isinstance(value, bool)):
        return True
    if isinstance(value, (str, Mapping)):
        if not value:
            return True
    elif isinstance(value, (bytes, bytearray)):
        return not value.strip(b"\0")
    elif isinstance(value, list) and not _is_table(value):
        return not any(value[:64]) or value == _MATRIX
    usual = _USUAL.get((code, name), _USUAL_ANYWHERE.get(name))
    return usual is not None and bool(usual == value)


def _value(value: Any, code: bytes) -> str:
    """A value in a few words."""
    if isinstance(value, (bytes, bytearray)):
        return _bytes(bytes(value))
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        pairs = _structure(value, code)
        return f"({' '.join(f'{name}={text}' if text else name for name, text in pairs)})"
    if isinstance(value, list):
        return _items(value, lambda item: _value(item, code))
    return printable(str(value))


def _bytes(data: bytes) -> str:
    if len(data) == 4 and all(0x20 <= byte < 0x7F for byte in data):
        return _text(data.decode())
    if len(data) <= _SHOWN_BYTES:
        return data.hex()
    return f"{data[:_SHOWN_BYTES].hex()}... ({len(data)} bytes)"


def _text(text: str) -> str:
    shown = printable(text if len(text) <= _SHOWN_TEXT else text[: _SHOWN_TEXT - 3] + "...")
    plain = shown and not any(character in " =()[],'\"" for character in shown)
    return shown if plain else repr(shown) if shown == text else f"'{shown}'"


def _items(items: Any, show: Callable[[Any], str]) -> str:
    """A list in a few words: all of it, or the first items, the last one, and their number."""
    count = len(items)
    if count <= _SHOWN_ITEMS + 1:
        return f"[{', '.join(show(item) for item in items)}]"
    first: Iterable[Any] = items.peek(_SHOWN_ITEMS) if _is_table(items) else items[:_SHOWN_ITEMS]
    return f"[{', '.join(show(item) for item in first)}, ... {show(items[count - 1])}] ({count})"
