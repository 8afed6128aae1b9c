"""Rules about the boxes of the file itself: their sizes, brands, what must be there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ...boxes.header import BoxHeader, show_code, walk_boxes
from ...boxes.node import Node, parse_node
from ...boxes.scan import scan_node
from ...errors import NNRError
from ...io.ranges import read_exactly
from ...io.source import Source
from .checked_file import CheckedFile
from .rules import ISOBMFF, error, warning
from .structure import check_structure

BOX_SIZE = error(
    "box-size",
    ISOBMFF + "4.2",
    "Boxes follow each other to the end of the file, each with a size that is possible.",
)
FTYP_MISSING = warning("ftyp-missing", ISOBMFF + "4.3", "The file has `ftyp`.")
FTYP_REPEATED = error("ftyp-repeated", ISOBMFF + "4.3", "The file has one `ftyp` at most.")
FTYP_LATE = warning(
    "ftyp-late", ISOBMFF + "4.3", "`ftyp` comes before `moov`, media data and free space."
)
MAJOR_BRAND = warning(
    "major-brand", ISOBMFF + "4.3, 8.16.2", "The major brand is among the compatible brands."
)
MOOV_MISSING = error("moov-missing", ISOBMFF + "8.2.1", "The file has `moov`.")
MOOV_REPEATED = error("moov-repeated", ISOBMFF + "8.2.1", "The file has one `moov`.")
META_REPEATED = error("meta-repeated", ISOBMFF + "8.11.1", "The file has one `meta` at most.")
MFRA_REPEATED = error("mfra-repeated", ISOBMFF + "8.8.9", "The file has one `mfra` at most.")
PDIN_REPEATED = error("pdin-repeated", ISOBMFF + "8.1.3", "The file has one `pdin` at most.")
MFRA_LAST = warning(
    "mfra-last", ISOBMFF + "8.8.9", "`mfra` is the last box of the file, where readers look for it."
)
_VARIABLE = frozenset(b"moov moof mdat free skip meta mfra".split())


def read_top_level(file: CheckedFile, parts: Sequence[Source]) -> None:
    """Read and check the top-level boxes, and read `moov`.

    Args:
        file: what is checked.
        parts: the files.
    """
    boxes: list[BoxHeader] = []
    for start, part in zip(file.starts, parts, strict=True):
        try:
            for header in walk_boxes(part):
                boxes.append(header._replace(offset=header.offset + start))
        except NNRError as problem:
            offset = (problem.offset or 0) + start
            file.findings.add(BOX_SIZE, problem.reason, box_path=problem.box_path, offset=offset)
    file.set_boxes(boxes)
    _check_file_type(file)
    counts = Counter(header.type for header in boxes)
    _check_repeated(file, counts)
    moov = next((header for header in boxes if header.type == b"moov"), None)
    if moov is None:
        if not (counts[b"meta"] and not counts[b"moof"]):
            segment = counts[b"moof"] or counts[b"styp"]
            more = ": a media segment is checked behind its initialization segment"
            file.findings.add(MOOV_MISSING, "there is no moov" + (more if segment else ""))
        return
    file.moov = scan_node(read_exactly(file.source, *moov.range), moov)
    check_structure(file, file.moov)


def _check_file_type(file: CheckedFile) -> None:
    place = next((i for i, header in enumerate(file.boxes) if header.type == b"ftyp"), None)
    if place is None:
        file.findings.add(FTYP_MISSING, "there is no ftyp")
        return
    ftyp = parsed(file, file.boxes[place])
    before = next((box for box in file.boxes[:place] if box.type in _VARIABLE), None)
    if before is not None:
        file.findings.add(FTYP_LATE, f"ftyp comes behind {show_code(before.type)}", ftyp)
    file.brands = check_brands(file, ftyp)


def check_brands(file: CheckedFile, box: Node) -> frozenset[bytes]:
    """Check a `ftyp` or `styp`, and return all its brands."""
    if not box.has("compatible_brands"):
        return frozenset()
    brands, major = box.codes("compatible_brands"), box.data("major_brand")
    if major not in brands:
        file.findings.add(
            MAJOR_BRAND, f"{show_code(major)!r} is not among the compatible brands", box
        )
    return frozenset((major, *brands))


def _check_repeated(file: CheckedFile, counts: Counter[bytes]) -> None:
    for code, rule in (
        (b"ftyp", FTYP_REPEATED),
        (b"moov", MOOV_REPEATED),
        (b"meta", META_REPEATED),
        (b"mfra", MFRA_REPEATED),
        (b"pdin", PDIN_REPEATED),
    ):
        if counts[code] > 1:
            second = [header for header in file.boxes if header.type == code][1]
            name = show_code(code)
            file.findings.add(
                rule,
                f"there are {counts[code]} boxes {name}",
                box_path=f"{name}[1]",
                offset=second.offset,
            )
    for header in file.boxes[:-1]:
        if header.type == b"mfra" and header.end < file.source.size:
            file.findings.add(
                MFRA_LAST, "other boxes follow", box_path="mfra", offset=header.offset
            )


def parsed(file: CheckedFile, header: BoxHeader, path: str | None = None) -> Node:
    """A top-level box, parsed whole."""
    data = read_exactly(file.source, *header.range)
    return parse_node(data, header.offset, path or show_code(header.type))
