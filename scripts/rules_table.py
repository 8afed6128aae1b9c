"""The table of rules in docs/check.md, made from their declarations.

python scripts/rules_table.py            writes it into the file
python scripts/rules_table.py --check    exit code 1 where the file has another one
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pymp4_nnr.operations import check  # noqa: E402, F401 - imports every module that declares rules
from pymp4_nnr.operations.conformance.rules import RULES  # noqa: E402
from scripts.document_table import DOCS, main  # noqa: E402

FILE = DOCS / "check.md"
HEAD = "| rule | severity | what must be so | clause |\n| --- | --- | --- | --- |\n"


def table() -> str:
    """The rows, one for each rule, in the order of their ids."""
    return HEAD + "".join(
        f"| `{rule.id}` | {rule.severity} | {rule.text} | {rule.clause} |\n"
        for rule in sorted(RULES.values(), key=lambda rule: rule.id)
    )


if __name__ == "__main__":
    raise SystemExit(main(FILE, table, "Write the table of rules."))
