"""Rules about the sample tables (ISO/IEC 14496-12, 8.5 to 8.7)."""

from __future__ import annotations

from collections.abc import Sequence

from ...boxes.node import Node
from ...errors import NNRError
from ...movie.sample_table import chunk_samples, total_size
from .checked_file import CheckedFile, CheckedTrack, intact
from .readable import add_unreadable
from .rules import ISOBMFF, Rule, error, warning

STTS_COUNT = error(
    "stts-count", ISOBMFF + "8.6.1.2", "`stts` counts as many samples as the table of sizes."
)
STTS_ZERO = error("stts-zero", ISOBMFF + "8.6.1.1", "No sample but the last has a duration of 0.")
CTTS_COUNT = error(
    "ctts-count", ISOBMFF + "8.6.1.3", "`ctts` counts as many samples as the table of sizes."
)
CTTS_NEEDLESS = warning(
    "ctts-needless", ISOBMFF + "8.6.1.1", "There is no `ctts` whose offsets are all 0."
)
CTTS_NEGATIVE = warning(
    "ctts-negative",
    ISOBMFF + "8.6.1.3",
    "A negative offset needs version 1 of `ctts`; in version 0 it is a very large one.",
)
CSLG_OFFSETS = error(
    "cslg-offsets",
    ISOBMFF + "8.6.1.4",
    "`cslg` tells the smallest and the largest offset in `ctts`, and a shift that makes none "
    "negative.",
)
STSC_FIRST = error("stsc-first", ISOBMFF + "8.7.4.3", "`stsc` begins with chunk 1.")
STSC_ORDER = error("stsc-order", ISOBMFF + "8.7.4.3", "`first_chunk` increases from row to row.")
STSC_EMPTY_CHUNK = error("stsc-empty-chunk", ISOBMFF + "8.7.4.3", "A chunk holds a sample.")
STSC_CHUNKS = error(
    "stsc-chunks", ISOBMFF + "8.7.4", "`stsc` names no chunk that the table of offsets lacks."
)
STSC_COUNT = error(
    "stsc-count", ISOBMFF + "8.7.4", "The chunks hold as many samples as the table of sizes."
)
SAMPLE_DESCRIPTION = error(
    "sample-description",
    ISOBMFF + "8.7.4.3, 8.8.7",
    "A `sample_description_index` names an entry of `stsd`.",
)
SAMPLE_OUTSIDE = error(
    "sample-outside-media-data",
    ISOBMFF + "8.1.1, 8.7.5",
    "Samples lie in the file, each chunk in one box of media data.",
)
SAMPLE_TABLES = error(
    "sample-tables", ISOBMFF + "8.7", "Sample tables can be read, and agree with each other."
)
STSS_ORDER = error(
    "stss-order", ISOBMFF + "8.6.2.3", "The sample numbers of `stss` increase strictly, from 1 on."
)
STSS_RANGE = error("stss-range", ISOBMFF + "8.6.2.3", "`stss` names no sample behind the last.")
STSH_RANGE = error("stsh-range", ISOBMFF + "8.6.3", "The samples that `stsh` names are there.")
STSH_ORDER = error(
    "stsh-order", ISOBMFF + "8.6.3", "`shadowed_sample_number` increases from row to row."
)
SDTP_COUNT = error("sdtp-count", ISOBMFF + "8.6.4", "`sdtp` has as many rows as there are samples.")
STDP_COUNT = error("stdp-count", ISOBMFF + "8.5.3", "`stdp` has as many rows as there are samples.")
PADB_COUNT = error("padb-count", ISOBMFF + "8.7.6", "`padb` has as many rows as there are samples.")


_MAX_SIGNED = 0x7FFFFFFF
_NOT_SHOWN = -0x80000000
"""The offset of a sample that is never shown (8.6.1.1)."""


