"""The sample: the generator gives the committed bytes, and mutations of a copy give the right verdicts.

What a mutation must change is worked out from the planted answers: numerators and denominators below stand in
`sample_data/answers.csv`.
"""

import csv
import importlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.sample import ROOT, Sample
from kit.tables import report_of
from openpyxl.worksheet.worksheet import Worksheet

from itss_kpi.catalogue.load import load
from itss_kpi.cli.main import run

DATA = ROOT / "sample_data"
CATALOGUE = ROOT / "kpi_definitions.yaml"
INCIDENTS = "信息部/事件工单_2022Q3.xlsx"
SECURITY = "信息部/信息安全事件台账_2022.xlsx"

Evaluate = Callable[..., dict[str, Any]]


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


SCRIPTS = ("make_sample_data", "make_activity_data")
BEFORE = ROOT / "tests" / "examples" / "year_before"


def generate(folder: Path) -> dict[str, bytes]:
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        sample, activities = map(importlib.import_module, SCRIPTS)
        assert sample.main([str(folder)]) == 0
        assert activities.main([str(folder), "--before", f"{folder}-before"]) == 0
    finally:
        sys.path.pop(0)
        for name in SCRIPTS:
            del sys.modules[name]
    return files_of(folder)


def test_the_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    committed = {name: content for name, content in files_of(DATA).items() if not name.startswith("archive/")}
    first = generate(tmp_path / "first")
    assert sorted(first) == sorted(committed)
    assert [name for name in committed if first[name] != committed[name]] == []
    assert files_of(tmp_path / "first-before") == files_of(BEFORE)
    assert sum(map(len, committed.values())) < 4_000_000


