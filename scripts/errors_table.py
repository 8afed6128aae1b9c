"""The table of errors in docs/errors.md, made from the classes.

python scripts/errors_table.py            writes it into the file
python scripts/errors_table.py --check    exit code 1 where the file has another one
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from pymp4_nnr import errors

FILE = Path(__file__).parent.parent / "docs" / "errors.md"
HEAD = "| class | `code` | meaning |\n| --- | --- | --- |\n"


def classes(
    root: type[errors.NNRError], depth: int = 0
) -> Iterator[tuple[int, type[errors.NNRError]]]:
    """The classes of the tree, each before those that derive from it, with its depth."""
    yield depth, root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from classes(child, depth + 1)


def table() -> str:
    """The rows, one for each class; its depth in the tree is the number of dots before it."""
    rows = []
    for depth, kind in classes(errors.NNRError):
        meaning = " ".join((kind.__doc__ or "").partition("\n\n")[0].split())
        dots = "· " * depth
        rows.append(f"| {dots}`{kind.__name__}` | `{kind.code}` | {meaning} |\n")
    return HEAD + "".join(rows)


def with_table(text: str) -> str:
    """A text that ends with the table of today in place of the one that it has."""
    return text.partition(HEAD)[0] + table()


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the table of errors.")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = FILE.read_text(encoding="utf-8")
    new = with_table(text)
    if options.check:
        return int(new != text)
    FILE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
