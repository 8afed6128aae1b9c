"""NNR_LPS, the layer parameter set, ISO/IEC 15938-17.

Checked against the syntax table only: no encoder that is available writes this unit.
"""

from __future__ import annotations

from ..bits import i, u
from ..context import Context
from ..enums import QuantizationMethods
from . import maps
from .base import Syntax

_QUANTIZED = QuantizationMethods.QSU | QuantizationMethods.QCB


def header(s: Syntax, context: Context) -> int:
    """Header of an NNR_LPS."""
    s("lps_self_contained_flag", u(1))
    s.reserved("nnr_reserved_zero_7bits", 7)
    return 0


def payload(s: Syntax, context: Context, steering: int) -> None:
    """Payload of an NNR_LPS."""
    s.reserved("nnr_reserved_zero_1_bits", 1)
    sparsification = s("lps_sparsification_flag", u(1), s.has("sparsification_threshold"))
    pruning = s("lps_pruning_flag", u(1), s.has("pruning_ratio"))
    unification = s("lps_unification_flag", u(1), s.has("unification_threshold"))
    methods = s("lps_quantization_method_flags", u(3))
    s.reserved("nnr_reserved_zero_1bit", 1)
    if methods & _QUANTIZED:
        s("lps_qp_density", u(3))
        s("lps_quantization_parameter", i(13))
    maps.performance_maps(s, sparsification, pruning, unification)
    s.byte_alignment()
