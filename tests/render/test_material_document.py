"""The management review's document: reopened, compared with the JSON cell by cell, printed, and made again."""

import io
import json
import re
import runpy
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from kit.console import MOMENT, Capture, call, refused, unwritten
from kit.office import CAN_PRINT_TEXT, WHY_NOT_PRINTED_TEXT, on_paper, pages_of
from kit.processes import process
from kit.sample import ROOT

from itss_kpi.app import evaluation
from itss_kpi.app.inputs import Inputs
from itss_kpi.catalogue.plan import Plan
from itss_kpi.core.jsonable import as_json
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Verdict
from itss_kpi.pages.documents.parts import Part, row, section, table
from itss_kpi.pages.documents.review import Review, review_of
from itss_kpi.pages.page import Cell, Chart, Heading, Line, Note, Table, Tone
from itss_kpi.render.material_document import is_ours, material_document

CATALOGUE = ROOT / "kpi_definitions.yaml"
PLAN = Plan(title="计划", document="D-1", version="V1", organization="公司", year=2022, departments=("甲部",))
YEAR = Period(PeriodKind.YEAR, 2022)
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DAYS = ("2022-12-31", "2022-02-28")
pytestmark = pytest.mark.usefixtures("worked_out_once")
needs_writer = pytest.mark.skipif(not CAN_PRINT_TEXT, reason=WHY_NOT_PRINTED_TEXT)


@pytest.fixture(scope="module")
def reviews(worked_out_once: None) -> dict[str, Review]:
    """The sample's review as of each of the days."""
    found = {day: evaluation.evaluate_files(Inputs(CATALOGUE, as_of=day), "2022", records=True).year for day in DAYS}
    return {day: review for day, year in found.items() if (review := review_of(year))}


@pytest.fixture(scope="module")
def sample_review(reviews: Mapping[str, Review]) -> Review:
    return reviews[DAYS[0]]


@pytest.fixture(scope="module")
def sample_content(sample_review: Review) -> bytes:
    return material_document(sample_review)


def small(*parts: Part, **changed: Any) -> Review:
    """A review of nothing but these parts."""
    whole = Review(PLAN, "材料", "", YEAR, date(2022, 12, 31), False, {}, parts, (), "到期 2 项。")
    return replace(whole, **changed)


