"""What pymp4 alone makes of a box, and whether registration gives the same."""

from __future__ import annotations

import gc
import io
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.constructs.lazy_lists import LazyList

from .registered import reset_bit_streams, stock

State = Literal["exact", "different", "parse error", "build error", "no end"]

SECONDS = 10.0
"""Of computing, after which a box counts as never ending; a stock bit field waits for ever where
data ends."""


class StockOutcome(NamedTuple):
    """What pymp4 makes of a box.

    Attributes:
        state: ``exact`` where it is rebuilt byte for byte.
        value: what it is parsed to, if it is.
    """

    state: State
    value: Any = None


class _NoEndError(BaseException):
    """No `except Exception` of construct hides it."""


@contextmanager
def _ending(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _NoEndError

    before = signal.signal(signal.SIGVTALRM, stop)
    # An error raised in a callback of the garbage collector would be lost, and the box never end.
    collects = gc.isenabled()
    gc.disable()
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if collects:
            gc.enable()


def stock_outcomes(boxes: Iterable[bytes], seconds: float = SECONDS) -> list[StockOutcome]:
    """What pymp4 makes of each box, with construct's arrays working again and nothing else."""
    with stock() as pymp4:
        return [_outcome(pymp4, data, seconds) for data in boxes]


def _outcome(pymp4: Any, data: bytes, seconds: float) -> StockOutcome:
    try:
        with _ending(seconds):
            try:
                value = pymp4.parse_stream(io.BytesIO(data))
            except Exception:
                reset_bit_streams()
                return StockOutcome("parse error")
            try:
                rebuilt = pymp4.build(value)
            except Exception:
                reset_bit_streams()
                return StockOutcome("build error", value)
    except _NoEndError:
        reset_bit_streams()
        return StockOutcome("no end")
    return StockOutcome("exact" if rebuilt == data else "different", value)


def distinct_boxes(paths: Iterable[Path]) -> list[bytes]:
    """Every box of the files, at whatever depth, once."""
    found: dict[bytes, None] = {}
    for path in paths:
        data = path.read_bytes()
        stream = io.BytesIO(data)
        while stream.tell() < len(data):
            for offset, end in _places(BOX.parse_stream(stream)):
                found[data[offset:end]] = None
    return list(found)


def _places(value: Any) -> Iterator[tuple[int, int]]:
    if isinstance(value, dict):
        if "offset" in value and "end" in value:
            yield value["offset"], value["end"]
        for item in value.values():
            yield from _places(item)
    elif isinstance(value, list):
        for item in value:
            if not isinstance(item, dict):
                break
            yield from _places(item)


def difference(expected: Any, found: Any, path: str = "") -> str | None:
    """Where what was found is not what pymp4 gives: another value, key, order or type."""
    kind = type(found)
    if isinstance(found, LazyList):
        kind = found.stands_for
        if not isinstance(found, kind):
            return f"{path}: {type(found)} is no {kind}"
    if kind is not type(expected):
        return f"{path}: {type(found)} instead of {type(expected)}"
    if not (expected == found and found == expected) or expected != found or found != expected:
        inner = None
        if isinstance(expected, (dict, list)) and len(expected) == len(found):
            inner = _inner_difference(expected, found, path)
        return inner or f"{path}: {found!r} instead of {expected!r}"
    return _inner_difference(expected, found, path)


def _inner_difference(expected: Any, found: Any, path: str) -> str | None:
    if isinstance(expected, dict):
        if list(expected) != list(found) or list(expected.keys()) != list(found.keys()):
            return f"{path}: {list(found)} instead of {list(expected)}"
        pairs = [(f"{path}.{key}", expected[key], found[key]) for key in expected]
    elif isinstance(expected, list):
        pairs = [
            (f"{path}[{i}]", one, other)
            for i, (one, other) in enumerate(zip(expected, found, strict=True))
        ]
    else:
        return None
    return next((fault for p, a, b in pairs if (fault := difference(a, b, p))), None)
