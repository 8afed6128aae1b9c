"""For each rule of `check`, an input that breaks it."""

from __future__ import annotations

from collections.abc import Callable

from pymp4_nnr.operations import check  # noqa: F401 - imports every module that declares rules
from tests.movie.test_items import HEIC, meta
from tests.mp4.boxes import i32, u16, u32
from tests.mp4.forge import (
    Box,
    full_box,
    patched,
    replaced,
    table,
    write_box,
)
from tests.nnr.streams import FOLDER, START, unit
from tests.operations.breaking import (
    BITSTREAM,
    FRAGMENTS,
    MOVIE,
    SIDX,
    STBL,
    TFRA_ENTRY,
    UNINDEXED,
    Input,
    added,
    groups,
    in_meta,
    in_sample,
    items,
    mapped,
    mfra,
    moof,
    moof_patched,
    moov,
    nnrc,
    no_places,
    rounds,
    set_byte,
    sidx,
    subsegments,
    tfra,
    top,
    with_edits,
)
from tests.operations.broken_details import DETAILS
from tests.operations.broken_structure import STRUCTURE, structure_case
from tests.paths import FIXTURES

# --- rule by rule -----------------------------------------------------------------------------

MVHD_TIMESCALE, MVHD_DURATION, MVHD_NEXT = 12, 16, 96
TKHD_ID, TKHD_DURATION = 12, 20
NDU = unit(5, bytes(10))
GROUP = b"nnru"
OTHER_GROUP = b"test"
KNOWN = groups(OTHER_GROUP, b"a", b"b")


def _ftyp(body: bytes) -> Callable[[list[Box]], None]:
    def change(boxes: list[Box]) -> None:
        boxes[0].body = body

    return change


def _swap(boxes: list[Box]) -> None:
    boxes[0], boxes[1] = boxes[1], boxes[0]


def _first_child_last(box: Box) -> None:
    assert box.children is not None
    box.children.append(box.children.pop(0))


def _second_moov(boxes: list[Box]) -> None:
    boxes.append(boxes[1])


def _pop_moov(boxes: list[Box]) -> None:
    boxes.pop(1)


def _brands(boxes: list[Box]) -> None:
    boxes[0].body = b"isom" + u32(0) + b"isommp42"


def _move_mfra(boxes: list[Box]) -> None:
    boxes.insert(2, next(box for box in boxes if box.type == b"mfra"))
    boxes.pop()


def _two_tracks(moov: Box) -> None:
    assert moov.children is not None
    moov.children.append(moov["trak"])


def _no_time_table(box: Box) -> None:
    traf = box["traf"]
    assert traf.children is not None
    traf.children.append(traf["tfdt"])
    traf.children.remove(traf["tfdt"] if len(traf.all("tfdt")) == 1 else traf.all("tfdt")[0])


def _flags_twice(box: Box) -> None:
    trun = box["traf/trun"]
    count = int.from_bytes(trun.body[4:8])
    rows = [trun.body[12 + 4 * i : 16 + 4 * i] + u32(0) for i in range(count)]
    trun.body = u32(0x605 | 1) + trun.body[4:12] + u32(0) + b"".join(rows)


def _drop_groups(box: Box) -> None:
    traf = box["traf"]
    assert traf.children is not None
    traf.children = [child for child in traf.children if child.type not in (b"sgpd", b"sbgp")]


def _index(change: Callable[[bytearray], object]) -> bytes:
    """A file with a change in the body of its index of tensors."""

    def work(moov: Box) -> None:
        box = moov[f"{STBL}/stsd/nnr1/uuid"]
        body = bytearray(box.body)
        change(body)
        box.body = bytes(body)

    return moov(work)


def _index_twice(moov: Box) -> None:
    entry = moov[f"{STBL}/stsd/nnr1"]
    assert entry.children is not None
    entry.children.append(entry["uuid"])


def _no_entries(moov: Box) -> None:
    stsd = moov[f"{STBL}/stsd"]
    stsd.body, stsd.children = u32(0, 0), []


