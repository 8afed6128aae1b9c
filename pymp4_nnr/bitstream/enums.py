"""Enumerations of ISO/IEC 15938-17. Fields hold plain integers; these give them names."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class PayloadType(IntEnum):
    """`nnr_compressed_data_unit_payload_type`."""

    PT_INT = 0
    PT_FLOAT = 1
    PT_RAW_FLOAT = 2
    PT_BLOCK = 3


class TopologyStorageFormat(IntEnum):
    """`topology_storage_format`."""

    UNREC = 0
    NNEF = 1
    ONNX = 2
    PYT = 3
    TEF = 4
    PRUN = 5
    REFLIST = 6


class TopologyCompressionFormat(IntEnum):
    """`topology_compression_format`."""

    PT_RAW = 0
    DFL = 1


class DecompressedDataFormat(IntEnum):
    """`nnr_decompressed_data_format`."""

    TENSOR_INT32 = 0
    TENSOR_FLOAT32 = 1
    TENSOR_INT2 = 2
    TENSOR_INT3 = 3
    TENSOR_INT4 = 4
    TENSOR_INT8 = 5
    TENSOR_INT16 = 6
    TENSOR_INT64 = 7
    TENSOR_FLOAT16 = 8
    TENSOR_FLOAT64 = 9


class ParentNodeIdType(IntEnum):
    """`parent_node_id_type`."""

    ICNN_NDU_ID = 0
    NDU_PAYLOAD_SHA256 = 1
    NDU_PAYLOAD_SHA512 = 2


class CompressedParameterTypes(IntFlag):
    """Bits of `compressed_parameter_types`."""

    DC = 1
    LS = 2
    BN = 4
    BI = 8


class QuantizationMethods(IntFlag):
    """Bits of `mps_quantization_method_flags` and `lps_quantization_method_flags`."""

    QSU = 1
    QCB = 2


def value_name(enumeration: type[IntEnum], value: int) -> str:
    """Name of a value, such as ``PT_FLOAT``; the number as text where the value is reserved."""
    try:
        return enumeration(value).name
    except ValueError:
        return str(value)
