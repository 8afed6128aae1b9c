"""Networks taken out of files again: the other tracks are read by a reader of its own."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, errors, mux, remove
from tests.mp4.boxes import box, full, u8, u32
from tests.mp4.networks import FRAMES, SOUNDS, network
from tests.mp4.offsets import split_tfra
from tests.mp4.read import movie_header, nodes, sample_data, top, traks
from tests.mp4.write import TrackPlan, moof_box, movie, trex, url_entry
from tests.nnr.streams import MIXED, NDUS, SIMPLE, START, unit
from tests.paths import FIXTURES
from tests.round_trip import demuxed, muxed, removed


def check(old: bytes, number: int, *, gone: bool = True) -> bytes:
    """Remove a track; the others keep their samples, and its own are nowhere any more."""
    new = removed(old, number)
    wanted = sample_data(old)
    del wanted[number]
    assert sample_data(new) == wanted
    assert not gone or not any(ndu in new for ndu in NDUS)
    assert nodes(new)[-1].end == len(new)
    for kept, trak in traks(new).items():
        was = traks(old)[kept]
        for path in ("tkhd", "mdia/mdhd", "mdia/hdlr", "mdia/minf/stbl/stsz"):
            assert trak[path].whole == was[path].whole
        for path in ("mdia/minf/stbl/stsc", "mdia/minf/stbl/stsd", "mdia/minf/stbl/stts"):
            assert trak[path].whole == was[path].whole
    with pytest.raises(errors.TrackError):
        remove(new, io.BytesIO(), track_id=number)
    return new


def test_the_only_track_of_a_file() -> None:
    old = muxed(SIMPLE)
    new = removed(old)
    assert [node.type for node in nodes(new)] == [b"ftyp", b"moov"]
    assert traks(new) == {}
    assert movie_headers(new)[0][2:] == movie_headers(old)[0][2:]


def movie_headers(data: bytes) -> list[tuple[bytes, int, int, bytes, int]]:
    return [movie_header(node["mvhd"]) for node in top(data, "moov")]


def test_padding_goes_too() -> None:
    video = movie([TrackPlan(1, b"vide", FRAMES)], moov_first=True)
    source = SIMPLE + unit(5, bytes(1 << 20), long=True)
    old = muxed(source, into=video)
    assert [node.type for node in nodes(old)] == [b"ftyp", b"moov", b"free", b"mdat", b"mdat"]
    assert len(removed(old)) == len(video)


def test_other_free_boxes_stay() -> None:
    for free in (box(b"free", b"not padding"), box(b"free", bytes(8000))):
        old = movie([network(1)], moov_first=True, between=free)
        assert top(removed(old), "free")[0].whole == free


ORDERS = {
    "in turns": None,
    "network first": [(1, 0), (1, 1), (1, 2), (1, 3), (0, 0), (0, 1), (0, 2)],
    "network last, backward": [(0, 2), (0, 1), (0, 0), (1, 3), (1, 2), (1, 1), (1, 0)],
    "mixed": [(1, 3), (0, 0), (1, 0), (1, 1), (0, 2), (0, 1), (1, 2)],
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("moov_first", "size"), [(True, None), (True, 0), (True, 1), (False, None), (False, 1)]
)
@pytest.mark.parametrize("mdats", [1, 2, 3])
def test_interleaved(order: str, moov_first: bool, size: int | None, mdats: int) -> None:
    old = movie(
        [TrackPlan(1, b"vide", FRAMES, [2, 1, 2]), network(2)],
        order=ORDERS[order],
        moov_first=moov_first,
        mdat=box(b"mdat", size=size),
        mdats=mdats,
        wide_offsets=mdats == 3,
    )
    assert demuxed(old) == SIMPLE
    new = check(old, 2)
    assert len(new) < len(old) - sum(map(len, NDUS))


def test_samples_that_another_track_shares_stay() -> None:
    old = movie([network(1, offset=None), network(2)])
    first = traks(old)[1]["mdia/minf/stbl/stco"]
    second = traks(old)[2]["mdia/minf/stbl/stco"]
    shared = old[: second.start] + first.whole + old[second.end :]
    assert sample_data(shared)[1] == sample_data(shared)[2] == NDUS
    new = check(shared, 1, gone=False)
    assert demuxed(new) == SIMPLE


def test_several_networks_one_after_the_other() -> None:
    video = movie([TrackPlan(1, b"vide", FRAMES, 2), TrackPlan(2, b"soun", SOUNDS, 1)])
    old = muxed([SIMPLE, MIXED, START + NDUS[1]], into=video, name=["a", "b", "c"])
    with pytest.raises(errors.TrackError, match=r"3 \(a\), 4 \(b\), 5 \(c\)"):
        removed(old)
    for number in (3, 4, 5):
        new = check(old, number, gone=False)
        left = {3: SIMPLE, 4: MIXED, 5: START + NDUS[1]}
        del left[number]
        for other, source in left.items():
            assert demuxed(new, other) == source
    assert len(removed(removed(removed(old, 4), 5), 3)) == len(video)
    for number in (1, 2, 9):
        with pytest.raises(errors.TrackError, match="no NNR track"):
            removed(old, number)


def test_references_to_the_track() -> None:
    def tref(*references: bytes) -> bytes:
        return box(b"tref", *references)

    plans = [
        TrackPlan(1, b"vide", FRAMES, edits=tref(box(b"zzzz", u32(3)))),
        TrackPlan(2, b"soun", SOUNDS, edits=tref(box(b"cdsc", u32(3, 1)), box(b"sync", u32(1)))),
        network(3, edits=tref(box(b"cdsc", u32(1)))),
        TrackPlan(4, b"text", SOUNDS, edits=tref(box(b"cdsc", u32(2)), box(b"hint", u32(3)))),
    ]
    found = traks(check(movie(plans), 3))
    assert found[1].get("tref") is None, "nothing is left of it"
    assert found[2]["tref"].whole == tref(box(b"cdsc", u32(1)), box(b"sync", u32(1)))
    assert found[4]["tref/cdsc"].whole == box(b"cdsc", u32(2))


# --- fragments --------------------------------------------------------------------------------


def fragmented(base: str, places: Sequence[int], *, mfra: bool = False) -> bytes:
    """Three fragments of tracks 1 and 3 with the network 2 between, in the order `places`."""
    plans = [TrackPlan(1, b"vide", []), network(2, samples=[]), TrackPlan(3, b"soun", [])]
    trep = full(b"trep", 0, 0, u32(2))
    mvex = box(b"mvex", trex(1), trex(2), trex(3), trep)
    data = movie(plans, moov_first=True, mvex=mvex, mdat=None, duration=0)
    parts = [
        {1: FRAMES[:2], 2: NDUS[:1], 3: SOUNDS[:1]},
        {1: FRAMES[2:], 2: NDUS[1:3], 3: SOUNDS[1:]},
        {2: NDUS[3:]},
    ]
    starts = []
    for sequence, part in enumerate(parts, 1):
        tracks = {number: part[number] for number in places if number in part}
        starts.append(len(data))
        data += moof_box(sequence, tracks, len(data), base)
        data += box(b"mdat", *(sample for samples in tracks.values() for sample in samples))
    if mfra:
        tables = [
            full(b"tfra", 0, 0, u32(number, 0, 1), u32(0, starts[0]), u8(1, 1, 1))
            for number in (1, 2)
        ]
        size = 8 + sum(map(len, tables)) + 16
        data += box(b"mfra", *tables, full(b"mfro", 0, 0, u32(size)))
    return data


@pytest.mark.parametrize("places", [(2, 1, 3), (1, 2, 3), (1, 3, 2), (3, 2, 1)])
@pytest.mark.parametrize("base", ["moof", "neither", "explicit", "zero", "mdat"])
def test_fragments(base: str, places: tuple[int, int, int]) -> None:
    old = fragmented(base, places)
    assert demuxed(old) == SIMPLE
    new = check(old, 2)
    moov = top(new, "moov")[0]
    assert [node.u32(4)[0] for node in moov["mvex"].all("trex")] == [1, 3]
    assert not moov["mvex"].all("trep")
    # the fragment that held nothing else has gone
    kinds = [node.type for node in nodes(new) if node.start >= moov.end]
    assert kinds == [b"moof", b"mdat"] * 2
    # where the others lie among each other is as it was
    last = top(old, "moof")[2]
    assert len(new) - moov.end == last.start - top(old, "moov")[0].end
    # and a network can be put in again
    assert demuxed(muxed(SIMPLE, into=new)) == SIMPLE


def test_random_access_to_the_track() -> None:
    old = fragmented("moof", (1, 2, 3), mfra=True)
    new = check(old, 2)
    (mfra,) = top(new, "mfra")
    assert [node.u32(4)[0] for node in mfra.all("tfra")] == [1]
    assert mfra["mfro"].u32(4) == (mfra.size,)
    assert split_tfra(mfra["tfra"])[0] == [top(new, "moof")[0].start]


def test_a_network_in_moov_of_a_fragmented_file() -> None:
    video = movie(
        [TrackPlan(1, b"vide", [])],
        moov_first=True,
        mvex=box(b"mvex", trex(1)),
        mdat=None,
        duration=0,
    )
    video += moof_box(1, {1: FRAMES}, len(video), "zero") + box(b"mdat", *FRAMES)
    old = muxed(SIMPLE, into=video)
    new = check(old, 2)
    assert len(new) == len(video)


# --- refusals ---------------------------------------------------------------------------------


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(muxed(SIMPLE))
    with pytest.raises(errors.OutputError):
        remove(path, path)
    with pytest.raises(errors.OutputError):
        remove(muxed(SIMPLE), path, overwrite=False)
    video = movie([TrackPlan(1, b"vide", FRAMES)])
    with pytest.raises(errors.TrackError, match="no NNR track"):
        removed(video)
    old = muxed(SIMPLE, into=video).replace(url_entry(), url_entry(0), 1)
    with pytest.raises(errors.TrackError, match="do not lie at offsets of this file"):
        removed(old)
    for length in range(0, len(muxed(SIMPLE)), 7):
        with pytest.raises(errors.NNRError):
            remove(muxed(SIMPLE)[:length], path)
    assert path.read_bytes() == muxed(SIMPLE)


IMAGES = sorted((FIXTURES / "mp4").glob("hand_iloc_*.heic"))


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_images_are_as_before(path: Path) -> None:
    """The `moov` that `mux` adds goes with its last track."""
    image = path.read_bytes()
    two = muxed(SIMPLE, into=muxed(MIXED, into=image))
    one = removed(two, 1)
    assert b"moov" in one
    assert removed(one) == image


def test_a_movie_of_no_tracks_that_is_not_ours_stays() -> None:
    image = IMAGES[0].read_bytes()
    own = box(b"moov", full(b"mvhd", 0, 0, u32(1, 2, 1000, 0), bytes(76), u32(9)))
    with_movie = removed(muxed(SIMPLE, into=image + own))
    assert [node.type for node in top(with_movie, "moov")] == [b"moov"]


FIRST = [
    path
    for path in sorted((FIXTURES / "mp4").glob("frag_*.mp4"))
    if path.name not in ("frag_moov_with_samples.mp4",)
]


@pytest.mark.parametrize("path", FIRST, ids=lambda path: path.name)
def test_what_was_added_leaves_one_field(path: Path) -> None:
    """`next_track_ID`, where ffmpeg had written one that was in use (8.2.2)."""
    movie = path.read_bytes()
    again = removed(muxed(SIMPLE, into=movie))
    place = top(movie, "moov")[0]["mvhd"].end - 4
    assert again[:place] + movie[place : place + 4] + again[place + 4 :] == movie


# --- `remove` after `mux` -----------------------------------------------------------------------

_STAYS_FIRST = (b"ftyp", b"styp", b"pdin", b"uuid", b"sidx", b"emsg", b"prft", b"meta", b"moov")
ADDED: list[dict[str, Any]] = [{}, {"fragment": 2}, {"appendable": True}, {"interleave": True}]
"""How a network is added; with `interleave`, in fragments too."""


def restored(data: bytes, options: dict[str, Any]) -> bytes:
    """A file to which a network was added, and from which it was removed again."""
    if "interleave" in options:
        options = {"fragment": 1, **options}
    both = muxed(SIMPLE, into=data, **options)
    return removed(both, max(traks(both)))


def why_not(data: bytes, options: dict[str, Any]) -> list[str]:
    """The reasons for which a file is not restored byte for byte, as the documentation has them."""
    found = []
    kinds = [node.type for node in nodes(data)]
    if b"moov" in kinds and not set(kinds[: kinds.index(b"moov")]) <= set(_STAYS_FIRST):
        found.append("moov stood behind other boxes")
    for moov in top(data, "moov"):
        number = movie_header(moov["mvhd"])[4]
        used = [
            trak["tkhd"].u32(20 if trak["tkhd"].version else 12)[0] for trak in moov.all("trak")
        ]
        if not used:
            found.append("moov has no track")
        if number <= max(used, default=0):
            found.append("next_track_ID was in use")
        samples = any(trak["mdia/minf/stbl/stts"].u32(4)[0] for trak in moov.all("trak"))
        if options and moov.get("mvex") is None and used and not samples:
            found.append("mvex was added, and there are no samples")
    return found


BY_NAME = {
    "hand_fragment_full.mp4": "something refers to next_track_ID as to a track",
    "hand_sidx_of_sidx.mp4": "something refers to next_track_ID as to a track",
    "hand_stbl_rare.mp4": "something refers to next_track_ID as to a track",
    "hand_no_samples.mp4": "the movie was by chance as long as the network, and no track was",
}
MOVIES = sorted(
    path for path in (FIXTURES / "mp4").iterdir() if path.suffix not in (".py", ".json")
)


@pytest.mark.parametrize("options", ADDED, ids=lambda options: " ".join(options) or "samples")
def test_remove_after_mux_restores_the_file(options: dict[str, Any]) -> None:
    """Byte for byte, or there is one of the reasons."""
    equal = other = 0
    for path in MOVIES:
        if not path.is_file():
            continue
        data = path.read_bytes()
        try:
            again = restored(data, options)
        except errors.NNRError:
            continue
        reasons = why_not(data, options)
        if path.name in BY_NAME:
            reasons.append(BY_NAME[path.name])
        if not reasons:
            assert again == data, path.name
            equal += 1
            continue
        assert again != data, f"{path.name}: {reasons}"
        other += 1
        found = Counter(node.whole for node in nodes(again) if node.type == b"mdat")
        assert found == Counter(node.whole for node in nodes(data) if node.type == b"mdat")
        if not set(reasons) & {*BY_NAME.values(), "moov has no track"}:
            assert restored(again, options) == again, "from then on it is restored"
    assert equal > 60
    assert other > 60


@pytest.mark.parametrize("name", ["frag_global_sidx.mp4", "frag_dash.mp4"])
def test_rounds_behind_an_index_leave_nothing(name: str, tmp_path: Path) -> None:
    """The index of another track ends where the fragments of the rounds begin."""
    path = tmp_path / "model.mp4"
    data = (FIXTURES / "mp4" / name).read_bytes()
    mux(SIMPLE, path, into=data)
    append(path, SIMPLE)
    append(path, SIMPLE)
    back = removed(path)
    assert len(back) == len(data)
    assert sample_data(back) == sample_data(data)
