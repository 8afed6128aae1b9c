"""Files of strangers, one fault in each: fixtures/broken, with what each of them must give.

    python -m scripts.make_broken                  writes the files and their manifest
    python -m scripts.make_broken --check          exit code 1 where they are not as they are made
    python -m scripts.make_broken --large FOLDER   writes them larger, up to 1 MB, to be measured

Each is made by a function of its size; nothing of the package is used but to write elements of
units.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from pymp4_nnr.bitstream.syntax import codebook as syntax
from tests.movie.test_repeats import file as repeated
from tests.movie.test_repeats import fragment
from tests.mp4.boxes import box, full, table, u8, u16, u32, u64
from tests.mp4.networks import network, video_and_sound
from tests.mp4.write import FTYP, METT, TrackPlan, moof_box, movie, nnr1, trex
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, START, unit
from tests.nnr.tensors import EDITION_2, named_ndu

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "broken"
MANIFEST = FOLDER / "manifest.json"


class Attack(NamedTuple):
    """A file to make.

    Attributes:
        shows: what is wrong with it.
        make: gives the file of a size.
        size: of the fixture, in whatever `make` counts.
        large: of the file that is measured.
    """

    shows: str
    make: Callable[[int], bytes]
    size: int = 1
    large: int = 1


ATTACKS: dict[str, Attack] = {}
Maker = Callable[[int], bytes]


def attack(name: str, shows: str, size: int = 1, large: int = 1) -> Callable[[Maker], Maker]:
    """Note a function that makes a file."""

    def note(make: Maker) -> Maker:
        ATTACKS[name] = Attack(shows, make, size, large)
        return make

    return note


# --- parts -------------------------------------------------------------------------------------


def trun(count: int, *, offset: int | None = None, sizes: Sequence[int] = ()) -> bytes:
    """Samples of a fragment."""
    flags = (0x1 if offset is not None else 0) | (0x200 if sizes else 0)
    place = u32(offset & 0xFFFFFFFF) if offset is not None else b""
    return full(b"trun", 0, flags, u32(count), place, u32(*sizes) if sizes else b"")


def tfhd(number: int, *, size: int | None = None, base: int | None = None) -> bytes:
    """The header of a track in a fragment."""
    flags = (0x10 if size is not None else 0) | (0x1 if base is not None else 0x20000)
    more = (u64(base) if base is not None else b"") + (u32(size) if size is not None else b"")
    return full(b"tfhd", 0, flags, u32(number), more)


def moof(*trafs: bytes, number: int = 1) -> bytes:
    """A fragment."""
    return box(b"moof", full(b"mfhd", 0, 0, u32(number)), *(box(b"traf", one) for one in trafs))


def empty_network(*, mvex: bytes = b"", more: bytes = b"", entries: Sequence[bytes] = ()) -> bytes:
    """A file with a network whose samples follow in fragments."""
    plan = network(1, samples=[], more=lambda _: more)
    if entries:
        plan.entries = entries
    every = mvex or box(b"mvex", trex(1))
    return movie([plan], moov_first=True, mvex=every, mdat=None)


def video(**changes: Any) -> bytes:
    """A file with video and sound, `moov` first."""
    return video_and_sound(**{"moov_first": True} | changes)


def sized(count: int, size: int) -> Callable[[list[int]], bytes]:
    """A `stsz` with so many entries of a size."""
    return lambda _: full(b"stsz", 0, 0, u32(0, count), u32(size) * count)


def with_tables(
    offsets: bytes, chunks: bytes, sizes: bytes, *, data: bytes, entries: Sequence[bytes] = ()
) -> bytes:
    """A network whose tables are given."""
    return head_with_tables(offsets, chunks, sizes, entries) + box(b"mdat", data)


def head_with_tables(
    offsets: bytes,
    chunks: bytes,
    sizes: bytes,
    entries: Sequence[bytes] = (),
    stts: bytes = table(b"stts", (1, 1)),
) -> bytes:
    tkhd = full(b"tkhd", 0, 3, u32(0, 0, 1, 0, 1), bytes(60))
    mdhd = full(b"mdhd", 0, 0, u32(0, 0, 1000, 1), u16(0x55C4, 0))
    hdlr = full(b"hdlr", 0, 0, bytes(4), b"meta", bytes(12), b"name\0")
    dinf = box(b"dinf", full(b"dref", 0, 0, u32(1), full(b"url ", 0, 1)))
    entries = entries or [nnr1(START, PARAMETERS)]
    stsd = full(b"stsd", 0, 0, u32(len(entries)), *entries)
    stbl = box(b"stbl", stsd, stts, chunks, sizes, offsets)
    minf = box(b"minf", full(b"nmhd", 0, 0), dinf, stbl)
    trak = box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, minf))
    mvhd = full(b"mvhd", 0, 0, u32(0, 0, 1000, 1, 0x10000), u16(0x100), bytes(70), u32(2))
    return FTYP + box(b"moov", mvhd, trak)


def meta(*content: bytes, handler: bytes = b"null") -> bytes:
    """A `meta` box."""
    hdlr = full(b"hdlr", 0, 0, u32(0), handler, bytes(12), b"\0")
    return full(b"meta", 0, 0, hdlr, *content)


def iloc(offset: int, size: int) -> bytes:
    """An item that lies at an offset of the file."""
    return full(b"iloc", 1, 0, u8(0x44, 0x00), u16(1), u16(1, 0, 0, 1), u32(offset, size))


ITEM = b"the bytes of an item"


def with_item(build: Callable[[int], bytes]) -> bytes:
    """A file whose last bytes are an item; `build` is given its offset, and makes the rest."""
    head = build(0)
    return build(len(head) + 8) + box(b"mdat", ITEM)


# --- wrong without a word ----------------------------------------------------------------------


@attack("unknown_track_moof", "a fragment of track 3, which moov does not have")
def unknown_track_moof(_: int) -> bytes:
    mvex = box(b"mvex", trex(1), trex(2))
    head = video(mvex=mvex)
    foreign = moof(tfhd(3) + trun(1, offset=8 + 16 + 8 + 16 + 24 + 8, sizes=[13]))
    foreign = moof(tfhd(3) + trun(1, offset=len(foreign) + 8, sizes=[13]))
    return head + foreign + box(b"mdat", NDUS[0])


@attack("unknown_track_trex", "mvex extends track 3, which moov does not have")
def unknown_track_trex(_: int) -> bytes:
    return video(mvex=box(b"mvex", trex(1), trex(2), trex(3)))


@attack("unknown_track_tref", "a track refers to track 3, which moov does not have")
def unknown_track_tref(_: int) -> bytes:
    plan = TrackPlan(1, b"vide", [b"frame"], edits=box(b"tref", box(b"hint", u32(3))))
    return movie([plan, TrackPlan(2, b"soun", [b"sound"])], moov_first=True, next_track=3)


@attack("unknown_track_tfra", "mfra lists fragments of track 3, which moov does not have")
def unknown_track_tfra(_: int) -> bytes:
    head = video()
    tfra = full(b"tfra", 1, 0, u32(3, 0, 1), u64(0, 0), u8(1, 1, 1))
    return head + box(b"mfra", tfra, full(b"mfro", 0, 0, u32(8 + len(tfra) + 16)))


@attack("unknown_track_group", "an entity group names 3, which moov does not have as a track")
def unknown_track_group(_: int) -> bytes:
    group = full(b"altr", 0, 0, u32(1000, 2, 1, 3))
    return video(before=meta(box(b"grpl", group)))


@attack("unknown_track_group_id", "an entity group has the number 3, which no track may have")
def unknown_track_group_id(_: int) -> bytes:
    return video(before=meta(box(b"grpl", full(b"altr", 0, 0, u32(3, 1, 1)))))


@attack("unknown_track_trgr", "a track group has the number 3, which no track may have")
def unknown_track_trgr(_: int) -> bytes:
    group = box(b"trgr", full(b"msrc", 0, 1, u32(3)))
    plan = TrackPlan(1, b"vide", [b"frame"], edits=group)
    return movie([plan, TrackPlan(2, b"soun", [b"sound"])], moov_first=True, next_track=3)


@attack("unknown_track_iods", "the object descriptor names track 3, which moov does not have")
def unknown_track_iods(_: int) -> bytes:
    names = u8(0x0E, 4) + u32(3)
    descriptor = u8(0x10, 7 + len(names)) + bytes.fromhex("004fffffffffff") + names
    return video(mvex=full(b"iods", 0, 0, descriptor))


@attack("unknown_track_item", "item 3 of a file with brand unif, so that no track may have this ID")
def unknown_track_item(_: int) -> bytes:
    infe = full(b"infe", 2, 0, u16(3, 0), b"mime", b"\0text/plain\0")
    return video(
        ftyp=FTYP[:3] + u8(len(FTYP) + 4) + FTYP[4:] + b"unif",
        before=meta(full(b"iinf", 0, 0, u16(1), infe)),
    )


@attack("item_in_moof", "an item of moof/meta lies at an offset of the file")
def item_in_moof(_: int) -> bytes:
    mvex = box(b"mvex", trex(1), trex(2))

    def build(at: int) -> bytes:
        return video(mvex=mvex) + box(
            b"moof", full(b"mfhd", 0, 0, u32(1)), meta(iloc(at, len(ITEM)))
        )

    return with_item(build)


@attack("item_in_traf", "an item of moof/traf/meta lies at an offset of the file")
def item_in_traf(_: int) -> bytes:
    mvex = box(b"mvex", trex(1), trex(2))
    return with_item(lambda at: video(mvex=mvex) + moof(tfhd(1) + meta(iloc(at, len(ITEM)))))


def _deeper(*path: bytes) -> bytes:
    """A fragment with an item in boxes in each other, `moof` or `moof` and `traf` first."""

    def build(at: int) -> bytes:
        inner = meta(iloc(at, len(ITEM)))
        for code in reversed([code for code in path if code != b"traf"]):
            inner = box(code, inner)
        if b"traf" in path:
            fragment = moof(tfhd(1) + inner)
        else:
            fragment = box(b"moof", full(b"mfhd", 0, 0, u32(1)), inner)
        return video(mvex=box(b"mvex", trex(1), trex(2))) + fragment

    return with_item(build)


@attack("item_in_moof_udta", "an item of moof/udta/meta lies at an offset of the file")
def item_in_moof_udta(_: int) -> bytes:
    return _deeper(b"udta")


@attack("item_in_moof_meco", "an item of moof/meco/meta lies at an offset of the file")
def item_in_moof_meco(_: int) -> bytes:
    return _deeper(b"meco")


@attack("item_in_traf_udta", "an item of moof/traf/udta/meta lies at an offset of the file")
def item_in_traf_udta(_: int) -> bytes:
    return _deeper(b"traf", b"udta")


@attack("item_torn", "an item begins at the end of moov and ends in the media data")
def item_torn(_: int) -> bytes:
    made = video()
    return made + meta(iloc(made.index(b"mdat") - 4 - 10, 30))


@attack("item_of_samples", "an item is a sample of the network, too")
def item_of_samples(_: int) -> bytes:
    made = movie([TrackPlan(1, b"vide", [b"frame"]), network(2)], moov_first=True)
    return made + meta(iloc(made.index(NDUS[1]), len(NDUS[1])))


@attack("auxiliary_apart", "auxiliary data, which counts from data behind another fragment")
def auxiliary_apart(_: int) -> bytes:
    """The base of the video's fragment is in the file; between its `moof` and `mdat`, others."""
    plans = [TrackPlan(1, b"vide", []), network(2, samples=[])]
    head = movie(plans, moov_first=True, mvex=box(b"mvex", trex(1), trex(2)), mdat=None)

    def build(data: int, auxiliary: int) -> bytes:
        senc = full(b"senc", 0, 0, u32(2), AUXILIARY)
        tables = full(b"saiz", 0, 0, u8(8), u32(2)) + full(b"saio", 0, 0, u32(1, auxiliary))
        first = moof(tfhd(1, base=0) + trun(2, offset=data, sizes=[9, 10]) + tables + senc)
        other = moof_box(2, {2: NDUS}, len(head) + len(first), "moof")
        media = box(b"mdat", b"video one", b"video two!")
        return head + first + other + box(b"mdat", *NDUS) + media

    made = build(0, 0)
    return build(made.index(b"video one"), made.index(AUXILIARY))


