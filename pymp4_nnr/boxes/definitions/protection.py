"""Protected content: scheme, keys and initialization vectors (ISO/IEC 14496-12, 8.12; 23001-7)."""

from __future__ import annotations

from array import array
from functools import cache
from itertools import accumulate
from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    IfThenElse,
    Int8ub,
    Int16ub,
    Int32ub,
    ListContainer,
)
from construct.expr import this

from ...errors import BoxBuildError, BoxParseError
from ..constructs.arrays import Counted, each
from ..constructs.bits import Bits, EmbeddedBits
from ..constructs.byte_fields import SizedBytes
from ..constructs.codes import FourCC, Identifier
from ..constructs.full_box import FullBox, flag
from ..constructs.integers import Integers
from ..constructs.struct_rows import FEW_ROWS, StructRows, even_rows, rows_at
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..constructs.text import CString, Text
from ..constructs.when import When
from ..definition import boxes_before
from ..reader import window_on
from ..registry import box

# ISO/IEC 14496-12, 8.12.3.
box(b"frma", body=Struct("original_format" / Default(FourCC(), b"avc1")))


# ISO/IEC 14496-12, 8.12.6.
box(
    b"schm",
    body=FullBox(
        "scheme_type" / Default(FourCC(), b"cenc"),
        "scheme_version" / Default(Int32ub, 0x10000),
        "schema_uri" / When(flag(1), CString()),
    ),
)
# 8.15.3: a scheme that a reader may understand instead, for restricted content.
box(
    b"csch",
    body=FullBox(
        "scheme_type" / FourCC(),
        "scheme_version" / Int32ub,
        "scheme_uri" / When(flag(1), Text()),
    ),
)


def _pssh_version(context: Container) -> int:
    """As with pymp4, 1 if and only if there are key IDs; or if it was so with an empty list."""
    keys = context.get("key_IDs")
    return 1 if keys or (context.get("version") == 1 and isinstance(keys, list)) else 0


PSSH = FullBox(
    "system_ID" / Identifier(),
    "key_IDs" / When(this.version == 1, Counted(Int32ub, Identifier(), 16)),
    "init_data" / SizedBytes(Int32ub),
    versions=(0, 1),
    derive_version=_pssh_version,
)
"""Protection system specific header (ISO/IEC 23001-7, 8.1)."""

TENC = FullBox(
    "_reserved" / Default(Int8ub, 0),
    "default_byte_blocks"
    / Default(IfThenElse(this.version == 1, Bits(("crypt", 4), ("skip", 4)), Int8ub), 0),
    "is_encrypted" / Int8ub,
    "iv_size" / Int8ub,
    "key_ID" / Identifier(),
    "constant_iv"
    / When(
        lambda context: context["is_encrypted"] == 1 and context["iv_size"] == 0,
        Counted(Int8ub, Integers(size=1)),
    ),
    versions=(0, 1),
)
"""Track encryption defaults (ISO/IEC 23001-7, 8.2)."""

_SUBSAMPLES = Counted(Int16ub, Table(("clear_bytes", "H"), ("cipher_bytes", "I")))
MAX_EMPTY_SAMPLES = 1 << 16
_IV_SIZES = (0, 8, 16)


