"""`pymp4-nnr check`: what is printed, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pymp4_nnr import mux_segments
from tests.cli.command import assert_fails, call
from tests.operations.breaking import BITSTREAM, MOVIE
from tests.operations.broken_rules import CASES
from tests.paths import FIXTURES


def stored(folder: Path, rule_id: str) -> Path:
    """A file that breaks a rule."""
    path = folder / "model.mp4"
    data = CASES[rule_id]()
    assert isinstance(data, bytes)
    path.write_bytes(data)
    return path


def test_findings(tmp_path: Path) -> None:
    path = stored(tmp_path, "stts-count")
    result = call("check", path)
    assert result.exit_code == 1
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        f"{path}: MP4 file, {path.stat().st_size} bytes: 1 error, 1 warning",
        "",
        "error   stts-count: `stts` counts as many samples as the table of sizes.",
        "        (ISO/IEC 14496-12, 8.6.1.2)",
        "        - moov/trak[0]/mdia/minf/stbl/stts, byte offset 881: it counts 9",
        "          samples, there are 10",
        "",
        "warning media-duration: The duration in `mdhd` is the sum of the durations of",
        "        the samples. (ISO/IEC 14496-12, 8.4.2.3)",
        "        - moov/trak[0]/mdia/mdhd, byte offset 252: the duration is 10, the",
        "          samples last 9",
    ]


def test_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    path.write_bytes(MOVIE)
    result = call("check", path)
    assert result.stdout == f"{path}: MP4 file, {len(MOVIE)} bytes: no rule is broken\n"
    assert (result.exit_code, result.stderr) == (0, "")


def test_warnings_are_no_errors(tmp_path: Path) -> None:
    result = call("check", stored(tmp_path, "movie-duration"))
    assert ": 0 errors, 1 warning\n" in result.stdout
    assert result.exit_code == 0


@pytest.mark.parametrize(("rule_id", "code"), [("stts-count", 1), ("movie-duration", 0)])
def test_quiet(rule_id: str, code: int, tmp_path: Path) -> None:
    path = stored(tmp_path, rule_id)
    for options in (["-q"], ["--quiet", "--json"]):
        result = call("check", path, *options)
        assert (result.exit_code, result.output) == (code, "")


def test_json(tmp_path: Path) -> None:
    path = stored(tmp_path, "nnr-sync")
    result = call("check", "--json", path)
    assert result.exit_code == 1
    record = json.loads(result.stdout)
    assert (record["format"], record["size"]) == ("mp4", path.stat().st_size)
    assert (record["errors"], record["warnings"]) == (9, 0)
    assert record["counts"] == {"nnr-sync": 9}
    assert record["findings"][0] == {
        "rule": "nnr-sync",
        "severity": "error",
        "clause": "the file format; ISO/IEC 14496-12, 8.6.2, 8.8.3.1",
        "message": "independently_decodable_flag is 1, and yet it is no sync sample",
        "code": None,
        "file": str(path),
        "offset": 1229,
        "box_path": "moov/trak[0]/mdia/minf/stbl",
        "track_id": 1,
        "sample_number": 2,
        "unit_index": None,
    }


def test_only_some_findings_of_a_rule_unless_all_are_asked_for(tmp_path: Path) -> None:
    broken = b"".join(b"\0\x0b\x14" + bytes(8) for _ in range(30))
    path = tmp_path / "units.nnr"
    path.write_bytes(b"\0\x04\0\1" + broken.replace(b"\x14", b"\x04"))
    some, every = call("check", path), call("check", "--all", path)
    assert "NNR bitstream" in some.stdout
    assert (some.exit_code, every.exit_code) == (1, 1)
    assert some.stdout.count("        - unit ") == 10
    assert "        - 20 more; --all shows them\n" in some.stdout
    assert every.stdout.count("        - unit ") == 30
    assert "more;" not in every.stdout


def test_segments(tmp_path: Path) -> None:
    init, first, second = mux_segments(BITSTREAM, tmp_path / "parts", fragment=5)
    result = call("check", init, first, second)
    assert result.stdout.startswith(f"{init} and 2 segments: MP4 file, ")
    assert result.exit_code == 0
    result = call("check", init, second, first)
    assert f"        - {first}: moof[1]/mfhd" in result.stdout.replace("\n          ", " ")


def test_faults_of_the_call(tmp_path: Path) -> None:
    assert_fails(call("check", tmp_path / "missing"), "No such file")
    assert_fails(call("check"), code=2, silent=False)


def test_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    path = stored(tmp_path, "stts-count").rename(tmp_path / "a\x1b[31m.mp4")
    assert "\x1b" not in call("check", path).stdout
    json.loads(call("check", "--json", path).stdout)


def test_json_does_not_steer_a_terminal(tmp_path: Path) -> None:
    """Types of boxes are in paths and messages; C1 controls in them are escaped."""
    path = tmp_path / "steering.mp4"
    data = bytearray((FIXTURES / "mp4" / "h264_aac.mp4").read_bytes())
    at = data.index(b"ftyp")
    data[at + 4 : at + 8] = b"\x9b31m"
    path.write_bytes(data)
    output = call("check", "--json", path).stdout
    assert "major-brand" in output and "\x9b" not in output
    assert json.loads(output)["counts"] == {"major-brand": 1}


@pytest.mark.parametrize(
    "data", [b"hello world, a text\n", b"\xff\xd8\xff\xe0\0\x10JFIF\0 and more"]
)
def test_what_is_neither_format_is_not_called_one(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    result = call("check", path)
    assert result.exit_code == 1
    first = f"{path}: neither an MP4 file nor an NNR bitstream, {len(data)} bytes: 1 error"
    assert result.stdout.startswith(first)
