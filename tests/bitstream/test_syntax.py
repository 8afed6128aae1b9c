"""Reading and writing the elements of units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.bitstream.bits import MAX_PREFIX, MAX_TEXT
from pymp4_nnr.bitstream.codec import encode_unit, parse, parse_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.enums import PayloadType, value_name
from pymp4_nnr.bitstream.unit import NNRUnitType
from pymp4_nnr.errors import SyntaxElementError
from tests.nnr.strategies import contexts, made_units, parsable_bitstreams, unit_fields, wrap
from tests.paths import ROOT

STREAMS = sorted(
    [*(ROOT / "fixtures" / "nnr").glob("*.nnr"), *(ROOT.parent / "shared" / "nnr").glob("*.nnc")]
)
EDITION_2 = Context(1, 0, 1)


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


# --- round trips -----------------------------------------------------------------------------


def contains(whole: Any, part: Any) -> bool:
    """Whether all that `part` gives stands in `whole`; None is not given."""
    if isinstance(part, dict):
        return all(
            value is None or (name in whole and contains(whole[name], value))
            for name, value in part.items()
        )
    return bool(whole == part)


@given(st.data())
def test_fields_written_are_the_fields_read(data: st.DataObject) -> None:
    context = data.draw(contexts())
    fields = data.draw(unit_fields(context))
    encoded = encode_unit(fields, context)
    parsed = parse_unit(encoded, context)
    assert parsed.incomplete is None
    assert contains(parsed.header, {k: v for k, v in fields["header"].items() if v != []})
    assert contains(parsed.payload, fields.get("payload") or {})
    assert parsed.data == fields.get("data", b"")
    assert encode_unit(parsed, context) == encoded
    shown = json.loads(json.dumps(parsed.to_json(), allow_nan=False))
    assert shown["payload_size"] == (len(fields["data"]) if "data" in fields else None)


@given(parsable_bitstreams())
def test_bitstream_is_parsed_in_context(units: list[bytes]) -> None:
    context = Context()
    for unit, parsed in zip(units, parse(b"".join(units)), strict=True):
        assert parsed.incomplete is None
        assert encode_unit(parsed, context) == unit
        context.update(parsed)


@given(made_units(), contexts())
def test_what_is_complete_is_rebuilt_from_its_elements(unit: Any, context: Context) -> None:
    parsed = parse_unit(unit.data, context)
    assert encode_unit(parsed, context) == unit.data
    json.dumps(parsed.to_json(), allow_nan=False)
    if parsed.incomplete is None:
        fields = {"header": parsed.header, "payload": parsed.payload, "data": parsed.data}
        assert encode_unit(fields, context) == unit.data


@given(st.binary(max_size=60), contexts())
def test_random_bytes_never_raise(data: bytes, context: Context) -> None:
    parsed = parse_unit(data, context)
    assert encode_unit(parsed, context) == data


@given(st.integers(0, 6), st.binary(max_size=60), contexts())
def test_random_units_never_raise(unit_type: int, rest: bytes, context: Context) -> None:
    unit = wrap(bytes([unit_type << 2]) + rest, long=False)
    parsed = parse_unit(unit, context)
    assert encode_unit(parsed, context) == unit
    if parsed.incomplete is None:
        fields = {"header": parsed.header, "payload": parsed.payload, "data": parsed.data}
        assert encode_unit(fields, context) == unit


@given(st.data())
def test_a_unit_cut_anywhere_is_incomplete(data: st.DataObject) -> None:
    context = data.draw(contexts())
    unit = encode_unit(data.draw(unit_fields(context)), context)
    whole = parse_unit(unit, context)
    for end in range(len(unit)):
        cut = parse_unit(unit[:end], context)
        assert cut.incomplete is not None
        assert cut.payload_size is None
        assert encode_unit(cut, context) == unit[:end]
        for name, value in cut.header.items():
            assert whole.header[name] == value or isinstance(value, list | dict)


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_units_of_real_streams_cut_anywhere(path: Path) -> None:
    context = Context()
    for parsed in parse(path):
        header = parsed.unit.size - (parsed.payload_size or 0)
        data = parsed.unit.read(0, min(header + 4, 600))
        for end in range(len(data)):
            assert parse_unit(data[:end], context).incomplete is not None
        context.update(parsed)


# --- what is read, and when ----------------------------------------------------------------------


class Watched:
    """A unit that notes how far it is read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.end = 0

    def read(self, start: int = 0, stop: int | None = None, /) -> bytes:
        part = self.data[start:stop]
        self.end = max(self.end, start + len(part))
        return part


