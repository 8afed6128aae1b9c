"""Absolute file offsets in boxes, moved when what they point to moves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

from ..boxes.header import MAX_32
from ..errors import SampleTableError
from ..movie.sample_table import Run, child, children, column, intact, is_self_contained


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


_HOLDERS = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"meta", b"mfra"))
"""Boxes that lead to boxes with offsets."""


def move_offsets(box: Any, move: OffsetMap, path: str = "") -> bool:
    """Move every absolute offset in a parsed box and the boxes in it, but for fragments.

    Known: `stco`, `co64`, `saio`, `iloc`, `tfra`. A field that grows past 32 bits gets its 64-bit
    form (`stco` becomes `co64`).

    Returns:
        Whether anything was changed.

    Raises:
        SampleTableError: such a box is broken, or points outside the file.
    """
    kind = box.get("type")
    name = kind.decode("latin-1") if isinstance(kind, bytes) else "?"
    path = f"{path}/{name}" if path else name
    movers = {
        b"stco": _move_chunk_offsets,
        b"co64": _move_chunk_offsets,
        b"saio": _move_auxiliary_offsets,
        b"tfra": _move_random_access,
    }
    raw = box.get("raw") is not None and (kind in _HOLDERS or kind in movers or kind == b"iloc")
    if raw or (kind in _HOLDERS and any(box.get("trailing") or b"")):
        raise SampleTableError(
            f"the box is broken, offsets in it cannot be moved ({box.note})",
            box_path=path,
            offset=box.get("offset"),
        )
    try:
        if kind in movers:
            return movers[kind](box, move)
        changed = False
        for iloc in children(box, b"iloc"):
            if iloc.get("raw") is None:
                changed |= _move_item_locations(iloc, move, _item_files(box))
    except SampleTableError as error:
        raise SampleTableError(error.reason, box_path=path, offset=error.offset) from error
    for inner in getattr(box, "children", ()):
        changed |= move_offsets(inner, move, path)
    if kind == b"mfra" and changed:
        update_random_access_size(box)
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


def update_random_access_size(mfra: Any) -> None:
    """`mfro` ends `mfra` and holds its size."""
    from ..boxes import BOX

    for mfro in children(mfra, b"mfro"):
        mfro["parent_size"] = len(BOX.build(mfra))


def _item_files(meta: Any) -> frozenset[int]:
    """The values of `data_reference_index` that mean the file itself (8.11.3): 0, and others."""
    entries = [
        entry
        for dinf in children(meta, b"dinf")
        for dref in intact(dinf, b"dref", "meta/dinf")
        for entry in dref.data_entries
    ]
    same = (index for index, entry in enumerate(entries, 1) if is_self_contained(entry))
    return frozenset((0, *same))


def _move_item_locations(box: Any, move: OffsetMap, same_file: frozenset[int]) -> bool:
    """`iloc` (8.11.3): items in the file itself, which have construction_method 0."""
    changed = False
    for item in box["items"]:
        if item.get("construction_method") or item.data_reference_index not in same_file:
            continue
        base = item.base_offset
        old = [base + extent.extent_offset for extent in item.extents]
        if not old or (old == [0] and not item.extents[0].extent_length):
            continue  # nothing, or the whole file
        shifts = [move(offset) - offset for offset in old]
        if not any(shifts):
            continue
        changed = True
        # as much as all extents share goes to the base, if there is one
        shared = max(min(shifts), -base) if box.base_offset_size else 0
        item["base_offset"] = base + shared
        _widen(box, "base_offset_size", item.base_offset)
        for extent, shift in zip(item.extents, shifts, strict=True):
            extent["extent_offset"] += shift - shared
            _widen(box, "offset_size", extent.extent_offset)
    return changed


def _widen(box: Any, field: str, offset: int) -> None:
    """Make room for an offset in all of `iloc`; a width is 0, 4 or 8 bytes."""
    needed = 8 if offset > MAX_32 else 4 if offset else 0
    box[field] = max(box[field], needed)


def has_explicit_base(moof: Any) -> bool:
    """Whether a fragment has absolute offsets."""
    return any(
        child(traf, b"tfhd", "moof/traf").base_data_offset is not None
        for traf in children(moof, b"traf")
    )


def fragment_ties(moof: Any, runs: Iterable[Run]) -> list[tuple[int, int]]:
    """Pairs of offsets that must move alike, because a fragment knows only their distance."""
    ties = set()
    firsts: dict[int, int] = {}
    for run in runs:
        if not any(run.sizes):
            continue
        if child(run.traf, b"tfhd", "moof/traf").base_data_offset is not None:
            anchor = firsts.setdefault(id(run.traf), run.start)
        else:
            # a base that is not the fragment itself is where the data before it end
            anchor = run.base if run.base == moof.offset else run.base - 1
        ties.add((anchor, run.start))
    return sorted(ties)


def check_ties(ties: Iterable[tuple[int, int]], move: OffsetMap) -> None:
    """Refuse to move samples otherwise than what their offsets count from.

    Raises:
        SampleTableError: they would move apart, or lie outside the file.
    """
    for anchor, start in ties:
        if move(anchor) - anchor != move(start) - start:
            raise SampleTableError(
                "samples would move away from the fragment that they belong to", offset=start
            )


def move_fragment_bases(moof: Any, runs: Iterable[Run], move: OffsetMap) -> bool:
    """Move every `base_data_offset` of a fragment: all its other offsets are relative.

    Args:
        moof: the parsed box.
        runs: what it holds.
        move: the map of offsets.

    Returns:
        Whether anything was changed.

    Raises:
        SampleTableError: an offset points outside the file.
    """
    # What moves is the data: the base alone may point to the start of the file.
    starts = {id(run.traf): run.start for run in reversed(list(runs)) if any(run.sizes)}
    changed = False
    for index, traf in enumerate(children(moof, b"traf")):
        path = f"moof/traf[{index}]"
        tfhd = child(traf, b"tfhd", path)
        if tfhd.base_data_offset is None:
            continue
        start = starts.get(id(traf), tfhd.base_data_offset)
        new = tfhd.base_data_offset + move(start) - start
        changed |= new != tfhd.base_data_offset
        tfhd["base_data_offset"] = max(new, 0)
        if new < 0:  # it was the start of the file, or near: what counts from it moves
            for trun in intact(traf, b"trun", path):
                if trun.data_offset is not None:
                    trun["data_offset"] += new
            for saio in intact(traf, b"saio", path):
                saio["offsets"] = [offset + new for offset in saio.offsets]
    return changed
