"""Boxes as pymp4 has them, where it can parse and rebuild them; all others as we have them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from construct import Construct, Container, Default, Int16ub

from ..boxes.constructs.containers import Fields, PlainFields, is_hidden
from ..boxes.definition import Definition, Rebuilt
from ..boxes.reader import MAX_DEPTH, Window
from ..boxes.registry import (
    CHILDREN,
    UNKNOWN_BOX,
    UNKNOWN_ENTRY,
    declared_box,
    declared_sample_entry,
)
from ..errors import BoxBuildError, BoxParseError
from .pymp4_internals import PyMP4
from .repaired_constructs import StockStruct, padding, repaired
from .user_definitions import UserDefinitions

OURS = frozenset((b"nnrC", b"nnr1"))
"""What pymp4 would keep as bytes, and is registered for."""


class StockDefinitions(UserDefinitions):
    """Definitions that give what pymp4 gives, wherever pymp4 can rebuild it exactly.

    Raises:
        AttributeError, TypeError: pymp4 has a construct of another layout than expected.
    """

    def __init__(self, pymp4: PyMP4) -> None:
        super().__init__(pymp4)
        self._boxes = {
            code: _box(stock, code) for code, stock in pymp4.stock_boxes.items() if code not in OURS
        }
        self._entries = {
            code: _entry(stock, code)
            for code, stock in pymp4.stock_sample_entries.items()
            if code not in OURS
        }

    def box(self, code: bytes) -> Definition | None:
        found = super().box(code)
        if found is not None or code in OURS:
            return found
        return self._boxes.get(code, _UNKNOWN_BOX)

    def sample_entry(self, code: bytes) -> Definition | None:
        found = super().sample_entry(code)
        if found is not None or code in OURS:
            return found
        return self._entries.get(code, _UNKNOWN_ENTRY)


def _box(stock: Construct, code: bytes) -> Definition:
    fields = repaired(stock).subcons[1:]
    if [getattr(field, "subcon", None) for field in fields] == [CHILDREN]:
        return _InContainers(declared_box(code))
    return _StockFirst(StockStruct("type" / _BoxType(), *fields), partial(declared_box, code))


def _entry(stock: Construct, code: bytes) -> Definition:
    head = (padding(6), "data_reference_index" / Default(Int16ub, 1))
    fields = StockStruct(*head, *repaired(stock).subcons)
    return _StockFirst(fields, partial(declared_sample_entry, code))


class _BoxType(Construct):
    """The type of the box, as pymp4's expressions ask for it."""

    exact = True

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        return context["_"]["type"]

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        return context["_"]["type"]


class _StockFirst(Definition):
    """A definition of pymp4, and ours for the boxes that it cannot parse or rebuild.

    What pymp4 can build from all fields given is built by it, and all else by ours: `Fields` are
    what ours has parsed.

    Args:
        construct: pymp4's, repaired.
        find_own: gives our definition.
    """

    __slots__ = ("_find_own",)

    def __init__(self, construct: Construct, find_own: Callable[[], Definition]) -> None:
        super().__init__(construct, Container)
        self._find_own = find_own

    @property
    def own(self) -> Definition:
        """Our definition."""
        return self._find_own()

    def parse(
        self, code: bytes, window: Window, context: Any
    ) -> tuple[dict[str, Any], type[Container]]:
        start, size = window.position, window.remaining
        if window.depth <= MAX_DEPTH and window.again[0] >= size:
            window.again[0] -= size
            try:
                fields = self._as_stock(code, window, context)
            except MemoryError:
                raise  # which says nothing about the box
            except Exception:  # of any kind: construct's, and of what its expressions do
                window.position = start
            else:
                window.again[0] += size
                return fields, Container
        return self.own.parse(code, window, context)

    def _as_stock(self, code: bytes, window: Window, context: Any) -> dict[str, Any]:
        start = window.position
        fields = self.parse_fields(code, window, context)
        fields.pop("type", None)
        lost = bool(window.remaining)
        if not (lost or self.exact):
            into = Rebuilt(window.data[start : window.end], window.base + start)
            lost = self.rebuild(code, fields, into, context) != into.raw
        if lost:
            raise BoxParseError("pymp4 loses something")
        return fields

    def build(self, code: bytes, obj: Any, context: Any) -> bytes:
        if not isinstance(obj, (Fields, PlainFields)):
            with contextlib.suppress(Exception):
                return super().build(code, obj, context)
        return self.own.build(code, obj, context)

    def build_data(self, obj: Any, context: Any) -> bytes:
        raise BoxBuildError("a box that pymp4 knows is not built from data alone")


class _InContainers(Definition):
    """A definition of ours whose boxes are in construct's own Containers."""

    __slots__ = ("own",)

    def __init__(self, own: Definition) -> None:
        super().__init__(own.construct, Container)
        self.own = own

    def parse(
        self, code: bytes, window: Window, context: Any
    ) -> tuple[dict[str, Any], type[Container]]:
        fields, _ = self.own.parse(code, window, context)
        return fields, Fields if any(map(is_hidden, fields)) else Container

    def build(self, code: bytes, obj: Any, context: Any) -> bytes:
        return self.own.build(code, obj, context)


_UNKNOWN_BOX = _InContainers(UNKNOWN_BOX)
_UNKNOWN_ENTRY = _InContainers(UNKNOWN_ENTRY)
