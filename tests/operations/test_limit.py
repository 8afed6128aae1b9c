"""`limit`: files that have bytes once and refer to them many times, and mean it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import (
    NNRError,
    append,
    check,
    decode,
    demux,
    mux,
    mux_segments,
    remove,
    report,
    stream,
    verify,
)
from pymp4_nnr import open as open_network
from pymp4_nnr.errors import NotDecodableError, TensorNotFoundError
from pymp4_nnr.nnr_error import RAISED
from pymp4_nnr.operations.extract import extract
from pymp4_nnr.operations.inspect import FileInfo
from scripts.make_broken import FOLDER
from tests.cli.command import assert_fails, call
from tests.mp4.boxes import full, u32
from tests.mp4.networks import network
from tests.mp4.write import movie
from tests.nnr.streams import PARAMETERS, SIMPLE, START, unit
from tests.operations.beyond_limits import (
    COUNT,
    NDU,
    PART,
    SHARED,
    repeated,
    shared_chunks,
    shared_parts,
    shared_run,
    small_samples,
)
from tests.round_trip import Pipe

MADE = {"chunks": shared_chunks, "fragments": shared_run}


@pytest.fixture(params=list(MADE))
def file(request: Any) -> bytes:
    return MADE[request.param]()


def read(file: bytes, **options: Any) -> bytes:
    target = io.BytesIO()
    demux(file, target, **options)
    return target.getvalue()


def test_it_is_restored_where_the_limit_allows_it(file: bytes, tmp_path: Path) -> None:
    assert len(SHARED) > len(file)
    with pytest.raises(NNRError, match=r"limit \(--limit\) raises that") as caught:
        read(file)
    assert caught.value.code == "samples-overlap"
    with pytest.raises(NNRError):
        read(file, limit=len(NDU) * COUNT - 1)
    for limit in (len(NDU) * COUNT, 1 << 30):
        assert read(file, limit=limit) == SHARED
    assert verify(file, SHARED, limit=1 << 30) is None
    with open_network(file, limit=1 << 30) as opened:
        assert b"".join(one.data for one in opened.networks[0].units) == SHARED
    target = io.BytesIO()
    extract(file, target, samples=[COUNT], limit=1 << 30)
    assert target.getvalue() == NDU


def test_what_is_left_can_be_removed(file: bytes) -> None:
    target = io.BytesIO()
    remove(file, target, limit=1 << 30)
    assert NDU not in target.getvalue()


def test_the_commands(file: bytes, tmp_path: Path) -> None:
    path, original = tmp_path / "in.mp4", tmp_path / "in.nnr"
    path.write_bytes(file)
    original.write_bytes(SHARED)
    target = tmp_path / "out.nnr"
    assert_fails(call("demux", path, "-o", target), "--limit")
    assert call("demux", path, "-o", target, "--limit", "1MiB").exit_code == 0
    assert target.read_bytes() == SHARED
    assert call("verify", path, "--against", original, "--limit", "1MiB").exit_code == 0
    assert_fails(call("info", path), "--limit")
    assert str(COUNT) in call("info", path, "--limit", "1MiB").stdout
    assert "--limit" in call("check", path).stdout
    assert "--limit" not in call("check", path, "--limit", "1MiB").stdout
    page = tmp_path / "page.html"
    assert call("report", path, "-o", page, "--limit", "1MiB").exit_code == 0
    assert RAISED not in page.read_text()
    assert_fails(call("append", path, original), "--limit")
    assert call("append", path, original, "--limit", "1MiB").exit_code == 0
    assert read(path.read_bytes(), limit=1 << 20) == SHARED * 2


def test_units_that_samples_share() -> None:
    """A group of 5 MiB for each of 20 samples."""
    large = unit(9, bytes(5 << 20), long=True)
    sgpd = full(b"sgpd", 1, 0, b"nnru", u32(0, 1, 1 + len(large)), b"\0" + large)
    sbgp = full(b"sbgp", 0, 0, b"nnru", u32(1, 20, 1))
    plan = network(1, samples=[NDU] * 20, per_chunk=20, more=lambda _: sgpd + sbgp)
    data = movie([plan], moov_first=True)
    with pytest.raises(NNRError, match="--limit") as caught:
        read(data)
    assert caught.value.code == "repeats-exceed-file"
    expected = START + PARAMETERS + (large + NDU) * 20
    assert read(data, limit=100 << 20 | 1 << 10) == expected
    assert demux(Pipe(data), io.BytesIO(), limit=1 << 30) == len(expected)
    with pytest.raises(NNRError, match="--limit"):
        demux(Pipe(data), io.BytesIO())
    with pytest.raises(NNRError, match="--limit"):
        list(stream(data))
    assert sum(one.size for one in stream(data, limit=1 << 30)) == len(expected)


def test_items_whose_parts_are_the_same() -> None:
    data = shared_parts()
    with pytest.raises(NNRError, match="--limit") as caught:
        read(data, item_id=1)
    assert caught.value.code == "repeats-exceed-file"
    assert read(data, item_id=1, limit=len(PART) * COUNT) == PART * COUNT
    with FileInfo(data, limit=len(PART) * COUNT) as info:
        assert info.items[0].size == len(PART) * COUNT
    readable = [one for one in check(data) if one.rule.id == "readable"]
    assert any(RAISED in one.reason for one in readable)
    assert not any(RAISED in one.reason for one in check(data, limit=1 << 30))


def test_samples_that_are_repeated_again_and_again() -> None:
    """They are compared with each other: what is read for that is bounded, too."""
    data = repeated()
    with pytest.raises(NNRError, match="--limit") as caught:
        read(data)
    assert caught.value.code == "samples-overlap"
    assert read(data, limit=len(NDU) * COUNT) == START + PARAMETERS + NDU


def test_samples_of_one_size() -> None:
    """They cost no bytes in the size table."""
    data = small_samples()
    ndu = unit(5, b"")
    assert len(read(data, limit=1 << 30)) == len(START + PARAMETERS) + len(ndu) * COUNT * COUNT
    assert any(RAISED in one.reason for one in check(data))
    assert not any(RAISED in one.reason for one in check(data, limit=1 << 30))


def test_a_round_is_added(file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    path.write_bytes(file)
    with pytest.raises(NNRError, match="--limit"):
        append(path, SIMPLE)
    assert path.read_bytes() == file
    append(path, SIMPLE, limit=1 << 30)
    assert read(path.read_bytes(), limit=1 << 30) == SHARED + SIMPLE


def test_check_says_what_raises_the_limit(file: bytes) -> None:
    assert any(RAISED in one.reason for one in check(file))
    assert not any(RAISED in one.reason for one in check(file, limit=1 << 30))


def test_a_report(file: bytes, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    report(file, page)
    assert RAISED in page.read_text()
    report(file, page, limit=1 << 30)
    assert RAISED not in page.read_text()


def test_networks_beside_others(tmp_path: Path) -> None:
    """Where a network is added, the samples of the others are looked for."""
    data = small_samples()
    with pytest.raises(NNRError, match="--limit"):
        mux(SIMPLE, io.BytesIO(), into=data)
    target = io.BytesIO()
    mux(SIMPLE, target, into=data, limit=1 << 30)
    assert read(target.getvalue(), track_id=2) == SIMPLE
    fragments = FOLDER / "overlap_runs.mp4"
    with pytest.raises(NNRError, match="--limit"):
        mux_segments(SIMPLE, tmp_path / "out", into=fragments)
    mux_segments(SIMPLE, tmp_path / "out", into=fragments, limit=1 << 30)


def test_what_is_decoded(file: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here without the codec: it is not asked before the file has been read."""
    monkeypatch.setattr("pymp4_nnr.operations.decode.need", lambda *_: None)
    with pytest.raises(NNRError, match="--limit"):
        decode(file)
    with pytest.raises(NotDecodableError):
        decode(file, limit=1 << 30)
    with pytest.raises(NNRError, match="--limit"):
        decode(file, ["a"])
    with pytest.raises(TensorNotFoundError):
        decode(file, ["a"], limit=1 << 30)
