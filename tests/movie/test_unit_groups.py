"""Units in sample groups, as other programs write them, and groups that lie."""

from __future__ import annotations

import io
import tracemalloc
from collections import deque

import pytest

from pymp4_nnr import errors, stream
from tests.mp4.boxes import box, full, u32
from tests.mp4.networks import network
from tests.mp4.write import movie, nnr1, trex
from tests.nnr.streams import NDUS, PARAMETERS, START, TOPOLOGY
from tests.round_trip import demuxed

A, B, C, D = NDUS
CONFIGURATION = START + PARAMETERS
BEFORE, IS_UNITS = b"\0", b"\1"


def sgpd(*entries: bytes, kind: bytes = b"nnru", version: int = 1, length: int = 0) -> bytes:
    sized = b"".join((b"" if length or not version else u32(len(e))) + e for e in entries)
    fixed = u32(length) if version else b""
    return full(b"sgpd", version, 0, kind, fixed, u32(len(entries)), sized)


def sbgp(*rows: tuple[int, int], kind: bytes = b"nnru") -> bytes:
    return full(b"sbgp", 0, 0, kind, u32(len(rows)), *(u32(*row) for row in rows))


def in_table(samples: list[bytes], groups: bytes) -> bytes:
    return movie([network(samples=samples, more=lambda _: groups)], moov_first=True)


def fragment(samples: list[bytes], groups: bytes = b"") -> bytes:
    tfhd = full(b"tfhd", 0, 0x20000, u32(2))
    sizes = u32(*map(len, samples))

    def moof(offset: int) -> bytes:
        trun = full(b"trun", 0, 0x201, u32(len(samples), offset), sizes)
        return box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, groups, trun))

    return moof(len(moof(0)) + 8) + box(b"mdat", *samples)


def in_fragments(*fragments: bytes, groups: bytes = b"", positions: bytes | None = None) -> bytes:
    plan = network(samples=[], more=lambda _: groups)
    if positions is not None:
        plan.entries = [positions]
    return movie([plan], moov_first=True, mvex=box(b"mvex", trex(2)), mdat=None) + b"".join(
        fragments
    )


def rest(data: bytes) -> bytes:
    found = demuxed(data)
    assert found.startswith(CONFIGURATION)
    return found[len(CONFIGURATION) :]


def test_in_one_file() -> None:
    """MP4Box, making one file of fragments, puts both boxes into `stbl`."""
    groups = sgpd(BEFORE, BEFORE + TOPOLOGY + START, IS_UNITS) + sbgp(
        (1, 1), (1, 2), (1, 0), (1, 3)
    )
    assert rest(in_table([A, B, C, PARAMETERS + TOPOLOGY], groups)) == (
        A + TOPOLOGY + START + B + C + PARAMETERS + TOPOLOGY
    )


def test_descriptions_in_the_initialization_segment() -> None:
    """MP4Box, making segments, puts `sgpd` there, and leaves `sbgp` in each `traf`."""
    outer = sgpd(BEFORE + START, BEFORE + TOPOLOGY)
    parts = [fragment([A, B], sbgp((2, 2))), fragment([C], sbgp((1, 1))), fragment([D])]
    assert rest(in_fragments(*parts, groups=outer)) == (
        TOPOLOGY + A + TOPOLOGY + B + START + C + D
    ), "samples that share a description have the same units before them"


def test_descriptions_in_both() -> None:
    outer, inner = sgpd(BEFORE + START), sgpd(BEFORE + TOPOLOGY)
    part = fragment([A, B, C], inner + sbgp((1, 0x10001), (1, 1), (1, 0)))
    assert rest(in_fragments(part, groups=outer)) == TOPOLOGY + A + START + B + C


@pytest.mark.parametrize("version", [0, 1, 2])
def test_versions(version: int) -> None:
    entry = BEFORE + TOPOLOGY
    fixed = u32(len(entry)) if version == 1 else u32(0) if version else b""
    more = u32(len(entry)) if version == 2 else b""
    body = b"nnru" + (fixed if version < 2 else u32(0) + u32(0)) + u32(1) + more + entry
    groups = full(b"sgpd", version, 0, body) + sbgp((2, 1))
    assert rest(in_table([A, B], groups)) == TOPOLOGY + A + TOPOLOGY + B


