"""The tensor index, and what it takes to decode some tensors alone."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given

from pymp4_nnr.bitstream.codec import encode_unit, parse, parse_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.tensor_index import TensorIndex, index_tensors
from pymp4_nnr.errors import TensorNotFoundError
from tests.nnr.strategies import MadeUnit, bitstreams
from tests.paths import ROOT

SHARED = ROOT.parent / "shared" / "nnr"


def index_of(data: bytes) -> TensorIndex:
    return index_tensors((parsed.unit, parsed) for parsed in parse(data))


class Maker:
    """Makes a bitstream unit by unit from fields."""

    def __init__(self) -> None:
        self.context = Context()
        self.units: list[bytes] = []

    def add(self, unit_type: int, **header: Any) -> Maker:
        payload = header.pop("payload", None)
        data = header.pop("data", b"")
        header = {"nnr_unit_type": unit_type, "independently_decodable_flag": 1, **header}
        unit = encode_unit({"header": header, "payload": payload, "data": data}, self.context)
        self.context.update(parse_unit(unit, self.context))
        self.units.append(unit)
        return self

    def start(self, profile: int = 1) -> Maker:
        return self.add(0, general_profile_idc=profile)

    def mps(self, *, indexed: int = 0, parents: int = 0) -> Maker:
        payload = {
            "topology_carriage_flag": 1,
            "mps_quantization_method_flags": 0,
            "mps_topology_indexed_reference_flag": indexed,
        }
        if self.context.general_profile_idc:
            payload |= {
                "metric_type_performance_map_valid_flag": 0,
                "mps_parent_signalling_enabled_flag": parents,
            }
            if parents:
                payload["nnr_pre_flag"] = 0
        return self.add(1, payload=payload)

    def lps(self) -> Maker:
        return self.add(2, lps_self_contained_flag=1, payload={"lps_quantization_method_flags": 0})

    def reflist(self, *names: str) -> Maker:
        return self.add(
            3,
            topology_storage_format=6,
            topology_compression_format=0,
            payload={"topology_elem_id_list": list(names)},
        )

    def qnt(self) -> Maker:
        return self.add(
            4,
            quantization_storage_format=0,
            quantization_compression_format=0,
            payload={"quantization_data": b"q"},
        )

    def ndu(self, name: str | int | list[Any], **fields: Any) -> Maker:
        suffix = "_index" if self.context.mps_topology_indexed_reference_flag else ""
        element = f"topology_elem_id{suffix}" + ("_list" if isinstance(name, list) else "")
        header = {
            "nnr_compressed_data_unit_payload_type": 3,
            element: name,
            "dq_flag": 0,
            "compressed_parameter_types": 0,
            "tensor_dimensions": [5],
            **fields,
        }
        return self.add(5, **header)

    def index(self) -> TensorIndex:
        return index_of(b"".join(self.units))


def decodable(index: TensorIndex, *samples: int) -> list[int]:
    return index.decodable(index.find(samples=samples))


def test_names_places_and_dimensions() -> None:
    maker = Maker().start().mps().ndu("a").ndu(["b", "c"], tensor_dimensions=[3, 4], scan_order=0,
        first_tensor_dimension_shift=0, data=b"xyz").ndu("a", partial_data_counter=1)  # fmt: skip
    index = maker.index()
    assert list(index.tensors) == ["a", "b", "c"]
    assert [part.sample_number for part in index.tensors["a"]] == [1, 3]
    assert index.tensors["b"] == index.tensors["c"] == [index.parts[1]]
    block = index.parts[1]
    assert block.tensors == ("b", "c")
    assert block.dimensions == (3, 4)
    assert block.unit_index == 3
    assert block.offset == sum(map(len, maker.units[:3]))
    assert (block.size, block.payload_size) == (len(maker.units[3]), 3)
    assert block.update_round is None
    assert index.tensors["a"][1].partial_data_counter == 1


def test_indexed_names() -> None:
    maker = Maker().start().mps(indexed=1).ndu(0).reflist("a", "b").ndu(1).ndu([0, 7])
    index = maker.start().ndu(1).index()
    assert [part.tensors for part in index.parts] == [("#0",), ("b",), ("a", "#7"), ("#1",)]


def test_asking_for_what_is_not_there() -> None:
    index = Maker().start().ndu("a").index()
    assert index.find(tensors=["a"], samples=[1]) == index.parts
    with pytest.raises(TensorNotFoundError):
        index.find(tensors=["b"])
    for number in (0, 2):
        with pytest.raises(TensorNotFoundError):
            index.find(samples=[number])


def test_configuration_in_force() -> None:
    maker = Maker().start().mps().lps().ndu("a").lps().qnt().ndu("b").mps().ndu("c")
    maker.start().mps().ndu("d").qnt()
    index = maker.index()
    assert decodable(index, 1) == [0, 1, 2, 3]
    assert decodable(index, 2) == [0, 1, 4, 5, 6]
    assert decodable(index, 3) == [0, 4, 5, 7, 8]
    assert decodable(index, 4) == [9, 10, 11]
    assert decodable(index, 1, 3) == [0, 1, 2, 3, 4, 5, 7, 8]
    assert index.decodable(index.parts) == list(range(12))
    assert index.decodable([]) == []


def test_ndus_that_are_not_independently_decodable_bring_those_before() -> None:
    maker = Maker().start().ndu("a").ndu("b")
    maker.ndu("c", independently_decodable_flag=0).ndu("d", independently_decodable_flag=0)
    assert decodable(maker.index(), 4) == [0, 2, 3, 4]
    assert decodable(maker.index(), 1) == [0, 1]


def test_parts_of_a_divided_tensor_stay_together() -> None:
    maker = Maker().start().ndu("a", partial_data_counter=1).ndu("b")
    maker.ndu("a", partial_data_counter=0).start().ndu("a", partial_data_counter=0)
    assert decodable(maker.index(), 3) == [0, 1, 3]
    assert decodable(maker.index(), 4) == [4, 5]


def test_parts_stay_together_beside_an_ndu_that_is_no_part() -> None:
    maker = Maker().start().ndu("a", partial_data_counter=1).ndu("a", partial_data_counter=0)
    index = maker.ndu("a").index()
    assert decodable(index, 3) == [0, 3]
    assert decodable(index, 1, 3) == decodable(index, 3, 1) == [0, 1, 2, 3]


def node(device: int, parameter: int, depth: int) -> dict[str, int]:
    return {"device_id": device, "parameter_id": parameter, "put_node_depth": depth}


def test_parents_by_node_id() -> None:
    parent = {
        "parent_node_id_type": 0,
        "temporal_context_modeling_flag": 1,
        "parent_device_id": 9,
    }
    maker = Maker().start().mps(parents=1)
    maker.ndu("a", **node(9, 4, 0)).ndu("b", **node(9, 5, 0))
    maker.start().mps(parents=1)
    maker.ndu("a", **node(9, 4, 1), **parent).ndu("b", **node(9, 5, 1), **parent)
    maker.ndu("a", parameter_id=4, put_node_depth=2, **parent)
    maker.ndu("b", **node(9, 6, 2), **parent)
    index = maker.index()
    assert [part.update_round for part in index.tensors["a"]] == [0, 1, 2]
    assert [part.start for part in index.tensors["a"]] == [1, 2, 2]
    assert decodable(index, 3) == [0, 1, 2, 4, 5, 6]
    assert decodable(index, 5) == [0, 1, 2, 4, 5, 6, 8]
    assert decodable(index, 6) == [4, 5, 9]  # its parent is not here


@pytest.mark.parametrize(("kind", "bits"), [(1, 256), (2, 512)])
def test_parents_by_hash(kind: int, bits: int) -> None:
    data = bytes(range(256)) * 8200  # more than is hashed in one step
    digest = int.from_bytes(hashlib.new(f"sha{bits}", data).digest())
    maker = Maker().start().mps(parents=1).ndu("a", data=b"other").ndu("a", data=data)
    maker.ndu(
        "a",
        parent_node_id_type=kind,
        temporal_context_modeling_flag=0,
        **{f"parent_node_payload_sha{bits}": digest},
    )
    assert decodable(maker.index(), 3) == [0, 1, 3, 4]


@given(bitstreams())
def test_any_bitstream_is_indexed(made: list[MadeUnit]) -> None:
    index = index_of(b"".join(unit.data for unit in made))
    assert len(index.parts) == sum(unit.nnr_unit_type == 5 for unit in made)
    for part in index.parts:
        needed = index.decodable([part])
        assert part.unit_index in needed
        assert needed == sorted(set(needed))
    everything = set(index.decodable(index.parts))
    assert {part.unit_index for part in index.parts} <= everything


@pytest.mark.skipif(not SHARED.exists(), reason="real streams lie beside the repository")
def test_rounds_of_real_incremental_streams() -> None:
    first = (SHARED / "inc0.nnc").read_bytes()
    second = (SHARED / "inc1.nnc").read_bytes()
    index = index_of(first + second)
    assert [part.update_round for part in index.tensors["w1"]] == [1, 2]
    assert decodable(index, 6) == [0, 1, 2, 4, 7, 8, 9, 11]
    assert [part.update_round for part in index_of(second).tensors["w1"]] == [2]
