"""Groups of tracks and items in `grpl`."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import check, check_builds, plain
from tests.mp4.boxes import box, full, u8, u16, u32


def test_a_group_of_any_kind():
    group = full(b"altr", 0, 0, u32(1, 2, 3, 4), b"more")
    check(
        box(b"grpl", group),
        children=[
            {
                "type": b"altr",
                "version": 0,
                "flags": 0,
                "group_id": 1,
                "entity_ids": [3, 4],
                "data": b"more",
            }
        ],
    )


@pytest.mark.parametrize(
    ("code", "data", "fields"),
    [
        (b"acgl", u8(0xC0, 93) + u16(2), {"level_idc": 93, "num_active_tracks": 2}),
        (b"acgl", u8(0) + u32(1) + u16(2), {"level_info_entity_idx": 1, "num_active_tracks": 2}),
        (b"swtk", u16(1, 2), {"track_switch_hierarchy_id": [1, 2]}),
        (b"swtk", b"", {"track_switch_hierarchy_id": []}),
    ],
)
def test_groups_that_say_more(code: bytes, data: bytes, fields: dict[str, object]):
    whole = box(b"grpl", full(code, 0, 0, u32(1, 2, 3, 4), data))
    (group,) = BOX.parse(whole).children
    assert plain(group).items() >= {"group_id": 1, "entity_ids": [3, 4], **fields}.items()
    given = {"type": code, "group_id": 1, "entity_ids": [3, 4], **fields}
    check_builds(whole, children=[given])


def test_a_preselection():
    label = full(b"labl", 0, 1, u16(7), b"en\0Comment\0")
    indication = full(b"ardi", 0, 0, u8(3))
    body = b"main\0" + u8(2) + b"mix\0"
    data = box(b"grpl", full(b"prsl", 0, 0x7000, u32(500, 1, 1), body, label, indication))
    (group,) = BOX.parse(data).children
    fields = plain(group)
    assert [child.pop("type") for child in fields["children"]] == [b"labl", b"ardi"]
    assert fields == {
        "type": b"prsl",
        "version": 0,
        "flags": 0x7000,
        "group_id": 500,
        "entity_ids": [1],
        "preselection_tag": "main",
        "selection_priority": 2,
        "interleaving_tag": "mix",
        "children": [
            {"version": 0, "flags": 1, "label_id": 7, "language": "en", "label": "Comment"},
            {"version": 0, "flags": 0, "audio_rendering_indication": 3},
        ],
    }
    assert BOX.build(BOX.parse(data)) == data


def test_a_preselection_without_tags():
    data = box(b"grpl", full(b"prsl", 0, 0x2000, u32(500, 1, 1), u8(2)))
    (group,) = BOX.parse(data).children
    assert (group.preselection_tag, group.interleaving_tag) == (None, None)
    assert (group.selection_priority, group.children) == (2, [])
    assert BOX.build(BOX.parse(data)) == data


def test_labels_alone():
    check(full(b"labl", 0, 0, u16(7), b"en\0A\0"), label_id=7, language="en", label="A")
    check(full(b"ardi", 0, 0, u8(3)), audio_rendering_indication=3)
