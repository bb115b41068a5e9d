"""What cells, keys and texts are taken for, by small ledgers of one department."""

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from itss_kpi.catalogue.expression import ExpressionError
from itss_kpi.catalogue.kinds import kind_of
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.parsing import parse
from itss_kpi.catalogue.sources import Source
from itss_kpi.catalogue.usage import Usage, usage_of
from itss_kpi.catalogue.wording import said
from itss_kpi.core.period import period_text
from itss_kpi.core.problems import Problem
from itss_kpi.core.stated import last_day_in, stated
from itss_kpi.tables.build import build_table
from itss_kpi.tables.spelling import MANY
from tests.kit.tables import PLAN, WHOLE_YEAR, Row, catalogue_of, raw_export, report_of, tables_of

CATALOGUE = catalogue_of("""
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    key_scope: month
    date: 受理
    columns:
      编号: {required: true}
      受理: {type: datetime, required: true}
      响应: {type: datetime}
      量: {type: integer, maximum: 100}
      补: {type: integer, minimum: 0, maximum: 9, blank: 0}
      等级: {}
indicators:
  - {id: fast, number: 1, domain: 过程管理, name: 及时, formula: 及时, target: '>= 90%', period: year, numerator: {within: denominator, where: 受理 + minutes(30) >= 响应}, denominator: {measure: count, source: s}}
  - {id: major, number: 2, domain: 过程管理, name: 重大, formula: 重大, target: '<= 0次', period: year, value: {measure: count, source: s, where: "等级 in ('重大', 'P1')"}}
  - {id: sum, number: 3, domain: 过程管理, name: 量, formula: 量, target: '<= 9', period: year, value: {measure: sum, source: s, of: '量 * 1 + default(量, 0) + 补'}}
  - {id: spent, number: 4, domain: 过程管理, name: 用时, formula: 用时, target: '<= 9小时', period: year, value: {measure: sum, source: s, of: 响应 - 受理}}
""")  # fmt: skip
DAY = {"编号": "A", "受理": "2022-07-05 08:00:00", "响应": "2022-07-05 08:10:00", "量": "1", "等级": "一般"}


def coded(*rows: Row, **of_file: object) -> list[str]:
    raw = replace(raw_export(CATALOGUE, "s", rows, covers=WHOLE_YEAR), **of_file)
    _, problems = build_table("s", CATALOGUE.sources["s"], [raw], ["甲部"], 2022, usage_of(CATALOGUE, "s"))
    return [problem.code for problem in problems]


def test_what_the_indicators_make_of_the_columns() -> None:
    found = usage_of(CATALOGUE, "s")
    assert found.orders == {("响应", "受理")}
    assert found.literals == {"等级": {"重大", "P1"}}


@pytest.mark.parametrize("name", ["overlap", "worktime", "workdays"])
def test_what_takes_its_time_says_which_of_two_comes_first(name: str) -> None:
    text = """
sources:
  s: {name: 中断, departments: [甲部], files: 中断_*, key: [号], date: 起, columns: {号: {required: true}, 起: {type: datetime, required: true}, 止: {type: datetime}}}
calendar: {years: [2022]}
indicators:
  - {id: x, number: 1, domain: 过程管理, name: 中断, formula: f, period: month, value: {measure: max, source: s, of: "NAME(起, 止)", window: until_end}}
  - {id: y, number: 2, domain: 过程管理, name: 未恢复, formula: f, period: month, value: {measure: count, source: s, where: blank(止) or 止 >= period_end}}
"""  # fmt: skip
    catalogue = catalogue_of(text.replace("NAME", name))
    assert usage_of(catalogue, "s").orders == {("止", "起")}
    # an outage that ends before it begins: nobody knows when it ended, nor whether it is open
    rows = [{"号": "1", "起": "2022-07-05 08:00", "止": "2022-07-04 08:00"}]
    raw = raw_export(catalogue, "s", rows, covers=WHOLE_YEAR)
    table, _ = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
    found = report_of(catalogue, {"s": table}, "2022-07").assessments
    assert [(one.lowest, one.highest) for one in found if one.indicator == "y"] == [(0, 1)]


