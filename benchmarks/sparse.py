"""A model of many gigabytes of which only the headers take space on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pymp4_nnr import Context, encode_unit, mux
from pymp4_nnr.io.ranges import Piece

from .models import tensor_name

_START = bytes.fromhex("00040201")
_HEADER = 256
"""Bytes of each unit that are copied, more than its header has."""


def write_sparse_movie(path: Path, size: int, units: int) -> None:
    """Write an MP4 file as `mux` does, in which the data of the tensors is a hole."""
    model = path.with_suffix(".nnr")
    unit_size = size // units
    with model.open("wb") as file:
        file.write(_START)
        for number in range(units):
            header = {
                "nnr_unit_type": 5,
                "independently_decodable_flag": 1,
                "nnr_compressed_data_unit_payload_type": 1,
                "topology_elem_id": tensor_name(number),
                "dq_flag": 0,
                "compressed_parameter_types": 0,
                "tensor_dimensions": [unit_size // 4],
            }
            head = encode_unit({"header": header}, Context(1))[2:]
            head = (1 << 31 | unit_size).to_bytes(4) + head
            file.write(head)
            file.seek(unit_size - len(head), os.SEEK_CUR)
        file.truncate(file.tell())

    def write(pieces: Iterable[Piece], _: object, **__: Any) -> int:
        at = 0
        with path.open("wb") as movie:
            for piece in pieces:
                if isinstance(piece, bytes):
                    movie.seek(at)
                    movie.write(piece)
                    at += len(piece)
                    continue
                for start in range(len(_START), len(_START) + size, unit_size):
                    if piece.offset <= start < piece.offset + piece.size:
                        movie.seek(at + start - piece.offset)
                        movie.write(piece.source.read(start, _HEADER))
                at += piece.size
            movie.truncate(at)
        return at

    with patch("pymp4_nnr.operations.mux.write_pieces", write):
        mux(model, path)
    model.unlink()
