"""Rules about single fields of boxes: reserved ones, flags, languages, matrices, names."""

from __future__ import annotations

from collections.abc import Callable

from ...boxes.node import Node
from .checked_file import QUICKTIME, CheckedFile
from .rules import ISOBMFF, warning

RESERVED = warning(
    "reserved",
    ISOBMFF + "6.2.2",
    "Reserved and pre-defined fields have the value that the standard gives them.",
)
FLAGS = warning(
    "box-flags", ISOBMFF + "4.2", "A box has no flags but those that are defined for its type."
)
LANGUAGE = warning(
    "language", ISOBMFF + "8.4.2.3", "The language in `mdhd` is three lower-case letters."
)
MATRIX = warning(
    "matrix",
    ISOBMFF + "8.2.2.3, 8.3.2.3",
    "The right column (u, v, w) of the matrix in `mvhd` and `tkhd` is (0, 0, 1).",
)
HANDLER_NAME = warning(
    "handler-name", ISOBMFF + "8.4.3.3", "The name in `hdlr` is UTF-8, and ends with a zero byte."
)

_NO_FLAGS = (
    b"mvhd mdhd hdlr elng nmhd smhd hmhd sthd dref stsd stts ctts cslg stsc stsz stz2 stco co64 "
    b"stss stsh sdtp stdp padb sbgp mehd trex leva mfhd tfdt sidx ssix tfra mfro pitm iloc iinf "
    b"iref emsg"
).split()
_FLAGS = {
    **dict.fromkeys(_NO_FLAGS, 0),
    b"tkhd": 0x00000F,
    b"vmhd": 0x000001,
    b"elst": 0x000001,  # since edition 6: the edits are repeated
    b"prft": 0x00001F,  # since edition 6: what the time is of
}
"""The flags that are defined, of types whose flags are not fields of their own."""

_LABELS = (b"mdir", b"mdta")
"""Handlers of `meta` that Apple defines, for which the reserved fields of `hdlr` have a meaning."""

_ONE = 0x40000000
"""1 as a fixed-point number with 30 bits behind the point."""


def check_fields(file: CheckedFile, box: Node) -> None:
    """Check the fields of a box that has been parsed.

    Those of QuickTime files, where reserved fields have a meaning, are not checked.
    """
    if QUICKTIME in file.brands:
        return
    if not (box.type == b"hdlr" and box.data("handler_type") in _LABELS):
        names = box.reserved()
        if names:
            file.findings.add(RESERVED, f"not as usual: {', '.join(names)}", box)
    flags, known = box.value("flags"), _FLAGS.get(box.type)
    if isinstance(flags, int) and known is not None:
        if flags & ~known:
            file.findings.add(FLAGS, f"it has the flags {flags:#08x}", box)
        elif box.type == b"vmhd" and flags != known:
            file.findings.add(FLAGS, "flag 0x000001, which it always has, is not set", box)
    check = _CHECKS.get(box.type)
    if check is not None:
        check(file, box)


def _check_language(file: CheckedFile, mdhd: Node) -> None:
    language = str(mdhd.value("language") or "")
    if not all("a" <= letter <= "z" for letter in language):
        file.findings.add(LANGUAGE, f"it is {language!r}", mdhd)


def _check_matrix(file: CheckedFile, box: Node) -> None:
    numbers = list(box.integers("matrix"))
    if [numbers[2], numbers[5], numbers[8]] != [0, 0, _ONE]:
        shown = ", ".join(f"{numbers[at] / _ONE:g}" for at in (2, 5, 8))
        file.findings.add(MATRIX, f"it is ({shown})", box)


def _check_name(file: CheckedFile, hdlr: Node) -> None:
    name = hdlr.value("name")
    if not isinstance(name, bytes):
        return
    if b"\0" not in name:
        file.findings.add(HANDLER_NAME, "no zero byte ends it", hdlr)
    elif "\N{REPLACEMENT CHARACTER}" in name.decode(errors="replace"):
        file.findings.add(HANDLER_NAME, "it is not UTF-8", hdlr)


_CHECKS: dict[bytes, Callable[[CheckedFile, Node], None]] = {
    b"mdhd": _check_language,
    b"mvhd": _check_matrix,
    b"tkhd": _check_matrix,
    b"hdlr": _check_name,
}