def test_what_another_ledger_means_of_its_rows_is_said_of_them_too() -> None:
    catalogue = catalogue_of("""
sources:
  s: {name: 工单, departments: [甲部], files: 工单_*, key: [编号], date: 日, columns: {编号: {required: true}, 日: {type: date, required: true}}}
  o: {name: 挂起, departments: [甲部], files: 挂起_*, key: [号], date: 日, columns: {号: {required: true}, 单: {}, 因: {}, 日: {type: date, required: true}}}
indicators:
  - {id: x, number: 1, domain: 过程管理, name: 挂起, formula: f, target: '<= 0次', period: year, value: {measure: count, source: s, where: "exists(o.单, 编号, where=因 == '客户')"}}
""")  # fmt: skip
    assert usage_of(catalogue, "o").literals == {"因": {"客户"}}
    assert usage_of(catalogue, "s").literals == {}


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ({}, []),
        ({"响应": "2022-07-05 07:50:00"}, ["D210"]),
        ({"量": "101"}, ["D205"]),
        ({"补": "10"}, ["D205"]),
        ({"响应": "2022-07-05"}, ["D215"]),
        ({"响应": "9999-12-31 23:59:59"}, ["D216"]),
        ({"等级": "同上"}, ["D213"]),
        ({"受理": "1970-01-01 00:00:00"}, ["D214"]),
        ({"等级": "重大。"}, ["D311"]),
        ({"等级": "p1"}, ["D310"]),
        ({"等级": "P1-网络"}, ["D312"]),
        ({"等级": "非重大"}, []),  # which denies it
    ],
)
def test_what_is_said_of_a_cell(row: Row, codes: list[str]) -> None:
    assert coded({**DAY, **row}) == codes


@pytest.mark.parametrize(("declared", "codes"), [("", ["D215"]), (", midnight: true", [])])
def test_windows_that_all_begin_at_midnight_are_days_unless_their_column_says_otherwise(
    declared: str, codes: list[str]
) -> None:
    text = f"""
sources:
  s:
    name: 维护
    departments: [甲部]
    files: 维护_*.xlsx
    key: [编号]
    date: 开始
    columns:
      编号: {{required: true}}
      通知: {{type: datetime, required: true}}
      开始: {{type: datetime, required: true{declared}}}
indicators:
  - {{id: x, number: 1, domain: 资源管理, name: 提前通知, formula: f, period: month, value: {{measure: count, source: s, where: 开始 - 通知 >= hours(72)}}}}
"""  # fmt: skip
    catalogue = catalogue_of(text)
    days = [("2022-07-05 00:00:00", "2022-07-01 23:00:00"), ("2022-07-09 00:00:00", "2022-07-06 10:00:00")]
    rows = [{"编号": str(at), "开始": begin, "通知": told} for at, (begin, told) in enumerate(days)]
    raw = raw_export(catalogue, "s", rows, covers=WHOLE_YEAR)
    table, problems = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
    assert [problem.code for problem in problems] == codes * 2
    (item,) = report_of(catalogue, {"s": table}, "2022-07").assessments
    # 73 hours before the first, 62 before the second, which may begin as late as midnight after
    assert (item.lowest, item.highest) == (1, 2 if codes else 1)


def test_a_percent_among_numbers_is_neither() -> None:
    text = """
sources:
  s:
    name: 环境
    departments: [甲部]
    files: 环境_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 湿度: {type: decimal}}
indicators:
  - {id: x, number: 1, domain: 资源管理, name: 湿度, formula: f, period: year, target: '>= 40', value: {measure: mean, source: s, of: 湿度}}
"""
    catalogue = catalogue_of(text)
    for shown, codes in ((("50", "55", "52%"), ["D223"]), (("50%", "55%", "52％"), []), (("0.5", "1", "52%"), [])):
        rows = [{"编号": str(at), "日期": "2022-07-05", "湿度": one} for at, one in enumerate(shown)]
        raw = raw_export(catalogue, "s", rows, covers=WHOLE_YEAR)
        _, problems = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
        assert [problem.code for problem in problems] == codes


def test_a_number_is_unique_within_its_month_where_the_ledger_says_so() -> None:
    assert coded(DAY, {**DAY, "受理": "2022-08-05 08:00:00", "响应": "2022-08-05 08:10:00"}) == []
    assert coded(DAY, {**DAY, "受理": "2022-07-06 08:00:00", "响应": "2022-07-06 08:10:00"}) == ["D302"]


def test_a_ledger_whose_rows_have_no_number_says_so() -> None:
    declared = replace_scope("row")
    rows = [DAY, {**DAY, "量": "2"}, DAY]
    raw = raw_export(CATALOGUE, "s", rows, covers=WHOLE_YEAR)
    table, problems = build_table("s", declared, [raw], ["甲部"], 2022)
    assert ([problem.code for problem in problems], table.kept, table.conflicts) == (["D301"], 2, 0)


