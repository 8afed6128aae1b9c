"""What a file is made of when it is written: bytes made here, and ranges of other files.

Ranges are copied by the kernel where it can, so that media data never passes through Python, and
on file systems that share blocks is not copied at all.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from ..errors import OutputError
from .ranges import Piece, SourceRange, merged, read_pieces
from .source import Source

BLOCK_SIZE = 4096
"""File systems share whole blocks of this size (or more, then nothing is shared)."""

_STEP = 64 << 20
"""Bytes that one call of the kernel copies, so that progress can be shown."""

_CLONE_STEP = 1 << 30
"""The same where blocks may be shared: each call costs much the same, whatever its size."""

_CACHE_UNIT = 1 << 16
"""Long ranges are copied from a multiple of this in the target on: elsewhere a third is lost."""

_LONG = 1 << 20
"""Bytes from which on a range is long."""

_BUFFER = 1 << 20
"""Bytes held in memory where the kernel cannot copy."""

_CANNOT = {
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOTSOCK,
    errno.EPERM,
    errno.EBADF,
    errno.ETXTBSY,
}
"""What a kernel answers that cannot copy between these two files in this way.

EBADF: the target is open for appending. ENOTSOCK: sendfile writes to sockets alone.
"""

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of bytes written since the last call."""

TargetLike: TypeAlias = "str | os.PathLike[str] | BinaryIO"


# --- writing --------------------------------------------------------------------------------


def write_pieces(
    pieces: Iterable[Piece],
    target: TargetLike,
    *,
    overwrite: bool = True,
    inputs: Iterable[Source] = (),
    progress: Progress | None = None,
) -> int:
    """Write the pieces one after the other; all of them, or nothing.

    A path is written as a temporary file beside it, which takes its name when it is whole. A path
    that exists and is not a regular file (a pipe, a device) and a file object are written as they
    are, a file object from its current position.

    Args:
        pieces: what to write.
        target: a path or a binary file object.
        overwrite: whether a file that exists may be replaced.
        inputs: sources that must not be the target.
        progress: told how many bytes have been written.

    Returns:
        Number of bytes written.

    Raises:
        OutputError: the target exists and may not be replaced, or is an input.
        OSError: reading or writing fails.
    """
    tell = progress or (lambda _: None)
    check_target(target, overwrite=overwrite, inputs=inputs)
    if not isinstance(target, (str, os.PathLike)):
        return _write_all(pieces, target, tell)
    path = Path(os.path.realpath(target))
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            return _write_all(pieces, file, tell)
    # the name as far as 255 bytes, with the rest, can hold it
    kept = os.fsdecode(os.fsencode(path.name)[:200])
    temporary = path.with_name(f".{kept}.{secrets.token_hex(4)}.part")
    try:
        opened = temporary.open("xb")
    except OSError as error:  # about the file that was asked for, not about the temporary one
        raise type(error)(error.errno, error.strerror, os.fspath(target)) from error
    try:
        with opened as file:
            written = _write_all(pieces, file, tell)
            with contextlib.suppress(OSError):  # keep the permissions of what is replaced
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
        if not overwrite and path.exists():
            raise OutputError(f"{path} exists")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return written


def check_target(
    target: TargetLike, *, overwrite: bool = True, inputs: Iterable[Source] = ()
) -> None:
    """Refuse a target before any work is done.

    Raises:
        OutputError: as `write_pieces`.
    """
    if not isinstance(target, (str, os.PathLike)):
        if isinstance(target, io.TextIOBase) or not hasattr(target, "write"):
            raise OutputError(
                f"expected a path or a binary file object, not {type(target).__name__}"
            )
        descriptor = _descriptor(target)
        if descriptor is not None:
            _refuse_inputs(os.fstat(descriptor), inputs, getattr(target, "name", "the output"))
        return
    if os.fspath(target).endswith(os.sep):
        raise OutputError(f"{os.fspath(target)} is no file name")
    try:
        found = os.stat(target)  # noqa: PTH116
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        if stat.S_ISDIR(found.st_mode):
            raise OutputError(f"{os.fspath(target)} is a directory")
        return
    _refuse_inputs(found, inputs, os.fspath(target))
    if not overwrite:
        raise OutputError(f"{os.fspath(target)} exists")


