"""Networks delivered in every way, and then rewritten by other programs.

`python -m tests.outside.delivery_table` prints the same as a table.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pymp4_nnr import demux, errors

from .delivery_table import LOST, NETWORK, REWRITERS, UNABLE, WRITERS, video
from .readers import ffprobe_streams


@pytest.mark.parametrize("writer", WRITERS)
def test_ffprobe_counts_the_samples(writer: str, tmp_path: Path) -> None:
    path = WRITERS[writer](tmp_path)
    (stream,) = [one for one in ffprobe_streams(path) if one["codec_type"] == "data"]
    assert stream["codec_tag_string"] == "nnr1"
    assert int(stream["nb_read_packets"]) >= 4


@pytest.mark.parametrize("rewriter", REWRITERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_restored(writer: str, rewriter: str, tmp_path: Path) -> None:
    if (writer, rewriter) in UNABLE:
        pytest.skip(UNABLE[writer, rewriter])
    made = REWRITERS[rewriter](WRITERS[writer](tmp_path), tmp_path / "made")
    if (writer, rewriter) == LOST:
        with pytest.raises(errors.TrackError, match="sample groups are missing"):
            demux(made, tmp_path / "restored")
        return
    demux(made, tmp_path / "restored")
    assert (tmp_path / "restored").read_bytes() == NETWORK


def test_the_video_is_made(tmp_path: Path) -> None:
    assert [one["codec_type"] for one in ffprobe_streams(video(tmp_path))] == ["video", "audio"]
