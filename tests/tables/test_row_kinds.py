"""Kinds of rows: what is a record, what is none, and what may be either, or several; by sheets of a few rows."""

from collections.abc import Sequence
from datetime import date

import pytest
from kit.grids import HEADER, raw, table, ticket
from kit.tables import catalogue_of, codes, only, raw_export, report_of, table_of

from itss_kpi.reading.grid import RawExport

Rows = Sequence[Sequence[str | None]]
GOOD = [ticket("A1", day="2022-07-05"), ticket("A2", day="2022-07-06"), ticket("A3", day="2022-07-07")]


def doubted(*raws: RawExport, extra: str = "") -> tuple[list[str], list[str]]:
    """The keys of the rows that may be none, and the codes of what was said."""
    found, problems = table(*raws, extra=extra)
    marks = found.pandas["_uncertain"] if found.uncertain else [False] * len(found.pandas)
    keys = [key for key, mark in zip(found.pandas["编号"], marks, strict=True) if mark]
    return keys, codes(problems)


# ---- sums


@pytest.mark.parametrize(
    "label",
    ["全年合计", "合 计", "7月小计", "其中:网络", "上月结转", "上年同期", "7月", "七月份", "第三季度", "结余", "期初库存", "共3件", "汇总"],
)  # fmt: skip
def test_a_dated_row_with_a_label_for_its_key_may_be_a_sum(label: str) -> None:
    assert doubted(raw([HEADER, *GOOD, ticket(label, None)])) == ([label], ["D313"])


def test_a_total_in_a_part_of_the_key_is_one_and_a_month_there_is_not() -> None:
    catalogue = catalogue_of("""
sources:
  s:
    name: 用量
    departments: [甲部]
    files: 用量_*.xlsx
    key: [站点, 班次]
    date: 日期
    columns: {站点: {required: true}, 班次: {}, 日期: {type: date, required: true}}
indicators: []
""")
    rows = [{"站点": name, "班次": "早", "日期": "2022-07-05"} for name in ("东站", "西站合计", "7月")]
    found = table_of(catalogue, "s", raw_export(catalogue, "s", rows))
    assert found.pandas["站点"][found.pandas["_uncertain"]].tolist() == ["西站合计"]


@pytest.mark.parametrize("key", ["结算-01", "本部-7", "A7月", "统计1", "其一"])
def test_a_key_that_only_begins_like_a_label_is_one(key: str) -> None:
    assert doubted(raw([HEADER, *GOOD, ticket(key, None)])) == ([], [])


def test_what_is_carried_over_may_stand_in_another_column() -> None:
    assert doubted(raw([HEADER, *GOOD, ticket("A4", "上月结转")])) == (["A4"], ["D313"])
    assert doubted(raw([HEADER, *GOOD, ticket("A4", "全月")])) == (["A4"], ["D313"])


def test_where_the_period_is_a_column_a_month_is_a_record() -> None:
    catalogue = catalogue_of("""
sources:
  s:
    name: 填报
    departments: [甲部]
    files: 填报_*.xlsx
    key: [月份]
    date: 日期
    columns: {月份: {required: true}, 日期: {type: date, required: true}}
indicators: []
""")
    rows = [{"月份": f"{month}月", "日期": f"2022-{month:02}-28"} for month in range(1, 13)]
    assert not table_of(catalogue, "s", raw_export(catalogue, "s", rows)).uncertain


def test_parents_are_doubtful_beside_their_parts_and_a_single_dotted_number_is_none() -> None:
    parents = [ticket(key) for key in ("1", "1.1", "1.2", "2", "2.1", "3.1.1", "3.1", "3.1.2")]
    assert doubted(raw([HEADER, *parents])) == (["1", "3.1"], ["D314"])
    orders = [ticket(key) for key in ("GD03", "GD04", "GD04-1", "GD04-2", "GD05-1")]
    assert doubted(raw([HEADER, *orders])) == (["GD04"], ["D314"])


DISPATCHES = """
sources:
  s:
    name: 派工
    departments: [甲部]
    files: 派工_*.xlsx
    key: [单号, 处理人, 日期]
    date: 日期
    columns: {单号: {required: true}, 处理人: {}, 日期: {type: date, required: true}}
indicators: []
"""