@pytest.mark.parametrize("name_size", [1, 250, 1000])
def test_data_of_an_ndu_is_not_read(name_size: int) -> None:
    fields = ndu(topology_elem_id="w" * name_size) | {"data": bytes(100_000)}
    unit = Watched(encode_unit(fields))
    parsed = parse_unit(unit)
    assert parsed.payload_size == 100_000
    assert unit.end <= max(256, 2 * (name_size + 20))
    assert parsed.data == bytes(100_000)


def test_text_without_end_does_not_pull_the_data_in() -> None:
    unit = Watched(wrap(b"\x16\x01" + b"w" * 1_000_000, long=True))
    parsed = parse_unit(unit)
    assert parsed.incomplete is not None and "topology_elem_id" in parsed.incomplete
    assert unit.end < 4 * MAX_TEXT


def test_an_endless_code_is_no_value() -> None:
    # tensor_dimensions_flag, no unary length, no parameter types, then a count that never ends
    parsed = parse_unit(wrap(b"\x16\x01w\0\x40" + bytes(200), long=False))
    assert parsed.incomplete is not None and "count_tensor_dimensions" in parsed.incomplete
    assert f"more than {MAX_PREFIX} zeros" in parsed.incomplete


@pytest.mark.parametrize("count", [1 << 20, 1 << 60])
def test_a_huge_count_stops_before_its_list(count: int) -> None:
    code = f"{count + (1 << 7):b}"
    bits = "0" * (len(code) - 8) + code + "1"
    bits += "0" * (-len(bits) % 8)
    names = int(bits, 2).to_bytes(len(bits) // 8) + b"a\0b\0"
    parsed = parse_unit(wrap(b"\x0e\6\0" + names, long=False))
    assert parsed.payload == {"count_topology_elements_minus2": count}
    assert parsed.incomplete is not None and "items" in parsed.incomplete


# --- what stays incomplete -----------------------------------------------------------------------

STOPS: list[tuple[str, bytes, Context]] = [
    ("NNR_AGG", wrap(b"\x1a\1\2\3", long=False), Context()),
    ("NNR_RSVD_9", wrap(b"\x26\1", long=False), Context()),
    ("PRUN", wrap(b"\x0e\5\0\1\2", long=False), Context()),
    ("compressed", wrap(b"\x0e\6\1\1\2", long=False), Context()),
    ("follow", wrap(b"\2\1\0", long=False), Context()),
    ("follow", encode_unit(mps())[:-1] + b"\x80\0", Context()),
    ("byte_alignment", encode_unit(mps())[:-1] + b"\x81", Context()),
    ("nnr_reserved_zero_7bits", wrap(b"\x0a\x81\0\x80", long=False), Context()),
    ("nnr_reserved_zero_1_bits", wrap(b"\x0a\0\x80\x80", long=False), Context()),
    ("reserved", encode_unit(mps()), Context(2)),
    ("NNR_STR is incomplete", encode_unit(mps()), Context(None)),
    ("NNR_MPS is incomplete", encode_unit(ndu()), Context(0, None, 0)),
    ("reserved", bytes([*encode_unit(ndu())[:3], 4 << 3 | 1, *encode_unit(ndu())[4:]]), Context()),
    ("out of band", wrap(b"\x16\0w\0\0", long=False), Context()),
]


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2) + data[2:]


