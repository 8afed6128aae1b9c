"""Print what of real files is parsed as pymp4 parses it after `register()`, and what is repaired.

    python scripts/compare_with_stock.py [FOLDER ...]

Every distinct box of the files, at whatever depth, is parsed and built by pymp4 alone (with
construct's arrays working again) and registered. Without folders: fixtures/mp4 without the files
that are broken on purpose, and ../shared/mp4 where it is.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.roundtrip_table import media_files  # noqa: E402
from tests.plugin.registered import registered  # noqa: E402
from tests.plugin.stock_reference import (  # noqa: E402
    StockOutcome,
    difference,
    distinct_boxes,
    stock_outcomes,
)

HEADER_SIZE = 8


def reason(data: bytes, outcome: StockOutcome, children: bool) -> str:
    """Why pymp4 cannot have the box as it is."""
    if children:
        return "a box in it is repaired"
    if outcome.state == "no end":
        return "pymp4 does not come to an end"
    if outcome.state == "parse error":
        return "pymp4 cannot parse it"
    if outcome.state == "build error":
        return "pymp4 cannot build it"
    return "pymp4 builds other bytes"


def main(arguments: list[str]) -> int:
    folders = [Path(argument) for argument in arguments]
    if not folders:
        folders = [ROOT / "fixtures/mp4", ROOT.parent / "shared/mp4"]
    paths = list(media_files([folder for folder in folders if folder.is_dir()]))
    boxes = distinct_boxes(paths)
    outcomes = dict(zip(boxes, stock_outcomes(boxes), strict=True))
    lost = [data for data, outcome in outcomes.items() if outcome.state != "exact"]
    equal, other, rebuilt = 0, [], 0
    with registered() as pymp4:
        for data, outcome in outcomes.items():
            parsed = pymp4.parse(data)
            rebuilt += pymp4.build(parsed) == data
            if outcome.state == "exact":
                fault = difference(outcome.value, parsed, data[4:8].decode("latin-1"))
                equal += fault is None
                other += [fault] if fault else []
    repaired: dict[tuple[str, str], int] = Counter()
    inner = {data for data in lost if _holds_another(data, lost)}
    for data in lost:
        repaired[data[4:8].decode("latin-1"), reason(data, outcomes[data], data in inner)] += 1
    print("| files | distinct boxes | pymp4 rebuilds | of those equal | repaired | rebuilt by us |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    exact = len(boxes) - len(lost)
    print(f"| {len(paths)} | {len(boxes)} | {exact} | {equal} | {len(lost)} | {rebuilt} |")
    print()
    print("| repaired | boxes | why |")
    print("| --- | ---: | --- |")
    for (code, why), count in sorted(repaired.items(), key=lambda item: (item[0][1], -item[1])):
        print(f"| `{code}` | {count} | {why} |")
    for fault in other:
        print(f"not equal: {fault}", file=sys.stderr)
    return 1 if other or rebuilt != len(boxes) else 0


def _holds_another(data: bytes, others: list[bytes]) -> bool:
    """Whether a box that pymp4 cannot have holds another one, in a field for boxes."""
    return data[4:8] in _CONTAINERS and any(
        other is not data and len(other) < len(data) and other in data for other in others
    )


_CONTAINERS = frozenset(b"moov trak mdia minf dinf stbl mvex moof traf sinf schi vttc vttx".split())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
