"""`info`: JSON of units and tensors, and tables: one of them for each input."""

from __future__ import annotations

import contextlib
import io
import json
import zlib

from pymp4_nnr.cli import tables
from pymp4_nnr.cli.json_stream import _document
from pymp4_nnr.operations.inspect import FileInfo

from ..checks import EXPECTED

KIND = "movie"

SHOWN: tuple[tables.Shown, ...] = ("overview", "units", "tensors")
_WAYS = ("json", "json --tensors", *SHOWN)


def run(data: bytes) -> None:
    way = _WAYS[zlib.crc32(data) % len(_WAYS)]
    with contextlib.suppress(*EXPECTED), FileInfo(data) as file:
        if way in SHOWN:
            with contextlib.redirect_stdout(io.StringIO()):
                tables.print_file("file", file, way, track_id=None, limit=20)
            return
        text = "".join(_document(file, tensors="tensors" in way, track_id=None))
        assert len(text) < 4 << 20, "too much is printed"
        json.loads(text)
