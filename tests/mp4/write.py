"""Movies put together from bytes with `struct` alone, in any layout that a muxer may choose."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .boxes import box, full, table, u16, u32, u64

UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def url_entry(flags: int = 1) -> bytes:
    return full(b"url ", 0, flags)


FTYP = box(b"ftyp", b"isom", u32(0x200), b"isom", b"iso6", b"mp42")
METT = box(b"mett", bytes(6), u16(1), b"\0", b"text/plain\0")


def trex(number: int, description: int = 1, duration: int = 1, size: int = 0) -> bytes:
    return full(b"trex", 0, 0, u32(number, description, duration, size, 0))


@dataclass
class TrackPlan:
    """A track: what its samples are, and how its boxes say so.

    Attributes:
        number: track_ID.
        handler: of `hdlr`.
        samples: in decoding order.
        per_chunk: how many make a chunk; or the number in each chunk.
        entries: of `stsd`.
        descriptions: sample_description_index of each chunk; 1 for all if there are none.
        sizes: gives `stsz` or `stz2` from the sizes; by default a plain `stsz`.
        more: gives more boxes in `stbl`, from the places ``stbl_end`` (where they begin) and
            ``mdat_body``.
        edits: the `edts`.
        name: of `hdlr`.
        offset: of the one chunk, where the samples are not written here.
    """

    number: int
    handler: bytes
    samples: Sequence[bytes]
    per_chunk: int | Sequence[int] = 1 << 30
    entries: Sequence[bytes] = (METT,)
    descriptions: Sequence[int] = ()
    sizes: Callable[[list[int]], bytes] | None = None
    more: Callable[[dict[str, int]], bytes] | None = None
    edits: bytes = b""
    name: bytes = b"made by hand\0"
    offset: int | None = None

    def chunks(self) -> list[list[bytes]]:
        left = list(self.samples)
        counts = self.per_chunk
        if isinstance(counts, int):
            counts = [counts] * -(-len(left) // min(counts, max(len(left), 1)))
        found = []
        for count in counts:
            found.append(left[:count])
            left = left[count:]
        assert not left
        return found


def trak(plan: TrackPlan, offsets: list[int], place: dict[str, int], *, wide: bool) -> bytes:
    """The `trak` that begins at ``place["trak"]``."""
    chunks, count = plan.chunks(), len(plan.samples)
    tkhd = full(
        *(b"tkhd", 0, 3, u32(0, 0, plan.number, 0, count), bytes(8)),
        *(u16(0, 0, 0, 0), UNITY, u32(0, 0)),
    )
    mdhd = full(b"mdhd", 0, 0, u32(0, 0, 1000, count), u16(0x55C4, 0))
    hdlr = full(b"hdlr", 0, 0, bytes(4), plan.handler, bytes(12), plan.name)
    dinf = box(b"dinf", full(b"dref", 0, 0, u32(1), url_entry()))
    sizes = list(map(len, plan.samples))
    stsz = plan.sizes(sizes) if plan.sizes else full(b"stsz", 0, 0, u32(0, count), u32(*sizes))
    descriptions = plan.descriptions or [1] * len(chunks)
    runs: list[tuple[int, int, int]] = []
    for number, (chunk, description) in enumerate(zip(chunks, descriptions, strict=True), 1):
        if not runs or runs[-1][1:] != (len(chunk), description):
            runs.append((number, len(chunk), description))
    tables = b"".join(
        [
            full(b"stsd", 0, 0, u32(len(plan.entries)), *plan.entries),
            table(b"stts", *([(count, 1)] if count else [])),
            table(b"stsc", *runs),
            stsz,
            full(b"co64", 0, 0, u32(len(offsets)), u64(*offsets))
            if wide
            else full(b"stco", 0, 0, u32(len(offsets)), u32(*offsets)),
        ]
    )
    head = mdhd + hdlr
    nmhd = full(b"nmhd", 0, 0)
    before = 8 + len(tkhd) + len(plan.edits) + 8 + len(head) + 8 + len(nmhd) + len(dinf) + 8
    more = b""
    if plan.more:
        more = plan.more(place | {"stbl_end": place["trak"] + before + len(tables)})
    stbl = box(b"stbl", tables, more)
    return box(b"trak", tkhd, plan.edits, box(b"mdia", head, box(b"minf", nmhd, dinf, stbl)))


NO_MEDIA = b""
PLAIN_MDAT = box(b"mdat")


def movie(
    plans: Sequence[TrackPlan],
    *,
    order: Sequence[tuple[int, int]] | None = None,
    ftyp: bytes = FTYP,
    moov_first: bool = False,
    mdat: bytes | None = PLAIN_MDAT,
    mdats: int = 1,
    before: bytes = b"",
    between: bytes = b"",
    after: bytes = b"",
    mvex: bytes = b"",
    wide_offsets: bool = False,
    timescale: int = 1000,
    duration: int = 2000,
    next_track: int | None = None,
    moov_size: int | None = None,
) -> bytes:
    """A whole file.

    Args:
        plans: the tracks.
        order: (index of the track, index of the chunk) of the chunks as they come in the file;
            by default in turns.
        ftyp, before, between, after: what comes first, before the media data, behind the media
            data, and last.
        moov_first: before the media data, instead of after.
        mdat: a sample of the header that the media data gets; None for no media data at all.
        mdats: among how many `mdat`s the chunks are distributed.
        mvex: the box.
        wide_offsets: `co64` for `stco`.
        timescale, duration, next_track: of `mvhd`.
        moov_size: as of `box`.
    """
    chunks = {
        (track, index): b"".join(chunk)
        for track, plan in enumerate(plans)
        for index, chunk in enumerate(plan.chunks() if plan.offset is None else ())
    }
    order = sorted(chunks, key=lambda key: key[::-1]) if order is None else order
    assert sorted(order) == sorted(chunks)
    size = {None: None, 0: 0, 1: 1}.get(struct.unpack(">I", mdat[:4])[0]) if mdat else None
    groups = [order[i::mdats] for i in range(mdats)] if mdat is not None else []

    def media(start: int) -> tuple[bytes, dict[tuple[int, int], int], int]:
        out, places = b"", {}
        for number, group in enumerate(groups):
            head = len(box(b"mdat", size=size))
            at = start + len(out) + head
            for key in group:
                places[key] = at
                at += len(chunks[key])
            last = number == len(groups) - 1
            form = size if last or size == 1 else None
            out += box(b"mdat", *(chunks[key] for key in group), size=form)
        return out, places, start + len(box(b"mdat", size=size))

    def moov(start: int, places: dict[tuple[int, int], int], mdat_body: int) -> bytes:
        ids = [plan.number for plan in plans]
        following = max(ids, default=0) + 1 if next_track is None else next_track
        long = duration > 0xFFFFFFFF
        times = (
            u64(0, 0) + u32(timescale) + u64(duration) if long else u32(0, 0, timescale, duration)
        )
        rest = u32(0x10000) + u16(0x100) + bytes(10) + UNITY + bytes(24) + u32(following)
        body = full(b"mvhd", int(long), 0, times, rest)
        header = len(box(b"moov", size=moov_size))
        for track, plan in enumerate(plans):
            count = len([key for key in chunks if key[0] == track])
            offsets = [places.get((track, index), 0) for index in range(count)]
            if plan.offset is not None:
                offsets = [plan.offset]
            place = {"trak": start + header + len(body), "mdat_body": mdat_body}
            body += trak(plan, offsets, place, wide=wide_offsets)
        return box(b"moov", body, mvex, size=moov_size)

    head = ftyp + before
    if moov_first:
        length = len(moov(0, {}, 0))
        data, places, body = media(len(head) + length + len(between))
        return head + moov(len(head), places, body) + between + data + after
    data, places, body = media(len(head))
    start = len(head) + len(data) + len(between)
    return head + data + between + moov(start, places, body) + after


def moving(data: bytes, shift: int) -> bytes:
    """A file's boxes for use further behind: its one `stco` of one chunk shifted."""
    at = data.index(b"stco") + 12
    offset = struct.unpack_from(">I", data, at)[0]
    return data[:at] + u32(offset + shift) + data[at + 4 :]


