"""Drafts piece by piece: what is proposed of a ledger's columns, and what an answer makes of it.

Convention: ledgers are rows as they would stand in a sheet; what is right is said by hand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from itss_kpi.core.period import PeriodKind
from itss_kpi.draft.formulas import Amount, amounts, parts, sides
from itss_kpi.draft.indicator_table import Listed, listed
from itss_kpi.draft.ledgers import LedgerFound, Sheet, ledgers_of
from itss_kpi.draft.proposal import Facts, drafted
from itss_kpi.draft.questions import Given, Question
from itss_kpi.draft.written import amount_of


def ledger(head: str, *rows: str, file: str = "甲台账_2026.xlsx", department: str = "甲部") -> LedgerFound:
    """The ledger of a sheet whose cells stand apart by blanks, `_` for one that is empty."""
    cells = [[cell.replace("_", "") for cell in row.split(" ")] for row in (head, *rows)]
    (found,) = ledgers_of([Sheet(department, file, "表", cells)])
    return found


def made(
    ledgers: Sequence[LedgerFound], answers: Mapping[tuple[str, str], str] | None = None, *indicators: Listed
) -> tuple[dict[str, Any], dict[tuple[str, str], Question]]:
    """The draft and its questions, by what they ask, after these answers."""
    given = {key: Given("", answer) for key, answer in (answers or {}).items()}
    found = drafted(Facts(indicators, ledgers, 2026), given)
    return found.catalogue, {one.key: one for one in found.questions}


def column(found: LedgerFound, name: str, item: str, answer: str) -> dict[str, Any]:
    """How a column is declared after that was answered of the ledger's `item`."""
    catalogue, questions = made([found], {(f"台账 {found.name}", item): answer})
    assert questions[f"台账 {found.name}", item].is_settled
    declared: dict[str, Any] = catalogue["sources"]["ledger_1"]["columns"][name]
    return declared


def test_words_among_numbers_are_what_an_answer_says() -> None:
    found = ledger("编号 金额", *(f"A{n} {n}" for n in range(1, 10)), "A10 待定")
    assert column(found, "金额", "金额的内容", "整数") == {"type": "integer"}
    assert column(found, "金额", "金额的内容", "文本") == {"type": "text"}
    assert column(found, "金额", "金额的内容", "整数,这些词当空着") == {"type": "integer", "blank_words": ["待定"]}


def test_blank_cells_are_what_an_answer_says() -> None:
    found = ledger("编号 次数 是否及时", "A1 2 是", "A2 _ 否", "A3 1 _")
    assert column(found, "次数", "次数空着的", "就是 0") == {"type": "integer", "blank": 0}
    assert column(found, "次数", "次数空着的", "不知道") == {"type": "integer"}
    assert column(found, "是否及时", "是否及时空着的", "没有填") == {"type": "yes_no", "required": True}


def test_shares_are_what_an_answer_says() -> None:
    found = ledger("编号 可用率", "A1 99.5", "A2 98")
    assert column(found, "可用率", "可用率的数", "99 就是 99%") == {"type": "percent", "percent": "whole"}
    mixed = ledger("编号 可用率", "A1 99.5", "A2 0.98")
    _, questions = made([mixed])
    assert questions["台账 甲台账", "可用率的数"].proposal == ""


def test_days_in_an_unusual_form_are_what_an_answer_says() -> None:
    two_ways = ledger("编号 送修日期", "A1 03/04/2026", "A2 05/06/2026")
    _, questions = made([two_ways])
    assert questions["台账 甲台账", "送修日期的写法"].choices == ("2026-04-03", "2026-03-04")
    declared = column(two_ways, "送修日期", "送修日期的写法", "2026-03-04")
    assert declared == {"type": "date", "formats": ["%m/%d/%Y"], "required": True}
    no_year = ledger("编号 日期", "A1 3月4日", "A2 3月5日")
    assert column(no_year, "日期", "日期的年份", "文本")["type"] == "text"
    months = ledger("编号 启用年月", "A1 2020.10", "A2 2020.11")
    assert column(months, "启用年月", "启用年月的内容", "文本")["type"] == "text"
    assert column(months, "启用年月", "启用年月的内容", "数值")["type"] == "decimal"


