"""What `sgpd` says of a group of samples, by grouping type; those of NAL units have a module.

ISO/IEC 14496-12, 10; ISO/IEC 23008-12, 7.2 and 6.8; ISO/IEC 23001-7, 6; AV1 in ISOBMFF, 2.5 to 2.8.
"""

from __future__ import annotations

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    Int8sb,
    Int8ub,
    Int16sb,
    Int16ub,
    Int32sb,
    Int32ub,
    this,
)

from ...errors import BoxBuildError, BoxParseError
from ..constructs.arrays import Counted, Repeat
from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import SizedBytes
from ..constructs.codes import FourCC, Identifier
from ..constructs.integers import Integers
from ..constructs.optional import Derived
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..constructs.when import When
from .nal_group_entries import NAL_GROUP_ENTRIES


class MustBeZero(Construct):
    """A reserved byte; another value than 0 announces a syntax that is not known here."""

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> int:
        value: int = stream.read(1)[0]
        if value:
            raise BoxParseError(f"reserved bits are 0x{value:02x}, not 0")
        return value

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if obj:
            raise BoxBuildError(f"reserved bits are 0x{obj:02x}, not 0")
        stream.write(b"\0")


def _has_constant_iv(entry: Container) -> bool:
    return bool(entry["isProtected"] == 1 and entry["Per_Sample_IV_Size"] == 0)


_ROLL_DISTANCE = Struct("roll_distance" / Int16sb)

# 10.2 of ISO/IEC 14496-12. One operation point has no bit rate.
_RATE_SHARE = Struct(
    "operation_point_count" / Derived(Int16ub, lambda entry: len(entry["operation_points"])),
    "operation_points"
    / Repeat(
        this.operation_point_count,
        Struct(
            "available_bitrate" / When(this._.operation_point_count != 1, Int32ub),
            "target_rate_share" / Int16ub,
        ),
        2,
    ),
    "maximum_bitrate" / Int32ub,
    "minimum_bitrate" / Int32ub,
    "discard_priority" / Int8ub,
)

# 10.3. The numbers of samples go on to the end.
_ALTERNATIVE_STARTUP = Struct(
    "roll_count" / Derived(Int16ub, lambda entry: len(entry["sample_offset"])),
    "first_output_sample" / Int16ub,
    "sample_offset" / Integers(this.roll_count),
    "output_samples" / Default(Table(("num_output_samples", "H"), ("num_total_samples", "H")), []),
)

_CLEAN_APERTURE = Struct(
    "cleanApertureWidthN" / Int32ub,
    "cleanApertureWidthD" / Int32ub,
    "cleanApertureHeightN" / Int32ub,
    "cleanApertureHeightD" / Int32ub,
    "horizOffN" / Int32sb,
    "horizOffD" / Int32ub,
    "vertOffN" / Int32sb,
    "vertOffD" / Int32ub,
)

# ISO/IEC 23001-7, 6. With several keys for a sample, the entry stays bytes.
_SAMPLE_ENCRYPTION = Struct(
    "_reserved" / MustBeZero(),
    EmbeddedBits(("crypt_byte_block", 4), ("skip_byte_block", 4)),
    "isProtected" / Int8ub,
    "Per_Sample_IV_Size" / Int8ub,
    "KID" / Identifier(),
    "constant_IV" / When(_has_constant_iv, SizedBytes(Int8ub)),
)

EXPOSURE_BRACKETING = ("exposure_step" / Int8sb, "exposure_numerator" / Int8sb)
FLASH_BRACKETING = ("flash_exposure_numerator" / Int8sb, "flash_exposure_denominator" / Int8sb)
FIELD_BRACKETING = ("f_stop_numerator" / Int8sb, "f_stop_denominator" / Int8sb)
FOCUS_BRACKETING = ("focus_distance_numerator" / Int16ub, "focus_distance_denominator" / Int16ub)
WHITE_BRACKETING = ("blue_amber" / Int16ub, "green_magenta" / Int8sb)

SAMPLE_GROUP_ENTRIES: dict[bytes, Construct] = {
    # ISO/IEC 14496-12, 10.
    b"roll": _ROLL_DISTANCE,
    b"prol": _ROLL_DISTANCE,
    b"rash": _RATE_SHARE,
    b"alst": _ALTERNATIVE_STARTUP,
    b"rap ": Struct(EmbeddedBits(("num_leading_samples_known", 1), ("num_leading_samples", 7))),
    b"tele": Struct(EmbeddedBits(("level_independently_decodable", bool), ("_reserved", 7))),
    b"sap ": Struct(EmbeddedBits(("dependent_flag", bool), ("_reserved", 3), ("SAP_type", 4))),
    b"drap": Struct(EmbeddedBits(("DRAP_type", 3), ("_reserved", 29))),
    b"pasr": Struct("hSpacing" / Int32ub, "vSpacing" / Int32ub),
    b"casg": _CLEAN_APERTURE,
    b"stmi": Struct("meta_box_handler_type" / FourCC(), "item_id" / Counted(Int32ub, Integers())),
    b"seig": _SAMPLE_ENCRYPTION,
    # ISO/IEC 23008-12.
    b"refs": Struct(
        "sample_id" / Int32ub, "direct_reference_sample_id" / Counted(Int8ub, Integers())
    ),
    b"eqiv": Struct("time_offset" / Int16sb, "timescale_multiplier" / Int16ub),
    b"aebr": Struct(*EXPOSURE_BRACKETING),
    b"afbr": Struct(*FLASH_BRACKETING),
    b"dobr": Struct(*FIELD_BRACKETING),
    b"fobr": Struct(*FOCUS_BRACKETING),
    b"wbbr": Struct(*WHITE_BRACKETING),
    b"pano": Struct("frame_number" / Int16ub),
    # AV1 in ISOBMFF.
    b"av1f": Struct("fwd_distance" / Int8ub),
    b"av1s": Struct(),
    **NAL_GROUP_ENTRIES,
}
"""Constructs of the entries of `sgpd`, by grouping type. All others are kept as bytes."""

OPEN_ENDED = frozenset((b"alst", b"scif", b"mvif"))
"""Grouping types whose entries do not tell where they end."""
