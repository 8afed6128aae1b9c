"""Tables that end a document and are made from the code."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def with_table(text: str, table: str) -> str:
    """A text that ends with a table of today in place of the one that it has.

    Args:
        text: of the document.
        table: Markdown; its first two lines, by which the old one is found, have stayed the same.
    """
    head = "".join(table.splitlines(keepends=True)[:2])
    return text.partition(head)[0] + table


def main(file: Path, table: Callable[[], str], description: str) -> int:
    """Write the table into its file; with ``--check`` only tell whether it is there."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = file.read_text(encoding="utf-8")
    new = with_table(text, table())
    if options.check:
        return int(new != text)
    file.write_text(new, encoding="utf-8")
    return 0
