"""Rows of any size, of which only those exist as objects that are looked at.

A row of a byte or two is an object of some hundred bytes: what a file of strangers has many of is
parsed to see where each ends, and parsed again when it is looked at.
"""

from __future__ import annotations

import io
from array import array
from dataclasses import dataclass
from typing import Any, NamedTuple

from construct import Construct, ListContainer

from ...errors import BoxParseError
from ..reader import Window
from .bits import Bits
from .exact import is_exact
from .lazy_lists import SeenRows
from .structs import Context

FEW_ROWS = 8
"""So many rows are an ordinary list, and of rows of no bytes so many are shown."""


@dataclass(frozen=True, slots=True)
class Evenly:
    """Where rows of one size begin; like `range`, which has no step of 0.

    Attributes:
        start: where the first begins.
        size: bytes of one.
        count: how many there are.
    """

    start: int
    size: int
    count: int

    def at(self, index: int) -> int:
        """Where a row begins."""
        return self.start + index * self.size


class _Source(NamedTuple):
    """What rows are made from.

    Attributes:
        subcon: the construct of one.
        window: of the box that they are in.
        starts: where each begins in the window's buffer.
        end: where the last one ends.
        context: what the construct's expressions may ask for.
        seen: those that were looked at, by index.
    """

    subcon: Construct
    window: Window
    starts: Evenly | array[int]
    end: int
    context: Context | None
    seen: dict[int, Any]

    @property
    def length(self) -> int:
        """How many rows there are."""
        return self.starts.count if isinstance(self.starts, Evenly) else len(self.starts)


class StructRows(SeenRows, ListContainer):
    """Rows of a construct, in a list that has construct's class."""

    __slots__ = ()

    stands_for = ListContainer

    def make(self, source: _Source, index: int) -> Any:
        starts = source.starts
        start = starts.at(index) if isinstance(starts, Evenly) else starts[index]
        return source.subcon._parse(source.window.at(start), source.context, "")

    def bytes_for(self, subcon: Construct, context: Any) -> bytes | None:
        """All rows as they are in the file, if these constructs would build just that."""
        source = self.source
        if source is None or source.seen or source.subcon is not subcon:
            return None
        if source.context is not None and not _are_still(source.context, context):
            return None
        starts = source.starts
        start = starts.at(0) if isinstance(starts, Evenly) else starts[0]
        return bytes(source.window.data[start : source.end])

    def column(self, name: str) -> list[Any]:
        """One field of every row."""
        return [row[name] for row in self.peek()]

    @property
    def shown(self) -> int:
        """How many rows are worth showing: of those of no bytes, a few."""
        source = self.source
        costs = source is None or not isinstance(source.starts, Evenly) or source.starts.size
        return len(self) if costs else min(len(self), FEW_ROWS)

    def __str__(self) -> str:
        rows = str(ListContainer(self.peek(self.shown)))
        left = len(self) - self.shown
        return f"{rows}\n    ... {left} more without a field of their own" if left else rows


def struct_rows(
    subcon: Construct,
    count: int | None,
    window: Window,
    context: Any,
    path: str,
    *,
    least: int = 1,
    few: int = FEW_ROWS,
) -> ListContainer:
    """Parse elements one after the other.

    Where they are many, and structures, only their places are kept. Each of them builds the same
    bytes: where the construct does not promise that, it is tried.

    Args:
        subcon: the construct of one.
        count: how many there are, which has been checked to be possible; None: as many as follow
            until fewer bytes are left than an element has.
        window: where they are.
        context: what the construct's expressions may ask for.
        path: of the field.
        least: bytes of the smallest element.
        few: so many elements are an ordinary list.
    """
    if type(subcon) is Bits and few == FEW_ROWS:
        count = window.remaining // subcon.size if count is None else count
        return even_rows(subcon, count, subcon.size, window, None)
    start = window.position
    rows: list[Any] = []
    most = window.remaining if count is None else count
    while len(rows) < most and (count is not None or window.remaining >= least):
        if len(rows) == few and _can_be_parsed_again(subcon, rows[0]):
            break
        rows.append(subcon._parse(window, context, path))
    else:
        return ListContainer(rows)
    window.position = start
    starts, exact = array("Q"), is_exact(subcon)
    while len(starts) < most and (count is not None or window.remaining >= least):
        at = window.position
        starts.append(at)
        row = subcon._parse(window, context, path)
        if not (exact or _is_kept(subcon, row, window.data[at : window.position], context)):
            raise BoxParseError(f"the definition loses bytes of row {len(starts) - 1}")
    return rows_at(subcon, starts, window, context)


def even_rows(
    subcon: Construct, count: int, size: int, window: Window, context: Any
) -> ListContainer:
    """Parse so many elements of one size, which keep their bytes, whatever these are."""
    start = window.position
    if count <= FEW_ROWS:
        return ListContainer([subcon._parse(window, context, "") for _ in range(count)])
    window.take(count * size)
    return rows_at(subcon, Evenly(start, size, count), window, context)


def rows_at(
    subcon: Construct, starts: Evenly | array[int], window: Window, context: Any
) -> StructRows:
    """Elements that keep their bytes, whatever these are, by where each begins in the buffer."""
    end = window.position
    return StructRows(_Source(subcon, window.at(end), starts, end, _kept(context), {}))


def _can_be_parsed_again(subcon: Construct, row: Any) -> bool:
    """Whether elements are structures. Boxes tell apart themselves what has not been seen."""
    return isinstance(row, dict) and not getattr(subcon, "parses_boxes", False)


def _is_kept(subcon: Construct, row: Any, data: bytes, context: Any) -> bool:
    """Whether a row builds the bytes that it was parsed from."""
    stream = io.BytesIO()
    try:
        subcon._build(row, stream, context, "")
    except MemoryError:
        raise
    except Exception:
        return False
    return stream.getvalue() == data


def _are_still(fields: Context, context: Any) -> bool:
    """Whether fields, and those around them, are what they were; hidden ones do not count.

    Lists count as others once they have been replaced: to compare them takes long for each row.
    """
    for name, value in fields.items():
        given = context.get(name)
        if name == "_":
            same = value is None or (given is not None and _are_still(value, given))
        elif str(name).startswith("_"):
            same = True
        else:
            same = given is value or (not isinstance(value, list) and given == value)
        if not same:
            return False
    return True


def _kept(context: Any) -> Context | None:
    """A copy of a context: the fields around are forgotten once they have been parsed."""
    if context is None:
        return None
    copied = Context(context)
    if "_" in copied:
        copied["_"] = _kept(copied["_"])
    return copied
