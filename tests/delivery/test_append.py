"""`append`: rounds of training added to a file that exists."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, demux, errors, mux
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations import append as module
from tests.cli.command import call
from tests.mp4.networks import video_and_sound
from tests.mp4.read import nodes, sample_data, top
from tests.nnr.streams import FOLDER, MIXED, NDUS, SIMPLE, START, TOPOLOGY
from tests.round_trip import demuxed, removed

ROUNDS = [SIMPLE, MIXED, START + NDUS[0] + TOPOLOGY, TOPOLOGY + START, NDUS[1], TOPOLOGY]
PREPARED: dict[str, dict[str, Any]] = {
    "appendable": {"appendable": True},
    "fragments": {"fragment": 2},
    "appendable fragments": {"fragment": 1, "appendable": True},
    "beside video": {"into": video_and_sound(), "appendable": True},
    "fragments beside video": {"into": video_and_sound(), "fragment": 2},
}
OTHERS: dict[str, dict[str, Any]] = {"alone": {}, "beside": {"into": video_and_sound()}}


def restored(path: Path, **options: Any) -> bytes:
    target = path.with_suffix(".restored")
    demux(path, target, **options)
    return target.read_bytes()


@pytest.mark.parametrize("how", [*PREPARED, *OTHERS])
@pytest.mark.parametrize("first", [SIMPLE, MIXED], ids=["simple", "mixed"])
def test_rounds(how: str, first: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    mux(first, path, **{**PREPARED, **OTHERS}[how])
    for number, one in enumerate(ROUNDS, 2):
        before = path.read_bytes()
        done = append(path, one)
        assert (done.number, done.repaired) == (number, 0)
        assert done.rewritten == (how in OTHERS and number == 2)
        after = path.read_bytes()
        if not done.rewritten:
            assert len(after) == len(before) + done.written
            changed = [i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b]
            assert len(changed) <= (13 if number == 2 else 0), "names of boxes that end at the end"
    rounds = [first, *ROUNDS]
    assert restored(path) == b"".join(rounds)
    for number, one in enumerate(rounds, 1):
        assert restored(path, rounds=number) == one
    assert restored(path, rounds=[1, 3]) == rounds[0] + rounds[2]
    with pytest.raises(errors.TrackError, match="no round 8: there are 7"):
        restored(path, rounds=8)
    if "video" in how or how == "beside":
        found = sample_data(path.read_bytes())
        assert {number: found[number] for number in (1, 2)} == sample_data(video_and_sound())
        assert sample_data(removed(path.read_bytes())) == sample_data(video_and_sound())


@pytest.mark.parametrize("how", [*PREPARED, *OTHERS])
def test_a_file_without_samples(how: str, tmp_path: Path) -> None:
    """Its units belong to the first round that follows."""
    path = tmp_path / "model.mp4"
    mux(START + TOPOLOGY, path, **{**PREPARED, **OTHERS}[how])
    assert append(path, SIMPLE).number == 1
    assert append(path, MIXED).number == 2
    assert restored(path, rounds=1) == START + TOPOLOGY + SIMPLE
    assert restored(path, rounds=2) == MIXED


def test_real_rounds(tmp_path: Path) -> None:
    """Three rounds of one model that the NNC codec wrote."""
    rounds = [(FOLDER / f"incremental_{number}.nnr").read_bytes() for number in range(3)]
    path = tmp_path / "model.mp4"
    mux(rounds[0], path, appendable=True)
    append(path, FOLDER / "incremental_1.nnr")
    append(path, rounds[2])
    assert restored(path) == b"".join(rounds)
    with Movie(path) as movie:
        assert [len(one.samples) for one in movie.track().rounds] == [
            sum(1 for _ in one.samples) for one in movie.track().rounds
        ]
        assert [one.time for one in movie.track().rounds] == [None] * 3


def test_times(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, appendable=True, at=1000.5)
    append(path, MIXED, at=2000)
    append(path, START)
    append(path, NDUS[0], at=3000)
    with Movie(path) as movie:
        assert [one.time for one in movie.track().rounds] == [1000.5, 2000, None, 3000]
    assert restored(path, as_of=1000.5) == SIMPLE + START, "an unknown time is no reason to wait"
    assert restored(path, as_of=2999) == SIMPLE + MIXED + START
    assert restored(path, as_of=3000, rounds=[2, 4]) == MIXED + NDUS[0]
    with pytest.raises(errors.TrackError, match="no round had arrived"):
        restored(path, as_of=1, rounds=1)
    for wrong in (0, -1, 1e300, float("nan")):
        before = path.read_bytes()
        with pytest.raises(errors.LimitError):
            append(path, MIXED, at=wrong)
        assert path.read_bytes() == before


def test_choosing_a_track(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    mux([SIMPLE, MIXED], path, appendable=True)
    with pytest.raises(errors.TrackError, match="several"):
        append(path, START)
    append(path, START, track_id=2)
    assert restored(path, track_id=1) == SIMPLE
    assert restored(path, track_id=2) == MIXED + START


def test_refused_without_a_change(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, appendable=True)
    before = path.read_bytes()
    for source, kind in ((b"", errors.BitstreamError), (path, errors.OutputError)):
        with pytest.raises(kind):
            append(path, source)
        assert path.read_bytes() == before
    video = tmp_path / "video.mp4"
    video.write_bytes(video_and_sound())
    with pytest.raises(errors.TrackError):
        append(video, SIMPLE)
    assert video.read_bytes() == video_and_sound()
    with pytest.raises(FileNotFoundError):
        append(tmp_path / "none.mp4", SIMPLE)


# --- stopped on the way -----------------------------------------------------------------------


class Stopped(BaseException):
    """What a killed process does not live to see."""


def states(path: Path, source: bytes, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The file after every step of an `append` that changes it."""
    found = []

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = function(*arguments, **named)
            found.append(path.read_bytes())
            return result

        return call

    with monkeypatch.context() as patched:
        for name in ("ftruncate", "pwrite"):
            patched.setattr(module.os, name, watched(getattr(os, name)))
        patched.setattr(module, "write_pieces", watched(module.write_pieces))
        append(path, source)
    return found


