"""Any MP4 file read with `struct` alone: boxes of every size form, samples, fragments, offsets.

Nothing of the package is used here. `compare` holds an edited file against the original box by
box: an offset may differ only so far that it leads to the same byte of the same box.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator
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


# --- absolute offsets -------------------------------------------------------------------------

Split: TypeAlias = tuple[list[int], object]
"""The absolute offsets that a box holds, and everything else of it."""


def _split_chunk_offsets(box: Node) -> Split:
    count = box.u32(4)[0]
    width, code = (8, "Q") if box.type == b"co64" else (4, "I")
    body = box.body
    found = struct.unpack_from(f">{count}{code}", body, 8)
    return list(found), (body[:8], body[8 + width * count :])


def _split_saio(box: Node) -> Split:
    body = box.body
    at = 4 + 8 * (box.flags & 1)
    count = struct.unpack_from(">I", body, at)[0]
    found = struct.unpack_from(f">{count}{'Q' if box.version else 'I'}", body, at + 4)
    return list(found), body[1 : at + 4]


def _split_tfhd(box: Node) -> Split:
    # the base alone means nothing: where it leads with the offsets in `trun`, the samples tell
    body = box.body
    return [], (body[:8], body[16:]) if box.flags & 1 else body


def _split_tfra(box: Node) -> Split:
    body = box.body
    lengths, count = struct.unpack_from(">2I", body, 8)
    tail = sum((lengths >> shift & 3) + 1 for shift in (4, 2, 0))
    width, code = (8, "Q") if box.version else (4, "I")
    offsets, rest, at = [], [], 16
    for _ in range(count):
        time, offset = struct.unpack_from(f">2{code}", body, at)
        offsets.append(offset)
        at += 2 * width
        rest.append((time, body[at : at + tail]))
        at += tail
    return offsets, (body[1:16], rest, body[at:])


def _split_sidx(box: Node) -> Split:
    body = box.body
    width, code = (8, "Q") if box.version else (4, "I")
    first = struct.unpack_from(f">{code}", body, 12 + width)[0]
    return [box.end + first], (body[: 12 + width], body[12 + 2 * width :])


def iloc_items(box: Node) -> list[tuple[int, int, int, list[tuple[int, int]]]]:
    """(item_ID, construction_method, data_reference_index, [(offset, length)]) of each item."""
    body, version = box.body, box.version
    widths = [body[4] >> 4, body[4] & 15, body[5] >> 4, body[5] & 15 if version else 0]
    at = 6

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(body[at - width : at])

    items = []
    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        reference, base = number(2), number(widths[2])
        extents = []
        for _ in range(number(2)):
            number(widths[3])
            offset = base + number(widths[0])
            extents.append((offset, number(widths[1])))
        items.append((item, method, reference, extents))
    assert at == len(body)
    return items


def _split_iloc(box: Node) -> Split:
    found: list[int] = []
    rest: list[object] = [box.version]
    for item, method, reference, extents in iloc_items(box):
        rest.append((item, method, reference, [length for _, length in extents]))
        if method or extents == [(0, 0)]:
            rest.append(extents)
        else:
            found += [offset for offset, _ in extents]
    return found, rest


_SPLITTERS: dict[bytes, Callable[[Node], Split]] = {
    b"stco": _split_chunk_offsets,
    b"co64": _split_chunk_offsets,
    b"saio": _split_saio,
    b"iloc": _split_iloc,
    b"tfhd": _split_tfhd,
    b"tfra": _split_tfra,
    b"sidx": _split_sidx,
}


# --- comparison -------------------------------------------------------------------------------


class _Comparison:
    def __init__(self, pairs: list[tuple[Node, Node]]) -> None:
        self.pairs = pairs

    def moved(self, offset: int) -> int | None:
        """Where a byte of the old file is in the new; None where `moov` was."""
        for old, new in self.pairs:
            if old.start <= offset < old.end:
                return new.start + offset - old.start
        for old, new in self.pairs:
            if offset == old.end:
                return new.end
        return None

    def boxes(self, old: Node, new: Node, path: str) -> None:
        path = f"{path}/{old.type.decode('latin-1')}"
        kinds = {old.type, new.type}
        assert len(kinds) == 1 or kinds == {b"stco", b"co64"}, path
        split = _SPLITTERS.get(old.type)
        if split is not None and not ("traf" in path and old.type == b"saio"):
            (offsets, rest), (new_offsets, new_rest) = split(old), _SPLITTERS[new.type](new)
            assert rest == new_rest, path
            assert [self.moved(offset) for offset in offsets] == new_offsets, path
        elif old.type == b"mfro":
            assert new.u32(4)[0] == new.size + 0 or old.u32(4) == new.u32(4), path
        elif old.children or new.children:
            skip = old.children[0].start if old.children else old.end
            assert (
                old.data[old.body_start : skip]
                == new.data[new.body_start : new.body_start + skip - old.body_start]
            ), path
            assert len(old.children) == len(new.children), path
            for one, other in zip(old.children, new.children, strict=True):
                self.boxes(one, other, path)
            tail = new.children[-1].end if new.children else new.end
            assert old.data[old.children[-1].end : old.end] == new.data[tail : new.end], path
        else:
            assert _same(old, new), path


def _leaves(old: list[Node], new: list[Node]) -> list[tuple[Node, Node]]:
    """The boxes inside boxes that have none, in pairs."""
    pairs = []
    for one, other in zip(old, new, strict=False):
        pairs += _leaves(one.children, other.children) if one.children else [(one, other)]
    return pairs


_STEP = 64 << 20


def _same(old: Node, new: Node) -> bool:
    """Whether the headers and bodies of two boxes are the same; large ones are sampled."""
    if old.size != new.size or old.body_start - old.start != new.body_start - new.start:
        return False
    if old.size <= _STEP:
        return old.whole == new.whole
    places = range(0, old.size, old.size // 64)
    return all(
        old.data[old.start + p : min(old.start + p + 4096, old.end)]
        == new.data[new.start + p : min(new.start + p + 4096, new.end)]
        for p in places
    )


def compare(old: Buffer, new: Buffer, *, added: int = 1) -> list[int]:
    """Assert that `new` is `old` with so many tracks added, and nothing else.

    Returns:
        track_IDs of the added tracks.
    """
    olds = [node for node in nodes(old) if node.type != b"moov"]
    front: list[Node] = []
    rest: list[Node] = []
    place = front
    for node in nodes(new):
        if node.type == b"moov":
            place = rest
        else:
            place.append(node)
    media_count = len(front) + len(rest) - len(olds)
    media, kept = rest[:media_count], front + rest[media_count:]
    assert [node.type for node in olds] == [node.type for node in kept]
    assert {node.type for node in media} <= {b"mdat", b"free"}
    assert sum(node.end for node in nodes(new)[-1:]) == len(new)

    comparison = _Comparison(list(zip(olds, kept, strict=True)))
    old_moov, new_moov = moov_of(old), moov_of(new)
    assert new_moov is not None
    new_ids = [track_id(trak) for trak in new_moov.all("trak")]
    if old_moov is None:
        for one, other in comparison.pairs:
            comparison.boxes(one, other, "")
        return new_ids
    old_ids = [track_id(trak) for trak in old_moov.all("trak")]
    fresh = new_ids[len(new_ids) - added :]
    assert new_ids == old_ids + fresh
    left = [
        node for node in new_moov.children if not (node.type == b"trak" and track_id(node) in fresh)
    ]
    assert [node.type for node in old_moov.children] == [node.type for node in left]
    comparison.pairs += _leaves(old_moov.children, left)
    for one, other in comparison.pairs[: len(olds)]:
        comparison.boxes(one, other, "")
    for one, other in zip(old_moov.children, left, strict=True):
        if one.type == b"mvhd":
            _compare_mvhd(one, other, fresh)
        elif one.type == b"mvex":
            extended = other.children[len(one.children) :]
            assert [node.type for node in extended] == [b"trex"] * added
            assert [node.u32(4)[0] for node in extended] == fresh
            for a, b in zip(one.children, other.children, strict=False):
                assert a.whole == b.whole
        else:
            comparison.boxes(one, other, "moov")
    old_samples, new_samples = samples(old), samples(new)
    for number in old_ids:
        assert len(old_samples[number]) == len(new_samples[number])
        for was, now in zip(old_samples[number], new_samples[number], strict=True):
            assert (was.size, was.description) == (now.size, now.description)
            before = old[was.offset : was.offset + was.size]
            assert before == new[now.offset : now.offset + now.size], (number, was, now)
    return fresh


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


def _compare_mvhd(old: Node, new: Node, fresh: list[int]) -> None:
    assert old.flags == new.flags
    before, after = movie_header(old), movie_header(new)
    assert (before[0], before[1], before[3]) == (after[0], after[1], after[3])
    assert after[2] >= before[2]
    assert after[4] > max(fresh)
