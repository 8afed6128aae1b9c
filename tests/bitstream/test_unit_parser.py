"""`UnitParser`: the same as `parse`, with units of the same bytes parsed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymp4_nnr import parse, split
from pymp4_nnr.bitstream.codec import encode_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.unit_parser import UnitParser
from scripts.make_broken import parent_parameters
from tests.nnr.tensors import named_ndu
from tests.paths import FIXTURES

START = bytes.fromhex("00040201")
"""Of edition 2."""


@pytest.mark.parametrize("path", sorted((FIXTURES / "nnr").glob("*.nnr")), ids=lambda one: one.name)
def test_the_same_as_parse(path: Path) -> None:
    parser = UnitParser()
    for unit, expected in zip(split(path), parse(path), strict=True):
        found = parser.parse(unit)
        assert found == expected
        assert found.unit == unit


def test_units_of_the_same_bytes_share_their_elements() -> None:
    parser = UnitParser()
    start, first, second = map(parser.parse, split(START + named_ndu("w", b"data") * 2))
    assert second.header is first.header is not start.header
    assert (second.data, second.unit.index) == (b"data", 2)  # type: ignore[attr-defined]


def test_what_the_same_bytes_say_depends_on_the_units_before_them() -> None:
    ndu = named_ndu("w", b"")
    parser = UnitParser()
    _, first, _, second = map(parser.parse, split(START + ndu + parent_parameters() + ndu))
    assert first.incomplete is None
    assert second.header != first.header
    assert encode_unit(first, Context(1)) == ndu
