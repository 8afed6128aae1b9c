"""`report`: what is on the page, that its size is bounded, and that names stay text.

How it looks and works in a browser is in `tests/outside/test_report_page.py`.
"""

from __future__ import annotations

import io
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import pymp4_nnr
from pymp4_nnr.errors import EmptyBitstreamError, ExtraMissingError, NNRError, OutputError
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.report.blocks import Block, together, with_gaps
from pymp4_nnr.operations.report.contents import (
    MOST_LANES,
    MOST_NETWORKS,
    MOST_PROBLEMS,
    Report,
    collect,
)
from tests.cli.command import call
from tests.mp4.boxes import box
from tests.mp4.files import broken_files
from tests.mp4.networks import network
from tests.mp4.write import TrackPlan
from tests.mp4.write import movie as written
from tests.nnr.streams import SIMPLE
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.paths import FIXTURES
from tests.round_trip import added, muxed, tensor_index

MP4 = FIXTURES / "mp4"
HOSTILE = "</script><script>fail()</script><img src=x onerror=fail()>'\"&{{7*7}}\x1b[31m\u202e"
SVG = "{http://www.w3.org/2000/svg}"


def page(source: Any, **options: Any) -> str:
    target = io.BytesIO()
    size = pymp4_nnr.report(source, target, **options)
    assert size == len(target.getvalue())
    return target.getvalue().decode()


class Tags(HTMLParser):
    """The elements of a page, and whether each is closed where it must be."""

    VOID = ("meta", "input", "br", "img", "link", "path")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: set[str] = set()
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self._open.pop() == tag


@pytest.fixture(scope="module")
def movie() -> bytes:
    return added(MP4 / "h264_aac.mp4", LENET, name="LeNet")


@pytest.fixture(scope="module")
def found(movie: bytes) -> Report:
    return collect(movie, "a.mp4")


def test_tensors_are_those_of_the_index(movie: bytes, found: Report) -> None:
    [net] = found.networks
    parts = [part for parts in tensor_index(movie).tensors.values() for part in parts]
    assert [(row.name, row.size, row.offset, row.sample) for row in net.rows] == [
        (part.tensors[0], part.size, part.offset, part.sample_number) for part in parts
    ]
    assert (net.name, net.track_id, net.ndus, net.tensors, net.edition) == ("LeNet", 3, 10, 10, 2)
    # LeNet-5: 5x5 kernels, 6 and 16 of them; 400, 120, 84, 10 neurons
    weights = 6 * 25 + 16 * 6 * 25 + 400 * 120 + 120 * 84 + 84 * 10
    assert net.parameters == weights + 6 + 16 + 120 + 84 + 10
    assert net.bits == pytest.approx(sum(part.size for part in parts) * 8 / net.parameters)
    assert [bar.size for bar in net.bars] == sorted((part.size for part in parts), reverse=True)
    assert sum(bar.share for bar in net.bars) == pytest.approx(100)


def test_blocks_are_where_the_boxes_are(movie: bytes, found: Report) -> None:
    whole, moov = found.bands
    top = [one.block for one in whole.drawn if one.depth == 0]
    assert [(block.offset, block.size) for block in top] == [
        (header.offset, header.size) for header in Movie(movie).boxes
    ]
    assert sum(one.width for one in whole.drawn if one.depth == 0) == pytest.approx(100)
    for one in moov.drawn:
        # the type of every box, where the picture says that it is
        if not one.block.label.startswith("NNR_"):
            code = movie[one.block.offset + 4 : one.block.offset + 8].decode("latin-1")
            assert code.strip() == one.block.label
            assert int.from_bytes(movie[one.block.offset : one.block.offset + 4]) == one.block.size
    labels = [one.block.label for one in moov.drawn]
    assert {"trak", "stsd", "avc1", "mp4a", "nnr1", "nnrC", "stco"} <= set(labels)
    layers = {one.block.label: one.block for one in whole.drawn if one.block.kind == "layer"}
    for name, parts in tensor_index(movie).tensors.items():
        assert (layers[name].offset, layers[name].size) == (parts[0].offset, parts[0].size)


def test_the_tree_has_what_the_boxes_have(movie: bytes, found: Report) -> None:
    assert [outline.type for outline in found.boxes] == ["ftyp", "moov", "mdat", "free", "mdat"]
    assert found.brands == "isom, iso2, avc1, mp41"
    mvhd = found.boxes[1].children[0]
    assert dict(mvhd.fields)["duration"] == "500"
    stbl = found.boxes[1].children[1].children[2].children[2].children[2]
    [avc1] = stbl.children[0].children
    assert (avc1.type, dict(avc1.fields)["width"]) == ("avc1", "64")
    stco = stbl.children[-1]
    [table] = stco.tables
    assert stco.offset is not None and stco.size is not None
    end = stco.offset + stco.size
    last = str(int.from_bytes(movie[end - 4 : end]))
    assert (table.count, len(table.first), table.last) == (5, 4, (last,))


