"""Which units carry which tensor, and which units a decoder needs for some of them."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import TensorNotFoundError
from .codec import ParsedUnit, Readable
from .enums import ParentNodeIdType, TopologyStorageFormat
from .unit import NNRUnitType

_ONE_IN_FORCE = frozenset({NNRUnitType.NNR_MPS, NNRUnitType.NNR_LPS})
"""Types of which a unit takes the place of the one before it, within what an NNR_STR starts."""

_HASH_STEP = 1 << 20


class PlacedUnit(Readable, Protocol):
    """A unit that knows its place: a `Unit`, or a unit or sample of an MP4 file."""

    @property
    def index(self) -> int:
        """0-based place in the bitstream."""

    @property
    def offset(self) -> int:
        """Byte offset of its first byte in the file that it lies in."""


@dataclass(frozen=True, slots=True)
class Part:
    """One NNR_NDU, as far as a tensor index tells.

    Attributes:
        unit_index: 0-based place among all units of the bitstream.
        sample_number: 1-based place among its NNR_NDU units.
        offset: byte offset of the unit in the file that it lies in.
        size: bytes of the unit.
        payload_size: bytes of its data, or None where the header is incomplete.
        tensors: names of the topology elements that it carries, in order; empty if not known.
        dimensions: `tensor_dimensions`: of the tensor, or of the weight of a block; None if they
            are not in the header.
        payload_type: `nnr_compressed_data_unit_payload_type`, or None if not known.
        independently_decodable_flag: of the unit.
        partial_data_counter: of the unit, or None where it has none.
        start: how many NNR_STR units come before it: 1 for what the first one starts.
        update_round: `put_node_depth`: 0 for the base model, 1 for a first incremental update,
            and so on; None where the unit has no place among updates.
        node: ``device_id``, ``parameter_id``, ``put_node_depth`` as far as they are there.
        parent: ``parent_node_id_type``, ``parent_device_id``, ``parent_node_payload_sha256``,
            ``parent_node_payload_sha512``, ``temporal_context_modeling_flag``, as far as there.
        incomplete: why the header is incomplete, or None.
        unit: the unit; `unit.read()` gives its bytes.
    """

    unit_index: int
    sample_number: int
    offset: int
    size: int
    payload_size: int | None
    tensors: tuple[str, ...]
    dimensions: tuple[int, ...] | None
    payload_type: int | None
    independently_decodable_flag: int
    partial_data_counter: int | None
    start: int
    update_round: int | None
    node: dict[str, int]
    parent: dict[str, int]
    incomplete: str | None
    unit: PlacedUnit = field(repr=False, compare=False)

    @property
    def payload_offset(self) -> int | None:
        """Byte offset of its data in the file, or None where the header is incomplete."""
        if self.payload_size is None:
            return None
        return self.offset + self.size - self.payload_size


@dataclass(frozen=True, slots=True)
class _Configuration:
    """A unit that is no NNR_NDU."""

    unit_index: int
    nnr_unit_type: int | None
    partial: bool


class ElementNames:
    """Names of the topology elements that NDUs carry, also where they are known by index."""

    def __init__(self) -> None:
        self._references: list[str] = []

    def update(self, unit: ParsedUnit) -> None:
        """Take in what `unit` says of the names in later units; call it with each unit."""
        if unit.nnr_unit_type == NNRUnitType.NNR_STR:
            self._references = []
        elif (
            unit.nnr_unit_type == NNRUnitType.NNR_TPL
            and unit.header.get("topology_storage_format") == TopologyStorageFormat.REFLIST
        ):
            # One that is incomplete is still the last: the one before it is out of force.
            payload = unit.payload if unit.incomplete is None else None
            self._references = (payload or {}).get("topology_elem_id_list", [])

    def of(self, unit: ParsedUnit) -> tuple[str, ...]:
        """The names of the elements in an NNR_NDU, in order; empty if they are not known.

        One that is known by index only, without a reference list (REFLIST) before it, is named
        by it: ``#12``.
        """
        header = unit.header
        if "topology_elem_id" in header:
            return (header["topology_elem_id"],)
        if "topology_elem_id_index" in header:
            return (self._name(header["topology_elem_id_index"]),)
        if unit.nnr_unit_type != NNRUnitType.NNR_NDU:
            return ()
        # A list that ends early names nothing: more elements may have been meant.
        many = header.get("count_topology_elements_minus2", -1) + 2
        if len(names := header.get("topology_elem_id_list", ())) == many:
            return tuple(names)
        if len(indices := header.get("topology_elem_id_index_list", ())) == many:
            return tuple(map(self._name, indices))
        return ()

    def _name(self, index: int) -> str:
        return self._references[index] if index < len(self._references) else f"#{index}"


class TensorIndex:
    """Index of the tensors of one bitstream or track.

    Attributes:
        tensors: for each tensor name, in the order of the bitstream, the NDUs that carry it or a
            part of it, in the order of the bitstream. Every element of a block has its name here.
            An element that is known by index only, without a reference list (REFLIST) before it,
            is named by it: ``#12``.
        parts: all NDUs, `parts[n]` being sample n + 1.

    Rounds of incremental updates are told apart by `put_node_depth` and not by counting NNR_STR
    units: an encoder writes each round as a bitstream of its own, which then says which round it
    is wherever it lies. `Part.start` counts the NNR_STR units, for bitstreams one after another.
    """

    def __init__(self) -> None:
        self.tensors: dict[str, list[Part]] = {}
        self.parts: list[Part] = []
        self._configurations: list[_Configuration] = []
        self._names = ElementNames()
        self._starts = 0
        self._nodes: dict[tuple[int | None, int, int], list[Part]] = {}
        self._digests: dict[str, dict[int, list[Part]]] = {}

    def add(self, unit: PlacedUnit, parsed: ParsedUnit) -> None:
        """Take in the next unit of the bitstream; of an NNR_NDU only what `parsed` holds."""
        self._names.update(parsed)
        if parsed.nnr_unit_type != NNRUnitType.NNR_NDU:
            self._configurations.append(
                _Configuration(
                    unit.index, parsed.nnr_unit_type, "partial_data_counter" in parsed.header
                )
            )
            if parsed.nnr_unit_type == NNRUnitType.NNR_STR:
                self._starts += 1
            return
        header = parsed.header
        dimensions = header.get("tensor_dimensions")
        if dimensions is not None and len(dimensions) != header["count_tensor_dimensions"]:
            dimensions = None  # the header ends among them
        part = Part(
            unit_index=unit.index,
            sample_number=len(self.parts) + 1,
            offset=unit.offset,
            size=unit.size,
            payload_size=parsed.payload_size,
            tensors=self._names.of(parsed),
            dimensions=None if dimensions is None else tuple(dimensions),
            payload_type=header.get("nnr_compressed_data_unit_payload_type"),
            independently_decodable_flag=header.get("independently_decodable_flag", 0),
            partial_data_counter=header.get("partial_data_counter"),
            start=self._starts,
            update_round=header.get("put_node_depth"),
            node=_some(header, "device_id", "parameter_id", "put_node_depth"),
            parent=_some(
                header,
                "parent_node_id_type",
                "parent_device_id",
                "parent_node_payload_sha256",
                "parent_node_payload_sha512",
                "temporal_context_modeling_flag",
            ),
            incomplete=parsed.incomplete,
            unit=unit,
        )
        self.parts.append(part)
        self._digests.clear()
        if "device_id" in part.node and "put_node_depth" in part.node:
            key = part.node["device_id"], part.node["parameter_id"], part.node["put_node_depth"]
            self._nodes.setdefault(key, []).append(part)
        for name in dict.fromkeys(part.tensors):
            self.tensors.setdefault(name, []).append(part)

    def find(self, *, tensors: Iterable[str] = (), samples: Iterable[int] = ()) -> list[Part]:
        """Return the NDUs that carry any of these tensors or are any of these samples, in order.

        Args:
            tensors: names, as in `TensorIndex.tensors`.
            samples: 1-based numbers.

        Raises:
            TensorNotFoundError: there is no such tensor or sample.
        """
        chosen = set()
        for name in tensors:
            if name not in self.tensors:
                raise TensorNotFoundError(f"no tensor is named {name!r}{self._alike(name)}")
            chosen |= {part.sample_number for part in self.tensors[name]}
        for number in samples:
            if not 1 <= number <= len(self.parts):
                raise TensorNotFoundError(f"no sample {number}: there are {len(self.parts)}")
            chosen.add(number)
        return [self.parts[number - 1] for number in sorted(chosen)]

    def decodable(self, parts: Iterable[Part]) -> list[int]:
        """Return the unit indices, in order, of a bitstream that can decode these NDUs.

        Those are the NDUs; for one that is not independently decodable, all back to the last that
        is; the other parts of a tensor that is divided by partial data counters; the parents of
        incremental updates, and theirs, as far as they lie in this bitstream; and
        the configuration in force at each: from the NNR_STR before it on, the last NNR_MPS and
        NNR_LPS and every unit of another type, since those (topologies, quantizations,
        aggregates, types of later editions) may add up.

        Raises:
            OSError, NNRError: a parent that is known by the hash of its data is looked for, and
                an NDU cannot be read.
        """
        needed: dict[int, Part] = {}
        together: set[Any] = set()
        waiting = list(parts)
        while waiting:
            part = waiting.pop()
            if part.unit_index not in needed:
                needed[part.unit_index] = part
                divided = (part.tensors, part.start, tuple(part.node.items()))
                if divided not in together:
                    together.add(divided)
                    waiting += self._siblings(part)
                waiting += self._depended_on(part)
                waiting += self._parents(part)
        return sorted(self._in_force(needed).union(needed))

    def _alike(self, name: str) -> str:
        """What names there are instead of one that there is not, for an error."""
        folded: dict[str, str] = {}
        for known in self.tensors:
            folded.setdefault(known.casefold(), known)
        close = difflib.get_close_matches(name.casefold(), folded, n=5, cutoff=0.5)
        close += [key for key in folded if name.casefold() in key and key not in close]
        if not close:
            count = len(self.tensors)
            return f"; there are {count}" if count else ": no tensor has a name here"
        return "; close to it: " + ", ".join(repr(folded[key]) for key in close[:5])

    def _siblings(self, part: Part) -> list[Part]:
        if part.partial_data_counter is None or not part.tensors:
            return []
        return [
            other
            for other in self.tensors[part.tensors[0]]
            if other.partial_data_counter is not None
            and (other.tensors, other.start, other.node) == (part.tensors, part.start, part.node)
        ]

    def _depended_on(self, part: Part) -> list[Part]:
        """What comes before an NDU that is not independently decodable, as for any such sample."""
        if part.independently_decodable_flag or part.sample_number == 1:
            return []
        return [self.parts[part.sample_number - 2]]

    def _parents(self, part: Part) -> list[Part]:
        """The NDU that this one updates: the nearest before it that has the identity told."""
        kind = part.parent.get("parent_node_id_type")
        matches: list[Part] = []
        if kind == ParentNodeIdType.ICNN_NDU_ID and "put_node_depth" in part.node:
            # The parent has the same parameter_id and lies one step nearer to the root.
            key = (
                part.parent.get("parent_device_id"),
                part.node["parameter_id"],
                part.node["put_node_depth"] - 1,
            )
            matches = self._nodes.get(key, [])
        elif (digest := part.parent.get("parent_node_payload_sha256")) is not None:
            matches = self._by_digest("sha256").get(digest, [])
        elif (digest := part.parent.get("parent_node_payload_sha512")) is not None:
            matches = self._by_digest("sha512").get(digest, [])
        earlier = [other for other in matches if other.sample_number < part.sample_number]
        return earlier[-1:]

    def _by_digest(self, algorithm: str) -> dict[int, list[Part]]:
        """NDUs by the hash of their data: the one thing for which data is read, so done late."""
        if algorithm not in self._digests:
            digests = self._digests[algorithm] = {}
            for part in self.parts:
                if part.payload_size is not None:
                    digest = int.from_bytes(_hash(algorithm, part, part.payload_size))
                    digests.setdefault(digest, []).append(part)
        return self._digests[algorithm]

    def _in_force(self, parts: Iterable[int]) -> set[int]:
        """Indices of the configuration units in force at any of the units `parts`."""
        needed: set[int] = set()
        configurations = iter(self._configurations)
        following = next(configurations, None)
        # In force at the place reached, and not among the needed ones yet.
        pending: dict[int, None] = {}
        latest: dict[int, int] = {}
        for part in sorted(parts):
            while following is not None and following.unit_index < part:
                kind = following.nnr_unit_type
                if kind == NNRUnitType.NNR_STR:
                    pending.clear()
                    latest.clear()
                elif kind in _ONE_IN_FORCE and not following.partial:
                    pending.pop(latest.get(kind, -1), None)
                    latest[kind] = following.unit_index
                pending[following.unit_index] = None
                following = next(configurations, None)
            needed.update(pending)
            pending.clear()
        return needed


def _some(header: dict[str, Any], *names: str) -> dict[str, int]:
    return {name: header[name] for name in names if name in header}


def _hash(algorithm: str, part: Part, payload_size: int) -> bytes:
    """Digest of an NDU's data, read piece by piece."""
    digest = hashlib.new(algorithm)
    for start in range(part.size - payload_size, part.size, _HASH_STEP):
        digest.update(part.unit.read(start, min(start + _HASH_STEP, part.size)))
    return digest.digest()


def index_tensors(units: Iterable[tuple[PlacedUnit, ParsedUnit]]) -> TensorIndex:
    """Index the tensors of a bitstream or track.

    Args:
        units: each unit with what was parsed of it, in bitstream order. Only headers are used;
            the units' bytes are read later, and only to find a parent by its hash.
    """
    index = TensorIndex()
    for unit, parsed in units:
        index.add(unit, parsed)
    return index
