"""The workbook's sheets of what else the plan has done in the year: their cells against the planted answers, what they
say where ledgers are missing or not declared, and texts that mean harm.

Convention: workbooks are made in memory and reopened with openpyxl, streamed rows and all.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from kit.activities import TICKETS
from kit.clauses import EVERYTHING, PLAN, Rows, changed, check, row
from kit.nonconformities import FAULTS
from kit.sample import ROOT, planted
from kit.sheets import Both, tables_of
from kit.supervision import LEDGER
from kit.tables import catalogue_of
from kit.whole import HANDED_IN, WHOLE, year_of

from itss_kpi.app.evaluation import evaluate_files
from itss_kpi.app.inputs import Inputs
from itss_kpi.app.reports import contents_of
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.text import row_place
from itss_kpi.workbook.unmet import Earlier
from itss_kpi.workbook.workbook import Contents, Written, compliance_workbook, filled_in

ACTIVITIES, CHECKS, FINDINGS, SURVEY, CLAUSES = SHEETS = (
    "质量活动",
    "监督检查",
    "不符合项与改进",
    "满意度分析",
    "条款矩阵",
)


@functools.cache
def sample(period: str) -> Any:
    """The sample's workbook of a period."""
    work = evaluate_files(Inputs(ROOT / "kpi_definitions.yaml"), period, records=True)
    return Both(compliance_workbook(contents_of(work, {}, 5, "证据.xlsx")))


def named(tables: Mapping[str, list[dict[str, Any]]], start: str) -> list[dict[str, Any]]:
    """The rows of the table whose title begins so; none where there is no such table."""
    return next((rows for title, rows in tables.items() if title.startswith(start)), [])


