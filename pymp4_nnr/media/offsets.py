"""Absolute file offsets in boxes, moved when what they point to moves."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, NamedTuple

from ..errors import LimitError, SampleTableError
from .samples import children, column

MAX_32 = 0xFFFFFFFF


class Kept(NamedTuple):
    """Bytes `old` to `old + size` of the old file that lie at `new` in the new one."""

    old: int
    size: int
    new: int


class OffsetMap:
    """From offsets in the old file to offsets in the new one.

    Args:
        kept: what was kept.
    """

    def __init__(self, kept: list[Kept]) -> None:
        self._kept = sorted(kept)
        self._starts = [part.old for part in self._kept]

    def __call__(self, offset: int) -> int:
        """New place of the byte at `offset` (or of the end of the data, right behind it).

        Raises:
            SampleTableError: that byte was not kept.
        """
        at = bisect_right(self._starts, offset) - 1
        if at >= 0:
            part = self._kept[at]
            if offset < part.old + part.size:
                return part.new + offset - part.old
            if offset == part.old + part.size:
                return part.new + part.size
        raise SampleTableError("an offset points outside the file's boxes", offset=offset)


def move_offsets(box: Any, move: OffsetMap, path: str = "") -> bool:
    """Move every absolute offset in a parsed box and the boxes in it.

    Known: `stco`, `co64`, `saio` (outside of fragments, where it is relative), `iloc`, `tfhd`,
    `tfra`. A field that grows past 32 bits gets its 64-bit form (`stco` becomes `co64`).

    Returns:
        Whether anything was changed.

    Raises:
        SampleTableError: such a box is broken, or points outside the file.
        LimitError: an offset does not fit any form of its box.
    """
    kind = box.get("type")
    name = kind.decode("latin-1") if isinstance(kind, bytes) else "?"
    path = f"{path}/{name}" if path else name
    movers = {
        b"stco": _move_chunk_offsets,
        b"co64": _move_chunk_offsets,
        b"saio": _move_auxiliary_offsets,
        b"iloc": _move_item_locations,
        b"tfra": _move_random_access,
    }
    if kind == b"traf":
        return _move_fragment_base(box, move, path)
    if kind in movers:
        if box.get("raw") is not None:
            raise SampleTableError(
                f"its offsets cannot be moved ({box.note})",
                box_path=path,
                offset=box.get("offset"),
            )
        try:
            return movers[kind](box, move)
        except SampleTableError as error:
            raise SampleTableError(error.reason, box_path=path, offset=error.offset) from error
    changed = False
    for inner in getattr(box, "children", ()):
        changed |= move_offsets(inner, move, path)
    if kind == b"mfra" and changed:
        _update_random_access_size(box)
    return changed


def _move_chunk_offsets(box: Any, move: OffsetMap) -> bool:
    old = column(box.entries, "chunk_offset")
    new = [move(offset) for offset in old]
    if list(old) == new:
        return False
    if max(new) > MAX_32:
        box["type"] = b"co64"
    box["entries"] = [{"chunk_offset": offset} for offset in new]
    return True


def _move_auxiliary_offsets(box: Any, move: OffsetMap) -> bool:
    new = [move(offset) for offset in box.offsets]
    changed = list(box.offsets) != new
    if new and max(new) > MAX_32:
        box["version"] = 1
    box["offsets"] = new
    return changed


def _move_random_access(box: Any, move: OffsetMap) -> bool:
    changed = False
    for entry in box.entries:
        new = move(entry.moof_offset)
        changed |= new != entry.moof_offset
        entry["moof_offset"] = new
        if new > MAX_32:
            box["version"] = 1
    return changed


def _update_random_access_size(mfra: Any) -> None:
    """`mfro` ends `mfra` and holds its size."""
    from ..boxes import BOX

    for mfro in children(mfra, b"mfro"):
        mfro["parent_size"] = len(BOX.build(mfra))


def _move_item_locations(box: Any, move: OffsetMap) -> bool:
    """`iloc` (8.11.3): items in the file itself, which have construction_method 0."""
    changed = False
    for item in box["items"]:
        construction = item.get("construction")
        if construction is not None and construction.construction_method:
            continue
        if item.data_reference_index:
            continue
        base = item.base_offset
        old = [base + extent.extent_offset for extent in item.extents]
        if not old or (old == [0] and not item.extents[0].extent_length):
            continue  # nothing, or the whole file
        shifts = [move(offset) - offset for offset in old]
        if not any(shifts):
            continue
        changed = True
        if box.base_offset_size and len(set(shifts)) == 1:
            item["base_offset"] = base + shifts[0]
            _widen(box, "base_offset_size", item.base_offset)
        else:
            for extent, shift in zip(item.extents, shifts, strict=True):
                extent["extent_offset"] += shift
                _widen(box, "offset_size", extent.extent_offset)
    return changed


def _widen(box: Any, field: str, offset: int) -> None:
    """Make room for an offset in all of `iloc`; a width is 0, 4 or 8 bytes."""
    needed = 8 if offset > MAX_32 else 4
    box[field] = max(box[field], needed)


def _move_fragment_base(traf: Any, move: OffsetMap, path: str) -> bool:
    changed = False
    for tfhd in children(traf, b"tfhd"):
        if tfhd.get("raw") is not None:
            raise SampleTableError(f"the box is broken ({tfhd.note})", box_path=f"{path}/tfhd")
        if tfhd.base_data_offset is None:
            continue
        # What moves is the data: the base alone may point to the start of the file.
        first = next(iter(children(traf, b"trun")), None)
        start = tfhd.base_data_offset + ((first.data_offset or 0) if first is not None else 0)
        new = tfhd.base_data_offset + move(start) - start
        if new < 0:
            raise LimitError("base_data_offset would be negative", box_path=f"{path}/tfhd")
        changed |= new != tfhd.base_data_offset
        tfhd["base_data_offset"] = new
    return changed
