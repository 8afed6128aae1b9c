"""Rules about items in `meta` boxes (ISO/IEC 14496-12, 8.11)."""

from __future__ import annotations

from collections import Counter

from ...boxes.header import show_code
from ...boxes.node import Node
from ...io.ranges import ByteRange
from ...movie.items import ITEM_TYPE
from .checked_file import CheckedFile, all_intact, intact
from .rules import FORMAT, ISOBMFF, error, warning
from .sample_entries import check_items_places
from .structure import BOX_CONTENT, check_structure
from .top_level import parsed

ITEM_REPEATED = error(
    "item-id-repeated", ISOBMFF + "8.11.3, 8.11.6", "No two items of a `meta` have one item_ID."
)
PITM_ITEM = error("pitm-item", ISOBMFF + "8.11.4", "The primary item is there.")
ILOC_ITEM = warning("iloc-item", ISOBMFF + "8.11.3", "The items that `iloc` places are there.")
ILOC_OUTSIDE = error(
    "iloc-outside", ISOBMFF + "8.11.3.3", "Items lie in the file, or in their `idat`."
)
ILOC_REFERENCE = error(
    "iloc-reference",
    ISOBMFF + "8.11.3.3",
    "The `data_reference_index` of an item names an entry of `dref`, or is 0.",
)
IINF_ORDER = warning(
    "iinf-order", ISOBMFF + "8.11.6", "The entries of `iinf` are in the order of their item_ID."
)
IREF_REPEATED = error(
    "iref-repeated",
    ISOBMFF + "8.11.12",
    "All references of one type from one item are in one box.",
)
IREF_ITEM = error("iref-item", ISOBMFF + "8.11.12", "Items refer to items that are there.")
IPMA_ITEM = error("ipma-item", ISOBMFF + "8.11.14", "Items that have properties are there.")
IPMA_PROPERTY = error(
    "ipma-property", ISOBMFF + "8.11.14", "The properties that `ipma` names are in `ipco`."
)
IPMA_ORDER = error(
    "ipma-order",
    ISOBMFF + "8.11.14",
    "`ipma` has one entry at most for each item, in the order of the item_IDs.",
)
GROUP_ID = error(
    "group-id",
    ISOBMFF + "8.18.3.3",
    "The group_id of an entity group is no other group's, no item's and no track's.",
)
GROUP_ENTITY = warning(
    "group-entity",
    ISOBMFF + "8.18.3",
    "What an entity group names is an item of its `meta`, or a track of the movie.",
)
NNR_ITEM_PLACE = error(
    "nnr-item-place",
    FORMAT + "; ISO/IEC 14496-12, 8.11.3",
    "An item of the type `nnr1` has a place in `iloc`.",
)

_IN_FILE, _IN_IDAT = 0, 1


def check_items(file: CheckedFile) -> None:
    """Check the items in `meta` of the file, of `moov`, of the tracks, and in `udta`, `meco`."""
    number = 0
    for header in file.boxes:
        if header.type == b"meta":
            _check_meta(file, parsed(file, header, f"meta[{number}]"))
            number += 1
        elif header.type == b"meco":
            for meta in parsed(file, header).children(b"meta"):
                _check_meta(file, meta)
    if file.moov is None:
        return
    holders = [file.moov, *(track.box for track in file.tracks)]
    for holder in holders:
        inner = [box for code in (b"udta", b"meco") for box in all_intact(holder, code)]
        for each in (holder, *inner):
            for meta in each.children(b"meta"):
                _check_meta(file, meta)


def check_fragment_items(file: CheckedFile, moof: Node) -> None:
    """Check the items in `meta` of a movie fragment."""
    for holder in (moof, *moof.children(b"traf")):
        for meta in holder.children(b"meta"):
            _check_meta(file, meta, moof)


def _check_meta(file: CheckedFile, meta: Node, moof: Node | None = None) -> None:
    """Check a `meta`; offsets of one in a fragment count from `moof` (8.11.3.1)."""
    if meta.is_raw:
        file.findings.add(BOX_CONTENT, meta.fault, meta)
        return
    check_structure(file, meta)
    types = _item_types(meta)
    _check_groups(file, meta, types or {})
    if types is None:
        return  # a list of tags
    _check_repeated(file, meta, types)
    pitm = intact(meta, b"pitm")
    if pitm is not None and pitm.integer("item_ID") not in types:
        file.findings.add(PITM_ITEM, f"there is no item {pitm.integer('item_ID')}", pitm)
    _check_places(file, meta, types, moof)
    _check_references(file, meta, types)
    _check_properties(file, meta, types)


def _item_types(meta: Node) -> dict[int, bytes] | None:
    """The type of each item, by item_ID; None where there is no list of items."""
    iinf = intact(meta, b"iinf")
    if iinf is None:
        return None
    return {
        info.integer("item_ID"): info.data("item_type") if info.has("item_type") else b""
        for info in iinf.rows("item_infos")
        if info.type == b"infe" and not info.is_raw
    }


