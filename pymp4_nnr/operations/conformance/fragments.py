"""Rules about movie fragments (ISO/IEC 14496-12, 8.8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from ...boxes.header import BoxHeader
from ...boxes.node import Node
from ...boxes.scan import scan_node
from ...errors import NNRError
from ...io.ranges import read_exactly
from ...movie.brands import allow_base_is_moof
from ...movie.fragment import Defaults, TrackFragment
from ...movie.fragment_reader import FragmentReader
from ...movie.sample_table import EqualSizes, total_size
from .auxiliary import check_auxiliary
from .checked_file import CheckedFile, CheckedTrack, all_intact, intact
from .items import check_fragment_items
from .levels import check_levels
from .nnr_samples import Carriers, SampleChecker
from .readable import add_unreadable
from .rules import ISOBMFF, Rule, error, warning
from .sample_groups import carriers_of, check_groups
from .samples import SAMPLE_OUTSIDE, SDTP_COUNT, check_count, check_descriptions
from .structure import check_structure

TREX_MISSING = error(
    "trex-missing", ISOBMFF + "8.8.3", "`mvex` has a `trex` for each track of the movie."
)
TREX_REPEATED = error("trex-repeated", ISOBMFF + "8.8.3", "`mvex` has one `trex` for a track.")
TREX_TRACK = error("trex-track", ISOBMFF + "8.8.3", "The track of a `trex` is there.")
MVEX_MISSING = error(
    "mvex-missing", ISOBMFF + "8.8.1", "A movie with fragments has `mvex` to announce them."
)
MEHD_DURATION = warning(
    "mehd-duration",
    ISOBMFF + "8.8.2",
    "`mehd` tells how long the movie lasts with its fragments.",
)
SEQUENCE_NUMBER = warning(
    "sequence-number",
    ISOBMFF + "8.8.5",
    "The `sequence_number` of movie fragments increases, in the order of the file.",
)
TFHD_TRACK = error("tfhd-track", ISOBMFF + "8.8.7", "The track of a track fragment is there.")
EMPTY_WITH_RUNS = error(
    "duration-is-empty",
    ISOBMFF + "8.8.7.1",
    "A track fragment with the flag `duration-is-empty` has no `trun`.",
)
EMPTY_WITH_EDITS = error(
    "empty-with-edits",
    ISOBMFF + "8.8.7.1",
    "A track with an edit list has no track fragment with the flag `duration-is-empty`.",
)
BASE_BRAND = warning(
    "default-base-brand",
    ISOBMFF + "8.8.7.1",
    "The flag `default-base-is-moof` needs the brand `iso5` or a later one.",
)
TFDT_PLACE = error("tfdt-place", ISOBMFF + "8.8.12.1", "`tfdt` comes before the first `trun`.")
TFDT_DECREASES = error(
    "tfdt-decreases",
    ISOBMFF + "8.8.12",
    "`baseMediaDecodeTime` does not decrease from fragment to fragment of a track.",
)
TFDT_OVERLAP = warning(
    "tfdt-overlap",
    ISOBMFF + "8.8.12",
    "`baseMediaDecodeTime` is not less than the durations of all samples before.",
)
TRUN_FLAGS = error(
    "trun-flags",
    ISOBMFF + "8.8.8.1",
    "A `trun` with flags for each sample has none for the first sample besides.",
)
FRAGMENT = error(
    "fragment", ISOBMFF + "8.8", "The boxes of a movie fragment can be read, and agree."
)


@dataclass(frozen=True, slots=True)
class CheckedFragment:
    """What indexes of fragments are compared with, of one track in one `moof`.

    Attributes:
        track_id: of the track.
        decode_time: of the first sample, in ticks of the media.
        shown: composition time of the sample that is shown first; None without samples.
        duration: of all samples.
        first_shown: composition time of the first sample; None without samples.
        first_sync: whether the first sample is a sync sample; None without samples.
        runs: number of samples of each `trun`.
    """

    track_id: int
    decode_time: int
    shown: int | None
    duration: int
    first_shown: int | None
    first_sync: bool | None
    runs: tuple[int, ...]


class FragmentChecker:
    """Checks the fragments of a file, one after the other.

    Args:
        file: what is checked; its tracks have been checked.
        samples: what checks the samples of each NNR track, by track_ID.

    Attributes:
        ends: where the fragments of each track end, in ticks of its media, by track_ID.
        found: what indexes are compared with, by the offset of the `moof`.
    """

    def __init__(self, file: CheckedFile, samples: dict[int, SampleChecker]) -> None:
        self.ends: dict[int, int] = {track.track_id: track.duration for track in file.tracks}
        self.found: dict[int, list[CheckedFragment]] = {}
        self._file = file
        self._samples = samples
        self._sequence: int | None = None
        self._decode_times: dict[int, int] = {}
        self._trex: dict[int, Node] = {}
        for trex in all_intact(intact(file.moov, b"mvex"), b"trex"):
            self._trex.setdefault(trex.integer("track_ID"), trex)
        self._reader = FragmentReader(self._defaults(), file.most_bytes, {})
        self._remembered: dict[bytes, object] = {}

    def _defaults(self) -> dict[int, Defaults]:
        return {
            track_id: Defaults(
                trex.integer("default_sample_description_index"),
                trex.integer("default_sample_duration"),
                trex.integer("default_sample_size"),
            )
            for track_id, trex in self._trex.items()
        }

    def check(self) -> None:
        """Check `mvex`, and all fragments."""
        self._check_extends()
        number = 0
        for header in self._file.boxes:
            if header.type == b"moof":
                data = read_exactly(self._file.source, *header.range)
                moof = scan_node(data, header, self._remembered, number)
                check_structure(self._file, moof)
                check_fragment_items(self._file, moof)
                self._check_fragment(moof, header)
                number += 1
        self._check_duration(number)

    def _once(self, rule: Rule, reason: str, box: Node) -> None:
        """Note that a rule is broken, the first time: it is likely broken in every fragment."""
        if not self._file.findings.counts[rule]:
            self._file.findings.add(rule, reason, box)

    def _check_extends(self) -> None:
        findings = self._file.findings
        mvex = intact(self._file.moov, b"mvex")
        if mvex is None:
            header = next((box for box in self._file.boxes if box.type == b"moof"), None)
            if header is not None and self._file.moov is not None:
                findings.add(MVEX_MISSING, "there is a moof", box_path="moov", offset=header.offset)
            return
        check_levels(self._file, mvex)
        seen = set()
        for trex in all_intact(mvex, b"trex"):
            number = trex.integer("track_ID")
            track = self._file.track(number)
            if number in seen:
                findings.add(TREX_REPEATED, f"there is another trex of track {number}", trex)
            elif track is None:
                findings.add(TREX_TRACK, f"there is no track {number}", trex)
            else:
                index = trex.integer("default_sample_description_index")
                check_descriptions(self._file, track, trex, [index])
            seen.add(number)
        for track in self._file.tracks:
            if track.track_id not in seen:
                findings.add(TREX_MISSING, f"there is no trex of track {track.track_id}", mvex)

    def _check_fragment(self, moof: Node, header: BoxHeader) -> None:
        findings = self._file.findings
        mfhd = intact(moof, b"mfhd")
        if mfhd is not None:
            number = mfhd.integer("sequence_number")
            if self._sequence is not None and number <= self._sequence:
                self._once(SEQUENCE_NUMBER, f"{number} comes behind {self._sequence}", mfhd)
            self._sequence = number
        trafs = moof.children(b"traf")
        whole = [traf for traf in trafs if intact(traf, b"tfhd") is not None]
        parts: Sequence[TrackFragment] = ()
        try:
            parts = self._reader.read(moof, self._file.file_start(header.offset)).tracks
        except NNRError as problem:
            add_unreadable(findings, problem, rule=FRAGMENT)
        if len(parts) != len(whole):
            parts = ()
        found = []
        for index, traf in enumerate(whole):
            track = self._check_track(traf)
            timed = self._check_times(traf)
            found.append(timed)
            if track is None:
                continue
            if parts:
                self._check_samples(traf, track, parts[index])
            samples = sum(timed.runs)
            check_groups(self._file, track, traf, samples)
            runs = parts[index].runs if parts else ()
            sizes = [run.sizes for run in runs if run.sizes]
            check_auxiliary(self._file, traf, samples, sizes)
            sdtp = intact(traf, b"sdtp")
            if sdtp is not None:
                rows = sdtp.header.body.size - 4
                check_count(self._file, SDTP_COUNT, sdtp, rows, samples)
        self.found[header.offset] = found

    def _check_track(self, traf: Node) -> CheckedTrack | None:
        findings = self._file.findings
        tfhd = traf.need(b"tfhd")
        number = tfhd.integer("track_ID")
        if tfhd.flag("duration_is_empty") and traf.children(b"trun"):
            findings.add(EMPTY_WITH_RUNS, "there is a trun", traf)
        if tfhd.flag("default_base_is_moof") and not allow_base_is_moof(self._file.brands):
            self._once(BASE_BRAND, "all brands of the file are older", tfhd)
        track = self._file.track(number)
        if track is None:
            if self._file.moov is not None:
                findings.add(TFHD_TRACK, f"there is no track {number}", tfhd)
            return None
        if tfhd.flag("duration_is_empty") and track.has_edits:
            self._once(EMPTY_WITH_EDITS, "the track has an edit list", tfhd)
        if tfhd.has("sample_description_index"):
            check_descriptions(self._file, track, tfhd, [tfhd.integer("sample_description_index")])
        return track

    def _check_times(self, traf: Node) -> CheckedFragment:
        """Check when the samples of a `traf` are decoded."""
        findings, tfhd = self._file.findings, traf.need(b"tfhd")
        number = tfhd.integer("track_ID")
        tfdt, truns = intact(traf, b"tfdt"), all_intact(traf, b"trun")
        expected = self.ends.get(number, 0)
        start = expected
        if tfdt is not None:
            start = tfdt.integer("baseMediaDecodeTime")
            before = self._decode_times.get(number, 0)
            if start < before:
                findings.add(TFDT_DECREASES, f"{start} comes behind {before}", tfdt)
            elif start < expected:
                findings.add(
                    TFDT_OVERLAP, f"it is {start}, the samples before end at {expected}", tfdt
                )
            if truns and tfdt.header.offset > truns[0].header.offset:
                findings.add(TFDT_PLACE, "it comes behind a trun", tfdt)
        self._decode_times[number] = start
        trex = self._trex.get(number)
        default = tfhd.integer_or(
            "default_sample_duration", trex.integer("default_sample_duration") if trex else 0
        )
        time = start
        shown: int | None = None
        for trun in truns:
            if trun.has("first_sample_flags") and trun.flag("sample_flags_present"):
                findings.add(TRUN_FLAGS, "both are there", trun)
            durations: Sequence[int] = EqualSizes(default, trun.integer("sample_count"))
            if trun.flag("sample_duration_present"):
                durations = trun.integers("sample_info", "sample_duration")
            first = _first_shown(trun, durations)
            if first is not None and (shown is None or time + first < shown):
                shown = time + first
            time += total_size(durations)
        self.ends[number] = max(time, expected)
        return CheckedFragment(
            number,
            start,
            shown,
            time - start,
            next(
                (start + _first_offset(trun) for trun in truns if trun.integer("sample_count")),
                None,
            ),
            next((sync for trun in truns for sync in self._sync(trun, tfhd, number)), None),
            tuple(trun.integer("sample_count") for trun in truns),
        )

    def _sync(self, trun: Node, tfhd: Node, track_id: int) -> Iterator[bool]:
        """Whether each sample of a `trun` is a sync sample (8.8.3.1)."""
        count = trun.integer("sample_count")
        if trun.flag("sample_flags_present"):
            flags: Iterable[int] = trun.integers("sample_info", "sample_flags")
            return (not value & _NO_SYNC_SAMPLE for value in flags)
        known = tfhd.part("default_sample_flags")
        if known is None and track_id in self._trex:
            known = self._trex[track_id].part("default_sample_flags")
        default = known is None or not known.value("sample_is_non_sync_sample")
        if count and trun.has("first_sample_flags"):
            first = not trun.integer("first_sample_flags") & _NO_SYNC_SAMPLE
            return chain((first,), repeat(default, count - 1))
        return repeat(default, count)

    def _check_samples(self, traf: Node, track: CheckedTrack, part: TrackFragment) -> None:
        """Check where the samples of a `traf` lie, and what is in those of an NNR track."""
        checker = self._samples.get(track.track_id)
        carriers: frozenset[int] = frozenset()
        samples = sum(len(run.sizes) for run in part.runs)
        if (
            checker is not None
            and samples <= sum(run.range.size for run in part.runs)
            and checker.takes(samples)
        ):
            carriers = carriers_of(track, traf, samples)
        tfhd = traf.need(b"tfhd")
        first = 0
        for trun, run in zip(all_intact(traf, b"trun"), part.runs, strict=True):
            count = len(run.sizes)
            fault = self._file.media_fault(*run.range) if track.self_contained else None
            if fault is not None:
                self._file.findings.add(
                    SAMPLE_OUTSIDE, f"{count} sample(s) {fault}", trun, track_id=track.track_id
                )
            elif checker is not None:
                sync = self._sync(trun, tfhd, track.track_id)
                checker.add(trun, run.start, run.sizes, sync, Carriers(carriers, first))
            first += count

    def _check_duration(self, fragments: int) -> None:
        """Compare `mehd` with where the fragments end."""
        moov = self._file.moov
        mehd, mvhd = intact(moov, b"mvex", b"mehd"), intact(moov, b"mvhd")
        if mehd is None or mvhd is None or not fragments:
            return
        told, timescale = mehd.integer("fragment_duration"), mvhd.integer("timescale")
        lasts = 0.0
        for track in self._file.tracks:
            if track.timescale:
                shown = self.ends[track.track_id] - max(track.media_time, 0)
                lasts = max(lasts, shown * timescale / track.timescale + track.delay)
        if told and lasts > told + 1:
            self._file.findings.add(
                MEHD_DURATION,
                f"the duration is {told}, the fragments end at {round(lasts)}",
                mehd,
            )


_NO_SYNC_SAMPLE = 0x010000


def _first_offset(trun: Node) -> int:
    """The composition time offset of the first sample of a `trun`."""
    if not trun.flag("sample_composition_time_offsets_present"):
        return 0
    return trun.integers("sample_info", "sample_composition_time_offsets")[0]


def _first_shown(trun: Node, durations: Sequence[int]) -> int | None:
    """The earliest composition time, where the run begins at 0; None if there are no samples."""
    if not len(durations):
        return None
    if not trun.flag("sample_composition_time_offsets_present"):
        return 0
    offsets = trun.integers("sample_info", "sample_composition_time_offsets")
    time, earliest = 0, offsets[0]
    for offset, duration in zip(offsets, durations, strict=True):
        if time + offset < earliest:
            earliest = time + offset
        time += duration
    return earliest
