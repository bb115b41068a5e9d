"""Another company's indicator table is a new YAML file and no new Python.

`examples/grammar/catalogue.yaml` uses each form that the grammar has beyond the 25 indicators of our own plan; the
ledgers are these few rows. Everything goes through the command, and every expected number is worked out by hand from
the rows: the comments say how.
"""

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from itss_kpi.cli.main import run

CATALOGUE = Path(__file__).resolve().parents[1] / "examples" / "grammar" / "catalogue.yaml"
MINUTE = 60_000_000
HOUR = 60 * MINUTE


def at(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"2023-{day} {clock}")


HEADER = ["编号", "受理", "响应", "完成", "优先级", "渠道", "预算", "实际"]
FRONT = [
    ["A0", at("01-12", "09:00"), at("01-12", "09:05"), at("01-12", "11:00"), "高", "电话", 30, 33],
    ["A1", at("03-20", "09:00"), at("03-20", "09:10"), at("06-02", "09:00"), "高", "电话", 100, 90],
    ["A2", at("05-30", "10:00"), at("05-30", "10:20"), None, "低", "邮件", 200, 150],
    ["A3", at("06-01", "08:00"), at("06-01", "08:15"), at("06-01", "10:00"), "高", "电话", 50, 50],
    ["A4", at("06-10", "09:00"), at("06-10", "10:00"), at("06-10", "15:00"), "低", "邮件", 80, 88],
    ["A5", at("06-30", "23:00"), None, at("07-01", "01:00"), "高", "邮件", 20, 10],
    ["A6", at("06-28", "09:00"), at("06-28", "09:05"), None, "低", None, 60, 0],
]
PLATFORM = [
    ["B0", at("01-10", "09:00"), "待补", at("01-10", "12:00"), "低", "电话", 10, 10],
    ["B1", at("06-05", "09:00"), at("06-05", "09:30"), at("06-05", "12:00"), "高", "电话", 100, 100],
    ["B2", at("06-20", "09:00"), at("06-20", "12:00"), at("06-22", "09:00"), "低", "电话", 40, 20],
]
MANUAL = [
    ["可用率", "2023-05", 99.95],
    ["可用率", "2023年6月", 99.5],
    ["投诉", "2023-05", 2],
    ["投诉", "2023-06", 0],
]
# June by 受理: A3 A4 A5 A6 B1 B2. Responded after 15, 60, -, 5, 30, 180 minutes; done after 2, 6, 2, -, 3, 48 hours.


