"""codebook(), ISO/IEC 15938-17."""

from __future__ import annotations

from ..bits import ie, u, ue
from .base import Syntax

MAX_VALUES = 1 << 16
"""Values of the largest codebook that is read: the codec writes at most some thousand."""


def codebook(s: Syntax, name: str) -> None:
    """The codebook `name`: ascending integers, coded outwards from the one at the zero offset.

    Its fields hold the values themselves in place of the coded differences.
    """
    with s.group(name):
        order = s("codebook_egk", u(4))
        size = s("codebook_size", ue(2), s.length("values"))
        zero = (size >> 1) + s("codebook_centre_offset", ie(2))
        if size > MAX_VALUES:
            s.stop(f"{s.path('codebook_size')}: {size} values, {MAX_VALUES} are read at most")
        if not 0 <= zero < size:
            s.stop(f"{s.path('codebook_centre_offset')}: {zero} is not an index of {size} values")
        s.cap("values", size - 1, ue(order).min_bits)
        s.open("values", size, prefilled=True)
        value = 0
        for _ in s.each([zero]):
            value = s("values", ie(7))
        s.ascending("values", range(zero - 1, -1, -1), order, value, -1)
        s.ascending("values", range(zero + 1, size), order, value, 1)