def opened(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def texts_of(table: Any) -> list[list[str]]:
    """The cells' texts; a cell over several columns once."""
    return [[_text(cell) for cell in row._tr.tc_lst] for row in table.rows]


def _text(element: Any) -> str:
    """The text with its line breaks."""
    parts = {qn("w:t"): lambda one: one.text or "", qn("w:br"): lambda one: "\n"}
    return "".join(parts[one.tag](one) for one in element.iter() if one.tag in parts)


def shown_tables(found: dict[str, Any]) -> list[list[list[str]]]:
    """The tables that the JSON says the document has, as texts."""
    shown = []
    for part in (part for one in found["sections"] for part in one["parts"]):
        if part["kind"] == "table" and (part["rows"] or part["blank_rows"]):
            rows = [[*(cell["text"] for cell in row["cells"]), "\n".join(row["source"])] for row in part["rows"]]
            rows += [["\n"] * len(part["head"])] * part["blank_rows"]
            shown.append([[part["title"]], part["head"], *rows])
    return shown


# ---- reopened


def test_its_tables_are_those_of_the_json(sample_review: Review, sample_content: bytes) -> None:
    tables = [texts_of(table) for table in opened(sample_content).tables]
    found = shown_tables(as_json(sample_review))
    assert len(found) > 30
    # the first is the plan's revisions, the last is to be signed
    assert tables[1:-1] == found


def test_its_headings_and_paragraphs_are_those_of_the_json(sample_review: Review, sample_content: bytes) -> None:
    paragraphs = opened(sample_content).paragraphs
    headings = [(one.style.name, one.text) for one in paragraphs if one.style.name.startswith("Heading")]
    sections = [(f"Heading {one.level}", one.text) for one in sample_review.parts if isinstance(one, Heading)]
    assert headings == [("Heading 1", "文件编制和变更履历"), *sections, ("Heading 1", "签署")]
    texts = [one.text for one in paragraphs]
    for part in sample_review.parts:
        if isinstance(part, Note):
            assert (f"! {part.text}" if part.tone is Tone.MISSING else part.text) in texts
        elif isinstance(part, Table) and not part.rows:
            assert texts[texts.index(part.title) + 1] == part.empty


def test_the_cover_the_revisions_and_the_signatures(sample_content: bytes) -> None:
    made = opened(sample_content)
    first = [one.text for one in made.paragraphs[:5]]
    assert first[:2] == ["湖南同飞电力调度信息有限责任公司", "2022 年度管理评审输入材料"]
    assert first[2:4] == ["依据:《2022年运维服务质量管理计划》(TFDL-ITSS-08-09 V1.0)", "数据截至:2022-12-31"]
    assert texts_of(made.tables[0]) == [
        ["版本", "编制/更改", "发布", "实施", "更改记录"],
        ["", "作者", "日期", "审核", "日期", "批准", "日期", ""],
        ["V1.0", "", "2022-01-06", "", "2022-01-07", "", "2022-01-07", "新建"],
    ]
    assert texts_of(made.tables[-1]) == [["编制", "审核", "批准"], ["签字:\n\n\n日期:"] * 3]


def test_each_page_has_the_organization_the_document_and_its_number(sample_content: bytes) -> None:
    section = opened(sample_content).sections[0]
    assert section.header.paragraphs[0].text == "湖南同飞电力调度信息有限责任公司\t依据 TFDL-ITSS-08-09 V1.0"
    (footer,) = section.footer.paragraphs
    assert _text(footer._p) == "第 1 页  共 1 页"
    fields = [one.get(qn("w:instr")).strip() for one in footer._p.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.1)


def test_a_document_of_its_own_has_its_number() -> None:
    made = opened(material_document(small(document="P-9", partial=True)))
    assert made.sections[0].header.paragraphs[0].text == "公司\tP-9(依据 D-1 V1)"
    texts = [one.text for one in made.paragraphs]
    assert "文件编号:P-9" in texts
    assert "数据截至:2022-12-31(尚未结束)" in texts


def test_heads_come_again_on_each_page_and_rows_are_not_split(sample_content: bytes) -> None:
    for made in opened(sample_content).tables:
        rows = [row._tr for row in made.rows]
        heads = [row for row in rows if row.find(f".//{qn('w:tblHeader')}") is not None]
        assert heads == rows[: len(heads)]
        assert heads
        assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in rows)
        widths = [int(one.get(qn("w:w"))) for one in made._tbl.tblGrid.gridCol_lst]
        assert sum(widths) == 9978
        assert min(widths) > 0


def test_chinese_text_has_a_chinese_font_in_every_style(sample_content: bytes) -> None:
    styles = opened(sample_content).styles
    for name in ("Normal", "Heading 1", "Heading 2", "Title", "Header", "TableText", "TableTitle", "Note"):
        fonts = styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("宋体", "黑体")
        assert not [one for one in fonts.attrib if one.endswith("Theme")]
    with zipfile.ZipFile(io.BytesIO(sample_content)) as archive:
        assert 'w:name="宋体"><w:altName w:val="SimSun,' in archive.read("word/fontTable.xml").decode()


def test_the_template_is_what_its_script_makes() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "make_template.py"))["template"]()
    with (
        zipfile.ZipFile(io.BytesIO(made)) as made_parts,
        zipfile.ZipFile(ROOT / "itss_kpi" / "render" / "review.docx") as parts,
    ):
        assert {name: made_parts.read(name) for name in made_parts.namelist()} == {
            name: parts.read(name) for name in parts.namelist()
        }, "make template"


def test_a_verdict_has_its_sign_and_its_colour() -> None:
    verdict = Cell("✗ 未达成", Tone.BAD, "missed")
    shown = table("表", ("结论",), [row([verdict], ["甲部/工单.xlsx!3"])])
    made = opened(material_document(small(*section("一", [shown])))).tables[1]
    shaded = made.rows[2].cells[0]._tc
    assert shaded.find(f".//{qn('w:shd')}").get(qn("w:fill")) == "F4B6B6"
    assert shaded.find(f".//{qn('w:color')}").get(qn("w:val")) == "7B0000"


