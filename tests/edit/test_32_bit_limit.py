"""Chunk offsets that need 64 bits once a network is added."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from pymp4_nnr import mux
from pymp4_nnr.edit.bitstream_index import BitstreamIndex
from pymp4_nnr.io.ranges import piece_size
from pymp4_nnr.io.source import BufferSource, Source
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.mux import NewTrack, _added
from tests.mp4.boxes import u32, u64
from tests.mp4.compare import compare
from tests.mp4.read import chunk_offsets, map_file, nodes, sample_data, traks
from tests.mp4.write import FTYP, TrackPlan, movie
from tests.nnr.streams import NDUS, SIMPLE, unit


def big_video(path: Path, filler: int) -> None:
    """A file of `ftyp`, a sparse `mdat`, and `moov`; the last sample ends the `mdat`."""
    tail = b"the last sample"
    end = len(FTYP) + 16 + filler + len(tail)
    plan = TrackPlan(1, b"vide", [tail], offset=end - len(tail))
    moov = movie([plan], ftyp=b"", mdat=None, wide_offsets=end - len(tail) > 0xFFFFFFFF)
    with path.open("wb") as file:
        file.write(FTYP + u32(1) + b"mdat" + u64(16 + filler + len(tail)))
        file.seek(end - len(tail))
        file.write(tail + moov)


class SparseFile:
    """A file object that leaves holes where a megabyte of zeros is written."""

    _ZEROS = bytes(1 << 20)

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: memoryview) -> int:
        if bytes(data) == self._ZEROS:
            self._file.seek(len(data), os.SEEK_CUR)
            return len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def test_video_beyond_4_gib(tmp_path: Path) -> None:
    old_path, new_path = tmp_path / "old.mp4", tmp_path / "new.mp4"
    big_video(old_path, (1 << 32) - 300)
    with new_path.open("wb") as file:
        mux(SIMPLE, SparseFile(file), into=old_path)  # type: ignore[arg-type]
    old, new = map_file(old_path), map_file(new_path)
    try:
        assert compare(old, new) == [2]
        assert traks(new)[1].get("mdia/minf/stbl/co64") is not None
        assert sample_data(new)[2] == NDUS
    finally:
        old.close()
        new.close()


class LaidOut(NamedTuple):
    """Where the last sample comes to lie, its chunk offset, and the padding of the network."""

    place: int
    chunk_offsets: list[int]
    padding: int


def laid_out(filler: int, source: bytes, name: str = "x") -> LaidOut:
    """What would be written for such a file, without writing anything."""
    tail = b"the last sample"
    end = len(FTYP) + 16 + filler + len(tail)
    plan = TrackPlan(1, b"vide", [tail], offset=end - len(tail))
    moov = movie([plan], ftyp=b"", mdat=None, wide_offsets=end - len(tail) > 0xFFFFFFFF)
    head = FTYP + u32(1) + b"mdat" + u64(16 + filler + len(tail))

    class Sparse(Source):
        def __init__(self) -> None:
            self.size = end + len(moov)

        def read(self, offset: int, size: int) -> bytes:
            if offset >= end:
                return moov[offset - end : offset - end + size]
            return (head + bytes(size))[offset : offset + size] if offset < 64 else bytes(size)

    track = NewTrack(BitstreamIndex(BufferSource(source)), name, 1000, align=True)
    with Movie(Sparse(), editable=True) as opened:
        pieces = _added(opened, [track], "video")
    made = [piece for piece in pieces if isinstance(piece, bytes)]
    (new_moov,) = nodes(next(piece for piece in made if piece[4:8] == b"moov"))
    padding = sum(len(piece) for piece in made if piece[4:8] == b"free")
    place = sum(map(piece_size, pieces)) - len(tail)
    return LaidOut(place, chunk_offsets(new_moov["trak/mdia/minf/stbl"]), padding)


@pytest.mark.parametrize("size", [10, 1 << 20])
def test_crossing_32_bits_exactly(size: int) -> None:
    """Around the size from which on chunk offsets need 64 bits, padding included."""
    source = SIMPLE + unit(5, bytes(size), long=True)
    limit = (1 << 32) - (laid_out(1 << 31, source).place - (1 << 31))
    for filler in [*range(limit - 12, limit + 4), *range(limit - 4200, limit + 4200, 97)]:
        found = laid_out(filler, source)
        assert found.chunk_offsets == [found.place], filler


def test_crossing_32_bits_where_padding_would_hide_it() -> None:
    """Four bytes more in `moov` save a page of padding: the offsets are below the limit again."""
    source = SIMPLE + unit(5, bytes(1 << 20), long=True)
    padding = laid_out(1 << 31, source, "").padding
    name = "n" * ((padding - 4) % 4096)
    first = laid_out(1 << 31, source, name)
    assert first.padding == 4100, "4 bytes are too few for a box"
    limit = (1 << 32) - (first.place - (1 << 31))
    for filler in range(limit - 4200, limit + 8, 64):
        found = laid_out(filler, source, name)
        assert found.chunk_offsets == [found.place], filler