AUXILIARY = b"AUXAUXAU" * 2


@attack("time_ends", "a fragment is decoded in the last tick that 64 bits can tell")
def time_ends(_: int) -> bytes:
    tfdt = full(b"tfdt", 1, 0, u64((1 << 64) - 2))

    def build(size: int) -> bytes:
        return moof(tfhd(1) + tfdt + trun(1, offset=size + 8, sizes=[len(NDUS[0])]))

    return empty_network() + build(len(build(0))) + box(b"mdat", NDUS[0])


@attack("lying_index", "the tensor index gives a tensor another name than its unit does")
def lying_index(_: int) -> bytes:
    from pymp4_nnr import mux

    target = BytesIO()
    mux(EDITION_2 + named_ndu("weight", b"first") + named_ndu("bias", b"second"), target)
    return target.getvalue().replace(b"bias\0", b"Bias\0", 1)


@attack("free_used", "a free box that looks like an interrupted append, with samples behind it")
def free_used(_: int) -> bytes:
    plans = [TrackPlan(1, b"vide", [b"frame one"]), network(2)]
    looks = box(b"free", full(b"mfhd", 0, 0, u32(1)))
    return movie(plans, moov_first=True, mvex=box(b"mvex", trex(1), trex(2)), between=looks)


@attack("free_with_samples", "the samples lie in a free box that has no size")
def free_with_samples(_: int) -> bytes:
    plans = [TrackPlan(1, b"vide", [b"frame one"]), network(2)]
    made = movie(plans, moov_first=True, mvex=box(b"mvex", trex(1), trex(2)))
    at = made.rindex(b"mdat")
    return made[: at - 4] + u32(0) + b"free" + made[at + 4 :]


