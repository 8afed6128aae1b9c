"""`demux - -o -`: the bitstream comes out while the file comes in."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, environment, execute
from tests.mp4.read import nodes
from tests.nnr.streams import MIXED, NDUS, SIMPLE, START
from tests.operations.test_stream import moov_last
from tests.round_trip import muxed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")


def test_the_first_half_comes_out_before_the_second_goes_in() -> None:
    data = muxed(SIMPLE)
    half = data.index(NDUS[2]) + 3
    before = SIMPLE[: SIMPLE.index(NDUS[2])]
    with subprocess.Popen(
        [*COMMAND, "demux", "-", "-o", "-", "-q"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        watch = threading.Timer(60, process.kill)
        watch.start()
        try:
            process.stdin.write(data[:half])
            process.stdin.flush()
            assert process.stdout.read(len(before)) == before  # or this would wait for ever
            process.stdin.write(data[half:])
            process.stdin.close()
            assert process.stdout.read() == SIMPLE[len(before) :]
            assert process.stderr.read() == b""
            assert process.wait(30) == 0
        finally:
            watch.cancel()


def test_a_download_into_a_pipe(tmp_path: Path) -> None:
    """`cat model.mp4 | pymp4-nnr demux - -o - > model.nnr`"""
    (tmp_path / "model.mp4").write_bytes(muxed(MIXED))
    command = 'cat model.mp4 | "$@" demux - -o - -q > model.nnr'
    done = subprocess.run(
        ["sh", "-c", command, "sh", *COMMAND], cwd=tmp_path, env=environment(), timeout=60
    )
    assert done.returncode == 0
    assert (tmp_path / "model.nnr").read_bytes() == MIXED


def test_moov_behind_the_media_data_takes_a_temporary_file() -> None:
    done = execute("demux", "-", "-o", "-", "-q", stdin=moov_last(muxed(SIMPLE)))
    assert (done.returncode, done.stdout, done.stderr) == (0, SIMPLE, b"")


def test_what_goes_wrong_is_one_line() -> None:
    data = muxed(SIMPLE)
    cut = data[: data.index(NDUS[3])]
    for stdin, out, word in (
        (cut, SIMPLE[: -len(NDUS[3])], b"mdat"),
        (data[: nodes(data)[1].end - 1], b"", b"moov"),
        (START, b"", b"not an MP4 file"),
        (b"", b"", b"not an MP4 file"),
    ):
        done = execute("demux", "-", "-o", "-", "-q", stdin=stdin)
        assert (done.returncode, done.stdout) == (1, out)
        assert len(done.stderr.splitlines()) == 1
        assert word in done.stderr
