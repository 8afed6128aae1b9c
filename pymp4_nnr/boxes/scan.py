"""Boxes that are parsed only as far as they are looked at: for reading, not for changing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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


class _ScannedNode(Node):
    """A box of a file that is parsed when a field of it is looked at; it is only read.

    Child boxes are found by their headers alone: to get one of them, those that contain it need
    not be parsed.
    """

    __slots__ = ("_data", "_header", "_offset", "_parsed")

    def __init__(
        self, data: bytes, offset: int, header: BoxHeader, path: str, parsed: dict[int, Any]
    ) -> None:
        self._data = data
        self._offset = offset
        self._header = header
        self._parsed = parsed  # what has been parsed of the top-level box, by offset
        self.path = path

    @property
    def _box(self) -> Any:
        parsed = self._parsed.get(self._header.offset)
        if parsed is None:
            header, base = self._header, self._offset
            body = Window(self._data, base, header.body_offset - base, header.end - base)
            parsed = self._parsed[header.offset] = BOX.parse_body(header, body, None)
        return parsed

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

    def _scanned(self, header: BoxHeader, name: str) -> Node:
        path = f"{self.path}/{name}"
        return _ScannedNode(self._data, self._offset, header, path, self._parsed)

    def children(self, code: bytes | None = None) -> list[Node]:
        if self.type not in _HEADS:
            return super().children(code)
        found = [header for header in self._headers() if code is None or header.type == code]
        if code is None:
            return [self._scanned(header, show_code(header.type)) for header in found]
        name = show_code(code)
        return [self._scanned(header, f"{name}[{i}]") for i, header in enumerate(found)]

    def find(self, code: bytes) -> Node | None:
        if self.type not in _HEADS:
            return super().find(code)
        for header in self._headers():
            if header.type == code:
                return self._scanned(header, show_code(code)).check_intact()
        return None

    def build(self) -> bytes:
        raise TypeError(f"{self.path} was opened for reading: changes to boxes in it are not kept")

    def check_intact(self) -> Node:
        return self if self.type in _SCANNED else super().check_intact()


_SCANNED = frozenset(code for code, size in _HEADS.items() if not size)
"""Boxes that hold nothing but boxes: whatever is in them, they are not broken themselves."""


def scan_node(data: bytes, header: BoxHeader) -> Node:
    """A top-level box for reading, in which each box is parsed when a field of it is looked at.

    Args:
        data: the whole box.
        header: where it lies in the file.
    """
    return _ScannedNode(data, header.offset, header, show_code(header.type), {})
