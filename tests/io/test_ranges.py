"""Byte ranges against sets of integers, and the pieces that an output is made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.errors import MediaError
from pymp4_nnr.io.output import write_pieces
from pymp4_nnr.io.ranges import (
    ByteRange,
    Piece,
    SourceRange,
    ZeroSource,
    clip,
    merge,
    merged,
    piece_size,
    read_exactly,
    read_pieces,
    subtract,
)
from pymp4_nnr.io.source import JoinedSource, Source, open_source

byte_ranges = st.builds(ByteRange, st.integers(0, 40), st.integers(0, 12))
some_ranges = st.lists(byte_ranges, max_size=12)


def numbers(ranges: Iterable[ByteRange]) -> set[int]:
    """The model: a set of byte offsets."""
    return {number for offset, size in ranges for number in range(offset, offset + size)}


def fewest(bytes_in: set[int]) -> list[ByteRange]:
    """The only list of ranges that is sorted, has no empty range, and none that touch."""
    found: list[ByteRange] = []
    for number in sorted(bytes_in):
        if found and found[-1].offset + found[-1].size == number:
            found[-1] = ByteRange(found[-1].offset, found[-1].size + 1)
        else:
            found.append(ByteRange(number, 1))
    return found


def test_a_range() -> None:
    assert ByteRange(5, 3).end == 8
    assert ByteRange(5, 3) == (5, 3)
    assert repr(ByteRange(offset=5, size=3)) == "ByteRange(offset=5, size=3)"


@given(byte_ranges, byte_ranges.filter(lambda inner: inner.size > 0))
def test_contains(outer: ByteRange, inner: ByteRange) -> None:
    assert outer.contains(inner) == (numbers([inner]) <= numbers([outer]))


@given(some_ranges)
def test_merge(ranges: list[ByteRange]) -> None:
    given_before = list(ranges)
    assert merge(ranges) == fewest(numbers(ranges))
    assert merge(iter(ranges)) == merge(merge(ranges)) == merge(ranges)
    assert ranges == given_before
    assert all(isinstance(item, ByteRange) for item in merge(ranges))


@given(some_ranges, some_ranges)
def test_subtract(ranges: list[ByteRange], others: list[ByteRange]) -> None:
    left = subtract(merge(ranges), merge(others))
    assert left == fewest(numbers(ranges) - numbers(others))
    assert all(isinstance(item, ByteRange) for item in left)


@given(some_ranges, byte_ranges)
def test_clip(ranges: list[ByteRange], bounds: ByteRange) -> None:
    inside = clip(merge(ranges), bounds)
    assert inside == fewest(numbers(ranges) & numbers([bounds]))
    assert all(isinstance(item, ByteRange) for item in inside)


@pytest.mark.parametrize("count", [100_000])
def test_many_ranges_need_one_pass(count: int) -> None:
    """Were each range compared with all others, this would take minutes."""
    even = [ByteRange(4 * index, 2) for index in range(count)]
    odd = [ByteRange(4 * index + 2, 2) for index in range(count)]
    assert merge(itertools.chain(reversed(odd), even)) == [ByteRange(0, 4 * count)]
    assert subtract(even, odd) == even
    assert subtract([ByteRange(0, 4 * count)], odd) == even
    assert sum(len(clip(even, item)) for item in odd) == 0


def test_offsets_beyond_32_bits() -> None:
    far = 1 << 40
    assert merge([ByteRange(far, far), ByteRange(0, far)]) == [ByteRange(0, 2 * far)]
    assert subtract([ByteRange(0, 2 * far)], [ByteRange(far, 1)]) == [
        ByteRange(0, far),
        ByteRange(far + 1, far - 1),
    ]


# --- pieces -----------------------------------------------------------------------------------

DATA = bytes(itertools.islice(itertools.cycle(range(251)), 300_000))


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


def test_neighbours_become_one_range(source: Source) -> None:
    assert list(merged(some_pieces(source))) == [
        b"head",
        SourceRange(source, 100, 20_005),
        b"ab",
        SourceRange(source, 250_000, 50_000),
        SourceRange(source, 4096, 40_960),
        b"tail",
    ]


def test_ranges_of_different_sources_stay_apart(source: Source) -> None:
    with open_source(DATA) as other:
        parts = [SourceRange(source, 0, 10), SourceRange(other, 10, 10)]
        assert list(merged(parts)) == parts


@given(st.lists(st.binary(max_size=3) | st.tuples(st.integers(0, 9), st.integers(0, 3))))
def test_merging_keeps_the_bytes(described: list[Any]) -> None:
    with open_source(bytes(range(12))) as source:
        pieces: list[Piece] = [
            p if isinstance(p, bytes) else SourceRange(source, *p) for p in described
        ]
        fewer = list(merged(pieces))
        assert b"".join(read_pieces(fewer)) == b"".join(read_pieces(pieces))
        assert sum(map(piece_size, fewer)) == sum(map(piece_size, pieces))
        kinds = [isinstance(piece, bytes) for piece in fewer]
        assert (True, True) not in itertools.pairwise(kinds)


def test_a_million_small_pieces_are_joined_in_time() -> None:
    assert sum(map(piece_size, merged(itertools.repeat(b"unit", 1_000_000)))) == 4_000_000


def test_read_pieces_reads_portions_that_fit_memory() -> None:
    size = 5_000_001
    portions = list(read_pieces([SourceRange(ZeroSource(), 1 << 40, size)]))
    assert b"".join(portions) == bytes(size)
    assert max(map(len, portions)) <= 1 << 20


@pytest.mark.parametrize("kind", ["file", "buffer", "joined"])
def test_ranges_that_are_not_all_there(kind: str, source: Source, tmp_path: Path) -> None:
    """Whatever the source: a range that ends behind it is an error, not a shorter output."""
    opened = {
        "file": source,
        "buffer": open_source(DATA),
        "joined": JoinedSource([open_source(DATA[:1000]), open_source(DATA[1000:])]),
    }[kind]
    assert read_exactly(opened, 299_990, 10) == DATA[-10:]
    for offset, size in ((299_990, 11), (300_000, 1), (400_000, 5), (0, 300_001)):
        with pytest.raises(MediaError, match="bytes are needed"):
            read_exactly(opened, offset, size)
        with pytest.raises(MediaError, match="bytes are needed"):
            list(read_pieces([SourceRange(opened, offset, size)]))
        with pytest.raises(MediaError, match="bytes are needed"):
            write_pieces([SourceRange(opened, offset, size)], tmp_path / "target")
    assert not (tmp_path / "target").exists()
