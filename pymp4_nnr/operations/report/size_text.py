"""Numbers of bytes for people."""

from __future__ import annotations

_UNITS = ("KiB", "MiB", "GiB", "TiB")


def size_text(count: int) -> str:
    """A number of bytes with a unit: ``812 bytes``, ``60.0 KiB``."""
    if count < 1000:
        return f"{count} byte" if count == 1 else f"{count} bytes"
    power = next((power for power in (1, 2, 3) if count < 1000 * 1024**power), len(_UNITS))
    size = count / 1024**power
    return f"{size:.3g} {_UNITS[power - 1]}" if size < 100 else f"{size:,.0f} {_UNITS[power - 1]}"
