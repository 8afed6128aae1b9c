"""`register` and `unregister`: what this package knows of boxes, given to pymp4's own `Box`.

pymp4's objects are changed in place (see `box_classes`); taking that back leaves pymp4 as it was.
"""

from __future__ import annotations

import copyreg
import threading
from collections.abc import Mapping
from typing import Any, Literal

from construct import Container

from ..boxes.constructs.containers import restore_container
from ..boxes.registry import BOX, SAMPLE_ENTRY
from ..errors import HostError
from .box_classes import family_class, range_class
from .nnr_constructs import nnr_constructs
from .pymp4_internals import ArraysRestored, PyMP4, find_pymp4
from .stock_definitions import StockDefinitions
from .user_definitions import UserDefinitions

_lock = threading.RLock()
_installed: _Installation | None = None

Mode = Literal["stock", "extended", "nnr"]


def register(*, repair: bool = True, extended: bool = False) -> None:
    """Make pymp4 know NNR tracks, and by default make it trustworthy with all other boxes.

    Takes effect for everybody in the process, whenever they imported `Box`. Idempotent; where it
    is called with other arguments than before, the last call counts.

    By default a box that pymp4 can parse and rebuild exactly is parsed to an equal object, and
    only what pymp4 cannot parse or rebuild is different: any ISOBMFF box is rebuilt byte for byte,
    and what cannot be built raises.

    Args:
        repair: with False only the NNR boxes are added, and building works on Python 3.10 and
            newer; the rest of pymp4 is as it was.
        extended: the fields of all boxes and sample entries that this package knows are parsed,
            also of those that pymp4 keeps as `data`.

    Raises:
        HostError: this pymp4 or construct is not built as expected; nothing has been changed.
        ValueError: `extended` without `repair`.
    """
    global _installed
    if extended and not repair:
        raise ValueError("extended=True needs repair=True")
    mode: Mode = "extended" if extended else "stock" if repair else "nnr"
    with _lock:
        if _installed is not None and _installed.mode == mode:
            return
        pymp4 = find_pymp4()
        before = _installed
        unregister()
        try:
            _installed = _Installation(pymp4, mode)
        except HostError:
            if before is not None:
                _installed = _Installation(pymp4, before.mode)
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

    def __init__(self, pymp4: PyMP4, mode: Mode) -> None:
        self.mode = mode
        self._arrays = ArraysRestored()
        self._pickling = ContainersPickled()
        self._classes: list[tuple[Any, type]] = []
        self._entries: list[tuple[dict[bytes, Any], dict[bytes, Any], dict[bytes, Any]]] = []
        try:
            self._arrays.apply()
            if mode == "nnr":
                boxes, entries = nnr_constructs(pymp4)
                self._put(pymp4.boxes, boxes, pymp4.stock_boxes)
                self._put(pymp4.sample_entries, entries, pymp4.stock_sample_entries)
            else:
                self._pickling.apply()
                definitions = (StockDefinitions if mode == "stock" else UserDefinitions)(pymp4)
                for target, family in ((pymp4.box, BOX), (pymp4.sample_entry, SAMPLE_ENTRY)):
                    self._set_class(target, family_class(type(target), family, definitions))
                self._set_class(pymp4.mp4, range_class(type(pymp4.mp4)))
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
        self._pickling.undo()
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


class ContainersPickled:
    """construct's Containers can be pickled, as for `multiprocessing`.

    construct 2.8.8's own way sets items before there is an order to keep them in, and fails.
    """

    def __init__(self) -> None:
        self._before: Any = None
        self._applied = False

    def apply(self) -> None:
        """Tell `pickle` how."""
        self._before = copyreg.dispatch_table.get(Container)
        copyreg.pickle(Container, _reduced)
        self._applied = True

    def undo(self) -> None:
        """Leave it as it was."""
        if self._applied and copyreg.dispatch_table.get(Container) is _reduced:
            if self._before is None:
                del copyreg.dispatch_table[Container]
            else:
                copyreg.dispatch_table[Container] = self._before
        self._applied = False


def _reduced(container: Container) -> tuple[Any, ...]:
    return restore_container, (Container, list(container.items()))