def replace_scope(scope: str) -> Source:
    return CATALOGUE.sources["s"].model_copy(update={"key_scope": scope})


def test_many_rows_of_one_number_add_from_nothing_to_all() -> None:
    """Seven rows of one number on seven days: which are major isn't known. 1 + 2 + 4 + … + 64 = 127."""
    catalogue = catalogue_of("""
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 受理
    columns: {编号: {}, 受理: {type: date}, 量: {type: integer, minimum: 0}, 大: {type: yes_no}}
indicators:
  - {id: sum, number: 1, domain: 过程管理, name: 量, formula: 量, target: '<= 9', period: year, value: {measure: sum, source: s, of: 量, where: 大}}
""")  # fmt: skip
    rows = [{"编号": "A", "受理": f"2022-07-0{at + 1}", "量": str(2**at), "大": "?"} for at in range(7)]
    (found,) = report_of(catalogue, tables_of(catalogue, s=rows), "2022").assessments
    assert (found.lowest, found.highest) == (0, 127)


def test_a_column_of_free_texts_is_left_as_it_is() -> None:
    rows = [{**DAY, "编号": f"N{at}", "等级": f"说明 {at}"} for at in range(MANY + 1)]
    assert coded(*rows, {**DAY, "等级": "p1"}) == []


@pytest.mark.parametrize(
    "column", ["{blank: 0}", "{type: integer, required: true, blank: 0}", "{type: date, blank: 0}"]
)
def test_only_a_quantity_that_may_be_blank_has_a_meaning_for_it(column: str) -> None:
    _, problems = load(
        PLAN + f"sources: {{s: {{name: 甲, departments: [甲部], files: 甲.xlsx, key: [编号], snapshot: true, "
        f"columns: {{编号: {{}}, 数: {column}}}}}}}\nindicators: []\n",
        "kpi.yaml",
    )
    assert [problem.code for problem in problems] == ["C102"]


def test_a_part_alone_does_not_prove_that_all_was_handed_in() -> None:
    assert coded(DAY, part=True) == ["D108"]


def test_a_blank_that_means_none_and_a_day_without_its_time() -> None:
    tables = tables_of(CATALOGUE, s=[{**DAY, "响应": "2022-07-05"}])
    assert [(str(one.lowest), str(one.highest)) for one in report_of(CATALOGUE, tables, "2022").assessments[:1]] == [
        ("0", "1")
    ]
    report = report_of(CATALOGUE, tables, "2022")
    total, spent = report.assessments[2:]
    assert (str(total.value), spent.lowest, spent.highest) == ("2", 0, 16 * 3600 * 10**6 - 1)  # received at 8


def test_default_names_a_column_and_an_amount_of_its_kind() -> None:
    names = CATALOGUE.names("s")
    assert said(parse("default(量, 0)")) == "量(空着按 0)"
    for text in ("default(量, minutes(1))", "default(量, 等级)"):
        with pytest.raises(ExpressionError):
            kind_of(parse(text), names)


def test_days_as_text_and_days_that_are_none() -> None:
    assert period_text(date(2022, 7, 1), date(2022, 10, 1)) == "2022Q3"
    assert period_text(date(2022, 7, 2), date(2022, 7, 4)) == "2022-07-02 至 2022-07-03"
    assert stated("2022年8月-3月").days is None
    assert stated("2022年前五季度").days is None
    assert stated("2022-02-30至2022-03-01").days is None
    assert last_day_in("无") is None
    assert Usage().orders == frozenset()


# ---- percents, days, units, quantities, spellings

VALUES = catalogue_of("""
sources:
  s:
    name: 填报
    departments: [甲部]
    files: 填报_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {required: true}
      日期: {type: date, required: true}
      完成: {type: date}
      率: {type: percent, aliases: ["率(%)"]}
      时长: {type: duration, unit: minute}
      数: {type: integer}
      价: {type: decimal}
      项目: {}
indicators:
  - {id: rate, number: 1, domain: 域, name: 率, formula: 率, target: '>= 90%', period: year, value: {measure: mean, source: s, of: 率}}
  - {id: cost, number: 2, domain: 域, name: 额, formula: 额, target: '<= 9', period: year, value: {measure: sum, source: s, of: 数 * 价}}
  - {id: each, number: 3, domain: 域, name: 项目, formula: 项目, target: '>= 1个', period: year, value: {measure: distinct, source: s, of: 项目}}
""")  # fmt: skip
ROW = {"编号": "A1", "日期": "2022-07-05", "率": "95%", "时长": "30", "数": "2", "价": "1.5", "项目": "门户"}


