"""`dump`: the boxes of a file, as pymp4's `mp4dump` shows them or as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..boxes.header import MEDIA_DATA, BoxHeader, show_code
from ..boxes.nesting import PathStep, PlacedBox, parse_path
from ..boxes.text import box_lines, box_text, is_known, parse_box, unread_box
from ..boxes.tree import FIRST, MANY, BoxView, Omitted, box_view
from ..errors import BoxNotFoundError, NNRError
from ..escape import printable
from ..io.ranges import read_exactly
from ..io.source import Source, SourceLike, open_source
from ..movie.probe import top_level_boxes

PADDING = frozenset((b"free", b"skip", b"wide"))

SHOWN_SIZE_BYTES = 4096
"""Boxes whose content is not decoded (padding, unknown types, `uuid`) are read up to this size."""


def dump(source: SourceLike) -> Iterator[Any]:
    """Yield the top-level boxes of a file, parsed, one after the other.

    Media data, and large boxes whose content is not decoded, are not read: their `data` is a
    `NotRead`, with offset and size. One box at a time is in memory.

    Args:
        source: path, URL, buffer or binary file object. A file that is opened here is closed at the
            end.

    Raises:
        OSError: the file cannot be read.
        FileFormatError: a box is cut off, or bytes are no box; those before have been yielded.
    """
    opened = open_source(source)
    try:
        for place in top_level_boxes(opened):
            yield _read(opened, place).box
    finally:
        if opened is not source:
            opened.close()


def boxes(source: Source, path: str | None = None) -> Iterator[PlacedBox]:
    """Yield the boxes of a file with their places: those at the top level, or those at a path.

    Args:
        source: the file.
        path: such as ``moov/trak[1]/mdia``: types of boxes, each with a 0-based number among the
            boxes of that type beside it; without the number, all of them.

    Raises:
        ArgumentError: the path is none.
        BoxNotFoundError: it leads to no box.
        OSError, FileFormatError: as `dump`.
    """
    if path is None:
        for place in top_level_boxes(source):
            yield _read(source, place)
        return
    first, *others = parse_path(path)
    found = False
    for place in _at(source, first):
        for box in _read(source, place).find(others):
            found = True
            yield box
    if not found:
        raise BoxNotFoundError(f"there is no box {path}")


def tree(source: Source, path: str | None = None) -> Iterator[BoxView | Omitted]:
    """The boxes of a file as they are shown to people.

    Args:
        source: the file.
        path: as for `boxes`. Without it, where there are more than 64 top-level boxes of a type,
            only the first two and the last one are shown.

    Raises:
        OSError, NNRError: as `boxes`.
    """
    if path is not None:
        yield from map(box_view, boxes(source, path))
        return
    for entry in shortened(source):
        yield entry if isinstance(entry, Omitted) else box_view(_read(source, entry))


def short_dump(source: SourceLike) -> Iterator[Any]:
    """As `dump`, with an `Omitted` in place of boxes of a type of which there are very many."""
    opened = open_source(source)
    try:
        for entry in shortened(opened):
            yield entry if isinstance(entry, Omitted) else _read(opened, entry).box
    finally:
        if opened is not source:
            opened.close()


def shortened(source: Source) -> Iterator[BoxHeader | Omitted]:
    """The top-level boxes of a file; of a type of which there are many, the first and the last.

    Raises:
        OSError, FileFormatError: as `dump`.
    """
    by_type: dict[bytes, list[BoxHeader]] = {}
    counts: dict[bytes, int] = {}
    fault: NNRError | None = None
    try:
        for place in top_level_boxes(source):
            places = by_type.setdefault(place.type, [])
            counts[place.type] = count = counts.get(place.type, 0) + 1
            if count <= MANY:
                places.append(place)
            else:
                places[FIRST + 1 :] = [place]  # the first that is left out tells where they are
    except NNRError as error:
        fault = error
    entries: list[tuple[int, BoxHeader | Omitted]] = []
    for code, places in by_type.items():
        entries += [(place.offset, place) for place in places]
        if counts[code] > MANY:
            number = counts[code] - FIRST - 1
            place = places[FIRST]
            entries.remove((place.offset, place))
            entries.append((place.offset, Omitted({printable(show_code(code)): number})))
    entries.sort(key=lambda entry: entry[0])
    waiting: Omitted | None = None
    for _, entry in entries:
        if isinstance(entry, Omitted):
            waiting = Omitted({**(waiting.counts if waiting else {}), **entry.counts})
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        yield entry
    if fault is not None:
        raise fault


def _at(source: Source, step: PathStep) -> Iterator[BoxHeader]:
    """The top-level boxes that a step of a path means."""
    number = 0
    for place in top_level_boxes(source):
        if place.type == step.type:
            if step.number in (None, number):
                yield place
            if number == step.number:
                return
            number += 1


def _read(source: Source, place: BoxHeader) -> PlacedBox:
    if _is_read(place):
        data = read_exactly(source, place.offset, place.size)
        return PlacedBox.top_level(parse_box(data, place.offset), data)
    return PlacedBox.top_level(
        unread_box(*(place.type, place.offset, place.size, place.header_size, place.size_form))
    )


def _is_read(place: BoxHeader) -> bool:
    if place.type in MEDIA_DATA:
        return False
    only_bytes = place.type == b"uuid" or place.type in PADDING or not is_known(place.type)
    return not only_bytes or place.size <= SHOWN_SIZE_BYTES


__all__ = ["box_lines", "box_text", "boxes", "dump", "short_dump", "shortened", "tree"]