@attack("item_in_meco", "an item of meco/meta lies at an offset of the file")
def item_in_meco(_: int) -> bytes:
    return with_item(lambda at: video(after=box(b"meco", meta(iloc(at, len(ITEM))))))


@attack("item_in_moov_meco", "an item of moov/meco/meta lies at an offset of the file")
def item_in_moov_meco(_: int) -> bytes:
    return with_item(lambda at: video(mvex=box(b"meco", meta(iloc(at, len(ITEM))))))


@attack("item_in_udta", "an item of a top-level udta/meta lies at an offset of the file")
def item_in_udta(_: int) -> bytes:
    return with_item(lambda at: video(after=box(b"udta", meta(iloc(at, len(ITEM))))))


# --- samples -----------------------------------------------------------------------------------


@attack("overlap_runs", "many truns hold the same samples", 500, 4000)
def overlap_runs(count: int) -> bytes:
    ndu = unit(5, bytes(7))
    samples = 2 * count
    head = empty_network()
    run = trun(samples, offset=0)
    place = len(moof(tfhd(1, size=len(ndu)) + run * count)) + 8
    run = trun(samples, offset=place)
    return head + moof(tfhd(1, size=len(ndu)) + run * count) + box(b"mdat", ndu * samples)


@attack("empty_runs", "many truns hold samples of no bytes", 500, 4000)
def empty_runs(count: int) -> bytes:
    head = empty_network()
    data = bytes(25 * count)
    run = trun(40 * count)
    return head + moof(tfhd(1, size=0) + run * count) + box(b"mdat", data)


@attack("overlap_table", "many chunks hold the same samples", 1000, 10000)
def overlap_table(count: int) -> bytes:
    ndu = unit(5, bytes(2 * count - 3), long=count > 16000)
    sizes = full(b"stsz", 0, 0, u32(0, count), u32(len(ndu)) * count)
    chunks = table(b"stsc", (1, 1, 1))

    def head(place: int) -> bytes:
        offsets = full(b"stco", 0, 0, u32(count), u32(place) * count)
        return head_with_tables(offsets, chunks, sizes)

    return head(len(head(0)) + 8) + box(b"mdat", ndu)


@attack("sample_size_table", "a sample of stbl is one byte longer than its nnr_unit_size")
def sample_size_table(_: int) -> bytes:
    data = NDUS[0] + b"\0" + NDUS[1]
    stsz = full(b"stsz", 0, 0, u32(0, 2), u32(len(NDUS[0]) + 1, len(NDUS[1])))
    chunks = table(b"stsc", (1, 2, 1))
    place = len(head_with_tables(table(b"stco", (0,)), chunks, stsz)) + 8
    return with_tables(table(b"stco", (place,)), chunks, stsz, data=data)


@attack("sample_size_run", "a sample of a fragment is one byte shorter than its nnr_unit_size")
def sample_size_run(_: int) -> bytes:
    sizes = [len(NDUS[0]) - 1, len(NDUS[1])]
    place = len(moof(tfhd(1) + trun(2, offset=0, sizes=sizes))) + 8
    run = trun(2, offset=place, sizes=sizes)
    return empty_network() + moof(tfhd(1) + run) + box(b"mdat", NDUS[0][:-1] + NDUS[1])


@attack("empty_chunks", "many chunks hold no sample", 10000, 200000)
def empty_chunks(count: int) -> bytes:
    offsets = full(b"stco", 0, 0, u32(count), u32(0) * count)
    return with_tables(offsets, table(b"stsc", (1, 0, 1)), full(b"stsz", 0, 0, u32(0, 0)), data=b"")


@attack("descriptions", "the sample description changes with each of many samples", 500, 6000)
def descriptions(count: int) -> bytes:
    ndu = unit(5, b"\1")
    units = unit(3, b"\0\0\0") * count
    entries = [nnr1(units), nnr1(START, units)]
    chunks = table(b"stsc", *((number + 1, 1, 1 + number % 2) for number in range(count)))
    stsz = full(b"stsz", 0, 0, u32(len(ndu), count))

    def build(place: int) -> bytes:
        at = u32(*(place + number * len(ndu) for number in range(count)))
        return head_with_tables(full(b"stco", 0, 0, u32(count), at), chunks, stsz, entries)

    return build(len(build(0)) + 8) + box(b"mdat", ndu * count)


@attack("groups_without_end", "sbgp counts many rows of no samples", 5000, 100000)
def groups_without_end(count: int) -> bytes:
    sgpd = full(b"sgpd", 1, 0, b"nnru", u32(0, 1, 1), b"\0")
    sbgp = full(b"sbgp", 0, 0, b"nnru", u32(count), u32(0, 1) * count)
    return empty_network(more=sgpd + sbgp)


@attack("groups_overlap", "many sbgp give each sample the same units", 300, 4000)
def groups_overlap(count: int) -> bytes:
    sgpd = full(b"sgpd", 1, 0, b"nnru", u32(0, 1, 1 + len(START)), b"\0" + START)
    ndu = unit(5, b"\1")
    sbgp = full(b"sbgp", 0, 0, b"nnru", u32(1, count, 1))
    plan = network(1, samples=[ndu] * count, per_chunk=count, more=lambda _: sgpd + sbgp * count)
    return movie([plan], moov_first=True)


@attack("groups_in_two", "two sbgp say different things of the same sample")
def groups_in_two(_: int) -> bytes:
    """Each names half of the samples at most, so that their number tells nothing."""
    units = [unit(3, bytes([0, 0, number])) for number in range(2)]
    sgpd = full(b"sgpd", 1, 0, b"nnru", u32(0, 2), *(u32(1 + len(u)) + b"\0" + u for u in units))
    rows = b"".join(full(b"sbgp", 0, 0, b"nnru", u32(1, 1, number)) for number in (1, 2))
    return movie([network(1, more=lambda _: sgpd + rows)], moov_first=True)


@attack("patterns", "many csgp repeat a pattern of no group for each sample", 100, 8000)
def patterns(count: int) -> bytes:
    sgpd = full(b"sgpd", 1, 0, b"nnru", u32(0, 1, 1), b"\0")
    ndu = unit(5, b"\1")
    csgp = full(b"csgp", 0, 0x2A, b"nnru", u32(1), u16(2, 4 * count, 0, 0))
    plan = network(
        *(1, 4 * count),
        samples=[ndu] * (4 * count),
        sizes=lambda sizes: full(b"stsz", 0, 0, u32(len(ndu), len(sizes))),
        more=lambda _: sgpd + csgp * count,
    )
    return movie([plan], moov_first=True)


