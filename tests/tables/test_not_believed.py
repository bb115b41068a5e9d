"""What is written and not believed, and what looks like it and is: by sheets of a few rows, the slip and its twin."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from kit.grids import raw
from kit.tables import catalogue_of, codes

from itss_kpi.catalogue.usage import usage_of
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table

CATALOGUE = """
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 受理
    columns:
      编号: {required: true}
      受理: {type: datetime, required: true}
      完成: {type: datetime}
      挂起: {type: duration, unit: minute}
      级别: {type: choice, values: {高: [], 中: [], 低: []}}
      时限: {type: duration, unit: hour}
      工时: {type: duration, unit: hour}
      合格: {type: yes_no}
      不合格: {type: yes_no}
  o: {name: 发布台账, departments: [甲部], files: 发布_*, key: [编号], date: 受理, columns: {编号: {}, 受理: {type: date}, 级: {}}}
lookups: {限时: {unit: hour, values: {高: 4, 中: 24, 低: 48}}}
indicators:
  - {id: a, number: 1, domain: 域, name: 及时率, formula: f, target: '>= 90%', period: month,
     numerator: {within: denominator, where: "WHERE"}, denominator: {measure: count, source: s}}
"""
JULY = (date(2022, 7, 1), date(2022, 8, 1))
NET = "完成 - 受理 - default(挂起, minutes(0)) <= hours(4)"
PASSED = "合格 and not 不合格 and 完成 - 受理 <= hours(8)"
Rows = Sequence[Sequence[str | None]]


def built(
    header: str, rows: Rows, where: str = PASSED, above: Rows = (), saved: date | None = None, **facts: Any
) -> tuple[Table, list[str]]:
    """The table of July's sheet, and the codes of what was said."""
    catalogue = catalogue_of(CATALOGUE.replace("WHERE", where))
    names = header.split()
    sheet = raw([*above, names, *rows], path="甲部/工单_2022-07.xlsx", covers=JULY, **facts)
    sheet = replace(sheet, saved=saved)
    table, problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage_of(catalogue, "s"))
    return table, [code for code in codes(problems) if code not in ("D105", "D106", "D215")]


def unread(table: Table, name: str) -> list[str]:
    """The numbers of the rows in which a column is as good as unreadable."""
    marks = table.pandas[f"{name}?bad"] if table.columns[name].bad else [False] * len(table.pandas)
    return [key for key, mark in zip(table.pandas["编号"], marks, strict=True) if mark]


def ticket(at: int, hours: float, *more: str | None) -> list[str | None]:
    """A ticket of the `at`th of July, from nine o'clock on."""
    done = f"2022-07-{at:02} 09:00" if hours >= 0 else f"2022-07-{at - 1:02} 09:00"
    hour = 9 + int(abs(hours))
    return [
        f"A{at}",
        f"2022-07-{at:02} 09:00",
        done.replace("09:00", f"{hour:02}:{int(abs(hours) * 60) % 60:02}"),
        *more,
    ]


# ---- two columns


@pytest.mark.parametrize(
    ("early", "all_of", "expected"),
    [(4, 9, ["D210"] * 9), (4, 17, ["D210"] * 4), (3, 5, ["D210"] * 3), (0, 5, [])],
)
def test_a_column_that_was_sorted_alone_is_believed_in_no_row(early: int, all_of: int, expected: list[str]) -> None:
    rows = [ticket(at + 2, -1 if at < early else 1) for at in range(all_of)]
    table, found = built("编号 受理 完成", rows)
    assert (found, len(unread(table, "完成"))) == (expected, len(expected))


@pytest.mark.parametrize(
    ("hours", "taken", "where", "expected"),
    [
        (8, "600", NET, ["D210"]),
        (8, "480", NET, []),
        (8, None, NET, []),
        (8, "600", "完成 - 受理 - 挂起 <= hours(4)", ["D210"]),
        (8, "600", "完成 - 受理 <= hours(4) and 挂起 <= minutes(30)", []),  # nothing is taken off
    ],
)
def test_a_time_is_not_shortened_by_more_than_it_lasts(
    hours: float, taken: str | None, where: str, expected: list[str]
) -> None:
    table, found = built("编号 受理 完成 挂起", [ticket(5, hours, taken), ticket(6, 2, "30")], where)
    assert (found, unread(table, "挂起")) == (expected, ["A5"] if expected else [])


