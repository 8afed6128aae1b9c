"""Where the samples of a track lie, from sample tables (`stbl`) and from movie fragments (`moof`).

Both are read into flat arrays, without an object per sample.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat
from typing import Any, NamedTuple, TypeAlias

from ..errors import SampleTableError

Extents: TypeAlias = "list[tuple[int, int]]"
"""(offset, size) of bytes that samples take, in decoding order; neighbours as one."""


class Samples:
    """Offsets, sizes and sample descriptions of the samples of a track, in decoding order.

    Attributes:
        offsets: byte offsets in the file (64 bits each).
        sizes: sizes in bytes (32 bits each).
        descriptions: runs of (number of samples, 1-based sample_description_index).
        runs: 0-based index of the first sample of each run of samples that lie next to each other.
    """

    def __init__(self) -> None:
        self.offsets = array("Q")
        self.sizes = array("I")
        self.descriptions: list[tuple[int, int]] = []
        self.runs = array("I")

    def __len__(self) -> int:
        return len(self.sizes)

    def add(self, offset: int, sizes: Sequence[int], description: int) -> int:
        """Append samples that lie next to each other from `offset`; return where they end."""
        if not sizes:
            return offset
        first = len(self.sizes)
        if not first or offset != self.offsets[-1] + self.sizes[-1]:
            self.runs.append(first)
        try:
            self.offsets.extend(accumulate(sizes, initial=offset))
        except OverflowError:
            raise SampleTableError("samples lie outside any file", offset=offset) from None
        end = self.offsets.pop()
        self.sizes.extend(sizes)
        if self.descriptions and self.descriptions[-1][1] == description:
            self.descriptions[-1] = (self.descriptions[-1][0] + len(sizes), description)
        else:
            self.descriptions.append((len(sizes), description))
        return end

    def ranges(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """(offset, size) of the bytes of the samples with 0-based indices `first` to `last` - 1.

        Samples that lie next to each other come as one.
        """
        run = bisect_right(self.runs, first)
        while first < last:
            behind = min(self.runs[run], last) if run < len(self.runs) else last
            offset = self.offsets[first]
            yield offset, self.offsets[behind - 1] + self.sizes[behind - 1] - offset
            first = behind
            run += 1


class BareSamples(Samples):
    """The same without a number for each sample: where the bytes are, and nothing else.

    Attributes:
        extents: the bytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.extents: Extents = []

    def add(self, offset: int, sizes: Sequence[int], description: int) -> int:
        """Append samples that lie next to each other from `offset`; return where they end."""
        size = sum(sizes)
        if self.extents and sum(self.extents[-1]) == offset:
            self.extents[-1] = (self.extents[-1][0], self.extents[-1][1] + size)
        elif size:
            self.extents.append((offset, size))
        return offset + size


class EqualSizes(Sequence[int]):
    """As many times the same size, of which only what is asked for takes memory."""

    def __init__(self, size: int, count: int) -> None:
        self._size = size
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return array("I", [self._size]) * len(range(self._count)[index])
        range(self._count)[index]  # or IndexError
        return self._size

    def __iter__(self) -> Iterator[int]:
        return repeat(self._size, self._count)


def children(box: Any, code: bytes) -> list[Any]:
    """Direct child boxes of a type."""
    return [child for child in getattr(box, "children", ()) if child.get("type") == code]


def intact(box: Any, code: bytes, path: str) -> list[Any]:
    """Direct child boxes of a type, none of which is broken.

    Raises:
        SampleTableError: one was kept as raw bytes because it is broken.
    """
    found = children(box, code)
    for one in found:
        if one.get("raw") is not None:
            raise SampleTableError(
                f"the box is broken ({one.note})",
                box_path=f"{path}/{code.decode('latin-1')}",
                offset=one.get("offset"),
            )
    return found


def child(box: Any, code: bytes, path: str, *, needed: bool = True) -> Any:
    """The one direct child box of a type, or None where it is not needed.

    Raises:
        SampleTableError: it is missing, or was kept as raw bytes because it is broken.
    """
    for found in intact(box, code, path):
        return found
    if needed:
        raise SampleTableError("the box is missing", box_path=f"{path}/{code.decode('latin-1')}")
    return None


def column(rows: Any, name: str) -> Sequence[int]:
    """One field of all rows of a table."""
    if hasattr(rows, "column"):
        found: Sequence[int] = rows.column(name)
        return found
    return [row[name] for row in rows]


def table_samples(stbl: Any, path: str, file_size: int, samples: Samples) -> None:
    """Append what the sample tables tell of a track (ISO/IEC 14496-12, 8.6 and 8.7).

    Args:
        stbl: the parsed box.
        path: its path, for errors.
        file_size: bytes of the file, which bound what tables can claim.
        samples: what to append to.

    Raises:
        SampleTableError: a table is missing or broken, or they contradict each other.
    """
    sizes = _sizes(stbl, path, file_size)
    offsets = _chunk_offsets(stbl, path)
    at = 0
    for chunk, per_chunk, description in _chunks(stbl, path, len(offsets)):
        count = min(per_chunk, len(sizes) - at)
        if count < per_chunk:
            raise SampleTableError(
                f"the chunks hold more samples than the {len(sizes)} of the size table",
                box_path=f"{path}/stsc",
            )
        samples.add(offsets[chunk], sizes[at : at + count], description)
        at += count
    if at != len(sizes):
        raise SampleTableError(
            f"the chunks hold {at} samples, the size table {len(sizes)}", box_path=f"{path}/stsc"
        )