def test_times_and_durations_are_what_an_answer_says() -> None:
    clock = ledger("编号 进入时间", "A1 09:15", "A2 10:20")
    assert column(clock, "进入时间", "进入时间的内容", "时长") == {"type": "duration", "unit": "hour"}
    assert column(clock, "进入时间", "进入时间的内容", "文本") == {"type": "text"}
    span = ledger("编号 处置时长", "A1 2:35", "A2 0:40")
    assert column(span, "处置时长", "处置时长的写法", "小时:分") == {"type": "duration", "unit": "hour"}
    assert column(span, "处置时长", "处置时长的写法", "文本") == {"type": "text"}
    words = ledger("编号 处置时长", *(f"A{n} {n}小时" for n in range(1, 10)), "A10 待核")
    assert column(words, "处置时长", "处置时长的内容", "文本") == {"type": "text"}


def test_levels_and_names_are_what_an_answer_says() -> None:
    found = ledger("编号 级别 客户名称", *(f"A{n} {n % 3 + 1} {'甲乙'[n % 2]}公司" for n in range(9)))
    assert column(found, "级别", "级别的内容", "几种之一")["values"] == {"1": [], "2": [], "3": []}
    assert column(found, "客户名称", "客户名称的内容", "文本") == {"type": "text"}
    spelt = ledger("编号 状态", *(f"A{n} {('关闭', '已关闭', '处理中')[n % 3]}" for n in range(12)))
    assert column(spelt, "状态", "状态:已关闭/关闭", "是")["values"] == {"关闭": ["已关闭"], "处理中": []}
    assert column(spelt, "状态", "状态:已关闭/关闭", "不是")["values"] == {"关闭": [], "已关闭": [], "处理中": []}


def test_a_column_under_two_headings_is_one_where_an_answer_says_so() -> None:
    sheets = [
        Sheet("甲部", "工单_2026.xlsx", "表", [["工单编号", "日期"], ["A1", "2026-01-05"], ["A2", "2026-01-06"]]),
        Sheet("乙部", "工单_2026.xlsx", "表", [["工单号", "日期"], ["B1", "2026-01-05"], ["B2", "2026-01-06"]]),
    ]
    (found,) = ledgers_of(sheets)
    catalogue, questions = made([found])
    assert catalogue["sources"]["ledger_1"]["columns"]["工单编号"]["aliases"] == ["工单号"]
    assert questions["台账 工单", "编号列"].proposal == "工单编号"
    catalogue, _ = made([found], {("台账 工单", "工单编号/工单号"): "不是"})
    assert "工单号" in catalogue["sources"]["ledger_1"]["columns"]


def test_what_tells_records_apart() -> None:
    both = ledger("项目 月份 数量", "甲 2026-01 1", "甲 2026-02 1", "乙 2026-01 1", "乙 2026-02 1")
    _, questions = made([both])
    assert questions["台账 甲台账", "编号列"].proposal == "项目、月份"
    catalogue, _ = made([both], {("台账 甲台账", "编号列"): "没有编号"})
    assert (catalogue["sources"]["ledger_1"]["key"], catalogue["sources"]["ledger_1"]["key_scope"]) == (["项目"], "row")
    alike = ledger("数量 金额", "1 1", "1 1")
    _, questions = made([alike])
    assert questions["台账 甲台账", "编号列"].proposal == ""
    assert questions["台账 甲台账", "日期列"].proposal == "没有日期列"