@pytest.mark.parametrize(
    ("first", "spans", "expected"),
    [
        (90, [1, 2, 1, 2], ["D231"]),  # minutes among hours
        (3, [1, 2, 1, 2], []),  # two men
        (90, [1, 2, 1], []),  # too few to tell
        (90, [5, 9, 7, 8], []),  # none of these is the time between
    ],
)
def test_a_duration_in_another_unit_than_the_others(first: int, spans: list[int], expected: list[str]) -> None:
    rows = [ticket(3, 1.5, str(first)), *(ticket(at + 4, 1 + at % 2, str(one)) for at, one in enumerate(spans))]
    table, found = built("编号 受理 完成 工时", rows)
    assert (found, unread(table, "工时")) == (expected, ["A3"] if expected else [])


def test_a_limit_is_not_what_it_took() -> None:
    rows = [ticket(3, 1.5, "90"), *(ticket(at + 4, 1 + at % 2, str(1 + at % 2)) for at in range(4))]
    assert built("编号 受理 完成 时限", rows)[1] == []


def test_what_is_ticked_as_both_is_neither() -> None:
    rows = [ticket(3, 1, "√", None), ticket(4, 1, "√", "√"), ticket(5, 1, None, "√"), ticket(6, 1, "是", "否")]
    table, found = built("编号 受理 完成 合格 不合格", rows)
    assert (found, unread(table, "合格"), unread(table, "不合格")) == (["D227", "D227"], ["A4"], ["A4"])


# ---- what hadn't ended yet

LIMITS = {
    "hours": "完成 - 受理 <= hours(24)",
    "turned": "完成 <= 受理 + hours(24)",
    "column": "完成 - 受理 <= 时限",
    "table": "完成 - 受理 <= lookup(限时, 级别)",
}


@pytest.mark.parametrize(
    ("limit", "saved", "expected"),
    [
        ("hours", date(2022, 7, 20), True),
        ("turned", date(2022, 7, 20), True),
        ("hours", date(2022, 7, 21), False),  # by its end the limit had run out
        ("hours", date(2022, 7, 12), False),  # that day lies before a row: nobody made the sheet then
        ("hours", None, False),
        ("column", date(2022, 7, 20), True),
        ("column", date(2022, 7, 22), False),
        ("table", date(2022, 7, 20), True),
        ("table", date(2022, 7, 21), False),
    ],
)
def test_what_was_open_when_its_sheet_was_made_may_yet_end_in_time(
    limit: str, saved: date | None, expected: bool
) -> None:
    rows = [
        ["A1", "2022-07-10 09:00", "2022-07-10 12:00", "中", "30"],
        ["A2", "2022-07-20 15:00", None, "中", "30"],
        ["A3", "2022-07-15 15:00", None, "中", "30"],  # long since late
        ["A4", "2022-07-20 15:00", None, None, None],  # nothing says how long it may last
    ]
    table, found = built("编号 受理 完成 级别 时限", rows, LIMITS[limit], saved=saved)
    (name,) = [name for name in table.columns if " <= " in name] or [""]
    open_ones = ["A2", "A4"] if limit in ("hours", "turned") else ["A2"]
    assert (list(table.pandas["编号"][table.pandas[name]]) if name else []) == (open_ones if expected else [])
    assert [code for code in found if code != "D128"] == (["D226"] * len(open_ones) if expected else [])


def test_a_limit_that_another_ledger_says_is_not_known_here() -> None:
    catalogue = catalogue_of(CATALOGUE.replace("WHERE", "完成 - 受理 <= lookup(限时, lookup(o.级, 编号))"))
    assert usage_of(catalogue, "s").limits == frozenset()


