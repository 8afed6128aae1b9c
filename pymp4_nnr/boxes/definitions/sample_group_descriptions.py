"""`sgpd`: what is said of each group of samples (ISO/IEC 14496-12, 8.9.3)."""

from __future__ import annotations

import io
from array import array
from functools import lru_cache
from typing import Any

from construct import Construct, Container, Default, Int32ub, ListContainer

from ...errors import BoxBuildError, BoxParseError
from ..constructs.arrays import each
from ..constructs.build_values import as_bytes
from ..constructs.codes import FourCC
from ..constructs.containers import new_container
from ..constructs.full_box import FullBox, from_version
from ..constructs.struct_rows import FEW_ROWS, StructRows, even_rows, rows_at, struct_rows
from ..constructs.when import When
from ..reader import Window, window_on
from ..registry import box
from .sample_group_entries import OPEN_ENDED, SAMPLE_GROUP_ENTRIES


class Descriptions(Construct):
    """The entries of `sgpd`, with `description_length` where it is stored.

    An entry has the fields of its grouping type (`SAMPLE_GROUP_ENTRIES`). Where that type is not
    known, or an entry is none of it, its bytes are in the field `description`.

    Version 0 stores no lengths. There, entries are told apart where there is only one, or where
    their type tells where one ends.
    """

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        count = int.from_bytes(window.read(4))
        construct = _construct_for(context)
        if context["version"] == 0 and _tells_its_end(context) and construct is not None:
            return self._parse_unsized(construct, window, count, context)
        length = self._length(context, count, window.remaining)
        least = 4 if length is None else length
        if count * least > window.remaining or (not least and count > 1):
            raise BoxParseError(
                f"{count} descriptions of {least} bytes or more do not fit {window.remaining} bytes"
            )
        one = _description(construct, length)
        if length is not None:
            return even_rows(one, count, length, window, context)
        starts = array("Q")
        for _ in range(count):
            starts.append(window.position)
            window.take(int.from_bytes(window.read(4)))
        if count > FEW_ROWS:
            return rows_at(one, starts, window, context)
        return ListContainer([one._parse(window.at(at), context, path) for at in starts])

    def _parse_unsized(
        self, construct: Construct, window: Window, count: int, context: Container
    ) -> ListContainer:
        """Entries one after the other, each of which tells where it ends."""
        if count > max(window.remaining, 1):
            raise BoxParseError(f"{count} descriptions do not fit {window.remaining} bytes")
        start = window.position
        entries = struct_rows(construct, count, window, context, "parsing")
        if window.position - start < count > 1:
            raise BoxParseError(f"{count} descriptions of no bytes")
        if not isinstance(entries, StructRows):  # whose rows have been tried
            data = b"".join(_entry_bytes(construct, entry, context) for entry in entries)
            if data != window.data[start : window.position]:
                raise BoxParseError("the descriptions lose bytes")
        return entries

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        entries = obj if hasattr(obj, "__len__") else list(obj)
        stream.write(len(entries).to_bytes(4))
        construct = _construct_for(context)
        if isinstance(entries, StructRows):
            one = _description(construct, context.get("default_length") or None)
            known = entries.bytes_for(one, context)
            if known is not None:
                stream.write(known)
                return
        if context["version"] == 0 and not _tells_its_end(context):
            self._length(context, len(entries), 0)
        for index, entry in enumerate(each(entries)):
            data = _entry_bytes(construct, entry, context)
            if context["version"] > 0:
                size = context["default_length"] or entry.get("description_length")
                if size is not None and size != len(data):
                    raise BoxBuildError(
                        f"description {index} has {len(data)} bytes, its length says {size}"
                    )
                if not context["default_length"]:
                    stream.write(len(data).to_bytes(4))
            stream.write(data)

    def _length(self, context: Container, count: int, left: int) -> int | None:
        """Bytes of every description; None where each has a length field."""
        if context["version"] > 0:
            return context["default_length"] or None
        if count > 1:
            raise BoxParseError("version 0 does not tell where a description ends")
        return left


class _Description(Construct):
    """An entry of so many bytes, or with its length before it. Whatever it is, its bytes are kept.

    Args:
        construct: of its fields, if its type is known.
        length: of the entry; None where each has a length field.
    """

    exact = True

    def __init__(self, construct: Construct | None, length: int | None) -> None:
        super().__init__()
        self.construct = construct
        self.length = length

    def _parse(self, stream: Any, context: Any, path: str) -> Container:
        fields: dict[str, Any] = {}
        size = self.length
        if size is None:
            size = fields["description_length"] = int.from_bytes(stream.read(4))
        found = _entry(self.construct, stream.inner(size), context)
        fields.update(dict.items(found))  # the hidden ones, too
        entry: Container = new_container(fields)
        return entry


_description = lru_cache(maxsize=256)(_Description)


def _grouping_type(context: Container) -> bytes:
    return as_bytes(context["grouping_type"], "grouping_type").ljust(4)


def _construct_for(context: Container) -> Construct | None:
    return SAMPLE_GROUP_ENTRIES.get(_grouping_type(context))


def _tells_its_end(context: Container) -> bool:
    kind = _grouping_type(context)
    return kind in SAMPLE_GROUP_ENTRIES and kind not in OPEN_ENDED


def _entry(construct: Construct | None, inside: Window, context: Container) -> dict[str, Any]:
    """The fields of an entry, or its bytes where they do not give all of it."""
    start = inside.tell()
    data = inside.read()
    if construct is not None:
        inside.seek(start)
        try:
            fields: dict[str, Any] = construct._parse(inside, context, "parsing")
            if not inside.remaining and _entry_bytes(construct, fields, context) == data:
                return fields
        except Exception:
            pass  # the bytes have it all
    return {"description": data}


def _entry_bytes(construct: Construct | None, entry: Any, context: Container) -> bytes:
    if not isinstance(entry, dict):
        raise BoxBuildError("a description is a dict of fields")
    if entry.get("description") is not None:
        return as_bytes(entry["description"], "description")
    if construct is None:
        raise BoxBuildError("field 'description' is missing")
    stream = io.BytesIO()
    construct._build(entry, stream, context, "building")
    return stream.getvalue()


# Version 2 of older editions, without default_length, stays raw where it does not fit.
box(
    b"sgpd",
    body=FullBox(
        "grouping_type" / FourCC(),
        "default_length" / When(from_version(1), Default(Int32ub, 0)),
        "default_group_description_index" / When(from_version(2), Default(Int32ub, 0)),
        "entries" / Descriptions(),
        versions=(1, 0, 2, 3),
    ),
)
