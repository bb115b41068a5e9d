"""The clause matrix: what is done for each clause, what proves it, and whether it is in place; nothing is assumed.

Convention: a small catalogue of another standard; its expected states are worked out by hand beside the rows. What is
true of the sample is told by the planted answers of its activities and checks.
"""

import json
from datetime import date
from typing import Any

import pytest
from kit.activities import LOG, TICKETS
from kit.clauses import CATALOGUE, CHECKS, EVERYTHING, PLAN, Rows, changed, check, ledgers, row
from kit.sample import ROOT, Sample, read_in
from kit.tables import LAST, YEAR, catalogue_of, report_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.plan.activities import activities_of
from itss_kpi.plan.clauses import Clause, Item, Matrix, State, clause_matrix, clause_order
from itss_kpi.plan.operation import Month, Operation
from itss_kpi.plan.supervision import checks_of


def matrix(
    rows: Rows, as_of: date = date(2022, 3, 31), catalogue: Catalogue = CATALOGUE, year: Period = YEAR
) -> Matrix:
    tables = ledgers(rows, catalogue)
    report = report_of(catalogue, tables, str(year), as_of=min(as_of, year.last_day))
    plan = activities_of(catalogue, tables, as_of) if catalogue.plan.year == year.year else None
    checks = checks_of(catalogue, tables, year, as_of)
    found = clause_matrix(catalogue, tables, report.due, year, as_of, plan, checks)
    assert found
    return found


def without(*keys: tuple[str, str]) -> Rows:
    return {key: rows for key, rows in EVERYTHING.items() if key not in keys}


def clause(found: Matrix, text: str) -> Clause:
    (one,) = [one for one in found.clauses if one.text == text]
    return one


def item(found: Matrix, text: str, name: str) -> Item:
    (one,) = [one for one in clause(found, text).items if one.name == name]
    return one


def told(one: Item) -> tuple[State, str, list[str]]:
    return one.state, f"{one.there}/{one.due}", one.reasons


# ---- which clauses, in which order


@pytest.mark.parametrize(
    "ordered",
    [
        ["GB/T 28827.1 第5章 管理", "GB/T 28827.1 5.4", "GB/T 28827.1-2022 5.10", "GB/T28827.1第6章", "其他"],
        ["第五章", "第九章", "第十章", "第十二章", "第二十一条", "第章"],
        ["8.9 a)", "8.9 b)", "ISO 20000 8.10", "ISO 20000-1:2018 10", "ITSS 11 评估", "甲"],
    ],
)
def test_the_standard_s_order(ordered: list[str]) -> None:
    turned = ordered.copy()
    turned.reverse()
    assert sorted(turned, key=clause_order) == ordered


def test_each_clause_that_is_named_once_however_it_is_spelt() -> None:
    found = matrix(EVERYTHING)
    assert [one.text for one in found.clauses] == ["ISO 20000 8.9 b)", "ISO 20000 8.10", "ISO20000 9.2", "改进"]
    names = {one.text: [(item.kind, item.number, item.name) for item in one.items] for one in found.clauses}
    assert names == {
        "ISO 20000 8.9 b)": [("indicator", "3", "安全事件数"), ("activity", "4", "季检")],
        "ISO 20000 8.10": [("indicator", "1、16", "成功率"), ("check", "", "服务(甲部,季度)")],
        "ISO20000 9.2": [("activity", "1", "内审")],
        "改进": [("activity", "2", "修订")],
    }
    none = catalogue_of(TICKETS.replace("\n  t:", "\nsources:\n  t:") + "indicators: []\n")
    assert clause_matrix(none, {}, [], YEAR, LAST, None, None) is None


# ---- what is in place


def test_what_is_handed_in_and_done_is_in_place_though_its_target_be_missed() -> None:
    found = matrix(EVERYTHING)
    # two departments' tickets; January's rate is 50%
    assert told(item(found, "ISO 20000 8.10", "成功率")) == (State.IN_PLACE, "2/2", [])
    assert told(item(found, "ISO 20000 8.10", "服务(甲部,季度)")) == (State.IN_PLACE, "2/2", [])
    # the log and 甲部's checks of January
    assert told(item(found, "ISO20000 9.2", "内审")) == (State.IN_PLACE, "2/2", [])
    assert clause(found, "ISO 20000 8.10").state is State.IN_PLACE
    # nothing of it was due yet
    assert told(item(found, "改进", "修订")) == (State.COMING, "0/0", [])
    assert clause(found, "改进").state is State.COMING
    assert {state: number for state, number in found.counts.items() if number} == {State.IN_PLACE: 3, State.COMING: 1}


