"""The collection: what was wanted, what is there, what is late, and what is asked of whom. Expected values by hand."""

import json
from datetime import date, timedelta

import pytest
from kit.collection import GOOD, QUARTER, SOURCES, YEAR, collected, file, handed_in
from kit.tables import catalogue_of, report_of

from itss_kpi.analysis.collection import Asked, Collection, Entry, State, collection_of, month_ranges
from itss_kpi.core.jsonable import as_json
from itss_kpi.core.period import Period, parse_period
from itss_kpi.core.problems import Place, Problem
from itss_kpi.tables.build import build_table


def months(first: int, last: int) -> tuple[Period, ...]:
    return tuple(found for at in range(first, last + 1) if (found := parse_period(f"2022-{at:02}")))


def entry(found: Collection, department: str, source: str) -> Entry:
    (one,) = [one for one in found.entries if (one.department, one.source) == (department, source)]
    return one


def test_everything_is_there() -> None:
    found = collected(GOOD)
    assert [(one.department, one.name, one.state.label, one.rows) for one in found.entries] == [
        ("甲部", "工单", "已交", 2), ("甲部", "工具", "已交", 1), ("乙部", "工单", "已交", 0),
    ]  # fmt: skip
    assert entry(found, "甲部", "tickets").wanted == months(7, 9)
    assert entry(found, "甲部", "tools").wanted == months(9, 9)  # a snapshot: the one at the end
    assert found.summary == {"handed_in": 3, "late": 0, "unread": 0, "elsewhere": 0, "missing": 0, "pending": 0}
    assert (found.requests, found.stray, found.conditions(), found.due) == ((), (), set(), None)


def test_nobody_owes_what_no_indicator_reads_and_no_department_without_a_ledger_is_listed() -> None:
    found = collected([])
    assert {one.source for one in found.entries} == {"tickets", "tools"}
    assert {one.department for one in found.entries} == {"甲部", "乙部"}
    assert [request.department for request in found.requests] == ["甲部", "乙部"]


def test_missing_months_are_asked_for_by_name() -> None:
    # July is there, so August and September are lacking: no whole quarter
    july = file("tickets", "甲部", "工单_2022-07.xlsx", (date(2022, 7, 1), date(2022, 8, 1)))
    found = collected([july, GOOD[2]])
    first, second = entry(found, "甲部", "tickets"), entry(found, "乙部", "tickets")
    assert (first.state, first.lacking) == (State.MISSING, months(8, 9))
    assert first.asked == (
        Asked("工单_2022-08.xlsx", months(8, 8)),
        Asked("工单_2022-09.xlsx", months(9, 9)),
    )
    assert (second.lacking, second.asked) == (months(7, 9), (Asked("工单_2022Q3.xlsx", months(7, 9)),))
    assert [[one.source for one in request.hand_in] for request in found.requests] == [["tickets"], ["tickets"]]
    assert found.conditions() == {"missing"}
    assert found.summary["missing"] == 2


def test_a_ledger_for_the_whole_year_is_asked_for_by_the_year() -> None:
    assert entry(collected([]), "甲部", "tools").asked == (Asked("工具_2022.xlsx", months(9, 9)),)


@pytest.mark.parametrize(
    ("pattern", "asked"),
    [
        ("工单_*.xlsx", ["工单_2022H1.xlsx", "工单_2022Q3.xlsx"]),
        ("*工单*.xlsx", ["2022H1工单.xlsx", "2022Q3工单.xlsx"]),
        ("工单.xlsx", ["工单.xlsx"]),
        ("工单[0-9]_*.xlsx", ["工单[0-9]_*.xlsx"]),
    ],
)
def test_a_name_that_is_asked_for_is_one_that_would_be_read(pattern: str, asked: list[str]) -> None:
    loaded = catalogue_of(
        SOURCES.replace("files: 工单_*.xlsx", f"files: '{pattern}'").replace("period: month", "period: year")
    )
    table, _ = build_table("tickets", loaded.sources["tickets"], [], loaded.plan.departments, 2022)
    found = collection_of(loaded, report_of(loaded, {"tickets": table}, "2022Q3"), [])
    assert [one.file for one in entry(found, "乙部", "tickets").asked] == asked
    assert [m for one in entry(found, "乙部", "tickets").asked for m in one.months] == list(months(1, 9))


def test_only_files_of_the_wanted_months_count() -> None:
    spring = file(
        "tickets", "甲部", "工单_2022Q1.xlsx", (date(2022, 1, 1), date(2022, 4, 1)), {"编号": "9", "日期": "待补"}
    )
    found = entry(collected([*GOOD, spring]), "甲部", "tickets")
    assert (found.files, found.rows, found.problems) == (("甲部/工单_2022Q3.xlsx",), 2, ())


