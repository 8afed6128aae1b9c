"""Adding networks to files with video, audio, fragments, protection and items."""

from __future__ import annotations

import io
import os
import random
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from pymp4_nnr import errors, mux
from pymp4_nnr.edit.bitstream_index import BitstreamIndex
from pymp4_nnr.io.ranges import piece_size
from pymp4_nnr.io.source import BufferSource, Source
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.inspect import FileInfo
from pymp4_nnr.operations.mux import NewTrack, _added
from tests.mp4.boxes import box, full, u8, u16, u32, u64
from tests.mp4.compare import compare
from tests.mp4.offsets import iloc_items, split_saio, split_sidx, split_tfra
from tests.mp4.read import (
    Node,
    chunk_offsets,
    map_file,
    moov_of,
    movie_header,
    nodes,
    sample_data,
    samples,
    top,
    track_id,
    traks,
)
from tests.mp4.write import FTYP, TrackPlan, moof_box, movie, moving, trex, url_entry
from tests.nnr.streams import MIXED, NDUS, SIMPLE, unit
from tests.paths import ROOT
from tests.round_trip import added, demuxed, removed

FOLDER = ROOT / "fixtures" / "mp4"
OTHERS = ROOT.parent / "shared" / "mp4"  # real files by other writers, for those who have them
FILES = [
    path
    for path in sorted([*FOLDER.glob("*.*"), *OTHERS.glob("*.*")])
    if path.suffix not in {".py", ".json", ".m4s", ".m4v", ".mp4ff"} or path.name == "h264_ipod.m4v"
]
REFUSED = {
    "hand_only_ftyp.mp4": "there is no moov",
    "hand_ftyp_bare.mp4": "there is no moov",
    "mp4_testdata_2xSencNoMdat.mp4": "there is no moov",
    "hand_dref_locations.mp4": "do not lie at offsets of this file",
    "hand_saiz_saio_pssh.mp4": "points outside",
    "hand_versions_unknown.mp4": "version 7 is not known",
    "mp4_testdata_init_prog.mp4": "the file at",
}


