"""Entries of `sgpd` for video of NAL units (ISO/IEC 14496-15)."""

from __future__ import annotations

from construct import Construct, Container, Default, Int8sb, Int8ub, Int16ub, Int24ub, Int32sb

from ..constructs.arrays import Counted
from ..constructs.bit_syntax import BitFields, BitSyntax
from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import SizedBytes
from ..constructs.codes import FourCC
from ..constructs.integers import Integers
from ..constructs.optional import Derived
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..registry import CHILDREN
from .video_configurations import vvc_profile

_CHILDREN = "children" / Default(CHILDREN, [])


# --- AVC, SVC and MVC: 5.4, 6.5, 7.5


def _statistics(f: BitFields) -> None:
    f("_reserved_statistics", 7)
    f("accurateStatisticsFlag", 1)
    f("avgBitRate", 16)
    f("avgFrameRate", 16)


def _avc_layer(f: BitFields, context: Container) -> None:
    f("layerNumber", 8)
    _statistics(f)


def _avc_sub_sequence(f: BitFields, context: Container) -> None:
    f("subSequenceIdentifer", 16)
    f("layerNumber", 8)
    has_duration = f("durationFlag", 1)
    has_rate = f("avgRateFlag", 1)
    f("_reserved", 6)
    if has_duration:
        f("duration", 32)
    if has_rate:
        _statistics(f)
    for other in f.each("dependency", f.count("dependency", 8), minimum_bits=32):
        other("subSeqDirectionFlag", 8)
        other("layerNumber", 8)
        other("subSequenceIdentifier", 16)


# A group's first entry describes a tier with boxes; the others refer to it.
_SCALABLE_GROUP = Struct(
    "groupID" / Int8ub,
    "primary_groupID" / Int8ub,
    EmbeddedBits(
        ("is_tier_IDR", bool),
        ("noInterLayerPredFlag", bool),
        ("useRefBasePicFlag", bool),
        ("storeBaseRepFlag", bool),
        ("is_tl_switching_point", bool),
        ("_reserved", 3),
        ("tl_switching_distance", 8),
    ),
    _CHILDREN,
)
_MULTIVIEW_GROUP = Struct(
    "groupID" / Int8ub,
    "primary_groupID" / Int8ub,
    EmbeddedBits(
        ("_reserved1", 4),
        ("is_tl_switching_point", bool),
        ("_reserved2", 3),
        ("tl_switching_distance", 8),
    ),
    _CHILDREN,
)

# --- NAL units in groups: 9.8 and 10.6


def _nal_unit_map(f: BitFields, context: Container) -> None:
    f("_reserved", 6)
    width = 16 if f("large_size", 1) else 8
    runs = f("rle", 1)
    count = f.count("entries", width)
    for entry in f.each("entries", count, minimum_bits=16 + width * runs):
        if runs:
            entry("NALU_start_number", width)
        entry("groupID", 16)


def _region(f: BitFields, context: Container) -> None:
    """A rectangular region (tile region in earlier editions)."""
    f("groupID", 16)
    if not f("rect_region_flag", 1):
        f("_reserved", 7)
        return
    f("independent_idc", 2)
    full_picture = f("full_picture", 1)
    f("filtering_disabled", 1)
    dependent = f("has_dependency_list", 1)
    f("_reserved", 2)
    if not full_picture:
        f("horizontal_offset", 16)
        f("vertical_offset", 16)
    f("region_width", 16)
    f("region_height", 16)
    if dependent:
        name = "dependencyRectRegionGroupID"
        f.numbers(name, f.count(name, 16), 16)


# --- HEVC and layered HEVC: 8.4, 9.6

_TEMPORAL_LAYER = Struct(
    EmbeddedBits(
        ("temporalLayerId", 8),
        ("tlprofile_space", 2),
        ("tltier_flag", 1),
        ("tlprofile_idc", 5),
        ("tlprofile_compatibility_flags", 32),
        ("tlconstraint_indicator_flags", 48),
        ("tllevel_idc", 8),
        ("tlMaxBitRate", 16),
        ("tlAvgBitRate", 16),
        ("tlConstantFrameRate", 8),
        ("tlAvgFrameRate", 16),
    )
)


def _layers(f: BitFields, context: Container) -> None:
    f("_reserved", 2)
    for layer in f.each("layers", f.count("layers", 6), minimum_bits=24):
        layer("_reserved1", 2)
        layer("irap_gdr_pics_in_layer_only_flag", 1)
        layer("completeness_flag", 1)
        layer("layer_id", 6)
        layer("min_TemporalId", 3)
        layer("max_TemporalId", 3)
        layer("_reserved2", 1)
        layer("sub_layer_presence_flags", 7)


