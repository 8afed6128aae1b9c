"""Web servers that do not behave: the right bytes, or one clear error."""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Callable

import pytest

from pymp4_nnr.errors import (
    ExtraMissingError,
    MediaError,
    NNRError,
    RemoteChangedError,
    RemoteError,
)
from pymp4_nnr.io import http_file, remote_file
from pymp4_nnr.io.ranges import SourceRange, read_pieces
from pymp4_nnr.io.source import open_source
from tests.remote.server import Handler, WebServer, web

__all__ = ["web"]

DATA = random.Random(1).randbytes(3_000_000)
PATH = "/model.mp4"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_file, "PAUSE_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def serving(web: WebServer) -> WebServer:
    web.files[PATH] = DATA
    web.etags[PATH] = '"1"'
    return web


def whole(url: str) -> bytes:
    """All of a file, as a copy of it is read."""
    with open_source(url) as source:
        return b"".join(read_pieces([SourceRange(source, 0, source.size)]))


def fault(url: str, kind: type[Exception] = RemoteError) -> str:
    """The message of the error of reading a file."""
    with pytest.raises(kind) as caught:
        whole(url)
    message = str(caught.value)
    assert "\n" not in message
    assert url in message
    return message


def after_the_first(behave: Callable[[Handler], bool]) -> Callable[[Handler], bool]:
    """Behave well when a file is opened, and not later."""
    return lambda handler: handler.wanted is not None and handler.wanted[0] > 0 and behave(handler)


def test_well_behaved(web: WebServer) -> None:
    with open_source(web.url()) as source:
        assert source.size == len(DATA)
        assert [one.range for one in web.asked] == [(0, remote_file.FIRST_READ)]
        assert source.read(100, 50) == DATA[100:150]
        assert source.read(2_000_000, 5000) == DATA[2_000_000:2_005_000]
        assert source.read(2_004_999, 2) == DATA[2_004_999:2_005_001]
        assert source.read(len(DATA) - 10, 100) == DATA[-10:]
        assert source.read(len(DATA), 1) == b""
        assert web.asked[1].range == (2_000_000, 2_005_000)
        assert len(web.asked) == 4
    with pytest.raises(MediaError, match="closed"):
        source.read(0, 1)
    assert whole(web.url()) == DATA
    assert len({one.client for one in web.asked}) == 1


def test_windows_of_reads_that_follow_each_other_grow(web: WebServer) -> None:
    with open_source(web.url()) as source:
        for offset in range(0, len(DATA), 1000):
            assert source.read(offset, 6) == DATA[offset : offset + 6]
        assert len(web.asked) < 15
        web.asked.clear()
        for offset in range(0, len(DATA), 300_000):
            start, data = source.window(offset, 6)
            assert data[offset - start :][:6] == DATA[offset : offset + 6]
        assert len(web.asked) <= 10


def test_empty_and_missing_files(web: WebServer) -> None:
    web.files["/empty"] = b""
    assert whole(web.url("/empty")) == b""
    web.behave = lambda handler: handler.answer(200, b"") or True
    assert whole(web.url("/empty")) == b""
    web.behave = None
    assert "No such file" in fault(web.url("/none"), FileNotFoundError)
    web.behave = lambda handler: handler.answer(403, b"no") or True
    assert "Permission denied" in fault(web.url(), PermissionError)
    web.behave = lambda handler: handler.answer(418, b"") or True
    assert "418" in fault(web.url())


