"""Other file systems of fsspec than HTTP, and its options."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr.errors import (
    RemoteChangedError,
)
from pymp4_nnr.io.source import open_source
from tests.operations.test_remote_files import extracted
from tests.remote.models import bitstream
from tests.remote.server import Handler, WebServer, web
from tests.round_trip import muxed

__all__ = ["web"]  # fixtures


def test_options_of_fsspec(web: WebServer, tmp_path: Path) -> None:
    """What a URL cannot say is given to `fsspec.open`; only ranges are read all the same."""
    import fsspec

    data = muxed(bitstream(100))
    web.files["/model.mp4"] = data

    def guarded(handler: Handler) -> bool:
        allowed = handler.headers.get("X-Token") == "1"
        return not allowed and (handler.answer(403, b"") or True)

    web.behave = guarded
    with pytest.raises(PermissionError):
        pymp4_nnr.open(web.url())
    web.asked.clear()
    opened = fsspec.open(web.url(), headers={"X-Token": "1"})
    assert extracted(opened, "layers.80.weight") == extracted(data, "layers.80.weight")
    assert len(web.asked) == 2
    path = tmp_path / "model.mp4.gz"
    path.write_bytes(gzip.compress(data))
    with fsspec.open(str(path), compression="gzip") as file:
        assert extracted(file, "layers.80.weight") == extracted(data, "layers.80.weight")


def test_other_file_systems(tmp_path: Path, web: WebServer) -> None:
    """Whatever fsspec speaks: here its memory, a ZIP file on a server, and plain files."""
    import fsspec

    data = muxed(bitstream(50))
    expected = extracted(data, "layers.20.weight")
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/test_other/model.mp4", data)
    assert extracted("memory://test_other/model.mp4", "layers.20.weight") == expected
    with open_source("memory://test_other/model.mp4") as source:
        memory.pipe_file("/test_other/model.mp4", data[::-1])
        with pytest.raises(RemoteChangedError):
            source.read(100_000, 10)
    memory.rm("/test_other", recursive=True)
    with pytest.raises(FileNotFoundError):
        open_source("memory://test_other/model.mp4")
    path = tmp_path / "model.mp4"
    path.write_bytes(data)
    assert extracted(f"file://{path}", "layers.20.weight") == expected
    packed = io.BytesIO()
    import zipfile

    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inside/model.mp4", data)
    web.files["/models.zip"] = packed.getvalue()
    url = f"zip://inside/model.mp4::{web.url('/models.zip')}"
    assert extracted(url, "layers.20.weight") == expected
    path.unlink()
    with pytest.raises(FileNotFoundError):
        open_source(f"file://{path}")
