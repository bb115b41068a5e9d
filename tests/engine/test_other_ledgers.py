"""What other ledgers, and earlier rows, say of a row: by hand, over pandas and DuckDB.

Convention: a count is written `low~high` where rows are open to doubt.
"""

from datetime import date
from typing import Any

import pytest
from kit.tables import PLAN, catalogue_of, codes, only, over_duckdb, raw_export, report_of, table_of, tables_of

from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.results import Verdict
from itss_kpi.tables.build import build_table

SOURCES = """
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text, required: true}
      时间: {type: datetime}
      客户: {type: text}
      级别: {type: choice, values: {高: [], 低: []}}
      次: {type: decimal}
      用时: {type: duration, unit: minute}
  s:
    name: 协议
    departments: [甲部]
    files: 协议*
    key: [客户, 级别]
    date: 生效
    columns:
      客户: {type: text, required: true}
      级别: {type: choice, values: {高: [], 低: []}, required: true}
      生效: {type: date}
      时限: {type: duration, unit: minute}
      次: {type: integer}
      重要: {type: yes_no}
      备注: {type: text}
calendar: {years: [2022]}
lookups: {权重: {values: {a: 1, b: 2}}}
indicators:
  - {id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, target: '<= 0次',
     value: {measure: count, source: t, where: "WHERE"}}
"""
TICKETS = [
    {"编号": "1", "时间": "2022-07-01 10:00", "客户": "甲", "级别": "高", "次": "1.0", "用时": "20"},
    {"编号": "2", "时间": "2022-07-05 10:00", "客户": "甲", "级别": "低", "次": "2.5", "用时": "20"},
    {"编号": "3", "时间": "2022-07-31 10:00", "客户": "乙", "级别": "高", "次": "3.0", "用时": "20"},
    {"编号": "4", "时间": "2022-07-31 10:00", "客户": "丙", "级别": "低", "次": "3.0", "用时": "20"},
    {"编号": "5", "时间": "2022-07-20 10:00", "客户": "", "级别": "低", "次": "9.0", "用时": "20"},
]
SLA = [
    {"客户": "甲", "级别": "高", "生效": "2022-01-01", "时限": "15", "次": "1", "重要": "是", "备注": "a"},
    {"客户": "甲", "级别": "低", "生效": "2022-01-01", "时限": "30", "次": "2", "重要": "否", "备注": "b"},
    {"客户": "乙", "级别": "高", "生效": "2022-01-01", "时限": "", "次": "3", "重要": "否", "备注": "c"},
]


def counted(where: str, tickets: Any = TICKETS, sla: Any = SLA) -> str:
    catalogue = catalogue_of(SOURCES.replace("WHERE", where))
    tables = tables_of(catalogue, t=tickets, s=sla)
    found = set()
    for each in (tables, over_duckdb(tables, shuffled=True)):
        one = only(report_of(catalogue, each, "2022-07"))
        found.add(str(one.lowest) if one.lowest == one.highest else f"{one.lowest}~{one.highest}")
    assert len(found) == 1
    return found.pop()


