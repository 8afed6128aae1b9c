"""Fields in one of several forms that nothing in the box tells apart."""

from __future__ import annotations

import contextlib
from typing import Any

from construct import Construct, ConstructError, Container

from ...errors import BoxBuildError, BoxParseError
from ..reader import Window, window_on
from .exact import is_exact
from .structs import Struct

NESTED_FORMS = 2
"""Each form parses what is in it anew: nested without limit, that would double at every level."""


class Forms(Construct):
    """Fields in one of several forms that nothing in the box tells apart; of the enclosing Struct.

    Parsing takes the form that leaves the fewest bytes (too few for a box, at least), building
    the one whose mark is among the fields given.

    Args:
        forms: by mark, the name of a field that the others lack.
    """

    def __init__(self, forms: dict[str, Struct]) -> None:
        super().__init__()
        self.flagembedded = True
        self.cases = forms

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return all(map(is_exact, self.cases.values()))

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        if window.forms >= NESTED_FORMS:
            raise BoxParseError("boxes that may have several forms are nested too deep")
        window.forms += 1
        try:
            return self._best(window, context, path)
        finally:
            window.forms -= 1

    def _best(self, window: Window, context: Container, path: str) -> Container:
        start, before = window.tell(), window.note
        tried: list[tuple[int, int, str | None, Container]] = []
        for form in self.cases.values():
            window.note = before
            with contextlib.suppress(BoxParseError, ConstructError):
                fields = form._parse(window, context, path)
                tried.append((window.remaining, window.tell(), window.note, fields))
            window.seek(start)
        left, end, note, fields = min(tried, key=lambda one: one[0], default=(8, 0, None, None))
        if left >= 8:
            raise BoxParseError(f"none of the forms known ({', '.join(self.cases)}) fits")
        window.seek(end)
        window.note = note
        return fields

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        for mark, form in self.cases.items():
            if mark in obj:
                return form._build(obj, stream, context, path)
        raise BoxBuildError(f"one of the fields {', '.join(self.cases)} is needed")