@attack("carriers_by_trafs", "many trafs call the same many samples units", 30, 3000)
def carriers_by_trafs(count: int) -> bytes:
    ndu, samples = unit(5, b"\1"), 10 * count
    groups = full(b"sgpd", 1, 0, b"nnru", u32(1, 1), b"\1")
    groups += full(b"sbgp", 0, 0, b"nnru", u32(1, samples, 0x10001))

    def build(place: int) -> bytes:
        return moof(*[tfhd(1, size=len(ndu)) + trun(samples, offset=place) + groups] * count)

    return empty_network() + build(len(build(0)) + 8) + box(b"mdat", ndu * samples)


def _networks(head: bytes, count: int, duration: int = 1) -> bytes:
    """A head with the same track many times."""
    at, moov = head.index(b"trak") - 4, head.index(b"moov") - 4
    trak = head[at:][: int.from_bytes(head[at:][:4])]
    traks = [
        trak.replace(u32(0, 0, 1, 0, 1), u32(0, 0, number + 1, 0, duration), 1)
        for number in range(count)
    ]
    return head[:moov] + box(b"moov", head[moov + 8 : at], *traks)


@attack("networks_share", "many networks have the same many samples", 10, 400)
def networks_share(count: int) -> bytes:
    ndu, samples = unit(5, b"\1"), 100 * count
    sizes = full(b"stsz", 0, 0, u32(len(ndu), samples))
    chunks = table(b"stsc", (1, samples, 1))

    def head(place: int) -> bytes:
        return _networks(head_with_tables(table(b"stco", (place,)), chunks, sizes), count)

    return head(len(head(0)) + 8) + box(b"mdat", ndu * samples)


@attack("networks_end", "many networks whose last sample may repeat the one before", 60, 1800)
def networks_end(count: int) -> bytes:
    ndu = unit(5, b"\1")
    sizes, chunks = full(b"stsz", 0, 0, u32(len(ndu), 2)), table(b"stsc", (1, 2, 1))
    stretched = table(b"stts", (1, 1), (1, 5))

    def head(place: int) -> bytes:
        made = head_with_tables(table(b"stco", (place,)), chunks, sizes, stts=stretched)
        return _networks(made, count, 6)

    return head(len(head(0)) + 8) + box(b"mdat", ndu * 2)


# --- many of them ------------------------------------------------------------------------------


def _fragmented(*, edits: bytes = b"", more: bytes = b"", **fields: Any) -> bytes:
    """A `moov` with a track of video whose samples follow in fragments."""
    plan = TrackPlan(1, b"vide", [], edits=edits, more=lambda _: more, **fields)
    return movie([plan], moov_first=True, mvex=box(b"mvex", trex(1)), mdat=None)


@attack("moofs_without_media", "many moofs announce samples that never come", 200, 12000)
def moofs_without_media(count: int) -> bytes:
    return empty_network() + moof(tfhd(1) + trun(1, offset=0x7FFFFF00, sizes=[13])) * count


@attack("sencs", "a traf has many senc", 200, 20000)
def sencs(count: int) -> bytes:
    senc = full(b"senc", 0, 0, u32(1), bytes(8))
    return _fragmented() + moof(tfhd(1) + trun(1, offset=8, sizes=[3]) + senc * count)


@attack("metas_by_traks", "many meta in a moof, and many traks", 500, 40000)
def metas_by_traks(count: int) -> bytes:
    head = _fragmented(edits=b"")
    at = head.index(b"moov") - 4
    moov = box(b"moov", head[at + 8 :], box(b"trak") * count)
    metas = full(b"meta", 0, 0) * count
    return head[:at] + moov + box(b"moof", full(b"mfhd", 0, 0, u32(1)), metas)


@attack("sidx_by_free", "many sidx, and many boxes before mvhd", 100, 6000)
def sidx_by_free(count: int) -> bytes:
    head = _fragmented()
    at = head.index(b"moov") - 4
    moov = box(b"moov", box(b"free") * (4 * count), head[at + 8 :])
    tfdt = full(b"tfdt", 1, 0, u64(0))
    part = moof(tfhd(1) + tfdt + trun(1, offset=8, sizes=[3]))
    sidx = full(b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 1), u32(len(part), 1, 0))
    return head[:at] + moov + (sidx + part) * count


@attack(
    "empty_trafs", "many empty trafs of a track with many boxes before its edit list", 200, 15000
)
def empty_trafs(count: int) -> bytes:
    tfhd = full(b"tfhd", 0, 0x30000, u32(1))
    return _fragmented(edits=box(b"free") * (4 * count)) + moof(*[tfhd] * count)


@attack("wrong_descriptions", "many trafs with a wrong description, many boxes in stbl", 200, 15000)
def wrong_descriptions(count: int) -> bytes:
    """No `stsd` is among the boxes: it would be looked for in vain."""
    head = _fragmented(more=box(b"free") * (4 * count)).replace(b"stsd", b"skip")
    return head + moof(*[full(b"tfhd", 0, 0x20002, u32(1, 9))] * count)


@attack("entries_by_trafs", "many sample entries, and many trafs with groups", 100, 10000)
def entries_by_trafs(count: int) -> bytes:
    entry = box(b"mett", bytes(6), u16(1), b"\0\0")
    head = _fragmented(entries=[entry] * (2 * count))
    return head + moof(*[tfhd(1) + full(b"sbgp", 0, 0, b"roll", u32(0))] * count)


@attack("tracks_by_moofs", "many networks, and many fragments of each", 60, 700)
def tracks_by_moofs(count: int) -> bytes:
    plans = [network(number + 1, samples=[]) for number in range(count)]
    mvex = box(b"mvex", *(trex(number + 1) for number in range(count)))
    head = movie(plans, moov_first=True, mvex=mvex, mdat=None)
    return head + b"".join(
        moof(tfhd(1) + trun(0), number=number + 1) for number in range(4 * count)
    )


@attack("videos_by_moofs", "many tracks that are no network, and many fragments", 60, 700)
def videos_by_moofs(count: int) -> bytes:
    plans = [TrackPlan(number + 2, b"vide", []) for number in range(count)]
    mvex = box(b"mvex", *(trex(number + 1) for number in range(count + 1)))
    head = movie([network(1, samples=[]), *plans], moov_first=True, mvex=mvex, mdat=None)
    return head + b"".join(
        moof(tfhd(2 + number % count) + trun(0), number=number + 1) for number in range(4 * count)
    )


@attack("trexes_by_moofs", "many trex, and many fragments", 300, 10000)
def trexes_by_moofs(count: int) -> bytes:
    mvex = box(b"mvex", *(trex(number + 1) for number in range(count)))
    head = empty_network(mvex=mvex)
    return head + b"".join(moof(tfhd(1) + trun(0), number=number + 1) for number in range(count))


