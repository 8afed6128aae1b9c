"""Headers of the samples of a track, read out of a file on a server by few requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..io.byte_source import MERGED_GAP, Source

HEADER_BYTES = 1 << 8
"""Bytes of a sample that are fetched: its header is rarely longer."""

_SAMPLES = 1 << 10
_BYTES = 1 << 21
"""How many samples are fetched together at most, and bytes with those between them."""


class HeaderReads:
    """Fetches the headers of many samples together, before the first of them is read.

    Args:
        source: where the samples lie, a remote source.
        offsets, sizes: of the samples, in bytes.
        known: gives what is known of the header of a sample, which then is not fetched.
    """

    def __init__(
        self,
        source: Source,
        offsets: Sequence[int],
        sizes: Sequence[int],
        known: Callable[[int], object] | None,
    ) -> None:
        self._source = source
        self._offsets = offsets
        self._sizes = sizes
        self._known = known
        self._behind = 0

    def need(self, sample: int) -> None:
        """Say that the header of the sample with this 0-based index is read next.

        Raises:
            OSError, NNRError: the server does not give it.
        """
        if sample < self._behind:
            return
        ranges: list[tuple[int, int]] = []
        size = 0
        while sample < len(self._sizes) and len(ranges) < _SAMPLES and size < _BYTES:
            if self._known is None or self._known(sample) is None:
                ranges.append((self._offsets[sample], min(self._sizes[sample], HEADER_BYTES)))
                size += min(self._sizes[sample], MERGED_GAP)
            sample += 1
        self._behind = sample
        self._source.prefetch(ranges)