def row(**more: str) -> dict[str, str]:
    return {"生效": "2022-01-01"} | more


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        # 甲高 15 < 20, 甲低 30; 乙高 says none, 丙 isn't there; without a customer nobody knows which it is
        ("用时 > lookup(s.时限, 客户, 级别)", "1~4"),
        ("lookup(s.备注, 客户, 级别) == 'a'", "1~3"),
        ("lookup(s.重要, 客户, 级别)", "1~3"),
        ("lookup(s.次, 客户, 级别) >= 2", "2~4"),
        ("lookup(s.生效, 客户, 级别) <= 时间", "3~5"),
        # what is said of one that isn't there is said of those two, and of one whose limit is blank
        ("用时 > default(lookup(s.时限, 客户, 级别), minutes(0))", "4"),
        ("用时 > default(lookup(s.时限, 客户, 级别), minutes(60))", "1"),
        ("exists(s.客户, 客户)", "3"),
        ("not exists(s.客户, 客户)", "2"),
        ("exists(s.客户, 客户, s.级别, 级别)", "3"),
        ("exists(s.次, 次)", "3"),
        ("count(s.客户, 客户) == 2", "2"),
        ("count(s.客户, 客户) == 0", "2"),
        ("sum(s.次, s.客户, 客户) == 3", "3"),
        ("sum(s.次, s.客户, 客户, s.级别, 级别, where=级别 == '低') == 2", "1"),
        ("count(s.客户, 客户, where=次 >= 2) == 1", "3"),
        ("exists(s.客户, 客户, where=重要)", "2"),
        ("not exists(s.客户, 客户, where=重要)", "3"),
        # 乙's limit is blank, so nobody knows its sum
        ("sum(s.时限, s.客户, 客户) >= minutes(45)", "2~3"),
        ("用时 - sum(s.时限, s.客户, 客户, where=级别 == '高') <= minutes(5)", "2~3"),
        # what is worked out step by step is so in the other ledger, too: its three rows are of 1 January
        ("exists(s.客户, 客户, where=months_after(生效, 7) == date('2022-08-01'))", "3"),
        ("exists(s.客户, 客户, where=months_after(生效, 6) > this.时间)", "0"),
        ("exists(s.客户, 客户, where=month(生效) == 1 and month(this.时间) == 7)", "3"),
        ("month(时间) == 7", "5"),
        ("month(时间) < 7", "0"),
        ("workdays(period_start, 时间) == 0", "1"),
        ("lookup(s.次, 客户, 级别) * 2 > 3 and contains(lookup(s.备注, 客户, 级别), 'B')", "1~3"),
        ("worktime(时间, 时间) == hours(0) and weekday(时间) == 5", "1"),
        # 甲's 1 and 2, 乙's 3
        ("first(s.次, s.客户, 客户) == 1", "2"),
        ("last(s.次, s.客户, 客户) >= 2", "3"),
        ("last(s.次, s.客户, 客户, where=级别 == '高') == 1", "2"),
        ("last(s.次, s.客户, 客户, where=次 < this.次) == 2", "1"),
        # 乙's limit is blank, 丙 has none
        ("first(s.时限, s.客户, 客户) <= minutes(15)", "2"),
        ("not (first(s.时限, s.客户, 客户) <= minutes(15))", "3"),
        ("default(first(s.生效, s.客户, 客户), period_end) < period_end", "3"),
        ("months_after(时间, 1) <= date('2022-08-05')", "2"),
        ("months_after(时间, 7) == date('2023-02-28')", "2"),  # of the 31st
        ("时间 < months_after(period_start, 1)", "5"),
        # a date that is written is its first moment, and an edge of the period is one, too, in what is meant
        ("时间 - date('2022-07-01') == hours(10)", "1"),
        ("exists(s.客户, 客户, where=this.时间 - period_start == hours(10))", "1"),
    ],
)
def test_a_row_with_what_another_ledger_says(where: str, expected: str) -> None:
    assert counted(where) == expected


def test_months_after_a_day_without_its_time_are_not_known() -> None:
    # 1 July and a month is 1 August; of the others the column can't say it, as one of its days lacks the time
    dated = [*TICKETS[:2], {**TICKETS[1], "编号": "6", "时间": "2022-07-06"}]
    assert counted("months_after(时间, 1) <= date('2022-08-03')", dated) == "0~3"
    assert counted("months_after(时间, 1) <= date('2022-08-03')", dated[:2]) == "1"


NOON = "date('2022-07-06') + hours(12)"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        # ticket 1 is of the 1st at 10, ticket 6 of some moment of the 6th
        ("hour(时间) == 10", "1~2"),
        ("hour(时间) >= 22", "0~1"),
        ("hour(时间) >= 9 and hour(时间) <= 17", "1~2"),
        ("weekday(时间) == 3", "1"),
        (f"时间 > {NOON} - hours(3) and 时间 < {NOON} + hours(5)", "0~1"),
        (f"时间 > {NOON} + hours(12)", "0"),
        (f"时间 == {NOON}", "0~1"),
        (f"时间 != {NOON}", "1~2"),
        (f"not (时间 == {NOON})", "1~2"),
        (f"abs(时间 - ({NOON})) <= hours(1)", "0~1"),
        ("时间 >= date('2022-07-06') and 时间 < date('2022-07-07')", "1"),
    ],
)
def test_what_lies_within_a_day_may_hold_of_a_day_without_its_time(where: str, expected: str) -> None:
    assert counted(where, [TICKETS[0], {**TICKETS[0], "编号": "6", "时间": "2022-07-06"}]) == expected