@attack("trafs_in_moof", "a fragment with many trafs", 500, 10000)
def trafs_in_moof(count: int) -> bytes:
    return empty_network() + moof(*[tfhd(1) + trun(0)] * count)


@attack("many_mdats", "many mdats without a byte", 5000, 120000)
def many_mdats(count: int) -> bytes:
    return movie([network(1)], moov_first=True) + box(b"mdat") * count


@attack("many_chunks_in_mdats", "many mdats, with a chunk in each", 1000, 20000)
def many_chunks_in_mdats(count: int) -> bytes:
    plan = network(1, samples=[unit(5, b"\1")] * count)
    return movie([plan], moov_first=True, mdats=count)


@attack("many_free", "many free boxes", 5000, 120000)
def many_free(count: int) -> bytes:
    return movie([network(1)], moov_first=True) + box(b"free") * count


@attack("many_moov_boxes", "moov holds many free boxes", 5000, 120000)
def many_moov_boxes(count: int) -> bytes:
    return movie([network(1)], moov_first=True, mvex=box(b"free") * count)


@attack("many_trefs", "many boxes in tref, and tracks", 300, 9000)
def many_trefs(count: int) -> bytes:
    plan = network(1)
    plan.edits = box(b"tref", box(b"cdsc", u32(2)) * count) + box(b"tref", box(b"cdsc")) * count
    return movie([plan, network(2)], moov_first=True)


@attack("many_stsd_entries", "many sample entries", 300, 9000)
def many_stsd_entries(count: int) -> bytes:
    plan = network(1)
    plan.entries = [nnr1(START)] * count
    return movie([plan], moov_first=True)


AMBIGUOUS = full(b"senc", 0, 2, u32(3), u16(4), bytes(28))
"""Three samples with vectors of 0 or of 8 bytes: a `saiz` before it decides."""


@attack("saiz_by_senc", "many pairs of saiz and senc", 150, 4000)
def saiz_by_senc(count: int) -> bytes:
    pair = full(b"saiz", 0, 0, u8(10), u32(3)) + AMBIGUOUS
    return empty_network() + moof(tfhd(1) + trun(0) + pair * count)


@attack("saiz_count", "saiz counts 2^28 samples, beside a senc of three")
def saiz_count(_: int) -> bytes:
    saiz = full(b"saiz", 0, 0, u8(10), u32(1 << 28))
    return empty_network() + moof(tfhd(1) + saiz + AMBIGUOUS)


@attack("empty_rows", "many truns of 2^20 samples without a field of their own", 10, 50)
def empty_rows(count: int) -> bytes:
    return empty_network() + moof(tfhd(1, size=0) + trun(1 << 20) * count)


def infe(number: int) -> bytes:
    """An item of type `nnr1`."""
    return full(b"infe", 2, 0, u16(number, 0), b"nnr1", b"\0")


@attack("item_overlaps", "an item has the same bytes many times", 200, 60000)
def item_overlaps(count: int) -> bytes:
    extents = u32(0, 4 * count) * count
    places = full(b"iloc", 1, 0, u8(0x44, 0x00), u16(1), u16(1, 0, 0, count), extents)
    return movie([network(2)], after=meta(full(b"iinf", 0, 0, u16(1), infe(1)), places))


@attack("items_across", "many items, each across many boxes that stay", 200, 20000)
def items_across(count: int) -> bytes:
    def parts(start: int) -> list[bytes]:
        items = (u16(number, 0, 0, 1) + u32(start, 8 * count) for number in range(1, count + 1))
        places = full(b"iloc", 1, 0, u8(0x44, 0x00), u16(count), *items)
        return [movie([network(2)], after=meta(places)), box(b"mfra", b"") * count]

    before, _ = parts(0)
    return b"".join(parts(len(before)))


@attack("item_repeated", "the same item is listed many times, and has many parts", 500, 20000)
def item_repeated(count: int) -> bytes:
    extents = u32(0, 1) * count
    places = full(b"iloc", 1, 0, u8(0x44, 0x00), u16(1), u16(1, 0, 0, count), extents)
    listed = full(b"iinf", 0, 0, u16(count), infe(1) * count)
    return movie([network(2)], after=meta(listed, places))


@attack("item_places", "many items, and as many places that none of them has", 500, 20000)
def item_places(count: int) -> bytes:
    places = b"".join(u16(number, 0, 0, 1) + u32(0, 1) for number in range(count, 0, -1))
    iloc_box = full(b"iloc", 1, 0, u8(0x44, 0x00), u16(count), places)
    listed = full(b"iinf", 0, 0, u16(count), *(infe(number + 1) for number in range(count)))
    return movie([network(2)], after=meta(listed, iloc_box))


@attack("item_properties", "many items share a property, each many times", 200, 4000)
def item_properties(count: int) -> bytes:
    ipco = box(b"ipco", box(b"nnrC", bytes(50 * count)))
    entries = b"".join(u16(number + 1) + u8(255) + u8(1) * 255 for number in range(count))
    ipma = full(b"ipma", 0, 0, u32(count), entries)
    places = b"".join(u16(number + 1, 0, 0, 1) + u32(0, 1) for number in range(count))
    iloc_box = full(b"iloc", 1, 0, u8(0x44, 0x00), u16(count), places)
    listed = full(b"iinf", 0, 0, u16(count), *(infe(number + 1) for number in range(count)))
    return movie([network(2)], after=meta(listed, iloc_box, box(b"iprp", ipco, ipma)))


# --- boxes in boxes ----------------------------------------------------------------------------


def nested(kind: Callable[[bytes], bytes], depth: int, inside: bytes = b"") -> bytes:
    """A box in a box, so many times."""
    for _ in range(depth):
        inside = kind(inside)
    return inside


@attack("nested_meta", "meta in meta", 28, 31)
def nested_meta(depth: int) -> bytes:
    return video(
        after=nested(lambda inner: full(b"meta", 0, 0, inner), depth, box(b"free", bytes(20000)))
    )


@attack("nested_meta_forms", "meta in meta, of QuickTime's form in turns", 28, 31)
def nested_meta_forms(depth: int) -> bytes:
    return video(after=nested(lambda inner: box(b"meta", inner), depth, bytes(40000)))


@attack("nested_udta", "udta in udta, ending with zeros", 28, 31)
def nested_udta(depth: int) -> bytes:
    return video(after=nested(lambda inner: box(b"udta", inner, u32(0)), depth, bytes(40000)))


def audio_entry(inner: bytes) -> bytes:
    fields = u16(1, 0), bytes(4), u16(2, 16, 0, 0), u32(0), bytes(16)
    return box(b"mp4a", bytes(6), u16(1), *fields, inner)


@attack("nested_wave", "wave in mp4a in wave: definitions with several forms", 14, 15)
def nested_wave(depth: int) -> bytes:
    entry = nested(lambda inner: box(b"wave", audio_entry(inner)), depth, bytes(1000))
    return movie([TrackPlan(1, b"soun", [b"sound"], entries=[audio_entry(entry)])], moov_first=True)


