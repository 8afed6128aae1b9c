"""Fields that are there under a condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from construct import Construct, Container, Subconstruct

from ...errors import BoxBuildError
from .build_values import field_of
from .exact import is_exact
from .fixed import with_numbers

Predicate = Callable[[Container], Any]


class HeaderFunction:
    """A function of nothing but the version and flags of the enclosing FullBox.

    Args:
        function: of the context.
        flag: the named flag whose value it is, if it is no more than that.
    """

    __slots__ = ("_function", "flag")

    def __init__(self, function: Predicate, flag: str | None = None) -> None:
        self._function = function
        self.flag = flag

    def __call__(self, context: Any) -> Any:
        return self._function(context)


class When(Subconstruct):
    """A field that is there under a condition, and None otherwise.

    Unlike construct's `If`, building refuses a value that the condition leaves no place for,
    unless it is empty.
    """

    def __init__(self, predicate: Predicate, subcon: Construct) -> None:
        super().__init__(with_numbers(subcon))
        self.predicate = predicate
        self.flagbuildnone = True

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.subcon)

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        return self.subcon._parse(stream, context, path) if self.predicate(context) else None

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        name = field_of(path)
        if not self.predicate(context):
            if obj is not None and not (hasattr(obj, "__len__") and len(obj) == 0):
                raise BoxBuildError(f"{name} = {obj!r} has no place by the version and flags given")
            return None
        if obj is None and not self.subcon.flagbuildnone:
            raise BoxBuildError(f"field {name!r} is missing")
        return self.subcon._build(obj, stream, context, path)
