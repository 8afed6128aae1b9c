"""Units, tensors and tracks in a few words, for people."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any

from ..bitstream.enums import (
    CompressedParameterTypes,
    DecompressedDataFormat,
    PayloadType,
    QuantizationMethods,
    TopologyCompressionFormat,
    TopologyStorageFormat,
    value_name,
)
from ..bitstream.parsed_unit import ParsedUnit
from ..bitstream.part import Part
from ..bitstream.unit import NNRUnitType, unit_type_name
from ..escape import printable, shortened
from ..movie.nnr_track import NNRTrack
from ..operations.overview import EXAMINED

if TYPE_CHECKING:
    from ..movie.items import NNRItem
    from ..operations.overview import Overview

_EDITIONS = {0: " (edition 1)", 1: " (edition 2)"}
_SHOWN_DIGITS = 12
SHOWN_NAMES = 4
"""Names of tensors that are shown of an NDU with several."""

LONGEST_NAME = 400
"""Characters of a name in a table: a name may stand in any number of rows."""


def counted(number: int, noun: str) -> str:
    """A number and what is counted: ``1 byte``, ``2 bytes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def item_line(item: NNRItem) -> str:
    """An NNR item of a `meta` box in a line."""
    name = f"{printable(item.name)!r}, " if item.name else ""
    properties = "".join(f", nnrC {data.hex() or 'empty'}" for data in item.properties)
    return (
        f"item {item.item_id} in {item.meta}: {name}nnr1, "
        f"handler {printable(item.handler_type)!r}, {counted(item.size, 'byte')}{properties}"
    )


def track_line(track: NNRTrack) -> str:
    """A track: its name, format, times and number of samples."""
    time = f"{track.duration / track.timescale:g} s" if track.timescale else "no timescale"
    return (
        f"track {track.track_id}: {printable(track.name)!r}, {track.sample_entry}, "
        f"handler {printable(track.handler_type)!r}, timescale {track.timescale}, "
        f"duration {track.duration} ({time}), {counted(len(track.samples), 'sample')}"
    )


def unit_details(unit: ParsedUnit) -> tuple[str, ...]:
    """The elements of a unit that say most about it, but for names and dimensions of tensors."""
    words = list(_elements(unit))
    if unit.incomplete is not None:
        opaque = unit.nnr_unit_type is not None and unit.data_offset is not None
        words.insert(
            0,
            "syntax not available"
            if opaque and unit_type_name(unit.nnr_unit_type or 0) in unit.incomplete
            else f"incomplete: {unit.incomplete}",
        )
    return tuple(words)


def tensor_details(part: Part) -> tuple[str, ...]:
    """What an NDU says of a tensor that it carries, but for names and dimensions."""
    details = [f"incomplete: {part.incomplete}"] if part.incomplete else []
    details.append(_payload_type(part.payload_type))
    if len(part.tensors) > 1:
        details.append(f"block of {len(part.tensors)}")
        if part.dimensions:
            details.append("dimensions of its weight")
    return tuple(filter(None, details))


def bits_per_parameter(size: int, sizes: Any) -> str:
    """Bits that a tensor takes for each of its parameters; empty where that is not known."""
    count = math.prod(sizes) if sizes else 0
    return f"{size * 8 / count:.2f}" if count else ""


def quantization(overview: Overview) -> Iterator[str]:
    """How the network is quantized, in phrases, as far as its first units tell."""
    seen: dict[str, None] = {}
    for unit in overview.configuration:
        if unit.nnr_unit_type in (NNRUnitType.NNR_MPS, NNRUnitType.NNR_LPS):
            seen |= dict.fromkeys(_quantization(_plain(unit.header | (unit.payload or {}))))
    yield from seen
    headers = overview.headers
    for name, text in (("dq_flag", "dependent (dq)"), ("codebook", "codebook")):
        count = sum(bool(header.get(name)) for header in headers)
        if count:
            every = "all" if count == len(headers) else f"{count} of {len(headers)}"
            examined = "" if sum(overview.units.values()) <= EXAMINED else " at the start"
            yield f"{text} in {every} NDUs{examined}"


def payload_types(overview: Overview) -> str:
    """The types of payload of the first NDUs, the commonest first."""
    name = "nnr_compressed_data_unit_payload_type"
    kinds = Counter(header.get(name) for header in overview.headers)
    return ", ".join(_payload_type(kind) for kind, _ in kinds.most_common() if kind is not None)


def dimensions(sizes: Any) -> str:
    """Dimensions as ``64x3x3x3``; empty where they are not known."""
    return "x".join(map(str, sizes)) if sizes else ""


def tensor_names(names: tuple[str, ...], most: int = SHOWN_NAMES) -> str:
    """Names of tensors in one line: all of them, or the first ones and how many more."""
    shown = names if len(names) <= most else names[: most - 1]
    rest = len(names) - len(shown)
    text = ", ".join(shortened(name, LONGEST_NAME) for name in shown)
    return printable(text) + (f" and {rest} more" if rest else "")


