"""The CABAC entry points of an NNR_NDU header, ISO/IEC 15938-17."""

from __future__ import annotations

from collections.abc import Sequence

from ..bits import ie, relative, u, ue
from .base import Syntax


def cabac_entry_points(s: Syntax, scan_order: int, rows: Sequence[int], dq_flag: int) -> None:
    """Where the decoding of each row of blocks but a matrix's first can begin.

    Args:
        s: the syntax.
        scan_order: above 0; blocks have ``4 << scan_order`` rows.
        rows: rows of each matrix: of the one tensor, or of the two of a decomposed one.
        dq_flag: whether each entry point has a state of the dependent quantizer.

    Bit offsets in the fields are absolute; all but the first are coded as differences.
    """
    block = 4 << scan_order
    count = sum(max(-(-height // block) - 1, 0) for height in rows)
    offset = 0
    smallest = u(8).min_bits + ie(7).min_bits
    for index in s.groups("cabac_entry_points", count, smallest):
        s("value", u(8))
        if dq_flag:
            s("dq_state", u(3))
        offset = s("bit_offset", relative(ie(7), offset) if index else ue(11))
