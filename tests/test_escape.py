"""Text from files is printed without steering the terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.escape import hide_secrets, json_text, one_line, printable, utf8
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


@given(names | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl", "Ll", "Zs", "Co"])))
def test_json_is_printable_and_means_the_same(text: str) -> None:
    escaped = json_text(json.dumps([text], ensure_ascii=False))
    assert escaped.isprintable()
    assert json.loads(escaped) == [text]


def test_json_with_marks_of_direction() -> None:
    assert json_text('"a\u202e\x9b\x7f\U000e0041é"') == r'"a\u202e\u009b\u007f\udb40\udc41é"'


@given(names)
def test_names_become_utf8(name: str) -> None:
    utf8(name).encode()
    assert printable(name).isprintable()
    assert utf8(name) == name or any("\udc80" <= c <= "\udcff" for c in name)


def test_one_line() -> None:
    assert one_line(" two\n lines\x07 ") == r"two lines\x07"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://host/a b.mp4", "https://host/a b.mp4"),
        ("https://me:pw@host:8/a.mp4?sig=1&x=2: gone", "https://***@host:8/a.mp4?...: gone"),
        ("https://me@pw:x@host/a@b.mp4", "https://***@host/a@b.mp4"),
        ("'https://host/a?sig=1', no", "'https://host/a?...', no"),
        ("https://host?sig=1#part", "https://host?..."),
        ("zip://a.mp4::https://me:pw@host/b.zip?c", "zip://a.mp4::https://***@host/b.zip?..."),
        ("S3://key:secret@bucket/x and http://a/b?c", "S3://***@bucket/x and http://a/b?..."),
        ("http://u:p@[::1]:8/a?sig=1", "http://***@[::1]:8/a?..."),
        ("no URL? at all: me@host", "no URL? at all: me@host"),
    ],
)
def test_secrets_of_urls_are_hidden(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown
    assert hide_secrets(shown) == shown
