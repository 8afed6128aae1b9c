"""Parsed boxes told apart from their fields: which boxes lie in a box, where, and by what path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

from ..errors import ArgumentError, BoxParseError
from .display import box_type_of, shown_fields
from .header import HEADER_SIZE, LARGE_HEADER_SIZE, LARGESIZE, decode_header

_OF_ALL_BOXES = frozenset(("offset", "type", "format", "end", "size", "header_size", "note"))


class PlacedBox(NamedTuple):
    """A parsed box or sample entry, and where it lies.

    Attributes:
        box: what was parsed.
        offset: byte offset in the file; None where it is not known.
        size: bytes of header and body; None where it is not known.
        data: the bytes of the top-level box that it lies in; empty where they were not read.
        base: byte offset of `data` in the file.
    """

    box: Any
    offset: int | None
    size: int | None
    data: bytes
    base: int

    @classmethod
    def top_level(cls, box: Any, data: bytes = b"") -> Self:
        """A top-level box, from `text.parse_box` or `text.unread_box`."""
        return cls(box, box["offset"], box["end"] - box["offset"], data, box["offset"])

    @property
    def type(self) -> bytes:
        """Its four-character code."""
        return box_type_of(self.box)

    @property
    def note(self) -> str | None:
        """What is wrong with it, or None."""
        note = self.box.get("note")
        return None if note is None else str(note)

    def split(self) -> tuple[list[tuple[str, Any]], list[PlacedBox]]:
        """Its fields, as people write them, and the boxes in it, in their order."""
        fields: list[tuple[str, Any]] = []
        boxes: list[Any] = []
        for name, value in shown_fields(self.box, self.type):
            if name in _OF_ALL_BOXES:
                continue
            if is_box(value):
                boxes.append(value)
            elif isinstance(value, list) and _are_boxes(value):
                boxes += value
            else:
                fields.append((name, value))
        return fields, self._placed(boxes) if boxes else []

    def find(self, steps: Sequence[PathStep]) -> Iterator[PlacedBox]:
        """The boxes that a path leads to; an empty one leads to the box itself."""
        if not steps:
            yield self
            return
        number = 0
        for inner in self.split()[1]:
            if inner.type.rstrip() == steps[0].type:
                if steps[0].number in (None, number):
                    yield from inner.find(steps[1:])
                number += 1

    def _placed(self, boxes: list[Any]) -> list[PlacedBox]:
        if "offset" in boxes[0]:
            return [
                PlacedBox(box, box["offset"], box["end"] - box["offset"], self.data, self.base)
                for box in boxes
            ]
        places = self._following(self._first_entry(), len(boxes))
        return [
            PlacedBox(box, *place, self.data, self.base)
            for box, place in zip(boxes, places, strict=True)
        ]

    def _first_entry(self) -> int | None:
        """Index in `data` of the first box in this one, where the parsed boxes do not tell."""
        if self.offset is None or not self.data:
            return None
        large = self.box.get("size_form") == LARGESIZE
        body = self.offset - self.base + (LARGE_HEADER_SIZE if large else HEADER_SIZE)
        if self.type in (b"stsd", b"dref"):
            return body + _BEFORE_ENTRIES
        return body + _VISUAL_FIELDS if "avc_data" in self.box else None

    def _following(self, at: int | None, count: int) -> list[tuple[int | None, int | None]]:
        """Offsets and sizes of boxes that follow each other from an index in `data` on."""
        found: list[tuple[int | None, int | None]] = []
        if at is None:
            return [(None, None)] * count
        try:
            for _ in range(count):
                size = decode_header(self.data[at : at + LARGE_HEADER_SIZE], 0).size
                found.append((self.base + at, size))
                at += size
        except BoxParseError:
            pass
        return found + [(None, None)] * (count - len(found))


_BEFORE_ENTRIES = 8  # version, flags and the number of entries of stsd and dref
_VISUAL_FIELDS = 78  # fields of a VisualSampleEntry (ISO/IEC 14496-12, 12.1.3)


def is_box(value: Any) -> bool:
    """Whether the value of a field is a box or sample entry, and not a structure."""
    if not isinstance(value, dict):
        return False
    return isinstance(value.get("type"), bytes) or isinstance(value.get("format"), bytes)


def _are_boxes(values: list[Any]) -> bool:
    return bool(len(values)) and is_box(values[0])


# --- paths


class PathStep(NamedTuple):
    """One step of the path to a box.

    Attributes:
        type: of the box, trailing spaces left out.
        number: its 0-based number among the boxes of that type beside it; None: all of them.
    """

    type: bytes
    number: int | None


_STEP = re.compile(r"(.{1,4}?) *(?:\[(\d+)\])?", flags=re.DOTALL)


def parse_path(text: str) -> list[PathStep]:
    """The steps of a path such as ``moov/trak[1]/mdia``.

    Raises:
        ArgumentError: it is none.
    """
    steps = []
    for part in text.split("/"):
        match = _STEP.fullmatch(part)
        if match is None:
            raise ArgumentError(f"{part!r} is no type of a box: a path is like moov/trak[1]/mdia")
        try:
            code = match[1].encode("latin-1")
        except UnicodeEncodeError as error:
            raise ArgumentError(f"{part!r} is no type of a box") from error
        steps.append(PathStep(code, None if match[2] is None else int(match[2])))
    return steps
