"""Boxes put together from bytes, and the checks that every definition goes through."""

from __future__ import annotations

import struct
from typing import Any

from pymp4_nnr.boxes import BOX


def box(kind: bytes, *content: bytes) -> bytes:
    """A box with a 32-bit size."""
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind.ljust(4) + body


def full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    """A box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


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


def plain(value: Any) -> Any:
    """Parsed content as dicts and lists, without places in the file and hidden fields.

    Hidden fields are those that begin with an underscore, and hold what is reserved.
    """
    if isinstance(value, dict):
        return {
            key: plain(item)
            for key, item in value.items()
            if key not in ("offset", "end") and not str(key).startswith("_")
        }
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def check(data: bytes, /, **expected: Any) -> Any:
    """Parse a box, compare its fields, and build it again, from the parsed box and from a dict.

    `version` and `flags` are 0, and absent from `expected`, where that is so.
    """
    parsed = BOX.parse(data)
    fields = plain(parsed)
    fields.pop("type")
    for name in ("version", "flags"):
        if name in fields and name not in expected and not fields[name]:
            del fields[name]
    assert fields == expected
    assert BOX.build(parsed) == data
    return parsed


def check_builds(data: bytes, /, **fields: Any) -> None:
    """Build a box from the fields given, as a caller writes them."""
    assert BOX.build({"type": data[4:8].rstrip(b" "), **fields}) == data


def check_raw(data: bytes, reason: str) -> None:
    """A box that its definition cannot hold: its bytes are kept, and the note says why."""
    parsed = BOX.parse(data)
    assert parsed.raw == data[8:]
    assert reason in parsed.note
    assert BOX.build(parsed) == data
