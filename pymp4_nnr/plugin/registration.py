"""`register` and `unregister`: what this package knows of boxes, given to pymp4's own `Box`.

Everybody in the process who has imported `pymp4.parser.Box` holds the same object. It is therefore
changed in place: its class becomes one that parses and builds by `registry.BOX`, and its registry
gets our definitions. Taking that back leaves pymp4 as it was.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from construct import Construct, Container, Int32ub, ListContainer, Struct

from ..boxes.box import BoxFamily
from ..boxes.registry import BOX, OTHER_DEFINITIONS, SAMPLE_ENTRY, find_box, find_sample_entry
from ..errors import BoxError, HostError
from .construct_errors import as_construct_error
from .definitions import InstalledBox, InstalledSampleEntry, UserDefinitions
from .pymp4_internals import ArraysRestored, Host, find_host

_lock = threading.RLock()
_installed: _Installation | None = None


def register(*, repair: bool = True) -> None:
    """Make pymp4 know NNR tracks, and by default make it trustworthy with all other boxes.

    Idempotent; takes effect for everybody in the process, whenever they imported `Box`.

    Args:
        repair: with True, `pymp4.parser.Box` parses any ISOBMFF box without loss and builds
            without silence, with many more boxes known. With False only the NNR boxes are
            added, and building works on Python 3.10 and newer; the rest of pymp4 is as it was.

    Raises:
        HostError: this pymp4 or construct is not built as expected; nothing has been changed.
    """
    global _installed
    with _lock:
        if _installed is not None and _installed.repair == repair:
            return
        host = find_host()
        before = _installed
        unregister()
        try:
            _installed = _Installation(host, repair)
        except HostError:
            if before is not None:
                _installed = _Installation(host, before.repair)
            raise


def unregister() -> None:
    """Take back what `register` did; pymp4 is exactly as before. Idempotent."""
    global _installed
    with _lock:
        if _installed is not None:
            _installed.undo()
            _installed = None


class _Installation:
    """One registration, which knows how to take itself back."""

    def __init__(self, host: Host, repair: bool) -> None:
        self.host = host
        self.repair = repair
        self._arrays = ArraysRestored()
        self._classes: list[tuple[Any, type]] = []
        self._entries: list[tuple[dict[bytes, Any], dict[bytes, Any], dict[bytes, Any]]] = []
        try:
            self._arrays.apply()
            if repair:
                others = UserDefinitions(host)
                self._set_class(host.box, _edge(type(host.box), BOX, others))
                entry = _edge(type(host.sample_entry), SAMPLE_ENTRY, others)
                self._set_class(host.sample_entry, entry)
                self._set_class(host.mp4, _strict_range(type(host.mp4)))
            else:
                boxes = {
                    b"nnrC": InstalledBox(find_box(b"nnrC")),
                    b"stsd": _indented_stsd(host),
                }
                entries = {b"nnr1": InstalledSampleEntry(find_sample_entry(b"nnr1"))}
                self._put(host.boxes, boxes, host.stock_boxes)
                self._put(host.sample_entries, entries, host.stock_sample_entries)
        except (AttributeError, KeyError, TypeError) as error:  # classes of another layout
            self.undo()
            raise HostError(f"pymp4's constructs cannot be changed in place: {error}") from error

    def undo(self) -> None:
        for construct, stock in self._classes:
            construct.__class__ = stock
        for registry, before, ours in self._entries:
            for code, value in ours.items():
                if registry.get(code) is not value:
                    continue  # somebody else's since
                if code in before:
                    registry[code] = before[code]
                else:
                    del registry[code]
        self._arrays.undo()

    def _set_class(self, construct: Any, to: type) -> None:
        self._classes.append((construct, type(construct)))
        construct.__class__ = to

    def _put(
        self, registry: dict[bytes, Any], ours: Mapping[bytes, Any], stock: dict[bytes, Any]
    ) -> None:
        """Put our definitions in, but not over those that somebody else has put there."""
        ours = {code: ours[code] for code in ours if registry.get(code) is stock.get(code)}
        self._entries.append((registry, dict(registry), ours))
        registry.update(ours)


def _edge(base: type, family: BoxFamily, others: UserDefinitions) -> type:
    """A class for pymp4's `Box` objects that parses and builds by `family`."""

    class Registered(base):
        __slots__ = ()  # the layout of `base`, so that an instance can change to this class

        def _parse(self, stream: Any, context: Container, path: str) -> Container:
            token = OTHER_DEFINITIONS.set(others)
            try:
                return family._parse(stream, context, path)
            except BoxError as error:
                raise as_construct_error(error) from error
            finally:
                OTHER_DEFINITIONS.reset(token)

        def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
            token = OTHER_DEFINITIONS.set(others)
            try:
                family._build(obj, stream, context, path)
            except BoxError as error:
                raise as_construct_error(error) from error
            finally:
                OTHER_DEFINITIONS.reset(token)

    return Registered


def _strict_range(base: type) -> type:
    """A class for pymp4's `MP4`, the range of boxes, that ends where the data ends."""

    class Registered(base):
        __slots__ = ()

        def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
            boxes = ListContainer()
            while more := stream.read(1):
                stream.seek(-len(more), 1)
                boxes.append(self.subcon._parse(stream, context, path))
            return boxes

        def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
            for item in obj:
                self.subcon._build(item, stream, context, path)

    return Registered


class _Indented(Construct):
    """A counted list of sample entries that prints as boxes do, one below the other."""

    def __init__(self, subcon: Construct) -> None:
        super().__init__()
        self.subcon = subcon

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        count = Int32ub._parse(stream, context, path)
        return ListContainer(self.subcon._parse(stream, context, path) for _ in range(count))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        Int32ub._build(len(obj), stream, context, path)
        for item in obj:
            self.subcon._build(item, stream, context, path)


def _indented_stsd(host: Host) -> Struct:
    """pymp4's own `stsd`, whose `entries` print as its other lists do."""
    fields = [
        field if field.name != "entries" else "entries" / _Indented(host.sample_entry)
        for field in host.stock_boxes[b"stsd"].subcons
    ]
    return Struct(*fields)
