"""Files that appear under their names when they are complete; what becomes of those they replace.

`docs/reliability.md` states the rules.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import OutputExistsError
from .temporary_name import TemporaryName, temporary_file

_PERMISSIONS = stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO
"""What is kept of a mode: not setuid, setgid and sticky."""

_ACCESS_LIST = "system.posix_acl_access"
"""The extended attribute with the users and groups beside owner and group."""

_FOLDER_IS_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
"""Errors of making a file in a folder in which files may be changed all the same."""

_NAME_IS_FIXED = (errno.EACCES, errno.EPERM, errno.EBUSY)
"""Errors of replacing a file that may be changed: another user's in `/tmp`, a mount point."""

_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
"""Errors of writing alone: the disk is full, a file or what a user has is too large."""

_NOT_SUPPORTED = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)

_NO_HARD_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


@contextlib.contextmanager
def new_file(path: Path, *, overwrite: bool, sync: bool = False) -> Iterator[BinaryIO]:
    """Yield a file to write, which takes the place of `path` when the block ends well.

    It is written under a temporary name beside it. Where the folder takes no new file, or does not
    let go of the old one, the old one is overwritten when the new one is complete.

    Args:
        path: a regular file, or nothing yet; no symbolic link.
        overwrite: whether a file that exists may be replaced.
        sync: return only when file and folder are on the disk.

    Raises:
        OutputExistsError: the file exists by now, and may not be replaced.
        OSError: writing fails. What was there is there.
    """
    replaced = _status(path)
    try:
        temporary = temporary_file(path, 0o666 if replaced is None else 0o600)
    except OSError as error:
        if replaced is not None and overwrite and error.errno in _FOLDER_IS_CLOSED:
            with _open_to_change(path) as old, tempfile.TemporaryFile() as spool:
                yield cast("BinaryIO", spool)
                _overwrite(old, cast("BinaryIO", spool), sync=sync)
            return
        raise about(path, error) from error
    try:
        # Closing a copy of the descriptor tells what a network file system could not store, while
        # the temporary name stays locked.
        with os.fdopen(os.dup(temporary.descriptor), "wb") as file:
            yield file
            file.flush()
            replaced = _status(path) or replaced
            if replaced is not None:
                _take_permissions(file.fileno(), path, replaced)
            if sync:
                os.fsync(file.fileno())
        try:
            _give_name(temporary, path, overwrite=overwrite)
        except OSError as error:
            if not overwrite or error.errno not in _NAME_IS_FIXED or not path.is_file():
                raise about(path, error) from error
            with _open_to_change(path) as old, temporary.path.open("rb") as complete:
                _overwrite(old, complete, sync=sync)
            temporary.remove()
    except BaseException:
        temporary.remove()
        raise
    finally:
        temporary.close()
    if sync:
        sync_folder(path.parent)


@contextlib.contextmanager
def growing_file(path: Path, *, overwrite: bool, sync: bool = False) -> Iterator[BinaryIO]:
    """Yield a file to write, which has its name from the start: others can read what is there.

    It takes the place of an old file as one of `new_file` does, empty. What was written stays,
    however the block ends.

    Args:
        path: a regular file, or nothing yet; no symbolic link.
        overwrite: whether a file that exists may be replaced.
        sync: return only when file and folder are on the disk.

    Raises:
        OutputExistsError: the file exists, and may not be replaced.
        OSError: writing fails.
    """
    before = _status(path)
    with new_file(path, overwrite=overwrite) as empty:
        descriptor = os.dup(empty.fileno())
    with os.fdopen(descriptor, "wb") as file:
        found = _status(path)
        if before and found and os.path.samestat(before, found):
            # the old file was emptied, as it could not be replaced
            with _open_to_change(path) as old:
                os.dup2(old.fileno(), descriptor, inheritable=False)
        yield file
        file.flush()
        if sync:
            os.fsync(descriptor)
    if sync:
        sync_folder(path.parent)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def about(path: Path, error: OSError) -> OSError:
    """The error, with the name of the file or folder that was asked for, not of a temporary one."""
    return type(error)(error.errno, error.strerror, os.fspath(path))


