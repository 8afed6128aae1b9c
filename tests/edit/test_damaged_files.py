"""Damaged files: edited without harm, or refused."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from pymp4_nnr import errors
from tests.mp4.boxes import box, u32
from tests.mp4.compare import compare
from tests.mp4.networks import video_and_sound
from tests.mp4.read import Node, nodes, sample_data, top, traks
from tests.paths import FIXTURES
from tests.round_trip import added, refused, removed

FOLDER = FIXTURES / "mp4"
BROKEN = sorted((FOLDER / "broken").iterdir())
HARMLESS = {
    *("avcc_short.mp4", "elst_count.mp4", "senc_count.mp4", "sgpd_length.mp4", "stts_sum.mp4"),
    *("stsc_description.mp4", "stsd_count.mp4", "stsd_entry_overruns.mp4", "stsd_entry_short.mp4"),
}
"""Broken in boxes that have no offsets and say nothing of the movie's time: carried as they are."""


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_broken_files_are_refused_or_carried(path: Path) -> None:
    old = path.read_bytes()
    if path.name in HARMLESS:
        compare(old, added(old))
    else:
        refused(old, errors.NNRError)


def test_truncated_files_are_refused_at_every_length() -> None:
    for old in (video_and_sound(), video_and_sound(moov_first=True, mdat=box(b"mdat", size=0))):
        for length in range(1, len(old)):
            refused(old[:length], errors.NNRError)


def test_offsets_in_broken_boxes_are_not_left_behind() -> None:
    old = video_and_sound()
    for kind in (b"stbl", b"minf", b"stco", b"mdia", b"trak"):
        at = old.index(kind)
        size = struct.unpack(">I", old[at - 4 : at])[0]
        for other in (size + 1, size - 1, size + 4):
            refused(old[: at - 4] + u32(other) + old[at:], errors.NNRError)


MUTATED = [
    *("h264_aac_faststart.mp4", "h264_aac.mp4", "frag_keyframe.mp4", "frag_dash.mp4"),
    *("encrypted_cenc.mp4", "encrypted_frag.mp4", "frag_omit_offset.mp4", "hand_items.heic"),
    *("frag_global_sidx.mp4", "timecode.mov", "hand_two_mdats.mp4", "h264_smooth.ismv"),
]


def places_of(boxes: list[Node]) -> list[int]:
    """Offsets of bytes that are no media data."""
    found: list[int] = []
    for node in boxes:
        first = node.children[0].start if node.children else min(node.end, node.start + 80)
        found += range(node.start, node.body_start if node.type == b"mdat" else first)
        found += places_of(node.children)
    return found


@pytest.mark.parametrize("name", MUTATED)
def test_random_faults(name: str) -> None:
    """A fault is refused by the project's errors, or carried; no sample becomes another."""
    draw = random.Random(name)
    old = (FOLDER / name).read_bytes()
    for data, places in ((d, places_of(nodes(d))) for d in (old, added(old))):
        for _ in range(12):
            broken = bytearray(data)
            for _ in range(draw.choice([1, 1, 2, 3])):
                place = draw.choice(places)
                change = draw.choice([1, -1, 4, -4, 8, 0x7F, 0x80, 0xFF])
                broken[place] = (broken[place] + change) % 256
            whole = bytes(broken)
            for edit in (added, removed):
                try:
                    new = edit(whole)
                except errors.NNRError:
                    continue
                wanted, found = sample_data(whole), sample_data(new)
                for number in traks(whole).keys() & traks(new).keys():
                    assert found[number] == wanted[number], (edit, number)


def test_samples_across_boxes_are_refused() -> None:
    old = video_and_sound(moov_first=True)
    (media,) = top(old, "mdat")
    at = old.index(b"stco") + 12
    for offset in (media.start, media.start - 3, media.end - 2):
        assert refused(old[:at] + u32(offset) + old[at + 4 :], errors.SampleTableError)