def _check_repeated(file: CheckedFile, meta: Node, types: dict[int, bytes]) -> None:
    for code, rows in ((b"iinf", "item_infos"), (b"iloc", "items")):
        box = intact(meta, code)
        if box is None:
            continue
        counts = Counter(row.integer("item_ID") for row in box.each(rows) if row.has("item_ID"))
        for number, count in counts.items():
            if count > 1:
                file.findings.add(ITEM_REPEATED, f"item {number} is there {count} times", box)
    iinf = intact(meta, b"iinf")
    if iinf is not None and list(types) != sorted(types):
        file.findings.add(IINF_ORDER, "they are not", iinf)


def _check_places(
    file: CheckedFile, meta: Node, types: dict[int, bytes], moof: Node | None
) -> None:
    findings = file.findings
    iloc = intact(meta, b"iloc")
    places = set()
    idat = intact(meta, b"idat")
    start = file.file_start(meta.header.offset)
    ends = [*file.starts[1:], file.source.size]
    size = ends[file.starts.index(start)] - (start if moof is None else moof.header.offset)
    dref = check_items_places(file, meta)
    references = len(dref.rows("data_entries")) if dref is not None else 0
    for row in iloc.each("items") if iloc is not None else ():
        number = row.integer("item_ID")
        places.add(number)
        if number not in types:
            findings.add(ILOC_ITEM, f"there is no item {number}", iloc)
        reference = row.integer("data_reference_index")
        if reference > references:
            findings.add(
                ILOC_REFERENCE, f"that of item {number} is {reference}, dref has {references}", iloc
            )
        method = row.integer_or("construction_method", _IN_FILE)
        if method not in (_IN_FILE, _IN_IDAT) or reference:
            continue
        space = ByteRange(0, size)
        if method == _IN_IDAT:
            space = idat.header.body if idat is not None else ByteRange(0, 0)
        base = row.integer("base_offset")
        for extent in row.each("extents"):
            first, length = extent.integer("extent_offset"), extent.integer("extent_length")
            if base + first + length > space.size:
                findings.add(
                    ILOC_OUTSIDE,
                    f"item {number} ends at {base + first + length}, the "
                    f"{'idat' if method else 'file'} at {space.size}",
                    iloc,
                )
                break
    for number, kind in types.items():
        if kind == ITEM_TYPE and number not in places:
            findings.add(NNR_ITEM_PLACE, f"item {number} has none", meta)


def _check_references(file: CheckedFile, meta: Node, types: dict[int, bytes]) -> None:
    iref = intact(meta, b"iref")
    seen = set()
    for reference in iref.rows("references") if iref is not None else ():
        if reference.is_raw or not reference.has("to_item_ID"):
            continue
        numbers = [reference.integer("from_item_ID"), *reference.integers("to_item_ID")]
        absent = next((number for number in numbers if number not in types), None)
        if absent is not None:
            file.findings.add(IREF_ITEM, f"there is no item {absent}", iref)
        if (reference.type, numbers[0]) in seen:
            file.findings.add(
                IREF_REPEATED,
                f"there is another {show_code(reference.type)} from item {numbers[0]}",
                iref,
            )
        seen.add((reference.type, numbers[0]))


def _check_groups(file: CheckedFile, meta: Node, types: dict[int, bytes]) -> None:
    grpl = intact(meta, b"grpl")
    taken: set[int] = set()
    for group in grpl.children() if grpl is not None else ():
        numbers = group.integers("entity_ids") if group.has("entity_ids") else ()
        own = group.integer_or("group_id", 0)
        is_taken = own in taken or own in types or file.track(own) is not None
        if group.has("group_id") and is_taken:
            file.findings.add(GROUP_ID, f"{own} is that of something else", group)
        taken.add(own)
        absent = next(
            (one for one in numbers if one not in types and file.track(one) is None), None
        )
        if absent is not None:
            file.findings.add(GROUP_ENTITY, f"there is no item and no track {absent}", group)


def _check_properties(file: CheckedFile, meta: Node, types: dict[int, bytes]) -> None:
    seen: set[int] = set()
    for iprp in all_intact(meta, b"iprp"):
        count = sum(len(ipco.children()) for ipco in all_intact(iprp, b"ipco"))
        for ipma in all_intact(iprp, b"ipma"):
            before = -1
            for entry in ipma.each("entries"):
                number = entry.integer("item_ID")
                if number in seen or number <= before:
                    file.findings.add(IPMA_ORDER, f"item {number} comes too late", ipma)
                seen.add(number)
                before = number
                if number not in types:
                    file.findings.add(IPMA_ITEM, f"there is no item {number}", ipma)
                last = max(entry.integers("associations", "property_index"), default=0)
                if last > count:
                    file.findings.add(
                        IPMA_PROPERTY,
                        f"item {number} has property {last}, ipco has {count}",
                        ipma,
                    )
