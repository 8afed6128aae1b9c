"""One NNR_NDU as a tensor index describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

from .ndu_description import NODE, PARENT, Description
from .parsed_unit import ParsedUnit
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


class PartForm(NamedTuple):
    """What is the same in the headers of many NDUs, as in `Part`.

    Attributes:
        node, parent: (name, value) of the elements that `Part` has.
    """

    dimensions: tuple[int, ...] | None
    payload_type: int | None
    independently_decodable_flag: int
    partial_data_counter: int | None
    node: tuple[tuple[str, int], ...]
    parent: tuple[tuple[str, int], ...]
    incomplete: str | None

    @classmethod
    def parsed(cls, parsed: ParsedUnit) -> Self:
        """That of a header that was parsed."""
        header = parsed.header
        dimensions = header.get("tensor_dimensions")
        if dimensions is not None and len(dimensions) != header["count_tensor_dimensions"]:
            dimensions = None  # the header ends among them
        return cls(
            None if dimensions is None else tuple(dimensions),
            header.get("nnr_compressed_data_unit_payload_type"),
            header.get("independently_decodable_flag", 0),
            header.get("partial_data_counter"),
            tuple((name, header[name]) for name in NODE if name in header),
            tuple((name, header[name]) for name in PARENT if name in header),
            parsed.incomplete,
        )

    @classmethod
    def described(cls, form: Description) -> Self:
        """That of a header that an index describes."""
        return cls(
            form.dimensions,
            form.payload_type,
            form.independently_decodable_flag,
            form.partial_data_counter,
            form.node,
            form.parent,
            None,
        )

    def description(self, tensor_count: int) -> Description:
        """What an index says of it; of a form that `described` gave."""
        assert self.dimensions is not None and self.payload_type is not None
        return Description(
            self.independently_decodable_flag,
            self.partial_data_counter,
            self.payload_type,
            self.dimensions,
            tensor_count,
            self.node,
            self.parent,
        )

    def part(
        self,
        unit: Unit,
        payload_size: int | None,
        tensors: tuple[str, ...],
        *,
        sample_number: int,
        start: int,
    ) -> Part:
        """The NNR_NDU of this form with these attributes."""
        node = dict(self.node) or _NOTHING
        return Part(
            unit_index=unit.index,
            sample_number=sample_number,
            offset=unit.offset,
            size=unit.size,
            payload_size=payload_size,
            tensors=tensors,
            dimensions=self.dimensions,
            payload_type=self.payload_type,
            independently_decodable_flag=self.independently_decodable_flag,
            partial_data_counter=self.partial_data_counter,
            start=start,
            update_round=node.get("put_node_depth"),
            node=node,
            parent=dict(self.parent) or _NOTHING,
            incomplete=self.incomplete,
            unit=unit,
        )
