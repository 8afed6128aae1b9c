"""The descriptors, against the definitions of the standard and against each other."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.bitstream.bits import (
    MAX_PREFIX,
    BitReader,
    BitWriter,
    Descriptor,
    flt32,
    i,
    ie,
    relative,
    u,
    ue,
)
from pymp4_nnr.bitstream.bits import st as text
from pymp4_nnr.errors import SyntaxElementError
from tests.nnr.strategies import float32s, names


def reader(data: bytes) -> BitReader:
    return BitReader(lambda start, stop: data[start:stop], len(data))


def bits_of(write: Callable[[BitWriter], None]) -> str:
    """The bits written, as text; the padding to a byte is taken off."""
    writer = BitWriter()
    write(writer)
    writer.u(1, 1)
    writer.byte_alignment()
    bits = "".join(f"{byte:08b}" for byte in writer.to_bytes())
    # The last 1 is that of byte_alignment(), before it stands the one that marks the end.
    return bits[: bits.rindex("1") - 1]


@pytest.mark.parametrize(
    ("order", "value", "bits"),
    [
        (0, 0, "1"),
        (0, 1, "010"),
        (0, 2, "011"),
        (0, 3, "00100"),
        (1, 0, "10"),
        (1, 1, "11"),
        (1, 2, "0100"),
        (2, 3, "111"),
        (2, 4, "01000"),
        (7, 127, "1" + "1" * 7),
        (7, 128, "01" + "0" * 8),
    ],
)
def test_exp_golomb(order: int, value: int, bits: str) -> None:
    assert bits_of(lambda w: w.ue(order, value)) == bits
    padded = bits + "0" * (-len(bits) % 8)
    assert reader(int(padded, 2).to_bytes(len(padded) // 8)).ue(order) == value


def slow_ue(bits: str, order: int) -> int:
    """ue(k) as the standard words it."""
    value = place = 0
    while bits[place] == "0":
        value += 1 << order
        order += 1
        place += 1
    place += 1
    return value + (int(bits[place : place + order], 2) if order else 0)


@given(st.integers(0, 15), st.integers(0, 1 << 66))
def test_exp_golomb_is_as_the_standard_words_it(order: int, value: int) -> None:
    try:
        bits = bits_of(lambda w: w.ue(order, value))
    except SyntaxElementError:
        assert value >> order >= (1 << MAX_PREFIX + 1) - 1
    else:
        assert slow_ue(bits, order) == value


@pytest.mark.parametrize(("value", "code"), [(0, 0), (1, 1), (-1, 2), (2, 3), (-2, 4)])
def test_signed_exp_golomb(value: int, code: int) -> None:
    assert bits_of(lambda w: w.ie(2, value)) == bits_of(lambda w: w.ue(2, code))


ELEMENTS: dict[str, tuple[Descriptor[Any], st.SearchStrategy[Any]]] = {
    "u(5)": (u(5), st.integers(0, 31)),
    "u(31)": (u(31), st.integers(0, (1 << 31) - 1)),
    "i(13)": (i(13), st.integers(-4096, 4095)),
    "ue(0)": (ue(0), st.integers(0, 1 << 60)),
    "ue(11)": (ue(11), st.integers(0, 1 << 60)),
    "ie(7)": (ie(7), st.integers(-(1 << 60), 1 << 60)),
    "flt(32)": (flt32, float32s),
    "relative": (relative(ie(7), 1000, -1), st.integers(-(1 << 60), 1 << 60)),
}


@given(
    st.lists(
        st.sampled_from(sorted(ELEMENTS)).flatmap(
            lambda name: st.tuples(st.just(name), ELEMENTS[name][1])
        )
    ),
    st.integers(0, 7),
)
def test_what_is_written_is_read(elements: list[tuple[str, Any]], shift: int) -> None:
    writer = BitWriter()
    for _ in range(shift):
        writer.u(1, 0)
    for name, value in elements:
        ELEMENTS[name][0].write(writer, value)
    writer.byte_alignment()
    bits = reader(writer.to_bytes())
    for _ in range(shift):
        bits.u(1)
    for name, value in elements:
        before = bits.position
        assert ELEMENTS[name][0].read(bits) == value
        assert bits.position - before >= ELEMENTS[name][0].min_bits
    bits.byte_alignment()
    assert bits.remaining == 0


@given(st.binary(min_size=4, max_size=4))
def test_every_binary32_is_rebuilt(raw: bytes) -> None:
    value = reader(raw).flt32()
    writer = BitWriter()
    writer.flt32(value)
    assert writer.to_bytes() == raw
    if isinstance(value, float):
        assert value == struct.unpack("<f", raw)[0]


@given(st.binary(max_size=20))
def test_every_text_is_rebuilt(raw: bytes) -> None:
    raw = raw.replace(b"\0", b"")
    value = reader(raw + b"\0rest").st()
    writer = BitWriter()
    writer.st(value)
    assert writer.to_bytes() == raw + b"\0"


@given(
    st.binary(max_size=3000),
    st.integers(0, 15),
    st.integers(0, 9),
    st.integers(0, 3000),
)
def test_a_run_of_values_is_as_one_after_the_other(
    data: bytes, order: int, skipped: int, count: int
) -> None:
    one_by_one, together = reader(data), reader(data)
    expected: list[int] = []
    reasons = []
    if before := min(skipped, len(data) * 8):
        for bits in (one_by_one, together):
            bits.u(before)
    try:
        while len(expected) < count:
            expected.append(one_by_one.ue(order))
    except SyntaxElementError as error:
        reasons.append(error.reason)
    found: list[int] = []
    try:
        together.ue_run(order, count, found)
    except SyntaxElementError as error:
        reasons.append(error.reason)
    assert found == expected
    assert together.position == one_by_one.position
    assert len(set(reasons)) < 2
    assert bool(reasons) == (len(found) < count)


@pytest.mark.parametrize("order", [0, 3, 15])
def test_long_runs(order: int) -> None:
    values = [(number * 7919) % 1000 << number % 40 for number in range(30_000)]
    writer = BitWriter()
    for value in values:
        writer.ue(order, value)
    writer.byte_alignment()
    found: list[int] = []
    bits = reader(writer.to_bytes())
    bits.ue_run(order, len(values), found)
    assert found == values
    bits.byte_alignment()
    assert not bits.remaining


@given(names)
def test_text_is_utf8(value: str) -> None:
    writer = BitWriter()
    text.write(writer, value)
    assert text.read(reader(writer.to_bytes())) == value


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (b"", lambda r: r.u(1)),
        (b"\1", lambda r: r.u(9)),
        (b"\1", lambda r: r.i(9)),
        (b"\0", lambda r: r.ue(0)),
        (b"\1", lambda r: r.ue(0)),
        (bytes(9) + b"\xff" * 20, lambda r: r.ue(0)),
        (bytes(900), lambda r: r.ue(0)),
        (b"abc", lambda r: r.st()),
        (b"abc\0", lambda r: (r.u(1), r.st())),
        (b"a" * 70_000 + b"\0", lambda r: r.st()),
        (b"\0\0\0", lambda r: r.flt32()),
        (b"", lambda r: r.byte_alignment()),
        (b"\x40", lambda r: r.byte_alignment()),
        (b"\x81", lambda r: r.byte_alignment()),
        (b"\x81", lambda r: (r.u(1), r.rest())),
        (b"\x81", lambda r: (r.limit(2), r.rest())),
    ],
)
def test_what_cannot_be_read(data: bytes, read: Callable[[BitReader], object]) -> None:
    with pytest.raises(SyntaxElementError):
        read(reader(data))


@pytest.mark.parametrize(
    "write",
    [
        lambda w: w.u(1, 2),
        lambda w: w.u(1, -1),
        lambda w: w.u(1, 0.5),
        lambda w: w.i(3, 4),
        lambda w: w.i(3, "1"),
        lambda w: w.ue(0, -1),
        lambda w: w.ue(0, 1 << 70),
        lambda w: w.ie(0, None),
        lambda w: w.flt32("nan:0x123456789"),
        lambda w: w.flt32([]),
        lambda w: (w.u(1, 1), w.st("a")),
        lambda w: w.data(5),
        lambda w: (w.u(1, 1), w.to_bytes()),
    ],
)
def test_what_cannot_be_written(write: Callable[[BitWriter], object]) -> None:
    with pytest.raises(SyntaxElementError):
        write(BitWriter())