def test_a_table_without_rows_says_what_that_means() -> None:
    texts = [
        one.text
        for one in opened(material_document(small(*section("一", [table("表", ("甲",), empty="没有。")])))).paragraphs
    ]
    assert texts[texts.index("表") + 1] == "没有。"


# ---- charts


def test_the_charts_are_native_and_hold_the_values_of_the_json(sample_review: Review, sample_content: bytes) -> None:
    charts = [
        part for section in as_json(sample_review)["sections"] for part in section["parts"] if part["kind"] == "chart"
    ]
    assert [chart["title"] for chart in charts] == [
        "各指标域的结论(到期的考核数)", "18 事件及时响应率(各月;断开处没有数值)", "19 事件解决率(各月;断开处没有数值)",
    ]  # fmt: skip
    for number, chart in enumerate(charts, 1):
        series = list(chart_xml(sample_content, number).iter(f"{C}ser"))
        assert len(series) == len(chart["series"])
        for drawn, told in zip(series, chart["series"], strict=True):
            assert drawn.find(f"{C}tx//{C}v").text.endswith(told["name"])
            assert [one.text for one in drawn.findall(f"{C}cat//{C}v")] == chart["categories"]
            points = {int(one.get("idx")): float(one.find(f"{C}v").text) for one in drawn.findall(f"{C}val//{C}pt")}
            values = {at: float(Fraction(value)) for at, value in enumerate(told["values"]) if value not in (None, "0")}
            assert points == values


def chart_xml(content: bytes, number: int) -> Any:
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return etree.fromstring(archive.read(f"word/charts/chart{number}.xml"))


def test_a_charts_values_stand_in_a_workbook_for_whoever_edits_it(sample_content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sample_content)) as archive:
        book = openpyxl.load_workbook(io.BytesIO(archive.read("word/embeddings/chart1.xlsx")))
        assert "embeddings/chart1.xlsx" in archive.read("word/charts/_rels/chart1.xml.rels").decode()
    rows = list(book["数据"].values)
    assert rows[0][:3] == (None, "✓ 达成", "✗ 未达成")
    assert rows[1][:2] == ("质量指标", 4)


def test_a_chart_of_nothing_is_no_mistake() -> None:
    empty = Chart("各月", ("1月", "2月"), (Line("率", (None, None)),), True, ("甲部/工单.xlsx",))
    none = Chart("各域", (), (), source=("上表",))
    made = opened(material_document(small(*section("一", [empty, none]))))
    assert len(list(made.element.iter(f"{C}chart"))) == 2


# ---- made again


def test_made_again_it_is_byte_identical_whatever_the_environment(sample_content: bytes, tmp_path: Path) -> None:
    output = tmp_path / "a.docx"
    asked = ("review", "--year", "2022", "--as-of", "2022-12-31", "-o", str(output), "-c", str(CATALOGUE))
    setting = {"TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": MOMENT}
    assert process(*asked, env=setting).communicate()[1] == ""
    assert output.read_bytes() == sample_content


