"""Rows that break a ledger's declared checks, and what a column declares of its texts."""

from fractions import Fraction

import pytest

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment
from itss_kpi.engine.rows.checked import checked
from itss_kpi.tables.build import build_table
from tests.kit.tables import WHOLE_YEAR, Row, catalogue_of, only, raw_export, report_of

TEXT = """
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 受理
    {extra}
    columns:
      编号: {{required: true}}
      受理: {{type: datetime, required: true{moment}}}
      解决: {{type: datetime{moment}}}
      更新: {{type: date}}
      原因: {{{words}}}
indicators:
  - {{id: one, number: 1, domain: 过程管理, name: 一, formula: 一, target: '{target}', period: year, {measured}}}
"""
FAST = "numerator: {within: denominator, where: 解决 - 受理 <= minutes(30)}, denominator: {measure: count, source: s}"
COUNT = "value: {measure: count, source: s}"
DAY = {"编号": "A1", "受理": "2022-07-05 08:00:00", "解决": "2022-07-05 08:10:00", "原因": "断电"}


def made(extra: str = "", measured: str = FAST, target: str = ">= 90%", moment: str = "", words: str = "") -> Catalogue:
    return catalogue_of(TEXT.format(extra=extra, measured=measured, target=target, moment=moment, words=words))


def assessed(catalogue: Catalogue, *rows: Row) -> tuple[Assessment, list[Problem]]:
    raw = raw_export(catalogue, "s", rows, covers=WHOLE_YEAR)
    table, found = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
    table, broken = checked(catalogue, table)
    return only(report_of(catalogue, {"s": table}, "2022")), [*found, *broken]


RULES = "checks: [{rule: 解决 >= 受理, says: 解决早于受理}, {rule: not blank(原因) or 解决 - 受理 <= hours(1), says: 超过一小时没有原因}]"


@pytest.mark.parametrize(
    ("cells", "said", "lowest"),
    [
        ({}, [], 1),
        ({"解决": ""}, [], 0),  # not resolved: nothing to check
        ({"解决": "2022-07-05 10:00:00"}, [], 0),
        ({"解决": "2022-07-05 10:00:00", "原因": ""}, ["超过一小时没有原因(not blank(原因) or 解决 - 受理 <= hours(1)):1 行,第 2 行"], 0),
    ],
)  # fmt: skip
def test_a_row_that_breaks_a_check_is_doubtful_where_its_columns_are_read(
    cells: Row, said: list[str], lowest: int
) -> None:
    item, problems = assessed(made(RULES), {**DAY, **cells})
    assert ([problem.message for problem in problems], item.lowest) == (said, lowest)
    assert (item.highest, str(item.verdict)) == (
        (1, "unverified") if said else (lowest, "attained" if lowest else "missed")
    )
    # who doesn't read them is not touched, but for the ledger's own date
    assert only(report_of(made(RULES, COUNT, "<= 1次"), {"s": report_table(cells)}, "2022")).highest == 1


def report_table(cells: Row) -> object:
    catalogue = made(RULES, COUNT, "<= 1次")
    raw = raw_export(catalogue, "s", [{**DAY, **cells}], covers=WHOLE_YEAR)
    return checked(catalogue, build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022)[0])[0]


def test_more_than_one_sheet_is_said_each_with_its_rows() -> None:
    catalogue = made("checks: [{rule: 原因 != '无', says: 没有原因}]")
    late = [{**DAY, "编号": f"A{at}", "原因": "无" if at % 2 else "断电"} for at in range(50)]
    _, problems = assessed(catalogue, *late)
    (told,) = problems
    assert (told.code, str(told.place)) == ("D220", "甲部/工单.xlsx!Sheet1!第3行")
    assert told.message.startswith("没有原因(原因 != '无'):25 行,第 3、5、7、")
    assert told.message.endswith("、41等 行")


def test_the_latest_row_of_a_key_holds() -> None:
    rows = [{**DAY, "更新": day, "解决": end} for day, end in (
        ("2022-07-06", "2022-07-05 12:00:00"), ("2022-07-08", "2022-07-05 08:20:00"), ("2022-07-07", "2022-07-05 13:00:00"),
    )]  # fmt: skip
    assert str(assessed(made(), *rows)[0].verdict) == "unverified"
    item, problems = assessed(made("latest: 更新"), *rows)
    assert (item.numerator, item.denominator, item.doubtful_rows) == (1, 1, 0)
    assert [problem.code for problem in problems] == ["D306"]
    # two of one day, and one of no day: nobody knows which is the latest
    for day in ("2022-07-08", ""):
        rows[2]["更新"] = day
        assert str(assessed(made("latest: 更新"), *rows)[0].verdict) == "unverified"


@pytest.mark.parametrize(
    ("declared", "cells", "numerator"),
    [
        (", formats: ['%d/%m/%Y %H:%M', '%d/%b/%y %H:%M']", {"受理": "31/07/2022 08:00", "解决": "31/Jul/22 08:20"}, 1),
        (", formats: ['%d/%m/%Y %H:%M']", {"受理": "31/07/2022 08:00", "解决": "31/07/2022 09:20"}, 0),
        (", zone: '+00:00'", {"受理": "2022-12-31 15:50:00", "解决": "2023-01-01T00:10:00+08:00"}, 1),
        (", zone: '+08:00'", {"受理": "2022-12-31T00:00:00Z", "解决": "2022-12-31 08:30:00"}, 1),
        (", zone: '-03:30'", {"受理": "2022-07-04 20:30:00", "解决": "2022-07-05T08:10:00+08:00"}, 1),
        (", blank_words: [/, '0000-00-00', 'NULL']", {"解决": "null"}, 0),
        (", blank_words: [/, '0000-00-00', 'NULL']", {"解决": "/"}, 0),
    ],
)
def test_a_column_s_own_formats_zone_and_words_for_blanks(declared: str, cells: Row, numerator: int) -> None:
    item, problems = assessed(made(moment=declared), {**DAY, **cells})
    assert (problems, item.numerator, item.denominator, item.doubtful_rows) == ([], numerator, 1, 0)
    assert item.value == Fraction(numerator)


def test_in_another_zone_new_year_is_another_day() -> None:
    late = {**DAY, "受理": "2022-12-31 16:30:00"}  # half past midnight in China
    counted = made(measured=COUNT, target="<= 1次", moment=", zone: '+00:00'")
    rows = [late, {**DAY, "编号": "A2"}]
    assert assessed(counted, *rows)[0].value == 1
    assert assessed(made(measured=COUNT, target="<= 1次"), *rows)[0].value == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("NULL", "blank_words"),
        ("2022-07-05T08:00:00Z", "zone"),
        ("05/Jul/22", "formats"),
        ("31/07/2022", "formats"),
        ("待补", ""),
    ],
)
def test_the_remedy_names_the_declaration_that_fits(text: str, named: str) -> None:
    _, problems = assessed(made(), {**DAY, "解决": text})
    assert [problem.code for problem in problems] == ["D201"]
    assert (named in problems[0].message) if named else "声明" not in problems[0].message
