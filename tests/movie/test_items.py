"""NNR items in `meta` boxes, the form that is registered, with a property of unknown syntax."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pymp4_nnr import demux, errors
from tests.cli.command import call
from tests.mp4.boxes import box, full, u8, u16, u32
from tests.mp4.networks import video_and_sound
from tests.mp4.read import sample_data
from tests.mp4.write import FTYP, TrackPlan, movie
from tests.nnr.streams import MIXED, SIMPLE
from tests.round_trip import added, demuxed

PROPERTY = b"\x00\x00\x00\x00 not public"
HEIC = box(b"ftyp", b"mif1", u32(0), b"mif1")


def meta(
    places: list[tuple[int, int, list[tuple[int, int]]]],
    *,
    handler: bytes = b"nnet",
    kind: bytes = b"nnr1",
    idat: bytes = b"",
) -> bytes:
    """A `meta` with items: item_ID, construction_method, and extents."""
    infos = b"".join(
        full(b"infe", 2, 0, u16(number, 0), kind, b"network %d\0" % number)
        for number, _, _ in places
    )
    rows = b"".join(
        u16(number, method, 0, len(extents)) + b"".join(u32(*extent) for extent in extents)
        for number, method, extents in places
    )
    first = places[0][0]
    ipco = box(b"ipco", box(b"free"), box(b"nnrC", PROPERTY))
    ipma = full(b"ipma", 0, 0, u32(1), u16(first), u8(2, 0x01, 0x82))
    return full(
        *(b"meta", 0, 0),
        full(b"hdlr", 0, 0, u32(0), handler, bytes(12), b"\0"),
        full(b"iinf", 0, 0, u16(len(places)), infos),
        full(b"iloc", 1, 0, u8(0x44, 0x00), u16(len(places)), rows),
        box(b"iprp", ipco, ipma),
        box(b"idat", idat) if idat else b"",
    )


def image(handler: bytes = b"nnet") -> bytes:
    """An image file without `moov`; item 1 lies in two parts of the `mdat`, item 2 in `idat`."""
    half = len(SIMPLE) // 2

    def build(start: int) -> bytes:
        extents = [(start, half), (start + half + 3, len(SIMPLE) - half)]
        places = [(1, 0, extents), (2, 1, [(2, len(MIXED))])]
        return HEIC + meta(places, handler=handler, idat=b"??" + MIXED)

    head = build(len(build(0)) + 8)
    return head + box(b"mdat", SIMPLE[:half], b"gap", SIMPLE[half:])


def in_track() -> bytes:
    """A movie whose track has a `meta` with an item in its `idat`."""
    inside = meta([(7, 1, [(0, 0)])], idat=SIMPLE)
    return movie([TrackPlan(1, b"vide", [b"frame"], edits=inside)], moov_first=True)


def restored(data: bytes, item_id: int) -> bytes:
    target = io.BytesIO()
    demux(data, target, item_id=item_id)
    return target.getvalue()


@pytest.mark.parametrize("handler", [b"nnet", b"pict"])
def test_in_an_image_file(handler: bytes) -> None:
    data = image(handler)
    assert restored(data, 1) == SIMPLE
    assert restored(data, 2) == MIXED


def test_in_a_track() -> None:
    assert restored(in_track(), 7) == SIMPLE, "an extent of length 0 is all that is left"


def test_in_moov() -> None:
    data = video_and_sound()
    at = data.index(b"moov") - 4
    size = int.from_bytes(data[at : at + 4])
    assert at + size == len(data), "nothing moves"
    inside = meta([(3, 1, [(1, len(MIXED))])], idat=b"x" + MIXED)
    data = data[:at] + u32(size + len(inside)) + data[at + 4 :] + inside
    assert restored(data, 3) == MIXED


def test_edited_files_stay_valid() -> None:
    """The places of the items move with them."""
    for old in (image(b"pict"), in_track()):
        new = added(old, MIXED)
        wanted = {1: SIMPLE, 2: MIXED} if old.startswith(HEIC) else {7: SIMPLE}
        assert {number: restored(new, number) for number in wanted} == wanted
        assert demuxed(new) == MIXED
        assert list(sample_data(new).values())[:-1] == list(sample_data(old).values())


def test_no_such_item() -> None:
    with pytest.raises(errors.TrackError, match="no NNR item has item_ID 9; there are: 1 in meta"):
        restored(image(), 9)
    other = FTYP + meta([(1, 1, [(0, 1)])], kind=b"hvc1", idat=b"x")
    with pytest.raises(errors.TrackError, match="there are: none"):
        restored(other, 1)
    twice = FTYP + meta([(1, 1, [(0, 1)])], idat=b"x") * 2
    with pytest.raises(errors.TrackError, match="several"):
        restored(twice, 1)


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([(1, 0, [(0, 1 << 30)])], "outside the file"),
        ([(1, 0, [(1 << 30, 0)])], "outside the file"),
        ([(1, 1, [(1, 4)])], "outside the file"),
        ([(1, 2, [(0, 1)])], "does not lie in the file"),
    ],
)
def test_places_that_lie(places: list[tuple[int, int, list[tuple[int, int]]]], words: str) -> None:
    with pytest.raises(errors.SampleTableError, match=words):
        restored(FTYP + meta(places, idat=b"1234"), 1)


def test_the_commands(tmp_path: Path) -> None:
    path, target = tmp_path / "image.heic", tmp_path / "item.nnr"
    path.write_bytes(image())
    shown = call("info", path).output
    assert f"item 1 in meta: 'network 1', nnr1, handler 'nnet', {len(SIMPLE)} bytes" in shown
    assert f"nnrC {PROPERTY.hex()}" in shown
    found = json.loads(call("info", "--json", path).output)["items"]
    assert [(item["item_id"], item["size"], item["nnrC"]) for item in found] == [
        (1, len(SIMPLE), [PROPERTY.hex()]),
        (2, len(MIXED), []),
    ]
    assert call("demux", path, "--item", "2", "-o", target).exit_code == 0
    assert target.read_bytes() == MIXED
    assert call("demux", path, "--item", "3", "-o", target, "--force").exit_code == 1
    assert call("demux", path, "--item", "1", "--track", "1", "-o", target).exit_code == 2
