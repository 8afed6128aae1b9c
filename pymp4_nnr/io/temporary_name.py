"""Names for files and folders that are not complete yet, beside the place where they will be.

Whoever writes under such a name holds a lock on what it names (`flock`). What bears such a name
and is not locked was left behind by a process that was killed, and is removed. Only the holder of
the lock removes or renames, so that a name never changes its meaning in another's hands.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_LOOKED_AT = 32
"""Numbers that are looked at: as many processes may write one target and all be killed."""

_LONGEST = 200
"""Bytes of the target's name that are kept: names of files have at most 255."""

_IS_LOCKED = (errno.EAGAIN, errno.EACCES)


@dataclass(frozen=True)
class TemporaryName:
    """A name beside a target, and a lock on what it names.

    Attributes:
        path: the temporary name.
        descriptor: of the file or folder; the lock lasts until it is closed.
        process: the one that writes under the name.
    """

    path: Path
    descriptor: int
    process: int = field(default_factory=os.getpid)

    def remove(self) -> None:
        """Remove what is still there under the name; in a child process, which shares it, not."""
        if self.process == os.getpid() and _names(self.path, self.descriptor):
            _remove(self.path, os.fstat(self.descriptor).st_mode)

    def close(self) -> None:
        """Give up the lock; may be called more than once."""
        with contextlib.suppress(OSError):  # the data was written and closed before
            os.close(self.descriptor)


def temporary_file(target: Path, mode: int) -> TemporaryName:
    """Make a file beside its target; what killed processes left there is removed.

    Args:
        target: the file that will be written.
        mode: its permissions, from which the umask is taken.

    Raises:
        OSError: it cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    for path in _free_names(target):
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, flags, mode)
            if _is_ours(path, descriptor):
                return TemporaryName(path, descriptor)
    raise AssertionError("there is no end of names")


def temporary_folder(target: Path) -> TemporaryName:
    """The same for a folder."""
    for path in _free_names(target):
        try:
            path.mkdir()
        except FileExistsError:
            continue
        with contextlib.suppress(FileNotFoundError):  # another process took it for left behind
            descriptor = os.open(path, os.O_RDONLY)
            if _is_ours(path, descriptor):
                return TemporaryName(path, descriptor)
    raise AssertionError("there is no end of names")


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Let one process at a time move files into a folder, where there are locks."""
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _free_names(target: Path) -> itertools.chain[Path]:
    """Names to try, after what was left behind has been removed."""
    name = os.fsencode(target.name)
    if len(name) > _LONGEST:
        digest = hashlib.sha256(name).hexdigest()[:8]
        kept = name[: _LONGEST - 9].decode(errors="ignore")  # some systems refuse half a character
        name = os.fsencode(f"{kept}-{digest}")
    paths = (
        target.with_name(f".{os.fsdecode(name)}.pymp4-nnr-{number}.part")
        for number in itertools.count()
    )
    first = list(itertools.islice(paths, _LOOKED_AT))
    for path in first:
        _remove_if_left_behind(path)
    return itertools.chain(first, paths)


def _remove_if_left_behind(path: Path) -> None:
    """Remove what no process holds a lock on."""
    with contextlib.suppress(OSError):  # it is another user's, say
        found = path.lstat()
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            return
        access = os.O_RDONLY if stat.S_ISDIR(found.st_mode) else os.O_RDWR  # for locks on NFS
        descriptor = os.open(path, access | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if _locked(descriptor) and _names(path, descriptor):
                _remove(path, found.st_mode)
        finally:
            os.close(descriptor)


def _is_ours(path: Path, descriptor: int) -> bool:
    """Lock what has just been made; False, and it is closed, where another process was faster.

    That one took it for left behind.
    """
    if _locked(descriptor) is not False and _names(path, descriptor):
        return True
    os.close(descriptor)
    return False


def _locked(descriptor: int) -> bool | None:
    """Lock a file; False if another process holds the lock, None if there are no locks here."""
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _IS_LOCKED else None
    return True


def _names(path: Path, descriptor: int) -> bool:
    """Whether a path still names the open file."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