def rows_of(book: Any, sheet: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def between(rows: Sequence[Sequence[Any]], first: str, last: str = "") -> list[list[Any]]:
    """The rows below the one that begins with `first`, up to one that begins with `last` (to the end)."""
    texts = [str(row[0] or "") for row in rows]
    start = next(at for at, text in enumerate(texts) if text.startswith(first)) + 1
    end = next((at for at in range(start, len(texts)) if last and texts[at].startswith(last)), len(texts))
    return [list(row) for row in rows[start:end]]


def texts(book: Any, sheet: str) -> str:
    return "\n".join(str(value) for row in rows_of(book, sheet) for value in row if value is not None)


# ---- the sample: cells against the planted answers


def test_every_record_of_a_check_with_its_place() -> None:
    book, key = sample("2022"), planted("supervision", "2022-12-31")
    records = named(tables_of(book[CHECKS]), "本年度至截止日的检查记录")
    assert len(records) == int(key["", "checked"]) + int(key["", "undated"])
    results = [row["结果"] for row in records]
    counted = {word: results.count(word) for word in ("符合", "不符合", "不适用")}
    assert counted["不适用"] == int(key["", "not_applicable"])
    assert counted["不符合"] in (int(key["", "not_conform"]), int(key["", "not_conform"]) + 1)  # one has no day
    for one in records:
        path, sheet, line = one["出处"].split("、")[0].rsplit("!", 2)
        assert written(path)[int(line) - 1].count(one["检查编号"]) == 1, one
        assert row_place(path, sheet, int(line)) == one["出处"].split("、")[0]
    assert any(isinstance(row["检查日期"], datetime) for row in records)


@functools.cache
def written(path: str) -> list[list[Any]]:
    book = openpyxl.load_workbook(ROOT / "sample_data" / path)
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def test_the_survey_as_planted() -> None:
    book, key = sample("2022"), planted("satisfaction", "2022-12-31")
    found = tables_of(book[SURVEY])
    heads = (("客户", "客户"), ("调查项", "调查项"), ("项目", "项目名称"))
    scores = {row[head]: row["得分"] for title, head in heads for row in named(found, title)}
    wanted = {item: Fraction(value) for (item, name), value in key.items() if name == "score" and item}
    assert {name: score for name, score in scores.items() if score != "—"} == pytest.approx(wanted, abs=1e-12)
    (total,) = named(found, "总分")
    assert total["指标"] == "指标 2 客户满意度"
    assert total["得分"] == float(Fraction(key["", "score"]))
    assert "收回问卷 60 份  发放 74 份  回收率 81.08%" in texts(book, SURVEY)
    lowest = {row[head] for title, head in heads[1:] for row in named(found, title) if row["最低者"] == "▼ 最低"}
    assert lowest == {"技术水平", "调度数据网运维"}
    bands = {row["名称"]: row["份数"] for row in named(found, "问卷分布")}
    assert bands == {
        "≥95%": int(key["19/20", "band"]), "90%~95%": int(key["9/10", "band"]), "80%~90%": int(key["4/5", "band"]),
        "60%~80%": int(key["3/5", "band"]), "<60%": int(key["0", "band"]), "存疑": 0, "没有打分": 0,
    }  # fmt: skip
    remarks = {row["意见"] for row in named(found, "意见(7)")}
    assert remarks == {value for (_, name), value in key.items() if name == "remark"}
    # items and projects, each beside the requirement
    sheet = book[SURVEY]
    charts = sheet._charts
    assert [len(chart.ser) for chart in charts] == [2, 2]
    for chart, items in zip(charts, (6, 14), strict=True):
        names, *values = (
            [one.value for row in sheet[ref.rpartition("!")[2]] for one in row]
            for ref in (chart.ser[0].cat.numRef.f, *(one.val.numRef.f for one in chart.ser))
        )
        assert len(names) == items
        assert values == [[pytest.approx(wanted[name]) for name in names], [0.96] * items]


def test_every_clause_with_its_links() -> None:
    book = sample("2022Q3")
    tables = tables_of(book[CLAUSES])
    states = {one["条款"]: one["到位情况"] for one in tables["各条款"]}
    assert len(states) == 20
    assert {name: states[f"GB/T 28827.1 {name}"] for name in ("5.3 c) 实施并记录", "5.4 a) 定期评审", "9.4 事件管理")} == {
        "5.3 c) 实施并记录": "! 数据缺失", "5.4 a) 定期评审": "◐ 部分到位", "9.4 事件管理": "? 存疑",
    }  # fmt: skip
    items = {(one["类别"], str(one["序号"])): one for one in named(tables, "由什么落实")}
    five = items["质量活动", "5"]
    assert [five[name] for name in ("到位情况", "已有/应有", "没有到位的原因")] == [
        "◐ 部分到位",
        "1/2",
        "2022-07 没有完成",
    ]
    assert items["指标", "2"]["证据文件与行数"] == "综合管理部/客户满意度调查_2022.xlsx!客户满意度调查(360 行)"
    linked = {
        str(cell.value): cell.hyperlink.location for row in book[CLAUSES].iter_rows() for cell in row if cell.hyperlink
    }
    numbers = {one["名称"]: number for (kind, number), one in items.items() if kind == "指标"}
    assert len(numbers) == 25 - 1  # 1 and 16 are one
    assert linked.keys() == numbers.keys()
    for name, location in linked.items():
        sheet, cell = location.rsplit("!", 1)
        assert (sheet.strip("'"), cell) == (f"证据-{int(numbers[name].split('、')[0]):02}{name}", "A1")
        assert sheet.strip("'") in book.sheetnames


def test_the_links_of_activities_and_findings_lead_to_the_evidence() -> None:
    book = sample("2022Q3")
    for sheet in (ACTIVITIES, FINDINGS, SURVEY):
        links = [cell.hyperlink.location for row in book[sheet].iter_rows() for cell in row if cell.hyperlink]
        assert links
        assert {link.rsplit("!", 1)[0].strip("'") for link in links} <= set(book.sheetnames)
        assert all(link.strip("'").startswith("证据-") for link in links)


def test_the_sheets_stand_before_the_evidence_and_read_like_the_others() -> None:
    book = sample("2022Q3")
    at = book.sheetnames.index("纠正措施跟踪")
    assert book.sheetnames[at + 1 : at + 6] == list(SHEETS)
    for name in SHEETS:
        sheet = book[name]
        assert sheet["A1"].value == f"{name}(2022 年度,截至 2022-09-30)"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.freeze_panes
        if name != SURVEY:
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert sheet.print_title_rows
    contents = texts(book, "总览")
    assert all(name in contents for name in SHEETS)


# ---- small catalogues: what is missing, not declared, or means harm


def made(
    catalogue: Catalogue, rows: Rows, period: str = "2022Q1", numbers: Sequence[int] = (), as_of: date | None = None
) -> Written:
    """The workbook of a small catalogue; `numbers`: the indicators that are evaluated, by default all."""
    year = year_of(catalogue, rows, period, numbers, as_of)
    return compliance_workbook(Contents(year, "", (), {}, 100_000))


def opened(*arguments: Any, **options: Any) -> Any:
    return Both(made(*arguments, **options))


def test_a_small_company_s_sheets() -> None:
    book = opened(WHOLE, HANDED_IN)
    assert [name for name in book.sheetnames if name in SHEETS] == list(SHEETS)
    tables = tables_of(book[FINDINGS])
    (fault,) = [one for rows in tables.values() for one in rows if one.get("编号") == "N1"]
    assert fault["状态"] == "✗ 逾期未关闭 49 天"
    assert fault["指标"] == "1 成功率 2022-01"
    (plan,) = [one for rows in tables.values() for one in rows if one.get("编号") == "P1"]
    assert (plan["进度"], plan["状态"]) == (1, "✓ 已完成")
    assert plan["说明"] == "没有效果评价"
    # the month has no finer score than the year; 西厂 didn't answer
    customers = {row["客户"]: list(row.values())[1:5] for row in named(tables_of(book[SURVEY]), "客户")}
    assert customers == {"西厂": ["✗ 未答复", "—", 0, "—"], "东厂": ["✓ 已答复", 2, 1, 0.5]}
    assert made(WHOLE, HANDED_IN) == made(WHOLE, HANDED_IN)


def test_nothing_found_is_said_only_where_the_ledger_is_there() -> None:
    empty = {key: [] if key[0] in WHOLE.records or key[0] == "survey" else rows for key, rows in HANDED_IN.items()}
    book = opened(WHOLE, empty)
    assert texts(book, FINDINGS).count("没有。") == 2
    assert "没有交齐(" not in texts(book, FINDINGS) + texts(book, SURVEY)
    assert "没有问卷。" in texts(book, SURVEY)


def test_a_catalogue_that_declares_none_of_it_has_the_workbook_that_it_had() -> None:
    body = re.sub(r" +clause: .*\n", "", PLAN.partition("activities:")[0])
    plain = catalogue_of(TICKETS.replace("\n  t:", "\nsources:\n  t:", 1) + body)
    book = opened(plain, EVERYTHING)
    assert [name for name in book.sheetnames if not name.startswith("证据-")] == [
        "总览", "指标达成情况", "纵向对比", "未达成分析", "纠正措施跟踪", "口径说明", "变更履历",
        "复算", "横向对比", "统计与基线", "数据核对", "数据问题", "运行信息",
    ]  # fmt: skip


def test_what_is_declared_in_part_says_what_is_not() -> None:
    body = PLAN.replace(", sources: [activity_log, supervision]", "")
    sources = TICKETS.replace("\n  t:", "\nsources:\n  t:", 1)
    plain = catalogue_of(sources + FAULTS + body.partition("supervision:\n")[0] + "customers: [{name: 东厂}]\n")
    rows = {key: rows for key, rows in HANDED_IN.items() if key[0] in ("t", "s", "nonconformities")}
    book = opened(plain, rows)
    assert "指标目录没有声明质量活动台账" in texts(book, ACTIVITIES)
    assert CHECKS not in book.sheetnames
    assert "指标目录没有声明体系改进计划(sources 中的 improvements)" in texts(book, FINDINGS)
    assert "指标目录没有声明满意度调查" in texts(book, SURVEY)
    assert "指标目录没有声明质量活动台账(activity_log)" in texts(book, CLAUSES)
    without_rules = catalogue_of(LEDGER + TICKETS + body.partition("activities:\n")[0])
    assert "指标目录没有声明监督检查" in texts(opened(without_rules, EVERYTHING), CHECKS)


def test_of_some_indicators_alone_nothing_is_said_that_needs_all() -> None:
    rows = {key: rows for key, rows in HANDED_IN.items() if key[0] not in ("survey", "s")}
    book = opened(WHOLE, rows, numbers=[1])
    assert "本次没有计算全部指标,不能说各条款是否到位。" in texts(book, CLAUSES)
    # its ledger wasn't looked for: that is no missing data
    assert "本次没有计算读这份台账的指标,没有满意度分析。" in texts(book, SURVEY)
    assert "数据缺失" not in texts(book, SURVEY).partition("\n")[2].partition("\n")[2]


def test_a_report_of_another_year() -> None:
    book = opened(WHOLE, HANDED_IN, period="2023-01")
    assert book[ACTIVITIES]["A1"].value == "质量活动(2023 年度,截至 2023-01-31)"
    assert "指标目录是 2022 年度的计划,没有这一年的质量活动。" in texts(book, ACTIVITIES)


def test_a_report_that_looks_from_a_later_day() -> None:
    late = changed(("activity_log", "甲部"), [row("1", "2022-01", "2022-01-20"), row("4", "2022Q1", "2022-05-30")])
    rows = {**HANDED_IN, **late}
    assert "2022Q1\n2022-03-31 00:00:00\n… 未到期" in texts(opened(WHOLE, rows), ACTIVITIES)
    book = opened(WHOLE, rows, as_of=date(2022, 6, 15))
    assert "2022Q1\n2022-03-31 00:00:00\n▲ 超期完成 60 天" in texts(book, ACTIVITIES)
    assert book[CHECKS]["A1"].value == "监督检查(2022 年度,截至 2022-06-15)"


HOSTILE = [
    "=1+1",
    "责任人",
    "+cmd|' /C calc'!A0",
    "\x07\x1b[31m红",
    "_x0041_",
    "http://example.invalid/",
    "字" * 4000,
    "@a",
    "‮反",
]


def hostile_rows() -> Iterator[tuple[tuple[str, str], list[Mapping[str, str]]]]:
    yield (
        ("activity_log", "甲部"),
        [
            row("1", "2022-01", "2022-01-20", 记录编号=HOSTILE[0], 结论=HOSTILE[6], 责任部门=HOSTILE[3]),
            {"活动序号": "77", "活动名称": HOSTILE[2], "计划时间": HOSTILE[4], "记录编号": HOSTILE[1]},
        ],
    )
    yield (
        ("supervision", "甲部"),
        [{**check("2022-01-10", text, text), "检查项": text, "说明": text, "结果": "不符合"} for text in HOSTILE],
    )
    yield (
        ("nonconformities", "甲部"),
        [
            {"编号": text, "来源": "内审", "责任部门": "甲部", "事实描述": text, "原因": text, "完成期限": "2022-01-01"}
            for text in HOSTILE
        ],
    )
    yield (
        ("improvements", "甲部"),
        [
            {"改进编号": text, "类别": "过程", "责任部门": "甲部", "改进项": text, "计划完成": "2022-01-01"}
            for text in HOSTILE
        ],
    )
    yield ("survey", "甲部"), [{"单号": text, "日期": "2022-02-01", "单位": text, "分": "4"} for text in HOSTILE]


def test_texts_of_ledgers_stay_texts() -> None:
    content = made(WHOLE, {**HANDED_IN, **dict(hostile_rows())})
    book = Both(content)
    for name in SHEETS:
        sheet = book[name]
        assert {one.Target for one in sheet._rels if one.TargetMode == "External"} <= {"证据.xlsx"}
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.data_type != "f"
                assert "\x07" not in str(cell.value)
                assert "\x1b" not in str(cell.value)
                assert "‮" not in str(cell.value)
        assert "=1+1" in texts(book, name) or name == CLAUSES
    assert "_x005F_x0041_" in texts(book, FINDINGS)  # openpyxl doesn't undo the format's escape
    assert "=1+1" in texts(book, CLAUSES)
    # a row that begins with the name of a cell to fill in is none: the workbook can be made again
    assert filled_in(content.workbook) == Earlier({}, [])
