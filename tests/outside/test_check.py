"""`check` on what programs that edit tags make of networks: sound, or damaged and found out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import check, errors
from pymp4_nnr.operations.verify import verify

from . import muxers
from .delivery_table import NETWORK, WRITERS

EDITORS: dict[str, Callable[[Path, Path], None]] = {
    "qt-faststart": muxers.qt_faststart,
    "AtomicParsley": muxers.atomicparsley,
    "exiftool": muxers.exiftool,
}
LAYOUTS = ("mux", "mux --into", "mux --fragment 1", "append")
DAMAGED = {("mux --fragment 1", "AtomicParsley"), ("append", "AtomicParsley")}
"""AtomicParsley moves media data without the offsets in fragments."""

REFUSED = {("mux --fragment 1", "exiftool"), ("append", "exiftool")}


@pytest.mark.parametrize("editor", EDITORS)
@pytest.mark.parametrize("writer", LAYOUTS)
def test_edited(writer: str, editor: str, tmp_path: Path) -> None:
    path = WRITERS[writer](tmp_path)
    assert not check(path)
    edited = tmp_path / "edited.mp4"
    try:
        EDITORS[editor](path, edited)
    except AssertionError:
        assert (writer, editor) in REFUSED
        return
    report = check(edited)
    if (writer, editor) not in DAMAGED:
        assert not report.errors, list(map(str, report))
        assert verify(edited, NETWORK) is None
        return
    assert "sample-outside-media-data" in report.counts
    with contextlib.suppress(errors.NNRError):
        assert verify(edited, NETWORK) is not None
