"""Full disks, quotas, few descriptors, inputs that change: one line each, and nothing left."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pymp4_nnr import mux, mux_segments
from pymp4_nnr.cli import mp4dump
from pymp4_nnr.cli.app import COMMANDS
from tests.cli.command import COMMAND, assert_fails, call, environment, names
from tests.filesystem.users import IS_ROOT
from tests.nnr import large_streams

BIG = b"".join([large_streams.START, *(large_streams.ndu(300_000) for _ in range(8))])


def run(
    *arguments: object, folder: Path, limit: Callable[[], None] | None = None, shell: str = ""
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own.

    Args:
        arguments: of the command.
        folder: where it runs.
        limit: called before it is started, in its process.
        shell: redirections.
    """
    command = [*COMMAND, *map(str, arguments)]
    if shell:
        command = ["sh", "-c", f'"$@" {shell}', "sh", *command]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(),
        preexec_fn=limit,
        timeout=120,
    )


def assert_one_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("pymp4-nnr: ")
    assert "internal error" not in line
    for word in words:
        assert word in line


@pytest.fixture
def big(tmp_path: Path) -> Path:
    (tmp_path / "in.nnr").write_bytes(BIG)
    mux(BIG, tmp_path / "in.mp4")
    mux([BIG, BIG], tmp_path / "two.mp4")
    return tmp_path


WRITING = [
    *("mux in.nnr -o {}", "demux in.mp4 -o {}", "remove two.mp4 --track 1 -o {}"),
    *("extract in.nnr --sample 1 --sample 2 --sample 3 -o {}", "mux in.nnr --segments {}"),
    "mux in.nnr --into in.mp4 -o {}",
]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if not IS_ROOT:
        pytest.skip("only root can mount a file system")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", place])
    if mounted.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.mark.parametrize("line", WRITING)
def test_a_full_disk(line: str, big: Path, small_disk: Path) -> None:
    target = small_disk / "out"
    name = f"pymp4-nnr: {target}"
    assert_one_line(run(*line.format(target).split(), folder=big), name, "No space left on device")
    assert names(small_disk) == []
    if "--segments" in line:
        return
    target.write_bytes(b"old")
    assert_one_line(run(*line.format(target).split(), "--force", folder=big), f"{name}: No space")
    assert names(small_disk) == ["out"]
    assert target.read_bytes() == b"old"


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


@pytest.mark.parametrize("line", WRITING)
def test_a_limit_on_the_size_of_files(line: str, big: Path) -> None:
    there = names(big)
    done = run(*line.format("out").split(), folder=big, limit=small_files)
    assert_one_line(done, "pymp4-nnr: out", "too large")
    assert names(big) == there


