"""Numbers of bytes as people write them."""

from __future__ import annotations

import re

_FACTORS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_FACTORS |= {"ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40}


def parse_byte_size(text: str) -> int:
    """A number of bytes, such as ``1000000``, ``500 kB`` (500,000) or ``64MiB``.

    Raises:
        ValueError: the text is not such a number.
    """
    found = re.fullmatch(r"(\d+)(?: *([kmgt]i?)?b)?", text.strip().lower(), flags=re.ASCII)
    if found is None:
        raise ValueError(f"{text!r} is not a size such as 1000000, 64MiB or 4GiB")
    return int(found[1]) * _FACTORS[found[2] or ""]