def test_ledgers_that_look_alike_are_asked_about_and_told_apart() -> None:
    head = "工单编号 受理时间 状态"
    one = ledger(head, "A1 2026-01-05 好", file="工单_2026.xlsx")
    other = ledger(head, "B1 2026-01-05 好", file="工单_外包_2026.xlsx")
    catalogue, questions = made([one, other])
    assert questions["台账 工单", "与工单外包"].proposal == ""
    files = [source["files"] for name, source in catalogue["sources"].items() if name != "manual"]
    assert files == ["工单_2026.xlsx", "工单_外包_*.xlsx"]  # 工单_* would be both


def test_each_sheet_that_is_numbered_or_has_days_is_a_ledger() -> None:
    sheets = {
        "工单": [["工单号", "受理时间"], ["A1", "2026-04-01"], ["A2", "2026-04-02"], ["A3", "2026-04-02"]],
        "投诉": [["投诉日期", "客户"], ["2026-04-01", "甲"], ["2026-04-03", "乙"]],
        "级别": [["名称", "说明"], ["高", "急"], ["低", "不急"]],
    }
    found = ledgers_of([Sheet("甲部", "运维台账_2026Q2.xlsx", name, rows) for name, rows in sheets.items()])
    assert [(one.name, one.sheet, one.rows) for one in found] == [("运维台账", "工单", 3), ("运维台账-投诉", "投诉", 2)]
    assert found[0].left_out == ("运维台账_2026Q2.xlsx!级别",)
    catalogue, _ = made(found)
    sources = [(one["files"], one["sheet"]) for name, one in catalogue["sources"].items() if name != "manual"]
    assert sources == [("运维台账_*.xlsx", "工单"), ("运维台账_*.xlsx", "投诉")]


def test_a_ledger_over_several_sheets_is_of_all_of_them() -> None:
    head, notes = ["工单号", "受理时间"], [["名称", "说明"], ["高", "急"], ["低", "不急"]]
    months = {
        f"{month}月": [head, [f"A{month}", f"2026-0{month}-01"], [f"B{month}", f"2026-0{month}-02"]] for month in (4, 5)
    }
    sheets = [Sheet("甲部", "工单_2026Q2.xlsx", name, rows) for name, rows in (*months.items(), ("说明", notes))]
    (found,) = ledgers_of(sheets)
    assert (found.sheet, found.rows, found.left_out) == (None, 4, ("工单_2026Q2.xlsx!说明",))


def test_a_sheet_without_a_table_is_no_ledger_and_a_heading_may_be_anything() -> None:
    assert ledgers_of([Sheet("甲部", "说明.xlsx", "表", [["请看下面"], ["1", "2"]])]) == []
    assert ledgers_of([Sheet("甲部", "2026.xlsx", "明细", [["编号", "备注"], ["A1", "x"]])])[0].name == "明细"
    found = ledger("编号 3月数量 数量(个) 数量(台) (备注)", "A1 1 2 3 x")
    assert [one.name for one in found.columns] == ["编号", "列3月数量", "数量", "数量_", "备注"]


def test_what_formulas_speak_of() -> None:
    found = ledger(
        "编号 受理时间 解决时间 是否回访 得分",
        "A1 2026-01-05T09:00 2026-01-05T10:00 是 90",
        "A2 2026-01-06T09:00 2026-01-06T12:30 否 80",
    )
    assert sides("4小时内解决的工单÷全部工单×100%") == ("4小时内解决的工单", "全部工单")
    assert sides("回访的工单数") is None
    assert parts("4小时内解决的工单", found) == [Amount(where="解决时间 - 受理时间 <= hours(4)")]
    assert parts("得分85分及以上的", found)[0] == Amount("合计", "得分")
    assert Amount(where="得分 >= 85") in parts("得分85分及以上的", found)
    assert amounts("平均解决时长", found)[0] == Amount("平均", "解决时间 - 受理时间")
    assert [str(one) for one in amounts("满意度得分平均", found)] == ["平均 得分", "行数"]


