"""The command line as people and scripts meet it: results, exit codes, and one line for a fault."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

import pymp4_nnr
from pymp4_nnr import mux
from pymp4_nnr.cli import main
from tests.mp4.boxes import u32
from tests.mp4.forge import STBL, forge, patched, read_boxes
from tests.mp4.fragmented import fragmented
from tests.nnr.streams import FOLDER, MIXED, NDUS, PARAMETERS, SIMPLE, START, TOPOLOGY, unit
from tests.paths import ROOT

PLAIN = FOLDER / "plain.nnr"


def call(*arguments: object, stdin: bytes | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)


def execute(
    *arguments: object, stdin: bytes = b"", folder: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own, where every warning is an error."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=60,
    )


COMMAND = [sys.executable, "-W", "error", "-c", "from pymp4_nnr.cli import main; main()"]


def assert_fails(result: Result, *words: str, code: int = 1, silent: bool = True) -> None:
    """One line on stderr, nothing on stdout, and the exit code."""
    assert result.exit_code == code, result.output
    assert not silent or result.stdout == ""
    if code == 1:
        assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert "internal error" not in result.stderr
    for word in words:
        assert word in result.stderr


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a bitstream and an MP4 file of it."""
    (tmp_path / "in.nnr").write_bytes(MIXED)
    mux(MIXED, tmp_path / "in.mp4")
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- the round trip ---------------------------------------------------------------------------


def test_mux_verify_demux(files: Path) -> None:
    result = call("mux", files / "in.nnr", "-o", files / "out.mp4")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (files / "out.mp4").read_bytes() == (files / "in.mp4").read_bytes()
    size = (files / "out.mp4").stat().st_size
    assert f"out.mp4: {size} bytes" in result.stderr

    result = call("verify", files / "out.mp4", "--against", files / "in.nnr")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert "identical" in result.stdout
    assert result.stderr == ""

    result = call("demux", files / "out.mp4", "-o", files / "out.nnr")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (files / "out.nnr").read_bytes() == MIXED


def test_quiet(files: Path) -> None:
    for arguments in (
        ("mux", files / "in.nnr", "-o", files / "1", "-q"),
        ("mux", files / "in.nnr", "-o", files / "2", "--quiet"),
        ("demux", files / "in.mp4", "-o", files / "3", "-q"),
        ("verify", files / "in.mp4", "--against", files / "in.nnr", "-q"),
        ("remove", files / "in.mp4", "-o", files / "4", "-q"),
    ):
        result = call(*arguments)
        assert (result.exit_code, result.output) == (0, "")


def test_quiet_does_not_hide_errors(files: Path) -> None:
    assert_fails(call("mux", files / "in.mp4", "-o", files / "1", "-q"))
    (files / "in.nnr").write_bytes(SIMPLE)
    assert_fails(call("verify", files / "in.mp4", "--against", files / "in.nnr", "-q"))


def test_verify_tells_the_first_difference(files: Path) -> None:
    other = bytearray(MIXED)
    place = len(START) + len(NDUS[0]) + 3
    other[place] ^= 1
    (files / "other.nnr").write_bytes(other)
    result = call("verify", files / "in.mp4", "--against", files / "other.nnr")
    assert_fails(result, f"byte {place}", "unit 2", "other.nnr")


def test_several_bitstreams(files: Path) -> None:
    (files / "other.nnr").write_bytes(SIMPLE)
    result = call(
        *("mux", files / "in.nnr", files / "other.nnr", "-o", files / "out.mp4"),
        *("--name", "one", "--name", "two"),
    )
    assert result.exit_code == 0
    assert_fails(call("demux", files / "out.mp4", "-o", files / "x"), "one", "two", "1", "2")
    for number, stream in ((1, MIXED), (2, SIMPLE)):
        target = files / f"{number}.nnr"
        assert call("demux", files / "out.mp4", "--track", number, "-o", target).exit_code == 0
        assert target.read_bytes() == stream
    assert_fails(call("demux", files / "out.mp4", "--track", 3, "-o", files / "x"), "3")


def test_remove(files: Path) -> None:
    (files / "other.nnr").write_bytes(SIMPLE)
    both, one = files / "both.mp4", files / "one.mp4"
    assert call("mux", files / "in.nnr", files / "other.nnr", "-o", both).exit_code == 0
    assert call("remove", both, "--track", 1, "-o", one).exit_code == 0
    assert call("demux", one, "-o", files / "back").exit_code == 0
    assert (files / "back").read_bytes() == SIMPLE
    assert_fails(call("remove", both, "-o", files / "x"), "2")