def answers() -> list[dict[str, str]]:
    with (DATA / "answers.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_answer_key_shows_every_verdict_that_the_issue_asks_for() -> None:
    found = {(row["number"], row["period"]): row["verdict"] for row in answers()}
    assert set(found.values()) == {"attained", "missed", "unverified", "not_applicable", "missing_data", "undefined"}
    third = {verdict for (_, period), verdict in found.items() if period in ("2022Q3", "2022-07", "2022-08", "2022-09")}
    assert third >= {"attained", "missed", "unverified", "not_applicable"}
    assert not third & {"missing_data", "undefined"}
    assert found["11", "2022Q1"] == "undefined"  # no knowledge plan
    assert found["18", "2022-10"] == "missing_data"  # no export
    assert found["25", "2022"] == "missed"  # lost by one breach
    numbers = [number for number, _ in found]
    assert set(numbers) == {str(number) for number in range(1, 26)}
    for number, periods in {"18": 12, "19": 12, "9": 4, "10": 2, "24": 2, "1": 1, "16": 1}.items():
        assert numbers.count(number) == periods


# ---- mutations


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the sample that may be changed."""
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str], data: Path) -> Evaluate:
    """The command line over the copy: the JSON report of the period and the indicators named."""

    def evaluated(period: str, *indicators: int) -> dict[str, Any]:
        chosen = [word for number in indicators for word in ("--indicator", str(number))]
        code = run(["evaluate", "-p", period, "-c", str(CATALOGUE), "-d", str(data), "--format", "json", *chosen])
        printed = capsys.readouterr()
        assert (code, printed.err) == (0, "")
        return json.loads(printed.out)  # type: ignore[no-any-return]

    return evaluated


def only(report: dict[str, Any], number: int, period: str) -> dict[str, Any]:
    (item,) = [item for item in report["assessments"] if (item["number"], item["period"]) == (number, period)]
    return item  # type: ignore[no-any-return]


def codes(report: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [problem for problem in report["problems"] if problem["code"] == code]


@contextmanager
def edited(path: Path) -> Iterator[tuple[Worksheet, int, dict[str, int]]]:
    """The workbook's sheet with its header row and the column of each header, to be changed and saved again."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[0]
    header = next(row for row in range(1, 6) if len([cell for cell in sheet[row] if cell.value]) > 2)
    yield sheet, header, {str(cell.value): cell.column for cell in sheet[header] if cell.value}
    workbook.save(path)


def pick(sheet: Worksheet, header: int, at: dict[str, int], start: datetime, end: datetime, *, in_time: bool) -> int:
    """The first ticket received in the span, with real dates, not cancelled, that was (not) answered in time."""
    for row in range(header + 1, sheet.max_row + 1):
        received, response, limit, state = (
            sheet.cell(row, at[name]).value for name in ("受理时间", "响应时间", "响应时限(分钟)", "工单状态")
        )
        if not (isinstance(received, datetime) and isinstance(response, datetime) and isinstance(limit, int)):
            continue
        wanted = start <= received < end and state == "已关闭"
        if wanted and (response - received <= timedelta(minutes=limit)) is in_time:
            return row
    raise AssertionError("no such ticket")


JULY = (datetime(2022, 7, 2), datetime(2022, 7, 30))
AUGUST = (datetime(2022, 8, 2), datetime(2022, 8, 30))
SEPTEMBER = (datetime(2022, 9, 2), datetime(2022, 9, 28))


def test_no_security_ledger_is_missing_data_and_no_attainment(data: Path, evaluate: Evaluate) -> None:
    (data / SECURITY).unlink()
    item = only(evaluate("2022", 25), 25, "2022")
    assert item["verdict"] == "missing_data"
    assert [item[name] for name in ("value", "lowest", "highest", "numerator")] == [None] * 4
    (absence,) = item["missing"]
    assert (absence["source"], absence["department"]) == ("security_incidents", "信息部")
    assert absence["months"] == [f"2022-{month:02}" for month in range(1, 13)]
    report = evaluate("2022Q3", 25)
    item = only(report, 25, "2022")
    assert (item["verdict"], item["value"], item["room"]) == ("in_progress", None, None)
    assert item["missing"]
    assert [problem["path"] for problem in codes(report, "D101")] == ["信息部"]


def test_an_unreadable_security_ledger_is_missing_data(data: Path, evaluate: Evaluate) -> None:
    (data / SECURITY).write_bytes(b"broken")
    report = evaluate("2022", 25)
    assert only(report, 25, "2022")["verdict"] == "missing_data"
    assert [problem["path"] for problem in codes(report, "D104")] == [SECURITY]


def test_a_security_ledger_of_a_header_says_none_happened(data: Path, evaluate: Evaluate) -> None:
    with edited(data / SECURITY) as (sheet, header, _):
        sheet.delete_rows(header + 1, sheet.max_row)
    item = only(evaluate("2022", 25), 25, "2022")
    assert (item["verdict"], item["value"], item["missing"]) == ("attained", "0", [])
    report = evaluate("2022Q3", 25)
    item = only(report, 25, "2022")
    assert (item["verdict"], item["due"], item["value"]) == ("in_progress", False, "0")
    assert item["room"]["failures"] == 0
    assert item["room"]["settled"] is None
    assert report["summary"]["due"] == 0


def test_error_values_in_the_security_ledger_do_not_make_it_empty(data: Path, evaluate: Evaluate) -> None:
    with edited(data / SECURITY) as (sheet, header, at):
        sheet.delete_rows(header + 1, sheet.max_row)
        for column in at.values():
            sheet.cell(header + 1, column, "#REF!")
    report = evaluate("2022", 25)
    item = only(report, 25, "2022")
    assert (item["verdict"], item["lowest"], item["highest"], item["doubtful_rows"]) == ("unverified", "0", "1", 1)
    (source,) = [found for found in report["sources"] if found["path"] == SECURITY]
    assert source["rows"] == {"read": 1, "kept": 1, "blank": 0, "non_data": 0, "duplicate": 0}
    assert len(codes(report, "D202")) == len(at)


@pytest.mark.parametrize("text", ["合计", "备注:本年度无事件"])
def test_a_label_beside_an_error_value_in_the_security_ledger_is_a_row(
    data: Path, evaluate: Evaluate, text: str
) -> None:
    with edited(data / SECURITY) as (sheet, header, at):
        sheet.delete_rows(header + 1, sheet.max_row)
        first, second, *_ = at.values()
        sheet.cell(header + 1, first, text)
        sheet.cell(header + 1, second, "#REF!")
    item = only(evaluate("2022", 25), 25, "2022")
    assert (item["verdict"], item["lowest"], item["highest"]) == ("unverified", "0", "1")


def test_an_export_saved_under_another_quarter_s_name_is_no_export_of_that_quarter(
    data: Path, evaluate: Evaluate
) -> None:
    second, third = data / "信息部/事件工单_2022Q2.xlsx", data / INCIDENTS
    shutil.copy(second, third)
    report = evaluate("2022Q3", 18)
    assert [item["verdict"] for item in report["assessments"]] == ["missing_data"] * 3
    assert [problem["path"] for problem in codes(report, "D111")] == [INCIDENTS]
    # the quarter that it is of keeps its number: every row is there once
    item = only(evaluate("2022-06", 18), 18, "2022-06")
    assert (item["numerator"], item["denominator"], item["verdict"]) == ("194", "213", "attained")
    # nor does it answer for the second quarter where that one's own file is gone
    second.unlink()
    assert only(evaluate("2022-06", 18), 18, "2022-06")["verdict"] == "missing_data"


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("事件工单_2022Q3_补充.xlsx", ["2022-07", "2022-08", "2022-09"]),
        ("事件工单_2022年8月.xlsx", ["2022-08"]),
        ("事件工单_修订.xlsx", ["2022-07", "2022-08", "2022-09"]),
        ("事件工单_2022Q2_补充.xlsx", []),
    ],
)
def test_an_unreadable_file_beside_a_good_one_may_hold_rows_that_count(
    data: Path, evaluate: Evaluate, name: str, lacking: list[str]
) -> None:
    (data / "信息部" / name).write_bytes(b"PK\x03\x04 half a workbook")
    report = evaluate("2022Q3", 18)
    missing = [item["period"] for item in report["assessments"] if item["verdict"] == "missing_data"]
    assert missing == lacking
    assert [problem["path"] for problem in codes(report, "D116")] == [f"信息部/{name}"]


