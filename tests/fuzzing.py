"""Damaged files by the thousand: each is answered with a result or with an error of ours.

    python -m tests.fuzzing SEED COUNT [--memory-mib N]

Prints what went wrong, and how to have it again; exit code 1 if anything did.  The same seed gives
the same files.  It runs in a process of its own so that its memory can be limited.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import resource
import struct
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from pymp4_nnr import FragmentWriter, NNRError, append, demux, mux, remove, split, verify
from pymp4_nnr import open as open_network
from pymp4_nnr.operations.dump import box_lines, dump
from pymp4_nnr.operations.inspect import FileInfo
from pymp4_nnr.operations.json_records import unit_record
from tests.mp4.boxes import u16, u32
from tests.mp4.forge import Box, read_boxes, write_boxes
from tests.mp4.fragmented import fragmented, with_default_sizes
from tests.mp4.networks import video_and_sound
from tests.nnr.streams import FOLDER, MIXED, SIMPLE, START
from tests.round_trip import muxed

SLOW_SECONDS = 5

INTERESTING = [0, 1, 2, 3, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]


def seeds() -> list[bytes]:
    """Good files, of every kind of content."""
    real = (FOLDER / "plain.nnr").read_bytes()
    entry = Box(b"btrt", u32(0, 0, 0)), Box(b"free", u16(1))
    files = [muxed(SIMPLE), muxed(MIXED), muxed(real), muxed([SIMPLE, MIXED]), muxed(START)]
    files += [fragmented(), with_default_sizes(), streamed(), with_rounds()]
    files.append(muxed(MIXED, into=video_and_sound(), fragment=2))
    files.append(write_boxes([*read_boxes(files[0]), *entry]))
    return files


def streamed() -> bytes:
    """Fragments with units in sample groups, and behind the last NDU."""
    target = io.BytesIO()
    with FragmentWriter(target) as writer:
        for unit in split(MIXED):
            writer.write(unit)
    return target.getvalue()


def with_rounds() -> bytes:
    """A file to which rounds of training were appended."""
    return appended(appended(muxed(SIMPLE, appendable=True), MIXED), START)


def appended(data: bytes, source: bytes) -> bytes:
    """A file with one more round; what `append` leaves of it if it refuses."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(data)
        file.flush()
        append(file.name, source)
        return Path(file.name).read_bytes()


def damaged(good: bytes, random_: random.Random) -> bytes:
    """A file with some of its bytes changed, taken out, doubled, or cut off."""
    data = bytearray(good)
    for _ in range(random_.choice([1, 1, 1, 2, 3, 8])):
        at = random_.randrange(len(data))
        kind = random_.randrange(8)
        if kind < 2:
            data[at] = random_.randrange(256)
        elif kind == 2:
            data[at] ^= 1 << random_.randrange(8)
        elif kind < 6:
            width = random_.choice([2, 4, 4, 8])
            value = random_.choice(INTERESTING) & ((1 << 8 * width) - 1)
            if random_.randrange(2):
                value = (value + random_.randrange(-3, 4)) % (1 << 8 * width)
            if at + width <= len(data):
                data[at : at + width] = value.to_bytes(width)
        elif kind == 6:
            end = min(len(data), at + random_.choice([1, 4, 8, 40, 200]))
            data[at:end] = data[at:end] * random_.choice([0, 2])
        else:
            del data[at:]
        if not data:
            break
    return bytes(data)


def retyped(good: bytes, random_: random.Random) -> bytes:
    """A file one of whose four-character codes is another of them."""
    codes = [b"moov", b"trak", b"mdia", b"stsd", b"nnr1", b"nnrC", b"stsz", b"stz2", b"co64"]
    codes += [b"stco", b"stsc", b"tkhd", b"mdhd", b"hdlr", b"mvex", b"trex", b"moof", b"trun"]
    codes += [b"tfhd", b"meta", b"iloc", b"sidx", b"uuid", b"avc1", b"mp4a", b"esds", b"dref"]
    codes += [b"sgpd", b"sbgp", b"nnru", b"tfdt", b"mehd", b"mfra", b"tfra", b"free"]
    data = bytearray(good)
    there = [at for code in codes for at in [data.find(code)] if at >= 0]
    at = random_.choice(there)
    data[at : at + 4] = random_.choice(codes)
    return bytes(data)


def tasks(data: bytes) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is tried on each file."""

    def look() -> None:
        with FileInfo(data) as info:
            for track in info.tracks or [None]:
                for one in info.units(track):
                    unit_record(one)

    def show() -> None:
        for box in dump(data):
            for _ in box_lines(box):
                pass

    yield "demux", lambda: demux(data, io.BytesIO())
    yield "verify", lambda: verify(data, SIMPLE)
    yield "info", look
    yield "dump", show

    def read() -> None:
        """By the index in the file, which may lie."""
        with open_network(data) as file:
            for net in file.networks:
                for tensor in net.tensors.values():
                    for number in tensor.sample_numbers:
                        _ = net.samples[number - 1].data
                for name in list(net.tensors)[:2]:
                    net.extract([name], io.BytesIO(), decodable=True)
                for part in net.parts:
                    part.unit.read()

    yield "read", read

    def add_round() -> None:
        new = appended(data, SIMPLE)
        target = io.BytesIO()
        demux(new, target, rounds=1)
        demux(new, target)
        assert target.getvalue().endswith(SIMPLE)

    yield "append", add_round
    yield "remove", lambda: remove(data, io.BytesIO())
    yield "mux", lambda: mux(data, io.BytesIO())
    yield "mux into", lambda: mux(SIMPLE, io.BytesIO(), into=data)
    yield "split", lambda: [unit.data for unit in split(data)]


def faults(seed: int, count: int) -> Iterator[str]:
    """Work on `count` files, and yield a description of each fault."""
    random_ = random.Random(seed)
    files = seeds()
    streams = [
        MIXED,
        *(p.read_bytes() for p in sorted(FOLDER.glob("*.nnr")) if p.stat().st_size < 3000),
    ]
    for number in range(count):
        if number % 4 == 3:
            data = damaged(random_.choice(streams), random_)
        else:
            data = random_.choice(files)
            if random_.randrange(4) == 0:
                data = retyped(data, random_)
            data = damaged(data, random_)
        for name, task in tasks(data):
            started = time.process_time()
            trouble = None
            try:
                with contextlib.suppress(NNRError, OSError):
                    task()
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                trouble = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
            seconds = time.process_time() - started
            if trouble is None and seconds > SLOW_SECONDS:
                trouble = f"{seconds:.1f} seconds"
            if trouble is not None:
                made = f"bytes.fromhex({data.hex()!r})"
                yield f"seed {seed}, file {number}, {name}: {trouble}; {made}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Work on damaged files.")
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--memory-mib", type=int, default=1024)
    options = parser.parse_args()
    if struct.calcsize("P") == 8:
        limit = options.memory_mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    found = 0
    for fault in faults(options.seed, options.count):
        print(fault)
        found += 1
    print(f"{options.count} files, {found} faults")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
