"""The bytes of a file as blocks in blocks, few enough to be drawn, and to scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

MOST_BLOCKS = 400
"""Blocks side by side; more are put together."""

KINDS = {
    "box": "boxes",
    "table": "sample tables",
    "network": "network: configuration",
    "layer": "network: data",
    "video": "video",
    "audio": "sound",
    "other": "other tracks",
    "media": "media data",
    "index": "indexes",
    "free": "free space",
    "gap": "bytes of no sample",
}
"""What blocks are coloured by, and how it is called in a legend."""

TABLES = frozenset(b"stts ctts stsz stz2 stsc stco co64 stss sdtp subs saiz saio".decode().split())
TABLES |= frozenset(("trun", "sbgp", "sgpd", "cslg", "stsh", "padb"))
INDEXES = frozenset(("sidx", "ssix", "mfra", "tfra", "mfro", "uuid"))
FREE = frozenset(("free", "skip", "wide"))
NETWORK = frozenset(("nnr1", "nnrC"))


@dataclass(frozen=True, slots=True)
class Block:
    """A range of the file.

    Attributes:
        kind: one of `KINDS`.
        label: a word, for the block itself.
        detail: a line that says what it is; offset and size are not in it.
        offset: of its first byte.
        size: bytes, at least 1.
        children: what lies in it, in order, without overlaps; there may be bytes between.
        shade: 0 or 1: neighbours of a kind are told apart by it.
    """

    kind: str
    label: str
    detail: str
    offset: int
    size: int
    children: tuple[Block, ...] = ()
    shade: int = 0

    @property
    def end(self) -> int:
        """Offset behind the last byte."""
        return self.offset + self.size


def kind_of_box(name: str) -> str:
    """The kind of a box by its type."""
    for names, kind in (
        (TABLES, "table"),
        (INDEXES, "index"),
        (FREE, "free"),
        (NETWORK, "network"),
    ):
        if name in names:
            return kind
    if name.startswith("NNR_"):
        return "network"
    return "media" if name in ("mdat", "imda") else "box"


def together(blocks: Iterable[Block], most: int = MOST_BLOCKS) -> tuple[Block, ...]:
    """Blocks in order of their offsets without overlaps; many are put together by place.

    Each block that stands for several covers about the same number of bytes.
    """
    found: list[Block] = []
    for block in sorted(blocks, key=lambda block: (block.offset, -block.size)):
        start = max(block.offset, found[-1].end if found else 0)
        if start < block.end:
            found.append(replace(block, offset=start, size=block.end - start))
    if len(found) > most:
        width = -(-(found[-1].end - found[0].offset) // most)
        first = found[0].offset
        groups = groupby(found, lambda block: (block.offset - first) // width)
        found = [_one(list(group)) for _, group in groups]
    shades: Counter[str] = Counter()
    shaded = []
    for block in found:
        shaded.append(replace(block, shade=shades[block.kind] % 2))
        shades[block.kind] += 1
    return tuple(shaded)


def _one(blocks: list[Block]) -> Block:
    """One block in the place of several."""
    if len(blocks) == 1:
        return blocks[0]
    sizes: Counter[str] = Counter()
    for block in blocks:
        sizes[block.kind] += block.size
    (kind, _), *others = sizes.most_common()
    start, end = blocks[0].offset, blocks[-1].end
    words = dict.fromkeys(KINDS[name] for name in (kind, *(name for name, _ in others)))
    first, last = blocks[0].label, blocks[-1].label
    detail = f"{len(blocks):,} in one: {', '.join(words)}, from {first} to {last}"
    return Block(kind, f"{len(blocks):,} in one", detail, start, end - start)


def with_gaps(children: tuple[Block, ...], start: int, end: int) -> Iterator[Block]:
    """Blocks, and blocks for the bytes between them that belong to no sample."""
    at = start
    for child in children:
        if child.offset > at:
            yield _gap(at, child.offset)
        yield child
        at = child.end
    if at < end:
        yield _gap(at, end)


def _gap(start: int, end: int) -> Block:
    return Block("gap", "no sample", "bytes that belong to no sample", start, end - start)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block in a band, with its place.

    Attributes:
        block: what is drawn.
        depth: 0-based row.
        left, width: in percent of the band.
    """

    block: Block
    depth: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the file, drawn to scale, as rows of blocks: what lies in a block is below it.

    Attributes:
        title: what it shows.
        start, end: byte offsets.
        drawn: blocks, parents first.
        depth: how many rows there are.
        factor: how much larger than in the band of the whole file a byte is drawn.
    """

    title: str
    start: int
    end: int
    drawn: tuple[Drawn, ...]
    depth: int
    factor: float


def band(
    title: str,
    blocks: Iterable[Block],
    start: int,
    end: int,
    whole: int,
    rows: int,
    below: Iterable[Block] = (),
) -> Band:
    """Place blocks, and what lies in them, down to a number of rows.

    Args:
        title: of the band.
        blocks: those of the first row.
        below: those of the second row, where they are not what lies in the first ones.
        start, end: of the part of the file that is shown.
        whole: bytes of the file.
        rows: the most rows there may be.
    """
    span = max(end - start, 1)

    def placed(inside: Iterable[Block], depth: int) -> Iterator[Drawn]:
        for block in inside:
            left = (block.offset - start) / span * 100
            yield Drawn(block, depth, left, block.size / span * 100)
            if depth + 1 < rows:
                yield from placed(block.children, depth + 1)

    drawn = (*placed(blocks, 0), *placed(below, 1))
    depth = 1 + max((one.depth for one in drawn), default=0)
    return Band(title, start, end, drawn, depth, whole / span)
