"""Standard input and output: pipes, files, closed streams, full disks, readers that leave."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
from pathlib import Path

import pytest

from pymp4_nnr import mux
from pymp4_nnr.cli.console import output_console
from tests.cli.command import COMMAND, call, environment, execute, names, popen
from tests.nnr import large_streams
from tests.nnr.streams import MIXED, SIMPLE, START, unit
from tests.paths import ROOT


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


TELLING = ("-o -", "info", "dump", "verify", "--help", "--version")
"""Commands that print something."""


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
        "--help",
        "mux --help",
        "--version",
    ],
)
def test_closed_standard_streams_bring_no_traceback(line: str, closed: str, files: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$@" {line} {closed}', "sh", *COMMAND],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=files,
        env=environment(),
        timeout=60,
    )
    assert b"Traceback" not in done.stderr
    assert b"internal error" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    # What goes to standard output is either the purpose of the command, or not there.
    needed = {"<&-": "mux - ", ">&-": TELLING, "2>&-": "missing"}[closed]
    fails = any(word in line for word in ([needed] if isinstance(needed, str) else needed))
    assert done.returncode == int(fails or "missing" in line or line == "mux - -o -")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "line",
    [
        *("info in.mp4", "info --json in.mp4", "info in.nnr", "dump in.mp4"),
        *("verify in.mp4 --against in.nnr", "demux in.mp4 -o -", "mux in.nnr -o -"),
        *("demux in.mp4 -o /dev/full", "--help", "mux --help", "--version"),
    ],
)
def test_a_full_disk_is_one_line(line: str, files: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*COMMAND, *line.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=files,
            env=environment(),
            timeout=60,
        )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert b"space" in done.stderr


@pytest.mark.parametrize("line", ["info big.nnr --all", "info --json big.nnr", "dump in.mp4"])
def test_a_reader_that_leaves_is_no_fault(line: str, files: Path) -> None:
    (files / "big.nnr").write_bytes(MIXED * 600)
    mux(MIXED * 300, files / "in.mp4")
    process = popen(*line.split(), folder=files)
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.read(10)
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=60)
    assert stderr == b""
    assert process.returncode in (0, 1, 128 + signal.SIGPIPE, -signal.SIGPIPE)


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="Windows has no SIGPIPE")
@pytest.mark.parametrize(
    "line",
    [
        *("info big.nnr --all", "info big.nnr --json", "info big.nnr --tensors --all"),
        *("dump --full in.mp4", "dump --json in.mp4", "demux in.mp4 -o -", "--help", "info -h"),
        *("--version", "verify in.mp4 --against big.nnr"),
        *("info in.mp4", "info in.mp4 --units", "info big.nnr --units", "info in.mp4 --tensors"),
        *("check in.mp4", "check in.mp4 --json", "mux big.nnr -o -", "remove in.mp4 -o -"),
        "extract in.mp4 --sample 1 -o -",
    ],
)
def test_without_a_reader_the_status_is_that_of_a_broken_pipe(line: str, files: Path) -> None:
    (files / "big.nnr").write_bytes(SIMPLE * 300)
    mux(SIMPLE * 300, files / "in.mp4", fragment=1)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *line.split()],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=files,
        env=environment(),
        timeout=60,
    )
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 128 + signal.SIGPIPE


@pytest.mark.parametrize("command", ["demux in.mp4 -o -", "mux in.nnr -o -"])
def test_a_reader_of_data_that_leaves_is_no_fault(command: str, files: Path) -> None:
    (files / "in.nnr").write_bytes(unit(5, bytes(1 << 20), long=True) * 3)
    mux(files / "in.nnr", files / "in.mp4")
    process = popen(*command.split(), folder=files)
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.read(10)
        process.stdout.close()
        stderr = process.stderr.read()
        process.wait(timeout=60)
    assert stderr == b""
    assert process.returncode != 0


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
        done = execute(*arguments, folder=files, PYTHONIOENCODING=encoding)
        assert b"internal error" not in done.stderr, arguments
        assert b"Traceback" not in done.stderr
        assert done.returncode == (arguments[0] == "mux")


SMALL = b"".join([large_streams.START, large_streams.PARAMETERS, large_streams.ndu(20)])
SMALL += large_streams.LAYER + large_streams.ndu(33_000, independent=False)
LARGE = b"".join([large_streams.START, large_streams.PARAMETERS, large_streams.ndu(3 << 20)])
LARGE += large_streams.LAYER + b"".join(large_streams.ndu(300_000) for _ in range(9))


def output(*arguments: str | Path, given: bytes = b"") -> bytes:
    """Standard output of the command."""
    done = execute(*arguments, stdin=given)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_pipes_carry_what_files_hold(data: bytes, tmp_path: Path) -> None:
    model, movie, restored = tmp_path / "model.nnr", tmp_path / "model.mp4", tmp_path / "out.nnr"
    model.write_bytes(data)
    output("mux", model, "-o", movie)
    output("demux", movie, "-o", restored)
    assert restored.read_bytes() == data
    muxed = movie.read_bytes()
    assert output("mux", "-", "-o", "-", given=data) == muxed
    assert output("mux", model, "-o", "-") == muxed
    assert output("demux", movie, "-o", "-") == data
    assert output("demux", "-", "-o", "-", given=muxed) == data
    again = tmp_path / "again.mp4"
    output("mux", "-", "-o", again, given=data)
    assert again.read_bytes() == muxed


def test_standard_output_is_written_from_where_it_is(tmp_path: Path) -> None:
    """It is written from where it is, not from its start."""
    model, movie, both = tmp_path / "model.nnr", tmp_path / "model.mp4", tmp_path / "both"
    model.write_bytes(LARGE)
    output("mux", model, "-o", movie)
    for mode in ("wb", "ab"):
        both.write_bytes(b"before" if mode == "ab" else b"")
        with both.open(mode) as file:
            file.write(b"" if mode == "ab" else b"before")
            file.flush()
            subprocess.run([*COMMAND, "mux", model, "-o", "-"], stdout=file, check=True, cwd=ROOT)
        assert both.read_bytes() == b"before" + movie.read_bytes()


def test_tables_end_as_everything_else_without_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the reader leaves between a line and a table, too: rich would exit with 1."""

    class Closed(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("sys.stdout", Closed())
    with pytest.raises(BrokenPipeError) as caught:
        output_console().print("a table")
    assert caught.value.errno == errno.EPIPE
