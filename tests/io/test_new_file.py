"""What becomes of the file that is replaced, and of what killed processes left behind."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import errors
from pymp4_nnr.io import new_file as module
from pymp4_nnr.io.output import write_pieces
from tests.filesystem.users import IS_ROOT, NOBODY, as_nobody, shared_folder
from tests.threads import in_threads

OLD, NEW = b"old" * 1000, b"new" * 5000

only_root = pytest.mark.skipif(not IS_ROOT, reason="only root can give files to other users")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def make(path: Path, mode: int, owner: int | None = None) -> Path:
    path.write_bytes(OLD)
    if owner is not None:
        os.chown(path, owner, owner)
    path.chmod(mode)
    return path


@pytest.fixture
def shared() -> Iterator[Path]:
    with shared_folder() as folder:
        yield folder


# --- permissions --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666, 0o755, 0o4755, 0o2755, 0o1777])
def test_permissions_are_kept_but_for_special_bits(mode: int, tmp_path: Path) -> None:
    path = make(tmp_path / "out", mode)
    write_pieces([NEW], path)
    assert mode_of(path) == mode & 0o777
    assert path.read_bytes() == NEW


@only_root
@pytest.mark.parametrize("mode", [0o6755, 0o4711, 0o600, 0o664])
def test_root_leaves_the_owner_and_takes_the_setuid_bit(mode: int, tmp_path: Path) -> None:
    path = make(tmp_path / "out", mode, NOBODY)
    write_pieces([NEW], path)
    found = path.stat()
    assert (found.st_uid, found.st_gid) == (NOBODY, NOBODY)
    assert mode_of(path) == mode & 0o777


@only_root
def test_another_users_file_becomes_the_writers(shared: Path) -> None:
    """Its group, which the writer is not in, has no rights that all others do not have."""
    paths = [make(shared / f"{mode:o}", mode, 0) for mode in (0o4664, 0o660, 0o644, 0o604)]
    as_nobody(lambda: [write_pieces([NEW], path) for path in paths] and None)
    assert [mode_of(path) for path in paths] == [0o644, 0o600, 0o644, 0o604]
    for path in paths:
        assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY)
        assert path.read_bytes() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_nobody_else_reads_what_is_being_written(mode: int, tmp_path: Path) -> None:
    path = make(tmp_path / "out", mode)
    seen = []

    def look(_: int) -> None:
        [temporary] = [one for one in tmp_path.iterdir() if one != path]
        seen.append(mode_of(temporary))

    write_pieces([NEW, NEW], path, progress=look)
    assert seen
    assert set(seen) == {0o600}
    assert mode_of(path) == mode


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """A POSIX access control list as Linux stores it: (tag, permissions, user or group)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


UNDEFINED = 0xFFFFFFFF
WITH_NOBODY = access_list(
    *((1, 6, UNDEFINED), (2, 4, NOBODY), (4, 0, UNDEFINED), (0x10, 4, UNDEFINED)),
    (0x20, 0, UNDEFINED),
)
"""The owner reads and writes, nobody reads, the group does nothing; the mode says 0640."""


