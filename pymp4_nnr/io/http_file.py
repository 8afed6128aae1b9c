"""Files on web servers, read by ranges (RFC 9110, clause 14), with fsspec's sessions."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import getpid
from typing import TYPE_CHECKING

from ..errors import (
    RangeIgnoredError,
    RemoteError,
    ServerAnswerError,
    ServerUnavailableError,
)
from .byte_source import STREAM_PORTION
from .http_answer import (
    PORTION_SECONDS,
    Answer,
    fault_of,
    is_compressed,
    read_body,
    status_of,
    version_of,
)
from .remote_file import (
    FIRST_READ,
    changed,
    not_found,
    not_permitted,
    remote_error,
)

if TYPE_CHECKING:
    from aiohttp import ClientResponse
    from fsspec.implementations.http import HTTPFileSystem

ANSWER_SECONDS = 30.0
"""How long a server may take to begin its answer."""

RETRIES = 3
"""How often a request is repeated that brings less than `PROGRESS` bytes."""

PROGRESS = 1 << 16

PAUSE_SECONDS = 0.25
"""Before the first repetition; it doubles with each."""

MOST_UNASKED = 64 << 20
"""Bytes of the largest file that is read whole where a server ignores `Range`."""

_BUSY = frozenset((408, 425, 429, 500, 502, 503, 504))
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII | re.IGNORECASE)


class _InterruptedAnswer(Exception):
    """An answer that has failed and may succeed the next time; the argument is the reason."""


class HttpFile:
    """A file on a web server; see `RemoteFile`.

    It is opened by asking for its first bytes: the answer says how large it is and which version
    (`ETag`, or `Last-Modified`). Every later answer must say the same.

    Args:
        filesystem: whose session is used.
        url: of the file.
        name: the URL without secrets, for messages.
        first_read: bytes from its start that are read at once.

    Raises:
        RemoteError, OSError: it cannot be read.
    """

    def __init__(
        self, filesystem: HTTPFileSystem, url: str, name: str, first_read: int = FIRST_READ
    ) -> None:
        self.name = name
        self._http = filesystem
        self._process = getpid()
        self._url = url
        self._first_read = first_read
        self._redirected = url
        self._version: str | None = None
        self.size = -1
        self.head = b""
        failures = 0
        while self.size < 0:
            try:
                self._open()
            except _InterruptedAnswer as error:
                failures += 1
                self._pause(failures, error)
        wanted = min(first_read, self.size) - len(self.head)
        if wanted > 0:
            self.head += b"".join(self.stream(len(self.head), wanted))

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        """See `RemoteFile`; what breaks off is continued where it ended."""
        end = offset + size
        failures, failed_at = 0, offset
        while offset < end:
            try:
                for data in self._answer(offset, end):
                    offset += len(data)
                    yield data
                if offset < end:
                    raise _InterruptedAnswer("gives fewer bytes than it was asked for")
            except _InterruptedAnswer as error:
                failures = failures + 1 if offset - failed_at < PROGRESS else 1
                failed_at = offset
                self._pause(failures, error)

    def _pause(self, failures: int, error: _InterruptedAnswer) -> None:
        """Wait before a request is repeated.

        Raises:
            RemoteError: it has failed often enough.
        """
        if failures > RETRIES:
            raise remote_error(self.name, f"the server {error}", ServerUnavailableError) from error
        time.sleep(PAUSE_SECONDS * 2 ** (failures - 1))

    # --- answers

    def _open(self) -> None:
        """Ask for the first bytes.

        Raises:
            _InterruptedAnswer: nothing has been read.
            RemoteError, OSError: as the constructor.
        """
        with self._request(0, self._first_read) as answer:
            response = answer.response
            if response.status == 200:
                self.head = self._unasked(answer)
                self.size = len(self.head)
                return
            if response.status == 416 and response.headers.get("Content-Range") == "bytes */0":
                self.size = 0
                return
            end, size = self._accept(response, 0, self._first_read)
            self._version = version_of(response)
            self.size = size
            with suppress(_InterruptedAnswer):  # the rest is asked for again
                for data in self._portions(answer, end):
                    self.head += data

    def _answer(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of one answer, which may be fewer than were asked for.

        Raises:
            _InterruptedAnswer: it broke off.
            RemoteError, OSError: as `stream`.
        """
        with self._request(start, end) as answer:
            response = answer.response
            if response.status == 416:
                raise changed(self.name)
            behind, size = self._accept(response, start, end)
            if size != self.size or version_of(response) != self._version:
                raise changed(self.name)
            yield from self._portions(answer, behind - start)

    def _accept(self, response: ClientResponse, start: int, end: int) -> tuple[int, int]:
        """Check that an answer is the part that was asked for, as far as the file reaches.

        Returns:
            Offset behind its last byte, and the size of the file.
        """
        if response.status == 200:
            reason = "the server ignores Range: it sends the whole file"
            raise remote_error(self.name, reason, RangeIgnoredError)
        if response.status != 206:
            raise self._wrong(f"answers {status_of(response)}")
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        if found is None:
            raise self._wrong("does not say which bytes it sends (Content-Range)")
        first, last, size = map(int, found.groups())
        if first != start or not first <= last < min(end, size):
            raise self._wrong(f"sends other bytes than were asked for ({found[0]})")
        return last + 1, size

    def _wrong(self, what: str) -> RemoteError:
        return remote_error(self.name, f"the server {what}", ServerAnswerError)

    def _unasked(self, answer: Answer) -> bytes:
        """All bytes of a file, where a server sends them instead of the first ones."""
        announced = answer.response.headers.get("Content-Length", "")
        size = int(announced) if announced.isascii() and announced.isdigit() else None
        data = bytearray()
        if size is None or size <= MOST_UNASKED:
            for portion in self._portions(answer, MOST_UNASKED + 1 if size is None else size):
                data += portion
        if (size or len(data)) > MOST_UNASKED:
            raise remote_error(
                self.name,
                f"the server ignores Range, and the file is larger than {MOST_UNASKED} bytes: "
                "download it first",
                RangeIgnoredError,
            )
        if size is not None and len(data) < size:
            raise _InterruptedAnswer("closes the connection before the end of the file")
        return bytes(data)

    # --- the session of fsspec, which runs in a thread of its own

    @contextmanager
    def _request(self, start: int, end: int) -> Iterator[Answer]:
        """Ask for a range; what comes is an answer that may be worth reading.

        Raises:
            _InterruptedAnswer: there is no answer, or none for now.
            RemoteError, OSError: as `stream`.
        """
        answer = self._get(self._redirected, start, end)
        if answer.response.status in (401, 403, 404, 410) and self._redirected != self._url:
            # Where a redirection leads to is often valid for minutes only.
            self._release(answer.response)
            self._redirected = self._url
            answer = self._get(self._url, start, end)
        response = answer.response
        try:
            if response.status in (404, 410):
                raise not_found(self.name)
            if response.status in (401, 403):
                raise not_permitted(self.name)
            if response.status in _BUSY:
                raise _InterruptedAnswer(f"answers {status_of(response)}")
            if is_compressed(response):
                raise self._wrong("sends the file compressed")
            if response.history:
                self._redirected = str(response.url)
            yield answer
        finally:
            self._release(response)

    @property
    def _filesystem(self) -> HTTPFileSystem:
        """fsspec's; a process that was forked has none of its threads, and needs one of its own."""
        if self._process != getpid():
            self._process = getpid()
            old = self._http
            self._http = type(old)(*old.storage_args, **old.storage_options)
        return self._http

    def _get(self, url: str, start: int, end: int) -> Answer:
        from fsspec.asyn import sync

        answer, error = sync(self._filesystem.loop, self._get_async, url, start, end)
        if isinstance(error, _InterruptedAnswer):
            raise error
        if error is not None:
            kind, reason = fault_of(error)
            raise remote_error(self.name, reason, kind) from error
        return answer  # type: ignore[no-any-return]

    async def _get_async(
        self, url: str, start: int, end: int
    ) -> tuple[Answer | None, Exception | None]:
        """The answer, or the error, which is raised in the thread that asks."""
        from aiohttp import ClientConnectionError, ClientConnectorError, ClientTimeout

        options = dict(self._filesystem.kwargs)
        headers = {
            **options.pop("headers", {}),
            "Range": f"bytes={start}-{end - 1}",
            "Accept-Encoding": "identity",
        }
        options.setdefault("timeout", ClientTimeout(total=None))
        try:
            session = await self._filesystem.set_session()
            target = self._filesystem.encode_url(url)
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await session.get(target, headers=headers, **options)
        except ClientConnectorError as error:
            lost = _InterruptedAnswer("cannot be reached any more")
            return None, error if self.size < 0 else lost
        except TimeoutError:
            return None, _InterruptedAnswer("does not answer in time")
        except ClientConnectionError:
            return None, _InterruptedAnswer("closes the connection instead of answering")
        except Exception as error:
            return None, error
        if response.status != 206 or is_compressed(response):
            return Answer(response), None
        data, fault = await read_body(response, min(end - start, STREAM_PORTION))
        return Answer(response, data, fault), None

    def _portions(self, answer: Answer, size: int) -> Iterator[bytes]:
        """Yield up to `size` bytes of the body of an answer; what it has more is not read.

        Raises:
            _InterruptedAnswer: it broke off.
        """
        from fsspec.asyn import sync

        data, fault = answer.begun[:size], answer.fault
        left = size
        waited, since = 0.0, 0
        while True:
            left -= len(data)
            since += len(data)
            if data:
                yield data
            if not left:
                return
            if fault is not None:
                raise _InterruptedAnswer(fault)
            if since >= STREAM_PORTION:
                waited, since = 0.0, 0
            elif waited > PORTION_SECONDS:
                raise _InterruptedAnswer("sends too slowly")
            asked = time.monotonic()
            data, fault = sync(
                self._filesystem.loop, read_body, answer.response, min(left, STREAM_PORTION)
            )
            waited += time.monotonic() - asked
            if not data and fault is None:
                return

    def _release(self, response: ClientResponse) -> None:
        """Give the connection back, or close it if there is more on it that was not read."""
        loop = self._filesystem.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(response.close)
