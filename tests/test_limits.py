"""docs/limits.md: the numbers in it are those of the code."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr import NNRError
from pymp4_nnr.nnr_error import RAISED
from pymp4_nnr.operations import extract
from tests.operations.beyond_limits import BEYOND
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
    assert len(REFUSED) >= 3
    for name, how in REFUSED:
        assert "`" in how, name


RULES = re.findall(r"^\| ([^|]+) \| `([\w-]+)` \|([^|]*)\|$", TEXT, flags=re.MULTILINE)
"""Rows of the second table: a rule, the code of its error, and what raises it."""


@pytest.mark.parametrize(("rule", "code", "how"), RULES, ids=[row[1] for row in RULES])
def test_a_rule_that_depends_on_the_file(rule: str, code: str, how: str, tmp_path: Path) -> None:
    """The error has the code, and says what raises it, if anything does; and that does."""
    use = BEYOND[rule](tmp_path)
    with pytest.raises(NNRError) as caught:
        use({})
    assert caught.value.code == code
    assert (RAISED in caught.value.reason) is bool(how.strip())
    if how.strip():
        assert how.strip() == "`limit`, `--limit`"
        use({"limit": 1 << 30})
    else:
        with pytest.raises(NNRError):
            use({"limit": 1 << 30})


def test_every_rule_is_tried() -> None:
    assert {rule for rule, _, _ in RULES} == BEYOND.keys()


FUNCTIONS = [
    *("open", "demux", "extract", "verify", "remove", "decode", "append", "check", "report"),
    *("mux", "mux_segments", "stream", "stream_async"),
]
COMMANDS = [
    *("info", "demux", "extract", "verify", "remove", "decode", "append", "check", "report", "mux"),
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_the_argument(name: str) -> None:
    function = getattr(pymp4_nnr, name, None) or extract.extract
    assert "limit" in inspect.signature(function).parameters


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_have_the_option(name: str) -> None:
    command = importlib.import_module(f"pymp4_nnr.cli.{name}")
    (found,) = [one for one in getattr(command, name).params if one.name == "limit"]
    assert found.opts == ["--limit"]
    assert found.type.convert("2MiB", None, None) == 2 << 20
