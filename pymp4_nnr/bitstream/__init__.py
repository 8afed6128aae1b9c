"""NNR bitstreams (ISO/IEC 15938-17): units and bits. Knows nothing of boxes or files of boxes."""

from .source import JoinedSource, Source, SourceLike, open_source, open_sources
from .splitter import read_unit_header, split, walk
from .unit import NNRUnitType, Unit, unit_type_name

__all__ = [
    "JoinedSource",
    "NNRUnitType",
    "Source",
    "SourceLike",
    "Unit",
    "open_source",
    "open_sources",
    "read_unit_header",
    "split",
    "unit_type_name",
    "walk",
]
