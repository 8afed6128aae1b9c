"""Boxes parsed without loss and built without silence.

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
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from construct import Construct, Container, ListContainer

from ..errors import BoxBuildError, BoxError, BoxParseError
from .constructs.build_values import as_bytes
from .faults import reason_of
from .header import (
    HEADER_SIZE,
    LARGE_HEADER_SIZE,
    LARGESIZE,
    MAX_32,
    TO_END,
    BoxHeader,
    decode_header,
    encode_header,
    show_code,
)
from .reader import MAX_DEPTH, Window, window_on

OWN_FIELDS = frozenset(("offset", "end", "size_form", "raw", "trailing", "note"))
"""Fields that any parsed box may have, whatever its definition."""


class Definition:
    """How the body of one type of box is parsed and built.

    Attributes:
        construct: the construct of the body.
        holds_type: the construct begins with the box's type field (as pymp4's own do).
        names: the fields of the construct, as far as they can be told, but for the type, version
            and flags.
        trusted: parsing keeps every byte by construction, so that it need not be checked by
            building: a body that is nothing but child boxes or raw bytes.
    """

    __slots__ = ("construct", "holds_type", "names", "trusted")

    def __init__(
        self, construct: Construct, *, holds_type: bool = False, trusted: bool = False
    ) -> None:
        self.construct = construct
        self.names = frozenset(_names(construct)) - _COMMON
        self.holds_type = holds_type
        self.trusted = trusted

    def parse(self, name: bytes, window: Window, context: Container) -> Container:
        """Parse the body in `window`; whatever it is, the result builds the same bytes again."""
        start = window.tell()
        try:
            if window.depth > MAX_DEPTH:
                raise BoxParseError(f"boxes are nested deeper than {MAX_DEPTH} levels")
            parsed = self._parse_fields(name, window, context)
        except Exception as error:
            window.seek(start)
            raw = window.read()
            return Container(raw=raw, note=f"kept as raw bytes: {reason_of(error)}")
        if window.remaining:
            parsed["trailing"] = window.read()
            parsed["note"] = window.note or f"{len(parsed['trailing'])} bytes after the last field"
        if not self.trusted:
            window.seek(start)
            raw = window.read()
            try:
                rebuilt = self.build(name, parsed, context)
            except Exception as error:
                return Container(raw=raw, note=f"kept as raw bytes: {reason_of(error)}")
            if rebuilt != raw:
                place = next(
                    (i for i, (a, b) in enumerate(zip(raw, rebuilt, strict=False)) if a != b),
                    min(len(raw), len(rebuilt)),
                )
                note = f"kept as raw bytes: the definition loses byte {place} of the body"
                return Container(raw=raw, note=note)
        return parsed

    def _parse_fields(self, name: bytes, window: Window, context: Container) -> Container:
        if self.holds_type:
            # pymp4's definitions read the type themselves: give it to them.
            base = window.tell() - 4
            body = name.ljust(4) + window.read()
            inside = Window(body, base, depth=window.depth)
            fields = self.construct._parse(inside, context, "parsing")
            if "type" in fields:
                del fields["type"]
            window.seek(inside.tell())
        else:
            fields = self.construct._parse(window, context, "parsing")
        parsed = Container()
        for key, value in fields.items():
            if key != "_":
                parsed[key] = value
        return parsed

    def build(self, name: bytes, obj: Any, context: Container) -> bytes:
        """Build a body from its fields; any exception of a field's construct gets through.

        A box that has nothing but `data` is taken as it is: so pymp4 holds boxes that it does not
        know, and its users build them.
        """
        if obj.get("raw") is not None:
            return as_bytes(obj["raw"], "raw")
        if "data" not in self.names and "data" in obj and not any(key in obj for key in self.names):
            return as_bytes(obj["data"], "data")
        stream = io.BytesIO()
        self.construct._build(obj, stream, context, "building")
        body = stream.getvalue()
        if self.holds_type:
            body = body[4:]
        return body + as_bytes(obj.get("trailing") or b"", "trailing")


_COMMON = frozenset(("type", "version", "flags", "data_reference_index"))


def _names(construct: Any) -> Iterator[str]:
    """Names of a Struct's fields, embedded ones included."""
    if construct.name is not None:
        yield construct.name
        return
    for field in getattr(construct, "fields", ()):  # of Bits
        yield field[0]
    cases = getattr(construct, "cases", None) or {}
    inner = [*getattr(construct, "subcons", ()), *cases.values()]
    for name in ("subcon", "thensubcon", "elsesubcon"):
        inner.append(getattr(construct, name, None))
    for sub in inner:
        if isinstance(sub, Construct):
            yield from _names(sub)


