"""Damaged files in every way that this folder is about: an error of the project, or a result."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import FragmentWriter, append, demux, errors, mux, mux_segments, remove
from tests.edit.test_damaged_files import places_of
from tests.mp4.boxes import full, u16, u32
from tests.mp4.networks import video_and_sound
from tests.mp4.read import nodes, top
from tests.nnr.streams import MIXED, NDUS, SIMPLE, START, TOPOLOGY
from tests.paths import FIXTURES
from tests.round_trip import added

from .videos import video_from


def indexed(old: bytes) -> bytes:
    """With a `sidx` of the whole file in front of the fragments."""
    moofs = [node.start for node in top(old, "moof")]
    sizes = [end - start for start, end in zip(moofs, [*moofs[1:], len(old)], strict=True)]
    rows = b"".join(u32(size, 1000, 0) for size in sizes)
    sidx = full(b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, len(sizes)), rows)
    return old[: moofs[0]] + sidx + old[moofs[0] :]


def streamed() -> bytes:
    with FragmentWriter(target := io.BytesIO()) as writer:
        for one in (START, NDUS[0], TOPOLOGY, NDUS[1], START, NDUS[2], TOPOLOGY):
            writer.write(one)
    return target.getvalue()


def rounds(folder: Path) -> bytes:
    path = folder / "rounds.mp4"
    mux(SIMPLE, path, into=video_and_sound(), appendable=True)
    append(path, MIXED, at=1000)
    append(path, START)
    return path.read_bytes()


def restored(data: bytes, folder: Path) -> None:
    demux(data, io.BytesIO(), track_id=None)


def one_round(data: bytes, folder: Path) -> None:
    demux(data, io.BytesIO(), rounds=2, as_of=2000)


def as_segments(data: bytes, folder: Path) -> None:
    files = mux_segments(MIXED, folder / "segments", into=data, interleave=True)
    demux([files[0], *reversed(files[1:])], io.BytesIO(), track_id=2)


def interleaved(data: bytes, folder: Path) -> None:
    mux(MIXED, target := io.BytesIO(), into=data, fragment=1, interleave=True)
    remove(target.getvalue(), io.BytesIO())


def followed(data: bytes, folder: Path) -> None:
    path = folder / "file.mp4"
    path.write_bytes(data)
    try:
        append(path, MIXED)
    except errors.NNRError:
        assert path.stat().st_size <= len(data), "nothing of the round is left"
        raise
    demux(path, io.BytesIO())


Case = tuple[Callable[[Path], bytes], list[Callable[[bytes, Path], None]]]
CASES: dict[str, Case] = {
    "video": (lambda _: indexed(video_from(1, 3)), [as_segments, interleaved]),
    "bases": (lambda _: video_from(1, 2, base="explicit"), [as_segments, interleaved]),
    "between": (lambda _: added(video_from(1, 2), MIXED, fragment=1), [restored, followed]),
    "stream": (lambda _: streamed(), [restored, followed]),
    "rounds": (rounds, [restored, one_round, followed]),
    "MP4Box": (
        lambda _: (FIXTURES / "delivery" / "rounds_frag.0.mp4").read_bytes(),
        [restored, one_round, followed],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_random_faults(name: str, tmp_path: Path) -> None:
    draw = random.Random(name)
    make, uses = CASES[name]
    data = make(tmp_path)
    places = places_of(nodes(data))
    refused = 0
    for number in range(60):
        broken = bytearray(data)
        for _ in range(draw.choice([1, 1, 2, 3])):
            place = draw.choice(places)
            broken[place] = (broken[place] + draw.choice([1, -1, 4, 8, 0x80, 0xFF])) % 256
        folder = tmp_path / str(number)
        folder.mkdir()
        for use in uses:
            try:
                use(bytes(broken), folder)
            except errors.NNRError:
                refused += 1
    assert refused, "there were faults"


@pytest.mark.parametrize("name", CASES)
def test_cut_off(name: str, tmp_path: Path) -> None:
    make, uses = CASES[name]
    data = make(tmp_path)
    borders = {node.start for node in nodes(data)}
    for size in random.Random(name).sample(range(1, len(data)), 40):
        folder = tmp_path / str(size)
        folder.mkdir()
        for use in uses:
            if size not in borders:
                with pytest.raises(errors.NNRError):
                    use(data[:size], folder)