def moof_box(
    sequence: int, tracks: dict[int, list[bytes]], start: int, base: str, *, gap: int = 8
) -> bytes:
    """A `moof` whose samples follow, track by track, in the `mdat` right behind it.

    Args:
        sequence: number of the fragment.
        tracks: samples by track_ID.
        start: where the box begins.
        base: what offsets count from: "moof" (default-base-is-moof), "neither" (the fragment,
            then the end of the data before), and an explicit base: "explicit" (the fragment),
            "zero" (the file), "mdat" (the first sample of the track, without data_offset).
        gap: bytes of the header of the `mdat`.
    """

    def build(size: int) -> bytes:
        at = start + size + gap
        end = start
        trafs = b""
        for number, samples in tracks.items():
            offset = {"moof": at - start, "neither": at - end, "explicit": at - start}.get(base, at)
            explicit = {"explicit": start, "zero": 0, "mdat": at}.get(base)
            flags = (0x20000 if base == "moof" else 0) | (explicit is not None)
            where = u64(explicit) if explicit is not None else b""
            tfhd = full(b"tfhd", 0, flags, u32(number), where)
            sizes = u32(*map(len, samples))
            if base == "mdat":
                trun = full(b"trun", 0, 0x200, u32(len(samples)), sizes)
            else:
                trun = full(b"trun", 0, 0x201, u32(len(samples), offset), sizes)
            trafs += box(b"traf", tfhd, trun)
            at += sum(map(len, samples))
            end = at
        return box(b"moof", full(b"mfhd", 0, 0, u32(sequence)), trafs)

    return build(len(build(0)))


def nnr1(*units: bytes, positions: bool = False, more: bytes = b"") -> bytes:
    """The sample entry of a network: units of `nnrC`, and boxes that follow it."""
    nnrc = full(b"nnrC", 0, int(positions), *units)
    return box(b"nnr1", bytes(6), u16(1), nnrc, more)
