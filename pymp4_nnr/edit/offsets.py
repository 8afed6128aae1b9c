"""Absolute file offsets in boxes, which move when what they point to moves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate, pairwise

from ..boxes.header import MAX_32
from ..boxes.node import Node, parse_node
from ..errors import BrokenBoxError, OffsetError, SampleTableError, TooLargeError
from .item_offsets import item_files, item_locations
from .offset_map import Mover, OffsetMap

_HOLDERS = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"meta", b"mfra"))
"""Boxes that lead to boxes with offsets."""

_PARENTS = {
    b"stco": b"stbl",
    b"co64": b"stbl",
    b"saio": b"stbl",
    b"tfra": b"mfra",
    b"iloc": b"meta",
}
"""Where boxes with offsets stand; elsewhere their types may mean something else."""

_LISTS = frozenset((b"tref", b"trgr", b"ilst", b"iref", b"grpl"))
"""Boxes in which the type of a box is a kind of reference, group or value, whatever it is."""


class MovableOffsets:
    """Every absolute offset in a parsed box and the boxes in it, but for fragments.

    Known: `stco`, `co64`, `saio`, `iloc`, `tfra`. A field that grows past 32 bits gets its 64-bit
    form (`stco` becomes `co64`). The old values are remembered: the box can be moved again.

    Args:
        box: a box that was parsed.

    Raises:
        SampleTableError: a box with offsets is broken.
    """

    def __init__(self, box: Node) -> None:
        self._movers = list(_movers(box))

    def move(self, move: OffsetMap) -> bool:
        """Give all offsets their values in the new file; whether any differs from the old.

        Raises:
            SampleTableError: an offset points outside the file.
        """
        changed = False
        for path, mover in self._movers:
            try:
                changed |= mover(move)
            except OffsetError as error:
                raise OffsetError(error.reason, box_path=path, offset=error.offset) from error
        return changed


def _movers(box: Node, parent: bytes = b"") -> Iterator[tuple[str, Mover]]:
    code = box.type
    if code in _LISTS:
        return
    kinds = {
        b"stco": _chunk_offsets,
        b"co64": _chunk_offsets,
        b"saio": _auxiliary_offsets,
        b"tfra": _random_access,
    }
    has_offsets = code in _PARENTS and _PARENTS[code] == parent
    if (box.is_raw and (code in _HOLDERS or has_offsets)) or (
        code in _HOLDERS and any(box.trailing)
    ):
        raise BrokenBoxError(
            f"the box is broken, offsets in it cannot be moved ({box.note})",
            box_path=box.path,
            offset=box.offset,
        )
    if code in kinds and has_offsets:
        yield box.path, kinds[code](box)
        return
    for iloc in box.children(b"iloc") if code == b"meta" else ():
        if not iloc.is_raw:
            yield box.path, item_locations(iloc, item_files(box))
    for inner in box.each_child():
        yield from _movers(inner, code)


ITEM_HOLDERS = frozenset((b"meta", b"meco", b"udta"))
"""Boxes at the top of a file, a `moof` or a `traf` with items in them, or further inside."""


class MovableItems:
    """The items of `meta` boxes in a `moof` and its `traf`s, which keep their sizes.

    Args:
        moof: the whole box.
        offset: of its first byte in the old file.
        trafs: offsets of the `traf`s that are kept.

    Raises:
        SampleTableError: a box with offsets is broken.
    """

    def __init__(self, moof: bytes, offset: int, trafs: Collection[int]) -> None:
        box = parse_node(moof, offset, "moof")
        kept = [traf for traf in box.children(b"traf") if traf.header.offset in trafs]
        self._holders = [
            (at, one.header.size, one, MovableOffsets(one))
            for parent in (box, *kept)
            for one in parent.children()
            if one.type in ITEM_HOLDERS
            and b"iloc" in moof[(at := one.header.offset - offset) : at + one.header.size]
        ]
        self._moof = moof

    def changes(self, move: OffsetMap) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield what changes: where in the `moof`, the bytes there, and their new values.

        Raises:
            OffsetError: an offset points outside the file.
            TooLargeError: one does not fit its field any more.
        """
        for at, size, holder, offsets in self._holders:
            if not offsets.move(move):
                continue
            new = holder.build()
            if len(new) != size:
                raise TooLargeError("an offset passes 32 bits", box_path=holder.path)
            yield at, self._moof[at : at + size], new


