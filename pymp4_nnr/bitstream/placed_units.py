"""Units of a bitstream that lie between its samples, without an object for each."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence


class PlacedUnits(Sequence[tuple[int, bytes]]):
    """Units in their order, each as (number of samples before it, bytes of the unit).

    Args:
        offset: where in the file they are stored, one after the other.
        gap: bytes in front of each that are not the unit.
    """

    def __init__(self, offset: int = 0, gap: int = 0) -> None:
        self._offset = offset
        self._gap = gap
        self._data = bytearray()
        self._starts = array("Q", (0,))
        self.positions = array("Q")

    def append(self, position: int, unit: bytes) -> None:
        """Add a unit behind so many samples."""
        self.positions.append(position)
        self._data += unit
        self._starts.append(len(self._data))

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, index: int) -> tuple[int, bytes]:  # type: ignore[override]
        return self.positions[index], self.unit(range(len(self))[index])

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        return map(self.__getitem__, range(len(self)))

    def unit(self, index: int) -> bytes:
        """The bytes of the unit with this index, from 0 on."""
        return bytes(self._data[self._starts[index] : self._starts[index + 1]])

    def offset(self, index: int) -> int:
        """Byte offset of a unit in the file."""
        return self._offset + self._starts[index] + self._gap * (index + 1)

    @property
    def contents(self) -> tuple[bytes, bytes]:
        """What is the same for the same units in the same places."""
        return self.positions.tobytes(), bytes(self._data)
