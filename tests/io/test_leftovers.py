"""What killed runs leave behind is removed by the next one, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pymp4_nnr import errors
from pymp4_nnr.io import temporary_name
from pymp4_nnr.io.output import write_pieces
from pymp4_nnr.io.temporary_name import temporary_file, temporary_folder
from tests.cli.command import environment
from tests.io.test_new_file import NEW, OLD, names
from tests.threads import in_threads

WRITES = """
import os, sys, time
from pymp4_nnr.io.output import write_pieces
def stop(_):
    print("writing", flush=True)
    time.sleep(60)
write_pieces([b"half"], sys.argv[1], progress=stop)
"""


def writing(path: Path) -> subprocess.Popen[bytes]:
    """A process that has written some of a file, and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES, path], stdout=subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("name", ["out", "n" * 255, "é" * 127])
def test_the_next_run_removes_what_a_killed_one_left(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    dead, alive = writing(path), writing(path)
    kill(dead)
    assert len(names(tmp_path)) == 2
    write_pieces([NEW], path)
    assert path.read_bytes() == NEW
    assert len(names(tmp_path)) == 2  # that of the process that still writes
    write_pieces([NEW], tmp_path / "other")
    kill(alive)
    assert len(names(tmp_path)) == 3
    with pytest.raises(errors.OutputExistsError):
        write_pieces([NEW], path, overwrite=False)
    write_pieces([OLD], path)
    assert names(tmp_path) == sorted([name, "other"])


def test_only_what_we_left_is_removed(tmp_path: Path) -> None:
    others = [".out.part", ".out.1234abcd.part", "out.part", ".out.pymp4-nnr-x.part"]
    for name in others:
        (tmp_path / name).write_bytes(OLD)
    (tmp_path / "elsewhere").write_bytes(OLD)
    (tmp_path / ".out.pymp4-nnr-0.part").symlink_to("elsewhere")
    os.mkfifo(tmp_path / ".out.pymp4-nnr-1.part")
    left = tmp_path / ".out.pymp4-nnr-5.part"
    left.write_bytes(OLD)
    there = names(tmp_path)
    write_pieces([NEW], tmp_path / "out")
    assert names(tmp_path) == sorted({*there, "out"} - {left.name})
    assert (tmp_path / "elsewhere").read_bytes() == OLD


def test_folders_too(tmp_path: Path) -> None:
    target = tmp_path / "parts"
    first = temporary_folder(target)
    (first.path / "a").mkdir()
    (first.path / "a" / "file").write_bytes(OLD)
    second = temporary_folder(target)
    assert {first.path.name, second.path.name} == set(names(tmp_path))
    first.close()  # as if its process had been killed
    third = temporary_folder(target)
    assert third.path == first.path
    assert names(third.path) == []
    for one in (second, third):
        one.remove()
        one.close()
    assert names(tmp_path) == []


def test_without_locks_nothing_is_taken_for_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporary_name, "_locked", lambda _: None)
    first = temporary_file(tmp_path / "out", 0o666)
    second = temporary_file(tmp_path / "out", 0o666)
    assert len(names(tmp_path)) == 2
    for one in (first, second):
        one.remove()
        one.close()
    assert names(tmp_path) == []


def test_writers_and_cleaners_at_once(tmp_path: Path) -> None:
    """Many threads make, finish and give up files of one target: none loses its file."""
    path = tmp_path / "out"
    faults: list[BaseException] = []
    end = time.monotonic() + 1

    def work(number: int) -> None:
        try:
            while time.monotonic() < end:
                data = bytes([number]) * 10_000
                if number % 3:
                    write_pieces([data, data], path)
                    found = path.read_bytes()
                    assert len(found) == 20_000
                    assert len(set(found)) == 1
                else:  # killed before it was done
                    temporary_file(path, 0o666).close()
        except BaseException as error:
            faults.append(error)

    in_threads(work)
    assert not faults
    write_pieces([NEW], path)
    assert names(tmp_path) == ["out"]


# --- on the disk ----------------------------------------------------------------------------------


def test_long_names_are_not_cut_in_a_character(tmp_path: Path) -> None:
    """Some systems refuse names that are not UTF-8."""
    for shift in range(4):
        temporary = temporary_file(tmp_path / ("a" * shift + "網" * 80), 0o600)
        temporary.path.name.encode()
        assert len(os.fsencode(temporary.path.name)) < 255
        temporary.remove()
        temporary.close()
    assert not list(tmp_path.iterdir())
