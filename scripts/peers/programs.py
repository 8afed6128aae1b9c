"""The boxes of a file as MP4Box, Bento4's mp4dump, mp4box.js and ffprobe read them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .values import BODY, Fields, Paths, type_name

Reader = Callable[[Path], Iterator[Fields]]

NODE_SCRIPT = Path(__file__).resolve().parents[2] / "tests" / "outside" / "mp4box_fields.mjs"
TIMEOUT_SECONDS = 120


class PeerError(Exception):
    """A program refuses a file."""


def found() -> dict[str, Reader]:
    """The programs that are there, by name.

    MP4Box and Bento4's mp4dump are taken from the environment variables MP4BOX and BENTO4_MP4DUMP
    or from the PATH, where Bento4's must have the name bento4-mp4dump: mp4dump is pymp4's.
    """
    readers: dict[str, Reader] = {}
    for name, variable, program, reader in (
        ("MP4Box", "MP4BOX", "MP4Box", _mp4box),
        ("Bento4", "BENTO4_MP4DUMP", "bento4-mp4dump", _bento4),
    ):
        command = shutil.which(os.environ.get(variable, program))
        if command:
            readers[name] = _bound(reader, command)
    node = shutil.which("node")
    if node and (NODE_SCRIPT.parent / "node_modules" / "mp4box").is_dir():
        readers["mp4box.js"] = _bound(_mp4box_js, node)
    ffprobe = shutil.which("ffprobe")
    if ffprobe:
        readers["ffprobe"] = _bound(_ffprobe, ffprobe)
    return readers


def _bound(reader: Callable[[str, Path], Iterator[Fields]], command: str) -> Reader:
    return lambda path: reader(command, path)


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise PeerError("it takes too long") from error
    if done.returncode < 0:
        raise PeerError(f"it ends by signal {-done.returncode}")
    return done.stdout.decode("utf-8", "replace")


# --- MP4Box


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OF_THE_BOX = frozenset(("Size", "Type", "Specification", "Container", "Version", "Flags"))


def _mp4box(command: str, path: Path) -> Iterator[Fields]:
    """The trace of `-diso`: an element for each box, and for each structure in it."""
    text = _NOT_XML.sub("?", _run(command, "-diso", "-std", str(path)))
    text = text[text.find("<?xml") :]
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise PeerError(f"its trace is no XML: {error}") from error
    yield from _elements(root, Paths())


def _elements(parent: ET.Element, paths: Paths) -> Iterator[Fields]:
    for element in parent:
        if not _is_box(element):
            yield from _elements(element, paths)
            continue
        kind = type_name(element.attrib["Type"])
        fields = Fields(paths.next(kind), kind)
        if _tag(element) == "UnknownBox":
            if "data" in element.attrib:
                fields.add(BODY, element.attrib["data"])
        else:
            for name in ("Version", "Flags"):
                if name in element.attrib:
                    fields.add(name, element.attrib[name])
            _attributes(element, fields, top=True)
        yield fields
        yield from _elements(element, Paths(fields.path))


def _is_box(element: ET.Element) -> bool:
    return "Type" in element.attrib and "Size" in element.attrib


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attributes(element: ET.Element, fields: Fields, *, top: bool) -> None:
    for name, value in element.attrib.items():
        if not (top and name in _OF_THE_BOX):
            fields.add(name if top else f"{_tag(element)}/{name}", value)
    for child in element:
        if not _is_box(child):
            _attributes(child, fields, top=False)


# --- Bento4


class _Pairs(list[tuple[str, Any]]):
    """A JSON object whose names may come several times."""


def _bento4(command: str, path: Path) -> Iterator[Fields]:
    text = _run(command, "--format", "json", "--verbosity", "3", str(path))
    try:
        boxes = json.loads(text, object_pairs_hook=_Pairs, strict=False)
    except ValueError as error:
        raise PeerError(f"its output is no JSON: {error}") from error
    yield from _pairs(boxes, Paths())


_EXTENDED_TYPE = re.compile(r"[0-9A-F]{12}(?:-[0-9A-F]{4}){4}-[0-9A-F]{12}|[0-9A-F-]{36}")
_DESCRIPTORS = ("Descriptor", "DecoderConfig", "InitialObject")


def _pairs(boxes: list[_Pairs], paths: Paths) -> Iterator[Fields]:
    """Boxes. A `uuid` box has its extended type for a name, and descriptors are boxes too."""
    for box in boxes:
        kind = type_name(str(dict(box)["name"]))
        extended = _EXTENDED_TYPE.fullmatch(kind)
        fields = Fields(paths.next("uuid" if extended else kind), "uuid" if extended else kind)
        if extended:
            fields.add("extended_type", kind)
        children = [value for name, value in box if name == "children"]
        _pairs_of(box, fields)
        inner = [child for child in (children[0] if children else []) if not _is_descriptor(child)]
        yield fields
        yield from _pairs(inner, Paths(fields.path))


def _is_descriptor(box: _Pairs) -> bool:
    return any(part in str(dict(box)["name"]) for part in _DESCRIPTORS)


def _pairs_of(box: _Pairs, fields: Fields, prefix: str = "") -> None:
    for name, value in box:
        if name == "children":
            for child in value:
                if _is_descriptor(child):
                    _pairs_of(child, fields, f"{dict(child)['name']}/")
        elif name not in ("name", "header_size", "size"):
            _add(fields, prefix + name, value)


def _add(fields: Fields, name: str, value: Any) -> None:
    if isinstance(value, _Pairs):
        for inner, item in value:
            _add(fields, f"{name}/{inner}", item)
    elif isinstance(value, list):
        for item in value:
            _add(fields, name, item)
    else:
        fields.add(name, value)


# --- mp4box.js


def _mp4box_js(command: str, path: Path) -> Iterator[Fields]:
    text = _run(command, str(NODE_SCRIPT), str(path))
    try:
        boxes = json.loads(text)
    except ValueError as error:
        raise PeerError("it gives the file up") from error
    yield from _objects(boxes, Paths())


def _objects(boxes: list[dict[str, Any]], paths: Paths) -> Iterator[Fields]:
    for box in boxes:
        kind = type_name(str(box["type"]))
        fields = Fields(paths.next(kind), kind)
        for name, values in box["fields"].items():
            fields.values[name] = values
        yield fields
        yield from _objects(box["children"], Paths(fields.path))


# --- ffprobe


def _ffprobe(command: str, path: Path) -> Iterator[Fields]:
    """What ffprobe says of streams, under the paths of the boxes that it comes from."""
    options = ("-v", "quiet", "-print_format", "json", "-show_streams", "-show_format")
    report = json.loads(_run(command, *options, str(path)) or "{}")
    streams = report.get("streams", [])
    if not streams:
        raise PeerError("it finds no stream")
    for number, stream in enumerate(streams):
        trak = f"/moov[0]/trak[{number}]"
        header = Fields(f"{trak}/mdia[0]/mdhd[0]", "mdhd")
        scale = str(stream.get("time_base", "")).partition("/")[2]
        if scale:
            header.add("timescale", int(scale))
        yield header
        track = Fields(f"{trak}/tkhd[0]", "tkhd")
        if "id" in stream:
            track.add("track_ID", int(stream["id"], 16))
        yield track
        code = type_name(stream.get("codec_tag_string", ""))
        entry = Fields(f"{trak}/mdia[0]/minf[0]/stbl[0]/stsd[0]/{code}[0]", code)
        for theirs, ours in (("channels", "channels"), ("sample_rate", "sampling_rate")):
            if theirs in stream:
                entry.add(ours, int(stream[theirs]))
        yield entry
        sizes = Fields(f"{trak}/mdia[0]/minf[0]/stbl[0]/stsz[0]", "stsz")
        if "nb_frames" in stream:
            sizes.add("sample_count", int(stream["nb_frames"]))
        yield sizes
    ftyp = Fields("/ftyp[0]", "ftyp")
    tags = report.get("format", {}).get("tags", {})
    for name in ("major_brand", "minor_version", "compatible_brands"):
        if name in tags:
            text = tags[name]
            parts = [text]
            if name == "compatible_brands":
                parts = [text[i : i + 4] for i in range(0, len(text), 4)]
            for part in parts:
                ftyp.add(name, part)
    yield ftyp