def check_samples(file: CheckedFile, track: CheckedTrack) -> None:
    """Check the sample table of a track."""
    stbl = track.stbl
    if stbl is None:
        return
    size_box = intact(stbl, b"stsz") or intact(stbl, b"stz2")
    if size_box is not None:
        track.samples = size_box.integer("sample_count")
        _check_times(file, track, stbl)
        _check_sync(file, track, stbl)
        _check_rows(file, track, stbl)
    before = file.findings.errors
    if size_box is not None:
        _check_chunks(file, track, stbl)
    if file.findings.errors == before:
        _check_places(file, track, stbl)


def _check_times(file: CheckedFile, track: CheckedTrack, stbl: Node) -> None:
    stts = intact(stbl, b"stts")
    if stts is not None:
        counts = stts.integers("entries", "sample_count")
        check_count(file, STTS_COUNT, stts, sum(counts), track.samples)
        deltas = stts.integers("entries", "sample_delta")
        last = next((i for i in range(len(counts) - 1, -1, -1) if counts[i]), -1)
        for index, (count, delta) in enumerate(zip(counts, deltas, strict=True)):
            if not delta and count > (index == last):
                file.findings.add(
                    STTS_ZERO,
                    f"{count} sample(s) have the duration 0",
                    stts,
                    sample_number=sum(counts[:index]) + 1,
                )
                break
    ctts = intact(stbl, b"ctts")
    offsets: Sequence[int] = [0]
    if ctts is not None:
        check_count(
            file, CTTS_COUNT, ctts, sum(ctts.integers("entries", "sample_count")), track.samples
        )
        offsets = ctts.integers("entries", "sample_offset")
        if not any(offsets):
            file.findings.add(CTTS_NEEDLESS, "all offsets are 0", ctts)
        if max(offsets, default=0) > _MAX_SIGNED:
            file.findings.add(CTTS_NEGATIVE, f"{max(offsets)} is one", ctts)
    cslg = intact(stbl, b"cslg")
    if cslg is not None and track.samples:
        _check_shift(file, cslg, [offset for offset in offsets if offset != _NOT_SHOWN])


def _check_shift(file: CheckedFile, cslg: Node, offsets: Sequence[int]) -> None:
    least, greatest = min(offsets, default=0), max(offsets, default=0)
    for name, wanted in (
        ("leastDecodeToDisplayDelta", least),
        ("greatestDecodeToDisplayDelta", greatest),
    ):
        told = cslg.integer(name)
        if told != wanted:
            file.findings.add(CSLG_OFFSETS, f"{name} is {told}, that of ctts {wanted}", cslg)
            return
    shift = cslg.integer("compositionToDTSShift")
    if shift + least < 0:
        file.findings.add(CSLG_OFFSETS, f"the shift is {shift}, the smallest offset {least}", cslg)


def check_count(file: CheckedFile, rule: Rule, box: Node, count: int, samples: int) -> None:
    """Check that a table counts as many samples as there are."""
    if count != samples:
        file.findings.add(rule, f"it counts {count} samples, there are {samples}", box)


def _check_sync(file: CheckedFile, track: CheckedTrack, stbl: Node) -> None:
    stss = intact(stbl, b"stss")
    if stss is not None:
        numbers = stss.integers("entries", "sample_number")
        before = 0
        for number in numbers:
            if number <= before:
                file.findings.add(STSS_ORDER, f"sample {number} comes behind sample {before}", stss)
                break
            before = number
        last = max(numbers, default=0)
        if last > track.samples:
            file.findings.add(
                STSS_RANGE, f"it names sample {last}, there are {track.samples}", stss
            )
    stsh = intact(stbl, b"stsh")
    if stsh is not None:
        names = "shadowed_sample_number", "sync_sample_number"
        numbers = [number for name in names for number in stsh.integers("entries", name)]
        wrong = [number for number in numbers if not 1 <= number <= track.samples]
        if wrong:
            file.findings.add(
                STSH_RANGE, f"it names sample {wrong[0]}, there are {track.samples}", stsh
            )
        rows = stsh.integers("entries", names[0])
        place = next((i for i in range(1, len(rows)) if rows[i] <= rows[i - 1]), None)
        if place is not None:
            file.findings.add(
                STSH_ORDER, f"sample {rows[place]} comes behind sample {rows[place - 1]}", stsh
            )


