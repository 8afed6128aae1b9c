"""The boxes of a file as a tree: one line for each box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from .console import can_show, is_sized, output_console

if TYPE_CHECKING:
    from rich.text import Text

    from ..boxes.tree import BoxView, Omitted

_TOGETHER = 200
"""Lines that are printed at once."""

_STYLES = {"offset": "dim", "guide": "dim", "type": "bold cyan", "name": "", "key": "dim"}
_FAULT = "red"


class _Guides(NamedTuple):
    """What is drawn before a box: beside boxes that follow, and before the box itself."""

    passing: str
    blank: str
    next: str
    last: str


_LINES = _Guides("│ ", "  ", "├ ", "└ ")
_ASCII = _Guides("| ", "  ", "|-", "`-")


def print_tree(
    title: str, views: Iterable[BoxView | Omitted], size: int, depth: int | None
) -> None:
    """Print boxes, and those in them.

    On a terminal, lines are cut to its width, between two fields; elsewhere they are not cut.

    Args:
        title: printed before the first box.
        views: the boxes.
        size: of the file in bytes.
        depth: levels of boxes that are shown; None for all.
    """
    from rich.text import Text

    console = output_console()
    printer = _Tree(console.width if is_sized() else None, len(str(size)), depth)
    lines: list[Text] = []

    def flush() -> None:
        if lines:
            console.print(Text("\n").join(lines), soft_wrap=True)
            lines.clear()

    try:
        for index, view in enumerate(views):
            if not index:
                lines += [Text(title), printer.title()]
            for line in printer.lines(view):
                lines.append(line)
                if len(lines) >= _TOGETHER:
                    flush()
    finally:
        flush()  # boxes before a fault in the file are shown


class _Tree:
    def __init__(self, width: int | None, digits: int, depth: int | None) -> None:
        self._width = width
        self._digits = max(digits, len("offset"))
        self._depth = depth
        self._guides = _LINES if can_show("".join(_LINES)) else _ASCII

    def title(self) -> Text:
        from rich.text import Text

        return Text(f"{'offset':>{self._digits}}  {'size':>{self._digits}}  box", "bold")

    def lines(self, view: BoxView | Omitted) -> Iterator[Text]:
        """The lines of a top-level box."""
        yield from self._lines(view, "", "", 1)

    def _lines(self, view: BoxView | Omitted, head: str, below: str, level: int) -> Iterator[Text]:
        """The lines of a box.

        Args:
            view: the box.
            head: guides before it.
            below: guides before the lines under it.
            level: 1 for a top-level box.
        """
        from ..boxes.tree import Omitted

        if isinstance(view, Omitted):
            yield self._line("", "", head, [(f"... {view} (--full shows them)", "")])
            return
        children = view.children if self._depth is None or level < self._depth else []
        offset = "" if view.offset is None else str(view.offset)
        size = "" if view.size is None else str(view.size)
        start = [(view.type, _STYLES["type"])]
        if view.name:
            start += [("  ", ""), (view.name, _STYLES["name"])]
        yield self._line(offset, size, head, start, view.fields, view.note)
        passing = below + (self._guides.passing if children else self._guides.blank)
        width = max((len(label) for label, _ in view.rows), default=0)
        for label, fields in view.rows:
            shown = f"{label:>{width}}" if label == "..." else f"{label:>{width}}:"
            yield self._line("", "", passing, [(shown, _STYLES["key"])], fields, gap=" ")
        for index, child in enumerate(children):
            last = index == len(children) - 1
            yield from self._lines(
                child,
                below + (self._guides.last if last else self._guides.next),
                below + (self._guides.blank if last else self._guides.passing),
                level + 1,
            )

    def _line(
        self,
        offset: str,
        size: str,
        guides: str,
        start: list[tuple[str, str]],
        fields: Iterable[tuple[str, str]] = (),
        note: str | None = None,
        gap: str = "  ",
    ) -> Text:
        from rich.text import Text

        line = Text()
        line.append(f"{offset:>{self._digits}}  {size:>{self._digits}}  ", _STYLES["offset"])
        line.append(guides, _STYLES["guide"])
        for text, style in start:
            line.append(text, style)
        if note is not None:
            line.append(f"  {note}", _FAULT)
        parts = [self._field(name, value) for name, value in fields]
        room = None if self._width is None else self._width - line.cell_len
        for index, part in enumerate(parts):
            separator = " " if index else gap
            if room is not None:
                room -= len(separator)
                needed = part.cell_len + (0 if part is parts[-1] else len(_CUT))
                if needed > room:
                    line.append_text(_cut(part, room, separator))
                    break
                room -= part.cell_len
            line.append(separator)
            line.append_text(part)
        if self._width is not None and line.cell_len > self._width:
            line.truncate(self._width - 3)
            line.append("...")
        return line

    @staticmethod
    def _field(name: str, value: str) -> Text:
        from rich.text import Text

        part = Text()
        part.append(f"{name}=" if value else name, _STYLES["key"] if value else "")
        part.append(value)
        return part


_CUT = " ..."


def _cut(part: Text, room: int, separator: str) -> Text:
    """What there is room for of a field: whole items of a list, or nothing."""
    from rich.text import Text

    plain = part.plain
    end = plain.rfind(", ", 0, max(room - len(_CUT) + 1, 0))
    if end < 0:
        return Text(_CUT if room + len(separator) >= len(_CUT) else "", _STYLES["key"])
    return Text.assemble(separator, part[: end + 1], (_CUT, _STYLES["key"]))