def test_a_ratio_of_unlike_parts_is_two_measures() -> None:
    found = ledger("编号 日期 人数 是否合格", "A1 2026-01-05 3 是", "A2 2026-01-06 4 否")
    one = Listed(1, "人均次数", formula="次数/人数", target=">= 1", period="月")
    subject = "指标 1 人均次数"
    answers = {(subject, "台账"): "甲台账", (subject, "分母"): "合计 人数", (subject, "怎么算"): "行数,其中 是否合格"}
    catalogue, _ = made([found], answers, one)
    (indicator,) = catalogue["indicators"]
    assert indicator["numerator"] == {"measure": "count", "source": "ledger_1", "where": "是否合格"}
    assert indicator["denominator"] == {"measure": "sum", "source": "ledger_1", "of": "人数"}


@pytest.mark.parametrize(
    ("printed", "period", "certain", "asked"),
    [
        ("≥95%", "月", ">= 95%", [">= 95%"]),
        ("不低于95%", "月", ">= 95%", [">= 95%"]),
        ("95%以上", "月", None, [">= 95%", "> 95%"]),
        ("100%", "月", None, ["等于 100%", ">= 100%", "<= 100%"]),
        ("95", "月", None, [">= 95", "<= 95", "等于 95"]),
        ("0次", "月", None, ["<= 0次", ">= 0次", "等于 0次"]),
        ("95%-98%", "月", None, [">= 95% 且 <= 98%"]),
        ("每季不少于2次", "季", None, [">= 2次"]),
        ("≥20小时/年", "年", None, [">= 20小时", ">= 20小时/年"]),
        ("一级≥99%,二级≥95%", "月", None, []),
        ("优于上年", "年", None, []),
    ],
)
def test_requirements_that_are_certain_and_others(
    printed: str, period: str, certain: str | None, asked: list[str]
) -> None:
    found = Listed(1, "办结率", target=printed, period=period)
    assert found.requirement == certain
    assert found.likely == asked


def test_a_table_in_the_middle_of_other_tables() -> None:
    other = [["活动", "时间"], ["内审", "6月"]]
    table = [
        ["一览"],
        ["指标名称", "目标值(%)", "1月", "2月"],
        ["一、服务", "", "", ""],
        ["满意度", "≥95", "", ""],
        ["指标名称", "目标值(%)", "1月", "2月"],
        ["注:按月", "x", "", ""],
    ]
    (found,) = listed([other, table])
    assert (found.name, found.domain, found.target, found.kind) == ("满意度", "服务", "≥95%", None)


TICKETS = (
    "工单编号 受理时间 关闭时间 状态 是否及时 时限(分钟)",
    *(
        f"A{n} 2026-0{n % 3 + 1}-05T09:00 2026-0{n % 3 + 1}-06T09:00 {('已关闭', '处理中', '已取消')[n % 3]} 是 30"
        for n in range(9)
    ),
)


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("行数,其中 状态 == '已关闭'", "状态 == '已关闭'"),
        ("状态 = “已关闭”", "状态 == '已关闭'"),
        ("状态 ≠ '已取消' 且 关闭时间 不空", "状态 != '已取消'  and  not blank(关闭时间)"),
        ("关闭时间 空着 或者 是否及时", "blank(关闭时间)  or  是否及时"),
        ("关闭时间 - 受理时间 ≤ 30分钟", "关闭时间 - 受理时间 <= minutes(30)"),
        ("关闭时间-受理时间<=时限", "关闭时间-受理时间<=时限"),
        ("关闭时间 - 受理时间 不超过 3天", "关闭时间 - 受理时间 <= days(3)"),
        ("状态 = 已关闭", "状态 == '已关闭'"),
        ("是否及时 = '否'", "not 是否及时"),
        ("是否及时 != 否 且 状态 = 已关闭", "是否及时  and  状态 == '已关闭'"),
    ],
)
def test_conditions_in_people_s_own_words(written: str, where: str) -> None:
    columns: dict[str, Any] = {name: {} for name in ("状态", "受理时间", "关闭时间", "时限")}
    found = amount_of({**columns, "是否及时": {"type": "yes_no"}}, written)
    assert found == Amount(where=where)


