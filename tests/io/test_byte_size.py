"""Numbers of bytes as people write them."""

from __future__ import annotations

import pytest

from pymp4_nnr.io.byte_size import parse_byte_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("0", 0), ("1000000", 1_000_000), ("12B", 12), (" 12 b ", 12)),
        *(("500 kB", 500_000), ("4MB", 4_000_000), ("3gb", 3_000_000_000), ("1TB", 10**12)),
        *(("1KiB", 1024), ("64MiB", 64 << 20), ("4 gib", 4 << 30), ("2TiB", 2 << 40)),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_byte_size(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "4M", "4 apples", "-1", "1.5MiB", "4MiB5", "٤"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_byte_size(text)
