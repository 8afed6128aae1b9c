"""NNR_QNT, the quantization, ISO/IEC 15938-17.

Checked against the syntax table only: no encoder that is available writes this unit.
"""

from __future__ import annotations

from ..bits import rest, u
from ..context import Context
from .base import Syntax


def header(s: Syntax, context: Context) -> int:
    """Header of an NNR_QNT."""
    s("quantization_storage_format", u(8))
    s("quantization_compression_format", u(8))
    return 0


def payload(s: Syntax, context: Context, steering: int) -> None:
    """Payload of an NNR_QNT: bytes of its storage format."""
    s("quantization_data", rest)
