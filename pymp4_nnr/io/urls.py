"""What is a URL, and not a path."""

from __future__ import annotations

import re
from typing import TypeGuard

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]+::)*[a-z][a-z0-9+.-]+://", re.ASCII | re.IGNORECASE)


def is_url(source: object) -> TypeGuard[str]:
    """Whether this is text that begins like a URL: ``https://``, or fsspec's ``zip::s3://``.

    A scheme has two letters at least: one letter is a drive of Windows.
    """
    return isinstance(source, str) and _URL.match(source) is not None
