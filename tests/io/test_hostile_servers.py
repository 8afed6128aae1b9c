"""Servers that mean harm: one error, in bounded time, from a bounded number of bytes."""

from __future__ import annotations

import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable

import pytest

from pymp4_nnr.errors import RangeIgnoredError, RemoteChangedError, RemoteError
from pymp4_nnr.io import http_answer, http_file
from pymp4_nnr.io.source import open_source
from tests.cli.command import call
from tests.io.test_http_answers import raw_server
from tests.io.test_http_file import DATA, PATH, after_the_first, fault, quick, serving, whole
from tests.remote.server import Handler, WebServer, web

__all__ = ["quick", "serving", "web"]  # fixtures

ZEROS = bytes(1 << 16)
MOST_SENT = 16 << 20
"""Bytes that an endless server gets rid of, at most: buffers of the system, and of each retry."""


def endless(head: bytes, body: bytes = ZEROS) -> tuple[Callable[[socket.socket], None], list[int]]:
    """A server that sends a head, and then a body without end; and how much it has sent."""
    sent: list[int] = []

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        while sum(sent) < 1 << 28:
            connection.sendall(body)
            sent.append(len(body))

    return answer, sent


TWICE = "5\r\nContent-Length: 6"
PART = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-61439/3000000\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"10000\r\n" + ZEROS + b"\r\n"
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n" * 1000),
    "one header": (b"HTTP/1.1 200 OK\r\nX-Header: ", ZEROS.replace(b"\0", b"x")),
    "a status line": (b"HTTP/1.1 200 ", ZEROS.replace(b"\0", b"x")),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "a size of a chunk": (PART + CHUNKED + b"\r\n", b"0" * 65536),
    "an extension of a chunk": (PART + CHUNKED + b"\r\n1;", b"x" * 65536),
    "trailers": (PART + CHUNKED + b"\r\n0\r\n", b"X-Trailer: value\r\n" * 1000),
    "the body of an error": (b"HTTP/1.1 500 Oh\r\nContent-Length: 99999999999\r\n\r\n", ZEROS),
    "the body of not found": (b"HTTP/1.1 404 No\r\nContent-Length: 99999999999\r\n\r\n", ZEROS),
    "the body of 416": (b"HTTP/1.1 416 No\r\nContent-Length: 99999999999\r\n\r\n", ZEROS),
    "a redirection": (
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 99999999999\r\n\r\n",
        ZEROS,
    ),
    "a compressed body": (PART + b"Content-Encoding: gzip\r\n\r\n", ZEROS),
    "parts of many": (
        b"HTTP/1.1 206 Partial Content\r\nContent-Type: multipart/byteranges; boundary=x\r\n\r\n",
        b"--x\r\nContent-Range: bytes 0-9/10\r\n\r\n0123456789\r\n" * 1000,
    ),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only time ends it, a test need not wait for minutes."""
    monkeypatch.setattr(http_file, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(http_answer, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(http_file, "PORTION_SECONDS", 1.0)
    monkeypatch.setattr(http_file, "RETRIES", 1)


def bounded(work: Callable[[], str]) -> str:
    """What it returns; it may take no more memory than a few buffers, and no more than seconds."""
    tracemalloc.start()
    begun = time.monotonic()
    try:
        message = work()
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begun < 60
    return message


@pytest.mark.parametrize("name", ENDLESS)
def test_answers_without_end(name: str) -> None:
    """Of headers, framing, and bodies that nobody has asked for."""
    answer, sent = endless(*ENDLESS[name])
    kind = FileNotFoundError if "not found" in name else RemoteError
    with raw_server(answer) as url:
        bounded(lambda: fault(url, kind))
    if "chunk" not in name:  # these are silence, which only time ends; nothing of them is kept
        assert sum(sent) < (10 if name == "a redirection" else 1 + http_file.RETRIES) * MOST_SENT


def test_a_part_without_end() -> None:
    """No more is read of it than was asked for."""
    size = 61440
    for framing in (b"", b"Content-Length: 99999999999\r\n", CHUNKED):
        head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-%d/%d\r\n" % (
            size - 1,
            size,
        )
        body = CHUNK if framing is CHUNKED else ZEROS
        answer, sent = endless(head + framing + b"\r\n", body)
        with raw_server(answer) as url, open_source(url) as source:
            assert source.size == size
            assert source.read(0, size) == bytes(size)
        assert sum(sent) < MOST_SENT


@pytest.mark.parametrize("framing", [b"", CHUNKED], ids=["until it closes", "chunked"])
def test_a_whole_file_without_end(framing: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `Range` is ignored, the file is read as far as a small one may reach."""
    monkeypatch.setattr(http_file, "MOST_UNASKED", 1 << 20)
    body = CHUNK if framing else ZEROS
    answer, sent = endless(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n", body)
    with raw_server(answer) as url:
        assert "ignores Range" in bounded(lambda: fault(url, RangeIgnoredError))
    assert sum(sent) < (1 << 20) + MOST_SENT


def test_a_whole_file_of_another_size_than_announced(web: WebServer) -> None:
    def lies(handler: Handler, size: int) -> bool:
        handler.answer(200, DATA[:100_000], length=size)
        return True

    web.behave = lambda handler: lies(handler, 200_000)
    assert "closes the connection before" in fault(web.url())
    web.behave = lambda handler: lies(handler, 1000)
    try:
        assert whole(web.url()) == DATA[:1000]
    except RemoteError as error:  # where what follows has arrived with the rest
        assert "not HTTP" in str(error)
    for announced in ("-1", "0x10", "\u0661", "1" * 5000, "10, 20"):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n" % announced.encode()
        with raw_server(lambda connection, answer=answer: connection.sendall(answer + DATA)) as url:  # type: ignore[misc]
            fault(url)


@pytest.mark.parametrize(
    "length", ["0", "5", "99999999999", "-5", "five", "5\r\nContent-Length: 6"]
)
def test_a_part_of_another_length_than_announced(length: str) -> None:
    """`Content-Length` and `Content-Range` say different things."""
    head = PART + f"Content-Length: {length}\r\n\r\n".encode()
    with raw_server(lambda connection: connection.sendall(head + DATA[:61440])) as url:
        fault(url)


def test_two_answers_at_once(web: WebServer) -> None:
    """What follows an answer on its connection is never taken for bytes of another part."""

    def behave(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        handler.part(start, end)
        forged = f"HTTP/1.1 206 Partial Content\r\nContent-Length: {end - start}\r\n"
        forged += f"Content-Range: bytes {end}-{2 * end - start - 1}/{len(DATA)}\r\n\r\n"
        handler.wfile.write(forged.encode() + bytes(end - start))
        return True

    web.behave = behave
    web.etags.clear()
    with open_source(web.url()) as source:
        for offset in range(0, len(DATA), 500_000):
            try:
                assert source.read(offset, 5000) == DATA[offset : offset + 5000]
            except RemoteError as error:
                assert "other bytes than were asked for" in str(error)


def test_a_body_that_drips(web: WebServer) -> None:
    """Each byte comes before the server would be called silent."""
    begun = time.monotonic()

    def drips(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(DATA)}")
        handler.end_headers()
        while time.monotonic() < begun + 50:
            handler.wfile.write(b"x")
            time.sleep(0.1)
        return True

    web.etags.clear()
    web.behave = drips
    assert "too slowly" in fault(web.url())
    assert time.monotonic() < begun + 40


def test_headers_that_drip() -> None:
    ended = threading.Event()

    def drips(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in itertools.count():
            if ended.wait(0.1):
                return
            connection.sendall(b"X-%d: y\r\n" % number)

    with raw_server(drips) as url:
        assert "does not answer in time" in fault(url)
        ended.set()


def test_redirections_without_end(web: WebServer) -> None:
    """In a circle, ever longer, or each to a place that there has not been before."""
    for place in (
        lambda path: "/b" if path == "/a" else "/a",
        lambda path: path + "/more" * 100,
        lambda path: f"/{time.monotonic_ns()}",
        lambda path: f"http://127.0.0.1:{web.port}/{len(web.asked)}",
    ):
        web.asked.clear()
        web.behave = lambda handler, place=place: (  # type: ignore[misc]
            handler.answer(302, b"", {"Location": place(handler.path)}) or True
        )
        message = fault(web.url("/a"))
        assert "redirects" in message or "HTTP" in message
        assert len(web.asked) < 30
    places = ("ftp://127.0.0.1/x", "data:,x", "//[", "http://", "\x01", "http://x:99999999/", "/\0")
    for wrong in places:
        web.behave = lambda handler, wrong=wrong: (  # type: ignore[misc]
            handler.answer(301, b"", {"Location": wrong}) or True
        )
        fault(web.url("/a"))


STATUSES = [100, 101, 102, 199, 201, 203, 205, 206, 300, 304, 305, 400, 407, 416, 429, 451, 500]
STATUSES += [501, 502, 504, 511, 599, 600, 999]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_one_error(status: int, web: WebServer) -> None:
    """At the start, and for a later part."""
    answer = b"HTTP/1.1 %d What\r\nRetry-After: 99999999\r\nContent-Length: 3\r\n\r\nyes" % status
    with raw_server(lambda connection: connection.sendall(answer)) as url:
        fault(url)
    if status >= 201:
        web.behave = after_the_first(lambda handler: handler.answer(status, b"yes") or True)
        fault(web.url())


def test_416_for_a_file_that_has_bytes(web: WebServer) -> None:
    """At the start it says how large the file is; later, that it has become shorter."""
    for place in ("", "bytes */", "bytes */5", "bytes 0-5/5", "bytes */99999999999999999999"):
        web.behave = lambda handler, place=place: (  # type: ignore[misc]
            handler.answer(416, b"", {"Content-Range": place}) or True
        )
        fault(web.url())
    web.behave = after_the_first(lambda handler: handler.answer(416, b"") or True)
    assert "has changed" in fault(web.url(), RemoteChangedError)


def test_a_tag_that_changes_with_each_answer(web: WebServer) -> None:
    numbers = itertools.count()

    def behave(handler: Handler) -> bool:
        handler.web.etags[PATH] = f'"{next(numbers)}"'
        return False

    web.behave = behave
    assert "has changed" in fault(web.url(), RemoteChangedError)


def test_headers_that_are_large_or_strange(web: WebServer) -> None:
    """Within what the client takes, they are taken: nothing of them is printed."""
    web.etags[PATH] = '"' + "e" * 7000 + '"'
    assert whole(web.url()) == DATA
    web.etags[PATH] = '"\x1b[31mred"'
    with open_source(web.url()) as source:
        web.etags[PATH] = '"other"'
        with pytest.raises(RemoteChangedError) as caught:
            source.read(1_000_000, 5000)
    assert "\x1b" not in str(caught.value)
    with raw_server(lambda c: c.sendall(b"HTTP/1.1 599 \x1b[31mred\x07\r\n\r\n")) as url:
        assert fault(url).isprintable()


def test_commands_print_one_line(web: WebServer) -> None:
    """Whatever is done with such a file."""
    answer, _ = endless(*ENDLESS["headers"])
    with raw_server(answer) as url:
        for line in ("info", "dump", "check", "demux -o -", "report -o -", "mux -o -"):
            command, *rest = line.split()
            result = call(command, url, *rest)
            assert result.exit_code == 1
            (told,) = result.stderr.splitlines()
            assert told.startswith("pymp4-nnr: ") and "internal error" not in told