def _elements(unit: ParsedUnit) -> Iterator[str]:
    header, payload = unit.header, unit.payload or {}
    if "partial_data_counter" in header:
        yield f"part {header['partial_data_counter']}"
    kind = unit.nnr_unit_type
    if kind == NNRUnitType.NNR_STR and "general_profile_idc" in header:
        profile = header["general_profile_idc"]
        yield f"general_profile_idc {profile}{_EDITIONS.get(profile, '')}"
    elif kind in (NNRUnitType.NNR_MPS, NNRUnitType.NNR_LPS):
        yield from _parameter_set(header | payload)
    elif kind == NNRUnitType.NNR_TPL:
        yield from _topology(header, payload)
    elif kind == NNRUnitType.NNR_QNT:
        for name in ("quantization_storage_format", "quantization_compression_format"):
            if name in header:
                yield f"{name.removeprefix('quantization_').replace('_', ' ')} {header[name]}"
        if "quantization_data" in payload:
            yield counted(len(payload["quantization_data"]), "byte")
    elif kind == NNRUnitType.NNR_NDU:
        yield from _data_unit(header)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """The elements of a parameter set, by names that a model's and a layer's have in common."""
    return {name.removeprefix("mps_").removeprefix("lps_"): fields[name] for name in fields}


def _quantization(plain: dict[str, Any]) -> Iterator[str]:
    methods = plain.get("quantization_method_flags")
    if methods:
        yield _flags(QuantizationMethods, methods)
    for name in ("qp_density", "quantization_parameter"):
        if name in plain:
            yield f"{name} {plain[name]}"


def _parameter_set(fields: dict[str, Any]) -> Iterator[str]:
    plain = _plain(fields)
    yield from _quantization(plain)
    shown = ("base_model_id", "performance_metric_type", "validation_set_performance")
    for name in shown:
        if name in plain:
            yield f"{name} {printable(str(plain[name]))}"
    told = {"base_model_id_present_flag", "validation_set_performance_present_flag"}
    told |= {"independently_decodable_flag", "partial_data_counter_present_flag"}
    told |= {"nnr_unit_size_flag"}
    for name, value in plain.items():
        if name.endswith("_flag") and value == 1 and name not in told:
            yield name.removesuffix("_flag")


def _topology(header: dict[str, Any], payload: dict[str, Any]) -> Iterator[str]:
    if "topology_storage_format" in header:
        yield _named(TopologyStorageFormat, header["topology_storage_format"], "storage format")
    if "topology_compression_format" in header:
        compression = header["topology_compression_format"]
        yield _named(TopologyCompressionFormat, compression, "compression format")
    if "topology_data" in payload:
        yield counted(len(payload["topology_data"]), "byte")
    if "topology_elem_id_list" in payload:
        yield counted(len(payload["topology_elem_id_list"]), "name")


def _data_unit(header: dict[str, Any]) -> Iterator[str]:
    kind = header.get("nnr_compressed_data_unit_payload_type")
    if kind is not None:
        yield _payload_type(kind)
    if header.get("dq_flag"):
        yield "dq"
    for name in ("codebook", "codebook_dc"):
        if "values" in header.get(name, {}):
            yield f"{name.replace('_', ' ')} of {len(header[name]['values'])}"
    if "nnr_decompressed_data_format" in header:
        data_format = header["nnr_decompressed_data_format"]
        yield _named(DecompressedDataFormat, data_format, "decompressed data format")
    if header.get("compressed_parameter_types"):
        yield _flags(CompressedParameterTypes, header["compressed_parameter_types"])
    if "decomposition_rank" in header:
        yield f"rank {header['decomposition_rank']}"
    if header.get("scan_order"):
        points = len(header.get("cabac_entry_points", ()))
        yield f"scan order {header['scan_order']}"
        if points:
            yield counted(points, "entry point")
    for name, text in (
        ("device_id", "device"),
        ("parameter_id", "parameter"),
        ("put_node_depth", "depth"),
        ("parent_device_id", "parent device"),
    ):
        if name in header:
            yield f"{text} {header[name]}"
    for bits in (256, 512):
        if (digest := header.get(f"parent_node_payload_sha{bits}")) is not None:
            yield f"parent SHA-{bits} {digest:0{bits // 4}x}"[: 15 + _SHOWN_DIGITS] + "..."
    if header.get("temporal_context_modeling_flag"):
        yield "temporal context"


def _named(kind: type[IntEnum], value: int, title: str) -> str:
    """Name of a value; of a reserved one its number, with a title."""
    name = value_name(kind, value)
    return f"{title} {name}" if name.isdigit() else name


def _payload_type(value: int | None) -> str:
    """Name of an `nnr_compressed_data_unit_payload_type`."""
    return "" if value is None else _named(PayloadType, value, "payload type")


def _flags(kind: type[IntFlag], value: int) -> str:
    names = [flag.name or "" for flag in kind if value & flag]
    left = value & ~sum(kind)
    return "+".join([*names, *([str(left)] if left else [])])
