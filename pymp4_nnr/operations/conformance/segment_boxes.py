"""Rules about boxes that stand between movie fragments: `styp`, `prft`, `emsg`."""

from __future__ import annotations

from ...boxes.header import BoxHeader
from ...boxes.node import Node
from .checked_file import QUICKTIME, CheckedFile
from .movie import TIMESCALE
from .rules import ISOBMFF, error, warning
from .structure import check_content
from .top_level import check_brands, parsed

PRFT_TRACK = error("prft-track", ISOBMFF + "8.16.5.3", "The track of a `prft` is there.")
PRFT_PLACE = error(
    "prft-place",
    ISOBMFF + "8.16.5.1",
    "A `prft` comes before the movie fragment that it is about, behind `styp` and `sidx`.",
)
CMAF_TRACKS = warning(
    "cmaf-tracks",
    "ISO/IEC 23000-19, 7.3",
    "A file with a brand of CMAF tracks (`cmfc`, `cmf2`) has one track.",
)

_TYPES = (b"styp", b"prft", b"emsg")
_CMAF = frozenset((b"cmfc", b"cmf2"))


def check_segment_boxes(file: CheckedFile) -> None:
    """Check the top-level boxes that stand beside movie fragments."""
    numbers = dict.fromkeys(_TYPES, 0)
    following: BoxHeader | None = None
    # from the end, so that for each box it is known what comes behind it
    behind: list[BoxHeader | None] = []
    for header in reversed(file.boxes):
        behind.append(following)
        if header.type in (b"moof", b"styp", b"sidx"):
            following = header
    for header, later in zip(file.boxes, reversed(behind), strict=True):
        if header.type not in numbers:
            continue
        number = numbers[header.type]
        numbers[header.type] += 1
        box = parsed(file, header, f"{header.type.decode()}[{number}]")
        check_content(file, box)
        if box.is_raw:
            continue
        if header.type == b"styp":
            check_brands(file, box)
        elif header.type == b"prft":
            _check_reference_time(file, box, later)
        elif not box.integer("timescale"):
            file.findings.add(TIMESCALE, "the timescale is 0", box)
    if file.brands & _CMAF and QUICKTIME not in file.brands and len(file.tracks) > 1:
        file.findings.add(CMAF_TRACKS, f"there are {len(file.tracks)}", file.moov)


def _check_reference_time(file: CheckedFile, prft: Node, later: BoxHeader | None) -> None:
    number = prft.integer("reference_track_ID")
    if file.moov is not None and file.track(number) is None:
        file.findings.add(PRFT_TRACK, f"there is no track {number}", prft)
    if later is None:
        file.findings.add(PRFT_PLACE, "no movie fragment follows", prft)
    elif later.type != b"moof":
        file.findings.add(PRFT_PLACE, f"{later.type.decode()} follows", prft)
