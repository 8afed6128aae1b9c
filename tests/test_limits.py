"""docs/limits.md: the numbers in it are those of the code."""

from __future__ import annotations

import importlib
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