class Recorder(io.RawIOBase):
    """A target that must stay as it is."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise AssertionError("something was written")


def refused(old: bytes, kind: type[errors.NNRError], **options: object) -> str:
    with pytest.raises(kind) as caught:
        mux(SIMPLE, Recorder(), into=old, **options)  # type: ignore[arg-type]
    return str(caught.value)


# --- every file -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_everything_else_stays(path: Path) -> None:
    old = path.read_bytes()
    if path.name in REFUSED:
        assert REFUSED[path.name] in refused(old, errors.NNRError)
        return
    new = added(old, MIXED)
    (number,) = compare(old, new)
    assert sample_data(new)[number] == NDUS
    assert demuxed(new, number) == MIXED
    back = removed(new, number)
    assert sample_data(back) == sample_data(old)
    assert added(old, MIXED) == new, "the same input gives the same bytes"


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


# --- the new track ----------------------------------------------------------------------------


def plain(**changes: object) -> bytes:
    """A file with a video and a sound track, `moov` last."""
    video = TrackPlan(1, b"vide", [b"frame one", b"frame 2", b"f3"], per_chunk=2)
    sound = TrackPlan(2, b"soun", [b"sound 1", b"sound two"], per_chunk=1)
    return movie([video, sound], **changes)  # type: ignore[arg-type]


def new_trak(data: bytes) -> Node:
    return list(traks(data).values())[-1]


def references(trak: Node) -> dict[bytes, tuple[int, ...]]:
    tref = trak.get("tref")
    return {box.type: box.u32(0, (box.size - 8) // 4) for box in (tref.children if tref else ())}


def test_order_of_the_file() -> None:
    new = added(plain())
    assert [node.type for node in nodes(new)] == [b"ftyp", b"moov", b"mdat", b"mdat"]
    assert top(new, "mdat")[0].body == b"".join(NDUS)


def test_next_free_track_id() -> None:
    assert track_id(new_trak(added(plain()))) == 3
    assert track_id(new_trak(added(plain(next_track=9)))) == 9
    assert track_id(new_trak(added(plain(next_track=1)))) == 3, "1 and 2 are taken"
    assert track_id(new_trak(added(plain(next_track=0xFFFFFFFF)))) == 3, "all ones tell nothing"


@pytest.mark.parametrize("last", [0xFFFFFFFE, 0xFFFFFFFF])
def test_no_track_id_is_left_at_the_end(last: int) -> None:
    video = TrackPlan(last, b"vide", [b"a"])
    old = movie([video, TrackPlan(1, b"soun", [b"b"])], next_track=0xFFFFFFFF)
    assert compare_ids(old, added(old, [SIMPLE, MIXED])) == [2, 3]


def compare_ids(old: bytes, new: bytes) -> list[int]:
    before = set(traks(old))
    return [number for number in traks(new) if number not in before]


def test_describes() -> None:
    old = plain()
    assert references(new_trak(added(old))) == {b"cdsc": (1,)}
    assert references(new_trak(added(old, describes=2))) == {b"cdsc": (2,)}
    assert references(new_trak(added(old, describes=None))) == {}
    sound = movie([TrackPlan(1, b"soun", [b"sound"])])
    assert references(new_trak(added(sound))) == {}, "there is no video"
    assert "there are: 1, 2" in refused(old, errors.TrackError, describes=3)


def test_describes_the_first_video_track() -> None:
    plans = [TrackPlan(7, b"soun", [b"s"]), TrackPlan(5, b"vide", [b"v"])]
    old = movie([*plans, TrackPlan(2, b"vide", [b"w"])], next_track=8)
    assert references(new_trak(added(old))) == {b"cdsc": (5,)}


def durations(data: bytes, number: int) -> tuple[float, float, float]:
    """Seconds that the movie, a track in it and its media last."""
    moov = moov_of(data)
    assert moov is not None
    _, timescale, movie_duration, _, _ = movie_header(moov["mvhd"])
    trak = traks(data)[number]
    tkhd, mdhd = trak["tkhd"], trak["mdia/mdhd"]
    track = struct.unpack_from(
        ">Q" if tkhd.version else ">I", tkhd.body, 28 if tkhd.version else 20
    )
    at, code = (20, ">IQ") if mdhd.version else (12, ">2I")
    scale, media = struct.unpack_from(code, mdhd.body, at)
    return movie_duration / timescale, track[0] / timescale, media / scale


@pytest.mark.parametrize(
    ("timescale", "duration"), [(600, 1201), (1000, 1), (90000, 5_000_000_000)]
)
def test_lasts_as_long_as_the_movie(timescale: int, duration: int) -> None:
    new = added(plain(timescale=timescale, duration=duration))
    movie_s, track_s, media_s = durations(new, 3)
    assert movie_s == track_s == duration / timescale
    assert media_s == pytest.approx(track_s, abs=0.001)
    deltas = time_deltas(new, 3)
    assert len(deltas) == 4
    assert all(deltas), "no sample has duration 0"


def time_deltas(data: bytes, number: int) -> list[int]:
    stts = traks(data)[number]["mdia/minf/stbl/stts"]
    rows = [stts.u32(8 + 8 * i, 2) for i in range(stts.u32(4)[0])]
    return [delta for count, delta in rows for _ in range(count)]


def test_a_movie_of_no_length_becomes_as_long_as_the_network() -> None:
    movie_s, track_s, _ = durations(added(plain(duration=0)), 3)
    assert movie_s == track_s == 0.004


def test_several_at_once_are_as_several_in_turn() -> None:
    old = plain()
    both = added(old, [SIMPLE, MIXED], name=["one", "two été"])
    assert compare(old, both, added=2) == [3, 4]
    assert (demuxed(both, 3), demuxed(both, 4)) == (SIMPLE, MIXED)
    turns = added(added(old, MIXED, name="two été"), SIMPLE, name="one")
    assert (demuxed(turns, 3), demuxed(turns, 4)) == (MIXED, SIMPLE)
    for data in (both, turns):
        with FileInfo(data) as info:
            assert {track.name for track in info.tracks} == {"one", "two été"}
        with pytest.raises(errors.TrackError, match=r"3 \(.*4 \(") as caught:
            demuxed(data)
        assert "one" in str(caught.value)
    with pytest.raises(errors.TrackError, match="no NNR track"):
        demuxed(both, 1)
    assert sample_data(removed(removed(both, 3), 4)) == sample_data(old)


def test_as_many_names_as_sources() -> None:
    with pytest.raises(errors.TrackError, match="2 names"):
        mux([SIMPLE], Recorder(), into=plain(), name=["a", "b"])  # type: ignore[arg-type]


# --- layouts ----------------------------------------------------------------------------------


def moov_first_or_last() -> dict[str, bytes]:
    to_end = box(b"mdat", size=0)
    return {
        "moov last": plain(),
        "moov first": plain(moov_first=True),
        "mdat of size 0": plain(moov_first=True, mdat=to_end),
        "largesize": plain(mdat=box(b"mdat", size=1)),
        "wide": plain(before=box(b"wide")),
        "co64": plain(wide_offsets=True),
        "two mdats": plain(between=box(b"mdat", b"left over") + box(b"free", bytes(9))),
        "unknown boxes": plain(before=box(b"zzzz", b"?"), after=box(b"uuid", bytes(20))),
        "after the media": plain(moov_first=True, after=box(b"free", b"after") + box(b"skip")),
        "moov of largesize": plain(moov_size=1),
        "moov of size 0": plain(moov_size=0),
    }


@pytest.mark.parametrize("name", moov_first_or_last())
def test_layouts(name: str) -> None:
    old = moov_first_or_last()[name]
    new = added(old)
    assert compare(old, new) == [3]
    assert sample_data(new) == sample_data(old) | {3: NDUS}
    assert demuxed(new) == SIMPLE
    assert sample_data(removed(new)) == sample_data(old)


def protected(entries: bytes, *, flags: int = 0) -> Callable[[dict[str, int]], bytes]:
    """`senc`, `saiz` and a `saio` that points to the first byte of the vectors."""

    def build(place: dict[str, int]) -> bytes:
        senc = full(b"senc", 0, 0, u32(3), bytes(range(24)))
        saiz = full(b"saiz", 0, 0, u8(8), u32(3))
        here = place["stbl_end"]
        return senc + saiz + full(b"saio", 0, flags, u32(1, here + 16)) + entries

    return build


def saio_targets(data: bytes) -> list[bytes]:
    found = []
    for trak in traks(data).values():
        saio = trak.get("mdia/minf/stbl/saio")
        if saio is not None:
            ((offset,), _) = split_saio(saio)
            found.append(data[offset : offset + 24])
    return found


def test_auxiliary_information_in_moov_and_behind_a_removed_track() -> None:
    plans = [
        TrackPlan(1, b"vide", [b"v1", b"v2", b"v3"], more=protected(b"")),
        TrackPlan(2, b"soun", [b"s1", b"s2", b"s3"], more=protected(b"")),
    ]
    for moov_first in (True, False):
        old = movie(plans, moov_first=moov_first)
        assert saio_targets(old) == [bytes(range(24))] * 2
        new = added(old)
        compare(old, new)
        assert saio_targets(new) == [bytes(range(24))] * 2
        # the network's track before the others: they move when it goes
        assert saio_targets(removed(track_first(new))) == [bytes(range(24))] * 2


def track_first(data: bytes) -> bytes:
    """The last track moved before all others; offsets into `moov` follow."""
    moov = moov_of(data)
    assert moov is not None
    found = moov.all("trak")
    first, last = found[0], found[-1]
    order = [node for node in moov.children if node is not last]
    order.insert(order.index(first), last)
    body = b"".join(node.whole for node in order)
    for node in found[:-1]:
        saio = node["mdia/minf/stbl/saio"]
        at = body.index(saio.whole)
        ((offset,), _) = split_saio(saio)
        fixed = saio.whole[:16] + u32(offset + last.size)
        body = body[:at] + fixed + body[at + len(fixed) :]
    return data[: moov.body_start] + body + data[moov.end :]


def test_auxiliary_information_in_media_data() -> None:
    def more(place: dict[str, int]) -> bytes:
        return full(b"saiz", 0, 0, u8(4), u32(1)) + full(
            b"saio", 0, 0, u32(1, place["mdat_body"] + 2)
        )

    old = movie([TrackPlan(1, b"vide", [b"..AUX!"], more=more)])
    new = added(old)
    compare(old, new)
    saio = traks(new)[1]["mdia/minf/stbl/saio"]
    assert new[saio.u32(8)[0] :][:4] == b"AUX!"


# --- items ------------------------------------------------------------------------------------

ITEMS = [b"first item", b"the second", b"3rd"]


def image_file(
    version: int,
    widths: tuple[int, int, int, int],
    *,
    moov: bool,
    meta_last: bool = False,
    base: int = 0,
    meta_size: int | None = None,
) -> bytes:
    """Three items in `mdat`, one of them in two extents; one in `idat`."""
    offset_size, length_size, base_size, index_size = widths
    blob = b"".join(ITEMS)
    video = [TrackPlan(1, b"vide", [b"frame"])] if moov else []

    def number(width: int, value: int) -> bytes:
        return value.to_bytes(width) if width else b""

    def item(item_id: int, extents: list[tuple[int, int]], method: int = 0, ref: int = 0) -> bytes:
        head = item_id.to_bytes(4 if version == 2 else 2) + (u16(method) if version else b"")
        shift = 0 if method else base
        body = head + u16(ref) + number(base_size, shift) + u16(len(extents))
        for offset, length in extents:
            body += number(index_size if version else 0, 1)
            body += number(offset_size, offset - shift) + number(length_size, length)
        return body

    def meta(at: int) -> bytes:
        first, second = len(ITEMS[0]), len(ITEMS[1])
        rows = [
            item(1, [(at, first)]),
            item(2, [(at + first, 4), (at + first + 4, second - 4)]),
            item(3, [(at + first + second, 3)], ref=1),  # the file itself, by its reference
            *([item(4, [(0, 4)], method=1)] if version else []),
        ]
        count = len(rows).to_bytes(4 if version == 2 else 2)
        packed = u8(offset_size << 4 | length_size, base_size << 4 | (index_size if version else 0))
        iloc = full(b"iloc", version, 0, packed, count, *rows)
        dinf = box(b"dinf", full(b"dref", 0, 0, u32(1), url_entry()))
        hdlr = full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13))
        return full(b"meta", 0, 0, hdlr, dinf, iloc, box(b"idat", b"idat"), size=meta_size)

    def build(at: int) -> bytes:
        parts = [] if meta_last else [meta(at)]
        head = FTYP + b"".join(parts)
        if video:
            inner = movie(video, ftyp=b"", moov_first=True)
            head += moving(inner, len(head))
        return head + box(b"mdat", blob) + (meta(at) if meta_last else b"")

    return build(build(1000).index(blob))


def item_data(data: bytes) -> dict[int, bytes]:
    (meta,) = top(data, "meta")
    idat = meta["idat"].body
    return {
        number: b"".join(
            (idat if method else data)[offset : offset + length] for offset, length in extents
        )
        for number, method, _, extents in iloc_items(meta["iloc"])
    }


@pytest.mark.parametrize("moov", [False, True])
@pytest.mark.parametrize("meta_last", [False, True])
@pytest.mark.parametrize(
    ("version", "widths"),
    [
        (0, (4, 4, 0, 0)),
        (0, (8, 8, 8, 0)),
        (1, (4, 4, 4, 0)),
        (1, (8, 4, 0, 4)),
        (2, (4, 8, 8, 8)),
        (2, (4, 4, 0, 0)),
    ],
)
@pytest.mark.parametrize("base", [0, 30])
def test_items(
    version: int, widths: tuple[int, int, int, int], moov: bool, meta_last: bool, base: int
) -> None:
    base = base if widths[2] else 0
    old = image_file(version, widths, moov=moov, meta_last=meta_last, base=base)
    wanted = dict(enumerate([*ITEMS, *([b"idat"] if version else [])], 1))
    assert item_data(old) == wanted
    new = added(old)
    (number,) = compare(old, new)
    assert item_data(new) == wanted
    assert demuxed(new) == SIMPLE
    back = removed(new, number)
    assert item_data(back) == wanted
    assert sample_data(back) == sample_data(old)


def test_items_without_room_for_offsets() -> None:
    """An item that begins with the file, and needs an offset from now on, or none."""
    row = u16(1, 0, 1) + u32(8)  # 8 bytes from 0 on: the start of ftyp
    meta = full(
        *(b"meta", 0, 0, full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13))),
        *(full(b"iloc", 0, 0, u8(4, 0), u16(1), row), box(b"idat")),
    )
    old = FTYP + meta
    new = added(old)
    compare(old, new)
    assert item_data(new) == {1: FTYP[:8]}


def test_meta_that_reaches_to_the_end_of_the_file() -> None:
    old = image_file(1, (4, 4, 0, 0), moov=False, meta_last=True, meta_size=0)
    assert item_data(added(old)) == item_data(old)
    alone = FTYP + full(b"meta", 0, 0, full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13)), size=0)
    new = added(alone)
    assert [node.type for node in nodes(new)] == [b"ftyp", b"moov", b"mdat", b"meta"]
    assert demuxed(new) == SIMPLE


# --- fragments --------------------------------------------------------------------------------


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


# --- 32 bits ----------------------------------------------------------------------------------


def big_video(path: Path, filler: int) -> None:
    """A file of `ftyp`, a sparse `mdat`, and `moov`; the last sample ends the `mdat`."""
    tail = b"the last sample"
    end = len(FTYP) + 16 + filler + len(tail)
    plan = TrackPlan(1, b"vide", [tail], offset=end - len(tail))
    moov = movie([plan], ftyp=b"", mdat=None, wide_offsets=end - len(tail) > 0xFFFFFFFF)
    with path.open("wb") as file:
        file.write(FTYP + u32(1) + b"mdat" + u64(16 + filler + len(tail)))
        file.seek(end - len(tail))
        file.write(tail + moov)


class SparseFile:
    """A file object that leaves holes where a megabyte of zeros is written."""

    _ZEROS = bytes(1 << 20)

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: memoryview) -> int:
        if bytes(data) == self._ZEROS:
            self._file.seek(len(data), os.SEEK_CUR)
            return len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def test_video_beyond_4_gib(tmp_path: Path) -> None:
    old_path, new_path = tmp_path / "old.mp4", tmp_path / "new.mp4"
    big_video(old_path, (1 << 32) - 300)
    with new_path.open("wb") as file:
        mux(SIMPLE, SparseFile(file), into=old_path)  # type: ignore[arg-type]
    old, new = map_file(old_path), map_file(new_path)
    try:
        assert compare(old, new) == [2]
        assert traks(new)[1].get("mdia/minf/stbl/co64") is not None
        assert sample_data(new)[2] == NDUS
    finally:
        old.close()
        new.close()


class LaidOut(NamedTuple):
    """Where the last sample comes to lie, its chunk offset, and the padding of the network."""

    place: int
    chunk_offsets: list[int]
    padding: int


def laid_out(filler: int, source: bytes, name: str = "x") -> LaidOut:
    """What would be written for such a file, without writing anything."""
    tail = b"the last sample"
    end = len(FTYP) + 16 + filler + len(tail)
    plan = TrackPlan(1, b"vide", [tail], offset=end - len(tail))
    moov = movie([plan], ftyp=b"", mdat=None, wide_offsets=end - len(tail) > 0xFFFFFFFF)
    head = FTYP + u32(1) + b"mdat" + u64(16 + filler + len(tail))

    class Sparse(Source):
        def __init__(self) -> None:
            self.size = end + len(moov)

        def read(self, offset: int, size: int) -> bytes:
            if offset >= end:
                return moov[offset - end : offset - end + size]
            return (head + bytes(size))[offset : offset + size] if offset < 64 else bytes(size)

    track = NewTrack(BitstreamIndex(BufferSource(source)), name, 1000, align=True)
    with Movie(Sparse()) as opened:
        pieces = _added(opened, [track], "video")
    made = [piece for piece in pieces if isinstance(piece, bytes)]
    (new_moov,) = nodes(next(piece for piece in made if piece[4:8] == b"moov"))
    padding = sum(len(piece) for piece in made if piece[4:8] == b"free")
    place = sum(map(piece_size, pieces)) - len(tail)
    return LaidOut(place, chunk_offsets(new_moov["trak/mdia/minf/stbl"]), padding)


@pytest.mark.parametrize("size", [10, 1 << 20])
def test_crossing_32_bits_exactly(size: int) -> None:
    """Around the size from which on chunk offsets need 64 bits, padding included."""
    source = SIMPLE + unit(5, bytes(size), long=True)
    limit = (1 << 32) - (laid_out(1 << 31, source).place - (1 << 31))
    for filler in [*range(limit - 12, limit + 4), *range(limit - 4200, limit + 4200, 97)]:
        found = laid_out(filler, source)
        assert found.chunk_offsets == [found.place], filler


def test_crossing_32_bits_where_padding_would_hide_it() -> None:
    """Four bytes more in `moov` save a page of padding: the offsets are below the limit again."""
    source = SIMPLE + unit(5, bytes(1 << 20), long=True)
    padding = laid_out(1 << 31, source, "").padding
    name = "n" * ((padding - 4) % 4096)
    first = laid_out(1 << 31, source, name)
    assert first.padding == 4100, "4 bytes are too few for a box"
    limit = (1 << 32) - (first.place - (1 << 31))
    for filler in range(limit - 4200, limit + 8, 64):
        found = laid_out(filler, source, name)
        assert found.chunk_offsets == [found.place], filler


# --- targets ----------------------------------------------------------------------------------


def test_into_a_pipe(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    got: list[bytes] = []

    def drain() -> None:
        with os.fdopen(read_end, "rb") as file:
            got.append(file.read())

    thread = threading.Thread(target=drain)
    thread.start()
    source = tmp_path / "video.mp4"
    source.write_bytes(plain())
    with os.fdopen(write_end, "wb") as pipe:
        mux(SIMPLE, pipe, into=source)
    thread.join()
    assert got == [added(plain())]


def test_the_output_is_an_input(tmp_path: Path) -> None:
    video, network = tmp_path / "video.mp4", tmp_path / "network.nnr"
    video.write_bytes(plain())
    network.write_bytes(SIMPLE)
    for target in (video, network):
        before = target.read_bytes()
        with pytest.raises(errors.OutputError, match="is the input"):
            mux(network, target, into=video)
        assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network.nnr", "video.mp4"]


def test_refused_files_leave_no_output(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with pytest.raises(errors.NNRError):
        mux(SIMPLE, target, into=plain()[:-5])
    assert not list(tmp_path.iterdir())


def test_truncated_files_are_refused_at_every_length() -> None:
    for old in (plain(), plain(moov_first=True, mdat=box(b"mdat", size=0))):
        for length in range(1, len(old)):
            refused(old[:length], errors.NNRError)


def test_offsets_in_broken_boxes_are_not_left_behind() -> None:
    old = plain()
    for kind in (b"stbl", b"minf", b"stco", b"mdia", b"trak"):
        at = old.index(kind)
        size = struct.unpack(">I", old[at - 4 : at])[0]
        for other in (size + 1, size - 1, size + 4):
            refused(old[: at - 4] + u32(other) + old[at:], errors.NNRError)


def test_other_refusals() -> None:
    twice = movie([TrackPlan(1, b"vide", [b"a"]), TrackPlan(1, b"soun", [b"b"])])
    assert "two tracks have track_ID 1" in refused(twice, errors.FileFormatError)
    compressed = FTYP + box(b"moov", box(b"cmov", box(b"dcom", b"zlib")))
    assert "compressed" in refused(compressed, errors.FileFormatError)
    old = plain(moov_first=True)
    assert "second moov" in refused(old + top(old, "moov")[0].whole, errors.FileFormatError)


def test_samples_are_found_by_the_second_reader() -> None:
    """What the comparison above rests on, once by hand."""
    found = samples(plain())
    assert [s.size for s in found[1]] == [9, 7, 2]
    assert sample_data(plain())[2] == [b"sound 1", b"sound two"]


# --- faults at random -------------------------------------------------------------------------

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
    old = plain(moov_first=True)
    (media,) = top(old, "mdat")
    at = old.index(b"stco") + 12
    for offset in (media.start, media.start - 3, media.end - 2):
        assert refused(old[:at] + u32(offset) + old[at + 4 :], errors.SampleTableError)


def test_a_broken_index_is_refused() -> None:
    old = fragmented(base="moof", sidx="after moov")
    at = old.index(b"sidx") + 4 + 22
    assert "sidx" in refused(old[:at] + u16(0xFFFF) + old[at + 2 :], errors.SampleTableError)
