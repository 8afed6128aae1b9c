"""How pieces are written: by the kernel in every way that it has, or in Python; always the same."""

from __future__ import annotations

import errno
import gzip
import io
import itertools
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.errors import MediaError, OutputError
from pymp4_nnr.io import kernel_copy, output
from pymp4_nnr.io.output import write_pieces
from pymp4_nnr.io.ranges import Piece, SourceRange, ZeroSource, read_pieces
from pymp4_nnr.io.source import JoinedSource, Source, open_source

DATA = bytes(itertools.islice(itertools.cycle(range(251)), 300_000))

needs_kernel_copies = pytest.mark.skipif(
    not (hasattr(os, "copy_file_range") and hasattr(os, "sendfile")),
    reason="this system has neither copy_file_range nor sendfile",
)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    path = tmp_path / "source"
    path.write_bytes(DATA)
    with open_source(path) as opened:
        yield opened


def some_pieces(source: Source) -> list[Piece]:
    """Bytes and ranges, with ends at and off the boundaries of blocks."""
    return [
        b"head",
        SourceRange(source, 100, 20_000),
        SourceRange(source, 20_100, 5),
        b"a",
        b"",
        b"b",
        SourceRange(source, 7, 0),
        SourceRange(source, 250_000, 50_000),
        SourceRange(source, 4096, 40_960),
        b"tail",
    ]


EXPECTED = b"".join(
    (b"head", DATA[100:20_105], b"ab", DATA[250_000:300_000], DATA[4096:45_056], b"tail")
)


