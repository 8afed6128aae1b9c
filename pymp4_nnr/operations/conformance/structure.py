"""Rules about which boxes are where, how often, and whether their contents can be read."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ...boxes.header import show_code
from ...boxes.node import Node
from ...errors import NNRError
from .checked_file import CheckedFile
from .fields import check_fields
from .rules import ISOBMFF, Rule, error, warning

BOX_FILLED = error(
    "box-filled", ISOBMFF + "4.2", "Child boxes fill the box that they are in, to its last byte."
)
BOX_CONTENT = error(
    "box-content",
    ISOBMFF + "4.2",
    "The fields of a box fit its size, and have values that its type allows.",
)
BOX_TRAILING = warning(
    "box-trailing", ISOBMFF + "4.2", "There are no bytes behind the last field of a box."
)
HEADER_FIRST = warning(
    "header-first", ISOBMFF + "6.2.3", "The header box comes first in its container."
)


class _Child(NamedTuple):
    """How often a box may be in a container.

    Attributes:
        names: its type; several where one of them is meant.
        clause: of ISO/IEC 14496-12.
        missing, repeated: the rules that are broken by none of them, and by more than one.
    """

    names: tuple[bytes, ...]
    clause: str
    missing: Rule | None
    repeated: Rule | None


def _children(parent: str, *rows: tuple[str, str, str]) -> list[_Child]:
    """Declare rules for the boxes in a container.

    Args:
        parent: type of the container.
        rows: types, separated by a bar; ``1`` for exactly one, ``+`` for one or more, ``?`` for
            one at most; the clause.
    """
    found = []
    for names, count, clause in rows:
        rule_id = f"{parent}-{names.replace('|', '-')}"
        shown = " or ".join(f"`{name}`" for name in names.split("|"))
        missing = repeated = None
        if count in "1+":
            missing = error(f"{rule_id}-missing", ISOBMFF + clause, f"`{parent}` has {shown}.")
        if count in "1?":
            text = f"`{parent}` has one {shown} at most."
            repeated = error(f"{rule_id}-repeated", ISOBMFF + clause, text)
        codes = tuple(name.encode() for name in names.split("|"))
        found.append(_Child(codes, clause, missing, repeated))
    return found


CONTAINERS = {
    b"moov": _children(
        "moov",
        ("mvhd", "1", "8.2.2"),
        ("mvex", "?", "8.8.1"),
        ("meta", "?", "8.11.1"),
        ("udta", "?", "8.10.1"),
    ),
    b"trak": _children(
        "trak",
        ("tkhd", "1", "8.3.2"),
        ("mdia", "1", "8.4.1"),
        ("tref", "?", "8.3.3"),
        ("trgr", "?", "8.3.4"),
        ("edts", "?", "8.6.5"),
        ("meta", "?", "8.11.1"),
        ("udta", "?", "8.10.1"),
    ),
    b"edts": _children("edts", ("elst", "?", "8.6.6")),
    b"mdia": _children(
        "mdia",
        ("mdhd", "1", "8.4.2"),
        ("hdlr", "1", "8.4.3"),
        ("elng", "?", "8.4.6"),
        ("minf", "1", "8.4.4"),
    ),
    b"minf": _children("minf", ("dinf", "1", "8.7.1"), ("stbl", "1", "8.5.1")),
    b"dinf": _children("dinf", ("dref", "1", "8.7.2")),
    b"stbl": _children(
        "stbl",
        ("stsd", "1", "8.5.2"),
        ("stts", "1", "8.6.1.2"),
        ("stsc", "1", "8.7.4"),
        ("stsz|stz2", "1", "8.7.3"),
        ("stco|co64", "1", "8.7.5"),
        ("ctts", "?", "8.6.1.3"),
        ("cslg", "?", "8.6.1.4"),
        ("stss", "?", "8.6.2"),
        ("stsh", "?", "8.6.3"),
        ("sdtp", "?", "8.6.4"),
        ("stdp", "?", "8.5.3"),
        ("padb", "?", "8.7.6"),
    ),
    b"mvex": _children("mvex", ("mehd", "?", "8.8.2"), ("leva", "?", "8.8.13")),
    b"moof": _children(
        "moof", ("mfhd", "1", "8.8.5"), ("meta", "?", "8.11.1"), ("udta", "?", "8.10.1")
    ),
    b"traf": _children(
        "traf",
        ("tfhd", "1", "8.8.7"),
        ("tfdt", "?", "8.8.12"),
        ("sdtp", "?", "8.6.4"),
        ("meta", "?", "8.11.1"),
        ("udta", "?", "8.10.1"),
    ),
    b"meta": _children(
        "meta",
        ("hdlr", "1", "8.11.1"),
        ("pitm", "?", "8.11.4"),
        ("iloc", "?", "8.11.3"),
        ("iinf", "?", "8.11.6"),
        ("iprp", "?", "8.11.14"),
        ("iref", "?", "8.11.12"),
        ("idat", "?", "8.11.11"),
        ("dinf", "?", "8.7.1"),
        ("ipro", "?", "8.11.5"),
        ("xml|bxml", "?", "8.11.2"),
        ("grpl", "?", "8.18.2"),
    ),
    b"iprp": _children("iprp", ("ipco", "1", "8.11.14")),
    b"sinf": _children(
        "sinf", ("frma", "1", "8.12.2"), ("schm", "?", "8.12.5"), ("schi", "?", "8.12.6")
    ),
    b"rinf": _children(
        "rinf", ("frma", "1", "8.12.2"), ("schm", "1", "8.12.5"), ("schi", "?", "8.12.6")
    ),
    b"mfra": _children("mfra", ("mfro", "1", "8.8.11")),
}
"""What may be in containers, as far as it is checked."""

_HEADERS = {b"moov": b"mvhd", b"trak": b"tkhd", b"moof": b"mfhd", b"traf": b"tfhd"}

_READ = frozenset(
    b"mvhd tkhd tref elst mdhd hdlr dref stsd stts ctts cslg stsc stsz stz2 stco co64 stss stsh "
    b"sdtp stdp padb sbgp sgpd csgp subs saiz saio mehd trex leva mfhd tfhd tfdt trun tfra mfro "
    b"vmhd smhd nmhd sthd hmhd elng pitm iloc iinf ipma iref frma schm".split()
)
"""Boxes of which the contents are looked at."""

_INSIDE = {
    b"moov": (b"trak", b"mvex"),
    b"trak": (b"edts", b"mdia"),
    b"mdia": (b"minf",),
    b"minf": (b"dinf", b"stbl"),
    b"moof": (b"traf",),
    b"meta": (b"iprp", b"dinf"),
}
"""The containers in a container that are checked too."""


def check_structure(file: CheckedFile, box: Node) -> None:
    """Check the boxes in a container, and in those that are in it."""
    children = box.children()
    counts = Counter(child.type for child in children)
    _check_filled(file, box, children)
    if children or box.type != b"stbl":  # of a track without samples it may be empty (8.5.1)
        _check_counts(file, box, counts)
    header = _HEADERS.get(box.type)
    if header is not None and counts[header] and children[0].type != header:
        file.findings.add(
            HEADER_FIRST, f"{show_code(header)} comes behind {show_code(children[0].type)}", box
        )
    inside = _INSIDE.get(box.type, ())
    for code in counts:
        if code in inside:
            for child in box.children(code):
                check_structure(file, child)
        elif code in _READ:
            for child in box.children(code):
                check_content(file, child)


def _check_filled(file: CheckedFile, box: Node, children: list[Node]) -> None:
    start = children[-1].header.end if children else box.header.body_offset
    if not children and box.type == b"meta" and box.has("version"):
        start += 4  # a FullBox, but for QuickTime
    if start != box.header.end:
        file.findings.add(
            BOX_FILLED, f"{box.header.end - start} bytes at its end are no box", box, offset=start
        )


def _check_counts(file: CheckedFile, box: Node, counts: Counter[bytes]) -> None:
    for row in CONTAINERS[box.type]:
        found = sum(counts[code] for code in row.names)
        shown = " or ".join(map(show_code, row.names))
        if not found and row.missing is not None:
            file.findings.add(row.missing, f"there is no {shown}", box)
        elif found > 1 and row.repeated is not None:
            file.findings.add(row.repeated, f"there are {found} boxes {shown}", box)


def check_content(file: CheckedFile, box: Node) -> None:
    """Check that a box could be parsed, and its fields."""
    try:
        raw, fault, trailing = box.is_raw, box.fault, len(box.trailing)
    except NNRError as problem:
        file.findings.add_error(BOX_CONTENT, problem)
        return
    if raw:
        file.findings.add(BOX_CONTENT, fault, box)
        return
    if trailing:
        file.findings.add(BOX_TRAILING, f"{trailing} bytes follow the last field", box)
    check_fields(file, box)
