"""Sample entries made of bytes, and one that is parsed and built again."""

from __future__ import annotations

from typing import Any

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import plain, rebuilt
from tests.mp4.boxes import box, full, u16, u32

HEAD = bytes(6) + u16(1)
BTRT = box(b"btrt", u32(1, 2, 3))
BTRT_FIELDS = dict(type=b"btrt", bufferSizeDB=1, maxBitrate=2, avgBirate=3)


def stsd(*entries: bytes) -> bytes:
    """A sample description box with these entries."""
    return full(b"stsd", 0, 0, u32(len(entries)), *entries)


def entry_of(entry: bytes) -> Any:
    """The parsed entry; it builds again, and needs no raw bytes."""
    data = stsd(entry)
    parsed = rebuilt(data)
    found = parsed.entries[0]
    assert "raw" not in found, found.get("note")
    again = {"type": b"stsd", "entries": [plain(found)]}
    assert BOX.build(again) == data  # as a caller would write it
    return found


def visual(code: bytes, *children: bytes) -> bytes:
    """A sample entry of video."""
    return box(
        code,
        HEAD,
        bytes(16),
        u16(640, 360),
        u32(0x480000, 0x480000, 0),
        u16(1),
        b"\x04name".ljust(32, b"\0"),
        u16(24, 0xFFFF),
        *children,
    )


def audio(code: bytes, *children: bytes, version: int = 0, extension: bytes = b"") -> bytes:
    """A sample entry of sound."""
    return box(
        code, HEAD, u16(version), bytes(6), u16(2, 16, 0, 0), u32(48000 << 16), extension, *children
    )