def test_the_breach_of_may_loses_the_year_in_the_second_quarter(evaluate: Evaluate) -> None:
    assert only(evaluate("2022Q1", 25), 25, "2022")["room"]["settled"] is None
    item = only(evaluate("2022Q2", 25), 25, "2022")
    assert (item["verdict"], item["value"], item["room"]["settled"]) == ("in_progress", "1", "已失守")


@pytest.mark.parametrize(
    ("span", "in_time", "lowest", "highest", "verdict"),
    [
        (JULY, True, "192/224", "193/224", "missed"),
        (JULY, False, "193/224", "194/224", "missed"),
        (AUGUST, True, "178/199", "180/199", "unverified"),
        (SEPTEMBER, True, "179/200", "180/200", "unverified"),
        (SEPTEMBER, False, "180/200", "181/200", "attained"),
    ],
)
def test_one_response_time_to_be_filled_in_widens_the_interval_by_one(
    data: Path,
    evaluate: Evaluate,
    span: tuple[datetime, datetime],
    in_time: bool,
    lowest: str,
    highest: str,
    verdict: str,
) -> None:
    with edited(data / INCIDENTS) as (sheet, header, at):
        row = pick(sheet, header, at, *span, in_time=in_time)
        cell = sheet.cell(row, at["响应时间"], "待补")
    month = f"{span[0]:%Y-%m}"
    report = evaluate(month, 18)
    item = only(report, 18, month)
    assert (Fraction(item["lowest"]), Fraction(item["highest"])) == (Fraction(lowest), Fraction(highest))
    assert item["verdict"] == verdict
    assert item["doubtful_rows"] == (2 if span is AUGUST else 1)  # August has one of its own
    places = [(problem["path"], problem["cell"]) for problem in codes(report, "D201")]
    assert (INCIDENTS, cell.coordinate) in places


