"""`mux` sees that a file restores its source: by its tables, and with `verify` byte for byte."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, demux, errors, mux, mux_segments
from pymp4_nnr.edit.new_fragments import NewFragments
from pymp4_nnr.io import kernel_copy, output
from pymp4_nnr.io.piece_source import PieceSource
from pymp4_nnr.io.ranges import SourceRange, ZeroSource
from pymp4_nnr.io.source import open_source
from tests.cli.command import assert_fails, call, names
from tests.mp4.networks import video_and_sound
from tests.nnr.large_streams import START, ndu
from tests.nnr.streams import MIXED, SIMPLE, WHOLE
from tests.paths import FIXTURES
from tests.round_trip import muxed

BIG = START + ndu(2 << 20) + ndu(100)
module = importlib.import_module("pymp4_nnr.operations.mux")

KINDS: list[dict[str, Any]] = [
    {},
    {"into": video_and_sound()},
    {"fragment": 2},
    {"into": video_and_sound(), "fragment": 1},
    {"appendable": True},
    {"align": False, "tensor_index": False},
]


@pytest.mark.parametrize("options", KINDS, ids=lambda options: " ".join(options) or "alone")
@pytest.mark.parametrize("verify", [False, True])
def test_what_is_right_passes(options: dict[str, Any], verify: bool, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(BIG)
    sources = [path.read_bytes() for path in WHOLE[:12]]
    for source in (SIMPLE, MIXED, BIG, tmp_path / "big", *sources, [SIMPLE, MIXED]):
        mux(source, tmp_path / "out", verify=verify, **options)
        if isinstance(source, bytes):
            demux(tmp_path / "out", tmp_path / "back")
            assert (tmp_path / "back").read_bytes() == source


def test_tables_that_lead_elsewhere_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a fault of this package: nothing is written."""
    lay_out = module.lay_out

    def wrong(*arguments: Any) -> Any:
        pieces = lay_out(*arguments)
        for index, piece in enumerate(pieces):
            if isinstance(piece, SourceRange) and piece.source.size == len(SIMPLE):
                pieces[index] = piece._replace(offset=piece.offset + 1)
                break
        return pieces

    monkeypatch.setattr(module, "lay_out", wrong)
    target = io.BytesIO()
    with pytest.raises(errors.OutputDiffersError, match="not restore") as caught:
        mux(SIMPLE, target)
    assert target.getvalue() == b""
    assert caught.value.code == "output-differs"
    with pytest.raises(errors.OutputDiffersError):
        mux(SIMPLE, tmp_path / "out", into=video_and_sound())
    assert names(tmp_path) == []


def test_a_track_that_would_restore_less_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    track = importlib.import_module("pymp4_nnr.movie.nnr_track").NNRTrack
    pieces = track.pieces
    monkeypatch.setattr(track, "pieces", lambda self: list(pieces(self))[:-1])
    with pytest.raises(errors.OutputDiffersError, match="bytes"):
        mux(SIMPLE, io.BytesIO())


