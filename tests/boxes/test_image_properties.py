"""Properties of images and of video: what is shown, how, and in what light."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import box_type, check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, i32, u8, u16, u32, u64

BOXES = [
    (full(b"auxi", 0, 0, b"urn:alpha\0"), {"aux_track_type": "urn:alpha"}),
    (box(b"jpgC", b"\xff\xd8"), {"JPEGprefix": b"\xff\xd8"}),
    (full(b"mskC", 0, 0, u8(8)), {"bits_per_pixel": 8}),
    (full(b"rref", 0, 0, u8(2), b"auxldimg"), {"reference_type": [b"auxl", b"dimg"]}),
    (
        full(b"iscl", 0, 0, u16(1, 2, 3, 4)),
        {
            "target_width_numerator": 1,
            "target_width_denominator": 2,
            "target_height_numerator": 3,
            "target_height_denominator": 4,
        },
    ),
    (full(b"tols", 0, 0, u16(5)), {"target_ols_idx": 5}),
    (
        full(b"spid", 0, 0, u16(0, 7)),
        {"rect_region_flag": 0, "continuous_id_flag": 0, "subpictures": [{"subpic_id": 7}]},
    ),
    (full(b"spor", 0, 0, u16(1, 7)), {"subpic_id_info_flag": 0, "subp_track_ref_idx": [7]}),
    (
        full(b"oinf", 0, 0, u16(0), u8(0), u16(0), u8(0)),
        {
            "scalability_mask": 0,
            "profile_tier_levels": [],
            "operating_points": [],
            "dependent_layers": [],
        },
    ),
    (full(b"crtt", 0, 0, u64(5)), {"creation_time": 5}),
    (full(b"mdft", 0, 0, u64(5)), {"modification_time": 5}),
    (full(b"aebr", 0, 0, u8(3, 0xFF)), {"exposure_step": 3, "exposure_numerator": -1}),
    (
        full(b"afbr", 0, 0, u8(0xFF, 2)),
        {"flash_exposure_numerator": -1, "flash_exposure_denominator": 2},
    ),
    (full(b"dobr", 0, 0, u8(1, 2)), {"f_stop_numerator": 1, "f_stop_denominator": 2}),
    (
        full(b"fobr", 0, 0, u16(1, 2)),
        {"focus_distance_numerator": 1, "focus_distance_denominator": 2},
    ),
    (full(b"wbbr", 0, 0, u16(5000), u8(0xFE)), {"blue_amber": 5000, "green_magenta": -2}),
    (full(b"wipe", 0, 0, u8(3)), {"transition_direction": 3}),
    (full(b"zoom", 0, 0, u8(0x81)), {"transition_direction": 1, "transition_shape": 1}),
    (full(b"stpe", 0, 0, u8(10)), {"transition_period": 10}),
    (full(b"ssld", 0, 0, u16(500)), {"duration": 500}),
    (
        full(b"cmin", 0, 1, i32(1, 2, -3, 4, 5)),
        {
            "flags": 1,
            "focal_length_x": 1,
            "principal_point_x": 2,
            "principal_point_y": -3,
            "focal_length_y": 4,
            "skew_factor": 5,
        },
    ),
    (
        full(b"md5i", 0, 1, bytes(16), b"sgpdroll", u32(9, 2, 3, 4)),
        {
            "flags": 1,
            "input_MD5": bytes(16),
            "input_4cc": b"sgpd",
            "grouping_type": b"roll",
            "grouping_type_parameter": 9,
            "group_description_index": [3, 4],
        },
    ),
    (
        full(b"md5i", 0, 0, bytes(16), b"iloc"),
        {
            "input_MD5": bytes(16),
            "input_4cc": b"iloc",
            "grouping_type": None,
            "grouping_type_parameter": None,
            "group_description_index": None,
        },
    ),
    (
        box(b"amve", u32(314000), u16(15635, 16450)),
        {"ambient_illuminance": 314000, "ambient_light_x": 15635, "ambient_light_y": 16450},
    ),
    (
        box(b"cclv", u8(0x24), i32(1, -2, 3, 4, 5, 6), u32(7)),
        {
            "ccv_primaries_present_flag": 1,
            "ccv_min_luminance_value_present_flag": 0,
            "ccv_max_luminance_value_present_flag": 0,
            "ccv_avg_luminance_value_present_flag": 1,
            "ccv_primaries": [
                {"ccv_primaries_x": 1, "ccv_primaries_y": -2},
                {"ccv_primaries_x": 3, "ccv_primaries_y": 4},
                {"ccv_primaries_x": 5, "ccv_primaries_y": 6},
            ],
            "ccv_avg_luminance_value": 7,
        },
    ),
    # stereoscopic and spherical video
    (
        full(b"stvi", 0, 0, u32(2, 1, 3), b"abc", box(b"free")),
        {
            "single_view_allowed": 2,
            "stereo_scheme": 1,
            "stereo_indication_type": b"abc",
            "children": [{"type": b"free", "data": b""}],
        },
    ),
    (full(b"prfr", 0, 0, u8(1)), {"projection_type": 1}),
    (full(b"st3d", 0, 0, u8(2)), {"stereo_mode": 2}),
    (full(b"svhd", 0, 0, b"tool\0"), {"metadata_source": "tool"}),
    (
        full(b"prhd", 0, 0, i32(1, -2, 3)),
        {"pose_yaw_degrees": 1, "pose_pitch_degrees": -2, "pose_roll_degrees": 3},
    ),
    (full(b"cbmp", 0, 0, u32(0, 4)), {"layout": 0, "padding": 4}),
    (
        full(b"equi", 0, 0, u32(1, 2, 3, 4)),
        {
            "projection_bounds_top": 1,
            "projection_bounds_bottom": 2,
            "projection_bounds_left": 3,
            "projection_bounds_right": 4,
        },
    ),
    (
        full(b"mshp", 0, 0, u32(9), b"dfl8mesh"),
        {"crc": 9, "encoding_four_cc": b"dfl8", "data": b"mesh"},
    ),
    (full(b"must", 0, 0, b"eyeshero"), {"required_box_types": [b"eyes", b"hero"]}),
    (full(b"hero", 0, 0, u8(1)), {"hero_eye_indicator": 1}),
    (full(b"blin", 0, 0, u32(63500)), {"baseline_value": 63500}),
    (full(b"dadj", 0, 0, i32(-200)), {"disparity_adjustment": -200}),
    (full(b"prji", 0, 0, b"rect"), {"projection_kind": b"rect"}),
    (full(b"pkin", 0, 0, b"side"), {"view_packing_kind": b"side"}),
    (box(b"hfov", u32(63400)), {"field_of_view": 63400}),
    (full(b"clef", 0, 0, u32(640 << 16, 360 << 16)), {"width": 640 << 16, "height": 360 << 16}),
    (box(b"chrm", u8(1, 2)), {"field_1_location": 1, "field_2_location": 2}),
]


@pytest.mark.parametrize(("data", "fields"), BOXES, ids=box_type)
def test_fields(data: bytes, fields: dict[str, object]):
    check(data, **fields)
    check_builds(data, **fields)


def test_the_views_of_video_extended_usage_have_a_stri_of_their_own():
    views = full(b"stri", 0, 0, u8(0x0B))
    data = box(b"vexu", box(b"eyes", views, full(b"hero", 0, 0, u8(1))), box(b"proj"))
    eyes, projection = BOX.parse(data).children
    assert plain(eyes.children[0]) == {
        "type": b"stri",
        "version": 0,
        "flags": 0,
        "eye_views_reversed": True,
        "has_additional_views": False,
        "has_right_eye_view": True,
        "has_left_eye_view": True,
    }
    assert plain(projection) == {"type": b"proj", "children": []}
    elsewhere = BOX.parse(full(b"stri", 0, 0, u16(1, 2), u32(3)))
    assert elsewhere.sub_track_ID == 3
    assert BOX.build(BOX.parse(data)) == data


@pytest.mark.parametrize(
    "data",
    [
        full(b"rref", 0, 0, u8(255), bytes(20)),
        full(b"md5i", 0, 0, bytes(16), b"sgpdroll", u32(1 << 30), bytes(20)),
        full(b"spor", 0, 0, u16(0x7FFF), bytes(20)),
    ],
    ids=box_type,
)
def test_impossible_counts(data: bytes):
    check_raw(data, "do not fit")