@pytest.mark.parametrize(
    ("keys", "parents"),
    [
        (("7001 甲", "7001.1 乙", "7001.2 丙"), ["7001"]),
        (("7001 甲", "7001.1 甲", "7002 甲-1", "7002.1 甲-2"), []),
        (("机房 甲", "机房-1 甲", "机房-2 甲", "7 甲", "7 甲-1", "7 甲-2"), []),  # names
    ],
)
def test_a_number_among_the_key_s_columns_has_parts_too(keys: Sequence[str], parents: list[str]) -> None:
    catalogue = catalogue_of(DISPATCHES)
    texts = [dict(zip(("单号", "处理人"), key.split(), strict=True)) | {"日期": "2022-07-5"} for key in keys]
    found = table_of(catalogue, "s", raw_export(catalogue, "s", texts))
    assert (found.pandas["单号"][found.pandas["_uncertain"]].tolist() if found.uncertain else []) == parents


# ---- several records in one row


@pytest.mark.parametrize(
    "key",
    ["A1、A2、A3", "A1;A2", "A1；A2", "A1,A2", "A1~A4", "A1～4", "XS-05-11至XS-05-15", "A1等3起", "A1等三件", "A1\nA2"],
)
def test_a_row_with_several_numbers_counts_for_one_or_more(key: str) -> None:
    found, problems = table(raw([HEADER, *GOOD, ticket(key)]))
    assert (codes(problems), found.pandas["_many"].tolist()) == (["D315"], [False] * 3 + [True])


@pytest.mark.parametrize("key", ["1,000", "1,000,700", "沪至京-01", "A-1~", "2022-07-05", "A1/2", "A1 2"])
def test_a_number_with_signs_within_is_one(key: str) -> None:
    found, problems = table(raw([HEADER, *GOOD, ticket(key)]))
    assert (problems, "_many" in found.marks) == ([], False)


MANY = """
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {{编号: {{required: true}}, 日期: {{type: date, required: true}}, 好: {{type: yes_no}}, 量: {{type: integer}}}}
indicators:
  - {{id: one, number: 1, domain: 域, name: 名, formula: 式, target: '{target}', period: year, {measured}}}
"""


@pytest.mark.parametrize(
    ("target", "measured", "verdict", "extent"),
    [
        ("<= 2次", "value: {measure: count, source: s}", "unverified", (2, None)),
        ("<= 1次", "value: {measure: count, source: s}", "missed", (2, None)),
        (">= 2次", "value: {measure: count, source: s}", "attained", (2, None)),
        # how much they add up to is written
        ("<= 9次", "value: {measure: sum, source: s, of: 量}", "attained", (9, 9)),
        (">= 90%", "numerator: {within: denominator, where: 好}, denominator: {measure: count, source: s}", "unverified", (0, 1)),
    ],
)  # fmt: skip
def test_of_a_row_with_several_numbers_nobody_knows_how_many(
    target: str, measured: str, verdict: str, extent: tuple[int | None, int | None]
) -> None:
    catalogue = catalogue_of(MANY.format(target=target, measured=measured))
    rows = [
        {"编号": "A1", "日期": "2022-07-05", "好": "否", "量": "4"},
        {"编号": "A2、A3", "日期": "2022-07-06", "好": "是", "量": "5"},
    ]
    item = only(report_of(catalogue, {"s": table_of(catalogue, "s", raw_export(catalogue, "s", rows))}, "2022"))
    assert str(item.verdict) == verdict
    assert (item.lowest, item.highest) == extent or (verdict, extent) == ("unverified", (0, 1))


# ---- rows without a record


def numbered(used: int, of: int) -> Rows:
    return [HEADER, *(ticket(str(at + 1)) if at < used else [str(at + 1)] for at in range(of))]


def test_a_form_numbered_in_advance_has_blank_rows() -> None:
    found, problems = table(raw(numbered(5, 24)))
    assert (found.kept, codes(problems)) == (5, ["D303"])
    assert problems[0].message == "未计入的非数据行:只有编号的空白 19 行"


def test_a_row_with_only_a_number_between_others_is_a_record_without_its_day() -> None:
    rows = numbered(5, 8)
    assert doubted(raw([*rows, ticket("9")]))[1] == ["D204", "D204", "D204"]
    assert doubted(raw([*numbered(5, 5), ["12"]]))[1] == ["D204"]  # not the next number
    # where those above are in no order nobody has numbered them in advance
    assert doubted(raw([HEADER, ticket("5"), ticket("7"), ticket("1"), ["2"]]))[1] == ["D204"]