@attack("nested_text", "text entries in text entries: definitions with several forms", 28, 31)
def nested_text(depth: int) -> bytes:
    entry = nested(lambda inner: box(b"text", bytes(6), u16(1), bytes(51), inner), depth)
    return movie([TrackPlan(1, b"text", [b"text"], entries=[entry])], moov_first=True)


@attack("nested_stsd", "sample entries in stsd in sample entries", 14, 15)
def nested_stsd(depth: int) -> bytes:
    def kind(inner: bytes) -> bytes:
        return box(b"avc1", bytes(6), u16(1), bytes(70), full(b"stsd", 0, 0, u32(1), inner))

    plan = TrackPlan(1, b"vide", [b"frame"], entries=[nested(kind, depth, bytes(1000))])
    return movie([plan], moov_first=True)


@attack("nested_rest", "stsd in mp4a in stsd, all with fewer entries than they count", 50, 110000)
def nested_rest(count: int) -> bytes:
    """What pymp4 cannot rebuild is parsed anew, with all that is in it."""

    def kind(inner: bytes) -> bytes:
        entry = box(b"mp4a", bytes(6), u16(1), bytes(20), inner)
        return full(b"stsd", 0, 0, u32(2), entry)

    return video(after=nested(kind, 5, box(b"free", b"x") * count))


@attack("nested_dinf", "containers nested beyond any use", 200, 60000)
def nested_dinf(depth: int) -> bytes:
    sizes = range(8 + 8 * depth, 8, -8)
    return FTYP + b"".join(u32(size) + b"moov" for size in sizes) + u32(8) + b"free"


@attack("nested_descriptors", "descriptors in descriptors", 20, 31)
def nested_descriptors(depth: int) -> bytes:
    inside = b"\5\0"
    for _ in range(depth):
        body = u16(1) + b"\0" + inside
        size = len(body)
        inside = u8(3, 0x80 | size >> 14, 0x80 | size >> 7 & 0x7F, size & 0x7F) + body
    return video(after=full(b"esds", 0, 0, inside))


@attack(
    "many_strings", "a list of C strings, each of which is looked for in all that follows", 3000
)
def many_strings(count: int) -> bytes:
    return video(after=full(b"gitn", 0, 0, u16(count), (u32(1) + b"a\0") * count))


ATTACKS["many_strings"] = ATTACKS["many_strings"]._replace(large=60000)


# --- rows of a byte or two -----------------------------------------------------------------------


@attack("dense_associations", "ipma lists items of no properties: rows of three bytes", 100, 300000)
def dense_associations(count: int) -> bytes:
    ipma = full(b"ipma", 0, 0, u32(count), (u16(1) + u8(0)) * count)
    return video(after=meta(box(b"iprp", box(b"ipco"), ipma)))


@attack("dense_places", "iloc lists items of no bytes: rows of six bytes", 100, 60000)
def dense_places(count: int) -> bytes:
    rows = b"".join(u16(number, 0, 0) for number in range(count))
    return video(after=meta(full(b"iloc", 0, 0, u8(0, 0), u16(count), rows)))


@attack("dense_extents", "an item of many extents of no bytes: rows of four bytes", 100, 65535)
def dense_extents(count: int) -> bytes:
    row = u16(1, 0, 0, count) + u32(0) * count
    return video(after=meta(full(b"iloc", 1, 0, u8(0x40, 0), u16(3), row * 3)))


@attack("dense_patterns", "csgp lists patterns of no samples: rows of a byte", 100, 900000)
def dense_patterns(count: int) -> bytes:
    csgp = full(b"csgp", 0, 0, b"rap ", u32(count), bytes(count))
    return empty_network(more=csgp)


@attack("dense_descriptions", "sgpd lists descriptions of a byte", 100, 900000)
def dense_descriptions(count: int) -> bytes:
    return empty_network(more=full(b"sgpd", 1, 0, b"rap ", u32(1, count), bytes(count)))


@attack("dense_units", "sgpd lists descriptions of no units, of a byte", 100, 900000)
def dense_units(count: int) -> bytes:
    return empty_network(more=full(b"sgpd", 1, 0, b"nnru", u32(1, count), bytes(count)))


@attack("dense_encryption", "senc lists samples without a vector: rows of two bytes", 100, 450000)
def dense_encryption(count: int) -> bytes:
    return empty_network() + moof(
        tfhd(1) + trun(0) + full(b"senc", 0, 2, u32(count), bytes(2 * count))
    )


@attack("empty_encryption", "many senc of 65536 samples without a vector", 3, 50000)
def empty_encryption(count: int) -> bytes:
    return empty_network() + moof(tfhd(1) + trun(0) + full(b"senc", 0, 0, u32(1 << 16)) * count)


@attack(
    "dense_subsamples", "subs lists samples without sub-samples: rows of six bytes", 100, 150000
)
def dense_subsamples(count: int) -> bytes:
    return empty_network(more=full(b"subs", 0, 0, u32(count), bytes(6 * count)))


@attack("dense_levels", "ssix lists subsegments without ranges: rows of four bytes", 100, 200000)
def dense_levels(count: int) -> bytes:
    return video(after=full(b"ssix", 0, 0, u32(count), bytes(4 * count)))


@attack(
    "dense_dependencies", "sdtp has a row of a byte for samples that are not there", 100, 900000
)
def dense_dependencies(count: int) -> bytes:
    return empty_network(more=full(b"sdtp", 0, 0, bytes(count)))


@attack(
    "nested_encrypted",
    "stsd in enct in stsd, which is built to see whether it is the same",
    50,
    90000,
)
def nested_encrypted(count: int) -> bytes:
    def kind(inner: bytes) -> bytes:
        entry = box(b"enct", bytes(6), u16(1), bytes(3), inner, box(b"sinf", box(b"frma", b"stpp")))
        return full(b"stsd", 0, 0, u32(1), entry)

    return video(after=nested(kind, 14, box(b"free", b"x") * count))


@attack("nested_visual", "stsd in avc1 in stsd, all with bytes behind their boxes", 50, 90000)
def nested_visual(count: int) -> bytes:
    def kind(inner: bytes) -> bytes:
        entry = box(b"avc1", bytes(6), u16(1), bytes(70), box(b"free"), inner, b"end")
        return full(b"stsd", 0, 0, u32(1), entry)

    return video(after=nested(kind, 14, box(b"free", b"x") * count))


# --- types that mean something else where they stand ---------------------------------------------


OFFSET_TYPES = (b"stco", b"co64", b"saio", b"tfra", b"iloc")


@attack("offset_types_in_tref", "references in tref of the types of boxes with offsets")
def offset_types_in_tref(_: int) -> bytes:
    plan = network(2)
    plan.edits = box(b"tref", *(box(code, u32(1)) for code in OFFSET_TYPES))
    return movie([TrackPlan(1, b"vide", [b"frame"]), plan], moov_first=True)


