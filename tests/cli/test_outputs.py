"""Outputs: never half written, never over what exists or over the input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, assert_fails, call, environment, execute, names
from tests.nnr.streams import PLAIN
from tests.round_trip import demuxed

WRITING = ["mux in.nnr -o {}", "demux in.mp4 -o {}", "remove in.mp4 -o {}"]


@pytest.mark.parametrize("line", WRITING)
def test_an_output_that_exists_needs_force(
    line: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    (files / "out").write_bytes(b"old")
    arguments = line.format("out").split()
    assert_fails(call(*arguments), "out exists; --force replaces it")
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


def code_that_receives(number: int) -> str:
    """The command, which receives a signal when it has written the first bytes of its output."""
    return f"""
import os
from pymp4_nnr.io import output
write = output._write_all
def write_and_signal(*arguments):
    write(*arguments)
    os.kill(os.getpid(), {int(number)})
output._write_all = write_and_signal
from pymp4_nnr.cli import main
main()
"""


def test_an_interrupt_leaves_nothing(files: Path) -> None:
    """Ctrl-C while a file is written: no traceback, no temporary file."""
    code = code_that_receives(signal.SIGINT)
    done = execute("mux", "in.nnr", "-o", "out.mp4", code=code, folder=files)
    assert done.returncode not in (0, 2)
    assert b"Traceback" not in done.stderr
    assert names(files) == ["in.mp4", "in.nnr"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_leaves_nothing(number: int, tmp_path: Path) -> None:
    code = code_that_receives(number)
    done = execute("mux", PLAIN, "-o", tmp_path / "out.mp4", code=code)
    assert done.returncode == 128 + number, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_ignored_signals_stay_ignored(number: int, tmp_path: Path) -> None:
    """As under `nohup`."""
    code = f"import signal; signal.signal({int(number)}, signal.SIG_IGN)\n"
    code += code_that_receives(number)
    done = execute("mux", PLAIN, "-o", tmp_path / "out.mp4", code=code)
    assert done.returncode == 0, done.stderr
    assert demuxed(tmp_path / "out.mp4") == PLAIN.read_bytes()


@pytest.mark.parametrize("line", [*WRITING, "mux in.nnr --segments {}"])
def test_sync(line: str, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    flushed: list[int] = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    assert call(*line.format("out").split()).exit_code == 0
    assert flushed == []
    assert call(*line.format("out2").split(), "--sync").exit_code == 0
    assert len(flushed) >= 2


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there is no /dev/fd")
@pytest.mark.parametrize("line", ["{} mux in.nnr -o {}", "{} demux in.mp4 -o {}"])
def test_outputs_of_the_shell(line: str, files: Path) -> None:
    """A process substitution, and standard output by its path, a pipe or a file."""
    shell = ["bash", "-c"]
    command = line.format('"$@"', "{} -q")
    for target, wrapped in (
        (">(cat > got)", "{}; wait $!; while [ ! -s got ]; do sleep 0.01; done"),
        ("/dev/stdout", "{} | cat > got"),
        ("/dev/stdout", "printf before > got; {} >> got"),
    ):
        script = wrapped.format(command.format(target))
        done = subprocess.run(
            [*shell, script, "bash", *COMMAND],
            cwd=files,
            env=environment(),
            capture_output=True,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        whole = (files / ("in.nnr" if "demux" in line else "in.mp4")).read_bytes()
        got = (files / "got").read_bytes()
        assert got == (b"before" if ">>" in wrapped else b"") + whole
        (files / "got").unlink()
