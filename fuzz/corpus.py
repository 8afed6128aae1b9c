"""The inputs to begin with: small fixtures, and files of every layout that the tests make."""

from __future__ import annotations

import io
import tempfile
from functools import cache
from pathlib import Path

from pymp4_nnr import FragmentWriter, append, split
from tests.mp4.boxes import u16, u32
from tests.mp4.forge import Box, read_boxes, write_boxes
from tests.mp4.fragmented import fragmented, with_default_sizes
from tests.mp4.networks import video_and_sound
from tests.nnr.streams import MIXED, SIMPLE, START
from tests.paths import FIXTURES
from tests.round_trip import muxed

from . import FOUND

LARGEST = 6000
"""Bytes of the fixtures that are taken: small ones are tried more often."""

_BOX_BYTES = 2000


@cache
def corpus(kind: str) -> tuple[bytes, ...]:
    """The inputs of a kind.

    Args:
        kind: ``"movie"``: MP4 files; ``"bitstream"``: NNR bitstreams; ``"box"``: single boxes.
    """
    if kind == "bitstream":
        return (MIXED, SIMPLE, START, *_fixtures("nnr", ".nnr"))
    movies = (*_made(), *_fixtures("mp4"), *_fixtures("delivery"), *_fixtures("broken"))
    if kind == "movie":
        return movies
    boxes = {}
    for movie in movies:
        for box in _all_boxes(movie):
            if len(box) <= _BOX_BYTES:
                boxes.setdefault((box[4:8], len(box).bit_length()), box)
    return tuple(boxes.values())


def found(name: str) -> tuple[bytes, ...]:
    """What atheris found for a harness until now; nothing where it never ran."""
    paths = sorted((FOUND / name / "corpus").glob("*"))
    return tuple(path.read_bytes() for path in paths)


def _fixtures(folder: str, suffix: str = "") -> list[bytes]:
    paths = sorted(
        path
        for path in (FIXTURES / folder).rglob("*")
        if path.is_file() and path.stat().st_size <= LARGEST
    )
    others = (".py", ".json", ".toml", ".md")
    return [path.read_bytes() for path in paths if path.suffix not in others]


def _made() -> list[bytes]:
    """Files with networks, of every kind of content."""
    entry = Box(b"btrt", u32(0, 0, 0)), Box(b"free", u16(1))
    files = [muxed(SIMPLE), muxed(MIXED), muxed([SIMPLE, MIXED]), muxed(START)]
    files += [fragmented(), with_default_sizes(), _streamed(), _with_rounds(), video_and_sound()]
    files.append(muxed(MIXED, into=video_and_sound(), fragment=2))
    files.append(muxed(MIXED, into=video_and_sound()))
    files.append(write_boxes([*read_boxes(files[0]), *entry]))
    return files


def _streamed() -> bytes:
    """Fragments with units in sample groups, and behind the last NDU."""
    target = io.BytesIO()
    with FragmentWriter(target) as writer:
        for unit in split(MIXED):
            writer.write(unit)
    return target.getvalue()


def _with_rounds() -> bytes:
    """A file to which rounds of training were appended."""
    return appended(appended(muxed(SIMPLE, appendable=True), MIXED), START)


def appended(data: bytes, source: bytes) -> bytes:
    """A file with one more round."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(data)
        file.flush()
        append(file.name, source)
        return Path(file.name).read_bytes()


def _all_boxes(data: bytes) -> list[bytes]:
    """The boxes of a file, those inside them included, as far as `read_boxes` opens them."""
    found: list[bytes] = []
    try:
        waiting = read_boxes(data)
    except Exception:  # one of the broken files
        return found
    while waiting:
        box = waiting.pop()
        found.append(data[box.offset : box.offset + box.size])
        waiting += box.children or []
    return found
