"""NDUs made from their elements."""

from __future__ import annotations

from typing import Any

from pymp4_nnr.bitstream.codec import encode_unit
from pymp4_nnr.bitstream.context import Context

from .streams import FOLDER

LENET = FOLDER / "lenet5.nnr"
"""A real network of 10 tensors."""

EDITION_2 = bytes.fromhex("00040201")
"""An NNR_STR with general_profile_idc 1, after which `named_ndu` can stand."""


def named_ndu(name: str, data: bytes, **fields: Any) -> bytes:
    """The NDU of a tensor, with other elements of the header if given."""
    header = {
        "nnr_unit_type": 5,
        "independently_decodable_flag": 1,
        "nnr_compressed_data_unit_payload_type": 1,
        "topology_elem_id": name,
        "dq_flag": 0,
        "compressed_parameter_types": 0,
        "tensor_dimensions": [5],
        **fields,
    }
    return encode_unit({"header": header, "data": data}, Context(1))