def test_a_file_that_says_no_months_is_counted_but_answers_for_none() -> None:
    revised = file("tickets", "乙部", "工单_修订.xlsx", None, {"编号": "3", "日期": "2022-07-02"})
    told = Problem(
        "D108", "看不出考核期:文件名、工作表名和标题行都没有写明一个", Place("乙部/工单_修订.xlsx", "Sheet1")
    )
    found = collected([GOOD[0], GOOD[2], revised], problems=[told])
    one = entry(found, "乙部", "tickets")
    assert (one.state, one.files, one.rows, one.problems) == (State.ELSEWHERE, ("乙部/工单_修订.xlsx",), 1, (told,))
    assert [request.mend for request in found.requests] == [(told,)]
    assert found.conditions() == {"missing", "problems"}


def test_a_file_that_could_not_be_read_is_there_with_its_problem() -> None:
    broken = handed_in("tickets", "乙部", "乙部/工单_2022Q3.xlsx", QUARTER)
    told = Problem("D102", "已损坏", Place("乙部/工单_2022Q3.xlsx"))
    one = entry(collected([GOOD[0], GOOD[2]], unread=[broken], problems=[told]), "乙部", "tickets")
    assert (one.state, one.files, one.rows, one.problems) == (State.UNREAD, ("乙部/工单_2022Q3.xlsx",), 0, (told,))


def test_what_is_there_and_of_other_months_is_told_apart() -> None:
    june = (date(2022, 6, 1), date(2022, 7, 1))
    misnamed = file("tickets", "乙部", "工单_2022Q3.xlsx", june, {"编号": "3", "日期": "2022-06-02"})
    named = handed_in("tickets", "乙部", misnamed.path, QUARTER)
    found = collected([GOOD[0], GOOD[2], misnamed], unread=[named])
    one = entry(found, "乙部", "tickets")
    assert (one.state, one.elsewhere, one.unread, one.lacking) == (
        State.ELSEWHERE, (misnamed.path,), (), months(7, 9),
    )  # fmt: skip
    assert found.conditions() == {"missing"}
    # a month beside those that lack is no wrong one
    july = file("tickets", "乙部", "工单_2022-07.xlsx", (date(2022, 7, 1), date(2022, 8, 1)))
    one = entry(collected([GOOD[0], GOOD[2], july]), "乙部", "tickets")
    assert (one.state, one.elsewhere, one.lacking) == (State.MISSING, (), months(8, 9))


def test_errors_are_to_be_mended_and_repeats_are_not() -> None:
    rows = [{"编号": "1", "日期": "昨天"}, {"编号": "2", "日期": "2022-07-01"}, {"编号": "2", "日期": "2022-07-01"}]
    found = collected([file("tickets", "甲部", "工单_2022Q3.xlsx", QUARTER, *rows), *GOOD[1:]])
    assert [one.code for one in entry(found, "甲部", "tickets").problems] == ["D201", "D301"]
    (request,) = found.requests
    assert (request.department, request.hand_in, [one.code for one in request.mend]) == ("甲部", (), ["D201"])
    assert found.conditions() == {"problems"}


def test_a_file_that_nobody_claims_is_told_to_its_department_and_a_folder_to_nobody() -> None:
    misnamed = Problem("D103", "不属于任何台账", Place("乙部/工单2022Q3.xls"))
    folder = Problem("D103", "没有这个部门的台账声明", Place("乙部门"))
    result = Problem("V404", "没有记录")
    lint = Problem("C205", "没有符号", Place("kpi.yaml", line=3))
    found = collected(GOOD, problems=[misnamed, folder, result, lint])
    assert [(request.department, request.mend) for request in found.requests] == [("乙部", (misnamed,))]
    assert found.stray == (folder,)
    assert found.conditions() == set()  # warnings


# ---- due days


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        (date(2022, 9, 30), State.PENDING),
        (date(2022, 10, 10), State.PENDING),  # the day itself is in time
        (date(2022, 10, 11), State.MISSING),
    ],
)
def test_what_is_not_there_is_missing_after_the_day_on_which_it_is_due(as_of: date, state: State) -> None:
    found = collected([GOOD[0], GOOD[2]], hand_in_days=10, as_of=as_of)
    assert found.due == date(2022, 10, 10)
    assert entry(found, "乙部", "tickets").state is state
    assert ("missing" in found.conditions()) is (state is State.MISSING)
    (request,) = as_json(found)["requests"]
    assert [one["overdue"] for one in request["hand_in"]] == [state is State.MISSING]


def test_without_a_hand_in_day_what_is_not_there_is_missing_but_never_overdue() -> None:
    found = collected([GOOD[0], GOOD[2]], as_of=date(2022, 9, 30))
    assert entry(found, "乙部", "tickets").state is State.MISSING
    assert as_json(found)["requests"][0]["hand_in"][0]["overdue"] is False


