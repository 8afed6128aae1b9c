"""A codec that does not answer is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import decode
from pymp4_nnr.errors import ArgumentRangeError, CodecFailedError, CodecTimeError
from pymp4_nnr.operations import codec_process
from pymp4_nnr.operations.codec_process import CodecProcess
from tests.cli.command import assert_fails, call
from tests.paths import FIXTURES

NETWORK = FIXTURES / "nnr" / "lenet5.nnr"

SILENT = "import time; time.sleep(600)"
READY = """
import sys, time
print('{"ready": true}', flush=True)
"""
AFTER_LIMIT = f"{READY}sys.stdin.readline()\nprint('{{}}', flush=True)\n"
HALF = """
sys.stdin.readline()
sys.stdout.write('{"tensors": [')
sys.stdout.flush()
"""


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets what the process of the codec does."""
    for module in ("codec_process", "decode"):
        monkeypatch.setattr(f"pymp4_nnr.operations.{module}.need", lambda *_: None)

    def become(program: str) -> None:
        text = program.replace("{", "{{").replace("}", "}}")
        monkeypatch.setattr(codec_process, "_PROGRAM", text)

    return become


@pytest.mark.parametrize(
    "program",
    [SILENT, READY + SILENT, AFTER_LIMIT + SILENT, AFTER_LIMIT + HALF + SILENT],
    ids=["at the start", "ready", "while it decodes", "in its answer"],
)
def test_a_codec_that_hangs(stand_in: Callable[[str], None], program: str) -> None:
    stand_in(program)
    started = time.monotonic()
    with pytest.raises(CodecTimeError, match=r"more than 1 seconds; timeout \(--timeout\)"):
        decode(NETWORK, timeout=1)
    assert time.monotonic() - started < 60


def test_a_codec_that_hangs_while_it_encodes(
    stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(f"{READY}print('{{\"done\": 1}}', flush=True)\n{SILENT}")
    monkeypatch.setattr(codec_process, "tensor_message", lambda _: ({}, []))
    done: list[int] = []
    with CodecProcess(timeout=1) as codec, pytest.raises(CodecTimeError):
        codec.encode({}, {}, done.append)
    assert done == [1]


def test_the_time_grows_with_the_bytes(stand_in: Callable[[str], None]) -> None:
    stand_in(READY + SILENT)
    with CodecProcess() as codec, codec._in_time(1 << 20):
        assert codec._allowed == codec_process.SECONDS + 64
    with CodecProcess(timeout=5) as codec, codec._in_time(1 << 20):
        assert codec._allowed == 5


def test_a_codec_that_ends_is_not_late(stand_in: Callable[[str], None]) -> None:
    stand_in(READY)
    with pytest.raises(CodecFailedError, match="process ended: exit code 0"):
        decode(NETWORK, timeout=600)


def test_times_that_are_none() -> None:
    for timeout in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ArgumentRangeError):
            CodecProcess(timeout)


def test_the_option(stand_in: Callable[[str], None], tmp_path: Path) -> None:
    stand_in(SILENT)
    target = tmp_path / "out.safetensors"
    found = call("decode", "--timeout", "0.5", NETWORK, "-o", target)
    assert_fails(found, "the codec takes more than 0.5 seconds; timeout (--timeout) raises that")
    assert not target.exists()
