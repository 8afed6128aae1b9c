"""Many files as sources: few are open at a time, and each is the file that it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pymp4_nnr.errors import SourceError
from pymp4_nnr.io.byte_source import JoinedSource
from pymp4_nnr.io.many_files import MANY, ManyFilesSource, OpenFiles
from pymp4_nnr.io.output import write_pieces
from pymp4_nnr.io.ranges import SourceRange
from pymp4_nnr.io.source import open_sources
from tests.threads import in_threads

COUNT = 4 * MANY


def content(number: int) -> bytes:
    return bytes([number]) * (100_000 + number)


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    made = [tmp_path / f"{number:03}" for number in range(COUNT)]
    for number, path in enumerate(made):
        path.write_bytes(content(number))
    return made


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc")
def test_few_are_open(paths: list[Path], tmp_path: Path) -> None:
    before = open_descriptors()
    sources = open_sources(paths)
    assert all(isinstance(source, ManyFilesSource) for source in sources)
    assert open_descriptors() - before <= MANY
    for _ in range(2):
        for number, source in enumerate(sources):
            assert source.read(0, 1 << 20) == content(number)
    joined = JoinedSource(sources)
    assert write_pieces([SourceRange(joined, 0, joined.size)], tmp_path / "all") == joined.size
    assert (tmp_path / "all").read_bytes() == b"".join(map(content, range(COUNT)))
    assert open_descriptors() - before <= MANY
    joined.close()
    assert open_descriptors() == before
    with pytest.raises(SourceError, match="closed"):
        sources[0].read(0, 1 << 20)


def test_few_files_stay_as_they_were(paths: list[Path]) -> None:
    """Then each has a descriptor, and can be replaced while it is read."""
    sources = open_sources(paths[:MANY])
    paths[0].unlink()
    assert sources[0].read(0, 1 << 20) == content(0)
    for source in sources:
        source.close()


@pytest.mark.parametrize("change", ["replaced", "written", "removed"])
def test_a_file_that_is_another_when_it_is_opened_again(change: str, paths: list[Path]) -> None:
    sources = open_sources(paths)
    path = paths[0]
    if change == "removed":
        path.unlink()
    elif change == "replaced":
        (path.with_name("other")).write_bytes(content(0))
        path.with_name("other").replace(path)
    else:
        path.write_bytes(b"something else")
        os.utime(path, ns=(1, 1))
    error = FileNotFoundError if change == "removed" else SourceError
    with pytest.raises(error) as caught:
        sources[0].read(0, 1 << 20)
    assert path.name in str(caught.value)
    for source in sources:
        source.close()


def test_threads(paths: list[Path]) -> None:
    sources = open_sources(paths)
    faults: list[object] = []

    def read(start: int) -> None:
        for step in range(COUNT):
            number = (start + step * 7) % COUNT
            if sources[number].read(0, 1 << 20) != content(number):
                faults.append(number)

    in_threads(read)
    assert not faults
    for source in sources:
        source.close()


def test_a_file_that_is_in_use_stays_open(paths: list[Path]) -> None:
    files = OpenFiles()
    first, *others = (ManyFilesSource(path, files) for path in paths)
    with first.held_descriptor() as place:
        assert place is not None
        for source in others:
            source.read(0, 1 << 20)
        assert os.pread(place[0], 10, 0) == content(0)[:10]
    for source in (first, *others):
        source.close()
