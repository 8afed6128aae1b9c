"""Networks in files as other muxers lay them out: the bitstream is restored byte for byte."""

from __future__ import annotations

import io
import itertools
import random
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pymp4_nnr import Movie, demux, errors, extract, verify
from pymp4_nnr.operations.inspect import FileInfo
from tests.mp4.boxes import box, full, u8, u16, u32
from tests.mp4.write import FTYP, METT, TrackPlan, moof_box, movie, nnr1, trex
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, SIMPLE, START, TOPOLOGY, unit
from tests.round_trip import demuxed

ENTRY = nnr1(START, PARAMETERS)
MIXED_ENTRY = nnr1(
    *(u32(0), START, u32(1), TOPOLOGY, u32(1), PARAMETERS, u32(4), TOPOLOGY), positions=True
)
FRAMES = [b"frame %d" % number * (number + 1) for number in range(5)]
SOUNDS = [b"sound %d" % number for number in range(3)]


def check(data: bytes | list[bytes], wanted: bytes = SIMPLE, ndus: list[bytes] = NDUS) -> None:
    """Every way of reading gives the bitstream."""
    assert demuxed(data) == wanted
    assert verify(data, wanted) is None
    with FileInfo(data) as info:
        (track,) = info.tracks
        found = list(info.units(track))
        assert sum(one.unit.size for one in found) == len(wanted)
        assert [one.sample for one in found if one.sample] == list(range(1, len(ndus) + 1))
    for number, ndu in enumerate(ndus, 1):
        target = io.BytesIO()
        extract(data, target, samples=[number])
        assert target.getvalue() == ndu


def network(**fields: object) -> TrackPlan:
    plan = TrackPlan(2, b"meta", NDUS, 1, [ENTRY])
    for name, value in fields.items():
        setattr(plan, name, value)
    return plan


# --- sample tables ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_chunks_in_any_order_among_others(seed: int) -> None:
    draw = random.Random(seed)
    counts = draw.choice([[1, 1, 1, 1], [2, 2], [1, 3], [4], [1, 2, 1], [3, 1]])
    plans = [
        TrackPlan(1, b"vide", FRAMES, 1),
        network(per_chunk=counts),
        TrackPlan(3, b"soun", SOUNDS, 1),
    ]
    order = [(t, i) for t, plan in enumerate(plans) for i in range(len(plan.chunks()))]
    draw.shuffle(order)
    data = movie(
        plans,
        order=order,
        moov_first=draw.random() < 0.5,
        mdats=draw.randint(1, 3),
        mdat=box(b"mdat", size=draw.choice([None, 1])),
        wide_offsets=draw.random() < 0.5,
    )
    check(data)


def stz2(width: int) -> Callable[[list[int]], bytes]:
    def build(sizes: list[int]) -> bytes:
        digits = "".join(f"{size:0{width // 4}x}" for size in sizes)
        body = bytes.fromhex(digits + "0" * (len(digits) % 2))
        return full(b"stz2", 0, 0, u32(width, len(sizes)), body)

    return build


@pytest.mark.parametrize("width", [4, 8, 16])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_stz2(width: int, count: int) -> None:
    size = {4: 15, 8: 255, 16: 700}[width]
    ndus = [unit(5, bytes([number]) * (size - 3 - number)) for number in range(count)]
    assert len(ndus[0]) == size
    data = movie([network(samples=ndus, per_chunk=2, sizes=stz2(width))])
    check(data, START + PARAMETERS + b"".join(ndus), ndus)


@pytest.mark.parametrize("per_chunk", [1, 2, 4])
def test_all_samples_of_one_size(per_chunk: int) -> None:
    ndus = [unit(5, bytes([number]) * 9) for number in range(4)]
    plan = network(
        samples=ndus,
        per_chunk=per_chunk,
        sizes=lambda sizes: full(b"stsz", 0, 0, u32(sizes[0], len(sizes))),
    )
    check(movie([plan]), START + PARAMETERS + b"".join(ndus), ndus)


BTRT = box(b"btrt", u32(0, 1000, 1000))


