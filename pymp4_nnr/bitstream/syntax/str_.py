"""NNR_STR, the start unit, ISO/IEC 15938-17."""

from __future__ import annotations

from ..bits import u
from ..context import Context
from .base import Syntax


def header(s: Syntax, context: Context) -> int:
    """Header of an NNR_STR."""
    s("general_profile_idc", u(8))
    return 0


def payload(s: Syntax, context: Context, steering: int) -> None:
    """Payload of an NNR_STR: nothing."""
