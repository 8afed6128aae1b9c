"""Tables that fit a width: aligned columns, and details beside or below them.

No row takes more than two lines, and no word is broken: what does not fit ends in `...` instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.text import Text

CUT = "..."

_DETAILS = "dim"
_GAP = "  "
_FREE = 3
"""Cells at the end of a row that are empty, so that its details can stand in their place."""

_LEAST = 12
"""Columns that a wide cell keeps where there is too little room."""


class Column(NamedTuple):
    """A column.

    Attributes:
        title: stands above it.
        number: its cells are aligned to the right.
        shrinks: its cells may be cut in their middle where there is too little room.
    """

    title: str
    number: bool = True
    shrinks: bool = False


class Row(NamedTuple):
    """A row.

    Attributes:
        cells: one for each column.
        details: phrases; they stand behind the cells, or below them where there is no room. Of a
            row whose last cells are empty they begin earlier than of others.
    """

    cells: tuple[str, ...]
    details: tuple[str, ...] = ()


def common_details(rows: Sequence[Row]) -> tuple[str, ...]:
    """The details that all rows have; none where there are fewer than two rows."""
    if len(rows) < 2:
        return ()
    return tuple(word for word in rows[0].details if all(word in row.details for row in rows))


def table(
    columns: Sequence[Column], rows: Sequence[Row], width: int | None, *, indent: int = 0
) -> list[Text]:
    """The lines of a table.

    Args:
        columns: the columns; those without any text are left out.
        rows: the rows.
        width: of the table; None: any.
        indent: of the lines with details.
    """
    from rich.text import Text

    used = [i for i, _ in enumerate(columns) if any(row.cells[i] for row in rows)]
    columns = [columns[i] for i in used]
    cells = [[row.cells[i] for i in used] for row in rows]
    widths = [
        max([len_of(column.title), *(len_of(row[i]) for row in cells)])
        for i, column in enumerate(columns)
    ]
    gaps = len(_GAP) * (len(columns) - 1)
    if width is not None:
        _shrink(columns, widths, width - gaps)
    details = [", ".join(row.details) for row in rows]
    beside = sum(widths) + gaps + len(_GAP)
    lines = []
    titled = False
    for row, more in zip(cells, details, strict=True):
        text = _line(row, columns, widths)
        line = Text(text)
        lines.append(line)
        if not more:
            continue
        fits = width is None or beside + len_of(more) <= width
        if not any(row[-_FREE:]) and (
            width is None or len_of(text) + len(_GAP) + len_of(more) <= width
        ):
            line.append(_GAP + more, _DETAILS)
        elif fits:
            titled = True
            line.append(" " * (beside - len_of(text)) + more, _DETAILS)
        else:
            below = cut_words(more, (width or 0) - indent)  # without a width, all fits beside
            lines.append(Text(" " * indent + below, _DETAILS))
    title = _line([column.title for column in columns], columns, widths)
    if titled:
        title += " " * (beside - len_of(title)) + "details"
    return [Text(title, "bold"), *lines]


def len_of(text: str) -> int:
    """Columns of a terminal that a text takes."""
    from rich.cells import cell_len

    return cell_len(text)


def cut_words(text: str, width: int) -> str:
    """The words of a text that fit a width, with `...` where some are left out."""
    if len_of(text) <= width:
        return text
    end, room = 0, width - len_of(" " + CUT)
    while (space := text.find(" ", end + 1)) > 0:
        word = text[end:space]
        if len_of(word.rstrip(", ")) > room:
            break
        end, room = space, room - len_of(word)
    return f"{text[:end].rstrip(' ,')} {CUT}" if end > 0 else CUT


def cut_middle(text: str, width: int) -> str:
    """A name that fits a width: its beginning and its end, which tells most, around `...`."""
    if len_of(text) <= width:
        return text
    room = max(width - len(CUT), 1)
    head, tail = room // 3, room - room // 3
    while len_of(text[:head]) + len_of(text[-tail:]) > room and tail > 1:
        tail -= 1
    return f"{text[:head]}{CUT}{text[-tail:]}"


def _shrink(columns: Sequence[Column], widths: list[int], room: int) -> None:
    """Make the wide columns narrower until all fit, the widest first."""
    while sum(widths) > room:
        wide = [i for i, column in enumerate(columns) if column.shrinks and widths[i] > _LEAST]
        if not wide:
            return
        widest = max(wide, key=lambda i: widths[i])
        others = max([widths[i] for i in wide if i != widest] + [_LEAST])
        widths[widest] = max(widths[widest] - (sum(widths) - room), min(others, widths[widest] - 1))


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = []
    for cell, column, width in zip(cells, columns, widths, strict=True):
        text = cut_middle(cell, width) if column.shrinks else cell
        blank = " " * (width - len_of(text))
        parts.append(blank + text if column.number else text + blank)
    return _GAP.join(parts).rstrip()
