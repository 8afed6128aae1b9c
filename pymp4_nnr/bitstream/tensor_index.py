"""Which units carry which tensor."""

from __future__ import annotations

import difflib
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable

from ..errors import TensorNotFoundError
from ..escape import few
from .decodable import Dependencies
from .ndu_description import Described
from .parsed_unit import ParsedUnit
from .part import Part, PartForm
from .part_table import NamedParts, Parts, PartTable
from .tensor_names import ElementNames
from .unit import NNRUnitType, Unit
from .unit_table import UnitTable

MOST_COMPARED = 20_000
"""Names that are compared with a wrong one letter by letter, which takes a second for so many."""

_LONGEST_COMPARED = 200
"""Letters of names that are compared: the time grows with their square."""


class TensorIndex:
    """Index of the tensors of one bitstream or track.

    Attributes:
        tensors: for each tensor name, in the order of the bitstream, the NDUs that carry it or a
            part of it, in the order of the bitstream. Every element of a block has its name here.
            An index for which no reference list (REFLIST) before it has a name is the name:
            ``#12``.
        units: all units.

    Rounds of incremental updates are told apart by `put_node_depth`, not by counting NNR_STR
    units: an encoder writes each round as a bitstream of its own, whose units hold the number of
    the round. `Part.start` counts the NNR_STR units, for bitstreams one after another.
    """

    def __init__(self) -> None:
        self.units = UnitTable()
        self._parts = PartTable(self.units)
        self.tensors = NamedParts(self._parts)
        self._dependencies = Dependencies(self.units, self._parts)
        self._names = ElementNames()
        self._starts = 0

    @property
    def parts(self) -> Parts:
        """All NDUs, in the order of the bitstream: `parts[n]` is sample n + 1."""
        return Parts(self._parts, range(len(self._parts)))

    @property
    def unnamed(self) -> int:
        """How many NDUs carry no tensor whose name is known."""
        return self._parts.tensors.count(())

    def __repr__(self) -> str:
        return f"<TensorIndex of {len(self.tensors)} tensors in {len(self.parts)} NDUs>"

    def add(self, unit: Unit, parsed: ParsedUnit | Described) -> None:
        """Add the next unit of the bitstream; of an NNR_NDU only what `parsed` holds is used."""
        self.units.append(unit)
        if isinstance(parsed, Described):
            form = PartForm.described(parsed.description)
            self._add_part(form, parsed.header_size, parsed.tensors)
            return
        self._names.update(parsed)
        if parsed.nnr_unit_type != NNRUnitType.NNR_NDU:
            self._dependencies.add_configuration(
                unit.index, parsed.nnr_unit_type, partial="partial_data_counter" in parsed.header
            )
            if parsed.nnr_unit_type == NNRUnitType.NNR_STR:
                self._starts += 1
            return
        payload_size = parsed.payload_size
        header_size = unit.size - payload_size if payload_size is not None else None
        self._add_part(PartForm.parsed(parsed), header_size, self._names.of(parsed))

    def _add_part(self, form: PartForm, header_size: int | None, tensors: tuple[str, ...]) -> None:
        index = len(self._parts)
        self._parts.append(form, header_size, tensors, self._starts)
        self._dependencies.add_part(index)
        for name in tensors:
            self.tensors.add(name, index)

    def unit(self, unit_index: int) -> Unit:
        """The unit with this 0-based index, as it was added."""
        indices = self._parts.unit_indices
        place = bisect_left(indices, unit_index)
        if place < len(indices) and indices[place] == unit_index:
            return self._parts.unit(place)
        return self.units[unit_index]

    def find(self, *, tensors: Iterable[str] = (), samples: Iterable[int] = ()) -> Parts:
        """Return the NDUs that carry any of these tensors or are any of these samples, in order.

        Args:
            tensors: names, as in `TensorIndex.tensors`.
            samples: 1-based numbers.

        Raises:
            TensorNotFoundError: there is no such tensor or sample.
        """
        chosen: set[int] = set()
        for name in tensors:
            if name not in self.tensors:
                raise TensorNotFoundError(unknown_tensor(name, self.tensors))
            chosen.update(self.tensors.indices(name))
        for number in samples:
            if not 1 <= number <= len(self._parts):
                raise TensorNotFoundError(f"no sample {number}: there are {len(self._parts)}")
            chosen.add(number - 1)
        return Parts(self._parts, array("I", sorted(chosen)))

    def decodable(self, parts: Iterable[Part]) -> list[int]:
        """Return the unit indices, in order, of a bitstream that can decode these NDUs.

        They are

        - the NDUs themselves; for one that is not independently decodable, all back to the last
          that is; the other parts of a tensor that is divided by partial data counters;
        - the parents of incremental updates, and theirs, as far as they lie in this bitstream;
        - the configuration in force at each of these: from the NNR_STR before it on, the last
          NNR_MPS and NNR_LPS and every unit of another type, since those (topologies,
          quantizations, aggregates, types of later editions) may add up.

        Raises:
            OSError, NNRError: an NDU cannot be read. Data is read only where a parent is
                identified by the hash of its data.
        """
        return self._dependencies.decodable(part.sample_number - 1 for part in parts)


def unknown_tensor(name: str, names: Collection[str]) -> str:
    """What is wrong with a name that is none of these, with those that are like it."""
    folded: dict[str, str] = {}
    if not isinstance(name, str):
        return f"no tensor is named {name!r}: names are text"
    for known in names:
        folded.setdefault(known.casefold(), known)
    close: list[str] = []
    if len(folded) <= MOST_COMPARED:
        short = [key for key in folded if len(key) <= _LONGEST_COMPARED]
        wanted = name.casefold()[:_LONGEST_COMPARED]
        close = difflib.get_close_matches(wanted, short, n=5, cutoff=0.5)
    close += [key for key in folded if name.casefold() in key and key not in close]
    if close:
        alike = "; close to it: " + few(repr(folded[key]) for key in close[:5])
    else:
        alike = f"; there are {len(names)}" if names else ": no tensor has a name here"
    return f"no tensor is named {name!r}{alike}"


def index_tensors(units: Iterable[tuple[Unit, ParsedUnit]]) -> TensorIndex:
    """Index the tensors of a bitstream or track.

    Args:
        units: each unit with what was parsed of it, in bitstream order. Only headers are used;
            the units' bytes are read later, and only to find a parent by its hash.
    """
    index = TensorIndex()
    for unit, parsed in units:
        index.add(unit, parsed)
    return index
