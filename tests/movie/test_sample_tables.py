"""Networks in sample tables as other muxers write them, and in several sample entries."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from pymp4_nnr import errors
from tests.movie.checks import check
from tests.mp4.boxes import box, full, u32
from tests.mp4.networks import ENTRY, FRAMES, SOUNDS, network
from tests.mp4.write import METT, TrackPlan, movie, nnr1
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, START, TOPOLOGY, unit
from tests.round_trip import demuxed

MIXED_ENTRY = nnr1(
    *(u32(0), START, u32(1), TOPOLOGY, u32(1), PARAMETERS, u32(4), TOPOLOGY), positions=True
)


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
