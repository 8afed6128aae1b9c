"""pymp4's constructs, repaired: the same fields in the same order, but for construct's faults.

`repaired` makes a copy of a construct of pymp4, in which the parts that lose, hang or keep state
are replaced by ours (see `boxes.constructs`). What pymp4 would lose (reserved bits that are set, a
version that it cannot write) is an error, so that the box is parsed by a definition of our own.
"""

from __future__ import annotations

import functools
from typing import Any

import construct
import pymp4.parser as parser
from construct import (
    Adapter,
    Bytes,
    BytesInteger,
    Const,
    Construct,
    Container,
    Embedded,
    FormatField,
    GreedyBytes,
    LazyBound,
    Pass,
    Prefixed,
    PrefixedArray,
    Range,
    Restreamed,
    Select,
    Subconstruct,
    Switch,
)

from ..boxes.constructs.arrays import Counted, Repeat
from ..boxes.constructs.byte_fields import Padded, SizedBytes
from ..boxes.constructs.codes import Identifier
from ..boxes.constructs.exact import is_exact
from ..boxes.constructs.fixed import FixedField
from ..boxes.constructs.integers import Integers
from ..boxes.constructs.lazy_lists import LazyList
from ..boxes.constructs.structs import Context, Struct
from ..boxes.constructs.table_rows import TableRows, TableRowsContainer
from ..boxes.constructs.text import CString, Text, WholeText
from ..boxes.definition import field_names
from ..boxes.reader import window_on
from ..boxes.registry import BOX, CHILDREN, SAMPLE_ENTRY
from ..errors import BoxBuildError, BoxParseError
from .repaired_bits import bit_struct, repaired_bits
from .repaired_tables import LAZY_FROM, repaired_table


@functools.cache
def repaired(stock: Construct) -> Construct:
    """A copy of a construct of pymp4 without construct's faults, as far as it is known."""
    repair = _REPAIRS.get(type(stock))
    if repair is not None:
        made: Construct = repair(stock)
        return made
    if isinstance(stock, Subconstruct):
        return _with_subcon(stock, repaired(stock.subcon))
    return stock


def _with_subcon(stock: Subconstruct, subcon: Construct) -> Construct:
    """A copy that has another construct in it. (construct's own way to copy fails.)"""
    copied: Construct = object.__new__(type(stock))
    copied.__setstate__({**stock.__getstate__(), "subcon": subcon})
    return copied


# --- structs -------------------------------------------------------------------------------------


OF_ALL_BOXES = frozenset(("offset", "end", "type", "format", "size_form"))
"""Fields of parsed boxes that belong to no construct of a body."""


class StockStruct(Struct):
    """A struct of pymp4. Building refuses fields that it would leave out, such as those of ours."""

    __slots__ = ("_known",)

    def __init__(self, *subcons: Construct) -> None:
        super().__init__(*subcons, container=Container)
        self._known = OF_ALL_BOXES.union(*map(field_names, subcons))

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        if isinstance(obj, dict):
            given: Any = dict.keys(obj)  # the hidden ones, too
            if not self._known.issuperset(given):
                raise BoxBuildError(f"pymp4 has no {', '.join(map(str, set(given) - self._known))}")
        return super()._build(obj, stream, context, path)


def _struct(stock: construct.Struct) -> Construct:
    return StockStruct(*map(repaired, stock.subcons))


def _embedded(stock: Embedded) -> Construct:
    inner = stock.subcon
    return Embedded(repaired_bits(inner, True) if type(inner) is Restreamed else repaired(inner))


def _switch(stock: Switch) -> Construct:
    cases = {key: repaired(case) for key, case in stock.cases.items()}
    default = stock.default if stock.default is Switch.NoDefault else repaired(stock.default)
    return Switch(stock.keyfunc, cases, default, stock.includekey)


class _Constant(FixedField):
    """A number or bytes that must be as given."""

    def __init__(self, letters: str, value: Any) -> None:
        super().__init__(letters)
        self.value = value
        self.flagbuildnone = True
        as_bytes = letters.endswith("s") and isinstance(value, int)
        self._stored_value = value.to_bytes(int(letters[:-1])) if as_bytes else value

    def default(self, context: Any) -> Any:
        return self.value

    def decode(self, stored: Any) -> Any:
        if stored != self._stored_value:
            raise BoxParseError(f"{stored!r} is not {self._stored_value!r}")
        return self.value

    def encode(self, value: Any, name: str) -> Any:
        if value != self.value:
            raise BoxBuildError(f"{name} must be {self.value!r}, not {value!r}")
        return self._stored_value


def _const(stock: Const) -> Construct:
    field = stock.subcon
    if type(field) is FormatField and field.fmtstr[0] == ">":
        return _Constant(field.fmtstr[1], stock.value)
    if type(field) in (Bytes, BytesInteger) and isinstance(field.length, int):
        return _Constant(f"{field.length}s", stock.value)
    return _with_subcon(stock, repaired(field))


def padding(size: int, pattern: bytes = b"\0") -> Construct:
    """Reserved bytes, which must be as pymp4 writes them."""
    return _Constant(f"{size}s", pattern * size)