@pytest.mark.parametrize("how", PREPARED)
def test_killed_at_any_moment(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, **PREPARED[how])
    append(path, MIXED)
    end = path.stat().st_size
    steps = states(path, START + NDUS[2], monkeypatch)
    whole = path.read_bytes()
    assert len(steps) >= 4 and steps[-1] == whole
    written = steps[-2]  # all but the last step
    assert written[end : end + 8] == b"\0\0\0\0free"
    cut = [written[:size] for size in range(end + 8, len(written))]
    named = [whole[: end + 4] + b"free" + whole[end + 8 :]]  # half of the last step
    for torn in (*steps[:-1], *cut, *named):
        assert demuxed(torn) == SIMPLE + MIXED
        assert nodes(torn)[-1].end == len(torn)
    for torn in (*steps[:-1], cut[0], cut[-1], *named):
        path.write_bytes(torn)
        done = append(path, START + NDUS[2])
        assert done.repaired == len(torn) - end
        assert path.read_bytes() == whole


def test_an_error_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, appendable=True)
    before = path.read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_pieces", full)
    with pytest.raises(OSError, match="No space") as caught:
        append(path, MIXED)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("options", [{}, {"appendable": True}], ids=["plain", "prepared"])
def test_a_last_box_without_a_size(options: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, **options)
    data = path.read_bytes()
    last = nodes(data)[-1].start
    path.write_bytes(data[:last] + bytes(4) + data[last + 4 :])
    assert append(path, MIXED).number == 2
    assert restored(path) == SIMPLE + MIXED


