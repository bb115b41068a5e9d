"""The page of who decides: all that it says is right, harmless, offline and readable, on a screen and on one sheet.

Convention: what the sample's page has to say stands in its answer key; what is shown is read with the standard library's
parser, as a browser would.
"""

import base64
import csv
import hashlib
import json
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from kit.console import Capture, call, refused
from kit.projects import save
from kit.sample import ROOT

COMMON = ("-c", str(ROOT / "kpi_definitions.yaml"))
SIGNS = {
    "attained": "✓",
    "missed": "✗",
    "unverified": "?",
    "missing_data": "!",
    "undefined": "~",
    "not_applicable": "-",
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.usefixtures("worked_out_once")


class Seen(HTMLParser):
    """The elements with their attributes, and the texts by the tag in which they stand."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.tags[-1][0] if self.tags else "", data))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(folder: Path, *arguments: str) -> str:
    path = folder / "页.html"
    assert call_quietly("report", "-f", "html", "-o", str(path), *arguments) == 0
    return path.read_text(encoding="utf-8")


def call_quietly(*arguments: str) -> int:
    from kit.console import quietly

    return quietly(*arguments)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, worked_out_once: None) -> str:
    return page(tmp_path_factory.mktemp("page"), "-p", "2022", *COMMON)


# ---- what it says


def test_the_heat_map_has_every_verdict_of_the_answer_key(year: str) -> None:
    with (ROOT / "sample_data" / "answers.csv").open(encoding="utf-8", newline="") as stream:
        wanted = Counter(SIGNS[row["verdict"]] for row in csv.DictReader(stream))
    assert Counter(re.findall(r'class="mark [a-z]+" title="[^"]*">(.)</td>', year)) == wanted
    # each line is twelve months long
    for row in re.findall(r'<tr data-id="[^"]*">(.*?)</tr>', year):
        assert sum(map(int, re.findall(r'colspan="(\d+)"', row))) == 12


def test_the_first_screen_says_what_is_missed_and_why(year: str) -> None:
    first = year[: year.index("<h2>各项指标</h2>")]
    assert "达成率 81.25%(达成 ÷(达成 + 未达成))" in first
    (decided,) = re.findall(r"<caption>未达成与已失守</caption>.*?</table>", first, re.DOTALL)
    assert decided.count("<tr>") == 1 + 12
    assert (
        "原因:坐席交接班时漏派;措施:交接班时核对未派工单;责任:信息部、Y1131;完成期限 2022-11-30(已完成待验证)"
        in decided
    )
    assert "待核实" in first
    assert "缺 通信部" in first
    assert re.search(r"最近一次关账的校验值 [0-9a-f]{64}", first)
    assert "✓ 达成 ✗ 未达成 ? 待核实" in first


def test_behind_each_indicator_is_what_it_comes_from(year: str) -> None:
    detail = year[year.index('id="i18"') : year.index('id="i19"')]
    for text in ("及时响应的事件数量/所有的事件数量", "响应时间 - 受理时间 ≤ 响应时限", "193/224", "按部门", "按项目"):
        assert text in detail
    assert "通信部/事件工单_2022Q3.xlsx!事件工单!163" in detail
    assert detail.count('class="limit"') == 12
    assert detail.count("<title>") == 12


def test_a_period_of_its_own_and_running_ones(tmp_path: Path) -> None:
    text = page(tmp_path, "-p", "2022Q3", "--as-of", "2022-09-15", *COMMON)
    assert "截至 2022-09-15,尚未结束" in text
    assert 'class="mark open"' in text


# ---- that it asks for nothing and harms nobody


def test_it_is_one_file_that_asks_for_nothing(year: str) -> None:
    seen = Seen(year)
    assert {tag for tag, _ in seen.tags} & {"link", "img", "iframe", "object", "base"} == set()
    addresses = [value for _, one in seen.tags for name, value in one.items() if name in ("src", "href", "action")]
    assert all(value and value.startswith("#") for value in addresses)
    assert "url(" not in year
    assert "@import" not in year
    assert "//" not in re.sub(r"<script>.*</script>", "", year, flags=re.DOTALL)
    policy = next(one["content"] for one in seen.of("meta") if one.get("http-equiv"))
    (script,) = re.findall(r"<script>(.*)</script>", year, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert len(script.encode()) < 10_000
    assert len(year.encode()) < 400_000


HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\" '{{777*1001}}"
QUOTED = json.dumps(HOSTILE)
CATALOGUE = f"""\
format: itss-kpi/catalogue/1
plan: {{title: 计划, document: D-1, version: V1, organization: {QUOTED}, year: 2022, departments: [甲部]}}
data: data
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*
    key: [编号]
    date: 日期
    dimensions: {{项目: 项目, 人: 人}}
    columns:
      编号: {{type: text, required: true}}
      日期: {{type: date, required: true}}
      项目: {{type: text}}
      人: {{type: text, sensitive: true}}
      分: {{type: decimal, required: true}}
indicators:
  - {{id: a, number: 1, domain: {QUOTED}, name: {QUOTED}, formula: {QUOTED}, note: {QUOTED}, target: '>= 5分', period: month,
     value: {{measure: mean, source: t, of: 分}}}}
  - {{id: b, number: 2, domain: 域, name: 各人, formula: 分, target: '>= 5分', period: day, for_each: 项目,
     value: {{measure: mean, source: t, of: 分}}}}
"""


def test_what_users_wrote_is_text_and_what_is_personal_stays_covered(here: Path, capsys: Capture) -> None:
    (here / "kpi_definitions.yaml").write_text(CATALOGUE, encoding="utf-8")
    rows = [[str(at), f"2022-0{at % 3 + 1}-1{at}", HOSTILE, "欧阳某", at] for at in range(6)]
    save(here / "data" / "甲部" / "工单_2022.xlsx", ["编号", "日期", "项目", "人", "分"], rows)
    text = page(here, "-p", "2022")
    seen = Seen(text)
    assert len(seen.of("script")) == 1
    assert seen.of("img") == []
    assert [name for _, one in seen.tags for name in one if name.startswith("on")] == []
    assert "777777" not in text
    assert HOSTILE in "".join(said for _, said in seen.texts)
    assert "欧阳某" not in text


def test_the_rows_that_leave_a_value_open_are_listed_as_far_as_one_reads(here: Path, capsys: Capture) -> None:
    written = CATALOGUE.replace(QUOTED, "甲").replace("period: day, for_each: 项目", "period: week")
    (here / "kpi_definitions.yaml").write_text(written, encoding="utf-8")
    rows = [[f"T{at}", "2022-01-10", "甲", "欧阳某", "很好" if at < 25 else 9] for at in range(30)]
    save(here / "data" / "甲部" / "工单_2022-01.xlsx", ["编号", "日期", "项目", "人", "分"], rows)
    text = page(here, "-p", "2022-01")
    detail = text[text.index('id="i1"') :]
    assert [f"<td>T{at}</td>" in detail for at in range(25)] == [True] * 20 + [False] * 5
    assert "另有 5 行" in detail


# ---- that it can be read


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_ink_stands_out_from_its_paper_by_day_and_by_night(year: str) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", year, re.DOTALL)
    schemes = [
        dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{3,6})", block)) for block in re.findall(r":root \{([^}]*)\}", style)
    ]
    assert len(schemes) == 3
    for scheme in schemes:
        colors = {
            name: code if len(code) == 7 else "#" + "".join(2 * one for one in code[1:])
            for name, code in scheme.items()
        }
        pairs = [
            ("--ink", "--paper"),
            ("--faint", "--paper"),
            ("--blue", "--paper"),
            ("--ink", "--band"),
            ("--blue", "--band"),
        ]
        pairs += [(f"--{name}-ink", f"--{name}") for name in ("good", "bad", "doubtful", "missing", "undefined")]
        for ink, paper in pairs:
            light, dark = sorted((luminance(colors[ink]), luminance(colors[paper])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)


def test_whoever_hears_the_page_knows_where_they_are(year: str) -> None:
    seen = Seen(year)
    assert seen.of("html")[0]["lang"] == "zh-CN"
    assert all("scope" in one for one in seen.of("th"))
    assert len(seen.of("label")) == 4
    ids = [one["id"] for _, one in seen.tags if "id" in one]
    assert len(ids) == len(set(ids))
    targets = {value[1:] for one in seen.of("a") if (value := one["href"])}
    assert targets <= set(ids)


needs_browser = pytest.mark.skipif(not CHROMIUM, reason="没有 Chromium")


def browse(path: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [
        str(CHROMIUM),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={path.parent}/profile",
    ]
    return subprocess.run([*command, *options, path.as_uri()], capture_output=True, check=True, timeout=120)


@needs_browser
def test_it_prints_on_one_sheet(year: str, tmp_path: Path) -> None:
    path = tmp_path / "year.html"
    path.write_text(year, encoding="utf-8")
    browse(path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'year.pdf'}")
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "year.pdf").read_bytes())) == 1


@needs_browser
def test_the_script_shows_the_filter_and_opens_what_a_link_leads_to(year: str, tmp_path: Path) -> None:
    probe = "<script>document.title = document.body.scrollWidth > innerWidth ? 'wide' : 'fits'</script>"
    path = tmp_path / "year.html"
    # the policy lets no other script run: the probe must not change the title
    path.write_text(year.replace("</body>", probe + "</body>"), encoding="utf-8")
    shown = browse(path, "--dump-dom", "--window-size=390,800").stdout.decode()
    assert "<title>湖南同飞电力调度信息有限责任公司 2022 运维服务指标</title>" in shown
    assert re.search(r'<form id="filter" class="screen">', shown)


# ---- where it is written


def test_where_the_page_is_written(here: Path, capsys: Capture) -> None:
    common = ("report", "-p", "2022Q3", "-f", "html", *COMMON)
    code, out, _ = call(capsys, *common)
    assert (code, out) == (0, "写出 2022Q3运维服务指标达成情况.html\n")
    first = Path("2022Q3运维服务指标达成情况.html").read_bytes()
    assert call(capsys, *common)[0] == 0
    assert Path("2022Q3运维服务指标达成情况.html").read_bytes() == first
    Path("别的.html").write_text("<p>别人的</p>", encoding="utf-8")
    assert "不是本程序写出的网页" in refused(capsys, *common, "-o", "别的.html")
    assert "网页的文件名须以 .html 结尾" in refused(capsys, *common, "-o", "页.xlsx")
    assert "--blank 与 --format xlsx 同用" in refused(capsys, *common, "--blank")
