"""The track of a network and its bitstream, read by the letter of the format with `struct` alone.

Strict: only the form that the package writes is accepted.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from .forge import Box, read_boxes, rows_of


@dataclass
class Track:
    """What the sample tables of a track say, read by the letter of ISO/IEC 14496-12."""

    trak: Box
    sizes: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        stbl = self.trak["mdia/minf/stbl"]
        _, _, body = stbl["stsz"].full()
        size, count = struct.unpack_from(">2I", body)
        assert size == 0, "one size for all"
        self.sizes = [row[0] for row in struct.iter_unpack(">I", body[8:])]
        assert len(self.sizes) == count
        chunks = [row[0] for row in rows_of(stbl["stco"], 1)]
        runs = rows_of(stbl["stsc"], 3)
        per_chunk: list[int] = []
        for index, (first, samples, _) in enumerate(runs):
            last = runs[index + 1][0] if index + 1 < len(runs) else len(chunks) + 1
            assert first == len(per_chunk) + 1
            per_chunk += [samples] * (last - first)
        assert sum(per_chunk) == count
        left = iter(self.sizes)
        for start, samples in zip(chunks, per_chunk, strict=True):
            for _ in range(samples):
                self.offsets.append(start)
                start += next(left)

    def samples(self, data: bytes) -> list[bytes]:
        return [
            data[offset : offset + size]
            for offset, size in zip(self.offsets, self.sizes, strict=True)
        ]

    @property
    def configuration(self) -> tuple[int, int, bytes]:
        """Version, flags and units of the one `nnrC`."""
        return self.trak["mdia/minf/stbl/stsd/nnr1/nnrC"].full()


def restored(data: bytes) -> bytes:
    """The bitstream of a file with one NNR track, by what docs/format.md says alone."""
    (moov,) = [box for box in read_boxes(data) if box.type == b"moov"]
    track = Track(moov["trak"])
    version, flags, units = track.configuration
    assert version == 0
    samples = track.samples(data)
    out: list[bytes] = []
    done = at = 0
    while at < len(units):
        if flags & 1:
            (position,) = struct.unpack_from(">I", units, at)
            assert done <= position <= len(samples)
            out += samples[done:position]
            done = position
            at += 4
        size = _unit_size(units, at)
        out.append(units[at : at + size])
        at += size
    return b"".join(out + samples[done:])


def _unit_size(data: bytes, at: int) -> int:
    if data[at] & 0x80:
        return int(struct.unpack_from(">I", data, at)[0] & 0x7FFFFFFF)
    return int(struct.unpack_from(">H", data, at)[0])