@pytest.mark.parametrize("elsewhere", ["信息部/事件工单_2022Q3.xlsx", "信息部/事件工单_2022Q4.xlsx"])
def test_a_ticket_exported_twice_counts_once(data: Path, evaluate: Evaluate, elsewhere: str) -> None:
    before = evaluate("2022", 18, 19)
    with edited(data / INCIDENTS) as (sheet, header, at):
        row = pick(sheet, header, at, *SEPTEMBER, in_time=True)
        ticket = {name: sheet.cell(row, column).value for name, column in at.items()}
    with edited(data / elsewhere) as (sheet, header, at):
        end = sheet.max_row + 1
        for name, value in ticket.items():
            sheet.cell(end, at[name], value)
    after = evaluate("2022", 18, 19)
    assert after["assessments"] == before["assessments"]
    more = [problem for problem in codes(after, "D301") if problem not in codes(before, "D301")]
    assert [problem["path"] for problem in more] == [elsewhere]
    assert str(ticket["工单编号"]) in more[0]["message"]
    rows = {item["path"]: item["rows"] for item in after["sources"]}
    planted = {item["path"]: item["rows"] for item in before["sources"]}
    assert rows[elsewhere]["duplicate"] == planted[elsewhere]["duplicate"] + 1
    assert rows[elsewhere]["kept"] == planted[elsewhere]["kept"]


@pytest.mark.parametrize("elsewhere", ["信息部/事件工单_2022Q3.xlsx", "信息部/事件工单_2022Q4.xlsx"])
def test_a_ticket_exported_twice_with_another_response_is_one_doubtful_row(
    data: Path, evaluate: Evaluate, elsewhere: str
) -> None:
    with edited(data / INCIDENTS) as (sheet, header, at):
        row = pick(sheet, header, at, *SEPTEMBER, in_time=True)
        ticket = {name: sheet.cell(row, column).value for name, column in at.items()}
    with edited(data / elsewhere) as (sheet, header, at):
        end = sheet.max_row + 1
        for name, value in ticket.items():
            sheet.cell(end, at[name], value)
        sheet.cell(end, at["响应时间"], ticket["受理时间"] + timedelta(days=3))
    report = evaluate("2022", 18)
    item = only(report, 18, "2022-09")
    assert (Fraction(item["lowest"]), Fraction(item["highest"])) == (Fraction(179, 200), Fraction(180, 200))
    assert (item["verdict"], item["doubtful_rows"]) == ("unverified", 1)
    (problem,) = [found for found in codes(report, "D302") if str(ticket["工单编号"]) in found["message"]]
    assert problem["path"] == elsewhere
    assert "响应时间" in problem["message"]


@pytest.mark.parametrize(
    ("received", "response", "expected"),
    [
        # the last second of September, written as a date, as text and to the microsecond
        (datetime(2022, 9, 30, 23, 59, 59), datetime(2022, 10, 1, 0, 0, 30), "180/200"),
        ("2022年9月30日 23:59:59", "2022-10-01 00:00:30", "180/200"),
        ("2022-09-30 23:59:59.999999", "2022-10-01 00:00:30", "180/200"),
        # and the first of October
        (datetime(2022, 10, 1), datetime(2022, 10, 1, 0, 0, 30), "179/199"),
        ("2022/10/1 0:00", "2022-10-01 00:00:30", "179/199"),
        ("2022.10.1", "2022-10-01 00:00:30", "179/199"),
    ],
)
def test_the_last_second_of_a_month_is_its_own(
    data: Path, evaluate: Evaluate, received: Any, response: Any, expected: str
) -> None:
    with edited(data / INCIDENTS) as (sheet, header, at):
        row = pick(sheet, header, at, *SEPTEMBER, in_time=True)
        sheet.cell(row, at["受理时间"], received)
        sheet.cell(row, at["响应时间"], response)
        sheet.cell(row, at["解决时间"]).value = None
    item = only(evaluate("2022-09", 18), 18, "2022-09")
    assert f"{item['numerator']}/{item['denominator']}" == expected
    assert item["lowest"] == item["highest"]
    assert item["verdict"] == ("attained" if expected == "180/200" else "missed")