MONEY = catalogue_of("""
sources:
  s:
    name: 填报
    departments: [甲部]
    files: 填报_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 金额: {type: decimal}, 项目: {}, 好: {type: yes_no}}
indicators:
  - {id: cost, number: 1, domain: 域, name: 额, formula: 额, target: '<= 9万元', period: year, value: {measure: sum, source: s, of: 金额 / 10000}}
  - {id: mean, number: 2, domain: 域, name: 均, formula: 均, target: '>= 9%', period: year, averaged_over: 项目,
     numerator: {within: denominator, where: 好}, denominator: {measure: count, source: s}}
""")  # fmt: skip


@pytest.mark.parametrize(
    ("title", "amounts", "bad"),
    [
        ("(金额单位:千元)", ["41", ""], [True, False]), ("单位:元", ["41", "7"], []), ("单位:小时", ["41"], []),
        ("单位:元 单位:千元", ["41"], []),  # two units are no unit
        ("单位:千元", [""], []),
    ],
)  # fmt: skip
def test_a_title_may_say_another_unit_of_money(title: str, amounts: list[str], bad: list[bool]) -> None:
    rows = [{"编号": str(at), "日期": "2022-07-05", "金额": text, "项目": "甲"} for at, text in enumerate(amounts)]
    raw = raw_export(MONEY, "s", rows, covers=WHOLE_YEAR)
    width = len(raw.grid.indexes)
    above = pa.table({name: [title if at == 0 else None] for at, name in enumerate(raw.grid.cells.column_names)})
    cells = pa.concat_tables([above.cast(raw.grid.cells.schema), raw.grid.cells])
    raw = replace(raw, grid=replace(raw.grid, cells=cells, indexes=tuple(range(width))))
    table, problems = build_table("s", MONEY.sources["s"], [raw], ["甲部"], 2022, usage_of(MONEY, "s"))
    assert (table.pandas["金额?bad"].tolist() if table.columns["金额"].bad else []) == bad
    said = [problem.code for problem in problems if problem.code != "D217"]  # a blank amount that is divided
    assert said == (["D218"] if bad else [])


def test_a_row_of_no_group_that_is_averaged_over_is_said() -> None:
    rows = [{"编号": "1", "日期": "2022-07-05", "项目": "甲"}, {"编号": "2", "日期": "2022-07-05", "项目": ""}]
    raw = raw_export(MONEY, "s", rows, covers=WHOLE_YEAR)
    _, problems = build_table("s", MONEY.sources["s"], [raw], ["甲部"], 2022, usage_of(MONEY, "s"))
    assert [problem.place.cell for problem in problems if problem.code == "D222"] == ["D3"]


def told(
    *rows: Row, heading: dict[str, str] | None = None, title: str | None = None
) -> tuple[list[str], dict[str, list[bool]]]:
    """The codes of what was said, and of each column with unreadable cells which they are."""
    raw = raw_export(VALUES, "s", rows, covers=WHOLE_YEAR)
    names = [(heading or {}).get(str(column[0]), str(column[0])) for column in raw.grid.cells.columns]
    above = [[title, *[None] * (len(names) - 1)]] if title else []
    body = [[column[at].as_py() for column in raw.grid.cells.columns] for at in range(1, raw.grid.cells.num_rows)]
    lines = [*above, names, *body]
    cells = pa.table({str(at): pa.array([line[at] for line in lines], pa.string()) for at in range(len(names))})
    raw = replace(raw, grid=replace(raw.grid, cells=cells))
    table, problems = build_table("s", VALUES.sources["s"], [raw], ["甲部"], 2022, usage_of(VALUES, "s"))
    bad = {name: table.pandas[f"{name}?bad"].tolist() for name, one in table.columns.items() if one.bad}
    return [problem.code for problem in problems], bad


@pytest.mark.parametrize(
    ("text", "heading", "fails"),
    [
        ("0.95", {}, False), ("95", {}, True), ("95%", {}, False),
        # the heading says what bare numbers are, and a fraction under it may be either
        ("95", {"率": "率(%)"}, False), ("0.8", {"率": "率(%)"}, True), ("0.8%", {"率": "率(%)"}, False), ("0", {"率": "率(%)"}, False), ("1", {"率": "率（%）"}, False),
    ],
)  # fmt: skip
def test_a_heading_says_what_bare_numbers_of_percents_are(text: str, heading: dict[str, str], *, fails: bool) -> None:
    assert told({**ROW, "率": text}, heading=heading) == ((["D201"], {"率": [True]}) if fails else ([], {}))


