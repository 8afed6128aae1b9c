"""Writing files from bytes and ranges of other files; a file appears when it is complete."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, cast

from ..errors import OutputExistsError, OutputIsInputError, OutputNameError
from .kernel_copy import copy_in_kernel
from .ranges import Piece, SourceRange, merged, read_pieces
from .source import Source

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of bytes written since the last call."""


class SupportsWrite(Protocol):
    """A binary file object, or anything else that takes bytes."""

    def write(self, data: bytes, /) -> int | None:
        """Write bytes; return how many were taken, None for all of them."""


TargetLike: TypeAlias = "str | os.PathLike[str] | SupportsWrite"
"""A path, or a binary file object, which is written from its current position on."""


def write_pieces(
    pieces: Iterable[Piece],
    target: TargetLike,
    *,
    overwrite: bool = True,
    inputs: Iterable[Source] = (),
    progress: Progress | None = None,
) -> int:
    """Write the pieces one after the other; all of them, or nothing.

    A path is written as a temporary file beside it, which is renamed when it is complete. A path
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
    # a file name has at most 255 bytes
    kept = os.fsdecode(os.fsencode(path.name)[:200])
    temporary = path.with_name(f".{kept}.{os.urandom(4).hex()}.part")
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
            raise OutputExistsError(f"{path} exists")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return written


def check_target(
    target: TargetLike, *, overwrite: bool = True, inputs: Iterable[Source] = ()
) -> None:
    """Refuse a target that may not be written, before any work is done.

    Raises:
        OutputError: as `write_pieces`.
    """
    if not isinstance(target, (str, os.PathLike)):
        if isinstance(target, io.TextIOBase) or not hasattr(target, "write"):
            raise OutputNameError(
                f"expected a path or a binary file object, not {type(target).__name__}"
            )
        descriptor = _descriptor(target)
        if descriptor is not None:
            _refuse_inputs(os.fstat(descriptor), inputs, getattr(target, "name", "the output"))
        return
    if os.fspath(target).endswith(os.sep):
        raise OutputNameError(f"{os.fspath(target)} is not a file name")
    try:
        found = os.stat(target)  # noqa: PTH116
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        if stat.S_ISDIR(found.st_mode):
            raise OutputNameError(f"{os.fspath(target)} is a directory")
        return
    _refuse_inputs(found, inputs, os.fspath(target))
    if not overwrite:
        raise OutputExistsError(f"{os.fspath(target)} exists")


def _refuse_inputs(found: os.stat_result, inputs: Iterable[Source], name: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        return
    for source in inputs:
        for part in source.parts():
            place = part.descriptor()
            if place and os.path.samestat(found, os.fstat(place[0])):
                raise OutputIsInputError(f"{name} is the input")


def _write_all(pieces: Iterable[Piece], file: SupportsWrite, progress: Progress) -> int:
    """Write pieces to an open file and return the number of bytes."""
    writer = _Writer(file, progress)
    for piece in merged(pieces):
        if isinstance(piece, bytes):
            writer.write(piece)
        else:
            for part, offset, size in piece.source.extents(piece.offset, piece.size):
                writer.copy(SourceRange(part, offset, size))
    flush = getattr(file, "flush", None)
    if flush is not None:
        flush()
    return writer.written


class _Writer:
    """A file that is written from its current position on, by the kernel where it can.

    Attributes:
        written: bytes so far.
    """

    def __init__(self, file: SupportsWrite, progress: Progress) -> None:
        self.written = 0
        self._file = file
        self._progress = progress
        self._descriptor = _descriptor(file)
        self._start: int | None = None  # where there are no positions, as in a pipe
        if self._descriptor is not None:
            cast("BinaryIO", file).flush()
            with contextlib.suppress(OSError):
                self._start = os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def write(self, data: bytes) -> None:
        """Write bytes."""
        left: bytes | memoryview = data
        while left:
            count = self._file.write(cast("bytes", left))
            if count == 0 or (count is None and isinstance(self._file, io.RawIOBase)):
                raise BlockingIOError(errno.EAGAIN, "the output takes no more bytes")
            left = memoryview(left)[len(left) if count is None else count :]
        self._did(len(data))

    def copy(self, piece: SourceRange) -> None:
        """Write a range of a source that is not joined from others."""
        place = piece.source.descriptor()
        done = 0
        if self._descriptor is not None and place is not None:
            file = cast("BinaryIO", self._file)
            file.flush()
            source, start = place
            position = None if self._start is None else self._start + self.written
            for count in copy_in_kernel(
                source, start + piece.offset, self._descriptor, position, piece.size
            ):
                done += count
                self._did(count)
            if done and self._start is not None:
                file.seek(self._start + self.written)
        if done < piece.size:
            rest = SourceRange(piece.source, piece.offset + done, piece.size - done)
            for data in read_pieces([rest]):
                self.write(data)

    def _did(self, count: int) -> None:
        self.written += count
        self._progress(count)


def _descriptor(file: object) -> int | None:
    """Descriptor that the kernel can write to without the file object; None where there is none.

    Wrappers that encode what is written have a `fileno` too, which must not be written to.
    """
    raw = getattr(file, "raw", file)
    return raw.fileno() if type(raw) is io.FileIO else None
