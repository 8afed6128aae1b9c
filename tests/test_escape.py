"""Text from files is printed without steering the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.escape import one_line, printable, utf8
from tests.nnr.strategies import names


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("conv1.weight", "conv1.weight"),
        ("été 网络", "été 网络"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\x9b2J", r"\x9b2J"),  # a control sequence of 8 bits
        ("\u202eevil", r"\u202eevil"),  # from right to left
        ("\U000e0041", r"\U000e0041"),
        ("w\udcff", r"w\xff"),  # a byte that was not UTF-8
        ("w\ud800", r"w\ud800"),  # no byte
    ],
)
def test_what_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(names | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Ll"])))
def test_any_text_becomes_printable(text: str) -> None:
    utf8(text).encode()
    assert printable(text).isprintable()
    assert one_line(text).isprintable()


@given(names)
def test_names_become_utf8(name: str) -> None:
    utf8(name).encode()
    assert printable(name).isprintable()
    assert utf8(name) == name or any("\udc80" <= c <= "\udcff" for c in name)


def test_one_line() -> None:
    assert one_line(" two\n lines\x07 ") == r"two lines\x07"
