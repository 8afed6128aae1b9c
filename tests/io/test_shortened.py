"""Files that somebody shortens while they are read: a clear error, whatever is being done."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

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
    "info NNR",
    "info MP4",
    "info --json NNR",
    "info --json MP4",
    "info --tensors NNR",
    "info --tensors MP4",
    "dump MP4",
    "mux NNR -o OUT",
    "demux MP4 -o OUT",
    "verify MP4 --against model.nnr",
    "verify model.mp4 --against NNR",
    "remove MP4 --track 1 -o OUT",
    "extract NNR --sample 2 -o OUT",
    "extract MP4 --sample 2 -o OUT",
]
"""NNR or MP4 is the file that is shortened."""


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is cut before the first read, before the second, ..., to nothing or in the middle.

    Whatever a command has to do with bytes that are gone, it ends with one line and exit code 1,
    or it did not need them.
    """
    movie = io.BytesIO()
    pymp4_nnr.mux(NAMED, movie)
    nnr, mp4, out = tmp_path / "model.nnr", tmp_path / "model.mp4", tmp_path / "out"
    cut = nnr if "NNR" in command else mp4
    names = {"NNR": nnr, "MP4": mp4, "OUT": out, nnr.name: nnr, mp4.name: mp4}
    arguments = [str(names.get(word, word)) for word in command.split()]
    verifies = command.startswith("verify")
    pread = file_source._pread
    failed = 0
    for left in (0, 700, len(NAMED) // 2):
        for turn in range(6):
            nnr.write_bytes(NAMED)
            mp4.write_bytes(movie.getvalue())
            count = 0

            def shortening(descriptor: int, size: int, offset: int) -> bytes:
                nonlocal count
                if count == turn and os.path.samestat(os.fstat(descriptor), cut.stat()):  # noqa: B023
                    os.truncate(cut, left)  # noqa: B023
                count += 1
                return pread(descriptor, size, offset)

            monkeypatch.setattr(file_source, "_pread", shortening)
            result = CliRunner().invoke(main, arguments)
            monkeypatch.setattr(file_source, "_pread", pread)
            assert result.exit_code in (0, 1), result.output
            assert result.exception is None or isinstance(result.exception, SystemExit)
            if result.exit_code == 1 and not verifies:
                assert len(result.stderr.splitlines()) == 1, result.stderr
                assert "internal error" not in result.stderr
                assert not out.exists()
                failed += 1
            out.unlink(missing_ok=True)
    assert failed or verifies


def test_the_errors_are_of_the_package() -> None:
    assert issubclass(MediaError, NNRError)
