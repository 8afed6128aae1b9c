"""Bytes that arrive one after the other: from a pipe, a socket, or an HTTP response."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

from .byte_source import Source

Result = TypeVar("Result")

Waiting: TypeAlias = Generator[int, None, Result]
"""What can go on only when more bytes have arrived.

It yields how many it needs at least, whenever it has none left. Whoever iterates over it calls
`Incoming.feed` before going on. So the same code serves blocking reads and coroutines.
"""


class Incoming:
    """The bytes that have arrived and were not taken yet.

    Attributes:
        position: offset of the next byte, from the start of the stream.
        ended: whether there are no more than those that are here.
    """

    def __init__(self) -> None:
        self.position = 0
        self.ended = False
        self._front = b""  # what was looked at
        self._chunk = memoryview(b"")
        self._at = 0  # what has been taken of the chunk

    def feed(self, data: bytes) -> None:
        """Take in what has arrived; call it when the bytes before are used up.

        Args:
            data: the bytes; none at the end of the stream.
        """
        self.ended = not data
        self._chunk, self._at = memoryview(data), 0

    def take(self, size: int) -> Waiting[bytes | bytearray]:
        """The next bytes: so many, or fewer where the stream ends before."""
        end = self._at + size
        if not self._front and end <= len(self._chunk):
            data = bytes(self._chunk[self._at : end])
            self._at = end
            self.position += size
            return data
        found = bytearray(self._front[:size])
        self._front = self._front[size:]
        while (missing := size - len(found)) > 0:
            part = self._chunk[self._at : self._at + missing]
            if part:
                found += part
                self._at += len(part)
            elif self.ended:
                break
            else:
                yield missing
        self.position += len(found)
        return found

    def peek(self, size: int) -> Waiting[bytes]:
        """The same bytes, few of them, which can still be taken afterwards."""
        data = bytes((yield from self.take(size)))
        self._front = data + self._front
        self.position -= len(data)
        return data

    def skip(self, size: int) -> Waiting[int]:
        """Let bytes pass by; return how many there were: fewer where the stream ends before."""
        passed = min(size, len(self._front))
        self._front = self._front[passed:]
        while passed < size:
            part = min(len(self._chunk) - self._at, size - passed)
            if part:
                self._at += part
                passed += part
            elif self.ended:
                break
            else:
                yield size - passed
        self.position += passed
        return passed


class HeldSource(Source):
    """Some bytes of a stream, which are held in memory.

    Args:
        offset: of the first of them in the stream.
        data: the bytes.
    """

    def __init__(self, offset: int, data: bytes | bytearray) -> None:
        self._offset = offset
        self._data = data
        self.size = offset + len(data)

    def __reduce__(self) -> Any:
        return HeldSource, (self._offset, bytes(self._data))

    def read(self, offset: int, size: int) -> bytes:
        start = offset - self._offset
        return bytes(self._data[start : start + size]) if start >= 0 else b""
