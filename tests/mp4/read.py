"""Any MP4 file read with `struct` alone: boxes of every size form, samples, fragments, offsets.

Nothing of the package is used here.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Buffer: TypeAlias = bytes | mmap.mmap

# Bytes between the header of a container and its children.
_SKIPPED = {
    **dict.fromkeys((b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"mvex", b"edts"), 0),
    **dict.fromkeys((b"moof", b"traf", b"mfra", b"tref", b"udta"), 0),
    b"stsd": 8,
    b"dref": 8,
    b"nnr1": 8,
}


@dataclass
class Node:
    """A box where it lies: `start` to `end` of `data`, its body from `body_start` on."""

    type: bytes
    data: Buffer = field(repr=False)
    start: int
    body_start: int
    end: int
    children: list[Node] = field(default_factory=list, repr=False)

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def body(self) -> bytes:
        return self.data[self.body_start : self.end]

    @property
    def whole(self) -> bytes:
        return self.data[self.start : self.end]

    def all(self, name: str) -> list[Node]:
        return [child for child in self.children if child.type == name.encode()]

    def get(self, path: str) -> Node | None:
        """The first box at a path such as ``mdia/minf/stbl``."""
        name, _, rest = path.partition("/")
        for found in self.all(name):
            return found.get(rest) if rest else found
        return None

    def __getitem__(self, path: str) -> Node:
        found = self.get(path)
        assert found is not None, f"no {path} in {self}"
        return found

    def u32(self, at: int, count: int = 1) -> tuple[int, ...]:
        """32-bit numbers at an offset of the body."""
        return struct.unpack_from(f">{count}I", self.data, self.body_start + at)

    @property
    def version(self) -> int:
        return self.data[self.body_start]

    @property
    def flags(self) -> int:
        return self.u32(0)[0] & 0xFFFFFF


def nodes(data: Buffer, start: int = 0, end: int | None = None) -> list[Node]:
    """The boxes between two offsets; what cannot be a box ends them."""
    end = len(data) if end is None else end
    found = []
    while end - start >= 8:
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1 and end - start >= 16:
            size, header = struct.unpack_from(">Q", data, start + 8)[0], 16
        elif size == 0:
            size = end - start
        if not header <= size <= end - start:
            break
        node = Node(kind, data, start, start + header, start + size)
        skip = _SKIPPED.get(kind)
        if kind == b"meta":
            quicktime = data[node.body_start + 4 : node.body_start + 8] == b"hdlr"
            skip = 0 if quicktime else 4
        if skip is not None:
            node.children = nodes(data, node.body_start + skip, node.end)
        found.append(node)
        start += size
    return found


def top(data: Buffer, name: str) -> list[Node]:
    return [node for node in nodes(data) if node.type == name.encode()]


def moov_of(data: Buffer) -> Node | None:
    return next(iter(top(data, "moov")), None)


def map_file(path: Path) -> mmap.mmap:
    """A file of any size as a buffer."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


# --- tracks and samples -----------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """A sample where it lies."""

    offset: int
    size: int
    description: int


def track_id(trak: Node) -> int:
    tkhd = trak["tkhd"]
    return tkhd.u32(20 if tkhd.version else 12)[0]


def handler(trak: Node) -> bytes:
    return trak["mdia/hdlr"].body[8:12]


def traks(data: Buffer) -> dict[int, Node]:
    moov = moov_of(data)
    return {track_id(trak): trak for trak in moov.all("trak")} if moov else {}


def sample_data(data: Buffer) -> dict[int, list[bytes]]:
    """The bytes of every sample of every track, by track_ID."""
    return {
        number: [data[s.offset : s.offset + s.size] for s in found]
        for number, found in samples(data).items()
    }


def samples(data: Buffer) -> dict[int, list[Sample]]:
    """The samples of every track: those of its tables, then those of the fragments."""
    found = {number: list(_table_samples(trak)) for number, trak in traks(data).items()}
    moov = moov_of(data)
    mvex = moov.get("mvex") if moov else None
    trex = {box.u32(4)[0]: box.u32(8, 4) for box in (mvex.all("trex") if mvex else ())}
    for moof in top(data, "moof"):
        for number, sample in _fragment_samples(moof, trex):
            found.setdefault(number, []).append(sample)
    return found


