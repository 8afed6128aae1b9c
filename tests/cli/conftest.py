"""Files that the tests of the command line work on."""

from __future__ import annotations

from pathlib import Path

import pytest

from pymp4_nnr import mux
from tests.nnr.streams import MIXED
from tests.nnr.tensors import LENET


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a bitstream and an MP4 file of it."""
    (tmp_path / "in.nnr").write_bytes(MIXED)
    mux(MIXED, tmp_path / "in.mp4")
    return tmp_path


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    """An MP4 file of a real network."""
    path = tmp_path / "lenet5.mp4"
    mux(LENET, path)
    return path