def _rates(f: BitFields, has_frame_rate: int, has_bit_rate: int) -> None:
    if has_frame_rate:
        f("avgFrameRate", 16)
        f("_reserved_rate", 6)
        f("constantFrameRate", 2)
    if has_bit_rate:
        f("maxBitRate", 32)
        f("avgBitRate", 32)


def operating_points(f: BitFields, context: Container) -> None:
    """OperatingPointsRecord (9.6.2)."""
    mask = f("scalability_mask", 16)
    f("_reserved", 2)
    for ptl in f.each("profile_tier_levels", f.count("profile_tier_levels", 6), minimum_bits=96):
        ptl("general_profile_space", 2)
        ptl("general_tier_flag", 1)
        ptl("general_profile_idc", 5)
        ptl("general_profile_compatibility_flags", 32)
        ptl("general_constraint_indicator_flags", 48)
        ptl("general_level_idc", 8)
    name = "operating_points"
    for point in f.each(name, f.count(name, 16), minimum_bits=104):
        point("output_layer_set_idx", 16)
        point("max_temporal_id", 8)
        for layer in point.each("layers", point.count("layers", 8), minimum_bits=16):
            layer("ptl_idx", 8)
            layer("layer_id", 6)
            layer("is_outputlayer", 1)
            layer("is_alternate_outputlayer", 1)
        for size in ("minPicWidth", "minPicHeight", "maxPicWidth", "maxPicHeight"):
            point(size, 16)
        point("maxChromaFormat", 2)
        point("maxBitDepthMinus8", 3)
        point("_reserved", 1)
        frame_rate = point("frame_rate_info_flag", 1)
        _rates(point, frame_rate, point("bit_rate_info_flag", 1))
    dimensions = bin(mask).count("1")
    name = "dependent_layers"
    for layer in f.each(name, f.count(name, 8), minimum_bits=16 + 8 * dimensions):
        layer("dependent_layerID", 8)
        layer.numbers("dependent_on_layerID", layer.count("dependent_on_layerID", 8), 8)
        layer.numbers("dimension_identifier", dimensions, 8)


# --- VVC: 11.4


def _vvc_operating_points(f: BitFields, context: Container) -> None:
    name = "profile_tier_levels"
    for ptl in f.each(name, f.count(name, 8, less=1), minimum_bits=48):
        vvc_profile(ptl, ptl("ptl_max_temporal_id", 8) + 1)
    independent = f("all_independent_layers_flag", 1)
    f("_reserved1", 7)
    if independent:
        f("each_layer_is_an_ols_flag", 1)
        f("_reserved2", 7)
    else:
        f("ols_mode_idc", 8)
    for point in f.each("operating_points", f.count("operating_points", 16), minimum_bits=48):
        point("output_layer_set_idx", 16)
        point("ptl_idx", 8)
        point("max_temporal_id", 8)
        for layer in point.each("layers", point.count("layers", 8), minimum_bits=8):
            layer("layer_id", 6)
            layer("is_outputlayer", 1)
            layer("_reserved", 1)
        point("_reserved", 6)
        frame_rate = point("frame_rate_info_flag", 1)
        _rates(point, frame_rate, point("bit_rate_info_flag", 1))
    name = "direct_ref_layerID"
    for layer in f.each("layers", f.count("layers", 8), minimum_bits=24):
        layer("layerID", 8)
        layer.numbers(name, layer.count(name, 8), 8)
        layer("max_tid_il_ref_pics_plus1", 8)


def _rewritten_identifiers(f: BitFields) -> None:
    """VVCSubpicIDRewritingInfomationStruct."""
    f("subpic_id_len_minus1", 4)
    f("subpic_id_bit_pos", 12)
    f("start_code_emul_flag", 1)
    if f("pps_sps_subpic_id_flag", 1):
        f("pps_id", 6)
    else:
        f("sps_id", 4)
        f("_reserved_rewriting", 2)


def subpicture_identifiers(f: BitFields, context: Container) -> None:
    """VvcSubpicIDEntry (11.4.7). Continuous identifiers follow from the first."""
    regions = f("rect_region_flag", 1)
    f("_reserved", 2)
    continuous = f("continuous_id_flag", 1)
    count = f.count("subpictures", 12, less=1)
    least = 16 * regions + (0 if continuous else 16)
    for index, subpicture in enumerate(f.each("subpictures", count, minimum_bits=least)):
        if index == 0 or not continuous:
            subpicture("subpic_id", 16)
        if regions:
            subpicture("groupID", 16)