def test_where_the_other_ledger_has_every_name_each_row_counts() -> None:
    assert counted("exists(s.客户, 客户)", TICKETS[:3]) == "3"


@pytest.mark.parametrize(
    ("where", "more", "expected"),
    [
        # two rows of one key that differ: one record, and nobody knows which
        ("用时 > lookup(s.时限, 客户, 级别)", [row(客户="甲", 级别="高", 时限="25")], "0~4"),
        # a record in two variants that say the same
        ("用时 > lookup(s.时限, 客户, 级别)", [row(客户="甲", 级别="高", 时限="15", 备注="z")], "1~4"),
        ("exists(s.客户, 客户)", [row(客户="丙", 级别="高", 时限="1"), row(客户="丙", 级别="高", 时限="2")], "3~4"),
        ("count(s.客户, 客户) == 1", [row(客户="丙", 级别="高", 时限="1"), row(客户="丙", 级别="高", 时限="2")], "1~2"),
        # whether a row is meant can't be read: it may be there, and add to the sum
        ("exists(s.客户, 客户, where=次 > 5)", [row(客户="丙", 级别="高", 次="?")], "0~1"),
        ("sum(s.次, s.客户, 客户, where=重要) == 1", [row(客户="丙", 级别="高", 次="1", 重要="?")], "2~3"),
        ("sum(s.次, s.客户, 客户, where=not 重要) == 2", [row(客户="丙", 级别="高", 次="?", 重要="否")], "2~3"),
        ("sum(s.次, s.客户, 客户) == 3", [row(客户="丙", 级别="?", 次="?")], "3~4"),
        ("first(s.次, s.客户, 客户) == 3", [row(客户="丙", 级别="高", 次="?")], "1~2"),
        ("last(s.次, s.客户, 客户, where=重要) >= 1", [row(客户="丙", 级别="高", 次="1", 重要="?")], "2~3"),
        ("first(s.次, s.客户, 客户) == 3", [row(客户="?", 级别="高", 次="3") | {"客户": "#N/A"}], "1"),
        # of whichever key can't be read nobody knows that there is no row
        ("default(first(s.次, s.级别, 级别, s.客户, 客户), 9) <= 5", [row(客户="丙", 级别="?", 次="1")], "0~4"),
        # what is looked up by what is looked up: 甲's a and b; c stands in no table, and of the rest nothing is said
        ("lookup(权重, lookup(s.备注, 客户, 级别)) == 1", [], "1~4"),
        ("default(lookup(权重, lookup(s.备注, 客户, 级别)), 1) == 1", [], "4"),
        ("lookup(权重, lookup(s.备注, 客户, 级别)) == 1", [row(客户="甲", 级别="高", 备注="b")], "0~4"),
        ("default(lookup(权重, lookup(s.备注, 客户, 级别)), 1) == 1", [row(客户="甲", 级别="高", 备注="b")], "3~4"),
        # a level that can't be read may be any
        ("exists(s.级别, 级别, s.客户, 客户)", [row(客户="丙", 级别="?", 时限="1")], "3~4"),
        ("count(s.级别, 级别) > 5", [row(客户="丙", 级别="?", 时限="1")], "0~5"),
    ],
)
def test_doubt_of_another_ledger_is_the_row_s(where: str, more: list[dict[str, str]], expected: str) -> None:
    assert counted(where, sla=[*SLA, *more]) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("first(s.次, s.级别, 级别) == 1", "2~3"),
        ("default(last(s.次, s.级别, 级别), 9) > 5", "0~1"),
        ("blank(客户) and last(s.次, s.级别, 级别) == 2", "1"),
    ],
)
def test_of_a_key_that_can_not_be_read_nobody_knows_what_is_first(where: str, expected: str) -> None:
    assert counted(where, [*TICKETS, {**TICKETS[0], "编号": "6", "级别": "?"}]) == expected


