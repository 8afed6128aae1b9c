"""How much is read ahead: few reads where they follow each other, small ones where they do not."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from pymp4_nnr.io import file_source
from pymp4_nnr.io.byte_source import READ_AHEAD, READ_AT_LEAST, JoinedSource
from pymp4_nnr.io.file_source import FileSource
from pymp4_nnr.io.source import open_source

DATA = random.Random(1).randbytes(1_000_000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "file"
    path.write_bytes(DATA)
    return path


class Reads(list[tuple[int, int]]):
    """The (offset, size) of each read of a file."""


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    found = Reads()
    pread = file_source._pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        found.append((offset, size))
        return pread(descriptor, size, offset)

    monkeypatch.setattr(file_source, "_pread", counted)
    return found


def test_reads_that_follow_each_other_become_few(path: Path, reads: Reads) -> None:
    with open_source(path) as source:
        assert b"".join(source.read(at, 10) for at in range(0, len(DATA), 10)) == DATA
    assert len(reads) < len(DATA) / READ_AHEAD + 12
    assert sum(size for _, size in reads) < 1.1 * len(DATA)
    assert max(size for _, size in reads) == READ_AHEAD


def test_reads_that_are_far_apart_stay_small(path: Path, reads: Reads) -> None:
    with open_source(path) as source:
        for at in range(0, len(DATA), 20_000):
            source.read(at, 6)
            source.read(at + 6, 100)  # which the first one has brought
    assert len(reads) == len(DATA) / 20_000
    assert {size for _, size in reads} == {file_source.PAGE}


def test_large_reads_are_read_as_they_are(path: Path, reads: Reads) -> None:
    with open_source(path) as source:
        for at in range(0, 900_000, 100_000):
            assert source.read(at, 100_000) == DATA[at : at + 100_000]
    assert reads == [(at, 100_000) for at in range(0, 900_000, 100_000)]


def test_of_many_parts_only_the_last_keeps_what_it_has_read_ahead(path: Path) -> None:
    parts = [open_source(path) for _ in range(20)]
    with JoinedSource(parts) as source:
        for at in range(0, source.size, 1000):
            source.read(at, 10)
            source.window(at + 500, 10)
        kept = [len(part._window[1]) for part in parts if isinstance(part, FileSource)]
        assert kept[:-1] == [0] * 19
        assert 0 < kept[-1] <= READ_AHEAD
        assert source.read(5 * len(DATA) + 70, 100) == DATA[70:170]


class Recording(io.BytesIO):
    """A file object without a descriptor that notes what is read of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads: list[tuple[int, int]] = []

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        data = super().read(size)
        self.reads.append((start, len(data)))
        return data


def test_a_file_object_is_read_ahead_only_through_windows() -> None:
    file = Recording(DATA)
    source = open_source(file)
    for at in (0, 500, 10, 600_000):
        source.read(at, 6)
    assert file.reads == [(0, 6), (500, 6), (10, 6), (600_000, 6)]
    file.reads.clear()
    source.window(600_000, 6)
    source.read(600_006, 100)
    assert file.reads == [(600_000, READ_AT_LEAST)]
    file.reads.clear()
    for at in range(0, 200_000, 100):
        source.window(at, 10)
    assert len(file.reads) < 16
