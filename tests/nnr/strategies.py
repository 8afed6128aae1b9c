"""Hypothesis strategies: NNR units, bitstreams, and the elements of every unit type."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pymp4_nnr.bitstream.codec import encode_unit, parse_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.unit import NNRUnitType

STR, MPS, LPS, TPL, QNT, NDU, AGG = range(7)
PT_INT, PT_FLOAT, PT_RAW_FLOAT, PT_BLOCK = range(4)

Fields = dict[str, Any]


# --- units as the splitter sees them -------------------------------------------------------------


@dataclass(frozen=True)
class MadeUnit:
    """A unit and what the splitter must find of it."""

    data: bytes
    nnr_unit_type: int
    independently_decodable_flag: int
    partial_data_counter: int | None


def wrap(body: bytes, *, long: bool) -> bytes:
    """Put `nnr_unit_size()` before the rest of a unit."""
    if long:
        return (1 << 31 | len(body) + 4).to_bytes(4) + body
    return (len(body) + 2).to_bytes(2) + body


@st.composite
def made_units(draw: st.DrawFn, unit_types: st.SearchStrategy[int] | None = None) -> MadeUnit:
    """A unit of any type, in either form of the size, with any bytes after the common header."""
    unit_type = draw(unit_types or st.one_of(st.just(NDU), st.integers(0, 6), st.integers(0, 63)))
    flag = draw(st.integers(0, 1))
    counter = draw(st.none() | st.integers(0, 255))
    body = bytes([unit_type << 2 | flag << 1 | (counter is not None)])
    if counter is not None:
        body += bytes([counter])
    body += draw(st.binary(max_size=40))
    return MadeUnit(wrap(body, long=draw(st.booleans())), unit_type, flag, counter)


@st.composite
def bitstreams(draw: st.DrawFn, *, min_units: int = 1, max_units: int = 12) -> list[MadeUnit]:
    """Units of any type in any order; joined, their `data` is a bitstream."""
    return draw(st.lists(made_units(), min_size=min_units, max_size=max_units))


# --- elements ------------------------------------------------------------------------------------

flags = st.integers(0, 1)
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)
raw_texts = st.binary(max_size=8).map(
    lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape")
)
names = texts | raw_texts
counts = st.integers(0, 300) | st.integers(0, 1 << 40)


def _float32(raw: bytes) -> float | str:
    value: float = struct.unpack("<f", raw)[0]
    return value if value == value else f"nan:0x{int.from_bytes(raw, 'little'):08x}"


float32s = st.one_of(
    st.floats(width=32, allow_nan=False),
    st.binary(min_size=4, max_size=4).map(_float32),
    st.sampled_from([0x7FA00001, 0xFFC00000, 0x7FC00000]).map(lambda bits: f"nan:0x{bits:08x}"),
)


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    """What earlier units may say."""
    profile = draw(st.integers(0, 1))
    return Context(profile, draw(flags), draw(flags) if profile else 0)


@st.composite
def common_headers(draw: st.DrawFn, unit_type: int) -> Fields:
    header: Fields = {
        "nnr_unit_type": unit_type,
        "independently_decodable_flag": draw(flags),
    }
    if draw(st.booleans()):
        header["partial_data_counter"] = draw(st.integers(0, 255))
    if draw(st.booleans()):
        header["nnr_unit_size_flag"] = 1
    return header


@st.composite
def _rows(
    draw: st.DrawFn,
    scalars: dict[str, st.SearchStrategy[Any]],
    lists: dict[str, st.SearchStrategy[Any]],
    count: str,
) -> Fields:
    """One list per element, with an item for each row of a performance map."""
    rows = draw(st.integers(0, 3))
    fields: Fields = {count: rows + 1 if rows else draw(st.integers(0, 1))}
    for name, values in {**scalars, **lists}.items():
        if rows:
            fields[name] = draw(st.lists(values, min_size=rows, max_size=rows))
    return fields


_accuracies = st.lists(float32s, max_size=3)


def maps(kind: str) -> st.SearchStrategy[Fields]:
    """A performance map: spm, ppm, upm or dpm."""
    classes: dict[str, st.SearchStrategy[Any]] = {f"{kind}_nn_class_accuracy": _accuracies}
    mask: dict[str, st.SearchStrategy[Any]] = {
        f"{kind}_nn_accuracy": float32s,
        f"{kind}_class_bitmask": counts,
    }
    if kind == "spm":
        scalars = {"sparsification_threshold": float32s, "non_zero_ratio": float32s, **mask}
        return _rows(scalars, classes, "spm_count_thresholds")
    if kind == "ppm":
        return _rows({"pruning_ratio": float32s, **mask}, classes, "ppm_count_pruning_ratios")
    if kind == "upm":
        small = st.lists(st.integers(0, 255), max_size=3)
        lists = {
            "reshaped_tensor_dimensions": st.lists(counts, max_size=3),
            "super_block_dimensions": small,
            "block_dimensions": small,
            **classes,
        }
        return _rows({"unification_threshold": float32s, **mask}, lists, "upm_count_thresholds")
    del mask["dpm_class_bitmask"]
    scalars = {"mse_threshold": float32s, "nn_reduction_ratio": float32s, **mask}
    return _rows(scalars, classes, "dpm_count_thresholds")


@st.composite
def _parameter_set(draw: st.DrawFn, prefix: str, kinds: dict[str, str]) -> Fields:
    """What MPS and LPS share: quantization and performance maps."""
    methods = draw(st.integers(0, 7))
    fields: Fields = {f"{prefix}_quantization_method_flags": methods}
    if methods & 3:
        fields[f"{prefix}_qp_density"] = draw(st.integers(0, 7))
        fields[f"{prefix}_quantization_parameter"] = draw(st.integers(-4096, 4095))
    for flag, kind in kinds.items():
        fields[flag] = draw(flags)
        if fields[flag]:
            fields |= draw(maps(kind))
    return fields


@st.composite
def mps_payloads(draw: st.DrawFn, context: Context) -> Fields:
    kinds = {
        "mps_sparsification_flag": "spm",
        "mps_pruning_flag": "ppm",
        "mps_unification_flag": "upm",
        "mps_decomposition_performance_map_flag": "dpm",
    }
    fields = draw(_parameter_set("mps", kinds))
    fields["topology_carriage_flag"] = draw(flags)
    fields["mps_topology_indexed_reference_flag"] = draw(flags)
    if context.general_profile_idc == 1:
        performance = draw(st.none() | float32s)
        metric = draw(flags)
        parents = draw(flags)
        fields |= {
            "base_model_id": draw(st.none() | names),
            "validation_set_performance": performance,
            "metric_type_performance_map_valid_flag": metric,
            "mps_parent_signalling_enabled_flag": parents,
        }
        if parents:
            fields["nnr_pre_flag"] = draw(flags)
        if performance is not None or metric:
            fields["performance_metric_type"] = draw(names)
    return fields


@st.composite
def codebooks(draw: st.DrawFn) -> Fields:
    values = sorted(
        draw(st.sets(st.integers(-300, 300) | st.integers(-(1 << 40), 1 << 40), min_size=1))
    )
    zero = draw(st.integers(0, len(values) - 1))
    return {
        "codebook_egk": draw(st.integers(0, 15)),
        "codebook_centre_offset": zero - (len(values) >> 1),
        "values": values,
    }


@st.composite
def ndu_headers(draw: st.DrawFn, context: Context) -> Fields:
    """The elements of a compressed data unit header that does not stop short."""
    fields: Fields = {}
    payload_type = draw(st.integers(0, 3))
    block = payload_type == PT_BLOCK
    fields["nnr_compressed_data_unit_payload_type"] = payload_type
    indexed = context.mps_topology_indexed_reference_flag
    if block and draw(st.booleans()):
        elements = st.lists(counts if indexed else names, min_size=2, max_size=5)
        fields["topology_elem_id_index_list" if indexed else "topology_elem_id_list"] = draw(
            elements
        )
    else:
        fields["topology_elem_id_index" if indexed else "topology_elem_id"] = draw(
            counts if indexed else names
        )
    if draw(st.booleans()):
        fields["nnr_decompressed_data_format"] = draw(st.integers(0, 127))
    if context.general_profile_idc == 1:
        node = draw(st.booleans())
        ids = {"parameter_id": draw(counts), "put_node_depth": draw(counts)}
        if node:
            fields |= {"device_id": draw(counts), **ids}
        if context.mps_parent_signalling_enabled_flag and draw(st.booleans()):
            kind = draw(st.integers(0, 2))
            fields |= {
                "parent_node_id_type": kind,
                "temporal_context_modeling_flag": draw(flags),
            }
            if kind == 0:
                fields["parent_device_id"] = draw(counts)
                fields |= {} if node else ids
            else:
                bits = 256 * kind
                fields[f"parent_node_payload_sha{bits}"] = draw(st.integers(0, (1 << bits) - 1))
    has_codebook = payload_type in (PT_FLOAT, PT_BLOCK) and draw(st.booleans())
    if has_codebook:
        fields["codebook"] = draw(codebooks())
    dq_flag = 0
    if payload_type != PT_RAW_FLOAT:
        dq_flag = fields["dq_flag"] = draw(flags)
    types = fields["compressed_parameter_types"] = draw(st.integers(0, 15))
    if types & 1:
        fields["decomposition_rank"] = draw(st.integers(0, 60))
        fields["g_number_of_rows"] = draw(st.integers(0, 60))
        if block and has_codebook:
            fields["codebook_dc"] = draw(codebooks())
    if draw(st.booleans()):
        fields["cabac_unary_length_minus1"] = draw(st.integers(0, 255))
    first = st.integers(0, 60)
    dimensions = draw(
        st.lists(first, max_size=2).flatmap(
            lambda few: st.lists(counts, max_size=3).map(lambda more: few + more if few else few)
        )
    )
    fields["tensor_dimensions"] = dimensions
    if len(dimensions) > 1:
        if context.general_profile_idc == 1:
            fields["first_tensor_dimension_shift"] = draw(counts)
        scan = fields["scan_order"] = 0 if types & 1 and not block else draw(st.integers(0, 15))
        if scan:
            rows = (
                [fields["g_number_of_rows"], fields["decomposition_rank"]]
                if types & 1
                else dimensions[:1]
            )
            total = sum(max(-(-height // (4 << scan)) - 1, 0) for height in rows)
            fields["cabac_entry_points"] = [
                {"value": draw(st.integers(0, 255)), "bit_offset": draw(counts)}
                | ({"dq_state": draw(st.integers(0, 7))} if dq_flag else {})
                for _ in range(total)
            ]
    return fields


@st.composite
def unit_fields(draw: st.DrawFn, context: Context, unit_type: int | None = None) -> dict[str, Any]:
    """What `encode_unit` takes: a unit that parses completely in `context`."""
    if unit_type is None:
        unit_type = draw(st.sampled_from([STR, MPS, LPS, TPL, QNT, NDU]))
    header = draw(common_headers(unit_type))
    unit: dict[str, Any] = {"header": header}
    if unit_type == STR:
        header["general_profile_idc"] = draw(st.integers(0, 255))
    elif unit_type == MPS:
        unit["payload"] = draw(mps_payloads(context))
    elif unit_type == LPS:
        header["lps_self_contained_flag"] = draw(flags)
        kinds = {
            "lps_sparsification_flag": "spm",
            "lps_pruning_flag": "ppm",
            "lps_unification_flag": "upm",
        }
        unit["payload"] = draw(_parameter_set("lps", kinds))
    elif unit_type == TPL:
        storage = draw(st.integers(0, 255).filter(lambda value: value != 5))
        header["topology_storage_format"] = storage
        header["topology_compression_format"] = 0 if storage == 6 else draw(st.integers(0, 255))
        unit["payload"] = (
            {"topology_elem_id_list": draw(st.lists(names, min_size=2, max_size=4))}
            if storage == 6
            else {"topology_data": draw(st.binary(max_size=30))}
        )
    elif unit_type == QNT:
        header["quantization_storage_format"] = draw(st.integers(0, 255))
        header["quantization_compression_format"] = draw(st.integers(0, 255))
        unit["payload"] = {"quantization_data": draw(st.binary(max_size=30))}
    else:
        header |= draw(ndu_headers(context))
        unit["data"] = draw(st.binary(max_size=30))
    return unit


@st.composite
def parsable_bitstreams(draw: st.DrawFn, *, max_units: int = 8) -> list[bytes]:
    """Units each of which parses completely in the context of those before it."""
    context = Context()
    units = []
    for _ in range(draw(st.integers(1, max_units))):
        fields = draw(unit_fields(context))
        if fields["header"]["nnr_unit_type"] == NNRUnitType.NNR_STR:
            fields["header"]["general_profile_idc"] &= 1
        units.append(encode_unit(fields, context))
        context.update(parse_unit(units[-1], context))
    return units
