"""Sources of every kind give the same bytes; how much is read ahead, and what is left alone."""

from __future__ import annotations

import gc
import gzip
import io
import os
import random
import stat
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.errors import MediaError
from pymp4_nnr.io import file_source
from pymp4_nnr.io.file_source import FileObjectSource, FileSource
from pymp4_nnr.io.ranges import read_exactly
from pymp4_nnr.io.source import JoinedSource, Source, open_source, open_sources

DATA = random.Random(1).randbytes(1_000_000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "file"
    path.write_bytes(DATA)
    return path


def in_the_middle(path: Path) -> Source:
    """A file object that starts behind bytes that are not part of the source."""
    file = io.BytesIO(b"before" + path.read_bytes())
    file.seek(6)
    return open_source(file)


def joined(path: Path) -> Source:
    parts = [path.read_bytes()[:300], b"", path.read_bytes()[300:500_000]]
    with path.open("rb") as file:
        file.seek(500_000)
        return JoinedSource([*map(open_source, parts), open_source(file)])


KINDS: dict[str, Callable[[Path], Source]] = {
    "path": open_source,
    "buffer": lambda path: open_source(path.read_bytes()),
    "file object": in_the_middle,
    "joined": joined,
}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def sources(path: Path) -> Iterator[dict[str, Source]]:
    opened = {name: make(path) for name, make in KINDS.items()}
    yield opened
    for source in opened.values():
        source.close()


places = st.lists(
    st.tuples(
        st.integers(0, len(DATA) + 10) | st.integers(len(DATA) - 300, len(DATA)),
        st.integers(0, 20) | st.integers(0, 5000) | st.integers(60_000, 70_000),
        st.booleans(),
    ),
    max_size=20,
)


@each_kind
@given(places=places)
def test_any_reads_in_any_order(
    kind: str, places: list[tuple[int, int, bool]], sources: dict[str, Source]
) -> None:
    source = sources[kind]
    assert source.size == len(DATA)
    for offset, size, ahead in places:
        expected = DATA[offset : offset + size]
        if ahead:
            start, window = source.window(offset, size)
            assert start <= offset
            assert window[offset - start : offset - start + size] == expected
            assert window == DATA[start : start + len(window)]
        else:
            assert source.read(offset, size) == expected


@each_kind
def test_many_threads_read_one_source(kind: str, sources: dict[str, Source]) -> None:
    source = sources[kind]

    def work(seed: int) -> int:
        chance = random.Random(seed)
        wrong = 0
        for _ in range(3000):
            offset = chance.randrange(len(DATA))
            for _ in range(chance.randrange(4)):  # some that follow each other
                size = chance.choice((1, 6, 16, 256, 3000, 80_000))
                if chance.random() < 0.3:
                    start, window = source.window(offset, size)
                    data = window[offset - start : offset - start + size]
                else:
                    data = source.read(offset, size)
                wrong += data != DATA[offset : offset + size]
                offset += size
        return wrong

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(8))) == [0] * 8


# --- what the caller has opened ------------------------------------------------------------------


@pytest.mark.parametrize("without_pread", [False, True])
@pytest.mark.parametrize("buffering", [-1, 0])
def test_the_position_of_the_callers_file_stays(
    without_pread: bool, buffering: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if without_pread:  # as on Windows
        monkeypatch.setattr(file_source, "_pread", file_source._seek_and_read)
    with path.open("rb", buffering=buffering) as file:
        assert file.read(10) == DATA[:10]
        source = open_source(file)
        assert source.size == len(DATA) - 10
        for at in (0, 70_000, 500_000, 20):
            assert source.read(at, 50) == DATA[10 + at : 60 + at]
            assert source.read(at, 100_000) == DATA[10 + at : 100_010 + at]
        assert file.tell() == 10
        assert file.read(10) == DATA[10:20]
        source.close()
        assert file.read(10) == DATA[20:30]


def test_threads_without_pread(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_source, "_pread", file_source._seek_and_read)
    with open_source(path) as source:
        test_many_threads_read_one_source("path", {"path": source})


def test_reads_that_come_in_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        file_source, "_pread", lambda file, size, offset: os.pread(file, min(size, 777), offset)
    )
    with open_source(path) as source:
        assert source.read(100, 200_000) == DATA[100:200_100]
        assert source.read(len(DATA) - 5, 100) == DATA[-5:]


