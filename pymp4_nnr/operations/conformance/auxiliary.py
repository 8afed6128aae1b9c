"""Rules about auxiliary information of samples and about sub-samples.

They are those of ISO/IEC 14496-12, 8.7.7 to 8.7.9 and 8.8.14, and those about `senc` of
ISO/IEC 23001-7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from ...boxes.node import Node
from .checked_file import CheckedFile, all_intact, intact
from .rules import ISOBMFF, error

CENC = "ISO/IEC 23001-7, "

SUBS_COUNT = error("subs-count", ISOBMFF + "8.7.7", "`subs` names no sample behind the last.")
SUBS_REPEATED = error(
    "subs-repeated", ISOBMFF + "8.7.7.1", "Several `subs` in a container have different flags."
)
SAIZ_COUNT = error(
    "saiz-count", ISOBMFF + "8.7.8.3", "`saiz` counts no more samples than there are."
)
SAIZ_REPEATED = error(
    "saiz-repeated",
    ISOBMFF + "8.7.8.3, 8.7.9.3",
    "There is one `saiz` and one `saio` at most for a type of information and its parameter.",
)
SAIZ_ALONE = error(
    "saiz-alone",
    ISOBMFF + "8.7.8.1",
    "A `saiz` comes with a `saio` of the same type of information.",
)
SAIO_COUNT = error(
    "saio-count",
    ISOBMFF + "8.7.9.3, 8.8.14",
    "`saio` has one offset, or one for each chunk or `trun`.",
)
SAIO_OUTSIDE = error("saio-outside", ISOBMFF + "8.7.9", "Auxiliary information lies in the file.")
SAIO_BASE = error(
    "saio-base",
    ISOBMFF + "8.8.14",
    "A track fragment with auxiliary information has a base data offset, or the flag "
    "`default-base-is-moof`.",
)
SENC_COUNT = error(
    "senc-count", CENC + "7.2", "`senc` has a row for each sample of its container, or none."
)
SENC_SIZES = error(
    "senc-sizes", CENC + "7.2", "The sizes in `saiz` are those of the rows of the `senc` beside it."
)
SENC_SUBSAMPLES = error(
    "senc-subsamples", CENC + "9.5", "The sub-samples in `senc` have the bytes of their sample."
)


def check_auxiliary(
    file: CheckedFile, box: Node, samples: int, sizes: Sequence[Sequence[int]] = ()
) -> None:
    """Check the boxes about auxiliary information and sub-samples in a `stbl` or `traf`.

    Args:
        file: what is checked.
        box: the `stbl` or `traf`.
        samples: how many there are in it.
        sizes: of the samples of each run, none without samples; empty where they are not known.
            Samples of the same size cost no bytes: there may be too many for a list of all.
    """
    types = {child.type for child in box.children()}
    if b"subs" in types:
        _check_subsamples(file, box, samples)
    if types & {b"saiz", b"saio"}:
        _check_sizes(file, box, samples)
        _check_offsets(file, box)
    if b"senc" in types:
        encrypted = box.children(b"senc")
        tables = all_intact(box, b"saiz")
        table = tables[0] if len(tables) == len(encrypted) == 1 else None
        for senc in encrypted:
            _check_encryption(file, senc, table, samples, sizes)


def _check_subsamples(file: CheckedFile, box: Node, samples: int) -> None:
    seen = set()
    for subs in all_intact(box, b"subs"):
        last = sum(entry.integer("sample_delta") for entry in subs.each("entries"))
        if last > samples:
            file.findings.add(SUBS_COUNT, f"it names sample {last}, there are {samples}", subs)
        flags = subs.integer("flags")
        if flags in seen:
            file.findings.add(SUBS_REPEATED, f"another one has the flags {flags:#08x}", subs)
        seen.add(flags)


def _kind(box: Node) -> tuple[int, int] | None:
    """Type of information and parameter; None where they follow from the sample entry."""
    if not box.has("aux_info_type"):
        return None
    return box.integer("aux_info_type"), box.integer_or("aux_info_type_parameter", 0)


def _by_kind(
    file: CheckedFile, box: Node, code: bytes
) -> Iterator[tuple[Node, tuple[int, int] | None, bool]]:
    """Yield each `saiz` or `saio`, its kind, and whether it is the first; there may be no other."""
    seen = set()
    for found in all_intact(box, code):
        kind = _kind(found)
        if kind in seen:
            file.findings.add(SAIZ_REPEATED, "there is another one of its type", found)
        yield found, kind, kind not in seen
        seen.add(kind)


def _check_sizes(file: CheckedFile, box: Node, samples: int) -> None:
    findings = file.findings
    offsets = {_kind(saio) for saio in all_intact(box, b"saio")}
    for saiz, kind, is_first in _by_kind(file, box, b"saiz"):
        count = saiz.integer("sample_count")
        if count > samples:
            findings.add(SAIZ_COUNT, f"it counts {count} samples, there are {samples}", saiz)
        if not is_first:
            continue
        if kind not in offsets and None not in (kind, *offsets):
            findings.add(SAIZ_ALONE, "there is no saio of its type", saiz)
        elif not offsets and count:
            findings.add(SAIZ_ALONE, "there is no saio", saiz)


def _check_offsets(file: CheckedFile, box: Node) -> None:
    findings = file.findings
    chunks = 0
    for code in (b"stco", b"co64"):
        chunks += sum(table.count("entries") for table in all_intact(box, code))
    chunks = chunks or len(box.children(b"trun"))
    tfhd = intact(box, b"tfhd")
    for saio, _, _ in _by_kind(file, box, b"saio"):
        offsets = saio.integers("offsets")
        if len(offsets) > 1 and len(offsets) != chunks:
            findings.add(
                SAIO_COUNT, f"it has {len(offsets)} offsets for {chunks} runs of samples", saio
            )
        if max(offsets, default=0) > file.source.size:
            findings.add(SAIO_OUTSIDE, f"{max(offsets)} is behind the end of the file", saio)
        if (
            tfhd is not None
            and not tfhd.has("base_data_offset")
            and not tfhd.flag("default_base_is_moof")
        ):
            findings.add(SAIO_BASE, "its tfhd has neither", saio)


def _check_encryption(
    file: CheckedFile,
    senc: Node,
    saiz: Node | None,
    samples: int,
    sizes: Sequence[Sequence[int]],
) -> None:
    """Check a `senc`; one whose rows cannot be told apart only for how many there are.

    Args:
        file: what is checked.
        senc: the box.
        saiz: the box beside it, if both are the only ones.
        samples, sizes: as of `check_auxiliary`.
    """
    count = int.from_bytes(senc.data("raw")[4:8]) if senc.is_raw else senc.count(_ROWS)
    if count not in (0, samples):
        file.findings.add(SENC_COUNT, f"it has {count} rows, there are {samples} samples", senc)
        return
    if senc.is_raw:
        return
    if senc.header.body.size == _SENC_HEAD:  # rows of no bytes, of which one is enough
        count = min(count, 1)
    if saiz is not None:
        told = _told(saiz, min(saiz.integer("sample_count"), count))
        lengths = map(_length, senc.each(_ROWS))
        for number, (one, other) in enumerate(zip(told, lengths, strict=False), 1):
            if one != other:
                file.findings.add(
                    SENC_SIZES,
                    f"that of sample {number} is {one}, its row has {other} bytes",
                    saiz,
                )
                break
    in_order = chain.from_iterable(sizes)
    rows = islice(senc.each(_ROWS), count)
    for number, (row, size) in enumerate(zip(rows, in_order, strict=False), 1):
        parts = row.rows("subsample_encryption_info")
        if not parts:
            continue
        total = sum(part.integer("clear_bytes") + part.integer("cipher_bytes") for part in parts)
        if total != size:
            file.findings.add(
                SENC_SUBSAMPLES,
                f"those of sample {number} have {total} bytes, the sample {size}",
                senc,
            )
            return


_ROWS = "sample_encryption_info"
_SENC_HEAD = 8
"""Bytes of version, flags and the number of rows."""


def _length(row: Node) -> int:
    """Bytes of a row of `senc`."""
    vector = len(row.data("iv"))
    if row.value("subsample_encryption_info") is None:
        return vector
    return vector + 2 + 6 * row.count("subsample_encryption_info")


def _told(saiz: Node, count: int) -> Iterator[int]:
    """The first sizes in a `saiz`."""
    default = saiz.integer("default_sample_info_size")
    if default:
        return iter([default] * count)
    return iter(saiz.integers("sample_info_sizes")[:count])