# ---- what a sheet is


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("查询条件:优先级=一级;级别=高,中", ["D108"]),
        ("查询条件:级别=高、中、低", []),
        ("查询条件:级别=全部", []),
        ("查询条件:状态=已关闭", []),  # no indicator asks for it
        ("级别=高", []),  # no condition
    ],
)
def test_an_export_of_some_choices_says_nothing_of_all(title: str, expected: list[str]) -> None:
    rows = [ticket(3, 1, "高"), ticket(4, 1, "中")]
    table, found = built("编号 受理 完成 级别", rows, "完成 - 受理 <= lookup(限时, 级别)", [[title]])
    assert (found, table.exports[0].covers is None) == (expected, bool(expected))


def test_an_export_of_the_choices_that_are_asked_for_has_all_of_them() -> None:
    counted = "value: {measure: count, source: s, where: \"级别 in ('高', '中')\"}}\n"
    catalogue = catalogue_of(CATALOGUE[: CATALOGUE.index("numerator:")].replace(">= 90%", "<= 9次") + counted)
    for title, expected in (("查询条件:级别=高,中", []), ("查询条件:级别=高", ["D108"])):
        rows = [[title], ["编号", "受理", "级别"], ["A1", "2022-07-03", "高"]]
        sheet, usage = raw(rows, path="甲部/工单_2022-07.xlsx", covers=JULY), usage_of(catalogue, "s")
        problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage)[1]
        assert [code for code in codes(problems) if code not in ("D105", "D106", "D215")] == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [("2022年7月发布台账", ["D133"]), ("发布台账(甲部)", ["D133"]), ("工单与发布台账", []), ("发布台账说明", [])],
)
def test_a_sheet_under_another_ledger_s_name_is_that_one_s(title: str, expected: list[str]) -> None:
    table, found = built("编号 受理", [ticket(3, 1)[:2]], above=[[title]])
    assert (found, table.uncertain) == (expected, bool(expected))


@pytest.mark.parametrize(
    ("days", "made", "expected"),
    [
        (["7月5日", "7月19日"], "制表日期:2021年8月2日", ["D111"]),
        (["7月5日", "7月19日"], "制表日期:2022年8月2日", []),
        (["7月5日", "7月19日"], "制表日期:2006年9月16日", []),  # a template's
        (["2022-07-05", "7月19日"], "制表日期:2021年8月2日", []),
    ],
)
def test_days_without_a_year_are_not_of_a_time_after_their_sheet(
    days: list[str], made: str, expected: list[str]
) -> None:
    rows = [[f"A{at}", day] for at, day in enumerate(days)]
    assert built("编号 受理", rows, "not blank(编号)", above=[[made]])[1] == expected


@pytest.mark.parametrize(
    ("lacking", "measure", "expected"),
    [
        ([8], "mean", date(2022, 8, 1)),
        ([8], "sum", date(2023, 1, 1)),
        ([2, 5, 8], "mean", date(2023, 1, 1)),  # no item of each month
        ([1, 2, 12], "mean", date(2023, 1, 1)),  # it began later, and ended
        ([], "mean", date(2023, 1, 1)),
    ],
)
def test_an_item_that_alone_lacks_a_month_ends_there(lacking: list[int], measure: str, expected: date) -> None:
    catalogue = catalogue_of(f"""
sources:
  s: {{name: 可用率, departments: [甲部], files: 可用率_*, key: [系统, 月份], date: 月份,
      columns: {{系统: {{}}, 月份: {{type: period}}, 率: {{type: decimal}}}}}}
indicators:
  - {{id: a, number: 1, domain: 域, name: 率, formula: f, period: year, value: {{measure: {measure}, source: s, of: 率}}}}
""")
    rows = [["OA", f"2022-{month:02}", "9"] for month in range(1, 13) if month not in lacking]
    others = [["ERP", f"2022-{month:02}", "9"] for month in range(1, 13)]
    sheet = raw([["系统", "月份", "率"], *rows, *others], path="甲部/可用率_2022.xlsx")
    table, problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage_of(catalogue, "s"))
    assert table.exports[0].covers == (date(2022, 1, 1), expected)
    assert codes(problems) == ["D136"] * (expected < date(2023, 1, 1))


