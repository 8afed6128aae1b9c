"""Elements of earlier units on which the syntax of later units depends."""

from __future__ import annotations

from dataclasses import dataclass

from .parsed_unit import ParsedUnit
from .unit import NNRUnitType


@dataclass
class Context:
    """The elements of earlier units on which the syntax of MPS and NDU depends.

    Each is 0 before the first unit that has it, and None where the unit that should have it could
    not be read. An NNR_AGG, whose syntax is not available, changes nothing.

    Attributes:
        general_profile_idc: of the last NNR_STR; 0 is edition 1, 1 is edition 2.
        mps_topology_indexed_reference_flag: of the last NNR_MPS.
        mps_parent_signalling_enabled_flag: of the last NNR_MPS.
    """

    general_profile_idc: int | None = 0
    mps_topology_indexed_reference_flag: int | None = 0
    mps_parent_signalling_enabled_flag: int | None = 0

    def update(self, unit: ParsedUnit) -> None:
        """Note the elements of `unit`; call it with each unit, in bitstream order."""
        if unit.nnr_unit_type == NNRUnitType.NNR_STR:
            self.general_profile_idc = unit.header.get("general_profile_idc")
        elif unit.nnr_unit_type == NNRUnitType.NNR_MPS:
            payload = unit.payload or {}
            self.mps_topology_indexed_reference_flag = payload.get(
                "mps_topology_indexed_reference_flag"
            )
            # Edition 1 does not have this one.
            self.mps_parent_signalling_enabled_flag = payload.get(
                "mps_parent_signalling_enabled_flag", 0 if self.general_profile_idc == 0 else None
            )
