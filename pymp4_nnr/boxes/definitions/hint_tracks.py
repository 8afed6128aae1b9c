"""Hint tracks: how media is sent in packets (ISO/IEC 14496-12, 9).

The standard names several fields alike in boxes of different sizes: the names are kept.
"""

from __future__ import annotations

from construct import Default, Int8ub, Int16ub, Int32sb, Int32ub, Int64ub

from ..constructs.bits import EmbeddedBits
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox
from ..constructs.structs import Struct
from ..constructs.text import CountedText, WholeText
from ..registry import CHILDREN, box, container_box, sample_entry

_CHILDREN = "children" / Default(CHILDREN, [])
_VERSIONS = (
    "hinttrackversion" / Default(Int16ub, 1),
    "highestcompatibleversion" / Default(Int16ub, 1),
)

# 9.1.2, 9.1.5 and 9.4.1.2; the protected one is 9.4.1.4.
sample_entry(
    *(b"rtp", b"srtp", b"rrtp", b"rsrp", b"prtp"),
    fields=(*_VERSIONS, "maxpacketsize" / Int32ub, _CHILDREN),
)
# 9.4.2 and 9.4.3: RTCP and SRTCP as received.
sample_entry(b"rtcp", b"stcp", fields=(_CHILDREN,))
# 9.2.
sample_entry(
    b"fdp",
    fields=(*_VERSIONS, "partition_entry_ID" / Int16ub, "FEC_overhead" / Int16ub, _CHILDREN),
)
# 9.3: MPEG-2 transport streams as received, served and protected.
sample_entry(
    *(b"rm2t", b"sm2t", b"pm2t"),
    fields=(
        *_VERSIONS,
        "precedingbyteslen" / Default(Int8ub, 0),
        "trailingbyteslen" / Default(Int8ub, 0),
        EmbeddedBits(("precomputed_only_flag", bool), ("_reserved2", 7)),
        _CHILDREN,
    ),
)

# In these entries: clocks and offsets, 9.1.2, 9.4.1.2; QuickTime's rely.
box(b"tims", body=Struct("timescale" / Int32ub))
# The standard's name of the field, offset, is taken: it is the box's place in the file.
box(b"tsro", b"snro", body=Struct("offset_value" / Int32sb))
box(b"tssy", body=Struct(EmbeddedBits(("_reserved", 6), ("timestamp_sync", 2))))
box(b"rssr", body=Struct("SSRC" / Int32ub))
box(
    b"rely",
    body=Struct(EmbeddedBits(("_reserved", 6), ("preferred", bool), ("required", bool))),
)
# 9.1.2.3.
box(
    b"srpp",
    body=FullBox(
        "encryption_algorithm_rtp" / FourCC(),
        "encryption_algorithm_rtcp" / FourCC(),
        "integrity_algorithm_rtp" / FourCC(),
        "integrity_algorithm_rtcp" / FourCC(),
        _CHILDREN,
    ),
)

# 9.1.4, in `udta` of the movie and of the track.
container_box(b"hnti")
box(b"rtp", body=Struct("descriptionformat" / FourCC(), "sdptext" / WholeText()))
box(b"sdp", body=Struct("sdptext" / WholeText()))

# 9.1.5, in `udta` of the track: what was sent.
container_box(b"hinf")
for _code, _field, _number in (
    (b"trpy", "bytessent", Int64ub),  # with RTP headers
    (b"nump", "packetssent", Int64ub),
    (b"tpyl", "bytessent", Int64ub),  # without RTP headers
    (b"totl", "bytessent", Int32ub),
    (b"npck", "packetssent", Int32ub),
    (b"tpay", "bytessent", Int32ub),
    (b"dmed", "bytessent", Int64ub),  # from media tracks
    (b"dimm", "bytessent", Int64ub),  # immediate
    (b"drep", "bytessent", Int64ub),  # repeated
    (b"tmin", "time", Int32sb),  # in milliseconds
    (b"tmax", "time", Int32sb),
    (b"pmax", "bytes", Int32ub),
    (b"dmax", "time", Int32ub),
):
    box(_code, body=Struct(_field / _number))
box(b"maxr", body=Struct("period" / Int32ub, "bytes" / Int32ub))
box(b"payt", body=Struct("payloadID" / Int32ub, "rtpmap_string" / CountedText()))
