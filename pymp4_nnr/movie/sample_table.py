"""Where the samples of a track lie, read from its sample tables (ISO/IEC 14496-12, 8.6 and 8.7).

Everything is kept in flat arrays, without an object for each sample.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat
from typing import Any

from ..boxes.node import Node
from ..errors import (
    ChunkOrderError,
    MissingBoxError,
    SampleCountError,
    SampleOutsideFileError,
    SampleOverlapError,
)
from ..io.ranges import ByteRange
from ..nnr_error import RAISED
from .unit_groups import UnitGroup, without_samples


class SampleTable:
    """Offsets, sizes and sample descriptions of the samples of a track, in decoding order.

    Args:
        most: samples that there may be.
        max_size: bytes that samples may have together; None: any.

    Attributes:
        total: bytes of all samples.
        offsets: byte offsets in the file (64 bits each).
        sizes: sizes in bytes (32 bits each).
        descriptions: runs of (number of samples, 1-based sample_description_index).
        runs: 0-based index of the first sample of each run of samples that lie next to each other.
        groups: the units that travel in sample groups, of an NNR track.
    """

    def __init__(self, most: int = 1 << 63, max_size: int | None = None) -> None:
        self._most = most, max_size
        self.total = 0
        self.offsets = array("Q")
        self.sizes = array("I")
        self.descriptions: list[tuple[int, int]] = []
        self.runs = array("I")
        self.groups: list[UnitGroup] = []

    def __len__(self) -> int:
        return len(self.sizes)

    def __repr__(self) -> str:
        return f"<SampleTable of {len(self)} samples, {sum(self.sizes)} bytes>"

    def add(self, offset: int, sizes: Sequence[int], description: int) -> None:
        """Append samples that lie next to each other from byte `offset` on.

        Raises:
            SampleOutsideFileError: an offset passes 64 bits.
            SampleCountError: there are more samples than there may be.
            SampleOverlapError: they have more bytes than they may have.
        """
        if not len(sizes):
            return
        first = len(self.sizes)
        most, most_bytes = self._most
        if first + len(sizes) > most:
            raise SampleCountError(
                f"there are more samples than the {most} that the file can hold; {RAISED}"
            )
        self.total += total_size(sizes)
        if most_bytes is not None and self.total > most_bytes:
            raise SampleOverlapError(
                f"samples overlap: they have {self.total} bytes or more together, "
                f"{most_bytes} are allowed; {RAISED}",
                offset=offset,
            )
        if not first or offset != self.offsets[-1] + self.sizes[-1]:
            self.runs.append(first)
        try:
            self.offsets.extend(accumulate(sizes, initial=offset))
        except OverflowError:
            raise SampleOutsideFileError("samples lie outside any file", offset=offset) from None
        self.offsets.pop()
        self.sizes.extend(sizes)
        if self.descriptions and self.descriptions[-1][1] == description:
            self.descriptions[-1] = (self.descriptions[-1][0] + len(sizes), description)
        else:
            self.descriptions.append((len(sizes), description))

    def without(self, removed: Sequence[int]) -> SampleTable:
        """The same table without the samples with these 0-based indices."""
        gone = set(removed)
        kinds = [kind for count, kind in self.descriptions for _ in range(count)]
        left = SampleTable(*self._most)
        for index, kind in enumerate(kinds):
            if index not in gone:
                left.add(self.offsets[index], self.sizes[index : index + 1], kind)
        left.groups.extend(without_samples(self.groups, sorted(gone)))
        return left

    def range(self, index: int) -> ByteRange:
        """The bytes of the sample with this 0-based index."""
        return ByteRange(self.offsets[index], self.sizes[index])

    def ranges(self, first: int, last: int) -> Iterator[ByteRange]:
        """The bytes of the samples with 0-based indices `first` to `last` - 1.

        Samples that lie next to each other come as one range.
        """
        run = bisect_right(self.runs, first)
        while first < last:
            behind = min(self.runs[run], last) if run < len(self.runs) else last
            offset = self.offsets[first]
            end = self.offsets[behind - 1] + self.sizes[behind - 1]
            yield ByteRange(offset, end - offset)
            first = behind
            run += 1


class EqualSizes(Sequence[int]):
    """As many times the same size, without memory for each."""

    def __init__(self, size: int, count: int) -> None:
        self._size = size
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return EqualSizes(self._size, len(range(self._count)[index]))
        range(self._count)[index]  # or IndexError
        return self._size

    def __iter__(self) -> Iterator[int]:
        return repeat(self._size, self._count)

    @property
    def total(self) -> int:
        """The sum of all."""
        return self._size * self._count


def total_size(sizes: Sequence[int]) -> int:
    """The sum of sizes, in bytes."""
    return sizes.total if isinstance(sizes, EqualSizes) else sum(sizes)


def extend_ranges(extents: list[ByteRange], offset: int, size: int) -> None:
    """Append a range; one that lies right behind the last makes that longer."""
    if extents and extents[-1].end == offset:
        extents[-1] = ByteRange(extents[-1].offset, extents[-1].size + size)
    elif size:
        extents.append(ByteRange(offset, size))


def chunk_samples(stbl: Node, most_bytes: int) -> Iterator[tuple[int, Sequence[int], int]]:
    """Yield the samples of each chunk: offset, sizes and 1-based sample_description_index.

    Args:
        stbl: the sample table box.
        most_bytes: that the samples can have together, which bounds what tables can claim.

    Raises:
        SampleTableError: a table is missing or broken, or they contradict each other.
    """
    sizes = _sizes(stbl, most_bytes)
    offsets = _chunk_offsets(stbl)
    at = 0
    for chunk, per_chunk, description in _chunks(stbl, len(offsets)):
        if per_chunk > len(sizes) - at:
            raise SampleCountError(
                f"the chunks hold more samples than the {len(sizes)} of the size table",
                box_path=f"{stbl.path}/stsc",
            )
        yield offsets[chunk], sizes[at : at + per_chunk], description
        at += per_chunk
    if at != len(sizes):
        raise SampleCountError(
            f"the chunks hold {at} samples, the size table {len(sizes)}",
            box_path=f"{stbl.path}/stsc",
        )


def _sizes(stbl: Node, most_bytes: int) -> Sequence[int]:
    box = stbl.find(b"stsz")
    if box is None:
        box = stbl.find(b"stz2")
        if box is None:
            raise MissingBoxError("there is neither stsz nor stz2", box_path=stbl.path)
        return array("I", box.integers("entries", "entry_size"))
    size = box.integer("sample_size")
    if size == 0:
        return box.integers("entry_sizes")
    count = box.integer("sample_count")
    if count * size > most_bytes:
        raise SampleCountError(
            f"{count} samples of {size} bytes do not fit the file; {RAISED}", box_path=box.path
        )
    return EqualSizes(size, count)


def _chunk_offsets(stbl: Node) -> Sequence[int]:
    box = stbl.find(b"stco") or stbl.find(b"co64")
    if box is None:
        raise MissingBoxError("there is neither stco nor co64", box_path=stbl.path)
    return box.integers("entries", "chunk_offset")


def _chunks(stbl: Node, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield (0-based chunk, samples in it, sample_description_index) for every chunk."""
    box = stbl.need(b"stsc")
    firsts, per_chunk, descriptions = (
        box.integers("entries", name)
        for name in ("first_chunk", "samples_per_chunk", "sample_description_index")
    )
    if not count:  # whatever the entries say
        return
    if not firsts or firsts[0] != 1:
        raise ChunkOrderError("the first entry is not for chunk 1", box_path=box.path)
    for index, first in enumerate(firsts):
        last = firsts[index + 1] - 1 if index + 1 < len(firsts) else count
        if last < first and index + 1 < len(firsts):
            raise ChunkOrderError("first_chunk does not increase", box_path=box.path)
        for chunk in range(first - 1, min(last, count)):
            yield chunk, per_chunk[index], descriptions[index]