@pytest.mark.parametrize(
    "more", [BTRT, box(b"free"), box(b"zzzz", b"?"), BTRT + box(b"uuid", bytes(16)) + b"\0\0\0\0"]
)
def test_boxes_behind_the_configuration(more: bytes) -> None:
    check(movie([network(entries=[nnr1(START, PARAMETERS, more=more)])]))
    first = nnr1(START, PARAMETERS)
    before = box(b"nnr1", first[8:16], BTRT, first[16:])
    check(movie([network(entries=[before])]))


def test_edit_lists_do_not_matter() -> None:
    elst = full(b"elst", 0, 0, u32(2, 500, 0xFFFFFFFF, 0x10000, 1, 2, 0x10000))
    check(movie([network(edits=box(b"edts", elst))]))


def test_units_between_samples() -> None:
    check(movie([network(entries=[MIXED_ENTRY])]), MIXED)


# --- several sample entries -------------------------------------------------------------------


def test_other_formats_that_no_sample_uses() -> None:
    for entries, number in (([METT, ENTRY], 2), ([ENTRY, METT], 1), ([METT, ENTRY, METT], 2)):
        check(movie([network(entries=entries, descriptions=[number] * 4)]))


def test_identical_entries_are_one_configuration() -> None:
    plan = network(entries=[MIXED_ENTRY, MIXED_ENTRY], descriptions=[1, 2, 2, 1])
    check(movie([plan]), MIXED)


def test_an_entry_differs_only_in_its_other_boxes() -> None:
    other = nnr1(START, PARAMETERS, more=BTRT)
    check(movie([network(entries=[ENTRY, other], descriptions=[1, 2, 1, 2])]))


def test_two_networks_in_one_track() -> None:
    """Each configuration comes with its own samples, as if two bitstreams were put together."""
    other = nnr1(START, TOPOLOGY)
    plan = network(entries=[ENTRY, other], descriptions=[1, 1, 2, 2])
    wanted = START + PARAMETERS + NDUS[0] + NDUS[1] + START + TOPOLOGY + NDUS[2] + NDUS[3]
    check(movie([plan]), wanted)


def test_two_networks_by_turns() -> None:
    """The samples of a configuration are counted wherever they are."""
    turns = nnr1(u32(0), START, u32(3), TOPOLOGY, positions=True)
    other = nnr1(PARAMETERS)
    plan = network(entries=[turns, other], descriptions=[1, 2, 1, 1])
    check(movie([plan]), START + NDUS[0] + PARAMETERS + NDUS[1] + NDUS[2] + NDUS[3] + TOPOLOGY)


def test_no_samples_at_all() -> None:
    check(movie([network(samples=[])]), START + PARAMETERS, [])


def test_samples_of_another_format_in_the_track() -> None:
    for entries, descriptions in (([ENTRY, METT], [1, 2, 1, 1]), ([ENTRY], [1, 1, 7, 1])):
        data = movie([network(entries=entries, descriptions=descriptions)])
        with pytest.raises(errors.SampleTableError, match="which is no nnr1"):
            demuxed(data)


# --- fragments --------------------------------------------------------------------------------


def start_of(*, extends: bytes | None = None, samples: Sequence[bytes] = ()) -> bytes:
    """An initialization segment of a video (1), a network (2) and a sound track (3)."""
    plans = [TrackPlan(1, b"vide", []), network(samples=samples), TrackPlan(3, b"soun", [])]
    mvex = box(b"mvex", trex(1), trex(2) if extends is None else extends, trex(3))
    return movie(plans, moov_first=True, mvex=mvex, mdat=box(b"mdat") if samples else None)


def segments(
    start: int,
    base: str = "moof",
    order: Sequence[int] = (1, 2, 3),
    *,
    ndus: Sequence[bytes] = NDUS,
    before: bytes = b"",
) -> list[bytes]:
    """Two fragments with half of the network in each, where each file begins at `start`."""
    half = len(ndus) // 2
    parts = [
        {1: FRAMES[:2], 2: list(ndus[:half]), 3: SOUNDS[:1]},
        {1: FRAMES[2:], 2: list(ndus[half:]), 3: SOUNDS[1:]},
    ]
    found = []
    for sequence, part in enumerate(parts, 1):
        tracks = {number: part[number] for number in order}
        at = start + len(before)
        moof = moof_box(sequence, tracks, at, base)
        samples = itertools.chain.from_iterable(tracks.values())
        found.append(before + moof + box(b"mdat", *samples))
        start += len(found[-1]) if start else 0
    return found


