"""nnr_unit(), the syntax that all unit types share, ISO/IEC 15938-17."""

from __future__ import annotations

from collections.abc import Callable

from ..bits import u
from ..context import Context
from ..unit import NNRUnitType, unit_type_name
from . import agg, lps, mps, ndu, qnt, str_, tpl
from .base import Syntax

_Header = Callable[[Syntax, Context], int]
_Payload = Callable[[Syntax, Context, int], None]

_TYPES: dict[int, tuple[_Header, _Payload]] = {
    NNRUnitType.NNR_STR: (str_.header, str_.payload),
    NNRUnitType.NNR_MPS: (mps.header, mps.payload),
    NNRUnitType.NNR_LPS: (lps.header, lps.payload),
    NNRUnitType.NNR_TPL: (tpl.header, tpl.payload),
    NNRUnitType.NNR_QNT: (qnt.header, qnt.payload),
}
"""Unit types with a payload of elements: its header, which returns what the payload needs."""


def nnr_unit_size(s: Syntax) -> int:
    """nnr_unit_size(): bytes of the whole unit."""
    long = s("nnr_unit_size_flag", u(1))
    return s("nnr_unit_size", u(31 if long else 15))


def nnr_unit_header(s: Syntax, context: Context) -> tuple[int, int]:
    """nnr_unit_header(); returns the unit type, and what the payload needs of the header."""
    unit_type = s("nnr_unit_type", u(6))
    s("independently_decodable_flag", u(1))
    if s("partial_data_counter_present_flag", u(1), s.has("partial_data_counter")):
        s("partial_data_counter", u(8))
    steering = 0
    if unit_type in _TYPES:
        steering = _TYPES[unit_type][0](s, context)
    elif unit_type == NNRUnitType.NNR_NDU:
        ndu.header(s, context)
    elif unit_type == NNRUnitType.NNR_AGG:
        agg.header(s, context)
    else:
        s.opaque(f"the syntax of {unit_type_name(unit_type)} is not available")
    return unit_type, steering


def nnr_unit_payload(s: Syntax, context: Context, unit_type: int, steering: int) -> None:
    """nnr_unit_payload() as far as it has elements; that of an NNR_NDU is data."""
    if unit_type in _TYPES and s.opaque_reason is None:
        with s.group("payload"):
            _TYPES[unit_type][1](s, context, steering)
        s.end()