def test_with_sample_positions() -> None:
    """Units of `nnrC` at the place of a sample come before those of its group."""
    units = b"".join(u32(at) + data for at, data in ((0, START), (1, PARAMETERS), (2, START)))
    entry = box(b"nnr1", bytes(6), b"\0\1", full(b"nnrC", 0, 1, units))
    part = fragment([A, B], sgpd(BEFORE + TOPOLOGY) + sbgp((1, 0), (1, 0x10001)))
    data = in_fragments(part, positions=entry)
    assert demuxed(data) == START + A + PARAMETERS + TOPOLOGY + B + START


def test_other_groups_are_left_alone() -> None:
    groups = sgpd(b"\0\1", b"\7", kind=b"else") + sbgp((9, 9), kind=b"else")
    assert rest(in_table([A, B], groups)) == A + B
    broken = full(b"sgpd", 1, 0, b"else", u32(0, 77)) + full(b"sbgp", 0, 0, b"else", u32(77))
    assert rest(in_table([A, B], broken)) == A + B


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (sbgp((1, 1)), "no group description 1"),
        (sgpd(BEFORE) + sbgp((1, 2)), "no group description 2"),
        (sgpd(BEFORE) + sbgp((3, 1)), "more samples than the 2"),
        (sgpd(BEFORE) + sbgp((1, 1), (0xFFFFFFFF, 0)), "more samples than the 2"),
        (sgpd(b"\2") + sbgp((1, 1)), "no known kind"),
        (sgpd(b"\4") + sbgp((1, 1)), "no known kind"),
        (sgpd(b"") + sbgp((1, 1)), "no known kind"),
        (sgpd(IS_UNITS + START) + sbgp((1, 1)), "no known kind"),
        (sgpd(BEFORE) + sbgp((1, 1)) + sbgp((1, 0), (1, 1)), "several boxes"),
        (sgpd(BEFORE + START[:-1]) + sbgp((1, 1)), "cut off"),
        (sgpd(BEFORE + START + b"\0") + sbgp((1, 1)), "does not hold NNR units"),
        (sgpd(BEFORE + b"\0\0\0\0") + sbgp((1, 1)), "does not hold NNR units"),
        (full(b"sgpd", 1, 0, b"nnru", u32(0, 0xFFFFFFFF)) + sbgp((1, 1)), "broken"),
        (sgpd(BEFORE) + full(b"sbgp", 0, 0, b"nnru", u32(0xFFFFFFFF, 1, 1)), "broken"),
        (sgpd(BEFORE) + full(b"sbgp", 7, 0, b"nnru", u32(1, 1, 1)), "broken"),
    ],
)
def test_groups_that_lie(groups: bytes, words: str) -> None:
    with pytest.raises(errors.SampleTableError, match=words):
        demuxed(in_table([A, B], groups))


def test_more_units_than_a_file_can_hold() -> None:
    """A description of 1 MiB for each of 1,000 samples would give a gigabyte."""
    large = (0x80000000 | 1 << 20).to_bytes(4) + bytes([1 << 2]) + bytes((1 << 20) - 5)
    groups = sgpd(BEFORE + large) + sbgp((1000, 1))
    with pytest.raises(errors.LimitError, match="larger than the file"):
        demuxed(in_table([A] * 1000, groups))


