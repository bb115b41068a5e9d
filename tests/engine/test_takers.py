"""Groups that are alike in another column, as persons are in their team: worked out by hand."""

from datetime import date
from fractions import Fraction

import pytest
from kit.tables import catalogue_of, codes, raw_export, report_of, table_of, tables_of

from itss_kpi.core.results import Assessment, Verdict

SOURCES = """
sources:
  t: {name: 工单, departments: [甲部], files: 工单*, key: [单号], date: 完成,
      columns: {单号: {}, 完成: {type: date}, 工程师: {}, 组: {}, 分: {type: integer}}}
  r: {name: 花名册, departments: [甲部], files: 花名册*, key: [姓名], snapshot: true,
      columns: {姓名: {}, 组: {}}}
indicators:
  - {id: x, number: 1, domain: 绩效, name: 积分, formula: f, period: month, for_each: 工程师, AMONG
     value: {measure: sum, source: t, of: 分}}
"""
ROSTER = "among: {source: r, column: 姓名},"
PERSONS = {"张": "一组", "李": "一组", "王": "二组", "赵": "二组", "钱": "二组"}
POINTS = {"张": "8", "李": "4", "王": "3", "赵": "3", "钱": "9"}
IN_TEAM = f"""
  - {{id: y, number: 2, domain: 绩效, name: 组内名次, formula: f, period: month, target: '<= 1名', for_each: 工程师, {ROSTER}
     value: {{measure: rank, indicator: [x], over: 组}}}}
  - {{id: z, number: 3, domain: 绩效, name: 与组内人均之比, formula: f, period: month, for_each: 工程师, {ROSTER} value: own / all,
     measures: {{own: {{indicator: [x]}}, all: {{measure: mean, indicator: [x], over: 组}}}}}}
  - {{id: w, number: 4, domain: 绩效, name: 极差比, formula: f, period: month, for_each: 组, value: (most - least) / mean,
     measures: {{most: {{measure: max, indicator: [x], over: 组}}, least: {{measure: min, indicator: [x], over: 组}},
                mean: {{measure: mean, indicator: [x], over: 组}}}}}}
"""
Rows = list[dict[str, str]]


def tickets(points: dict[str, str]) -> Rows:
    return [
        {"单号": str(at), "完成": "2022-07-05", "工程师": name, "组": PERSONS.get(name, ""), "分": points[name]}
        for at, name in enumerate(points, 1)
    ]


def roster(persons: dict[str, str]) -> Rows:
    return [{"姓名": name, "组": team} for name, team in persons.items()]


def assessed(
    rows: Rows, persons: Rows, body: str = IN_TEAM, among: str = ROSTER
) -> tuple[dict[str, Assessment], list[str]]:
    """July by indicator and group, such as `y张`; and the problems' codes."""
    catalogue = catalogue_of(SOURCES.replace("AMONG", among) + body)
    report = report_of(catalogue, tables_of(catalogue, t=rows, r=persons), "2022-07")
    return {f"{one.indicator}{one.group}": one for one in report.due if one.indicator != "x"}, codes(report.problems)


def values(found: dict[str, Assessment]) -> dict[str, Fraction | None]:
    return {name: one.value for name, one in found.items()}


def test_a_rank_and_a_mean_are_of_the_team_and_a_team_has_its_own() -> None:
    found, problems = assessed(tickets(POINTS), roster(PERSONS))
    assert values(found) == {
        "y张": 1, "y李": 2, "y王": 2, "y赵": 2, "y钱": 1,
        "z张": Fraction(8, 6), "z李": Fraction(4, 6), "z王": Fraction(3, 5), "z赵": Fraction(3, 5), "z钱": Fraction(9, 5),
        "w一组": Fraction(4, 6), "w二组": Fraction(6, 5),
    }  # fmt: skip
    assert problems == []


def test_the_ledger_itself_may_say_the_team() -> None:
    body = IN_TEAM.replace(ROSTER, "")
    assert values(assessed(tickets(POINTS), [], body, "")[0])["w二组"] == Fraction(6, 5)


def test_points_that_cannot_be_read_are_doubtful_in_their_team_alone() -> None:
    found, _ = assessed(tickets(POINTS | {"王": "x"}), roster(PERSONS))
    assert {name for name, one in found.items() if one.doubtful_rows} == {
        "y王", "y赵", "y钱", "z王", "z赵", "z钱", "w二组",
    }  # fmt: skip
    assert (found["y赵"].lowest, found["y赵"].highest) == (2, 3)


@pytest.mark.parametrize(
    "more",
    [
        [{"姓名": "王", "组": "一组"}],
        [{"姓名": "王", "组": ""}],
    ],
)
def test_who_is_of_two_teams_or_of_none_leaves_all_open(more: Rows) -> None:
    persons = roster({name: team for name, team in PERSONS.items() if name != "王" or more[0]["组"]})
    found, problems = assessed(tickets(POINTS), [*persons, *more])
    assert {one.verdict for name, one in found.items() if name[0] == "y"} == {Verdict.UNVERIFIED}
    assert all(one.lowest is None and one.highest is None for one in found.values())
    assert "V408" in problems


