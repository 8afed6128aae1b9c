"""Writing files from bytes and ranges of other files; a file appears when it is complete."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, cast

from ..errors import OutputDiffersError, OutputExistsError, OutputIsInputError, OutputNameError
from .file_source import FileSource
from .kernel_copy import copy_in_kernel
from .new_file import growing_file, naming_full, new_file
from .progress import Progress
from .ranges import Piece, SourceRange, common_size, merged, read_pieces
from .source import Source

_STREAMS = {"/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})", re.ASCII)
"""Paths that stand for what this process has open."""


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
    sync: bool = False,
    verify: bool = False,
    inputs: Iterable[Source] = (),
    progress: Progress | None = None,
) -> int:
    """Write the pieces one after the other; all of them, or nothing.

    A path is written as a temporary file beside it, which is renamed when it is complete. A path
    that exists and is not a regular file (a pipe, a device) and a file object are written as they
    are; a file object, and a path such as ``/dev/stdout``, from its current position.

    Args:
        pieces: what to write.
        target: a path or a binary file object.
        overwrite: whether a file that exists may be replaced.
        sync: return only when a file that is given by its path, and its name, are on the disk.
        verify: read back what was written, and compare every byte, before the file has its name.
        inputs: sources that must not be the target.
        progress: told how many bytes have been written.

    Returns:
        Number of bytes written.

    Raises:
        OutputError: the target exists and may not be replaced, or is an input; or it is to be
            verified, and differs, or cannot be read back.
        OSError: reading or writing fails.
    """
    tell = progress or (lambda _: None)
    check_target(target, overwrite=overwrite, inputs=inputs)
    if verify and not _is_file(target):
        raise OutputNameError("what is written to a stream cannot be read back")
    if verify:
        pieces = list(pieces)
    with opened_output(target, overwrite=overwrite, sync=sync) as file:
        written = _write_all(pieces, file, tell)
        if verify:
            check_written(pieces, cast("BinaryIO", file))
        return written


@contextlib.contextmanager
def opened_output(
    target: TargetLike, *, overwrite: bool, sync: bool = False, growing: bool = False
) -> Iterator[SupportsWrite]:
    """Yield what is to be written, for a target that `check_target` has accepted.

    Args:
        target: a path or a binary file object, as of `write_pieces`.
        overwrite: whether a file that exists may be replaced.
        sync: return only when a file that is given by its path, and its name, are on the disk.
        growing: whether a file has its name from the start, and keeps what was written when the
            block is left by an exception; else it appears when the block ends well.

    Raises:
        OutputError, OSError: as `write_pieces`.
    """
    if not isinstance(target, (str, os.PathLike)):
        yield target
        return
    descriptor = _open_descriptor(target)
    with naming_full(target):
        if descriptor is not None:
            with os.fdopen(os.dup(descriptor), "wb") as stream:
                yield stream
        elif not _is_file(target):
            with open(target, "wb") as file:  # noqa: PTH123
                yield file
        else:
            opened = growing_file if growing else new_file
            with opened(Path(os.path.realpath(target)), overwrite=overwrite, sync=sync) as file:
                yield file


def check_written(pieces: Iterable[Piece], file: BinaryIO, *, start: int = 0) -> None:
    """Read a file that was written, from an offset on, and compare it with what it was made of.

    Raises:
        OutputDiffersError: a byte, or the size, is another one.
        OSError: reading fails.
    """
    place = 0
    with FileSource(file, start=start) as written:
        for data in read_pieces(merged(pieces)):
            found = written.read(place, len(data))
            if found != data:
                same = common_size(found, data)
                raise OutputDiffersError(
                    "what was written is not what it was made of", offset=start + place + same
                )
            place += len(data)
        if place != written.size:
            raise OutputDiffersError(f"{written.size} bytes were written instead of {place}")


def write_as_it_comes(
    pieces: Iterable[bytes | None], target: SupportsWrite, progress: Progress | None = None
) -> int:
    """Write bytes to a file object one after the other, without waiting for all of them.

    Args:
        pieces: the bytes; None where it may take time until the next ones come.
        target: a binary file object, which is flushed there.
        progress: told how many bytes have been written.

    Returns:
        Number of bytes written.

    Raises:
        OSError: writing fails.
    """
    writer = _Writer(target, progress or (lambda _: None))
    flush = getattr(target, "flush", None)
    for piece in pieces:
        if piece is not None:
            writer.write(piece)
        elif flush is not None:
            flush()
    if flush is not None:
        flush()
    return writer.written


def _open_descriptor(target: str | os.PathLike[str]) -> int | None:
    """The descriptor that a path such as ``/dev/stdout`` or ``/dev/fd/63`` stands for."""
    name = os.fspath(target)
    if name in _STREAMS:
        return _STREAMS[name]
    match = _DESCRIPTOR.fullmatch(name)
    return int(match[1]) if match else None


def _is_file(target: TargetLike) -> bool:
    """Whether it is the path of a regular file, or of nothing yet: no pipe, no device."""
    if not isinstance(target, (str, os.PathLike)) or _open_descriptor(target) is not None:
        return False
    try:
        return stat.S_ISREG(os.stat(target).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        return True


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
    if not os.fspath(target):
        raise OutputNameError("the name of the output is empty")
    if os.fspath(target).endswith(os.sep):
        raise OutputNameError(f"'{os.fspath(target)}' is not a file name")
    try:
        found = os.stat(target)  # noqa: PTH116
    except FileNotFoundError:
        return
    if stat.S_ISDIR(found.st_mode):
        raise OutputNameError(f"{os.fspath(target)} is a directory")
    _refuse_inputs(found, inputs, os.fspath(target))
    if _keeps(found) and not overwrite and _open_descriptor(target) is None:
        raise OutputExistsError(f"{os.fspath(target)} exists")


def _keeps(found: os.stat_result) -> bool:
    """Whether what is written stays there, and can be read: no pipe, no terminal."""
    return stat.S_ISREG(found.st_mode) or stat.S_ISBLK(found.st_mode)


def _refuse_inputs(found: os.stat_result, inputs: Iterable[Source], name: str) -> None:
    if not _keeps(found):
        return
    for source in inputs:
        for part in source.parts():
            with part.held_descriptor() as place:
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


def write_whole(file: SupportsWrite, data: bytes) -> None:
    """Write all of some bytes, however few the file takes at once.

    Raises:
        OSError: it takes no more.
    """
    left: bytes | memoryview = data
    while left:
        count = file.write(cast("bytes", left))
        if count == 0 or (count is None and isinstance(file, io.RawIOBase)):
            raise BlockingIOError(errno.EAGAIN, "the output takes no more bytes")
        left = memoryview(left)[len(left) if count is None else count :]


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
        write_whole(self._file, data)
        self._did(len(data))

    def copy(self, piece: SourceRange) -> None:
        """Write a range of a source that is not joined from others."""
        with piece.source.held_descriptor() as place:
            done = self._copy_in_kernel(place, piece) if place else 0
        if done < piece.size:
            rest = SourceRange(piece.source, piece.offset + done, piece.size - done)
            for data in read_pieces([rest]):
                self.write(data)

    def _copy_in_kernel(self, place: tuple[int, int], piece: SourceRange) -> int:
        """Write as much of it as the kernel can copy; return how many bytes."""
        if self._descriptor is None:
            return 0
        done = 0
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
        return done

    def _did(self, count: int) -> None:
        self.written += count
        self._progress(count)


def _descriptor(file: object) -> int | None:
    """Descriptor that the kernel can write to without the file object; None where there is none.

    Wrappers that encode what is written have a `fileno` too, which must not be written to.
    """
    raw = getattr(file, "raw", file)
    return raw.fileno() if type(raw) is io.FileIO else None
