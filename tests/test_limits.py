"""docs/limits.md: the numbers in it are those of the code."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from tests.paths import ROOT

TEXT = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| (\d+) \| `([\w.]+)` \|", TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize(("what", "number", "name"), ROWS, ids=[row[2] for row in ROWS])
def test_the_number_is_that_of_the_code(what: str, number: str, name: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(importlib.import_module(f"pymp4_nnr.{module}"), constant) == int(number), what


def test_codes_exist() -> None:
    from tests.test_errors import classes

    codes = {kind.code for kind in classes()}
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", TEXT))
    assert len(ROWS) > 10
    assert named <= codes
    assert len(named) > 5


REFUSED = re.findall(
    r"^\| [^|]+ \| \d+ \| `([\w.]+)` \| `[^|]+` \|([^|]*)\|$", TEXT, flags=re.MULTILINE
)
"""Limits beyond which a whole file is refused, and what raises them."""


def test_what_a_file_is_refused_for_can_be_raised() -> None:
    assert len(REFUSED) >= 4
    for name, how in REFUSED:
        assert "`" in how, name


@pytest.mark.parametrize("name", ["open", "demux", "extract", "verify", "remove", "decode"])
def test_functions_have_the_argument(name: str) -> None:
    import pymp4_nnr
    from pymp4_nnr.operations import extract

    function = getattr(pymp4_nnr, name, None) or extract.extract
    assert "limit" in inspect.signature(function).parameters


@pytest.mark.parametrize("name", ["info", "demux", "extract", "verify", "remove", "decode"])
def test_commands_have_the_option(name: str) -> None:
    command = importlib.import_module(f"pymp4_nnr.cli.{name}")
    (found,) = [one for one in getattr(command, name).params if one.name == "limit"]
    assert found.opts == ["--limit"]
    assert found.type.convert("2MiB", None, None) == 2 << 20
