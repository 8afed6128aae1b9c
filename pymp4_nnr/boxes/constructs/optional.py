"""Fields that may be missing: in the bytes, or among the values that a caller builds from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from construct import Construct, ConstructError, Container, Subconstruct

from ...errors import BoxParseError
from ..reader import window_on
from .exact import is_exact
from .fixed import with_numbers
from .structs import Struct


class IfMore(Subconstruct):
    """A field at the end of a box that older writers leave out: None where no byte is left."""

    def __init__(self, subcon: Construct) -> None:
        super().__init__(with_numbers(subcon))
        self.flagbuildnone = True

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.subcon)

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        window = window_on(stream)
        return self.subcon._parse(window, context, path) if window.remaining else None

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        return None if obj is None else self.subcon._build(obj, stream, context, path)


class Tail(Construct):
    """Fields at the end of a box that may be missing; fields of the enclosing Struct.

    Parsing: they are there if they can be read from the bytes that are left. Building: they are
    there if the first of them is.
    """

    def __init__(self, *fields: Construct) -> None:
        super().__init__()
        self.flagembedded = True
        self.struct = Struct(*fields)

    @property
    def subcons(self) -> list[Construct]:
        """The fields."""
        return list(self.struct.subcons)

    def _first(self) -> str:
        head = self.struct.subcons[0]
        inner = head.subcon
        return str(head.name or next(f[0] for f in inner.fields if not f[0].startswith("_")))

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.struct)

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        start = window.tell()
        if window.remaining:
            try:
                return self.struct._parse(window, context, path)
            except (BoxParseError, ConstructError):
                window.seek(start)  # they stay with the box, as bytes after its fields
        return Container()

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Container | None:
        if obj.get(self._first()) is None:
            return None
        built: Container = self.struct._build(obj, stream, context, path)
        return built


class Derived(Subconstruct):
    """A field that is computed from the others where the caller leaves it out when building."""

    def __init__(self, subcon: Construct, compute: Callable[[Container], Any]) -> None:
        super().__init__(with_numbers(subcon))
        self.compute = compute
        self.flagbuildnone = True

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.subcon)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        value = self.compute(context) if obj is None else obj
        self.subcon._build(value, stream, context, path)
        return value