def test_nothing_of_the_day_on_which_it_is_made_is_in_it(sample_content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(sample_content)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = archive.namelist()
    properties = opened(sample_content).core_properties
    assert properties.created == properties.modified
    assert str(properties.created)[:10] == "2022-12-31"
    assert not [name for name in names if "thumbnail" in name or "customXml" in name]


# ---- what departments wrote


HOSTILE = [
    "a\x00b\x0bc\x1fd",
    "左\u202e右",
    "\ufffe\uffff",
    "]]><w:t>注入</w:t>&amp;<!--",
    ' HYPERLINK "http://example.invalid" ',
    "{ INCLUDETEXT c:\\x }",
    "_x0041_",
    "=1+1",
    "😀é\U0001f469\u200d\U0001f4bb",
    "一" * 5000,
    "x" * 3000,
    "第一行\n第二行\t末",
]


@pytest.fixture(scope="module")
def hostile_content() -> bytes:
    rows = [row([text, Cell("1", value="1")], [text]) for text in HOSTILE]
    chart = Chart(HOSTILE[0], (HOSTILE[3], HOSTILE[1]), (Line(HOSTILE[3], (Fraction(1), Fraction(2)), Verdict.MISSED),))
    parts = (table("表", ("文字", "数"), rows), Note(HOSTILE[4]), chart)
    plan = PLAN.model_copy(update={"organization": HOSTILE[3], "title": HOSTILE[0]})
    return material_document(small(*section(HOSTILE[3], parts), plan=plan))


def test_texts_of_departments_are_texts(hostile_content: bytes) -> None:
    made = opened(hostile_content)
    cells = [row[0] for row in texts_of(made.tables[1])[2:]]
    assert cells == [
        "a\\x00b\\x0bc\\x1fd", "左\\x" + "202e右", "\\ufffe\\uffff", *HOSTILE[3:8], "😀é👩\\x" + "200d💻", *HOSTILE[9:11],
        "第一行\n第二行\\x09末",
    ]  # fmt: skip
    for part in made.part.package.iter_parts():
        if part.partname.endswith("document.xml"):
            assert b"w:instrText" not in part.blob
            # links and fields are those of the contents, within the document
            assert set(re.findall(rb"<w:hyperlink ([a-z:]+)=", part.blob)) == {b"w:anchor"}
            assert {one.split()[0] for one in re.findall(rb'w:instr="([^"]*)"', part.blob)} == {b"PAGEREF"}
    assert made.sections[0].header.paragraphs[0].text.startswith("]]><w:t>注入</w:t>&amp;<!--")


@needs_writer
def test_long_texts_wrap_and_are_printed_in_full(papers: Mapping[str, Sequence[str]]) -> None:
    text = squeezed("".join(papers["长"]))
    assert text.count("一") >= 2 * 5000
    assert text.count("x" * 20) * 20 + 3000 > 2 * 3000


# ---- on paper


@pytest.fixture(scope="module")
def papers(
    reviews: Mapping[str, Review], hostile_content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """The pages of the documents as they are printed, cell by cell."""
    folder = tmp_path_factory.mktemp("papers")
    contents = {"长": hostile_content, **{day: material_document(review) for day, review in reviews.items()}}
    paths = [folder / f"{name}.docx" for name in contents]
    for path in paths:
        path.write_bytes(contents[path.stem])
    return {paper.stem: pages_of(paper, "-raw") for paper in on_paper(folder, *paths)}


SIGNS = "✓✗▲…"


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def unprinted(review: Review, pages: Sequence[str]) -> list[str]:
    """The cells of which something isn't on paper. A sign that another font lends may stand elsewhere in the text."""
    whole = re.sub(f"[{SIGNS}]", "", squeezed("".join(pages)))
    cells = [cell for table in shown_tables(as_json(review)) for row in table for cell in row]
    return [cell for cell in cells if re.sub(f"[{SIGNS}]", "", squeezed(cell)) not in whole] + [
        sign for sign in SIGNS if "".join(pages).count(sign) < "".join(cells).count(sign)
    ]


@needs_writer
@pytest.mark.parametrize("day", DAYS)
def test_every_cell_is_printed_and_every_page_has_its_head_and_number(
    day: str, reviews: Mapping[str, Review], papers: Mapping[str, Sequence[str]]
) -> None:
    review, pages = reviews[day], papers[day]
    assert len(pages) > 10
    for number, page in enumerate(pages, 1):
        assert "湖南同飞电力调度信息有限责任公司" in squeezed(page)
        assert "依据TFDL-ITSS-08-09V1.0" in squeezed(page)
        assert f"第{number}页共{len(pages)}页" in squeezed(page)
    assert not unprinted(review, pages)
    whole = squeezed("".join(pages))
    for chart in (part for part in review.parts if isinstance(part, Chart)):
        assert squeezed(chart.title).split("(")[0] in whole


# ---- the command


def test_the_command_writes_what_the_json_says(capsys: Capture, tmp_path: Path, sample_content: bytes) -> None:
    output = tmp_path / "评审.docx"
    arguments = ("review", "--year", "2022", "--as-of", "2022-12-31", "-c", str(CATALOGUE))
    code, out, err = call(capsys, *arguments, "-o", str(output))
    assert (code, out, err) == (0, f"写出 {output}\n", "")
    assert output.read_bytes() == sample_content
    code, out, _ = call(capsys, *arguments, "--format", "json")
    assert code == 0
    found = json.loads(out)
    assert (found["schema"], found["period"], found["as_of"]) == ("itss-kpi/review/1", "2022", "2022-12-31")
    assert [texts_of(table) for table in opened(output.read_bytes()).tables][1:-1] == shown_tables(found)


def test_the_file_is_named_after_the_year(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = call(capsys, "review", "--as-of", "2022-12-31", "-c", str(CATALOGUE))
    assert (code, out) == (0, "写出 2022管理评审输入.docx\n")
    # made again it takes its own place
    assert call(capsys, "review", "--as-of", DAYS[1], "-c", str(CATALOGUE))[0] == 0
    assert is_ours((tmp_path / "2022管理评审输入.docx").read_bytes(), Review)


def test_a_document_that_somebody_has_changed_is_not_overwritten(
    capsys: Capture, tmp_path: Path, sample_content: bytes
) -> None:
    made = opened(sample_content)
    made.tables[-1].rows[1].cells[0].paragraphs[0].add_run("已签")
    signed, foreign, broken = tmp_path / "签.docx", tmp_path / "别人的.docx", tmp_path / "坏.docx"
    made.save(signed)
    docx.Document().save(str(foreign))
    broken.write_bytes(sample_content[:1000])
    for path in (signed, foreign, broken):
        before = path.read_bytes()
        assert not is_ours(before, Review)
        err = refused(capsys, "review", "-c", str(CATALOGUE), "-o", str(path))
        assert f"{path} 已存在,不是本程序写出的文档,或写出后改动过,没有覆盖;请换一个文件名" in err
        assert path.read_bytes() == before
    assert is_ours(sample_content, Review)


def test_a_file_that_is_open_or_can_not_be_one_is_refused(
    capsys: Capture, tmp_path: Path, sample_content: bytes
) -> None:
    common = ("review", "-c", str(CATALOGUE), "-o")
    assert "文档的文件名须以 .docx 结尾" in refused(capsys, *common, str(tmp_path / "评审.doc"))
    (tmp_path / "夹.docx").mkdir()
    assert "这是一个文件夹,不能写成文档" in refused(capsys, *common, str(tmp_path / "夹.docx"))
    assert "--output 与 --format docx 同用" in refused(capsys, *common, str(tmp_path / "a.docx"), "--format", "json")
    path = tmp_path / "开着.docx"
    path.write_bytes(sample_content)
    (tmp_path / "~$开着.docx").write_bytes(b"")
    assert "程序中打开(~$开着.docx),没有改动" in unwritten(capsys, *common, str(path))
    assert path.read_bytes() == sample_content


def test_a_catalogue_without_the_review_says_how_to_declare_it(capsys: Capture, tmp_path: Path) -> None:
    text = CATALOGUE.read_text(encoding="utf-8").replace("data: sample_data", f"data: {ROOT / 'sample_data'}")
    path = tmp_path / "kpi_definitions.yaml"
    path.write_text(text[: text.index("\nreview:\n")], encoding="utf-8")
    err = refused(capsys, "review", "-c", str(path), "-o", str(tmp_path / "a.docx"))
    assert "指标目录没有声明管理评审;请加上 review" in err
    assert not (tmp_path / "a.docx").exists()


def test_the_cover_says_the_result_and_the_contents_lead_to_each_section() -> None:
    parts = (Heading("一、概述"), Note("文本"), Heading("(一)细节", level=2), Heading("二、结果"))
    body = opened(material_document(small(*parts))).element.body
    paragraphs = list(body.iter(qn("w:p")))
    texts = ["".join(one.text or "" for one in paragraph.iter(qn("w:t"))) for paragraph in paragraphs]
    assert texts.index("到期 2 项。") < texts.index("目录")
    marks = {one.get(qn("w:name")): one.getparent() for one in body.iter(qn("w:bookmarkStart"))}
    links = [(one.get(qn("w:anchor")), one) for one in body.iter(qn("w:hyperlink"))]
    said = ["".join(text.text or "" for text in marks[anchor].iter(qn("w:t"))) for anchor, _ in links]
    assert said == ["文件编制和变更履历", "一、概述", "二、结果", "签署"]
    # a page's number is worked out by whoever opens it
    fields = [one for _, link in links for one in link.iter(qn("w:fldSimple"))]
    assert [one.get(qn("w:instr")).split() for one in fields] == [["PAGEREF", anchor] for anchor, _ in links]
    assert {one.get(qn("w:dirty")) for one in fields} == {"true"}