def _refuse_inputs(found: os.stat_result, inputs: Iterable[Source], name: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        return
    for source in inputs:
        for part in source.parts():
            place = part.descriptor()
            if place and os.path.samestat(found, os.fstat(place[0])):
                raise OutputError(f"{name} is the input")


def _write_all(pieces: Iterable[Piece], file: BinaryIO, progress: Progress) -> int:
    """Write pieces to an open file and return the number of bytes."""
    writer = _Writer(file, progress)
    for piece in merged(pieces):
        if isinstance(piece, bytes):
            writer.write(piece)
        else:
            for part, offset, size in piece.source.extents(piece.offset, piece.size):
                writer.copy(SourceRange(part, offset, size))
    file.flush()
    return writer.written


class _Writer:
    """A file that is written from its current position on, by the kernel where it can.

    Attributes:
        written: bytes so far.
    """

    def __init__(self, file: Any, progress: Progress) -> None:
        self.written = 0
        self._file = file
        self._progress = progress
        self._descriptor = _descriptor(file)
        self._start: int | None = None  # where there are no positions, as in a pipe
        if self._descriptor is not None:
            file.flush()
            with contextlib.suppress(OSError):
                self._start = os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def write(self, data: bytes) -> None:
        """Write bytes."""
        view = memoryview(data)
        while view:
            count = self._file.write(view)
            view = view[len(view) if count is None else count :]
        self._did(len(data))

    def copy(self, piece: SourceRange) -> None:
        """Write a range of a source that is not joined from others."""
        place = piece.source.descriptor()
        done = 0
        if self._descriptor is not None and place is not None:
            self._file.flush()
            source, start = place
            done = self._copy_in_kernel(source, start + piece.offset, piece.size)
            if done and self._start is not None:
                self._file.seek(self._start + self.written)
        if done < piece.size:
            rest = SourceRange(piece.source, piece.offset + done, piece.size - done)
            for data in read_pieces([rest]):
                self.write(data)

    def _copy_in_kernel(self, source: int, offset: int, size: int) -> int:
        """Copy as much of a range of a file as the kernel can, and return how many bytes."""
        assert self._descriptor is not None
        done = 0
        for copy in (_copy_file_range, _sendfile):
            while done < size:
                at = None if self._start is None else self._start + self.written
                count = _portion(offset + done, at, size - done)
                try:
                    copied = copy(source, self._descriptor, offset + done, at, count)
                except OSError as error:
                    if error.errno not in _CANNOT:
                        raise
                    break
                if copied == 0:
                    break
                done += copied
                self._did(copied)
        return done

    def _did(self, count: int) -> None:
        self.written += count
        self._progress(count)


def _descriptor(file: Any) -> int | None:
    """Descriptor to write to behind the back of a file object; None where there is none.

    Wrappers that encode what is written have a `fileno` too, which is not theirs to bypass.
    """
    raw = getattr(file, "raw", file)
    return file.fileno() if type(raw) is io.FileIO else None


def _portion(offset: int, position: int | None, left: int) -> int:
    """How much to copy in one call: of a long range, first what comes before a good start.

    Blocks are shared only by calls that begin and end at their boundaries in both files. Where
    they are copied, page caches work in larger units of the target.
    """
    if position is None:
        return min(left, _STEP)
    whole_blocks = (offset - position) % BLOCK_SIZE == 0 and left >= 2 * BLOCK_SIZE
    if whole_blocks and position % BLOCK_SIZE:
        return -position % BLOCK_SIZE
    if left >= _LONG and position % _CACHE_UNIT:
        return -position % _CACHE_UNIT
    return min(left // BLOCK_SIZE * BLOCK_SIZE, _CLONE_STEP) if whole_blocks else min(left, _STEP)


def _copy_file_range(
    source: int, target: int, offset: int, position: int | None, count: int
) -> int:
    if position is None or not hasattr(os, "copy_file_range"):
        return 0
    return os.copy_file_range(source, target, count, offset, position)


def _sendfile(source: int, target: int, offset: int, position: int | None, count: int) -> int:
    if not hasattr(os, "sendfile"):
        return 0
    if position is not None:
        os.lseek(target, position, os.SEEK_SET)
    return os.sendfile(target, source, offset, count)
