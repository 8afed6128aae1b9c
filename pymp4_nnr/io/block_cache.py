"""Ranges of files that have been read, kept in memory up to a limit."""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Hashable


class BlockCache:
    """The blocks of one or several files that were used last; any thread may use them.

    Args:
        limit: bytes of all blocks together; those that were not used for longest are dropped. The
            block at offset 0 of each file is always kept, and does not count.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._starts: dict[Hashable, list[int]] = {}
        self._blocks: OrderedDict[tuple[Hashable, int], bytes] = OrderedDict()  # but the first
        self._heads: dict[Hashable, bytes] = {}
        self._lock = threading.Lock()

    def add(self, file: Hashable, offset: int, data: bytes) -> None:
        """Keep a block, unless one is kept that begins there and is not shorter."""
        with self._lock:
            known = self._get(file, offset)
            if len(data) <= len(known or b""):
                return
            if known is None:
                insort(self._starts.setdefault(file, []), offset)
            if not offset:
                self._heads[file] = data
                return
            self._blocks[file, offset] = data
            self._blocks.move_to_end((file, offset))
            self._size += len(data) - len(known or b"")
            while self._size > self._limit:
                (owner, start), dropped = self._blocks.popitem(last=False)
                self._size -= len(dropped)
                self._starts[owner].remove(start)

    def block(self, file: Hashable, offset: int) -> tuple[int, bytes]:
        """The block that holds the byte at an offset: its own offset, and its bytes.

        Where there is none: the offset that was asked for, and no bytes.
        """
        with self._lock:
            starts = self._starts.get(file, [])
            index = bisect_right(starts, offset)
            start = starts[index - 1] if index else offset
            data = self._get(file, start) or b""
            if offset >= start + len(data):
                return offset, b""
            if start:
                self._blocks.move_to_end((file, start))
            return start, data

    def prefix(self, file: Hashable, offset: int, size: int) -> bytes:
        """As many of these bytes, from the first one on, as are kept."""
        parts = []
        while size > 0:
            start, data = self.block(file, offset)
            if not data:
                break
            part = data[offset - start : offset - start + size]
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def forget(self, file: Hashable) -> None:
        """Drop the blocks of a file."""
        with self._lock:
            self._heads.pop(file, None)
            for start in self._starts.pop(file, ()):
                self._size -= len(self._blocks.pop((file, start), b""))

    def _get(self, file: Hashable, start: int) -> bytes | None:
        return self._blocks.get((file, start)) if start else self._heads.get(file)
