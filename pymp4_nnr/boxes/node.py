"""Typed access to parsed boxes, for layers that do not know construct.

What `BOX.parse` gives are construct's containers, whose fields have no types. A `Node` wraps one of
them: it finds child boxes, checks that they are there and intact, and returns fields with a type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import (
    BoxError,
    BrokenBoxError,
    MissingBoxError,
    MissingFieldError,
    NotStorableError,
    TooLargeError,
)
from ..io.ranges import ByteRange
from .constructs.arrays import ChangedRows, each
from .constructs.integers import IntegerList
from .header import (
    HEADER_SIZE,
    LARGE_HEADER_SIZE,
    LARGESIZE,
    MAX_32,
    TO_END,
    BoxHeader,
    show_code,
)
from .kept_ranges import code_of, kept_ranges
from .reader import KEPT_RAW, Window
from .registry import BOX

NewBox: TypeAlias = "Mapping[str, object]"
"""A box to build, by the names of its fields, as pymp4 takes it: ``{"type": b"free", ...}``."""

_RESERVED = ("_reserved", "_pre_defined", "_pad")
"""What the names of reserved fields begin with."""

_WITH_RESERVED = frozenset(("flags", "default_sample_flags"))
"""Fields with fields of their own, some of which may be reserved."""


class Node:
    """A parsed box, a sample entry, or an entry of a list in a box.

    Attributes:
        path: where it is, such as ``moov/trak[0]/mdia``; it stands in error messages.
    """

    __slots__ = ("_box", "path")

    def __init__(self, box: Any, path: str) -> None:
        self._box = box
        self.path = path

    def __repr__(self) -> str:
        return f"<Node {self.path}>"

    @property
    def offset(self) -> int | None:
        """Byte offset of the box, if it was parsed from a file."""
        offset: int | None = self._box.get("offset")
        return offset

    # --- the box itself

    @property
    def type(self) -> bytes:
        """Four-character code, of a sample entry the one in `format`."""
        return code_of(self._box)

    @property
    def header(self) -> BoxHeader:
        """Where the box lies in the file."""
        box = self._box
        form = box.get("size_form")
        header_size = LARGE_HEADER_SIZE if form == LARGESIZE else HEADER_SIZE
        return BoxHeader(self.type, box["offset"], box["end"] - box["offset"], header_size, form)

    @property
    def note(self) -> str | None:
        """Why the box, or the bytes behind its last field, could not be parsed; else None."""
        note: str | None = self._box.get("note")
        return note

    @property
    def fault(self) -> str:
        """The same, but that the box is kept as raw bytes; empty if all could be parsed."""
        return (self.note or "").removeprefix(KEPT_RAW)

    @property
    def is_raw(self) -> bool:
        """Whether the box could not be parsed and is kept as raw bytes."""
        return self._box.get("raw") is not None

    @property
    def trailing(self) -> bytes:
        """Bytes behind the last field."""
        return bytes(self._box.get("trailing") or b"")

    def check_intact(self) -> Node:
        """Return the node itself.

        Raises:
            SampleTableError: the box was kept as raw bytes because it is broken.
        """
        if self.is_raw:
            raise BrokenBoxError(
                f"the box is broken: {self.fault}", box_path=self.path, offset=self.offset
            )
        return self

    # --- boxes in it

    def _inner(self) -> Sequence[Any]:
        box = self._box
        found: Sequence[Any] = box.get("children") or ()
        if not found and box.get("type") == b"stsd":
            found = box.get("entries") or ()
        return found

    def children(self, code: bytes | None = None) -> list[Node]:
        """The child boxes of a type (default: all), whether they could be parsed or not."""
        if code is None:
            return list(self.each_child())
        path = f"{self.path}/{show_code(code)}"
        found = [box for box in self._inner() if code_of(box) == code]
        return [Node(box, f"{path}[{i}]") for i, box in enumerate(found)]

    def each_child(self) -> Iterator[Node]:
        """All child boxes, one by one."""
        path = self.path
        for box in self._inner():
            yield Node(box, f"{path}/{show_code(code_of(box))}")

    def intact(self, code: bytes) -> list[Node]:
        """The child boxes of a type.

        Raises:
            SampleTableError: one was kept as raw bytes because it is broken.
        """
        return [node.check_intact() for node in self.children(code)]

    def find(self, code: bytes) -> Node | None:
        """The first child box of a type, or None.

        Raises:
            SampleTableError: it was kept as raw bytes because it is broken.
        """
        for box in self._inner():
            if code_of(box) == code:
                return Node(box, f"{self.path}/{show_code(code)}").check_intact()
        return None

    def need(self, *codes: bytes) -> Node:
        """The first child box of a type, or the one at the end of a path of types.

        Raises:
            SampleTableError: it is missing, or was kept as raw bytes because it is broken.
        """
        node = self
        for code in codes:
            found = node.find(code)
            if found is None:
                path = f"{node.path}/{show_code(code)}"
                raise MissingBoxError("the box is missing", box_path=path)
            node = found
        return node

    # --- fields

    def has(self, name: str) -> bool:
        """Whether there is such a field, with a value."""
        return self._box.get(name) is not None

    def _field(self, name: str) -> Any:
        value = self._box.get(name)
        if value is None:
            raise MissingFieldError(
                f"there is no field {name}", box_path=self.path, offset=self.offset
            )
        return value

    def integer(self, name: str) -> int:
        """The value of an integer field.

        Raises:
            SampleTableError: there is no such field.
        """
        return int(self._field(name))

    def integer_or(self, name: str, default: int) -> int:
        """The value of an integer field; `default` where it is missing."""
        value = self._box.get(name)
        return value if isinstance(value, int) else default

    def flag(self, name: str) -> bool:
        """A named flag of a FullBox whose flags are shown by name."""
        flags = self._box.get("flags")
        return bool(flags.get(name)) if isinstance(flags, dict) else False

    def data(self, name: str) -> bytes:
        """The value of a field of bytes; text as UTF-8.

        Raises:
            SampleTableError: there is no such field.
        """
        value = self._field(name)
        return value.encode() if isinstance(value, str) else bytes(value)

    def text(self, name: str) -> str | bytes:
        """The value of a field of text; bytes where it is not UTF-8.

        Raises:
            SampleTableError: there is no such field.
        """
        value: str | bytes = self._field(name)
        return value

    def integers(self, name: str, column: str | None = None) -> Sequence[int]:
        """A list of integers, or one column of a table, as an array where the table is one.

        Raises:
            SampleTableError: there is no such field.
        """
        rows = self._field(name)
        if column is None:
            found: Sequence[int] = rows.to_array() if isinstance(rows, IntegerList) else rows
        elif hasattr(rows, "column"):
            found = rows.column(column)
        else:
            found = [row[column] for row in rows]
        return found

    def codes(self, name: str) -> list[bytes]:
        """A list of four-character codes.

        Raises:
            SampleTableError: there is no such field.
        """
        return [bytes(code) for code in self._field(name)]

    def value(self, name: str) -> object:
        """The value of a field as it was parsed, None where it is missing."""
        return self._box.get(name)

    def fields(self, name: str) -> Node | None:
        """The structure in a field, with fields of its own; None where there is none."""
        value = self._box.get(name)
        return Node(value, f"{self.path}/{name}") if isinstance(value, dict) else None

    def rows(self, name: str) -> list[Node]:
        """The entries of a list, each with fields of its own; none where it is missing."""
        path = f"{self.path}/{name}"
        return [Node(row, f"{path}[{i}]") for i, row in enumerate(self._box.get(name) or ())]

    def each(self, name: str) -> Iterator[Node]:
        """The same one by one, to be read: changes are not kept."""
        path = f"{self.path}/{name}"
        for index, row in enumerate(each(self._box.get(name) or ())):
            yield Node(row, f"{path}[{index}]")

    def count(self, name: str) -> int:
        """How many entries a list has; 0 where it is missing."""
        return len(self._box.get(name) or ())

    def row(self, name: str, index: int) -> Node:
        """One entry of a list, by its 0-based index.

        Raises:
            SampleTableError: there is no such field.
        """
        return Node(self._field(name)[index], f"{self.path}/{name}[{index}]")

    def part(self, name: str) -> Node | None:
        """A field that has fields of its own; None where it is missing."""
        value = self._box.get(name)
        return None if value is None else Node(value, f"{self.path}/{name}")

    def reserved(self) -> list[str]:
        """Names of reserved fields that do not have the value which the standard gives them.

        Those of fields with fields of their own (flags by name, sample flags) are among them.
        """
        found = []
        for name, value in dict.items(self._box):
            if not isinstance(name, str):
                continue
            if name.startswith(_RESERVED) and _is_set(value):
                found.append(name.strip("_"))
            elif name in _WITH_RESERVED and isinstance(value, dict):
                found += [f"{name}: {inner}" for inner in Node(value, self.path).reserved()]
        return found

    # --- changing

    def set(self, name: str, value: object) -> None:
        """Give a field a value."""
        self._box[name] = value

    def set_changed(
        self, name: str, rows: Any, change: Callable[[int, dict[str, Any]], None]
    ) -> None:
        """Give a field the entries of a list, each of which is changed when it is built.

        Args:
            name: of the field.
            rows: what it had as value.
            change: changes a copy of an entry, whose 0-based index it is given.
        """
        self._box[name] = ChangedRows(rows, change)

    def set_column(self, name: str, column: str, values: Sequence[int]) -> None:
        """Give one field of all entries of a table other values."""
        rows = self._field(name)
        if hasattr(rows, "with_column") and max(values, default=0) <= MAX_32:
            self._box[name] = rows.with_column(column, values)
            return
        for row, value in zip(rows, values, strict=True):
            row[column] = value

    def set_flag(self, name: str) -> None:
        """Set a named flag."""
        self._box["flags"][name] = True

    def insert(self, index: int, boxes: Iterable[NewBox]) -> None:
        """Insert new child boxes before the one with this 0-based index."""
        self._box["children"][index:index] = list(boxes)

    def append(self, box: NewBox) -> None:
        """Add a new child box behind the others."""
        self._box["children"].append(box)

    def keep(self, wanted: Iterable[Node]) -> None:
        """Remove all child boxes but these."""
        kept = {id(node._box) for node in wanted}
        self._box["children"][:] = [box for box in self._inner() if id(box) in kept]

    def remove(self, child: Node) -> None:
        """Remove a child box."""
        self._box["children"][:] = [box for box in self._inner() if box is not child._box]

    def set_ordinary_size(self) -> None:
        """Give a box that lasts to the end of the file (size 0) an ordinary size field."""
        if self._box.get("size_form") == TO_END:
            del self._box["size_form"]

    def build(self) -> bytes:
        """The box as bytes; `build_box` of what the node holds."""
        return build_box(self._box)

    def kept_ranges(self, data: bytes) -> Iterator[tuple[ByteRange, int]]:
        """Where the boxes that were parsed lie in the box as it was built.

        Args:
            data: what `build` returned.

        Yields:
            A range of the file that was parsed, and where in `data` its first byte is. New boxes
            are left out.
        """
        yield from kept_ranges(self._box, data)


def _is_set(value: Any) -> bool:
    return any(value) if isinstance(value, (bytes, list)) else bool(value)


def parse_node(data: bytes, offset: int, path: str) -> Node:
    """Parse one box.

    Args:
        data: the whole box.
        offset: of its first byte in the file.
        path: for errors.

    Raises:
        BoxParseError: it is no box.
    """
    return Node(BOX.parse_stream(Window(data, offset)), path)


def build_box(box: NewBox) -> bytes:
    """Build a box.

    Raises:
        MediaError: it cannot be built.
        LimitError: it passes 32 bits in size, and does not say that it has a 64-bit size.
    """
    try:
        data: bytes = BOX.build(box)
    except BoxError as error:
        raise NotStorableError(error.reason, box_path=error.box_path) from error
    if len(data) > MAX_32 and box.get("size_form") is None:
        raise TooLargeError("the box passes 4 GiB", box_path=show_code(box.get("type")))
    return data