@pytest.fixture
def damaging(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that changes a byte of what it copies."""

    def copy(source: int, offset: int, target: int, position: int, size: int) -> Iterator[int]:
        import os

        data = bytearray(os.pread(source, size, offset))
        data[-1] ^= 1
        yield os.pwrite(target, data, position)

    monkeypatch.setattr(output, "copy_in_kernel", copy)
    monkeypatch.setattr(kernel_copy, "copy_in_kernel", copy)


@pytest.mark.usefixtures("damaging")
def test_a_byte_that_was_not_written_right_is_found(tmp_path: Path) -> None:
    source, target = tmp_path / "in.nnr", tmp_path / "out"
    source.write_bytes(BIG)
    target.write_bytes(b"old")
    with pytest.raises(errors.OutputDiffersError, match="not what it was made of") as caught:
        mux(source, target, verify=True)
    place = caught.value.offset
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["in.nnr", "out"]
    arguments = ("mux", source, "-o", target, "--force")
    assert_fails(call(*arguments, "--verify"), "not what it was made of")
    assert target.read_bytes() == b"old"
    assert call(*arguments).exit_code == 0  # which is how the test knows that it was damaged
    right = muxed(BIG)
    assert place == next(at for at, byte in enumerate(target.read_bytes()) if byte != right[at])
    back = io.BytesIO()
    demux(target, back)
    assert back.getvalue() != BIG


def test_a_stream_cannot_be_read_back(tmp_path: Path) -> None:
    for target in (io.BytesIO(), "/dev/null", "/dev/stdout"):
        with pytest.raises(errors.OutputNameError, match="read back"):
            mux(SIMPLE, target, verify=True)
    (tmp_path / "in.nnr").write_bytes(SIMPLE)
    refused = call("mux", tmp_path / "in.nnr", "-o", "-", "--verify")
    assert refused.exit_code == 2
    assert "that needs a file" in refused.stderr
    assert call("mux", tmp_path / "in.nnr", "-o", tmp_path / "out", "--verify").exit_code == 0


# --- segments -----------------------------------------------------------------------------------

SEGMENTED: list[dict[str, Any]] = [
    {},
    {"fragment": 2},
    {"into": FIXTURES / "mp4" / "frag_keyframe.mp4"},
    {"into": FIXTURES / "mp4" / "frag_dash.mp4", "interleave": True},
]


@pytest.mark.parametrize("options", SEGMENTED, ids=lambda options: " ".join(options) or "alone")
@pytest.mark.parametrize("verify", [False, True])
def test_segments_that_are_right_pass(
    options: dict[str, Any], verify: bool, tmp_path: Path
) -> None:
    for number, source in enumerate((SIMPLE, MIXED, BIG)):
        files = mux_segments(source, tmp_path / str(number), verify=verify, **options)
        demux(files, tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == source


def test_tables_of_segments_that_lead_elsewhere_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = NewFragments.pieces

    def wrong(*arguments: Any) -> Any:
        pieces = made(*arguments)
        assert isinstance(pieces[-1], SourceRange)
        return [*pieces[:-1], pieces[-1]._replace(offset=pieces[-1].offset - 1)]

    monkeypatch.setattr(NewFragments, "pieces", wrong)
    for options in SEGMENTED:
        with pytest.raises(errors.OutputDiffersError, match="not restore"):
            mux_segments(SIMPLE, tmp_path / "parts", **options)
        assert names(tmp_path) == []


def test_a_byte_of_a_segment_that_was_not_written_right_is_found(
    tmp_path: Path, damaging: None
) -> None:
    source, target = tmp_path / "in.nnr", tmp_path / "parts"
    source.write_bytes(BIG)
    for into in (None, FIXTURES / "mp4" / "frag_keyframe.mp4"):
        with pytest.raises(errors.OutputDiffersError, match="not what it was made of"):
            mux_segments(source, target, into=into, verify=True)
        assert names(tmp_path) == ["in.nnr"]
    arguments = ("mux", source, "--segments", target)
    assert_fails(call(*arguments, "--verify"), "not what it was made of")
    assert names(tmp_path) == ["in.nnr"]
    assert call(*arguments).exit_code == 0
    target.joinpath("init.mp4").write_bytes(b"old")
    assert_fails(call(*arguments, "--force", "--verify"), "not what it was made of")
    assert target.joinpath("init.mp4").read_bytes() == b"old"


# --- rounds -------------------------------------------------------------------------------------


def test_rounds_are_read_back(tmp_path: Path) -> None:
    for options in ({"appendable": True}, {}):
        mux(SIMPLE, tmp_path / "file", **options)
        append(tmp_path / "file", MIXED, verify=True)
        demux(tmp_path / "file", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == SIMPLE + MIXED


@pytest.mark.parametrize("appendable", [True, False])
def test_a_byte_of_a_round_that_was_not_written_right_is_found(
    appendable: bool, tmp_path: Path, damaging: None
) -> None:
    source, target = tmp_path / "in.nnr", tmp_path / "file"
    source.write_bytes(BIG)
    before = io.BytesIO()
    mux(SIMPLE, before, appendable=appendable)
    target.write_bytes(before.getvalue())
    with pytest.raises(errors.OutputDiffersError, match="not what it was made of") as caught:
        append(target, source, verify=True)
    if appendable:
        assert (caught.value.offset or 0) > len(before.getvalue())
        assert target.read_bytes() == before.getvalue()
    assert_fails(call("append", target, source, "--verify"), "not what it was made of")
    back = io.BytesIO()
    demux(target, back)
    assert back.getvalue() == SIMPLE
    assert call("append", target, source).exit_code == 0


def test_pieces_as_a_source() -> None:
    with open_source(b"0123456789") as source:
        inner = PieceSource(
            [b"ab", SourceRange(source, 2, 3), b"", SourceRange(ZeroSource(), 0, 2)]
        )
        assert inner.size == 7
        whole = b"ab234\0\0"
        for start in range(8):
            for size in range(9):
                assert inner.read(start, size) == whole[start : start + size]
        outer = PieceSource([SourceRange(inner, 1, 4), b"!"])
        assert outer.read(0, 9) == b"b234!"
        assert list(outer.extents(1, 2)) == [(source, 2, 2)]