@attack("offset_types_in_trgr", "groups in trgr of the types of boxes with offsets")
def offset_types_in_trgr(_: int) -> bytes:
    plan = network(2)
    plan.edits = box(b"trgr", *(full(code, 0, 0, u32(1)) for code in OFFSET_TYPES))
    return movie([TrackPlan(1, b"vide", [b"frame"]), plan], moov_first=True)


@attack("offset_types_in_ilst", "tags in ilst of the types of boxes with offsets")
def offset_types_in_ilst(_: int) -> bytes:
    value = full(b"data", 0, 1, u32(0), b"text")
    ilst = box(b"ilst", *(box(code, value) for code in OFFSET_TYPES))
    plan = network(2)
    plan.edits = box(b"udta", meta(ilst, handler=b"mdir"))
    return movie([TrackPlan(1, b"vide", [b"frame"]), plan], moov_first=True)


@attack("offset_types_in_iref", "references in iref of the types of boxes with offsets")
def offset_types_in_iref(_: int) -> bytes:
    iref = full(b"iref", 0, 0, *(box(code, u16(1, 1, 2)) for code in OFFSET_TYPES))
    return movie([network(2)], moov_first=True, before=meta(iref))


@attack("offset_types_in_grpl", "groups in grpl of the types of boxes with offsets")
def offset_types_in_grpl(_: int) -> bytes:
    grpl = box(b"grpl", *(full(code, 0, 0, u32(1000, 1, 1)) for code in OFFSET_TYPES))
    return movie([network(2)], moov_first=True, before=meta(grpl))


# --- units -------------------------------------------------------------------------------------


def block(count: int) -> bytes:
    """An NNR_NDU of so many tensors."""
    return named_ndu(
        "",
        b"data",
        topology_elem_id=None,
        topology_elem_id_list=[f"{number:07}" for number in range(count)],
        nnr_compressed_data_unit_payload_type=3,
        codebook_present_flag=0,
    )


@attack("block_names.nnr", "a block of many tensors", 300, 2600)
def block_names(count: int) -> bytes:
    return EDITION_2 + block(count)


@attack("block_names_long.nnr", "blocks of many tensors, all of the same", 30, 250)
def block_names_long(count: int) -> bytes:
    return EDITION_2 + block(count) * count


