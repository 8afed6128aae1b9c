"""Networks read from web servers: what is read, and by how many requests."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr.errors import (
    RemoteLimitError,
    TensorIndexError,
    TensorNotFoundError,
)
from pymp4_nnr.io import http_file
from pymp4_nnr.movie import movie
from tests.mp4.networks import video_and_sound
from tests.mp4.write import FTYP
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import LENET
from tests.remote.models import bitstream, many_tensors, moov_size, with_moov_last
from tests.remote.nginx import Nginx, nginx
from tests.remote.server import Handler, WebServer, web
from tests.round_trip import added, muxed, tensor_index

__all__ = ["nginx", "web"]

K64 = 64 << 10


def extracted(source: object, *names: str, **options: bool) -> bytes:
    target = io.BytesIO()
    with pymp4_nnr.open(source) as file:  # type: ignore[arg-type]
        file.networks[0].extract(names, target, **options)
    return target.getvalue()


@pytest.fixture(scope="module")
def large() -> bytes:
    """A file whose `moov` is not read by the first request."""
    data = many_tensors()
    assert moov_size(data) > K64
    return data


@pytest.mark.parametrize("place", ["small moov", "large moov", "moov last", "large moov last"])
def test_few_requests(place: str, large: bytes, nginx: Nginx) -> None:
    data = large if "large" in place else muxed(bitstream(200))
    if "last" in place:
        data = with_moov_last(data)
    (nginx.folder / "model.mp4").write_bytes(data)
    names = list(tensor_index(data).tensors)
    local = pymp4_nnr.open(data).networks[0].tensors
    with pymp4_nnr.open(nginx.url("model.mp4")) as file:
        assert file.size == len(data)
        net = file.networks[0]
        assert list(net.tensors) == names
        assert dict(net.tensors) == dict(local)
        listing = nginx.answered()
        most = {"small moov": 1, "large moov": 2, "moov last": 2, "large moov last": 3}
        assert len(listing) == most[place]
        assert {one.status for one in listing} == {206}
        assert sum(one.sent for one in listing) <= moov_size(data) + K64

        # one run of neighbours, then two
        for wanted, runs in (([50], 1), ([101, 100, 102], 1), ([120, 199], 2)):
            nginx.forget()
            chosen = [names[number] for number in wanted]
            target = io.BytesIO()
            net.extract(chosen, target)
            assert target.getvalue() == extracted(data, *chosen)
            fetched = nginx.answered()
            if "large" in place:  # its tensors are small, so that those close by are read along
                assert len(fetched) <= runs
            else:
                places = [place for name in chosen for place in local[name].byte_ranges]
                assert len(fetched) == runs
                assert sum(one.sent for one in fetched) == sum(place.size for place in places)
    assert len({one.connection for one in (*listing, *fetched)}) <= 2


def test_one_tensor_by_its_ndu_is_one_request(nginx: Nginx) -> None:
    data = muxed(bitstream(100, 3000))
    (nginx.folder / "model.mp4").write_bytes(data)
    with pymp4_nnr.open(nginx.url("model.mp4")) as file:
        [part] = tensor_index(nginx.url("model.mp4")).tensors["layers.50.weight"]
        nginx.forget()
        assert part.unit.read() == data[part.offset : part.offset + part.size]
        assert len(nginx.answered()) == 1
        nginx.forget()
        sample = file.networks[0].samples[70]
        assert sample.data == data[sample.byte_range.offset : sample.byte_range.end]
        assert len(nginx.answered()) == 1


@pytest.mark.parametrize("size", [100, 5000, 100_000])
def test_without_an_index_headers_are_read_together(size: int, web: WebServer) -> None:
    data = muxed(bitstream(300, size), tensor_index=False)
    web.files["/model.mp4"] = data
    with pymp4_nnr.open(web.url()) as file:
        net = file.networks[0]
        assert dict(net.tensors) == dict(pymp4_nnr.open(data).networks[0].tensors)
        # close together: some MiB in one request; far apart: only headers
        assert len(web.asked) <= (301 if size > 32_768 else 3)
        assert web.sent <= (70_000 + 300 * 256 if size > 32_768 else len(data))
        web.asked.clear()
        assert [unit.size for unit in net.units] == [4] + [len(one) for one in samples(data)]
        assert not web.asked  # the headers are still there


def samples(data: bytes) -> list[bytes]:
    return [sample.data for sample in pymp4_nnr.open(data).networks[0].samples]


@pytest.mark.parametrize(
    "layout", ["plain", "alongside", "fragmented", "moov last", "units between"]
)
@pytest.mark.parametrize("server", ["web", "nginx"])
def test_everything_as_from_a_file(
    layout: str, server: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    source = (FOLDER / "interleaved.nnr" if layout == "units between" else LENET).read_bytes()
    data = {
        "plain": lambda: muxed(source),
        "alongside": lambda: added(video_and_sound(), source),
        "fragmented": lambda: muxed(source, fragment=2),
        "moov last": lambda: with_moov_last(muxed(source)),
        "units between": lambda: muxed(source),
    }[layout]()
    running = request.getfixturevalue(server)
    if isinstance(running, Nginx):
        (running.folder / "model.mp4").write_bytes(data)
        url = running.url("model.mp4")
    else:
        running.files["/model.mp4"] = data
        url = running.url()
    target = io.BytesIO()
    assert pymp4_nnr.demux(url, target) == len(source)
    assert target.getvalue() == source
    assert pymp4_nnr.verify(url, LENET if layout != "units between" else source) is None
    index = tensor_index(url)
    assert list(index.tensors) == list(tensor_index(data).tensors)
    for name in list(index.tensors)[:4]:
        for decodable in (False, True):
            assert extracted(url, name, decodable=decodable) == extracted(
                data, name, decodable=decodable
            )
    with pymp4_nnr.open(url) as file:
        units = [(unit.offset, unit.size, unit.read()) for unit in file.networks[0].units]
    assert units == [
        (unit.offset, unit.size, unit.read()) for unit in pymp4_nnr.open(data).networks[0].units
    ]


def test_a_bitstream(web: WebServer) -> None:
    source = LENET.read_bytes()
    web.files["/model.nnr"] = source
    url = web.url("/model.nnr")
    assert extracted(url, "conv1.weight") == extracted(source, "conv1.weight")
    assert [unit.read() for unit in pymp4_nnr.split(url)] == [
        unit.read() for unit in pymp4_nnr.split(source)
    ]
    assert muxed(url) == muxed(source)


def test_segments(web: WebServer, tmp_path: Path) -> None:
    source = bitstream(40, 5000)
    pymp4_nnr.mux_segments(source, tmp_path, fragment=10)
    names = sorted(path.name for path in tmp_path.iterdir())
    first = next(name for name in names if "init" in name)
    names.remove(first)
    order = [first, *sorted(names, key=lambda name: int("".join(filter(str.isdigit, name)) or 0))]
    for name in order:
        web.files[f"/{name}"] = (tmp_path / name).read_bytes()
    urls = [web.url(f"/{name}") for name in order]
    target = io.BytesIO()
    pymp4_nnr.demux(urls, target)
    assert target.getvalue() == source
    paths = [tmp_path / name for name in order]
    assert extracted(urls, "layers.7.weight") == extracted(paths, "layers.7.weight")
    web.asked.clear()
    with pymp4_nnr.open(urls) as file:
        assert len(file.networks[0].tensors) == 40
    # the first bytes of each hold its moof, and its samples are read together
    assert len(web.asked) <= 2 * len(urls) - 1
    mixed = [paths[0], *urls[1:]]
    assert extracted(mixed, "layers.33.weight") == extracted(paths, "layers.33.weight")


def test_a_segment_that_is_missing(web: WebServer) -> None:
    data = muxed(bitstream(8), fragment=2)
    web.files["/init.mp4"] = data[: data.index(b"moof") - 4]
    urls = [web.url(f"/{name}") for name in ("init.mp4", "1.m4s", "2.m4s")]
    with pytest.raises(FileNotFoundError, match=r"1\.m4s"):
        pymp4_nnr.open(urls)


def test_a_file_without_an_end(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server can announce any size, and send boxes for ever."""
    monkeypatch.setattr(movie, "MOST_REMOTE_BOXES", 50_000)
    boxes = FTYP + b"\0\0\0\x08free" * 1_000_000
    web.files["/model.mp4"] = boxes

    def endless(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        handler.part(start, end, size=10**17)
        return True

    web.behave = endless
    with pytest.raises(RemoteLimitError):
        pymp4_nnr.open(web.url())
    assert web.sent < 2_000_000
    web.files["/model.mp4"] = FTYP + b"\0\0\0\1moov" + (10**16).to_bytes(8) + bytes(100_000)
    with pytest.raises(RemoteLimitError):
        pymp4_nnr.open(web.url())
    assert web.sent < 2_000_000


def test_fragments_need_a_request_each_at_most(web: WebServer) -> None:
    source = bitstream(64, 40_000)
    data = muxed(source, fragment=8)
    web.files["/model.mp4"] = data
    with pymp4_nnr.open(web.url()) as file:
        assert len(file.networks[0].tensors) == 64
    assert len(web.asked) <= 2 + data.count(b"moof")
    assert web.sent < K64 + moov_size(data) + 8 * 16_384


def test_units_arrive_before_the_download_ends(web: WebServer) -> None:
    data = muxed(bitstream(40, 50_000))
    web.files["/model.mp4"] = data
    go_on = threading.Event()

    def half(handler: Handler) -> bool:
        start, end = handler.wanted or (0, 0)
        if start:
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
            handler.send_header("Content-Length", str(end - start))
            handler.end_headers()
            handler.wfile.write(data[start:1_000_000])
            assert go_on.wait(20)
            handler.wfile.write(data[1_000_000:end])
        return start > 0

    web.behave = half
    units = pymp4_nnr.stream(web.url())
    first = [next(units) for _ in range(15)]
    go_on.set()
    assert [unit.read() for unit in (*first, *units)] == [
        unit.read() for unit in pymp4_nnr.open(data).networks[0].units
    ]


def test_check_fetches_headers_together(web: WebServer) -> None:
    web.files["/model.mp4"] = muxed(bitstream(200, 5000))
    assert not pymp4_nnr.check(web.url()).counts
    assert len(web.asked) <= 4


def test_demux_is_one_request_for_each_run(nginx: Nginx) -> None:
    source = bitstream(100, 30_000)
    (nginx.folder / "model.mp4").write_bytes(muxed(source))
    target = io.BytesIO()
    pymp4_nnr.demux(nginx.url("model.mp4"), target)
    assert target.getvalue() == source
    assert len(nginx.answered()) == 2


def test_an_index_that_lies_is_noticed_before_anything_is_written(web: WebServer) -> None:
    data = muxed(bitstream(20, 3000))
    good = extracted(data, "layers.7.weight")
    at = data.rindex(b"9.weight\0", 0, data.index(b"mdat"))  # the end of the last name
    lying = data[:at] + b"9.Weight" + data[at + 8 :]
    web.files["/model.mp4"] = lying
    with pytest.raises(TensorNotFoundError):
        extracted(web.url(), "layers.19.Weight")
    [part] = tensor_index(web.url()).tensors["layers.19.Weight"]
    with pytest.raises(TensorIndexError):
        part.unit.read()
    assert extracted(web.url(), "layers.7.weight") == good


def test_threads_read_one_remote_file(web: WebServer) -> None:
    data = muxed(bitstream(64, 20_000))
    web.files["/model.mp4"] = data
    with pymp4_nnr.open(web.url()) as file, ThreadPoolExecutor(8) as threads:
        net = file.networks[0]

        def one(number: int) -> bytes:
            target = io.BytesIO()
            net.extract([f"layers.{number}.weight"], target)
            return target.getvalue()

        expected = [extracted(data, f"layers.{number}.weight") for number in range(64)]
        assert list(threads.map(one, range(64))) == expected


def test_a_forked_process_has_a_session_of_its_own(
    web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not with a real fork, which no process with threads should do."""
    import fsspec

    data = muxed(bitstream(64, 20_000))
    web.files["/model.mp4"] = data
    with pymp4_nnr.open(web.url()) as file:
        net = file.networks[0]
        assert net.samples[40].data == samples(data)[40]
        monkeypatch.setattr(http_file, "getpid", lambda: os.getpid() + 1)
        fsspec.filesystem("http").clear_instance_cache()
        assert net.samples[50].data == samples(data)[50]
    assert len({one.client for one in web.asked}) == 2


def test_inside_an_event_loop(web: WebServer) -> None:
    """As in a notebook; in threads of `asyncio.to_thread` too."""
    web.files["/model.mp4"] = muxed(bitstream(10))

    def names() -> list[str]:
        with pymp4_nnr.open(web.url()) as file:
            return list(file.networks[0].tensors)

    async def both() -> list[list[str]]:
        return [names(), *await asyncio.gather(*[asyncio.to_thread(names) for _ in range(4)])]

    assert asyncio.run(both()) == [[f"layers.{number}.weight" for number in range(10)]] * 5


def test_ranges_of_a_layer_are_those_that_curl_needs(nginx: Nginx, tmp_path: Path) -> None:
    """As `docs/remote.md` shows it: a client without Python."""
    from tests.outside.programs import need

    data = muxed(bitstream(50))
    (nginx.folder / "model.mp4").write_bytes(data)
    tensor = pymp4_nnr.open(data).networks[0].tensors["layers.20.weight"]
    [place] = tensor.byte_ranges
    target = tmp_path / "layer.nnr"
    command = ["-r", f"{place.offset}-{place.end - 1}", "-o", target, nginx.url("model.mp4")]
    subprocess.run([need("curl"), "-fsS", *command], check=True, timeout=60)
    assert target.read_bytes() == extracted(data, "layers.20.weight")
