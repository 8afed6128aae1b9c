"""Boxes of scalable and multiview video."""

from __future__ import annotations

import pytest

from tests.boxes.checks import box_type, check, check_builds, check_raw
from tests.mp4.boxes import box, full, u8, u16, u32

BOXES = [
    (
        box(b"tiri", u16(1), u8(83, 0, 30, 0), u16(640, 360), u8(0x50), u16(25)),
        {
            "tierID": 1,
            "profileIndication": 83,
            "profile_compatibility": 0,
            "levelIndication": 30,
            "visualWidth": 640,
            "visualHeight": 360,
            "discardable": 1,
            "constantFrameRate": 1,
            "frameRate": 25,
        },
    ),
    (
        box(b"tibr", u32(1, 2, 3, 4, 5, 6)),
        {
            "baseBitRate": 1,
            "maxBitRate": 2,
            "avgBitRate": 3,
            "tierBaseBitRate": 4,
            "tierMaxBitRate": 5,
            "tierAvgBitRate": 6,
        },
    ),
    (box(b"svpr", u8(1, 2)), {"min_priorityId": 1, "max_priorityId": 2}),
    (
        box(b"svdr", u16(1 << 13 | 2 << 10 | 3, 4 << 13 | 5 << 10 | 6)),
        {
            "min_dependency_id": 1,
            "min_temporal_id": 2,
            "min_quality_id": 3,
            "max_dependency_id": 4,
            "max_temporal_id": 5,
            "max_quality_id": 6,
        },
    ),
    (
        box(b"buff", u16(1), u32(1, 2, 3, 4, 5)),
        {
            "operating_points": [
                {
                    "byte_rate": 1,
                    "cpb_size": 2,
                    "dpb_size": 3,
                    "init_cpb_delay": 4,
                    "init_dpb_delay": 5,
                }
            ]
        },
    ),
    (box(b"ldep", u16(2, 7, 8)), {"dependencyTierId": [7, 8]}),
    (box(b"svip", u8(1, 4, 2, 5, 6)), {"SPS_index": [4], "PPS_index": [5, 6]}),
    (box(b"rrgn", u16(1), u8(0x80)), {"base_region_tierID": 1, "dynamic_rect": 1}),
    (
        box(b"rrgn", u16(1), u8(0), u16(1, 2, 3, 4)),
        {
            "base_region_tierID": 1,
            "dynamic_rect": 0,
            "horizontal_offset": 1,
            "vertical_offset": 2,
            "region_width": 3,
            "region_height": 4,
        },
    ),
    (
        box(b"iroi", u8(0x40, 0, 0, 1), u32(9), u8(4, 5)),
        {
            "iroi_type": 1,
            "regions": [{"top_left_mb": 9, "roi_mb_width": 4, "roi_mb_height": 5}],
        },
    ),
    (
        box(b"iroi", u8(0, 4, 5)),
        {"iroi_type": 0, "grid_roi_mb_width": 4, "grid_roi_mb_height": 5},
    ),
    (
        box(b"tran", u8(6, 0, 0, 1), u32(2, 3)),
        {
            "conversion_idc": 1,
            "cavlc_info_present_flag": 1,
            "cabac_info_present_flag": 0,
            "cavlc_profile_level_idc": 1,
            "cavlc_max_bitrate": 2,
            "cavlc_avg_bitrate": 3,
        },
    ),
    (
        full(b"vwid", 0, 0, u8(0x0B), u16(1, 5, 6), u8(0x90, 1), u16(2 << 10 | 7)),
        {
            "min_temporal_id": 1,
            "max_temporal_id": 3,
            "views": [
                {
                    "view_id": 5,
                    "view_order_index": 6,
                    "texture_in_stream": 1,
                    "texture_in_track": 0,
                    "depth_in_stream": 0,
                    "depth_in_track": 1,
                    "base_view_type": 0,
                    "references": [{"dependent_component_idc": 2, "ref_view_id": 7}],
                }
            ],
        },
    ),
    (
        box(b"vipr", u16(3), u32(9), u16(4), u32(8)),
        {
            "views": [
                {"view_id": 3, "content_priority_id": 9},
                {"view_id": 4, "content_priority_id": 8},
            ]
        },
    ),
    (
        full(
            b"mvcg",
            *(0, 0, u32(9), u16(4), u8(0), u8(0), u32(1), u8(1), u32(2), u16(3)),
            *(u8(2), u16(4), u8(3), u16(5, 6), box(b"vwdi", u8(7))),
        ),
        {
            "multiview_group_id": 9,
            "entries": [
                {"entry_type": 0, "track_id": 1},
                {"entry_type": 1, "track_id": 2, "tier_id": 3},
                {"entry_type": 2, "output_view_id": 4},
                {"entry_type": 3, "start_view_id": 5, "view_count": 6},
            ],
            "children": [{"type": b"vwdi", "max_disparity": 7}],
        },
    ),
    (full(b"swtc", 0, 0, u32(2, 3, 4)), {"multiview_group_id": [3, 4], "children": []}),
    (
        full(b"mvra", 0, 0, u16(0, 1), u32(2, 3), u16(0, 1), u32(4)),
        {
            "common_attributes": [{"common_attribute": 2, "common_value": 3}],
            "differentiating_attribute": [4],
        },
    ),
    (
        full(b"sstl", 0, 0, u16(1), u16(1 << 13 | 2 << 9 | 3 << 6 | 4), u8(0x1B)),
        {
            "items": [
                {
                    "dependency_id": 1,
                    "quality_id": 2,
                    "temporal_id": 3,
                    "priority_id": 4,
                    "dependency_id_range": 0,
                    "quality_id_range": 1,
                    "temporal_id_range": 2,
                    "priority_id_range": 3,
                }
            ]
        },
    ),
    (full(b"mstv", 0, 0, u16(1, 5 << 6 | 8)), {"items": [{"view_id": 5, "temporal_id": 2}]}),
    (full(b"stmg", 0, 0, u16(1), u32(5)), {"MultiviewGroupId": [5]}),
    (full(b"stti", 0, 0, u16(1, 5)), {"tierID": [5]}),
    (full(b"tstb", 0, 0, u16(2, 5, 6)), {"tileGroupID": [5, 6]}),
    (box(b"svcP", u8(2), b"a\0", b"b\0"), {"PriorityAssignmentURI": ["a", "b"]}),
    (
        full(b"svmC", 0, 0, u8(1, 2, 3, 1, 4), b"urn\0"),
        {
            "sample_statement_type": 1,
            "default_statement_type": 2,
            "default_statement_length": 3,
            "statements": [{"statement_type": 4, "statement_namespace": "urn"}],
        },
    ),
    (
        box(b"qlif", u8(1, 2, 0, 0, 3), u32(4, 5)),
        {"layers": [{"pr_layer": 2, "profile_level_idc": 3, "max_bitrate": 4, "avg_bitrate": 5}]},
    ),
    (
        full(b"sdep", 0, 0, u16(0, 2, 1, 0xFFFF)),
        {"samples": [{"relative_sample_number": []}, {"relative_sample_number": [1, -1]}]},
    ),
    (
        box(b"seii", u16(1, 5, 2, 6, 7)),
        {"requiredSEI_ID": [5], "notrequiredSEI_ID": [6, 7]},
    ),
    (box(b"seib", b"\x06\x18"), {"scalinfosei": b"\x06\x18"}),
    (box(b"vsib", b"\x06\x26"), {"mvcscalinfosei": b"\x06\x26"}),
    (box(b"3sib", b""), {"mvdscalinfosei": b""}),
]


@pytest.mark.parametrize(("data", "fields"), BOXES, ids=box_type)
def test_fields(data: bytes, fields: dict[str, object]):
    check(data, **fields)
    check_builds(data, **fields)


@pytest.mark.parametrize(
    "data",
    [
        box(b"iroi", u8(0x40, 255, 255, 255), bytes(60)),
        full(b"vwid", 0, 0, u8(0), u16(65535), bytes(60)),
        full(b"mvcg", 0, 0, u32(0), u16(65535), bytes(60)),
    ],
)
def test_impossible_counts(data: bytes):
    check_raw(data, "do not fit")
