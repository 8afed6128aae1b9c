"""The table of errors in docs/errors.md, made from the classes.

python scripts/errors_table.py            writes it into the file
python scripts/errors_table.py --check    exit code 1 where the file has another one
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pymp4_nnr import errors  # noqa: E402
from scripts.document_table import DOCS, main  # noqa: E402

FILE = DOCS / "errors.md"
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


if __name__ == "__main__":
    raise SystemExit(main(FILE, table, "Write the table of errors."))