def _no_references(moov: Box) -> None:
    dref = moov["trak/mdia/minf/dinf/dref"]
    dref.body, dref.children = u32(0, 0), []


def _two_configurations(moov: Box) -> None:
    entry = moov[f"{STBL}/stsd/nnr1"]
    assert entry.children is not None
    entry.children.append(entry["nnrC"])


def _no_groups_announced(body: bytes) -> bytes:
    return u32(2) + body[4:]


def _same_chunk_twice(moov: Box) -> None:
    place = int.from_bytes(moov[f"{STBL}/stco"].body[8:]) + 4  # `moov` grows
    replaced(f"{STBL}/stsc", table(b"stsc", (1, 5, 1)))(moov)
    replaced(f"{STBL}/stco", table(b"stco", (place,), (place,)))(moov)


def stretched_without_end() -> list[bytes]:
    """Fragments of which nothing tells whether the last sample is a repetition."""
    paths = sorted((FIXTURES / "delivery").glob("stretched_on_demand.*"))
    init, *segments = [path.read_bytes() for path in paths]
    return [init.replace(b"mehd", b"free"), *segments]


CASES: dict[str, Callable[[], Input]] = {
    # the file
    "box-size": lambda: MOVIE[:-1],
    "box-filled": lambda: added(Box(b"free"), to="trak")[:-1].replace(
        u32(8) + b"free", u32(9) + b"free", 1
    ),
    "box-content": lambda: moov(patched(f"{STBL}/stts", 4, u32(7))),
    "box-trailing": lambda: moov(
        replaced(f"{STBL}/stts", full_box(b"stts", u32(1, 10, 1), bytes(3)))
    ),
    "header-first": lambda: moov(_first_child_last),
    "ftyp-missing": lambda: top(lambda boxes: setattr(boxes[0], "type", b"free")),
    "ftyp-repeated": lambda: top(lambda boxes: boxes.append(boxes[0])),
    "ftyp-late": lambda: top(_swap),
    "major-brand": lambda: top(_ftyp(b"isom" + u32(0) + b"iso6iso6mp42")),
    "moov-missing": lambda: top(_pop_moov),
    "moov-repeated": lambda: top(_second_moov),
    "moov-trak-missing": lambda: moov(replaced("trak", None)),
    "meta-repeated": lambda: top(lambda boxes: boxes.extend([Box(b"meta", bytes(4))] * 2)),
    "mfra-repeated": lambda: top(lambda boxes: boxes.append(boxes[-1]), FRAGMENTS),
    "mfra-last": lambda: top(_move_mfra, FRAGMENTS),
    # the movie and its tracks
    "timescale": lambda: moov(patched("mvhd", MVHD_TIMESCALE, u32(0))),
    "movie-duration": lambda: moov(patched("mvhd", MVHD_DURATION, u32(99))),
    "next-track-id": lambda: moov(patched("mvhd", MVHD_NEXT, u32(1))),
    "track-id": lambda: moov(patched("trak/tkhd", TKHD_ID, u32(0))),
    "track-id-repeated": lambda: moov(_two_tracks),
    "track-duration": lambda: moov(patched("trak/tkhd", TKHD_DURATION, u32(99))),
    "media-duration": lambda: moov(patched("trak/mdia/mdhd", 16, u32(99))),
    "media-header": lambda: moov(
        replaced("trak/mdia/minf/nmhd", full_box(b"vmhd", bytes(8), flags=1))
    ),
    "tref-zero": lambda: added(Box(b"tref", b"", [Box(b"cdsc", u32(0))]), to="trak"),
    "tref-track": lambda: added(Box(b"tref", b"", [Box(b"cdsc", u32(7))]), to="trak"),
    "edit-time": lambda: with_edits((10, -2, 1)),
    "edit-rate": lambda: with_edits((10, 0, 2)),
    "edit-outside": lambda: with_edits((10, 99, 1)),
    "edit-last-empty": lambda: with_edits((5, 0, 1), (5, -1, 1)),
    "stsd-empty": lambda: moov(_no_entries),
    "dref-empty": lambda: moov(_no_references),
    "data-reference": lambda: moov(patched(f"{STBL}/stsd/nnr1", 6, u16(2))),
    # sample tables
    "stts-count": lambda: moov(replaced(f"{STBL}/stts", table(b"stts", (9, 1)))),
    "stts-zero": lambda: moov(replaced(f"{STBL}/stts", table(b"stts", (1, 0), (9, 1)))),
    "ctts-count": lambda: added(table(b"ctts", (9, 1))),
    "ctts-needless": lambda: added(table(b"ctts", (10, 0))),
    "stsc-first": lambda: moov(replaced(f"{STBL}/stsc", table(b"stsc", (2, 10, 1)))),
    "stsc-order": lambda: moov(replaced(f"{STBL}/stsc", table(b"stsc", (1, 5, 1), (1, 5, 1)))),
    "stsc-empty-chunk": lambda: moov(replaced(f"{STBL}/stsc", table(b"stsc", (1, 0, 1)))),
    "stsc-chunks": lambda: moov(replaced(f"{STBL}/stsc", table(b"stsc", (1, 5, 1), (2, 5, 1)))),
    "stsc-count": lambda: moov(replaced(f"{STBL}/stsc", table(b"stsc", (1, 9, 1)))),
    "sample-description": lambda: moov(replaced(f"{STBL}/stsc", table(b"stsc", (1, 10, 2)))),
    "sample-outside-media-data": lambda: moov(patched(f"{STBL}/stco", 8, u32(1 << 30))),
    "sample-tables": lambda: moov(replaced(f"{STBL}/stsz", full_box(b"stsz", u32(1 << 20, 10)))),
    "stss-order": lambda: added(table(b"stss", (2,), (1,))),
    "stss-range": lambda: added(table(b"stss", (1,), (11,))),
    "stsh-range": lambda: added(table(b"stsh", (11, 1))),
    "sdtp-count": lambda: added(full_box(b"sdtp", bytes(9))),
    "stdp-count": lambda: added(full_box(b"stdp", bytes(18))),
    "padb-count": lambda: added(full_box(b"padb", u32(8), bytes(4))),
    # groups, auxiliary information
    "sgpd-repeated": lambda: added(KNOWN, KNOWN),
    "sgpd-version": lambda: added(full_box(b"sgpd", b"roll", u32(1), u16(1))),
    "sgpd-entry": lambda: added(full_box(b"sgpd", b"roll", u32(3, 1), bytes(3), version=1)),
    "sbgp-repeated": lambda: added(KNOWN, *[mapped(OTHER_GROUP, (1, 1))] * 2),
    "sbgp-count": lambda: added(KNOWN, mapped(OTHER_GROUP, (11, 1))),
    "sbgp-index": lambda: added(KNOWN, mapped(OTHER_GROUP, (1, 3))),
    "subs-count": lambda: added(full_box(b"subs", u32(1, 11), u16(0))),
    "saiz-count": lambda: added(full_box(b"saiz", b"\x08", u32(11)), full_box(b"saio", u32(1, 0))),
    "saio-count": lambda: added(full_box(b"saio", u32(2, 0, 0))),
    "saio-outside": lambda: added(full_box(b"saio", u32(1, 1 << 30))),
    # fragments
    "mvex-missing": lambda: moov(replaced("mvex", None), UNINDEXED),
    "trex-missing": lambda: moov(replaced("mvex/trex", None), UNINDEXED),
    "trex-repeated": lambda: added(
        full_box(b"trex", u32(1, 1, 1, 0, 0)), to="mvex", data=UNINDEXED
    ),
    "trex-track": lambda: added(full_box(b"trex", u32(2, 1, 1, 0, 0)), to="mvex", data=UNINDEXED),
    "mehd-duration": lambda: moov(replaced("mvex/mehd", full_box(b"mehd", u32(3))), UNINDEXED),
    "sequence-number": lambda: moof_patched("mfhd", 4, u32(1)),
    "tfhd-track": lambda: moof_patched("traf/tfhd", 4, u32(9)),
    "duration-is-empty": lambda: moof_patched("traf/tfhd", 1, b"\x03"),
    "default-base-brand": lambda: top(_brands, UNINDEXED),
    "tfdt-place": lambda: moof(_no_time_table),
    "tfdt-decreases": lambda: moof_patched("traf/tfdt", 11, b"\x09", index=0),
    "tfdt-overlap": lambda: moof_patched("traf/tfdt", 11, b"\x04"),
    "trun-flags": lambda: moof(_flags_twice),
    "fragment": lambda: moof_patched("traf/trun", 8, i32(-1 << 30)),
    # indexes of fragments
    "sidx-track": lambda: sidx(SIDX["reference_ID"], u32(9)),
    "sidx-range": lambda: sidx(32, u32(99)),
    "sidx-type": lambda: sidx(32, b"\x80"),
    "sidx-time": lambda: sidx(SIDX["time"], (7).to_bytes(8)),
    "sidx-duration": lambda: sidx(36, u32(9)),
    "sidx-sap": lambda: moov(patched("mvex/trex", 20, u32(1 << 16)), FRAGMENTS),
    "ssix-count": lambda: top(subsegments, FRAGMENTS),
    "tfra-track": lambda: tfra(4, u32(9)),
    "tfra-repeated": lambda: mfra(lambda boxes: boxes.insert(0, boxes[0])),
    "tfra-order": lambda: tfra(TFRA_ENTRY, (9).to_bytes(8)),
    "tfra-offset": lambda: tfra(TFRA_ENTRY + 8, (9).to_bytes(8)),
    "tfra-number": lambda: tfra(TFRA_ENTRY + 16, b"\2"),
    "tfra-time": lambda: tfra(TFRA_ENTRY, (1).to_bytes(8)),
    "tfra-sync": lambda: moov(patched("mvex/trex", 20, u32(1 << 16)), FRAGMENTS),
    "mfro-last": lambda: mfra(lambda boxes: boxes.insert(0, boxes.pop())),
    "mfro-size": lambda: mfra(lambda boxes: setattr(boxes[-1], "body", u32(0, 9))),
    # items
    "item-id-repeated": lambda: HEIC + meta([(1, 1, [(0, 4)])] * 2, idat=START),
    "pitm-item": lambda: in_meta(lambda boxes: boxes.append(full_box(b"pitm", u16(9)))),
    "iloc-item": lambda: items("iloc", u16(1, 1, 0), u16(9, 1, 0)),
    "iloc-outside": lambda: items("iloc", u32(0, len(START)), u32(1, len(START))),
    "iref-item": lambda: in_meta(
        lambda boxes: boxes.append(full_box(b"iref", write_box(Box(b"cdsc", u16(1, 1, 9)))))
    ),
    "ipma-item": lambda: items("iprp", u32(1) + u16(1), u32(1) + u16(9)),
    "ipma-property": lambda: items("iprp", b"\x01\x82", b"\x01\x89"),
    "group-entity": lambda: in_meta(
        lambda boxes: boxes.append(Box(b"grpl", b"", [full_box(b"altr", u32(100, 2, 1, 9))]))
    ),
    "nnr-item-place": lambda: in_meta(no_places),
    # networks
    "nnr-handler": lambda: moov(patched("trak/mdia/hdlr", 8, b"data")),
    "nnr-configuration": lambda: moov(_two_configurations),
    "nnr-configuration-version": lambda: nnrc(lambda body: b"\1" + body[1:]),
    "nnr-configuration-units": lambda: nnrc(lambda body: body + b"\0"),
    "nnr-configuration-ndu": lambda: nnrc(lambda body: body + NDU),
    "nnr-position-order": lambda: nnrc(lambda body: u32(1, 5) + START + u32(4) + START),
    "nnr-position-range": lambda: nnrc(lambda body: u32(1, 11) + START),
    "nnr-position-needless": lambda: nnrc(lambda body: u32(1, 0) + START),
    "nnr-sample-unit": lambda: in_sample(set_byte(1, 1)),
    "nnr-sample-ndu": lambda: in_sample(set_byte(2, 6 << 2 | 2)),
    "nnr-sync": lambda: added(table(b"stss", (1,))),
    "nnr-carrier": lambda: added(groups(GROUP, b"\1"), mapped(GROUP, (1, 1))),
    "nnr-overlap": lambda: moov(_same_chunk_twice),
    "nnr-groups": lambda: added(groups(GROUP, b"\xff")),
    "nnr-groups-ndu": lambda: added(groups(GROUP, b"\0" + NDU)),
    "nnr-groups-missing": lambda: nnrc(_no_groups_announced),
    "nnr-round-times": lambda: rounds(2000, 1000),
    "nnr-index-repeated": lambda: moov(_index_twice),
    "nnr-index-fits": lambda: _index(lambda body: body.__setitem__(23, body[23] ^ 1)),
    "nnr-index-true": lambda: in_sample(set_byte(3, 0x80)),
    "nnr-bitstream": lambda: BITSTREAM[:-1],
    "nnr-unit-syntax": lambda: (FOLDER / "broken" / "ndu_cut.nnr").read_bytes(),
    "readable": stretched_without_end,
}
CASES |= DETAILS
CASES |= {rule_id: (lambda rule_id=rule_id: structure_case(rule_id)) for rule_id in STRUCTURE}
"""An input for each rule, by its id; made when it is called."""

