"""What an index of tensors says of an NNR_NDU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

NODE = ("device_id", "parameter_id", "put_node_depth")
"""Elements of a header that identify the NDU in a tree of updates."""

PARENT = (
    "parent_node_id_type",
    "parent_device_id",
    "parent_node_payload_sha256",
    "parent_node_payload_sha512",
    "temporal_context_modeling_flag",
)
"""Elements of a header that identify what it updates."""


@dataclass(frozen=True, slots=True)
class Description:
    """The elements of the header of an NNR_NDU that an index keeps, but for names.

    Attributes:
        independently_decodable_flag, partial_data_counter, payload_type, dimensions: as in `Part`;
            dimensions are known.
        tensor_count: how many topology elements it names.
        node, parent: (name, value) of those elements of `Part.node` and `Part.parent` it has.
    """

    independently_decodable_flag: int
    partial_data_counter: int | None
    payload_type: int
    dimensions: tuple[int, ...]
    tensor_count: int
    node: tuple[tuple[str, int], ...] = ()
    parent: tuple[tuple[str, int], ...] = ()


class Described(NamedTuple):
    """An NNR_NDU as an index describes it.

    Attributes:
        description: elements of its header.
        header_size: bytes of the unit before its data.
        tensors: names of the topology elements that it carries, in order.
    """

    description: Description
    header_size: int
    tensors: tuple[str, ...]