BASES = ["moof", "neither", "explicit", "zero", "mdat"]
SEGMENT_TYPE = box(b"styp", b"msdh", u32(0), b"msdh") + full(
    b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 0)
)


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
@pytest.mark.parametrize("base", BASES)
def test_fragments(base: str, order: tuple[int, int, int]) -> None:
    head = start_of()
    check(head + b"".join(segments(len(head), base, order)))


@pytest.mark.parametrize("base", BASES)
def test_segments(base: str, tmp_path: Path) -> None:
    """An explicit base counts from the start of the segment's own file."""
    head = start_of()
    files = [head, *segments(0, base, before=SEGMENT_TYPE)]
    check(files)
    if base in ("moof", "neither"):
        check(b"".join(files))
    paths = []
    for number, content in enumerate(files):
        paths.append(tmp_path / f"{number}.m4s")
        paths[-1].write_bytes(content)
    target = tmp_path / "out.nnr"
    demux(paths, target)
    assert target.read_bytes() == SIMPLE
    with pytest.raises(errors.OutputError):
        demux(paths, paths[1])
    with pytest.raises(errors.FileFormatError, match="no moov"):
        demux(paths[1:], target)


def test_segments_that_are_missing() -> None:
    head = start_of()
    first, second = segments(0)
    half = START + PARAMETERS + NDUS[0] + NDUS[1]
    assert demuxed([head, first]) == half, "what is there is a bitstream"
    difference = verify([head, first], SIMPLE)
    assert difference is not None and difference.offset == len(half)
    assert verify([head, second], SIMPLE) is not None


def test_samples_in_moov_and_in_fragments() -> None:
    head = start_of(samples=NDUS[:2])
    check(head + b"".join(segments(len(head), ndus=NDUS[2:])))


def one_fragment(
    head: bytes, traf: Callable[[int], bytes], data: bytes, *, moof_start: int | None = None
) -> bytes:
    """A fragment of one `traf`, which is told where the data begin, from the `moof` on."""

    def build(at: int) -> bytes:
        return box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", traf(at)))

    size = len(build(0))
    return head + build(size + 8) + box(b"mdat", data)


EQUAL = [unit(5, bytes([number]) * 9) for number in range(4)]
EQUAL_STREAM = START + PARAMETERS + b"".join(EQUAL)


@pytest.mark.parametrize("where", ["trex", "tfhd", "trun"])
@pytest.mark.parametrize("description", ["trex", "tfhd"])
def test_defaults(where: str, description: str) -> None:
    """Size and sample description from wherever they may come; others are there to mislead."""
    size = len(EQUAL[0])
    wrong = 3
    extends = trex(
        2,
        2 if description == "trex" else 1,
        7,
        {"trex": size}.get(where, wrong),
    )
    plans = [network(samples=[], entries=[METT, ENTRY])]
    head = movie(plans, moov_first=True, mvex=box(b"mvex", extends), mdat=None)
    flags, fields = 0x20000, b""
    if description == "tfhd":
        flags, fields = flags | 2, fields + u32(2)
    flags, fields = flags | 8, fields + u32(5)
    if where != "trex":
        flags, fields = flags | 16, fields + u32(size if where == "tfhd" else wrong)
    flags, fields = flags | 32, fields + u32(0)
    tfhd = full(b"tfhd", 0, flags, u32(2), fields)

    def traf(at: int) -> bytes:
        rows, present = b"", 1
        if where == "trun":
            present |= 0x200
            rows = u32(*map(len, EQUAL))
        return tfhd + full(b"trun", 0, present, u32(4, at), rows)

    check(one_fragment(head, traf, b"".join(EQUAL)), EQUAL_STREAM, EQUAL)


