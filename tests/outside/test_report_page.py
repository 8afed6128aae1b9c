"""The page of `report` in Chromium: no errors, no network; sorting, filtering, folding, zooming."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pymp4_nnr
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.operations.test_report import HOSTILE
from tests.paths import FIXTURES

from .programs import missing, need

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    chromium = need("chromium")
    if importlib.util.find_spec("playwright") is None:
        missing("playwright is not installed: pip install playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Shows the report of a file; at the end of the test there must have been no error."""
    complaints: list[str] = []
    pages = []

    def open_it(source: Any, *, width: int = 1280, scheme: str = "light", **options: Any) -> Any:
        pymp4_nnr.report(source, tmp_path / "report.html", **options)
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append("a dialog"))
        page.on("request", lambda request: complaints.append(request.url))
        page.goto((tmp_path / "report.html").as_uri())
        complaints.remove((tmp_path / "report.html").as_uri())
        pages.append(page)
        return page

    yield open_it
    for page in pages:
        page.close()
    assert complaints == []


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    path = tmp_path / "movie.mp4"
    pymp4_nnr.mux(LENET, path, into=FIXTURES / "mp4" / "h264_aac.mp4", name="LeNet")
    return path


def names(page: Any) -> list[str]:
    """The tensors in the table that are shown, from top to bottom."""
    found: list[str] = page.locator(".sortable tbody tr:visible td.name").all_inner_texts()
    return found


def test_the_table_sorts_and_filters(open_page: Open, movie: Path) -> None:
    page = open_page(movie)
    before = names(page)
    assert len(before) == 10 and before[0] == "conv1.weight"
    size = page.get_by_role("button", name="bytes", exact=True)
    size.click()
    assert names(page)[:2] == ["fc1.weight", "fc2.weight"]
    size.click()
    assert names(page)[-2:] == ["fc2.weight", "fc1.weight"]
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("bytes")
    page.get_by_role("button", name="tensor", exact=True).click()
    assert names(page) == sorted(before)
    page.locator(".filter").fill("FC weight")
    assert names(page) == ["fc1.weight", "fc2.weight", "fc3.weight"]
    assert page.locator(".count").inner_text() == "3 of 10 shown"
    page.locator(".filter").fill("")
    assert len(names(page)) == 10


def test_the_tree_folds(open_page: Open, movie: Path) -> None:
    page = open_page(movie)
    entry = page.locator(".tree .type", has_text="nnrC")
    assert not entry.is_visible()
    page.get_by_role("button", name="Unfold all").click()
    assert entry.is_visible()
    page.get_by_role("button", name="Fold all", exact=True).click()
    assert not page.locator(".tree .type", has_text="mvhd").is_visible()
    page.locator(".tree summary", has_text="moov").click()
    assert page.locator(".tree .type", has_text="mvhd").is_visible()


def test_a_block_is_magnified(open_page: Open, movie: Path) -> None:
    page = open_page(movie)
    band = page.locator(".band").first
    block = band.locator(".block", has_text="fc2.weight")
    before = block.bounding_box()["width"]
    block.click()
    after = block.bounding_box()["width"]
    assert after > 4 * before
    assert after == pytest.approx(band.bounding_box()["width"], abs=2)
    assert not band.locator(".block", has_text="fc1.weight").is_visible()
    assert "fc2.weight" in band.locator(".told").inner_text()
    band.get_by_role("button", name="whole").click()
    assert block.bounding_box()["width"] == pytest.approx(before, abs=1)


def test_keys_work_as_a_click_does(open_page: Open, movie: Path) -> None:
    page = open_page(movie)
    band = page.locator(".band").first
    band.locator(".block").first.focus()
    page.keyboard.press("ArrowRight")
    assert "moov" in band.locator(".told").inner_text()
    page.keyboard.press("Enter")
    assert band.locator(".whole").is_visible()
    page.keyboard.press("Escape")
    assert not band.locator(".whole").is_visible()


def test_names_cannot_become_markup(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "hostile.mp4"
    pymp4_nnr.mux(EDITION_2 + named_ndu(HOSTILE, bytes(99)), source, name=HOSTILE)
    page = open_page(source, name=HOSTILE)
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator("img").count() == 0 and page.locator("script").count() == 1
    assert names(page)[0].startswith("</script><script>fail()</script><img src=x onerror=fail()>")
    page.locator(".block", has_text="script").first.click()
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits(open_page: Open, movie: Path, width: int, scheme: str) -> None:
    """Nothing is wider than the window; text and paper differ enough in both schemes."""
    page = open_page(movie, width=width, scheme=scheme)
    page.get_by_role("button", name="Unfold all").click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for selector in (".tree dt", ".block.layer", ".block.table", ".facts", ".bars .bits"):
        assert page.evaluate(CONTRAST, selector) > 4.5, selector


CONTRAST = """selector => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const element = document.querySelector(selector);
  let paper = element;
  while (/rgba\\(.*, 0\\)/.test(getComputedStyle(paper).backgroundColor)) {
    paper = paper.parentElement;
  }
  const [a, b] = [light(getComputedStyle(element).color),
                  light(getComputedStyle(paper).backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


def test_many_tensors_and_a_video(open_page: Open, tmp_path: Path) -> None:
    units = b"".join(named_ndu(f"layer{n}.weight", bytes(n % 50)) for n in range(5000))
    page = open_page(EDITION_2 + units)
    page.locator(".filter").fill("layer4")
    assert names(page) and all(name.startswith("layer4") for name in names(page))
    page = open_page(FIXTURES / "mp4" / "h264_aac.mp4")
    assert page.locator(".lane").count() == 2
    assert page.locator("#tensors").count() == 0


def test_without_scripts_all_is_there(browser: Any, movie: Path, tmp_path: Path) -> None:
    pymp4_nnr.report(movie, tmp_path / "report.html")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert len(names(page)) == 10
    assert not page.locator(".filter").is_visible()
    page.locator(".tree summary", has_text="moov").first.click()
    context.close()
