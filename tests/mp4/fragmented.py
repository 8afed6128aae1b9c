"""NNR tracks whose samples lie in movie fragments."""

from __future__ import annotations

from tests.mp4.boxes import u32
from tests.mp4.forge import Box, full_box, read_boxes, write_box, write_boxes
from tests.nnr.streams import NDUS, PARAMETERS, START, unit
from tests.round_trip import muxed


def fragmented() -> bytes:
    """An NNR track whose four samples lie in two fragments."""
    boxes = read_boxes(muxed(START + PARAMETERS))
    mvhd, trak = boxes[1].children or []
    trex = full_box(b"trex", u32(1, 1, 1, 0, 0))
    moov = Box(b"moov", b"", [mvhd, trak, Box(b"mvex", b"", [trex])])
    out = [boxes[0], moov]
    for number in (0, 1):
        ndus = NDUS[2 * number : 2 * number + 2]
        sizes = u32(*map(len, ndus))
        tfhd = full_box(b"tfhd", u32(1), flags=0x020000)
        tfdt = full_box(b"tfdt", u32(2 * number))

        def moof(offset: int, parts: tuple[Box, ...], number: int, sizes: bytes) -> Box:
            trun = full_box(b"trun", u32(2, offset), sizes, flags=0x000201)
            mfhd = full_box(b"mfhd", u32(number + 1))
            return Box(b"moof", b"", [mfhd, Box(b"traf", b"", [*parts, trun])])

        size = len(write_box(moof(0, (tfhd, tfdt), number, sizes)))
        out += [moof(size + 8, (tfhd, tfdt), number, sizes), Box(b"mdat", b"".join(ndus))]
    return write_boxes(out)


def with_default_sizes() -> bytes:
    """The same with sizes from `tfhd`, so that `sample_count` alone tells how many there are."""
    ndus = b"".join(unit(5, bytes(10)) for _ in range(4))
    boxes = read_boxes(muxed(START + PARAMETERS))
    mvhd, trak = boxes[1].children or []
    trex = full_box(b"trex", u32(1, 1, 1, 0, 0))
    moov = Box(b"moov", b"", [mvhd, trak, Box(b"mvex", b"", [trex])])
    tfhd = full_box(b"tfhd", u32(1, 13), flags=0x020010)

    def moof(offset: int) -> Box:
        trun = full_box(b"trun", u32(4, offset), flags=0x000001)
        return Box(b"moof", b"", [full_box(b"mfhd", u32(1)), Box(b"traf", b"", [tfhd, trun])])

    size = len(write_box(moof(0)))
    return write_boxes([boxes[0], moov, moof(size + 8), Box(b"mdat", ndus)])