class BoxFamily(Construct):
    """A construct of boxes of one family: plain boxes, or the sample entries of `stsd`.

    Args:
        key: the field that holds the four-character code: ``type``, or ``format``.
        find: gives the definition for a code (trailing spaces stripped, as pymp4 does).
        framed: parsed boxes tell their place in the file, in the fields `offset` and `end`.
        container: the class of parsed boxes.
    """

    __slots__ = ("container", "find", "framed", "key")

    def __init__(
        self,
        key: str,
        find: Callable[[bytes], Definition],
        *,
        framed: bool,
        container: type[Container] = Container,
    ) -> None:
        super().__init__()
        self.key = key
        self.find = find
        self.framed = framed
        self.container = container

    # --- parsing

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        header, window = _open_box(stream)
        box = self.container()
        if self.framed:
            box["offset"] = header.offset
        code = box[self.key] = header.type
        if header.size_form:
            box["size_form"] = header.size_form
        inner = Container(_=context)
        inner[self.key] = code
        inner["offset"] = header.offset
        for key, value in self.find(code).parse(code, window, inner).items():
            box[key] = value
        if self.framed:
            box["end"] = window.tell()
        return box

    # --- building

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        try:
            stream.write(self.to_bytes(obj, context))
        except BoxError as error:
            code = obj.get(self.key) if isinstance(obj, dict) else None
            raise (under(error, show_code(code)) if code else error) from error.__cause__

    def to_bytes(self, obj: Any, context: Container | None = None) -> bytes:
        """Build one box.

        Raises:
            BoxBuildError: a field is missing or does not fit; the error's `box_path` leads to
                the box concerned, from this one's children on.
        """
        code = obj.get(self.key) if isinstance(obj, dict) else None
        if not isinstance(code, bytes):
            raise BoxBuildError(f"a box is a dict with a field {self.key!r} of type bytes")
        if len(code) > 4:
            raise BoxBuildError(f"a box type has 4 bytes, not {len(code)}")
        inner = Container(_=context or Container())
        inner[self.key] = code.rstrip(b" ")
        definition = self.find(code.rstrip(b" "))
        try:
            body = definition.build(code, obj, inner)
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

    def __init__(self, family: BoxFamily, maximum: int | None = None) -> None:
        super().__init__()
        self.family = family
        self.maximum = maximum

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        boxes = context[_SIBLINGS] = ListContainer()
        while window.remaining and (self.maximum is None or len(boxes) < self.maximum):
            _, fault = child_header(window)
            if fault:
                window.note = f"at offset {window.tell()}: {fault}"
                break
            boxes.append(self.family._parse(window, context, path))
        return boxes

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, (str, bytes, dict)) or not isinstance(obj, Iterable):
            raise BoxBuildError(f"a list of boxes is needed, not {type(obj).__name__}")
        boxes = list(obj)
        for index, box in enumerate(boxes):
            try:
                data = self.family.to_bytes(box, context)
            except BoxError as error:
                raise under(error, self._label(boxes, index)) from error.__cause__
            stream.write(data)

    @staticmethod
    def is_next(window: Window) -> bool:
        """Whether the next bytes are a box. The window stays where it is."""
        return child_header(window)[0] is not None

    @classmethod
    def fill(cls, window: Window) -> bool:
        """Whether all bytes that are left are boxes, by their sizes. The window stays."""
        start = window.tell()
        header: BoxHeader | None = None
        while window.remaining:
            header, _ = child_header(window)
            if header is None:
                break
            window.seek(header.end)
        filled = not window.remaining
        window.seek(start)
        return filled

    def _label(self, boxes: list[Any], index: int) -> str:
        """Type of a box, with its 0-based number among those of its type if there are several."""

        def code(box: Any) -> Any:
            return box.get(self.family.key) if isinstance(box, dict) else None

        mine = code(boxes[index])
        alike = [i for i, box in enumerate(boxes) if code(box) == mine]
        return show_code(mine) if len(alike) == 1 else f"{show_code(mine)}[{alike.index(index)}]"


_SIBLINGS = "_siblings"


def siblings(context: Container | None) -> list[Any]:
    """The boxes before the one being parsed, in the same parent."""
    while context is not None:
        if _SIBLINGS in context:
            found: list[Any] = context[_SIBLINGS]
            return found
        context = context.get("_")
    return []


def under(error: BoxError, name: str) -> BoxError:
    """Put the name of the enclosing box before the path in `error`."""
    error.box_path = f"{name}/{error.box_path}" if error.box_path else name
    return error


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
    try:
        if count > _ALLOCATED_UNSEEN and count > _left(stream):
            raise BoxParseError(f"{what} is cut off by the end of the data", offset=offset)
        data: bytes = stream.read(count)
    except (BoxError, OSError, OverflowError, MemoryError) as error:
        raise BoxParseError(f"{what} is cut off by the end of the data", offset=offset) from error
    if len(data) != count:
        raise BoxParseError(f"{what} is cut off by the end of the data", offset=offset)
    return data


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
    name = show_code(header.type)
    if header.size_form == TO_END:
        return None, f"{name!r}: box size 0 is too small for a box in another"
    if header.size > left:
        return None, f"box {name!r} of {header.size} bytes runs past its parent, {left} are left"
    return header, None


def _open_box(stream: Any) -> tuple[BoxHeader, Window]:
    """Read the header of a box from a stream of whatever kind, and take its body as a window."""
    offset = stream.tell()
    head = _read(stream, HEADER_SIZE, offset, "a box header")
    if head.startswith(b"\0\0\0\1"):
        head += _read(stream, LARGE_HEADER_SIZE - HEADER_SIZE, offset, "a 64-bit box size")
    if head.startswith(bytes(4)):
        body = stream.read()
        header = decode_header(head, HEADER_SIZE + len(body), offset)
        return header, Window(body, offset + HEADER_SIZE, depth=_depth(stream))
    header = decode_header(head, 0, offset)
    size = header.size - header.header_size
    if isinstance(stream, Window) and size <= stream.remaining:
        return header, stream.inner(size)
    body = _read(stream, size, offset, f"box {show_code(header.type)} of {header.size} bytes")
    return header, Window(body, header.body_offset, depth=_depth(stream))