@pytest.mark.parametrize(
    "label", ["全省", "全市平均", "全公司", "最大值", "最小值", "最低", "标杆值", "均值", "平均水平"]
)
def test_the_whole_and_the_extremes_are_no_parts(label: str) -> None:
    assert doubted(raw([HEADER, *GOOD, ticket(label)])) == ([label], ["D313"])


@pytest.mark.parametrize("label", ["全新", "全省调度室", "最大化", "标杆一号"])
def test_names_that_begin_like_one_are_names(label: str) -> None:
    assert doubted(raw([HEADER, *GOOD, ticket(label)])) == ([], [])


@pytest.mark.parametrize(
    "row",
    [["无"], ["/"], ["—"], ["本月未发生信息安全事件"], ["2022年7月没有发生投诉"], ["1", "无"], ["1", "本月无", "2022-07-31"], ["AQ-06", "本月未发生安全事故", "2022-07-31"], ["零报告"], ["二季度本食堂未发生食品安全问题,特此说明"], ["无", "无", "无", "无"]],
)  # fmt: skip
def test_a_single_line_may_say_that_nothing_happened(row: list[str]) -> None:
    found, problems = table(raw([HEADER, row]))
    assert (found.kept, codes(problems)) == (0, ["D303"])
    assert problems[0].message == "未计入的非数据行:写明没有发生的 1 行"


@pytest.mark.parametrize("row", [["1", "无", "2022-07-05"], ["A1", "无"], ["无锡-01", None, "2022-07-05"], ["1"]])
def test_a_record_without_an_effect_is_one(row: list[str | None]) -> None:
    found, _ = table(raw([HEADER, row]))
    assert found.kept == 1


def test_a_line_that_says_none_beside_records_is_not_set_aside() -> None:
    assert table(raw([HEADER, *GOOD, ["无"]]))[0].kept == 4


@pytest.mark.parametrize(("days", "keys"), [(8, ["8"]), (6, [])])
def test_in_a_printed_calendar_a_row_without_content_may_be_none(days: int, keys: list[str]) -> None:
    rows = [[str(at), "甲" if at != days else None, f"2022-07-{at:02}", None] for at in range(1, days + 1)]
    found, problems = table(raw([HEADER, *rows]))
    # the ledger's date has a time: an open ticket may well have no more than that
    assert (problems, found.uncertain) == ([], False)
    catalogue = catalogue_of(MANY.format(target="<= 2次", measured="value: {measure: count, source: s}"))
    printed = [{"编号": at, "日期": day, "好": "是" if of else None} for at, of, day, _ in rows]
    built = table_of(catalogue, "s", raw_export(catalogue, "s", printed))
    marks = built.pandas["_uncertain"].tolist() if built.uncertain else []
    assert [key for key, mark in zip(built.pandas["编号"], marks, strict=False) if mark] == keys


SHIFTS = """
sources:
  s:
    name: 台账
    departments: [甲部]
    files: 台账_*
    key: [序号]
    date: 日期
    columns:
      序号: {type: text, required: true}
      日期: {type: date, required: true}
      班次: {type: text}
      巡查人: {type: text}
      情况: {type: text}
indicators:
  - {id: one, number: 1, domain: 甲, name: 次数, formula: 次数, period: month, target: '>= 20次', value: {measure: count, source: s}}
"""


@pytest.mark.parametrize(
    ("filled", "gaps", "doubtful"),
    [
        (16, (), range(17, 21)),
        (20, (), []),
        (16, (3,), []),  # who leaves out one in the middle leaves out what need not be filled in
        (16, (21,), []),  # a day more that isn't printed: these are the days on which something happened
    ],
)
def test_shifts_printed_in_advance_may_not_have_been_held(
    filled: int, gaps: tuple[int, ...], doubtful: list[int]
) -> None:
    catalogue = catalogue_of(SHIFTS)
    rows = [
        {"序号": str(at), "日期": f"2022-07-{(at + 1) // 2:02}", "班次": "早晚"[at % 2]}
        | ({"巡查人": "甲", "情况": "正常"} if at <= filled and at not in gaps else {})
        for at in range(1, 22 if 21 in gaps else 21)
    ]
    built = table_of(catalogue, "s", raw_export(catalogue, "s", rows))
    marks = built.pandas["_uncertain"].tolist() if built.uncertain else []
    assert [int(key) for key, mark in zip(built.pandas["序号"], marks, strict=False) if mark] == list(doubtful)


# ---- text files