@pytest.mark.parametrize("written", ["状态 in (", "合计", "行数 状态", "没有这一列", "行数,按 状态日"])
def test_what_is_no_amount_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"写成|没有“|写法"):
        amount_of({"状态": {}}, written)


def test_another_date_and_another_spelling() -> None:
    columns: dict[str, Any] = {"状态": {"values": {"已关闭": ["关闭"]}}, "发布日期": {}, "数量": {}}
    found = amount_of(columns, "合计 数量,按 发布日期,其中 状态 == '关闭'")
    assert found == Amount("合计", "数量", "状态 == '已关闭'", "发布日期")
    assert str(found) == "合计 数量,按 发布日期,其中 状态 == '已关闭'"
    assert amount_of(columns, "合计 数量,其中 状态 == '关闭',按 发布日期") == found


def test_a_rate_without_a_formula_is_a_share_and_a_count_is_never_one() -> None:
    found = ledger(*TICKETS)
    one = Listed(1, "工单及时率", target=">= 95%", period="月")
    subject = "指标 1 工单及时率"
    _, questions = made([found], {}, one)
    assert questions[subject, "分母"].proposal == "行数"
    assert questions[subject, "怎么算"].proposal == "行数,其中 是否及时"
    answers = {(subject, "分母"): "没有分母", (subject, "怎么算"): "行数", (subject, "口径"): "商定"}
    catalogue, questions = made([found], answers, one)
    assert "百分比" in questions[subject, "口径"].state
    assert catalogue["indicators"][0]["agreed"] is False


def test_what_is_open_at_the_end_may_be_of_all_rows() -> None:
    found = ledger(*TICKETS)
    one = Listed(1, "月末未关闭工单数", target="<= 5个", period="月")
    subject = "指标 1 月末未关闭工单数"
    answers = {(subject, "怎么算"): "关闭时间 空着 或 关闭时间 >= period_end"}
    catalogue, questions = made([found], answers, one)
    assert questions[subject, "范围"].proposal == "到期末为止的全部,以前的也在台账里"
    assert catalogue["indicators"][0]["value"]["window"] == "until_end"
    assert catalogue["sources"]["ledger_1"]["carries"] == "earlier"
    assert "到期末为止的全部" in questions[subject, "口径"].proposal
    catalogue, questions = made([found], answers | {(subject, "范围"): "只数本期的"}, one)
    assert "window" not in catalogue["indicators"][0]["value"]
    assert "归期" in questions[subject, "口径"].proposal
    # a status is that of today
    catalogue, questions = made([found], {(subject, "怎么算"): "状态 == '处理中'", (subject, "口径"): "商定"}, one)
    assert questions[subject, "口径"].state.startswith("台账里只有今天的状态")
    assert catalogue["indicators"][0]["value"] == {"measure": "count", "source": "ledger_1"}
    _, questions = made([found], {}, one)
    assert questions[subject, "怎么算"].proposal == "行数,其中 blank(关闭时间) or 关闭时间 >= period_end"
    # where only a condition speaks of the period, nothing is proposed
    other = Listed(1, "工单数", target="<= 5个", period="月")
    _, questions = made([found], {("指标 1 工单数", "怎么算"): "关闭时间 < period_end"}, other)
    assert questions["指标 1 工单数", "范围"].proposal == ""