@pytest.mark.parametrize(("reason", "unit", "context"), STOPS)
def test_what_is_not_known_is_kept(reason: str, unit: bytes, context: Context) -> None:
    unit = _sized(unit)
    parsed = parse_unit(unit, context)
    assert parsed.incomplete is not None and reason in parsed.incomplete
    assert parsed.payload_size is None
    assert encode_unit(parsed, context) == unit


def test_opaque_units_are_made_from_fields() -> None:
    for unit_type in (6, 7, 31, 32, 63):
        fields = {
            "header": {"nnr_unit_type": unit_type, "independently_decodable_flag": 0},
            "data": b"abc",
        }
        parsed = parse_unit(encode_unit(fields))
        assert parsed.data == b"abc"
        assert parsed.payload is None


def test_reserved_parent_type_and_mapping() -> None:
    with pytest.raises(SyntaxElementError, match="parent_node_id_type 3"):
        encode_unit(ndu(parent_node_id_type=3, temporal_context_modeling_flag=0), EDITION_2)
    with pytest.raises(SyntaxElementError, match="mapping"):
        encode_unit(ndu(topology_elem_id=None, topology_elem_id_list=["a", "b"]))
    with pytest.raises(SyntaxElementError, match="factor"):
        encode_unit(
            ndu(
                compressed_parameter_types=1,
                decomposition_rank=1,
                g_number_of_rows=1,
                scan_order=1,
            )
        )


def test_parsing_goes_on_after_what_is_not_known() -> None:
    start = {"nnr_unit_type": 0, "independently_decodable_flag": 1, "general_profile_idc": 0}
    units = [encode_unit({"header": start}), _sized(STOPS[0][1]), encode_unit(ndu())]
    assert [unit.incomplete is None for unit in parse(b"".join(units))] == [True, False, True]


def test_context_of_incomplete_units() -> None:
    context = Context(1, 1, 1)
    context.update(parse_unit(wrap(b"\2", long=False)))
    assert context == Context(None, 1, 1)
    context.update(parse_unit(wrap(b"\6", long=False)))
    assert context == Context(None, None, None)


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
        ("header.tensor_dimensions is no list", ndu(tensor_dimensions=3)),
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


@pytest.mark.parametrize(
    ("given_value", "shown"),
    [(0.5, 0.5), (float("inf"), "inf"), ("-inf", "-inf"), ("nan:0x7fa00001", "nan:0x7fa00001")],
)
def test_floats_beyond_json(given_value: Any, shown: Any) -> None:
    fields = mps(
        pruning_ratio=[given_value],
        ppm_nn_accuracy=[0],
        ppm_class_bitmask=[0],
        ppm_nn_class_accuracy=[[]],
    )
    encoded = encode_unit(fields)
    as_json = parse_unit(encoded).to_json()
    assert as_json["payload"]["pruning_ratio"] == [shown]
    assert encode_unit(as_json) == encoded


def test_bytes_as_json() -> None:
    quantization = {
        "header": {
            "nnr_unit_type": NNRUnitType.NNR_QNT,
            "independently_decodable_flag": 1,
            "quantization_storage_format": 0,
            "quantization_compression_format": 0,
        },
        "payload": {"quantization_data": b"\xff\0"},
    }
    encoded = encode_unit(quantization)
    as_json = parse_unit(encoded).to_json()
    assert as_json["payload"] == {"quantization_data": "ff00"}
    assert encode_unit(as_json) == encoded
    named = parse_unit(encode_unit(ndu(topology_elem_id="\udcff")))
    assert named.to_json()["header"]["topology_elem_id"] == "\\xff"


def test_names_of_values() -> None:
    assert value_name(PayloadType, 3) == "PT_BLOCK"
    assert value_name(PayloadType, 9) == "9"
