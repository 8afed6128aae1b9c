"""Where files are written: all or nothing, and never over what is read or must be kept."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import NNRError, demux, errors, mux, remove
from tests.nnr.streams import SIMPLE

Write = Callable[..., int]

OLD = b"what was there"


def make_mp4(path: Path) -> Path:
    mux(SIMPLE, path)
    return path


def make_nnr(path: Path) -> Path:
    path.write_bytes(SIMPLE)
    return path


COMMANDS = [
    pytest.param(mux, make_nnr, id="mux"),
    pytest.param(demux, make_mp4, id="demux"),
    pytest.param(remove, make_mp4, id="remove"),
]
each_command = pytest.mark.parametrize(("write", "make"), COMMANDS)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@each_command
def test_a_file_is_made(write: Write, make: Callable[[Path], Path], tmp_path: Path) -> None:
    source = make(tmp_path / "in")
    size = write(source, tmp_path / "out", overwrite=False)
    assert names(tmp_path) == ["in", "out"]
    assert (tmp_path / "out").stat().st_size == size
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o666 & ~umask


@each_command
def test_what_exists_is_kept(write: Write, make: Callable[[Path], Path], tmp_path: Path) -> None:
    source = make(tmp_path / "in")
    (tmp_path / "out").write_bytes(OLD)
    with pytest.raises(errors.OutputError, match="out"):
        write(source, tmp_path / "out", overwrite=False)
    assert (tmp_path / "out").read_bytes() == OLD
    assert names(tmp_path) == ["in", "out"]


@each_command
def test_what_exists_is_replaced(
    write: Write, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    fresh = tmp_path / "fresh"
    write(source, fresh)
    out = tmp_path / "out"
    out.write_bytes(OLD * 10_000)
    out.chmod(0o640)
    write(source, out)
    assert out.read_bytes() == fresh.read_bytes()
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert names(tmp_path) == ["fresh", "in", "out"]


def as_itself(source: Path) -> Path:
    return source


def as_other_spelling(source: Path) -> Path:
    return source.parent / ".." / source.parent.name / source.name


def as_symlink(source: Path) -> Path:
    link = source.with_name("link")
    link.symlink_to(source.name)
    return link


def as_symlink_to_symlink(source: Path) -> Path:
    first = as_symlink(source)
    link = source.with_name("link2")
    link.symlink_to(first)
    return link


def as_hard_link(source: Path) -> Path:
    link = source.with_name("hard")
    link.hardlink_to(source)
    return link


SPELLINGS = [as_itself, as_other_spelling, as_symlink, as_symlink_to_symlink, as_hard_link]


@each_command
@pytest.mark.parametrize("overwrite", [True, False])
@pytest.mark.parametrize("spell", SPELLINGS)
@pytest.mark.parametrize("opened", [False, True])
def test_the_input_is_never_the_output(
    write: Write,
    make: Callable[[Path], Path],
    overwrite: bool,
    spell: Callable[[Path], Path],
    opened: bool,
    tmp_path: Path,
) -> None:
    source = make(tmp_path / "in")
    before = source.read_bytes()
    target = spell(source)
    there = names(tmp_path)
    # a symlinked source and the file itself as target is the same fault
    for one, other in ((source, target), (target, source)):
        with pytest.raises(errors.OutputError), one.open("rb") as file:
            write(file if opened else one, other, overwrite=overwrite)
        assert source.read_bytes() == before
        assert names(tmp_path) == there


@each_command
def test_an_open_file_that_is_the_input_is_never_the_output(
    write: Write, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    before = source.read_bytes()
    with pytest.raises(errors.OutputError), source.open("r+b") as file:
        write(source, file)
    assert source.read_bytes() == before


def test_no_input_of_several_is_the_output(tmp_path: Path) -> None:
    sources = [make_nnr(tmp_path / name) for name in "abc"]
    video = make_mp4(tmp_path / "video")
    there = names(tmp_path)
    for target in (*sources, video):
        before = target.read_bytes()
        with pytest.raises(errors.OutputError):
            mux(sources, target, into=video)
        assert target.read_bytes() == before
        assert names(tmp_path) == there


@each_command
def test_a_symlink_stays_and_its_file_is_replaced(
    write: Write, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "real"
    link = tmp_path / "link"
    link.symlink_to(real)
    for _ in range(2):  # first dangling, then not
        size = write(source, link)
        assert link.is_symlink()
        assert real.stat().st_size == size
        assert names(tmp_path) == ["elsewhere", "in", "link"]
        assert names(real.parent) == ["real"]
    with pytest.raises(errors.OutputError):
        write(source, link, overwrite=False)


@each_command
@pytest.mark.parametrize("overwrite", [True, False])
def test_a_directory_is_no_target(
    write: Write, make: Callable[[Path], Path], overwrite: bool, tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    (tmp_path / "folder").mkdir()
    with pytest.raises(errors.OutputError, match="directory"):
        write(source, tmp_path / "folder", overwrite=overwrite)
    assert names(tmp_path) == ["folder", "in"]
    assert names(tmp_path / "folder") == []


@each_command
def test_a_missing_folder_is_not_made(
    write: Write, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    with pytest.raises(FileNotFoundError) as caught:
        write(source, tmp_path / "missing" / "out")
    assert "missing" in str(caught.value)
    with pytest.raises(NotADirectoryError):
        write(source, source / "out")
    assert names(tmp_path) == ["in"]


def test_a_folder_that_is_not_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises((OSError, NNRError)):
        mux(SIMPLE, f"{tmp_path}/new/")
    assert names(tmp_path) == []


@each_command
def test_a_read_only_folder_stays_as_it_is(
    write: Write, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):  # root writes anywhere but here
        folder = Path("/proc/self/fd")
    with pytest.raises(OSError):
        write(source, folder / "out")
    assert not [name for name in names(folder) if "out" in name]


@each_command
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("opened", [False, True])
def test_a_full_disk_is_told(
    write: Write, make: Callable[[Path], Path], opened: bool, tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    target = "/dev/full"
    with pytest.raises(OSError) as caught:
        if opened:
            with open(target, "wb") as file:  # noqa: PTH123
                write(source, file)
        else:
            write(source, target)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == (None if opened else target)
    assert Path(target).is_char_device()
    assert names(tmp_path) == ["in"]


class FullAfter(io.RawIOBase):
    """A file that holds so many bytes and no more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        count = min(len(memoryview(data)), self.room)  # type: ignore[arg-type]
        if not count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= count
        return count


