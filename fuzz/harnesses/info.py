"""`info`: JSON of units and tensors, and tables."""

from __future__ import annotations

import contextlib
import io
import json

from pymp4_nnr.cli import tables
from pymp4_nnr.cli.json_stream import _document
from pymp4_nnr.operations.inspect import FileInfo

from ..checks import EXPECTED

KIND = "movie"

SHOWN: tuple[tables.Shown, ...] = ("overview", "units", "tensors")


def run(data: bytes) -> None:
    for tensors in (False, True):
        with contextlib.suppress(*EXPECTED), FileInfo(data) as file:
            text = "".join(_document(file, tensors=tensors, track_id=None))
            assert len(text) < 4 << 20, "too much is printed"
            json.loads(text)
    for shown in SHOWN:
        with (
            contextlib.suppress(*EXPECTED),
            FileInfo(data) as file,
            contextlib.redirect_stdout(io.StringIO()),
        ):
            tables.print_file("file", file, shown, track_id=None, limit=20)
