"""Networks in MP4 files of several layouts, for tests that count requests."""

from __future__ import annotations

import random

from tests.mp4.forge import read_boxes, write_boxes
from tests.mp4.write import moving
from tests.nnr.tensors import EDITION_2, named_ndu
from tests.round_trip import muxed


def bitstream(count: int, size: int = 3000, name: str = "layers.{}.weight") -> bytes:
    """Tensors of random bytes, all of the same size."""
    made = random.Random(count)
    units = (named_ndu(name.format(number), made.randbytes(size)) for number in range(count))
    return EDITION_2 + b"".join(units)


def moov_size(data: bytes) -> int:
    """Bytes of the movie box."""
    return next(len(write_boxes([box])) for box in read_boxes(data) if box.type == b"moov")


def with_moov_last(data: bytes) -> bytes:
    """A file of one chunk, rearranged."""
    boxes = read_boxes(data)
    moov = write_boxes([box for box in boxes if box.type == b"moov"])
    others = write_boxes([box for box in boxes if box.type != b"moov"])
    return others + moving(moov, -len(moov))


LONG_NAME = "encoder.layers.{0:05}.attention.projection.{0:04}.weight"
"""Names that share little with the one before, so that the index of a few thousand is large."""


def many_tensors() -> bytes:
    """A file whose `moov` is larger than what is read first."""
    return muxed(bitstream(2000, 20, LONG_NAME))
