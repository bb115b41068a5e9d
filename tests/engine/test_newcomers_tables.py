"""What newcomers' tables asked for: ledgers that begin within the year, lines without a number, nothing in a group."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import pytest
from kit.tables import PLAN, catalogue_of, raw_export, report_of, table_of, tables_of

from itss_kpi.catalogue.load import load
from itss_kpi.core.jsonable import as_json
from itss_kpi.core.results import Assessment, assessment_of

OCTOBER, NOVEMBER = (date(2022, 10, 1), date(2022, 11, 1)), (date(2022, 11, 1), date(2022, 12, 1))
DATED = "date: 日"
COUNT = "target: '<= 9', period: month, value: {measure: count, source: s, window: until_end}"


def assessed(
    body: str, more: str, files: Mapping[str, tuple[tuple[date, date], list[str]]], period: str = "2022-11"
) -> dict[str | None, Assessment]:
    """By group; each file holds rows `day,name,amount`."""
    catalogue = catalogue_of(f"""
calendar: {{years: [2022], hours: ['09:00-18:00']}}
sources:
  s:
    {{name: 记录, departments: [甲部, 乙部], files: 记录*, {more},
     columns: {{日: {{type: date, required: true}}, 名: {{}}, 数: {{type: integer}}}}}}
indicators:
  - {{id: x, number: 1, domain: 域, name: 名, formula: 式, {body}}}
""")
    raws = [
        raw_export(
            catalogue,
            "s",
            [dict(zip(("日", "名", "数"), row.split(","), strict=True)) for row in rows],
            department=path.partition("/")[0],
            covers=days,
            path=path,
        )
        for path, (days, rows) in files.items()
    ]
    report = report_of(catalogue, {"s": table_of(catalogue, "s", *raws)}, period)
    return {item.group: item for item in report.assessments}


BOTH = {
    f"{department}/{month.month}.xlsx": ((month, following), [f"2022-{month.month}-05,{department},1"])
    for department in ("甲部", "乙部")
    for month, following in (OCTOBER, NOVEMBER)
}


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ("", ("missing_data", None)),
        (", begins: 2022-10-01", ("attained", 4)),
        (", begins: 2022-09-30", ("missing_data", None)),  # a day of September is asked for
        (", begins: 2022-12-01", ("missing_data", None)),  # of a time before it nothing is known
    ],
)
def test_what_begins_within_the_year_is_not_asked_for_before(begins: str, expected: tuple[str, int | None]) -> None:
    found = assessed(COUNT, f"{DATED}, key: [提交部门, 日]{begins}", BOTH)[None]
    assert (str(found.verdict), found.value) == expected


TWICE = {
    "甲部/a.xlsx": (NOVEMBER, ["2022-11-05,A,1", "2022-11-05,A,1", "2022-11-06,B,1"]),
    "甲部/b.xlsx": (NOVEMBER, ["2022-11-05,A,1", "2022-11-05,A,1", "2022-11-05,A,1"]),
    "乙部/c.xlsx": (NOVEMBER, ["2022-11-05,A,1"]),
}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("key: [日], key_scope: row", 2),  # A and B, whoever handed them in
        ("key: [提交部门, 日], key_scope: row", 3),
        ("key: [提交部门, 日], key_scope: line", 5),  # of b's three lines two stand in a, too
    ],
)
def test_equal_lines_are_one_record_or_as_many_as_lines(key: str, expected: int) -> None:
    body = "target: '<= 9', period: month, value: {measure: count, source: s}"
    assert assessed(body, f"{DATED}, {key}", TWICE)[None].highest == expected


def test_a_snapshot_s_numbers_may_be_each_department_s_own() -> None:
    files = {"甲部/a.xlsx": (NOVEMBER, ["2022-11-05,R1,3"]), "乙部/b.xlsx": (NOVEMBER, ["2022-11-05,R1,6"])}
    body = "target: '<= 5', period: month, for_each: 提交部门, value: {measure: max, source: s, of: 数}"
    found = assessed(body, "snapshot: true, key: [名], key_scope: department", files)
    assert {group: item.value for group, item in found.items()} == {"甲部": 3, "乙部": 6}


def test_a_group_in_which_nothing_was_has_what_the_formula_says_of_nothing() -> None:
    files = {"甲部/a.xlsx": (NOVEMBER, ["2022-11-05,R1,3"]), "乙部/b.xlsx": (NOVEMBER, [])}
    body = (
        "target: '<= 5', period: month, for_each: 提交部门, value: 'default(most, 0)', "
        "measures: {most: {measure: max, source: s, of: 数}}"
    )
    found = assessed(body, f"{DATED}, key: [名]", files)
    assert {group: item.value for group, item in found.items()} == {"甲部": 3, "乙部": 0}


def test_a_formula_knows_the_calendar() -> None:
    body = (
        "target: '>= 90%', period: month, value: 'n / workdays(period_start - days(1), period_end - days(1))', "
        "measures: {n: {measure: count, source: s}}"
    )
    files = {"甲部/a.xlsx": (NOVEMBER, ["2022-11-05,R1,3"]), "乙部/b.xlsx": (NOVEMBER, ["2022-11-07,R2,3"])}
    assert assessed(body, f"{DATED}, key: [名]", files)[None].value == Fraction(2, 22)  # November 2022 has 22 weekdays


BANDS = "bands: [{when: denominator == 0, score: 10}, {when: value >= 0.9, score: 5}, {score: 1/3}]"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [([], 10), (["2022-11-05,R1,1"], 5), (["2022-11-05,R1,0"], Fraction(1, 3))],
)
def test_where_there_is_no_value_a_band_may_say_what_that_is_worth(rows: list[str], expected: Fraction) -> None:
    body = (
        f"target: '>= 90%', period: month, zero: attained, {BANDS}, "
        "numerator: {within: denominator, where: 数 > 0}, denominator: {measure: count, source: s}"
    )
    files = {"甲部/a.xlsx": (NOVEMBER, rows), "乙部/b.xlsx": (NOVEMBER, [])}
    found = assessed(body, f"{DATED}, key: [名]", files)[None]
    assert found.score == (expected, expected)


def test_the_score_is_read_back_exactly() -> None:
    body = f"target: '>= 90%', period: month, {BANDS}, numerator: {{within: denominator, where: 数 > 0}}, "
    body += "denominator: {measure: count, source: s}"
    files = {"甲部/a.xlsx": (NOVEMBER, ["2022-11-05,R1,0"]), "乙部/b.xlsx": (NOVEMBER, [])}
    found = assessed(body, f"{DATED}, key: [名]", files)[None]
    written = as_json(found)
    assert (written["score"], assessment_of(written).score) == (["1/3", "1/3"], (Fraction(1, 3), Fraction(1, 3)))


GROWTH = "unit: 次, period: month, value: now - last, measures: {now: {measure: count, source: s}, last: {measure: count, source: s, window: previous}}"


@pytest.mark.parametrize(
    ("begins", "period", "expected"),
    [
        (", begins: 2022-10-01", "2022-10", ("not_applicable", None)),
        (", begins: 2022-10-01", "2022-11", ("monitored", 0)),
        ("", "2022-10", ("missing_data", None)),
        (", begins: 2022-09-30", "2022-10", ("missing_data", None)),  # of September a day is asked for
    ],
)
def test_before_the_first_month_there_was_nothing_to_grow_from(
    begins: str, period: str, expected: tuple[str, int | None]
) -> None:
    found = assessed(GROWTH, f"{DATED}, key: [提交部门, 日]{begins}", BOTH, period)[None]
    assert (str(found.verdict), found.value) == expected


LEDGERS = """
sources:
  t: {name: 单, departments: [甲部], files: 单*, key: [号], date: 日,
      columns: {号: {required: true}, 日: {type: date}, 起: {type: date}, 止: {type: date}, 月: {type: period}, 额: {type: decimal}}}
  r: {name: 汇率, departments: [甲部], files: 汇率*, key: [月份], date: 月份,
      columns: {月份: {type: period}, 起: {type: datetime}, 止: {type: datetime}, 率: {type: decimal}}}
