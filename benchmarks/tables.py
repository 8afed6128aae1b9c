"""Sample tables of 100,000 entries: stock pymp4 against pymp4 with pymp4-nnr registered.

Both parse and build the same boxes, by turns, in one process;
the medians are compared. pymp4 gets its arrays back first, without which it builds none.
"""

from __future__ import annotations

import statistics
import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pymp4.parser import Box

from pymp4_nnr import register, unregister
from pymp4_nnr.plugin.pymp4_internals import ArraysRestored

from .measure import Row, seconds


def table(code: bytes, letters: str, count: int) -> bytes:
    """A box of version 0 with a count and so many rows."""
    row = struct.pack(">" + letters, *range(1, len(letters) + 1))
    body = struct.pack(">II", 0, count) + row * count
    return struct.pack(">I", 8 + len(body)) + code + body


def sample_sizes(count: int) -> bytes:
    """`stsz` with a size for every sample."""
    body = struct.pack(">III", 0, 0, count) + struct.pack(f">{count}I", *range(count))
    return struct.pack(">I", 8 + len(body)) + b"stsz" + body


def track_run(count: int) -> bytes:
    """`trun` with duration, size, flags and composition offset of every sample."""
    row = struct.pack(">IIIi", 1000, 4321, 0x01010000, -2000)
    body = struct.pack(">IIi", 0x01000F01, count, 100) + row * count
    return struct.pack(">I", 8 + len(body)) + b"trun" + body


def boxes(count: int) -> dict[str, bytes]:
    """The boxes compared, by type."""
    return {
        "stts": table(b"stts", "II", count),
        "stsz": sample_sizes(count),
        "stco": table(b"stco", "I", count),
        "stss": table(b"stss", "I", count),
        "stsc": table(b"stsc", "III", count),
        "trun": track_run(count),
    }


def in_stock(run: Callable[[], Any]) -> Any:
    """Call `run` with stock pymp4, its arrays repaired."""
    unregister()
    arrays = ArraysRestored()
    arrays.apply()
    try:
        return run()
    finally:
        arrays.undo()


def registered(run: Callable[[], Any]) -> Any:
    """Call `run` with pymp4-nnr registered."""
    register()
    try:
        return run()
    finally:
        unregister()


OPERATIONS = ("parse", "parse and read", "build", "build from list")
"""`read` looks at every row; `list` is a list of containers that a caller has made."""


def listed(box: Any) -> Any:
    """A box whose tables are lists."""
    for name in ("entries", "entry_sizes", "sample_info"):
        if box.get(name):
            box[name] = list(box[name])
    return box


def touched(box: Any) -> Any:
    """A box of which every row has been looked at, as plain dicts would be."""
    for name in ("entries", "entry_sizes", "sample_info"):
        for _ in box.get(name) or ():
            pass
    return box


def compare(data: bytes, rounds: int) -> dict[str, tuple[float, float]]:
    """Median seconds of each operation, stock and registered."""
    hosts = {"stock": in_stock, "registered": registered}
    parsed = {name: host(lambda: Box.parse(data)) for name, host in hosts.items()}
    lists = {name: listed(host(lambda: Box.parse(data))) for name, host in hosts.items()}
    times: dict[str, dict[str, list[float]]] = {
        what: {name: [] for name in hosts} for what in OPERATIONS
    }
    for _ in range(rounds):
        for name, host in hosts.items():
            runs: dict[str, Callable[[], Any]] = {
                "parse": lambda: Box.parse(data),
                "parse and read": lambda: touched(Box.parse(data)),
                "build": partial(Box.build, parsed[name]),
                "build from list": partial(Box.build, lists[name]),
            }
            for what, run in runs.items():
                times[what][name].append(host(partial(seconds, run)))
    return {
        what: (statistics.median(by_host["stock"]), statistics.median(by_host["registered"]))
        for what, by_host in times.items()
    }


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """All boxes and operations of 100,000 entries."""
    for code, data in boxes(100_000).items():
        for what, (before, after) in compare(data, rounds).items():
            yield Row(f"`{code}`: {what}", after, before, "stock pymp4")
