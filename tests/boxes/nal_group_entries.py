"""Entries of `sgpd` for video of NAL units: grouping type, bytes, fields."""

from __future__ import annotations

from tests.mp4.boxes import box, i32, u8, u16, u32

NAL_ENTRIES = [
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