@pytest.mark.parametrize(
    ("where", "more", "expected"),
    [
        ("exists(s.客户, 客户, where=生效 <= this.时间)", [], "3"),
        ("exists(s.客户, 客户, where=级别 == this.级别)", [], "3"),
        # 甲's 1 and 2 beside 1.0 and 2.5, 乙's 3 beside 3.0
        ("count(s.客户, 客户, where=次 <= this.次) == 1", [], "2"),
        ("sum(s.次, s.客户, 客户, where=次 <= this.次) == 3", [], "2"),
        # within so many days of the row, from day to day: 丙's ticket is of the 31st
        (
            "exists(s.客户, 客户, where=this.时间 - 生效 <= days(10))",
            [row(客户="丙", 级别="低") | {"生效": "2022-07-21"}],
            "1",
        ),
        (
            "exists(s.客户, 客户, where=生效 >= day(this.时间) - days(10))",
            [row(客户="丙", 级别="低") | {"生效": "2022-07-21"}],
            "1",
        ),
        (
            "exists(s.客户, 客户, where=生效 >= day(this.时间) - days(10))",
            [row(客户="丙", 级别="低") | {"生效": "2022-07-20"}],
            "0",
        ),
        # of the period alone
        (
            "exists(s.客户, 客户, where=生效 >= period_start and 生效 < period_end)",
            [row(客户="丙", 级别="低") | {"生效": "2022-07-21"}],
            "1",
        ),
        (
            "exists(s.客户, 客户, where=生效 >= period_start and 生效 < period_end)",
            [row(客户="丙", 级别="低") | {"生效": "2022-08-01"}],
            "0",
        ),
        # a day that can't be read may be any
        ("exists(s.客户, 客户, where=生效 >= period_start)", [row(客户="丙", 级别="低") | {"生效": "?"}], "0~1"),
        # later tickets of the same customer: 甲's of the 5th within four days of that of the 1st
        ("exists(t.客户, 客户, where=时间 > this.时间 and 时间 <= this.时间 + hours(96))", [], "1"),
        ("exists(t.客户, 客户, where=时间 > this.时间 and 时间 <= this.时间 + hours(95))", [], "0"),
        ("exists(t.客户, 客户, where=时间 < this.时间 and this.时间 - 时间 <= hours(96))", [], "1"),
        ("count(t.客户, 客户, where=时间 > this.时间 and 时间 - this.时间 <= days(4)) == 0", [], "4"),
    ],
)
def test_rows_of_another_ledger_beside_this_row_and_in_the_period(
    where: str, more: list[dict[str, str]], expected: str
) -> None:
    assert counted(where, sla=[*SLA, *more]) == expected


@pytest.mark.parametrize(
    ("where", "day", "expected"),
    [
        # ticket 1 is of 1 July, 10 o'clock: what is done to it isn't done the day before
        ("first(s.生效, s.客户, 编号) - 时间 <= days(2)", "2022-06-30", "0~1"),
        ("first(s.生效, s.客户, 编号) - 时间 <= days(2)", "2022-07-01", "1"),
        ("last(s.生效, s.客户, 编号, where=级别 == '高') - 时间 <= days(2)", "2022-06-30", "0~1"),
        ("first(s.次, s.客户, 编号) <= 1", "2022-06-30", "1"),  # no time
        ("first(s.生效, s.客户, 客户) <= 时间", "2022-06-30", "3"),  # of the customer, not of the ticket
    ],
)
def test_what_is_done_to_a_row_is_not_done_before_it(where: str, day: str, expected: str) -> None:
    done = {"客户": "1", "级别": "高", "生效": day, "次": "1"}
    assert counted(where, sla=[*SLA, done]) == expected
    catalogue = catalogue_of(SOURCES.replace("WHERE", where))
    report = report_of(catalogue, tables_of(catalogue, t=TICKETS, s=[*SLA, done]), "2022-07")
    assert ("D210" in codes(report.problems)) == ("~" in expected)


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        ("GD202207001", "202207001", "0~1"),
        ("202207001", "GD202207001", "0~1"),
        ("GD202207001", "QX202207001", "0"),  # of another kind
        ("A1", "1", "0"),  # too short to be a number of its own
        ("GD202207001", "GD202207001", "1"),
    ],
)
def test_a_number_may_have_lost_its_letters(own: str, other: str, expected: str) -> None:
    catalogue = catalogue_of(SOURCES.replace("WHERE", "exists(s.客户, 客户)"))
    rows = {"t": [{**TICKETS[0], "客户": own}, {**TICKETS[1], "客户": "别的"}], "s": [{**SLA[0], "客户": other}]}
    tables = {
        name: build_table(
            name,
            catalogue.sources[name],
            [raw_export(catalogue, name, found)],
            ["甲部"],
            2022,
            usage_of(catalogue, name),
        )[0]
        for name, found in rows.items()
    }
    one = only(report_of(catalogue, tables, "2022-07"))
    assert (str(one.lowest) if one.lowest == one.highest else f"{one.lowest}~{one.highest}") == expected


