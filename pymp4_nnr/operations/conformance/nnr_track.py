"""Rules about NNR tracks as a whole: sample entries, configuration, units in their order."""

from __future__ import annotations

from collections.abc import Iterable

from ...bitstream.indexed_unit import IndexedUnit
from ...bitstream.parsed_unit import ParsedUnit
from ...bitstream.unit import NNRUnitType, Unit
from ...bitstream.unit_header import read_unit_header
from ...bitstream.unit_parser import UnitParser
from ...boxes.definitions.nnr import SAMPLE_POSITIONS_PRESENT, UnitList
from ...boxes.definitions.tensor_index import TENSOR_INDEX
from ...boxes.node import Node
from ...errors import NNRError, TensorIndexError
from ...movie.configuration import CONFIGURATION_BOX
from ...movie.nnr_track import NNR_SAMPLE_ENTRY, UNITS_IN_GROUPS, NNRTrack
from ...movie.unit_groups import SAMPLE_IS_UNITS
from ..stored_index import indexed_units
from .checked_file import CheckedFile, CheckedTrack
from .readable import add_unreadable
from .rules import FORMAT, error, warning

HANDLER = warning("nnr-handler", FORMAT, "The handler of an NNR track is `meta`, or `nnet`.")
CONFIGURATION = error("nnr-configuration", FORMAT, "`nnr1` holds one `nnrC`.")
CONFIGURATION_VERSION = warning(
    "nnr-configuration-version", FORMAT, "`nnrC` has version 0, and no flags that are not known."
)
CONFIGURATION_UNITS = error("nnr-configuration-units", FORMAT, "`nnrC` holds whole NNR units.")
CONFIGURATION_NDU = error("nnr-configuration-ndu", FORMAT, "`nnrC` holds no NNR_NDU.")
POSITION_ORDER = error(
    "nnr-position-order", FORMAT, "`sample_position` does not decrease from unit to unit."
)
POSITION_RANGE = error(
    "nnr-position-range", FORMAT, "No `sample_position` is larger than the number of samples."
)
POSITION_NEEDLESS = warning(
    "nnr-position-needless",
    FORMAT,
    "`sample_position` is stored only where some unit comes after an NNR_NDU.",
)
GROUPS_MISSING = error(
    "nnr-groups-missing",
    FORMAT,
    "Where `nnrC` says that units travel in sample groups, each sample belongs to one.",
)
ROUND_TIMES = warning(
    "nnr-round-times", FORMAT, "A round of training is not older than the one before."
)
INDEX_REPEATED = warning("nnr-index-repeated", FORMAT, "`nnr1` holds one index of tensors at most.")
INDEX_FITS = warning(
    "nnr-index-fits", FORMAT, "The index of tensors was made for the samples that are there."
)
INDEX_TRUE = warning(
    "nnr-index-true", FORMAT, "The index of tensors says what the headers of the samples say."
)
SYNTAX = "ISO/IEC 15938-17, syntax of NNR units"
"""Without the number of a clause, which no public source confirms."""

GROUPS_ANNOUNCED = warning(
    "nnr-groups-announced",
    FORMAT,
    "Where units travel in sample groups, flag 0x000002 of `nnrC` says so.",
)
BITSTREAM = error("nnr-bitstream", SYNTAX, "A bitstream is a sequence of whole NNR units.")
UNIT_SYNTAX = error(
    "nnr-unit-syntax",
    SYNTAX,
    "The syntax elements of a unit can be read, as far as their syntax is known.",
)

_KNOWN_FLAGS = SAMPLE_POSITIONS_PRESENT | UNITS_IN_GROUPS


def check_entries(file: CheckedFile, track: CheckedTrack) -> None:
    """Check the sample entries of an NNR track."""
    findings = file.findings
    if track.handler_type not in ("meta", "nnet", ""):
        findings.add(
            HANDLER, f"the handler is {track.handler_type!r}", track.box, track_id=track.track_id
        )
    for number, entry in enumerate(track.entries):
        if entry.type != NNR_SAMPLE_ENTRY:
            continue
        path = f"{track.box.path}/mdia/minf/stbl/stsd/nnr1"
        path = path if len(track.entries) == 1 else f"{path}[{number}]"
        boxes = entry.children(CONFIGURATION_BOX)
        if len(boxes) != 1:
            findings.add(
                CONFIGURATION, f"there are {len(boxes)}", box_path=path, track_id=track.track_id
            )
        for box in boxes:
            _check_configuration(file, box, f"{path}/nnrC")
        indexes = [
            box for box in entry.children(b"uuid") if box.value("extended_type") == TENSOR_INDEX
        ]
        if len(indexes) > 1:
            findings.add(INDEX_REPEATED, f"there are {len(indexes)}", box_path=path)


