"""Edits, composition times, random access, producer times and events (ISO/IEC 14496-12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from construct import (
    Default,
    Embedded,
    GreedyBytes,
    IfThenElse,
    Int8ub,
    Int32sb,
    Int32ub,
    Int64sb,
    Int64ub,
    Switch,
    this,
)

from ..constructs.arrays import Counted
from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import Reserved, Unsigned
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox, by_version, flag
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..constructs.text import Text
from ..constructs.when import When
from ..registry import box

# 8.6.6.
_EDIT = (("media_rate_integer", "h"), ("media_rate_fraction", "h"))
box(
    b"elst",
    body=FullBox(
        "entries"
        / by_version(
            Counted(Int32ub, Table(("segment_duration", "I"), ("media_time", "i"), *_EDIT)),
            Counted(Int32ub, Table(("segment_duration", "Q"), ("media_time", "q"), *_EDIT)),
        ),
        versions=(0, 1),
    ),
)

# 8.6.1.3. Version 1 has signed offsets.
box(
    b"ctts",
    body=FullBox(
        "entries"
        / by_version(
            Counted(Int32ub, Table(("sample_count", "I"), ("sample_offset", "I"))),
            Counted(Int32ub, Table(("sample_count", "I"), ("sample_offset", "i"))),
        ),
        versions=(0, 1),
    ),
)

# 8.6.1.4.
box(
    b"cslg",
    body=FullBox(
        *(
            name / by_version(Int32sb, Int64sb)
            for name in (
                "compositionToDTSShift",
                "leastDecodeToDisplayDelta",
                "greatestDecodeToDisplayDelta",
                "compositionStartTime",
                "compositionEndTime",
            )
        ),
        versions=(0, 1),
    ),
)

# 8.1.3.
box(b"pdin", body=FullBox("entries" / Default(Table(("rate", "I"), ("initial_delay", "I")), [])))

# 8.16.5.
box(
    b"prft",
    body=FullBox(
        "reference_track_ID" / Int32ub,
        "ntp_timestamp" / Int64ub,
        "media_time" / by_version(),
        versions=(0, 1),
    ),
)

# ISO/IEC 23009-1, 5.10.3.3. The versions have their fields in different orders.
_SCHEME = ("scheme_id_uri" / Text(), "value" / Default(Text(), ""))
_EVENT = ("event_duration" / Int32ub, "id" / Int32ub)
_MESSAGE = "message_data" / Default(GreedyBytes, b"")
_EMSG = {
    0: Struct(
        *_SCHEME, "timescale" / Int32ub, "presentation_time_delta" / Int32ub, *_EVENT, _MESSAGE
    ),
    1: Struct("timescale" / Int32ub, "presentation_time" / Int64ub, *_EVENT, *_SCHEME, _MESSAGE),
}
box(b"emsg", body=FullBox(Embedded(Switch(this.version, _EMSG)), versions=(0, 1)))

# 8.8.13.
box(
    b"leva",
    body=FullBox(
        "levels"
        / Counted(
            Int8ub,
            Struct(
                "track_ID" / Int32ub,
                EmbeddedBits(("padding_flag", bool), ("assignment_type", 7)),
                "grouping_type" / When(lambda level: level.assignment_type in (0, 1), FourCC()),
                "grouping_type_parameter" / When(this.assignment_type == 1, Int32ub),
                "sub_track_ID" / When(this.assignment_type == 4, Int32ub),
            ),
            minimum_size=5,
        )
    ),
)

# 8.8.10. Three fields of each entry are as wide as the length fields say, less one.
_WIDTHS = ("length_size_of_traf_num", "length_size_of_trun_num", "length_size_of_sample_num")


_NUMBERS = ("traf_number", "trun_number", "sample_delta")
_LETTERS = {1: "B", 2: "H", 4: "I"}


def _number(width: str) -> Unsigned:
    return Unsigned(lambda entry: entry._[width] + 1)


def _letter(width: str) -> Callable[[Any], str]:
    return lambda fields: _LETTERS[fields[width] + 1]


def _time_letter(fields: Any) -> str:
    return "Q" if fields["version"] else "I"


_TIME = by_version(levels=1)
_ODD_ENTRY = Struct(
    "time" / _TIME,
    "moof_offset" / _TIME,
    *(name / _number(width) for name, width in zip(_NUMBERS, _WIDTHS, strict=True)),
)
_ENTRIES = Table(
    ("time", _time_letter),
    ("moof_offset", _time_letter),
    *((name, _letter(width)) for name, width in zip(_NUMBERS, _WIDTHS, strict=True)),
)
box(
    b"tfra",
    body=FullBox(
        "track_ID" / Int32ub,
        EmbeddedBits(("_reserved", 26), *((width, 2) for width in _WIDTHS)),
        "entries"
        / IfThenElse(
            lambda fields: any(fields[width] == 2 for width in _WIDTHS),
            Counted(Int32ub, _ODD_ENTRY, minimum_size=11),
            Counted(Int32ub, _ENTRIES),
        ),
        versions=(0, 1),
    ),
)

# 8.8.11.
box(b"mfro", body=FullBox("parent_size" / Int32ub))

# 10.3.3, in `trep`: alternative startup sequences.
_OFFSET = "min_initial_alt_startup_offset" / Int32sb
box(
    b"assp",
    body=FullBox(
        Embedded(
            Switch(
                this.version,
                {
                    0: Struct(_OFFSET),
                    1: Struct(
                        "entries"
                        / Counted(Int32ub, Struct("grouping_type_parameter" / Int32ub, _OFFSET), 8)
                    ),
                },
            )
        ),
        versions=(0, 1),
    ),
)

# Samples of which a part was shown before (8.8.18).
box(
    b"rsot",
    body=FullBox(
        "original_duration" / When(flag(1), Int32ub), "elapsed_duration" / When(flag(2), Int32ub)
    ),
)

# ISO/IEC 23001-18: event messages in the samples of tracks, and their schemes.
box(
    b"emib",
    body=FullBox(
        "_reserved" / Reserved(4),
        "presentation_time_delta" / Int64sb,
        *_EVENT,
        *_SCHEME,
        _MESSAGE,
    ),
)
box(b"emeb", body=Struct())
_SCHEME_USE = EmbeddedBits(("_reserved", 7), ("atleast_once_flag", bool))
box(
    b"silb",
    body=FullBox(
        "schemes" / Counted(Int32ub, Struct(*_SCHEME, _SCHEME_USE), 3),
        EmbeddedBits(("_reserved", 7), ("other_schemes_flag", bool)),
    ),
)