def test_times_are_those_of_the_tracks(found: Report) -> None:
    video, sound, net = found.lanes
    assert (video.start, video.end, video.samples, video.size) == (0, 0.5, 5, 405)
    assert (net.start, net.end, net.samples) == (0, 0.01, 10)
    assert sound.start == pytest.approx(-1024 / 48000)  # priming samples, before the edit


def test_fragments_have_times_too() -> None:
    source = MP4 / "h264_aac.mp4"
    whole = collect(added(source, LENET), "whole")
    parts = collect(added(source, LENET, fragment=1), "parts")
    assert [(lane.samples, lane.size) for lane in parts.lanes] == [
        (lane.samples, lane.size) for lane in whole.lanes
    ]
    assert [lane.end for lane in parts.lanes] == [lane.end for lane in whole.lanes]
    assert [band.title for band in parts.bands][-1] == "The first fragment"


def test_a_bitstream_has_no_boxes() -> None:
    found = collect(LENET, "lenet5.nnr")
    assert (found.format, found.boxes, found.lanes) == ("nnr", (), ())
    [band] = found.bands
    assert sum(one.width for one in band.drawn) == pytest.approx(100)
    assert 'id="boxes"' not in page(LENET)


def test_several_networks_are_told_apart() -> None:
    text = page(muxed([LENET, SIMPLE], name=["first", "second"]))
    assert "first (track 1)" in text and "second (track 2)" in text


@pytest.mark.parametrize("where", ["tensor", "track", "file"])
def test_names_are_text(where: str) -> None:
    stream = EDITION_2 + named_ndu(HOSTILE if where == "tensor" else "a", bytes(9))
    source = muxed(stream, **({"name": HOSTILE} if where == "track" else {}))
    text = page(source, name=HOSTILE if where == "file" else "a.mp4")
    usual = Tags(page(muxed(EDITION_2 + named_ndu("a", bytes(9))), name="a.mp4"))
    tags = Tags(text)
    assert tags.found == usual.found
    assert tags.attributes == usual.attributes
    assert "&lt;img src=x onerror=fail()&gt;" in text and "{{7*7}}" in text
    assert not {"\x1b", "\u202e"} & set(text)
    picture = page(source, svg=True, name=HOSTILE if where == "file" else "a.mp4")
    assert not [one for one in ElementTree.fromstring(picture).iter() if "script" in one.tag]


def test_types_of_boxes_are_no_attributes() -> None:
    """A title is looked up among the titles, and not among what a dict of them can do."""
    movie = written([network(1)], after=b"".join(box(code) for code in (b"copy", b"pop", b"keys")))
    text = page(movie, name="a.mp4")
    assert "of dict object" not in text
    assert text.count('class="type box">copy</span>') == 1


def test_the_page_is_closed(movie: bytes) -> None:
    text = page(movie, name="a.mp4")
    Tags(text)
    assert "default-src 'none'" in text
    assert re.findall(r"(?:src|href)=\"(?!#)|url\(|@import|https?://", text) == []
    assert text == page(movie, name="a.mp4")


def test_the_picture_is_to_scale(movie: bytes) -> None:
    root = ElementTree.fromstring(page(movie, svg=True))
    assert root.tag == f"{SVG}svg"
    boxes = [one for one in root.iter(f"{SVG}rect") if "block" in one.attrib.get("class", "")]
    told = {one.findtext(f"{SVG}title"): float(one.attrib["width"]) for one in boxes}
    [(wide, size)] = [
        (width, int(text.split("; ")[1].split()[0].replace(",", "")))
        for text, width in told.items()
        if text is not None and text.startswith("fc1.weight")
    ]
    assert wide == pytest.approx((960 - 32) * size / len(movie), abs=0.01)


def test_many_units_make_a_page_of_bounded_size() -> None:
    units = [named_ndu(f"layer{n}.weight", bytes(n % 50)) for n in range(12_000)]
    stream = EDITION_2 + b"".join(units)
    found = collect(muxed(stream), "many.mp4")
    [net] = found.networks
    assert (net.ndus, net.tensors, net.parameters) == (12_000, 12_000, 60_000)
    assert net.size == sum(map(len, units))
    assert (len(net.rows), net.left_out) == (1000, 11_000)
    assert min(row.size for row in net.rows) > max(map(len, units)) - 10
    assert net.bars[-1].name == "11,960 others"
    text = page(muxed(stream))
    assert len(text) < 700_000
    assert "the 1,000 largest of 12,000 NDUs" in text


def test_many_boxes_and_fragments() -> None:
    source = muxed(EDITION_2 + named_ndu("a", bytes(9)) * 600, fragment=1)
    found = collect(source, "many.mp4")
    assert found.boxes_left_out > 1000
    assert len(found.boxes) < 50
    assert all(len(band.drawn) < 1500 for band in found.bands)
    assert found.lanes[0].samples == 600
    assert len(page(source)) < 500_000