def test_access_lists_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or, where they cannot be, nobody gets rights that only the list had."""
    path = make(tmp_path / "out", 0o600)
    attribute = "system.posix_acl_access"
    try:
        os.setxattr(path, attribute, WITH_NOBODY)
    except (OSError, AttributeError):
        assert mode_of(path) == 0o600  # there are no such lists here
        return
    write_pieces([NEW], path)
    assert os.getxattr(path, attribute) == WITH_NOBODY

    def fail(*_: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "no")

    monkeypatch.setattr(os, "setxattr", fail)
    write_pieces([NEW], path)
    assert mode_of(path) == 0o600
    monkeypatch.undo()
    os.setxattr(tmp_path, "system.posix_acl_default", WITH_NOBODY)
    path.unlink()
    make(path, 0o640)
    os.removexattr(path, attribute)
    write_pieces([NEW], path)
    assert mode_of(path) == 0o640
    with pytest.raises(OSError):  # as the file before it, whatever the folder gives to new ones
        os.getxattr(path, attribute)


def test_other_hard_links_keep_what_they_had(tmp_path: Path) -> None:
    path = make(tmp_path / "out", 0o644)
    (tmp_path / "other").hardlink_to(path)
    write_pieces([NEW], path)
    assert (tmp_path / "other").read_bytes() == OLD
    assert path.read_bytes() == NEW
    assert path.stat().st_nlink == 1


# --- files that must not be replaced ------------------------------------------------------------


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("appears", [True, False])
def test_what_appears_meanwhile_is_never_replaced(
    links: bool, appears: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It appears at the last moment, after every check; also where there are no hard links."""
    path = tmp_path / "out"
    give_name = module._give_name

    def late(*arguments: Any, **named: Any) -> None:
        if appears:
            path.write_bytes(OLD)
        give_name(*arguments, **named)

    def no_link(*_: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(module, "_give_name", late)
    if not links:
        monkeypatch.setattr(os, "link", no_link)
    if appears:
        with pytest.raises(errors.OutputExistsError, match="out"):
            write_pieces([NEW], path, overwrite=False)
    else:
        assert write_pieces([NEW], path, overwrite=False) == len(NEW)
    assert path.read_bytes() == (OLD if appears else NEW)
    assert names(tmp_path) == ["out"]
    assert path.stat().st_nlink == 1


def test_of_many_that_must_not_replace_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "out"
    won: list[int] = []
    lost: list[int] = []

    def write(number: int) -> None:
        try:
            write_pieces([bytes([number]) * 100_000], path, overwrite=False)
            won.append(number)
        except errors.OutputExistsError:
            lost.append(number)

    in_threads(write)
    assert len(won) == 1
    assert len(lost) == 7
    assert path.read_bytes() == bytes(won) * 100_000
    assert names(tmp_path) == ["out"]


# --- folders that take no new files -------------------------------------------------------------


def test_a_file_that_can_be_written_in_a_folder_that_cannot() -> None:
    with shared_folder() as folder:
        paths = [make(folder / f"{mode:o}", mode, NOBODY if IS_ROOT else None) for mode in (
            *(0o644, 0o600, 0o2755),
        )]  # fmt: skip
        kept = make(folder / "kept", 0o444, 0 if IS_ROOT else None)
        folder.chmod(0o555)

        def write() -> None:
            for path in paths:
                write_pieces([NEW], path, sync=True)
                write_pieces([NEW[:100]], path)  # shorter than what was there
                with pytest.raises(errors.OutputExistsError):
                    write_pieces([NEW], path, overwrite=False)
            for path in (kept, folder / "new"):
                with pytest.raises(PermissionError) as caught:
                    write_pieces([NEW], path)
                assert caught.value.filename == str(path)

        as_nobody(write)
        assert [mode_of(path) for path in paths] == [0o644, 0o600, 0o755]
        assert {path.read_bytes() for path in paths} == {NEW[:100]}
        assert kept.read_bytes() == OLD
        assert len(names(folder)) == 4
        folder.chmod(0o755)


@only_root
def test_another_users_file_in_a_folder_with_the_sticky_bit() -> None:
    """As in `/tmp`: it may be written, but not replaced."""
    with shared_folder(0o1777) as folder:
        path = make(folder / "out", 0o666, 0)
        as_nobody(lambda: write_pieces([NEW], path, sync=True) and None)
        assert path.read_bytes() == NEW
        assert path.stat().st_uid == 0
        assert names(folder) == ["out"]


@only_root
def test_another_users_file_that_is_setuid_and_cannot_be_replaced() -> None:
    with shared_folder() as folder:
        path = make(folder / "out", 0o4666, 0)
        folder.chmod(0o755)
        as_nobody(lambda: write_pieces([NEW], path) and None)
        assert path.read_bytes() == NEW
        assert mode_of(path) == 0o666
        folder.chmod(0o777)


@only_root
def test_sync_in_a_folder_that_takes_files_and_does_not_show_them() -> None:
    with shared_folder(0o733) as folder:
        as_nobody(lambda: write_pieces([NEW], folder / "out", sync=True) and None)
        assert (folder / "out").read_bytes() == NEW
        assert names(folder) == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("times", [1, 3])
def test_an_interrupt_while_a_file_is_overwritten_waits(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "out", 0o644)
    copy, left = shutil.copyfileobj, times

    def interrupted(complete: Any, old: Any, size: int) -> None:
        nonlocal left
        old.write(complete.read(100))
        if left:
            left -= 1
            os.kill(os.getpid(), signal.SIGINT)
        copy(complete, old, size)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EBUSY, "a mount point")

    monkeypatch.setattr(module, "_give_name", refuse)
    monkeypatch.setattr(shutil, "copyfileobj", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            write_pieces([NEW], path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert path.read_bytes() == NEW
    assert names(tmp_path) == ["out"]


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="no posix_fallocate here")
def test_what_does_not_fit_in_place_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path / "out", 0o644)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EBUSY, "a mount point")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "_give_name", refuse)
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="space"):
        write_pieces([NEW], path)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["out"]
    monkeypatch.undo()
    monkeypatch.setattr(module, "_give_name", refuse)
    write_pieces([NEW], path)
    assert path.read_bytes() == NEW
    assert names(tmp_path) == ["out"]


