"""Stereoscopic and spherical video, and the size in which a track is shown.

Apple's Video Extended Usage (ISO/IEC 14496-15 calls it stereo video information), Google's
Spherical Video V2, QuickTime's track apertures, ISO/IEC 14496-12, 8.15.4.2, ISO/IEC 23090-2.
"""

from __future__ import annotations

from construct import Default, GreedyBytes, Int8ub, Int32sb, Int32ub

from ..box import Boxes
from ..constructs.arrays import Repeat
from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import SizedBytes
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox
from ..constructs.structs import Struct
from ..constructs.text import LastText
from ..registry import CHILDREN, box, container_box, family

_CHILDREN = "children" / Default(CHILDREN, [])

# ISO/IEC 14496-12, 8.15.4.2: how two views lie in one picture.
box(
    b"stvi",
    body=FullBox(
        EmbeddedBits(("_reserved", 30), ("single_view_allowed", 2)),
        "stereo_scheme" / Int32ub,
        "stereo_indication_type" / SizedBytes(Int32ub),
        _CHILDREN,
    ),
)

# ISO/IEC 23090-2, 7.6.2.
box(b"prfr", body=FullBox(EmbeddedBits(("_reserved", 3), ("projection_type", 5))))

# Video Extended Usage. `stri` is another box elsewhere.
_EYES = family(
    {
        b"stri": FullBox(
            EmbeddedBits(
                ("_reserved", 4),
                ("eye_views_reversed", bool),
                ("has_additional_views", bool),
                ("has_right_eye_view", bool),
                ("has_left_eye_view", bool),
            )
        )
    }
)
container_box(b"vexu", b"cams", b"cmfy", b"pack")
box(b"eyes", body=Struct("children" / Default(Boxes(_EYES), [])))
box(b"must", body=FullBox("required_box_types" / Repeat(None, FourCC(), 4)))
box(b"hero", body=FullBox("hero_eye_indicator" / Int8ub))
box(b"blin", body=FullBox("baseline_value" / Int32ub))  # in micrometres
box(b"dadj", body=FullBox("disparity_adjustment" / Int32sb))
box(b"prji", body=FullBox("projection_kind" / FourCC()))
box(b"pkin", body=FullBox("view_packing_kind" / FourCC()))
box(b"hfov", body=Struct("field_of_view" / Int32ub))  # in thousandths of a degree

# Spherical Video V2; Video Extended Usage has a `proj` too. Angles are in degrees, 16.16.
container_box(b"sv3d", b"proj")
box(b"st3d", body=FullBox("stereo_mode" / Int8ub))
box(b"svhd", body=FullBox("metadata_source" / LastText()))
box(
    b"prhd",
    body=FullBox(
        "pose_yaw_degrees" / Int32sb,
        "pose_pitch_degrees" / Int32sb,
        "pose_roll_degrees" / Int32sb,
    ),
)
box(b"cbmp", body=FullBox("layout" / Int32ub, "padding" / Int32ub))
box(
    b"equi",
    body=FullBox(
        *(
            f"projection_bounds_{side}" / Default(Int32ub, 0)
            for side in ("top", "bottom", "left", "right")
        )
    ),
)
box(b"mshp", body=FullBox("crc" / Int32ub, "encoding_four_cc" / FourCC(), "data" / GreedyBytes))


# QuickTime: track aperture mode dimensions, sizes in 16.16.
container_box(b"tapt")
box(b"clef", b"prof", b"enof", body=FullBox("width" / Int32ub, "height" / Int32ub))
