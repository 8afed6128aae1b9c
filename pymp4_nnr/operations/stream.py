"""`stream`: units as they arrive, from a pipe, a socket, or an HTTP response."""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from inspect import isawaitable
from typing import Any, BinaryIO, Protocol, TypeAlias, cast

from ..bitstream.streamed_units import UnitSteps
from ..bitstream.unit import Unit
from ..errors import SourceError
from ..io.file_source import SupportsRead, read_some
from ..io.incoming import Incoming
from ..io.output import SupportsWrite, check_target, write_as_it_comes
from ..io.progress import Progress
from ..io.source import Source, file_path, open_source
from ..io.urls import is_url
from ..movie.unit_stream import streamed_units

LIMIT = 1 << 31
"""Bytes of the largest unit that there can be."""

_PORTION = 1 << 16
"""Bytes that are asked for at once where asking for more does not wait for them."""

_MOST = 1 << 20
"""Bytes that are asked for at once where it may."""


_MOST_REMEMBERED = 1 << 26
"""Bytes of a file that are kept until it is known that it can be streamed."""


class SupportsReceive(Protocol):
    """A socket, or anything else that is read as one."""

    def recv(self, size: int, /) -> bytes:
        """Return the bytes that are there, at most `size`; none at the end."""


class SupportsAsyncRead(Protocol):
    """A file object whose `read` is a coroutine, such as `asyncio.StreamReader`."""

    async def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""


StreamLike: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | SupportsRead | SupportsReceive | "
    "Iterable[bytes]"
)
"""What bytes arrive from: a file object, a socket, or an iterable of chunks; a path or buffer."""

AsyncStreamLike: TypeAlias = "SupportsAsyncRead | AsyncIterable[bytes]"
"""What bytes arrive from in a coroutine."""


def stream(
    source: StreamLike, *, track_id: int | None = None, limit: int | None = None
) -> Iterator[Unit]:
    """Read the units of a network as its file arrives, in the order of the bitstream.

    Each unit is yielded when its last byte has arrived, with its bytes in memory. The file is an
    MP4 file in which `moov` comes first and the samples lie in their order, as `mux` writes it; one
    with movie fragments, which need not end; or an NNR bitstream. What is held in memory is `moov`
    or one `moof`, and two units::

        with urllib.request.urlopen(url) as response:
            for unit in pymp4_nnr.stream(response):
                ...

    Args:
        source: a binary file object, which need not seek: of one with `read1`, and of a socket,
            what is there is taken, of others no more is asked for than the next unit needs; or an
            iterable of chunks of bytes of any size, such as ``response.iter_content(65536)`` of
            requests or ``response.iter_bytes()`` of httpx; a path, URL or buffer, too.
        track_id: the track of an MP4 file; may be left out where it has one NNR track.
        limit: bytes of the largest unit, `moov` or `moof` that is held in memory; by default
            2 GiB. And as of `open`: what the file may refer to many times, and mean it.

    Yields:
        Each unit; its `offset` is that in the file, its `index` the place in the bitstream.

    Raises:
        NotStreamableError: the file must be read in another order than it arrives: `moov` comes
            last, samples lie out of order, a fragment plays before one that came. `open` reads it.
            Units of what came before are given: a stream cannot tell what follows.
        BitstreamError: the source is neither an MP4 file nor an NNR bitstream, or is cut off.
        FileFormatError, SampleTableError, TrackError: the MP4 file is broken or cut off, or there
            is no such NNR track, or several and none is chosen.
        HeldSizeError: a unit or box is larger than `limit`.
        SourceError: `source` is not a source.
        OSError: reading fails.
    """
    read, incoming = chunk_reader(source), Incoming()
    return _units(_steps(incoming, track_id, limit), incoming, read)


async def stream_async(
    source: AsyncStreamLike, *, track_id: int | None = None, limit: int | None = None
) -> AsyncIterator[Unit]:
    """`stream` for coroutines::

        async with client.stream("GET", url) as response:
            async for unit in pymp4_nnr.stream_async(response.aiter_bytes()):
                ...

    Args:
        source: an asynchronous iterable of chunks of bytes; or an object whose `read` is a
            coroutine, such as `asyncio.StreamReader` or `response.content` of aiohttp.
        track_id, limit: as of `stream`.

    Yields:
        Each unit, as `stream` does.

    Raises:
        NNRError, OSError: as `stream`.
    """
    read = _async_reader(source)
    incoming = Incoming()
    for step in _steps(incoming, track_id, limit):
        if isinstance(step, Unit):
            yield step
        else:
            incoming.feed(_checked(await read(step)))


def _steps(incoming: Incoming, track_id: int | None, limit: int | None) -> UnitSteps:
    held = LIMIT if limit is None else limit
    return streamed_units(incoming, track_id, held, repeats=limit or 0)


