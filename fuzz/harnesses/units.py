"""The syntax of units: what was parsed is written as the same bytes."""

from __future__ import annotations

import json

from pymp4_nnr import Context, encode_unit, parse_unit, split
from pymp4_nnr.errors import BitstreamError

KIND = "bitstream"


def run(data: bytes) -> None:
    context = Context()
    try:
        for unit in split(data):
            parsed = parse_unit(unit, context)
            assert encode_unit(parsed, context) == unit.data
            json.dumps(parsed.to_json(), allow_nan=False)
            context.update(parsed)
    except BitstreamError:
        return
