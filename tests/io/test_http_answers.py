"""Servers whose answers are none, or come slowly."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from pymp4_nnr.io import http_answer, http_file
from tests.io.test_http_file import DATA, fault, quick, serving
from tests.remote.server import Handler, WebServer, web

__all__ = ["quick", "serving", "web"]  # fixtures


@contextlib.contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does not even speak HTTP; yields the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.recv(10_000)
                    answer(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        listening.shutdown(socket.SHUT_RDWR)


ANSWERS = [
    b"",
    b"\0\0\0\x1cftypisom",
    b"HTTP/1.1 abc\r\n\r\n",
    b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/10\r\nContent-Length: -5\r\n\r\n",
    b"HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Range: bytes 0-9/10\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
    b"HTTP/1.1 302 Found\r\nLocation: http://[::bad\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_answers_that_are_no_answers(answer: bytes) -> None:
    with raw_server(lambda connection: connection.sendall(answer)) as url:
        fault(url)


def test_servers_that_are_silent_or_slow(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_file, "ANSWER_SECONDS", 0.1)
    monkeypatch.setattr(http_answer, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(http_file, "PORTION_SECONDS", 0.3)
    monkeypatch.setattr(http_file, "RETRIES", 0)
    ended = threading.Event()

    def drips(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(DATA)}")
        handler.send_header("Content-Length", str(end - start))
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)
        return True

    with raw_server(lambda connection: ended.wait(5) and None) as url:
        assert "does not answer" in fault(url)
    ended.set()
    web.etags.clear()
    web.behave = drips
    assert "too slowly" in fault(web.url())
