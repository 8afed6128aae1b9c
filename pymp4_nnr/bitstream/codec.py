"""Units with the values of their syntax elements: reading, writing, showing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from ..errors import SyntaxElementError
from ..io.source import Source, SourceLike
from .bits import BitReader, rest
from .context import Context
from .splitter import split
from .syntax import (
    Fields,
    SyntaxReader,
    SyntaxWriter,
    nnr_unit_header,
    nnr_unit_payload,
    nnr_unit_size,
)
from .unit import NNRUnitType

_SHORT_LIMIT = 1 << 15

_DERIVED = frozenset({"payload_size", "incomplete"})
"""Keys of `to_json` that are no input of `encode_unit`."""


class Readable(Protocol):
    """A unit whose bytes are read when asked for, such as a `Unit` or a sample of a file."""

    @property
    def size(self) -> int:
        """Bytes of the unit."""

    def read(self, start: int = 0, stop: int | None = None, /) -> bytes:
        """Return the bytes from `start` up to `stop` (default: to the end)."""


UnitLike: TypeAlias = bytes | bytearray | memoryview | Readable


class _Buffer:
    """Bytes as a `Readable`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, start: int = 0, stop: int | None = None, /) -> bytes:
        return self.data[start:stop]


@dataclass(frozen=True, slots=True)
class ParsedUnit:
    """One NNR unit, its syntax elements by the names that the standard gives them.

    Attributes:
        header: `nnr_unit_size()` and `nnr_unit_header()`, for an NNR_NDU the whole compressed
            data unit header. Values are integers, texts, bytes, lists of them (lists of lists
            where loops are nested), and dicts for codebooks and entry points.
        payload: elements of the payload; None where it is data (NNR_NDU), opaque or not reached.
        payload_size: bytes of an NNR_NDU's data; None for other types and where the header is
            incomplete.
        incomplete: why `header` and `payload` do not hold every element; None if they do. The
            elements that they hold are certain all the same (a list may end early, a codebook's
            values not reached are None), and the unit's bytes are kept.
        data_offset: where in the unit the bytes begin that are data or opaque, if that is known.
        unit: what the unit was read from.
    """

    header: Fields
    payload: Fields | None
    payload_size: int | None
    incomplete: str | None
    data_offset: int | None
    unit: Readable = field(repr=False, compare=False)

    @property
    def nnr_unit_type(self) -> int | None:
        """The unit's type, or None where not even that can be read."""
        return self.header.get("nnr_unit_type")

    @property
    def data(self) -> bytes:
        """An NNR_NDU's data, or an opaque unit's bytes after what is known; else nothing."""
        return b"" if self.data_offset is None else self.unit.read(self.data_offset)


def parse_unit(unit: UnitLike, context: Context | None = None) -> ParsedUnit:
    """Read the syntax elements of one unit (ISO/IEC 15938-17, syntax of nnr_unit()).

    Args:
        unit: its bytes, or anything that reads them, such as a `Unit`. Of an NNR_NDU only the
            header is read, in steps of 256 bytes, 512, ....
        context: what the units before it said; without it, what holds at the start of a
            bitstream. It is not changed: see `Context.update`.

    Returns:
        The unit as far as its elements are certain. Nothing is an error here: what cannot be
        read, is reserved, or has no syntax available makes the unit `incomplete`. A unit that is
        not incomplete is rebuilt from its elements by `encode_unit`, byte for byte.

    Raises:
        OSError, NNRError: as raised by `unit.read`.
    """
    readable = _Buffer(bytes(unit)) if isinstance(unit, bytes | bytearray | memoryview) else unit
    bits = BitReader(readable.read, readable.size)
    s = SyntaxReader(bits)
    incomplete = None
    is_ndu = False
    try:
        with s.group("header"):
            size = nnr_unit_size(s)
            bits.limit(size)
            unit_type, steering = nnr_unit_header(s, context or Context())
        is_ndu = unit_type == NNRUnitType.NNR_NDU
        nnr_unit_payload(s, context or Context(), unit_type, steering)
        if size != readable.size:
            s.stop(f"nnr_unit_size is {size}, the unit has {readable.size} bytes")
        incomplete = s.opaque_reason
    except SyntaxElementError as error:
        incomplete = error.reason
        is_ndu = False
    has_data = is_ndu or (s.opaque_reason is not None and incomplete == s.opaque_reason)
    return ParsedUnit(
        header=s.fields["header"],
        payload=s.fields.get("payload"),
        payload_size=bits.remaining // 8 if is_ndu else None,
        incomplete=incomplete,
        data_offset=bits.position // 8 if has_data else None,
        unit=readable,
    )


