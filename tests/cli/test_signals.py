"""Ctrl-C and SIGTERM: at any moment the command ends, leaves nothing, and says nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import default_signals, environment, names

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

AT_IMPORT = """
import os, signal, sys
from pymp4_nnr.__main__ import run
left = int(sys.argv.pop(1))
def look(event, arguments):
    global left
    if event == "import":
        if not left:
            os.kill(os.getpid(), signal.SIGINT)
        left -= 1
sys.addaudithook(look)
run()
"""
"""The command, interrupted at an import."""

WHILE_WRITING = """
import os, sys
from pymp4_nnr.io import output
number = int(sys.argv.pop(1))
write = output._write_all
def write_and_signal(*arguments):
    write(*arguments)
    os.kill(os.getpid(), number)
output._write_all = write_and_signal
from pymp4_nnr.__main__ import run
run()
"""


def ended(code: str, *arguments: object, folder: Path) -> int:
    """How a program ended that must not say anything."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        cwd=folder,
        env=environment(),
        preexec_fn=default_signals,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    return done.returncode


@pytest.mark.parametrize("number", [0, 1, 5, 20, 60, 100, 130, 150, 160])
def test_an_interrupt_while_modules_are_imported(number: int, files: Path) -> None:
    """A shell sees that the signal has ended the command, and ends its own loop."""
    line = ("mux", "in.nnr", "-o", "out.mp4", "-q")
    assert ended(AT_IMPORT, number, *line, folder=files) in (-signal.SIGINT, 0)
    assert set(names(files)) - {"out.mp4"} == {"in.mp4", "in.nnr"}
    if number < 100:
        assert names(files) == ["in.mp4", "in.nnr"]


def test_nothing_is_imported_before_an_interrupt_is_prepared_for(files: Path) -> None:
    """Until then Python itself would tell of it, in many lines."""
    code = """
import sys
before = set(sys.modules)
import pymp4_nnr
print(sorted(set(sys.modules) - before))
import pymp4_nnr.__main__
print(sorted(name for name in sys.modules if name.startswith("pymp4_nnr")))
assert issubclass(pymp4_nnr.errors.MediaError, pymp4_nnr.NNRError)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=files, env=environment(), timeout=60
    )
    first, second = done.stdout.decode().splitlines()
    assert set(first[2:-2].split("', '")) <= {"__future__", "pymp4_nnr"}
    assert second == "['pymp4_nnr', 'pymp4_nnr.__main__']"


def test_an_interrupt_while_the_module_of_signals_is_imported(files: Path) -> None:
    """It comes before the command can say what an interrupt is to do."""
    code = """
import sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == "signal":
            raise KeyboardInterrupt
sys.modules.pop("signal", None)
sys.meta_path.insert(0, Interrupt())
from pymp4_nnr.__main__ import run
"""
    assert ended(code, folder=files) == 128 + signal.SIGINT


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 128 + signal.SIGTERM)]
)
@pytest.mark.parametrize(
    "line",
    [
        *("mux in.nnr -o out", "mux in.nnr --segments out", "demux in.mp4 -o out"),
        *("remove in.mp4 -o out", "extract in.mp4 --sample 1 -o out"),
        "mux in.nnr --into in.mp4 -o out",
    ],
)
def test_a_signal_while_a_file_is_written(number: int, code: int, line: str, files: Path) -> None:
    assert ended(WHILE_WRITING, int(number), *line.split(), folder=files) == code
    assert names(files) == ["in.mp4", "in.nnr"]


def test_shells_see_an_interrupt(files: Path) -> None:
    """Ctrl-C, which goes to the shell too, ends a loop: the command was ended by the signal."""
    script = 'for i in 1 2 3; do "$0" -c "$1" 2 mux in.nnr -o out$i; echo $i; done'
    done = subprocess.run(
        [
            "bash",
            "-c",
            script,
            sys.executable,
            WHILE_WRITING.replace("os.kill(os.getpid()", "os.killpg(0"),
        ],
        capture_output=True,
        start_new_session=True,
        cwd=files,
        env=environment(),
        preexec_fn=default_signals,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert names(files) == ["in.mp4", "in.nnr"]