def test_what_proves_it() -> None:
    found = matrix(EVERYTHING)
    files = [(one.path, one.sheet, one.rows.kept) for one in item(found, "ISO 20000 8.10", "成功率").exports]
    assert files == [("乙部/t.xlsx", "Sheet1", 2), ("甲部/t.xlsx", "Sheet1", 1)]
    audit = item(found, "ISO20000 9.2", "内审")
    # the checks of the department that leads, not of the other
    assert [one.path for one in audit.exports] == ["甲部/activity_log.xlsx", "甲部/supervision.xlsx"]
    assert (audit.numbers, [one.shown_place for one in audit.rows]) == (("R",), ["甲部/activity_log.xlsx!Sheet1!2"])
    checks = item(found, "ISO 20000 8.10", "服务(甲部,季度)")
    assert [one.path for one in checks.exports] == ["甲部/supervision.xlsx"]
    places = ["甲部/supervision.xlsx!Sheet1!2", "甲部/supervision.xlsx!Sheet1!3"]
    assert [one.shown_place for one in checks.rows] == places
    # where none of those that lead hands a ledger in, all who do
    assert [one.path for one in item(found, "ISO 20000 8.9 b)", "季检").exports] == [
        "甲部/activity_log.xlsx", "乙部/s.xlsx",
    ]  # fmt: skip


def test_a_missing_ledger_is_missing_data_and_never_in_place() -> None:
    found = matrix(without(("t", "乙部")))
    rate = item(found, "ISO 20000 8.10", "成功率")
    assert told(rate) == (State.MISSING, "1/2", ["“工单”没有交齐(乙部 2022-01~2022-03)"])
    assert clause(found, "ISO 20000 8.10").state is State.MISSING
    found = matrix(without(("activity_log", "甲部")))
    assert told(item(found, "ISO20000 9.2", "内审")) == (State.MISSING, "1/2", ["2022-01 数据缺失"])
    found = matrix(without(("supervision", "甲部")))
    checks = item(found, "ISO 20000 8.10", "服务(甲部,季度)")
    assert told(checks) == (State.MISSING, "0/2", ["“检查记录”没有交齐(甲部 2022-01、2022-02、2022-03)"])
    # of an activity the months of what was due alone
    assert told(item(found, "ISO20000 9.2", "内审")) == (State.MISSING, "1/2", ["“检查记录”没有交齐(甲部 2022-01)"])
    found = matrix(without(("s", "乙部")))
    assert item(found, "ISO 20000 8.9 b)", "季检").reasons == ["“安全事件”没有交齐(乙部 2022-01~2022-03)"]
    assert all(one.state in (State.MISSING, State.COMING) for one in matrix({}).clauses)


def test_what_nobody_did_is_not_in_place() -> None:
    found = matrix(changed(("activity_log", "甲部"), [row("1", "2022-01")]), as_of=date(2022, 7, 1))
    assert told(item(found, "ISO 20000 8.9 b)", "季检")) == (
        State.PARTLY,
        "1/3",
        ["2022Q1 没有完成", "2022Q2 没有完成"],
    )
    assert told(item(found, "ISO20000 9.2", "内审")) == (State.PARTLY, "1/2", ["2022-01 没有完成"])
    found = matrix(changed(("supervision", "甲部"), [check("2022-01-10", "东", "C1")]))
    checks = item(found, "ISO 20000 8.10", "服务(甲部,季度)")
    assert told(checks) == (State.PARTLY, "1/2", ["2022Q1 西 应查未查"])
    assert clause(found, "ISO 20000 8.10").state is State.PARTLY
    found = matrix(changed(("supervision", "甲部"), []))
    assert item(found, "ISO 20000 8.10", "服务(甲部,季度)").state is State.LACKING


def test_done_without_a_record_number_is_not_in_place() -> None:
    for cells, state, reason in (
        ({"记录编号": ""}, State.PARTLY, "2022-01 没有记录编号"),
        ({"实际完成日期": "下周"}, State.DOUBTFUL, "2022-01 存疑"),
    ):
        log = [row("1", "2022-01", "2022-01-20", **cells), row("4", "2022Q1", "2022-03-30")]
        found = matrix(changed(("activity_log", "甲部"), log))
        assert told(item(found, "ISO20000 9.2", "内审")) == (state, "1/2", [reason])


