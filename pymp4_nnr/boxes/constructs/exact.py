"""Which constructs are exact: building what they parsed gives the same bytes, whatever they are.

What is parsed by an exact construct need not be built to see whether anything was lost.
"""

from __future__ import annotations

import construct
from construct import (
    Bytes,
    BytesInteger,
    Const,
    Construct,
    Default,
    Embedded,
    FormatField,
    GreedyBytes,
    Pass,
    Renamed,
    Switch,
)


def is_exact(subcon: Construct) -> bool:
    """Whether a construct is known to be exact.

    Constructs of this package say so in an attribute `exact`. Of construct's own, those are known
    that keep what they read; 32-bit floating point numbers may lose the bits of a NaN.
    """
    told = getattr(subcon, "exact", None)
    if told is not None:
        return bool(told)
    kind = type(subcon)
    if kind is FormatField:
        return subcon.fmtstr[1] != "f"
    if kind in (Bytes, BytesInteger, type(GreedyBytes), type(Pass)):
        return True
    if kind in (Renamed, Embedded, Const):
        return is_exact(subcon.subcon)
    if kind is Default:
        # a field that may be None when parsed would be built with the default
        return not subcon.subcon.flagbuildnone and is_exact(subcon.subcon)
    if kind is construct.Struct:
        return all(map(is_exact, subcon.subcons))
    if kind is Switch:
        cases = [*subcon.cases.values(), subcon.default]
        return all(is_exact(case) for case in cases if case is not Switch.NoDefault)
    return False
