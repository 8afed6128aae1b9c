"""Numbers and boxes as bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def u8(*values: int) -> bytes:
    """Each value in one byte."""
    return bytes(values)


def u16(*values: int) -> bytes:
    """Each value in two bytes."""
    return struct.pack(f">{len(values)}H", *values)


def u32(*values: int) -> bytes:
    """Each value in four bytes."""
    return struct.pack(f">{len(values)}I", *values)


def u64(*values: int) -> bytes:
    """Each value in eight bytes."""
    return struct.pack(f">{len(values)}Q", *values)


def i32(*values: int) -> bytes:
    """Each signed value in four bytes."""
    return struct.pack(f">{len(values)}i", *values)


def i64(*values: int) -> bytes:
    """Each signed value in eight bytes."""
    return struct.pack(f">{len(values)}q", *values)


def box(kind: bytes, *content: bytes, size: int | None = None) -> bytes:
    """A box; `size` 0 makes it reach to the end of the file, `size` 1 gives it a 64-bit size."""
    body = b"".join(content)
    kind = kind.ljust(4)
    if size == 0:
        return bytes(4) + kind + body
    if size == 1:
        return u32(1) + kind + u64(16 + len(body)) + body
    return u32(8 + len(body)) + kind + body


def full(kind: bytes, version: int, flags: int, *content: bytes, size: int | None = None) -> bytes:
    """A box with version and flags."""
    return box(kind, u32(version << 24 | flags), *content, size=size)


def table(kind: bytes, *rows: Sequence[int]) -> bytes:
    """A full box with an entry count and rows of 32-bit numbers."""
    return full(kind, 0, 0, u32(len(rows)), *(u32(*row) for row in rows))