def test_a_csv_row_with_a_cell_too_many_is_not_read_where_it_is_shifted() -> None:
    rows = [HEADER, *GOOD, ["A4", "甲", "2022-07-08", "6", "850"]]
    found, problems = table(raw(rows, form="csv utf-8 ,"))
    assert codes(problems) == ["D129"]
    assert found.pandas["数量?bad"].tolist() == [False, False, False, True]
    assert found.pandas["编号"].tolist()[-1] == "A4"
    # a workbook has no such slip; and remarks without a heading are no slip either
    assert table(raw(rows))[1] == []
    assert table(raw([HEADER, *([*row, "记"] for row in GOOD)], form="csv utf-8 ,"))[1] == []


# ---- hidden and struck through


def test_struck_rows_are_doubted_where_the_ledger_doesn_t_take_them_out() -> None:
    rows = [HEADER, *GOOD]
    found, problems = table(raw(rows, struck_rows=(2,)))
    assert (found.kept, [problem.message for problem in problems]) == (3, ["整行划掉了:第 3 行"])
    assert found.pandas["_uncertain"].tolist() == [False, True, False]
    found, problems = table(raw(rows, struck_rows=(2,)), extra="hidden: skip")
    assert (found.kept, [problem.message for problem in problems]) == (2, ["未计入的非数据行:划掉行 1 行"])


@pytest.mark.parametrize(
    ("row", "example"),
    [
        ({"月份": "【示例】2022-07"}, True),
        ({"月份": "【示例】2022-07", "部门": "甲部"}, True),
        ({"月份": "【示例】2022-07", "部门": "乙"}, False),
    ],
)
def test_an_example_without_texts_of_its_own_is_one(row: dict[str, str], *, example: bool) -> None:
    catalogue = catalogue_of("""
sources:
  s:
    name: 填报
    departments: [甲部]
    files: 填报_*.xlsx
    key: [月份]
    date: 月份
    columns: {月份: {type: period, required: true}, 部门: {}, 数: {type: integer}}
indicators: []
""")
    found = table_of(catalogue, "s", raw_export(catalogue, "s", [{"数": "10", **row}, {"月份": "2022-08", "数": "1"}]))
    assert found.kept == (1 if example else 2)


# ---- rows that say how to fill in, and headings between the records


def kept(*rows: Sequence[str | None]) -> tuple[list[str], list[str]]:
    """The keys of what counts for certain, and what was said."""
    found, problems = table(raw([HEADER, *rows]))
    marks = found.pandas["_uncertain"] if found.uncertain else [False] * len(found.pandas)
    keys = [key for key, mark in zip(found.pandas["编号"], marks, strict=True) if not mark]
    return keys, [problem.message for problem in problems if problem.code != "D304"]


@pytest.mark.parametrize(
    "hint",
    [
        ("必填", "选填", "yyyy-mm-dd hh:mm", "整数"),
        ("工单系统编号,必填", "所属项目", "精确到分钟", "填写件数"),
        ("文本", "文本", "日期", "数字"),
        ("如:SR-001", "下拉选择", "格式 2022-7-5", "数值"),
        ("(1)", "(2)", "(3)", "(4)"),
        ("1", "2", "3", "4"),
    ],
)
def test_a_row_that_says_how_to_fill_in_is_no_record(hint: Sequence[str]) -> None:
    keys = [row[0] for row in GOOD]
    assert kept(hint, *GOOD) == (keys, ["未计入的非数据行:填写说明 1 行"])
    assert kept(("(1)", "(2)", "(3)", "(4)"), hint, *GOOD)[0] == keys


@pytest.mark.parametrize(
    "row",
    [
        ("A0", "主/备切换", "2022/13/45", "3"),  # a record with a date that isn't one
        ("A0", "格式转换,文本处理", "待补", "3"),
        ("待编号", "网络", "待补", "3"),
        ("必填", "选填", "2022-07-05", "整数"),  # a date stands there
        ("1", "2", "2022-07-05", "4"),
        ("2", "3", "4", "5"),
    ],
)
def test_a_record_that_is_badly_written_is_no_hint(row: Sequence[str]) -> None:
    found, _ = table(raw([HEADER, row, *GOOD]))
    assert row[0] in list(found.pandas["编号"])


def test_hints_stand_under_the_header_only() -> None:
    hint = ("必填", "选填", "yyyy-mm-dd", "整数")
    assert "填写说明" not in "".join(kept(*GOOD, hint)[1])


