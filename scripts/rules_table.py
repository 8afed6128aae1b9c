"""The table of rules in docs/check.md, made from their declarations.

python scripts/rules_table.py            writes it into the file
python scripts/rules_table.py --check    exit code 1 where the file has another one
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pymp4_nnr.operations import check  # noqa: F401 - imports every module that declares rules
from pymp4_nnr.operations.conformance.rules import RULES

FILE = Path(__file__).parent.parent / "docs" / "check.md"
HEAD = "| rule | severity | what must be so | clause |\n| --- | --- | --- | --- |\n"


def table() -> str:
    """The rows, one for each rule, in the order of their ids."""
    return HEAD + "".join(
        f"| `{rule.id}` | {rule.severity} | {rule.text} | {rule.clause} |\n"
        for rule in sorted(RULES.values(), key=lambda rule: rule.id)
    )


def with_table(text: str) -> str:
    """A text that ends with the table of today in place of the one that it has."""
    return text.partition(HEAD)[0] + table()


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the table of rules.")
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