def _units(steps: UnitSteps, incoming: Incoming, read: Callable[[int], bytes]) -> Iterator[Unit]:
    for step in steps:
        if isinstance(step, Unit):
            yield step
        else:
            incoming.feed(read(step))


class Arriving:
    """A file object that cannot seek, of which what has been read is remembered at first.

    Args:
        file: the file object.

    Attributes:
        is_remembered: whether `read` still gives all of it.
    """

    def __init__(self, file: SupportsRead) -> None:
        self.is_remembered = True
        self._next = chunk_reader(file)
        self._front = bytearray()

    def next(self, size: int) -> bytes:
        """The next bytes, as a `chunk_reader` returns them."""
        data = self._next(size)
        if self.is_remembered:
            self._front += data
            if len(self._front) > _MOST_REMEMBERED:
                self.forget()
        return data

    def forget(self) -> None:
        """Free what is remembered."""
        self.is_remembered = False
        self._front = bytearray()

    def read(self, size: int, /) -> bytes:
        """The file from its start, at most `size` bytes; call `next` no more."""
        if not self._front:
            self._front += self._next(size)
        data = bytes(self._front[:size])
        del self._front[:size]
        return data


def write_arriving(
    arriving: Arriving,
    target: SupportsWrite,
    track_id: int | None,
    progress: Progress | None,
    repeats: int = 0,
) -> int:
    """Write the bitstream in an MP4 file to a file object, as it arrives; see `demux`.

    Raises:
        NotStreamableError: the order of the file does not allow it.
        NNRError, OSError: as `demux`.
    """
    incoming = Incoming()

    def pieces() -> Iterator[bytes | None]:
        for step in streamed_units(incoming, track_id, LIMIT, repeats=repeats, only_mp4=True):
            if isinstance(step, Unit):
                arriving.forget()
                yield step.data
            else:
                yield None
                incoming.feed(arriving.next(step))

    check_target(target)
    return write_as_it_comes(pieces(), target, progress)


def chunk_reader(source: StreamLike) -> Callable[[int], bytes]:
    """A function that returns the next bytes; none at the end.

    It is told how many are needed at least; it may return fewer or more.

    Raises:
        SourceError: `source` is not a source.
        OSError: a file cannot be opened.
    """
    if is_url(source):
        source = _chunks_of_remote(open_source(source))
    if isinstance(source, (str, os.PathLike)):
        source = _chunks_of(file_path(source).open("rb"))
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = [bytes(source)]
    found = cast("Any", source)
    if isinstance(source, io.TextIOBase):
        raise _not_a_source(source)
    if hasattr(source, "read1"):
        return lambda _: read_some(_Reading(found.read1), _PORTION)
    if isinstance(source, io.RawIOBase):
        return lambda _: read_some(found, _PORTION)
    if hasattr(source, "read"):
        return lambda size: read_some(found, min(size, _MOST))
    if hasattr(source, "recv"):
        return lambda _: _checked(found.recv(_PORTION))
    if isinstance(source, Iterable):
        chunks = iter(source)

        def following(_: int) -> bytes:
            for chunk in chunks:
                if data := _checked(chunk):
                    return data
            return b""

        return following
    raise _not_a_source(source)


def _chunks_of(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file, which is closed then."""
    with file:
        while data := file.read(_PORTION):
            yield data


def _chunks_of_remote(source: Source) -> Iterator[bytes]:
    """The bytes of a file on a server as they arrive, continued where the connection breaks."""
    with source:
        yield from source.stream(0, source.size)


class _Reading:
    """A function that reads, as a file object."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.read = read


def _async_reader(source: AsyncStreamLike) -> Callable[[int], Any]:
    """As `chunk_reader`; what the function returns is awaited."""
    found = cast("Any", source)
    if hasattr(source, "read"):
        return lambda size: _awaited(found.read(min(max(size, _PORTION), _MOST)), source)
    if not isinstance(source, AsyncIterable):
        raise _not_a_source(source)
    chunks = aiter(source)

    async def following(_: int) -> bytes:
        async for chunk in chunks:
            if data := _checked(chunk):
                return data
        return b""

    return following


async def _awaited(result: Any, source: object) -> Any:
    if not isawaitable(result):
        raise _not_a_source(source)
    return await result


def _checked(chunk: object) -> bytes:
    if isinstance(chunk, (bytes, bytearray, memoryview)):
        return bytes(chunk)
    raise SourceError(f"the source gives {type(chunk).__name__} instead of bytes")


def _not_a_source(source: object) -> SourceError:
    return SourceError(
        "expected a binary file object, a socket or an iterable of bytes, not "
        f"{type(source).__name__}"
    )