def test_only_what_has_to_do_with_it_is_waited_for() -> None:
    rows = [f"A{n} 2026-01-0{n + 1} {'是' if n % 2 else '否'} {n if n % 3 else '_'}" for n in range(6)]
    found = ledger("工单编号 受理日期 是否及时 数量", *rows)
    one = Listed(1, "及时率", target=">= 95%", period="月")
    subject, own = "指标 1 及时率", "台账 甲台账"
    _, questions = made([found], {(subject, "台账"): "甲台账"}, one)
    assert (own, "数量空着的") in questions
    ledger_ones = {(own, item): "同意" for item in ("应交部门", "编号列", "日期列")}
    asked = [key for key in questions if key[0] == subject]
    given = {key: Given(questions[key].proposal, "同意") for key in [*ledger_ones, *asked]}
    given[subject, "台账"] = Given("", "甲台账")
    given[subject, "口径"] = Given(questions[subject, "口径"].proposal, "商定")
    found_ones = drafted(Facts([one], [found], 2026), given)
    assert found_ones.catalogue["indicators"][0]["agreed"] is True


def test_an_answer_that_can_t_be_read_leaves_the_one_before() -> None:
    found = ledger(*TICKETS)
    one = Listed(1, "工单及时率", target=">= 95%", period="月")
    key = "指标 1 工单及时率", "怎么算"
    given = {key: Given("", "乱写", "行数,其中 状态 == '已关闭'", "会议定的")}
    found_ones = drafted(Facts([one], [found], 2026), given)
    assert found_ones.catalogue["indicators"][0]["numerator"]["where"] == "状态 == '已关闭'"
    asked = next(question for question in found_ones.questions if question.key == key)
    assert asked.state.startswith("看不懂")
    assert (asked.remark, asked.adopted) == ("会议定的", "行数,其中 状态 == '已关闭'")


@pytest.mark.parametrize("said", ["是", "OK", "好的。", "√", "同意!"])
def test_there_are_many_ways_to_agree(said: str) -> None:
    found = ledger(*TICKETS)
    catalogue, questions = made([found], {("台账 甲台账", "日期列"): said})
    assert questions["台账 甲台账", "日期列"].is_settled
    assert catalogue["sources"]["ledger_1"]["date"] == "受理时间"


def test_a_requirement_that_stands_in_the_formula_is_proposed() -> None:
    rows = [["序号", "考核项目", "考核内容及标准"], ["1", "响应及时率", "每季度及时响应率不低于98%,每低1%扣1分"]]
    (found,) = listed([rows])
    assert (found.requirement, found.likely) == (None, [">= 98%"])
    assert found.likely_kind is PeriodKind.QUARTER


def test_a_period_may_be_said_in_words_and_a_proposal_may_have_gone() -> None:
    found = ledger(*TICKETS)
    one = Listed(1, "工单及时率", target=">= 95%")
    key, gone = ("指标 1 工单及时率", "周期"), ("指标 1 工单及时率", "怎么算")
    asked = {"每月一次": ("month", True), "随时": ("month", False), "每季度": ("quarter", True)}
    for said, (period, settled) in asked.items():
        given = {key: Given("", said), gone: Given("行数,其中 旧列", "同意")}
        made_now = drafted(Facts([one], [found], 2026), given)
        questions = {question.key: question for question in made_now.questions}
        assert (made_now.catalogue["indicators"][0]["period"], questions[key].is_settled) == (period, settled)
        assert questions[gone].state.startswith("看不懂:没有“旧列”这一列")


def test_what_is_not_so_and_what_is_a_mean() -> None:
    found = ledger("工单编号 受理日期 是否授权 满意度评分", *(f"A{n} 2026-01-0{n + 1} 是 {n}.5" for n in range(5)))
    not_so, points = (
        Listed(1, "未授权变更数", target="<= 0次", period="月"),
        Listed(2, "满意度评分", target=">= 4.5分", period="月"),
    )
    answers = {(f"指标 {n} {name}", "台账"): "甲台账" for n, name in ((1, "未授权变更数"), (2, "满意度评分"))}
    _, questions = made([found], answers, not_so, points)
    assert questions["指标 1 未授权变更数", "怎么算"].proposal == "行数,其中 not 是否授权"
    assert questions["指标 2 满意度评分", "怎么算"].proposal == "平均 满意度评分"


