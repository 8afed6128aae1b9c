"""Ranges of files copied by the kernel: `copy_file_range`, then `sendfile`.

Media data does not pass through Python then, and file systems that share blocks between files
do not copy it at all.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

BLOCK_SIZE = 4096
"""File systems share whole blocks of this size (or more, then nothing is shared)."""

_STEP = 64 << 20
"""Bytes that one call of the kernel copies, so that progress can be shown."""

_CLONE_STEP = 1 << 30
"""The same where blocks may be shared: each call costs much the same, whatever its size."""

_CACHE_UNIT = 1 << 16
"""Long ranges are copied from a multiple of this in the target on: elsewhere a third is lost."""

_LONG = 1 << 20
"""Bytes from which on a range is long."""

_CANNOT = {
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOTSOCK,
    errno.EPERM,
    errno.EBADF,
    errno.ETXTBSY,
}
"""The errors of a kernel that cannot copy between these two files in this way.

EBADF: the target is open for appending. ENOTSOCK: sendfile writes to sockets alone.
"""


def copy_in_kernel(
    source: int, offset: int, target: int, position: int | None, size: int
) -> Iterator[int]:
    """Copy as much of a range of a file as the kernel can.

    Args:
        source, target: file descriptors to read from and to write to.
        offset: byte offset in the source.
        position: byte offset in the target, or None where it has none, as a pipe.
        size: bytes to copy.

    Yields:
        How many bytes each call of the kernel has copied. Where their sum is less than `size`,
        the kernel cannot copy the rest, or the source has ended.

    Raises:
        OSError: reading or writing fails, such as on a full disk.
    """
    done = 0
    for copy in (_copy_file_range, _sendfile):
        while done < size:
            at = None if position is None else position + done
            count = _portion(offset + done, at, size - done)
            try:
                copied = copy(source, target, offset + done, at, count)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                break
            if copied == 0:
                break
            done += copied
            yield copied


def _portion(offset: int, position: int | None, left: int) -> int:
    """How much to copy in one call: of a long range, first what comes before a good start.

    Blocks are shared only by calls that begin and end at their boundaries in both files. Where
    they are copied, page caches work in larger units of the target.
    """
    if position is None:
        return min(left, _STEP)
    whole_blocks = (offset - position) % BLOCK_SIZE == 0 and left >= 2 * BLOCK_SIZE
    if whole_blocks and position % BLOCK_SIZE:
        return -position % BLOCK_SIZE
    if left >= _LONG and position % _CACHE_UNIT:
        return -position % _CACHE_UNIT
    return min(left // BLOCK_SIZE * BLOCK_SIZE, _CLONE_STEP) if whole_blocks else min(left, _STEP)


def _copy_file_range(
    source: int, target: int, offset: int, position: int | None, count: int
) -> int:
    if position is None or not hasattr(os, "copy_file_range"):
        return 0
    return os.copy_file_range(source, target, count, offset, position)


def _sendfile(source: int, target: int, offset: int, position: int | None, count: int) -> int:
    if not hasattr(os, "sendfile"):
        return 0
    if position is not None:
        os.lseek(target, position, os.SEEK_SET)
    return os.sendfile(target, source, offset, count)
