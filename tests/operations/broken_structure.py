"""For each rule of `check` about which boxes are where, an input that breaks it."""

from __future__ import annotations

from pymp4_nnr.operations import check  # noqa: F401 - imports every module that declares rules
from pymp4_nnr.operations.conformance.rules import RULES
from tests.mp4.boxes import u16, u32
from tests.mp4.forge import Box, forge, read_boxes, replaced, write_boxes
from tests.operations.breaking import (
    STBL,
    UNINDEXED,
    Input,
    added,
    in_meta,
    mfra,
    moof,
    properties_twice,
    protected,
    without_properties,
)


def _without(moov: Box, path: str) -> None:
    replaced(path, None)(moov)


_HOLDERS = {
    "moov": "",
    "trak": "trak",
    "mdia": "trak/mdia",
    "minf": "trak/mdia/minf",
    "dinf": "trak/mdia/minf/dinf",
    "stbl": STBL,
    "mvex": "mvex",
}
_EXACTLY = {"stsz-stz2": "stsz", "stco-co64": "stco", "xml-bxml": "bxml"}
_BODIES = {
    **dict.fromkeys((b"mvex", b"tref", b"trgr", b"edts", b"udta", b"grpl"), b""),
    **dict.fromkeys((b"elst", b"ctts", b"stss", b"stsh", b"padb", b"mehd"), bytes(8)),
    b"cslg": bytes(24),
    b"leva": bytes(4) + b"\2" + (u32(1) + b"\2") * 2,
    b"elng": bytes(4) + b"en\0",
    b"ipro": bytes(6),
    b"bxml": bytes(4),
    b"pitm": bytes(4) + u16(1),
    b"schi": b"",
    b"frma": b"avc1",
    b"schm": bytes(4) + b"test" + u32(1),
}
"""What is in the simplest sound box of a type."""


def _doubled(boxes: list[Box], new: Box) -> None:
    """Have a box twice."""
    same = [box for box in boxes if box.type == new.type]
    boxes += same[:1] or [new, new]


def structure_case(rule_id: str) -> Input:
    """An input for a rule such as ``stbl-stts-missing``."""
    parent, _, rest = rule_id.partition("-")
    child, _, kind = rest.rpartition("-")
    child = _EXACTLY.get(child, child)
    if parent in ("sinf", "rinf"):
        return scheme_case(parent, child, kind)
    code = child.encode()
    new = Box(code, _BODIES.get(code, bytes(4)))
    if parent in ("moof", "traf"):

        def change(box: Box) -> None:
            holder = box if parent == "moof" else box["traf"]
            assert holder.children is not None
            if kind == "missing":
                holder.children.remove(holder[child])
            else:
                _doubled(holder.children, new)

        return moof(change)
    if parent == "meta":

        def meta_change(boxes: list[Box]) -> None:
            if kind == "repeated":
                _doubled(boxes, new)
            else:
                boxes[:] = [box for box in boxes if box.type != new.type]

        return in_meta(meta_change)
    if parent == "iprp":
        return in_meta(without_properties if kind == "missing" else properties_twice)
    if parent == "mfra":
        return mfra(lambda boxes: boxes.pop() if kind == "missing" else boxes.append(boxes[-1]))
    if parent == "edts":
        return added(Box(b"edts", b"", [new, new]), to="trak")
    path = _HOLDERS[parent]
    if kind == "missing":
        full_path = f"{path}/{child}" if path else child
        boxes = read_boxes(UNINDEXED)
        (holder,) = [box for box in boxes if box.type == b"moov"]
        _without(holder, full_path)
        return write_boxes(boxes)

    def double(moov: Box) -> None:
        holder = moov[path] if path else moov
        assert holder.children is not None
        _doubled(holder.children, new)

    return forge(UNINDEXED, double)


def scheme_case(parent: str, child: str, kind: str) -> bytes:
    """A file with a restricted or protected sample entry, of which one box is not as it must be."""
    code = child.encode()
    inside = [Box(name, _BODIES[name]) for name in (b"frma", b"schm", b"schi")]
    if kind == "missing":
        inside = [box for box in inside if box.type != code]
    else:
        _doubled(inside, Box(code, _BODIES[code]))
    return protected(Box(parent.encode(), write_boxes(inside)))


STRUCTURE = [
    rule_id
    for rule_id in RULES
    if rule_id.split("-")[0]
    in (*_HOLDERS, "edts", "moof", "traf", "mfra", "meta", "iprp", "sinf", "rinf")
    and rule_id.endswith(("-missing", "-repeated"))
    and rule_id.count("-") > 1
    and rule_id != "moov-trak-missing"
]
