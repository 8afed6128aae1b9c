"""The index of tensors in the sample entry of a track."""

from __future__ import annotations

from collections.abc import Sequence

from ..bitstream.tensor_table import Columns, TensorTable
from ..boxes.node import Node
from ..errors import BitstreamError, SampleTableError


def fitting_table(stored: Node, sizes: Sequence[int]) -> TensorTable | None:
    """An index as it is stored; None where it is broken or made for other samples.

    Args:
        stored: `data` of its `uuid` box.
        sizes: of the samples, in bytes.
    """
    try:
        columns = Columns(
            stored.integer("sample_count"),
            stored.integer("sizes_crc"),
            stored.integer("form_count"),
            *map(stored.data, ("forms", "form_of_sample", "header_sizes", "shared", "suffixes")),
        )
        table = TensorTable(columns)
    except (BitstreamError, SampleTableError):
        return None
    return table if table.fits(sizes) else None