def test_limits_by_level_are_no_limit_of_all_and_days_after_a_day_are_added() -> None:
    found = ledger("编号 计划日期 完成日期", "A1 2026-01-05 2026-01-06", "A2 2026-01-07 2026-01-08")
    assert parts("计划日期后3日内完成", found) == [Amount(where="完成日期 - 计划日期 <= days(3)")]
    assert parts("及时完成(一级2天内,二级4天内)", found) == []
    timed = ledger(*TICKETS)
    assert parts("及时关闭(一级2小时内,二级4小时内)", timed)[0] == Amount(where="是否及时")


def test_half_days_among_whole_ones_are_numbers() -> None:
    found = ledger("编号 出勤天数", *(f"A{n} {n}" for n in range(1, 10)), "A10 15.5")
    assert [(one.type, one.odd) for one in found.columns if one.name == "出勤天数"] == [("decimal", ())]


def test_what_several_indicators_lack_is_asked_once() -> None:
    found = ledger(*TICKETS)
    listed_ones = [Listed(n, f"工单及时率{n}", target=">= 95%") for n in range(1, 5)]
    catalogue, questions = made([found], {("整张表", "周期"): "季"}, *listed_ones)
    assert {one["period"] for one in catalogue["indicators"]} == {"quarter"}
    assert not any(item == "周期" for subject, item in questions if subject != "整张表")
    _, questions = made([found], {}, *listed_ones)
    assert questions["整张表", "周期"].state == "还没有答"
    assert not any(item == "周期" for subject, item in questions if subject != "整张表")
    _, questions = made([found], {("整张表", "周期"): "逐项写"}, *listed_ones)
    assert sum(item == "周期" for _, item in questions) == 5


def test_words_for_nothing_and_blank_numbers_go_together() -> None:
    found = ledger("编号 天数", *(f"A{n} {n}" for n in range(1, 10)), "A10 待定", "A11 _")
    answers = {("台账 甲台账", "天数的内容"): "文本", ("台账 甲台账", "天数空着的"): "就是 0"}
    catalogue, _ = made([found], answers)
    assert catalogue["sources"]["ledger_1"]["columns"]["天数"] == {"type": "text"}


def test_what_is_done_may_be_of_the_period_in_which_it_was_done() -> None:
    found = ledger(*TICKETS)
    one = Listed(1, "平均关闭时长", target="<= 4小时", period="月")
    subject = "指标 1 平均关闭时长"
    _, questions = made([found], {}, one)
    assert (questions[subject, "归期"].proposal, questions[subject, "归期"].choices[1:]) == (
        "受理时间",
        ("受理时间", "关闭时间"),
    )
    catalogue, questions = made([found], {(subject, "归期"): "关闭时间"}, one)
    assert catalogue["indicators"][0]["value"]["date"] == "关闭时间"
    assert "按 关闭时间 归期" in questions[subject, "口径"].proposal


def test_a_mean_is_of_the_level_that_its_name_says() -> None:
    rows = [f"A{n} 2026-01-05T09:00 2026-01-05T1{n}:00 {('一级', '二级')[n % 2]}" for n in range(6)]
    found = ledger("编号 受理时间 恢复时间 级别", *rows)
    assert amounts("一级事件平均恢复时间", found)[0] == Amount("平均", "恢复时间 - 受理时间", "级别 == '一级'")


def test_a_file_that_says_no_time_answers_for_that_of_its_rows() -> None:
    """Not for the whole year: in the months before and after, nothing says that nothing happened."""
    rows = ("T1 2026-04-03", "T2 2026-06-30", "T3 2062-05-01")
    found = ledger("投诉编号 投诉日期", *rows, file="投诉登记.xlsx")
    key = ("台账 投诉登记", "文件的时间")
    asked = made([found])[1][key]
    assert (asked.proposal, asked.effect) == ("2026-04至2026-06", "记录的日期从 2026-04 到 2026-06")
    for answer, covers in (
        ("", "2026-04至2026-06"), ("2026Q2", "2026Q2"), ("全年", "year"), ("以后在文件名中写明", None), ("春天", "2026-04至2026-06"),
    ):  # fmt: skip
        catalogue, questions = made([found], {key: answer})
        source = catalogue["sources"]["ledger_1"]
        assert (source.get("covers"), source["files"]) == (covers, "投诉登记*.xlsx")
        assert questions[key].is_settled == (answer not in ("", "春天"))


