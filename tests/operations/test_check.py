"""`check`: every rule is found broken, and nothing is found in what is sound."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import (
    Finding,
    FragmentWriter,
    Report,
    append,
    check,
    errors,
    mux,
    mux_segments,
    split,
)
from pymp4_nnr.io.progress import StepProgress
from pymp4_nnr.operations.conformance.findings import Findings
from pymp4_nnr.operations.conformance.rules import RULES, Severity
from pymp4_nnr.operations.extract import extract
from scripts import rules_table
from scripts.document_table import with_table
from tests.mp4.boxes import u8, u32
from tests.mp4.files import broken_files, files
from tests.mp4.forge import Box, full_box
from tests.nnr.streams import WHOLE
from tests.operations.breaking import (
    BITSTREAM,
    FRAGMENTS,
    ITEMS,
    MIXED,
    MOVIE,
    POSITIONS,
    ROUNDS,
    in_traf,
    rounds,
)
from tests.operations.breaking import added as broken_moov
from tests.operations.broken_rules import ALSO, CASES, KNOWN, OTHER_GROUP
from tests.operations.broken_structure import STRUCTURE
from tests.paths import FIXTURES, ROOT
from tests.recording import RecordingFile
from tests.round_trip import added, muxed, removed

DELIVERY = json.loads((FIXTURES / "delivery" / "manifest.json").read_text(encoding="utf-8"))
OWN = [path for path in files() if path.is_relative_to(FIXTURES)]
WARNED = {"ctts-needless", "mehd-duration", "tref-track"}
"""What other programs make of our files breaks these, and no other rule."""


def found(source: Any, **options: Any) -> Counter[str]:
    """How often each rule is broken."""
    return Counter(check(source, **options).counts)


# --- what is broken -----------------------------------------------------------------------------


@pytest.mark.parametrize("rule_id", CASES)
def test_a_broken_rule_is_found(rule_id: str) -> None:
    report = check(CASES[rule_id]())
    assert rule_id in report.counts, list(map(str, report))
    broken = [finding for finding in report if finding.rule.id == rule_id]
    assert len(broken) == report.counts[rule_id]
    for finding in broken:
        assert finding.severity is RULES[rule_id].severity
        assert finding.reason and finding.reason[0] != " "
    assert (report.errors > 0) >= (RULES[rule_id].severity is Severity.ERROR)
    assert set(report.counts) == {rule_id} | ALSO.get(rule_id, set()), list(map(str, report))


@pytest.mark.parametrize("rule_id", sorted(set(CASES) - {"ftyp-missing", "moov-missing"}))
def test_a_broken_rule_has_a_place(rule_id: str) -> None:
    """An offset in the file; where the rule is about the boxes in a box, it is that of the box."""
    data = CASES[rule_id]()
    parts = [data] if isinstance(data, bytes) else data
    for finding in check(data):
        assert finding.place()
        assert finding.offset is None or finding.offset >= 0
        if finding.rule.id in STRUCTURE:
            assert finding.offset is not None and finding.box_path is not None
            name = finding.box_path.rpartition("/")[2].partition("[")[0]
            assert name == finding.rule.id.partition("-")[0]
            assert parts[finding.file][finding.offset + 4 :].startswith(name.encode())


def test_every_rule_has_an_input_that_breaks_it() -> None:
    assert set(CASES) == set(RULES)


def test_the_inputs_are_sound_before_they_are_broken() -> None:
    for data in (MOVIE, POSITIONS, FRAGMENTS, ROUNDS, ITEMS, BITSTREAM, MIXED, rounds(1, 2)):
        assert not found(data)


def test_a_finding_tells_the_place() -> None:
    [finding] = [one for one in check(CASES["stts-count"]()) if one.rule.id == "stts-count"]
    assert finding.place() == f"moov/trak[0]/mdia/minf/stbl/stts, byte offset {finding.offset}"
    assert str(finding) == (
        f"error: {finding.place()}: it counts 9 samples, there are 10 [stts-count]"
    )
    [second] = [one for one in check(CASES["nnr-sample-ndu"]()) if one.rule.id == "nnr-sample-ndu"]
    assert (second.track_id, second.sample_number) == (1, 1)
    assert second.offset == MOVIE.index(b"mdat") + 4
    [third] = check(CASES["nnr-unit-syntax"]())
    assert (third.unit_index, third.offset) == (3, 18)


def test_a_finding_tells_the_segment(tmp_path: Path) -> None:
    init, first, second = mux_segments(BITSTREAM, tmp_path, fragment=5)
    assert not found(init) and not found([init, first, second])
    assert set(found([init, second])) == {"nnr-index-fits"}
    data = second.read_bytes()
    at = data.index(b"mfhd")
    second.write_bytes(data[: at + 11] + b"\1" + data[at + 12 :])
    [finding] = check([init, first, second])
    assert (finding.rule.id, finding.file) == ("sequence-number", 2)
    assert (finding.box_path, finding.offset) == ("moof[1]/mfhd", at - 4)


@pytest.mark.parametrize(("size_code", "width"), [(0, 4), (1, 8), (2, 16), (3, 32)])
def test_compact_groups(size_code: int, width: int) -> None:
    """`csgp`, whose indices of a fragment's own descriptions have the highest bit set."""

    def compact(index: int) -> Box:
        # one pattern of one description, for one sample; two fields of 4 bits share a byte
        fields = u8(0x11) if not size_code else u8(1, 1)
        flags = size_code | (0x14 if size_code else 0)
        end = u8(index << 4) if not size_code else index.to_bytes(width // 8)
        return full_box(b"csgp", OTHER_GROUP, u32(1), fields, end, flags=flags)

    own = 1 << width - 1
    assert not found(broken_moov(KNOWN, compact(2)))
    assert set(found(broken_moov(KNOWN, compact(3)))) == {"sbgp-index"}
    for index, rules in ((own + 2, set()), (own + 3, {"sbgp-index"}), (2, {"sbgp-index"})):
        data = in_traf(KNOWN, compact(index))
        assert set(found(data)) & {"sbgp-index", "box-content"} == rules


@pytest.mark.parametrize(
    ("before", "at", "value", "rule_id"),
    [(b"btrt", -2, 0x80, "box-filled"), (b"VideoHandler", 3, 0xFF, "handler-name")],
)
def test_faults_that_other_programs_find(before: bytes, at: int, value: int, rule_id: str) -> None:
    """MP4Box tells of boxes in sample entries that are too large, ffprobe of texts."""
    data = bytearray((FIXTURES / "mp4" / "h264_aac.mp4").read_bytes())
    data[data.index(before) + at] = value
    assert set(found(bytes(data))) == {rule_id}


def test_dependencies_in_fragments() -> None:
    assert "sdtp-count" in found(in_traf(full_box(b"sdtp", bytes(4))))
    assert "sdtp-count" not in found(in_traf(full_box(b"sdtp", bytes(5))))


def test_the_code_of_the_error_is_told() -> None:
    [finding] = check(CASES["nnr-bitstream"]())
    assert finding.code == errors.TruncatedUnitError.code
    [finding] = check(CASES["readable"]())
    assert finding.code is not None and issubclass(errors.TrackError, errors.NNRError)


def test_a_report_is_limited_and_counts_all() -> None:
    report = check(CASES["nnr-sync"](), findings=4)
    assert (len(report), report.errors, report.counts) == (4, 9, {"nnr-sync": 9})
    assert len(check(CASES["nnr-sync"](), findings=None)) == 9
    assert isinstance(report, Report) and isinstance(report[0], Finding)
    assert report[1:] == tuple(report)[1:]
    assert repr(report) == "<Report of 9 error(s) and 0 warning(s)>"


def test_findings_by_their_rules() -> None:
    report = check(CASES["readable"]())
    by_rule = [(rule, list(findings)) for rule, findings in report.by_rule()]
    assert [rule.id for rule, _ in by_rule] == list(report.counts)
    assert [one for _, findings in by_rule for one in findings] == list(report)
    copied = pickle.loads(pickle.dumps(report))
    assert (list(copied), copied.counts, repr(copied)) == (
        list(report),
        report.counts,
        repr(report),
    )


def test_very_many_findings_are_not_held_in_memory() -> None:
    """Each would take 200 bytes."""
    findings = Findings(None, ())
    rule = RULES["readable"]
    tracemalloc.start()
    try:
        for number in range(50_000):
            findings.add(rule, f"reason {number}", offset=number, box_path=f"moov/trak[{number}]")
        report = Report(findings.kept, findings.counts, "mp4", 0)
        assert sum(one.offset == place for place, one in enumerate(report)) == 50_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20
    last = report[-1]
    assert (last.reason, last.box_path) == ("reason 49999", "moov/trak[49999]")


@pytest.mark.parametrize("path", broken_files(), ids=lambda path: path.name)
def test_broken_files_are_found(path: Path) -> None:
    assert check(path).errors


ATTACKS = {
    "empty_chunks.mp4": "stsc-empty-chunk",
    "empty_rows.mp4": "fragment",
    "empty_runs.mp4": "nnr-sample-unit",
    "groups_overlap.mp4": "sbgp-repeated",
    "many_trefs.mp4": "trak-tref-repeated",
    "nested_meta.mp4": "meta-hdlr-missing",
    "overlap_runs.mp4": "nnr-overlap",
    "overlap_table.mp4": "nnr-overlap",
    "saiz_by_senc.mp4": "saiz-count",
    "saiz_count.mp4": "saiz-count",
    "sample_size_run.mp4": "nnr-sample-unit",
    "sample_size_table.mp4": "nnr-sample-unit",
    "trexes_by_moofs.mp4": "trex-track",
    "unknown_track_group.mp4": "group-entity",
    "unknown_track_moof.mp4": "tfhd-track",
    "unknown_track_tfra.mp4": "tfra-track",
    "unknown_track_tref.mp4": "tref-track",
    "unknown_track_trex.mp4": "trex-track",
}
"""The rule that a file in `fixtures/broken` breaks; the others break none of structure."""


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_are_found(name: str) -> None:
    assert ATTACKS[name] in found(FIXTURES / "broken" / name)


SOUND = {
    *("block_names.nnr", "block_names_long.nnr", "entry_points.nnr", "late_configuration.nnr"),
    *("parents.nnr", "reference_list.nnr", "siblings.nnr", "steering_tensor.nnr"),
    *("tensors_by_units.nnr", "terabytes.nnr", "tiny_configuration.nnr", "lying_index.mp4"),
}
"""Files that follow the rules: they cost readers much, steer terminals, or have a wrong index."""


def test_every_fault_of_structure_is_found() -> None:
    for path in sorted((FIXTURES / "broken").iterdir()):
        if path.suffix != ".json":
            assert bool(check(path, findings=1).errors) is (path.name not in SOUND), path.name


def test_cut_anywhere() -> None:
    """Whatever is left of a file, that is a finding."""
    for data in (MOVIE[:2000], POSITIONS, ROUNDS[:3000]):
        for end in range(0, len(data), 7):
            assert check(data[:end]).errors
            assert isinstance(check(bytes(end) + data[end:]), Report)


# --- what is sound ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_what_is_written_is_clean(path: Path, tmp_path: Path) -> None:
    assert not found(path)
    target = tmp_path / "model.mp4"
    for options in ({}, {"fragment": 2}, {"appendable": True, "at": 5}, {"tensor_index": False}):
        mux(path, target, **options)
        assert not found(target)
        append(target, FIXTURES / "nnr" / "interleaved.nnr", at=10)
        assert not found(target)
    assert set(found(removed(target))) == {"moov-trak-missing"}
    assert not found(mux_segments(path, tmp_path / "segments", fragment=3))
    with FragmentWriter(target, fragment=3) as writer:
        for unit in split(path):
            writer.write(unit)
    assert not found(target)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_what_is_written_into_a_file_adds_no_finding(path: Path) -> None:
    before = found(path)
    if before["moov-missing"]:
        return
    try:
        one, other = added(path, MIXED), added(path, MIXED, fragment=2)
    except errors.NNRError:
        return
    for data in (one, other):
        allowed = {"sequence-number"}
        if path.name == "hand_fragment_full.mp4":  # its `mfra` has a track that `moov` lacks
            allowed.add("tfra-number")
        assert set(found(data)) - set(before) <= allowed
    for data in (removed(one), removed(other)):
        assert set(found(data)) - set(before) <= {"moov-trak-missing", "movie-duration"}


def test_what_is_extracted_is_clean(tmp_path: Path) -> None:
    target = tmp_path / "some.nnr"
    extract(MOVIE, target, samples=[2, 3])
    assert not found(target)


@pytest.mark.parametrize("entry", DELIVERY, ids=lambda entry: entry["name"])
def test_what_other_programs_make_of_it(entry: dict[str, Any]) -> None:
    """Files that MP4Box and mp4fragment wrote from ours."""
    report = check([FIXTURES / "delivery" / name for name in entry["files"]])
    known = WARNED
    if "rounds" in entry and any("-inter" in command for command in entry["commands"]):
        known = WARNED | {"ctts-count", "sdtp-count"}  # rows for the samples of fragments alone
    if entry["name"].startswith("stream_"):
        known = known | {"nnr-groups-announced"}  # the flag is younger than these files
    assert set(report.counts) <= known, list(map(str, report))


def test_files_of_others() -> None:
    """ffmpeg's faults in fragmented files: next_track_ID, traf_number, `sidx` around `prft`.

    Its `tfra` lists all samples where each is a fragment; its chapters have QuickTime's media
    header and language, as tracks of hints and time codes have; with the brand `cmfc` it writes
    several tracks, and an empty `av1C` where it had no packet yet. PyAV's durations are those of
    what it was given.
    """
    known = {"next-track-id", "tfra-number", "sidx-range", "tfra-sync", "media-header"}
    known |= {"media-duration", "track-duration", "cmaf-tracks", "language"}
    for path in OWN:
        if not path.name.startswith("hand_") and path.name != "av1_opus_frag.mp4":
            assert set(found(path)) <= known, path.name
    assert found(FIXTURES / "mp4" / "av1_opus_frag.mp4")["box-content"] == 1


# --- how it works -------------------------------------------------------------------------------


def test_media_data_of_others_is_not_read() -> None:
    """Of a network, only the headers of its units are."""
    big = muxed(BITSTREAM)
    source = RecordingFile(big)
    assert not check(source.as_file)
    assert source.count < len(big) // 2


@pytest.mark.parametrize("data", [MOVIE, FRAGMENTS, POSITIONS, BITSTREAM], ids=len)
def test_progress_goes_to_the_end(data: bytes) -> None:
    """As many bytes as there are samples, or units of a bitstream, and what stands in `nnrC`."""
    totals: list[int] = []
    done: list[int] = []

    class Recording(StepProgress):
        def begin(self, step: str, total: int) -> None:
            totals.append(total)

        def __call__(self, count: int) -> None:
            done.append(count)

    check(data, progress=Recording())
    [total] = totals
    assert total and 0 <= sum(done) - total < 100
    assert len(done) > 5


def test_the_table_of_rules_is_that_of_the_declarations() -> None:
    text = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
    assert with_table(text, rules_table.table()) == text, "python scripts/rules_table.py"


def test_every_rule_is_declared_as_a_sentence_with_its_clause() -> None:
    for rule in RULES.values():
        assert rule.text.endswith("."), rule.id
        assert rule.clause.startswith(
            (
                *("ISO/IEC 14496-12, ", "ISO/IEC 14496-14, ", "ISO/IEC 14496-15, "),
                *("ISO/IEC 15938-17, ", "ISO/IEC 23000-19, ", "ISO/IEC 23001-7, "),
                "the file format",
            )
        )
        assert rule.id == rule.id.lower() and " " not in rule.id