@pytest.mark.parametrize("present", range(16))
@pytest.mark.parametrize("first_flags", [0, 4])
def test_every_set_of_fields_in_a_run(present: int, first_flags: int) -> None:
    flags = 1 | first_flags | present << 8

    def traf(at: int) -> bytes:
        rows = b""
        for ndu in EQUAL:
            values = [9, len(ndu), 0x10000, 0]
            rows += b"".join(u32(v) for i, v in enumerate(values) if present >> i & 1)
        first = u32(0) if first_flags else b""
        tfhd = full(b"tfhd", 0, 0x20010, u32(2, len(EQUAL[0])))
        return tfhd + full(b"trun", 1, flags, u32(4, at), first, rows)

    check(one_fragment(start_of(), traf, b"".join(EQUAL)), EQUAL_STREAM, EQUAL)


def test_several_runs() -> None:
    """With and without data_offset, forward and backward, with other bytes between."""

    def run(samples: list[bytes], at: int | None = None) -> bytes:
        where = u32(at) if at is not None else b""
        sizes = u32(*map(len, samples))
        return full(b"trun", 0, 0x200 | (at is not None), u32(len(samples)), where, sizes)

    gap = b"gap"
    data = b"".join([NDUS[3], gap, NDUS[0], NDUS[1], gap, NDUS[2]])

    def traf(at: int) -> bytes:
        second = at + len(NDUS[3]) + len(gap)
        third = second + len(NDUS[0]) + len(NDUS[1]) + len(gap)
        tfhd = full(b"tfhd", 0, 0x20000, u32(2))
        runs = run(NDUS[:1], second) + run(NDUS[1:2]) + run(NDUS[2:3], third) + run(NDUS[3:], at)
        return tfhd + run([], at) + runs

    check(one_fragment(start_of(), traf, data))


def test_several_track_fragments_of_one_track() -> None:
    """The second starts where the data of the first end, and has no data_offset."""
    head = start_of()

    def moof(at: int) -> bytes:
        trafs = b""
        for number, (ndu, other) in enumerate(zip(NDUS, FRAMES, strict=False)):
            for track, sample in ((2, ndu), (1, other)):
                first = number == 0 and track == 2
                where = u32(at) if first else b""
                trun = full(b"trun", 0, 0x200 | first, u32(1), where, u32(len(sample)))
                trafs += box(b"traf", full(b"tfhd", 0, 0, u32(track)), trun)
        return box(b"moof", full(b"mfhd", 0, 0, u32(1)), trafs)

    data = b"".join(ndu + other for ndu, other in zip(NDUS, FRAMES, strict=False))
    check(head + moof(len(moof(0)) + 8) + box(b"mdat", data))


def test_media_data_before_its_fragment() -> None:
    head = start_of() + box(b"mdat", *NDUS)
    back = -sum(map(len, NDUS))
    tfhd = full(b"tfhd", 0, 0x20000, u32(2))
    trun = full(b"trun", 0, 0x201, u32(4), struct.pack(">i", back), u32(*map(len, NDUS)))
    check(head + box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun)))


# --- broken -----------------------------------------------------------------------------------


def table_fault(change: Callable[[bytes], bytes]) -> bytes:
    return change(movie([network()], moov_first=True))


def put(kind: bytes, at: int, value: bytes) -> Callable[[bytes], bytes]:
    """Bytes of the body of the last box of a type."""

    def change(data: bytes) -> bytes:
        place = data.rindex(kind) + 4 + at
        return data[:place] + value + data[place + len(value) :]

    return change


