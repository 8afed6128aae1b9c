"""Files, tracks, units and tensors as values that JSON has: what `pymp4-nnr info --json` prints.

The elements of a unit have the names of ISO/IEC 15938-17. Programs rely on these keys, each of
which has values of one type, or null.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..bitstream.part import Part
from ..bitstream.tensor_index import TensorIndex
from ..escape import utf8
from ..movie.items import NNRItem
from ..movie.nnr_track import NNRTrack
from .inspect import FileInfo, UnitInfo


def file_record(file: FileInfo) -> dict[str, Any]:
    """A file, without its tracks and units; with its NNR items, if there are any."""
    record: dict[str, Any] = {"format": file.format, "size": file.size}
    if file.items:
        record["items"] = [item_record(item) for item in file.items]
    return record


def item_record(item: NNRItem) -> dict[str, Any]:
    """An NNR item of a `meta` box, its properties in hexadecimal."""
    return {
        "item_id": item.item_id,
        "name": item.name,
        "meta": item.meta,
        "handler_type": item.handler_type,
        "size": item.size,
        "nnrC": [data.hex() for data in item.properties],
    }


def track_record(track: NNRTrack) -> dict[str, Any]:
    """A track, without its units."""
    return {
        "track_id": track.track_id,
        "name": track.name,
        "sample_entry": track.sample_entry,
        "handler_type": track.handler_type,
        "timescale": track.timescale,
        "duration": track.duration,
        "samples": len(track.samples),
    }


def unit_record(info: UnitInfo) -> dict[str, Any]:
    """A unit, where it lies, and its elements as far as they can be read."""
    unit = info.unit
    return {
        "index": unit.index,
        "offset": unit.offset,
        "size": unit.size,
        "type": unit.type_name,
        "independently_decodable_flag": unit.independently_decodable_flag,
        "partial_data_counter": unit.partial_data_counter,
        "sample": info.sample,
        **info.parsed.to_json(),
    }


def tensor_records(index: TensorIndex) -> Iterator[dict[str, Any]]:
    """Each tensor, with the NDUs that carry it or parts of it."""
    for name, parts in index.tensors.items():
        yield {"name": utf8(name), "parts": list(map(part_record, parts))}


def part_record(part: Part) -> dict[str, Any]:
    """An NDU, as far as a tensor index tells."""
    return {
        "index": part.unit_index,
        "sample": part.sample_number,
        "offset": part.offset,
        "size": part.size,
        "payload_offset": part.payload_offset,
        "payload_size": part.payload_size,
        "names": [utf8(name) for name in part.tensors],
        "tensor_dimensions": None if part.dimensions is None else list(part.dimensions),
        "nnr_compressed_data_unit_payload_type": part.payload_type,
        "independently_decodable_flag": part.independently_decodable_flag,
        "partial_data_counter": part.partial_data_counter,
        "update_round": part.update_round,
        "node": part.node,
        "parent": part.parent,
        "incomplete": part.incomplete,
    }
