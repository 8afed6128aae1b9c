"""The NNR boxes as constructs of pymp4's own kind, for `register(repair=False)`."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Int32ub, ListContainer
from construct import Struct as StockStruct

from ..boxes.constructs.structs import Struct
from ..boxes.definition import Definition
from ..boxes.reader import window_on
from ..boxes.registry import declared_box, declared_sample_entry
from .pymp4_internals import PyMP4


def nnr_constructs(pymp4: PyMP4) -> tuple[dict[bytes, Construct], dict[bytes, Construct]]:
    """What pymp4's registries of boxes and of sample entries need for NNR tracks."""
    boxes = {b"nnrC": _Box(declared_box(b"nnrC")), b"stsd": _indented_stsd(pymp4)}
    return boxes, {b"nnr1": _SampleEntry(declared_sample_entry(b"nnr1"))}


class _Box(Construct):
    """A definition of ours as pymp4's stock `Box` calls it: it reads the type too."""

    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.definition = definition

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        code = window.read(4).rstrip(b" ")
        fields, _ = self.definition.parse(code, window, context)
        return Container([("type", code), *fields.items()])

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        code = bytes(obj["type"])
        stream.write(code.ljust(4) + self.definition.build(code, obj, context))


class _SampleEntry(Construct):
    """A definition of ours as pymp4's stock `stsd` calls it: the common fields are read."""

    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.fields = Definition(Struct(*definition.construct.subcons[2:]))

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        fields, _ = self.fields.parse(b"", window_on(stream), context)
        return Container(fields)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(self.fields.build(b"", obj, context))


class _Indented(Construct):
    """A counted list of sample entries that prints as boxes do, one below the other."""

    def __init__(self, subcon: Construct) -> None:
        super().__init__()
        self.subcon = subcon

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        count = Int32ub._parse(stream, context, path)
        return ListContainer(self.subcon._parse(stream, context, path) for _ in range(count))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        Int32ub._build(len(obj), stream, context, path)
        for item in obj:
            self.subcon._build(item, stream, context, path)


def _indented_stsd(pymp4: PyMP4) -> StockStruct:
    """pymp4's own `stsd`, whose `entries` print as its other lists do."""
    fields = [
        field if field.name != "entries" else "entries" / _Indented(pymp4.sample_entry)
        for field in pymp4.stock_boxes[b"stsd"].subcons
    ]
    return StockStruct(*fields)