@pytest.mark.parametrize("title", [("一、硬件类",), ("(二)", "软件类"), ("第三部分 网络",), ("（四）、其他",)])
def test_a_heading_between_records_is_none(title: Sequence[str]) -> None:
    assert kept(title, *GOOD[:2], title, *GOOD[2:]) == ([row[0] for row in GOOD], ["未计入的非数据行:分节标题 2 行"])


def test_where_records_are_numbered_so_none_is_a_heading() -> None:
    listed = [("一、", "消防"), ("二、", "防汛"), ("三、", "停电", "2022-07-05 09:00:00", "1")]
    found, _ = table(raw([HEADER, *listed]))
    assert len(found.pandas) == 3
    # nor is what has a number beside it
    found, _ = table(raw([HEADER, *GOOD, ("一、", "消防3号")]))
    assert len(found.pandas) == 4


def test_months_without_a_sheet_are_said_of_the_file() -> None:
    quarter = (date(2022, 7, 1), date(2022, 10, 1))
    july, august = (
        raw([HEADER, ticket(f"A{month}", day=f"2022-0{month}-05")], sheet=f"{month}月", covers=quarter)
        for month in (7, 8)
    )
    _, problems = table(july, august)
    assert [(one.code, one.place.sheet) for one in problems] == [("D135", "")]
    assert "没有 2022-09,文件名却写到了" in problems[0].message
    september = raw([HEADER, ticket("A9", day="2022-09-05")], sheet="9月", covers=quarter)
    assert codes(table(july, august, september)[1]) == []


def test_a_remark_in_two_cells_is_no_record() -> None:
    assert kept(*GOOD, ("备注:", "甲", "以上为全部"))[0] == [row[0] for row in GOOD]
    found, _ = table(raw([HEADER, *GOOD, ("备注:A4", "甲", "2022-07-05 09:00:00", "1")]))
    assert len(found.pandas) == 4


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ([["6", None, None, "是"], ["7", None, None, "是"]], ["6", "7"]),  # dragged down beyond the last device
        ([["6", None, None, "否"], ["7", None, None, "否"]], []),  # of these it is said that they aren't done
        ([["6", "泵6", None, "是"], ["7", "泵7", None, "是"]], []),
        ([["6", "泵6", "2022-07-06", "是"], ["7", None, None, "是"]], []),  # one is a slip, and none of a form
        ([["6", None, None, "是"], ["7", "泵7", "2022-07-07", "是"]], []),
    ],
)
def test_what_was_dragged_down_beyond_the_last_filled_row(last: Rows, expected: list[str]) -> None:
    catalogue = catalogue_of("""
sources:
  s: {name: 巡检, departments: [甲部], files: 巡检_*.xlsx, key: [序号], snapshot: true, columns: {序号: {required: true}, 设备: {}, 完成: {}}}
indicators: []
""")
    rows = [[str(at), f"泵{at}", f"2022-07-0{at}", "是"] for at in range(1, 6)]
    sheet = raw([["序号", "设备", "日期", "完成"], *rows, *last])
    found = table_of(catalogue, "s", sheet)
    doubtful = found.pandas["序号"][found.pandas["_uncertain"]].tolist() if found.uncertain else []
    assert doubtful == expected


@pytest.mark.parametrize(
    ("footer", "records"),
    [
        (["客户签字:", None, "巡检人签字:李四", None], 3),
        (["巡检人签字:李四", None, None, None], 3),
        (["巡检人:李四", "审核:王五", None, None], 3),
        (["值班经理:李四", None, "审核:王五", None], 3),
        (["值班经理:李四", None, "2022-07-08", "1"], 4),
        (["客户签字处:", None, "日期:", None], 3),
        (["本季度共3起,其中网络类2起、主机类1起。", None, None, None], 3),
        (["共3起", None, None, None], 3),
        (["图例:绿色底为夜班周,白色底为白班周", None, None, None], 3),
        (["截至日期:2022-12-31", None, None, None], 3),
        (["合计3起(其中网络2起)", None, None, None], 3),
        (["签到01", "甲", "2022-07-08", "1"], 4),
        (["客户签字:A7", "甲", "2022-07-08", "1"], 4),  # a record, however it is numbered
    ],
)
def test_who_signs_and_how_many_there_are_is_no_record(footer: list[str | None], records: int) -> None:
    found, problems = table(raw([HEADER, *GOOD, footer]))
    assert (len(found.pandas), found.uncertain, codes(problems)) == (records, False, [] if records == 4 else ["D303"])
