"""What others have put into pymp4's registry, as definitions."""

from __future__ import annotations

import functools
from typing import Any

from construct import Construct, Container, Embedded

from ..boxes.definition import Definition, Rebuilt
from ..boxes.reader import Window
from ..boxes.registry import EntryDefinition
from .pymp4_internals import PyMP4


class UserDefinitions:
    """What others have put into pymp4's registry, in place of pymp4's own or beside it."""

    def __init__(self, pymp4: PyMP4) -> None:
        self.pymp4 = pymp4

    def box(self, code: bytes) -> Definition | None:
        """The definition that somebody else has registered for this type of box."""
        live = self.pymp4.boxes.get(code)
        if live is None or live is self.pymp4.stock_boxes.get(code):
            return None
        return _box_definition(live)

    def sample_entry(self, code: bytes) -> Definition | None:
        """The definition that somebody else has registered for this format of sample entry."""
        live = self.pymp4.sample_entries.get(code)
        if live is None or live is self.pymp4.stock_sample_entries.get(code):
            return None
        return _entry_definition(live)


@functools.lru_cache
def _box_definition(construct: Construct) -> Definition:
    return _TypedDefinition(construct, Container)


@functools.lru_cache
def _entry_definition(construct: Construct) -> Definition:
    return _ForeignEntry(Embedded(construct), container=Container)


class _Foreign(Definition):
    """A definition of somebody else, which may have changed the boxes that were parsed."""

    __slots__ = ()

    def rebuild(self, code: bytes, fields: Any, into: Rebuilt, context: Any) -> bytes:
        return self.build(code, fields, context)


class _ForeignEntry(_Foreign, EntryDefinition):
    """That of a sample entry."""

    __slots__ = ()


class _TypedDefinition(_Foreign):
    """That of a box, which reads the type too, as pymp4's own do."""

    __slots__ = ()

    def parse_fields(self, code: bytes, window: Window, context: Any) -> dict[str, Any]:
        start = window.tell() - 4
        inside = Window(
            code.ljust(4) + window.read(),
            start,
            depth=window.depth,
            forms=window.forms,
            again=window.again,
        )
        fields = super().parse_fields(code, inside, context)
        fields.pop("type", None)
        window.seek(inside.tell())
        return fields

    def build(self, code: bytes, obj: Any, context: Any) -> bytes:
        if obj.get("raw") is not None:
            return super().build(code, obj, context)
        return super().build(code, {"type": code, **obj}, context)[4:]
