"""Boxes of Smooth Streaming and of PIFF, which are `uuid` boxes ([MS-SSTR], 2.2.4; PIFF 1.1, 5)."""

from __future__ import annotations

from uuid import UUID

from construct import Int8ub, Int24ub

from ..constructs.arrays import Counted
from ..constructs.bits import Bits
from ..constructs.codes import Identifier
from ..constructs.full_box import FullBox, by_version, named_flag
from ..constructs.structs import Struct
from ..constructs.when import When
from ..definition import Definition
from .protection import PSSH, SampleEncryptionInfo

_TIME = ("fragment_absolute_time", "fragment_duration")

# Where a fragment lies in time.
_TFXD = FullBox(*(name / by_version() for name in _TIME), versions=(1, 0))

# Where the fragments lie that follow it.
_TFRF = FullBox(
    "fragments"
    / Counted(Int8ub, Struct(*(name / by_version(levels=1) for name in _TIME)), minimum_size=8),
    versions=(1, 0),
)

# Names as in the boxes of the same purpose that pymp4 knows. An algorithm is 0 for none, 1 for
# AES-CTR, 2 for AES-CBC. GPAC writes version 1 of the samples' box, with the same fields.
_TENC = FullBox("default_AlgorithmID" / Int24ub, "iv_size" / Int8ub, "key_ID" / Identifier())
_OVERRIDES = named_flag("overrides_track_encryption_defaults")
_SENC = FullBox(
    "AlgorithmID" / When(_OVERRIDES, Int24ub),
    "iv_size" / When(_OVERRIDES, Int8ub),
    "key_ID" / When(_OVERRIDES, Identifier()),
    "sample_encryption_info" / SampleEncryptionInfo(),
    flags=Bits(
        ("_reserved", 22),
        ("has_subsample_encryption_info", bool),
        ("overrides_track_encryption_defaults", bool),
    ),
    versions=(0, 1),
)

EXTENDED_TYPES = {
    UUID("6d1d9b05-42d5-44e6-80e2-141daff757b2"): Definition(_TFXD),
    UUID("d4807ef2-ca39-4695-8e54-26cb9e46a79f"): Definition(_TFRF),
    UUID("8974dbce-7be7-4c51-84f9-7148f9882554"): Definition(_TENC),
    UUID("a2394f52-5a9b-4f14-a244-6c427c648df4"): Definition(_SENC),
    UUID("d08a4f18-10f3-4a82-b6c8-32d8aba183d3"): Definition(PSSH),
}
"""What follows the extended type of `uuid` boxes, where it is known."""