@pytest.mark.parametrize(
    ("covers", "days", "saved", "late"),
    [
        (QUARTER, 10, date(2022, 10, 10), False),
        (QUARTER, 10, date(2022, 10, 11), True),
        (QUARTER, 0, date(2022, 9, 30), False),
        (QUARTER, 0, date(2022, 10, 1), True),
        (YEAR, 10, date(2022, 10, 11), False),  # due on 2023-01-10
        (QUARTER, None, date(2022, 12, 31), False),
        (QUARTER, 10, None, False),
    ],
)
def test_late_is_what_was_saved_after_its_own_day(
    covers: tuple[date, date], days: int | None, saved: date | None, late: bool
) -> None:
    one = file("tickets", "甲部", "工单_2022Q3.xlsx", covers, saved=saved)
    found = collected([one, *GOOD[1:]], hand_in_days=days, as_of=date(2022, 10, 20))
    mine = entry(found, "甲部", "tickets")
    assert mine.state is (State.LATE if late else State.HANDED_IN)
    assert found.conditions() == ({"late"} if late else set())
    if late and days is not None:
        assert [(item.path, item.saved, item.due) for item in mine.late] == [
            ("甲部/工单_2022Q3.xlsx", saved, date(2022, 9, 30) + timedelta(days=days))
        ]


def test_a_file_of_an_earlier_quarter_is_not_late_for_this_one() -> None:
    # the year's indicator asks for January to September, the first quarter's file was late in its own time
    loaded = catalogue_of(SOURCES.replace("period: month", "period: year"))
    loaded = loaded.model_copy(update={"plan": loaded.plan.model_copy(update={"hand_in_days": 10})})
    raw = file("tickets", "甲部", "工单_2022Q1.xlsx", (date(2022, 1, 1), date(2022, 4, 1)), saved=date(2022, 5, 1))
    table, _ = build_table("tickets", loaded.sources["tickets"], [raw], loaded.plan.departments, 2022)
    for period, late in (("2022Q1", 1), ("2022Q3", 0)):
        report = report_of(loaded, {"tickets": table}, period)
        found = collection_of(loaded, report, [handed_in("tickets", "甲部", raw.path, raw.covers)])
        assert len(entry(found, "甲部", "tickets").late) == late
        assert entry(found, "甲部", "tickets").files == (raw.path,)


def test_a_ledger_may_be_late_and_still_lack_months() -> None:
    july = file("tickets", "甲部", "工单_2022-07.xlsx", (date(2022, 7, 1), date(2022, 8, 1)), saved=date(2022, 9, 1))
    found = collected([july, *GOOD[1:]], hand_in_days=10, as_of=date(2022, 10, 20))
    one = entry(found, "甲部", "tickets")
    assert (one.state, len(one.late), one.lacking) == (State.MISSING, 1, months(8, 9))
    assert found.conditions() == {"missing", "late"}


def test_nothing_is_wanted_before_the_period_has_begun() -> None:
    found = collected([], as_of=date(2022, 6, 30))
    assert [one.source for one in found.entries] == ["tools"]  # the year has begun
    assert entry(found, "甲部", "tools").wanted == months(6, 6)


# ---- forms


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        ((), ""),
        (months(8, 8), "2022-08"),
        (months(7, 9), "2022-07~2022-09"),
        ((*months(1, 3), *months(8, 8)), "2022-01~2022-03、2022-08"),
    ],
)
def test_month_ranges(listed: tuple[Period, ...], shown: str) -> None:
    assert month_ranges(listed) == shown


def test_json() -> None:
    late = file("tickets", "甲部", "工单_2022Q3.xlsx", QUARTER, {"编号": "1", "日期": "昨天"}, saved=date(2022, 10, 11))
    stray = Problem("D103", "没有这个部门的台账声明", Place("乙部门"))
    found = as_json(collected([late, GOOD[2]], hand_in_days=10, as_of=date(2022, 10, 11), problems=[stray]))
    assert json.loads(json.dumps(found)) == found
    assert {key: found[key] for key in ("schema", "period", "as_of", "due", "summary")} == {
        "schema": "itss-kpi/status/1", "period": "2022Q3", "as_of": "2022-10-11", "due": "2022-10-10",
        "summary": {"handed_in": 1, "late": 1, "unread": 0, "elsewhere": 0, "missing": 1, "pending": 0},
    }  # fmt: skip
    assert found["entries"][0] == {
        "department": "甲部", "source": "tickets", "name": "工单", "state": "late",
        "wanted": ["2022-07", "2022-08", "2022-09"], "missing": [], "files": ["甲部/工单_2022Q3.xlsx"],
        "unread": [], "elsewhere": [], "late": [{"path": "甲部/工单_2022Q3.xlsx", "saved": "2022-10-11", "due": "2022-10-10"}], "rows": 1,
        "problems": {"error": 1, "warning": 0, "info": 0},
    }  # fmt: skip
    first, second = found["requests"]
    assert (first["department"], first["hand_in"]) == ("甲部", [])
    assert [(one["code"], one["cell"], one["department"]) for one in first["mend"]] == [("D201", "B2", "甲部")]
    assert second == {
        "department": "乙部", "mend": [],
        "hand_in": [{"source": "tickets", "name": "工单", "file": "工单_2022Q3.xlsx",
                     "months": ["2022-07", "2022-08", "2022-09"], "overdue": True}],
    }  # fmt: skip
    assert [(one["path"], one["department"]) for one in found["stray"]] == [("乙部门", None)]


def test_json_without_a_hand_in_day() -> None:
    assert as_json(collected(GOOD))["due"] is None