def _padded(stock: construct.Padded) -> Construct:
    if stock.subcon is Pass and isinstance(stock.length, int):
        return padding(stock.length, stock.pattern)
    return _with_subcon(stock, repaired(stock.subcon))


class _Sized(Subconstruct):
    """Fields in as many bytes as the size before them says, itself included."""

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return is_exact(self.subcon)

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        window = window_on(stream)
        inside = window.inner(int.from_bytes(window.read(4)) - 4)
        value = self.subcon._parse(inside, context, path)
        if inside.remaining:
            raise BoxParseError(f"{inside.remaining} bytes after the last field")
        return value

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> None:
        data = self.subcon.build(obj, context)
        stream.write((4 + len(data)).to_bytes(4) + data)


def _including_size(stock: Any) -> Construct:
    if stock is parser.Box:
        return BOX
    if stock is parser.SampleEntryBox:
        return SAMPLE_ENTRY
    return _Sized(repaired(stock.subcon))


def _lazy_bound(stock: LazyBound) -> Construct:
    try:
        found = stock.subconfunc(Context())
    except Exception:  # it depends on what has been parsed
        return stock
    return repaired(found)


class _Select(Construct):
    """The first of several forms that can be parsed or built."""

    def __init__(self, forms: list[Construct]) -> None:
        super().__init__()
        self.subcons = forms

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        window = window_on(stream)
        start = window.position
        for form in self.subcons:
            try:
                return form._parse(window, context, path)
            except Exception:
                window.position = start
        raise BoxParseError("none of the forms fits")

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> None:
        for form in self.subcons:
            try:
                data = form.build(obj, context)
            except Exception:
                continue
            stream.write(data)
            return
        raise BoxBuildError("none of the forms fits")


# --- lists ---------------------------------------------------------------------------------------


class _PlainList(Counted):
    """As `Counted`, but a plain list as construct's PrefixedArray gives it.

    A list of boxes of which some are not as pymp4 has them is a ListContainer, which prints them
    one below the other.
    """

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        values = super()._parse(stream, context, path)
        if isinstance(values, LazyList):
            return values
        if self.subcon in (BOX, SAMPLE_ENTRY) and any(type(box) is not Container for box in values):
            return values
        return list(values)


def _prefixed_array(stock: PrefixedArray) -> Construct:
    field = repaired(stock.lengthfield)
    table = repaired_table(stock.subcon, None, TableRows)
    element = table or repaired(stock.subcon)
    return _PlainList(field, element, _least_size(stock.subcon), few=LAZY_FROM - 1)


def _range(stock: Range) -> Construct:
    element = stock.subcon
    if stock.min == stock.max:
        count = stock.max
        table = repaired_table(element, count, TableRowsContainer)
        if table is not None:
            return table
        if type(element) is FormatField and element.fmtstr[1] in "BHLQbhlq":
            signed = element.fmtstr[1].islower()
            return Integers(count, element.length, signed=signed, lazy_from=LAZY_FROM)
        return Repeat(count, repaired(element), _least_size(element), few=LAZY_FROM - 1)
    if element is parser.Box:
        return CHILDREN
    return Repeat(None, repaired(element), _least_size(element), few=LAZY_FROM - 1)


def _least_size(element: Construct) -> int:
    """Bytes of the smallest element, as far as it is known."""
    try:
        return int(element.sizeof())
    except Exception:
        return 1


# --- text and codes ------------------------------------------------------------------------------


class _Strict(Adapter):
    """Text that must be what it is said to be encoded in."""

    exact = True

    def _decode(self, obj: Any, context: Any) -> str:
        if not isinstance(obj, str):
            raise BoxParseError("the text is not UTF-8")
        return obj

    def _encode(self, obj: Any, context: Any) -> Any:
        return obj


def _string(stock: Any) -> Construct:
    """construct's strings: of a fixed size, with a size, NUL-terminated, or to the end."""
    inner = stock.subcon
    if stock.encoding is None and type(inner) is construct.core.StringPaddedTrimmed:
        return Padded(inner.length, inner.padchar)
    if stock.encoding is None and type(inner) is Prefixed and inner.subcon is GreedyBytes:
        return SizedBytes(inner.lengthfield)
    if type(inner) is construct.ExprAdapter:
        return CString() if stock.encoding is None else _Strict(Text())
    if inner is GreedyBytes:
        return _Strict(WholeText())
    return _with_subcon(stock, repaired(inner))


def _prefixed(stock: Prefixed) -> Construct:
    if stock.subcon is GreedyBytes:
        return SizedBytes(stock.lengthfield)
    return stock


_REPAIRS: dict[type, Any] = {
    construct.Struct: _struct,
    Embedded: _embedded,
    Switch: _switch,
    Const: _const,
    construct.Padded: _padded,
    parser.PrefixedIncludingSize: _including_size,
    LazyBound: _lazy_bound,
    Select: lambda stock: _Select([repaired(form) for form in stock.subcons]),
    PrefixedArray: _prefixed_array,
    Range: _range,
    Restreamed: bit_struct,
    construct.core.StringEncoded: _string,
    Prefixed: _prefixed,
    parser.UUIDBytes: lambda stock: Identifier(),
}
"""How constructs are repaired, by class; a function of the construct."""
