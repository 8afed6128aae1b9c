"""Structs that read and write each run of fixed-size fields at once."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import construct
from construct import (
    Bytes,
    BytesInteger,
    Construct,
    ConstructError,
    Container,
    Default,
    Embedded,
    FormatField,
    Renamed,
)

from ...errors import BoxBuildError, BoxParseError
from ..reader import Window, window_on
from .bits import Bits
from .build_values import as_bytes
from .containers import Fields, is_hidden, new_container
from .exact import is_exact
from .fixed import FixedField
from .when import HeaderFunction, When


class Context(dict[str, Any]):
    """The fields known so far, as construct's expressions ask for them; `_` is the one around."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class _Field(NamedTuple):
    """A field of a run.

    Attributes:
        name: None if it is not named.
        letters: how it is stored, as in `FixedField`.
        decode: from the value stored, if there is something to do.
        encode: value and name to the value stored, if there is something to do.
        default: the value when the caller gives none, if it is constant.
        construct: it, without its wrappers.
        bits: it is `Bits` whose fields are those of the struct.
    """

    name: str | None
    letters: str
    decode: Callable[[Any], Any] | None
    encode: Callable[[Any, str], Any] | None
    default: Any
    construct: Construct
    bits: bool


class _Run:
    """Fields of fixed size that follow each other."""

    def __init__(self, fields: list[_Field]) -> None:
        self.fields = fields
        self.stored = struct.Struct(">" + "".join(field.letters for field in fields))
        self.unpack = self.stored.unpack_from
        self.size = self.stored.size
        self.names = tuple(field.name for field in fields)
        self.decoders = [(i, field.decode) for i, field in enumerate(fields) if field.decode]
        self.plain = all(field.name is not None and not field.bits for field in fields)

    def parse(self, window: Window, into: dict[Any, Any]) -> None:
        start = window.position
        end = start + self.size
        if end > window.end:
            raise BoxParseError(
                f"{self.size} bytes are needed, {window.end - start} are left", offset=window.tell()
            )
        window.position = end
        values: Any = self.unpack(window.data, start)
        if self.decoders:
            values = list(values)
            for index, decode in self.decoders:
                values[index] = decode(values[index])
        if self.plain:
            into.update(zip(self.names, values, strict=True))
            return
        for field, value in zip(self.fields, values, strict=True):
            if field.bits:
                into.update(value)
            elif field.name is not None:
                into[field.name] = value

    def build(self, obj: Any, context: Context) -> bytes:
        stored = []
        for name, _, decode, encode, default, inner, bits in self.fields:
            if bits:
                value: Any = inner.encode(obj)
                stored.append(value)
                context.update(inner.decode_fields(value))
                continue
            value = None if name is None or _is_derived(inner) else obj.get(name)
            if value is None:
                value = default
                if value is None and isinstance(inner, FixedField):
                    value = inner.default(context)
                if value is None:
                    raise BoxBuildError(f"field {name!r} is missing")
            shown = str(name)
            if encode is not None:
                number = encode(value, shown)
                value = value if decode is None else decode(number)
                stored.append(number)
            else:
                stored.append(value)
            if name is not None:
                context[name] = value
        try:
            return self.stored.pack(*stored)
        except struct.error:
            raise BoxBuildError(self._fault(stored)) from None

    def _fault(self, stored: list[Any]) -> str:
        """What is wrong with the values that cannot be packed."""
        for field, value in zip(self.fields, stored, strict=True):
            try:
                struct.pack(">" + field.letters, value)
            except struct.error as error:
                return f"{field.name} = {value!r}: {error}"
        raise AssertionError("each of the values can be packed")


class _Call(NamedTuple):
    """Any other field."""

    name: str | None
    parser: Construct
    builder: Construct
    embedded: bool


