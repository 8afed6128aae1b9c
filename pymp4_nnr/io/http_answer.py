"""Answers of web servers: their bodies and headers, and why there is none."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, NamedTuple

from ..errors import RemoteError, ServerAnswerError, ServerUnavailableError, UrlError

if TYPE_CHECKING:
    from aiohttp import ClientResponse

SILENCE_SECONDS = 30.0
"""How long it may send nothing within one."""

GATHERING_SECONDS = 0.1
"""How long bytes that arrive are gathered."""

PORTION_SECONDS = 300.0
"""How long a portion of `STREAM_PORTION` bytes, or what is left, may take."""


class Answer(NamedTuple):
    """What a server has answered so far.

    Attributes:
        response: its status and headers, and the rest of its body.
        begun: the first bytes of a part that was asked for. They are read at once, because bytes
            that have arrived are lost if the connection breaks before they are read.
        fault: why the body broke off there, or None.
    """

    response: ClientResponse
    begun: bytes = b""
    fault: str | None = None


async def read_body(response: ClientResponse, size: int) -> tuple[bytes, str | None]:
    """Bytes of a body as they arrive: up to `size`, none at its end; and why it broke off, or None.

    They are gathered for `GATHERING_SECONDS`, since handing them on takes time, too.
    """
    from aiohttp import ClientError

    parts: list[bytes] = []
    left = size
    end = time.monotonic() + GATHERING_SECONDS
    try:
        while left > 0 and (not parts or time.monotonic() < end):
            async with asyncio.timeout(SILENCE_SECONDS):
                data = await response.content.read(left)
            if not data:
                break
            parts.append(data)
            left -= len(data)
    except TimeoutError:
        return b"".join(parts), "sends nothing any more"
    except (ClientError, OSError):
        return b"".join(parts), "closes the connection before all has been sent"
    return b"".join(parts), None


def is_compressed(response: ClientResponse) -> bool:
    return response.headers.get("Content-Encoding", "identity").lower() != "identity"


def version_of(response: ClientResponse) -> str | None:
    tag = response.headers.get("ETag")
    return tag.removeprefix("W/") if tag else response.headers.get("Last-Modified")


def status_of(response: ClientResponse) -> str:
    return f"{response.status} {response.reason or ''}".strip()


def fault_of(error: Exception) -> tuple[type[RemoteError], str]:
    """What is wrong, without what may hold the URL, and the class of the error."""
    from aiohttp import (
        ClientConnectorCertificateError,
        ClientConnectorError,
        ClientResponseError,
        InvalidURL,
        TooManyRedirects,
    )

    if isinstance(error, ClientConnectorCertificateError):
        return (
            ServerUnavailableError,
            f"the certificate of the server is not valid: {error.certificate_error}",
        )
    if isinstance(error, ClientConnectorError):
        cause = error.os_error.strerror or error.os_error
        return ServerUnavailableError, f"cannot connect to {error.host}: {cause}"
    if isinstance(error, TooManyRedirects):
        return ServerAnswerError, "the server redirects too often"
    if isinstance(error, (InvalidURL, ValueError)):
        return UrlError, "this is not a URL, or the server redirects to what is none"
    if isinstance(error, ClientResponseError):
        return ServerAnswerError, "what the server answers is not HTTP"
    return ServerUnavailableError, f"the server cannot be asked: {type(error).__name__}"
