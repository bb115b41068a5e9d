"""Supervision: what had to be checked and was, the rate of what conforms, what is open or came again."""

import random
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from kit.sample import Sample, planted
from kit.supervision import EAST, LEDGER, RULES, check
from kit.tables import LAST, YEAR, Row, catalogue_of, raw_export, table_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.period import Period, PeriodKind, parse_period
from itss_kpi.plan.supervision import GATES, Check, Coverage, Finding, Supervision, checks_of
from itss_kpi.plan.supervision_words import (
    absence_text,
    check_text,
    lacking_names,
    makers_text,
    rate_text,
    rows_text,
    share_text,
    source_text,
    standing_text,
    subject_text,
)
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.table import Table

CATALOGUE = catalogue_of(LEDGER + RULES)


def export(
    rows: Sequence[Row], department: str = "甲部", first: int = 1, last: int = 12, catalogue: Catalogue = CATALOGUE
) -> RawExport:
    """One department's file for the months from `first` to `last`; numbers are given where none is written."""
    numbered = [{"检查编号": f"{department}{at}", **row} for at, row in enumerate(rows)]
    covers = (date(2022, first, 1), date(2022 + last // 12, last % 12 + 1, 1))
    path = f"{department}/检查记录_{first}-{last}.xlsx"
    return raw_export(catalogue, "supervision", numbered, department=department, covers=covers, path=path)


def ledger(*raws: RawExport, catalogue: Catalogue = CATALOGUE) -> dict[str, Table]:
    return {"supervision": table_of(catalogue, "supervision", *raws)}


def looked(
    *rows: Row, as_of: date = LAST, period: str = "2022", others: Sequence[RawExport] = (), catalogue: Any = CATALOGUE
) -> Supervision:
    """The year's checks: `rows` from 甲部, and what the other department handed in (by default an empty file)."""
    raws = [export(rows, catalogue=catalogue), *(others or [export([], "乙部", catalogue=catalogue)])]
    wanted = parse_period(period)
    assert wanted
    found = checks_of(catalogue, ledger(*raws, catalogue=catalogue), wanted, as_of)
    assert found
    return found


def named(found: Supervision, coverage: Coverage) -> list[str]:
    return [f"{one.name} {one.period}" for one in found.required if one.coverage is coverage]


# ---- what had to be checked


def test_each_project_and_each_item_is_to_be_checked_in_each_period_that_has_ended() -> None:
    found = looked(as_of=date(2022, 3, 30))
    assert named(found, Coverage.UNCHECKED) == [
        "东 2022-01", "西 2022-01", "东 2022-02", "西 2022-02", "南 2022-01", "南 2022-02",
    ]  # fmt: skip
    # a period that ends on the day has ended
    found = looked(as_of=date(2022, 3, 31))
    assert named(found, Coverage.UNCHECKED)[4:6] == ["东 2022-03", "西 2022-03"]
    assert named(found, Coverage.UNCHECKED)[-2:] == ["备件 2022Q1", "台账 2022Q1"]
    assert (found.share(), found.count(Coverage.COVERED)) == (0, 0)


def test_before_the_first_period_has_ended_nothing_is_required() -> None:
    found = looked(as_of=date(2022, 1, 30))
    assert (found.required, found.share(), found.conditions(), found.partial) == ((), None, set(), True)


@pytest.mark.parametrize(
    ("cells", "covered"),
    [
        ({}, True),
        ({"检查日期": "2022-01-01"}, True),
        ({"检查日期": "2022-01-31"}, True),
        ({"检查日期": "2022-02-01"}, False),
        ({"检查日期": "2021-12-31"}, False),
        ({"结果": "不符合"}, True),
        ({"结果": "不适用"}, True),
        ({"结果": "还行"}, True),  # that it was checked is known
        ({"被检查部门": "乙部"}, True),
        ({"项目名称": "东\u3000"}, True),
        ({"项目名称": "东区"}, False),
        ({"项目名称": ""}, False),
        ({"检查类别": "资源"}, False),
    ],
)
def test_any_check_of_the_project_in_the_period_covers_it(cells: dict[str, str], covered: bool) -> None:
    found = looked({**EAST, **cells}, as_of=date(2022, 2, 15), period="2022-01")
    assert named(found, Coverage.COVERED) == (["东 2022-01"] if covered else [])
    assert len(found.required) == 3


def test_an_item_has_other_spellings() -> None:
    rows = [check("2022-02-01", 检查类别="资源", 项目名称="", 检查项="备品 备件"), check("2022-02-01", 检查项="台账")]
    found = looked(*rows, period="2022Q1", as_of=date(2022, 3, 31))
    assert named(found, Coverage.COVERED) == ["东 2022-02", "备件 2022Q1"]
    (one,) = [one for one in found.total.checks if one.category == "资源"]
    assert one.item == "备件"


def test_each_item_at_each_project_or_the_category_itself() -> None:
    rules = """
indicators: []
supervision:
  - {category: 服务, each: year, departments: [甲部], projects: [东, 西], items: {值班: [], 巡检: []}}
  - {category: 人员, each: half, departments: [甲部]}
"""
    catalogue = catalogue_of(LEDGER + rules)
    rows = [
        check("2022-02-01"),
        check("2022-02-01", 项目名称="西", 检查项="巡检"),
        check("2022-02-01", 检查类别="人员"),
    ]
    found = looked(*rows, catalogue=catalogue)
    assert named(found, Coverage.COVERED) == ["东 值班 2022", "西 巡检 2022", "人员 2022H1"]
    assert named(found, Coverage.UNCHECKED) == ["东 巡检 2022", "西 值班 2022", "人员 2022H2"]


def test_a_file_that_was_not_handed_in_leaves_its_department_s_projects_unknown() -> None:
    found = looked(others=[export([], "乙部", 1, 1)], as_of=date(2022, 3, 31))
    assert named(found, Coverage.MISSING_DATA) == ["南 2022-02", "南 2022-03"]
    assert [one.absent[0].months for one in found.required if one.absent] == [("2022-02",), ("2022-03",)]
    assert [(one.department, one.months) for one in found.absent] == [("乙部", ("2022-02", "2022-03"))]
    # but for what somebody else checked
    found = looked(check("2022-02-03", 项目名称="南"), others=[export([], "乙部", 1, 1)], as_of=date(2022, 3, 31))
    assert named(found, Coverage.MISSING_DATA) == ["南 2022-03"]


def test_a_quarter_lacks_data_where_one_of_its_months_does() -> None:
    raws = [export([], "甲部", 2, 12), export([], "乙部")]
    found = checks_of(CATALOGUE, ledger(*raws), Period(PeriodKind.QUARTER, 2022, 1), date(2022, 3, 31))
    assert found
    assert [name for name in named(found, Coverage.MISSING_DATA) if "Q" in name] == ["备件 2022Q1", "台账 2022Q1"]


def test_no_ledger_at_all_is_missing_data_everywhere() -> None:
    found = checks_of(CATALOGUE, {}, YEAR, LAST)
    assert found
    assert found.count(Coverage.MISSING_DATA) == len(found.required) == 12 * 3 + 4 * 2
    assert (found.total.rate, rate_text(found.total), share_text(found.share())) == (None, "! 数据缺失", "0.00%")
    assert found.conditions() == set(GATES)


@pytest.mark.parametrize(
    "cells",
    [{"检查日期": "上月"}, {"检查类别": "服务类"}, {"检查编号": " "}, {"检查日期": "2022-02-30"}],
)
def test_what_may_have_been_checked_is_doubtful(cells: dict[str, str]) -> None:
    found = looked({**EAST, **cells}, as_of=date(2022, 1, 31))
    assert named(found, Coverage.DOUBTFUL) == ["东 2022-01"]
    assert named(found, Coverage.UNCHECKED) == ["西 2022-01", "南 2022-01"]
    (one,) = found.doubtful
    assert one.record.place[2] == 2
    assert {"doubtful", "unchecked"} <= found.conditions()


def test_an_item_that_can_t_be_read_may_be_any() -> None:
    rows = [check("2022-02-01", 检查类别="资源", 项目名称="", 检查项="")]
    found = looked(*rows, as_of=date(2022, 3, 31), period="2022Q1")
    assert named(found, Coverage.DOUBTFUL) == ["备件 2022Q1", "台账 2022Q1"]


def test_two_rows_of_one_number_are_one_check() -> None:
    rows = [EAST, {**EAST, "结果": "不符合"}]
    found = looked(*rows, as_of=date(2022, 1, 31))
    assert named(found, Coverage.COVERED) == ["东 2022-01"]
    assert (len(found.total.checks), found.total.count(""), found.total.rate) == (1, 1, None)
    assert found.findings == ()
    (one,) = found.doubtful
    assert one.doubts == ("同一编号的几行,“结果”不同或读不出来",)
    assert one.record.shown_place == "甲部/检查记录_1-12.xlsx!Sheet1!2、甲部/检查记录_1-12.xlsx!Sheet1!3"
    # what they agree on holds
    found = looked(EAST, {**EAST, "说明": "另一次"}, as_of=date(2022, 1, 31))
    assert (found.total.rate, found.doubtful[0].doubts) == (1, ("同一编号的几行内容不同,不影响统计",))
    found = looked(EAST, {**EAST, "检查日期": "2022-02-11"}, as_of=date(2022, 2, 28))
    assert (named(found, Coverage.DOUBTFUL), len(found.undated)) == (["东 2022-01", "东 2022-02"], 1)
    assert "东 2022-03" in named(looked(EAST, {**EAST, "检查日期": "2022-02-11"}), Coverage.UNCHECKED)
    assert found.total.checks == ()


def test_two_rows_that_name_two_projects_may_be_of_either() -> None:
    found = looked(EAST, {**EAST, "项目名称": "西"}, as_of=date(2022, 1, 31))
    assert named(found, Coverage.DOUBTFUL) == ["东 2022-01", "西 2022-01"]
    assert [state.label for state in Coverage] == ["已查", "应查未查", "存疑", "数据缺失"]


# ---- the rate


def test_the_rate_is_of_those_that_conform_or_not() -> None:
    days = [f"2022-01-{day:02}" for day in range(1, 8)]
    results = ("符合", "合格", "符合", "不符合", "不适用", "还行", "")
    found = looked(*map(check, days, results), as_of=date(2022, 2, 1))
    assert (found.total.rate, len(found.total.checks)) == (Fraction(3, 4), 7)
    assert [found.total.count(word) for word in ("符合", "不符合", "不适用", "")] == [3, 1, 1, 2]
    assert rows_text(found.total.checks) == "甲部/检查记录_1-12.xlsx!Sheet1!2-8"
    assert [tally.category for tally in found.tallies] == ["服务", "资源", ""]
    assert found.tallies[1].rate is None


def test_only_the_period_s_checks_up_to_the_day_count() -> None:
    rows = [check("2022-03-31", "不符合"), check("2022-04-01"), check("2022-06-30", "不符合"), check("2022-07-01")]
    found = looked(*rows, period="2022Q2", as_of=date(2022, 7, 31))
    assert found.total.rate == Fraction(1, 2)
    assert looked(*rows, as_of=date(2022, 4, 1)).total.rate == Fraction(1, 2)
    assert looked(*rows, as_of=date(2022, 3, 30)).total.rate is None


def test_a_rate_of_which_records_are_missing_says_so() -> None:
    found = looked(EAST, others=[export([], "乙部", 1, 1)], as_of=date(2022, 2, 28))
    assert [rate_text(tally) for tally in found.tallies] == ["! 100.00%", "—", "! 100.00%"]
    # those who don't check a category don't lack in it
    assert [len(tally.absent) for tally in found.tallies] == [1, 0, 1]
    assert [rate_text(tally) for tally in looked(EAST, as_of=date(2022, 1, 31)).tallies] == ["100.00%", "—", "100.00%"]


def test_a_category_without_a_rule_is_counted_too() -> None:
    found = looked(check("2022-01-02", "不符合", 检查类别="人员"), others=[export([], "乙部", 1, 1)])
    assert [(tally.category, tally.rate, len(tally.absent)) for tally in found.tallies][2] == ("人员", 0, 1)


def test_a_catalogue_whose_words_are_others_knows_no_result() -> None:
    catalogue = catalogue_of(LEDGER.replace("{符合: [合格], 不符合: [], 不适用: []}", "{好: [], 不符合: []}") + RULES)
    found = looked(check("2022-01-02", "好"), as_of=date(2022, 1, 31), catalogue=catalogue)
    assert (found.total.count(""), found.total.rate) == (1, None)
    assert found.doubtful[0].doubts == ("结果“好”不是符合、不符合或不适用",)


# ---- what was found


def since(found: Supervision) -> list[date | None]:
    return [one.since for one in found.findings]


def test_a_finding_is_closed_by_a_later_check_that_conforms() -> None:
    rows = [check("2022-01-05", "不符合"), check("2022-02-05", "不适用"), check("2022-03-05")]
    assert since(looked(*rows, as_of=date(2022, 1, 4))) == []
    assert since(looked(*rows, as_of=date(2022, 1, 5))) == [date(2022, 1, 5)]
    assert since(looked(*rows, as_of=date(2022, 3, 4))) == [date(2022, 1, 5)]
    assert since(looked(*rows, as_of=date(2022, 3, 5))) == []


@pytest.mark.parametrize(
    "cells", [{"检查类别": "资源"}, {"被检查部门": "乙部"}, {"项目名称": "西"}, {"检查项": "巡检"}, {"项目名称": ""}]
)
def test_only_a_check_of_the_same_closes_it(cells: dict[str, str]) -> None:
    found = looked(check("2022-01-05", "不符合"), check("2022-03-05", **cells))
    assert since(found) == [date(2022, 1, 5)]


def test_what_was_found_before_comes_again_whether_or_not_it_was_closed() -> None:
    rows = [
        check("2022-01-05", "不符合"),
        check("2022-02-05", "不符合"),
        check("2022-03-05"),
        check("2022-04-05", "不符合"),
    ]
    (one,) = looked(*rows).findings
    assert (one.since, [str(failure.day) for failure in one.repeated]) == (
        date(2022, 4, 5), ["2022-02-05", "2022-04-05"],
    )  # fmt: skip
    # of a quarter: what came again in it, and what is open on the day
    found = looked(*rows, period="2022Q1", as_of=date(2022, 3, 31))
    assert ([len(one.repeated) for one in found.findings], since(found), found.repeated()) == ([1], [None], 1)
    found = looked(*rows[:2], period="2022Q2", as_of=date(2022, 6, 30))
    assert (found.repeated(), since(found)) == (0, [date(2022, 1, 5)])


def test_what_is_not_open_and_did_not_come_again_is_no_longer_listed() -> None:
    found = looked(check("2022-01-05", "不符合"), check("2022-02-05"))
    assert (found.findings, found.departments) == ((), ("甲部",))


def test_spellings_are_one_subject() -> None:
    rows = [
        check("2022-01-05", "不符合", 检查类别="资源", 项目名称="", 检查项="备品备件"),
        check("2022-04-05", "不符合", 检查类别="资源", 项目名称="", 检查项="备件"),
    ]
    (one,) = looked(*rows).findings
    assert (one.item, len(one.repeated)) == ("备件", 1)


def test_of_two_checks_on_a_day_nobody_knows_which_was_the_later() -> None:
    for order in (1, -1):
        rows = [check("2022-01-05", "不符合"), check("2022-01-05")][::order]
        (one,) = looked(*rows).findings
        assert (one.since, one.remarks) == (date(2022, 1, 5), ("2022-01-05 同一天另有符合的检查,先后不明",))


@pytest.mark.parametrize("cells", [{"结果": "改了"}, {"检查日期": "月底"}])
def test_a_doubtful_check_closes_nothing_but_is_named(cells: dict[str, str]) -> None:
    (one,) = looked(check("2022-01-05", "不符合"), {**check("2022-03-05"), "检查编号": "X", **cells}).findings
    assert (one.since, one.remarks) == (date(2022, 1, 5), ("X 的日期或结果不明,可能已经关闭",))


def test_a_finding_that_belongs_to_nobody_stays_open() -> None:
    rows = [check("2022-01-05", "不符合", 被检查部门="丁部"), check("2022-02-05", 被检查部门="丁部")]
    found = looked(*rows)
    (one,) = found.findings
    assert (one.department, one.since) == (None, date(2022, 1, 5))
    assert one.remarks == ("“被检查部门”读不出来,不能与其他检查对应",)
    assert subject_text(one) == "(读不出来)  服务  东  值班"
    assert found.departments == ()


def test_departments_stand_in_the_catalogue_s_order() -> None:
    rows = [check("2022-01-05", "不符合", 被检查部门=name) for name in ("甲部", "乙部")]
    found = looked(*rows)
    assert found.departments == ("乙部", "甲部")
    assert [one.department for one in found.findings] == ["乙部", "甲部"]
    assert [len(found.open(name)) for name in found.departments] == [1, 1]


def test_departments_that_the_catalogue_does_not_name() -> None:
    text = LEDGER.replace(
        "被检查部门: {type: choice, values: {乙部: [], 甲部: []}, required: true}", "被检查部门: {type: text}"
    )
    rows = [check("2022-01-05", "不符合", 被检查部门=name) for name in ("外包", "甲部", "")]
    found = looked(*rows, catalogue=catalogue_of(text + RULES))
    assert found.departments == ("甲部", "外包", "")
    assert [one.department for one in found.findings] == ["甲部", "", "外包"]


def test_the_order_of_rows_and_files_changes_nothing() -> None:
    rows = [
        {**check(f"2022-{month:02}-{day:02}", result, 项目名称=project), "检查编号": f"{month}{day}{project}"}
        for month, day, result, project in (
            (1, 5, "不符合", "东"), (1, 5, "符合", "西"), (2, 5, "不符合", "东"), (2, 6, "符合", "东"), (3, 1, "不符合", "西"),
            (3, 1, "符合", "西区"), (4, 1, "不明", "东"),
        )
    ]  # fmt: skip
    seen = []
    for seed in range(4):
        shuffled = random.Random(seed).sample(rows, len(rows))
        found = looked(*shuffled[:4], others=[export(shuffled[4:], "乙部")])
        seen.append((
            found.summary, [(one.name, one.period, one.coverage) for one in found.required],
            [(subject_text(one), standing_text(one), one.remarks) for one in found.findings],
        ))  # fmt: skip
    assert seen.count(seen[0]) == 4


# ---- gates


@pytest.mark.parametrize(
    ("rows", "gates"),
    [
        ([], {"unchecked"}),
        ([check("2022-01-05", "不符合")], {"unchecked", "open"}),
        (
            [check("2022-01-05", "不符合"), check("2022-01-06", "不符合"), check("2022-01-07")],
            {"unchecked", "repeated"},
        ),
        ([check("2022-01-05", "还行")], {"unchecked", "doubtful"}),
        ([check("2022-01-05", 项目名称=name) for name in ("东", "西", "南")], set()),
    ],
)
def test_the_gates(rows: list[Row], gates: set[str]) -> None:
    assert looked(*rows, as_of=date(2022, 1, 31)).conditions() == gates


def test_what_is_known_of_a_quarter_doesn_t_fail_for_another() -> None:
    rows = [check(f"2022-{month:02}-05", 项目名称=name) for month in (4, 5, 6) for name in ("东", "西", "南")]
    rows += [check("2022-05-05", 检查类别="资源", 检查项=name) for name in ("备件", "台账")]
    found = looked(*rows, period="2022Q2", as_of=date(2022, 6, 30), others=[export([], "乙部", 2, 12)])
    assert [one.months for one in found.absent] == [("2022-01",)]
    # everything was checked; but what was found in January nobody knows
    assert found.conditions() == set(GATES) - {"unchecked"}


def test_a_catalogue_that_declares_no_ledger_or_no_rule() -> None:
    assert checks_of(catalogue_of(LEDGER + "indicators: []\n"), {}, YEAR, LAST) is None
    assert checks_of(catalogue_of("sources: {}\nindicators: []\n"), {}, YEAR, LAST) is None


# ---- in words and for other programs


def test_the_words() -> None:
    found = looked(check("2022-01-05", "不符合", 说明="限期"), check("2022-01-06", "不符合"), as_of=date(2022, 2, 28))
    assert found.title("公司", "监督检查") == "公司 2022 监督检查(截至 2022-02-28,尚未结束)"
    assert looked().title("", "监督检查") == "2022 监督检查(截至 2022-12-31)"
    (one,) = found.findings
    assert subject_text(one) == "甲部  服务  东  值班"
    assert standing_text(one) == "✗ 未关闭(自 2022-01-05)  重复 1 次"
    assert check_text(one.failures[0]) == "甲部0 2022-01-05 不符合 限期"
    closed = looked(*(check(f"2022-01-0{day}", result) for day, result in ((5, "不符合"), (6, "不符合"), (7, "符合"))))
    assert standing_text(closed.findings[0]) == "✓ 已关闭  重复 1 次"
    first, second, third = found.rules
    assert (source_text(first), source_text(second), makers_text(third)) == ("计划3.3", "", "甲部")
    names = lacking_names(one for one in found.required if one.coverage is Coverage.UNCHECKED)
    assert [(str(one.period), text) for one, text in names] == [
        ("2022-01", "西"), ("2022-02", "东、西"), ("2022-01", "南"), ("2022-02", "南"),
    ]  # fmt: skip
    assert absence_text("检查记录", found.absent) == ""
    lacking = looked(others=[export([], "乙部", 1, 1)], as_of=date(2022, 2, 28)).absent
    assert absence_text("检查记录", lacking) == (
        "“检查记录”没有交齐(乙部 2022-02):下面只有已交的记录,不能说此外没有问题"
    )
    (odd,) = looked({**EAST, "检查编号": " ", "检查日期": "上月", "结果": "还行"}).doubtful
    assert check_text(odd) == "(无编号) (读不出来) 结果不明"
    assert set(odd.doubts) == {"没有编号", "“检查日期”读不出来", "“结果”读不出来"}


def test_as_json() -> None:
    rows = [
        {**check("2022-01-05", "不符合", 说明="限期"), "检查编号": "J1"},
        {**EAST, "检查日期": "上月", "检查编号": "J2"},
    ]
    found = looked(*rows, as_of=date(2022, 1, 31), others=[export([], "乙部", 2, 12)]).to_json({"document": "D"}, ())
    assert (found["schema"], found["period"], found["as_of"], found["partial"]) == (
        "itss-kpi/supervision/1", "2022", "2022-01-31", True,
    )  # fmt: skip
    assert found["ledger"] == {
        "source": "supervision", "complete": False, "missing": [{"department": "乙部", "months": ["2022-01"]}],
    }  # fmt: skip
    assert found["summary"] == {
        "expected": 3, "covered": 1, "unchecked": 1, "doubtful": 0, "missing_data": 1, "coverage": "1/3", "checked": 1,
        "conform": 0, "not_conform": 1, "not_applicable": 0, "unknown": 0, "rate": "0", "complete": False, "undated": 1,
        "open": 1, "repeated": 0,
    }  # fmt: skip
    assert [(one["category"], one["each"], one["expected"], one["coverage"]) for one in found["requirements"]] == [
        ("服务", "month", 2, "1/2"), ("服务", "month", 1, "0"), ("资源", "quarter", 0, None),
    ]  # fmt: skip
    place = {"path": "甲部/检查记录_1-12.xlsx", "sheet": "Sheet1", "row": 2}
    assert [(one["project"], one["period"], one["coverage"], one["rows"]) for one in found["required"]] == [
        ("东", "2022-01", "covered", [place]), ("西", "2022-01", "unchecked", []), ("南", "2022-01", "missing_data", []),
    ]  # fmt: skip
    assert found["required"][2]["missing"] == [{"department": "乙部", "months": ["2022-01"]}]
    assert found["departments"] == [{"department": "甲部", "open": 1, "repeated": 0}]
    (one,) = found["findings"]
    assert (one["open_since"], one["repeated"], one["project"]) == ("2022-01-05", 0, "东")
    first, second = found["checks"]
    assert first == one["failures"][0]
    assert first == {
        "id": "J1", "category": "服务", "department": "甲部", "project": "东", "item": "值班", "day": "2022-01-05",
        "result": "不符合", "remark": "限期", "doubts": [], **place,
    }  # fmt: skip
    assert (second["id"], second["day"], second["doubts"]) == ("J2", None, ["“检查日期”读不出来"])


# ---- the sample


@pytest.mark.parametrize("day", [date(2022, 9, 30), date(2022, 12, 31)])
def test_the_sample_s_checks_are_those_planted(sample: Sample, day: date) -> None:
    found = checks_of(sample.catalogue, sample.ledgers, YEAR, day)
    assert found
    assert as_planted(found) == planted("supervision", day)


def as_planted(found: Supervision) -> dict[tuple[str, str], str]:
    answers: dict[tuple[str, str], Any] = {("", "undated"): len(found.undated)}
    for tally in found.tallies:
        name = tally.category
        wanted = [one for one in found.required if name in ("", one.rule.category)]
        answers |= {
            (name, "checked"): len(tally.checks), (name, "conform"): tally.count("符合"),
            (name, "not_conform"): tally.count("不符合"), (name, "not_applicable"): tally.count("不适用"),
            (name, "unknown"): tally.count(""), (name, "rate"): tally.rate, (name, "expected"): len(wanted),
            **{
                (name, state.value): sum(one.coverage is state for one in wanted)
                for state in Coverage if state is not Coverage.DOUBTFUL
            },
        }  # fmt: skip
    answers |= {
        (f"{one.rule.category}|{one.name}|{one.period}", "coverage"): one.coverage.value
        for one in found.required if one.coverage is not Coverage.COVERED
    }  # fmt: skip
    for department in ("", *found.departments):
        answers[department, "open"] = len(found.open(department or None))
        answers[department, "repeated"] = found.repeated(department or None)
    for one in found.findings:
        answers |= {(subject(one), "open_since"): one.since} if one.since else {}
        answers |= {(subject(one), "repeated"): len(one.repeated)} if one.repeated else {}
    return {pair: str(value) for pair, value in answers.items()}


def subject(one: Finding | Check) -> str:
    return "|".join((one.category or "", one.department or "", one.project or "", one.item or ""))


def test_the_places_of_the_sample_s_checks_are_those_of_the_rows(sample: Sample) -> None:
    found = checks_of(sample.catalogue, sample.ledgers, YEAR, LAST)
    assert found
    places = {one.record.place for one in found.total.checks}
    assert len(places) == 245
    counted = {(path, line) for path, _, line in places}
    (checked,) = [one for one in found.required if (one.project, str(one.period)) == ("光传输网运维", "2022-08")][:1]
    assert checked.coverage is Coverage.COVERED
    assert {place.record.place[::2] for place in checked.checks} <= counted
