"""The registry of definitions, and the two families of boxes that use it.

A definition is declared and registered in one place, in a module of `definitions`:

    box(b"elst", body=FullBox(...))
    sample_entry(b"avc1", fields=(*VISUAL_FIELDS, "children" / CHILDREN))

`BOX` and `SAMPLE_ENTRY` parse and build by these definitions.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import threading
from contextvars import ContextVar
from typing import Any, Protocol

from construct import Bytes, Construct, Container, Default, GreedyBytes, Int16ub

from ..errors import BoxBuildError
from .box import Boxes, BoxFamily
from .constructs.containers import Fields, is_hidden
from .constructs.structs import Struct
from .definition import OWN_FIELDS, Definition
from .header import show_code
from .standard_names import StandardEntry

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
    "extensions",
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


def box(*codes: bytes, body: Construct) -> None:
    """Declare the definition of boxes: the construct of all that follows the type.

    Args:
        codes: the types, without trailing spaces.
        body: the construct; names of fields are the standard's.
    """
    definition = _checked(Definition(body))
    for code in codes:
        if code in _BOXES:
            raise ValueError(f"box {show_code(code)} is declared twice")
        _BOXES[code] = definition


def sample_entry(*codes: bytes, fields: tuple[Construct, ...]) -> None:
    """Declare the definition of sample entries: what follows `data_reference_index`."""
    definition = _checked(EntryDefinition(*fields))
    for code in codes:
        if code in _SAMPLE_ENTRIES:
            raise ValueError(f"sample entry {show_code(code)} is declared twice")
        _SAMPLE_ENTRIES[code] = definition


def _checked(definition: Definition) -> Definition:
    taken = definition.names & OWN_FIELDS
    if taken:
        raise ValueError(f"fields of all boxes are declared again: {', '.join(sorted(taken))}")
    return definition


class EntryDefinition(Definition):
    """How a sample entry is parsed and built.

    Args:
        fields: what follows those that all sample entries have (ISO/IEC 14496-12, 8.5.2).
        container: the class of parsed entries.
    """

    __slots__ = ()

    _HEAD = (
        "_reserved" / Default(Bytes(6), bytes(6)),
        "data_reference_index" / Default(Int16ub, 1),
    )
    _DATA = Struct(*_HEAD, "data" / GreedyBytes)

    def __init__(self, *fields: Construct, container: type[Container] = Fields) -> None:
        super().__init__(Struct(*self._HEAD, *fields), container)

    def build_data(self, obj: Any, context: Any) -> bytes:
        stream = io.BytesIO()
        self._DATA._build({**obj, "data": super().build_data(obj, context)}, stream, context, "")
        return stream.getvalue()


_DATA = "data" / Default(GreedyBytes, b"")
_UNKNOWN_FIELDS = frozenset(
    ("offset", "end", "type", "format", "size_form", "data", "data_reference_index")
)


def _refuse_fields(code: bytes, obj: Any) -> None:
    """Raise if a box without a definition is to be built from more than bytes."""
    others = [key for key in obj if key not in _UNKNOWN_FIELDS and not is_hidden(key)]
    if others and obj.get("data") is None and obj.get("raw") is None:
        fields = ", ".join(others)
        raise BoxBuildError(f"there is no definition of {show_code(code)} for {fields}")


class _UnknownBox(Definition):
    """Boxes without a definition: their bytes, in the field `data`."""

    def build(self, code: bytes, obj: Any, context: Any) -> bytes:
        _refuse_fields(code, obj)
        return super().build(code, obj, context)


class _UnknownEntry(EntryDefinition):
    """Sample entries without a definition: their bytes, in the field `data`."""

    def build(self, code: bytes, obj: Any, context: Any) -> bytes:
        _refuse_fields(code, obj)
        return super().build(code, obj, context)


UNKNOWN_BOX: Definition = _UnknownBox(Struct(_DATA))
UNKNOWN_ENTRY: Definition = _UnknownEntry(_DATA)


class Definitions(Protocol):
    """Definitions that come before those declared here."""

    def box(self, code: bytes) -> Definition | None:
        """The definition of boxes of this type, if there is one."""

    def sample_entry(self, code: bytes) -> Definition | None:
        """The definition of sample entries of this format, if there is one."""


OTHER_DEFINITIONS: ContextVar[Definitions | None] = ContextVar("OTHER_DEFINITIONS", default=None)
"""What comes first while boxes are parsed and built for others, as through pymp4's own `Box`; what
this package reads and writes for itself does not depend on it."""


def declared_box(code: bytes) -> Definition:
    """Definition of a box: the one declared, or raw bytes."""
    return _declared(_BOXES, code) or UNKNOWN_BOX


def find_box(code: bytes) -> Definition:
    """Definition of a box: the one that is set to come first, the one declared, or raw bytes."""
    others = OTHER_DEFINITIONS.get()
    return (others.box(code) if others is not None else None) or declared_box(code)


def declared_sample_entry(code: bytes) -> Definition:
    """Definition of a sample entry: the one declared, or raw bytes."""
    return _declared(_SAMPLE_ENTRIES, code) or UNKNOWN_ENTRY


def find_sample_entry(code: bytes) -> Definition:
    """Definition of a sample entry, as `find_box`."""
    others = OTHER_DEFINITIONS.get()
    return (others.sample_entry(code) if others is not None else None) or declared_sample_entry(
        code
    )


BOX = BoxFamily("type", find_box, framed=True)
"""Boxes (ISO/IEC 14496-12, 4.2)."""

SAMPLE_ENTRY = BoxFamily("format", find_sample_entry, framed=False, container=StandardEntry)
"""Sample entries (ISO/IEC 14496-12, 8.5.2)."""

CHILDREN = Boxes(BOX)
"""Child boxes up to the end of the parent."""


PADDING = (b"free", b"skip", b"wide")
"""Boxes that may stand among any others."""


def family(codes: dict[bytes, Construct], default: Construct | None = None) -> BoxFamily:
    """Boxes whose meaning depends on the box that they lie in.

    Args:
        codes: the body of each type.
        default: the body of all other types (but `free` and the like); None: as everywhere.
    """
    definitions = {code: Definition(body) for code, body in codes.items()}
    others = None if default is None else Definition(default)

    def find(code: bytes) -> Definition:
        found = definitions.get(code)
        if found is None and code not in PADDING:
            found = others
        return found or BOX.find(code)

    return BoxFamily("type", find, framed=True)


def container_box(*codes: bytes) -> None:
    """Declare boxes that hold nothing but boxes."""
    box(*codes, body=Struct("children" / Default(CHILDREN, [])))
