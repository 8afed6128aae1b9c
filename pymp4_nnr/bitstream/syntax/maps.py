"""The performance maps of MPS and LPS, ISO/IEC 15938-17.

Checked against the syntax tables only: no encoder that is available writes them.

Each map is one list per element, with one item for each of its ``count - 1`` rows.
"""

from __future__ import annotations

from ..bits import flt32, u, ue
from .base import Syntax


def sparsification_performance_map(s: Syntax) -> None:
    """sparsification_performance_map()."""
    count = s("spm_count_thresholds", u(8), s.length("sparsification_threshold", 1))
    for _ in s.loop("sparsification_threshold", count - 1, 112):
        s("sparsification_threshold", flt32)
        s("non_zero_ratio", flt32)
        s("spm_nn_accuracy", flt32)
        classes = s("spm_count_classes", u(8), s.length("spm_nn_class_accuracy"))
        s("spm_class_bitmask", ue(7))
        s.array("spm_nn_class_accuracy", classes, flt32)


def pruning_performance_map(s: Syntax) -> None:
    """pruning_performance_map()."""
    count = s("ppm_count_pruning_ratios", u(8), s.length("pruning_ratio", 1))
    for _ in s.loop("pruning_ratio", count - 1, 80):
        s("pruning_ratio", flt32)
        s("ppm_nn_accuracy", flt32)
        classes = s("ppm_count_classes", u(8), s.length("ppm_nn_class_accuracy"))
        s("ppm_class_bitmask", ue(7))
        s.array("ppm_nn_class_accuracy", classes, flt32)


def unification_performance_map(s: Syntax) -> None:
    """unification_performance_map()."""
    count = s("upm_count_thresholds", u(8), s.length("unification_threshold", 1))
    for _ in s.loop("unification_threshold", count - 1, 99):
        dimensions = s(
            "count_reshaped_tensor_dimension", ue(1), s.length("reshaped_tensor_dimensions", 1)
        )
        s.array("reshaped_tensor_dimensions", dimensions - 1, ue(7))
        s.byte_alignment()
        dimensions = s("count_super_block_dimension", u(8), s.length("super_block_dimensions", 1))
        s.array("super_block_dimensions", dimensions - 1, u(8))
        dimensions = s("count_block_dimension", u(8), s.length("block_dimensions", 1))
        s.array("block_dimensions", dimensions - 1, u(8))
        s("unification_threshold", flt32)
        s("upm_nn_accuracy", flt32)
        classes = s("upm_count_classes", u(8), s.length("upm_nn_class_accuracy"))
        s("upm_class_bitmask", ue(7))
        s.array("upm_nn_class_accuracy", classes, flt32)


def decomposition_performance_map(s: Syntax) -> None:
    """decomposition_performance_map()."""
    count = s("dpm_count_thresholds", u(8), s.length("mse_threshold", 1))
    for _ in s.loop("mse_threshold", count - 1, 112):
        s("mse_threshold", flt32)
        s("dpm_nn_accuracy", flt32)
        s("nn_reduction_ratio", flt32)
        classes = s("dpm_count_classes", u(16), s.length("dpm_nn_class_accuracy"))
        s.array("dpm_nn_class_accuracy", classes, flt32)


def performance_maps(s: Syntax, sparsification: int, pruning: int, unification: int) -> None:
    """The maps that parameter sets of models and of layers share, each if its flag is 1."""
    if sparsification:
        sparsification_performance_map(s)
    if pruning:
        pruning_performance_map(s)
    if unification:
        unification_performance_map(s)
