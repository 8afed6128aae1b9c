"""The configurations of audio codecs."""

from __future__ import annotations

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    Float32b,
    Int8ub,
    Int16sb,
    Int16ub,
    Int24ub,
    Int32ub,
)
from construct.expr import this

from ..constructs.arrays import Counted, Repeat
from ..constructs.bits import Bits, EmbeddedBits
from ..constructs.byte_fields import SizedBytes
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox
from ..constructs.integers import Integers
from ..constructs.optional import Tail
from ..constructs.structs import Struct
from ..constructs.when import When
from ..reader import window_on
from ..registry import CHILDREN, box, container_box

# Encapsulation of Opus in ISOBMFF, 4.3.2.
box(
    b"dOps",
    body=Struct(
        "Version" / Default(Int8ub, 0),
        "OutputChannelCount" / Int8ub,
        "PreSkip" / Int16ub,
        "InputSampleRate" / Int32ub,
        "OutputGain" / Default(Int16sb, 0),
        "ChannelMappingFamily" / Default(Int8ub, 0),
        *(
            name / When(this.ChannelMappingFamily != 0, field)
            for name, field in (
                ("StreamCount", Int8ub),
                ("CoupledCount", Int8ub),
                ("ChannelMapping", Integers(this.OutputChannelCount, size=1)),
            )
        ),
    ),
)

# Encapsulation of FLAC in ISOBMFF, 3.3.2.
box(
    b"dfLa",
    body=FullBox(
        "metadata_blocks"
        / Repeat(
            None,
            Struct(
                EmbeddedBits(("LastMetadataBlockFlag", bool), ("BlockType", 7)),
                "BlockData" / SizedBytes(Int24ub),
            ),
            4,
        )
    ),
)

# ETSI TS 102 366, F.4.
box(
    b"dac3",
    body=Struct(
        EmbeddedBits(
            ("fscod", 2),
            ("bsid", 5),
            ("bsmod", 3),
            ("acmod", 3),
            ("lfeon", 1),
            ("bit_rate_code", 5),
            ("_reserved", 5),
        )
    ),
)


class _IndependentSubstream(Construct):
    """One independent substream of `dec3`; `chan_loc` is there if it has dependent ones."""

    _HEAD = (
        ("fscod", 2),
        ("bsid", 5),
        ("_reserved1", 1),
        ("asvc", 1),
        ("bsmod", 3),
        ("acmod", 3),
        ("lfeon", 1),
        ("_reserved2", 3),
        ("num_dep_sub", 4),
    )
    _ALONE = Bits(*_HEAD, ("_reserved3", 1))
    _LEADING = Bits(*_HEAD, ("chan_loc", 9))

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        start = window.tell()
        substream = self._ALONE._parse(window, context, path)
        if substream["num_dep_sub"]:
            window.seek(start)
            substream = self._LEADING._parse(window, context, path)
        return substream

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        form = self._LEADING if obj.get("num_dep_sub") else self._ALONE
        form._build(obj, stream, context, path)


# ETSI TS 102 366, F.6; the tail is ETSI TS 103 420, 8.3.2 (object audio).
box(
    b"dec3",
    body=Struct(
        EmbeddedBits(("data_rate", 13), ("num_ind_sub", 3)),
        "independent_substreams"
        / Repeat(lambda context: context["num_ind_sub"] + 1, _IndependentSubstream(), 3),
        Tail(
            EmbeddedBits(
                ("_reserved", 7),
                ("flag_ec3_extension_type_a", bool),
                ("complexity_index_type_a", 8),
            )
        ),
    ),
)

# Apple Lossless: the magic cookie, with a channel layout after it for more than two channels.
box(
    b"alac",
    body=FullBox(
        "frameLength" / Int32ub,
        "compatibleVersion" / Default(Int8ub, 0),
        "bitDepth" / Int8ub,
        "pb" / Int8ub,
        "mb" / Int8ub,
        "kb" / Int8ub,
        "numChannels" / Int8ub,
        "maxRun" / Int16ub,
        "maxFrameBytes" / Int32ub,
        "avgBitRate" / Int32ub,
        "sampleRate" / Int32ub,
        "children" / Default(CHILDREN, []),
    ),
)

# 3GPP TS 26.244, 6.7.
box(
    b"damr",
    body=Struct(
        "vendor" / FourCC(),
        "decoder_version" / Default(Int8ub, 0),
        "mode_set" / Int16ub,
        "mode_change_period" / Int8ub,
        "frames_per_sample" / Int8ub,
    ),
)

# ISO/IEC 14496-12, 12.2.4.
box(b"srat", body=FullBox("sampling_rate" / Int32ub))

# ISO/IEC 23003-5, 6.
box(
    b"pcmC",
    body=FullBox(
        EmbeddedBits(("_reserved", 7), ("little_endian", bool)), "PCM_sample_size" / Int8ub
    ),
)

# QuickTime: what the decoder needs, ended by an empty box of type 0; byte order; channel layout.
container_box(b"wave")
box(b"enda", body=Struct("littleEndian" / Int16ub))
box(
    b"chan",
    body=FullBox(
        "mChannelLayoutTag" / Int32ub,
        "mChannelBitmap" / Int32ub,
        "mChannelDescriptions"
        / Counted(
            Int32ub,
            Struct(
                "mChannelLabel" / Int32ub,
                "mChannelFlags" / Int32ub,
                "mCoordinates" / Repeat(3, Float32b, 4),
            ),
            20,
        ),
    ),
)