FAULTS: dict[str, tuple[Callable[[bytes], bytes], type[errors.NNRError]]] = {
    "chunk outside": (put(b"stco", 8, u32(1 << 30)), errors.SampleTableError),
    "sizes past the end": (put(b"stsz", 12 + 8, u32(1 << 30)), errors.SampleTableError),
    "first chunk 0": (put(b"stsc", 8, u32(0)), errors.SampleTableError),
    "too many in chunks": (put(b"stsc", 12, u32(2)), errors.SampleTableError),
    "description 0": (put(b"stsc", 16, u32(0)), errors.SampleTableError),
    "no size table": (put(b"stsz", -4, b"zzzz"), errors.SampleTableError),
    "no chunk offsets": (put(b"stco", -4, b"zzzz"), errors.SampleTableError),
    "counts beyond the box": (put(b"stsz", 8, u32(1 << 31)), errors.SampleTableError),
    "equal sizes beyond the file": (put(b"stsz", 4, u32(9, 1 << 31)), errors.SampleTableError),
    "position behind the samples": (
        lambda data: movie([network(entries=[nnr1(u32(5), START, positions=True)])]),
        errors.TrackError,
    ),
    "no configuration": (put(b"nnrC", -4, b"zzzz"), errors.TrackError),
    "two configurations": (
        lambda data: movie([network(entries=[nnr1(START, more=full(b"nnrC", 0, 0, START))])]),
        errors.TrackError,
    ),
    "configuration of a newer version": (put(b"nnrC", 0, u8(1)), errors.TrackError),
    "half a unit in the configuration": (put(b"nnrC", 4, u16(5000)), errors.TrackError),
    "no track": (put(b"nnr1", 0, b"zzz1"), errors.TrackError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_tables(fault: str) -> None:
    change, kind = FAULTS[fault]
    if fault == "no track":
        change = put(b"nnr1", -4, b"zzz1")
    data = table_fault(change)
    with pytest.raises(kind):
        demuxed(data)
    with pytest.raises(kind):
        verify(data, SIMPLE)


def test_samples_that_are_no_units() -> None:
    """Restoring copies bytes and does not look into them; whoever looks is told."""
    data = table_fault(lambda data: data.replace(NDUS[1], u16(9999) + NDUS[1][2:]))
    assert verify(data, SIMPLE) is not None
    with FileInfo(data) as info, pytest.raises(errors.NNRError):
        list(info.units(info.tracks[0]))


def test_broken_fragments() -> None:
    head = start_of()
    (first, *_) = segments(len(head))
    for kind, at, value in (
        (b"trun", 4, u32(0xFFFFFFFF)),
        (b"trun", 8, u32(0x7FFFFFFF)),
        (b"trun", 8, struct.pack(">i", -100000)),
        (b"tfhd", -4, b"zzzz"),
    ):
        place = [i for i in range(len(first)) if first.startswith(kind, i)][1] + 4 + at
        broken = first[:place] + value + first[place + len(value) :]
        with pytest.raises(errors.NNRError):
            demuxed(head + broken)


def test_a_run_of_endless_equal_samples() -> None:
    """Nothing is allocated that the file cannot hold."""
    for size in (0, 1, 1 << 31):
        tfhd = full(b"tfhd", 0, 0x20010, u32(2, size))
        trun = full(b"trun", 0, 1, u32(0xFFFFFFFF, 0))
        moof = box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun))
        with pytest.raises(errors.SampleTableError):
            demuxed(start_of() + moof)


@pytest.mark.parametrize("seed", range(40))
def test_random_faults(seed: int) -> None:
    """Whatever the fault: the bitstream, another one, or an error of the project."""
    draw = random.Random(seed)
    head = start_of(samples=NDUS[:2])
    files = [
        movie([TrackPlan(1, b"vide", FRAMES, 2), network(per_chunk=2)], moov_first=True),
        head + b"".join(segments(len(head), draw.choice(BASES), ndus=NDUS[2:])),
    ]
    for data in files:
        for _ in range(10):
            broken = bytearray(data)
            for _ in range(draw.randint(1, 4)):
                place = draw.randrange(len(FTYP), len(broken))
                broken[place] = draw.choice([0, 1, 0xFF, 0x80, draw.randrange(256)])
            try:
                demuxed(bytes(broken), 2)
                with FileInfo(bytes(broken)) as info:
                    for track in info.tracks:
                        list(info.units(track))
            except errors.NNRError:
                pass


def test_open_movies_tell_their_tracks() -> None:
    with Movie(movie([network(name=b"a name\0"), TrackPlan(9, b"vide", FRAMES)])) as opened:
        (track,) = opened.tracks
        assert (track.track_id, track.name, len(track.samples)) == (2, "a name", 4)