@pytest.mark.parametrize("streamed", [False, True])
def test_many_groups_of_a_large_description(streamed: bool) -> None:
    """It is in memory once. Its units are cut off: whole ones would be there too often."""
    groups = sgpd(BEFORE + bytes(50_000)) + sbgp(*[(1, 1)] * 2000)
    data = in_table([A] * 2000, groups)
    tracemalloc.start()
    try:
        with pytest.raises(errors.NNRError):
            if streamed:
                deque(stream(io.BytesIO(data)), 0)
            else:
                demuxed(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


def test_a_broken_sample_of_units() -> None:
    from pymp4_nnr.operations.inspect import FileInfo

    groups = sgpd(IS_UNITS) + sbgp((1, 0), (1, 1))
    with (
        FileInfo(in_table([A, START + START[:-1]], groups)) as info,
        pytest.raises(errors.SampleTableError, match="cut off"),
    ):
        list(info.units(info.track()))
    with FileInfo(in_table([A, START + TOPOLOGY], groups)) as info:
        units = list(info.units(info.track()))
        assert [one.unit.data for one in units[2:]] == [A, START, TOPOLOGY]
        assert [one.sample for one in units[2:]] == [1, None, None]


# --- the compact form -------------------------------------------------------------------------


def csgp(flags: int, *patterns: tuple[int, list[int]], kind: bytes = b"nnru") -> bytes:
    """A `csgp`: number of samples and indices of each pattern, in fields as `flags` say."""
    widths = [(1, 2, 4, 8)[flags >> shift & 3] for shift in (4, 2, 0)]  # hexadecimal digits
    text = "".join(f"{len(i):0{widths[0]}x}{count:0{widths[1]}x}" for count, i in patterns)
    text += "".join(f"{one:0{widths[2]}x}" for _, indices in patterns for one in indices)
    data = bytes.fromhex(text + "0" * (len(text) % 2))
    return full(b"csgp", 0, flags, kind, u32(len(patterns)), data)


@pytest.mark.parametrize("flags", [0x00, 0x15, 0x2A, 0x3F, 0x16])
def test_compact_groups_in_one_file(flags: int) -> None:
    groups = sgpd(BEFORE, BEFORE + TOPOLOGY, IS_UNITS) + csgp(
        flags, (3, [1, 2]), (1, [0]), (1, [3])
    )
    samples = [A, B, C, D, PARAMETERS]
    assert rest(in_table(samples, groups)) == A + TOPOLOGY + B + C + D + PARAMETERS


@pytest.mark.parametrize(
    ("flags", "local"), [(0x80, 8), (0x95, 0x80), (0xBF, 1 << 31), (0x17, 1 << 16)]
)
def test_compact_groups_in_fragments(flags: int, local: int) -> None:
    """The top bit of an index says that it counts the descriptions of the fragment."""
    outer, inner = sgpd(BEFORE + START), sgpd(BEFORE + TOPOLOGY)
    part = fragment([A, B, C], inner + csgp(flags, (3, [local + 1, 1, 0])))
    assert rest(in_fragments(part, groups=outer)) == TOPOLOGY + A + START + B + C


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (sgpd(BEFORE) + csgp(0x3F, (3, [1])), "more samples than the 2"),
        (sgpd(BEFORE) + csgp(0x3F, (0xFFFFFFFF, [1, 0])), "more samples than the 2"),
        (sgpd(BEFORE) + csgp(0x3F, (1, [1]), (2, [0, 0])), "more samples than the 2"),
        (sgpd(BEFORE) + csgp(0x3F, (2, [1, 2])), "no group description 2"),
        (sgpd(BEFORE) + csgp(0x95, (2, [0x81])), "no group description 65537"),
        (sgpd(BEFORE) + csgp(0x3F, (1, [])), "is empty"),
        (sgpd(BEFORE) + full(b"csgp", 0, 0x3F, b"nnru", u32(1, 0xFFFFFFFF, 1)), "broken"),
        (sgpd(BEFORE) + full(b"csgp", 0, 0x3F, b"nnru", u32(0xFFFFFFFF, 1, 1)), "broken"),
    ],
)
def test_compact_groups_that_lie(groups: bytes, words: str) -> None:
    with pytest.raises(errors.SampleTableError, match=words):
        demuxed(in_table([A, B], groups))


def test_groups_that_were_left_behind() -> None:
    """mp4box.js moves the samples into fragments, and leaves `sbgp` in `stbl` as it was."""
    groups = sgpd(BEFORE) + sbgp((2, 1))
    assert rest(in_fragments(fragment([A]), fragment([B]), groups=groups)) == A + B
    lost = nnr1(START, PARAMETERS).replace(full(b"nnrC", 0, 0)[4:], full(b"nnrC", 0, 2)[4:])
    with pytest.raises(errors.LostUnitsError):
        demuxed(in_fragments(fragment([A, B]), groups=groups, positions=lost))
