"""Muxing and demuxing where files can share blocks: no data is copied, no space is used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pymp4_nnr import demux, mux, verify
from pymp4_nnr.boxes.header import BoxHeader, walk_boxes
from pymp4_nnr.edit.new_track import ALIGN_FROM
from pymp4_nnr.io.kernel_copy import BLOCK_SIZE
from pymp4_nnr.io.source import open_source
from tests.filesystem.mounted import KINDS, mounted, shared_bytes, used_bytes
from tests.nnr.large_streams import GIB, PARAMETERS, START, ndu, ndu_head

UNIT_SIZE = 10_000_019
"""Bytes of the units of the model: no multiple of anything."""

SLACK = 1 << 20
"""Bytes that file systems use for their own records."""


@pytest.fixture(scope="module", params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A file system with a model of a GiB, `model.nnr`, all of whose blocks are written."""
    with mounted(request.param, tmp_path_factory.mktemp(request.param)) as place:
        payload = bytes(range(1, 256)) * -(-UNIT_SIZE // 255)
        unit = (ndu_head(UNIT_SIZE) + payload)[:UNIT_SIZE]
        with (place / "model.nnr").open("wb") as file:
            file.write(START + PARAMETERS)
            for _ in range(GIB // UNIT_SIZE + 1):
                file.write(unit)
        yield place


def test_a_gib_takes_no_space(place: Path) -> None:
    model, movie, restored = place / "model.nnr", place / "model.mp4", place / "restored.nnr"
    size = model.stat().st_size
    assert size > GIB
    used = used_bytes(place)
    mux(model, movie)
    demux(movie, restored)
    assert used_bytes(place) - used < SLACK
    for path in (movie, restored):
        assert size - shared_bytes(path) < 4 * BLOCK_SIZE
    assert verify(movie, model) is None
    with restored.open("rb") as one, model.open("rb") as other:
        while data := one.read(1 << 22):
            assert data == other.read(1 << 22)
        assert not other.read(1)
    for path in (movie, restored):
        path.unlink()


def test_without_alignment_all_is_copied(place: Path) -> None:
    part = place / "part.nnr"
    with (place / "model.nnr").open("rb") as file:
        part.write_bytes(file.read(10 + 5 * UNIT_SIZE))
    movie = place / "part.mp4"
    mux(part, movie, align=False)
    assert shared_bytes(movie) == 0
    mux(part, movie)
    assert shared_bytes(movie) > 4 * UNIT_SIZE
    movie.unlink()


# --- alignment, on any file system ----------------------------------------------------------------


def boxes(path: Path) -> list[BoxHeader]:
    with open_source(path) as source:
        return list(walk_boxes(source))


@pytest.mark.parametrize("before", range(0, 2 * BLOCK_SIZE, 509))
@pytest.mark.parametrize("align", [True, False])
def test_the_first_sample_keeps_its_place_in_a_block(
    before: int, align: bool, tmp_path: Path
) -> None:
    """One `free` box, of at most a block and the seven bytes that are too few for a box."""
    model = tmp_path / "model.nnr"
    extra = ndu_head(before + 8)[:2] + bytes([2 << 2]) + bytes(before + 5)  # an NNR_LPS
    model.write_bytes(START + PARAMETERS + extra + ndu(ALIGN_FROM))
    mux(model, tmp_path / "model.mp4", align=align)
    places = boxes(tmp_path / "model.mp4")
    padding = [place for place in places if place.type == b"free"]
    (data,) = [place for place in places if place.type == b"mdat"]
    if align:
        assert (data.body_offset - len(START + PARAMETERS + extra)) % BLOCK_SIZE == 0
        assert sum(place.size for place in padding) <= BLOCK_SIZE + 7
        assert len(padding) <= 1
    else:
        assert not padding
    demux(tmp_path / "model.mp4", tmp_path / "restored.nnr")
    assert (tmp_path / "restored.nnr").read_bytes() == model.read_bytes()


def test_small_files_stay_small(tmp_path: Path) -> None:
    model = tmp_path / "model.nnr"
    model.write_bytes(START + PARAMETERS + ndu(ALIGN_FROM - 1))
    mux(model, tmp_path / "model.mp4")
    assert [place.type for place in boxes(tmp_path / "model.mp4")] == [b"ftyp", b"moov", b"mdat"]
