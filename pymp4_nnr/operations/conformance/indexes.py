"""Rules about indexes of movie fragments: `sidx`, `ssix`, `mfra`.

They are those of ISO/IEC 14496-12, 8.8.9 to 8.8.11, 8.16.3 and 8.16.4.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from ...boxes.header import BoxHeader
from ...boxes.node import Node
from .checked_file import CheckedFile, CheckedTrack, all_intact, intact
from .fragments import CheckedFragment
from .movie import TIMESCALE
from .rules import ISOBMFF, error, warning
from .structure import check_content, check_structure
from .top_level import parsed

SIDX_TRACK = error("sidx-track", ISOBMFF + "8.16.3.3", "The track of a `sidx` is there.")
SIDX_RANGE = error(
    "sidx-range",
    ISOBMFF + "8.16.3.3",
    "What a `sidx` refers to lies in the file, and is whole boxes.",
)
SIDX_TYPE = error(
    "sidx-type",
    ISOBMFF + "8.16.3.3",
    "A reference of type 1 is to a `sidx`, one of type 0 to movie fragments.",
)
SIDX_TIME = warning(
    "sidx-time",
    ISOBMFF + "8.16.3.3",
    "`earliest_presentation_time` is that of the fragments that a `sidx` begins with.",
)
SIDX_DURATION = warning(
    "sidx-duration",
    ISOBMFF + "8.16.3.3",
    "`subsegment_duration` is that of the fragments referred to.",
)
SIDX_SAP = error(
    "sidx-sap",
    ISOBMFF + "8.16.3.3",
    "What is said to start with a stream access point of type 1 or 2 starts with a sync sample.",
)
SSIX_COUNT = error(
    "ssix-count",
    ISOBMFF + "8.16.4",
    "`ssix` comes behind a `sidx`, and has as many subsegments as that.",
)
SSIX_RANGES = error(
    "ssix-ranges",
    ISOBMFF + "8.16.4",
    "A subsegment has two ranges or more, which are all of its bytes.",
)
SIDX_CHILD = error(
    "sidx-child",
    ISOBMFF + "8.16.3.3",
    "A `sidx` that another refers to is of the same track, and lasts as long as that says.",
)
TFRA_TRACK = error("tfra-track", ISOBMFF + "8.8.10", "The track of a `tfra` is there.")
TFRA_REPEATED = error("tfra-repeated", ISOBMFF + "8.8.10", "`mfra` has one `tfra` for a track.")
TFRA_ORDER = warning(
    "tfra-order", ISOBMFF + "8.8.10", "The times in a `tfra` increase from entry to entry."
)
TFRA_OFFSET = error(
    "tfra-offset", ISOBMFF + "8.8.10.3", "An entry of `tfra` has the offset of a `moof`."
)
TFRA_NUMBER = error(
    "tfra-number",
    ISOBMFF + "8.8.10.3",
    "The `traf`, `trun` and sample that an entry of `tfra` names are there.",
)
TFRA_TIME = warning(
    "tfra-time",
    ISOBMFF + "8.8.10.3",
    "The time in an entry of `tfra` is that of the sample that it names.",
)
TFRA_SYNC = error("tfra-sync", ISOBMFF + "8.8.10", "The samples in a `tfra` are sync samples.")
MFRO_LAST = error("mfro-last", ISOBMFF + "8.8.11", "`mfro` is the last box in `mfra`.")
MFRO_SIZE = error(
    "mfro-size", ISOBMFF + "8.8.11", "The size in `mfro` is that of the `mfra` that it is in."
)

VISITS = 64
"""How often each fragment is compared with an index: as often as there are tracks with one."""

_WITH_SYNC = (1, 2)
"""Types of stream access points that are sync samples (Annex I)."""


class _Reference(NamedTuple):
    """An entry of a `sidx`.

    Attributes:
        is_index: whether it refers to another `sidx`.
        start, end: bytes of what it refers to.
        duration: in ticks of the `sidx`.
        is_sync: whether it is said to start with a sync sample.
    """

    is_index: bool
    start: int
    end: int
    duration: int
    is_sync: bool


class IndexChecker:
    """Checks the indexes of a file against its fragments.

    Args:
        file: what is checked.
        found: what is known of the fragments, by the offset of the `moof`.
    """

    def __init__(self, file: CheckedFile, found: dict[int, list[CheckedFragment]]) -> None:
        self._file = file
        self._found = found
        self._moofs = sorted(found)
        self._visits_left = VISITS * len(self._moofs)
        self._durations: dict[int, int] = {}
        self._borders = {header.offset: header for header in file.boxes}

    def check(self) -> None:
        """Check all indexes."""
        number = 0
        references: list[int] | None = None
        indexes: dict[int, Node] = {}
        for header in self._file.boxes:
            before, references = references, None
            if header.type == b"sidx":
                sidx = self._read(header, f"sidx[{number}]")
                number += 1
                if sidx is not None:
                    indexes[header.offset] = sidx
                    references = [row.integer("referenced_size") for row in sidx.rows("references")]
                    self._check_segments(sidx)
            elif header.type == b"ssix":
                ssix = self._read(header, "ssix")
                if ssix is not None:
                    self._check_subsegments(ssix, before)
            elif header.type == b"mfra":
                self._check_random_access(header)
        for sidx in indexes.values():
            self._check_children(sidx, indexes)

    def _read(self, header: BoxHeader, path: str) -> Node | None:
        box = parsed(self._file, header, path)
        check_content(self._file, box)
        return None if box.is_raw else box

    # --- sidx

    def _check_segments(self, sidx: Node) -> None:
        findings = self._file.findings
        track = self._file.track(sidx.integer("reference_ID"))
        if track is None and self._file.moov is not None:
            findings.add(SIDX_TRACK, f"there is no track {sidx.integer('reference_ID')}", sidx)
        timescale = sidx.integer("timescale")
        if not timescale:
            findings.add(TIMESCALE, "the timescale is 0", sidx)
        time = Fraction(sidx.integer("earliest_presentation_time"))
        for number, reference in enumerate(_references(sidx), 1):
            if not self._check_reference(sidx, number, reference):
                return
            if track is not None and timescale and track.timescale and not reference.is_index:
                self._check_timing(sidx, number, reference, track, time)
            time += reference.duration

    def _check_children(self, sidx: Node, indexes: dict[int, Node]) -> None:
        """Check the indexes that an index refers to."""
        for number, reference in enumerate(_references(sidx), 1):
            child = indexes.get(reference.start) if reference.is_index else None
            if child is None:
                continue
            fault = None
            if child.integer("reference_ID") != sidx.integer("reference_ID"):
                fault = f"is of track {child.integer('reference_ID')}"
            ticks, own = child.integer("timescale"), sidx.integer("timescale")
            if fault is None and ticks and own:
                lasts = Fraction(self._lasts(child) * own, ticks)
                if abs(lasts - reference.duration) > 1:
                    fault = f"lasts {round(lasts)}, and not {reference.duration}"
            if fault is not None:
                self._file.findings.add(SIDX_CHILD, f"that of reference {number} {fault}", sidx)
                return

    def _lasts(self, sidx: Node) -> int:
        """The sum of the durations in a `sidx`, in its ticks."""
        place = sidx.header.offset
        if place not in self._durations:
            self._durations[place] = sum(one.duration for one in _references(sidx))
        return self._durations[place]

    def _check_subsegments(self, ssix: Node, sizes: list[int] | None) -> None:
        """Check a `ssix` against the sizes in the `sidx` before it."""
        findings = self._file.findings
        count = ssix.count("subsegments")
        if sizes is None or count != len(sizes):
            before = "is missing" if sizes is None else f"has {len(sizes)}"
            findings.add(SSIX_COUNT, f"it has {count} subsegments, the sidx before {before}", ssix)
            return
        for number, (row, size) in enumerate(zip(ssix.each("subsegments"), sizes, strict=True), 1):
            ranges = row.integers("ranges", "range_size")
            if len(ranges) < 2 or sum(ranges) != size:
                findings.add(
                    SSIX_RANGES,
                    f"subsegment {number} has {len(ranges)} ranges of {sum(ranges)} bytes, "
                    f"the sidx says {size}",
                    ssix,
                )
                return

    def _check_reference(self, sidx: Node, number: int, reference: _Reference) -> bool:
        """Check what an entry refers to; return whether it is whole boxes of the file."""
        findings = self._file.findings
        first = self._borders.get(reference.start)
        ends = reference.end == self._file.source.size or reference.end in self._borders
        if first is None or not ends:
            findings.add(
                SIDX_RANGE,
                f"reference {number} is from {reference.start} to {reference.end}: "
                + (
                    "behind the end of the file"
                    if reference.end > self._file.source.size
                    else "no whole boxes"
                ),
                sidx,
            )
            return False
        has_fragment = bisect_left(self._moofs, reference.start) < bisect_left(
            self._moofs, reference.end
        )
        if reference.is_index and first.type != b"sidx":
            findings.add(SIDX_TYPE, f"reference {number} is to no sidx", sidx)
        elif not reference.is_index and not has_fragment:
            findings.add(SIDX_TYPE, f"reference {number} is to no movie fragment", sidx)
        return True

    def _check_timing(
        self, sidx: Node, number: int, reference: _Reference, track: CheckedTrack, time: Fraction
    ) -> None:
        parts = [part for part in self._between(reference) if part.track_id == track.track_id]
        shown = [part.shown for part in parts if part.shown is not None]
        if not shown:
            return
        findings = self._file.findings
        ticks = Fraction(sidx.integer("timescale"), track.timescale)
        if number == 1 and not self._fits(min(shown), track, time, ticks):
            findings.add(SIDX_TIME, f"it is {time}, that of the fragments {min(shown)}", sidx)
        lasts = sum(part.duration for part in parts) * ticks
        if abs(lasts - reference.duration) > max(Fraction(1), ticks):
            findings.add(
                SIDX_DURATION,
                f"that of reference {number} is {reference.duration}, the fragments last "
                f"{round(lasts)}",
                sidx,
            )
        first = next(part for part in parts if part.shown is not None)
        if reference.is_sync and first.first_sync is False:
            findings.add(SIDX_SAP, f"reference {number} does not", sidx)

    def _fits(self, shown: int, track: CheckedTrack, time: Fraction, ticks: Fraction) -> bool:
        """Whether a time is that of a sample, on the line of the media or of the movie."""
        timescale = self._file.timescale
        delay = Fraction(track.delay * track.timescale, timescale) if timescale else Fraction(0)
        times = (Fraction(shown), shown - track.media_time + delay)
        return any(abs(one * ticks - time) <= max(Fraction(1), ticks) for one in times)

    def _between(self, reference: _Reference) -> Iterator[CheckedFragment]:
        first = bisect_left(self._moofs, reference.start)
        last = bisect_left(self._moofs, reference.end)
        self._visits_left -= last - first
        if self._visits_left < 0:
            return  # many indexes of the same fragments
        for offset in self._moofs[first:last]:
            yield from self._found[offset]

    # --- mfra

    def _check_random_access(self, header: BoxHeader) -> None:
        findings = self._file.findings
        mfra = self._read(header, "mfra")
        if mfra is None:
            return
        check_structure(self._file, mfra)
        children = mfra.children()
        mfro = intact(mfra, b"mfro")
        if mfro is not None:
            if children[-1].type != b"mfro":
                findings.add(MFRO_LAST, "another box follows", mfro)
            told = mfro.integer("parent_size")
            if told != header.size:
                findings.add(MFRO_SIZE, f"it is {told}, mfra has {header.size} bytes", mfro)
        seen = set()
        start = self._file.file_start(header.offset)
        for tfra in all_intact(mfra, b"tfra"):
            number = tfra.integer("track_ID")
            if number in seen:
                findings.add(TFRA_REPEATED, f"there is another one for track {number}", tfra)
            elif self._file.track(number) is None:
                findings.add(TFRA_TRACK, f"there is no track {number}", tfra)
            else:
                self._check_points(tfra, number, start)
            seen.add(number)

    def _check_points(self, tfra: Node, track_id: int, start: int) -> None:
        """Check the entries of a `tfra`, up to the first that is wrong."""
        findings = self._file.findings
        columns: list[Sequence[int]] = [
            tfra.integers("entries", name)
            for name in ("time", "moof_offset", "traf_number", "trun_number", "sample_delta")
        ]
        times = columns[0]
        early = next((i for i in range(1, len(times)) if times[i] < times[i - 1]), None)
        if early is not None:
            findings.add(TFRA_ORDER, f"{times[early]} comes behind {times[early - 1]}", tfra)
        for time, offset, traf, trun, sample in zip(*columns, strict=True):
            parts = self._found.get(start + offset)
            if parts is None:
                findings.add(TFRA_OFFSET, f"there is no moof at {offset}", tfra)
                return
            part = parts[traf - 1] if 0 < traf <= len(parts) else None
            if (
                part is None
                or part.track_id != track_id
                or not 0 < trun <= len(part.runs)
                or not 0 < sample <= part.runs[trun - 1]
            ):
                findings.add(
                    TFRA_NUMBER,
                    f"sample {sample} of trun {trun} of traf {traf} at {offset} is not there",
                    tfra,
                )
                return
            if (trun, sample) != (1, 1):
                continue  # only of the first sample is it known when it is shown
            if part.first_sync is False:
                findings.add(TFRA_SYNC, f"the sample of the time {time} is none", tfra)
                return
            if time not in (part.first_shown, part.decode_time):
                findings.add(
                    TFRA_TIME, f"it is {time}, that of the sample {part.first_shown}", tfra
                )
                return


def _references(sidx: Node) -> Iterator[_Reference]:
    """The entries of a `sidx`; offsets count from its end (8.16.3.1)."""
    start = sidx.header.end + sidx.integer("first_offset")
    for row in sidx.rows("references"):
        end = start + row.integer("referenced_size")
        yield _Reference(
            row.value("reference_type") == "INDEX",
            start,
            end,
            row.integer("segment_duration"),
            bool(row.value("starts_with_SAP")) and row.integer("SAP_type") in _WITH_SYNC,
        )
        start = end
