"""Progress bars: they move while units are looked at, and end at 100 %."""

from __future__ import annotations

import io
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, check, demux, mux, report, verify
from pymp4_nnr.cli import progress as module
from pymp4_nnr.cli.progress import progress_bar
from pymp4_nnr.io.progress import StepProgress
from tests.cli.command import call
from tests.nnr.streams import PLAIN
from tests.nnr.tensors import EDITION_2, named_ndu


class Recorder(StepProgress):
    """The steps of an operation, each with its total, and the counts that were told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, list[int]]] = []

    def begin(self, step: str, total: int) -> None:
        self.steps.append((step, total, []))

    def __call__(self, count: int) -> None:
        self.steps[-1][2].append(count)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A bitstream of thousands of units."""
    path = tmp_path / "many.nnr"
    path.write_bytes(EDITION_2 + b"".join(named_ndu(f"w{i}", bytes(200)) for i in range(5000)))
    return path


def test_steps_of_mux_demux_and_verify(many: Path, tmp_path: Path) -> None:
    size = many.stat().st_size
    recorder = Recorder()
    written = mux(many, tmp_path / "x.mp4", progress=recorder)
    (reading, read_total, reads), (writing, write_total, writes) = recorder.steps
    assert (reading, read_total, writing, write_total) == ("reading", size, "writing", written)
    assert len(reads) > 10  # it moves while the units are looked at
    assert 0.9 * size < sum(reads) <= size
    assert sum(writes) == written
    for work, step in (
        (lambda told: demux(tmp_path / "x.mp4", tmp_path / "y.nnr", progress=told), "writing"),
        (lambda told: verify(tmp_path / "x.mp4", many, progress=told), "comparing"),
    ):
        recorder = Recorder()
        work(recorder)
        [(name, total, counts)] = recorder.steps
        assert name == step
        assert size - 100 < total <= size  # units in nnrC may be left out
        assert sum(counts) == size


def test_steps_of_append_and_report(many: Path, tmp_path: Path) -> None:
    size, path = many.stat().st_size, tmp_path / "x.mp4"
    mux(many, path)
    for appended in (["reading", "rewriting", "appending"], ["reading", "appending"]):
        recorder = Recorder()
        append(path, many, progress=recorder)
        assert [name for name, _, _ in recorder.steps] == appended
        for name, total, counts in recorder.steps:
            left = 8 if name == "appending" else total // 10 if name == "reading" else 0
            assert total - left <= sum(counts) <= total
            assert total >= size
    for source, networks in ((many, 1), (path, 3)):
        recorder = Recorder()
        report(source, tmp_path / "page.html", progress=recorder)
        [(name, total, counts)] = recorder.steps
        assert name == "reading"
        assert networks * (size - 100) <= total <= networks * size
        assert sum(counts) == networks * size
        assert len(counts) > 1000


@pytest.mark.parametrize("line", ["report many.nnr -o page.html", "append x.mp4 many.nnr"])
def test_commands_show_a_bar_on_a_terminal_alone(
    line: str, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pymp4_nnr.cli.report.LONG", 0)
    monkeypatch.setattr("pymp4_nnr.cli.append.progress_bar", partial(progress_bar, long=0))
    monkeypatch.setattr(module.Bar, "begin", lambda _, step, total: begun.append(step))
    mux(many, "x.mp4")
    for is_terminal, options in ((False, []), (True, ["-q"]), (True, [])):
        begun.clear()
        Path("page.html").unlink(missing_ok=True)
        monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: is_terminal)  # noqa: B023
        assert call(*line.split(), *options).exit_code == 0
        assert bool(begun) is (is_terminal and not options)


def test_a_plain_function_is_told_of_what_is_written_alone(many: Path, tmp_path: Path) -> None:
    counts: list[int] = []
    assert mux(many, tmp_path / "x.mp4", progress=counts.append) == sum(counts)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "command", ["mux", "demux", "verify", "remove", "append", "check", "report"]
)
def test_bars_end_at_100_percent(
    command: str, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last state of the bar, before it is taken away."""
    mux(many, tmp_path / "x.mp4")
    shown: list[tuple[float, float | None]] = []
    finish = module.Bar.finish

    def watched(bar: Any) -> None:
        finish(bar)
        [task] = bar._bars.tasks
        shown.append((task.completed, task.total))
        assert task.percentage == 100

    monkeypatch.setattr(module.Bar, "finish", watched)
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with progress_bar("working", [str(many)], quiet=False, long=0) as bar:
        assert bar is not None
        work = {
            "mux": lambda: mux(many, tmp_path / "y.mp4", progress=bar),
            "demux": lambda: demux(tmp_path / "x.mp4", tmp_path / "y.nnr", progress=bar),
            "verify": lambda: verify(tmp_path / "x.mp4", many, progress=bar),
            "append": lambda: append(tmp_path / "x.mp4", many, progress=bar),
            "check": lambda: check(tmp_path / "x.mp4", progress=bar),
            "report": lambda: report(tmp_path / "x.mp4", tmp_path / "y.html", progress=bar),
            "remove": lambda: bar(many.stat().st_size + 12345),  # more than was expected
        }
        work[command]()
    [(completed, total)] = shown
    assert completed == total
    percents = [int(text) for text in re.findall(r"(\d+)%", terminal.getvalue())]
    assert percents[-1] == 100
    assert max(percents) == 100


def test_without_a_terminal_there_is_no_bar(many: Path, tmp_path: Path) -> None:
    with progress_bar("working", [str(many)], quiet=False, long=0) as bar:
        assert bar is None
    done = call("mux", PLAIN, "-o", tmp_path / "x.mp4")
    assert "%" not in done.stderr
