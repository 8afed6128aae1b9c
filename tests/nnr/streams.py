"""The NNR bitstreams that tests use: fixtures, and a short one whose every byte is known here."""

from __future__ import annotations

import json

from tests.paths import FIXTURES, SHARED

FOLDER = FIXTURES / "nnr"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))

# Real bitstreams lie beside the repository for those who have them.
OTHERS = sorted((SHARED / "nnr").glob("*.nnc"))

WHOLE = [FOLDER / entry["name"] for entry in MANIFEST if "broken/" not in entry["name"]]
STREAMS = [*WHOLE, *OTHERS]


def unit(unit_type: int, body: bytes = b"", *, independent: int = 1, long: bool = False) -> bytes:
    """An NNR unit without `partial_data_counter`."""
    rest = bytes([unit_type << 2 | independent << 1]) + body
    if long:
        return (0x80000000 | len(rest) + 4).to_bytes(4) + rest
    return (len(rest) + 2).to_bytes(2) + rest


START = unit(0, b"\x01")
PARAMETERS = unit(1, b"\0\0\0\x80")
TOPOLOGY = unit(3, b"\0\0\0")
NDUS = [unit(5, bytes([number]) * (10 + number)) for number in range(4)]

SIMPLE = b"".join([START, PARAMETERS, *NDUS])
"""Two configuration units, then four NDUs of 13, 14, 15 and 16 bytes."""

MIXED = b"".join([START, NDUS[0], TOPOLOGY, PARAMETERS, NDUS[1], NDUS[2], NDUS[3], TOPOLOGY])
"""Units between the NDUs and behind them."""

PLAIN = FOLDER / "plain.nnr"
"""A small real bitstream."""
