"""How the body of one type of box is parsed and built, so that nothing is lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from construct import Construct, Container

from ..errors import BoxError, BoxParseError
from .constructs.build_values import as_bytes
from .constructs.containers import Fields
from .constructs.exact import is_exact
from .constructs.structs import Context, Struct
from .reader import KEPT_RAW, MAX_DEPTH, Window

OWN_FIELDS = frozenset(("offset", "end", "size_form", "raw", "trailing", "note"))
"""Fields that any parsed box may have, whatever its definition."""

_COMMON = frozenset(("type", "version", "flags", "data_reference_index"))


class Rebuilt(io.BytesIO):
    """What a body is built into that was just parsed, to see whether it is the same.

    The boxes in it have been parsed before it, and are known to build the same bytes. They are
    taken as they are: else a box would be built once for each box that it lies in.

    Args:
        raw: the body.
        offset: of its first byte in the file.
    """

    def __init__(self, raw: bytes, offset: int) -> None:
        super().__init__()
        self.raw = raw
        self._offset = offset

    def bytes_of(self, box: Any) -> bytes | None:
        """The bytes of a box in the body; None if it does not tell where it lies."""
        if not isinstance(box, dict) or "end" not in box or "offset" not in box:
            return None
        return self.raw[box["offset"] - self._offset : box["end"] - self._offset]


class Definition:
    """How the body of one type of box is parsed and built.

    Attributes:
        construct: the construct of the body.
        container: the class of parsed boxes.
        names: the fields of the construct, as far as they can be told, but for the type, version
            and flags.
        exact: whether parsing is known to keep every byte, so that it need not be checked by
            building.
    """

    __slots__ = ("_fields", "construct", "container", "exact", "names")

    def __init__(self, construct: Construct, container: type[Container] = Fields) -> None:
        self.construct = construct
        self.container = container
        self.names = frozenset(field_names(construct)) - _COMMON
        self.exact = is_exact(construct)
        self._fields = construct if isinstance(construct, Struct) else None

    def parse(
        self, code: bytes, window: Window, context: Any
    ) -> tuple[dict[str, Any], type[Container]]:
        """Parse the body in `window`; whatever it is, the result builds the same bytes again.

        Returns:
            The fields, and the class of Container to put them into.
        """
        start = window.position
        try:
            if window.depth > MAX_DEPTH:
                raise BoxParseError(f"boxes are nested deeper than {MAX_DEPTH} levels")
            fields = self.parse_fields(code, window, context)
        except MemoryError:
            raise  # which says nothing about the box
        except Exception as error:
            window.position = start
            note = f"{KEPT_RAW}{reason_of(error)}"
            return {"raw": window.read(), "note": note}, self.container
        if window.position != window.end:
            fields["trailing"] = window.read()
            fields["note"] = window.note or f"{len(fields['trailing'])} bytes after the last field"
        if not self.exact:
            raw = window.data[start : window.end]
            fault = self.loss(code, fields, Rebuilt(raw, window.base + start), context)
            if fault is not None:
                return {"raw": raw, "note": f"{KEPT_RAW}{fault}"}, self.container
        return fields, self.container

    def parse_fields(self, code: bytes, window: Window, context: Any) -> dict[str, Any]:
        """Parse the fields alone; any exception of a field's construct gets through."""
        if self._fields is not None:
            return self._fields.parse_fields(window, context)
        fields = self.construct._parse(window, context, "")
        return {name: value for name, value in dict.items(fields) if name != "_"}

    def loss(self, code: bytes, fields: Any, into: Rebuilt, context: Any) -> str | None:
        """What building the fields loses of the body; None if it gives the same bytes."""
        try:
            rebuilt = self.rebuild(code, fields, into, context)
        except MemoryError:
            raise
        except Exception as error:
            return reason_of(error)
        raw = into.raw
        if rebuilt == raw:
            return None
        shorter = min(len(raw), len(rebuilt))
        place = next((i for i in range(shorter) if raw[i] != rebuilt[i]), shorter)
        return f"the definition loses byte {place} of the body"

    def rebuild(self, code: bytes, fields: Any, into: Rebuilt, context: Any) -> bytes:
        """Build a body from fields that were just parsed, to see whether it is the same."""
        self.construct._build(fields, into, context, "")
        return into.getvalue() + (fields.get("trailing") or b"")

    def build(self, code: bytes, obj: Any, context: Any) -> bytes:
        """Build a body from its fields; any exception of a field's construct gets through.

        A box that has nothing but `data` is taken as it is: so pymp4 holds boxes that it does not
        know, and its users build them.
        """
        if obj.get("raw") is not None:
            return as_bytes(obj["raw"], "raw")
        if "data" in obj and "data" not in self.names and self.names.isdisjoint(obj):
            return self.build_data(obj, context)
        stream = io.BytesIO()
        self.construct._build(obj, stream, context, "")
        return stream.getvalue() + as_bytes(obj.get("trailing") or b"", "trailing")

    def build_data(self, obj: Any, context: Any) -> bytes:
        """Build the body of a box that has nothing but `data`."""
        return as_bytes(obj["data"], "data")


def reason_of(error: BaseException) -> str:
    """One line that says what went wrong inside a definition, whoever raised it."""
    if isinstance(error, BoxError):
        return error.reason
    if isinstance(error, KeyError):
        return f"field {error.args[0]!r} is missing" if error.args else "a field is missing"
    # construct appends a second line with the path of fields: "    building -> flags"
    text, _, path = str(error).strip().partition("\n")
    field = path.strip().rpartition(" -> ")[2]
    text = " ".join(text.split()) or type(error).__name__
    return f"{field}: {text}" if field else text


def field_names(construct: Any) -> Iterator[str]:
    """Names of a Struct's fields, embedded ones included."""
    if construct.name is not None:
        yield construct.name
        return
    for field in getattr(construct, "fields", ()):  # of Bits
        yield field[0]
    cases = getattr(construct, "cases", None) or {}
    inner = [*getattr(construct, "subcons", ()), *cases.values()]
    for name in ("subcon", "default"):
        inner.append(getattr(construct, name, None))
    for sub in inner:
        if isinstance(sub, Construct):
            yield from field_names(sub)


def inner_context(context: Any, key: str, code: bytes, before: list[Any] | None) -> Context:
    """The context in which the body of a box is parsed or built.

    Args:
        context: the one of what the box lies in.
        key: the field that holds the box's four-character code.
        code: that code.
        before: the boxes before it, if it is one of a list of boxes.
    """
    inner = Context(_=context)
    inner[key] = code
    if before is not None:
        inner[_BEFORE] = before
    return inner


_BEFORE = "_boxes_before"


MOST_BEFORE = 64


def boxes_before(context: Any) -> list[Any]:
    """The last boxes before the one being parsed or built, in the same parent: 64 at most."""
    while context is not None:
        if _BEFORE in context:
            found: list[Any] = context[_BEFORE][-MOST_BEFORE:]
            return found
        context = context.get("_")
    return []
