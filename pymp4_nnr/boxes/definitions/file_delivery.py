"""Files to be sent in packets: their partitions and repair symbols (ISO/IEC 14496-12, 8.13)."""

from __future__ import annotations

from construct import Default, Int8ub, Int16ub, Int32ub

from ..constructs.arrays import Counted
from ..constructs.full_box import FullBox, by_version
from ..constructs.integers import Integers
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..constructs.text import Text
from ..registry import BOX, CHILDREN, box, container_box

_COUNT = by_version(Int16ub, Int32ub)

# 8.13.2. `segr` and `gitn` follow the entries.
box(
    b"fiin",
    body=FullBox(
        "partition_entries" / Counted(Int16ub, BOX, minimum_size=8),
        "session_info" / Default(CHILDREN, []),
    ),
)
container_box(b"paen")

# 8.13.3.
box(
    b"fpar",
    body=FullBox(
        "item_ID" / by_version(Int16ub, Int32ub),
        "packet_payload_size" / Int16ub,
        "_reserved" / Default(Int8ub, 0),
        "FEC_encoding_ID" / Int8ub,
        "FEC_instance_ID" / Int16ub,
        "max_source_block_length" / Int16ub,
        "encoding_symbol_length" / Int16ub,
        "max_number_of_encoding_symbols" / Int16ub,
        "scheme_specific_info" / Default(Text(), ""),
        "entries" / Counted(_COUNT, Table(("block_count", "H"), ("block_size", "I"))),
        versions=(0, 1),
    ),
)

# 8.13.4 and 8.13.7.
box(
    b"fecr",
    b"fire",
    body=FullBox(
        "entries"
        / by_version(
            Counted(Int16ub, Table(("item_ID", "H"), ("symbol_count", "I"))),
            Counted(Int32ub, Table(("item_ID", "I"), ("symbol_count", "I"))),
        ),
        versions=(0, 1),
    ),
)

# 8.13.5 and 8.13.6.
box(
    b"segr",
    body=Struct(
        "session_groups"
        / Counted(
            Int16ub,
            Struct(
                "group_ID" / Counted(Int8ub, Integers()),
                "hint_track_ID" / Counted(Int16ub, Integers()),
            ),
            3,
        )
    ),
)
box(
    b"gitn",
    body=FullBox(
        "entries" / Counted(Int16ub, Struct("group_ID" / Int32ub, "group_name" / Text()), 5)
    ),
)
