"""The index of tensors in the sample entry `nnr1`: a `uuid` box of this project's.

class NNRTensorIndexBox extends FullBox('uuid', version = 0, flags = 0) {
   unsigned int(32) sample_count;
   unsigned int(32) sizes_crc;
   unsigned int(32) form_count;
   unsigned int(32) size;  unsigned int(8) forms[size];
   unsigned int(32) size;  unsigned int(8) form_of_sample[size];
   unsigned int(32) size;  unsigned int(8) header_sizes[size];
   unsigned int(32) name_count;  unsigned int(8) shared[name_count];
   unsigned int(8) suffixes[];      // to the end of the box
}

The columns are kept as they are stored; `bitstream.tensor_table` reads and writes them.
"""

from __future__ import annotations

from uuid import UUID

from construct import GreedyBytes, Int32ub

from ..constructs.byte_fields import SizedBytes
from ..constructs.full_box import FullBox
from ..definition import Definition

TENSOR_INDEX = UUID("b43dd563-f95b-47f5-81fe-08cddc674d09")
"""The extended type."""

TENSOR_INDEX_BODY = Definition(
    FullBox(
        "sample_count" / Int32ub,
        "sizes_crc" / Int32ub,
        "form_count" / Int32ub,
        "forms" / SizedBytes(Int32ub),
        "form_of_sample" / SizedBytes(Int32ub),
        "header_sizes" / SizedBytes(Int32ub),
        "shared" / SizedBytes(Int32ub),
        "suffixes" / GreedyBytes,
    )
)
"""What follows it."""
