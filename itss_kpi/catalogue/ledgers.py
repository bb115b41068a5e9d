"""Ledgers of what was done and decided (纠正措施台账 …): the columns that each has to declare, and a row of it.

Convention: such a ledger is a source with the id that its class names; no indicator needs one. A row's cell is a text,
date, datetime, bool or exact `Fraction`, None where blank; one that can't be read is named in `unread`.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, ClassVar, Generic, TypeVar

from itss_kpi.catalogue.expression import Kind
from itss_kpi.core.jsonable import as_json
from itss_kpi.core.text import row_place

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a ledger: who handed it in, its `place` (file, sheet, row), its cells by column, what can't be read.

    `conflict`: the number that rows of one key with different contents share, 0 for all others; `uncertain`: it has no
    key, or nobody knows whether its sheet counts; both are `disputed`: nobody knows what holds. `versions`: the rows
    that were merged in it."""

    source: ClassVar[str]
    submitter: str
    place: tuple[str, str, int]
    cells: Mapping[str, Any]
    unread: frozenset[str] = frozenset()
    disputed: bool = False
    conflict: int = 0
    uncertain: bool = False
    versions: tuple[Any, ...] = ()

    def text(self, column: str) -> str:
        """A text cell; '' where it is blank or can't be read."""
        return str(self.cells.get(column) or "")

    def day(self, column: str) -> date | None:
        """A day; None where it is blank or can't be read."""
        found = self.cells.get(column)
        return found.date() if isinstance(found, datetime) else found

    @property
    def also(self) -> tuple[tuple[str, str, int], ...]:
        """Where the other rows stand that were merged in it."""
        return tuple(row.place for row in self.versions[1:])

    @property
    def shown_place(self) -> str:
        """The place as shown: `综合管理部/纠正措施台账_2022.xlsx!Sheet1!5`; of merged rows all of them."""
        return "、".join(row_place(*place) for place in (self.place, *self.also))

    def is_blank(self, column: str) -> bool:
        """Whether nothing is written in a cell, or nothing but blanks; one that can't be read is not blank."""
        cell = self.cells.get(column)
        return column not in self.unread and not str("" if cell is None else cell).strip()

    @classmethod
    def declared(cls) -> dict[str, Kind]:
        """The columns that the ledger has to declare, and what they are."""
        cells = [cell for cell in vars(cls).values() if isinstance(cell, Cell)]
        return {cell.column: cell.kind for cell in cells if not cell.optional}


@as_json.register
def _(row: Record) -> dict[str, Any]:
    """Where it stands, and its other rows."""
    place, *also = map(place_json, (row.place, *row.also))
    return place | ({"also": also} if also else {})


def place_json(place: tuple[str, str, int]) -> dict[str, Any]:
    """A row's file, sheet and number as an object."""
    return dict(zip(("path", "sheet", "row"), place, strict=True))


@dataclass(frozen=True, slots=True)
class Cell(Generic[T]):
    """What stands in a column of a row, as an attribute of it; an `optional` column need not be declared."""

    column: str
    kind: Kind
    read: Callable[[Record, str], T]
    optional: bool = False

    def __get__(self, row: Record, owner: object = None) -> T:
        return self.read(row, self.column)


_text = functools.partial(Cell, kind=Kind.TEXT, read=Record.text)
_day = functools.partial(Cell, kind=Kind.INSTANT, read=Record.day)


def _number(column: str, *, optional: bool = False) -> Cell[Fraction | None]:
    return Cell(column, Kind.NUMBER, lambda row, name: row.cells.get(name), optional)


class IndicatorRow(Record):
    """A row that speaks of an indicator, of one of its periods and groups."""

    id = _text("编号", optional=True)
    number = _number("指标序号", optional=True)
    period = _text("考核期", optional=True)
    group = _text("分组", optional=True)


class ActionRow(IndicatorRow):
    """A row of 纠正措施台账."""

    source = "corrective_actions"
    id = _text("编号")
    number = _number("指标序号")
    period = _text("考核期")
    cause = _text("原因分析")
    measure = _text("纠正措施")
    department = _text("责任部门")
    responsible = _text("责任人")
    due = _day("完成期限")
    done = _day("实际完成日期")
    result = _text("验证结果")
    verified = _day("验证日期")


class ActivityRow(Record):
    """A row of 质量活动台账."""

    source = "activity_log"
    number = _number("活动序号")
    name = _text("活动名称")
    when = _text("计划时间")
    done = _day("实际完成日期")
    department = _text("责任部门")
    evidence = _text("记录编号")
    conclusion = _text("结论")


class CheckRow(Record):
    """A row of 监督检查记录."""

    source = "supervision"
    id = _text("检查编号")
    category = _text("检查类别")
    checked = _day("检查日期")
    department = _text("被检查部门")
    project = _text("项目名称")
    item = _text("检查项")
    result = _text("结果")
    remark = _text("说明")
    checker = _text("检查人工号")


class NonconformityRow(IndicatorRow):
    """A row of 不符合项台账."""

    source = "nonconformities"
    id = _text("编号")
    origin = _text("来源")
    clause = _text("依据条款")
    department = _text("责任部门")
    fact = _text("事实描述")
    severity = _text("性质")
    cause = _text("原因")
    measure = _text("纠正措施")
    found = _day("发现日期", optional=True)
    due = _day("完成期限")
    closed = _day("关闭日期")
    verifier = _text("验证人工号")


class ImprovementRow(IndicatorRow):
    """A row of 体系改进计划."""

    source = "improvements"
    id = _text("改进编号")
    category = _text("类别")
    topic = _text("改进项")
    goal = _text("改进目标")
    department = _text("责任部门")
    due = _day("计划完成")
    done = _day("实际完成")
    progress = _number("进度")
    evaluation = _text("效果评价")


class RulingRow(Record):
    """A row of 裁定台账 (`core.rulings`)."""

    source = "rulings"
    id = _text("裁定编号")
    path = _text("文件")
    fingerprint = _text("文件指纹")
    sheet = _text("工作表")
    spots = _text("位置")
    problem = _text("问题")
    reading = _text("读作")
    by = _text("裁定人")
    ruled = _day("裁定日期")
    reason = _text("理由")


RECORDS: dict[str, type[Record]] = {
    row.source: row for row in (ActionRow, ActivityRow, CheckRow, NonconformityRow, ImprovementRow, RulingRow)
}
"""The ledgers that are read for what was done and decided, by the id of their source."""