MISTYPED = {**TICKETS[0], "编号": "6", "时间": "2032-07-03 10:00"}


@pytest.mark.parametrize(
    ("where", "tickets", "more", "expected"),
    [
        # 甲, 甲 and 乙 of 1 January; 丙's day may be of July
        ("first(s.生效, s.客户, 客户) <= 时间", [], [row(客户="丙", 级别="低") | {"生效": "2032-07-02"}], "3~4"),
        ("last(s.生效, s.客户, 客户) > 时间", [], [row(客户="甲", 级别="低", 次="9") | {"生效": "2032-07-02"}], "0~2"),
        ("lookup(s.生效, 客户, 级别) <= 时间", [], [row(客户="丙", 级别="低") | {"生效": "2032-07-02"}], "3~5"),
        # what is asked of the row's own time
        ("exists(s.客户, 客户, where=生效 <= this.时间)", [{**MISTYPED, "时间": "2012-07-03 10:00"}], [], "3~4"),
        ("exists(s.客户, 客户, where=生效 > this.时间)", [MISTYPED], [], "0~1"),
        # or of the same moment, as those of the 31st are
        ("exists(t.时间, 时间, where=编号 != this.编号)", [MISTYPED], [], "2~6"),
        ("repeated(days(3), 客户)", [MISTYPED], [], "0~3"),
    ],
)
def test_a_mistyped_year_is_no_day_to_hold_a_row_against(
    where: str, tickets: list[dict[str, str]], more: list[dict[str, str]], expected: str
) -> None:
    assert counted(where, [*TICKETS, *tickets], [*SLA, *more]) == expected


LOST = {**TICKETS[1], "编号": "6", "时间": "2022-07-03 10:00", "级别": "?"}
SOON = "where=时间 > this.时间 and 时间 <= this.时间 + hours(96)"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        # a ticket of the 3rd, of whichever level: the same as that of the 1st, which has no other within four days; and
        # it itself may have one: that of the 5th
        (f"exists(t.级别, 级别, {SOON})", "0~2"),
        (f"count(t.级别, 级别, {SOON}) == 0", "4~6"),
        (f"not exists(t.级别, 级别, {SOON}) and 编号 != '6'", "4~5"),
        (f"default(first(t.次, t.级别, 级别, {SOON}), 0) > 0", "0~2"),
        (f"sum(t.次, t.级别, 级别, {SOON}) > 0", "0~2"),
        # those that come before it aren't touched
        ("exists(t.级别, 级别, where=时间 < this.时间 and this.时间 - 时间 <= hours(24)) and 编号 != '6'", "0"),
    ],
)
def test_a_row_that_may_be_of_any_key_is_open_where_it_may_be_meant(where: str, expected: str) -> None:
    assert counted(where, [*TICKETS, LOST]) == expected


def test_of_many_rows_of_any_key_each_row_is_open() -> None:
    lost = [{**LOST, "编号": str(at)} for at in range(6, 70)]
    assert counted(f"exists(t.级别, 级别, {SOON}) and 编号 == '5'", [*TICKETS, *lost]) == "0~1"


