"""Every element of real and of hand-made streams, against values that other programs gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr.bitstream.codec import encode_unit, parse
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.parsed_unit import ParsedUnit
from pymp4_nnr.bitstream.splitter import split
from pymp4_nnr.errors import BitstreamError
from tests.paths import ROOT

EXPECTED = sorted(
    path
    # Real streams lie beside the repository for those who have them.
    for folder in (ROOT / "fixtures" / "nnr", ROOT.parent / "shared" / "nnr")
    for kind in ("*.hls.json", "*.fields.json")
    for path in folder.glob(kind)
)


def bitstream_of(expected: Path) -> Path:
    stem = expected.name.removesuffix(".json").removesuffix(".hls").removesuffix(".fields")
    return next(path for path in expected.parent.glob(f"{stem}.n*") if path.suffix != ".json")


def elements(unit: ParsedUnit, context: Context) -> dict[str, Any]:
    """All elements of a unit and what else the expected values name, in their form."""
    fields = {**unit.header, **(unit.payload or {})}
    fields |= {"offset": unit.unit.offset, "size": unit.unit.size}
    fields |= {
        name: getattr(context, name)
        for name in (
            "general_profile_idc",
            "mps_topology_indexed_reference_flag",
            "mps_parent_signalling_enabled_flag",
        )
        if name not in fields
    }
    fields["payload_offset"] = unit.unit.offset + unit.unit.size - (unit.payload_size or 0)
    fields["opaque_hex"] = unit.data.hex()
    for name in ("topology_data", "quantization_data"):
        if name in fields:
            fields[f"{name}_hex"] = fields[name].hex()
            fields[name] = fields[name].removesuffix(b"\0").decode("utf-8", "replace")
    # The codec's parser packs each entry point into one number.
    fields["cabac_entry_point_list"] = [
        (point["bit_offset"] << 11) + (point["value"] << 3) + point.get("dq_state", 0)
        for point in fields.get("cabac_entry_points", [])
    ]
    for key, suffix in (("codebook", ""), ("codebook_dc", "dc")):
        if key in fields:
            book = fields[key]
            fields |= {
                f"codebook_egk__{suffix}": book["codebook_egk"],
                f"codebook_size__{suffix}": book["codebook_size"],
                f"CbZeroOffset__{suffix}": (book["codebook_size"] >> 1)
                + book["codebook_centre_offset"],
                f"codebook__{suffix}": book["values"],
            }
    return fields


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name)
def test_every_element_is_as_expected(path: Path) -> None:
    expected = json.loads(path.read_text())
    expected = expected["units"] if isinstance(expected, dict) else expected
    context = Context()
    units = list(parse(bitstream_of(path)))
    assert len(units) == len(expected)
    for unit, wanted in zip(units, expected, strict=True):
        stops = wanted.pop("incomplete", None) is not None or "opaque_hex" in wanted
        assert (unit.incomplete is not None) == stops
        found = elements(unit, context)
        assert {name: found.get(name) for name in wanted} == wanted
        # And no element too many.
        extra = {*unit.header, *(unit.payload or {})} - set(wanted)
        assert extra <= {
            "cabac_entry_points",
            "codebook",
            "codebook_dc",
            "quantization_data",
            "topology_data",
        }
        context.update(unit)


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name)
def test_every_unit_is_rebuilt(path: Path) -> None:
    context = Context()
    for unit, parsed in zip(split(bitstream_of(path)), parse(bitstream_of(path)), strict=True):
        assert encode_unit(parsed, context) == unit.data
        context.update(parsed)


NOT_UTF8 = ROOT / "fixtures" / "nnr" / "broken" / "text_not_utf8.nnr"
BROKEN = sorted(set(NOT_UTF8.parent.glob("*.nnr")) - {NOT_UTF8})


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_what_is_broken_is_an_error_or_incomplete(path: Path) -> None:
    context = Context()
    try:
        for parsed in parse(path):
            assert encode_unit(parsed, context) == parsed.unit.read()
            context.update(parsed)
            if parsed.incomplete is not None:
                return
    except BitstreamError as error:
        assert error.offset is not None
        return
    pytest.fail("everything was read")


def test_a_name_that_is_not_utf8_keeps_its_bytes() -> None:
    context = Context()
    units = list(parse(NOT_UTF8))
    for parsed in units:
        assert encode_unit(parsed, context) == parsed.unit.read()
        context.update(parsed)
    assert units[3].header["topology_elem_id"].encode("utf-8", "surrogateescape")[-2:] > b"\x7f"