def test_alignment_can_be_switched_off(files: Path) -> None:
    (files / "large.nnr").write_bytes(START + unit(5, bytes(1 << 20), long=True))
    kinds = []
    for more in ([], ["--no-align"]):
        assert call("mux", files / "large.nnr", "-o", files / "x", "--force", *more).exit_code == 0
        kinds.append([box.type for box in read_boxes((files / "x").read_bytes())])
    assert kinds == [[b"ftyp", b"moov", b"free", b"mdat"], [b"ftyp", b"moov", b"mdat"]]


# --- standard streams -------------------------------------------------------------------------


@pytest.mark.parametrize("source", [SIMPLE, MIXED, START], ids=["simple", "mixed", "no ndu"])
def test_standard_streams_give_the_same_bytes(source: bytes, tmp_path: Path) -> None:
    (tmp_path / "in.nnr").write_bytes(source)
    call("mux", tmp_path / "in.nnr", "-o", tmp_path / "out.mp4")
    mp4 = (tmp_path / "out.mp4").read_bytes()

    done = execute("mux", "-", "-o", "-", stdin=source)
    assert (done.returncode, done.stdout) == (0, mp4)
    assert b"Traceback" not in done.stderr
    done = execute("demux", "-", "-o", "-", "-q", stdin=mp4)
    assert (done.returncode, done.stdout, done.stderr) == (0, source, b"")
    done = execute("demux", tmp_path / "out.mp4", "-o", "-", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, source, b"")
    done = execute("mux", "-", "-o", tmp_path / "2.mp4", "-q", stdin=source)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (tmp_path / "2.mp4").read_bytes() == mp4
    done = execute("verify", tmp_path / "2.mp4", "--against", "-", stdin=source)
    assert done.returncode == 0
    done = execute("verify", "-", "--against", tmp_path / "in.nnr", stdin=mp4)
    assert done.returncode == 0


def test_standard_streams_that_are_files(files: Path) -> None:
    with (files / "in.nnr").open("rb") as source, (files / "out.mp4").open("wb") as target:
        target.write(b"before")
        target.flush()
        done = subprocess.run(
            [*COMMAND, "mux", "-", "-o", "-", "-q"],
            stdin=source,
            stdout=target,
            timeout=60,
            cwd=ROOT,
        )
    assert done.returncode == 0
    assert (files / "out.mp4").read_bytes() == b"before" + (files / "in.mp4").read_bytes()


def test_no_file_is_named_after_a_standard_stream(tmp_path: Path) -> None:
    assert execute("mux", "-", "-o", "-", "-q", stdin=SIMPLE, folder=tmp_path).returncode == 0
    assert names(tmp_path) == []


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
@pytest.mark.parametrize(
    "line",
    [
        "mux - -o -",
        "demux in.mp4 -o -",
        "demux in.mp4 -o x.nnr",
        "info in.mp4",
        "info --json in.mp4",
        "dump in.mp4",
        "verify in.mp4 --against in.nnr",
        "info missing",
    ],
)
def test_closed_standard_streams_bring_no_traceback(line: str, closed: str, files: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", "from pymp4_nnr.cli import main; main()"]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {line} {closed}', "sh", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=files,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    # What goes to standard output is either the purpose of the command, or not there.
    needed = {"<&-": "mux -", ">&-": ("-o -", "info", "dump", "verify"), "2>&-": "missing"}[closed]
    fails = any(word in line for word in ([needed] if isinstance(needed, str) else needed))
    assert done.returncode == int(fails or "missing" in line or line == "mux - -o -")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "line",
    [
        *("info in.mp4", "info --json in.mp4", "info in.nnr", "dump in.mp4"),
        *("verify in.mp4 --against in.nnr", "demux in.mp4 -o -", "mux in.nnr -o -"),
        "demux in.mp4 -o /dev/full",
    ],
)
def test_a_full_disk_is_one_line(line: str, files: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*COMMAND, *line.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=files,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=60,
        )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert b"space" in done.stderr


