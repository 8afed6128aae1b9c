"""Definitions handed over: ours as pymp4 calls them, and those of others as we call them."""

from __future__ import annotations

import functools
from typing import Any

from construct import Construct, Container, Embedded

from ..boxes.constructs.structs import Struct
from ..boxes.definition import Definition
from ..boxes.reader import Window, window_on
from ..boxes.registry import EntryDefinition
from .pymp4_internals import Host


class UserDefinitions:
    """What others have put into pymp4's registry, in place of pymp4's own or beside it."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def box(self, code: bytes) -> Definition | None:
        """The definition that somebody else has registered for this type of box."""
        live = self.host.boxes.get(code)
        if live is None or live is self.host.stock_boxes.get(code):
            return None
        return _box_definition(live)

    def sample_entry(self, code: bytes) -> Definition | None:
        """The definition that somebody else has registered for this format of sample entry."""
        live = self.host.sample_entries.get(code)
        if live is None or live is self.host.stock_sample_entries.get(code):
            return None
        return _entry_definition(live)


@functools.lru_cache
def _box_definition(construct: Construct) -> Definition:
    return _TypedDefinition(construct)


@functools.lru_cache
def _entry_definition(construct: Construct) -> Definition:
    return EntryDefinition(Embedded(construct))


class _TypedDefinition(Definition):
    """A definition of somebody else, which reads the type too, as pymp4's own do."""

    __slots__ = ()

    def parse_fields(self, code: bytes, window: Window, context: Any) -> dict[str, Any]:
        start = window.tell() - 4
        inside = Window(code.ljust(4) + window.read(), start, depth=window.depth)
        fields = super().parse_fields(code, inside, context)
        fields.pop("type", None)
        window.seek(inside.tell())
        return fields

    def build(self, code: bytes, obj: Any, context: Any) -> bytes:
        if obj.get("raw") is not None:
            return super().build(code, obj, context)
        return super().build(code, {"type": code, **obj}, context)[4:]


class InstalledBox(Construct):
    """A definition of ours as pymp4's stock `Box` calls it: it reads the type too."""

    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.definition = definition

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        code = window.read(4).rstrip(b" ")
        fields = self.definition.parse(code, window, context)
        return Container([("type", code), *fields.items()])

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        code = bytes(obj["type"])
        stream.write(code.ljust(4) + self.definition.build(code, obj, context))


class InstalledSampleEntry(Construct):
    """A definition of ours as pymp4's stock `stsd` calls it: the common fields are read."""

    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.fields = Definition(Struct(*definition.construct.subcons[2:]))

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        return self.fields.parse(b"", window_on(stream), context)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(self.fields.build(b"", obj, context))