MOVIES = [path for path in sorted(MP4.glob("*.mp4")) if b"moov" in path.read_bytes()]


@pytest.mark.parametrize("path", MOVIES[::12], ids=lambda path: path.name)
def test_every_file_has_a_page(path: Path) -> None:
    Tags(page(path))
    ElementTree.fromstring(page(path, svg=True))


@pytest.mark.parametrize(
    "data", [b"", b"hello, this is text\n", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1" + bytes(100)]
)
def test_what_is_neither_kind_of_file_has_no_page(data: bytes, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "page.html"
    source.write_bytes(data)
    told = call("info", source)
    found = call("report", source, "-o", target)
    assert (found.exit_code, found.output) == (told.exit_code, told.output)
    assert found.exit_code == 1
    assert "byte offset 0" in found.output
    assert not target.exists()


def test_what_is_broken_is_said() -> None:
    shown = 0
    for path in broken_files():
        try:
            text = page(path)
        except NNRError:
            continue
        Tags(text)
        shown += 'class="problem"' in text
    assert shown > 3


def test_blocks_do_not_overlap() -> None:
    blocks = [Block("video", "v", "", offset, 50) for offset in range(0, 10_000, 30)]
    found = together(blocks, most=1000)
    assert [block.offset for block in found][:3] == [0, 50, 80]
    assert found[-1].end == 9_990 + 50
    assert sum(block.size for block in found) == found[-1].end
    few = together(blocks, most=10)
    assert len(few) <= 10
    assert (few[0].offset, few[-1].end) == (0, found[-1].end)
    gaps = list(with_gaps((Block("video", "v", "", 5, 5),), 0, 20))
    assert [(block.kind, block.offset, block.size) for block in gaps] == [
        ("gap", 0, 5),
        ("video", 5, 5),
        ("gap", 10, 10),
    ]


def test_targets_are_checked_before_work(tmp_path: Path) -> None:
    copy = tmp_path / "model.nnr"
    copy.write_bytes(LENET.read_bytes())
    with pytest.raises(OutputError, match="is the input"):
        pymp4_nnr.report(copy, copy)
    (tmp_path / "there.html").write_bytes(b"")
    with pytest.raises(OutputError, match="exists"):
        pymp4_nnr.report(copy, tmp_path / "there.html", overwrite=False)
    assert copy.read_bytes() == LENET.read_bytes()


def test_without_jinja(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ExtraMissingError, match="pip install 'pymp4-nnr\\[report\\]'"):
        pymp4_nnr.report(LENET, tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_the_command(tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    done = call("report", LENET, "-o", target)
    assert done.exit_code == 0
    assert "<title>lenet5.nnr</title>" in target.read_text(encoding="utf-8")
    assert call("report", LENET, "-o", target).exit_code == 1
    done = call("report", LENET, "--svg", "-o", target, "--force", "-q")
    assert (done.exit_code, done.output) == (0, "")
    assert ElementTree.fromstring(target.read_bytes()).tag == f"{SVG}svg"
    segments = sorted((FIXTURES / "delivery").glob("beside_live.*"))
    assert call("report", *segments, "-o", target, "--force").exit_code == 0
    assert json.dumps("beside_live.0.mp4").strip('"') in target.read_text(encoding="utf-8")


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(EmptyBitstreamError):
        page(b"")
    done = call("report", tmp_path / "empty", "-o", tmp_path / "page.html")
    assert (done.exit_code, done.stderr) == (1, "pymp4-nnr: byte offset 0: the file is empty\n")
    assert not (tmp_path / "page.html").exists()


def test_the_page_of_many_tracks_is_bounded() -> None:
    """Of 100 networks and 100 videos, each of a few samples, the first are described."""
    nets = [network(number + 1) for number in range(100)]
    videos = [TrackPlan(number + 101, b"vide", [b"frame"]) for number in range(100)]
    data = written([*nets, *videos], moov_first=True)
    found = collect(data, "many")
    assert (len(found.networks), found.networks_left_out) == (MOST_NETWORKS, 80)
    assert (len(found.lanes), found.lanes_left_out) == (MOST_LANES, 160)
    text = page(data)
    assert "80 more networks" in text
    assert "… and 160 more" in text
    assert "200 tracks" in text
    assert len(text) < 1_500_000


def test_the_problems_on_a_page_are_bounded() -> None:
    broken = TrackPlan(1, b"vide", [b"frame"])
    data = written([broken] * 60 + [network(2)], moov_first=True)
    data = data.replace(b"stsz", b"skip", 60)
    problems = collect(data, "broken").problems
    assert len(problems) <= MOST_PROBLEMS + 1
