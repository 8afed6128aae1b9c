"""Pickles of weights are checked before PyTorch reads them."""

from __future__ import annotations

import io
import pickle
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from pymp4_nnr.errors import WeightsFileError
from pymp4_nnr.operations.weights import _check_pickles


def encoded(encoding: bytes, rest: bytes) -> bytes:
    """The start of a pickle with an encoded text, and the rest of it."""
    text = b"X\1\0\0\0aX" + struct.pack("<I", len(encoding)) + encoding
    return b"\x80\x02c_codecs\nencode\n" + text + rest


ONE_HASH = [b"\x8a\x0a" + (n * ((1 << 61) - 1)).to_bytes(10, "little") for n in range(1000)]
"""Integers, each pickled, that have the same hash."""

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
    "a list that grows when it is in a tuple": b"".join(
        (
            *(b"\x80\x02](ctorch\nSize\nq\0]q\1\x85q\2h\1(", b"K\1" * 1000, b"e"),
            *(b"h\0h\2R" * 1000, b"e."),
        )
    ),
    "text in an encoding that takes long": encoded(b"punycode", b"\x86R."),
    "the same, by another function": (
        b"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n("
        b"c_codecs\nencode\nNX\1\0\0\0aX\x08\0\0\0punycode\x86NtR."
    ),
    "keys of one hash": b"\x80\x02}(" + b"N".join((*ONE_HASH, b"")) + b"u.",
    "a set of one hash": b"\x80\x02c__builtin__\nset\n](" + b"".join(ONE_HASH) + b"e\x85R.",
    "tuples of one hash": b"".join((b"\x80\x02}(", *(one + b"\x85N" for one in ONE_HASH), b"u.")),
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


def entries(*given: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(target, "w", method) as file:
        for name, data in given:  # two may have one name
            file.writestr(zipfile.ZipInfo(name), data, method)
    return target.getvalue()


def beyond(data: bytes) -> bytes:
    """A zip file of one entry, which lies at 2^63."""
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entry, last = bytearray(data[start:end]), bytearray(data[end:])
    entry[30:32], entry[42:46] = struct.pack("<H", 12), b"\xff" * 4
    entry += struct.pack("<HHQ", 1, 8, 1 << 63)
    last[12:16] = struct.pack("<I", len(entry))
    return data[:start] + entry + last


ONE = ("archive/data.pkl", GOOD)
EVIL = ("archive/data.pkl", BAD["a bytearray of 4 GiB"])
COMPRESSED = bytearray(entries(ONE, method=zipfile.ZIP_LZMA))
COMPRESSED[COMPRESSED.index(ONE[0].encode()) + len(ONE[0]) + 9] ^= 0xFF  # what follows its header


@pytest.mark.parametrize(
    "data",
    [
        entries(("archive/DATA.PKL", EVIL[1])),
        entries(EVIL, ONE),
        entries(ONE, EVIL),
        entries(EVIL)[:-22] + entries(ONE),
        entries(EVIL) + entries(ONE),
        EVIL[1] + entries(ONE),
        GOOD * 4 + EVIL[1] + entries(ONE),
        COMPRESSED,
        beyond(entries(ONE)),
        entries(ONE)[:-1],
        entries(ONE) + b"\0",
        b"PK\3\4",
        b"PK\3\4" + entries(ONE)[-22:],
    ],
    ids=range(13),
)
def test_what_pytorch_takes_from_a_zip_file(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(data)
    with pytest.raises(WeightsFileError):
        _check_pickles(path, 1 << 20)


def test_a_large_zip_file(tmp_path: Path) -> None:
    """Its end as PyTorch writes it: with fields of 64 bits, which say the same."""
    data = entries(ONE)
    count, _, size, offset = struct.unpack("<2H2I", data[-14:-2])
    wide = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    path = tmp_path / "weights.pt"
    for place in (len(data) - 22, 0):
        locator = struct.pack("<4sIQI", b"PK\6\7", 0, place, 1)
        path.write_bytes(data[:-22] + wide + locator + data[-22:])
        if place:
            _check_pickles(path, 1 << 20)
        else:
            with pytest.raises(WeightsFileError):
                _check_pickles(path, 1 << 20)
