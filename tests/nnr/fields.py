"""Fields of units, as `encode_unit` takes them."""

from __future__ import annotations

from typing import Any


def ndu(**changes: Any) -> dict[str, Any]:
    """Fields of a plain NDU; an element changed to None is left out."""
    fields = {
        "nnr_unit_type": 5,
        "independently_decodable_flag": 1,
        "nnr_compressed_data_unit_payload_type": 0,
        "topology_elem_id": "w",
        "dq_flag": 0,
        "compressed_parameter_types": 0,
        "tensor_dimensions": [4, 3],
        "scan_order": 0,
        **changes,
    }
    return {"header": {name: value for name, value in fields.items() if value is not None}}


def mps(**changes: Any) -> dict[str, Any]:
    return {
        "header": {"nnr_unit_type": 1, "independently_decodable_flag": 1},
        "payload": {
            "topology_carriage_flag": 1,
            "mps_quantization_method_flags": 0,
            "mps_topology_indexed_reference_flag": 0,
            **changes,
        },
    }