def test_what_can_t_be_read_of_the_row_itself_leaves_it_open() -> None:
    unread = [*TICKETS[:2], {**TICKETS[2], "次": "?"}]
    assert counted("exists(s.客户, 客户, where=次 <= this.次)", unread) == "2~3"
    assert counted("count(s.客户, 客户, where=次 <= this.次) == 1", unread) == "1~2"
    # nor does a blank one hold
    assert counted("exists(s.客户, 客户, where=次 <= this.次)", [{**TICKETS[2], "次": ""}]) == "0"


def test_what_may_come_after_the_last_file_is_open() -> None:
    where = "exists(t.客户, 客户, where=时间 > this.时间 and 时间 <= this.时间 + hours(96))"
    catalogue = catalogue_of(SOURCES.replace("WHERE", where))
    july = (date(2022, 7, 1), date(2022, 8, 1))
    raws = {name: raw_export(catalogue, name, rows, covers=july) for name, rows in (("t", TICKETS), ("s", SLA))}
    tables = {name: table_of(catalogue, name, raw) for name, raw in raws.items()}
    found = only(report_of(catalogue, tables, "2022-07"))
    # the two of the 31st may have been followed in August; 甲's of the 1st was, 甲's of the 5th wasn't
    assert (found.lowest, found.highest) == (1, 3)


def test_what_it_looks_back_to_is_demanded() -> None:
    where = "exists(s.客户, 客户, where=生效 >= day(this.时间) - days(40))"
    catalogue = catalogue_of(SOURCES.replace("WHERE", where))
    july, dated = (date(2022, 7, 1), date(2022, 8, 1)), [one | {"生效": "2022-07-02"} for one in SLA]
    raws = {name: raw_export(catalogue, name, rows, covers=july) for name, rows in (("t", TICKETS), ("s", dated))}
    tables = {name: table_of(catalogue, name, raw) for name, raw in raws.items()}
    found = only(report_of(catalogue, tables, "2022-07"))
    assert found.verdict is Verdict.MISSING_DATA
    assert {month for one in found.absent if one.source == "s" for month in one.months} == {"2022-05", "2022-06"}


def test_each_month_sees_its_own_rows() -> None:
    where = "exists(s.客户, 客户, where=生效 >= period_start and 生效 < period_end)"
    catalogue = catalogue_of(SOURCES.replace("WHERE", where))
    sla = [*SLA, row(客户="丙", 级别="低") | {"生效": "2022-08-02"}]
    tickets = [*TICKETS, {**TICKETS[3], "编号": "6", "时间": "2022-08-05 10:00"}]
    report = report_of(catalogue, tables_of(catalogue, t=tickets, s=sla), "2022Q3")
    assert {str(one.period): one.value for one in report.due} == {"2022-07": 0, "2022-08": 1, "2022-09": 0}


def test_a_key_that_cannot_be_read_may_be_any() -> None:
    unread = [*TICKETS[:2], {**TICKETS[2], "级别": "?"}]
    assert counted("exists(s.级别, 级别, s.客户, 客户)", unread) == "2~3"
    assert counted("用时 > lookup(s.时限, 客户, 级别)", unread) == "1~2"


def test_a_ledger_that_nobody_handed_in_is_demanded() -> None:
    for where in (
        "exists(s.客户, 客户)",
        "lookup(s.备注, 客户, 级别) == 'a'",
        "count(s.客户, 客户) > 1",
        "contains(lookup(s.备注, 客户, 级别), 'x')",
    ):
        catalogue = catalogue_of(SOURCES.replace("WHERE", where))
        found = only(report_of(catalogue, tables_of(catalogue, t=TICKETS), "2022-07"))
        assert found.verdict is Verdict.MISSING_DATA
        assert [one.source for one in found.absent] == ["s"]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("exists(s.客户, 客户, where=级别 == '中')", "级别没有取值“中”"),
        ("exists(s.客户, 客户, where=时间 > 生效)", "它没有“时间”;说这一行的列写 this.时间"),
        ("exists(s.客户, 客户, where=this.时间 > this.开始)", "没有声明的列:this.开始"),
        ("this.时间 > 时间", "没有声明的列:this.时间"),
        ("exists(s.客户, 客户, where=exists(t.客户, 客户))", "where= 里不能再用 exists 查台账"),
        ("lookup(s.备注, 客户, 级别, where=重要) == 'a'", "lookup 不带 where"),
        ("sum(s.备注, s.客户, 客户) > 1", "备注 是文本"),
        ("sum(s.次, t.客户, 客户) > 1", "sum"),
        ("first(s.备注, s.客户, 客户) == 'a'", "备注 是文本"),
        ("first(s.次, 客户) > 1", "first"),
        ("months_after(时间, 1201) < period_end", "0~1200"),
        ("sum(次) > 1", "measure: sum"),
    ],
)
def test_what_is_not_said_of_another_ledger(where: str, said: str) -> None:
    catalogue, problems = load(PLAN + SOURCES.replace("WHERE", where), "kpi.yaml")
    assert not catalogue
    assert [said in one.message for one in problems] == [True]


