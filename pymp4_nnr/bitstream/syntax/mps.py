"""NNR_MPS, the model parameter set, ISO/IEC 15938-17."""

from __future__ import annotations

from ..bits import flt32, i, st, u
from ..context import Context
from ..enums import QuantizationMethods
from . import maps
from .base import Syntax
from .common import edition2

_QUANTIZED = QuantizationMethods.QSU | QuantizationMethods.QCB


def header(s: Syntax, context: Context) -> int:
    """Header of an NNR_MPS: nothing."""
    return 0


def payload(s: Syntax, context: Context, steering: int) -> None:
    """Payload of an NNR_MPS."""
    s("topology_carriage_flag", u(1))
    sparsification = s("mps_sparsification_flag", u(1), s.has("sparsification_threshold"))
    pruning = s("mps_pruning_flag", u(1), s.has("pruning_ratio"))
    unification = s("mps_unification_flag", u(1), s.has("unification_threshold"))
    decomposition = s("mps_decomposition_performance_map_flag", u(1), s.has("mse_threshold"))
    methods = s("mps_quantization_method_flags", u(3))
    s("mps_topology_indexed_reference_flag", u(1))
    performance = 0
    if edition2(s, context):
        model = s("base_model_id_present_flag", u(1), s.has("base_model_id"))
        performance = s(
            "validation_set_performance_present_flag", u(1), s.has("validation_set_performance")
        )
        metric = s("metric_type_performance_map_valid_flag", u(1))
        if s("mps_parent_signalling_enabled_flag", u(1)):
            s("nnr_pre_flag", u(1))
        else:
            s.reserved("nnr_reserved_zero_1bit", 1)
        s.reserved("nnr_reserved_zero_2bits", 2)
        if model:
            s("base_model_id", st)
        if performance or metric:
            s("performance_metric_type", st)
    else:
        s.reserved("nnr_reserved_zero_7bits", 7)
    if methods & _QUANTIZED:
        s("mps_qp_density", u(3))
        s("mps_quantization_parameter", i(13))
    maps.performance_maps(s, sparsification, pruning, unification)
    if decomposition:
        maps.decomposition_performance_map(s)
    if performance:
        s("validation_set_performance", flt32)
    s.byte_alignment()
