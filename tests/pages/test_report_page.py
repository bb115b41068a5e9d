"""How reports and explanations look: signs, colours, gaps, room, and text that can't steer a terminal."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from kit.console import printed
from kit.sample import Sample
from rich.cells import cell_len

from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.wording import SIGNS
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import Assessment, Export, MissingExport, Report, Verdict
from itss_kpi.core.targets import Target, parse_target
from itss_kpi.engine.trace import TracedRow
from itss_kpi.pages.catalogue import catalogue_page
from itss_kpi.pages.explanation import explanation_page
from itss_kpi.pages.page import TONES, Tone
from itss_kpi.pages.report import report_page, verdict_cell
from itss_kpi.render import csv as csv_form
from itss_kpi.render import terminal
from itss_kpi.render.terminal import STYLES, render


@pytest.fixture(scope="module")
def report(sample: Sample) -> Report:
    """2022Q3 of the sample."""
    return sample.report("2022Q3")


@pytest.fixture
def item(report: Report) -> Assessment:
    """A missed assessment: 193/224 against 90%."""
    return next(item for item in report.assessments if (item.number, str(item.period)) == (18, "2022-07"))


@pytest.fixture
def indicator(sample: Sample) -> Indicator:
    return sample.catalogue.find("18")[0]


def target(text: str) -> Target:
    found = parse_target(text)
    assert isinstance(found, Target)
    return found


# ---- the look of a verdict


def test_every_verdict_has_a_sign_and_a_colour_of_its_own() -> None:
    signs = [verdict_cell(verdict).text for verdict in Verdict]
    assert signs == [f"{SIGNS[verdict]} {verdict.label}" for verdict in Verdict]
    assert len(set(SIGNS.values())) == len(Verdict)
    assert all(cell_len(sign) == 1 for sign in SIGNS.values())
    assert set(TONES) == set(Verdict)
    assert set(STYLES) == {None, *Tone}


def test_verdicts_read_the_same_with_and_without_colour() -> None:
    assert printed(terminal.text(verdict_cell(Verdict.MISSED))) == "✗ 未达成"
    assert printed(terminal.text(verdict_cell(Verdict.MISSED)), colour=True) == "\x1b[1;31m✗ 未达成\x1b[0m"


# ---- the report


def test_columns_stand_below_each_other(report: Report) -> None:
    lines = printed(render(report_page(report)), 100).splitlines()
    head = next(line for line in lines if line.startswith("序号"))
    column = cell_len(head[: head.index("结论")])
    for item in report.due:
        line = next(line for line in lines if line.startswith(f"{item.number:>4} ") and f" {item.period} " in line)
        assert cell_len(line[: line.index(verdict_cell(item.verdict).text)]) == column


def test_order_is_by_domain_of_the_plan_then_number(report: Report) -> None:
    text = printed(render(report_page(report)))
    running = text[text.index("未到期(") :]
    places = [running.index(name) for name in ("质量指标", "人员管理", "资源管理", "技术管理", "过程管理")]
    assert places == sorted(places)


def test_colours_are_those_of_the_verdicts(report: Report) -> None:
    text = printed(render(report_page(report)), colour=True)
    assert "\x1b[32m✓ 达成" in text
    assert "\x1b[1;31m✗ 未达成" in text
    assert "\x1b[1;33m? 待核实" in text
    assert "\x1b[1;31m已失守" in text
    assert "\x1b[32m已稳达" in text


def test_empty_report(report: Report) -> None:
    bare = replace(report, assessments=(), problems=(), catalogue={}, as_of=date(2022, 9, 30))
    assert printed(render(report_page(bare))).splitlines() == [
        "2022Q3 运维服务指标达成情况(截至 2022-09-30)",
        "2022Q3 没有到期的指标",
        "",
        "到期 0 项",
        "数据问题:无",
    ]


def test_group_beside_and_missing_data(report: Report, item: Assessment) -> None:
    grouped = replace(
        item, group="P1", beside=(("全年累计", "4"),), verdict=Verdict.MISSING_DATA,
        numerator=None, value=None, lowest=None, highest=None,
    )  # fmt: skip
    lines = printed(render(report_page(replace(report, assessments=(grouped,))))).splitlines()
    assert lines[3].split() == ["18", "事件及时响应率[P1](全年累计", "4)", "2022-07", "—", "—", "≥90%", "!", "数据缺失"]


@pytest.mark.parametrize(
    ("codes", "said", "style"),
    [
        ([], "数据问题:无", "\x1b[32m"),
        (["D303"], "数据问题:提示 1(用 itss-kpi check 查看)", "\x1b[2m"),
        (["D201", "D301", "D204"], "数据问题:错误 2、警告 1(用 itss-kpi check 查看)", "\x1b[33m"),
    ],
)
def test_problems_are_counted_below(codes: list[str], said: str, style: str, report: Report) -> None:
    found = replace(report, problems=tuple(Problem(code, "坏", Place("a.xlsx")) for code in codes))
    assert printed(render(report_page(found)), colour=True).splitlines()[-1] == f"{style}{said}\x1b[0m"


# ---- text from files


# ---- plain forms


def test_csv_numbers_are_plain(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_form.render(report_page(report)))))
    assert len(rows) == len(report.assessments)
    assert list(rows[0]) == [
        "序号", "指标域", "指标名称", "考核期", "分子", "分母", "实际值", "显示", "最低", "最高", "考核要求", "结论",
        "差距", "存疑行数", "余量", "裁定",
    ]  # fmt: skip
    for row in rows:
        for column in ("分子", "分母", "实际值", "最低", "最高", "差距"):
            assert not row[column] or float(row[column]) >= 0


# ---- explanations


def test_explanation_without_rows(item: Assessment, indicator: Indicator, sample: Sample, report: Report) -> None:
    names = {name: source.name for name, source in sample.catalogue.sources.items()}
    exports = [export for export in report.exports if export.source == "incidents"]
    text = printed(render(explanation_page(indicator, item, exports, [], 0, names)), 200)
    for line in (
        "18 事件及时响应率 2022-07",
        "计划公式   及时响应的事件数量/所有的事件数量 × 100 %",
        "计划要求   ≥90%",
        "分子       计数 事件工单,限于分母各行,条件:响应时间 - 受理时间 ≤ 响应时限",
        "分母       计数 事件工单,条件:工单状态 ≠ 已取消",
        "分子/分母  193/224",
        "精确值     193/224 = 86.16%",
        "最低/最高  193/224 / 193/224(存疑 0 行)",
        "结论       ✗ 未达成  差 9",
    ):
        assert line in text.splitlines(), line
    assert "✗" not in text.replace("✗ 未达成", "")  # every account adds up
    assert text.count("✓") == len(item.accounting) + len(exports)
    assert "明细" not in text


def test_catalogue_is_the_plan(sample: Sample) -> None:
    text = printed(render(catalogue_page(sample.catalogue)), 120)
    assert text.splitlines()[0].endswith("2022年运维服务质量管理计划(TFDL-ITSS-08-09 V1.0)")
    assert text.count("SLA达成率  ") == 2


def test_explanation_of_a_running_period_with_missing_exports(item: Assessment, indicator: Indicator) -> None:
    absent = (MissingExport("incidents", "通信部", ("2022-07", "2022-08")),)
    running = replace(
        item, due=False, verdict=Verdict.MISSING_DATA, absent=absent, value=None, numerator=None, group="P1"
    )
    unread = Export("incidents", "通信部", "通信部/事件.xlsx", "[bold]", 1, "", format="", readable=False)
    found = explanation_page(indicator, running, [unread], [], 0, {"incidents": "事件工单"})
    lines = printed(render(found), 200).splitlines()
    assert lines[0] == "18 事件及时响应率[P1] 2022-07"
    for line in (
        "精确值     —",
        "结论       ! 数据缺失",
        "余量       数据缺失:通信部",
        "缺少       通信部 事件工单 2022-07、2022-08",
    ):
        assert line in lines, line
    assert not [line for line in lines if line.startswith("行数核对")]  # of rows that aren't there
    assert lines[-1].split() == ["通信部/事件.xlsx![bold]", "—", "0", "0", "0", "0", "0", "未读"]


def test_explanation_lists_rows(item: Assessment, indicator: Indicator) -> None:
    rows = [
        (
            TracedRow("incidents", 0, 2, 0, {"numerator": "counted", "denominator": "counted"}, "counted", {}, {}),
            {"位置": "甲.xlsx!表!2", "编号": "A1", "标题": "\x1b[bold]"},
        ),
        (
            TracedRow("incidents", 0, 3, 0, {"numerator": "excluded", "denominator": "counted"}, "failing", {}, {}),
            {"位置": "甲.xlsx!表!3", "编号": "A2", "备注": "晚"},
        ),
    ]
    found = explanation_page(indicator, item, [], rows, 5, {"incidents": "事件工单"})
    assert printed(render(found), 100).splitlines()[-6:] == [
        "明细(2 行,共 5 行)",
        "",
        "甲.xlsx!表",
        "行  归类    编号  标题        备注",
        " 2  计入    A1    \\x1b[bold]",
        " 3  未达标  A2                晚",
    ]
