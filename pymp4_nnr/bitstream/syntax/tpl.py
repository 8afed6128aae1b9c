"""NNR_TPL, the topology, ISO/IEC 15938-17."""

from __future__ import annotations

from ..bits import rest, u
from ..context import Context
from ..enums import TopologyCompressionFormat, TopologyStorageFormat
from .base import Syntax
from .elements import topology_elements_ids_list


def header(s: Syntax, context: Context) -> int:
    """Header of an NNR_TPL; returns topology_storage_format, on which the payload depends."""
    storage = s("topology_storage_format", u(8))
    compression = s("topology_compression_format", u(8))
    # Noted here and not in the payload, so that there is no dict for a payload of bytes.
    if storage == TopologyStorageFormat.PRUN:
        s.opaque("the syntax of a pruning topology (PRUN) is not available")
    elif (
        storage == TopologyStorageFormat.REFLIST and compression != TopologyCompressionFormat.PT_RAW
    ):
        s.opaque("the syntax of a compressed reference list is not available")
    return storage


def payload(s: Syntax, context: Context, steering: int) -> None:
    """Payload of an NNR_TPL: a list of references, or a topology as bytes of its own format."""
    if steering == TopologyStorageFormat.REFLIST:
        topology_elements_ids_list(s, 0)
    else:
        s("topology_data", rest)