@pytest.mark.parametrize("line", ["info big.nnr --all", "info --json big.nnr", "dump in.mp4"])
def test_a_reader_that_leaves_is_no_fault(line: str, files: Path) -> None:
    (files / "big.nnr").write_bytes(MIXED * 600)
    mux(MIXED * 300, files / "in.mp4")
    process = subprocess.Popen(
        [*COMMAND, *line.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=files,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.read(10)
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=60)
    assert stderr == b""
    assert process.returncode in (0, 1, 128 + signal.SIGPIPE, -signal.SIGPIPE)


@pytest.mark.parametrize("command", ["demux in.mp4 -o -", "mux in.nnr -o -"])
def test_a_reader_of_data_that_leaves_is_no_fault(command: str, files: Path) -> None:
    (files / "in.nnr").write_bytes(unit(5, bytes(1 << 20), long=True) * 3)
    mux(files / "in.nnr", files / "in.mp4")
    process = subprocess.Popen(
        [*COMMAND, *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=files,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.read(10)
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=60)
    assert stderr == b""
    assert process.returncode != 0


# --- outputs ----------------------------------------------------------------------------------

WRITING = ["mux in.nnr -o {}", "demux in.mp4 -o {}", "remove in.mp4 -o {}"]


@pytest.mark.parametrize("line", WRITING)
def test_an_output_that_exists_needs_force(
    line: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    (files / "out").write_bytes(b"old")
    arguments = line.format("out").split()
    assert_fails(call(*arguments), "out", "exists")
    assert (files / "out").read_bytes() == b"old"
    assert call(*arguments, "--force").exit_code == 0
    assert (files / "out").read_bytes() != b"old"
    assert names(files) == ["in.mp4", "in.nnr", "out"]


@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("line", WRITING)
def test_the_input_is_never_the_output(
    line: str, force: list[str], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    source = line.split()[1]
    before = (files / source).read_bytes()
    (files / "link").symlink_to(source)
    (files / "hard").hardlink_to(files / source)
    there = names(files)
    for target in (source, f"./{source}", "link", "hard", str(files / source)):
        assert_fails(call(*line.format(target).split(), *force), "input")
        assert (files / source).read_bytes() == before
        assert names(files) == there


BAD_INPUTS: dict[str, bytes] = {
    "empty": b"",
    "text": b"some text\n" * 100,
    "zeros": bytes(5000),
    "ones": b"\xff" * 5000,
    "cut bitstream": MIXED[:-1],
    "bitstream and more": MIXED + b"\0",
    "lone ftyp": u32(16) + b"ftypisom" + u32(0),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_files_are_one_line(name: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    (files / "bad").write_bytes(BAD_INPUTS[name])
    there = names(files)
    for line in (
        *("mux bad -o out", "demux bad -o out", "remove bad -o out", "info bad", "info --json bad"),
        *("verify bad --against in.nnr", "mux in.nnr --into bad -o out"),
        *("verify in.mp4 --against bad",),
    ):
        # a table for people may have begun
        assert_fails(call(*line.split()), silent=line != "info bad")
        assert names(files) == there


BROKEN = sorted((ROOT / "fixtures").glob("*/broken/*"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_broken_fixtures_bring_no_traceback(path: Path, tmp_path: Path) -> None:
    """What is whole for one command may be broken for another; none of them may crash."""
    for arguments in (
        *(["info", path], ["info", "--json", path], ["info", "--tensors", path], ["dump", path]),
        *(["demux", path, "-o", tmp_path / "out"], ["remove", path, "-o", tmp_path / "out"]),
        ["verify", path, "--against", PLAIN],
    ):
        result = call(*arguments)
        assert result.exit_code in (0, 1)
        assert "internal error" not in result.stderr
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        if result.exit_code:
            assert len(result.stderr.splitlines()) == 1
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        *("mux missing -o out", "demux missing -o out", "info missing", "dump missing"),
        *("verify missing --against in.nnr", "verify in.mp4 --against missing"),
        *("remove missing -o out", "mux in.nnr -o missing/out", "mux in.nnr --into missing -o out"),
    ],
)
def test_missing_files_are_named(line: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    assert_fails(call(*line.split()), "missing", "No such file")
    assert names(files) == ["in.mp4", "in.nnr"]


@pytest.mark.parametrize(
    "line",
    ["mux . -o out", "demux . -o out", "info .", "dump .", "mux in.nnr -o .", "info in.mp4/x"],
)
def test_folders_are_no_files(line: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    assert_fails(call(*line.split()), "irectory")
    assert names(files) == ["in.mp4", "in.nnr"]


@pytest.mark.parametrize(
    "line",
    [
        *("mux", "mux in.nnr", "mux -o out", "demux", "demux in.mp4", "info", "dump", "verify"),
        *("verify in.mp4", "remove in.mp4", "nonsense", "mux in.nnr -o out --nonsense"),
        *("mux in.nnr -o out --name a --name b", "demux in.mp4 -o out --track 0"),
        *("demux in.mp4 -o out --track x", "mux in.nnr -o out --describes x", "dump a b"),
        *("remove a b -o out", "--nonsense"),
    ],
)
def test_wrong_usage_is_2(line: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    assert_fails(call(*line.split()), "sage", code=2)
    assert names(files) == ["in.mp4", "in.nnr"]


def test_an_error_inside_is_one_line_too(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: Any, **__: Any) -> None:
        raise RuntimeError("something\nunforeseen")

    monkeypatch.setattr("pymp4_nnr.operations.mux.mux", fault)
    monkeypatch.delenv("PYMP4_NNR_DEBUG", raising=False)
    result = call("mux", files / "in.nnr", "-o", files / "out")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert "something unforeseen" in line


def test_an_interrupt_leaves_nothing(files: Path) -> None:
    """Ctrl-C while a file is written: no traceback, no temporary file."""
    code = """
import os, signal
from pymp4_nnr.io import output as pieces
write = pieces._write_all
def interrupted(*arguments):
    write(*arguments)
    os.kill(os.getpid(), signal.SIGINT)
pieces._write_all = interrupted
from pymp4_nnr.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "mux", "in.nnr", "-o", "out.mp4"],
        capture_output=True,
        cwd=files,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode not in (0, 2)
    assert b"Traceback" not in done.stderr
    assert names(files) == ["in.mp4", "in.nnr"]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_names_that_no_terminal_shows(encoding: str, files: Path) -> None:
    """A track's name and a file's name may hold what standard output cannot encode."""
    mp4 = os.fsdecode(os.fsencode(files) + b"/\xff\xe7.mp4")
    mux(MIXED, mp4, name="网络")
    for arguments in (
        *(("info", mp4), ("info", "--json", mp4), ("dump", mp4)),
        *(("verify", mp4, "--against", "in.nnr"), ("demux", mp4, "-o", "out", "--force")),
        ("mux", mp4, "-o", mp4),
    ):
        done = subprocess.run(
            [*map(os.fsencode, [*COMMAND, *arguments])],
            capture_output=True,
            cwd=files,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
            timeout=60,
        )
        assert b"internal error" not in done.stderr, arguments
        assert b"Traceback" not in done.stderr
        assert done.returncode == (arguments[0] == "mux")


# --- info -------------------------------------------------------------------------------------

UNIT_KEYS = {
    *("index", "offset", "size", "nnr_unit_type", "independently_decodable_flag"),
    *("partial_data_counter", "sample"),
}
TRACK_KEYS = {
    *("track_id", "sample_entry", "handler_type", "timescale", "duration", "samples", "units"),
}


def info_json(path: Path) -> dict[str, Any]:
    result = call("info", path, "--json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_json_of_a_bitstream(files: Path) -> None:
    aggregate = unit(6, b"aggregate")
    counted = b"\0\6\x15\7\1\2"  # independently_decodable_flag 0, partial_data_counter 7
    unknown = unit(9, b"?"), unit(40, b"?", long=True)
    stream = b"".join([START, counted, aggregate, *unknown])
    (files / "x.nnr").write_bytes(stream)
    found = info_json(files / "x.nnr")
    assert set(found) == {"format", "size", "units"}
    assert (found["format"], found["size"]) == ("nnr", len(stream))
    rows = [
        (0, 0, 4, "NNR_STR", 1, None, None),
        (1, 4, 6, "NNR_NDU", 0, 7, None),
        (2, 10, 12, "NNR_AGG", 1, None, None),
        (3, 22, 4, "NNR_RSVD_9", 1, None, None),
        (4, 26, 6, "NNR_UNSP_40", 1, None, None),
    ]
    keys = ["index", "offset", "size", "nnr_unit_type", "independently_decodable_flag"]
    keys += ["partial_data_counter", "sample"]
    assert [tuple(unit[key] for key in keys) for unit in found["units"]] == rows


def check_json_of_file(path: Path, stream: bytes, sizes: list[int]) -> None:
    """Each unit's offset is its place in that file, and the order that of the bitstream."""
    data = path.read_bytes()
    found = info_json(path)
    assert set(found) == {"format", "size", "tracks"}
    assert (found["format"], found["size"]) == ("mp4", len(data))
    (track,) = found["tracks"]
    assert set(track) >= TRACK_KEYS
    told = {key: track[key] for key in TRACK_KEYS - {"units"}}
    assert told == {
        "track_id": 1,
        "sample_entry": "nnr1",
        "handler_type": "meta",
        "timescale": 1000,
        "duration": track["duration"],
        "samples": len(sizes),
    }
    assert [unit["index"] for unit in track["units"]] == list(range(len(track["units"])))
    parts = [data[unit["offset"] :][: unit["size"]] for unit in track["units"]]
    assert b"".join(parts) == stream
    samples = [unit for unit in track["units"] if unit["sample"] is not None]
    assert [unit["sample"] for unit in samples] == list(range(1, len(sizes) + 1))
    assert [unit["size"] for unit in samples] == sizes
    assert {unit["nnr_unit_type"] for unit in samples} <= {"NNR_NDU"}
    for unit_ in track["units"]:
        assert set(unit_) >= UNIT_KEYS
        assert unit_["independently_decodable_flag"] in (0, 1)
        assert (unit_["nnr_unit_type"] == "NNR_NDU") == (unit_["sample"] is not None)


def test_json_of_a_file(files: Path) -> None:
    check_json_of_file(files / "in.mp4", MIXED, [len(ndu) for ndu in NDUS])
    (track,) = info_json(files / "in.mp4")["tracks"]
    assert track["duration"] == 4
    types = ["STR", "NDU", "TPL", "MPS", "NDU", "NDU", "NDU", "TPL"]
    assert [unit["nnr_unit_type"] for unit in track["units"]] == [f"NNR_{name}" for name in types]


def test_json_of_fragments(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(fragmented())
    check_json_of_file(tmp_path / "x.mp4", SIMPLE, [len(ndu) for ndu in NDUS])


def test_json_of_a_file_without_samples(tmp_path: Path) -> None:
    mux(START + TOPOLOGY, tmp_path / "x.mp4")
    check_json_of_file(tmp_path / "x.mp4", START + TOPOLOGY, [])


@pytest.mark.parametrize("name", ["plain.nnr", "interleaved.nnr", "unknown_types.nnr", "block.nnr"])
def test_json_is_the_same_in_both_files(name: str, tmp_path: Path) -> None:
    mux(FOLDER / name, tmp_path / "x.mp4")
    here = info_json(FOLDER / name)["units"]
    there = info_json(tmp_path / "x.mp4")["tracks"][0]["units"]
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        assert one["sample"] is None
        for unit_ in (one, other):
            for key in ("offset", "sample"):
                del unit_[key]
    assert here == there


def test_json_of_a_file_without_nnr_track() -> None:
    assert info_json(ROOT / "fixtures/mp4/h264_aac.mp4")["tracks"] == []


def test_nothing_is_printed_of_a_broken_file_before_its_fault(files: Path) -> None:
    (files / "cut.nnr").write_bytes(MIXED[:-1])
    assert_fails(call("info", "--json", files / "cut.nnr"), "unit 7")
    data = bytearray((files / "in.mp4").read_bytes())
    data[-len(NDUS[3]) + 1] += 1
    (files / "bad.mp4").write_bytes(data)
    assert_fails(call("info", "--json", files / "bad.mp4"), "unit 6")


def test_info_for_people(files: Path) -> None:
    for name in ("in.nnr", "in.mp4"):
        result = call("info", files / name)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.count("NNR_NDU") >= 4
        assert name in result.stdout


def test_a_stream_that_looks_like_boxes_is_a_stream(tmp_path: Path) -> None:
    """Bytes 4 to 7 of a bitstream may be anything, `free` too."""
    stream = unit(9, b"\0free!!") + NDUS[0]
    assert stream[4:8] == b"free"
    (tmp_path / "x.nnr").write_bytes(stream)
    assert info_json(tmp_path / "x.nnr")["format"] == "nnr"


# --- dump -------------------------------------------------------------------------------------


def test_dump_shows_the_tree_without_media_data(files: Path) -> None:
    large = START + unit(5, b"media data" * 100_000, long=True)
    mux(large, files / "large.mp4")
    for name in ("in.mp4", "large.mp4"):
        result = call("dump", files / name)
        assert (result.exit_code, result.stderr) == (0, "")
        for word in ("nnr1", "nnrC", "NNR_STR", "stsz", "mdat"):
            assert word in result.stdout
        assert "media data" not in result.stdout
        lines = result.stdout.splitlines()
        entry = next(line for line in lines if "nnr1" in line)
        box = next(line for line in lines if "stsd" in line)
        assert len(entry) - len(entry.lstrip()) > len(box) - len(box.lstrip())
    mdat = read_boxes((files / "large.mp4").read_bytes())[-1]
    assert str(mdat.size) in result.stdout or str(mdat.size - 8) in result.stdout


def test_dump_of_any_file() -> None:
    for path in sorted((ROOT / "fixtures/mp4").glob("hand_*")):
        result = call("dump", path)
        assert (result.exit_code, result.stderr) == (0, ""), path


# --- help -------------------------------------------------------------------------------------


def test_version() -> None:
    result = call("--version")
    assert result.exit_code == 0
    assert result.stdout == f"pymp4-nnr {pymp4_nnr.__version__}\n"


def commands() -> list[str]:
    with click.Context(main) as context:
        return list(main.list_commands(context))


def test_help_lists_every_command() -> None:
    for option in ("-h", "--help"):
        result = call(option)
        assert result.exit_code == 0
        for command in commands():
            assert f"  {command} " in result.stdout
    assert {"mux", "demux", "info", "dump", "verify", "remove"} <= set(commands())


@pytest.mark.parametrize("name", commands())
def test_help_says_something_of_every_option(name: str) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0
    with click.Context(main) as context:
        command = main.get_command(context, name)
    assert command is not None
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            for spelling in parameter.opts:
                assert spelling in result.stdout
        else:
            assert str(parameter.metavar or parameter.name).split()[0] in result.stdout


def test_a_forged_table_is_told_with_its_place(files: Path) -> None:
    data = (files / "in.mp4").read_bytes()
    (files / "x.mp4").write_bytes(forge(data, patched(f"{STBL}/stco", 8, u32(1 << 30))))
    assert_fails(call("demux", files / "x.mp4", "-o", files / "x"), str(1 << 30))
    (files / "x.mp4").write_bytes(forge(data, patched(f"{STBL}/stsc", 12, u32(9))))
    assert_fails(call("demux", files / "x.mp4", "-o", files / "x"), "stsc")
    (files / "x.mp4").write_bytes(data.replace(PARAMETERS, b"\0\0" + PARAMETERS[2:]))
    assert_fails(call("demux", files / "x.mp4", "-o", files / "x"), "nnrC")
    assert names(files) == ["in.mp4", "in.nnr", "x.mp4"]


def test_names_in_a_file_do_not_steer_the_terminal(files: Path) -> None:
    mux([MIXED, MIXED], files / "two.mp4", name=["\x1b[31mone", "two"])
    assert_fails(call("demux", files / "two.mp4", "-o", files / "x"), r"1 (\x1b[31mone), 2 (two)")
    (files / "boxes").write_bytes(u32(99) + b"\x1b\x07ab")
    assert_fails(call("dump", files / "boxes"), r"\x1b\x07ab")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_leaves_nothing(number: int, tmp_path: Path) -> None:
    """It waits for standard input, of which it has read a part."""
    code = (
        "import sys, os, signal; from pymp4_nnr.cli import main; import pymp4_nnr.operations.mux;"
        "from pymp4_nnr.io import output as pieces; write = pieces._write_all;"
        f"pieces._write_all = lambda *a: (write(*a), os.kill(os.getpid(), {int(number)}));"
        "sys.argv[0] = 'pymp4-nnr'; main()"
    )
    source = ROOT / "fixtures" / "nnr" / "plain.nnr"
    command = [sys.executable, "-c", code, "mux", source, "-o", tmp_path / "out.mp4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 128 + number, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in done.stderr


def test_describes_needs_a_movie(tmp_path: Path) -> None:
    source = ROOT / "fixtures" / "nnr" / "plain.nnr"
    arguments = ["mux", str(source), "-o", str(tmp_path / "x.mp4"), "--describes", "1"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "--describes needs --into" in result.output
