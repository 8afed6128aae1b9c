"""Bytes changed: anywhere, or box by box with the sizes around them put right."""

from __future__ import annotations

import contextlib
import random
import struct
from collections.abc import Sequence
from copy import deepcopy

from tests.mp4.forge import Box, read_boxes, write_boxes

INTERESTING = [0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]

CODES = [b"moov", b"trak", b"mdia", b"stsd", b"nnr1", b"nnrC", b"stsz", b"stz2", b"co64"]
CODES += [b"stco", b"stsc", b"tkhd", b"mdhd", b"hdlr", b"mvex", b"trex", b"moof", b"trun"]
CODES += [b"tfhd", b"meta", b"iloc", b"sidx", b"uuid", b"avc1", b"mp4a", b"esds", b"dref"]
CODES += [b"sgpd", b"sbgp", b"nnru", b"tfdt", b"mehd", b"mfra", b"tfra", b"free", b"stts"]
CODES += [b"ctts", b"stss", b"elst", b"saio", b"saiz", b"senc", b"tref", b"mvhd", b"mdat"]


def mutated(good: bytes, random_: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Bytes made from good ones in one of the ways below.

    Args:
        good: what is changed.
        random_: what decides.
        others: other inputs, from which boxes are taken.
    """
    kind = random_.randrange(8)
    if kind < 3:
        with contextlib.suppress(AssertionError, struct.error, IndexError, RecursionError):
            return with_changed_boxes(good, random_, others)
    if kind == 3:
        good = retyped(good, random_)
    return damaged(good, random_)


def damaged(good: bytes, random_: random.Random) -> bytes:
    """Some of the bytes changed, taken out, doubled, or cut off."""
    data = bytearray(good)
    for _ in range(random_.choice([1, 1, 1, 2, 3, 8])):
        if not data:
            break
        at = random_.randrange(len(data))
        kind = random_.randrange(8)
        if kind < 2:
            data[at] = random_.randrange(256)
        elif kind == 2:
            data[at] ^= 1 << random_.randrange(8)
        elif kind < 6:
            width = random_.choice([2, 4, 4, 8])
            value = interesting(width, random_)
            if at + width <= len(data):
                data[at : at + width] = value.to_bytes(width)
        elif kind == 6:
            end = min(len(data), at + random_.choice([1, 4, 8, 40, 200]))
            data[at:end] = data[at:end] * random_.choice([0, 2])
        else:
            del data[at:]
    return bytes(data)


def interesting(width: int, random_: random.Random) -> int:
    """A number of so many bytes at which faults are often found, or one near to it."""
    value = random_.choice(INTERESTING) & ((1 << 8 * width) - 1)
    if random_.randrange(2):
        value = (value + random_.randrange(-3, 4)) % (1 << 8 * width)
    return value


def retyped(good: bytes, random_: random.Random) -> bytes:
    """One of the four-character codes made another of them."""
    data = bytearray(good)
    there = [at for code in CODES for at in [data.find(code)] if at >= 0]
    if there:
        at = random_.choice(there)
        data[at : at + 4] = random_.choice(CODES)
    return bytes(data)


def with_changed_boxes(good: bytes, random_: random.Random, others: Sequence[bytes]) -> bytes:
    """Boxes doubled, taken out, moved, changed in their bodies, or taken from other inputs.

    Sizes are right, and what is inside a box that was not changed is as it was.
    """
    boxes = read_boxes(good)
    for _ in range(random_.choice([1, 1, 2, 3])):
        siblings = random_.choice(_lists(boxes))
        if not siblings:
            continue
        at = random_.randrange(len(siblings))
        kind = random_.randrange(8)
        if kind == 0:
            del siblings[at]
        elif kind == 1:
            siblings.insert(random_.randrange(len(siblings) + 1), deepcopy(siblings[at]))
        elif kind == 2:
            moved = siblings.pop(at)
            random_.choice(_lists(boxes)).append(moved)
        elif kind == 3 and others:
            found = [one for some in _lists(read_boxes(random_.choice(others))) for one in some]
            siblings.insert(at, random_.choice(found))
        else:
            _change_body(siblings[at], random_)
    return write_boxes(boxes)


def _lists(boxes: list[Box]) -> list[list[Box]]:
    """The lists of boxes in a tree."""
    found = [boxes]
    for box in boxes:
        if box.children is not None:
            found += _lists(box.children)
    return found


def _change_body(box: Box, random_: random.Random) -> None:
    """A field of four bytes, mostly where fields begin; or any damage."""
    if len(box.body) < 4 or random_.randrange(4) == 0:
        box.body = damaged(box.body or b"\0", random_)
        return
    at = random_.randrange(len(box.body) // 4) * 4
    box.body = box.body[:at] + interesting(4, random_).to_bytes(4) + box.body[at + 4 :]
