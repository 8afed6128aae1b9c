"""Names found in the index of tensors without making all of them."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.bitstream.front_coding import common_size, find_front_coded
from pymp4_nnr.bitstream.ndu_description import Described, Description
from pymp4_nnr.bitstream.tensor_table import TensorTable, TensorTableWriter

NAMES = st.lists(
    st.one_of(
        st.text("ab.", max_size=6),
        st.text(string.ascii_letters + "ä€", min_size=1, max_size=4),
        st.integers(0, 3).map(lambda number: "long" * 80 + str(number)),
    ),
    min_size=1,
    max_size=30,
)


def coded(names: list[bytes]) -> tuple[bytes, bytes]:
    shared, suffixes, last = bytearray(), b"", b""
    for name in names:
        shared.append(common_size(last, name))
        suffixes += name[shared[-1] :] + b"\0"
        last = name
    return bytes(shared), suffixes


@given(NAMES, st.text("ab.", max_size=6))
def test_a_name_is_found_where_it_is(names: list[str], other: str) -> None:
    data = [name.encode() for name in names]
    for wanted in {*data, other.encode(), *(name[:-1] for name in data)}:
        expected = [place for place, name in enumerate(data) if name == wanted]
        assert find_front_coded(wanted, *coded(data)) == expected


def test_an_index_is_no_larger_than_what_it_describes() -> None:
    """But for a little, so that small bitstreams have one."""
    names = tuple(f"{'n' * 1000}{'ab'[number % 2]}{number}" for number in range(200))
    names = tuple(f"{number}{name}" for number, name in enumerate(names))
    writer = TensorTableWriter()
    described = Described(Description(1, None, 1, (5,), len(names)), 9, names)
    writer.add(described, 600)
    assert writer.is_too_large
    assert writer.columns([600]) is None
    writer = TensorTableWriter()
    writer.add(described, 200_000)
    assert writer.columns([200_000]) is not None


@given(st.lists(NAMES, min_size=1, max_size=8))
def test_the_first_search_gives_what_the_others_do(samples: list[list[str]]) -> None:
    writer = TensorTableWriter()
    for names in samples:
        names = [name or "-" for name in names]
        writer.add(Described(Description(1, None, 1, (5,), len(names)), 9, tuple(names)), 10)
    columns = writer.columns([10] * len(samples))
    assert columns is not None
    whole = TensorTable(columns)
    for name in [*whole.by_name, "none", "\ud800", "a\0b"]:
        table = TensorTable(columns)
        first = list(table.find(name))
        assert first == list(table.find(name)) == list(whole.by_name.get(name, ()))
