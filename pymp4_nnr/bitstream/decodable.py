"""Which units a decoder needs for some of the NDUs of a bitstream."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeAlias

from .enums import ParentNodeIdType
from .part import Part
from .unit import NNRUnitType

_LAST_COUNTS = frozenset({NNRUnitType.NNR_MPS, NNRUnitType.NNR_LPS})
"""Types of which a unit replaces the one before it, if no NNR_STR comes between them."""

_HASH_STEP = 1 << 20
"""Bytes of an NDU's data that are hashed at once."""

_Division: TypeAlias = tuple[tuple[str, ...], int, tuple[tuple[str, int], ...]]
"""What the parts of a tensor that is divided have in common: names, start, node."""

_Node: TypeAlias = tuple[int | None, int, int]
"""Device, parameter and depth: the identity of an NDU in a tree of updates."""


@dataclass(frozen=True, slots=True)
class _Configuration:
    """A unit that is not an NNR_NDU."""

    unit_index: int
    nnr_unit_type: int | None
    partial: bool


class Dependencies:
    """What the units of one bitstream depend on; units are added in its order.

    Attributes:
        parts: the NDUs; they are added by `add_part`.
    """

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self._configurations: list[_Configuration] = []
        self._starts: list[tuple[int, int]] = []  # unit index of each NNR_STR, and place in these
        self._divided: dict[_Division, list[Part]] = {}
        self._nodes: dict[_Node, list[Part]] = {}
        self._digests: dict[str, dict[int, list[Part]]] = {}

    def add_configuration(self, unit_index: int, unit_type: int | None, *, partial: bool) -> None:
        """Add a unit that is not an NNR_NDU.

        Args:
            unit_index: 0-based place in the bitstream.
            unit_type: its type, or None where that cannot be read.
            partial: whether it has a partial data counter, so that others belong to it.
        """
        if unit_type == NNRUnitType.NNR_STR:
            self._starts.append((unit_index, len(self._configurations)))
        self._configurations.append(_Configuration(unit_index, unit_type, partial))

    def add_part(self, part: Part) -> None:
        """Add an NNR_NDU."""
        self.parts.append(part)
        self._digests.clear()
        if part.partial_data_counter is not None and part.tensors:
            self._divided.setdefault(_division(part), []).append(part)
        if "device_id" in part.node and "put_node_depth" in part.node:
            key = part.node["device_id"], part.node["parameter_id"], part.node["put_node_depth"]
            self._nodes.setdefault(key, []).append(part)

    def decodable(self, parts: Iterable[Part]) -> list[int]:
        """Return the unit indices of a bitstream that decodes; see `TensorIndex.decodable`."""
        needed: dict[int, Part] = {}
        together: set[_Division] = set()
        waiting = list(parts)
        while waiting:
            part = waiting.pop()
            if part.unit_index not in needed:
                needed[part.unit_index] = part
                division = _division(part)
                if part.partial_data_counter is not None and division not in together:
                    together.add(division)
                    waiting += self._divided.get(division, [])
                waiting += self._before(part)
                waiting += self._parents(part)
        return sorted(self._in_force(needed).union(needed))

    def _before(self, part: Part) -> list[Part]:
        """The NDU before one that is not independently decodable, as for any such sample."""
        if part.independently_decodable_flag or part.sample_number == 1:
            return []
        return [self.parts[part.sample_number - 2]]

    def _parents(self, part: Part) -> list[Part]:
        """The NDU that this one updates: of those before it that its header means, the last."""
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
        earlier = bisect_left(matches, part.sample_number, key=attrgetter("sample_number"))
        return matches[earlier - 1 : earlier] if earlier else []

    def _by_digest(self, algorithm: str) -> dict[int, list[Part]]:
        """NDUs by the hash of their data, which is read for nothing else: so only when needed."""
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
        known = self._configurations
        at = 0
        # In force at the place reached, and not among the needed ones yet.
        pending: dict[int, None] = {}
        latest: dict[int, int] = {}
        for part in sorted(parts):
            begun = bisect_left(self._starts, (part,))
            if begun and self._starts[begun - 1][1] >= at:  # what is before it counts no more
                at = self._starts[begun - 1][1]
                pending.clear()
                latest.clear()
            while at < len(known) and known[at].unit_index < part:
                one = known[at]
                if one.nnr_unit_type in _LAST_COUNTS and not one.partial:
                    pending.pop(latest.get(one.nnr_unit_type, -1), None)
                    latest[one.nnr_unit_type] = one.unit_index
                pending[one.unit_index] = None
                at += 1
            needed.update(pending)
            pending.clear()
        return needed


def _division(part: Part) -> _Division:
    return part.tensors, part.start, tuple(part.node.items())


def _hash(algorithm: str, part: Part, payload_size: int) -> bytes:
    """Digest of an NDU's data, read piece by piece."""
    digest = hashlib.new(algorithm)
    for start in range(part.size - payload_size, part.size, _HASH_STEP):
        digest.update(part.unit.read(start, min(start + _HASH_STEP, part.size)))
    return digest.digest()
