"""How far a unit is read, and what is kept of one that cannot be read to its end."""

from __future__ import annotations

import pytest

from pymp4_nnr.bitstream.bits import MAX_PREFIX, MAX_TEXT, BitReader
from pymp4_nnr.bitstream.codec import encode_unit, parse, parse_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.errors import SyntaxElementError
from tests.nnr.fields import mps, ndu
from tests.nnr.strategies import wrap
from tests.nnr.tensors import named_ndu

EDITION_2 = Context(1, 0, 1)


def test_values_of_codebooks_are_read_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [*range(-30_000, 0), *range(0, 90_000, 3)]
    book = {"codebook_egk": 0, "codebook_size": 60_000, "codebook_centre_offset": 0}
    data = named_ndu("w", b"", codebook_present_flag=1, codebook={**book, "values": values})
    calls = []
    read = BitReader.u

    def counted(bits: BitReader, count: int) -> int:
        calls.append(count)
        return read(bits, count)

    monkeypatch.setattr(BitReader, "u", counted)
    parsed = parse_unit(data, Context(1))
    assert parsed.header["codebook"]["values"] == values
    assert parsed.incomplete is None
    assert len(calls) < 200  # some for each portion of bytes, none for a value


def test_what_is_there_of_a_codebook_that_ends() -> None:
    book = {"codebook_egk": 0, "codebook_size": 5, "codebook_centre_offset": 0}
    values = [3, 4, 5, 6, 1 << 40]
    data = named_ndu("w", b"", codebook_present_flag=1, codebook={**book, "values": values})
    parsed = parse_unit(wrap(data[2:-9], long=False), Context(1))
    assert parsed.header["codebook"]["values"] == [3, 4, 5, 6, None]
    assert parsed.incomplete is not None
    assert parsed.incomplete.startswith("header.codebook.values[4]: ue(0) ")


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