@pytest.mark.parametrize(("seconds", "numerator"), [(0, "180"), (1, "179")])
def test_a_second_beyond_the_limit_is_late(data: Path, evaluate: Evaluate, seconds: int, numerator: str) -> None:
    with edited(data / INCIDENTS) as (sheet, header, at):
        row = pick(sheet, header, at, *SEPTEMBER, in_time=True)
        received, limit = (sheet.cell(row, at[name]).value for name in ("受理时间", "响应时限(分钟)"))
        sheet.cell(row, at["响应时间"], received + timedelta(minutes=limit, seconds=seconds))
    item = only(evaluate("2022-09", 18), 18, "2022-09")
    assert (item["numerator"], item["denominator"]) == (numerator, "200")


def test_an_error_value_is_doubtful_up_to_what_it_may_hide(data: Path, evaluate: Evaluate) -> None:
    name = "信息部/备品备件出库台账_2022.xlsx"
    with edited(data / name) as (sheet, header, at):
        cell = next(
            sheet.cell(row, at["合格数量"])
            for row in range(header + 1, sheet.max_row)
            if isinstance(sheet.cell(row, at["出库日期"]).value, datetime)
            and sheet.cell(row, at["出库日期"]).value.month <= 3
            and all(isinstance(sheet.cell(row, at[column]).value, int) for column in ("出库数量", "合格数量"))
        )
        good, issued = cell.value, sheet.cell(cell.row, at["出库数量"]).value
        cell.value = "#N/A"
    report = evaluate("2022Q1", 12)
    item = only(report, 12, "2022Q1")
    assert Fraction(item["lowest"]) == Fraction(289 - good, 300)
    assert Fraction(item["highest"]) == Fraction(289 - good + issued, 300)
    assert item["doubtful_rows"] == 1
    assert (name, cell.coordinate) in [(found["path"], found["cell"]) for found in codes(report, "D202")]


@pytest.mark.parametrize("how", ["removed", "renamed", "broken", "no header", "no period in the name"])
def test_a_quarter_that_no_export_covers_is_missing_data(data: Path, evaluate: Evaluate, how: str) -> None:
    path = data / INCIDENTS
    match how:
        case "removed":
            path.unlink()
        case "renamed":
            path.rename(path.with_name("事件工单_2021Q3.xlsx"))
        case "broken":
            path.write_bytes(path.read_bytes()[:1000])
        case "no header":
            with edited(path) as (sheet, header, _):
                sheet.delete_rows(1, header)
        case _:
            with edited(path) as (sheet, _, _):
                sheet["A1"], sheet["A2"] = "第三季度事件工单", None
            path.rename(path.with_name("事件工单_三季度.xlsx"))
    report = evaluate("2022Q3", 18)
    for month in ("2022-07", "2022-08", "2022-09"):
        item = only(report, 18, month)
        assert item["verdict"] == "missing_data"
        assert item["value"] is None
        (absence,) = item["missing"]
        assert (absence["department"], absence["months"]) == ("信息部", [month])
    assert report["summary"]["missing_data"] == 3
    item = only(evaluate("2022-06", 18), 18, "2022-06")
    assert (item["numerator"], item["denominator"], item["verdict"]) == ("194", "213", "attained")


def test_a_file_named_for_the_year_covers_each_of_its_months(data: Path, evaluate: Evaluate) -> None:
    (data / INCIDENTS).rename(data / "信息部/事件工单_2022.xlsx")
    item = only(evaluate("2022-09", 18), 18, "2022-09")
    assert (item["numerator"], item["denominator"], item["verdict"]) == ("180", "200", "attained")


