"""The registry of definitions, and the two families of boxes that use it.

A definition is declared and registered in one place, in a module of `definitions`:

    box(b"elst", body=Versioned(...))
    sample_entry(b"avc1", fields=(*VISUAL_FIELDS, "children" / CHILDREN))

`BOX` and `SAMPLE_ENTRY` parse and build by these definitions.
"""

from __future__ import annotations

import importlib
import pkgutil
import threading
from contextvars import ContextVar
from typing import Any, Protocol

from construct import (
    Bytes,
    Construct,
    Container,
    Default,
    GreedyBytes,
    Int16ub,
    ListContainer,
    Struct,
)

from ..errors import BoxBuildError
from .box import OWN_FIELDS, Boxes, BoxFamily, Definition
from .header import show_code

_BOXES: dict[bytes, Definition] = {}
_SAMPLE_ENTRIES: dict[bytes, Definition] = {}

_FIRST_MODULES = (
    "containers",
    "headers",
    "sample_tables",
    "sample_descriptions",
    "nnr",
    "data_references",
    "timing",
    "fragments",
    "files",
    "media_headers",
)
"""Modules of `definitions` that most files need; the others are imported when a box needs one."""

_imports = threading.RLock()
_not_imported: list[str] | None = None


def load_definitions() -> None:
    """Import every module of `definitions`, each of which declares what it defines."""
    while _import_next():
        pass


def _import_next() -> bool:
    """Import the next module of `definitions`; whether there was one left."""
    global _not_imported
    with _imports:
        if _not_imported is None:
            from . import definitions

            names = [module.name for module in pkgutil.iter_modules(definitions.__path__)]
            _not_imported = sorted(
                names,
                key=lambda name: _FIRST_MODULES.index(name) if name in _FIRST_MODULES else 99,
            )
        if not _not_imported:
            return False
        importlib.import_module(f"{__package__}.definitions.{_not_imported[0]}")
        del _not_imported[0]
        return True


def _declared(definitions: dict[bytes, Definition], code: bytes) -> Definition | None:
    """A definition, after importing as many modules as that takes."""
    found = definitions.get(code)
    while found is None and _import_next():
        found = definitions.get(code)
    return found if found is not None else definitions.get(code)


def box(*codes: bytes, body: Construct, trusted: bool = False) -> None:
    """Declare the definition of boxes: the construct of all that follows the type.

    Args:
        codes: the types, without trailing spaces.
        body: the construct; names of fields are the standard's.
        trusted: see `Definition`.
    """
    for code in codes:
        if code in _BOXES:
            raise ValueError(f"box {show_code(code)} is declared twice")
        _BOXES[code] = _checked(Definition(body, trusted=trusted))


def sample_entry(*codes: bytes, fields: tuple[Construct, ...]) -> None:
    """Declare the definition of sample entries: what follows `data_reference_index`."""
    for code in codes:
        if code in _SAMPLE_ENTRIES:
            raise ValueError(f"sample entry {show_code(code)} is declared twice")
        _SAMPLE_ENTRIES[code] = _checked(Definition(entry_struct(*fields)))


def _checked(definition: Definition) -> Definition:
    taken = definition.names & OWN_FIELDS
    if taken:
        raise ValueError(f"fields of all boxes are declared again: {', '.join(sorted(taken))}")
    return definition


def entry_struct(*fields: Construct) -> Struct:
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
            raise BoxBuildError(
                f"there is no definition of {show_code(name)} for {', '.join(others)}"
            )
        return super().build(name, obj, context)


_DATA = "data" / Default(GreedyBytes, b"")
_UNKNOWN_BOX = _Unknown(Struct(_DATA), trusted=True)
_UNKNOWN_ENTRY = _Unknown(entry_struct(_DATA))


class Definitions(Protocol):
    """Definitions that come before those declared here."""

    def box(self, code: bytes) -> Definition | None:
        """The definition of boxes of this type, if there is one."""

    def sample_entry(self, code: bytes) -> Definition | None:
        """The definition of sample entries of this format, if there is one."""


OTHER_DEFINITIONS: ContextVar[Definitions | None] = ContextVar("OTHER_DEFINITIONS", default=None)
"""What comes first while boxes are parsed and built for others, as through pymp4's own `Box`; what
this package reads and writes for itself does not depend on it."""


def find_box(code: bytes) -> Definition:
    """Definition of a box: the one that is set to come first, the one declared, or raw bytes."""
    others = OTHER_DEFINITIONS.get()
    found = others.box(code) if others is not None else None
    return found or _declared(_BOXES, code) or _UNKNOWN_BOX


def find_sample_entry(code: bytes) -> Definition:
    """The same for a sample entry."""
    others = OTHER_DEFINITIONS.get()
    found = others.sample_entry(code) if others is not None else None
    return found or _declared(_SAMPLE_ENTRIES, code) or _UNKNOWN_ENTRY


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


BOX = BoxFamily("type", find_box, framed=True, container=BoxContainer)
"""Boxes (ISO/IEC 14496-12, 4.2)."""

SAMPLE_ENTRY = BoxFamily("format", find_sample_entry, framed=False, container=SampleEntryContainer)
"""Sample entries (ISO/IEC 14496-12, 8.5.2)."""

CHILDREN = Boxes(BOX)
"""Child boxes up to the end of the parent."""


PADDING = (b"free", b"skip", b"wide")
"""Boxes that may stand among any others."""


def family(
    codes: dict[bytes, Construct],
    default: Construct | None = None,
    *,
    container: type[Container] = BoxContainer,
) -> BoxFamily:
    """Boxes whose meaning depends on the box that they lie in.

    Args:
        codes: the body of each type.
        default: the body of all other types (but `free` and the like); None: as everywhere.
        container: the class of parsed boxes.
    """
    definitions = {code: Definition(body) for code, body in codes.items()}
    others = None if default is None else Definition(default)

    def find(code: bytes) -> Definition:
        found = definitions.get(code)
        if found is None and code not in PADDING:
            found = others
        return found or BOX.find(code)

    return BoxFamily("type", find, framed=True, container=container)


def container_box(*codes: bytes) -> None:
    """Declare boxes that hold nothing but boxes."""
    box(*codes, body=Struct("children" / Default(CHILDREN, [])), trusted=True)
