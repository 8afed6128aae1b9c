"""Sparse files: copied with their holes, and compared without reading them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

MIB = 1 << 20


def data_extents(descriptor: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of what is no hole."""
    while start < end:
        try:
            start = os.lseek(descriptor, start, os.SEEK_DATA)
        except OSError:  # nothing but holes
            return
        stop = min(os.lseek(descriptor, start, os.SEEK_HOLE), end)
        if start < stop:
            yield start, stop
        start = stop


def copy_sparse(source: int, target: int, count: int, offset: int, position: int) -> int:
    """`os.copy_file_range` of a file system that keeps holes."""
    for start, stop in data_extents(source, offset, offset + count):
        while start < stop:
            data = os.pread(source, min(stop - start, MIB), start)
            os.pwrite(target, data, start - offset + position)
            start += len(data)
    size = os.fstat(target).st_size
    os.ftruncate(target, max(size, position + count))
    return count


def same(one: Path, other: Path) -> bool:
    """Whether two files are identical; holes are not read."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as a, other.open("rb") as b:
        for file in (a, b):
            for start, stop in data_extents(file.fileno(), 0, one.stat().st_size):
                for at in range(start, stop, MIB):
                    count = min(MIB, stop - at)
                    if os.pread(a.fileno(), count, at) != os.pread(b.fileno(), count, at):
                        return False
    return True
