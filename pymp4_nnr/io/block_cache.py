"""Ranges of a file that have been read, kept in memory up to a limit."""

from __future__ import annotations

import threading
from bisect import bisect_right, insort
from collections import OrderedDict


class BlockCache:
    """The blocks of a file that were read last; may be used from several threads.

    Args:
        limit: bytes of all blocks together; those that were not used for longest are dropped. The
            block at offset 0 is always kept, and does not count.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._starts: list[int] = []
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, offset: int, data: bytes) -> None:
        """Keep a block, unless one is kept that begins there and is not shorter."""
        with self._lock:
            known = self._blocks.get(offset)
            if len(data) <= len(known or b""):
                return
            if known is None:
                insort(self._starts, offset)
            self._blocks[offset] = data
            self._blocks.move_to_end(offset)
            if offset:
                self._size += len(data) - len(known or b"")
            while self._size > self._limit:
                oldest = next(start for start in self._blocks if start)
                self._size -= len(self._blocks.pop(oldest))
                self._starts.remove(oldest)

    def block(self, offset: int) -> tuple[int, bytes]:
        """The block that holds the byte at an offset, and its own; or (offset, nothing)."""
        with self._lock:
            index = bisect_right(self._starts, offset)
            start = self._starts[index - 1] if index else offset
            data = self._blocks.get(start, b"")
            if offset >= start + len(data):
                return offset, b""
            self._blocks.move_to_end(start)
            return start, data

    def prefix(self, offset: int, size: int) -> bytes:
        """As many of these bytes, from the first one on, as are kept."""
        parts = []
        while size > 0:
            start, data = self.block(offset)
            if not data:
                break
            part = data[offset - start : offset - start + size]
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def clear(self) -> None:
        """Drop all blocks."""
        with self._lock:
            self._starts.clear()
            self._blocks.clear()
            self._size = 0
