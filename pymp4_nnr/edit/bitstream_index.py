"""An NNR bitstream taken apart for a track: samples, and configuration units with their place."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress, count

from ..bitstream.placed_units import PlacedUnits
from ..bitstream.tensor_table import Columns, TensorTableWriter
from ..bitstream.unit import NNRUnitType, Unit
from ..bitstream.unit_walk import walk
from ..errors import NotBitstreamError, TooLargeError
from ..io.byte_source import BufferSource
from ..io.progress import Progress, watched
from ..io.ranges import SourceRange, read_exactly
from ..io.source import Source

MAX_CONFIGURATION_SIZE = 0xFFFFFFFF - 12
"""Bytes of units (and their positions) that `nnrC` can hold: its size field has 32 bits."""


_ANY_UNIT = b"\0\3\0"


class BitstreamIndex:
    """Where the NNR_NDUs of a bitstream lie, and all its other units.

    Attributes:
        source: the bitstream.
        sizes: `nnr_unit_size` of each NDU, in order: the sample sizes.
        ends: bytes of samples up to and with each of them.
        dependent: whether some NDU has `independently_decodable_flag` = 0.
        sync_samples: 1-based numbers of the samples with `independently_decodable_flag` = 1, if
            `dependent` (else empty: all are).
        configuration: (`sample_position`, unit) of every unit that is not an NDU, in order.

        tensors: the index of tensors to store, if that was asked for and there is one.

    Args:
        source: the bitstream.
        tensors: whether to make an index of its tensors.
        progress: if it is a `StepProgress`, told how far the bitstream has been read.

    Raises:
        BitstreamError: the source is not an NNR bitstream.
        LimitError: `nnrC` would pass 32 bits.
    """

    def __init__(
        self, source: Source, *, tensors: bool = False, progress: Progress | None = None
    ) -> None:
        if source.read(4, 4) == b"ftyp":
            raise NotBitstreamError("this is an MP4 file, not an NNR bitstream", offset=0)
        self.source = source
        self.sizes = array("I")
        self.configuration = PlacedUnits()
        self._runs: list[tuple[int, int]] = []  # offset and size of NDUs in a row
        independent = bytearray()
        start = end = 0
        configuration_size = 0
        ndu = int(NNRUnitType.NNR_NDU)
        described = _Tensors(source) if tensors else None
        for offset, size, unit_type, flag, _ in walk(watched(source, progress)):
            if unit_type == ndu:
                if offset != end:
                    if end > start:
                        self._runs.append((start, end - start))
                    start = offset
                end = offset + size
                self.sizes.append(size)
                independent.append(flag)
                if described is not None:
                    described.add_ndu(offset, size)
            else:
                configuration_size += size + 4
                if configuration_size > MAX_CONFIGURATION_SIZE:
                    raise TooLargeError(
                        "the units that are not NDUs pass the 4 GiB that nnrC can hold",
                        unit_index=len(self.sizes) + len(self.configuration),
                        offset=offset,
                    )
                data = read_exactly(source, offset, size)
                self.configuration.append(len(self.sizes), data)
                if described is not None:
                    described.add_configuration(unit_type, data)
        if end > start:
            self._runs.append((start, end - start))
        self.ends = array("Q", accumulate(self.sizes))
        self.tensors = described.columns(self.sizes) if described is not None else None
        self.dependent = not all(independent)
        self._independent = independent
        self.sync_samples = array("I", compress(count(1), independent) if self.dependent else ())

    @classmethod
    def of_configuration(cls, units: Sequence[bytes]) -> BitstreamIndex:
        """The index of a bitstream that begins with these units, of which no NDU is known yet."""
        index = cls(BufferSource(b"".join(units) or _ANY_UNIT))
        if not units:
            index.configuration = PlacedUnits()
        return index

    @property
    def positions_needed(self) -> bool:
        """Whether some unit comes after an NDU, so that `sample_position` must be stored."""
        return any(self.configuration.positions[-1:])

    def independent(self, first: int, last: int) -> bytes:
        """`independently_decodable_flag` of the samples with 0-based indices `first` to `last` - 1.

        Empty where it is 1 for all samples of the bitstream.
        """
        return bytes(self._independent[first:last]) if self.dependent else b""

    @property
    def first_offset(self) -> int:
        """Byte offset of the first NDU in the bitstream; 0 if there is none."""
        return self._runs[0][0] if self._runs else 0

    def start(self, sample: int) -> int:
        """Bytes of the samples before the one with this 0-based index."""
        return self.ends[sample - 1] if sample else 0

    def fitting(self, first: int, size: int) -> int:
        """0-based index of the first sample from `first` on that does not fit `size` bytes."""
        return bisect_right(self.ends, self.start(first) + size, lo=first)

    def ranges(self, first: int, last: int) -> Iterator[SourceRange]:
        """The samples with 0-based indices `first` to `last` - 1, as ranges of the bitstream."""
        skip = self.start(first)
        left = self.start(last) - skip
        for offset, size in self._runs:
            if skip >= size:
                skip -= size
                continue
            count = min(size - skip, left)
            if count <= 0:
                return
            yield SourceRange(self.source, offset + skip, count)
            left -= count
            skip = 0


_GIVE_UP_AFTER = 1000
"""NDUs at the start of a bitstream of which one must have a header that can be described."""


class _Tensors:
    """Describes the NDUs of a bitstream while it is walked over."""

    def __init__(self, source: Source) -> None:
        # with the parser of the syntax, which who makes no index does not need
        from ..bitstream.ndu_headers import HEAD_SIZE, HeaderReader

        self._head_size = HEAD_SIZE
        self._source = source
        self._headers = HeaderReader()
        self._writer = TensorTableWriter()
        self._described = False
        self._tries = 0

    def add_configuration(self, unit_type: int, data: bytes) -> None:
        if not self._given_up:
            self._headers.configuration(unit_type, data)

    def add_ndu(self, offset: int, size: int) -> None:
        if self._given_up:
            return
        self._tries += 1
        head = read_exactly(self._source, offset, min(size, self._head_size))
        unit = Unit(0, offset, size, NNRUnitType.NNR_NDU, 0, None, self._source)
        described = self._headers.ndu(unit, head)
        self._described = self._described or described is not None
        self._writer.add(described, size)

    @property
    def _given_up(self) -> bool:
        """Whether the other units are not tried: none could be described, or it takes too much."""
        undescribed = self._tries >= _GIVE_UP_AFTER and not self._described
        return undescribed or self._writer.is_too_large

    def columns(self, sizes: Sequence[int]) -> Columns | None:
        """What is stored; None where there is nothing to store."""
        return None if self._given_up else self._writer.columns(sizes)