def subpicture_order(f: BitFields, context: Container) -> None:
    """VvcSubpicOrderEntry (11.4.8)."""
    rewritten = f("subpic_id_info_flag", 1)
    f.numbers("subp_track_ref_idx", f.count("subp_track_ref_idx", 15), 16)
    if rewritten:
        _rewritten_identifiers(f)


def _region_order(f: BitFields, context: Container) -> None:
    rewritten = f("subpic_id_info_flag", 1)
    f("_reserved", 7)
    name = "alternate_region_sets"
    for regions in f.each(name, f.count(name, 16), minimum_bits=32):
        count = regions.count("groupID", 16)
        regions("alternate_region_set_id", 16)
        regions.numbers("groupID", count, 16)
    f.numbers("region_id", f.count("region_id", 16), 16)
    if rewritten:
        _rewritten_identifiers(f)


_MIXED_NAL_UNITS = Struct(
    "mixed_pictures"
    / Counted(Int16ub, Table(("mix_subp_track_idx1", "H"), ("mix_subp_track_idx2", "H"))),
    EmbeddedBits(("pps_mix_nalu_types_in_pic_bit_pos", 10), ("pps_id", 6)),
)

_SUBPICTURE_LAYOUT = Struct(
    "groupID_info_4cc" / FourCC(),
    "entry_count_minus1" / Derived(Int16ub, lambda entry: len(entry["groupID"]) - 1),
    "groupID" / Integers(lambda entry: entry["entry_count_minus1"] + 1, size=2),
)

NAL_GROUP_ENTRIES: dict[bytes, Construct] = {
    b"avll": BitSyntax(_avc_layer),
    b"avss": BitSyntax(_avc_sub_sequence),
    b"dtrt": Struct("tiers" / Counted(Int8ub, Table(("tierID", "H"), ("delta", "h")))),
    b"scif": _SCALABLE_GROUP,
    b"mvif": _MULTIVIEW_GROUP,
    b"scnm": Struct(
        "_reserved" / Default(Int8ub, 0), "groupID" / Counted(Int8ub, Integers(size=1))
    ),
    b"vipr": Struct(_CHILDREN),
    b"nalm": BitSyntax(_nal_unit_map),
    b"trif": BitSyntax(_region),
    b"sync": Struct(EmbeddedBits(("_reserved", 2), ("NAL_unit_type", 6))),
    b"tsas": Struct(),
    b"stsa": Struct(),
    b"tscl": _TEMPORAL_LAYER,
    b"pase": Struct("ps_nal_unit" / SizedBytes(Int16ub)),
    b"pss1": Struct(
        EmbeddedBits(
            ("sps_present", bool), ("pps_present", bool), ("aps_present", bool), ("_reserved", 5)
        )
    ),
    b"aud ": Struct("audNalUnit" / Int24ub),
    b"eob ": Struct("eobNalUnit" / Int16ub),
    b"eos ": Struct(
        "num_eos_nal_unit_minus1" / Derived(Int8ub, lambda entry: len(entry["eosNalUnit"]) - 1),
        "eosNalUnit" / Integers(lambda entry: entry["num_eos_nal_unit_minus1"] + 1, size=2),
    ),
    b"linf": BitSyntax(_layers),
    b"oinf": BitSyntax(operating_points),
    b"opth": Struct("delta_time" / Int32sb),
    b"lbli": Struct(
        EmbeddedBits(("_reserved", 1, 1), ("bl_irap_pic_flag", bool), ("bl_irap_nal_unit_type", 6)),
        "sample_offset" / Int8sb,
    ),
    b"dcfi": Struct("dci_nal_unit" / SizedBytes(Int16ub)),
    b"minp": _MIXED_NAL_UNITS,
    b"spid": BitSyntax(subpicture_identifiers),
    b"spli": Struct("level_idc" / Int8ub),
    b"spor": BitSyntax(subpicture_order),
    b"sulm": _SUBPICTURE_LAYOUT,
    b"rror": BitSyntax(_region_order),
    b"vopi": BitSyntax(_vvc_operating_points),
}
"""Constructs of the entries, by grouping type; see `SAMPLE_GROUP_ENTRIES`."""
