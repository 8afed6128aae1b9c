"""NNR_AGG, the aggregate, ISO/IEC 15938-17: kept as bytes.

Checked against nothing: neither its syntax nor an encoder that writes it is available.
"""

from __future__ import annotations

from ..context import Context
from .base import Syntax


def header(s: Syntax, context: Context) -> None:
    """Header of an NNR_AGG after the part that all units share: not available."""
    s.opaque("the syntax of NNR_AGG is not available")
