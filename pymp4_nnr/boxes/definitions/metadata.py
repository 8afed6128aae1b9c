"""`meta` and what is in it, for ISO files, QuickTime and iTunes; items are in `items`."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Default, GreedyBytes, Int8ub, Int16ub, Int32ub

from ...errors import BoxBuildError, BoxParseError
from ..box import Boxes
from ..constructs.arrays import Counted
from ..constructs.codes import FourCC, Language
from ..constructs.full_box import FullBox
from ..constructs.structs import Struct
from ..constructs.text import LastText
from ..reader import Window, window_on
from ..registry import CHILDREN, box, family
from .item_values import ItemValue


class MetaHeader(Construct):
    """Version and flags of `meta`, which QuickTime leaves out: None there.

    Which it is shows in what follows: `hdlr` comes first (ISO/IEC 14496-12, 8.11.1); where it does
    not, four zero bytes are version and flags, and anything else is the size of a box.
    """

    exact = True

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        if not self._has_version(window):
            return Container([("version", None), ("flags", None)])
        head = int.from_bytes(window.read(4))
        return Container([("version", head >> 24), ("flags", head & 0xFFFFFF)])

    def _has_version(self, window: Window) -> bool:
        start = window.tell()
        head = window.read(min(12, window.remaining))
        window.seek(start)
        if head[4:8] == b"hdlr":
            return False
        return head[8:12] == b"hdlr" or head[:4] == bytes(4)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        version, flags = obj.get("version", 0), obj.get("flags", 0)
        if (version is None) != (flags is None):
            raise BoxBuildError("version and flags are both None (QuickTime's meta) or neither")
        if version is not None:
            stream.write(Int8ub.build(version) + int(flags).to_bytes(3))


box(b"meta", body=Struct(MetaHeader(), "children" / Default(CHILDREN, [])))

# ID3 in MP4.
box(b"ID32", body=FullBox("language" / Language(), "ID3v2_data" / Default(GreedyBytes, b"")))

# ISO/IEC 14496-12, 8.11.2 and 8.11.8.
box(b"xml", body=FullBox("xml" / LastText()))
box(b"bxml", body=FullBox("data" / Default(GreedyBytes, b"")))
box(
    b"mere",
    body=FullBox(
        "first_metabox_handler_type" / FourCC(),
        "second_metabox_handler_type" / FourCC(),
        "metabox_relation" / Int8ub,
    ),
)

# QuickTime File Format: metadata item keys. The items in `ilst` are numbered from 1.


class Key(Construct):
    """One key: its size with the eight bytes before the value, its namespace, its value."""

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        size = int.from_bytes(stream.read(4))
        if size < 8:
            raise BoxParseError(f"a key of {size} bytes is too small")
        namespace = stream.read(4)
        return Container([("key_namespace", namespace), ("key_value", stream.read(size - 8))])

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        value = obj["key_value"]
        value = value.encode() if isinstance(value, str) else bytes(value)
        namespace = bytes(obj["key_namespace"])
        if len(namespace) != 4:
            raise BoxBuildError(f"key_namespace has 4 bytes, not {len(namespace)}")
        stream.write((8 + len(value)).to_bytes(4) + namespace + value)


box(b"keys", body=FullBox("entries" / Counted(Int32ub, Key(), minimum_size=8)))

# QuickTime File Format and iTunes: the items. Their types are names, or numbers of keys.
ITEM_PART = family(
    {
        b"data": Struct(
            "type_indicator" / Default(Int32ub, 1),
            "country_indicator" / Default(Int16ub, 0),
            "language_indicator" / Default(Int16ub, 0),
            ItemValue(),
        ),
        b"mean": FullBox("meaning_string" / GreedyBytes),
        b"name": FullBox("name" / GreedyBytes),
        b"itif": FullBox("item_ID" / Int32ub),
    }
)
"""Boxes in an item of `ilst`."""

ITEM = family({}, Struct("children" / Default(Boxes(ITEM_PART), [])))
"""Items of `ilst`: whatever their type is."""

box(b"ilst", body=Struct("children" / Default(Boxes(ITEM), [])))