@pytest.mark.parametrize("line", WRITING)
def test_inputs_that_become_longer_or_other_files_while_they_are_read(
    line: str, big: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there when they were opened counts."""
    monkeypatch.chdir(big)
    assert call(*line.format("expected").split()).exit_code == 0
    from pymp4_nnr.io import output

    write = output._write_all

    def change(*arguments: object) -> int:
        for name in ("in.nnr", "in.mp4"):
            with Path(name).open("ab") as file:
                file.write(b"more")
            other = Path(f"new {name}")
            other.write_bytes(b"something else")
            other.replace(name)
        return write(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(output, "_write_all", change)
    assert call(*line.format("out").split()).exit_code == 0
    if "--segments" in line:
        assert {one.name: one.read_bytes() for one in Path("out").iterdir()} == {
            one.name: one.read_bytes() for one in Path("expected").iterdir()
        }
    else:
        assert Path("out").read_bytes() == Path("expected").read_bytes()


@pytest.mark.parametrize("line", ["mux in.nnr -o {}", "demux in.mp4 -o {}"])
def test_targets_that_are_no_files(line: str, big: Path) -> None:
    folder, fifo, link = big / "folder", big / "fifo", big / "link"
    folder.mkdir()
    os.mkfifo(fifo)
    link.symlink_to("missing")
    there = names(big)
    for force in ([], ["--force"]):
        assert_one_line(run(*line.format("folder").split(), *force, folder=big), "directory")
        assert_one_line(run(*line.format("no/folder").split(), *force, folder=big), "No such file")
        assert_one_line(run(*line.format("in.nnr/x").split(), *force, folder=big), "ot a directory")
        assert names(big) == there
    through = run(*line.format("fifo").split(), "-q", folder=big, shell="& cat fifo > got; wait $!")
    assert (through.returncode, through.stderr) == (0, "")
    assert run(*line.format("link").split(), "-q", folder=big).returncode == 0
    assert (big / "missing").read_bytes() == (big / "got").read_bytes()
    assert link.is_symlink()


def test_folders_of_segments_that_cannot_be_made(big: Path) -> None:
    """No name is tried for ever, and none is that of a temporary folder."""
    (big / "loop").symlink_to("loop")
    (big / "link").symlink_to("missing/folder")
    os.mkfifo(big / "fifo")
    (big / "old" / "init.mp4").mkdir(parents=True)
    there = names(big)
    for folder, message in {
        "no/folder/parts": "No such file",
        "link": "No such file",
        "loop": "loop",
        "fifo": "no folder",
        "in.nnr": "no folder",
        "in.nnr/parts": "ot a directory",
        "old": "is a directory",
        "": "empty",
    }.items():
        done = run("mux", "in.nnr", "--segments", folder, "--force", folder=big)
        assert_one_line(done, message)
        assert ".part" not in done.stderr
        assert names(big) == there
    assert names(big / "old") == ["init.mp4"]


EMPTY = [
    *("info EMPTY", "info --json EMPTY", "info in.mp4 EMPTY", "dump EMPTY", "dump --json EMPTY"),
    *("check EMPTY", "report EMPTY -o out", "report in.mp4 -o EMPTY", "mux EMPTY -o out"),
    *("mux in.nnr -o EMPTY --force", "mux in.nnr --into EMPTY -o out", "mux in.nnr EMPTY -o out"),
    *("mux in.nnr --segments EMPTY", "mux in.nnr --into EMPTY --segments out"),
    *("demux EMPTY -o out", "demux in.mp4 -o EMPTY --force", "demux in.mp4 EMPTY -o out"),
    *("verify EMPTY --against in.nnr", "verify in.mp4 --against EMPTY"),
    *("remove EMPTY -o out", "remove two.mp4 --track 1 -o EMPTY", "append EMPTY in.nnr"),
    *("append in.mp4 EMPTY", "extract EMPTY --sample 1 -o out"),
    *("extract in.mp4 --sample 1 -o EMPTY", "decode EMPTY -o out.safetensors"),
    *("decode in.mp4 -o EMPTY", "encode EMPTY -o out", "encode in.nnr -o EMPTY"),
]


def test_names_that_are_empty(
    big: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of a variable that is not set."""
    monkeypatch.chdir(big)
    monkeypatch.setattr("pymp4_nnr.operations.codec_process.need", lambda *_: None)
    monkeypatch.setattr("pymp4_nnr.operations.decode.need", lambda *_: None)
    monkeypatch.setattr("pymp4_nnr.operations.encode.need", lambda *_: None)
    there = names(big)
    for line in EMPTY:
        words = ["" if word == "EMPTY" else word for word in line.split()]
        output = " -o EMPTY" in line or "--segments EMPTY" in line
        told = "the name of the "
        told += ("folder" if "--segments" in line else "output") if output else "file"
        assert_fails(call(*words), f"{told} is empty", silent=not line.startswith("info in"))
        assert names(big) == there
    assert {line.split()[0] for line in EMPTY} == {*COMMANDS}
    assert mp4dump.dump([""]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("the name of the file is empty")


def test_what_cannot_be_appended_to(big: Path) -> None:
    os.mkfifo(big / "fifo")
    for path in ("fifo", "/dev/null", "."):
        assert_one_line(run("append", path, "in.nnr", folder=big), "no file that can become longer")
    assert_one_line(run("append", "none", "in.nnr", folder=big), "none: No such file")


@pytest.mark.skipif(not IS_ROOT, reason="only root can make devices")
def test_a_block_device_takes_force(big: Path) -> None:
    """It would be overwritten; this one does not exist, so that nothing is."""
    device = big / "device"
    try:
        os.mknod(device, 0o60644, os.makedev(240, 123))
    except PermissionError:  # in a container
        assert not device.exists()
        return
    assert_one_line(run("mux", "in.nnr", "-o", "device", folder=big), "exists")
    assert_one_line(run("mux", "in.nnr", "-o", "device", "--force", folder=big), "device")
    assert device.is_block_device()


@pytest.mark.parametrize("line", ["mux - -o out", "demux - -o out", "verify in.mp4 --against -"])
def test_no_standard_input(line: str, big: Path) -> None:
    there = names(big)
    assert_one_line(run(*line.split(), folder=big, shell="<&-"), "Bad file descriptor")
    assert names(big) == there


def few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def test_many_segments_with_few_descriptors(tmp_path: Path) -> None:
    source = b"".join([large_streams.START, *(large_streams.ndu(100) for _ in range(500))])
    (tmp_path / "in.nnr").write_bytes(source)
    segments = mux_segments(source, tmp_path / "parts", fragment=1)
    assert len(segments) == 501
    for line in ("demux", "demux-extract"):
        command, *more = {
            "demux": ["demux", "-o", "out.nnr", "-q"],
            "demux-extract": ["extract", "--sample", "7", "-o", "one.nnr", "-q"],
        }[line]
        done = run(command, *segments, *more, folder=tmp_path, limit=few_descriptors)
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.nnr").read_bytes() == source
    verify = ["verify", *segments, "--against", "in.nnr", "-q"]
    assert run(*verify, folder=tmp_path, limit=few_descriptors).returncode == 0
    assert run("info", *segments, folder=tmp_path, limit=few_descriptors).returncode == 0
    # what is written to must not be one of many inputs
    last = segments[-1]
    before = last.read_bytes()
    done = run("demux", *segments, "-o", last, "--force", folder=tmp_path, limit=few_descriptors)
    assert_one_line(done, "is the input")
    assert last.read_bytes() == before