def test_a_row_that_may_be_the_month_that_lacks_leaves_the_sheet_as_it_is() -> None:
    catalogue = catalogue_of("""
sources:
  s: {name: 可用率, departments: [甲部], files: 可用率_*, key: [系统, 月份], date: 月份,
      columns: {系统: {}, 月份: {type: period}, 率: {type: decimal}}}
indicators:
  - {id: a, number: 1, domain: 域, name: 率, formula: f, period: year, value: {measure: mean, source: s, of: 率}}
""")
    for odd in (["OA", "待补", "9"], [None, "2022-08", "9"], ["OA", "2022Q3", "9"]):
        rows = [["OA", f"2022-{month:02}", "9"] if month != 8 else odd for month in range(1, 13)]
        sheet = raw([["系统", "月份", "率"], *rows], path="甲部/可用率_2022.xlsx")
        table, problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage_of(catalogue, "s"))
        assert table.exports[0].covers == (date(2022, 1, 1), date(2023, 1, 1))
        assert "D136" not in codes(problems)


# ---- words beside a row


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("主题", "【已撤单】打印机卡纸", True),
        ("主题", "[作废] 重复报修", True),
        ("主题", "【紧急】打印机卡纸", False),
        ("主题", "打印机【已撤单】标志不亮", False),
        ("单据状态", "草稿", True),
        ("单据状态", "已提交", False),
        ("审批状态", "待提交", True),
        ("审批状态", "审批中", False),
        ("", "演练,不算事件", True),
        ("", "演练", False),
        ("备注", "因暴雨延误,不算超时", False),
        ("备注", "已撤单", True),
        ("备注", "不计入考核", True),
        ("备注", "不计", True),
        ("备注", "不计入违约,客户原因", False),
        ("备注", "不计费", False),
        ("备注", "暂按临时方案运行,已转正式", False),
    ],
)
def test_what_is_written_beside_a_row_that_does_not_count(heading: str, cell: str, expected: bool) -> None:
    header = [*["编号", "受理", "完成"], heading or None]
    catalogue = catalogue_of(CATALOGUE.replace("WHERE", PASSED))
    sheet = raw([header, [*ticket(3, 1), cell], [*ticket(4, 1), None]], path="甲部/工单_2022-07.xlsx", covers=JULY)
    table, problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage_of(catalogue, "s"))
    assert ("D321" in codes(problems), table.uncertain) == (expected, expected)


def test_what_is_written_beside_a_brace_is_said_of_each_row_of_it() -> None:
    header = [*["编号", "受理", "完成"], None]
    rows = [[*ticket(at, 1), "演练,不算事件" if at == 4 else None] for at in range(3, 8)]
    catalogue = catalogue_of(CATALOGUE.replace("WHERE", PASSED))
    sheet = raw([header, *rows], path="甲部/工单_2022-07.xlsx", covers=JULY, merges=[(2, 3, 4, 3)])
    table, _ = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage_of(catalogue, "s"))
    assert list(table.pandas["编号"][table.pandas["_uncertain"]]) == ["A4", "A5", "A6"]


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        (["填报:", "蒋一", None, "复核:潘二"], 1),
        (["填报:", None, "蒋一"], 1),
        (["秩序主管:", None, None, "日期:2025-09-01"], 1),
        (["值班经理(签字):", None, None, "日期:    年  月  日"], 1),
        (["另附现场照片12张,存于共享盘"], 1),
        (["纸质原件另存档案室"], 1),
        (["表号:QR-07-03"], 1),
        (["以上数据由门禁系统导出"], 1),
        (["★为夜间加巡"], 1),
        (["补记:打印机卡纸一次"], 2),  # what happened, wherever it is written
        (["补记:断电"], 2),
        (["本月故障:3"], 2),
        (["服务器断电一次,已归档"], 2),
        (["以上记录均为演练"], 2),  # nor what is said against the rows
        (["以上数据由系统导出,作废"], 2),
        (["★为作废"], 2),
        (["A9", "蒋一"], 2),
        (["A9", "2022-07-09 10:00"], 2),
    ],
)
def test_what_is_said_of_the_table_below_it_is_no_record(signed: list[str | None], expected: int) -> None:
    assert len(built("编号 受理 完成 级别", [ticket(3, 1), signed])[0].pandas) == expected