def test_late_is_in_place() -> None:
    log = [row("1", "2022-01", "2022-02-20"), row("4", "2022Q1", "2022-03-30")]
    found = matrix(changed(("activity_log", "甲部"), log))
    assert item(found, "ISO20000 9.2", "内审").state is State.IN_PLACE


def test_a_record_number_that_cannot_be_read_is_doubtful() -> None:
    changed_log = LOG.replace("记录编号: {type: text}", "记录编号: {type: choice, values: {R: []}}")
    catalogue = catalogue_of(changed_log + TICKETS + CHECKS + PLAN)
    log = [row("1", "2022-01", "2022-01-20", 记录编号="?"), row("4", "2022Q1", "2022-03-30")]
    found = matrix(changed(("activity_log", "甲部"), log), catalogue=catalogue)
    assert told(item(found, "ISO20000 9.2", "内审")) == (State.DOUBTFUL, "1/2", ["2022-01 记录编号读不出来"])


def test_what_cannot_be_known_is_doubtful() -> None:
    tickets = [{"编号": "T1", "日期": "2022-01-05", "结果": "?"}]
    found = matrix(changed(("t", "甲部"), tickets))
    # T1 may be a success or not: 50% or 100%
    assert told(item(found, "ISO 20000 8.10", "成功率")) == (State.DOUBTFUL, "2/3", ["2022-01 待核实"])
    # a formula that isn't agreed yet
    found = matrix(EVERYTHING, as_of=date(2022, 6, 30))
    assert told(item(found, "ISO 20000 8.9 b)", "安全事件数")) == (State.DOUBTFUL, "1/2", ["2022H1 口径待确认"])
    unread = [check("某日", "东", "C1"), check("2022-02-10", "西", "C2")]
    found = matrix(changed(("supervision", "甲部"), unread))
    checks = item(found, "ISO 20000 8.10", "服务(甲部,季度)")
    assert told(checks) == (State.DOUBTFUL, "1/2", ["2022Q1 东 存疑"])


def test_nothing_after_the_day_is_seen() -> None:
    early = matrix(EVERYTHING, as_of=date(2022, 1, 31))
    # on its last day an activity isn't overdue; it was done
    assert item(early, "ISO20000 9.2", "内审").state is State.IN_PLACE
    assert item(early, "ISO 20000 8.10", "服务(甲部,季度)").due == 0
    assert item(matrix(EVERYTHING, as_of=date(2022, 1, 10)), "ISO20000 9.2", "内审").state is State.COMING
    later = matrix(EVERYTHING, as_of=date(2023, 5, 1))
    assert later.as_of == date(2023, 5, 1)
    assert item(later, "改进", "修订").reasons == ["2022Q4 没有完成"]


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ([], State.COMING),
        ([State.COMING, State.IN_PLACE], State.IN_PLACE),
        ([State.IN_PLACE, State.LACKING, State.DOUBTFUL], State.PARTLY),
        ([State.PARTLY], State.PARTLY),
        ([State.PARTLY, State.IN_PLACE], State.PARTLY),
        ([State.LACKING, State.LACKING, State.COMING], State.LACKING),
        ([State.LACKING, State.DOUBTFUL], State.DOUBTFUL),
        ([State.IN_PLACE, State.DOUBTFUL], State.DOUBTFUL),
        ([State.IN_PLACE, State.LACKING, State.MISSING], State.MISSING),
    ],
)
def test_what_several_make_together(states: list[State], wanted: State) -> None:
    assert State.of(states) is wanted


# ---- what isn't declared


def test_a_catalogue_without_the_ledgers() -> None:
    plain = catalogue_of(TICKETS.replace("\n  t:", "\nsources:\n  t:") + PLAN.partition("supervision:\n")[0].replace(
        ", sources: [activity_log, supervision]", ""
    ))  # fmt: skip
    found = matrix({key: rows for key, rows in EVERYTHING.items() if key[0] in "ts"}, catalogue=plain)
    said = ["指标目录没有声明质量活动台账(activity_log),不知道做了没有"]
    assert told(item(found, "ISO20000 9.2", "内审")) == (State.MISSING, "0/1", said)


