"""待确认.xlsx: the questions of a draft, to be answered in Excel, and the answers read back.

Convention: a question is known by what stands in its first two columns; only the column of answers is read, beside the
proposal that stood there. The table of indicators goes along, so that the workbook is all that a further round needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zipfile import BadZipFile

from itss_kpi.core.problems import Refusal
from itss_kpi.draft.indicator_table import Rows
from itss_kpi.draft.questions import OPEN, TAKEN, Given, Key, Question
from itss_kpi.render.sheet_style import FILL_IN, HEAD, LABEL, NOTE, PLAIN, SMALL, TITLE, page
from itss_kpi.render.xlsx import Book, check, column, opened, place

ASKED, CHOICES, EXAMPLES, TABLE = "待确认", "选项", "写法", "指标表"
_HEADS = ("关于", "问什么", "问题", "建议", "回答", "备注", "为什么这样建议", "影响", "结果", "上次采用")
_WIDTHS = (24, 13, 38, 34, 26, 16, 18, 26, 20, 10)
_ANSWER = _HEADS.index("回答")
_HOW = (
    "每行一个问题。同意建议的,在“回答”中选“同意”(可以整列往下填);不同意的,选其他的或自己写。",
    "“口径”一行是这项指标的完整算法和算出来的数,看过以后写“商定”;商定了的才会考核,其余的都是“口径待确认”。",
    "“备注”写谁商定的、依据什么,会保留。自己写怎样算,照“写法”一页的例子。",
    "填好保存并关闭,运行 itss-kpi draft --answers 待确认.xlsx,结果写进指标目录,并写在最后一列;可以反复填、反复运行。",
)
_WRITTEN = (
    ("行数", "所有的行"),
    ("状态 = '已关闭'", "一列等于某个取值的行;不等于写 ≠"),
    ("是否及时", "是/否的列写着“是”的行;相反的写 not 是否及时"),
    ("完成日期 <= 要求日期", "不晚于要求日期的行"),
    ("响应时间 - 受理时间 <= 30分钟", "两个时刻相差不超过 30 分钟;也可以写 4小时、3天,或写时限的列名"),
    ("得分 >= 85", "数值不小于 85 的行"),
    ("解决时间 不空、根因 空着", "这一列有内容、没有内容的行"),
    ("优先级 in ('P1', 'P2')", "几种取值之一"),
    ("状态 = '已关闭' 且 是否回访", "几个条件都要成立写 且,成立一个就行写 或;先后用括号"),
    ("关闭日期 空着 或 关闭日期 >= period_end", "期末还没有关闭的;“范围”选到期末为止的全部"),
    ("计划完成日期 < period_end", "period_start、period_end 是本期的第一天、下一期的第一天"),
    ("合计 实际人数", "把一列加起来;只加一部分的:合计 实际人数,其中 是否合格"),
    ("平均 满意度得分", "平均;还有 最大、最小、不同(不同取值的个数)"),
    ("平均 解决时间 - 受理时间,其中 解决时间 不空", "两个时刻相差多久的平均"),
    ("行数,其中 是否成功,按 实际发布日期", "不按台账的日期列、按这一列归期"),
)
_FILL = replace(FILL_IN, down="center")
_DONE = replace(SMALL, color="375623")
_WRONG = replace(SMALL, color="9C0006", bold=True)


def questions_workbook(questions: Sequence[Question], tables: Sequence[Rows], year: int) -> bytes:
    """The workbook of the questions, with the tables that they are about."""
    book = Book(datetime(year, 1, 1), f"{ASKED}:指标口径", "")
    made = page(book, ASKED, _WIDTHS, grid=True)
    made.say("指标目录:待确认的问题", TITLE)
    for line in _HOW:
        made.say(line, NOTE)
    made.line(list(_HEADS), HEAD)
    first = made.row
    for one in questions:
        said = [one.about, one.item, one.asks, one.proposal, one.answer or None, one.remark or None]
        said += [one.reason, one.effect, one.state, one.adopted]
        state = _DONE if one.state == TAKEN else SMALL if one.state == OPEN else _WRONG
        made.line(said, [PLAIN, LABEL, PLAIN, PLAIN, _FILL, _FILL, SMALL, SMALL, state, SMALL])
    made.sheet.freeze_panes = made.sheet.cell(first, 3)
    made.sheet.auto_filter.ref = f"A{first - 1}:{column(len(_HEADS))}{made.row - 1}"
    made.sheet.column_dimensions[column(len(_HEADS))].hidden = True
    made.sheet.print_title_rows = f"{first - 1}:{first - 1}"
    _choices(book, made.sheet, questions, first)
    _examples(book)
    for table in tables:
        _table(book, table)
    return book.content()


def _choices(book: Book, sheet: Any, questions: Sequence[Question], first: int) -> None:
    """What each answer may be chosen from, a row a question."""
    listed = page(book, CHOICES, [24] * max((len(one.choices) for one in questions), default=1), grid=True)
    for at, one in enumerate(questions, 1):
        listed.line(list(one.choices), PLAIN)
        if one.choices:
            where = place(listed.sheet.title, f"$A${at}:${column(len(one.choices))}${at}")
            check(sheet, type="list", formula1=where, showErrorMessage=False).add(
                f"{column(_ANSWER + 1)}{first + at - 1}"
            )


def _examples(book: Book) -> None:
    """How amounts and conditions are written."""
    shown = page(book, EXAMPLES, (46, 70), grid=True)
    shown.line(["写", "意思"], HEAD)
    for written, meaning in _WRITTEN:
        shown.line([written, meaning], PLAIN)


def _table(book: Book, table: Rows) -> None:
    """A table as it was sent."""
    widest = max(map(len, table), default=1)
    sent = page(book, TABLE, [20] * widest, grid=True)
    for row in table:
        sent.line([*row, *[""] * (widest - len(row))], PLAIN)


def answers_in(content: bytes) -> tuple[dict[Key, Given], list[Rows]]:
    """The answers, each with the proposal that it was beside, and the table of indicators; raises `Refusal` for another
    workbook."""
    try:
        book = opened(content, values=True)
        asked = _rows(book[ASKED])
        tables = [_rows(sheet) for sheet in book if sheet.title.startswith(TABLE)]
        head = next(at for at, row in enumerate(asked) if tuple(row[: len(_HEADS)]) == _HEADS)
    except (BadZipFile, KeyError, ValueError, StopIteration) as error:
        raise Refusal(f"不是 draft 写出的 {ASKED}.xlsx") from error
    return _given(row for row in asked[head + 1 :]), tables


def _given(rows: Iterable[Sequence[str]]) -> dict[Key, Given]:
    found: dict[Key, Given] = {}
    for about, item, _, proposal, answer, remark, _, _, _, before, *_ in rows:
        if about and item:
            found[about, item] = Given(proposal, answer, before, remark)
    return found


def _rows(sheet: Any) -> Rows:
    rows = sheet.iter_rows(values_only=True)
    return [["" if cell is None else str(cell).strip() for cell in row] for row in rows]


def unknown(given: Mapping[Key, Given], questions: Iterable[Question]) -> list[Key]:
    """The answers to what isn't asked any more."""
    asked = {one.key for one in questions}
    return [key for key, one in given.items() if one.answer and key not in asked]
