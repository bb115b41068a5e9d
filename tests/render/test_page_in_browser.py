"""The page of who decides in a browser: it filters, fits, prints, asks nothing of any network, and can be used by all.

Convention: Debian's Chromium, driven by Playwright; what is counted stands in the sample's catalogue and answer key.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kit.console import quietly
from kit.projects import GOOD, HEADER, project, save
from kit.sample import ROOT

api = pytest.importorskip("playwright.sync_api", reason="Playwright 没有安装")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core 没有安装")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="没有 Chromium")
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
INDICATORS = 25
"""Of the plan."""
LOOKS = """() => {
  const every = [...document.querySelectorAll("body, body *")];
  const looks = every.map(one => getComputedStyle(one));
  return {
    colours: looks.map(one => [one.color, one.backgroundColor, one.backgroundImage, one.opacity, one.fontSize].join()),
    places: every.map(one => { const {x, y, width, height} = one.getBoundingClientRect(); return [x, y, width, height].join() }),
  };
}"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "页.html"
    catalogue = str(ROOT / "kpi_definitions.yaml")
    assert quietly("report", "-p", "2022", "-f", "html", "-o", str(path), "-c", catalogue) == 0
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser: Any, path: Path, **context: Any) -> Any:
    """The page, and a list on it (`asked`) of what it asks of others, and what it says by itself (`said`)."""
    page = browser.new_context(**{"viewport": WIDE} | context).new_page()
    page.asked, page.said = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: page.said.append(message.text))
    page.goto(path.as_uri())
    return page


def shown(page: Any) -> int:
    return int(page.locator("details:visible").count())


def test_it_asks_nothing_of_anybody(browser: Any, page_file: Path) -> None:
    page = opened(browser, page_file)
    assert page.asked == [page_file.as_uri()]
    assert page.said == []


def test_filters(browser: Any, page_file: Path) -> None:
    page = opened(browser, page_file)
    assert shown(page) == INDICATORS
    page.select_option("select[name=domain]", "过程管理")
    assert shown(page) == page.locator("tr[data-id]:visible").count()
    assert page.locator("#found").inner_text() == f"{shown(page)} / {INDICATORS} 项"
    of_domain = shown(page)
    page.select_option("select[name=verdict]", "missed")
    assert 0 < shown(page) < of_domain
    page.select_option("select[name=verdict]", "")
    page.select_option("select[name=domain]", "")
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("响应率")
    assert shown(page) == 1
    page.keyboard.press("Escape")
    assert shown(page) == INDICATORS


def test_a_link_opens_what_it_leads_to(browser: Any, page_file: Path) -> None:
    page = opened(browser, page_file)
    page.locator("tr[data-id] a").nth(17).click()
    opened_ones = page.locator("details[open]")
    opened_ones.wait_for()
    assert opened_ones.count() == 1
    assert "18" in opened_ones.locator("summary").inner_text()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("viewport", [WIDE, NARROW, {"width": 1000, "height": 800}], ids=["wide", "narrow", "between"])
def test_it_is_no_wider_than_its_window(browser: Any, page_file: Path, viewport: dict[str, int]) -> None:
    page = opened(browser, page_file, viewport=viewport)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize(("viewport", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide", "narrow"])
def test_axe_finds_no_violation(browser: Any, page_file: Path, viewport: dict[str, int], scheme: str) -> None:
    page = opened(browser, page_file, viewport=viewport, color_scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(255, 255, 255)") == (scheme == "light")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.Axe().run(page)
    told = [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found.response["violations"]]
    assert told == [], told


def test_no_colour_depends_on_the_width_and_no_place_on_the_scheme(browser: Any, page_file: Path) -> None:
    """So what axe says of each width in one scheme holds in the other."""
    page = opened(browser, page_file)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    seen = {}
    for width, viewport in (("wide", WIDE), ("narrow", NARROW)):
        page.set_viewport_size(viewport)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            seen[width, scheme] = page.evaluate(LOOKS)
    colours = {key: found["colours"] for key, found in seen.items()}
    places = {key: found["places"] for key, found in seen.items()}
    for scheme in ("light", "dark"):
        assert colours["wide", scheme] == colours["narrow", scheme]
    assert colours["wide", "light"] != colours["wide", "dark"]
    for width in ("wide", "narrow"):
        assert places[width, "light"] == places[width, "dark"]
    assert places["wide", "light"] != places["narrow", "light"]


def test_it_prints_on_one_sheet_in_the_light_scheme(browser: Any, page_file: Path) -> None:
    page = opened(browser, page_file, color_scheme="dark")
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(38, 38, 38)"


def test_without_a_script_everything_is_there(browser: Any, page_file: Path) -> None:
    page = opened(browser, page_file, java_script_enabled=False)
    assert page.locator("#filter").is_hidden()
    assert shown(page) == INDICATORS


def test_hostile_texts_do_nothing(browser: Any, tmp_path: Path) -> None:
    hostile = "</title><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>"
    catalogue = project(tmp_path, GOOD)
    save(tmp_path / "台账" / "甲部" / "工单_2022.xlsx", HEADER, [[*row[:3], hostile, row[4]] for row in GOOD], "工单")
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace("name: 工单成功率", f"name: '{hostile}'"), encoding="utf-8")
    path = tmp_path / "页.html"
    assert quietly("report", "-p", "2022", "-f", "html", "-o", str(path), "-c", str(catalogue)) == 0
    page = opened(browser, path)
    assert page.said == []
    assert page.asked == [path.as_uri()]
    assert hostile in page.locator("tr[data-id] a").first.inner_text()
