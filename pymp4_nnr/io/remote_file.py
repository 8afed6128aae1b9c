"""Files on servers: what is read of them, and opening them by fsspec (extra ``remote``)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from ..errors import (
    ExtraMissingError,
    RemoteChangedError,
    RemoteError,
    ServerAnswerError,
    ServerUnavailableError,
    UrlError,
)
from ..escape import hide_secrets, one_line

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

FIRST_READ = 60 << 10
"""Bytes from the start of a file that are read when it is opened."""

SEGMENT_FIRST_READ = 8 << 10
"""The same of a media segment in a list: its first boxes."""

_PORTION = 16 << 20
"""Bytes that are asked for at once where the library keeps them all in memory."""

_VERSION = (
    *("size", "ETag", "etag", "VersionId", "generation", "md5Hash", "mtime"),
    *("LastModified", "last_modified", "modified", "updated", "created"),
)
"""What libraries say of a file that is different when it is another one."""

_LONGEST_REASON = 200


class RemoteFile(Protocol):
    """A file on a server, which is read by ranges.

    Attributes:
        name: its URL, without secrets.
        size: in bytes.
        head: its first bytes, or all of them.
    """

    name: str
    size: int
    head: bytes

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        """Yield the bytes of a range that lies in the file, by one request if nothing goes wrong.

        Raises:
            RemoteError: the server does not give them.
            OSError: it does not give them any more: the file is gone, or may not be read.
        """


class FilesystemFile:
    """A file of any of fsspec's file systems; after each read it is asked if the file is the same.

    Raises:
        RemoteError, OSError: it cannot be read.
    """

    def __init__(
        self, filesystem: AbstractFileSystem, path: str, name: str, first_read: int = FIRST_READ
    ) -> None:
        self.name = name
        self._filesystem = filesystem
        self._path = path
        self._version = self._info()
        size = self._version["size"]
        if not isinstance(size, int) or size < 0:
            raise remote_error(name, "the server does not say how large it is", ServerAnswerError)
        self.size = size
        self.head = b"".join(self.stream(0, min(first_read, size)))

    def _info(self) -> dict[str, object]:
        info = self._call("info")
        if not isinstance(info, dict):
            raise remote_error(self.name, "the server says nothing about it", ServerAnswerError)
        if info.get("type", "file") != "file":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), self.name)
        return {key: info[key] for key in _VERSION if key in info} | {"size": info.get("size")}

    def _call(self, method: str, **arguments: int) -> object:
        """Call a method of the file system; its errors are those of a `RemoteFile`."""
        try:
            found: object = getattr(self._filesystem, method)(self._path, **arguments)
            return found
        except FileNotFoundError as error:
            raise not_found(self.name) from error
        except PermissionError as error:
            raise not_permitted(self.name) from error
        except Exception as error:  # of whatever library speaks to the server
            reason = f"{type(error).__name__}: {error}"
            raise remote_error(self.name, reason, ServerUnavailableError) from error

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        """See `RemoteFile`."""
        for start in range(offset, offset + size, _PORTION):
            end = min(start + _PORTION, offset + size)
            data = self._call("cat_file", start=start, end=end)
            if self._info() != self._version:
                raise changed(self.name)
            if not isinstance(data, bytes) or len(data) != end - start:
                reason = "the server gives another number of bytes than it was asked for"
                raise remote_error(self.name, reason, ServerAnswerError)
            yield data


def open_filesystem(url: str) -> tuple[AbstractFileSystem, str]:
    """The file system of fsspec that a URL belongs to, and the path in it.

    Raises:
        ExtraMissingError: fsspec, or what it needs for this URL, is not installed.
        UrlError: there is no such kind of URL.
    """
    name = hide_secrets(url)
    try:
        from fsspec.core import url_to_fs

        filesystem, path = url_to_fs(url)
    except ImportError as error:
        reason = "the extra 'remote' is needed: pip install 'pymp4-nnr[remote]'"
        if not ((error.name or "").startswith("fsspec") or url.lower().startswith("http")):
            reason = str(error)  # it says what fsspec needs for this kind of URL
        raise ExtraMissingError(f"{name}: {reason}") from error
    except Exception as error:
        raise remote_error(name, f"{type(error).__name__}: {error}", UrlError) from error
    return filesystem, path


def remote_error(name: str, reason: str, kind: type[RemoteError]) -> RemoteError:
    """An error of a file on a server; the reason may hold what the server says."""
    error = kind(one_line(hide_secrets(reason))[:_LONGEST_REASON])
    error.file = name
    return error


def changed(name: str) -> RemoteError:
    """The error of a file that is another one than when it was opened."""
    reason = "the file has changed on the server since it was opened"
    return remote_error(name, reason, RemoteChangedError)


def not_found(name: str) -> FileNotFoundError:
    """The error of a file that is not there."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


def not_permitted(name: str) -> PermissionError:
    """The error of a file that may not be read."""
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