def test_a_quarter_renamed_to_the_next_leaves_its_own_months_uncovered(data: Path, evaluate: Evaluate) -> None:
    (data / INCIDENTS).replace(data / "信息部/事件工单_2022Q4.xlsx")
    report = evaluate("2022Q3", 18)
    assert [item["verdict"] for item in report["assessments"]] == ["missing_data"] * 3
    assert {absence["department"] for item in report["assessments"] for absence in item["missing"]} == {"信息部"}


# ---- targets either side of the exact value


@pytest.mark.parametrize(
    ("number", "period", "target", "verdict"),
    [
        # 4: 38 of 40 is 95% exactly; a project more or fewer is 97.5% or 92.5%
        (4, "2022", ">= 95%", "attained"),
        (4, "2022", ">= 97.5%", "missed"),
        (4, "2022", ">= 92.5%", "attained"),
        (4, "2022", ">= 95.000000001%", "missed"),
        (4, "2022", ">= 94.999999999%", "attained"),
        (4, "2022", "> 95%", "missed"),
        (4, "2022", "= 0.95", "attained"),
        (4, "2022", "< 0.950000001", "attained"),
        (4, "2022", "< 0.95", "missed"),
        # 18: September has 180 of 200, exactly 90%
        (18, "2022-09", ">= 90.5%", "missed"),
        (18, "2022-09", "<= 90%", "attained"),
        (18, "2022-09", "<= 89.5%", "missed"),
        # 14: 1899.99 of 2000 is 94.9995%
        (14, "2022", ">= 94.9995%", "attained"),
        (14, "2022", ">= 94.99950001%", "missed"),
        (14, "2022", ">= 0.949995", "attained"),
        # 11: 57 of 60 in the second quarter
        (11, "2022Q2", ">= 95.000000001%", "missed"),
        # 25: one breach
        (25, "2022", "<= 1次", "attained"),
        (25, "2022", "= 1次", "attained"),
        (25, "2022", "< 1次", "missed"),
        (25, "2022", "= 2次", "missed"),
        # 24: three audits in each half
        (24, "2022H2", ">= 3次", "attained"),
        (24, "2022H2", ">= 4次", "missed"),
    ],
)
def test_a_target_one_unit_either_side_flips_its_own_verdict_only(
    sample: Sample, number: int, period: str, target: str, verdict: str
) -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    head, mark, tail = text.partition(f"    number: {number}\n")
    before, key, after = tail.partition("    target: ")
    moved = head + mark + before + key + f"'{target}'\n" + after.partition("\n")[2]
    catalogue, problems = load(moved, "kpi_definitions.yaml")
    assert catalogue, problems
    (changed,), (before_it,) = catalogue.find(str(number)), sample.catalogue.find(str(number))
    report = report_of(catalogue, sample.tables, "2022", indicators=[changed])
    found = {str(item.period): str(item.verdict) for item in report.assessments if item.number == number}
    assert found[period] == verdict
    # the others are as they were, and so are their verdicts
    assert [one for one in catalogue.indicators if one != changed] == [
        one for one in sample.catalogue.indicators if one != before_it
    ]


def test_what_a_reading_leaves_open_stands_beside_it(evaluate: Evaluate) -> None:
    """By the plan's words actual numbers are set against planned ones as a whole: posts with more make up for posts with
    less (5 of 4 for 2 of 3), and a course counts that wasn't planned, or was for another year (PX-001, PX-051, PX-052).
    """
    found = {item["number"]: item for item in evaluate("2022")["assessments"] if item["number"] in (5, 6, 7, 15)}
    assert {number: (item["numerator"], item["denominator"]) for number, item in found.items()} == {
        5: ("33", "32"),
        6: ("46", "46"),
        7: ("49", "50"),
        15: ("122", "120"),
    }
    assert {number: item["beside"] for number, item in found.items()} == {
        5: {"不抵超额": "31"},
        6: {"不抵超额": "44"},
        7: {"按计划": "47"},
        15: {"不抵超额": "119"},
    }