# ---- values


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["99.85%", "99.9%", "99.7%", "98%", "0.98%"], ["0.98%"]),
        (["99.85%", "99.9%", "99.7%", "0.98%"], []),  # too few to tell
        (["99.85%", "0.3%", "99.7%", "98%", "0.98%", "97%"], []),  # they vary
        (["99.85%", "99.9%", "99.7%", "98%", "0.2%"], []),  # twenty percent is none of them either
    ],
)
def test_a_share_a_hundred_times_too_small(values: list[str], expected: list[str]) -> None:
    catalogue = catalogue_of("""
sources:
  s: {name: 可用率, departments: [甲部], files: 可用率_*, key: [编号], date: 受理,
      columns: {编号: {}, 受理: {type: date}, 率: {type: percent}}}
indicators: []
""")
    rows = [[f"A{at}", "2022-07-05", one] for at, one in enumerate(values)]
    sheet = raw([["编号", "受理", "率"], *rows], path="甲部/可用率_2022.xlsx")
    table, problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022)
    assert [values[int(key[1:])] for key in unread(table, "率")] == expected
    assert codes(problems) == ["D223"] * len(expected)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2022-06-30 16:00:00", "2022-07-04 16:00:00"], 2),
        (["2022-06-30 16:00:00", "2022-07-04 09:30:00"], 0),
        (["2022-07-04 16:00:00", None], 0),
        (["0001-01-01", "2022-07-04"], 1),
    ],
)
def test_days_that_are_none_as_they_stand(days: list[str | None], expected: int) -> None:
    catalogue = catalogue_of("""
sources:
  s: {name: 停运, departments: [甲部], files: 停运_*, key: [编号], snapshot: true, columns: {编号: {}, 日: {type: date}}}
indicators: []
""")
    rows = [[f"A{at}", one] for at, one in enumerate(days)]
    sheet = raw([["编号", "日"], *rows], path="甲部/停运_2022.xlsx")
    table, problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022)
    assert (len(unread(table, "日")), codes(problems)) == (expected, ["D214"] * expected)


def test_a_column_that_goes_on_in_another_is_not_blank_there() -> None:
    days = [date(2022, 7, 3) + timedelta(at) for at in range(6)]
    for other, expected in (("实际完成", ["A3", "A4", "A5"]), ("计划完成", []), ("验收", [])):
        rows = [
            [f"A{at}", f"{day} 08:00", str(day) if at < 3 else None, None if at < 3 else str(day)]
            for at, day in enumerate(days)
        ]
        assert unread(built(f"编号 受理 完成 {other}", rows)[0], "完成") == expected
    rows[1][3] = "2022-07-09"  # filled beside it: done again
    assert unread(built("编号 受理 完成 实际完成", rows)[0], "完成") == []


@pytest.mark.parametrize(
    ("done", "saved", "expected"),
    [
        ("2032-07-05", None, ["B1"]),
        ("2024-01-15", None, []),  # late, but it may be so
        ("2032-07-05", date(2033, 1, 5), []),  # it was saved after that
        ("2099-12-31", None, []),  # what stands for never is another matter
    ],
)
def test_nothing_is_done_years_after_the_file_s_time(done: str, saved: date | None, expected: list[str]) -> None:
    rows = [ticket(5, 2), ticket(6, 3), ["B1", "2022-07-05 09:00", f"{done} 10:00"]]
    table, found = built("编号 受理 完成", rows, "完成 - 受理 <= hours(8)", saved=saved)
    assert (unread(table, "完成"), "D210" in found) == (expected, bool(expected))


def test_of_a_file_without_a_time_nobody_knows_what_is_years_after_it() -> None:
    catalogue = catalogue_of(CATALOGUE.replace("WHERE", "完成 - 受理 <= hours(8)"))
    names = ["编号", "受理", "完成"]
    sheet = raw([names, ["B1", "2022-07-05 09:00", "2032-07-05 10:00"]], path="甲部/工单_修订.xlsx", covers=None)
    usage = usage_of(catalogue, "s")
    assert "D210" not in codes(build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage)[1])
