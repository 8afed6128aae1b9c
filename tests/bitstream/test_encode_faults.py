"""Elements that cannot be written, and the forms of the size."""

from __future__ import annotations

from typing import Any

import pytest

from pymp4_nnr.bitstream.bits import MAX_PREFIX, MAX_TEXT
from pymp4_nnr.bitstream.codec import encode_unit, parse_unit
from pymp4_nnr.errors import SyntaxElementError
from tests.nnr.fields import mps, ndu

# --- faults in fields ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "fields"),
    [
        ("header.nnr_unit_type is missing", {}),
        ("header.dq_flag is missing", ndu(dq_flag=None)),
        ("header.dq_flag", ndu(dq_flag=2)),
        ("header.dq_flag", ndu(dq_flag="yes")),
        ("header.topology_elem_id", ndu(topology_elem_id="a\0b")),
        ("header.topology_elem_id", ndu(topology_elem_id="\ud800")),
        ("header.topology_elem_id", ndu(topology_elem_id="w" * (MAX_TEXT + 1))),
        ("header.topology_elem_id", ndu(topology_elem_id=7)),
        ("header.tensor_dimensions", ndu(count_tensor_dimensions=3)),
        ("header.tensor_dimensions is not a list", ndu(tensor_dimensions=3)),
        ("header.tensor_dimensions[1]", ndu(tensor_dimensions=[1, -1])),
        ("header.tensor_dimensions[0]", ndu(tensor_dimensions=[1 << (MAX_PREFIX + 8), 1])),
        ("header.tensor_dimension has no place", ndu(tensor_dimension=[1])),
        ("header.codebook has no place", ndu(codebook={})),
        ("header.device_id has no place", ndu(device_id=1)),
        (
            "header.cabac_entry_points",
            ndu(scan_order=1, tensor_dimensions=[9, 1], cabac_entry_points=[]),
        ),
        (
            "header.cabac_entry_points[0].dq_state has no place",
            ndu(
                scan_order=1,
                tensor_dimensions=[9, 1],
                cabac_entry_points=[{"value": 1, "bit_offset": 1, "dq_state": 1}],
            ),
        ),
        (
            "header.codebook.values[1]",
            ndu(
                nnr_compressed_data_unit_payload_type=1,
                codebook={"codebook_egk": 0, "codebook_centre_offset": -1, "values": [3, 3]},
            ),
        ),
        (
            "header.codebook.codebook_centre_offset",
            ndu(
                nnr_compressed_data_unit_payload_type=1,
                codebook={"codebook_egk": 0, "codebook_centre_offset": 5, "values": [3]},
            ),
        ),
        ("header.codebook", ndu(nnr_compressed_data_unit_payload_type=1, codebook=[1])),
        ("header.nnr_unit_size", ndu(nnr_unit_size=5)),
        ("payload.mps_quantization_parameter", mps(mps_quantization_method_flags=1,
            mps_qp_density=0, mps_quantization_parameter=4096)),
        ("payload.non_zero_ratio[1]", mps(sparsification_threshold=[1.0, 2.0],
            non_zero_ratio=[0.5], spm_nn_accuracy=[1, 1], spm_class_bitmask=[0, 0],
            spm_nn_class_accuracy=[[], []])),
        ("payload.spm_class_bitmask has 3", mps(sparsification_threshold=[1.0],
            non_zero_ratio=[0.5], spm_nn_accuracy=[1], spm_class_bitmask=[0, 0, 0],
            spm_nn_class_accuracy=[[]])),
        ("payload.pruning_ratio[0]", mps(pruning_ratio=[1e39])),
        ("payload.pruning_ratio[0]", mps(pruning_ratio=["much"])),
        ("payload.nnr_reserved_zero_7bits", mps(nnr_reserved_zero_7bits=1)),
        ("payload.base_model_id has no place", mps(base_model_id="edition 2")),
        ("payloads has no place", mps() | {"payloads": {}}),
        ("data has no place", mps() | {"data": b"1"}),
        ("data", ndu() | {"data": "no hex"}),
    ],
)  # fmt: skip
def test_a_fault_in_the_fields_names_the_element(element: str, fields: dict[str, Any]) -> None:
    with pytest.raises(SyntaxElementError) as error:
        encode_unit(fields)
    assert element in str(error.value)


def test_size_forms() -> None:
    short = len(encode_unit(ndu()))
    for data_size, size, form in (
        (32767 - short, 32767, 0),
        (32768 - short, 32770, 1),
    ):
        encoded = encode_unit(ndu() | {"data": bytes(data_size)})
        assert len(encoded) == size
        assert parse_unit(encoded).header["nnr_unit_size_flag"] == form
    assert len(encode_unit(ndu(nnr_unit_size_flag=1))) == short + 2
    with pytest.raises(SyntaxElementError, match="nnr_unit_size"):
        encode_unit(ndu(nnr_unit_size_flag=0) | {"data": bytes(32768)})
