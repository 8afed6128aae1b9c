"""NNR items in `meta` boxes (ISO/IEC 14496-12, 8.11): the form that is registered for networks.

Items of type `nnr1` and properties of type `nnrC` are registered with ISO/IEC 14496-15:2024/Amd 1.
Their syntax is not public: an item is bytes, and so is the property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..boxes.node import Node
from ..errors import ItemError, RepeatedDataError, TrackNotChosenError, TrackNotFoundError
from ..escape import few
from ..io.ranges import ByteRange, Piece, SourceRange, read_exactly
from ..nnr_error import RAISED
from .movie import Movie
from .repeated_bytes import most_repeated

ITEM_TYPE = b"nnr1"
PROPERTY_TYPE = b"nnrC"

_IN_FILE, _IN_IDAT = 0, 1


@dataclass(frozen=True)
class NNRItem:
    """An item of type `nnr1`.

    Attributes:
        item_id: `item_ID`, which is its own in its `meta` alone.
        name: `item_name`.
        meta: path of the `meta` box: ``"meta"``, ``"moov/meta"`` or ``"moov/trak[1]/meta"``.
        handler_type: of the `meta`, four characters.
        extents: where its bytes lie, in order.
        properties: the bodies of the `nnrC` properties that it is associated with.
    """

    item_id: int
    name: str
    meta: str
    handler_type: str
    extents: tuple[ByteRange, ...]
    properties: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(extent.size for extent in self.extents)


def items(movie: Movie, *, everywhere: bool = True) -> list[NNRItem]:
    """The NNR items of a file, in `meta` of the file, of `moov` and of the tracks.

    Args:
        movie: the file.
        everywhere: of a remote file: in boxes after `moov`, too, each of which is a request.

    Raises:
        SampleTableError: their boxes are broken, or they do not lie in the file.
    """
    found: list[NNRItem] = []
    for header in movie.boxes if everywhere else movie.known_boxes:
        if header.type == b"meta":
            found += _items(movie, movie.parse(header), "meta")
    for meta in movie.moov.children(b"meta"):
        found += _items(movie, meta, "moov/meta")
    for number, trak in enumerate(movie.moov.children(b"trak")):
        for meta in trak.children(b"meta"):
            found += _items(movie, meta, f"moov/trak[{number}]/meta")
    return found


def find_item(movie: Movie, item_id: int) -> NNRItem:
    """The NNR item with this item_ID.

    Raises:
        TrackError: there is none, or several in different `meta` boxes.
        SampleTableError: as `items`.
    """
    every = items(movie)
    found = [item for item in every if item.item_id == item_id]
    if len(found) == 1:
        return found[0]
    listed = few(f"{item.item_id} in {item.meta}" for item in every)
    if found:
        raise TrackNotChosenError(f"several NNR items have item_ID {item_id}; there are: {listed}")
    raise TrackNotFoundError(f"no NNR item has item_ID {item_id}; there are: {listed}")


def item_pieces(movie: Movie, item: NNRItem) -> list[Piece]:
    """The bytes of an item."""
    return [SourceRange(movie.source, *extent) for extent in item.extents]


def _items(movie: Movie, meta: Node, path: str) -> Iterator[NNRItem]:
    if meta.is_raw:
        return  # of a form that is not known: whatever it holds
    hdlr = meta.find(b"hdlr")
    handler = hdlr.data("handler_type").decode("latin-1") if hdlr else ""
    properties: dict[int, list[bytes]] | None = None
    places: dict[int, Node] = {}
    left = movie.most_bytes  # extents that are listed
    for iinf in meta.children(b"iinf"):
        for info in iinf.rows("item_infos"):
            if info.type != b"infe" or info.is_raw or not info.has("item_type"):
                continue
            if info.data("item_type") != ITEM_TYPE:
                continue
            if properties is None:
                properties = _properties(movie, meta)
                places = _places(meta)
            item_id = info.integer("item_ID")
            name = info.text("item_name")
            extents = tuple(_extents(movie, meta, places, item_id, path))
            left -= len(extents)
            if left < 0 or sum(extent.size for extent in extents) > movie.most_bytes:
                raise RepeatedDataError(
                    f"item {item_id} has the same bytes many times: more than the file; {RAISED}",
                    box_path=f"{path}/iloc",
                )
            yield NNRItem(
                item_id,
                name if isinstance(name, str) else name.decode("utf-8", "replace"),
                path,
                handler,
                extents,
                tuple(properties.get(item_id, ())),
            )


def _places(meta: Node) -> dict[int, Node]:
    """The entries of `iloc` (8.11.3) by item_ID, the first of each."""
    found: dict[int, Node] = {}
    for iloc in meta.intact(b"iloc"):
        for item in iloc.rows("items"):
            found.setdefault(item.integer("item_ID"), item)
    return found


def _extents(
    movie: Movie, meta: Node, places: Mapping[int, Node], item_id: int, path: str
) -> Iterator[ByteRange]:
    """Where an item lies in the file (8.11.3)."""
    item = places.get(item_id)
    if item is None:
        raise ItemError(f"item {item_id} has no place", box_path=f"{path}/iloc")
    method = item.integer_or("construction_method", _IN_FILE)
    if method not in (_IN_FILE, _IN_IDAT) or item.integer("data_reference_index"):
        raise ItemError(f"item {item_id} does not lie in the file itself", box_path=f"{path}/iloc")
    space = ByteRange(0, movie.source.size)
    if method == _IN_IDAT:
        space = meta.need(b"idat").header.body
    base = item.integer("base_offset")
    for extent in item.rows("extents"):
        start = base + extent.integer("extent_offset")
        size = extent.integer("extent_length") or space.size - start  # 0: all that is left
        if start + size > space.size or size < 0:
            raise ItemError(f"item {item_id} ends outside the file", box_path=f"{path}/iloc")
        yield ByteRange(space.offset + start, size)


def _properties(movie: Movie, meta: Node) -> dict[int, list[bytes]]:
    """The bodies of the `nnrC` properties of each item (8.11.14), by item_ID."""
    found: dict[int, list[bytes]] = {}
    left = most_repeated(movie.source.size, movie.limit)
    for iprp in meta.intact(b"iprp"):
        boxes = [box for ipco in iprp.intact(b"ipco") for box in ipco.children()]
        bodies: dict[int, bytes] = {}
        for ipma in iprp.intact(b"ipma"):
            for entry in ipma.each("entries"):
                for index in entry.integers("associations", "property_index"):
                    if 0 < index <= len(boxes) and boxes[index - 1].type == PROPERTY_TYPE:
                        body = bodies.get(index)
                        if body is None:
                            body = read_exactly(movie.source, *boxes[index - 1].header.body)
                            bodies[index] = body
                        left -= len(body)
                        if left < 0:
                            raise RepeatedDataError(
                                f"the properties of items are larger than the file; {RAISED}",
                                box_path=f"{iprp.path}/ipma",
                            )
                        found.setdefault(entry.integer("item_ID"), []).append(body)
    return found
