"""Commands as people use them: a bitstream into a file, compared, restored, taken out."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import assert_fails, call
from tests.mp4.forge import read_boxes
from tests.nnr.streams import MIXED, NDUS, PLAIN, SIMPLE, START, unit


def test_mux_verify_demux(files: Path) -> None:
    result = call("mux", files / "in.nnr", "-o", files / "out.mp4")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (files / "out.mp4").read_bytes() == (files / "in.mp4").read_bytes()
    size = (files / "out.mp4").stat().st_size
    assert f"out.mp4: {size} bytes" in result.stderr

    result = call("verify", files / "out.mp4", "--against", files / "in.nnr")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1
    assert "identical" in result.stdout
    assert result.stderr == ""

    result = call("demux", files / "out.mp4", "-o", files / "out.nnr")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (files / "out.nnr").read_bytes() == MIXED


def test_quiet(files: Path) -> None:
    for arguments in (
        ("mux", files / "in.nnr", "-o", files / "1", "-q"),
        ("mux", files / "in.nnr", "-o", files / "2", "--quiet"),
        ("demux", files / "in.mp4", "-o", files / "3", "-q"),
        ("verify", files / "in.mp4", "--against", files / "in.nnr", "-q"),
        ("remove", files / "in.mp4", "-o", files / "4", "-q"),
    ):
        result = call(*arguments)
        assert (result.exit_code, result.output) == (0, "")


def test_quiet_does_not_hide_errors(files: Path) -> None:
    assert_fails(call("mux", files / "in.mp4", "-o", files / "1", "-q"))
    assert_fails(call("verify", files / "in.nnr", "--against", files / "in.nnr", "-q"))


def test_a_quiet_verify_tells_by_its_exit_code_alone(files: Path) -> None:
    (files / "in.nnr").write_bytes(SIMPLE)
    for options in ([], ["-q"], ["--quiet"]):
        result = call("verify", files / "in.mp4", "--against", files / "in.nnr", *options)
        assert (result.exit_code, result.stdout) == (1, "")
        assert bool(result.stderr) is not bool(options)


def test_verify_tells_the_first_difference(files: Path) -> None:
    other = bytearray(MIXED)
    place = len(START) + len(NDUS[0]) + 3
    other[place] ^= 1
    (files / "other.nnr").write_bytes(other)
    result = call("verify", files / "in.mp4", "--against", files / "other.nnr")
    assert_fails(result, f"byte {place}", "unit 2", "other.nnr")


def test_several_bitstreams(files: Path) -> None:
    (files / "other.nnr").write_bytes(SIMPLE)
    result = call(
        *("mux", files / "in.nnr", files / "other.nnr", "-o", files / "out.mp4"),
        *("--name", "one", "--name", "two"),
    )
    assert result.exit_code == 0
    assert_fails(call("demux", files / "out.mp4", "-o", files / "x"), "one", "two", "1", "2")
    for number, stream in ((1, MIXED), (2, SIMPLE)):
        target = files / f"{number}.nnr"
        assert call("demux", files / "out.mp4", "--track", number, "-o", target).exit_code == 0
        assert target.read_bytes() == stream
    assert_fails(call("demux", files / "out.mp4", "--track", 3, "-o", files / "x"), "3")


def test_remove(files: Path) -> None:
    (files / "other.nnr").write_bytes(SIMPLE)
    both, one = files / "both.mp4", files / "one.mp4"
    assert call("mux", files / "in.nnr", files / "other.nnr", "-o", both).exit_code == 0
    assert call("remove", both, "--track", 1, "-o", one).exit_code == 0
    assert call("demux", one, "-o", files / "back").exit_code == 0
    assert (files / "back").read_bytes() == SIMPLE
    assert_fails(call("remove", both, "-o", files / "x"), "2")


def test_alignment_can_be_switched_off(files: Path) -> None:
    (files / "large.nnr").write_bytes(START + unit(5, bytes(1 << 20), long=True))
    kinds = []
    for more in ([], ["--no-align"]):
        assert call("mux", files / "large.nnr", "-o", files / "x", "--force", *more).exit_code == 0
        kinds.append([box.type for box in read_boxes((files / "x").read_bytes())])
    assert kinds == [[b"ftyp", b"moov", b"free", b"mdat"], [b"ftyp", b"moov", b"mdat"]]


def test_describes_needs_a_movie(tmp_path: Path) -> None:
    result = call("mux", PLAIN, "-o", tmp_path / "x.mp4", "--describes", 1)
    assert result.exit_code == 2
    assert "--describes needs --into" in result.output
