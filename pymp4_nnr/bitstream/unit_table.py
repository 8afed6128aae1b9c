"""The units of a bitstream, without an object for each."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, TypeAlias

from .unit import Unit

_Head: TypeAlias = tuple[int, int, int | None]
"""nnr_unit_type, independently_decodable_flag, and partial_data_counter or None."""


class UnitTable(Sequence[Unit]):
    """Units in the order of their bitstream, from its first; each is made when it is looked at.

    Attributes:
        offsets, sizes: of the units, in bytes.
    """

    def __init__(self) -> None:
        self.offsets = array("Q")
        self.sizes = array("I")
        self._heads: dict[_Head, int] = {}
        self._known: list[_Head] = []
        self._head_of_unit = array("H")
        self._origins: list[Any] = []
        self._origin_starts = array("Q")

    def append(self, unit: Unit) -> None:
        """Add the next unit."""
        head = unit.nnr_unit_type, unit.independently_decodable_flag, unit.partial_data_counter
        place = self._heads.get(head)
        if place is None:
            place = self._heads[head] = len(self._known)
            self._known.append(head)
        origin = unit._origin
        if not self._origins or self._origins[-1] is not origin:
            self._origins.append(origin)
            self._origin_starts.append(len(self))
        self._head_of_unit.append(place)
        self.offsets.append(unit.offset)
        self.sizes.append(unit.size)

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, index: int) -> Unit:  # type: ignore[override]
        """The unit with this 0-based index; there are no slices."""
        place = range(len(self))[index]
        head = self._known[self._head_of_unit[place]]
        return Unit(place, self.offsets[place], self.sizes[place], *head, self.origin(place))

    def type(self, index: int) -> int:
        """`nnr_unit_type` of a unit."""
        return self._known[self._head_of_unit[index]][0]

    def origin(self, index: int) -> Any:
        """What a unit has in common with others, from which its bytes are read."""
        return self._origins[bisect_right(self._origin_starts, index) - 1]