def _sizes(stbl: Any, path: str, file_size: int) -> Sequence[int]:
    box = child(stbl, b"stsz", path, needed=False)
    if box is None:
        box = child(stbl, b"stz2", path, needed=False)
        if box is None:
            raise SampleTableError("there is neither stsz nor stz2", box_path=path)
        return array("I", column(box.entries, "entry_size"))
    if box.sample_size == 0:
        sizes: Sequence[int] = box.entry_sizes
        return sizes
    if box.sample_count * box.sample_size > file_size:
        raise SampleTableError(
            f"{box.sample_count} samples of {box.sample_size} bytes do not fit the file",
            box_path=f"{path}/stsz",
        )
    return EqualSizes(box.sample_size, box.sample_count)


def _chunk_offsets(stbl: Any, path: str) -> Sequence[int]:
    box = child(stbl, b"stco", path, needed=False) or child(stbl, b"co64", path)
    return column(box.entries, "chunk_offset")


def _chunks(stbl: Any, path: str, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield (0-based chunk, samples in it, sample_description_index) for every chunk."""
    entries = child(stbl, b"stsc", path).entries
    firsts, per_chunk, descriptions = (
        column(entries, name)
        for name in ("first_chunk", "samples_per_chunk", "sample_description_index")
    )
    if count and (not firsts or firsts[0] != 1):
        raise SampleTableError("the first entry is not for chunk 1", box_path=f"{path}/stsc")
    for index, first in enumerate(firsts):
        last = firsts[index + 1] - 1 if index + 1 < len(firsts) else count
        if last < first and index + 1 < len(firsts):
            raise SampleTableError("first_chunk does not increase", box_path=f"{path}/stsc")
        for chunk in range(first - 1, min(last, count)):
            yield chunk, per_chunk[index], descriptions[index]


def data_entries(trak: Any) -> Iterator[Any]:
    """The data references of a track (8.7.2).

    Raises:
        SampleTableError: they are broken.
    """
    for mdia in children(trak, b"mdia"):
        for minf in children(mdia, b"minf"):
            for dinf in children(minf, b"dinf"):
                for dref in intact(dinf, b"dref", "moov/trak/mdia/minf/dinf"):
                    yield from dref.get("data_entries") or ()


def is_self_contained(entry: Any) -> bool:
    """Whether a data reference says that offsets are those of the same file (8.7.2)."""
    if entry["type"].strip() in _RELATIVE:
        return False
    flags = entry.get("flags")
    return bool(flags.get("self_contained") if isinstance(flags, dict) else (flags or 0) & 1)


_RELATIVE = frozenset((b"imdt", b"snim"))
"""Data references to an `imda` box, in which offsets begin with its body (8.7.2)."""


# --- movie fragments ------------------------------------------------------------------------


class Run(NamedTuple):
    """Samples of a movie fragment that lie next to each other: one `trun`.

    Attributes:
        traf: the parsed box that they belong to.
        track_id: its track.
        base: where the offsets in `traf` count from.
        start: byte offset of the first sample in the (joined) file.
        sizes: of the samples, in bytes.
        description: their 1-based sample_description_index.
    """

    traf: Any
    track_id: int
    base: int
    start: int
    sizes: Sequence[int]
    description: int


def fragment_runs(
    moof: Any, extends: dict[int, Any], file_start: int, file_size: int
) -> Iterator[Run]:
    """Yield what a movie fragment holds, of all tracks (ISO/IEC 14496-12, 8.8).

    Every default of `trex`, `tfhd` and `trun` counts, and all three kinds of base offset.

    Args:
        moof: the parsed box; its `offset` is its place in the (joined) file.
        extends: `trex` boxes by track_ID.
        file_start: where the file that holds the fragment starts in the joined file; explicit
            base data offsets count from there.
        file_size: bytes of the (joined) file, which bound what `trun` can claim.

    Raises:
        SampleTableError: a box is missing or broken, or no size is given for a sample.
    """
    end = None
    for index, traf in enumerate(intact(moof, b"traf", "moof")):
        path = f"moof/traf[{index}]"
        tfhd = child(traf, b"tfhd", path)
        trex = extends.get(tfhd.track_ID)
        flags = tfhd.flags
        if flags.base_data_offset_present:
            base = file_start + tfhd.base_data_offset
        elif flags.default_base_is_moof or end is None:
            base = moof.offset
        else:
            base = end
        description = tfhd.sample_description_index
        if description is None:
            description = trex.default_sample_description_index if trex is not None else 1
        size = tfhd.default_sample_size
        if size is None and trex is not None:
            size = trex.default_sample_size
        end = base
        for trun in intact(traf, b"trun", path):
            start = end if trun.data_offset is None else base + trun.data_offset
            sizes: Sequence[int]
            if trun.flags.sample_size_present:
                sizes = column(trun.sample_info, "sample_size")
            elif size is None:
                raise SampleTableError("no sample size is given", box_path=f"{path}/trun")
            elif trun.sample_count * max(size, 1) > file_size:
                raise SampleTableError(
                    f"{trun.sample_count} samples of {size} bytes do not fit the file",
                    box_path=f"{path}/trun",
                )
            else:
                sizes = EqualSizes(size, trun.sample_count)
            if start < 0:
                raise SampleTableError("samples lie before the file", box_path=f"{path}/trun")
            yield Run(traf, tfhd.track_ID, base, start, sizes, description)
            end = start + sum(sizes)
