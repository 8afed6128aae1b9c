"""Offsets of the items in `meta` (`iloc`, ISO/IEC 14496-12, 8.11.3), which move with the items."""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

from ..boxes.header import MAX_32
from ..boxes.node import Node
from ..io.ranges import ByteRange
from ..movie.track import is_self_contained
from .offset_map import Mover, OffsetMap

_WIDTHS = ("base_offset_size", "offset_size")


class _Item(NamedTuple):
    """An item whose bytes lie in the file.

    Attributes:
        base: `base_offset`.
        first, end: of the offsets and lengths of all extents, those of the item.
    """

    base: int
    first: int
    end: int


def item_files(meta: Node) -> frozenset[int]:
    """The values of `data_reference_index` that mean the file itself (8.11.3): 0, and others."""
    entries = [
        entry
        for dinf in meta.children(b"dinf")
        for dref in dinf.intact(b"dref")
        for entry in dref.rows("data_entries")
    ]
    same = (index for index, entry in enumerate(entries, 1) if is_self_contained(entry))
    return frozenset((0, *same))


def item_locations(box: Node, same_file: frozenset[int]) -> Mover:
    """Move the items of an `iloc` that lie in the file itself, which have construction_method 0.

    Args:
        box: the `iloc`.
        same_file: see `item_files`.
    """
    widths = {name: box.integer(name) for name in _WIDTHS}
    rows = box.value("items")
    items: dict[int, _Item] = {}
    offsets, lengths = array("Q"), array("Q")
    for index, item in enumerate(box.each("items")):
        construction_method = item.integer_or("construction_method", 0)
        if construction_method or item.integer("data_reference_index") not in same_file:
            continue
        base, old = item.integer("base_offset"), item.integers("extents", "extent_offset")
        sizes = item.integers("extents", "extent_length")
        if old and not (len(old) == 1 and base + old[0] == sizes[0] == 0):  # the whole file
            items[index] = _Item(base, len(offsets), len(offsets) + len(old))
            offsets.extend(old)
            lengths.extend(sizes)

    def mover(move: OffsetMap) -> bool:
        box.set("items", rows)
        for name, width in widths.items():
            box.set(name, width)
        bases: dict[int, int] = {}
        moved = array("Q")
        needed = dict.fromkeys(_WIDTHS, 0)
        for index, (base, first, end) in items.items():
            old = offsets[first:end]
            shifts = [move(base + offset) - base - offset for offset in old]
            for offset, size in zip(old, lengths[first:end], strict=True):
                move.check_whole(ByteRange(base + offset, size))
            # As much as all extents share goes to the base, if there is one.
            moves = any(shifts)
            shared = max(min(shifts), -base) if widths["base_offset_size"] and moves else 0
            new = [offset + shift - shared for offset, shift in zip(old, shifts, strict=True)]
            moved.extend(new)
            if moves:
                bases[index] = base + shared
                needed["base_offset_size"] = max(needed["base_offset_size"], base + shared)
                needed["offset_size"] = max(needed["offset_size"], *new)
        if not bases:
            return False
        for name, offset in needed.items():  # a width is 0, 4 or 8 bytes
            box.set(name, max(widths[name], 8 if offset > MAX_32 else 4 if offset else 0))

        def change(index: int, row: dict[str, Any]) -> None:
            if index in bases:
                _, first, _ = items[index]
                row["base_offset"] = bases[index]
                row["extents"] = [
                    dict(dict.items(extent)) | {"extent_offset": moved[place]}
                    for place, extent in enumerate(row["extents"], first)
                ]

        box.set_changed("items", rows, change)
        return True

    return mover
