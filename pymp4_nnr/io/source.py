"""What callers may pass as a source, and how it is opened."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeGuard, cast

from ..errors import NNRError, SourceError
from .byte_source import BufferSource, JoinedSource, Source
from .file_source import FileObjectSource, FileSource, SupportsRead, SupportsSeek, read_some
from .many_files import ManyFilesSource, OpenFiles, are_many
from .urls import is_url

__all__ = [
    "FilesLike",
    "JoinedSource",
    "Source",
    "SourceLike",
    "SupportsRead",
    "is_pipe",
    "is_several",
    "open_source",
    "open_sources",
]

_PORTION = 1 << 20
"""Bytes of a pipe that are copied at once."""

SourceLike: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | SupportsRead | Source"
)
"""One file: a path, a URL, a buffer, a binary file object, or a source that is open already."""

FilesLike: TypeAlias = "SourceLike | Sequence[SourceLike]"
"""One file, or several in their order: an initialization segment and its media segments."""


def open_source(source: SourceLike) -> Source:
    """Open anything that holds bytes for random access.

    Args:
        source: a path; a URL as text, which needs the extra ``remote``; a buffer; or a binary file
            object, read from its current position: any object with `read`, `seek` and `tell`. One
            that cannot seek (a pipe) is first copied to a temporary file. What `fsspec.open` gives
            is read as a URL is, with the options given there. A `Source` is returned as it is.

    Raises:
        OSError: the file cannot be opened or read.
        RemoteError: a server does not give the file.
        MediaError: `source` is none of these.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return BufferSource(source)
    if is_url(source):
        from .remote_source import open_remote  # which most programs never need

        return open_remote(source)
    if isinstance(source, (str, os.PathLike)):
        file = file_path(source).open("rb")
        try:
            if file.seekable():
                return FileSource(file, owned=True)
        except BaseException:
            file.close()
            raise
        with file:
            return _spooled(file)
    return _open_object(source)


def file_path(name: str | os.PathLike[str]) -> Path:
    """The path of a file that is to be there.

    Raises:
        FileNotFoundError: the name is empty, which `Path` takes for the current folder.
    """
    if not os.fspath(name):
        raise FileNotFoundError(errno.ENOENT, "the name of the file is empty")
    return Path(name)


def _open_object(file: object) -> Source:
    """Open a file object, of whatever type, by what it can do."""
    if type(file).__module__ == "fsspec.core" and getattr(file, "compression", "") is None:
        from .remote_source import open_file_of_fsspec

        return open_file_of_fsspec(file)
    if (
        not hasattr(file, "read")
        or isinstance(file, io.TextIOBase)
        or (_seekable(file) and not hasattr(file, "tell"))
    ):
        raise SourceError(
            f"expected a path, bytes or a binary file object, not {type(file).__name__}"
        )
    if not _seekable(file):
        return _spooled(cast("SupportsRead", file))
    if _has_descriptor(file):
        return FileSource(file, start=file.tell())
    return FileObjectSource(cast("SupportsSeek", file))


def open_sources(sources: FilesLike) -> list[Source]:
    """Open one source, or each of several.

    Raises:
        OSError, MediaError: as `open_source`; what was opened before is closed.
    """
    if not is_several(sources):
        return [open_source(cast("SourceLike", sources))]
    if not sources:
        raise SourceError("no file is given")
    opened: list[Source] = []
    remote: Iterator[Source] = iter(())
    try:
        if sum(map(is_url, sources)) > 1:
            from .remote_source import open_remotes  # which most programs never need

            remote = iter(open_remotes(list(filter(is_url, sources))))
        local = [one for one in sources if _is_path(one)]
        files = OpenFiles() if are_many(local) else None
        for source in sources:
            if files is not None and _is_path(source):
                opened.append(ManyFilesSource(source, files))
                continue
            opened.append((next(remote, None) if is_url(source) else None) or open_source(source))
    except BaseException:
        for source, one in zip(sources, opened, strict=False):
            if one is not source:
                one.close()
        raise
    return opened


def _is_path(source: object) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(source, (str, os.PathLike)) and not is_url(source)


def is_several(sources: FilesLike) -> TypeGuard[Sequence[SourceLike]]:
    """Whether these are several files, and not one."""
    return isinstance(sources, Sequence) and not isinstance(
        sources, (str, bytes, bytearray, memoryview)
    )


@contextlib.contextmanager
def in_its_file(sources: FilesLike) -> Iterator[None]:
    """Of several files, set `NNRError.file` of errors raised inside, and the offset in that file.

    Where files are joined, offsets count from the start of the first one.
    """
    try:
        yield
    except NNRError as error:
        if is_several(sources) and len(sources) > 1 and error.file is None:
            place = _place(sources, error.offset)
            if place is not None:
                error.file, error.offset = place
        raise


def _place(sources: Sequence[SourceLike], offset: int | None) -> tuple[str, int] | None:
    """The path of the file that an offset is in, and the offset there, where sizes are known."""
    if offset is None:
        return None
    for source in sources:
        if not _is_path(source):
            return None
        try:
            size = Path(source).stat().st_size
        except OSError:
            return None
        if offset < size:
            return os.fspath(source), offset
        offset -= size
    return None


def is_pipe(source: FilesLike) -> TypeGuard[SupportsRead]:
    """Whether this is one file object that cannot seek."""
    return (
        not isinstance(source, (str, os.PathLike, Sequence, bytearray, memoryview, Source))
        and hasattr(source, "read")
        and not isinstance(source, io.TextIOBase)
        and not _seekable(source)
    )


def _spooled(file: SupportsRead) -> Source:
    """Copy what cannot seek to a temporary file, which is deleted when its source is closed."""
    import tempfile  # which most programs never need

    spool = tempfile.TemporaryFile()  # noqa: SIM115 - owned by the source
    try:
        while data := read_some(file, _PORTION):
            spool.write(data)
        spool.flush()
        return FileSource(cast("BinaryIO", spool), owned=True)
    except BaseException:
        spool.close()
        raise


def _seekable(file: object) -> bool:
    seekable = getattr(file, "seekable", None)
    return bool(seekable()) if seekable is not None else hasattr(file, "seek")


def _has_descriptor(file: object) -> TypeGuard[BinaryIO]:
    """Whether the bytes that `file.read` gives are those behind its descriptor.

    That holds for files as `open` returns them and for their wrappers in `tempfile`, not for
    decompressing or decrypting wrappers, which have a `fileno` too.
    """
    raw = getattr(file, "file", file) if type(file).__module__ == "tempfile" else file
    if isinstance(raw, (io.BufferedReader, io.BufferedRandom)):
        raw = raw.raw
    return isinstance(raw, io.FileIO)