def test_who_may_be_on_the_list_may_be_the_best_of_them() -> None:
    number = """
  - {id: v, number: 5, domain: 绩效, name: 有分的人数, formula: f, period: month, target: '<= 5人',
     value: {measure: count, indicator: [x], where: value > 1}}
"""
    doubtful = [*roster(PERSONS), {"姓名": "孙A1、周A2", "组": "一组"}]
    found, _ = assessed(tickets(POINTS), doubtful, IN_TEAM + number)
    assert {one.verdict for name, one in found.items() if name[0] in "yv"} == {Verdict.UNVERIFIED}
    assert (found["y张"].lowest, found["y张"].highest) == (None, None)
    firm, _ = assessed(tickets(POINTS), roster(PERSONS), IN_TEAM + number)
    assert (firm["vNone"].verdict, firm["y张"].verdict) == (Verdict.ATTAINED, Verdict.ATTAINED)


COMBINED = """
sources:
  t: {name: 抽查, departments: [甲部, 乙部], files: 抽查*, key: [编号], date: 日, combined: {部门类别: [提交部门, 类别]},
      columns: {编号: {}, 日: {type: date}, 类别: {}, 数: {type: integer}, 错: {type: integer}}}
indicators:
  - {id: x, number: 1, domain: 配置, name: 各类准确率, formula: f, period: month, for_each: 部门类别, target: '>= 90%',
     value: 1 - wrong / all, measures: {wrong: {measure: sum, source: t, of: 错}, all: {measure: sum, source: t, of: 数}}}
  - {id: y, number: 2, domain: 配置, name: 各部门准确率, formula: f, period: month, for_each: 提交部门, target: '>= 90%',
     value: {measure: mean, indicator: [x], over: 提交部门}}
"""


def checked(*rows: str) -> dict[str, Assessment]:
    """July by indicator and group; a row is `department,number,category,checked,wrong`."""
    catalogue = catalogue_of(COMBINED)
    names = ("编号", "类别", "数", "错")
    files = []
    for department in ("甲部", "乙部"):
        mine = [row.split(",")[1:] for row in rows if row.startswith(department)]
        found = [dict(zip(names, row, strict=True)) | {"日": "2022-07-05"} for row in mine]
        files.append(raw_export(catalogue, "t", found, department=department))
    report = report_of(catalogue, {"t": table_of(catalogue, "t", *files)}, "2022-07")
    return {f"{one.indicator}{one.group}": one for one in report.due}


CHECKED = ("甲部,1,服务器,10,1", "甲部,2,网络,20,0", "甲部,3,服务器,10,2", "乙部,4,网络,5,1", "乙部,5,,4,0")


def test_who_has_no_team_is_on_the_list_and_no_team_himself() -> None:
    catalogue = catalogue_of(SOURCES.replace("AMONG", ROSTER) + IN_TEAM)
    persons = [*roster({**PERSONS, "张": ""}), {"姓名": "孙", "组": "二组"}]
    report = report_of(catalogue, tables_of(catalogue, t=tickets(POINTS), r=persons), "2022-07")
    points = {one.group: (one.value, one.lowest, one.highest) for one in report.due if one.indicator == "x"}
    assert points == {name: (int(each), int(each), int(each)) for name, each in {**POINTS, "孙": 0}.items()}
    assert {one.group for one in report.due if one.indicator == "w"} == {"一组", "二组"}
    assert {one.verdict for one in report.due if one.indicator == "y"} == {Verdict.UNVERIFIED}


def test_two_columns_group_together_and_one_of_them_again() -> None:
    assert values(checked(*CHECKED)) == {
        "x甲部 / 服务器": Fraction(17, 20), "x甲部 / 网络": 1, "x乙部 / 网络": Fraction(4, 5), "x乙部 / 未填": 1,
        "y甲部": Fraction(37, 40), "y乙部": Fraction(9, 10),
    }  # fmt: skip


def test_what_cannot_be_read_of_one_part_is_doubtful_in_its_groups() -> None:
    found = checked(*CHECKED, "甲部,6,网络,x,0")
    assert {name for name, one in found.items() if one.doubtful_rows} == {"x甲部 / 网络", "y甲部"}


def test_a_roster_that_nobody_handed_in_says_no_team() -> None:
    catalogue = catalogue_of(SOURCES.replace("AMONG", ROSTER) + IN_TEAM)
    report = report_of(catalogue, tables_of(catalogue, t=tickets(POINTS)), "2022-07")
    assert {one.verdict for one in report.due if one.indicator != "x"} <= {Verdict.MISSING_DATA}
    assert "V408" not in codes(report.problems)


def test_the_team_is_that_of_the_list_of_the_time() -> None:
    """王 was in 一组 in the first half, and somebody who has left since."""
    catalogue = catalogue_of(SOURCES.replace("AMONG", ROSTER) + IN_TEAM)
    earlier = roster(PERSONS | {"王": "一组", "孙": "二组"})
    files = [
        raw_export(catalogue, "r", rows, covers=days, path=f"甲部/花名册_{name}.xlsx")
        for name, rows, days in (
            ("2022H1", earlier, (date(2022, 1, 1), date(2022, 7, 1))),
            ("2022H2", roster(PERSONS), (date(2022, 7, 1), date(2023, 1, 1))),
        )
    ]
    tables = tables_of(catalogue, t=tickets(POINTS)) | {"r": table_of(catalogue, "r", *files)}
    report = report_of(catalogue, tables, "2022-07")
    ranks = {one.group: one.value for one in report.due if one.indicator == "y"}
    assert (ranks, codes(report.problems)) == ({"张": 1, "李": 2, "王": 2, "赵": 2, "钱": 1}, [])
