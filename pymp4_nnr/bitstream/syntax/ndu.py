"""NNR_NDU, the compressed data, ISO/IEC 15938-17: nnr_compressed_data_unit_header().

What follows the header is arithmetic-coded data (or raw floats), which is not decoded.
"""

from __future__ import annotations

from ..bits import st, u, ue
from ..context import Context
from ..enums import CompressedParameterTypes, ParentNodeIdType, PayloadType
from .base import Syntax
from .codebook import codebook
from .common import edition2, known
from .elements import topology_elements_ids_list
from .entry_points import cabac_entry_points


def header(s: Syntax, context: Context) -> None:
    """nnr_compressed_data_unit_header()."""
    payload_type = s("nnr_compressed_data_unit_payload_type", u(5))
    multiple = s(
        "nnr_multiple_topology_elements_present_flag",
        u(1),
        s.has("topology_elem_id_list", "topology_elem_id_index_list"),
    )
    data_format = s(
        "nnr_decompressed_data_format_present_flag", u(1), s.has("nnr_decompressed_data_format")
    )
    parameters = s(
        "input_parameters_present_flag",
        u(1),
        s.has("compressed_parameter_types", "tensor_dimensions", "cabac_unary_length_minus1"),
    )
    indexed = known(
        s, "mps_topology_indexed_reference_flag", context.mps_topology_indexed_reference_flag
    )
    if multiple:
        topology_elements_ids_list(s, indexed)
    elif indexed:
        s("topology_elem_id_index", ue(7))
    else:
        s("topology_elem_id", st)
    second = edition2(s, context)
    if second:
        _node_ids(s, context)

    if payload_type > PayloadType.PT_BLOCK:
        s.unknown(f"nnr_compressed_data_unit_payload_type {payload_type} is reserved")
    block = payload_type == PayloadType.PT_BLOCK
    has_codebook = 0
    dq_flag = 0
    if payload_type == PayloadType.PT_FLOAT or block:
        has_codebook = s("codebook_present_flag", u(1), s.has("codebook"))
        if has_codebook:
            codebook(s, "codebook")
    if payload_type != PayloadType.PT_RAW_FLOAT:
        dq_flag = s("dq_flag", u(1))
    if data_format:
        s("nnr_decompressed_data_format", u(7))

    if not parameters:
        s.unknown("the input parameters are sent out of band: tensor dimensions are not known")
    with_dimensions = s("tensor_dimensions_flag", u(1), s.has("tensor_dimensions"))
    unary_length = s("cabac_unary_length_flag", u(1), s.has("cabac_unary_length_minus1"))
    decomposed = s("compressed_parameter_types", u(4)) & CompressedParameterTypes.DC
    rank = g_rows = 0
    if decomposed:
        rank = s("decomposition_rank", ue(3))
        g_rows = s("g_number_of_rows", ue(3))
    dimensions: list[int] = []
    if with_dimensions:
        count = s("count_tensor_dimensions", ue(1), s.length("tensor_dimensions"))
        dimensions = s.array("tensor_dimensions", count, ue(7))
    if multiple and not block:
        s.unknown("the syntax of topology_tensor_dimension_mapping() is not available")
    if unary_length:
        s("cabac_unary_length_minus1", u(8))
    if block and decomposed and has_codebook:
        codebook(s, "codebook_dc")
    if not with_dimensions:
        s.unknown("the tensor dimensions are sent out of band")
    if len(dimensions) > 1:
        if second:
            s("first_tensor_dimension_shift", ue(1))
        scan_order = s("scan_order", u(4))
        if scan_order > 0:
            if decomposed and not block:
                s.unknown("cannot tell which factor of the decomposed tensor this is")
            # A block that is decomposed has both factors: g_rows x rank and rank x the rest.
            rows = [g_rows, rank] if decomposed else dimensions[:1]
            cabac_entry_points(s, scan_order, rows, dq_flag)
    s.byte_alignment()


def _node_ids(s: Syntax, context: Context) -> None:
    """Edition 2: which node of a tree of updates this is, and which node it updates."""
    node_id = s("node_id_present_flag", u(1), s.has("device_id"))
    if node_id:
        s("device_id", ue(1))
        _parameter_id(s)
    if not known(
        s, "mps_parent_signalling_enabled_flag", context.mps_parent_signalling_enabled_flag
    ):
        return
    if s("parent_node_id_present_flag", u(1), s.has("parent_node_id_type")):
        kind = s("parent_node_id_type", u(2))
        s("temporal_context_modeling_flag", u(1))
        if kind == ParentNodeIdType.ICNN_NDU_ID:
            s("parent_device_id", ue(1))
            if not node_id:
                _parameter_id(s)
        elif kind == ParentNodeIdType.NDU_PAYLOAD_SHA256:
            s("parent_node_payload_sha256", u(256))
        elif kind == ParentNodeIdType.NDU_PAYLOAD_SHA512:
            s("parent_node_payload_sha512", u(512))
        else:
            s.unknown(f"parent_node_id_type {kind} is reserved")


def _parameter_id(s: Syntax) -> None:
    s("parameter_id", ue(5))
    s("put_node_depth", ue(4))
