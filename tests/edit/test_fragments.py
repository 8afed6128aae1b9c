"""Networks added to movies in fragments: `tfhd`, `sidx` and `tfra` follow."""

from __future__ import annotations

import struct

import pytest

from pymp4_nnr import errors
from tests.mp4.boxes import box, full, u8, u16, u32, u64
from tests.mp4.compare import compare
from tests.mp4.offsets import split_sidx, split_tfra
from tests.mp4.read import durations, sample_data, top
from tests.mp4.write import FTYP, TrackPlan, moof_box, movie, trex
from tests.nnr.streams import SIMPLE
from tests.round_trip import added, demuxed, refused, removed


def fragmented(
    *,
    base: str,
    sidx: str = "",
    mfra: bool = False,
    version: int = 0,
    mdat_size: int | None = None,
) -> bytes:
    """Two fragments of two tracks, with boxes that point to them."""
    plans = [TrackPlan(1, b"vide", []), TrackPlan(2, b"soun", [])]
    mvex = box(b"mvex", trex(1), trex(2))
    head = movie(plans, moov_first=True, mvex=mvex, duration=0, mdat=None)
    data = [[b"video 1a", b"video 1b"], [b"sound 1"]], [[b"video 2"], [b"sound 2", b"sound 2b"]]

    def fragments(start: int) -> tuple[bytes, list[int]]:
        body, places = b"", []
        for sequence, tracks in enumerate(data, 1):
            places.append(start + len(body))
            form = mdat_size if sequence == len(data) and not mfra else None
            moof = moof_box(
                *(sequence, dict(enumerate(tracks, 1)), start + len(body), base),
                gap=len(box(b"mdat", size=form)),
            )
            blob = b"".join(b"".join(track) for track in tracks)
            body += moof + box(b"mdat", blob, size=form)
        return body, places

    def index(first: int) -> bytes:
        if not sidx:
            return b""
        number = u64 if version else u32
        sizes = fragments(0)[0]
        return full(
            *(b"sidx", version, 0, u32(1, 1000), number(0, first), u16(0, 1)),
            *(u32(len(sizes), 1000, 0x90000000),),
        )

    if sidx == "before moov":
        # the index counts from its own end: over moov, to the first fragment
        moov = head[len(FTYP) :]
        head = FTYP + index(len(moov)) + moov
    elif sidx == "after moov":
        head += index(8) + box(b"free")
    body, places = fragments(len(head))
    whole = head + body
    if mfra:
        row = u64(0, places[0], 0, places[1]) if version else u32(0, places[0], 0, places[1])
        size = 8 if version else 4
        entries = b"".join(row[i * 2 * size : (i + 1) * 2 * size] + u8(1, 1, 1) for i in range(2))
        tfra = full(b"tfra", version, 0, u32(1, 0, 2), entries)
        whole += box(b"mfra", tfra, full(b"mfro", 0, 0, u32(8 + len(tfra) + 16)))
    return whole


@pytest.mark.parametrize("mdat_size", [None, 0, 1])
@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("mfra", [False, True])
@pytest.mark.parametrize("sidx", ["", "before moov", "after moov"])
@pytest.mark.parametrize("base", ["moof", "neither", "explicit", "zero", "mdat"])
def test_fragments(base: str, sidx: str, mfra: bool, version: int, mdat_size: int | None) -> None:
    old = fragmented(base=base, sidx=sidx, mfra=mfra, version=version, mdat_size=mdat_size)
    assert sample_data(old)[2] == [b"sound 1", b"sound 2", b"sound 2b"]
    new = added(old)
    assert compare(old, new) == [3]
    assert demuxed(new) == SIMPLE
    for tfra_box in [node["tfra"] for node in top(new, "mfra")]:
        offsets, _ = split_tfra(tfra_box)
        assert offsets == [node.start for node in top(new, "moof")]
    for index_box in top(new, "sidx"):
        ((first,), _) = split_sidx(index_box)
        assert first == top(new, "moof")[0].start
    back = removed(new)
    assert sample_data(back) == sample_data(old)
    assert len(back) == len(old)


def test_fragments_that_count_from_what_moves_otherwise() -> None:
    """Samples before `moov`, and a fragment behind it that reaches back to them."""
    plans = [TrackPlan(1, b"vide", [])]
    moov = movie(plans, moov_first=True, mvex=box(b"mvex", trex(1)), mdat=None)[len(FTYP) :]
    start = FTYP + box(b"mdat", b"early") + moov
    tfhd = full(b"tfhd", 0, 0x20000, u32(1))
    back = len(FTYP) + 8 - len(start)
    trun = full(b"trun", 0, 0x201, u32(1), struct.pack(">i", back), u32(5))
    old = start + box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun))
    assert sample_data(old) == {1: [b"early"]}
    assert "move away" in refused(old, errors.SampleTableError)


def test_fragments_outside_the_file() -> None:
    old = fragmented(base="moof")
    cut = old.replace(b"sound 2sound 2b", b"")
    place = top(old, "mdat")[-1].start
    shorter = cut[:place] + u32(top(old, "mdat")[-1].size - 15) + cut[place + 4 :]
    assert "the file at" in refused(shorter, errors.SampleTableError)


def test_a_fragmented_movie_that_does_not_tell_its_length() -> None:
    old = fragmented(base="moof")
    _, track_s, _ = durations(added(old), 3)
    assert track_s == 0.003, "three samples of one tick"


def test_a_broken_index_is_refused() -> None:
    old = fragmented(base="moof", sidx="after moov")
    at = old.index(b"sidx") + 4 + 22
    assert "sidx" in refused(old[:at] + u16(0xFFFF) + old[at + 2 :], errors.SampleTableError)