# --- what killed processes left behind ----------------------------------------------------------


def test_sync_flushes_the_file_before_it_has_its_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    fsync = os.fsync
    flushed = []

    def note(descriptor: int) -> None:
        found = os.fstat(descriptor)
        flushed.append((stat.S_ISDIR(found.st_mode), found.st_size, path.exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    write_pieces([NEW], path)
    assert flushed == []
    path.unlink()
    write_pieces([NEW], path, sync=True)
    [first, second] = flushed
    assert first == (False, len(NEW), False)
    assert (second[0], second[2]) == (True, True)


def test_a_fault_of_closing_is_told_before_the_file_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a network file system tells what it could not store; later ones mean nothing."""
    path = make(tmp_path / "out", 0o644)
    fdopen = os.fdopen

    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Any:
            return self.file

        def __exit__(self, *_: object) -> None:
            self.file.close()
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdopen", lambda *arguments: Full(fdopen(*arguments)))
    with pytest.raises(OSError) as caught:
        write_pieces([NEW], path)
    assert caught.value.errno == errno.EIO
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["out"]
    monkeypatch.undo()

    close = os.close

    def faulty(descriptor: int) -> None:
        close(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "close", faulty)
    assert write_pieces([NEW], path) == len(NEW)
    monkeypatch.undo()
    assert path.read_bytes() == NEW


# --- what is no file ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}"])
def test_paths_of_descriptors(name: str, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    try:
        assert write_pieces([b"piped"], name.format(writer)) == 5
        assert os.read(reader, 100) == b"piped"
    finally:
        os.close(reader)
        os.close(writer)
    with (tmp_path / "file").open("wb") as file:
        file.write(b"before ")
        file.flush()
        write_pieces([b"in between "], name.format(file.fileno()), overwrite=False)
        file.seek(0, os.SEEK_END)
        file.write(b"after")
    assert (tmp_path / "file").read_bytes() == b"before in between after"
    assert names(tmp_path) == ["file"]
    for number in (9_999, 10**22):
        with pytest.raises(OSError):
            write_pieces([b"x"], name.format(number))


def test_a_fifo_is_written_as_it_is(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(fifo.read_bytes()))
    thread.start()
    write_pieces([NEW], fifo, overwrite=False)
    thread.join()
    assert found == [NEW]
    assert names(tmp_path) == ["fifo"]