def _chunk_offsets(box: Node) -> Mover:
    old, code = box.integers("entries", "chunk_offset"), box.type

    def mover(move: OffsetMap) -> bool:
        new = move.move_all(old)
        changed = list(old) != list(new)
        box.set("type", b"co64" if changed and max(new) > MAX_32 else code)
        if changed:
            box.set("entries", new)
        return changed

    return mover


def _auxiliary_offsets(box: Node) -> Mover:
    old, version = list(box.integers("offsets")), box.integer("version")

    def mover(move: OffsetMap) -> bool:
        new = [move(offset) for offset in old]
        box.set("version", 1 if new and max(new) > MAX_32 else version)
        box.set("offsets", new)
        return new != old

    return mover


def _random_access(box: Node) -> Mover:
    old, version = list(box.integers("entries", "moof_offset")), box.integer("version")

    def mover(move: OffsetMap) -> bool:
        new = list(move.move_all(old))
        box.set_column("entries", "moof_offset", new)
        box.set("version", 1 if new != old and max(new) > MAX_32 else version)
        return new != old

    return mover


def update_random_access_size(mfra: Node) -> None:
    """`mfro` ends `mfra` and holds its size (8.8.11)."""
    for mfro in mfra.intact(b"mfro"):
        mfro.set("parent_size", len(mfra.build()))


def segment_index_mover(sidx: Node, end: int) -> Callable[[OffsetMap, int], bool]:
    """Move what `sidx` points to (8.16.3): `first_offset` counts from the end of the box.

    The sizes of what it refers to change where something is put in between.

    Args:
        sidx: the parsed box.
        end: offset behind it in the old file.

    Returns:
        A function of the map of offsets and of the offset behind the box in the new file, which
        tells whether anything was changed.

    Raises:
        SampleTableError: the box is broken.
    """
    sidx.check_intact()
    old, version = sidx.integer("first_offset"), sidx.integer("version")
    references = sidx.rows("references")
    borders = segment_borders(sidx, end)
    sizes = [behind - start for start, behind in pairwise(borders)]

    def mover(move: OffsetMap, new_end: int) -> bool:
        new = move(end + old) - new_end
        new_sizes = _moved_sizes(borders, sizes, move)
        if new < 0:
            raise TooLargeError("first_offset would be negative", box_path="sidx")
        if new > MAX_32 and version == 0:
            raise TooLargeError("first_offset passes 32 bits", box_path="sidx")
        if max(new_sizes, default=0) > MAX_REFERENCED_SIZE:
            raise TooLargeError("referenced_size passes 31 bits", box_path="sidx")
        sidx.set("first_offset", new)
        for reference, size in zip(references, new_sizes, strict=True):
            reference.set("referenced_size", size)
        return new != old or new_sizes != sizes

    return mover


def segment_borders(sidx: Node, end: int) -> list[int]:
    """Byte offsets in the file at which the parts begin that a `sidx` refers to, and the last ends.

    Args:
        sidx: the parsed box.
        end: offset behind it in the file.
    """
    sizes = (one.integer("referenced_size") for one in sidx.rows("references"))
    return list(accumulate(sizes, initial=end + sidx.integer("first_offset")))


MAX_REFERENCED_SIZE = (1 << 31) - 1
"""Bytes that an entry of a `sidx` can refer to."""


def _moved_sizes(borders: Sequence[int], sizes: list[int], move: OffsetMap) -> list[int]:
    """The distances between offsets after a move; as before where that is not told."""
    try:
        moved = [move(border) for border in borders]
    except SampleTableError:  # not all of it was kept, or it points outside the file
        return sizes
    found = [behind - start for start, behind in pairwise(moved)]
    return found if min(found, default=0) >= 0 else sizes
