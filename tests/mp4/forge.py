"""MP4 files taken apart into a tree that can be changed and written again, with `struct` alone.

Nothing of the package is used here. `read_boxes` gives a tree that can be changed and serialized
again with `write_boxes`, whose sizes are always right; faults are put into the bodies of boxes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .boxes import u32

# Bytes between the header of a container and its children.
CONTAINERS = {
    **dict.fromkeys((b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"mvex"), 0),
    **dict.fromkeys((b"moof", b"traf", b"tref", b"edts"), 0),
    b"stsd": 8,
    b"dref": 8,
    b"nnr1": 8,
}


@dataclass
class Box:
    """A box: what comes right after its header, and children if it is a container.

    `offset` and `size` tell where it was read; they mean nothing in a box made by hand.
    """

    type: bytes
    body: bytes = b""
    children: list[Box] | None = None
    offset: int = -1
    size: int = -1

    def __getitem__(self, path: str) -> Box:
        """The only box at a path such as ``mdia/minf/stbl/stsz``."""
        name, _, rest = path.partition("/")
        (found,) = self.all(name)
        return found[rest] if rest else found

    def all(self, name: str) -> list[Box]:
        return [box for box in self.children or () if box.type == name.encode().ljust(4)]

    def full(self) -> tuple[int, int, bytes]:
        """Version, flags and the rest of a full box."""
        word = struct.unpack_from(">I", self.body)[0]
        return word >> 24, word & 0xFFFFFF, self.body[4:]


def read_boxes(data: bytes, start: int = 0, end: int | None = None) -> list[Box]:
    """All boxes of a file with ordinary 32-bit sizes, whose containers are opened."""
    end = len(data) if end is None else end
    boxes = []
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        assert 8 <= size <= end - start, (kind, start, size)
        skip = CONTAINERS.get(kind)
        if skip is None:
            boxes.append(Box(kind, data[start + 8 : start + size], None, start, size))
        else:
            inside = start + 8 + skip
            children = read_boxes(data, inside, start + size)
            boxes.append(Box(kind, data[start + 8 : inside], children, start, size))
        start += size
    return boxes


def write_boxes(boxes: Sequence[Box]) -> bytes:
    return b"".join(write_box(box) for box in boxes)


def write_box(box: Box) -> bytes:
    body = box.body + write_boxes(box.children or ())
    return struct.pack(">I4s", len(body) + 8, box.type) + body


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> Box:
    return Box(kind, struct.pack(">I", version << 24 | flags) + b"".join(parts))


def table(kind: bytes, *rows: Sequence[int], version: int = 0) -> Box:
    """A full box with an entry count and rows of 32-bit numbers."""
    return full_box(kind, u32(len(rows)), *(u32(*row) for row in rows), version=version)


def rows_of(box: Box, columns: int) -> list[tuple[int, ...]]:
    """The rows of such a table; its size must fit the count exactly."""
    version, flags, body = box.full()
    assert (version, flags) == (0, 0), box
    (count,) = struct.unpack_from(">I", body)
    assert len(body) == 4 + 4 * columns * count, (box.type, count, len(body))
    return list(struct.iter_unpack(f">{columns}I", body[4:]))


STBL = "trak/mdia/minf/stbl"

Change = Callable[[Box], Any]


def forge(data: bytes, change: Change) -> bytes:
    """Let `change` work on the `moov` of a file; chunk offsets follow when its size changes.

    The offsets that follow are those of a well-formed `stco` that `change` has not replaced.
    """
    boxes = read_boxes(data)
    (moov,) = [box for box in boxes if box.type == b"moov"]
    tables = [table for stbl in _stbls(moov) for table in stbl.all("stco")]
    before = {id(table): table.body for table in tables}
    change(moov)
    shift = len(write_box(moov)) - moov.size
    for stco in tables:
        if stco.body == before[id(stco)]:
            stco.body = stco.body[:8] + b"".join(
                u32(row[0] + shift) for row in struct.iter_unpack(">I", stco.body[8:])
            )
    return write_boxes(boxes)


def _stbls(moov: Box) -> Iterator[Box]:
    for trak in moov.all("trak"):
        yield trak["mdia/minf/stbl"]


def replaced(path: str, new: Box | Sequence[Box] | None) -> Change:
    """A change for `forge`: the box at a path in `moov` becomes another, several, or none."""

    def change(moov: Box) -> None:
        parent, _, name = path.rpartition("/")
        holder = moov[parent] if parent else moov
        assert holder.children is not None
        index = holder.children.index(holder[name])
        new_boxes = [new] if isinstance(new, Box) else list(new or ())
        holder.children[index : index + 1] = new_boxes

    return change


def patched(path: str, at: int, value: bytes) -> Change:
    """A change for `forge`: bytes of the body of the box at a path."""

    def change(moov: Box) -> None:
        box = moov[path]
        assert at + len(value) <= len(box.body), (path, at)
        box.body = box.body[:at] + value + box.body[at + len(value) :]

    return change
