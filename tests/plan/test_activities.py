"""Activities: how each occurrence stands on a day, which rows belong to none, and what the check calendar asks for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from kit.activities import ACTIVITIES, CATALOGUE, INDICATORS, LOG, TICKETS, row
from kit.sample import Sample, planted
from kit.tables import LAST, PLAN, WHOLE_YEAR, YEAR, Row, catalogue_of, raw_export, table_of

from itss_kpi.catalogue.load import load
from itss_kpi.core.text import ranges_text
from itss_kpi.plan.activities import Occurrence, State, YearPlan, activities_of, check_calendar
from itss_kpi.plan.activity_words import (
    absence_text,
    basis_text,
    collect_texts,
    due_texts,
    places_text,
    row_text,
    serves_text,
    state_text,
    undeclared_text,
    when_text,
    who_text,
)
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.table import Table

FULL = row("1", "2022-01", "2022-01-20", 责任部门="甲部", 记录编号="R1", 结论="符合")


def export(*rows: Row, covers: Any = WHOLE_YEAR, path: str | None = None) -> RawExport:
    return raw_export(CATALOGUE, "activity_log", rows, covers=covers, path=path)


def ledgers(*raws: RawExport) -> dict[str, Table]:
    return {"activity_log": table_of(CATALOGUE, "activity_log", *raws)}


def planned(*rows: Row, as_of: date = LAST) -> YearPlan:
    """The year of a log of these rows, all handed in."""
    found = activities_of(CATALOGUE, ledgers(export(*rows)), as_of)
    assert found
    return found


def one_of(found: YearPlan, number: int, span: str) -> Occurrence:
    (activity,) = [one for one in found.activities if one.activity.number == number]
    (occurrence,) = [one for one in activity.occurrences if str(one.span) == span]
    return occurrence


def reasons(found: YearPlan) -> list[tuple[str, bool]]:
    return [(one.reason, one.doubtful) for one in found.unplanned]


# ---- how it stands


@pytest.mark.parametrize(
    ("done", "as_of", "state", "days"),
    [
        ("", date(2022, 1, 30), State.COMING, 0),
        ("", date(2022, 1, 31), State.COMING, 0),  # on the day on which it is due nothing is overdue
        ("", date(2022, 2, 1), State.OVERDUE, 1),
        ("", LAST, State.OVERDUE, 334),
        ("2022-01-20", date(2022, 1, 19), State.COMING, 0),
        ("2022-01-20", date(2022, 1, 20), State.DONE, 0),
        ("2022-01-31", LAST, State.DONE, 0),
        ("2022-02-01", date(2022, 1, 31), State.COMING, 0),
        ("2022-02-03", date(2022, 2, 2), State.OVERDUE, 2),
        ("2022-02-03", date(2022, 2, 3), State.LATE, 3),
        ("2022-02-03", LAST, State.LATE, 3),
        ("月底", date(2022, 1, 1), State.UNKNOWN, 0),
        ("月底", LAST, State.UNKNOWN, 0),
    ],
)
def test_how_an_occurrence_stands(done: str, as_of: date, state: State, days: int) -> None:
    found = one_of(planned(row("1", "2022-01", done), as_of=as_of), 1, "2022-01")
    assert (found.state, found.days) == (state, days)


def test_what_is_recorded_of_it() -> None:
    found = one_of(planned({**FULL, "记录编号": "R1"}), 1, "2022-01")
    assert (found.done, found.evidence, found.conclusion, found.department) == (date(2022, 1, 20), "R1", "符合", "甲部")
    assert found.remarks == ()
    assert [one.shown_place for one in found.records] == ["甲部/质量活动台账.xlsx!Sheet1!2"]


def test_nothing_later_is_seen() -> None:
    found = planned(row("1", "2022-01", "2022-02-03"), row("9", "2022-01", "2022-02-03"), as_of=date(2022, 2, 2))
    one = one_of(found, 1, "2022-01")
    assert (one.state, one.done, one.evidence) == (State.OVERDUE, None, "")
    assert found.unplanned == ()


def test_without_a_row_it_is_not_done() -> None:
    found = planned(as_of=date(2022, 6, 30))
    states = {f"{one.activity.number}|{item.span}": item.state for one in found.activities for item in one.occurrences}
    overdue = {key for key, state in states.items() if state is State.OVERDUE}
    assert overdue == {"1|2022-01", "4|2022Q1", "6|2022-03", *(f"3|2022-0{month}" for month in range(1, 6))}
    assert set(states.values()) == {State.OVERDUE, State.COMING}
    assert len(states) == 1 + 1 + 12 + 4 + 1 + 2


@pytest.mark.parametrize(
    ("cells", "remarks", "unrecorded"),
    [
        ({"记录编号": ""}, ("没有记录编号",), True),
        ({"记录编号": " "}, ("没有记录编号",), True),
        ({"实际完成日期": "2021-01-20"}, ("在计划时间(2022-01)以前完成",), False),
        ({"实际完成日期": ""}, ("写了记录编号,却没有实际完成日期",), False),
        ({"实际完成日期": "月底"}, ("“实际完成日期”读不出来",), False),
        ({"实际完成日期": "", "记录编号": "", "结论": "未完成"}, (), False),
    ],
)
def test_what_else_is_to_be_known(cells: Row, remarks: tuple[str, ...], unrecorded: bool) -> None:
    found = planned({**FULL, **cells})
    one = one_of(found, 1, "2022-01")
    assert (one.remarks, one.unrecorded) == (remarks, unrecorded)
    assert found.unrecorded == unrecorded


@pytest.mark.parametrize(("at", "name"), [(4, "责任部门"), (5, "记录编号"), (6, "结论")])
def test_an_error_in_a_cell_is_no_blank(at: int, name: str) -> None:
    raw = export({**FULL, name: ""})
    read = ledgers(replace(raw, grid=replace(raw.grid, errors=((1, at),))))
    found = activities_of(CATALOGUE, read, LAST)
    assert found
    one = one_of(found, 1, "2022-01")
    assert (one.state, one.remarks, one.unrecorded) == (State.DONE, (f"“{name}”读不出来",), False)


# ---- what is disputed


def test_rows_of_one_key_that_differ_are_doubtful() -> None:
    found = planned(row("1", "2022-01", "2022-01-20"), row("1", "2022-01", "2022-03-01", 记录编号="R2"))
    one = one_of(found, 1, "2022-01")
    assert (one.state, one.done, one.evidence, one.unrecorded) == (State.UNKNOWN, None, "", False)
    assert one.remarks == ("同一活动、同一时间的几行内容不同,或所在的工作表不知是否计入",)
    assert places_text(one.records) == ["甲部/质量活动台账.xlsx!Sheet1!2~3"]


def test_rows_that_name_one_occurrence_in_other_words() -> None:
    same = planned(row("1", "2022-01", "2022-01-20"), row("1", "1月", "2022-01-20"))
    assert one_of(same, 1, "2022-01").state is State.DONE
    assert len(one_of(same, 1, "2022-01").records) == 2
    different = planned(row("1", "2022-01", "2022-01-20"), row("1", "1月", "2022-02-20"))
    one = one_of(different, 1, "2022-01")
    assert (one.state, one.done, one.remarks) == (State.UNKNOWN, None, ("几行写的是同一期,内容却不同",))


def test_a_dispute_about_what_was_done_later_is_none_yet() -> None:
    rows = (row("1", "2022-01"), row("1", "2022-01", "2022-03-01"))
    assert one_of(planned(*rows, as_of=date(2022, 2, 28)), 1, "2022-01").state is State.OVERDUE
    assert one_of(planned(*rows, as_of=date(2022, 3, 1)), 1, "2022-01").state is State.UNKNOWN
    rows = (row("1", "2022-01", "2022-01-20"), row("1", "1月", "2022-03-01"))
    assert one_of(planned(*rows, as_of=date(2022, 2, 28)), 1, "2022-01").state is State.UNKNOWN


# ---- to which occurrence a row belongs


@pytest.mark.parametrize(
    ("number", "when", "span"),
    [
        ("1", "1月", "2022-01"),
        ("1", "２０２２年１月", "2022-01"),
        ("2", "10-12月", "2022Q4"),
        ("2", "四季度", "2022Q4"),
        ("2", "12月", "2022Q4"),  # it ends on the same day
        ("4", "2022Q2", "2022Q2"),
        ("5", "年中", "2022-06"),  # the plan's own words, of what is done once
        ("5", "6月", "2022-06"),
        ("6", "9月", "2022-09"),
        # dates: what Excel makes of 2022-07, and days of the month
        ("3", "2022-07-01 00:00:00", "2022-07"),
        ("3", "2022-07-31", "2022-07"),
        ("3", "2022/7/5", "2022-07"),
        ("3", "20220705", "2022-07"),
        ("3", "7月5日", "2022-07"),
        ("4", "2022-06-30 00:00:00", "2022Q2"),
        ("4", "2022-06-01 00:00:00", "2022Q2"),
        ("1", "2022-01-31", "2022-01"),
    ],
)
def test_a_row_belongs_to_the_occurrence_that_ends_with_its_time(number: str, when: str, span: str) -> None:
    found = planned(row(number, when, "2022-12-30"))
    assert found.unplanned == ()
    assert [str(one.span) for one in found.occurrences if one.records] == [span]
    assert one_of(found, int(number), span).done == date(2022, 12, 30)


@pytest.mark.parametrize(
    ("number", "when", "reason"),
    [
        ("9", "2022-01", "计划中没有序号为 9 的活动"),
        ("1", "2022-02", "该活动没有在 2022-02-28 到期的一期(计划时间 2022-02)"),
        ("1", "2021-01", "该活动没有在 2021-01-31 到期的一期(计划时间 2021-01)"),
        ("4", "2022-08", "该活动没有在 2022-08-31 到期的一期(计划时间 2022-08)"),
        ("1", "2022-02-03", "该活动没有在 2022-02-28 到期的一期(计划时间 2022-02)"),
    ],
)
def test_a_row_that_belongs_to_none_is_said(number: str, when: str, reason: str) -> None:
    found = planned(row(number, when, "2022-01-20"))
    assert reasons(found) == [(reason, False)]
    assert not any(one.records for one in found.occurrences)
    assert not found.counts[State.UNKNOWN]


@pytest.mark.parametrize(
    ("cells", "reason", "doubtful"),
    [
        (row("3", "上半年末", "2022-06-20"), "看不懂的计划时间“上半年末”", {f"3|2022-{month:02}" for month in range(1, 12)}),
        (row("6", "3、9月", "2022-06-20"), "“计划时间”写“3、9月”,没有写明是哪一期", {"6|2022-03", "6|2022-09"}),
        (row("4", "每季度", "2022-06-20"), "“计划时间”写“每季度”,没有写明是哪一期", {"4|2022Q1", "4|2022Q2", "4|2022Q3"}),
        (row("1", "", "2022-06-20"), "“计划时间”空着或读不出来", {"1|2022-01"}),
        (row("1", "44592", "2022-06-20"), "看不懂的计划时间“44592”", {"1|2022-01"}),
        (row("1", "44592.25", "2022-06-20"), "看不懂的计划时间“44592.25”", {"1|2022-01"}),
        # a day within a quarter may be the month or the quarter
        (row("4", "2022-05-01 00:00:00", "2022-06-20"), "计划时间写的是日期 2022-05-01,不知是 2022-05 还是 2022Q2", {"4|2022Q2"}),
        # what Excel makes of 10-12
        (row("2", "2022-10-12 00:00:00", "2022-06-20"), "计划时间写的是日期 2022-10-12,不知是 2022-10 还是 2022Q4", set()),
        (row("一", "2022-01", "2022-06-20"), "“活动序号”空着或读不出来", {"1|2022-01", "3|2022-01"}),
        (row("", "2022-01", "2022-06-20", 活动名称="内审"), "“活动序号”空着或读不出来", {"1|2022-01"}),
        (row("3", "2022-01", "2022-06-20", 活动名称=" 内 审"), "“活动序号”是 3,而“活动名称”是第 1 项的", {"1|2022-01", "3|2022-01"}),
        (row("9", "2022-01", "2022-06-20", 活动名称="内审"), "“活动序号”是 9,而“活动名称”是第 1 项的", {"1|2022-01"}),
        (row("3", "2022-01", "月底", 活动名称="内审"), "“活动序号”是 3,而“活动名称”是第 1 项的", {"1|2022-01", "3|2022-01"}),
    ],
)  # fmt: skip
def test_what_a_row_may_be_is_doubtful(cells: Row, reason: str, doubtful: set[str]) -> None:
    found = planned(cells, as_of=date(2022, 12, 30))
    assert reasons(found) == [(reason, True)]
    unknown = {
        f"{one.activity.number}|{item.span}": item.remarks
        for one in found.activities
        for item in one.occurrences
        if item.state is State.UNKNOWN
    }
    assert unknown.keys() == doubtful
    assert all(remarks == (f"甲部/质量活动台账.xlsx!Sheet1!2 可能是这一期:{reason}",) for remarks in unknown.values())


def test_what_may_be_done_of_what_is_not_due_is_said() -> None:
    one = one_of(planned(row("2", "年底", "2022-06-20"), as_of=date(2022, 6, 30)), 2, "2022Q4")
    assert one.state is State.COMING
    assert one.remarks == ("甲部/质量活动台账.xlsx!Sheet1!2 可能是这一期:看不懂的计划时间“年底”",)


def test_a_row_that_says_that_nothing_was_done_makes_nothing_doubtful() -> None:
    assert one_of(planned(row("1", "年初")), 1, "2022-01").state is State.OVERDUE
    later = planned(row("1", "年初", "2022-03-01"), as_of=date(2022, 2, 28))
    assert (one_of(later, 1, "2022-01").state, later.unplanned) == (State.OVERDUE, ())


def test_a_row_of_its_own_decides() -> None:
    found = planned(row("1", "2022-01", "2022-01-20"), row("1", "年初", "2022-01-05"))
    one = one_of(found, 1, "2022-01")
    assert (one.state, one.remarks) == (State.DONE, ())
    assert reasons(found) == [("看不懂的计划时间“年初”", True)]
    undone = planned(row("1", "2022-01"), row("1", "年初", "2022-01-05"))
    assert one_of(undone, 1, "2022-01").state is State.UNKNOWN


def test_a_row_of_no_activity_whose_day_cannot_be_read_is_doubtful() -> None:
    assert reasons(planned(row("9", "2022-01", "月底"))) == [("计划中没有序号为 9 的活动", True)]


def test_another_name_for_the_same_activity_is_none_of_another() -> None:
    assert one_of(planned({**FULL, "活动名称": "内部审核(一月)"}), 1, "2022-01").state is State.DONE


# ---- what was not handed in


def test_what_is_not_recorded_in_a_log_that_is_missing_is_not_known() -> None:
    for read in ({}, ledgers(), ledgers(export(covers=None))):
        found = activities_of(CATALOGUE, read, date(2022, 2, 1))
        assert found
        assert [(one.department, one.months) for one in found.absent] == [("甲部", ("2022-01", "2022-02"))]
        assert {one.state for one in found.occurrences} == {State.MISSING, State.COMING}
        assert (one_of(found, 1, "2022-01").state, one_of(found, 1, "2022-01").days) == (State.MISSING, 0)
        assert one_of(found, 4, "2022Q1").state is State.COMING


def test_a_part_that_is_missing_may_hold_what_was_done() -> None:
    half = export(
        row("1", "2022-01", "2022-01-20"), row("3", "2022-01"), row("3", "2022-02", "月底"),
        covers=(date(2022, 1, 1), date(2022, 7, 1)),
    )  # fmt: skip
    found = activities_of(CATALOGUE, ledgers(half), date(2022, 7, 31))
    assert found
    states = [one_of(found, *key).state for key in ((1, "2022-01"), (3, "2022-01"), (3, "2022-02"), (3, "2022-03"))]
    assert states == [State.DONE, State.MISSING, State.UNKNOWN, State.MISSING]
    assert absence_text("质量活动台账", found.absent) == (
        "“质量活动台账”没有交齐(甲部 2022-07):没有记录的活动不能说没有做"
    )
    whole = activities_of(CATALOGUE, ledgers(half), date(2022, 6, 30))
    assert whole
    assert one_of(whole, 3, "2022-01").state is State.OVERDUE
    assert (whole.absent, absence_text("", whole.absent)) == ((), "")


def test_after_the_year_its_own_months_are_asked_for() -> None:
    found = planned(row("3", "2022-12", "2023-01-10"), as_of=date(2023, 2, 28))
    assert found.absent == ()
    assert (one_of(found, 3, "2022-12").state, one_of(found, 3, "2022-12").days) == (State.LATE, 10)


def test_a_catalogue_that_declares_nothing() -> None:
    for text, said in (
        (LOG + TICKETS + INDICATORS, "没有声明质量活动;请写上 activities"),
        ("sources:" + TICKETS + INDICATORS + ACTIVITIES, "请在 sources 中加上 activity_log"),
    ):
        catalogue = catalogue_of(text)
        assert activities_of(catalogue, {}, LAST) is None
        assert said in undeclared_text(catalogue)
    assert undeclared_text(CATALOGUE) == ""


# ---- the check calendar


def test_what_falls_due_in_each_month() -> None:
    calendar = check_calendar(CATALOGUE, YEAR)
    assert [str(check.month) for check in calendar] == [f"2022-{month:02}" for month in range(1, 13)]
    due = [[(one.indicator.number, str(one.period)) for one in check.due] for check in calendar]
    assert due[0] == [(1, "2022-01")]
    assert due[5] == [(1, "2022-06"), (3, "2022H1")]
    assert due[11] == [(1, "2022-12"), (3, "2022H2")]
    assert sum(len(month) for month in due) == 14


def test_from_whom_what_is_to_be_collected() -> None:
    june = check_calendar(CATALOGUE, YEAR)[5]
    assert [(one.department, one.name, len(one.months)) for one in june.ledgers] == [
        ("甲部", "工单", 1), ("乙部", "工单", 1), ("乙部", "安全事件", 6),
    ]  # fmt: skip
    assert june.hand_in is None
    assert due_texts(june) == [("2022-06", "成功率(1、16)"), ("2022H1", "安全事件数(3)")]
    assert collect_texts(june) == [
        ("甲部", "2022-06", "工单"), ("乙部", "2022-06", "工单"), ("乙部", "2022-01~2022-06", "安全事件"),
    ]  # fmt: skip


def test_the_day_by_which_it_is_to_be_there() -> None:
    text = PLAN.replace("year: 2022", "year: 2022, hand_in_days: 10") + LOG + TICKETS + INDICATORS
    catalogue, problems = load(text, "kpi.yaml")
    assert catalogue, problems
    days = [check.hand_in for check in check_calendar(catalogue, YEAR)]
    assert (days[0], days[1], days[11]) == (date(2022, 2, 10), date(2022, 3, 10), date(2023, 1, 10))


def test_a_month_in_which_nothing_falls_due() -> None:
    only_half = catalogue_of(LOG + TICKETS + "indicators:\n" + INDICATORS[INDICATORS.index("  - id: incidents") :])
    assert [(len(check.due), len(check.ledgers)) for check in check_calendar(only_half, YEAR)] == [
        (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (1, 1), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (1, 1),
    ]  # fmt: skip


# ---- in words


def test_activities_in_words() -> None:
    first, second, third, *_ = planned(row("1", "2022-01", "2022-02-03")).activities
    assert who_text(first) == "牵头 甲部;参加 乙部、丙部"
    assert (who_text(second), serves_text(second), basis_text(second)) == ("", "", "")
    assert basis_text(first) == "计划第3.1节;第5章"
    assert (when_text(first), when_text(third)) == ("1月", "按考核频次(全年 12 期)")
    assert serves_text(third) == "指标 1、3"
    assert [one.id for one in third.serves] == ["rate", "incidents"]
    assert state_text(first.occurrences[0]) == "▲ 超期完成 3 天"
    assert state_text(second.occurrences[0]) == "… 未到期"
    assert ranges_text([7, 1, 2, 3, 9, 8]) == "1~3、7~9"


def test_rows_in_words() -> None:
    number, blank = planned(row("9", "年中", "2022-01-20"), row("", "年中", "2022-01-20")).unplanned
    assert (row_text(number), row_text(blank)) == ("9 年中", "— 年中")
    two = ledgers(export(row("1", "2022-01", "2022-01-20")), export(row("1", "1月", "2022-01-20"), path="甲部/另.xlsx"))
    found = activities_of(CATALOGUE, two, LAST)
    assert found
    assert places_text(one_of(found, 1, "2022-01").records) == [
        "甲部/另.xlsx!Sheet1!2",
        "甲部/质量活动台账.xlsx!Sheet1!2",
    ]


# ---- as JSON


def test_as_json() -> None:
    found = planned(row("1", "2022-01", "2022-02-03"), row("9", "2022-05"), as_of=date(2022, 9, 30))
    told = found.to_json({"document": "D"}, ())
    assert (told["schema"], told["period"], told["as_of"], told["partial"]) == (
        "itss-kpi/plan/1", "2022", "2022-09-30", True,
    )  # fmt: skip
    assert told["ledger"] == {"source": "activity_log", "complete": True, "missing": []}
    assert told["activities"][0]["occurrences"] == [
        {
            "span": "2022-01", "start": "2022-01-01", "due": "2022-01-31", "state": "late", "days": 3,
            "done": "2022-02-03", "record": "R", "conclusion": None, "department": None, "without_record": False,
            "remarks": [], "rows": [{"path": "甲部/质量活动台账.xlsx", "sheet": "Sheet1", "row": 2}],
        }
    ]  # fmt: skip
    assert told["activities"][3]["serves"] == [{"indicator": "rate", "numbers": [1, 16], "name": "成功率"}]
    assert told["unplanned"] == [
        {
            "number": "9", "name": None, "written": "2022-05", "done": None, "record": None,
            "reason": "计划中没有序号为 9 的活动", "doubtful": False, "path": "甲部/质量活动台账.xlsx", "sheet": "Sheet1",
            "row": 3,
        }
    ]  # fmt: skip
    assert told["calendar"][5] == {
        "month": "2022-06", "hand_in": None,
        "due": [
            {"indicator": "rate", "numbers": [1, 16], "name": "成功率", "period": "2022-06"},
            {"indicator": "incidents", "numbers": [3], "name": "安全事件数", "period": "2022H1"},
        ],
        "collect": [
            {"department": "甲部", "source": "t", "name": "工单", "months": ["2022-06"]},
            {"department": "乙部", "source": "t", "name": "工单", "months": ["2022-06"]},
            {"department": "乙部", "source": "s", "name": "安全事件", "months": [f"2022-0{at}" for at in range(1, 7)]},
        ],
    }  # fmt: skip
    assert told["problems"] == []
    unread = planned(row("", "年中")).to_json({}, ())
    assert (unread["partial"], unread["unplanned"][0]["number"]) == (False, None)


# ---- the planted answers


@pytest.mark.parametrize("day", ["2022-09-30", "2022-12-31"])
def test_the_sample_gives_every_planted_answer(sample: Sample, day: str) -> None:
    found = activities_of(sample.catalogue, sample.ledgers, date.fromisoformat(day))
    assert found
    assert list(answers(found)) == list(planted("activities", day).items())
    assert found.summary["missing_data"] == 0


def answers(found: YearPlan) -> Iterator[tuple[tuple[str, str], str]]:
    """The key's lines of a day, in its order and words."""
    states = (State.DONE, State.LATE, State.OVERDUE, State.COMING, State.UNKNOWN)
    for planned in found.activities:
        for one in planned.occurrences:
            yield (f"{planned.activity.number}|{one.span}", "state"), one.state.value
    groups: list[tuple[str, Sequence[Occurrence]]] = [("", found.occurrences)]
    for number, own in [*groups, *((str(one.activity.number), one.occurrences) for one in found.activities)]:
        for state in states:
            yield (number, state.value), str(sum(one.state is state for one in own))
        yield (number, "without_record"), str(sum(one.unrecorded for one in own))
    yield ("", "unplanned"), str(len(found.unplanned))


def test_the_sample_s_calendar(sample: Sample) -> None:
    calendar = check_calendar(sample.catalogue, YEAR)
    # two by month, eight by quarter, three by half year, eleven by year (SLA达成率 stands twice in the table)
    assert [len(check.due) for check in calendar] == [2, 2, 10, 2, 2, 13, 2, 2, 10, 2, 2, 24]
    assert {one.department for one in calendar[0].ledgers} == {"信息部", "通信部"}
    assert {(one.department, one.name) for one in calendar[11].ledgers if one.department == "营销部"} == {
        ("营销部", "项目验收台账")
    }
    assert all(check.hand_in is None for check in calendar)
