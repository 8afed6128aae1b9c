"""`append` that fails, at whatever moment: the file is as it was, byte for byte."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, errors, mux
from pymp4_nnr.operations import append as module
from tests.cli.command import COMMAND, environment
from tests.nnr.streams import MIXED, SIMPLE, START, unit

from .test_append import OTHERS, PREPARED, restored

LARGE = START + b"".join(unit(5, bytes([number]) * 30_000) for number in range(64))


@pytest.mark.parametrize("how", [*PREPARED, *OTHERS])
def test_a_failure_at_any_change(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever call fails that changes the file: it is as it was, byte for byte."""
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, **{**PREPARED, **OTHERS}[how])
    before = path.read_bytes()
    failed = []

    def failing(name: str, number: int) -> Callable[..., Any]:
        function = getattr(os, name)

        def call(*arguments: Any) -> Any:
            nonlocal count
            if stat.S_ISDIR(os.fstat(arguments[0]).st_mode):
                return function(*arguments)  # the round is there, under its name
            count += 1
            if count == number:
                failed.append(name)
                raise KeyboardInterrupt if number % 2 else OSError(5, "Input/output error")
            return function(*arguments)

        return call

    for number in range(1, 40):
        count = 0
        with monkeypatch.context() as patched:
            for name in ("ftruncate", "pwrite", "fsync"):
                patched.setattr(os, name, failing(name, number))
            try:
                append(path, MIXED)
            except (OSError, KeyboardInterrupt):
                assert path.read_bytes() == before
                assert [one.name for one in tmp_path.iterdir()] == ["model.mp4"]
            else:
                break
    assert len(failed) == number - 1 >= 5
    assert set(failed) == {"ftruncate", "pwrite", "fsync"}
    assert restored(path) == SIMPLE + MIXED


@pytest.mark.parametrize("how", [*PREPARED, *OTHERS])
def test_a_round_that_cannot_be_written(how: str, tmp_path: Path) -> None:
    """It is no bitstream from the middle on; it becomes shorter; there is no room for it."""
    path, source = tmp_path / "model.mp4", tmp_path / "round.nnr"
    mux(SIMPLE, path, **{**PREPARED, **OTHERS}[how])
    before = path.read_bytes()
    source.write_bytes(LARGE[:1_000_000] + bytes(500_000))
    with pytest.raises(errors.BitstreamError):
        append(path, source)
    assert path.read_bytes() == before
    source.write_bytes(LARGE)

    def shorten(count: int) -> None:
        os.truncate(source, 1_000_000)

    with pytest.raises(errors.MediaError, match="shortened"):
        append(path, source, progress=shorten)
    assert path.read_bytes() == before
    source.write_bytes(LARGE)
    done = subprocess.run(
        [*COMMAND, "append", path, source],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (len(LARGE) // 2,) * 2),
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"pymp4-nnr: {path}: ") and "too large" in line
    assert path.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {"model.mp4", "round.nnr"}


@pytest.mark.parametrize("how", ["appendable", "fragments beside video"])
@pytest.mark.parametrize("moment", ["_round", "_forget_ends"])
@pytest.mark.parametrize("change", ["longer", "shorter", "replaced", "gone"])
def test_a_file_that_others_change(
    how: str, moment: str, change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the round is prepared, or has been written; the round becomes a part of nothing."""
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, **PREPARED[how])
    before = path.read_bytes()
    work = getattr(module, moment)

    def changing(*arguments: Any) -> Any:
        done = work(*arguments)
        if change == "longer":
            with path.open("ab") as file:
                file.write(MIXED)
        elif change == "shorter":
            os.truncate(path, len(before) // 2)
        elif change == "replaced":
            (tmp_path / "new").write_bytes(MIXED)
            (tmp_path / "new").replace(path)
        else:
            path.unlink()
        return done

    monkeypatch.setattr(module, moment, changing)
    with pytest.raises((errors.NNRError, FileNotFoundError)) as caught:
        append(path, LARGE)
    if change in ("longer", "replaced"):
        assert caught.value.code == "output-busy"  # type: ignore[union-attr]
    if change == "replaced":
        assert path.read_bytes() == MIXED
    elif change == "shorter":
        assert path.read_bytes() == before[: len(before) // 2]
    elif change == "longer":
        assert path.read_bytes() == before + (MIXED if moment == "_round" else b"")
    assert path.exists() is (change != "gone")


def test_what_is_appended_to_is_not_setuid_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    for appendable in (True, False):
        mux(SIMPLE, path, appendable=appendable)
        path.chmod(0o6755)
        append(path, MIXED)
        assert stat.S_IMODE(path.stat().st_mode) == 0o755
