"""Units written from elements, read and written again; also cut off anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.bitstream.codec import encode_unit, parse, parse_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.enums import PayloadType, value_name
from pymp4_nnr.bitstream.unit import NNRUnitType
from tests.nnr.fields import mps, ndu
from tests.nnr.strategies import contexts, made_units, parsable_bitstreams, unit_fields, wrap
from tests.nnr.streams import STREAMS


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