def test_a_server_that_ignores_range(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    web.behave = lambda handler: handler.answer(200, DATA) or True
    assert whole(web.url()) == DATA
    assert len(web.asked) == 1
    for headers in ({}, {"Content-Length": ""}):
        monkeypatch.setattr(http_file, "MOST_UNASKED", 1_000_000)

        def ignores(handler: Handler, headers: dict[str, str] = headers) -> bool:
            handler.close_connection = True
            handler.answer(200, DATA, headers)
            return True

        web.behave = ignores
        assert "ignores Range" in fault(web.url())
    web.behave = after_the_first(lambda handler: handler.answer(200, DATA) or True)
    assert "ignores Range" in fault(web.url())


def test_connections_that_break(web: WebServer) -> None:
    def breaks(handler: Handler, after: int) -> bool:
        start, end = handler.wanted or (0, 0)
        if end - start <= after:
            return False
        place = {"Content-Range": f"bytes {start}-{end - 1}/{len(DATA)}"}
        handler.answer(206, DATA[start : start + after], place, length=end - start)
        return True

    web.behave = lambda handler: breaks(handler, 400_000)
    assert whole(web.url()) == DATA
    assert web.sent == len(DATA)  # each byte once
    web.behave = lambda handler: breaks(handler, 0)
    assert "closes the connection" in fault(web.url())
    web.behave = after_the_first(lambda handler: breaks(handler, 100))  # endless without a limit
    web.asked.clear()
    assert "closes the connection" in fault(web.url())
    assert len(web.asked) < 10


def test_short_bodies(web: WebServer) -> None:
    def short(handler: Handler, most: int) -> bool:
        start, end = handler.wanted or (0, 0)
        handler.part(start, min(end, start + most))
        return True

    web.behave = lambda handler: short(handler, 200_000)
    assert whole(web.url()) == DATA
    web.behave = lambda handler: short(handler, 10)
    web.asked.clear()
    assert "fewer bytes" in fault(web.url())
    assert len(web.asked) < 10

    def lies(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        place = {"Content-Range": f"bytes {start}-{end - 1}/{len(DATA)}"}
        handler.answer(206, DATA[start : max(end - 1, start + 1)], place)
        return True

    web.behave = after_the_first(lies)
    assert whole(web.url()) == DATA  # the last byte by a request of its own
    web.behave = lambda handler: handler.part(*(handler.wanted or (0, 0))) or True


def test_bodies_that_are_too_long(web: WebServer) -> None:
    def long(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        place = {"Content-Range": f"bytes {start}-{end - 1}/{len(DATA)}"}
        handler.answer(206, DATA[start:end] + bytes(500_000), place)
        return True

    web.behave = long
    assert whole(web.url()) == DATA


@pytest.mark.parametrize("change", ["etag", "size", "last modified", "shorter", "no etag"])
def test_a_file_that_changes(change: str, web: WebServer) -> None:
    other = DATA[::-1]
    if change == "last modified":
        web.etags.clear()

    def behave(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        headers = {"Content-Range": f"bytes {start}-{end - 1}/{len(DATA)}"}
        if change == "last modified":
            headers["Last-Modified"] = f"Wed, 21 Oct 2026 07:28:0{int(start > 0)} GMT"
            handler.answer(206, (other if start else DATA)[start:end], headers)
            return True
        if not start:
            return False
        if change == "shorter":
            handler.web.files[PATH] = DATA[:50_000]
            return False
        if change == "etag":
            handler.web.etags[PATH] = '"2"'
        if change == "no etag":
            handler.web.etags.clear()
        if change == "size":
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(DATA) + 1}"
        handler.answer(206, other[start:end], headers)
        return True

    web.behave = behave
    assert "has changed" in fault(web.url(), RemoteChangedError)


def test_a_weak_tag_is_the_same_tag(web: WebServer) -> None:
    def weaker(handler: Handler) -> bool:
        handler.web.etags[PATH] = 'W/"1"'
        return False

    web.behave = after_the_first(weaker)
    assert whole(web.url()) == DATA


BAD_PLACES = [
    *("", "bytes", "bytes 0-/9", "bytes */3000000", "bytes 5-10/3000000", "bytes 0-9/*"),
    *("bytes 0-99999999/3000000", "bytes 0--1/3000000", "bytes 9-0/3000000", "items 0-9/3000000"),
    *("bytes 0-61439/5", f"bytes 0-61439/{'9' * 40}", "bytes \u0660-\u0669/10", "\xff\xfe"),
]


@pytest.mark.parametrize("place", BAD_PLACES)
def test_content_ranges_that_make_no_sense(place: str, web: WebServer) -> None:
    def behave(handler: Handler) -> bool:
        sent = place.encode().decode("latin-1")
        handler.answer(206, DATA[:61440], {"Content-Range": sent})
        return True

    web.behave = behave
    fault(web.url())


def test_a_size_that_no_file_has(web: WebServer) -> None:
    huge = 10**18 - 1
    web.behave = lambda handler: handler.part(*(handler.wanted or (0, 0)), size=huge) or True
    with open_source(web.url()) as source:
        assert source.size == huge
        with pytest.raises(RemoteError):
            source.read(10**17, 10)


def test_compressed_answers(web: WebServer) -> None:
    def behave(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        place = {"Content-Range": f"bytes {start}-{end - 1}/{len(DATA)}"}
        handler.answer(206, DATA[start:end], place | {"Content-Encoding": "gzip"})
        return True

    web.behave = behave
    assert "compressed" in fault(web.url())
    web.behave = lambda handler: handler.answer(200, DATA, {"Content-Encoding": "gzip"}) or True
    assert "compressed" in fault(web.url())


def test_a_server_that_is_busy_for_a_while(web: WebServer) -> None:
    left = [503, 429, 500]
    web.behave = lambda handler: bool(left) and (handler.answer(left.pop(), b"busy") or True)
    assert whole(web.url()) == DATA
    web.behave = lambda handler: handler.answer(503, b"busy") or True
    web.asked.clear()
    assert "503" in fault(web.url())
    assert len(web.asked) == 1 + http_file.RETRIES


def test_redirections(web: WebServer) -> None:
    tokens = {"good"}

    def behave(handler: Handler) -> bool:
        if handler.path.startswith("/loop"):
            handler.answer(302, b"", {"Location": "/loop"})
        elif handler.path == "/elsewhere":
            handler.answer(302, b"", {"Location": "file:///etc/passwd"})
        elif handler.path == "/old":
            handler.answer(302, b"", {"Location": f"{PATH}?token={sorted(tokens)[0]}"})
        elif handler.path.rpartition("=")[2] not in tokens:
            handler.answer(403, b"")
        else:
            return False
        return True

    web.behave = behave
    with open_source(web.url("/old")) as source:
        assert source.read(1_000_000, 5000) == DATA[1_000_000:1_005_000]
        assert [one.path for one in web.asked] == ["/old", *[f"{PATH}?token=good"] * 2]
        tokens.clear()
        tokens.add("newer")  # what the first redirection led to has expired
        assert source.read(2_000_000, 5000) == DATA[2_000_000:2_005_000]
    assert "redirects too often" in fault(web.url("/loop"))
    assert "passwd" not in fault(web.url("/elsewhere"))


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "cannot connect" in fault(f"http://127.0.0.1:{port}/x")
    assert "not a URL" in fault("http://[::bad/x")
    assert "wire" in fault("wire://host/x")


def test_what_fsspec_needs_for_a_kind_of_url(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, url, needed in (
        ("paramiko", "sftp://me:secret@host/x", "paramiko"),
        ("fsspec", "sftp://me:secret@host/x", "pymp4-nnr[remote]"),
        ("fsspec", "https://me:secret@host/x", "pymp4-nnr[remote]"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        monkeypatch.delitem(sys.modules, f"{module}.core", raising=False)
        with pytest.raises(ExtraMissingError) as caught:
            open_source(url)
        assert needed in str(caught.value)
        assert "secret" not in str(caught.value)


def test_passwords_are_sent_and_not_told(web: WebServer) -> None:
    url = web.url(f"{PATH}?token=secret1", user="me:secret2@")
    assert whole(url) == DATA
    assert all(one.authorization for one in web.asked)
    web.behave = lambda handler: handler.answer(404, b"") or True
    with pytest.raises(FileNotFoundError) as missing:
        whole(url)
    web.behave = lambda handler: handler.answer(500, b"") or True
    with pytest.raises(RemoteError) as broken:
        whole(url)
    for text in (str(missing.value), repr(missing.value), str(broken.value), repr(broken.value)):
        assert "secret" not in text
    assert PATH in str(missing.value)
    assert PATH in str(broken.value)


def test_whatever_a_server_does(web: WebServer) -> None:
    """Faults by chance, many after each other: never wrong bytes, a foreign error, or no end."""
    made = random.Random(7)

    def behave(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        place = {"Content-Range": f"bytes {start}-{end - 1}/{len(DATA)}"}
        match made.randrange(40):
            case 0:
                handler.answer(206, DATA[start : start + 70_000], place, length=end - start)
            case 1:
                handler.part(start, max(start + 1, (start + end) // 2))
            case 2:
                handler.answer(made.choice([500, 503, 404, 302, 304, 416, 200]), b"?")
            case 3:
                handler.answer(206, bytes(end - start), place | {"ETag": '"other"'})
            case 4:
                handler.answer(206, bytes(10), {"Content-Range": made.randbytes(8).hex()})
            case 5:
                handler.close_connection = True
            case 6:
                handler.answer(206, DATA[start:end] + b"more", place)
            case 7:
                handler.answer(206, bytes(end - start), place | {"Content-Encoding": "gzip"})
            case _:
                return False
        return True

    web.behave = behave
    right = 0
    for _ in range(60):
        try:
            with open_source(web.url()) as source:
                for _ in range(8):
                    offset, size = made.randrange(len(DATA)), made.randrange(1, 200_000)
                    expected = DATA[offset : offset + size]
                    if made.random() < 0.3:
                        source = source.fetched([(offset, size)])
                    assert source.read(offset, size) == expected
                    right += 1
        except (NNRError, OSError):
            continue
    assert right > 100