@pytest.mark.parametrize(
    ("title", "cell", "fails"),
    [
        ("单位:小时", "1.5", True), ("单位:小时", "90分钟", False), ("单位：分钟", "90", False), ("(单位 小时)", "1:30", False), ("单位:元", "90", False), (None, "90", False),
    ],
)  # fmt: skip
def test_a_title_may_say_another_unit_than_the_column_s(title: str | None, cell: str, *, fails: bool) -> None:
    assert told({**ROW, "时长": cell}, title=title) == ((["D218"], {"时长": [True]}) if fails else ([], {}))


@pytest.mark.parametrize(
    ("heading", "score", "fails"),
    [
        ("价(满分10分)", "85", True), ("价(满分10分)", "10", False), ("价（10分制）", "10.5", True),
        ("价(百分制)", "85", False), ("价(百分制)", "850", True), ("价", "85", False),
    ],
)  # fmt: skip
def test_a_heading_says_how_much_a_score_can_be(heading: str, score: str, *, fails: bool) -> None:
    found = told({**ROW, "价": score}, heading={"价": heading})
    assert found == ((["D221"], {"价": [True]}) if fails else ([], {}))


def test_how_many_blanks_a_sum_leaves_out_is_said() -> None:
    catalogue = catalogue_of("""
sources:
  s:
    name: 更换
    departments: [甲部]
    files: 更换_*.xlsx
    key: [编号]
    date: 日
    columns: {编号: {required: true}, 日: {type: date}, 费用: {type: decimal}, 运费: {type: decimal}, 件数: {type: integer, blank: 0}}
indicators:
  - {id: a, number: 1, domain: 资源管理, name: 费用, formula: f, period: year, value: {measure: sum, source: s, of: 费用}}
  - {id: b, number: 2, domain: 资源管理, name: 运费, formula: f, period: year, value: {measure: sum, source: s, of: 运费, where: not blank(运费)}}
  - {id: c, number: 3, domain: 资源管理, name: 件数, formula: f, period: year, value: {measure: sum, source: s, of: 件数}}
""")  # fmt: skip
    amounts = ("5", "", "3", "", "2")
    rows = [
        {"编号": f"A{at}", "日": "2022-07-05", "费用": amount, "运费": "", "件数": ""}
        for at, amount in enumerate(amounts)
    ]
    raws = [
        raw_export(catalogue, "s", some, covers=WHOLE_YEAR, path=f"甲部/{len(some)}.xlsx")
        for some in (rows[:1], rows[1:])
    ]
    table, problems = build_table("s", catalogue.sources["s"], raws, ["甲部"], 2022, usage_of(catalogue, "s"))
    said = [(one.code, one.place.cell, one.message) for one in problems]
    assert said == [("D229", "C2", "“费用”有 2 格空着,相加时没有算")]
    shown = report_of(catalogue, {"s": table}, "2022").assessments
    assert [(one.value, one.doubtful_rows) for one in shown] == [(10, 0), (0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("measure", "begun", "said"),
    [
        ("{measure: median, source: s, of: 复 - 断}", "12-31 23:30", ["D229"]),
        ("{measure: mean, source: s, of: 复 - 断}", "07-06 08:00", ["D226"]),  # for half a year
        ("{measure: mean, source: s, of: 复 - 断, where: not blank(复)}", "07-06 08:00", []),  # it says so itself
        ("{measure: mean, source: s, of: 复 - 断, date: 复}", "07-06 08:00", []),  # of those that ended in the period
        ("{measure: max, source: s, of: 复 - 断}", "12-31 23:30", ["D226"]),  # what still lasts may be the longest
    ],
)
def test_a_mean_says_what_it_leaves_out_because_it_still_lasts(measure: str, begun: str, said: list[str]) -> None:
    catalogue = catalogue_of(f"""
sources:
  s: {{name: 停机, departments: [甲部], files: 停机_*.xlsx, key: [编号], date: 断, columns: {{编号: {{required: true}}, 断: {{type: datetime}}, 复: {{type: datetime}}}}}}
indicators:
  - {{id: a, number: 1, domain: 过程管理, name: 停机, formula: f, period: year, value: {measure}}}
""")  # fmt: skip
    rows = [{"编号": "1", "断": "2022-07-05 08:00", "复": "2022-07-05 09:00"}]
    rows += [{"编号": "2", "断": f"2022-{begun}", "复": ""}]

    def found(*raws: Any) -> list[tuple[str, str | None]]:
        _, problems = build_table("s", catalogue.sources["s"], raws, ["甲部"], 2022, usage_of(catalogue, "s"))
        return [(one.code, one.place.cell) for one in problems if one.code in ("D226", "D229")]

    first = raw_export(catalogue, "s", rows, covers=WHOLE_YEAR, path="甲部/1.xlsx")
    assert found(first) == [(code, "C3") for code in said]
    later = [{**rows[1], "复": "2022-12-31 23:40"}]  # says when it ended
    assert found(first, raw_export(catalogue, "s", later, covers=WHOLE_YEAR, path="甲部/2.xlsx")) == []


def test_a_blank_quantity_that_is_calculated_with_is_said() -> None:
    assert told(ROW, {**ROW, "编号": "A2", "价": ""}) == (["D217"], {})
    assert told({**ROW, "时长": "", "率": ""}) == ([], {})  # a mean leaves it out, and nobody reads the other


@pytest.mark.parametrize(
    ("target", "name", "doubtful"),
    [
        (">= 0.95", "妥投率", [True, False]),
        (">= 95", "妥投率", [False, False]),
        (">= 0.95", "件数", [False, False]),  # of which a mean may well be so small
    ],
)
def test_percents_where_the_target_is_a_fraction(target: str, name: str, doubtful: list[bool]) -> None:
    head = "sources:\n  s: {name: 表, departments: [甲部], files: 表*, key: [号], date: 日, columns: {号: {}, 日: {type: date}, NAME: {type: decimal}}}\n".replace(
        "NAME", name
    )
    value = f"target: '{target}', value: {{measure: median, source: s, of: {name}}}"
    catalogue = catalogue_of(
        f"{head}indicators:\n  - {{id: x, number: 1, domain: 域, name: x, formula: f, period: year, {value}}}\n"
    )
    rows = [{"号": "1", "日": "2022-07-05", name: "91.3"}, {"号": "2", "日": "2022-07-05", name: "0.96"}]
    raw = raw_export(catalogue, "s", rows, covers=WHOLE_YEAR)
    table, problems = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
    bad = table.pandas[f"{name}?bad"].tolist() if table.columns[name].bad else [False, False]
    assert (bad, [one.code for one in problems]) == (doubtful, ["D223"] if doubtful[0] else [])


def test_a_blank_quantity_that_no_row_is_asked_for_is_not_said() -> None:
    asked = "{measure: sum, source: s, of: 量 * 2, where: not blank(量)}"
    head = "sources:\n  s: {name: 表, departments: [甲部], files: 表*, key: [号], date: 日, columns: {号: {}, 日: {type: date}, 量: {type: integer}}}\n"
    body = "indicators:\n  - {id: x, number: 1, domain: 域, name: x, formula: f, period: year, target: '<= 9', value: VALUE}\n"
    for value, figured in ((asked, set()), (asked.replace(", where: not blank(量)", ""), {"量"})):
        assert usage_of(catalogue_of(head + body.replace("VALUE", value)), "s").figured == figured


@pytest.mark.parametrize(
    ("dates", "doubtful"),
    [
        # 1 July became 7 January, and the 31st stayed a text
        (["2022-01-07", "2022-12-07", "31/07/2022"], [True, True, True]),
        (["2022-01-07", "2022-01-13", "31/07/2022"], [False, False, True]),  # a cell of the 13th was not swapped
        (["2022-01-07", "2022-12-07", "07/31/2022"], [True, True, True]),  # 1 July and 12 July, read with the day first
        (["2022-01-07", "2022-12-07", "待补"], [False, False, True]),
    ],
)
def test_dates_beside_texts_in_another_order_may_be_swapped(dates: list[str], doubtful: list[bool]) -> None:
    codes, bad = told(*({**ROW, "编号": f"A{at}", "完成": text} for at, text in enumerate(dates)))
    assert (("D219" in codes), bad["完成"]) == (doubtful[0], doubtful)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("项目A", "项目 A"),
        ("BG-2024-07", "BG202407"),
        ("0071", "71"),
        ("3号站", "3#站"),
        ("一班", "1班"),
        ("BG_07", "BG-7"),
    ],
)
def test_names_and_numbers_that_differ_in_hardly_anything_may_be_one(one: str, other: str) -> None:
    rows = [{**ROW, "编号": f"N{at}", "项目": one if at else other} for at in range(3)]
    assert told(*rows) == (["D318"], {"项目": [True, False, False]})
    raw = raw_export(VALUES, "s", [{**ROW, "编号": one}, {**ROW, "编号": other}], covers=WHOLE_YEAR)
    table, problems = build_table("s", VALUES.sources["s"], [raw], ["甲部"], 2022)
    doubts = table.pandas["_uncertain"].tolist() if table.uncertain else []
    assert ([problem.code for problem in problems], doubts) in ((["D318"], [False, True]), ([], []))
    # of numbers only blanks, dashes and zeros are looked at
    assert doubts or any(sign in one + other for sign in "班#·（")