class Counter:
    """A progress callback that adds up."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def __call__(self, count: int) -> None:
        self.steps.append(count)

    @property
    def total(self) -> int:
        return sum(self.steps)


# --- the ways of copying ------------------------------------------------------------------------

real_copy_file_range: Callable[..., int] | None = getattr(os, "copy_file_range", None)
real_sendfile: Callable[..., int] | None = getattr(os, "sendfile", None)


def fails_with(code: int) -> Callable[..., int]:
    def fail(*_: Any) -> int:
        raise OSError(code, os.strerror(code))

    return fail


def partial(source: int, target: int, count: int, offset: int, position: int) -> int:
    assert real_copy_file_range is not None
    return real_copy_file_range(source, target, min(count, 777), offset, position)


def partial_send(target: int, source: int, offset: int, count: int) -> int:
    assert real_sendfile is not None
    return real_sendfile(target, source, offset, min(count, 777))


class Stops:
    """Copies once and then no more."""

    def __init__(self, copy: Callable[..., int]) -> None:
        self.copy = copy
        self.calls = 0

    def __call__(self, *arguments: Any) -> int:
        self.calls += 1
        return self.copy(*arguments) if self.calls == 1 else 0


CANNOT = [fails_with(code) for code in sorted(kernel_copy._CANNOT)]
WAYS = [None, lambda *_: 0, *CANNOT]
"""Missing, copying nothing, and refusing."""


@needs_kernel_copies
@pytest.mark.parametrize("copy_file_range", [real_copy_file_range, partial, Stops(partial), *WAYS])
@pytest.mark.parametrize("sendfile", [real_sendfile, partial_send, Stops(partial_send), *WAYS[:4]])
def test_every_way_gives_the_same_bytes(
    copy_file_range: Any,
    sendfile: Any,
    source: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, function in (("copy_file_range", copy_file_range), ("sendfile", sendfile)):
        if function is None:
            monkeypatch.delattr(os, name)
        else:
            monkeypatch.setattr(os, name, function)
    progress = Counter()
    target = tmp_path / "target"
    assert write_pieces(some_pieces(source), target, progress=progress) == len(EXPECTED)
    assert target.read_bytes() == EXPECTED
    assert progress.total == len(EXPECTED)


@needs_kernel_copies
def test_media_data_does_not_pass_through_python(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Source, "read", None)
    monkeypatch.setattr(output, "read_pieces", None)
    write_pieces(some_pieces(source), tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == EXPECTED


@needs_kernel_copies
def test_neighbours_are_copied_in_one_call(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []

    def copy(source: int, target: int, count: int, *places: int) -> int:
        assert real_copy_file_range is not None
        counts.append(count)
        return real_copy_file_range(source, target, count, *places)

    monkeypatch.setattr(os, "copy_file_range", copy)
    write_pieces(
        [SourceRange(source, at, 100) for at in range(0, 10_000, 100)], tmp_path / "target"
    )
    assert sum(counts) == 10_000
    assert len(counts) <= 2  # whole blocks, and the rest


@needs_kernel_copies
@pytest.mark.parametrize("name", ["copy_file_range", "sendfile"])
def test_a_full_disk_is_told(
    name: str, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "copy_file_range", fails_with(errno.EXDEV))
    monkeypatch.setattr(os, name, fails_with(errno.ENOSPC))
    with pytest.raises(OSError, match="No space") as caught:
        write_pieces(some_pieces(source), tmp_path / "target")
    assert caught.value.errno == errno.ENOSPC
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize("kernel", [True, False])
def test_a_source_that_is_cut_meanwhile(
    kernel: bool, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not kernel:
        monkeypatch.delattr(os, "copy_file_range", raising=False)
        monkeypatch.delattr(os, "sendfile", raising=False)
    os.truncate(tmp_path / "source", 4096)
    with pytest.raises(MediaError):
        write_pieces([SourceRange(source, 0, 200_000)], tmp_path / "target")
    assert not (tmp_path / "target").exists()


# --- whole blocks --------------------------------------------------------------------------------


@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(1, 1 << 40))
def test_portions_are_whole_blocks_where_both_files_have_boundaries(
    offset: int, position: int, left: int
) -> None:
    block = kernel_copy.BLOCK_SIZE
    aligned = (offset - position) % block == 0
    calls = []
    while left and len(calls) < 5:
        count = kernel_copy._portion(offset, position, left)
        assert 0 < count <= left
        calls.append((position, count))
        offset, position, left = offset + count, position + count, left - count
    sizes = [count for _, count in calls]
    if aligned:
        # an end, up to a good start, and from there on as much as one call takes
        assert all(size % block == 0 for size in sizes[1:-1])
        assert left == 0 or kernel_copy._CLONE_STEP in sizes[:3]
    long = [at for at, count in calls if count >= kernel_copy._LONG]
    assert all(at % kernel_copy._CACHE_UNIT == 0 for at in long)


# --- targets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["wb", "w+b", "r+b", "ab", "a+b"])
@pytest.mark.parametrize("buffering", [-1, 0])
def test_files_are_written_from_their_position(
    mode: str, buffering: int, source: Source, tmp_path: Path
) -> None:
    path = tmp_path / "target"
    path.write_bytes(b"before")
    with cast("BinaryIO", path.open(mode, buffering=buffering)) as file:
        if mode == "r+b":
            assert file.read(6) == b"before"
        start = file.tell()
        file.write(b"more")  # which is in the buffer still
        assert write_pieces(some_pieces(source), file) == len(EXPECTED)
        assert file.tell() == start + 4 + len(EXPECTED)
        file.write(b"after")
    kept = b"" if "w" in mode else b"before"
    assert path.read_bytes() == kept + b"more" + EXPECTED + b"after"


def test_named_temporary_files(source: Source) -> None:
    with tempfile.NamedTemporaryFile() as file:
        write_pieces(some_pieces(source), file)
        file.write(b"after")
        file.flush()
        assert Path(file.name).read_bytes() == EXPECTED + b"after"


@pytest.mark.parametrize("kind", [io.BytesIO, tempfile.SpooledTemporaryFile])
def test_files_in_memory(kind: Callable[[], Any], source: Source) -> None:
    with kind() as file:
        file.write(b"before")
        progress = Counter()
        write_pieces(some_pieces(source), file, progress=progress)
        file.seek(0)
        assert file.read() == b"before" + EXPECTED
        assert progress.total == len(EXPECTED)


def test_what_compresses_is_not_bypassed(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "target.gz"
    with gzip.open(path, "wb") as file:
        write_pieces(some_pieces(source), file)  # type: ignore[arg-type]
    assert gzip.decompress(path.read_bytes()) == EXPECTED
    with gzip.open(path, "wb") as file, io.BufferedWriter(file) as buffered:
        write_pieces(some_pieces(source), buffered)
    assert gzip.decompress(path.read_bytes()) == EXPECTED


def test_file_objects_that_take_a_part(source: Source) -> None:
    class Slow(io.RawIOBase):
        data = b""

        def write(self, data: Any) -> int:
            taken = bytes(data[:999])
            self.data += taken
            return len(taken)

    file = Slow()
    write_pieces(some_pieces(source), file)  # type: ignore[arg-type]
    assert file.data == EXPECTED


def test_an_object_that_can_only_write(source: Source) -> None:
    class Bucket:
        data = b""

        def write(self, data: bytes) -> None:
            self.data += data

    bucket = Bucket()
    assert write_pieces(some_pieces(source), bucket) == len(EXPECTED)
    assert bucket.data == EXPECTED


@pytest.mark.parametrize("answer", [None, 0])
def test_an_output_that_takes_no_more_is_an_error(answer: int | None, source: Source) -> None:
    class Full(io.RawIOBase):
        def write(self, data: Any) -> int | None:
            return answer  # as a pipe that is full and must not block

    with pytest.raises(BlockingIOError):
        write_pieces(some_pieces(source), Full())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("kernel", [True, False])
def test_pipes(kernel: bool, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    if not kernel:
        monkeypatch.delattr(os, "sendfile", raising=False)
    reader, writer = os.pipe()
    received = []

    def read() -> None:
        with open(reader, "rb") as file:  # noqa: PTH123 - a descriptor
            received.append(file.read())

    thread = threading.Thread(target=read)
    thread.start()
    with open(writer, "wb") as file:  # noqa: PTH123 - a descriptor
        write_pieces(some_pieces(source), file)
    thread.join()
    assert received == [EXPECTED]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="there is no /dev/null")
def test_devices_are_written_as_they_are(source: Source) -> None:
    assert write_pieces(some_pieces(source), "/dev/null") == len(EXPECTED)
    assert not Path("/dev/null").is_file()


# --- sources -------------------------------------------------------------------------------------


def test_sources_of_every_kind(source: Source, tmp_path: Path) -> None:
    remote = io.BytesIO(b"xx" + DATA)
    remote.seek(2)
    joined = JoinedSource([open_source(DATA[:1000]), source, open_source(remote)])
    pieces: list[Piece] = [
        SourceRange(joined, 500, 301_000),
        SourceRange(open_source(DATA), 5, 50),
        SourceRange(ZeroSource(), 0, 3000),
    ]
    everything = DATA[:1000] + DATA + DATA
    expected = everything[500:301_500] + DATA[5:55] + bytes(3000)
    assert b"".join(read_pieces(pieces)) == expected
    write_pieces(pieces, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == expected


def test_a_source_in_the_middle_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(b"skipped" + DATA)
    with path.open("rb") as file:
        file.seek(7)
        source = open_source(file)
        write_pieces(some_pieces(source), tmp_path / "target")
        assert file.tell() == 7
    assert (tmp_path / "target").read_bytes() == EXPECTED


# --- paths ---------------------------------------------------------------------------------------


def test_an_input_is_not_overwritten(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "source"
    (tmp_path / "link").symlink_to(path)
    for target in (path, tmp_path / "link"):
        with pytest.raises(OutputError, match="is the input"):
            write_pieces([b"x"], target, inputs=[source])
    assert path.read_bytes() == DATA


def test_a_target_that_exists(tmp_path: Path) -> None:
    path = tmp_path / "target"
    path.write_bytes(b"old")
    path.chmod(0o640)
    with pytest.raises(OutputError, match="exists"):
        write_pieces([b"new"], path, overwrite=False)
    assert path.read_bytes() == b"old"
    write_pieces([b"new"], path)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_nothing_is_left_where_it_fails(tmp_path: Path) -> None:
    def broken() -> Iterator[Piece]:
        yield b"first"
        raise MediaError("no more")

    path = tmp_path / "target"
    path.write_bytes(b"old")
    with pytest.raises(MediaError):
        write_pieces(broken(), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