def test_a_block_device_has_the_bytes_up_to_its_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status says that it has none."""
    status = os.fstat

    def of_a_device(descriptor: int) -> os.stat_result:
        found = list(status(descriptor))
        found[stat.ST_MODE] = stat.S_IFBLK | 0o600
        found[stat.ST_SIZE] = 0
        return os.stat_result(found)

    monkeypatch.setattr(file_source.os, "fstat", of_a_device)
    with path.open("rb") as file:
        file.seek(10)
        with FileSource(file, start=10) as source:
            assert file.tell() == 10
            assert source.read(0, source.size) == path.read_bytes()[10:]


def test_bytes_added_later_are_not_part_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA[:1000])
    with open_source(path) as source:
        with path.open("ab") as file:
            file.write(b"more")
        assert source.size == 1000
        assert source.read(990, 100) == DATA[990:1000]
        assert source.read(0, 100_000) == DATA[:1000]
        assert source.read(1000, 4) == b""


# --- closing -------------------------------------------------------------------------------------


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@each_kind
def test_a_source_that_is_closed(kind: str, path: Path) -> None:
    source = KINDS[kind](path)
    source.read(0, 6)
    descriptor = source.descriptor()
    source.close()
    source.close()
    if descriptor is not None:
        assert not is_open(descriptor[0])
    if kind != "file object":  # which is the caller's
        for size in (6, 100_000):
            with pytest.raises(MediaError, match="closed"):
                source.read(0, size)
            with pytest.raises(MediaError, match="closed"):
                read_exactly(source, 500_000, size, ahead=True)


def test_a_source_that_nobody_uses_closes_its_descriptor(path: Path) -> None:
    source = open_source(path)
    descriptor, _ = source.descriptor() or (-1, 0)
    assert is_open(descriptor)
    del source
    gc.collect()
    assert not is_open(descriptor)


def test_what_could_not_be_opened_is_not_closed() -> None:
    closed = open(os.devnull, "rb")  # noqa: PTH123, SIM115
    closed.close()
    with pytest.raises(ValueError, match="closed file"):
        FileSource(closed)
    gc.collect()  # its `__del__` must not raise


def test_files_opened_before_one_that_fails_are_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptors: list[int] = []
    duplicate = os.dup

    def dup(descriptor: int) -> int:
        descriptors.append(duplicate(descriptor))
        return descriptors[-1]

    monkeypatch.setattr(os, "dup", dup)
    with open_source(path) as given, pytest.raises(FileNotFoundError):
        open_sources([path, given, path, "no such file"])
    assert len(descriptors) == 3
    assert not any(map(is_open, descriptors))


def test_a_source_of_the_callers_is_left_open_where_another_fails(path: Path) -> None:
    with open_source(path) as given:
        with pytest.raises(MediaError):
            open_sources([given, 5])  # type: ignore[list-item]
        assert given.read(0, 100_000) == DATA[:100_000]


# --- what is taken for a source ------------------------------------------------------------------


class ReadSeekTell:
    """What the README promises to take: three methods and nothing else."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> None:
        self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class ReadAlone:
    """A stream that cannot go back."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


def spooled(data: bytes, limit: int) -> tempfile.SpooledTemporaryFile[bytes]:
    file = tempfile.SpooledTemporaryFile(limit)  # noqa: SIM115 - the caller closes it
    file.write(data)
    file.seek(0)
    return file


def test_objects_of_every_kind(path: Path) -> None:
    with (
        spooled(DATA, 1 << 30) as in_memory,
        spooled(DATA, 1) as on_disk,
        tempfile.NamedTemporaryFile() as named,
        gzip.open(io.BytesIO(gzip.compress(DATA, 1))) as unpacked,
        path.open("rb") as opened,
    ):
        named.write(DATA)
        named.flush()
        named.seek(0)
        objects = [ReadSeekTell(DATA), ReadAlone(DATA), io.BytesIO(DATA)]
        for file in [*objects, in_memory, on_disk, named, unpacked, opened]:
            with open_source(file) as source:
                assert source.size == len(DATA)
                assert source.read(500_000, 100) == DATA[500_000:500_100]
                assert source.read(0, len(DATA)) == DATA


def test_objects_that_give_less_than_asked_for() -> None:
    class Slow(ReadSeekTell):
        def read(self, size: int = -1) -> bytes:
            return super().read(min(size, 7))

    with open_source(Slow(DATA[:5000])) as source:
        assert source.read(100, 4000) == DATA[100:4100]


@pytest.mark.parametrize("wrong", ["text", 5, ["a"]])
def test_objects_that_do_not_give_bytes(wrong: object) -> None:
    class Wrong(ReadSeekTell):
        def read(self, size: int = -1) -> bytes:
            return wrong  # type: ignore[return-value]

    with open_source(Wrong(DATA)) as source, pytest.raises(MediaError, match="instead of bytes"):
        source.read(0, 6)

    class WrongPipe:
        def read(self, size: int) -> bytes:
            return wrong  # type: ignore[return-value]

    with pytest.raises(MediaError, match="instead of bytes"):
        open_source(WrongPipe())


def test_an_input_that_does_not_block_is_not_taken_for_its_end() -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.write(writer, b"first")
    with (
        open(reader, "rb", buffering=0) as file,  # noqa: PTH123
        open(writer, "wb"),  # noqa: PTH123
        pytest.raises(BlockingIOError),
    ):
        open_source(file)


@pytest.mark.parametrize("wrong", [None, 5, io.StringIO("text"), object(), {"a": 1}])
def test_what_is_no_source(wrong: object) -> None:
    with pytest.raises(MediaError, match="expected a path"):
        open_source(wrong)  # type: ignore[arg-type]


def test_several_files_in_any_sequence(path: Path) -> None:
    for files in ([path, path], (path, path)):
        opened = open_sources(files)
        assert [source.size for source in opened] == [len(DATA)] * 2
        for source in opened:
            source.close()
    with pytest.raises(MediaError, match="no file"):
        open_sources([])


def test_a_source_is_returned_as_it_is(path: Path) -> None:
    with open_source(path) as source:
        assert open_source(source) is source


def test_kinds(path: Path) -> None:
    file: BinaryIO
    with path.open("rb") as file:
        assert type(open_source(file)) is FileSource
    assert type(open_source(io.BytesIO(DATA))) is FileObjectSource
    assert [type(part) for part in joined(path).parts()].count(FileSource) == 1
    assert [place[1:] for place in joined(path).extents(299, 3)] == [(299, 1), (0, 2)]
