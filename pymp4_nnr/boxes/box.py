"""Boxes parsed without loss, and an error for every box that cannot be built.

A box is a header (size and type, ISO/IEC 14496-12, 4.2) and a body. A *definition* is the construct
that describes the body. `Box` here does what pymp4's `Box` does, to the same shape, with these
guarantees:

- Building what parsing gave yields the same bytes. Where a definition cannot reproduce a body, the
  body is kept in the field `raw`, and `note` says why; bytes after a definition's fields are kept
  in `trailing`; a size field of another form than the ordinary one is remembered in `size_form`.
- What goes wrong in one box stays in that box.
- Building raises where it cannot build; nothing is left out.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

from construct import Construct, Container, ListContainer

from ..errors import BoxBuildError, BoxError, BoxParseError, TruncatedBoxError
from .constructs.build_values import as_bytes
from .constructs.containers import Fields, new_container
from .definition import Definition, Rebuilt, inner_context, reason_of
from .header import (
    HEADER_SIZE,
    LARGE_HEADER_SIZE,
    LARGESIZE,
    MAX_32,
    TO_END,
    BoxHeader,
    decode_header,
    encode_header,
    header_size,
    show_code,
)
from .reader import Window, window_on
from .standard_names import NAMES_OF_BOXES, StandardBox, with_keys


class BoxFamily(Construct):
    """A construct of boxes of one family: plain boxes, or the sample entries of `stsd`.

    Args:
        key: the field that holds the four-character code: ``type``, or ``format``.
        find: gives the definition for a code (trailing spaces stripped, as pymp4 does).
        framed: parsed boxes tell their place in the file, in the fields `offset` and `end`.
        container: the class of parsed boxes whose definition has no other.
    """

    __slots__ = ("container", "find", "framed", "key")

    exact = True
    parses_boxes = True

    def __init__(
        self,
        key: str,
        find: Callable[[bytes], Definition],
        *,
        framed: bool,
        container: type[Fields] = Fields,
    ) -> None:
        super().__init__()
        self.key = key
        self.find = find
        self.framed = framed
        self.container = container

    # --- parsing

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        header, window = open_box(stream)
        return self.parse_body(header, window, context)

    def parse_body(
        self, header: BoxHeader, window: Window, context: Any, before: list[Any] | None = None
    ) -> Any:
        """Parse a box whose header has been read.

        Args:
            header: the header.
            window: the body.
            context: what construct's expressions may ask for.
            before: the boxes before this one in the same parent.
        """
        code = header.type
        fields: dict[str, Any] = {"offset": header.offset} if self.framed else {}
        fields[self.key] = code
        if header.size_form is not None:
            fields["size_form"] = header.size_form
        inner = inner_context(context, self.key, code, before)
        body, container = self.find(code).parse(code, window, inner)
        fields.update(body)
        if self.framed:
            fields["end"] = window.base + window.end
        if container is Fields:
            container = StandardBox if code in NAMES_OF_BOXES else self.container
        return new_container(fields, container)

    # --- building

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> None:
        try:
            stream.write(self.bytes_for(stream, obj, context))
        except BoxError as error:
            code = obj.get(self.key) if isinstance(obj, dict) else None
            raise (under(error, show_code(code)) if code else error) from error.__cause__

    def bytes_for(
        self, stream: Any, obj: Any, context: Any, before: list[Any] | None = None
    ) -> bytes:
        """Build one box, as `to_bytes`, unless the stream knows its bytes."""
        known = stream.bytes_of(obj) if self.framed and isinstance(stream, Rebuilt) else None
        return self.to_bytes(obj, context, before) if known is None else known

    def to_bytes(self, obj: Any, context: Any = None, before: list[Any] | None = None) -> bytes:
        """Build one box.

        Args:
            obj: its fields.
            context: what construct's expressions may ask for.
            before: the boxes before this one in the same parent.

        Raises:
            BoxBuildError: a field is missing or does not fit; the error's `box_path` leads to
                the box concerned, from this one's children on.
        """
        code = obj.get(self.key) if isinstance(obj, dict) else None
        if not isinstance(code, bytes):
            raise BoxBuildError(f"a box is a dict with a field {self.key!r} of type bytes")
        if obj.get("size_form") == CUT_OFF:
            return as_bytes(obj.get("raw"), "raw")
        if len(code) > 4:
            raise BoxBuildError(f"a box type has 4 bytes, not {len(code)}")
        short = code.rstrip(b" ")
        try:
            inner = inner_context(context, self.key, short, before)
            body = self.find(short).build(code, with_keys(obj, self.key, short), inner)
        except BoxError:
            raise
        except Exception as error:
            raise BoxBuildError(reason_of(error)) from error
        form = obj.get("size_form")
        if form is None and len(body) + HEADER_SIZE > MAX_32:
            form = LARGESIZE
        return encode_header(code, len(body), form) + body


class Boxes(Construct):
    """Boxes up to the end of the parent: a list of them, each by `family`.

    Parsing stops at the first bytes that cannot be a box of the size that is left; those stay
    with the parent. Building raises what any of the boxes raises, with its place.
    """

    __slots__ = ("family", "maximum")

    exact = True

    def __init__(self, family: BoxFamily, maximum: int | None = None) -> None:
        super().__init__()
        self.family = family
        self.maximum = maximum

    def _parse(self, stream: Any, context: Any, path: str) -> ListContainer:
        window = window_on(stream)
        boxes = ListContainer()
        parse_body = self.family.parse_body
        while window.position < window.end and (self.maximum is None or len(boxes) < self.maximum):
            header, fault = child_header(window)
            if header is None:
                window.note = f"at offset {window.tell()}: {fault}"
                break
            window.position += header.header_size
            inside = window.inner(header.size - header.header_size)
            boxes.append(parse_body(header, inside, context, boxes))
        return boxes

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"a list of boxes is needed, not {type(obj).__name__}")
        boxes = list(obj)
        before: list[Any] = []
        for index, box in enumerate(boxes):
            try:
                data = self.family.bytes_for(stream, box, context, before)
            except BoxError as error:
                raise under(error, self._label(boxes, index)) from error.__cause__
            stream.write(data)
            before.append(box)

    @staticmethod
    def is_next(window: Window) -> bool:
        """Whether the next bytes are a box. The window stays where it is."""
        return child_header(window)[0] is not None

    @classmethod
    def fill(cls, window: Window) -> bool:
        """Whether all bytes that are left are boxes, by their sizes. The window stays."""
        start = window.position
        while window.remaining:
            header, _ = child_header(window)
            if header is None:
                break
            window.position += header.size
        filled = not window.remaining
        window.position = start
        return filled

    def _label(self, boxes: list[Any], index: int) -> str:
        """Type of a box, with its 0-based number among those of its type if there are several."""

        def code(box: Any) -> Any:
            return box.get(self.family.key) if isinstance(box, dict) else None

        mine = code(boxes[index])
        alike = [i for i, box in enumerate(boxes) if code(box) == mine]
        return show_code(mine) if len(alike) == 1 else f"{show_code(mine)}[{alike.index(index)}]"


def under(error: BoxError, name: str) -> BoxError:
    """Put the name of the enclosing box before the path in `error`."""
    error.box_path = f"{name}/{error.box_path}" if error.box_path else name
    return error


def child_header(window: Window) -> tuple[BoxHeader | None, str | None]:
    """The header of the next box in a parent, or why the next bytes are none.

    The window stays where it is. A box that lasts to the end of the file has no place in another.
    """
    left = window.remaining
    try:
        header = decode_header(window.peek(LARGE_HEADER_SIZE), left, window.tell())
    except BoxParseError as error:
        fault = error.reason
        return None, f"{error.box_path!r}: {fault}" if error.box_path else fault
    if header.size_form != TO_END and header.size <= left:
        return header, None
    name = show_code(header.type)
    if header.size_form == TO_END:
        return None, f"{name!r}: box size 0 is too small for a box in another"
    return None, f"box {name!r} of {header.size} bytes runs past its parent, {left} are left"


CUT_OFF = "cut off"
"""`size_form` of what the end of the data cuts off; all its bytes are in `raw`."""


def cut_off_box(data: bytes, offset: int, reason: str) -> Container:
    """A box that the data cuts off, or bytes that are none; it builds to the same bytes.

    Args:
        data: all bytes that there are, the header included.
        offset: of the first one in the file.
        reason: what is wrong; it becomes the `note`.
    """
    fields = {"offset": offset, "type": data[4:8].rstrip(b" "), "size_form": CUT_OFF}
    fields |= {"raw": data, "note": reason, "end": offset + len(data)}
    return new_container(fields)


def open_box(stream: Any) -> tuple[BoxHeader, Window]:
    """Read the header of a box from a stream of whatever kind, and take its body as a window.

    Raises:
        BoxParseError: the box is cut off, or the header cannot be one.
    """
    offset = stream.tell()
    head = _read(stream, HEADER_SIZE, offset, "a box header")
    if header_size(head) > HEADER_SIZE:
        head += _read(stream, header_size(head) - HEADER_SIZE, offset, "a 64-bit box size")
    header = decode_header(head, HEADER_SIZE, offset)
    if header.size_form == TO_END:
        body = stream.read()
        header = header._replace(size=header.size + len(body))
        return header, Window(body, header.body_offset, depth=_depth(stream))
    size = header.size - header.header_size
    if isinstance(stream, Window) and size <= stream.remaining:
        return header, stream.inner(size)
    body = _read(stream, size, offset, f"box {show_code(header.type)} of {header.size} bytes")
    return header, Window(body, header.body_offset, depth=_depth(stream))


_ALLOCATED_UNSEEN = 1 << 20


def _left(stream: Any) -> int:
    """Bytes between a stream's position and its end."""
    position = stream.tell()
    left: int = stream.seek(0, io.SEEK_END) - position
    stream.seek(position)
    return left


def _depth(stream: Any) -> int:
    return stream.depth + 1 if isinstance(stream, Window) else 0


def _read(stream: Any, count: int, offset: int, what: str) -> bytes:
    """Read `count` bytes of a stream of whatever kind, or say what is cut off."""
    start = stream.tell()
    fault: Exception | None = None
    data = b""
    try:
        if count <= _ALLOCATED_UNSEEN or count <= _left(stream):
            data = stream.read(count)
    except (BoxError, OSError, OverflowError, MemoryError) as error:
        fault = error
    if len(data) == count:
        return data
    raise TruncatedBoxError(
        f"{what} is cut off by the end of the data",
        available=start - offset + len(data),
        offset=offset,
    ) from fault
