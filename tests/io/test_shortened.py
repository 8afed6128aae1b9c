"""Files that somebody changes while they are read: a clear error, whatever is being done."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import pymp4_nnr
from pymp4_nnr.bitstream.codec import parse
from pymp4_nnr.bitstream.splitter import split
from pymp4_nnr.bitstream.unit_walk import walk
from pymp4_nnr.cli import main
from pymp4_nnr.errors import MediaError, NNRError, TruncatedUnitError
from pymp4_nnr.io import file_source
from pymp4_nnr.io.ranges import read_exactly
from pymp4_nnr.io.source import open_source
from tests.nnr.streams import FOLDER, START, unit

SMALL = START + b"".join(unit(5, bytes([number % 256]) * 300) for number in range(2000))
"""600 kB in units that are read ahead together."""

LARGE = START + b"".join(unit(5, bytes(100_000), long=True) for _ in range(8))
"""800 kB in units that are passed over."""

NAMED = (FOLDER / "lenet5.nnr").read_bytes()
"""Real units, with the names of tensors."""


def test_bytes_that_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))
    for ahead in (False, True):
        with open_source(path) as source:
            os.truncate(path, 50_000)
            with pytest.raises(MediaError, match="shortened") as caught:
                read_exactly(source, 49_990, 20, ahead=ahead)
            assert caught.value.offset == 49_990
            assert "20 bytes are needed, 10 are there" in str(caught.value)
            os.truncate(path, 100_000)


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small units", "large units"])
@pytest.mark.parametrize("find", [split, parse, lambda path: walk(open_source(path))])
def test_walks(data: bytes, find: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "model.nnr"
    path.write_bytes(data)
    units = iter(find(path))  # type: ignore[call-overload]
    next(units)
    os.truncate(path, 250_000)
    with pytest.raises(NNRError, match="shortened") as caught:
        list(units)
    assert caught.value.offset is not None
    # the unit that is cut off, or the next one whose header is needed
    assert 250_000 - 303 <= caught.value.offset < 250_000 + 101_000


def test_a_unit_that_is_read_later(tmp_path: Path) -> None:
    path = tmp_path / "model.nnr"
    path.write_bytes(LARGE)
    units = list(split(path))
    os.truncate(path, 150_000)
    assert len(units[1].data) == 100_005
    with pytest.raises(TruncatedUnitError) as caught:
        _ = units[2].data
    assert caught.value.unit_index == 2


@pytest.mark.parametrize("kind", ["file", "file object"])
def test_a_source_that_is_copied(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.nnr"
    path.write_bytes(LARGE)
    target = tmp_path / "model.mp4"
    file = io.BytesIO(LARGE)
    source = path if kind == "file" else file

    def shorten(count: int) -> None:
        os.truncate(path, 300_000)
        file.truncate(300_000)

    with pytest.raises(MediaError, match="shortened"):
        pymp4_nnr.mux(source, target, progress=shorten)
    assert not target.exists()


COMMANDS = [
    *("info NNR", "info MP4", "info --json NNR", "info --json MP4", "info --units MP4"),
    *("info --tensors NNR", "info --tensors MP4", "dump MP4", "dump --full MP4", "dump --json MP4"),
    *("check NNR", "check MP4", "check --json MP4", "report NNR -o OUT", "report MP4 -o OUT"),
    *("mux NNR -o OUT", "mux NNR --fragment 3 -o OUT", "mux NNR --segments OUT"),
    *("mux model.nnr --into MP4 -o OUT", "mux NNR --into model.mp4 -o OUT"),
    *("demux MP4 -o OUT", "verify MP4 --against model.nnr", "verify model.mp4 --against NNR"),
    *("remove MP4 --track 1 -o OUT", "extract NNR --sample 2 -o OUT"),
    *("extract MP4 --sample 2 -o OUT", "extract MP4 --tensor conv1.bias -o OUT"),
    *("append MP4 model.nnr", "append model.mp4 NNR"),
]
"""NNR or MP4 is the file that others change meanwhile."""


@dataclass
class Files:
    """The files of one command, of which one is changed while it is read.

    Attributes:
        folder: where they are.
        command: one of `COMMANDS`.
    """

    folder: Path
    command: str

    def __post_init__(self) -> None:
        movie = io.BytesIO()
        pymp4_nnr.mux(NAMED, movie, appendable=self.command.startswith("append"))
        self.content = {"model.nnr": NAMED, "model.mp4": movie.getvalue()}
        self.changed = self.folder / ("model.nnr" if "NNR" in self.command else "model.mp4")
        self.out = self.folder / "out"

    def run(
        self, change: Callable[[Path], None], turn: int, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[Result, bytes, bool]:
        """Run it, and change the file before it is read for the `turn`-th time.

        Returns:
            How the command ended, the file or files that it has written, and whether there were so
            many reads.
        """
        if self.out.is_dir():
            shutil.rmtree(self.out)
        self.out.unlink(missing_ok=True)
        for name, data in self.content.items():
            (self.folder / name).write_bytes(data)
        names = {"NNR": "model.nnr", "MP4": "model.mp4"}
        arguments = [names.get(word, word.lower()) for word in self.command.split()]
        pread = file_source._pread
        original = self.changed.stat()
        count = 0

        def changing(descriptor: int, size: int, offset: int) -> bytes:
            nonlocal count
            if os.path.samestat(os.fstat(descriptor), original):
                if count == turn:
                    change(self.changed)
                count += 1
            return pread(descriptor, size, offset)

        with monkeypatch.context() as patched:
            patched.chdir(self.folder)
            patched.setattr(file_source, "_pread", changing)
            result = CliRunner().invoke(main, arguments)
        self.check(result)
        target = self.folder / "model.mp4" if self.command.startswith("append") else self.out
        files = sorted(target.iterdir()) if target.is_dir() else [target] if target.exists() else []
        return result, b"".join(path.read_bytes() for path in files), count > turn

    def check(self, result: Result) -> None:
        """It ends well, or with one line; what `verify` and `check` find is no error."""
        assert result.exit_code in (0, 1), result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "internal error" not in result.stderr
        if result.exit_code == 1:
            finds = self.command.startswith(("verify", "check"))
            assert len(result.stderr.splitlines()) == 1 or finds, result.stderr
            assert not self.out.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_become_shorter(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is cut before the first read, before the second, ..., to nothing or in the middle.

    Whatever a command has to do with bytes that are gone, it ends with one line and exit code 1,
    or it did not need them.
    """
    files = Files(tmp_path, command)
    failed = 0
    for left in (0, 700, len(NAMED) // 2):
        for turn in range(6):
            result, written, _ = files.run(lambda path: os.truncate(path, left), turn, monkeypatch)  # noqa: B023
            failed += result.exit_code
            if command.startswith("append") and result.exit_code == 0:
                target = io.BytesIO()
                pymp4_nnr.demux(written, target)
                assert target.getvalue() == NAMED * 2
    assert failed or command.startswith("report")


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more bytes")


def replace(path: Path) -> None:
    other = path.with_suffix(".other")
    other.write_bytes(b"something else" * 1000)
    other.replace(path)


@pytest.mark.parametrize("change", [grow, replace])
@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_become_longer_or_others(
    command: str,
    change: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was there when they were opened counts; only `append`, which writes it, may refuse."""
    files = Files(tmp_path, command)
    expected, written, _ = files.run(change, -1, monkeypatch)
    assert expected.exit_code == 0, expected.output
    for turn in range(8):
        result, there, enough = files.run(change, turn, monkeypatch)
        if not enough:
            break
        if "append MP4" in command:
            unchanged = files.content["model.mp4"]
            replaced, grown = b"something else" * 1000, unchanged + b"more bytes"
            assert there in (written, unchanged, grown, replaced)
            assert (there == written) is (result.exit_code == 0)
            continue
        assert (result.exit_code, result.stdout) == (0, expected.stdout)
        assert there == written


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_others_write_over(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte is another one from some read on: one line, or what was read of them."""
    files = Files(tmp_path, command)

    def write_over(path: Path) -> None:
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(bytes(size))

    assert sum(files.run(write_over, turn, monkeypatch)[2] for turn in range(6)) >= 1


def test_the_errors_are_of_the_package() -> None:
    assert issubclass(MediaError, NNRError)
