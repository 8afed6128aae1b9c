"""The descriptors of ISO/IEC 15938-17's syntax tables, read from bytes and written to them.

A descriptor says how a value is coded: `u(8)`, `ue(7)`, `st`, .... `BitReader` and `BitWriter`
have a method for each; a `Descriptor` holds both directions, so that one description of a syntax
table serves for reading and for writing.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeAlias, TypeVar

from ..errors import SyntaxElementError

T = TypeVar("T")

Float32: TypeAlias = "float | str"
"""A binary32 value: a float, or for a NaN the text ``nan:0x7fc00000`` with its 32 bits.

A Python float does not carry every NaN unchanged, and no NaN equals itself or fits JSON; the text
does all three.
"""

MAX_PREFIX = 64
"""The most zeros that an Exp-Golomb code may begin with: no element has values beyond that."""

MAX_TEXT = 1 << 16
"""The most bytes of a text: one that does not end must not make a whole payload be read."""

_STEP = 256
"""Bytes that a reader fetches at first; whenever they are too few, it fetches as many again."""

_PORTION = 1 << 12
"""Bytes of which the bits are looked at together, at most."""

_NAN = "nan:0x"


class BitReader:
    """Reads descriptors from bytes that are fetched as far as they are needed, and no further.

    Args:
        read: returns the bytes from offset `start` up to `stop`.
        size: how many bytes there are.

    Attributes:
        position: bits read so far.

    Every method but the constructor raises `SyntaxElementError` where there are too few bits, or
    they are not a value of the descriptor.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read = read
        self._size = size
        self._cut = False
        self._data = read(0, min(_STEP, size))
        self.position = 0

    @property
    def remaining(self) -> int:
        """Bits that are left, fetched or not."""
        return self._size * 8 - self.position

    def limit(self, size: int) -> None:
        """Let the data end after `size` bytes; if it ends before that, it is cut off."""
        self._cut = self._size < size
        self._size = min(self._size, size)
        self._data = self._data[: self._size]
        self.position = min(self.position, self._size * 8)

    def u(self, count: int) -> int:
        """u(n): `count` bits, unsigned, most significant first."""
        return self._integer("u", count)

    def i(self, count: int) -> int:
        """i(n): `count` bits, two's complement, most significant first."""
        value = self._integer("i", count)
        return value - (value >> (count - 1) << count)

    def ue(self, order: int) -> int:
        """ue(k): Exp-Golomb of order `order`, unsigned."""
        start = self.position
        stop = min((start + MAX_PREFIX + 8) // 8, self._size)
        bits = zeros = 0
        while not bits:
            data = self._data[start // 8 : stop]
            width = len(data) * 8 - start % 8
            bits = int.from_bytes(data) & ((1 << width) - 1)
            zeros = width - bits.bit_length()
            if len(self._data) >= stop:
                break
            self._grow(stop)
        if not bits or zeros > MAX_PREFIX:
            raise SyntaxElementError(
                f"ue({order}) begins with more than {MAX_PREFIX} zeros"
                if self.remaining > MAX_PREFIX
                else f"ue({order}) does not end within the {self.remaining} bits that are left"
            )
        # x = ((1 << zeros) - 1 << k) + u(k + zeros), and the 1 in front makes that one number.
        self.position = start + zeros
        return self.u(order + zeros + 1) - (1 << order)

    def ue_run(self, order: int, count: int, values: list[int]) -> None:
        """Append `count` values of ue(k) to `values`, those before an error too.

        As `ue` so many times, for a tenth of the time: a byte may hold eight of them.
        """
        wanted = len(values) + count
        while len(values) < wanted:
            start = self.position
            least = (start + (wanted - len(values)) * (order + 1) + 7) // 8
            stop = min(start // 8 + _PORTION, least)
            if stop > len(self._data):
                self._grow(stop)
            data = self._data[start // 8 : stop]
            bits = f"{int.from_bytes(data):0{len(data) * 8}b}"
            at = start % 8
            for _ in range(wanted - len(values)):
                one = bits.find("1", at, at + MAX_PREFIX + 1)
                end = 2 * one - at + order + 1
                if one < 0 or end > len(bits):
                    break
                values.append(int(bits[one:end], 2) - (1 << order))
                at = end
            self.position = start - start % 8 + at
            if len(values) < wanted:  # one that reaches beyond this portion, or is none
                values.append(self.ue(order))

    def ie(self, order: int) -> int:
        """ie(k): Exp-Golomb of order `order`, signed: 0, 1, -1, 2, -2, ..."""
        code = self.ue(order)
        return (code + 1) // 2 if code & 1 else -(code // 2)

    def flt32(self) -> Float32:
        """flt(32): IEEE 754 binary32, little-endian; see `Float32`."""
        raw = self.u(32).to_bytes(4)
        value: float = struct.unpack("<f", raw)[0]
        return value if value == value else f"{_NAN}{int.from_bytes(raw, 'little'):08x}"

    def st(self) -> str:
        """st(v): byte-aligned UTF-8 text up to a zero byte, which is not part of it.

        Bytes that are not UTF-8 become lone surrogates (``surrogateescape``), which `BitWriter`
        turns into the same bytes.
        """
        start = self._aligned("st(v)")
        while (end := self._data.find(0, start)) < 0 or end - start > MAX_TEXT:
            if end >= 0 or len(self._data) - start > MAX_TEXT:
                raise SyntaxElementError(f"text of more than {MAX_TEXT} bytes")
            if len(self._data) == self._size:
                raise SyntaxElementError("text does not end within the data")
            self._grow(len(self._data) + 1)
        self.position = (end + 1) * 8
        return self._data[start:end].decode("utf-8", "surrogateescape")

    def rest(self) -> bytes:
        """Return all bytes that are left; the data must not be cut off."""
        start = self._aligned("remaining bytes")
        if self._cut:
            raise SyntaxElementError("the data is cut off")
        self._grow(self._size)
        self.position = self._size * 8
        return self._data[start:]

    def byte_alignment(self) -> None:
        """byte_alignment(): a 1, then zeros up to the next byte boundary."""
        count = 8 - self.position % 8
        if self.u(count) != 1 << (count - 1):
            raise SyntaxElementError("byte_alignment() is not a 1 and then zeros")

    def _integer(self, kind: str, count: int) -> int:
        start = self.position
        end = start + count
        stop = (end + 7) // 8
        if stop > len(self._data):
            if stop > self._size:
                raise SyntaxElementError(f"{kind}({count}) with {max(self.remaining, 0)} bits left")
            self._grow(stop)
        self.position = end
        return int.from_bytes(self._data[start // 8 : stop]) >> -end % 8 & ((1 << count) - 1)

    def _aligned(self, what: str) -> int:
        if bit := self.position % 8:
            raise SyntaxElementError(f"{what} must begin with a byte, not at bit {bit} of one")
        return self.position // 8

    def _grow(self, size: int) -> None:
        """Have at least `size` bytes, or all that there are."""
        target = min(max(size, 2 * len(self._data), _STEP), self._size)
        if target > len(self._data):
            self._data += self._read(len(self._data), target)


class BitWriter:
    """Writes values by their descriptors.

    Every method raises `SyntaxElementError` for a value that the descriptor cannot code.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._last = 0  # the bits of the last byte, as far as there are
        self._last_size = 0

    def to_bytes(self) -> bytes:
        """Return what was written; it must end on a byte boundary."""
        if self._last_size:
            raise SyntaxElementError(f"the last byte has only {self._last_size} bits")
        return bytes(self._data)

    def u(self, count: int, value: int) -> None:
        """u(n), see `BitReader.u`."""
        if not 0 <= _integer(value) < 1 << count:
            raise SyntaxElementError(f"{value} does not fit u({count})")
        self._append(value, count)

    def i(self, count: int, value: int) -> None:
        """i(n), see `BitReader.i`."""
        if not -1 << (count - 1) <= _integer(value) < 1 << (count - 1):
            raise SyntaxElementError(f"{value} does not fit i({count})")
        self._append(value & ((1 << count) - 1), count)

    def ue(self, order: int, value: int) -> None:
        """ue(k), see `BitReader.ue`."""
        if _integer(value) < 0:
            raise SyntaxElementError(f"{value} is negative, for ue({order})")
        code = value + (1 << order)
        suffix = code.bit_length() - 1
        if suffix - order > MAX_PREFIX:
            raise SyntaxElementError(f"{value} is too large for ue({order})")
        self.u(suffix - order + suffix + 1, code)

    def ie(self, order: int, value: int) -> None:
        """ie(k), see `BitReader.ie`."""
        self.ue(order, 2 * value - 1 if _integer(value) > 0 else -2 * value)

    def flt32(self, value: Float32) -> None:
        """flt(32), see `BitReader.flt32`; takes ``inf``, ``-inf`` and ``nan`` as text too."""
        try:
            if isinstance(value, str) and value.startswith(_NAN):
                raw = int(value.removeprefix(_NAN), 16).to_bytes(4, "little")
            else:
                raw = struct.pack("<f", float(value))
        except (ValueError, TypeError, OverflowError) as error:
            raise SyntaxElementError(f"{value!r} is not a binary32 value") from error
        self.data(raw)

    def st(self, value: str) -> None:
        """st(v), see `BitReader.st`."""
        if bit := self._last_size:
            raise SyntaxElementError(f"st(v) must begin with a byte, not at bit {bit} of one")
        if not isinstance(value, str) or "\0" in value:
            raise SyntaxElementError(f"{value!r} is not a text without zero characters")
        try:
            raw = value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            raise SyntaxElementError(f"{value!r} cannot be UTF-8") from error
        if len(raw) > MAX_TEXT:
            raise SyntaxElementError(f"text of more than {MAX_TEXT} bytes")
        self.data(raw + b"\0")

    def data(self, value: bytes | str) -> None:
        """Whole bytes, or the hexadecimal text of them, at any bit position."""
        try:
            raw = bytes.fromhex(value) if isinstance(value, str) else bytes(memoryview(value))
        except (ValueError, TypeError) as error:
            raise SyntaxElementError("the value is neither bytes nor hexadecimal text") from error
        if self._last_size:
            self._append(int.from_bytes(raw), len(raw) * 8)
        else:
            self._data += raw

    def byte_alignment(self) -> None:
        """byte_alignment(), see `BitReader.byte_alignment`."""
        count = 8 - self._last_size
        self.u(count, 1 << (count - 1))

    def _append(self, value: int, count: int) -> None:
        whole, left = divmod(self._last_size + count, 8)
        bits = self._last << count | value
        self._data += (bits >> left).to_bytes(whole)
        self._last, self._last_size = bits & ((1 << left) - 1), left


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise SyntaxElementError(f"{value!r} is not an integer")
    return value


@dataclass(frozen=True)
class Descriptor(Generic[T]):
    """How a syntax element is coded.

    Attributes:
        min_bits: bits of its shortest code: so many times the count of a list must be left.
        read: reads a value.
        write: writes a value.
    """

    min_bits: int
    read: Callable[[BitReader], T]
    write: Callable[[BitWriter, T], None]


@cache
def u(count: int) -> Descriptor[int]:
    """u(n)."""
    return Descriptor(count, lambda r: r.u(count), lambda w, value: w.u(count, value))


@cache
def i(count: int) -> Descriptor[int]:
    """i(n)."""
    return Descriptor(count, lambda r: r.i(count), lambda w, value: w.i(count, value))


@cache
def ue(order: int) -> Descriptor[int]:
    """ue(k)."""
    return Descriptor(order + 1, lambda r: r.ue(order), lambda w, value: w.ue(order, value))


@cache
def ie(order: int) -> Descriptor[int]:
    """ie(k)."""
    return Descriptor(order + 1, lambda r: r.ie(order), lambda w, value: w.ie(order, value))


flt32 = Descriptor[Float32](32, BitReader.flt32, BitWriter.flt32)
"""flt(32)."""

st = Descriptor[str](8, BitReader.st, BitWriter.st)
"""st(v)."""

rest = Descriptor[bytes](0, BitReader.rest, BitWriter.data)
"""All remaining bytes."""


def relative(descriptor: Descriptor[int], base: int, sign: int = 1) -> Descriptor[int]:
    """A value that is coded as its difference from `base`, times `sign` (1 or -1)."""
    return Descriptor(
        descriptor.min_bits,
        lambda r: base + sign * descriptor.read(r),
        lambda w, value: descriptor.write(w, sign * (_integer(value) - base)),
    )