indicators:
  - {id: x, number: 1, domain: 域, name: 名, formula: 式, period: month, value: {measure: MEASURE, source: t, WHAT: "EXPRESSION"}}
"""


@pytest.mark.parametrize(
    ("measure", "what", "expression", "reason"),
    [
        ("sum", "of", "额 * sum(r.率, r.月份, 日)", "月份 是考核期,日 是日期,两者从不相等"),
        ("count", "where", "exists(r.月份, 月, where=月份 == this.日)", "月份 是考核期,this.日 是日期"),
        ("count", "where", "exists(r.率, 额, where=this.月 == 起)", "this.月 是考核期,起 是日期"),
        ("sum", "of", "sum(worktime(r.起, r.止), r.率, 额)", "worktime 须先在目录中声明 calendar"),
        ("count", "where", "months_after(日 + days(1), 2) < period_end", "时间写一列"),
    ],
)
def test_what_never_holds_or_can_t_be_worked_out_is_refused(
    measure: str, what: str, expression: str, reason: str
) -> None:
    text = LEDGERS.replace("MEASURE", measure).replace("WHAT", what).replace("EXPRESSION", expression)
    _, problems = load(PLAN + text, "kpi.yaml")
    assert [reason in problem.message for problem in problems] == [True]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # ten days of each, of amounts that no int64 holds in microseconds: half of 12 million, all of 7
        ("额 * (止 - 起) / days(20)", Fraction(6_000_000 + 3_500_000)),
        ("(止 - 起) * 额 / (止 - 起)", Fraction(19_000_000)),
        ("额 * ((止 - 起) / days(1))", Fraction(190_000_000)),
        ("额 * sum(r.率, r.月份, 月)", Fraction(19_000_000 * 7)),
    ],
)
def test_amounts_times_days_are_exact(expression: str, value: Fraction) -> None:
    catalogue = catalogue_of(LEDGERS.replace("MEASURE", "sum").replace("WHAT", "of").replace("EXPRESSION", expression))
    day = {"日": "2022-07-05", "起": "2022-07-01", "止": "2022-07-11", "月": "2022-07"}
    rows = [{"号": "1", "额": "12000000.00"} | day, {"号": "2", "额": "7000000.00"} | day]
    tables = tables_of(catalogue, t=rows, r=[{"月份": "2022-07", "率": "7"}])
    (found,) = report_of(catalogue, tables, "2022-07").due
    assert (found.value, found.lowest, found.highest) == (value, value, value)