def chunk_offsets(stbl: Node) -> list[int]:
    stco = stbl.get("stco")
    if stco is not None:
        return list(stco.u32(8, stco.u32(4)[0]))
    co64 = stbl["co64"]
    return list(struct.unpack_from(f">{co64.u32(4)[0]}Q", co64.body, 8))


def sample_sizes(stbl: Node) -> list[int]:
    stsz = stbl.get("stsz")
    if stsz is not None:
        size, count = stsz.u32(4, 2)
        return [size] * count if size else list(stsz.u32(12, count))
    stz2 = stbl["stz2"]
    width, count = stz2.body[7], stz2.u32(8)[0]
    digits = stz2.body[12:].hex()
    step = width // 4
    return [int(digits[i * step : (i + 1) * step], 16) for i in range(count)]


def _table_samples(trak: Node) -> Iterator[Sample]:
    stbl = trak["mdia/minf/stbl"]
    chunks, left = chunk_offsets(stbl), iter(sample_sizes(stbl))
    stsc = stbl["stsc"]
    runs = [stsc.u32(8 + 12 * i, 3) for i in range(stsc.u32(4)[0])]
    for number, offset in enumerate(chunks, 1):
        count, description = [run[1:] for run in runs if run[0] <= number][-1]
        for _, size in zip(range(count), left, strict=False):
            yield Sample(offset, size, description)
            offset += size


def _fragment_samples(moof: Node, trex: dict[int, tuple[int, ...]]) -> Iterator[tuple[int, Sample]]:
    end = moof.start
    for index, traf in enumerate(moof.all("traf")):
        tfhd = traf["tfhd"]
        flags, number, at = tfhd.flags, tfhd.u32(4)[0], 8
        description, _, size, _ = trex.get(number, (1, 0, 0, 0))
        base = moof.start if flags & 0x20000 or not index else end
        if flags & 1:
            base = struct.unpack_from(">Q", tfhd.body, at)[0]
            at += 8
        if flags & 2:
            description = tfhd.u32(at)[0]
            at += 4
        at += 4 * bool(flags & 8)
        if flags & 0x10:
            size = tfhd.u32(at)[0]
        end = base
        for trun in traf.all("trun"):
            flags, count, at = trun.flags, trun.u32(4)[0], 8
            if flags & 1:
                end = base + struct.unpack_from(">i", trun.body, at)[0]
                at += 4
            at += 4 * bool(flags & 4)
            fields = [flags & 0x100, flags & 0x200, flags & 0x400, flags & 0x800]
            for _ in range(count):
                here = trun.u32(at + 4 * bool(fields[0]))[0] if fields[1] else size
                at += 4 * sum(map(bool, fields))
                yield number, Sample(end, here, description)
                end += here


def movie_header(mvhd: Node) -> tuple[bytes, int, int, bytes, int]:
    """(times, timescale, duration, what follows, next_track_ID) of `mvhd`."""
    body = mvhd.body
    if mvhd.version:
        times = body[4:20]
        timescale, duration = struct.unpack_from(">IQ", body, 20)
        rest = body[32:]
    else:
        times = b"".join(bytes(4) + body[at : at + 4] for at in (4, 8))
        timescale, duration = struct.unpack_from(">2I", body, 12)
        rest = body[20:]
    return times, timescale, duration, rest[:76] + rest[80:], struct.unpack_from(">I", rest, 76)[0]


def durations(data: bytes, number: int) -> tuple[float, float, float]:
    """Seconds that the movie, a track in it and its media last."""
    moov = moov_of(data)
    assert moov is not None
    _, timescale, movie_duration, _, _ = movie_header(moov["mvhd"])
    trak = traks(data)[number]
    tkhd, mdhd = trak["tkhd"], trak["mdia/mdhd"]
    track = struct.unpack_from(
        ">Q" if tkhd.version else ">I", tkhd.body, 28 if tkhd.version else 20
    )
    at, code = (20, ">IQ") if mdhd.version else (12, ">2I")
    scale, media = struct.unpack_from(code, mdhd.body, at)
    return movie_duration / timescale, track[0] / timescale, media / scale
