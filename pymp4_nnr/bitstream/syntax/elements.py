"""topology_elements_ids_list(), ISO/IEC 15938-17."""

from __future__ import annotations

from ..bits import st, ue
from .base import Syntax


def topology_elements_ids_list(s: Syntax, indexed: int) -> None:
    """Names of at least two topology elements, or their indices in a reference list."""
    name = "topology_elem_id_index_list" if indexed else "topology_elem_id_list"
    count = s("count_topology_elements_minus2", ue(7), s.length(name, -2)) + 2
    if indexed:
        s.array(name, count, ue(7))
        s.byte_alignment()
    else:
        s.cap(name, count, st.min_bits)
        s.byte_alignment()
        s.array(name, count, st)
