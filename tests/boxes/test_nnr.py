"""The boxes of NNR tracks: `nnr1` and `nnrC`."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from pymp4_nnr import register, split, unregister
from pymp4_nnr.bitstream.codec import parse_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.text import box_text
from pymp4_nnr.errors import BoxBuildError
from tests.nnr.strategies import MadeUnit, bitstreams
from tests.paths import ROOT

FIXTURES = sorted((ROOT / "fixtures" / "nnr").glob("*.nnr"))

START = bytes.fromhex("00040201")
PARAMETERS = bytes.fromhex("0008068100400080")
TOPOLOGY = bytes.fromhex("00060e000000")


def build(units: list[Any], **fields: Any) -> bytes:
    data: bytes = BOX.build({"type": b"nnrC", "units": units, **fields})
    return data


def body(data: bytes) -> bytes:
    """Bytes after size, type, version and flags."""
    return data[12:]


def units_of(path: Path) -> list[bytes]:
    return [unit.data for unit in split(path) if not unit.is_ndu]


# --- building


def test_plain_bytes() -> None:
    data = build([START, bytearray(PARAMETERS), memoryview(TOPOLOGY)])
    assert data[:12] == len(data).to_bytes(4) + b"nnrC\0\0\0\0"
    assert body(data) == START + PARAMETERS + TOPOLOGY
    assert body(build([])) == b""


def test_positions_set_the_flag() -> None:
    data = build([{"sample_position": 0, "data": START}, {"sample_position": 7, "data": TOPOLOGY}])
    assert data[8:12] == b"\0\0\0\1"
    assert body(data) == bytes(4) + START + b"\0\0\0\7" + TOPOLOGY
    box = BOX.parse(data)
    assert [unit.sample_position for unit in box.units] == [0, 7]
    assert BOX.build(box) == data


@pytest.mark.parametrize(
    ("units", "fields"),
    [
        ([START, {"sample_position": 1, "data": TOPOLOGY}], {}),
        ([{"sample_position": 1, "data": START}], {"flags": 0}),
        ([START], {"flags": 1}),
        ([START + b"\0"], {}),
        ([START[:-1]], {}),
        ([b""], {}),
        ([{}], {}),
        ([{"header": {"nnr_unit_type": 0}}], {}),
        ([{"header": {"nnr_unit_type": 6}, "incomplete": "for a reason"}], {}),
        ([{"sample_position": 1 << 32, "data": START}], {}),
    ],
)
def test_what_cannot_be_built(units: list[Any], fields: dict[str, Any]) -> None:
    with pytest.raises(BoxBuildError):
        build(units, **fields)


def test_units_from_their_elements() -> None:
    data = build(
        [
            {
                "header": {
                    "nnr_unit_type": 0,
                    "independently_decodable_flag": 1,
                    "general_profile_idc": 1,
                }
            },
            # Read in the context of the unit before it: edition 2 has more elements here.
            {
                "header": {"nnr_unit_type": 1, "independently_decodable_flag": 1},
                "payload": {
                    "topology_carriage_flag": 1,
                    "mps_quantization_method_flags": 1,
                    "mps_topology_indexed_reference_flag": 0,
                    "metric_type_performance_map_valid_flag": 0,
                    "mps_parent_signalling_enabled_flag": 0,
                    "mps_qp_density": 2,
                    "mps_quantization_parameter": 0,
                },
            },
            TOPOLOGY,
        ]
    )
    assert body(data) == START + PARAMETERS + TOPOLOGY


def test_data_wins_over_elements() -> None:
    box = BOX.parse(build([START, PARAMETERS]))
    box.units[1].payload.mps_qp_density = 7
    assert body(BOX.build(box)) == START + PARAMETERS
    del box.units[1]["data"]
    changed = body(BOX.build(box))
    assert len(changed) == len(START + PARAMETERS)
    assert parse_unit(changed[4:], Context(1)).payload["mps_qp_density"] == 7
    box.units[1]["data"] = TOPOLOGY
    assert body(BOX.build(box)) == START + TOPOLOGY


# --- parsing


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_elements_of_each_unit(path: Path) -> None:
    units = units_of(path)
    data = build(list(units))
    box = BOX.parse(data)
    assert [unit.data for unit in box.units] == units
    context = Context()
    for unit, raw in zip(box.units, units, strict=True):
        parsed = parse_unit(raw, context)
        context.update(parsed)
        assert unit.header == parsed.header
        assert unit.payload == parsed.payload
        assert unit.incomplete == parsed.incomplete
        assert unit.nnr_unit_size == len(raw)
        assert data[unit.offset :].startswith(raw)
    assert BOX.build(box) == data
    # Built from the elements alone it is the same.
    for unit in box.units:
        if unit.incomplete is None:
            del unit["data"]
    assert BOX.build(box) == data


def test_elements_may_be_looked_at_in_any_order_and_way() -> None:
    data = build([START, PARAMETERS, TOPOLOGY])
    assert BOX.parse(data).units[1].get("payload").mps_qp_density == 2
    assert BOX.parse(data).units[1].pop("payload")["mps_qp_density"] == 2
    assert BOX.parse(data).units[1].pop("nothing", None) is None
    unit = BOX.parse(data).units[1]
    assert dict(unit)["payload"] == unit.payload
    assert copy.deepcopy(unit) == unit == BOX.parse(data).units[1]
    assert list(unit)[-1] == "data"
    assert BOX.parse(data) == BOX.parse(data)
    with pytest.raises(AttributeError):
        _ = unit.nothing
    with pytest.raises(KeyError):
        unit.pop("nothing")


def test_printed() -> None:
    text = box_text(BOX.parse(build([START, bytes.fromhex("00051a0102")])))
    lines = [line.strip() for line in text.splitlines()]
    assert "general_profile_idc = 1" in lines
    assert any(line.startswith("incomplete = the syntax of NNR_AGG") for line in lines)
    assert "payload = None" in lines


def test_a_name_that_is_no_utf8_is_printed() -> None:
    names = b"\x80" + b"a\xff\0" + b"\x1bb\0"
    unit = bytes([0, 5 + len(names) + 1, 0x0E, 6, 0]) + b"\x81" + names[1:] + b""
    box = BOX.parse(build([unit[:1] + bytes([len(unit)]) + unit[2:]]))
    box_text(box).encode()


@given(bitstreams())
def test_any_units(made: list[MadeUnit]) -> None:
    data = build([{"sample_position": i, "data": unit.data} for i, unit in enumerate(made)])
    box = BOX.parse(data)
    assert "raw" not in box
    assert [unit.data for unit in box.units] == [unit.data for unit in made]
    assert all("header" in unit and unit.header is not None for unit in box.units)
    assert BOX.build(box) == data


def test_a_newer_version_is_kept() -> None:
    data = build([START]).replace(b"nnrC\0", b"nnrC\1")
    box = BOX.parse(data)
    assert box.raw == data[8:]
    assert "version 1" in box.note
    assert BOX.build(box) == data


def test_unknown_flags_are_kept() -> None:
    data = build([{"sample_position": 3, "data": START}], flags=0x800003)
    assert data[9:12] == b"\x80\0\3"
    assert BOX.build(BOX.parse(data)) == data


@pytest.mark.parametrize(
    "units",
    [START + b"\0", START[:-1], b"\0\0\0\0", START + b"\x80", PARAMETERS[:5], b"\xff" * 9],
    ids=lambda raw: raw.hex(),
)
@pytest.mark.parametrize("flags", [0, 1])
def test_broken_units_are_kept_as_raw_bytes(units: bytes, flags: int) -> None:
    content = bytes([0, 0, 0, flags]) + units
    data = (8 + len(content)).to_bytes(4) + b"nnrC" + content
    box = BOX.parse(data)
    assert box.raw == content
    assert box.note.startswith("kept as raw bytes")
    assert BOX.build(box) == data


# --- the sample entry, and pymp4's own Box


def stsd() -> dict[str, Any]:
    other = {"type": b"btrt", "data": bytes(12)}
    config = {"type": b"nnrC", "units": [START, PARAMETERS]}
    return {"type": b"stsd", "entries": [{"format": b"nnr1", "children": [config, other]}]}


@pytest.fixture(
    params=[{}, {"extended": True}, {"repair": False}], ids=["repair", "extended", "no-repair"]
)
def registered(request: pytest.FixtureRequest) -> Iterator[Any]:
    from pymp4.parser import Box

    register(**request.param)
    yield Box
    unregister()


def test_nnr1_in_stsd(registered: Any) -> None:
    box = stsd()
    if type(registered).__name__ != "Registered":  # pymp4's own stsd asks for all fields
        box |= {"version": 0, "flags": 0}
        box["entries"][0] |= {"data_reference_index": 1}
        box["entries"][0]["children"].pop()
    data = registered.build(box)
    assert data[16:24] == (len(data) - 16).to_bytes(4) + b"nnr1"
    parsed = registered.parse(data)
    [entry] = parsed.entries
    assert entry.format == b"nnr1"
    units = entry.children[0].units
    assert units[0].header.general_profile_idc == 1
    assert units[1].payload.mps_qp_density == 2
    assert registered.build(parsed) == data
    lines = str(parsed).splitlines()
    assert any(line.endswith("    mps_qp_density = 2") for line in lines)


def test_nnrc_by_itself(registered: Any) -> None:
    data = registered.build({"type": b"nnrC", "units": [START, PARAMETERS]})
    assert data == build([START, PARAMETERS])
    box = registered.parse_stream(io.BytesIO(data))
    assert box.units[1].incomplete is None
    assert registered.build(box) == data
    broken = data[:-1]
    broken = len(broken).to_bytes(4) + broken[4:]
    assert registered.build(registered.parse(broken)) == broken
