"""Offsets of samples and of auxiliary information when boxes before them move."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.mp4.boxes import box, full, u8, u32
from tests.mp4.compare import compare
from tests.mp4.networks import video_and_sound
from tests.mp4.offsets import split_saio
from tests.mp4.read import moov_of, sample_data, traks
from tests.mp4.write import TrackPlan, movie
from tests.nnr.streams import NDUS, SIMPLE
from tests.round_trip import added, demuxed, removed


def moov_first_or_last() -> dict[str, bytes]:
    to_end = box(b"mdat", size=0)
    return {
        "moov last": video_and_sound(),
        "moov first": video_and_sound(moov_first=True),
        "mdat of size 0": video_and_sound(moov_first=True, mdat=to_end),
        "largesize": video_and_sound(mdat=box(b"mdat", size=1)),
        "wide": video_and_sound(before=box(b"wide")),
        "co64": video_and_sound(wide_offsets=True),
        "two mdats": video_and_sound(between=box(b"mdat", b"left over") + box(b"free", bytes(9))),
        "unknown boxes": video_and_sound(before=box(b"zzzz", b"?"), after=box(b"uuid", bytes(20))),
        "after the media": video_and_sound(
            moov_first=True, after=box(b"free", b"after") + box(b"skip")
        ),
        "moov of largesize": video_and_sound(moov_size=1),
        "moov of size 0": video_and_sound(moov_size=0),
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
