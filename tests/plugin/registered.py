"""pymp4 as it is, and as registration makes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymp4.parser import Box

from pymp4_nnr import register, unregister
from pymp4_nnr.plugin.pymp4_internals import ArraysRestored


@contextmanager
def registered(*, repair: bool = True, extended: bool = False) -> Iterator[Any]:
    """pymp4's `Box` while registered."""
    register(repair=repair, extended=extended)
    try:
        yield Box
    finally:
        unregister()


@contextmanager
def stock(*, arrays: bool = True) -> Iterator[Any]:
    """pymp4's `Box` untouched, but for arrays that build on this Python."""
    unregister()
    restored = ArraysRestored()
    if arrays:
        restored.apply()
    try:
        yield Box
    finally:
        restored.undo()