@attack("codebook.nnr", "a codebook of as many values as there are bits", 20000, 250000)
def codebook(count: int) -> bytes:
    size = 4 * count
    header = {
        "codebook_egk": 0,
        "codebook_size": size,
        "codebook_centre_offset": -(size // 2),
        "values": list(range(size)),
    }
    known = syntax.MAX_VALUES
    try:
        syntax.MAX_VALUES = size
        return EDITION_2 + named_ndu("w", b"", codebook_present_flag=1, codebook=header)
    finally:
        syntax.MAX_VALUES = known


@attack("parents.nnr", "each of many updates names many parents", 300, 6000)
def parents(count: int) -> bytes:
    context = bytes.fromhex("00040201")
    mps = parent_parameters()
    ndus = []
    for number in range(count):
        ndus.append(updated_ndu("w", number, 1 if number else 0))
    return context + mps + b"".join(ndus)


def parent_parameters() -> bytes:
    from pymp4_nnr.bitstream.codec import encode_unit
    from pymp4_nnr.bitstream.context import Context

    payload = {
        "topology_carriage_flag": 0,
        "mps_quantization_method_flags": 0,
        "mps_topology_indexed_reference_flag": 0,
        "metric_type_performance_map_valid_flag": 0,
        "mps_parent_signalling_enabled_flag": 1,
        "nnr_pre_flag": 0,
    }
    header = {"nnr_unit_type": 1, "independently_decodable_flag": 1}
    return encode_unit({"header": header, "payload": payload}, Context(1))


def updated_ndu(name: str, number: int, depth: int) -> bytes:
    from pymp4_nnr.bitstream.codec import encode_unit
    from pymp4_nnr.bitstream.context import Context

    header = {
        "nnr_unit_type": 5,
        "independently_decodable_flag": 0 if depth else 1,
        "partial_data_counter": number % 256,
        "nnr_compressed_data_unit_payload_type": 1,
        "topology_elem_id": name,
        "device_id": 0,
        "parameter_id": 0,
        "put_node_depth": depth,
        "parent_node_id_type": 0,
        "temporal_context_modeling_flag": 0,
        "parent_device_id": 0,
        "dq_flag": 0,
        "compressed_parameter_types": 0,
        "tensor_dimensions": [5],
    }
    return encode_unit({"header": header, "data": b""}, Context(1, 0, 1))


@attack("siblings.nnr", "many parts of one tensor that is divided", 300, 6000)
def siblings(count: int) -> bytes:
    return EDITION_2 + b"".join(
        named_ndu("w", b"", partial_data_counter=number % 256) for number in range(count)
    )


@attack("entry_points.nnr", "as many entry points as there are bits", 300, 60000)
def entry_points(count: int) -> bytes:
    rows = 8 * (count + 1)
    points = [{"value": 0, "bit_offset": number} for number in range(count)]
    return EDITION_2 + named_ndu(
        "w",
        b"",
        tensor_dimensions=[rows, 1],
        first_tensor_dimension_shift=0,
        scan_order=1,
        cabac_entry_points=points,
    )


@attack("reference_list.nnr", "many NDUs of many names of a reference list", 85, 500)
def reference_list(count: int) -> bytes:
    from pymp4_nnr.bitstream.codec import encode_unit
    from pymp4_nnr.bitstream.context import Context

    name = "n" * 2 * count  # so that names and references to them grow alike
    tpl = encode_unit(
        {
            "header": {
                "nnr_unit_type": 3,
                "independently_decodable_flag": 1,
                "topology_storage_format": 6,
                "topology_compression_format": 0,
            },
            "payload": {"topology_elem_id_list": [f"{name}{i}" for i in range(max(count, 2))]},
        },
        Context(1),
    )
    mps = encode_unit(
        {
            "header": {"nnr_unit_type": 1, "independently_decodable_flag": 1},
            "payload": {
                "topology_carriage_flag": 0,
                "mps_quantization_method_flags": 0,
                "mps_topology_indexed_reference_flag": 1,
                "metric_type_performance_map_valid_flag": 0,
                "mps_parent_signalling_enabled_flag": 0,
            },
        },
        Context(1),
    )
    header = {
        "nnr_unit_type": 5,
        "independently_decodable_flag": 1,
        "nnr_compressed_data_unit_payload_type": 3,
        "codebook_present_flag": 0,
        "topology_elem_id_index_list": list(range(max(count, 2))),
        "dq_flag": 0,
        "compressed_parameter_types": 0,
        "tensor_dimensions": [5],
    }
    ndu = encode_unit({"header": header, "data": b""}, Context(1, 1))
    return EDITION_2 + tpl + mps + ndu * count


@attack("tiny_units.nnr", "units of three bytes", 5000, 300000)
def tiny_units(count: int) -> bytes:
    return START + unit(5) * count


@attack("tiny_configuration.nnr", "configuration units of three bytes", 5000, 300000)
def tiny_configuration(count: int) -> bytes:
    return START + unit(9) * count + NDUS[0]


@attack("late_configuration.nnr", "a configuration unit behind each sample", 1000, 100000)
def late_configuration(count: int) -> bytes:
    return START + (NDUS[0] + unit(9)) * count


@attack("terabytes.nnr", "a tensor of four bytes has 2^40 elements by its dimensions")
def terabytes(_: int) -> bytes:
    shape = {"tensor_dimensions": [1 << 20] * 2, "first_tensor_dimension_shift": 0}
    return EDITION_2 + named_ndu("weight", b"data", scan_order=0, **shape)


@attack("tensors_by_units.nnr", "many tensors behind many configuration units", 300, 40000)
def tensors_by_units(count: int) -> bytes:
    ndus = (named_ndu(f"{number:05}", b"") for number in range(count))
    return EDITION_2 + unit(9) * count + b"".join(ndus)


# --- rules of a network, one broken in each ------------------------------------------------------


@attack("track_id_repeated", "two tracks have the same track_ID")
def track_id_repeated(_: int) -> bytes:
    return movie([network(2), network(2)], moov_first=True)


@attack("data_elsewhere", "the media data is said to lie in another file, which has a path")
def data_elsewhere(_: int) -> bytes:
    own = full(b"url ", 0, 1)
    other = full(b"url ", 0, 0, b"file:///etc/passwd\0")
    made = movie([network(2, entries=[nnr1(START, PARAMETERS)])])
    return made.replace(own, other[:3] + u8(len(own)) + other[4:8] + u32(0))


@attack("configuration_missing", "nnr1 has no nnrC")
def configuration_missing(_: int) -> bytes:
    return movie([network(2, entries=[box(b"nnr1", bytes(6), u16(1))])], moov_first=True)


@attack("configuration_as_sample", "a sample is no NNR_NDU")
def configuration_as_sample(_: int) -> bytes:
    return movie([network(2, samples=[NDUS[0], PARAMETERS, NDUS[1]])], moov_first=True)


@attack("description_missing", "samples use a sample description that is no nnr1")
def description_missing(_: int) -> bytes:
    entries = [nnr1(START, PARAMETERS), METT]
    return movie([network(2, entries=entries, descriptions=[1, 1, 2, 1])], moov_first=True)


@attack("fragment_order", "a fragment is decoded before the one in front of it")
def fragment_order(_: int) -> bytes:
    return repeated(fragment(2, NDUS[:2]), fragment(0, NDUS[2:]))


@attack("repetition_unclear", "the last sample may be a repetition of the one before, or not")
def repetition_unclear(_: int) -> bytes:
    return repeated(fragment(0, [NDUS[0], NDUS[1], NDUS[1]], [1, 1, 9998]))


@attack("groups_lost", "a stream whose sample groups were lost, and with them its units")
def groups_lost(_: int) -> bytes:
    from pymp4_nnr import FragmentWriter, split

    target = BytesIO()
    with FragmentWriter(target) as writer:
        for one in split(MIXED):
            writer.write(one)
    return target.getvalue().replace(b"sbgp", b"free")


@attack("item_outside", "an item ends outside the file")
def item_outside(_: int) -> bytes:
    places = full(b"iloc", 1, 0, u8(0x44, 0x00), u16(1), u16(1, 0, 0, 1), u32(0, 1 << 20))
    return movie([network(2)], after=meta(full(b"iinf", 0, 0, u16(1), infe(1)), places))


@attack("offset_outside", "a list of fragments leads outside the file")
def offset_outside(_: int) -> bytes:
    tfra = full(b"tfra", 1, 0, u32(1, 0, 1), u64(0, 1 << 40), u8(1, 1, 1))
    return video() + box(b"mfra", tfra, full(b"mfro", 0, 0, u32(8 + len(tfra) + 16)))


@attack("held_too_large", "a moov that says that it is longer than what is held in memory")
def held_too_large(_: int) -> bytes:
    return FTYP + u32(1) + b"moov" + u64(1 << 40) + bytes(100)


# --- text --------------------------------------------------------------------------------------

STEERING = "name \x1b[31m\x9b32m\x7f\u202e\u2066\u200f\u2028\ufeff end"
"""ESC and CSI sequences, DEL, marks that change the direction of text."""


@attack("steering_name", "the name of a track steers terminals")
def steering_name(_: int) -> bytes:
    return movie([network(1, name=STEERING.encode() + b"\0")], moov_first=True)


@attack("steering_tensor.nnr", "the name of a tensor steers terminals")
def steering_tensor(_: int) -> bytes:
    return EDITION_2 + named_ndu(STEERING, b"data")


@attack("steering_type", "types of boxes steer terminals")
def steering_type(_: int) -> bytes:
    return movie(
        [network(1)],
        moov_first=True,
        after=box(b"\x1b[2J", b"x") + box(b"\x9b31m") + box(b"\n\r\t\x7f"),
    )


@attack("steering_handler", "the type of a handler steers terminals")
def steering_handler(_: int) -> bytes:
    return movie([network(1, handler=b"\x1b[2J")], moov_first=True)


# --- the folder ----------------------------------------------------------------------------------


def file_name(name: str) -> str:
    return name if "." in name else f"{name}.mp4"


def manifest(files: dict[str, bytes], known: dict[str, Any]) -> str:
    """The list of the files, with what is known of each, and of the files of other folders.

    What a file gives is written by `scripts.faults_table`, which runs every operation on it.
    """
    gives = {entry["name"]: entry for entry in known.get("files", [])}
    listed = [
        {
            "name": name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "origin": "scripts/make_broken.py",
            "shows": ATTACKS[name.removesuffix(".mp4")].shows,
            "error": gives.get(name, {}).get("error"),
            "gives": gives.get(name, {}).get("gives", []),
        }
        for name, data in sorted(files.items())
    ]
    more = known.get("elsewhere", [])
    return json.dumps({"files": listed, "elsewhere": more}, indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the files in fixtures/broken.")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--large", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    files = {
        file_name(name): made.make(made.large if options.large else made.size)
        for name, made in ATTACKS.items()
    }
    if options.large:
        options.large.mkdir(exist_ok=True)
        for name, data in files.items():
            (options.large / name).write_bytes(data)
        return 0
    if options.check:
        there = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path != MANIFEST}
        return int(there != files)
    FOLDER.mkdir(exist_ok=True)
    known = json.loads(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.exists() else {}
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    MANIFEST.write_text(manifest(files, known), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