def encode_unit(unit: ParsedUnit | Mapping[str, Any], context: Context | None = None) -> bytes:
    """Write one unit (ISO/IEC 15938-17, syntax of nnr_unit()).

    Args:
        unit: a parsed unit, or a dict of ``{"header": {...}, "payload": {...}, "data": bytes}``.
            `data` is what follows the last element: the data of an NNR_NDU, or all after the
            common header of a type without a syntax. In a dict,

            - `nnr_unit_size` is computed, in the short form where that suffices; with
              `nnr_unit_size_flag` = 1 it has the long form;
            - a flag for the presence of elements, a count of the items of a list, and reserved
              bits may be left out;
            - bytes may be given as hexadecimal text.

            An incomplete parsed unit gives the bytes that it was read from.
        context: what the units before it say, as for `parse_unit`.

    Raises:
        SyntaxElementError: names the element that is missing, has an impossible value, or has no
            place in this unit; also where the elements call for a syntax that is not available.
    """
    if isinstance(unit, ParsedUnit):
        if unit.incomplete is not None:
            return unit.unit.read()
        unit = {"header": unit.header, "payload": unit.payload, "data": unit.data}
    header = dict(unit.get("header") or {})
    size_fields = {name: header.pop(name, None) for name in ("nnr_unit_size_flag", "nnr_unit_size")}
    # What follows from the elements is not asked for; everything else must find its place.
    given = {key: value for key, value in unit.items() if key not in _DERIVED}
    if not given.get("data"):
        given.pop("data", None)
    s = SyntaxWriter(given | {"header": header})
    with s.group("header"):
        unit_type, steering = nnr_unit_header(s, context or Context())
    nnr_unit_payload(s, context or Context(), unit_type, steering)
    if unit_type == NNRUnitType.NNR_NDU or s.opaque_reason is not None:
        s("data", rest, b"")
    s.finish()
    body = s.bits.to_bytes()

    flag = size_fields["nnr_unit_size_flag"]
    if flag is None:
        flag = int(len(body) + 2 >= _SHORT_LIMIT)
    size = len(body) + (4 if flag else 2)
    if size_fields["nnr_unit_size"] not in (None, size):
        raise SyntaxElementError(
            f"header.nnr_unit_size is {size_fields['nnr_unit_size']}, the unit has {size} bytes "
            "(leave it out to have it computed)"
        )
    front = SyntaxWriter({"header": {"nnr_unit_size_flag": flag, "nnr_unit_size": size}})
    with front.group("header"):
        nnr_unit_size(front)
    return front.bits.to_bytes() + body


def to_json(unit: ParsedUnit) -> dict[str, Any]:
    """Return what a parsed unit holds as values that JSON has.

    Returns:
        ``{"header", "payload", "payload_size", "incomplete"}``. Bytes become hexadecimal text,
        infinities ``inf`` and ``-inf``, bytes of a text that are not UTF-8 ``\\xff``; NaNs are
        texts already (`Float32`). `encode_unit` takes all of it but the last kind of text.
    """
    return {
        "header": _jsonable(unit.header),
        "payload": _jsonable(unit.payload),
        "payload_size": unit.payload_size,
        "incomplete": unit.incomplete,
    }


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _jsonable(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if isinstance(value, float) and math.isinf(value):
        return str(value)
    return value


def parse(source: SourceLike | Source, context: Context | None = None) -> Iterator[ParsedUnit]:
    """Parse a whole bitstream, each unit in the context of those before it.

    Args:
        source: as for `split`. The payloads of NNR_NDU units are not read.
        context: where to start from; it is updated on the way.

    Yields:
        Each unit, see `parse_unit`; its `unit` is the `Unit` that `split` gives.

    Raises:
        BitstreamError, OSError: as `split`. No unit that is well delimited raises.
    """
    context = Context() if context is None else context
    for unit in split(source):
        parsed = parse_unit(unit, context)
        context.update(parsed)
        yield parsed
