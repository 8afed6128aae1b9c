"""Rules about sample entries: what describes the codec, protection, where the samples are."""

from __future__ import annotations

from typing import NamedTuple

from ...boxes.header import show_code
from ...boxes.node import Node
from ...movie.nnr_track import NNR_SAMPLE_ENTRY
from .checked_file import QUICKTIME, CheckedFile, CheckedTrack, all_intact, intact
from .rules import ISOBMFF, Rule, error
from .structure import BOX_CONTENT, BOX_FILLED, check_structure

STSD_EMPTY = error("stsd-empty", ISOBMFF + "8.5.2", "`stsd` has a sample entry.")
ENTRY_ESDS = error(
    "entry-esds",
    "ISO/IEC 14496-14, 5.6",
    "A sample entry `mp4a`, `mp4v` or `mp4s` has an `esds`.",
)
ENTRY_NAL = error(
    "entry-nal",
    "ISO/IEC 14496-15, 5.4.2, 8.4.1, 11.2",
    "A sample entry of AVC, HEVC or VVC has an `avcC`, `hvcC` or `vvcC`.",
)
ENTRY_CODEC = error(
    "entry-codec",
    ISOBMFF + "8.5.2, and the specification of the codec",
    "A sample entry has the box with the configuration of its codec.",
)
ENTRY_SCHEME = error(
    "entry-scheme",
    ISOBMFF + "8.12.1, 8.15.3",
    "A sample entry of protected content has a `sinf`, one of restricted content a `rinf`.",
)
AUDIO_VERSION = error(
    "entry-audio-version",
    ISOBMFF + "12.2.3.1",
    "A sound entry of version 1 is in a `stsd` of version 1.",
)
DREF_EMPTY = error("dref-empty", ISOBMFF + "8.7.2", "`dref` has an entry.")
DATA_REFERENCE = error(
    "data-reference",
    ISOBMFF + "8.5.2.3",
    "The `data_reference_index` of a sample entry names an entry of `dref`.",
)
DATA_ENTRY = error(
    "data-entry",
    ISOBMFF + "8.7.2.1",
    "The entries of `dref` are `url `, `urn `, `imdt` or `snim`.",
)
DATA_LOCATION = error(
    "data-location",
    ISOBMFF + "8.7.2",
    "An entry of `dref` has a location that a zero byte ends, or says that the data is in the "
    "same file and has none.",
)


class _Configuration(NamedTuple):
    """What describes a codec.

    Attributes:
        rule: that it is there.
        box: its type.
    """

    rule: Rule
    box: bytes


def _codecs() -> dict[bytes, _Configuration]:
    found = {}
    for rule, box, entries in (
        (ENTRY_ESDS, b"esds", b"mp4a mp4v mp4s"),
        (ENTRY_NAL, b"avcC", b"avc1 avc2 avc3 avc4"),
        (ENTRY_NAL, b"hvcC", b"hvc1 hev1 hvc2 hev2"),
        (ENTRY_NAL, b"vvcC", b"vvc1 vvi1"),
        (ENTRY_CODEC, b"av1C", b"av01"),
        (ENTRY_CODEC, b"vpcC", b"vp08 vp09"),
        (ENTRY_CODEC, b"dOps", b"Opus"),
        (ENTRY_CODEC, b"dfLa", b"fLaC"),
        (ENTRY_CODEC, b"dac3", b"ac-3"),
        (ENTRY_CODEC, b"dec3", b"ec-3"),
        (ENTRY_CODEC, b"dac4", b"ac-4"),
        (ENTRY_CODEC, b"alac", b"alac"),
        (ENTRY_CODEC, b"mhaC", b"mha1"),
        (ENTRY_CODEC, b"iacb", b"iamf"),
        (ENTRY_CODEC, b"pcmC", b"ipcm fpcm"),
        (ENTRY_CODEC, b"damr", b"samr sawb"),
        (ENTRY_CODEC, b"vttC", b"wvtt"),
    ):
        for entry in entries.split():
            found[entry] = _Configuration(rule, box)
    return found


_CODECS = _codecs()
_PROTECTED = frozenset(b"encv enca encs enct encm encf encp encu enc3".split())
_RESTRICTED = frozenset(b"resv resa ress rest resm resf resp resu res3".split())
_PLACES = (b"url", b"urn")
_OTHER_ENTRIES = (b"imdt", b"snim")


