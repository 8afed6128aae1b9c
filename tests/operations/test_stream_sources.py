"""What `stream` takes: file objects, pipes, sockets, responses, coroutines."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr import errors
from pymp4_nnr.operations.stream import AsyncStreamLike
from tests.nnr.streams import MIXED, NDUS, SIMPLE
from tests.nnr.tensors import LENET
from tests.operations.test_stream import opened, portions, told, written
from tests.round_trip import muxed


class JustRead:
    """A file object without `read1`, which never gives less than it is asked for."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.asked = 0

    def read(self, size: int) -> bytes:
        self.asked += size
        return self._file.read(size)


@pytest.mark.parametrize("source", [SIMPLE, muxed(SIMPLE), written(MIXED)])
def test_no_more_is_asked_of_a_file_object_than_the_next_unit_needs(source: bytes) -> None:
    file = JustRead(source)
    for unit in pymp4_nnr.stream(file):
        if unit.is_ndu:
            assert file.asked == unit.offset + unit.size > 8


def test_kinds_of_sources(tmp_path: Path) -> None:
    data = muxed(MIXED)
    expected = opened(data)
    path = tmp_path / "model.mp4"
    path.write_bytes(data)
    for source in (
        *(path, str(path), data, bytearray(data), memoryview(data)),
        *(io.BytesIO(data), JustRead(data), [data], [b"", data[:50], b"", data[50:]]),
        (bytearray(chunk) for chunk in portions(data, 9)),
    ):
        assert told(pymp4_nnr.stream(source)) == expected  # type: ignore[arg-type]
    with path.open("rb") as file, path.open("rb", buffering=0) as raw:
        assert told(pymp4_nnr.stream(file)) == told(pymp4_nnr.stream(raw)) == expected
    with pytest.raises(FileNotFoundError):
        pymp4_nnr.stream(tmp_path / "missing")
    for wrong in (5, None, io.StringIO("text")):
        with pytest.raises(errors.SourceError):
            pymp4_nnr.stream(wrong)  # type: ignore[arg-type]
    with pytest.raises(errors.SourceError, match="str instead of bytes"):
        list(pymp4_nnr.stream(["text"]))  # type: ignore[list-item]


def fed(write: Callable[[bytes], object], data: bytes, close: Callable[[], object]) -> None:
    for portion in portions(data, 10):
        write(portion)
    close()


def test_units_come_out_of_a_pipe_and_a_socket_before_all_is_in() -> None:
    data = muxed(SIMPLE)
    half = data.index(NDUS[2])
    out, into = os.pipe()
    one, other = socket.socketpair()
    with open(out, "rb") as pipe, one, other:  # noqa: PTH123
        for units, write, close in (
            (pymp4_nnr.stream(pipe), lambda part: os.write(into, part), lambda: os.close(into)),
            (pymp4_nnr.stream(one), other.sendall, other.close),
        ):
            write(data[:half])
            found = [next(units).data for _ in range(4)]
            write(data[half:])
            close()
            assert b"".join(found + [unit.data for unit in units]) == SIMPLE


def test_an_http_response() -> None:
    data = muxed(LENET)
    seen = threading.Event()

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
            seen.wait(30)
            self.wfile.write(data[len(data) // 2 :])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as response:
            units = pymp4_nnr.stream(response)
            first = next(units)
            seen.set()
            assert first.data + b"".join(unit.data for unit in units) == LENET.read_bytes()
        server.shutdown()


def test_coroutines() -> None:
    data = written(MIXED)

    async def chunks() -> AsyncIterator[bytes]:
        for portion in portions(data, 7):
            await asyncio.sleep(0)
            yield portion
            yield b""

    async def collected(source: AsyncStreamLike) -> list[pymp4_nnr.Unit]:
        return [unit async for unit in pymp4_nnr.stream_async(source)]

    async def run() -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        assert told(await collected(reader)) == opened(data)
        assert told(await collected(chunks())) == opened(data)
        # Two at once, in turns.
        both = await asyncio.gather(collected(chunks()), collected(chunks()))
        assert told(both[0]) == told(both[1]) == opened(data)
        for wrong in (io.BytesIO(data), [data], None):
            with pytest.raises(errors.SourceError):
                await collected(wrong)  # type: ignore[arg-type]

    asyncio.run(run())


# --- files that cannot be streamed, and hostile ones -------------------------------------------


def test_what_a_file_claims_is_not_asked_for_at_once() -> None:
    """An asynchronous file object may make room for all that is asked for."""
    asked = []

    class Reading:
        async def read(self, size: int, /) -> bytes:
            asked.append(size)
            return b"" if len(asked) > 1 else (0xFFFFFFFF).to_bytes(4)

    async def read() -> None:
        async for _ in pymp4_nnr.stream_async(Reading()):
            pass

    with pytest.raises(errors.NNRError):
        asyncio.run(read())
    assert max(asked) <= 1 << 20
