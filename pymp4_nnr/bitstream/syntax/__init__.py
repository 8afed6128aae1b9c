"""The syntax tables of ISO/IEC 15938-17, each written down once for reading and for writing."""

from .base import Syntax, SyntaxReader, SyntaxWriter
from .nnr_unit import nnr_unit_header, nnr_unit_payload, nnr_unit_size

__all__ = [
    "Syntax",
    "SyntaxReader",
    "SyntaxWriter",
    "nnr_unit_header",
    "nnr_unit_payload",
    "nnr_unit_size",
]
