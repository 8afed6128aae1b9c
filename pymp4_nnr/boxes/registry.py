"""The registry of definitions, and the two families of boxes that use it.

A definition is declared and registered in one place, in a module of `definitions`:

    box(b"elst", body=Versioned(...))
    sample_entry(b"avc1", fields=(*VISUAL_FIELDS, "children" / CHILDREN))

`BOX` and `SAMPLE_ENTRY` parse and build by these definitions, and by pymp4's own where there is
none here. `install.register` gives the same to pymp4's `Box`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from contextvars import ContextVar
from typing import Any

from construct import (
    Bytes,
    Construct,
    Container,
    Default,
    Embedded,
    GreedyBytes,
    Int16ub,
    ListContainer,
    Struct,
)

from ..errors import BoxBuildError
from ..plugin.pymp4_internals import find_host
from .box import OWN_FIELDS, Boxes, BoxFamily, Definition, show
from .reader import window_on

_BOXES: dict[bytes, Definition] = {}
_SAMPLE_ENTRIES: dict[bytes, Definition] = {}


def box(*codes: bytes, body: Construct, trusted: bool = False) -> None:
    """Declare the definition of boxes: the construct of all that follows the type.

    Args:
        codes: the types, without trailing spaces.
        body: the construct; names of fields are the standard's.
        trusted: see `Definition`.
    """
    for code in codes:
        if code in _BOXES:
            raise ValueError(f"box {show(code)} is declared twice")
        _BOXES[code] = _checked(Definition(body, trusted=trusted))


def sample_entry(*codes: bytes, fields: tuple[Construct, ...]) -> None:
    """Declare the definition of sample entries: what follows `data_reference_index`."""
    for code in codes:
        if code in _SAMPLE_ENTRIES:
            raise ValueError(f"sample entry {show(code)} is declared twice")
        _SAMPLE_ENTRIES[code] = _checked(Definition(_entry(*fields)))


def _checked(definition: Definition) -> Definition:
    taken = definition.names & OWN_FIELDS
    if taken:
        raise ValueError(f"fields of all boxes are declared again: {', '.join(sorted(taken))}")
    return definition


def _entry(*fields: Construct) -> Struct:
    """The fields that all sample entries share (ISO/IEC 14496-12, 8.5.2), and `fields`."""
    return Struct(
        "_reserved" / Default(Bytes(6), bytes(6)),
        "data_reference_index" / Default(Int16ub, 1),
        *fields,
    )


class _Unknown(Definition):
    """Boxes without a definition: their bytes, in the field `data`."""

    _FIELDS = frozenset(
        ("offset", "end", "type", "format", "size_form", "data", "data_reference_index")
    )

    def build(self, name: bytes, obj: Any, context: Container) -> bytes:
        others = [key for key in obj if key not in self._FIELDS and not str(key).startswith("_")]
        if others and obj.get("data") is None and obj.get("raw") is None:
            raise BoxBuildError(f"there is no definition of {show(name)} for {', '.join(others)}")
        return super().build(name, obj, context)


_DATA = "data" / Default(GreedyBytes, b"")
_UNKNOWN_BOX = _Unknown(Struct(_DATA), trusted=True)
_UNKNOWN_ENTRY = _Unknown(_entry(_DATA))


@functools.lru_cache
def _foreign_box(construct: Construct) -> Definition:
    return Definition(construct, holds_type=True)


@functools.lru_cache
def _foreign_entry(construct: Construct) -> Definition:
    return Definition(_entry(Embedded(construct)))


USER_DEFINITIONS: ContextVar[bool] = ContextVar("USER_DEFINITIONS", default=False)
"""Whether definitions that others have put into pymp4's registry count: in pymp4's own `Box` they
do; what this package reads and writes for itself does not depend on them."""


def _find_box(code: bytes) -> Definition:
    """Definition of a box: what somebody put into pymp4's registry, ours, pymp4's own, raw."""
    host = find_host()
    stock = host.stock_boxes.get(code)
    if USER_DEFINITIONS.get():
        live = host.boxes.get(code)
        if live is not None and live is not stock and not isinstance(live, InstalledBox):
            return _foreign_box(live)
    own = _BOXES.get(code)
    if own is None and stock is not None:
        return _foreign_box(stock)
    return own or _UNKNOWN_BOX


def _find_sample_entry(code: bytes) -> Definition:
    if USER_DEFINITIONS.get():
        host = find_host()
        live = host.sample_entries.get(code)
        stock = host.stock_sample_entries.get(code)
        if live is not None and live is not stock and not isinstance(live, InstalledSampleEntry):
            return _foreign_entry(live)
    return _SAMPLE_ENTRIES.get(code, _UNKNOWN_ENTRY)


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


class BoxContainer(Container):
    """A parsed box. `children` gives the boxes in it whichever field holds them, as in `stsd`."""

    __slots__ = ()

    def _search(self, name: str, search_all: bool) -> Any:
        """As construct's, which goes into plain containers alone."""
        found = []
        for key, value in self.items():
            if key == name:
                if not search_all:
                    return value
                found.append(value)
            if isinstance(value, (Container, ListContainer)):
                inner = value._search(name, search_all)
                if search_all:
                    found.extend(inner or ())
                elif inner is not None:
                    return inner
        return found if search_all else None

    @property
    def children(self) -> list[Any]:
        """Child boxes; as with every missing field, AttributeError where there are none."""
        if "children" in self:
            found: list[Any] = self["children"]
            return found
        found = []
        for value in self.values():
            if isinstance(value, dict) and "type" in value:
                found.append(value)
            elif type(value) is ListContainer:
                found.extend(item for item in value if isinstance(item, BoxContainer))
        if not found:
            raise AttributeError("children")
        return found


class SampleEntryContainer(BoxContainer):
    """A parsed sample entry: it has `type` like a box, so that walks over boxes get through."""

    __slots__ = ()

    @property
    def type(self) -> Any:
        """The four-character code, in the field `format`."""
        return self["format"]


BOX = BoxFamily("type", _find_box, framed=True, container=BoxContainer)
"""Boxes (ISO/IEC 14496-12, 4.2)."""

SAMPLE_ENTRY = BoxFamily("format", _find_sample_entry, framed=False, container=SampleEntryContainer)
"""Sample entries (ISO/IEC 14496-12, 8.5.2)."""

CHILDREN = Boxes(BOX)
"""Child boxes up to the end of the parent."""


def container_box(*codes: bytes) -> None:
    """Declare boxes that hold nothing but boxes."""
    box(*codes, body=Struct("children" / Default(CHILDREN, [])), trusted=True)


def load_definitions() -> None:
    """Import every module of `definitions`, each of which declares what it defines."""
    from . import definitions

    for module in pkgutil.iter_modules(definitions.__path__):
        importlib.import_module(f"{definitions.__name__}.{module.name}")


def installed_boxes(*codes: bytes) -> dict[bytes, InstalledBox]:
    """The definitions of boxes (default: all) as entries of pymp4's registry."""
    return {code: InstalledBox(_BOXES[code]) for code in codes or _BOXES}


def installed_sample_entries(*codes: bytes) -> dict[bytes, InstalledSampleEntry]:
    """The definitions of sample entries (default: all) as entries of pymp4's registry."""
    return {code: InstalledSampleEntry(_SAMPLE_ENTRIES[code]) for code in codes or _SAMPLE_ENTRIES}