def test_required_checks_without_their_ledger() -> None:
    tables = ledgers(EVERYTHING)
    found = clause_matrix(CATALOGUE, tables, [], YEAR, LAST, None, None)
    assert found
    said = ["指标目录没有声明监督检查记录(supervision)"]
    assert told(item(found, "ISO 20000 8.10", "服务(甲部,季度)")) == (State.MISSING, "0/1", said)


def test_another_year_than_the_plan_s() -> None:
    found = matrix(EVERYTHING, year=Period(PeriodKind.YEAR, 2023), as_of=date(2023, 1, 31))
    said = ["指标目录是 2022 年度的计划,没有 2023 年的质量活动"]
    assert told(item(found, "ISO20000 9.2", "内审")) == (State.MISSING, "0/1", said)
    assert item(found, "ISO 20000 8.10", "成功率").reasons == [
        "“工单”没有交齐(甲部 2023-01)",
        "“工单”没有交齐(乙部 2023-01)",
    ]


# ---- for other programs, and the sample


def test_as_json() -> None:
    found: Any = json.loads(json.dumps(matrix(without(("t", "乙部"))).to_json({"path": "k.yaml"}), ensure_ascii=False))
    assert {name: found[name] for name in ("schema", "period", "as_of", "partial", "catalogue")} == {
        "schema": "itss-kpi/clauses/1", "period": "2022", "as_of": "2022-03-31", "partial": True,
        "catalogue": {"path": "k.yaml"},
    }  # fmt: skip
    assert {name: number for name, number in found["summary"].items() if number} == {
        "missing_data": 1, "in_place": 2, "coming": 1,
    }  # fmt: skip
    assert found["clauses"][1]["items"][0] == {
        "kind": "indicator", "number": "1、16", "name": "成功率", "state": "missing_data", "due": 2, "in_place": 1,
        "reasons": ["“工单”没有交齐(乙部 2022-01~2022-03)"], "record_numbers": [],
        "files": [{"source": "t", "department": "甲部", "path": "甲部/t.xlsx", "sheet": "Sheet1", "rows": 1}],
        "rows": [],
    }  # fmt: skip
    audit = found["clauses"][2]["items"][0]
    assert (audit["kind"], audit["record_numbers"]) == ("activity", ["R"])
    assert audit["rows"] == [{"path": "甲部/activity_log.xlsx", "sheet": "Sheet1", "row": 2}]
    assert (found["clauses"][1]["items"][1]["kind"], found["clauses"][1]["items"][1]["number"]) == ("check", None)


def test_the_sample_s_clauses(sample: Sample) -> None:
    read = read_in(sample.catalogue, ROOT / "sample_data", sample.catalogue.records)
    tables = {**sample.tables, **{name: table for name, (table, _) in read.items()}}
    as_of = date(2022, 9, 30)
    report = sample.report("2022", as_of)
    plan, checks = activities_of(sample.catalogue, tables, as_of), checks_of(sample.catalogue, tables, YEAR, as_of)
    found = clause_matrix(sample.catalogue, tables, report.due, YEAR, as_of, plan, checks)
    assert found
    # of chapter 5: planted in the activities and checks, as below; of chapter 9 August's tickets are in doubt
    assert [(one.text.removeprefix("GB/T 28827.1 ").split(" ", 1)[0], one.state.label) for one in found.clauses] == [
        ("5.2", "到位"), ("5.2", "到位"), ("5.3", "数据缺失"), ("5.4", "部分到位"), ("5.4", "到位"), ("5.4", "存疑"),
        ("5.5", "到位"), ("5.5", "到位"), ("5.5", "到位"), ("第6章", "到位"), ("第7章", "部分到位"), ("第8章", "部分到位"),
        ("9.2", "到位"), ("9.3", "到位"), ("9.4", "存疑"), ("9.5", "到位"), ("9.6", "到位"), ("9.7", "到位"), ("9.8", "到位"),
        ("9.9", "到位"),
    ]  # fmt: skip
    listed = {(one.kind, one.number): one for each in found.clauses for one in each.items}
    # every indicator and every activity is there
    assert {number for kind, number in listed if kind == "activity"} == set(map(str, range(1, 13)))
    indicators = {number for kind, numbers in listed if kind == "indicator" for number in numbers.split("、")}
    assert indicators == set(map(str, range(1, 26)))
    # planted: 5 was not done, 4 has no record number, 12 of August can't be read
    assert listed["activity", "5"].reasons == ["2022-07 没有完成"]
    assert listed["activity", "4"].reasons == ["2022-01 没有记录编号"]
    assert listed["activity", "12"].reasons == ["2022-08 存疑"]
    # planted: of 45 that 通信部 had to check 29 were, 15 are missing with the file of the second quarter
    (theirs,) = [one for one in clause(found, "GB/T 28827.1 5.3 c) 实施并记录").items if "通信部" in one.name]
    assert (theirs.state, theirs.there, theirs.due) == (State.MISSING, 29, 45)
    # 360 answers of the survey
    assert [one.rows.kept for one in listed["indicator", "2"].exports] == [360]