def test_how_figures_by_hand_make_a_longer_period_is_asked() -> None:
    """12 monthly shares of 1.5 % are a year of 18 %, or of 1.5 %: nobody but the company knows."""
    key = ("指标 1 人员流失率", "各月合成")
    year, month = (Listed(1, "人员流失率", target="<= 10%", period=period) for period in ("年", "月"))
    asked = made([], None, year)[1][key]
    assert (asked.proposal, asked.choices) == ("", ("一期只填一个数", "各月相加", "各月平均"))
    for answer, measure in (("一期只填一个数", "sum"), ("各月相加", "sum"), ("各月平均", "mean")):
        (one,) = made([], {key: answer}, year)[0]["indicators"]
        assert one["value"]["measure"] == measure
    assert key not in made([], None, month)[1]


@pytest.mark.parametrize(
    ("target", "proposal"),
    [("0.95", ">= 0.95"), ("零投诉", ""), ("九成以上", ""), ("", "仅监测"), ("只统计", "仅监测"), ("4h内", "<= 4小时")],
)
def test_what_a_requirement_is_proposed_to_be(target: str, proposal: str) -> None:
    one = Listed(1, "工单解决率", target=target, period="月")
    assert made([], None, one)[1]["指标 1 工单解决率", "要求"].proposal == proposal


@pytest.mark.parametrize(
    ("formula", "where"),
    [("重大故障数(误报不计)", "not 是否误报"), ("剔除误报后的故障数", "not 是否误报"), ("误报的次数", "是否误报")],
)
def test_what_is_left_out_is_not_what_counts(formula: str, where: str) -> None:
    found = ledger("编号 日期 是否误报", "A1 2026-01-01 是", "A2 2026-01-02 否", "A3 2026-01-03 否")
    assert where in [one.where for one in parts(formula, found)]


def test_a_score_is_no_duration() -> None:
    found = ledger("编号 日期 满意度(分) 耗时(分)", "A1 2026-01-01 5 30", "A2 2026-01-02 4 45")
    assert [one.type for one in found.columns[2:]] == ["integer", "duration"]


def test_what_weights_are_for_is_asked() -> None:
    rows = [("响应率", "40", "月"), ("解决率", "60分", "月"), ("满意度", "-", "季")]
    of_month = [
        Listed(at, name, target=">= 90%", period=period, weight=weight)
        for at, (name, weight, period) in enumerate(rows, 1)
    ]
    key = ("整张表", "权重")
    catalogue, questions = made([], None, *of_month)
    assert questions[key].proposal == "只记下来"
    assert len(catalogue["indicators"]) == 3
    total = made([], {key: "达成得满分,未达成不得分"}, *of_month)[0]["indicators"][-1]
    assert (total["period"], total["value"]["weights"]) == ("month", {"kpi_01": 40, "kpi_02": 60})
    mixed = [*of_month[:2], Listed(3, "满意度", target=">= 90%", period="季", weight="10")]
    catalogue, questions = made([], {key: "达成得满分,未达成不得分"}, *mixed)
    assert made([], {key: "随便"}, *mixed)[1][key].state == "看不懂:写 只记下来 或 达成得满分,未达成不得分"
    assert questions[key].state == "看不懂:各项的周期不同,总分在指标目录中写(见 itss-kpi help 得分)"
    assert len(catalogue["indicators"]) == 3
    assert key not in made([], None, of_month[0])[1]
