"""Neural networks compressed by MPEG NNC (ISO/IEC 15938-17) in MP4 files (ISO/IEC 14496-12).

A plugin to pymp4. Importing this package registers nothing and imports little: every name below
is loaded when it is first used.

- `split`: an NNR bitstream into its units.
- `parse`, `parse_unit`, `encode_unit`: the syntax elements of units, read and written, in the
  `Context` of the units before them. `PayloadType` and the other enumerations give values names.
- `mux`, `demux`, `verify`: a bitstream into an MP4 file, back again, and compared.
- `FragmentWriter`: a file of movie fragments written unit by unit, without an end in sight.
- `append`: the next round of training added to a file.
- `check`: whether a file follows the rules of its format; a `Report` of `Finding`s.
- `remove`: a track taken out again.
- `open`: a file opened for reading: a `NetworkFile`, with its networks, where their tensors lie,
  their samples and units; some of them are written by `Network.extract`.
- `stream`, `stream_async`: the units of a file as it arrives, from a pipe or a server.
- `encode`, `decode`: tensors into a bitstream or MP4 file, and back; with the extra ``codec``.
- `report`: a page that shows what is in a file; with the extra ``report``.
- `register`, `unregister`: pymp4's own `Box` made to know NNR tracks.
- `NNRError`: the root of all errors; the others are in `pymp4_nnr.errors`.
"""

from __future__ import annotations

TYPE_CHECKING = False  # without `typing`: nothing is imported before it is needed
if TYPE_CHECKING:
    from typing import Any

    from .bitstream.codec import encode_unit, parse, parse_unit
    from .bitstream.context import Context
    from .bitstream.enums import (
        CompressedParameterTypes,
        DecompressedDataFormat,
        ParentNodeIdType,
        PayloadType,
        QuantizationMethods,
        TopologyCompressionFormat,
        TopologyStorageFormat,
    )
    from .bitstream.parsed_unit import ParsedUnit
    from .bitstream.part import Part
    from .bitstream.part_table import Parts
    from .bitstream.splitter import split
    from .bitstream.unit import NNRUnitType, Unit, unit_type_name
    from .errors import NNRError
    from .io.ranges import ByteRange
    from .movie.items import NNRItem
    from .movie.rounds import Round
    from .operations.append import Appended, append
    from .operations.check import Finding, Report, check
    from .operations.decode import decode
    from .operations.demux import demux
    from .operations.encode import EncoderOptions, encode
    from .operations.extract import Extracted
    from .operations.fragment_writer import FragmentWriter
    from .operations.mux import mux
    from .operations.reader import Network, NetworkFile, Networks, TrackInfo, open
    from .operations.remove import remove
    from .operations.report.page import report
    from .operations.sample_list import Sample, Samples
    from .operations.segments import mux_segments
    from .operations.stream import stream, stream_async
    from .operations.tensor_mapping import Tensor, Tensors
    from .operations.verify import Difference, verify
    from .plugin.registration import register, unregister

__version__ = "0.1.0"

__all__ = [
    "Appended",
    "ByteRange",
    "CompressedParameterTypes",
    "Context",
    "DecompressedDataFormat",
    "Difference",
    "EncoderOptions",
    "Extracted",
    "Finding",
    "FragmentWriter",
    "NNRError",
    "NNRItem",
    "NNRUnitType",
    "Network",
    "NetworkFile",
    "Networks",
    "ParentNodeIdType",
    "ParsedUnit",
    "Part",
    "Parts",
    "PayloadType",
    "QuantizationMethods",
    "Report",
    "Round",
    "Sample",
    "Samples",
    "Tensor",
    "Tensors",
    "TopologyCompressionFormat",
    "TopologyStorageFormat",
    "TrackInfo",
    "Unit",
    "__version__",
    "append",
    "check",
    "decode",
    "demux",
    "encode",
    "encode_unit",
    "mux",
    "mux_segments",
    "open",
    "parse",
    "parse_unit",
    "register",
    "remove",
    "report",
    "split",
    "stream",
    "stream_async",
    "unit_type_name",
    "unregister",
    "verify",
]

_HOME = {
    "CompressedParameterTypes": "bitstream.enums",
    "Context": "bitstream.context",
    "DecompressedDataFormat": "bitstream.enums",
    "ParentNodeIdType": "bitstream.enums",
    "ParsedUnit": "bitstream.parsed_unit",
    "PayloadType": "bitstream.enums",
    "QuantizationMethods": "bitstream.enums",
    "TopologyCompressionFormat": "bitstream.enums",
    "TopologyStorageFormat": "bitstream.enums",
    "encode_unit": "bitstream.codec",
    "parse": "bitstream.codec",
    "parse_unit": "bitstream.codec",
    "unit_type_name": "bitstream.unit",
    "NNRError": "errors",
    "NNRUnitType": "bitstream.unit",
    "Part": "bitstream.part",
    "Parts": "bitstream.part_table",
    "Unit": "bitstream.unit",
    "split": "bitstream.splitter",
    "register": "plugin.registration",
    "unregister": "plugin.registration",
    "Difference": "operations.verify",
    "EncoderOptions": "operations.encode",
    "FragmentWriter": "operations.fragment_writer",
    "Extracted": "operations.extract",
    "Appended": "operations.append",
    "append": "operations.append",
    "Finding": "operations.check",
    "Report": "operations.check",
    "check": "operations.check",
    "decode": "operations.decode",
    "demux": "operations.demux",
    "encode": "operations.encode",
    "mux": "operations.mux",
    "mux_segments": "operations.segments",
    "NetworkFile": "operations.reader",
    "open": "operations.reader",
    "remove": "operations.remove",
    "report": "operations.report.page",
    "verify": "operations.verify",
    "ByteRange": "io.ranges",
    "NNRItem": "movie.items",
    "Round": "movie.rounds",
    "Network": "operations.reader",
    "Networks": "operations.reader",
    "TrackInfo": "operations.reader",
    "Sample": "operations.sample_list",
    "Samples": "operations.sample_list",
    "Tensor": "operations.tensor_mapping",
    "Tensors": "operations.tensor_mapping",
    "stream": "operations.stream",
    "stream_async": "operations.stream",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name == "errors":
        return importlib.import_module(".errors", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