@pytest.mark.parametrize(
    ("one", "other"), [("1-11", "11-1"), ("A1", "A11"), ("客户1", "客户2"), ("10", "1"), ("二十一班", "21班")]
)
def test_names_and_numbers_that_differ_are_two(one: str, other: str) -> None:
    assert told(*({**ROW, "编号": text, "项目": text} for text in (one, other))) == ([], {})


@pytest.mark.parametrize(("key", "fails"), [("2.02207E+11", True), ("1E+12", True), ("1E5", False), ("AE-12", False)])
def test_a_number_in_e_notation_is_no_key(key: str, *, fails: bool) -> None:
    assert told({**ROW, "编号": key}) == ((["D207"], {"编号": [True]}) if fails else ([], {}))


def test_a_row_without_a_number_is_said_though_the_catalogue_does_not_ask_for_one() -> None:
    declared = VALUES.sources["s"].model_copy(
        update={"columns": {**VALUES.sources["s"].columns, "编号": VALUES.sources["s"].columns["项目"]}}
    )
    raw = raw_export(VALUES, "s", [ROW, {**ROW, "编号": ""}], covers=WHOLE_YEAR)
    table, problems = build_table("s", declared, [raw], ["甲部"], 2022)
    assert ([problem.code for problem in problems], table.pandas["_uncertain"].tolist()) == (["D204"], [False, True])