@pytest.mark.parametrize("size", [1, 20, 30])
def test_a_round_of_several_fragments(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of more than 1 GiB is: it is still one round, and is there whole or not at all."""
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, appendable=True)
    append(path, START)
    monkeypatch.setattr(module, "_LARGEST", size)
    end = path.stat().st_size
    steps = states(path, MIXED, monkeypatch)
    whole = path.read_bytes()
    moofs = top(whole, "moof")
    assert len(moofs) - 1 == {1: 4, 20: 2, 30: 2}[size]
    assert [moof["mfhd"].u32(4)[0] for moof in moofs] == [*range(1, len(moofs) + 1)]
    assert restored(path) == SIMPLE + START + MIXED and restored(path, rounds=3) == MIXED
    cut = [steps[-2][:at] for at in range(end + 8, len(steps[-2]), 7)]
    for torn in (*steps[:-1], *cut):
        assert demuxed(torn) == SIMPLE + START
    path.write_bytes(steps[-2])
    assert append(path, MIXED).repaired == len(steps[-2]) - end
    assert path.read_bytes() == whole
    append(path, START + NDUS[0])
    assert restored(path) == SIMPLE + START + MIXED + START + NDUS[0]
    assert restored(path, rounds=4) == START + NDUS[0]


def test_nothing_follows_a_damaged_track(tmp_path: Path) -> None:
    """The place of a unit behind samples that are missing would be taken by the new ones."""
    path = tmp_path / "model.mp4"
    mux(MIXED, path, fragment=2)
    data = path.read_bytes()
    path.write_bytes(data[: top(data, "moof")[1].start])
    with pytest.raises(errors.TrackError, match="sample_position"):
        append(path, SIMPLE)


def test_lost_groups_are_found_out(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, appendable=True)
    append(path, MIXED)
    data = path.read_bytes()
    for code in (b"sbgp", b"sgpd"):
        lost = data.replace(code, b"free", 2).replace(code, b"free")
        with pytest.raises(errors.NNRError):
            demuxed(lost)
    fragment = data.rindex(b"sbgp")
    with pytest.raises(errors.TrackError, match="sample groups are missing"):
        demuxed(data[:fragment] + b"free" + data[fragment + 4 :])


def test_one_process_at_a_time(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="the system has no locks of this kind")
    path = tmp_path / "model.mp4"
    mux(SIMPLE, path, appendable=True)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(errors.OutputError, match="another process"):
            append(path, MIXED)
    assert append(path, MIXED).number == 2


def test_onto_a_large_file(tmp_path: Path) -> None:
    """Nothing of it is read but headers, and nothing is written but the round."""
    path = tmp_path / "large.mp4"
    mux(SIMPLE, path, appendable=True)
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(b"\0\0\0\1free" + (10 << 30).to_bytes(8))
        file.truncate(file.tell() - 16 + (10 << 30))
    blocks = path.stat().st_blocks
    done = append(path, MIXED)
    assert done.number == 2 and not done.rewritten
    assert path.stat().st_blocks - blocks <= 64
    assert restored(path) == SIMPLE + MIXED


# --- the command ------------------------------------------------------------------------------


def test_the_commands(tmp_path: Path) -> None:
    path, one, two = tmp_path / "model.mp4", tmp_path / "1.nnr", tmp_path / "2.nnr"
    back = tmp_path / "back.nnr"
    one.write_bytes(SIMPLE)
    two.write_bytes(MIXED)
    day = "2026-01-01T00:00:00Z"
    assert call("mux", one, "--appendable", "--at", day, "-o", path).exit_code == 0
    done = call("append", path, two, "--at", "2026-01-02")
    assert done.exit_code == 0 and "round 2" in done.stderr
    for arguments, expected in (
        ([], SIMPLE + MIXED),
        (["--round", "1"], SIMPLE),
        (["--round", "2"], MIXED),
        (["--as-of", "2026-01-01T12:00"], SIMPLE),
        (["--as-of", "2026-01-02T01:00+01:00"], SIMPLE + MIXED),
    ):
        assert call("demux", path, *arguments, "-o", back, "--force").exit_code == 0
        assert back.read_bytes() == expected
    assert call("demux", path, "--as-of", "2025-01-01", "-o", back, "--force").exit_code == 1
    assert call("demux", path, "--round", "3", "-o", back, "--force").exit_code == 1
    assert call("demux", path, "--round", "0", "-o", back, "--force").exit_code == 2
    assert call("append", path, two, "--at", "yesterday").exit_code == 2
    assert call("mux", one, "--at", day, "-o", back, "--force").exit_code == 2
    plain = tmp_path / "plain.mp4"
    assert call("mux", one, "-o", plain).exit_code == 0
    done = call("append", plain, two)
    assert done.exit_code == 0 and "rewritten once" in done.stderr
    assert "rewritten" not in call("append", plain, two).stderr
    assert top(plain.read_bytes(), "moof")
