"""Entries of `sgpd`, by grouping type: what each field is, and that nothing is lost."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.definitions.sample_group_entries import OPEN_ENDED, SAMPLE_GROUP_ENTRIES
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import plain
from tests.mp4.boxes import box, full, i32, u8, u16, u32

TYPES = sorted(SAMPLE_GROUP_ENTRIES)
KEY = UUID("10000000-0000-0000-0000-000000000001")


def sgpd(kind: bytes, *entries: bytes, version: int = 1, length: int = 0) -> bytes:
    """`sgpd` with a length field before each entry, a common one, or none (version 0)."""
    head = [] if version == 0 else [u32(length)]
    sized = [entry if length or version == 0 else u32(len(entry)) + entry for entry in entries]
    return full(b"sgpd", version, 0, kind, *head, u32(len(entries)), *sized)


ENTRIES = [
    (b"roll", u16(0xFFFF), {"roll_distance": -1}),
    (b"prol", u16(2), {"roll_distance": 2}),
    (b"rap ", u8(0x83), {"num_leading_samples_known": 1, "num_leading_samples": 3}),
    (b"tele", u8(0x80), {"level_independently_decodable": True}),
    (b"sap ", u8(0x83), {"dependent_flag": True, "SAP_type": 3}),
    (b"drap", u32(3 << 29), {"DRAP_type": 3}),
    (
        b"rash",
        u16(1, 70) + u32(9000, 1000) + u8(5),
        {
            "operation_point_count": 1,
            "operation_points": [{"available_bitrate": None, "target_rate_share": 70}],
            "maximum_bitrate": 9000,
            "minimum_bitrate": 1000,
            "discard_priority": 5,
        },
    ),
    (
        b"rash",
        u16(2) + u32(500) + u16(10) + u32(900) + u16(20) + u32(9000, 1000) + u8(5),
        {
            "operation_point_count": 2,
            "operation_points": [
                {"available_bitrate": 500, "target_rate_share": 10},
                {"available_bitrate": 900, "target_rate_share": 20},
            ],
            "maximum_bitrate": 9000,
            "minimum_bitrate": 1000,
            "discard_priority": 5,
        },
    ),
    (
        b"alst",
        u16(2, 1) + u32(7, 8) + u16(3, 4, 5, 6),
        {
            "roll_count": 2,
            "first_output_sample": 1,
            "sample_offset": [7, 8],
            "output_samples": [
                {"num_output_samples": 3, "num_total_samples": 4},
                {"num_output_samples": 5, "num_total_samples": 6},
            ],
        },
    ),
    (b"pasr", u32(4, 3), {"hSpacing": 4, "vSpacing": 3}),
    (b"stmi", b"pict" + u32(2, 5, 6), {"meta_box_handler_type": b"pict", "item_id": [5, 6]}),
    (
        b"seig",
        u8(0, 0x19, 1, 8) + KEY.bytes,
        {
            "crypt_byte_block": 1,
            "skip_byte_block": 9,
            "isProtected": 1,
            "Per_Sample_IV_Size": 8,
            "KID": KEY,
            "constant_IV": None,
        },
    ),
    (
        b"seig",
        u8(0, 0, 1, 0) + KEY.bytes + u8(4) + b"\1\2\3\4",
        {
            "crypt_byte_block": 0,
            "skip_byte_block": 0,
            "isProtected": 1,
            "Per_Sample_IV_Size": 0,
            "KID": KEY,
            "constant_IV": b"\1\2\3\4",
        },
    ),
    (b"refs", u32(9) + u8(2) + u32(1, 2), {"sample_id": 9, "direct_reference_sample_id": [1, 2]}),
    (b"eqiv", u16(0xFFFE, 256), {"time_offset": -2, "timescale_multiplier": 256}),
    (b"aebr", u8(255, 2), {"exposure_step": -1, "exposure_numerator": 2}),
    (b"fobr", u16(1, 2), {"focus_distance_numerator": 1, "focus_distance_denominator": 2}),
    (b"wbbr", u16(6500) + u8(254), {"blue_amber": 6500, "green_magenta": -2}),
    (b"av1f", u8(3), {"fwd_distance": 3}),
    (b"av1s", b"", {}),
    # NAL units
    (
        b"avll",
        u8(2, 1) + u16(100, 25),
        {"layerNumber": 2, "accurateStatisticsFlag": 1, "avgBitRate": 100, "avgFrameRate": 25},
    ),
    (
        b"avss",
        u16(7) + u8(1, 0xC0) + u32(90) + u8(1) + u16(100, 25) + u8(1, 1, 2) + u16(3),
        {
            "subSequenceIdentifer": 7,
            "layerNumber": 1,
            "durationFlag": 1,
            "avgRateFlag": 1,
            "duration": 90,
            "accurateStatisticsFlag": 1,
            "avgBitRate": 100,
            "avgFrameRate": 25,
            "dependency": [
                {"subSeqDirectionFlag": 1, "layerNumber": 2, "subSequenceIdentifier": 3}
            ],
        },
    ),
    (b"dtrt", u8(1) + u16(4, 0xFFFF), {"tiers": [{"tierID": 4, "delta": -1}]}),
    (
        b"scif",
        u8(1, 1, 0x88, 3) + box(b"svpr", u8(1, 2)),
        {
            "groupID": 1,
            "primary_groupID": 1,
            "is_tier_IDR": True,
            "noInterLayerPredFlag": False,
            "useRefBasePicFlag": False,
            "storeBaseRepFlag": False,
            "is_tl_switching_point": True,
            "tl_switching_distance": 3,
            "children": [{"type": b"svpr", "min_priorityId": 1, "max_priorityId": 2}],
        },
    ),
    (
        b"mvif",
        u8(1, 2, 8, 3),
        {
            "groupID": 1,
            "primary_groupID": 2,
            "is_tl_switching_point": True,
            "tl_switching_distance": 3,
            "children": [],
        },
    ),
    (b"scnm", u8(0, 2, 5, 6), {"groupID": [5, 6]}),
    (
        b"nalm",
        u8(1, 2, 4) + u16(1) + u8(6) + u16(2),
        {
            "large_size": 0,
            "rle": 1,
            "entries": [
                {"NALU_start_number": 4, "groupID": 1},
                {"NALU_start_number": 6, "groupID": 2},
            ],
        },
    ),
    (
        b"nalm",
        u8(2) + u16(1, 9),
        {"large_size": 1, "rle": 0, "entries": [{"groupID": 9}]},
    ),
    (b"trif", u16(3) + u8(0), {"groupID": 3, "rect_region_flag": 0}),
    (
        b"trif",
        u16(3) + u8(0xA4) + u16(10, 20, 64, 32, 1, 2),
        {
            "groupID": 3,
            "rect_region_flag": 1,
            "independent_idc": 1,
            "full_picture": 0,
            "filtering_disabled": 0,
            "has_dependency_list": 1,
            "horizontal_offset": 10,
            "vertical_offset": 20,
            "region_width": 64,
            "region_height": 32,
            "dependencyRectRegionGroupID": [2],
        },
    ),
    (b"sync", u8(19), {"NAL_unit_type": 19}),
    (b"tsas", b"", {}),
    (
        b"tscl",
        u8(1, 0x62) + u32(7) + bytes(5) + u8(9, 93) + u16(100, 50) + u8(1) + u16(25),
        {
            "temporalLayerId": 1,
            "tlprofile_space": 1,
            "tltier_flag": 1,
            "tlprofile_idc": 2,
            "tlprofile_compatibility_flags": 7,
            "tlconstraint_indicator_flags": 9,
            "tllevel_idc": 93,
            "tlMaxBitRate": 100,
            "tlAvgBitRate": 50,
            "tlConstantFrameRate": 1,
            "tlAvgFrameRate": 25,
        },
    ),
    (b"pase", u16(3) + b"sps", {"ps_nal_unit": b"sps"}),
    (b"pss1", u8(0xC0), {"sps_present": True, "pps_present": True, "aps_present": False}),
    (b"aud ", u8(1, 2, 3), {"audNalUnit": 0x010203}),
    (b"eos ", u8(1) + u16(5, 6), {"num_eos_nal_unit_minus1": 1, "eosNalUnit": [5, 6]}),
    (
        b"linf",
        u8(1, 0x10 | 2, 0x40 | 1 << 3 | 2, 0x7F),
        {
            "layers": [
                {
                    "irap_gdr_pics_in_layer_only_flag": 0,
                    "completeness_flag": 1,
                    "layer_id": 9,
                    "min_TemporalId": 1,
                    "max_TemporalId": 2,
                    "sub_layer_presence_flags": 127,
                }
            ]
        },
    ),
    (b"opth", i32(-5), {"delta_time": -5}),
    (
        b"lbli",
        u8(0xC0 | 19, 255),
        {"bl_irap_pic_flag": True, "bl_irap_nal_unit_type": 19, "sample_offset": -1},
    ),
    (
        b"minp",
        u16(1, 2, 3) + u16(5 << 6 | 4),
        {
            "mixed_pictures": [{"mix_subp_track_idx1": 2, "mix_subp_track_idx2": 3}],
            "pps_mix_nalu_types_in_pic_bit_pos": 5,
            "pps_id": 4,
        },
    ),
    (
        b"spid",
        u16(0x8001, 3, 1, 4, 2),
        {
            "rect_region_flag": 1,
            "continuous_id_flag": 0,
            "subpictures": [{"subpic_id": 3, "groupID": 1}, {"subpic_id": 4, "groupID": 2}],
        },
    ),
    (
        b"spid",
        u16(0x1001, 3),
        {
            "rect_region_flag": 0,
            "continuous_id_flag": 1,
            "subpictures": [{"subpic_id": 3}, {}],
        },
    ),
    (b"spli", u8(51), {"level_idc": 51}),
    (
        b"spor",
        u16(0x8002, 1, 2) + u16(7 << 12 | 40) + u8(0xC3),
        {
            "subpic_id_info_flag": 1,
            "subp_track_ref_idx": [1, 2],
            "subpic_id_len_minus1": 7,
            "subpic_id_bit_pos": 40,
            "start_code_emul_flag": 1,
            "pps_sps_subpic_id_flag": 1,
            "pps_id": 3,
        },
    ),
    (
        b"sulm",
        b"trif" + u16(1, 5, 6),
        {"groupID_info_4cc": b"trif", "entry_count_minus1": 1, "groupID": [5, 6]},
    ),
    (
        b"rror",
        u8(0) + u16(1, 2, 9, 5, 6) + u16(1, 8),
        {
            "subpic_id_info_flag": 0,
            "alternate_region_sets": [{"alternate_region_set_id": 9, "groupID": [5, 6]}],
            "region_id": [8],
        },
    ),
    (
        b"oinf",
        u16(4)
        + u8(1, 0x21)
        + u32(6)
        + bytes(6)
        + u8(93)
        + u16(1, 2)
        + u8(1, 1, 0, 2)
        + u16(64, 36, 128, 72)
        + u8(0x4B)
        + u16(25)
        + u8(1)
        + u32(900, 500)
        + u8(1, 1, 1, 0, 7),
        {
            "scalability_mask": 4,
            "profile_tier_levels": [
                {
                    "general_profile_space": 0,
                    "general_tier_flag": 1,
                    "general_profile_idc": 1,
                    "general_profile_compatibility_flags": 6,
                    "general_constraint_indicator_flags": 0,
                    "general_level_idc": 93,
                }
            ],
            "operating_points": [
                {
                    "output_layer_set_idx": 2,
                    "max_temporal_id": 1,
                    "layers": [
                        {
                            "ptl_idx": 0,
                            "layer_id": 0,
                            "is_outputlayer": 1,
                            "is_alternate_outputlayer": 0,
                        }
                    ],
                    "minPicWidth": 64,
                    "minPicHeight": 36,
                    "maxPicWidth": 128,
                    "maxPicHeight": 72,
                    "maxChromaFormat": 1,
                    "maxBitDepthMinus8": 1,
                    "frame_rate_info_flag": 1,
                    "bit_rate_info_flag": 1,
                    "avgFrameRate": 25,
                    "constantFrameRate": 1,
                    "maxBitRate": 900,
                    "avgBitRate": 500,
                }
            ],
            "dependent_layers": [
                {
                    "dependent_layerID": 1,
                    "dependent_on_layerID": [0],
                    "dimension_identifier": [7],
                }
            ],
        },
    ),
    (
        b"vopi",
        u8(0, 0)
        + u8(1, 2, 51, 0, 0)
        + u8(0x80, 0x80)
        + u16(1, 3)
        + u8(0, 0, 1, 0x06, 0)
        + u8(1, 0, 1, 5, 7),
        {
            "profile_tier_levels": [
                {
                    "ptl_max_temporal_id": 0,
                    "num_bytes_constraint_info": 1,
                    "general_profile_idc": 1,
                    "general_tier_flag": 0,
                    "general_level_idc": 51,
                    "ptl_frame_only_constraint_flag": 0,
                    "ptl_multi_layer_enabled_flag": 0,
                    "general_constraint_info": 0,
                    "general_sub_profile_idc": [],
                }
            ],
            "all_independent_layers_flag": 1,
            "each_layer_is_an_ols_flag": 1,
            "operating_points": [
                {
                    "output_layer_set_idx": 3,
                    "ptl_idx": 0,
                    "max_temporal_id": 0,
                    "layers": [{"layer_id": 1, "is_outputlayer": 1}],
                    "frame_rate_info_flag": 0,
                    "bit_rate_info_flag": 0,
                }
            ],
            "layers": [{"layerID": 0, "direct_ref_layerID": [5], "max_tid_il_ref_pics_plus1": 7}],
        },
    ),
]


@pytest.mark.parametrize(("kind", "data", "fields"), ENTRIES)
def test_fields(kind: bytes, data: bytes, fields: dict[str, object]):
    single = BOX.parse(sgpd(kind, data))
    assert plain(single.entries) == [{"description_length": len(data), **fields}]
    assert BOX.build(single) == sgpd(kind, data)
    built = {"type": b"sgpd", "grouping_type": kind, "entries": [fields]}
    assert BOX.build(built) == sgpd(kind, data)
    if data:
        twice = sgpd(kind, data, data, length=len(data))
        assert plain(BOX.parse(twice).entries) == [fields] * 2
        assert BOX.build({**built, "default_length": len(data), "entries": [fields] * 2}) == twice
    old = sgpd(kind, data, version=0)
    assert plain(BOX.parse(old).entries) == [fields]
    assert BOX.build({**built, "version": 0}) == old


@pytest.mark.parametrize(("kind", "data", "fields"), ENTRIES)
def test_version_0_tells_entries_apart_by_their_syntax(kind, data, fields):
    parsed = BOX.parse(sgpd(kind, data, data, version=0))
    if kind in OPEN_ENDED or not data:
        assert "raw" in parsed
    else:
        assert plain(parsed.entries) == [fields] * 2
    assert BOX.build(parsed) == sgpd(kind, data, data, version=0)


@pytest.mark.parametrize(("kind", "data", "fields"), ENTRIES)
def test_an_entry_cut_anywhere_is_kept_as_bytes(kind, data, fields):
    for length in range(len(data)):
        whole = sgpd(kind, data[:length])
        (entry,) = BOX.parse(whole).entries
        if "description" in entry:
            assert entry.description == data[:length]
        else:
            assert kind in OPEN_ENDED
        assert BOX.build(BOX.parse(whole)) == whole


def test_an_entry_too_long_is_kept_as_bytes():
    (entry,) = BOX.parse(sgpd(b"roll", b"\0\1\2")).entries
    assert entry.description == b"\0\1\2"


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.decode())
def test_any_bytes(kind: bytes):
    @given(st.lists(st.binary(max_size=40), max_size=3), st.sampled_from((0, 1, 2)))
    def check(entries, version):
        head = [[], [u32(0)], [u32(0, 1)]][version]
        sized = [u32(len(entry)) + entry if version else entry for entry in entries]
        data = full(b"sgpd", version, 0, kind, *head, u32(len(entries)), *sized)
        assert BOX.build(BOX.parse(data)) == data

    check()


def test_several_keys_for_a_sample_are_kept_as_bytes():
    data = u8(0x80, 0, 1) + u16(1) + u8(8) + KEY.bytes
    (entry,) = BOX.parse(sgpd(b"seig", data)).entries
    assert entry.description == data


def test_values_that_do_not_fit():
    for kind, entry, reason in (
        (b"nalm", {"large_size": 0, "rle": 0, "entries": [{"groupID": 1 << 16}]}, "groupID"),
        (b"linf", {"layers": [{}] * 64}, "number of layers"),
        (b"seig", {"_reserved": 1}, "reserved"),
        (b"zzzz", {"roll_distance": 1}, "'description' is missing"),
    ):
        with pytest.raises(BoxBuildError, match=reason):
            BOX.build({"type": b"sgpd", "grouping_type": kind, "entries": [entry]})


def test_vvc_sublayers_beyond_the_standard():
    data = u8(0, 200) + bytes(60)
    (entry,) = BOX.parse(sgpd(b"vopi", data)).entries
    assert entry.description == data