@contextlib.contextmanager
def naming_full(path: str | os.PathLike[str]) -> Iterator[None]:
    """Let an error that says that there is no room for a file have the name of that file."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        raise about(Path(path), error) from error


# --- permissions --------------------------------------------------------------------------------


def _take_permissions(descriptor: int, path: Path, replaced: os.stat_result) -> None:
    """Give a new file the owner, group and permissions of the file that it replaces.

    Where the owner cannot be kept, the file is the writer's. Where the group cannot be kept, the
    new group may do no more than everybody.
    """
    mode = replaced.st_mode & _PERMISSIONS
    if not hasattr(os, "fchown"):
        return
    others_as_group = (mode & stat.S_IRWXO) << 3
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (replaced.st_uid, replaced.st_gid):
        try:
            os.fchown(descriptor, replaced.st_uid, replaced.st_gid)
        except OSError:
            try:
                os.fchown(descriptor, -1, replaced.st_gid)
            except OSError:
                mode &= ~stat.S_IRWXG | others_as_group
    access_list = None
    if hasattr(os, "getxattr"):
        with contextlib.suppress(OSError):  # there is none
            access_list = os.getxattr(path, _ACCESS_LIST)
        with contextlib.suppress(OSError):  # one that the folder gives to new files
            os.removexattr(descriptor, _ACCESS_LIST)
    if access_list is not None and os.fstat(descriptor).st_gid == replaced.st_gid:
        try:
            os.setxattr(descriptor, _ACCESS_LIST, access_list)
        except OSError:
            mode &= ~stat.S_IRWXG | others_as_group
        else:
            return  # the list holds the permissions too
    elif access_list is not None:
        mode &= ~stat.S_IRWXG | others_as_group
    os.fchmod(descriptor, mode)


# --- the name -----------------------------------------------------------------------------------


def _give_name(temporary: TemporaryName, path: Path, *, overwrite: bool) -> None:
    """Rename a complete file to the one that was asked for."""
    if os.name == "nt":  # where open files keep their names
        temporary.close()
    if overwrite:
        temporary.path.replace(path)
    else:
        rename_new(temporary.path, path)


def rename_new(old: Path, new: Path) -> None:
    """Rename a file to a name that nothing has, not even by now.

    Raises:
        OutputExistsError: something has it.
        OSError: the system does not rename it.
    """
    try:
        os.link(old, new)
    except FileExistsError as error:
        raise OutputExistsError(f"{new} exists") from error
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _claim(new)
        try:
            old.replace(new)
        except BaseException:
            new.unlink()
            raise
    else:
        old.unlink(missing_ok=True)


def _claim(path: Path) -> None:
    """Make an empty file, if there is none, where a file cannot get its name by a hard link."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise OutputExistsError(f"{path} exists") from error


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on the disk."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder that takes files, and does not show them
        os.sync()
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_SUPPORTED:
            raise
    finally:
        os.close(descriptor)


# --- in place -----------------------------------------------------------------------------------


def _open_to_change(path: Path) -> BinaryIO:
    """Open a file that can be changed, but not replaced.

    Raises:
        OSError: it cannot be changed either.
    """
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    return cast("BinaryIO", os.fdopen(descriptor, "r+b"))


def _overwrite(old: BinaryIO, complete: BinaryIO, *, sync: bool) -> None:
    """Put the bytes of a complete file into another one, once it is certain that they fit.

    Raises:
        OSError: they do not fit, and the old file is as it was; or writing fails.
    """
    complete.flush()
    before = os.fstat(old.fileno()).st_size
    drop_special_bits(old.fileno())
    interrupt: BaseException | None = None
    while True:
        try:
            _fill(old, complete, before)
            break
        except Exception:
            raise
        except BaseException as error:  # of a signal: it must not leave a file that is neither
            interrupt = error
    if interrupt is not None:
        raise interrupt
    if sync:
        os.fsync(old.fileno())


def drop_special_bits(descriptor: int) -> None:
    """Take setuid, setgid and sticky from a file that is changed in place.

    Where it is another user's, the system takes away setuid and setgid when it is written.
    """
    mode = os.fstat(descriptor).st_mode
    if hasattr(os, "fchmod") and mode & ~_PERMISSIONS & 0o7777:
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, mode & _PERMISSIONS)


def _fill(old: BinaryIO, complete: BinaryIO, before: int) -> None:
    size = os.fstat(complete.fileno()).st_size
    if size > before and hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(old.fileno(), 0, size)
        except OSError as error:
            if error.errno not in _NOT_SUPPORTED:
                os.ftruncate(old.fileno(), before)
                raise
    complete.seek(0)
    old.seek(0)
    shutil.copyfileobj(complete, old, 1 << 20)
    old.truncate(size)
    old.flush()