def write(path: Path, header: list[str], rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in [header, *rows]:
        sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


Evaluate = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def evaluate(tmp_path_factory: pytest.TempPathFactory) -> Evaluate:
    folder = tmp_path_factory.mktemp("company")
    shutil.copy(CATALOGUE, folder / "kpi.yaml")
    write(folder / "台账" / "一线支持组" / "服务请求_2023H1.xlsx", HEADER, FRONT)
    write(folder / "台账" / "平台组" / "服务请求_2023H1.xlsx", HEADER, PLATFORM)
    write(folder / "台账" / "财务室" / "手工填报_2023.xlsx", ["指标名", "考核月份", "数值"], MANUAL)

    @cache
    def report(period: str) -> dict[str, Any]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert (
                run(["evaluate", "--catalogue", str(folder / "kpi.yaml"), "--period", period, "--format", "json"]) == 0
            )
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    return report


def only(report: dict[str, Any], indicator: str, group: str | None = None) -> dict[str, Any]:
    found = [item for item in report["assessments"] if item["indicator"] == indicator and item["group"] == group]
    assert len(found) == 1, found
    return dict(found[0])


# (indicator, period, numerator, denominator, value, verdict); None where there is none
ROWS = [
    # done in June, whenever received: A1 A3 A4 B1 B2
    ("completed", "2023-06", 5, 6, "5/6", "attained"),
    # March: received A1, which was done in June
    ("completed", "2023-03", 0, 1, 0, "missed"),
    # 1 - 1/6 against 0.9; May: 1 - 0/1
    ("responded", "2023-06", None, None, "5/6", "missed"),
    ("responded", "2023-05", None, None, 1, "attained"),
    # (350 - 268)/350; May: (200 - 150)/200; January: (40 - 43)/40
    ("saved", "2023-06", None, None, "82/350", "attained"),
    ("saved", "2023-05", None, None, "1/4", "attained"),
    ("saved", "2023-01", None, None, "-3/40", "missed"),
    # (2 + 6 + 2 + 3 + 48)/5 hours; 2 2 3 6 48
    ("mean_hours", "2023-06", 61 * HOUR, 5, 61 * HOUR // 5, "missed"),
    ("mean_hours", "2023-01", 5 * HOUR, 2, 5 * HOUR // 2, "attained"),
    ("median_hours", "2023-06", None, None, 3 * HOUR, "attained"),
    ("median_hours", "2023-01", None, None, 5 * HOUR // 2, "attained"),
    # nobody done: A2
    ("median_hours", "2023-05", None, None, None, "not_applicable"),
    # exactly three hours: <= 180分钟 holds, < 3小时 doesn't; the quickest, exactly 5 minutes, is not > 5分钟
    ("slowest", "2023-06", None, None, 180 * MINUTE, "attained"),
    ("slowest_below", "2023-06", None, None, 180 * MINUTE, "missed"),
    ("quickest", "2023-06", None, None, 5 * MINUTE, "missed"),
    ("quickest", "2023-05", None, None, 20 * MINUTE, "attained"),
    # A3 15 <= 20, A4 60 <= 60, A6 5 <= 60; B1 30 > 20, B2 180 > 60, A5 not at all. June's target is 51%
    ("in_time", "2023-06", 3, 6, "1/2", "missed"),
    ("in_time", "2023-05", 1, 1, 1, "attained"),
    # exactly a half is not > 50%
    ("in_time_strict", "2023-06", 3, 6, "1/2", "missed"),
    # open at the end: May A1 A2; June A2 A5 A6; March A1
    ("backlog", "2023-03", 1, None, 1, "attained"),
    ("backlog", "2023-05", 2, None, 2, "attained"),
    ("backlog", "2023-06", 3, None, 3, "attained"),
    # the last 30 days of the second quarter are June; the quarter has A2 as well
    ("last_days", "2023Q2", 6, None, 6, "attained"),
    # the first quarter's: from 2 March
    ("last_days", "2023Q1", 1, None, 1, "missed"),
    ("growth", "2023Q2", None, None, "6/7", "attained"),
    # A3 B1 of A3 A5 B1
    ("both_in_where", "2023-06", 2, 3, "2/3", "attained"),
    # min(5/6, 4/6)
    ("both_hold", "2023-06", None, None, "2/3", "missed"),
    # 90/100, on the lower edge; 268/350; 43/40, above 100% and no error
    ("on_budget", "2023-03", 90, 100, "9/10", "attained"),
    ("on_budget", "2023-06", 268, 350, "134/175", "missed"),
    ("on_budget", "2023-01", 43, 40, "43/40", "attained"),
    ("received", "2023-06", 6, None, 6, "monitored"),
    # A5
    ("unanswered", "2023-06", 1, None, 1, "missed"),
    ("unanswered", "2023-03", 0, None, 0, "attained"),
    # filled in by hand
    ("availability", "2023-05", None, None, "1999/20", "attained"),
    ("availability", "2023-06", None, None, "199/2", "missed"),
    ("availability", "2023-04", None, None, None, "not_applicable"),
    ("complaints", "2023-05", 2, None, 2, "missed"),
    ("complaints", "2023-06", 0, None, 0, "attained"),
    # nothing filled in is not zero complaints
    ("complaints", "2023-04", 0, None, 0, "undefined"),
    # 电话 邮件, and a blank that is no channel
    ("channels", "2023-06", 2, None, 2, "missed"),
    # 350/6 = 58.33… and 200
    ("mean_budget", "2023-06", 350, 6, "175/3", "attained"),
    ("mean_budget", "2023-05", 200, 1, 200, "missed"),
    # 高 2/3, 低 3/3: their mean, whatever their sizes
    ("averaged", "2023-06", "5/3", 2, "5/6", "attained"),
    # nothing received in April
    ("zero_undefined", "2023-04", 0, 0, None, "undefined"),
    ("zero_attained", "2023-04", 0, 0, None, "attained"),
    ("in_time", "2023-04", 0, 0, None, "not_applicable"),
    ("responded", "2023-04", None, None, None, "not_applicable"),
    ("mean_hours", "2023-04", 0, 0, None, "not_applicable"),
    # what isn't agreed has a number and no verdict
    ("not_agreed", "2023-06", 5, 6, "5/6", "undefined"),
    # A1: 20 March 9:00 to 2 June 9:00 is 74 days. June: 61 hours over 6 requests, how long the undone ones will take is not known
    ("people_hours", "2023-03", None, None, 1776 * HOUR, "missed"),
    ("people_hours", "2023-06", None, None, 61 * HOUR // 6, "unverified"),
    # no ledger of July
    ("received", "2023-07", None, None, None, "missing_data"),
    ("availability", "2023-07", None, None, None, "not_applicable"),
]  # fmt: skip


def same(shown: str | None, expected: int | str | None) -> bool:
    return shown is None if expected is None else shown is not None and Fraction(shown) == Fraction(expected)


@pytest.mark.parametrize(("indicator", "period", "numerator", "denominator", "value", "verdict"), ROWS)
def test_value_and_verdict(
    evaluate: Evaluate,
    indicator: str,
    period: str,
    numerator: int | str | None,
    denominator: int | None,
    value: int | str | None,
    verdict: str,
) -> None:
    item = only(evaluate(period), indicator)
    assert item["verdict"] == verdict
    for part, expected in (("value", value), ("numerator", numerator), ("denominator", denominator)):
        assert same(item[part], expected), (part, item[part], expected)
    assert (item["lowest"] == item["highest"] == item["value"]) is (verdict != "unverified")


# B0's response can't be read: (indicator, lowest, highest, verdict) in January, where A0 responded after 5 minutes
DOUBTFUL = [
    ("in_time", "1/2", 1, "attained"),  # at least 50% either way
    ("in_time_strict", "1/2", 1, "unverified"),  # more than 50%, or not
    ("slowest", 5 * MINUTE, None, "unverified"),  # no less than the one that is known
    ("both_hold", "1/2", 1, "unverified"),  # 待补 may stand for a blank
    ("unanswered", 0, 0, "attained"),  # only a high priority is looked at
    ("on_budget", "43/40", "43/40", "attained"),
]


@pytest.mark.parametrize(("indicator", "lowest", "highest", "verdict"), DOUBTFUL)
def test_an_unreadable_cell_makes_an_interval(
    evaluate: Evaluate, indicator: str, lowest: int | str | None, highest: int | str | None, verdict: str
) -> None:
    item = only(evaluate("2023-01"), indicator)
    assert item["verdict"] == verdict
    assert same(item["lowest"], lowest), item["lowest"]
    assert same(item["highest"], highest), item["highest"]


def test_the_unreadable_cell_is_named(evaluate: Evaluate) -> None:
    # B0 stands in row 2 of its sheet, 响应 is column C
    (problem,) = [problem for problem in evaluate("2023-01")["problems"] if problem["code"].startswith("D20")]
    assert (problem["code"], problem["path"], problem["cell"]) == ("D201", "平台组/服务请求_2023H1.xlsx", "C2")


# (indicator, {group: (value, verdict)}), all and only those, in June
GROUPS = [
    # 电话 A3 B1 B2, 邮件 A4 and A5 without a response, and A6 without a channel
    ("by_channel", {"电话": (1, "attained"), "邮件": ("1/2", "missed"), "未填": (1, "attained")}),
    # 高 20 50 100, 低 40 60 80
    ("median_by_priority", {"高": (50, "attained"), "低": (60, "missed")}),
    # the first line: 电话 邮件, the second: 电话
    ("channels_by_team", {"一线支持组": (2, "attained"), "平台组": (1, "missed")}),
]


@pytest.mark.parametrize(("indicator", "expected"), GROUPS)
def test_one_row_for_each_value(evaluate: Evaluate, indicator: str, expected: dict[str, tuple[int | str, str]]) -> None:
    rows = [item for item in evaluate("2023-06")["assessments"] if item["indicator"] == indicator]
    found = {item["group"]: (Fraction(item["value"]), item["verdict"]) for item in rows}
    assert found == {group: (Fraction(value), verdict) for group, (value, verdict) in expected.items()}
    assert len(rows) == len(expected)


@pytest.mark.parametrize(("period", "target"), [("2023-05", ">= 50%"), ("2023-06", ">= 51%")])
def test_a_target_changes_on_a_date(evaluate: Evaluate, period: str, target: str) -> None:
    assert only(evaluate(period), "in_time")["target"] == target


@pytest.mark.parametrize(
    ("indicator", "display"),
    [
        ("mean_hours", "12.20小时"),
        ("slowest", "180.00分钟"),
        ("slowest_below", "3.00小时"),
        ("responded", "0.83"),
        ("saved", "23.43%"),
        ("backlog", "3次"),
        ("mean_budget", "58.33万元"),
        ("channels", "2个"),
    ],
)
def test_values_are_shown_in_the_target_s_unit(evaluate: Evaluate, indicator: str, display: str) -> None:
    assert only(evaluate("2023-06"), indicator)["display"] == display


def test_the_catalogue_has_no_problem(evaluate: Evaluate) -> None:
    assert [problem for problem in evaluate("2023-06")["problems"] if problem["code"].startswith("C")] == []
