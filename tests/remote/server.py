"""A small web server that notes what it is asked for, and misbehaves where a test wants it to."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.outside.programs import missing

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


def need_fsspec() -> None:
    """Skip the running test where the extra `remote` is not installed."""
    try:
        import aiohttp  # noqa: F401
        import fsspec  # noqa: F401
    except ImportError:
        missing("fsspec and aiohttp (the extra remote) are not installed")


@dataclass(frozen=True)
class Asked:
    """One request.

    Attributes:
        path: with its query.
        range: first byte and the one behind the last; None where all of the file was asked for.
        sent: bytes of the body of the answer that were sent.
        client: port of the client, different for each connection.
        authorization: the header of that name.
    """

    path: str
    range: tuple[int, int] | None
    sent: int
    client: int
    authorization: str | None = None


@dataclass
class WebServer:
    """A server, and what it does.

    Attributes:
        port: on the loopback interface.
        files: by path, such as ``/model.mp4``.
        etags: by path; without one, there is no ETag.
        asked: the requests, in order.
        behave: called with the handler for each request, before it is answered; it may answer
            itself and return True.
    """

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    etags: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    behave: Callable[[Handler], bool] | None = None

    def url(self, path: str = "/model.mp4", user: str = "") -> str:
        """The URL of a file."""
        return f"http://{user}127.0.0.1:{self.port}{path}"

    @property
    def sent(self) -> int:
        """Bytes of all bodies."""
        return sum(one.sent for one in self.asked)


class Handler(BaseHTTPRequestHandler):
    """Answers one connection; `web` is set by `web_server`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits for the client to confirm the headers
    web: WebServer

    @property
    def wanted(self) -> tuple[int, int] | None:
        """The range that is asked for: first byte and the one behind the last, within the file."""
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        if found is None:
            return None
        size = len(self.data)
        return int(found[1]), min(int(found[2]) + 1 if found[2] else size, size)

    @property
    def data(self) -> bytes:
        """The file that is asked for."""
        return self.web.files.get(self.path.partition("?")[0], b"")

    def do_GET(self) -> None:
        if self.web.behave is not None and self.web.behave(self):
            return
        if self.path.partition("?")[0] not in self.web.files:
            self.answer(404, b"")
            return
        wanted = self.wanted
        if wanted is None:
            self.answer(200, self.data)
        elif wanted[0] >= wanted[1]:
            self.answer(416, b"", {"Content-Range": f"bytes */{len(self.data)}"})
        else:
            self.part(*wanted)

    def part(self, start: int, end: int, size: int | None = None) -> None:
        """Answer with a part of the file."""
        size = len(self.data) if size is None else size
        headers = {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
        self.answer(206, self.data[start:end], headers)

    def answer(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        length: int | None = None,
    ) -> None:
        """Answer, and note it; a `length` other than that of the body breaks the connection."""
        self.note(len(body))
        self.send_response(status)
        tag = self.web.etags.get(self.path.partition("?")[0])
        sent = {"Content-Length": str(len(body) if length is None else length)}
        sent |= {"ETag": tag} if tag else {}
        for name, value in (sent | (headers or {})).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True

    def note(self, sent: int) -> None:
        """Note the request."""
        found = Asked(
            self.path, self.wanted, sent, self.client_address[1], self.headers.get("Authorization")
        )
        self.web.asked.append(found)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients may close connections as they like."""


@contextlib.contextmanager
def web_server() -> Iterator[WebServer]:
    """Run a server in a thread of this process."""
    web = WebServer()
    handler = type("BoundHandler", (Handler,), {"web": web})
    with _Server(("127.0.0.1", 0), handler) as server:
        web.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server; the test is skipped without the extra `remote`."""
    need_fsspec()
    with web_server() as running:
        yield running
