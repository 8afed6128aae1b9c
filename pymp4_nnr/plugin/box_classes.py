"""The classes that pymp4's own `Box`, `SampleEntryBox` and `MP4` change to while registered.

Everybody in the process who has imported `pymp4.parser.Box` holds the same object. It is therefore
changed in place: its class becomes one that parses and builds by ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from construct import Container, ListContainer

from ..boxes.box import BoxFamily, cut_off_box
from ..boxes.registry import OTHER_DEFINITIONS, Definitions
from ..errors import BoxError
from .construct_errors import as_construct_error


@contextmanager
def _as_in_pymp4(definitions: Definitions) -> Iterator[None]:
    """Have these definitions come first, and errors be construct's too."""
    token = OTHER_DEFINITIONS.set(definitions)
    try:
        yield
    except BoxError as error:
        raise as_construct_error(error) from error
    finally:
        OTHER_DEFINITIONS.reset(token)


def family_class(base: type, family: BoxFamily, definitions: Definitions) -> type:
    """A class for pymp4's `Box` or `SampleEntryBox`, of class `base`, by a family of ours."""

    class Registered(base):
        __slots__ = ()  # the layout of `base`, so that an instance can change to this class

        def _parse(self, stream: Any, context: Container, path: str) -> Container:
            with _as_in_pymp4(definitions):
                return family._parse(stream, context, path)

        def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
            with _as_in_pymp4(definitions):
                family._build(obj, stream, context, path)

    return Registered


def range_class(base: type) -> type:
    """A class for pymp4's `MP4`, the range of boxes, that loses nothing.

    As pymp4's, it ends where the data is no box or cut off; but the bytes that are left are kept
    as the last item, which says why.
    """

    class Registered(base):
        __slots__ = ()

        def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
            boxes = ListContainer()
            while more := stream.read(1):
                stream.seek(-len(more), 1)
                start = stream.tell()
                try:
                    boxes.append(self.subcon._parse(stream, context, path))
                except BoxError as error:
                    stream.seek(start)
                    boxes.append(cut_off_box(stream.read(), start, error.reason))
            return boxes

        def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
            for item in obj:
                self.subcon._build(item, stream, context, path)

    return Registered