def test_numbers_that_begin_anew_below_a_heading_on_one_sheet_are_several() -> None:
    rows = [{**ROW, "编号": key} for key in ("东楼", "1", "2", "3", "西楼", "1", "2", "3")]
    raw = raw_export(VALUES, "s", rows, covers=WHOLE_YEAR)
    table, problems = build_table("s", VALUES.sources["s"], [raw], ["甲部"], 2022)
    assert ([problem.code for problem in problems if problem.code == "D301"], table.conflicts) == ([], 3)


BESIDE = catalogue_of("""
sources:
  s:
    name: 台账
    departments: [甲部]
    files: 台账_*
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 金额: {type: decimal}, 历时: {type: duration, unit: hour}, 撤销日期: {type: date, optional: true}}
indicators:
  - {id: cost, number: 1, domain: 域, name: 额, formula: 额, target: '<= 9万元', period: year, value: {measure: sum, source: s, of: 金额 / 10000}}
""")  # fmt: skip


def beside(head: list[str], *rows: list[str]) -> tuple[Any, list[Problem]]:
    """The table of a sheet as it is written."""
    cells = [[*row, *[None] * (len(head) - len(row))] for row in (head, *rows)]
    grid = pa.table({str(at): pa.array([row[at] for row in cells], pa.string()) for at in range(len(head))})
    raw = raw_export(BESIDE, "s", [], covers=WHOLE_YEAR)
    raw = replace(raw, grid=replace(raw.grid, cells=grid, indexes=tuple(range(len(head)))))
    table, problems = build_table("s", BESIDE.sources["s"], [raw], ["甲部"], 2022, usage_of(BESIDE, "s"))
    return table.pandas, [one for one in problems if one.code not in ("D106", "D217")]


@pytest.mark.parametrize(
    ("title", "column", "units", "bad"),
    [
        ("单位", "金额", ["元", "万元", ""], [1]), ("金额单位", "金额", ["元", "元", "元"], []), ("客户单位", "金额", ["甲厂", "乙厂", "元"], []),
        ("时长单位", "历时", ["小时", "分钟", "h"], [1]), ("单位", "历时", ["天", "次", "分"], [0, 2]),
    ],
)  # fmt: skip
def test_a_column_beside_may_say_another_unit(title: str, column: str, units: list[str], bad: list[int]) -> None:
    rows = [[f"A{at}", "2022-07-05", "3", unit] for at, unit in enumerate(units)]
    frame, problems = beside(["编号", "日期", column, title], *rows)
    found = frame.get(f"{column}?bad", pd.Series([False] * 3))
    assert found[found].index.tolist() == bad
    assert [one.code for one in problems if one.code == "D218"] == ["D218"] * bool(bad)


