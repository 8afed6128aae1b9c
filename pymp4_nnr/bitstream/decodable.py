"""Which units a decoder needs for some of the NDUs of a bitstream."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import TypeAlias

from .enums import ParentNodeIdType
from .part import PartForm
from .part_table import PartTable
from .unit import NNRUnitType
from .unit_table import UnitTable

_LAST_COUNTS = frozenset({NNRUnitType.NNR_MPS, NNRUnitType.NNR_LPS})
"""Types of which a unit replaces the one before it, if no NNR_STR comes between them."""

_HASH_STEP = 1 << 20
"""Bytes of an NDU's data that are hashed at once."""

_UNREADABLE = 0xFF
"""Stands for a type that cannot be read."""

_REPLACED = (1 << 64) - 1
"""Stands for a unit that another has replaced."""

_Division: TypeAlias = tuple[tuple[str, ...], int, tuple[tuple[str, int], ...]]
"""What the parts of a tensor that is divided have in common: names, start, node."""

_Node: TypeAlias = tuple[int | None, int, int]
"""Device, parameter and depth: the identity of an NDU in a tree of updates."""


class Dependencies:
    """What the units of one bitstream depend on; units are added in its order.

    Args:
        units: all of them, with more to come.
        parts: the NDUs among them; each is there before it is added.
    """

    def __init__(self, units: UnitTable, parts: PartTable) -> None:
        self._units = units
        self._parts = parts
        self._configurations = array("Q")  # unit index of each unit that is not an NNR_NDU
        self._types = bytearray()
        self._partial = bytearray()
        self._starts = array("Q")  # unit index of each NNR_STR
        self._start_places = array("Q")  # and its place in `_configurations`
        self._divided: dict[_Division, array[int]] = {}
        self._nodes: dict[_Node, array[int]] = {}
        self._digests: dict[str, dict[int, array[int]]] = {}

    def add_configuration(self, unit_index: int, unit_type: int | None, *, partial: bool) -> None:
        """Add a unit that is not an NNR_NDU.

        Args:
            unit_index: 0-based place in the bitstream.
            unit_type: its type, or None where that cannot be read.
            partial: whether it has a partial data counter, so that others belong to it.
        """
        if unit_type == NNRUnitType.NNR_STR:
            self._starts.append(unit_index)
            self._start_places.append(len(self._configurations))
        self._configurations.append(unit_index)
        self._types.append(_UNREADABLE if unit_type is None else unit_type)
        self._partial.append(partial)

    def add_part(self, index: int) -> None:
        """Add the NNR_NDU at a 0-based index."""
        form = self._parts.form(index)
        self._digests.clear()
        if form.partial_data_counter is not None and self._parts.tensors[index]:
            self._divided.setdefault(self._division(index, form), array("I")).append(index)
        if form.node:
            node = dict(form.node)
            if "device_id" in node and "put_node_depth" in node:
                key = node["device_id"], node["parameter_id"], node["put_node_depth"]
                self._nodes.setdefault(key, array("I")).append(index)

    def decodable(self, parts: Iterable[int]) -> list[int]:
        """Return the unit indices of a bitstream that decodes; see `TensorIndex.decodable`.

        Args:
            parts: 0-based indices of the NDUs that it is to decode.
        """
        needed = _Places()
        together: set[_Division] = set()
        waiting = array("I", parts)
        while waiting:
            index = waiting.pop()
            if not needed.add(index):
                continue
            form = self._parts.form(index)
            if form.partial_data_counter is not None:
                division = self._division(index, form)
                if division not in together:
                    together.add(division)
                    waiting.extend(self._divided.get(division, ()))
            if index and not form.independently_decodable_flag:
                waiting.append(index - 1)  # the NDU before it, as for any such sample
            waiting.extend(self._parents(index, form))
        indices = self._parts.unit_indices
        chosen = array("Q", (indices[one] for one in needed))
        return sorted([*self._in_force(chosen), *chosen])

    def _division(self, index: int, form: PartForm) -> _Division:
        return self._parts.tensors[index], self._parts.starts[index], form.node

    def _parents(self, index: int, form: PartForm) -> Sequence[int]:
        """The NDU that this one updates: of those before it that its header means, the last."""
        if not form.parent:
            return ()
        parent, node = dict(form.parent), dict(form.node)
        matches: Sequence[int] = ()
        if (
            parent.get("parent_node_id_type") == ParentNodeIdType.ICNN_NDU_ID
            and "put_node_depth" in node
        ):
            # The parent has the same parameter_id and lies one step nearer to the root.
            key = parent.get("parent_device_id"), node["parameter_id"], node["put_node_depth"] - 1
            matches = self._nodes.get(key, ())
        elif (digest := parent.get("parent_node_payload_sha256")) is not None:
            matches = self._by_digest("sha256").get(digest, ())
        elif (digest := parent.get("parent_node_payload_sha512")) is not None:
            matches = self._by_digest("sha512").get(digest, ())
        earlier = bisect_left(matches, index)
        return matches[earlier - 1 : earlier] if earlier else ()

    def _by_digest(self, algorithm: str) -> dict[int, array[int]]:
        """NDUs by the hash of their data, which is read for nothing else: so only when needed."""
        if algorithm not in self._digests:
            digests = self._digests[algorithm] = {}
            for index in range(len(self._parts)):
                payload_size = self._parts.payload_size(index)
                if payload_size is not None:
                    digest = int.from_bytes(self._hash(algorithm, index, payload_size))
                    digests.setdefault(digest, array("I")).append(index)
        return self._digests[algorithm]

    def _hash(self, algorithm: str, index: int, payload_size: int) -> bytes:
        """Digest of an NDU's data, read piece by piece."""
        digest = hashlib.new(algorithm)
        unit = self._parts.unit(index)
        for start in range(unit.size - payload_size, unit.size, _HASH_STEP):
            digest.update(unit.read(start, min(start + _HASH_STEP, unit.size)))
        return digest.digest()

    def _in_force(self, parts: Iterable[int]) -> array[int]:
        """Indices of the configuration units in force at any of the units `parts`.

        Args:
            parts: unit indices, which increase.
        """
        needed = array("Q")
        known = self._configurations
        at = 0
        # In force at the place reached, and not among the needed ones yet.
        pending = array("Q")
        latest: dict[int, int] = {}  # by type, the place of the last unit in `pending`
        for part in parts:
            begun = bisect_left(self._starts, part)
            if begun and self._start_places[begun - 1] >= at:  # what is before it counts no more
                at = self._start_places[begun - 1]
                pending = array("Q")
                latest.clear()
            while at < len(known) and known[at] < part:
                kind = self._types[at]
                if kind in _LAST_COUNTS and not self._partial[at]:
                    if kind in latest:
                        pending[latest[kind]] = _REPLACED
                    latest[kind] = len(pending)
                pending.append(known[at])
                at += 1
            if pending:
                needed.extend(unit for unit in pending if unit != _REPLACED)
                pending = array("Q")
                latest.clear()
        return needed


class _Places:
    """A set of numbers, many of which are near to each other."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}

    def add(self, place: int) -> bool:
        """Add a number; whether it is new."""
        block = self._blocks.setdefault(place >> 8, bytearray(256))
        new = not block[place & 0xFF]
        block[place & 0xFF] = 1
        return new

    def __iter__(self) -> Iterator[int]:
        """The numbers in order."""
        for number in sorted(self._blocks):
            block = self._blocks[number]
            yield from compress(range(number << 8, (number + 1) << 8), block)