def _check_rows(file: CheckedFile, track: CheckedTrack, stbl: Node) -> None:
    """Check boxes without a count of their own, which have a row for each sample."""
    for code, rule, size in ((b"sdtp", SDTP_COUNT, 1), (b"stdp", STDP_COUNT, 2)):
        box = intact(stbl, code)
        if box is not None:
            check_count(file, rule, box, (box.header.body.size - 4) // size, track.samples)
    padb = intact(stbl, b"padb")
    if padb is not None:
        check_count(file, PADB_COUNT, padb, padb.integer("sample_count"), track.samples)


def _check_chunks(file: CheckedFile, track: CheckedTrack, stbl: Node) -> None:
    """Check `stsc` against the tables of offsets and sizes."""
    stsc = intact(stbl, b"stsc")
    offset_box = intact(stbl, b"stco") or intact(stbl, b"co64")
    if stsc is None or offset_box is None:
        return
    findings = file.findings
    chunks = len(offset_box.integers("entries", "chunk_offset"))
    firsts, per_chunk, descriptions = (
        stsc.integers("entries", name)
        for name in ("first_chunk", "samples_per_chunk", "sample_description_index")
    )
    if (firsts and firsts[0] != 1) or (chunks and not firsts):
        findings.add(STSC_FIRST, f"it begins with chunk {firsts[0] if firsts else None}", stsc)
    place = next((i for i in range(1, len(firsts)) if firsts[i] <= firsts[i - 1]), None)
    if place is not None:
        findings.add(
            STSC_ORDER, f"chunk {firsts[place]} comes behind chunk {firsts[place - 1]}", stsc
        )
    empty = next((i for i, count in enumerate(per_chunk) if not count), None)
    if empty is not None:
        findings.add(STSC_EMPTY_CHUNK, f"chunk {firsts[empty]} holds no samples", stsc)
    last = max(firsts, default=0)
    if last > chunks:
        findings.add(STSC_CHUNKS, f"it names chunk {last}, there are {chunks}", stsc)
    check_descriptions(file, track, stsc, descriptions)
    if place is None and last <= chunks and firsts and firsts[0] == 1:
        ends = [*firsts[1:], chunks + 1]
        count = sum(
            (end - first) * samples
            for first, end, samples in zip(firsts, ends, per_chunk, strict=True)
        )
        if count != track.samples:
            findings.add(
                STSC_COUNT, f"the chunks hold {count} samples, there are {track.samples}", stsc
            )


def check_descriptions(
    file: CheckedFile, track: CheckedTrack, box: Node, descriptions: Sequence[int]
) -> None:
    """Check that 1-based indices of sample entries are possible."""
    wrong = [index for index in descriptions if not 1 <= index <= len(track.entries)]
    if wrong and track.has_descriptions:
        file.findings.add(
            SAMPLE_DESCRIPTION,
            f"it names sample description {wrong[0]}, there are {len(track.entries)}",
            box,
        )


def _check_places(file: CheckedFile, track: CheckedTrack, stbl: Node) -> None:
    """Check where the chunks lie."""
    if not track.self_contained:
        return
    first, wrong = 1, 0
    place: tuple[str, int, int] | None = None
    try:
        for offset, sizes, _ in chunk_samples(stbl, file.most_bytes):
            fault = file.media_fault(offset, total_size(sizes))
            if fault is not None:
                place = place or (f"{len(sizes)} sample(s) {fault}", offset, first)
                wrong += 1
            first += len(sizes)
    except NNRError as problem:
        add_unreadable(file.findings, problem, track.track_id, SAMPLE_TABLES)
    if place is not None:
        more = f"; {wrong - 1} more chunk(s) are wrong" if wrong > 1 else ""
        file.findings.add(
            SAMPLE_OUTSIDE,
            place[0] + more,
            offset=place[1],
            track_id=track.track_id,
            sample_number=place[2],
            box_path=stbl.path,
        )
