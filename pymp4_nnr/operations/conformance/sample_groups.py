"""Rules about groups of samples.

They are those of ISO/IEC 14496-12, 8.9, and those about groups of NNR tracks, in which units
travel.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from ...bitstream.unit import NNRUnitType
from ...bitstream.unit_header import read_unit_header
from ...boxes.node import Node
from ...errors import NNRError
from ...movie.unit_groups import (
    IN_FRAGMENT,
    SAMPLE_IS_UNITS,
    descriptions,
    split_units,
    unit_groups,
)
from .checked_file import CheckedFile, CheckedTrack, all_intact, count_descriptions
from .rules import FORMAT, ISOBMFF, error, warning

SGPD_REPEATED = error(
    "sgpd-repeated", ISOBMFF + "8.9.3", "There is one `sgpd` for a grouping type at most."
)
SGPD_VERSION = warning("sgpd-version", ISOBMFF + "8.9.3", "`sgpd` has version 1 or later.")
SGPD_ENTRY = error(
    "sgpd-entry",
    ISOBMFF + "10",
    "An entry of `sgpd` of a type of this standard (`roll`, `prol`, `rash`, `alst`, `rap `, "
    "`tele`, `sap `, `drap`) has the fields of that type, and no more bytes.",
)
SBGP_REPEATED = error(
    "sbgp-repeated",
    ISOBMFF + "8.9.2",
    "There is one `sbgp` or `csgp` for a grouping type and parameter at most.",
)
SBGP_COUNT = error(
    "sbgp-count", ISOBMFF + "8.9.2.3", "The groups count no more samples than there are."
)
SBGP_INDEX = error(
    "sbgp-index", ISOBMFF + "8.9.2.3, 8.9.4", "The descriptions that groups name are there."
)
UNIT_GROUPS = error(
    "nnr-groups",
    FORMAT,
    "Descriptions of the type `nnru` hold flags, a time, and whole units.",
)
GROUPED_NDU = error("nnr-groups-ndu", FORMAT, "Descriptions of the type `nnru` hold no NNR_NDU.")

ISOBMFF_TYPES = frozenset((b"roll", b"prol", b"rash", b"alst", b"rap ", b"tele", b"sap ", b"drap"))
"""Grouping types of ISO/IEC 14496-12 whose entries all parse, unless they are broken."""


def check_groups(file: CheckedFile, track: CheckedTrack, box: Node, samples: int) -> None:
    """Check the groups in a `stbl` or `traf`.

    Args:
        file: what is checked.
        track: the track.
        box: the `stbl` or `traf`.
        samples: how many there are in it.
    """
    types = {child.type for child in box.children()}
    if types & {b"sgpd", b"sbgp", b"csgp"}:
        _check_descriptions(file, box)
        _check_mapped(file, track, box, samples)
        if track.is_nnr:
            _check_units(file, box)


def _check_descriptions(file: CheckedFile, box: Node) -> None:
    seen = set()
    for sgpd in all_intact(box, b"sgpd"):
        kind = sgpd.data("grouping_type")
        if kind in seen:
            file.findings.add(SGPD_REPEATED, f"there is another one for {_shown(kind)}", sgpd)
        seen.add(kind)
        if not sgpd.integer("version"):
            file.findings.add(SGPD_VERSION, "it has version 0, which is deprecated", sgpd)
        if kind in ISOBMFF_TYPES:
            _check_entries(file, sgpd, kind)


def _check_entries(file: CheckedFile, sgpd: Node, kind: bytes) -> None:
    """Entries that are none of their type are kept as bytes."""
    for number, entry in enumerate(sgpd.each("entries"), 1):
        data = entry.value("description")
        if isinstance(data, bytes):
            what = f"description {number}, of {len(data)} bytes, is none of {_shown(kind)}"
            file.findings.add(SGPD_ENTRY, what, sgpd)


def _check_mapped(file: CheckedFile, track: CheckedTrack, box: Node, samples: int) -> None:
    own, outer = count_descriptions(box), track.described
    seen = set()
    for code in (b"sbgp", b"csgp"):
        for groups in all_intact(box, code):
            kind = groups.data("grouping_type")
            key = kind, groups.integer_or("grouping_type_parameter", 0)
            if key in seen:
                file.findings.add(SBGP_REPEATED, f"there is another one for {_shown(kind)}", groups)
            seen.add(key)
            count, indices = _mapped(groups)
            if count > samples:
                file.findings.add(
                    SBGP_COUNT, f"it counts {count} samples, there are {samples}", groups
                )
            _check_indices(file, track, box, groups, indices, own[kind], outer[kind])


def _check_indices(
    file: CheckedFile,
    track: CheckedTrack,
    box: Node,
    groups: Node,
    indices: Iterable[int],
    own: int,
    outer: int,
) -> None:
    """Check 1-based indices of descriptions.

    In a fragment, those of its own descriptions count from 0x10001 on in `sbgp`, and have the
    highest bit set in `csgp`.
    """
    in_fragment = box is not track.stbl
    mark = IN_FRAGMENT
    if groups.type == b"csgp":
        mark = 1 << (3, 7, 15, 31)[groups.integer("flags") & 3]
    for index in indices:
        number, known = index, outer if in_fragment else own
        is_own = index & mark if groups.type == b"csgp" else index > mark
        if in_fragment and is_own:
            number, known = index - mark, own
        if number > known:
            file.findings.add(
                SBGP_INDEX, f"it names description {number}, there are {known}", groups
            )
            return


def _mapped(groups: Node) -> tuple[int, Sequence[int]]:
    """How many samples a `sbgp` or `csgp` counts, and the descriptions that it names."""
    if groups.type == b"sbgp":
        counts = groups.integers("entries", "sample_count")
        return sum(counts), groups.integers("entries", "group_description_index")
    count, indices = 0, array("L")
    for row in groups.each("patterns"):
        count += row.integer("sample_count")
        indices.extend(row.integers("sample_group_description_index"))
    return count, indices


def _shown(kind: bytes) -> str:
    return kind.decode("latin-1")


# --- units in groups --------------------------------------------------------------------------


def _check_units(file: CheckedFile, box: Node) -> None:
    """Check the units in descriptions of an NNR track."""
    try:
        for description in descriptions(box):
            for unit in split_units(description.data, description.offset):
                if read_unit_header(unit.data)[1] == NNRUnitType.NNR_NDU:
                    file.findings.add(
                        GROUPED_NDU, "there is an NNR_NDU in it", box, offset=unit.offset
                    )
    except NNRError as problem:
        file.findings.add_error(UNIT_GROUPS, problem)


def carriers_of(track: CheckedTrack, box: Node, samples: int) -> frozenset[int]:
    """0-based indices of samples in a `stbl` or `traf` that are units, and no NNR_NDU.

    None of them where the groups are broken: that is found by the rules about groups.
    """
    found: set[int] = set()
    try:
        outer = None if box is track.stbl else track.unit_descriptions
        for first, count, description in unit_groups(box, samples, outer):
            if description.flags & SAMPLE_IS_UNITS:
                found.update(range(first, first + count))
    except NNRError:
        return frozenset()
    return frozenset(found)