class SampleEncryptionInfo(Construct):
    """The samples' initialization vectors and subsamples.

    Where the size of the vectors is not in the box (`iv_size`), it is the one of 0, 8 and 16 with
    which the samples fill the box exactly. Where several do, a `saiz` before the box decides;
    without one, none is taken.
    """

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        subsamples = context["flags"]["has_subsample_encryption_info"]
        count = int.from_bytes(window.read(4))
        start = window.tell()
        body = window.read()
        if count == 0:
            window.seek(start)
            return ListContainer()
        if not body and count > MAX_EMPTY_SAMPLES:
            raise BoxParseError(f"{count} samples without initialization vectors are too many")
        known = context.get("iv_size")
        possible = _IV_SIZES if known is None else (known,)
        if not subsamples:
            size = next((size for size in possible if count * size == len(body)), None)
            if size is None:
                raise _does_not_fit(0)
            window.seek(start)
            return even_rows(_sample(size, False), count, size, window, None)
        fits = {size: _sample_sizes(body, count, size) for size in possible}
        sizes = [size for size in fits if fits[size]]
        if len(sizes) > 1:
            told = _told_sizes(context, count)
            sizes = [size for size in sizes if fits[size] in told] or sizes
        if len(sizes) != 1:
            raise _does_not_fit(len(sizes))
        window.seek(start)
        sample = _sample(sizes[0], True)
        if count <= FEW_ROWS:
            return ListContainer([sample._parse(window, context, path) for _ in range(count)])
        at = window.position
        window.take(len(body))
        starts = array("Q", accumulate((fits[sizes[0]] or [])[:-1], initial=at))
        return rows_at(sample, starts, window, None)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        samples: Any = obj if hasattr(obj, "__len__") else list(obj)
        subsamples = context["flags"]["has_subsample_encryption_info"]
        stream.write(len(samples).to_bytes(4))
        for size in _IV_SIZES if isinstance(samples, StructRows) else ():
            known = samples.bytes_for(_sample(size, subsamples), context)
            if known is not None:
                stream.write(known)
                return
        sizes = {len(sample["iv"]) for sample in each(samples)}
        if len(sizes) > 1 or not sizes <= set(_IV_SIZES):
            raise BoxBuildError(f"initialization vectors of {sorted(sizes)} bytes")
        size = max(sizes, default=0)
        if not (subsamples or size):
            return
        sample = _sample(size, subsamples)
        for one in each(samples):
            sample._build(one, stream, context, path)


class _Sample(Construct):
    """The vector and the subsamples of one sample."""

    exact = True

    def __init__(self, iv_size: int, subsamples: bool) -> None:
        super().__init__()
        self.iv_size = iv_size
        self.subsamples = subsamples

    def _parse(self, stream: Any, context: Any, path: str) -> Container:
        sample = Container(iv=stream.read(self.iv_size))
        sample["subsample_encryption_info"] = (
            _SUBSAMPLES._parse(stream, context, path) if self.subsamples else None
        )
        return sample

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> None:
        stream.write(bytes(obj["iv"]))
        if self.subsamples:
            info = obj.get("subsample_encryption_info")
            _SUBSAMPLES._build(info, stream, context, f"{path} -> subsample_encryption_info")


_sample = cache(_Sample)


def _does_not_fit(number: int) -> BoxParseError:
    found = f"{number} sizes" if number else "no size"
    return BoxParseError(f"{found} of initialization vectors fit(s) the box")


def _sample_sizes(body: bytes, count: int, iv_size: int) -> list[int] | None:
    """Bytes of each sample, if with subsamples and vectors of this size they are exactly `body`."""
    if count * (iv_size + 2) > len(body):
        return None
    position, sizes = 0, []
    for _ in range(count):
        start, position = position, position + iv_size
        if position + 2 > len(body):
            return None
        position += 2 + 6 * int.from_bytes(body[position : position + 2])
        sizes.append(position - start)
    return sizes if position == len(body) else None


def _told_sizes(context: Container, count: int) -> list[list[int]]:
    """What each `saiz` before the box says of the samples' sizes (ISO/IEC 14496-12, 8.7.8).

    Those of another number of samples are left out.
    """
    return [
        list(box["sample_info_sizes"] or [box["default_sample_info_size"]] * count)
        for box in boxes_before(context)
        if box["type"] == b"saiz" and box.get("sample_count") == count
    ]


SENC = FullBox(
    "sample_encryption_info" / SampleEncryptionInfo(),
    flags=Bits(("_reserved1", 22), ("has_subsample_encryption_info", bool), ("_reserved2", 1)),
)
"""Sample encryption (ISO/IEC 23001-7, 7.2)."""

box(b"pssh", body=PSSH)
box(b"tenc", body=TENC)
box(b"senc", body=SENC)

# Of items, ISO/IEC 23001-7, 7.4 and 7.5.
_ITEM_KEY = Struct(
    "Per_Sample_IV_Size" / Int8ub,
    "KID" / Identifier(),
    "constant_IV" / When(this.Per_Sample_IV_Size == 0, SizedBytes(Int8ub)),
)
box(
    b"ienc",
    body=FullBox(
        "_reserved" / Default(Int8ub, 0),
        EmbeddedBits(("crypt_byte_block", 4), ("skip_byte_block", 4)),
        "keys" / Counted(Int8ub, _ITEM_KEY, 17),
        versions=(0, 1),
    ),
)
box(
    b"iaux",
    body=FullBox("aux_info_type" / FourCC(), "aux_info_type_parameter" / Default(Int32ub, 0)),
)
