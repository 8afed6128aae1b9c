"""The samples of a network that `open` opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..io.incoming import HeldSource
from ..io.ranges import ByteRange, read_exactly
from ..io.source import Source


@dataclass(frozen=True, slots=True)
class Sample:
    """One NNR_NDU.

    Attributes:
        number: 1-based.
        byte_range: where it lies in the file.
    """

    number: int
    byte_range: ByteRange
    _source: Source

    @property
    def data(self) -> bytes:
        """Its bytes, which are read now.

        Raises:
            MediaError: the file has been closed or shortened.
            OSError: they cannot be read.
        """
        return read_exactly(self._source, *self.byte_range)

    def __reduce__(self) -> Any:
        """It is pickled with its bytes."""
        held = HeldSource(self.byte_range.offset, self.data)
        return Sample, (self.number, self.byte_range, held)

    def __repr__(self) -> str:
        return f"<Sample {self.number}: {self.byte_range.size} bytes>"


class Samples(Sequence[Sample]):
    """The samples of a network, by 0-based index."""

    def __init__(self, source: Source, offsets: Sequence[int], sizes: Sequence[int]) -> None:
        self._source = source
        self._offsets = offsets
        self._sizes = sizes

    @property
    def total(self) -> int:
        """Bytes of all."""
        return sum(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        """The sample with this 0-based index, negative from the end; there are no slices.

        Raises:
            IndexError: there is none.
        """
        number = range(1, len(self) + 1)[index]
        place = ByteRange(self._offsets[number - 1], self._sizes[number - 1])
        return Sample(number, place, self._source)

    def __repr__(self) -> str:
        return f"<Samples: {len(self)}, {self.total} bytes>"
