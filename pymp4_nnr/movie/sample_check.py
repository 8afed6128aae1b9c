"""Samples compared with their own headers: each is one NNR unit of its size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator

from ..errors import SampleSizeError
from ..io.byte_source import BufferSource, Source
from ..io.many_files import ManyFilesSource
from ..io.ranges import Piece, SourceRange, read_exactly
from .sample_table import SampleTable
from .unit_groups import split_units

_SIZE_FIELD = 4
"""Bytes of the longest size field of a unit."""


class SampleCheck:
    """Compares samples that are written with `nnr_unit_size` in each.

    Where reading costs little, they are looked at before anything is written; else while their
    bytes pass by, so that nothing is read twice.

    Args:
        source: the file.
        samples: of the track.
        carriers: 0-based indices of the samples that are several units, of which none is an NDU.
    """

    def __init__(self, source: Source, samples: SampleTable, carriers: Collection[int]) -> None:
        self._source = source
        self._samples = samples
        self._carriers = carriers
        is_local = all(
            isinstance(part, (BufferSource, ManyFilesSource)) or part.descriptor() is not None
            for part in source.parts()
        )
        self._passing = None if is_local else _PassingSource(source, samples, self.check)

    def pieces(self, first: int, last: int) -> Iterator[Piece]:
        """The bytes of the samples with 0-based indices `first` to `last` - 1.

        Raises:
            SampleSizeError: a sample is not one NNR unit of its size. Where the file is not local,
                reading the pieces raises it.
        """
        if self._passing is not None:
            for sample in range(first, last):
                if not self._samples.sizes[sample]:  # of which no byte will pass by
                    self.check(sample, None)
            self._passing.expect(first, last)
        else:
            self._look(first, last)
        source = self._passing or self._source
        for offset, size in self._samples.ranges(first, last):
            yield SourceRange(source, offset, size)

    def _look(self, first: int, last: int) -> None:
        offsets, sizes = self._samples.offsets, self._samples.sizes
        window, start, data = self._source.window, 0, b""
        for sample in range(first, last):
            offset, size = offsets[sample], sizes[sample]
            at = offset - start
            if at < 0 or at + _SIZE_FIELD > len(data):
                start, data = window(offset, min(size, _SIZE_FIELD))
                at = offset - start
            told = _unit_size(data[at : at + min(size, _SIZE_FIELD)])
            if told != size:
                self.check(sample, told)

    def check(self, sample: int, told: int | None) -> None:
        """Check a sample whose size is not the one in its header.

        Args:
            sample: its 0-based index.
            told: `nnr_unit_size`, or None where it is cut off.

        Raises:
            SampleSizeError: it is not a sequence of other units either.
        """
        place = self._samples.range(sample)
        if sample in self._carriers:
            for _ in split_units(read_exactly(self._source, *place), place.offset):
                pass
            return
        said = "is cut off" if told is None else f"is {told}"
        raise SampleSizeError(
            f"nnr_unit_size {said}, sample {sample + 1} has {place.size} bytes",
            offset=place.offset,
        )


def _unit_size(head: bytes) -> int | None:
    """`nnr_unit_size` in the first bytes of a unit; None where it is cut off."""
    if len(head) < 2:
        return None
    if head[0] & 0x80:
        return int.from_bytes(head) & 0x7FFFFFFF if len(head) == _SIZE_FIELD else None
    return head[0] << 8 | head[1]


class _PassingSource(Source):
    """A source of which samples are looked at when their bytes are read, one after the other.

    Args:
        source: the file.
        samples: in it.
        check: called with the index of a sample and the size in its header, if they differ.
    """

    def __init__(
        self, source: Source, samples: SampleTable, check: Callable[[int, int | None], None]
    ) -> None:
        self.size = source.size
        self.is_remote = source.is_remote
        self._source = source
        self._samples = samples
        self._check = check
        self._expected: deque[range] = deque()
        self._begun = b""  # of the sample that is expected next

    def expect(self, first: int, last: int) -> None:
        """Have the samples with 0-based indices `first` to `last` - 1 be read next."""
        if first < last:
            self._expected.append(range(first, last))

    def read(self, offset: int, size: int) -> bytes:
        data = self._source.read(offset, size)
        self._see(offset, data)
        return data

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        for data in self._source.stream(offset, size):
            self._see(offset, data)
            yield data
            offset += len(data)

    def _see(self, offset: int, data: bytes) -> None:
        while self._expected:
            sample = self._expected[0].start
            start, size = self._samples.range(sample)
            at = start + len(self._begun) - offset
            if not 0 <= at < len(data) and size:
                return
            wanted = min(size, _SIZE_FIELD)
            self._begun += data[at : at + wanted - len(self._begun)]
            if len(self._begun) < wanted:
                return
            told, self._begun = _unit_size(self._begun), b""
            if told != size:
                self._check(sample, told)
            rest = self._expected.popleft()[1:]
            if rest:
                self._expected.appendleft(rest)