ALSO: dict[str, set[str]] = {
    "box-size": {"sample-outside-media-data"},
    "box-filled": {"box-size", "sample-outside-media-data"},
    "meta-repeated": {"meta-hdlr-missing"},
    "mfra-repeated": {"mfra-last"},
    "mfra-last": {"tfra-offset"},
    "track-id-repeated": {"nnr-overlap"},
    "track-duration": {"movie-duration"},
    "stsd-empty": {"sample-description"},
    "stts-count": {"media-duration"},
    "stts-zero": {"media-duration"},
    "stsc-first": {"stsc-chunks"},
    "stsc-empty-chunk": {"stsc-count"},
    "sample-description": {"readable"},
    "stss-order": {"nnr-sync"},
    "stss-range": {"nnr-sync"},
    "tfhd-track": {"nnr-index-fits"},
    "tfdt-decreases": {"mehd-duration", "readable"},
    "sidx-sap": {"nnr-sync", "tfra-sync"},
    "ssix-count": {"sidx-range", "tfra-offset"},
    "tfra-order": {"tfra-time"},
    "tfra-sync": {"nnr-sync", "sidx-sap"},
    "iloc-item": {"nnr-item-place", "readable"},
    "iloc-outside": {"readable"},
    "iloc-reference": {"readable"},
    "nnr-item-place": {"readable"},
    "nnr-configuration-version": {"readable"},
    "nnr-sample-unit": {"nnr-index-true"},
    "nnr-sample-ndu": {"nnr-index-true"},
    "nnr-carrier": {"nnr-groups-announced"},
    "nnr-overlap": {"nnr-index-true", "nnr-sample-unit"},
    "moov-meta-repeated": {"meta-hdlr-missing"},
    "trak-meta-repeated": {"meta-hdlr-missing"},
    "moof-meta-repeated": {"meta-hdlr-missing"},
    "traf-meta-repeated": {"meta-hdlr-missing"},
    "trak-tkhd-missing": {"tfhd-track", "trex-missing", "trex-track"},
    "stbl-ctts-repeated": {"ctts-needless"},
    "traf-tfhd-missing": {"readable"},
    "traf-sdtp-repeated": {"sdtp-count"},
    "meta-iprp-repeated": {"ipma-order"},
    "meta-dinf-repeated": {"box-filled", "dinf-dref-missing"},
}
"""The other rules that an input breaks, because they follow; of all others there are none."""