def test_sums_that_pass_what_is_exact_are_unknown() -> None:
    where = "sum(s.次, s.客户, 客户) > 1"
    large = [row(客户=f"甲{at or ''}", 级别="高", 次="999999999999999") for at in range(10)]
    assert counted(where, sla=large[:2]) == "2"
    assert counted(where, sla=large) == "0~4"


# ---- earlier rows of the same kind


def seen(*rows: tuple[str, str]) -> list[dict[str, str]]:
    return [{"编号": str(at), "时间": when, "客户": who, "级别": "高"} for at, (when, who) in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("2022-07-01 10:00", "甲"), ("2022-07-31 10:00", "甲")], "1"),
        ([("2022-07-01 10:00", "甲"), ("2022-07-31 10:01", "甲")], "0"),
        ([("2022-07-01 10:00", "甲"), ("2022-07-02 10:00", "乙")], "0"),
        ([("2022-06-20 10:00", "甲"), ("2022-07-02 10:00", "甲"), ("2022-07-03 10:00", "甲")], "2"),
        ([("2022-07-02 10:00", "甲"), ("2022-07-02 10:00", "甲")], "1"),
        ([("2022-07-02 10:00", ""), ("2022-07-03 10:00", "")], "0"),
        ([("2022-07-02 10:00", "甲"), ("", "甲")], "0"),
        # a time that can't be read may be any, before or after
        ([("2022-07-02 10:00", "甲"), ("待定", "甲"), ("2022-07-03 10:00", "乙")], "0~2"),
    ],
)
def test_whether_the_same_was_there_before(rows: list[tuple[str, str]], expected: str) -> None:
    assert counted("repeated(days(30), 客户)", seen(*rows)) == expected


def test_a_value_that_cannot_be_read_may_be_that_of_any_row() -> None:
    rows = [
        *seen(("2022-07-02 10:00", "甲"), ("2022-07-05 10:00", "乙")),
        {"编号": "9", "时间": "2022-07-03 10:00", "级别": "?"},
    ]
    assert counted("repeated(days(30), 级别)", rows) == "0~3"


def test_the_time_before_is_demanded() -> None:
    catalogue = catalogue_of(SOURCES.replace("WHERE", "repeated(days(30), 客户)"))
    tables = tables_of(catalogue, t=TICKETS, s=SLA)
    report = report_of(catalogue, tables, "2021-01")
    assert only(report).verdict is Verdict.MISSING_DATA
    assert "D101" in codes(report.problems)


def test_what_is_not_found_is_said_where_nothing_says_what_then() -> None:
    for where, expected in (
        (
            "用时 > lookup(s.时限, 客户, 级别)",
            ["有 1 行在“协议”中查不到(客户、级别)"],
        ),  # 丙; no customer isn't looked for
        ("用时 > default(lookup(s.时限, 客户, 级别), minutes(0))", []),
        ("exists(s.客户, 客户)", []),
    ):
        catalogue = catalogue_of(SOURCES.replace("WHERE", where))
        tables = tables_of(catalogue, t=TICKETS, s=SLA)
        for each in (tables, over_duckdb(tables, shuffled=True)):
            found = [one for one in report_of(catalogue, each, "2022-07").problems if one.code == "V407"]
            assert [one.message.removeprefix("“工单”").partition(",")[0] for one in found] == expected
            assert [one.place.cell for one in found] == ["第5行"] * len(found)
