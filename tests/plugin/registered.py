"""pymp4 as it is, and as registration makes it."""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from construct.lib.bitstream import RestreamedBytesIO
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


@functools.cache
def _bit_streams() -> list[RestreamedBytesIO]:
    return [found for found in gc.get_objects() if type(found) is RestreamedBytesIO]


def reset_bit_streams() -> None:
    """Make pymp4 forget bits of boxes that it has failed to parse: it gives them to the next."""
    for stream in _bit_streams():
        stream.rbuffer = stream.wbuffer = b""


@contextmanager
def stock(*, arrays: bool = True) -> Iterator[Any]:
    """pymp4's `Box` untouched, but for arrays that build on this Python."""
    unregister()
    reset_bit_streams()
    restored = ArraysRestored()
    if arrays:
        restored.apply()
    try:
        yield Box
    finally:
        restored.undo()
