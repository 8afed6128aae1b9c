"""Text from files, made safe to print.

Names in files may hold control characters, which would steer a terminal, and bytes that are not
UTF-8, which no encoder takes (they are lone surrogates here: ``surrogateescape``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_LINE = 4000
"""Characters of the line of an error; of a longer one, the middle is left out."""

_URL = re.compile(
    r"(?<![a-z0-9+.-])(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<user>[^\s/?#]*@)?"
    r"(?P<place>(?:(?!::[a-z][a-z0-9+.-]*:)[^\s?#'\"<>])*)"
    r"(?P<query>\?[^\s'\"<>]*?(?=[:,;]?(?:[\s'\"<>]|$)))?",
    re.ASCII | re.IGNORECASE,
)


def printable(text: str) -> str:
    """Text with whatever is not printable escaped, as in ``\\x1b``, ``\\n`` and ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in utf8(text)
    )


def json_text(text: str) -> str:
    """A JSON text that means the same, with whatever is not printable escaped as JSON does it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _json_escape(c) for c in text)


def _json_escape(character: str) -> str:
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at : at + 2].hex()}" for at in range(0, len(data), 2))


def one_line(text: str) -> str:
    """Text as `printable`, in one line: every run of white space becomes one space."""
    return printable(" ".join(text.split()))


def utf8(text: str) -> str:
    """Text that UTF-8 can encode: bytes that were not UTF-8 are escaped, as in ``\\xff``."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # lone surrogates that stand for no byte
        data = text.encode("utf-8", "backslashreplace")
    return data.decode("utf-8", "backslashreplace")


def shortened(text: str, longest: int = LONGEST_LINE) -> str:
    """Text with its middle left out where it has more characters than `longest`, about."""
    left = len(text) - longest
    if left <= 0:
        return text
    start = longest * 3 // 4
    return f"{text[:start]} ... ({left} characters) ... {text[start + left :]}"


def few(texts: Iterable[str], most: int = 8) -> str:
    """The first of some texts, each shortened, and the number of the others; or "none"."""
    every = list(texts)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(shortened(text, 200) for text in every[:most]) + more or "none"


def hide_secrets(text: str) -> str:
    """Text with the secrets of the URLs in it hidden: user names, passwords, and queries.

    Signed URLs carry what gives access in their query.
    """

    def hidden(found: re.Match[str]) -> str:
        user = "***@" if found["user"] else ""
        return f"{found['scheme']}{user}{found['place']}{'?...' if found['query'] else ''}"

    return _URL.sub(hidden, text) if "://" in text else text