@each_command
def test_a_file_object_that_takes_little_at_a_time(
    write: Write, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.taken = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object, /) -> int:
            self.taken += bytes(data)[:7]  # type: ignore[call-overload]
            return min(7, len(data))  # type: ignore[arg-type]

    source = make(tmp_path / "in")
    slow = Slow()
    write(source, slow)
    write(source, tmp_path / "out")
    assert slow.taken == (tmp_path / "out").read_bytes()
    with pytest.raises(OSError, match="space"):
        write(source, FullAfter(50))


class Stop(Exception):
    """What a program's own callback raises."""


@each_command
@pytest.mark.parametrize("kind", [Stop, KeyboardInterrupt])
@pytest.mark.parametrize("exists", [False, True])
def test_what_is_interrupted_leaves_nothing(
    write: Write,
    make: Callable[[Path], Path],
    kind: type[BaseException],
    exists: bool,
    tmp_path: Path,
) -> None:
    source = make(tmp_path / "in")
    if exists:
        (tmp_path / "out").write_bytes(OLD)
    there = names(tmp_path)

    def stop(count: int) -> None:
        assert len(names(tmp_path)) == len(there) + 1  # written beside the target
        raise kind

    with pytest.raises(kind):
        write(source, tmp_path / "out", progress=stop)
    assert names(tmp_path) == there
    if exists:
        assert (tmp_path / "out").read_bytes() == OLD


@each_command
def test_progress_adds_up(write: Write, make: Callable[[Path], Path], tmp_path: Path) -> None:
    told: list[int] = []
    size = write(make(tmp_path / "in"), tmp_path / "out", progress=told.append)
    assert sum(told) == size
    assert all(count > 0 for count in told)


@each_command
def test_a_target_that_appears_meanwhile_is_kept(
    write: Write, make: Callable[[Path], Path], tmp_path: Path
) -> None:
    source = make(tmp_path / "in")
    out = tmp_path / "out"
    with pytest.raises(errors.OutputError):
        write(source, out, overwrite=False, progress=lambda count: out.write_bytes(OLD) and None)
    assert out.read_bytes() == OLD
    assert names(tmp_path) == ["in", "out"]


LONG_NAMES = [
    "n" * 255,
    "é" * 127,
    "网" * 85,
]


@pytest.mark.parametrize("name", LONG_NAMES, ids=["ascii", "two bytes", "three bytes"])
def test_every_name_that_the_system_takes(name: str, tmp_path: Path) -> None:
    mux(SIMPLE, tmp_path / name)
    assert names(tmp_path) == [name]


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    target = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp4"))
    mux(SIMPLE, target)
    demux(target, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == SIMPLE
    with pytest.raises(errors.OutputError) as caught:
        mux(SIMPLE, target, overwrite=False)
    assert "exists" in str(caught.value)


def test_a_bad_input_never_touches_the_target(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_bytes(OLD)
    for work in (
        lambda: mux(SIMPLE + b"\0", out),
        lambda: mux(b"", out),
        lambda: mux(tmp_path / "missing", out),
        lambda: mux(tmp_path, out),
        lambda: demux(SIMPLE, out),
        lambda: demux(tmp_path / "missing", out),
        lambda: demux(tmp_path, out),
    ):
        with pytest.raises((NNRError, OSError)):
            work()
        assert out.read_bytes() == OLD
        assert names(tmp_path) == ["out"]


def test_a_pipe_without_a_reader_is_an_os_error(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    file = os.fdopen(writer, "wb", buffering=0)
    with file, pytest.raises(BrokenPipeError):
        mux(SIMPLE, file)
