"""pymp4's bit fields, as ours read and write them."""

from __future__ import annotations

from typing import Any

import construct
import pymp4.parser as parser
from construct import (
    BitsInteger,
    Const,
    Construct,
    Container,
    Default,
    Embedded,
    Mapping,
    Rebuild,
    Renamed,
    Restreamed,
    Subconstruct,
)

from ..boxes.constructs.bits import Bits, Names
from ..boxes.constructs.codes import PackedLanguage
from ..boxes.constructs.structs import Context
from ..errors import BoxParseError


class _RebuiltBits(Subconstruct):
    """Bit fields of which some are computed when building."""

    exact = False

    def __init__(self, bits: Bits, rebuilt: dict[str, Any]) -> None:
        super().__init__(bits)
        self.rebuilt = rebuilt
        self.flagbuildnone = True

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        inner = Context(_=context)
        computed = {name: compute(inner) for name, compute in self.rebuilt.items()}
        return self.subcon._build({**(obj or {}), **computed}, stream, context, path)


class StrictBits(Bits):
    """Bit fields; reserved bits that are set are an error, since pymp4 loses them."""

    def check_rows(self, data: bytes, start: int, step: int) -> None:
        """Check the same bit fields in many rows, byte by byte of a row.

        Args:
            data: the rows.
            start: where in a row they are.
            step: bytes of a row.

        Raises:
            BoxParseError: reserved bits are set in one of the rows.
        """
        masks = self._hidden_mask.to_bytes(self.size)
        expected = self._hidden_default.to_bytes(self.size)
        for index, mask in enumerate(masks):
            if mask:
                usual = bytes(byte for byte in range(256) if byte & mask == expected[index])
                if data[start + index :: step].translate(None, usual):
                    raise BoxParseError("reserved bits are set")

    def decode_fields(self, stored: int | bytes) -> dict[str, Any]:
        number = int.from_bytes(stored) if isinstance(stored, bytes) else stored
        if number & self._hidden_mask != self._hidden_default:
            raise BoxParseError("reserved bits are set")
        return super().decode_fields(number)


def repaired_bits(stock: Restreamed, embedded: bool = False) -> StrictBits:
    """The bit fields of a `BitStruct`; those that are computed when building are as given."""
    struct = stock.subcon
    if type(struct) is Embedded:
        struct, embedded = struct.subcon, True
    fields = [_bit_field(index, field) for index, field in enumerate(struct.subcons)]
    return StrictBits(*fields, embedded=embedded, container=Container)


def bit_struct(stock: Restreamed) -> Construct:
    """A `BitStruct` or `EmbeddedBitStruct`."""
    bits = repaired_bits(stock)
    if bits.embedded:
        return Embedded(bits)
    rebuilt = {
        field.name: field.subcon.func
        for field in stock.subcon.subcons
        if type(field) is Renamed and type(field.subcon) is Rebuild
    }
    return _RebuiltBits(bits, rebuilt) if rebuilt else bits


def _bit_field(index: int, field: Construct) -> tuple[Any, ...]:
    name, default = field.name, 0
    while type(field) in (Renamed, Default, Rebuild):
        if type(field) is Default:
            default = field.value
        field = field.subcon
    kind: Any
    if type(field) is construct.Padded:
        ones = (1 << field.length) - 1
        # construct cannot write a pattern that is no bit: such a struct never is as pymp4 has it
        default = {b"\0": 0, b"\1": ones}.get(field.pattern, ones + 1)
        return f"_reserved{index}", field.length, default
    if field is construct.Flag:
        return name, bool, default
    if type(field) is BitsInteger:
        return name, field.length, default
    if type(field) is Const:
        return name, field.subcon.length, field.value
    if type(field) is Mapping:
        kind = Names(*(field.decoding[value] for value in range(len(field.decoding))))
        kind.width = field.subcon.length
        return name, kind, default
    if type(field) is parser.ISO6392TLanguageCode:
        return name, PackedLanguage()
    raise TypeError(f"pymp4 has a bit field {field!r} that is not known")