@pytest.mark.parametrize(
    ("title", "text", "lost"),
    [("撤消曰期", "2022-07-06", True), ("撤销日期填", "2022-07-06", True), ("完成日期", "2022-07-06", False), ("撤销原因", "误提", False), ("撤消曰期", "", False)],
)  # fmt: skip
def test_a_misspelt_heading_of_an_optional_column(title: str, text: str, *, lost: bool) -> None:
    """What somebody has written there is lost, and not blank."""
    frame, problems = beside(["编号", "日期", "金额", "历时", title], ["A1", "2022-07-05", "3", "1", text])
    assert bool(frame.get("撤销日期?bad", pd.Series([False]))[0]) is lost
    assert ("D105" in [one.code for one in problems]) is lost


@pytest.mark.parametrize(
    ("amounts", "found"),
    [
        (["3元", "4"], [3, 4]), (["3万元", "4"], [None, 4]), (["3小时", "4小时"], [3, 4]), (["3小时", "4天"], [None, None]),
        (["3分", "4分"], [3, 4]), (["3个", "4"], [None, 4]),
    ],
)  # fmt: skip
def test_numbers_with_a_unit_behind_them(amounts: list[str], found: list[int | None]) -> None:
    plain = catalogue_of(
        "sources: {s: {name: 台账, departments: [甲部], files: 台账_*, key: [编号], date: 日期, columns: {编号: {required: true}, "
        "日期: {type: date, required: true}, 数: {type: decimal}}}}\nindicators: []\n"
    )
    rows = [{"编号": f"A{at}", "日期": "2022-07-05", "数": text} for at, text in enumerate(amounts)]
    raw = raw_export(plain, "s", rows, covers=WHOLE_YEAR)
    table, _ = build_table("s", plain.sources["s"], [raw], ["甲部"], 2022, Usage())
    bad = table.pandas.get("数?bad", pd.Series([False] * 2))
    assert [None if lost else number for number, lost in zip(table.pandas["数"], bad, strict=True)] == found


@pytest.mark.parametrize(
    ("covers", "days"),
    [
        ((date(2022, 1, 1), date(2022, 2, 1)), "2021-12-30"), ((date(2022, 10, 1), date(2023, 1, 1)), "2022-12-30"),
        ((date(2022, 1, 1), date(2023, 1, 1)), "2022-12-30"),
    ],
)  # fmt: skip
def test_a_day_without_its_year_is_near_its_file(covers: tuple[date, date], days: str) -> None:
    raw = raw_export(BESIDE, "s", [{"编号": "A1", "日期": "12月30日"}, {"编号": "A2", "日期": "1月5日"}], covers=covers)
    table, _ = build_table("s", BESIDE.sources["s"], [raw], ["甲部"], 2022, usage_of(BESIDE, "s"))
    assert str(table.pandas["日期"].to_numpy()[0].astype("datetime64[us]"))[:10] == days


def test_a_day_without_its_year_in_a_file_without_a_time_is_of_no_year() -> None:
    raw = raw_export(
        BESIDE, "s", [{"编号": "A1", "日期": "12月30日"}, {"编号": "A2", "日期": "2022-01-05"}], covers=None
    )
    table, _ = build_table("s", BESIDE.sources["s"], [raw], ["甲部"], 2022, usage_of(BESIDE, "s"))
    assert table.pandas["日期?bad"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("covers", "texts", "bad"),
    [
        (WHOLE_YEAR, ["2022.1", "2022.2"], [True, False]), (WHOLE_YEAR, ["2022.1", "2022.10"], [False, False]),
        ((date(2022, 1, 1), date(2022, 7, 1)), ["2022.1", "2022.2"], [False, False]), (None, ["2022.1", "2022.2"], [True, False]),
    ],
)  # fmt: skip
def test_a_first_month_may_be_the_tenth(covers: tuple[date, date] | None, texts: list[str], bad: list[bool]) -> None:
    monthly = catalogue_of(
        "sources: {s: {name: 台账, departments: [甲部], files: 台账_*, key: [月份], date: 月份, columns: "
        "{月份: {type: period, required: true}, 数: {type: integer}}}}\nindicators: []\n"
    )
    raw = raw_export(monthly, "s", [{"月份": text, "数": "1"} for text in texts], covers=covers)
    table, problems = build_table("s", monthly.sources["s"], [raw], ["甲部"], 2022, Usage())
    assert table.pandas.get("月份?bad", pd.Series([False] * 2)).tolist() == bad
    assert [one.code for one in problems if one.code == "D201"] == ["D201"] * sum(bad)
