"""Boxes that are parsed only as far as they are looked at: for reading, not for changing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from .header import BoxHeader, child_headers, show_code
from .node import Node
from .reader import Window
from .registry import BOX

_HEADS = {
    **dict.fromkeys(
        b"moov trak mdia minf dinf stbl edts mvex moof traf".split(),
        0,
    ),
    b"stsd": 8,  # version, flags, entry_count
}
"""Boxes whose child boxes can be found without parsing them: bytes of the body before the first."""


_REPEATED = frozenset((b"tfhd",))
"""Boxes of which a file has many with the same bytes: they are parsed only once."""

_MOST_REMEMBERED = 256
_LARGEST_REMEMBERED = 64
"""Boxes that are remembered, and bytes of each: any number may follow in a stream."""


class _Parsed(NamedTuple):
    """What has been parsed.

    Attributes:
        by_offset: of one top-level box: by the offset of each box.
        by_bytes: those of `_REPEATED`, by their bytes. In what is found here, `offset` and `end`
            are those of another box.
    """

    by_offset: dict[int, Any]
    by_bytes: dict[bytes, Any]


class _ScannedNode(Node):
    """A box of a file that is parsed when a field of it is looked at; it is only read.

    Child boxes are found by their headers alone: to get one of them, those that contain it need
    not be parsed.
    """

    __slots__ = ("_data", "_found", "_header", "_index", "_offset", "_parent", "_parsed")

    def __init__(
        self,
        data: bytes,
        offset: int,
        header: BoxHeader,
        parsed: _Parsed,
        parent: _ScannedNode | None = None,
        index: int | None = None,
    ) -> None:
        self._data = data
        self._offset = offset
        self._header = header
        self._parsed = parsed
        self._parent = parent
        self._index = index
        self._found: Any = None

    @property
    def path(self) -> str:  # type: ignore[override]
        """See `Node`."""
        name = show_code(self._header.type)
        if self._index is not None:
            name = f"{name}[{self._index}]"
        return name if self._parent is None else f"{self._parent.path}/{name}"

    @property
    def _box(self) -> Any:
        if self._found is None:
            self._found = self._parse()
        return self._found

    def _parse(self) -> Any:
        header, base = self._header, self._offset
        by_offset, by_bytes = self._parsed
        found = by_offset.get(header.offset)
        if found is not None:
            return found
        data = b""
        if header.type in _REPEATED:
            data = self._data[header.offset - base : header.end - base]
            found = by_bytes.get(data)
        if found is None:
            body = Window(self._data, base, header.body_offset - base, header.end - base)
            found = BOX.parse_body(header, body, None)
            if 0 < len(data) <= _LARGEST_REMEMBERED and len(by_bytes) < _MOST_REMEMBERED:
                by_bytes[data] = found
        by_offset[header.offset] = found
        return found

    def _place(self) -> int | None:
        return self._header.offset

    @property
    def type(self) -> bytes:
        return self._header.type

    @property
    def header(self) -> BoxHeader:
        return self._header

    def _headers(self) -> Iterator[BoxHeader]:
        """Headers of the child boxes, up to the first bytes that are no box."""
        base = self._offset
        start = self._header.body_offset - base + _HEADS[self._header.type]
        return child_headers(self._data, start, self._header.end - base, base)

    def _scanned(self, header: BoxHeader, index: int | None = None) -> Node:
        return _ScannedNode(self._data, self._offset, header, self._parsed, self, index)

    def children(self, code: bytes | None = None) -> list[Node]:
        if self.type not in _HEADS:
            return super().children(code)
        if code is None:
            return [self._scanned(header) for header in self._headers()]
        found = [header for header in self._headers() if header.type == code]
        return [self._scanned(header, index) for index, header in enumerate(found)]

    def find(self, code: bytes) -> Node | None:
        if self.type not in _HEADS:
            return super().find(code)
        for header in self._headers():
            if header.type == code:
                return self._scanned(header).check_intact()
        return None

    def build(self) -> bytes:
        raise TypeError(f"{self.path} was opened for reading: changes to boxes in it are not kept")

    def check_intact(self) -> Node:
        return self if self.type in _SCANNED else super().check_intact()


_SCANNED = frozenset(code for code, size in _HEADS.items() if not size)
"""Boxes that hold nothing but boxes: whatever is in them, they are not broken themselves."""


def scan_node(
    data: bytes,
    header: BoxHeader,
    remembered: dict[bytes, Any] | None = None,
    index: int | None = None,
) -> Node:
    """A top-level box for reading, in which each box is parsed when a field of it is looked at.

    Args:
        data: the whole box.
        header: where it lies in the file.
        remembered: boxes that have been parsed and may stand in other top-level boxes, too, by
            their bytes.
        index: 0-based, among the boxes of its type; it stands in the path where it is given.
    """
    parsed = _Parsed({}, {} if remembered is None else remembered)
    return _ScannedNode(data, header.offset, header, parsed, None, index)
