"""NNR bitstreams (ISO/IEC 15938-17): units and bits. Knows nothing of boxes or files of boxes."""

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
from .parsed import ParsedUnit, Readable, encode_unit, parse, parse_unit, to_json
from .source import JoinedSource, Source, SourceLike, open_source, open_sources
from .splitter import plain_header, read_unit_header, split, walk
from .tensors import ElementNames, Part, PlacedUnit, TensorIndex, index_tensors
from .unit import NNRUnitType, Unit, unit_type_name

__all__ = [
    "CompressedParameterTypes",
    "Context",
    "DecompressedDataFormat",
    "ElementNames",
    "JoinedSource",
    "NNRUnitType",
    "ParentNodeIdType",
    "ParsedUnit",
    "Part",
    "PayloadType",
    "PlacedUnit",
    "QuantizationMethods",
    "Readable",
    "Source",
    "SourceLike",
    "TensorIndex",
    "TopologyCompressionFormat",
    "TopologyStorageFormat",
    "Unit",
    "encode_unit",
    "index_tensors",
    "open_source",
    "open_sources",
    "parse",
    "parse_unit",
    "plain_header",
    "read_unit_header",
    "split",
    "to_json",
    "unit_type_name",
    "value_name",
    "walk",
]