class _OptionalRun:
    """Fields of fixed size that follow each other, each of them there under a condition."""

    def __init__(self, calls: list[_Call], fields: list[_Field]) -> None:
        self.calls = calls
        self._fields = fields
        self._names = [field.name for field in fields]
        self._predicates = [call.parser.predicate for call in calls]
        flags = [predicate.flag for predicate in self._predicates]
        self._flags = None if None in flags else flags
        self._runs: dict[tuple[Any, ...], _Run] = {}

    def parse(self, window: Window, into: dict[Any, Any]) -> None:
        present: tuple[Any, ...]
        if self._flags is not None:
            present = tuple(map(into["flags"].__getitem__, self._flags))
        else:
            present = tuple([bool(predicate(into)) for predicate in self._predicates])
        run = self._runs.get(present)
        if run is None:
            run = _Run([f for f, there in zip(self._fields, present, strict=True) if there])
            self._runs[present] = run
        into.update(dict.fromkeys(self._names))
        run.parse(window, into)


class Struct(construct.Struct):
    """As construct's Struct, to the same result, but faster.

    What is parsed has hidden fields only where they do not have their default.

    Args:
        subcons: the fields.
        container: the class of parsed values.
    """

    __slots__ = ("_defaults", "_hides", "_needs_context", "_steps", "container")

    def __init__(self, *subcons: Construct, container: type[Container] = Fields) -> None:
        super().__init__(*subcons)
        self.container = container
        self._steps = list(_steps(self.subcons))
        calls = [call for step in self._steps for call in _calls(step)]
        names = [*_field_names(self._steps), *(call.name for call in calls if call.name)]
        if len(set(names)) < len(names):
            raise ValueError(f"fields with the same name: {', '.join(map(str, names))}")
        self._needs_context = bool(calls)
        self._defaults = [
            (str(field.name), field.default)
            for step in self._steps
            if isinstance(step, _Run)
            for field in step.fields
            if is_hidden(field.name) and field.default is not None
        ]
        bits = any(field.bits for s in self._steps if isinstance(s, _Run) for field in s.fields)
        self._hides = (
            bool(self._defaults)
            or bits
            or any(call.embedded or is_hidden(call.name) for call in calls)
        )

    @property
    def exact(self) -> bool:
        """Whether building what was parsed gives the same bytes, whatever they are."""
        return all(map(is_exact, self.subcons))

    @property
    def may_hide(self) -> bool:
        """Whether there may be hidden fields."""
        return self._hides

    def parse_fields(self, window: Window, context: Any) -> dict[str, Any]:
        """Parse the fields, into a dict."""
        fields: dict[str, Any] = Context()
        if self._needs_context:
            fields["_"] = context
        for step in self._steps:
            if type(step) is not _Call:
                step.parse(window, fields)  # type: ignore[union-attr]
                continue
            name, parser, _, embedded = step
            try:
                value = parser._parse(window, fields, name or "")
            except ConstructError as error:
                raise BoxParseError(f"{name}: {error}" if name else str(error)) from error
            if embedded:
                fields.update(dict.items(value))
            elif name is not None:
                fields[name] = value
        if self._needs_context:
            del fields["_"]
        for name, default in self._defaults:
            if fields[name] == default:
                del fields[name]
        return fields

    def _parse(self, stream: Any, context: Any, path: str) -> Container:
        fields = self.parse_fields(window_on(stream), context)
        return new_container(fields, self.container, may_hide=self._hides)

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        if not isinstance(obj, dict):
            raise BoxBuildError(f"fields are needed, not {obj!r}")
        fields = Context(_=context)
        fields.update(dict.items(obj))
        for step in self._steps:
            if isinstance(step, _Run):
                stream.write(step.build(obj, fields))
                continue
            for call in _calls(step):
                self._build_call(call, obj, stream, fields)
        return fields

    @staticmethod
    def _build_call(call: _Call, obj: Any, stream: Any, fields: Context) -> None:
        name, _, builder, embedded = call
        if embedded:
            value = obj
        elif name is None:
            value = None
        else:
            value = obj.get(name)
            if value is None and not builder.flagbuildnone and name not in obj:
                raise BoxBuildError(f"field {name!r} is missing")
        try:
            built = builder._build(value, stream, fields, name or "")
        except ConstructError as error:
            raise BoxBuildError(f"{name}: {error}" if name else str(error)) from error
        if built is not None:
            if embedded:
                fields.update(dict.items(built))
            elif name is not None:
                fields[name] = built