def check_entries(file: CheckedFile, track: CheckedTrack) -> None:
    """Check the sample entries of a track, and the places that they name."""
    stsd = intact(track.stbl, b"stsd")
    if stsd is not None and not track.entries:
        file.findings.add(STSD_EMPTY, "there is no sample entry", stsd)
    for number, entry in enumerate(track.entries):
        path = f"{track.stbl.path if track.stbl else ''}/stsd/{show_code(entry.type)}"
        path = path if len(track.entries) == 1 else f"{path}[{number}]"
        if entry.is_raw and entry.type != NNR_SAMPLE_ENTRY:
            file.findings.add(BOX_CONTENT, entry.fault, stsd, box_path=path)
        elif stsd is not None and QUICKTIME not in file.brands:
            _check_entry(file, stsd, entry, path)
    _check_references(file, track, stsd)


def _check_entry(file: CheckedFile, stsd: Node, entry: Node, path: str) -> None:
    if any(entry.trailing):  # in QuickTime, four zero bytes end a list of boxes
        reason = f"{len(entry.trailing)} bytes at its end are no box"
        file.findings.add(BOX_FILLED, reason, stsd, box_path=path)
    inside = _boxes(entry, path)
    types = {child.type for child in inside}
    code = entry.type
    if not types and code not in _CODECS:
        return  # nothing is known of it
    for codes, scheme in ((_PROTECTED, b"sinf"), (_RESTRICTED, b"rinf")):
        if code not in codes:
            continue
        boxes = [box for box in inside if box.type == scheme]
        for box in boxes:
            if box.has("offset"):  # not where pymp4 has the first box of an entry apart
                check_structure(file, box)
        if not boxes:
            name = show_code(scheme)
            file.findings.add(ENTRY_SCHEME, f"there is no {name}", stsd, box_path=path)
        original = intact(boxes[0], b"frma") if boxes else None
        code = original.data("original_format") if original is not None else b""
    wanted = _CODECS.get(code)
    if wanted is not None:
        _check_configuration(file, stsd, inside, wanted, path)
    if entry.has("channels") and entry.integer_or("version", 0) and not stsd.integer("version"):
        version = entry.integer("version")
        file.findings.add(
            AUDIO_VERSION,
            f"{show_code(entry.type)} has version {version}, stsd version 0",
            stsd,
            box_path=path,
        )


def _check_configuration(
    file: CheckedFile, stsd: Node, boxes: list[Node], wanted: _Configuration, path: str
) -> None:
    """Check the box that describes the codec of an entry, among its boxes."""
    found = [box for box in boxes if box.type == wanted.box]
    name = show_code(wanted.box)
    if not found:
        file.findings.add(wanted.rule, f"there is no {name}", stsd, box_path=path)
    for box in found:
        if box.is_raw:
            file.findings.add(BOX_CONTENT, box.fault, stsd, box_path=f"{path}/{name}")


def _boxes(entry: Node, path: str) -> list[Node]:
    """The boxes in a sample entry; those of `avc1` and `encv` are in fields that pymp4 names."""
    first = entry.part("avc_data")
    found = [*entry.children(), *([first] if first else []), *entry.rows("sample_info")]
    for box in found:
        box.path = f"{path}/{show_code(box.type)}"
    return found


def _check_references(file: CheckedFile, track: CheckedTrack, stsd: Node | None) -> None:
    dref = intact(track.box, b"mdia", b"minf", b"dinf", b"dref")
    if dref is None:
        return
    check_data_entries(file, dref)
    count = len(dref.rows("data_entries"))
    if not count:
        return
    for entry in track.entries:
        index = entry.integer_or("data_reference_index", 1)
        if not 1 <= index <= count:
            file.findings.add(
                DATA_REFERENCE,
                f"the data_reference_index is {index}, dref has {count}",
                box_path=entry.path,
                offset=stsd.header.offset if stsd is not None else None,
            )


def check_data_entries(file: CheckedFile, dref: Node) -> None:
    """Check the entries of a `dref`."""
    rows = dref.rows("data_entries")
    if not rows:
        file.findings.add(DREF_EMPTY, "there is no entry", dref)
    if QUICKTIME in file.brands:
        return
    for number, row in enumerate(rows, 1):
        code = row.type.strip()
        if row.is_raw or code in _OTHER_ENTRIES:
            continue
        if code not in _PLACES:
            file.findings.add(DATA_ENTRY, f"entry {number} is {show_code(row.type)!r}", dref)
            continue
        location = row.value("location")
        if row.flag("self_contained"):
            fault = "it says that the data is in the same file, and has a location"
            wrong = location is not None
        else:
            fault = "it has no location that a zero byte ends"
            wrong = code == b"url" and not isinstance(location, str)
        if wrong:
            file.findings.add(DATA_LOCATION, f"entry {number}: {fault}", dref)


def check_items_places(file: CheckedFile, meta: Node) -> Node | None:
    """Check the `dref` of a `meta`, and return it."""
    for dinf in all_intact(meta, b"dinf"):
        for dref in all_intact(dinf, b"dref"):
            check_data_entries(file, dref)
    return intact(meta, b"dinf", b"dref")
