"""Bitstreams to measure with: NDUs that each carry one named tensor of raw values."""

from __future__ import annotations

import os
from pathlib import Path

MIB, GIB = 1 << 20, 1 << 30

_START = bytes.fromhex("00040000")
_PT_RAW_FLOAT = 2


def tensor_name(number: int) -> str:
    """The name of the tensor in an NDU, which has this 0-based number."""
    return f"layer{number}.weight"


def write_model(path: Path, size: int, units: int) -> Path:
    """Write a bitstream of about `size` bytes in so many NDUs, all of whose bytes are there."""
    noise = os.urandom(size // units)
    with path.open("wb") as file:
        file.write(_START)
        for number in range(units):
            header = bytes([0x16, _PT_RAW_FLOAT << 3]) + tensor_name(number).encode() + b"\0\x80"
            unit_size = max(size // units, 4 + len(header))
            file.write((1 << 31 | unit_size).to_bytes(4) + header)
            file.write(noise[: unit_size - 4 - len(header)])
    return path