# ---- clauses that are listed


LISTED = catalogue_of(
    LOG
    + TICKETS
    + CHECKS
    + PLAN
    + """clauses:
  - {clause: ISO 20000 8.10, records: 工单与检查}
  - {clause: ISO 20000 9.9, records: 处罚记录}
  - {clause: ISO 20000 7.5, sources: [activity_log]}
"""
)


def test_a_clause_that_is_listed_and_that_nothing_is_done_for_is_empty() -> None:
    found = matrix(EVERYTHING, catalogue=LISTED)
    assert [(one.text, one.records, one.state) for one in found.clauses] == [
        ("ISO 20000 7.5", "", State.IN_PLACE), ("ISO 20000 8.9 b)", "", State.IN_PLACE),
        ("ISO 20000 8.10", "工单与检查", State.IN_PLACE), ("ISO20000 9.2", "", State.IN_PLACE),
        ("ISO 20000 9.9", "处罚记录", State.EMPTY), ("改进", "", State.COMING),
    ]  # fmt: skip
    assert found.counts[State.EMPTY] == 1


def test_a_ledger_that_is_the_record_of_a_clause() -> None:
    log = item(matrix(EVERYTHING, catalogue=LISTED), "ISO 20000 7.5", "质量活动台账")
    assert (told(log), log.kind, log.number) == ((State.IN_PLACE, "1/1", []), "ledger", "")
    assert [one.path for one in log.exports] == ["甲部/activity_log.xlsx"]
    missing = item(matrix(without(("activity_log", "甲部")), catalogue=LISTED), "ISO 20000 7.5", "质量活动台账")
    assert told(missing) == (State.MISSING, "0/1", ["“质量活动台账”没有交齐(甲部 2022-01~2022-03)"])


# ---- for how long there are records


def test_months_of_records_without_a_gap() -> None:
    # March hasn't ended: tickets of two departments, the safety ledger, the log, checks of two departments
    found = matrix(EVERYTHING, date(2022, 3, 30)).operation
    assert [(str(one.month), one.wanted, one.lacking) for one in found.months] == [
        ("2022-01", 6, ()), ("2022-02", 6, ()),
    ]  # fmt: skip
    assert ([str(one.month) for one in found.longest], found.enough) == (["2022-01", "2022-02"], False)
    assert matrix(EVERYTHING, date(2022, 6, 30)).operation.enough
    # what one department lacks is a gap in each of its months
    found = matrix(without(("supervision", "乙部"))).operation
    assert {one.lacking for one in found.months} == {("检查记录(乙部)",)}
    assert (list(found.longest), found.enough) == ([], False)


def test_the_longest_run_is_the_latest_of_several() -> None:
    def run(*gaps: bool) -> list[int]:
        months = [
            Month(Period(PeriodKind.MONTH, 2022, at), 1, ("甲",) if gap else ()) for at, gap in enumerate(gaps, 1)
        ]
        return [one.month.start.month for one in Operation(tuple(months)).longest]

    assert run() == []
    assert run(True) == []
    assert run(False, False, True, False) == [1, 2]
    assert run(False, True, False) == [3]


def test_nothing_is_said_of_the_months_before_anything_was_handed_in() -> None:
    # a year in which nobody handed anything in, then the year that they did
    found = matrix(EVERYTHING, date(2022, 1, 31)).operation
    assert [str(one.month) for one in found.months] == ["2022-01"]
    assert matrix({}, date(2022, 3, 31)).operation.months == ()
