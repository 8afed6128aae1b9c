"""Pickles of weights are checked before PyTorch reads them."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from pymp4_nnr.errors import WeightsFileError
from pymp4_nnr.operations.weights import _check_pickles

GOOD = pickle.dumps({"a": [1.0, b"bytes", "text"]}, protocol=2)
BAD = {
    "a bytearray of 4 GiB": b"\x80\x02cbuiltins\nbytearray\n\x8a\5\0\0\0\0\1\x85R.",
    "as Python 2 calls it": b"\x80\x02c__builtin__\nbytearray\n\x8a\5\0\0\0\0\1\x85R.",
    "a text of 4 GiB": b"\x80\x02X" + struct.pack("<I", (1 << 32) - 1) + b"a.",
    "bytes of 2^62": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b"a.",
    "another bytearray": b"\x80\x05\x96" + struct.pack("<Q", 1 << 62) + b"a.",
    "an object that has no name": b"\x80\x02h\1.",
    "a name of nothing": b"\x80\x02q\0.",
    "a list that is not there": b"\x80\x02K\1a.",
    "a mark that is not there": b"\x80\x02e.",
    "tuples of tuples, whose hash takes 2^40 steps": b"".join(
        (b"\x80\x02}K\0q\0", *(b"0h%ch%c\x86q%c" % (n, n, n + 1) for n in range(40)), b"K\1s.")
    ),
    "a list that many sets are made of": b"".join(
        (b"\x80\x02](", b"K\1" * 10000, b"eq\0]c__builtin__\nset\nq\1", b"h\1h\0\x85R" * 1000, b".")
    ),
    "a text of which many others are made": b"".join(
        (
            *(b"\x80\x02X\x10\x27\0\0", b"a" * 10000, b"q\0c_codecs\nencode\nq\1"),
            *(b"X\5\0\0\0utf-8q\2", b"h\1h\0h\2\x86R" * 1000, b"."),
        )
    ),
    "no end": GOOD[:-1],
    "nothing": b"",
}


def zipped(pickled: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("archive/data.pkl", pickled)
        file.writestr("archive/data/0", bytes(12))
    return target.getvalue()


def test_good_ones(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    for data in (zipped(GOOD), GOOD * 5 + b"data"):
        path.write_bytes(data)
        _check_pickles(path, 1 << 20)


@pytest.mark.parametrize("name", BAD)
def test_bad_ones(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    for data in (zipped(BAD[name]), BAD[name], GOOD + BAD[name]):
        path.write_bytes(data)
        with pytest.raises(WeightsFileError):
            _check_pickles(path, 1 << 20)
