"""NDUs described for an index of tensors: by their headers, which are read fast."""

from __future__ import annotations

from .codec import UnitLike, parse_unit
from .context import Context
from .ndu_description import NODE, PARENT, Described, Description
from .parsed_unit import ParsedUnit, Readable
from .tensor_names import ElementNames
from .unit import NNRUnitType

MAX_HEADER = 0xFFFF
"""Bytes of the longest header that is described."""

HEAD_SIZE = 256
"""Bytes from which most headers can be read."""

_MAX_32 = 0xFFFFFFFF
_UNKNOWN_KEY = 16
"""First bytes of a header by which one that cannot be described is known again."""

_REMEMBERED = 1 << 12
"""Headers that are known again at most."""

_LENGTHS = 8
"""Lengths of headers, behind the name, that are tried."""

CHANGES_HEADERS = frozenset((NNRUnitType.NNR_STR, NNRUnitType.NNR_MPS, NNRUnitType.NNR_TPL))
"""Types of the units on which the headers of NNR_NDUs depend."""


def describe(parsed: ParsedUnit, tensors: tuple[str, ...]) -> Described | None:
    """What an index says of a parsed NNR_NDU; None where its header is incomplete or too large.

    Args:
        parsed: the unit.
        tensors: names of its topology elements, from `ElementNames.of`.
    """
    header = parsed.header
    dimensions = tuple(header.get("tensor_dimensions") or ())
    if parsed.incomplete is not None or parsed.payload_size is None or not tensors:
        return None
    node = tuple((name, header[name]) for name in NODE if name in header)
    parent = tuple((name, header[name]) for name in PARENT if name in header)
    small = [value for name, value in (*node, *parent) if "sha" not in name]
    header_size = parsed.unit.size - parsed.payload_size
    if (
        header_size > MAX_HEADER
        or len(dimensions) > 0xFF
        or len(tensors) > 0xFFFF
        or max((*dimensions, *small), default=0) > _MAX_32
    ):
        return None
    description = Description(
        header["independently_decodable_flag"],
        header.get("partial_data_counter"),
        header["nnr_compressed_data_unit_payload_type"],
        dimensions,
        len(tensors),
        node,
        parent,
    )
    return Described(description, header_size, tensors)


class HeaderReader:
    """Describes the NDUs of a bitstream; it is told each unit, in order.

    Headers that differ in the name alone are parsed once: parsing takes a hundred times as long
    as finding one that is known, and models have a million of them.
    """

    def __init__(self) -> None:
        self._context = Context()
        self._names = ElementNames()
        self._known: dict[bytes, Description] = {}
        self._lengths: dict[int, list[int]] = {}
        self._unknown: set[bytes] = set()

    def configuration(self, unit_type: int, unit: UnitLike) -> None:
        """Take note of a unit that is no NNR_NDU."""
        if unit_type in CHANGES_HEADERS:
            parsed = parse_unit(unit, self._context)
            self._context.update(parsed)
            self._names.update(parsed)
            self._known.clear()
            self._lengths.clear()
            self._unknown.clear()

    def ndu(self, unit: Readable, head: bytes) -> Described | None:
        """Describe an NNR_NDU; None where that cannot be done.

        Args:
            unit: the unit.
            head: its first bytes, up to `HEAD_SIZE`.

        Raises:
            OSError, NNRError: the unit cannot be read.
        """
        at = 4 if head[0] & 0x80 else 2  # behind the size
        front = at + 2 + (head[at] & 1)  # behind the common header and the first elements
        if (start := head[at : at + _UNKNOWN_KEY]) in self._unknown:
            return None
        # The name comes first on a byte boundary; all that follows it depends on these bytes alone.
        simple = (
            self._context.mps_topology_indexed_reference_flag == 0
            and len(head) >= front
            and not head[front - 1] & 0b100  # nnr_multiple_topology_elements_present_flag
        )
        end = head.find(0, front) + 1 if simple else 0
        if end:
            lead = head[at:front]
            for length in self._lengths.get(head[front - 1], ()):
                known = self._known.get(lead + head[end : end + length])
                if known is not None and end + length <= unit.size:
                    name = head[front : end - 1].decode("utf-8", "surrogateescape")
                    return Described(known, end + length, (name,))
        parsed = parse_unit(unit, self._context)
        found = describe(parsed, self._names.of(parsed))
        if found is None:
            if len(self._unknown) < _REMEMBERED:
                self._unknown.add(start)
        elif end and end <= found.header_size <= len(head) and len(self._known) < _REMEMBERED:
            length = found.header_size - end
            lengths = self._lengths.setdefault(head[front - 1], [])
            if length not in lengths:
                if len(lengths) == _LENGTHS:
                    return found
                lengths.append(length)
            self._known[head[at:front] + head[end : found.header_size]] = found.description
        return found
