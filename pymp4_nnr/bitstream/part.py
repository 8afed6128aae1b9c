"""One NNR_NDU as a tensor index describes it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from .ndu_description import Described
from .parsed_unit import Fields, ParsedUnit
from .unit import Unit

_NOTHING: dict[str, int] = {}
"""What most NDUs have: one for all, because there may be very many."""

_SHOWN = 3
"""Names of tensors that `repr` shows."""


@dataclass(frozen=True, slots=True)
class Part:
    """One NNR_NDU, as far as a tensor index describes it.

    Attributes:
        unit_index: 0-based place among all units of the bitstream.
        sample_number: 1-based place among its NNR_NDU units.
        offset: byte offset of the unit in the file that it lies in.
        size: bytes of the unit.
        payload_size: bytes of its data, or None where the header is incomplete.
        tensors: names of the topology elements that it carries, in order; empty if not known.
        dimensions: `tensor_dimensions`: of the tensor, or of the weight of a block; None if they
            are not in the header.
        payload_type: `nnr_compressed_data_unit_payload_type`, or None if not known.
        independently_decodable_flag: of the unit.
        partial_data_counter: of the unit, or None where it has none.
        start: how many NNR_STR units come before it: 1 for what the first one starts.
        update_round: `put_node_depth`: 0 for the base model, 1 for a first incremental update,
            and so on; None where the unit is not part of a tree of updates.
        node: ``device_id``, ``parameter_id``, ``put_node_depth``, those of them that it has.
        parent: ``parent_node_id_type``, ``parent_device_id``, ``parent_node_payload_sha256``,
            ``parent_node_payload_sha512``, ``temporal_context_modeling_flag``, those of them
            that it has.
        incomplete: why the header is incomplete, or None.
        unit: the unit; `unit.data` gives its bytes.
    """

    unit_index: int
    sample_number: int
    offset: int
    size: int
    payload_size: int | None
    tensors: tuple[str, ...]
    dimensions: tuple[int, ...] | None
    payload_type: int | None
    independently_decodable_flag: int
    partial_data_counter: int | None
    start: int
    update_round: int | None
    node: dict[str, int]
    parent: dict[str, int]
    incomplete: str | None
    unit: Unit = field(compare=False)

    @property
    def payload_offset(self) -> int | None:
        """Byte offset of its data in the file, or None where the header is incomplete."""
        if self.payload_size is None:
            return None
        return self.offset + self.size - self.payload_size

    def __repr__(self) -> str:
        names = [repr(name) for name in self.tensors[:_SHOWN]]
        if len(self.tensors) > _SHOWN:
            names.append(f"and {len(self.tensors) - _SHOWN} more")
        tensors = f" of {', '.join(names)}" if names else ""
        dimensions = f", {'x'.join(map(str, self.dimensions))}" if self.dimensions else ""
        place = f"{self.size} bytes at offset {self.offset}"
        return f"<Part{tensors}{dimensions}: sample {self.sample_number}, {place}>"


def describe_part(
    unit: Unit,
    parsed: ParsedUnit,
    *,
    sample_number: int,
    tensors: tuple[str, ...],
    start: int,
) -> Part:
    """Make the `Part` of an NNR_NDU from its header and these attributes."""
    header = parsed.header
    dimensions = header.get("tensor_dimensions")
    if dimensions is not None and len(dimensions) != header["count_tensor_dimensions"]:
        dimensions = None  # the header ends among them
    return Part(
        unit_index=unit.index,
        sample_number=sample_number,
        offset=unit.offset,
        size=unit.size,
        payload_size=parsed.payload_size,
        tensors=tensors,
        dimensions=None if dimensions is None else tuple(dimensions),
        payload_type=header.get("nnr_compressed_data_unit_payload_type"),
        independently_decodable_flag=header.get("independently_decodable_flag", 0),
        partial_data_counter=header.get("partial_data_counter"),
        start=start,
        update_round=header.get("put_node_depth"),
        node=_some(header, "device_id", "parameter_id", "put_node_depth"),
        parent=_some(
            header,
            "parent_node_id_type",
            "parent_device_id",
            "parent_node_payload_sha256",
            "parent_node_payload_sha512",
            "temporal_context_modeling_flag",
        ),
        incomplete=None if parsed.incomplete is None else sys.intern(parsed.incomplete),
        unit=unit,
    )


def indexed_part(unit: Unit, found: Described, *, sample_number: int, start: int) -> Part:
    """Make the `Part` of an NNR_NDU from what an index says of it and these attributes."""
    form = found.description
    node = dict(form.node) or _NOTHING
    return Part(
        unit_index=unit.index,
        sample_number=sample_number,
        offset=unit.offset,
        size=unit.size,
        payload_size=unit.size - found.header_size,
        tensors=found.tensors,
        dimensions=form.dimensions,
        payload_type=form.payload_type,
        independently_decodable_flag=form.independently_decodable_flag,
        partial_data_counter=form.partial_data_counter,
        start=start,
        update_round=node.get("put_node_depth"),
        node=node,
        parent=dict(form.parent) or _NOTHING,
        incomplete=None,
        unit=unit,
    )


def _some(header: Fields, *names: str) -> dict[str, int]:
    return {name: header[name] for name in names if name in header} or _NOTHING