def _field_names(steps: list[Any]) -> Iterator[str]:
    """The names of the fields in runs, those of embedded bits included."""
    for step in steps:
        for field in step.fields if isinstance(step, _Run) else ():
            if field.bits:
                yield from (name for name, *_ in field.construct.fields)
            elif field.name is not None:
                yield field.name


def _calls(step: _Run | _OptionalRun | _Call) -> list[_Call]:
    """The fields of a step that are not in a `_Run`."""
    if isinstance(step, _Run):
        return []
    return step.calls if isinstance(step, _OptionalRun) else [step]


def _steps(subcons: list[Construct]) -> Iterator[_Run | _OptionalRun | _Call]:
    """The steps in which fields are parsed, as many fields in each as can be."""
    for kind, group in groupby(map(_classified, subcons), key=lambda one: one[0]):
        steps = [step for _, step in group]
        if kind is _Run:
            yield _Run(steps)
        elif kind is _OptionalRun:
            yield _OptionalRun([call for call, _ in steps], [field for _, field in steps])
        else:
            yield from steps


def _classified(subcon: Construct) -> tuple[type, Any]:
    """The kind of step that a field belongs to, and what that needs of it."""
    field = _fixed_field(subcon)
    if field is not None:
        return _Run, field
    parser = builder = subcon.subcon if type(subcon) is Renamed else subcon
    while type(parser) is Default:
        parser = parser.subcon
    call = _Call(subcon.name, parser, builder, subcon.flagembedded)
    if isinstance(parser, When) and isinstance(parser.predicate, HeaderFunction):
        field = _fixed_field(parser.subcon)
        if field is not None and not field.bits and subcon.name is not None:
            return _OptionalRun, (call, field._replace(name=subcon.name))
    return _Call, call


def _fixed_field(subcon: Construct) -> _Field | None:
    name = subcon.name
    default = None
    embedded = False
    while type(subcon) in (Renamed, Default, Embedded):
        if type(subcon) is Default:
            default = subcon.value
        embedded = embedded or type(subcon) is Embedded
        subcon = subcon.subcon
    if embedded and not isinstance(subcon, Bits):
        return None
    if isinstance(subcon, FixedField):
        if isinstance(subcon, Bits) and embedded:
            return _Field(None, subcon.letters, subcon.decode_fields, None, None, subcon, True)
        decode = subcon.decode if subcon.decoded else None
        encode = subcon.encode if subcon.encoded else None
        return _Field(name, subcon.letters, decode, encode, default, subcon, False)
    if type(subcon) is FormatField and subcon.fmtstr[0] == ">":
        return _Field(name, subcon.fmtstr[1], None, None, default, subcon, False)
    if type(subcon) is BytesInteger and _is_plain(subcon):
        size = subcon.length
        return _Field(name, f"{size}s", int.from_bytes, _to_bytes(size), default, subcon, False)
    if type(subcon) is Bytes and isinstance(subcon.length, int):
        exact = _exact_bytes(subcon.length)
        return _Field(name, f"{subcon.length}s", None, exact, default, subcon, False)
    return None


def _is_derived(subcon: Construct) -> bool:
    """Whether the field has its default whatever the caller gives."""
    return isinstance(subcon, FixedField) and subcon.derived


def _is_plain(integer: BytesInteger) -> bool:
    return isinstance(integer.length, int) and not integer.signed and not integer.swapped


def _to_bytes(size: int) -> Callable[[Any, str], bytes]:
    def encode(value: Any, name: str) -> bytes:
        try:
            return bytes(int(value).to_bytes(size))
        except OverflowError:
            raise BoxBuildError(f"{name} = {value} does not fit {size} bytes") from None

    return encode


def _exact_bytes(size: int) -> Callable[[Any, str], bytes]:
    def encode(value: Any, name: str) -> bytes:
        if isinstance(value, int):
            return _to_bytes(size)(value, name)
        data = as_bytes(value, name)
        if len(data) != size:
            raise BoxBuildError(f"{name} has {len(data)} bytes, not {size}")
        return data

    return encode
