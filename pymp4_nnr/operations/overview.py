"""A network at a glance: how many tensors and bytes, how it is quantized, its largest tensors."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from ..bitstream.parsed_unit import Fields, ParsedUnit
from ..movie.nnr_track import NNRTrack
from .inspect import FileInfo
from .report.networks import NetworkReport, network_report

EXAMINED = 256
"""Units at the start of a bitstream whose syntax elements are looked at."""


@dataclass(slots=True)
class Overview:
    """What a user wants to know of a network first.

    Attributes:
        network: its tensors and sizes.
        units: how many units there are of each `nnr_unit_type`.
        configuration: parsed units that are no NNR_NDU, among the first `EXAMINED`.
        headers: headers of the NNR_NDUs among the first `EXAMINED`.
    """

    network: NetworkReport
    units: Counter[int]
    configuration: list[ParsedUnit] = field(default_factory=list)
    headers: list[Fields] = field(default_factory=list)


def overview(file: FileInfo, track: NNRTrack | None) -> Overview:
    """Look at a bitstream, or at the network of a track, as a whole.

    Raises:
        NNRError: the units cannot be read.
        OSError: the file cannot be read.
    """
    found = Overview(network_report(file, track), Counter(file.unit_types(track)))
    for info in islice(file.units(track), EXAMINED):
        if info.unit.is_ndu:
            found.headers.append(info.parsed.header)
        else:
            found.configuration.append(info.parsed)
    return found
