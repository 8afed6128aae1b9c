"""Syntax elements read from units, and units written from syntax elements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from ..errors import SyntaxElementError
from ..io.source import SourceLike
from .bits import BitReader, rest
from .context import Context
from .parsed_unit import ParsedUnit, Readable
from .splitter import split
from .syntax import (
    SyntaxReader,
    SyntaxWriter,
    nnr_unit_header,
    nnr_unit_payload,
    nnr_unit_size,
)
from .unit import NNRUnitType, Unit

_SHORT_LIMIT = 1 << 15

_DERIVED = frozenset({"payload_size", "incomplete"})
"""Keys of `ParsedUnit.to_json` that `encode_unit` does not take."""


UnitLike: TypeAlias = bytes | bytearray | memoryview | Readable
"""The bytes of a unit, or what reads them."""


class _Buffer:
    """Bytes as a `Readable`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, start: int = 0, stop: int | None = None, /) -> bytes:
        return self.data[start:stop]


def parse_unit(unit: UnitLike, context: Context | None = None) -> ParsedUnit:
    """Read the syntax elements of one unit (ISO/IEC 15938-17, syntax of nnr_unit()).

    Args:
        unit: its bytes, or anything that reads them, such as a `Unit`. Of an NNR_NDU only the
            header is read, in steps of 256 bytes, 512, ....
        context: what the units before it said; without it, what holds at the start of a
            bitstream. It is not changed; `Context.update` does that.

    Returns:
        The unit as far as its elements are certain. Bad content does not raise: what cannot be
        read, is reserved, or has a syntax that is not available makes the unit `incomplete`. A
        unit that is not incomplete is rebuilt from its elements by `encode_unit`, byte for byte.

    Raises:
        OSError, NNRError: as raised by `unit.read`.
    """
    readable = _Buffer(bytes(unit)) if isinstance(unit, bytes | bytearray | memoryview) else unit
    bits = BitReader(readable.read, readable.size)
    s = SyntaxReader(bits)
    incomplete = None
    is_ndu = malformed = False
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
        malformed = not s.is_unknown
        is_ndu = False
    has_data = is_ndu or (s.opaque_reason is not None and incomplete == s.opaque_reason)
    return ParsedUnit(
        header=s.fields["header"],
        payload=s.fields.get("payload"),
        payload_size=bits.remaining // 8 if is_ndu else None,
        incomplete=incomplete,
        data_offset=bits.position // 8 if has_data else None,
        unit=readable,
        malformed=malformed,
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
    # What follows from the elements is left out; each of the others must be written.
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


def parse(
    source: SourceLike | Iterable[Unit], context: Context | None = None
) -> Iterator[ParsedUnit]:
    """Parse a whole bitstream, each unit in the context of those before it.

    Args:
        source: as for `split`; or the units, such as `Network.units`. The payloads of NNR_NDU
            units are not read.
        context: what units before these said; each unit updates it.

    Yields:
        Each unit, as `parse_unit` returns it; its `unit` is the `Unit` that `split` yields.

    Raises:
        BitstreamError, MediaError, OSError: as `split`.
    """
    context = Context() if context is None else context
    for unit in _units(source):
        parsed = parse_unit(unit, context)
        context.update(parsed)
        yield parsed


def _units(source: SourceLike | Iterable[Unit]) -> Iterable[Unit]:
    """The units of a bitstream, or those that are given."""
    if (
        isinstance(source, Iterable)
        and not isinstance(source, (str, bytes, bytearray, memoryview))
        and not hasattr(source, "read")
    ):
        return source
    return split(cast("SourceLike", source))
