"""A unit with the values of its syntax elements."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from ..escape import utf8
from .unit import unit_type_name

Fields: TypeAlias = dict[str, Any]
"""Values of syntax elements by name: integers, texts, bytes, `Float32`, lists and dicts of them."""

_SHOWN = 6
"""Elements that `repr` shows."""


class Readable(Protocol):
    """A unit whose bytes are read when asked for, such as a `Unit` or a sample of a file."""

    @property
    def size(self) -> int:
        """Bytes of the unit."""

    def read(self, start: int = 0, stop: int | None = None, /) -> bytes:
        """Return the bytes from `start` up to `stop` (default: to the end)."""


@dataclass(frozen=True, slots=True)
class ParsedUnit:
    """One NNR unit, its syntax elements by the names that the standard gives them.

    Attributes:
        header: `nnr_unit_size()` and `nnr_unit_header()`, for an NNR_NDU the whole compressed
            data unit header. Values are integers, texts, bytes, lists of them (lists of lists
            where loops are nested), and dicts for codebooks and entry points.
        payload: elements of the payload; None where it is data (NNR_NDU), of unknown syntax or
            not reached.
        payload_size: bytes of an NNR_NDU's data; None for other types and where the header is
            incomplete.
        incomplete: why `header` and `payload` do not hold every element; None if they do. The
            elements that they hold are certain all the same (a list may end early, a codebook's
            values not reached are None), and the unit's bytes are kept.
        data_offset: byte offset in the unit of what is data, or of unknown syntax; None where
            there is none or it is not known.
        unit: what the unit was read from.
        malformed: whether it is incomplete because its bytes break the syntax; not where they use
            what is reserved, or need what is not in the bitstream or not available.
    """

    header: Fields
    payload: Fields | None
    payload_size: int | None
    incomplete: str | None
    data_offset: int | None
    unit: Readable = field(compare=False)
    malformed: bool = False

    @property
    def nnr_unit_type(self) -> int | None:
        """The unit's type, or None where not even that can be read."""
        return self.header.get("nnr_unit_type")

    @property
    def data(self) -> bytes:
        """The bytes of `unit` from `data_offset` on; none where that is None."""
        return b"" if self.data_offset is None else self.unit.read(self.data_offset)

    def to_json(self) -> dict[str, Any]:
        """What the unit holds, as values that JSON has.

        Returns:
            ``{"header", "payload", "payload_size", "incomplete"}``. Bytes become hexadecimal
            text, infinities ``inf`` and ``-inf``, bytes of a text that are not UTF-8 ``\\xff``;
            NaNs are texts already (`bits.Float32`). `encode_unit` takes all of it but the last
            kind of text.
        """
        return {
            "header": _jsonable(self.header),
            "payload": _jsonable(self.payload),
            "payload_size": self.payload_size,
            "incomplete": self.incomplete,
        }

    def __repr__(self) -> str:
        kind = self.nnr_unit_type
        name = "of unknown type" if kind is None else unit_type_name(kind)
        shown = [f"{key}={reprlib.repr(value)}" for key, value in self._telling()]
        if len(shown) > _SHOWN:
            shown = [*shown[:_SHOWN], "..."]
        if self.payload_size is not None:
            shown.append(f"payload_size={self.payload_size}")
        if self.incomplete is not None:
            shown.append(f"incomplete: {self.incomplete}")
        return f"<ParsedUnit {name}{': ' * bool(shown)}{', '.join(shown)}>"

    def _telling(self) -> Iterator[tuple[str, Any]]:
        """The elements that say most: without flags, and without those that every unit has."""
        for name, value in {**self.header, **(self.payload or {})}.items():
            common = name in ("nnr_unit_size", "nnr_unit_type") or "reserved_zero" in name
            if not common and not name.endswith("_flag"):
                yield name, value


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _jsonable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return utf8(value)
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    return value
