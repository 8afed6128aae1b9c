"""Sample tables of 100,000 entries: pymp4 as it is against pymp4 with pymp4-nnr registered.

Run ``python benchmarks/tables.py``. Both parse and build the same boxes, by turns, in one process;
the medians are compared. pymp4 gets its arrays back first, without which it builds none.
"""

from __future__ import annotations

import argparse
import statistics
import struct
import time
from collections.abc import Callable
from typing import Any

from pymp4.parser import Box

from pymp4_nnr import register, unregister
from pymp4_nnr.boxes.host import ArraysRestored


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
    """Call `run` with pymp4 as it is, but for its arrays."""
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


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


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
            for what, run in {
                "parse": lambda: Box.parse(data),
                "parse and read": lambda: touched(Box.parse(data)),
                "build": lambda name=name: Box.build(parsed[name]),
                "build from list": lambda name=name: Box.build(lists[name]),
            }.items():
                times[what][name].append(host(lambda run=run: seconds(run)))
    return {
        what: (statistics.median(by_host["stock"]), statistics.median(by_host["registered"]))
        for what, by_host in times.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{arguments.entries} entries, median of {arguments.rounds}, milliseconds")
    print(f"{'box':6}{'operation':18}{'stock':>10}{'registered':>12}{'ratio':>8}")
    for code, data in boxes(arguments.entries).items():
        for what, (before, after) in compare(data, arguments.rounds).items():
            ratio = before / after
            print(f"{code:6}{what:18}{before * 1e3:10.2f}{after * 1e3:12.2f}{ratio:7.0f}x")


if __name__ == "__main__":
    main()
