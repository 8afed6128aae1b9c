"""Every field of a few files is what other programs read there, or the difference is explained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import FIXTURES

from .programs import missing

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "compare_with_peers.py"
FILES = (
    *("h264_aac.mp4", "av1_opus_frag.mp4", "encrypted_cenc.mp4", "hevc_hdr10.mp4"),
    *("hand_stbl_rare.mp4", "hand_fragment_full.mp4", "hand_items.heic", "h264_smooth.ismv"),
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("peer", ["mp4box.js", "ffprobe", "MP4Box", "Bento4"])
def test_no_difference_is_unexplained(peer: str):
    done = run("--peer", peer, "--types", *(str(FIXTURES / "mp4" / name) for name in FILES))
    if done.returncode == 2:
        if peer in ("MP4Box", "Bento4"):
            pytest.skip(f"{peer} is not installed, and no package of Debian brings it")
        missing(f"{peer} is not installed")
    assert "UNEXPLAINED" not in done.stdout
    assert done.returncode == 0, done.stderr
    row = next(line.split() for line in done.stdout.splitlines() if line.startswith(f"{peer} "))
    files, boxes, values = map(int, row[1:4])
    assert files >= 7 and boxes >= 40 and values >= 60


def test_a_difference_that_nobody_explains_fails(tmp_path: Path):
    """What ffprobe says of a track's number is compared: a program that lies is found."""
    fake = tmp_path / "ffprobe"
    fake.write_text(
        '#!/bin/sh\necho \'{"streams": [{"id": "0x9", "time_base": "1/7"}], "format": {}}\'\n'
    )
    fake.chmod(0o755)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--peer", "ffprobe", str(FIXTURES / "mp4" / "h264_aac.mp4")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "UNEXPLAINED ffprobe tkhd track_ID" in done.stdout
    assert "UNEXPLAINED ffprobe mdhd timescale" in done.stdout
