"""NNR bitstreams (ISO/IEC 15938-17): units and bits. Knows nothing of boxes or files of boxes."""

from .codec import encode_unit, parse, parse_unit
from .context import Context
from .enums import (
    CompressedParameterTypes,
    DecompressedDataFormat,
    ParentNodeIdType,
    PayloadType,
    QuantizationMethods,
    TopologyCompressionFormat,
    TopologyStorageFormat,
    value_name,
)
from .parsed_unit import ParsedUnit, Readable
from .part import Part, PlacedUnit
from .splitter import split, walk
from .tensor_index import ElementNames, TensorIndex, index_tensors
from .unit import NNRUnitType, Unit, unit_type_name
from .unit_header import read_unit_header

__all__ = [
    "CompressedParameterTypes",
    "Context",
    "DecompressedDataFormat",
    "ElementNames",
    "NNRUnitType",
    "ParentNodeIdType",
    "ParsedUnit",
    "Part",
    "PayloadType",
    "PlacedUnit",
    "QuantizationMethods",
    "Readable",
    "TensorIndex",
    "TopologyCompressionFormat",
    "TopologyStorageFormat",
    "Unit",
    "encode_unit",
    "index_tensors",
    "parse",
    "parse_unit",
    "read_unit_header",
    "split",
    "unit_type_name",
    "value_name",
    "walk",
]