def _check_configuration(file: CheckedFile, box: Node, path: str) -> None:
    findings = file.findings
    units = box.value("units")
    if not isinstance(units, UnitList):
        data = box.data("raw") if box.has("raw") else b""
        if data and data[0]:
            findings.add(CONFIGURATION_VERSION, f"it has version {data[0]}", box, box_path=path)
        else:
            findings.add(CONFIGURATION_UNITS, box.fault, box, box_path=path)
        return
    flags = box.integer("flags")
    if flags & ~_KNOWN_FLAGS:
        findings.add(CONFIGURATION_VERSION, f"it has the flags {flags:#08x}", box, box_path=path)
    before = 0
    for index, (position, unit) in enumerate(units.placed):
        offset = units.placed.offset(index)
        if read_unit_header(unit)[1] == NNRUnitType.NNR_NDU:
            findings.add(CONFIGURATION_NDU, "it holds one", box_path=path, offset=offset)
        if position < before:
            findings.add(
                POSITION_ORDER,
                f"{position} comes behind {before}",
                box_path=path,
                offset=offset,
            )
        before = position
    if flags & SAMPLE_POSITIONS_PRESENT and not before:
        findings.add(POSITION_NEEDLESS, "all are 0", box, box_path=path)


def check_network(file: CheckedFile, track: NNRTrack) -> None:
    """Check the bitstream of a track, as a reader of the file reads it."""
    findings = file.findings
    try:
        configured = [units for units in track.configurations if units]
        count = len(track.samples)
        for units in configured:
            if units[-1].position > count:
                findings.add(
                    POSITION_RANGE,
                    f"it is {units[-1].position}, there are {count} samples",
                    box_path=f"{track.box.path}/mdia/minf/stbl/stsd/nnr1/nnrC",
                    offset=units[-1].offset,
                )
                return
        if track.has_units_in_groups and not track.all_grouped:
            findings.add(
                GROUPS_MISSING,
                "some do not: a program that rewrote the file has lost units",
                track_id=track.track_id,
            )
            return
        grouped = any(
            group.description.data or group.description.flags & SAMPLE_IS_UNITS
            for group in track.samples.groups
        )
        if grouped and not track.has_units_in_groups:
            findings.add(GROUPS_ANNOUNCED, "it does not", track_id=track.track_id)
        _check_rounds(file, track)
        _check_units(file, track)
    except NNRError as problem:
        add_unreadable(findings, problem, track.track_id)


def _check_rounds(file: CheckedFile, track: NNRTrack) -> None:
    latest = None
    for each in track.rounds:
        if latest is not None and each.time is not None and each.time < latest:
            file.findings.add(
                ROUND_TIMES,
                f"round {each.number} is older than one before it",
                track_id=track.track_id,
                sample_number=each.samples.start + 1,
            )
        latest = each.time if each.time is not None else latest


def _check_units(file: CheckedFile, track: NNRTrack) -> None:
    """Read all units, in the order of the bitstream, and compare them with the index."""
    table = track.tensor_table
    stored = len(track.sample_entries) == 1 and any(
        box.value("extended_type") == TENSOR_INDEX
        for box in track.sample_entries[0].children(b"uuid")
    )
    if stored and table is None and len(track.samples):
        file.findings.add(
            INDEX_FITS, "it is broken, or was made for other samples", track_id=track.track_id
        )
    file.begin(sum(track.samples.sizes))
    if table is None:
        check_syntax(file, track.units(), track.track_id)
        return
    started = False
    for unit, sample, known in indexed_units(track, table):
        file.advance(unit.size)
        started = started or unit.nnr_unit_type == NNRUnitType.NNR_STR
        if not isinstance(unit, IndexedUnit):
            if isinstance(known, ParsedUnit) and started:
                _check_unit(file, unit, known, track.track_id, sample)
            continue
        try:
            unit.check()
        except TensorIndexError as problem:
            file.findings.add(
                INDEX_TRUE,
                "the sample says something else",
                offset=problem.offset,
                track_id=track.track_id,
                sample_number=sample,
            )


def check_syntax(
    file: CheckedFile, units: Iterable[tuple[Unit, int | None]], track_id: int | None = None
) -> None:
    """Check that the elements of units can be read.

    Units before the first NNR_STR are not judged: it tells which syntax they have.

    Args:
        file: what is checked.
        units: each with its 1-based sample number, or None.
        track_id: of the track that they are in.
    """
    parser = UnitParser()
    started = False
    for unit, sample in units:
        parsed = parser.parse(unit)
        file.advance(unit.size)
        started = started or unit.nnr_unit_type == NNRUnitType.NNR_STR
        if started:
            _check_unit(file, unit, parsed, track_id, sample)


def _check_unit(
    file: CheckedFile, unit: Unit, parsed: ParsedUnit, track_id: int | None, sample: int | None
) -> None:
    if parsed.malformed:
        file.findings.add(
            UNIT_SYNTAX,
            parsed.incomplete or "",
            offset=unit.offset,
            unit_index=unit.index,
            track_id=track_id,
            sample_number=sample,
        )
