"""The lists of boxes in docs/boxes.md are those of the definitions."""

from __future__ import annotations

import re

import pytest

from pymp4_nnr.boxes import registry
from pymp4_nnr.boxes.definitions.sample_group_entries import SAMPLE_GROUP_ENTRIES
from tests.paths import ROOT

TEXT = (ROOT / "docs/boxes.md").read_text(encoding="utf-8")
KINDS = ("Boxes", "Sample entries", "Entries of `sgpd`")


def listed(kind: str, text: str = TEXT) -> list[str]:
    """The types in all lists of a kind, in the order of the text."""
    lines = re.findall(rf"^{kind}: (.*)$", text, re.MULTILINE)
    return [code for line in lines for code in re.findall(r"`([^`]+)`", line)]


@pytest.fixture(scope="module")
def declared() -> dict[str, set[str]]:
    registry.load_definitions()
    tables = (registry._BOXES, registry._SAMPLE_ENTRIES, SAMPLE_GROUP_ENTRIES)
    return {
        kind: {
            "".join(
                c if c.isprintable() else f"\\x{ord(c):02x}" for c in code.decode("latin-1")
            ).rstrip()
            for code in table
        }
        for kind, table in zip(KINDS, tables, strict=True)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_is_listed_once(kind: str, declared: dict[str, set[str]]):
    codes = listed(kind)
    assert len(codes) > 50
    assert sorted(codes) == sorted(declared[kind])


def test_what_is_kept_as_bytes_has_no_definition(declared: dict[str, set[str]]):
    section = TEXT.partition("## Kept as bytes")[2].partition("In part:")[0]
    codes = set(re.findall(r"`([^`]+)`", section)) - {"hvcC", "lhvC"}  # named in a reason
    assert len(codes) > 30
    assert not codes & declared["Boxes"]
    assert not codes & declared["Sample entries"]


def test_the_numbers_in_the_table():
    rows = re.findall(r"^\| (.+?) \|((?: \d* \|){7})$", TEXT, re.MULTILINE)
    assert len(rows) > 10
    sums = [0] * 7
    for standard, cells in rows:
        numbers = [int(cell or 0) for cell in re.findall(r"(\d*) \|", cells)]
        if standard == "all":
            assert numbers[:6] == sums[:6]
            continue
        sums = [a + b for a, b in zip(sums, numbers, strict=True)]
        section = TEXT.partition(f"### {standard}\n")[2].partition("###")[0]
        assert numbers[1:6:2] == [len(listed(kind, section)) for kind in KINDS]
