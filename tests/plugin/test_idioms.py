"""What programs on pymp4 do, line for line: the same comes out after `register()`."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from construct import Container, ListContainer
from pymp4 import parser
from pymp4.util import BoxUtil

from tests.mp4.boxes import box, full, u8, u16, u32
from tests.plugin.registered import registered, stock
from tests.plugin.stock_reference import difference
from tests.plugin.test_compat import PSSH, WIDEVINE, avc1, moof, moov, mp4a

Idiom = Callable[[], Any]
IDIOMS: dict[str, Idiom] = {}

FTYP = box(b"ftyp", b"isom", u32(0), b"iso6mp42")
STTS = full(b"stts", 0, 0, u32(2, 1, 2, 3, 4))
UDTA = box(b"udta", box(b"name", b"a title"))
SIDX = full(b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 1), u32(100, 5, 0x90000000))
RUN = full(b"trun", 0, 0x000201, u32(2, 100, 5, 6))
TRAF = box(b"traf", full(b"tfhd", 0, 0x020008, u32(1, 1000)), full(b"tfdt", 0, 0, u32(0)), RUN)
MOOF = box(b"moof", full(b"mfhd", 0, 0, u32(1)), TRAF)
SEGMENT = FTYP + SIDX + MOOF + box(b"mdat", bytes(5000))


def idiom(function: Idiom) -> Idiom:
    IDIOMS[function.__name__] = function
    return function


def walk(parsed: Any) -> list[Any]:
    """Every box, by the two fields that hold boxes."""
    found = [parsed]
    for name in ("children", "entries"):
        if hasattr(parsed, name):
            for child in getattr(parsed, name):
                if isinstance(child, Container):
                    found += walk(child)
    return found


@idiom
def a_pssh_is_parsed() -> Any:
    parsed = parser.Box.parse(PSSH)
    return parsed.system_ID, parsed.key_IDs, parsed.init_data, parsed.version, parsed


@idiom
def a_pssh_is_built() -> Any:
    key = UUID(int=7)
    fields = dict(type=b"pssh", version=1, flags=0, system_ID=WIDEVINE, init_data=b"x")
    return parser.Box.build(dict(fields, key_IDs=[key])), parser.Box.build(dict(fields, key_IDs=[]))


@idiom
def a_pssh_is_changed() -> Any:
    parsed = parser.Box.parse(PSSH)
    parsed.init_data = b"other"
    parsed.key_IDs = [UUID(int=1), UUID(int=2)]
    return parser.Box.build(parsed)


@idiom
def a_pssh_is_looked_for_in_a_movie() -> Any:
    return [found.init_data for found in BoxUtil.find(parser.Box.parse(moov()), b"pssh")]


@idiom
def boxes_are_looked_for() -> Any:
    parsed = parser.Box.parse(moov())
    return (
        BoxUtil.first(parsed, b"mdhd"),
        BoxUtil.index(parsed, b"mvex"),
        list(BoxUtil.find_extended(parser.Box.parse(moof()), WIDEVINE)),
    )


@idiom
def children_are_deleted_where_there_are_any() -> Any:
    parsed = parser.Box.parse(box(b"minf", full(b"stsd", 0, 0, u32(1), mp4a())))
    for child in walk(parsed):
        if hasattr(child, "children"):
            del child["children"]
    return parsed


@idiom
def a_walk_visits_each_box_once() -> Any:
    return [found.get("type", found.get("format")) for found in walk(parser.Box.parse(moov()))]


@idiom
def fields_of_a_box_are_listed() -> Any:
    parsed = parser.Box.parse(moov())
    return [(list(found), list(found.keys()), len(found)) for found in walk(parsed)]


@idiom
def boxes_are_read_until_an_error() -> Any:
    stream, found = io.BytesIO(SEGMENT), []
    while True:
        try:
            found.append(parser.Box.parse_stream(stream))
        except Exception:
            return found


@idiom
def a_whole_file_is_parsed_and_built() -> Any:
    parsed = parser.MP4.parse(SEGMENT)
    return parsed, parser.MP4.build(parsed)


@idiom
def sidx_is_found_in_the_first_bytes_of_a_file() -> Any:
    for found in parser.MP4.parse(SEGMENT[:1000]):
        if found.type == b"sidx":
            return found
    return None


@idiom
def a_title_is_replaced_in_user_data() -> Any:
    parsed = parser.Box.parse(UDTA)
    parsed.data = parsed.data.replace(b"a title", b"another")
    return parser.Box.build(parsed)


@idiom
def a_sample_entry_is_taken_apart_by_hand() -> Any:
    data = full(b"stsd", 0, 0, u32(1), box(b"hvc1", bytes(6), u16(1), bytes(70), b"rest"))
    parsed = parser.Box.parse(data)
    entry = parsed.entries[0]
    entry.data = entry.data[:24] + u16(640, 360) + entry.data[28:]
    return entry, parser.Box.build(parsed)


@idiom
def a_sample_entry_is_built_from_data() -> Any:
    entry = Container(format=b"stpp")(data_reference_index=1)(data=b"0123456789")
    return parser.Box.build(dict(type=b"stsd", entries=[entry]))


@idiom
def an_encrypted_entry_is_renamed() -> Any:
    parsed = parser.Box.parse(full(b"stsd", 0, 0, u32(1), box(b"encv", avc1()[8:])))
    parsed.entries[0].format = b"avc1"
    return parser.Box.build(parsed)


@idiom
def a_handler_is_built_with_a_bytes_name() -> Any:
    return parser.Box.build(dict(type=b"hdlr", handler_type=b"vide", name=b"VideoHandler"))


@idiom
def a_handler_is_built_with_a_name() -> Any:
    return parser.Box.build(dict(type=b"hdlr", handler_type=b"soun", name="Tön"))


@idiom
def rows_are_changed_in_place() -> Any:
    parsed = parser.Box.parse(STTS)
    parsed.entries[0].sample_delta = 9
    parsed.entries.append(Container(sample_count=5)(sample_delta=6))
    parsed.entries.insert(0, dict(sample_count=7, sample_delta=8))
    parsed.entries[1:2] = []
    parsed.entries += [dict(sample_count=1, sample_delta=1)]
    return parsed.entries, parser.Box.build(parsed)


@idiom
def rows_are_counted_and_cut() -> Any:
    rows = parser.Box.parse(STTS).entries
    return len(rows), rows[:1], rows + rows, rows * 2, sum(row.sample_count for row in rows)


@idiom
def boxes_are_searched() -> Any:
    parsed = parser.Box.parse(moov())
    return [
        (parsed.search(name), parsed.search_all(name))
        for name in ("timescale", "sample_delta", "language", "type", "profile", "nothing")
    ]


@idiom
def boxes_are_copied() -> Any:
    parsed = parser.Box.parse(moov())
    return copy.copy(parsed), copy.deepcopy(parsed), Container(parsed), parsed.copy()


@idiom
def boxes_become_dicts() -> Any:
    parsed = parser.Box.parse(STTS)
    return dict(parsed), {**parsed}, json.dumps(parsed, default=repr)


@idiom
def a_box_is_updated() -> Any:
    parsed = parser.Box.parse(SIDX)
    parsed.update({"timescale": 5, "new": 6})
    other = Container(type=b"sidx")
    other.update(parsed)
    return parsed, other, parser.Box.build(other)


@idiom
def places_are_taken_out_before_building() -> Any:
    parsed = parser.Box.parse(moov())
    for found in walk(parsed):
        for name in ("offset", "end"):
            found.pop(name, None) if name in found else None
    return parsed, parser.Box.build(parsed)


@idiom
def a_child_is_added_and_removed() -> Any:
    parsed = parser.Box.parse(moov())
    parsed.children.append(dict(type=b"free", data=b"padding"))
    parsed.children.remove(next(child for child in parsed.children if child.type == b"pssh"))
    parsed.children = [child for child in parsed.children if child["type"] != b"mvex"]
    return parser.Box.build(parsed)


@idiom
def a_movie_is_built_from_dicts() -> Any:
    mdhd = dict(type=b"mdhd", creation_time=0, modification_time=0, timescale=1, duration=2)
    mdia = dict(type=b"mdia", children=[dict(mdhd, language="und")])
    trak = dict(type=b"trak", children=[dict(type=b"tkhd"), mdia])
    return parser.Box.build(
        dict(type=b"moov", children=[dict(type=b"mvhd", duration=1), trak, dict(type=b"stts")])
    )


@idiom
def unknown_fields_do_not_matter() -> Any:
    return parser.Box.build(dict(type=b"mfhd", sequence_number=1, note="mine", other=[1]))


@idiom
def parts_of_pymp4_are_used_alone() -> Any:
    stsd = full(b"stsd", 0, 0, u32(1), mp4a())
    return (
        parser.SampleDescriptionBox.parse(stsd[4:]),
        parser.SampleEntryBox.parse(mp4a()),
        parser.ContainerBox.parse(box(b"minf", STTS)[4:]),
        parser.FileTypeBox.parse(FTYP[4:]),
        parser.AAVC.build(dict(profile=1, compatibility=2, level=3)),
    )


@idiom
def boxes_are_printed() -> Any:
    parsed = parser.Box.parse(moov())
    return str(parsed), repr(parsed), f"{parser.Box.parse(SEGMENT)}"


@idiom
def types_are_asked_for() -> Any:
    parsed = parser.Box.parse(moov())
    return [
        [(name, type(value)) for name, value in found.items()]
        + [isinstance(value, (list, ListContainer, Container)) for value in found.values()]
        for found in walk(parsed)
    ]


@idiom
def a_type_with_a_space_is_parsed() -> Any:
    return parser.Box.parse(box(b"abc", b"x")), parser.Box.parse(box(b"\xa9nam", u8(1)))


@idiom
def an_error_is_caught_at_the_end() -> Any:
    """OSError in a cut body, ConstructError where there is nothing."""
    found = []
    for data in (b"", b"\0", b"\0\0\0", PSSH[:6], PSSH[:20]):
        try:
            parser.Box.parse(data)
        except OSError:
            found.append("OSError")
        except parser.construct.core.ConstructError:
            found.append("ConstructError")
    return found


def outcome(function: Idiom) -> Any:
    try:
        return function()
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("name", IDIOMS)
def test_the_same_comes_out(name):
    with stock():
        expected = outcome(IDIOMS[name])
    with registered():
        found = outcome(IDIOMS[name])
    assert not isinstance(expected, type), f"pymp4 itself raises {expected}"
    assert difference(expected, found, name) is None
