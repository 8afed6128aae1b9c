"""The NDUs of a bitstream as a tensor index describes them, without an object for each."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from .indexed_unit import IndexedOrigin, IndexedUnit
from .ndu_description import Described
from .part import Part, PartForm
from .unit import Unit
from .unit_table import UnitTable


class PartTable:
    """The NDUs of one bitstream, in columns.

    Args:
        units: all units of the bitstream, to which more are added before their parts are.

    Attributes:
        unit_indices: 0-based place of each NDU among `units`.
        tensors, starts: as in `Part`.
    """

    def __init__(self, units: UnitTable) -> None:
        self.unit_indices = array("Q")
        self.tensors: list[tuple[str, ...]] = []
        self.starts = array("Q")
        self._units = units
        self._header_sizes = array("I")  # 0: not known
        self._form_of_part = array("I")
        self._forms: list[PartForm] = []
        self._places: dict[PartForm, int] = {}

    def append(
        self, form: PartForm, header_size: int | None, tensors: tuple[str, ...], start: int
    ) -> None:
        """Add the last one of `units`."""
        place = self._places.get(form)
        if place is None:
            place = self._places[form] = len(self._forms)
            self._forms.append(form)
        self._form_of_part.append(place)
        self._header_sizes.append(header_size or 0)
        self.unit_indices.append(len(self._units) - 1)
        self.tensors.append(tensors)
        self.starts.append(start)

    def __len__(self) -> int:
        return len(self.tensors)

    def form(self, index: int) -> PartForm:
        """What the NDU at a 0-based index has in common with others."""
        return self._forms[self._form_of_part[index]]

    def payload_size(self, index: int) -> int | None:
        """As `Part.payload_size`."""
        header_size = self._header_sizes[index]
        return self._units.sizes[self.unit_indices[index]] - header_size if header_size else None

    def unit(self, index: int) -> Unit:
        """The NDU at a 0-based index."""
        place = self.unit_indices[index]
        origin = self._units.origin(place)
        if not isinstance(origin, IndexedOrigin):
            return self._units[place]
        tensors = self.tensors[index]
        described = self.form(index).description(len(tensors))
        expected = Described(described, self._header_sizes[index], tensors)
        offset, size = self._units.offsets[place], self._units.sizes[place]
        return IndexedUnit.described(place, offset, size, expected, origin)

    def part(self, index: int) -> Part:
        """The NDU at a 0-based index."""
        return self.form(index).part(
            self.unit(index),
            self.payload_size(index),
            self.tensors[index],
            sample_number=index + 1,
            start=self.starts[index],
        )


class Parts(Sequence[Part]):
    """Some NDUs of a bitstream, by 0-based index; each is made when it is looked at."""

    def __init__(self, table: PartTable, indices: Sequence[int]) -> None:
        self._table = table
        self._indices = indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> Parts: ...
    def __getitem__(self, index: int | slice) -> Part | Parts:
        if isinstance(index, slice):
            return Parts(self._table, self._indices[index])
        return self._table.part(self._indices[index])

    def __iter__(self) -> Iterator[Part]:
        return map(self._table.part, self._indices)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Parts, list, tuple)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Parts: {len(self)}>"


class NamedParts(Mapping[str, Parts]):
    """The NDUs of each tensor, by its name.

    Args:
        table: all NDUs.
    """

    def __init__(self, table: PartTable) -> None:
        self._table = table
        self._indices: dict[str, int | array[int]] = {}  # most tensors are in one NDU

    def add(self, name: str, index: int) -> None:
        """Note that the NDU at a 0-based index, the last so far, carries a tensor."""
        known = self._indices.setdefault(name, index)
        if isinstance(known, array):
            if known[-1] != index:
                known.append(index)
        elif known != index:
            self._indices[name] = array("I", (known, index))

    def indices(self, name: str) -> Sequence[int]:
        """0-based indices of the NDUs that carry a tensor.

        Raises:
            KeyError: no tensor has this name.
        """
        known = self._indices[name]
        return known if isinstance(known, array) else (known,)

    def __len__(self) -> int:
        return len(self._indices)

    def __iter__(self) -> Iterator[str]:
        return iter(self._indices)

    def __contains__(self, name: object) -> bool:
        return name in self._indices

    def __getitem__(self, name: str) -> Parts:
        return Parts(self._table, self.indices(name))
