"""`Box.parse` of pymp4 after `register()`: what is parsed is built to the same bytes."""

from __future__ import annotations

import io

from construct import ConstructError
from pymp4.parser import Box

from pymp4_nnr import register

KIND = "box"


def run(data: bytes, *, extended: bool = False) -> None:
    register(extended=extended)
    stream = io.BytesIO(data)
    try:
        box = Box.parse_stream(stream)
    except (ConstructError, OSError):
        return
    assert Box.build(box) == data[: stream.tell()]
    str(box)
