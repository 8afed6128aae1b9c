"""The names of the tensors in NDUs."""

from __future__ import annotations

from .enums import TopologyStorageFormat
from .parsed_unit import ParsedUnit
from .unit import NNRUnitType


class ElementNames:
    """Names of the topology elements in NDUs, of those too that are coded by index."""

    def __init__(self) -> None:
        self._references: list[str] = []

    def update(self, unit: ParsedUnit) -> None:
        """Note the names that `unit` has for later units; call it with each unit, in order."""
        if unit.nnr_unit_type == NNRUnitType.NNR_STR:
            self._references = []
        elif (
            unit.nnr_unit_type == NNRUnitType.NNR_TPL
            and unit.header.get("topology_storage_format") == TopologyStorageFormat.REFLIST
        ):
            # One that is incomplete is still the last: the one before it is out of force.
            payload = unit.payload if unit.incomplete is None else None
            self._references = (payload or {}).get("topology_elem_id_list", [])

    def of(self, unit: ParsedUnit) -> tuple[str, ...]:
        """The names of the elements in an NNR_NDU, in order; empty if they are not known.

        An index for which no reference list (REFLIST) before it has a name is shown as it is:
        ``#12``.
        """
        header = unit.header
        if "topology_elem_id" in header:
            return (header["topology_elem_id"],)
        if "topology_elem_id_index" in header:
            return (self._name(header["topology_elem_id_index"]),)
        if unit.nnr_unit_type != NNRUnitType.NNR_NDU:
            return ()
        # A list that ends early names nothing: more elements may have been meant.
        many = header.get("count_topology_elements_minus2", -1) + 2
        if len(names := header.get("topology_elem_id_list", ())) == many:
            return tuple(names)
        if len(indices := header.get("topology_elem_id_index_list", ())) == many:
            return tuple(map(self._name, indices))
        return ()

    def _name(self, index: int) -> str:
        return self._references[index] if index < len(self._references) else f"#{index}"
