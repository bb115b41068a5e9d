"""Formulas: their exact text, and that LibreOffice makes of each what the compiled conditions say of the same row."""

import functools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import narwhals as nw
import openpyxl
import pytest
from kit.office import HAS_OFFICE, WHY_NOT, recalculated
from kit.sample import ROOT
from kit.tables import catalogue_of, tables_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Arithmetic, Both, Column, Compare, Kind, Not, Number, Text, Value, micros_of
from itss_kpi.catalogue.kinds import check_kinds, kind_of
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.engine.rows.conditions import Compiler, either
from itss_kpi.reading.worker.grid_file import column_letter
from itss_kpi.tables.table import Table
from itss_kpi.workbook.formulas import Inexpressible, Site, amount, condition, present

START, END = date(2022, 7, 1), date(2022, 8, 1)

CATALOGUE = catalogue_of(
    """
sources:
  s:
    name: 记录
    departments: [甲部]
    files: 记录*
    key: [编号]
    date: 始
    columns:
      编号: {type: text, required: true}
      文: {type: text}
      名: {type: text}
      态: {type: choice, required: true, values: {P1: [], P2: [], P3: []}}
      旗: {type: yes_no}
      标: {type: yes_no}
      数: {type: decimal}
      比: {type: decimal}
      整: {type: integer}
      量: {type: integer, required: true}
      率: {type: percent}
      始: {type: datetime, required: true}
      终: {type: datetime}
      完: {type: datetime}
      日: {type: date}
      月: {type: period}
      长: {type: duration, unit: minute}
      秒: {type: duration, unit: second}
      时: {type: duration, unit: hour}
      天: {type: duration, unit: day}
lookups:
  时限: {unit: minute, values: {P1: 15, P2: 30, P3: 0.5}}
  系数: {values: {P1: 0.25, P2: -1.5, P3: 3}}
  件数: {values: {P1: 1, P2: 2, P3: 0}}
indicators: []
"""
)
NAMES = list(CATALOGUE.sources["s"].columns)


def site_of(catalogue: Catalogue, source: str, row: int = 12) -> Site:
    """The cells of one row, one column of the sheet for each of the source in its order, the submitter's last."""
    columns = catalogue.sources[source].columns
    cells = {name: f"{column_letter(at)}{row}" for at, name in enumerate([*columns, SUBMITTER])}
    return Site(cells, catalogue.names(source), columns, catalogue.lookups, START, END)


# A编号 B文 C名 D态 E旗 F标 G数 H比 I整 J量 K率 L始 M终 N完 O日 P月 Q长 R秒 S时 T天 U提交部门
SITE = site_of(CATALOGUE, "s")


CONDITIONS = [
    # truths and texts: EXACT, for = takes P1 and p1 for the same
    ("旗", 'EXACT(E12,"是")'),
    ("not 旗", 'NOT(EXACT(E12,"是"))'),
    ("旗 == 标", 'AND(E12<>"",EXACT(E12,F12))'),
    ("旗 != 标", 'NOT(AND(E12<>"",EXACT(E12,F12)))'),
    ("blank(文)", 'B12=""'),
    ("态 == 'P1'", 'EXACT(D12,"P1")'),
    ("'P1' != 态", 'NOT(EXACT("P1",D12))'),
    ("文 == '他说\"好\"'", 'EXACT(B12,"他说""好""")'),
    ("文 == ''", 'AND(B12<>"",EXACT(B12,""))'),
    ("编号 == ''", 'EXACT(A12,"")'),
    ("文 == 名", 'AND(B12<>"",EXACT(B12,C12))'),
    ("文 == 编号", "EXACT(B12,A12)"),
    ("文 == 提交部门", "EXACT(B12,U12)"),
    ("'甲' == '甲'", 'EXACT("甲","甲")'),
    ("文 in ('甲',)", 'EXACT(B12,"甲")'),
    ("文 in ('甲', 'a')", 'OR(EXACT(B12,"甲"),EXACT(B12,"a"))'),
    ("文 not in ('甲', '')", 'NOT(OR(EXACT(B12,"甲"),AND(B12<>"",EXACT(B12,""))))'),
    # numbers: an empty cell is 0, which needs a guard only where 0 would do
    ("数 > 0", "G12>0"),
    ("0 < 数", "0<G12"),
    ("数 >= 0", 'AND(G12<>"",G12>=0)'),
    ("1.5 >= 数", 'AND(G12<>"",1.5>=G12)'),
    ("数 != 1", "NOT(G12=1)"),
    ("数 != 0", 'NOT(AND(G12<>"",G12=0))'),
    ("量 <= 5", "J12<=5"),
    ("数 < 比", 'AND(G12<>"",H12<>"",G12<H12)'),
    ("0 < 数 <= 1.5", 'AND(0<G12,AND(G12<>"",G12<=1.5))'),
    ("率 >= 0.95", "K12>=0.95"),
    ("1 < 2", "1<2"),
    # arithmetic is rounded unless it is of whole numbers, a constant is worked out beforehand
    ("数 + 比 == 0.3", 'IF(AND(G12<>"",H12<>""),ROUND(G12+H12,9)=0.3,FALSE)'),
    ("数 + 比 == 0.0000000003", 'IF(AND(G12<>"",H12<>""),ROUND(G12+H12,12)=0.0000000003,FALSE)'),
    ("整 + 量 <= 2 * 整", 'IF(I12<>"",I12+J12<=2*I12,FALSE)'),
    ("数 == 0.1 + 0.2", "G12=0.3"),
    ("1 / 3 * 数 == 0.5", 'IF(G12<>"",ROUND((1/3)*G12,12)=0.5,FALSE)'),
    ("-数 > -2", 'IF(G12<>"",ROUND(-G12,9)>-2,FALSE)'),
    ("-(整 + 1) == 整 - (量 - -2)", 'IF(I12<>"",-(I12+1)=I12-(J12-(-2)),FALSE)'),
    ("min(整, 3) == max(量, 整)", 'IF(I12<>"",MIN(I12,3)=MAX(J12,I12),FALSE)'),
    ("数 * 2 > lookup(系数, 态)", 'IF(G12<>"",ROUND(G12*2,9)>EXACT(D12,"P1")*0.25+EXACT(D12,"P2")*-1.5+EXACT(D12,"P3")*3,FALSE)'),
    # nothing is divided by 0: no part of an AND is left out, so such a test stands behind an IF
    ("整 / 量 >= 0.95", 'IF(AND(I12<>"",J12<>0),ROUND(I12/J12,12)>=0.95,FALSE)'),
    ("整 / 0 != 1", 'NOT(IF(AND(I12<>"",0<>0),ROUND(I12/0,12)=1,FALSE))'),
    ("数 / (比 - 0.125) == 1", 'IF(AND(G12<>"",H12<>"",ROUND(H12-0.125,9)<>0),ROUND(G12/(H12-0.125),12)=1,FALSE)'),
    ("量 / (量 / 整) == 1", 'IF(AND(I12<>"",IF(I12<>0,ROUND(J12/I12,12)<>0,FALSE)),ROUND(J12/(J12/I12),12)=1,FALSE)'),
    # instants: plain ones as Excel counts days, others in whole milliseconds
    ("始 >= period_start", "L12>=DATE(2022,7,1)"),
    ("终 < period_end", 'AND(M12<>"",M12<DATE(2022,8,1))'),
    ("日 == '2022-07-05'", "O12=DATE(2022,7,5)"),
    ("始 < date('2022-07-01 09:30')", "ROUND(L12*86400000,0)<ROUND((DATE(2022,7,1)+TIME(9,30,0))*86400000,0)"),
    ("终 <= 完", 'AND(M12<>"",N12<>"",M12<=N12)'),
    ("终 - 始 <= minutes(30)", 'IF(M12<>"",ROUND((M12-L12)*86400000,0)<=1800000,FALSE)'),
    ("终 - 始 <= lookup(时限, 态)", 'IF(M12<>"",ROUND((M12-L12)*86400000,0)<=EXACT(D12,"P1")*900000+EXACT(D12,"P2")*1800000+EXACT(D12,"P3")*30000,FALSE)'),
    ("始 + 长 >= period_end", 'IF(Q12<>"",ROUND(L12*86400000,0)+ROUND(Q12*60000,0)>=DATE(2022,8,1)*86400000,FALSE)'),
    ("始 + 天 - 终 > days(1)", 'IF(AND(T12<>"",M12<>""),ROUND(L12*86400000,0)+ROUND(T12*86400000,0)-ROUND(M12*86400000,0)>86400000,FALSE)'),
    ("period_end - 始 < hours(1)", "ROUND((DATE(2022,8,1)-L12)*86400000,0)<3600000"),
    # durations, by the column's unit
    ("长 > minutes(30)", "ROUND(Q12*60000,0)>1800000"),
    ("秒 <= 时", 'IF(AND(R12<>"",S12<>""),ROUND(R12*1000,0)<=ROUND(S12*3600000,0),FALSE)'),
    ("长 * 1.5 < hours(1)", 'IF(Q12<>"",ROUND(ROUND(Q12*60000,0)*1.5,6)<3600000,FALSE)'),
    ("长 / minutes(1) == 15", 'IF(Q12<>"",ROUND(ROUND(Q12*60000,0)/60000,12)=15,FALSE)'),
    ("长 == seconds(0.0005)", "ROUND(Q12*60000,0)=0.5"),
    # joined
    ("旗 and 数 > 0 or blank(日)", 'OR(AND(EXACT(E12,"是"),G12>0),O12="")'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), CONDITIONS)
def test_a_condition_as_it_is_written(text: str, wanted: str) -> None:
    assert condition(CATALOGUE.expression(text), SITE) == wanted


AMOUNTS = [
    ("数", "G12", 'G12<>""'),
    ("量", "J12", None),
    ("3", "3", None),
    ("长", "ROUND(Q12*60000,0)", 'Q12<>""'),
    ("长 / 3", 'IF(Q12<>"",ROUND(ROUND(Q12*60000,0)/3,6),0)', 'Q12<>""'),
    ("终 - 始", 'IF(M12<>"",ROUND((M12-L12)*86400000,0),0)', 'M12<>""'),
    ("数 + 比", 'IF(AND(G12<>"",H12<>""),ROUND(G12+H12,9),0)', 'AND(G12<>"",H12<>"")'),
    ("整 / 量", 'IF(AND(I12<>"",J12<>0),ROUND(I12/J12,12),0)', 'AND(I12<>"",J12<>0)'),
    ("量 * lookup(件数, 态)", 'J12*(EXACT(D12,"P1")*1+EXACT(D12,"P2")*2+EXACT(D12,"P3")*0)', None),
]


@pytest.mark.parametrize(("text", "wanted", "there"), AMOUNTS)
def test_an_amount_as_it_is_written(text: str, wanted: str, there: str | None) -> None:
    node = CATALOGUE.expression(text)
    assert (amount(node, SITE), present(node, SITE)) == (wanted, there)


def test_what_can_not_be_blank() -> None:
    for text in ("编号", "提交部门", "'甲'", "period_end", "lookup(系数, 态)", "旗 == 标"):
        assert present(CATALOGUE.expression(text), SITE) is None
    assert present(Column("旗"), SITE) == 'E12<>""'


# ---- the company's own catalogue


PLAN = [
    ("incidents", "响应时间 - 受理时间 <= 响应时限", 'IF(G12<>"",ROUND((G12-F12)*86400000,0)<=ROUND(H12*60000,0),FALSE)'),
    ("incidents", "工单状态 != '已取消'", 'NOT(EXACT(K12,"已取消"))'),
    ("incidents", "解决结果 == '已解决'", 'EXACT(L12,"已解决")'),
    ("service_desk", "派单结果 in ('成功', '失败')", 'OR(EXACT(D12,"成功"),EXACT(D12,"失败"))'),
    ("service_desk", "是否回访", 'EXACT(E12,"是")'),
    ("service_reports", "实际提交日期 <= 应提交日期", 'AND(E12<>"",E12<=D12)'),
    ("problems", "解决日期 < period_end", 'AND(E12<>"",E12<DATE(2022,8,1))'),
    ("problems", "登记日期 >= period_start or blank(解决日期) or 解决日期 >= period_start", 'OR(B12>=DATE(2022,7,1),E12="",E12>=DATE(2022,7,1))'),
]  # fmt: skip


def _plan() -> Catalogue:
    catalogue, problems = load((ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8"), "kpi_definitions.yaml")
    assert catalogue, problems
    return catalogue


@pytest.mark.parametrize(("source", "text", "wanted"), PLAN)
def test_the_plans_conditions_as_they_are_written(source: str, text: str, wanted: str) -> None:
    plan = _plan()
    assert condition(plan.expression(text), site_of(plan, source)) == wanted


def test_every_condition_and_amount_of_the_plan_has_a_formula() -> None:
    plan = _plan()
    for indicator in plan.indicators:
        for measure in indicator.all_measures.values():
            if measure.source and measure.where:
                assert condition(plan.expression(measure.where), site_of(plan, measure.source))
            if measure.source and measure.of and measure.measure != "distinct":
                assert amount(plan.expression(measure.of), site_of(plan, measure.source))
    assert amount(plan.expression("正确配置项数量"), site_of(plan, "config_audits")) == "E12"


# ---- what has no formula


INEXPRESSIBLE = [
    (f"文 == '{'甲' * 256}'", "有超过 255 个字符的文本"),
    (f"文 == '{'𠮷' * 128}'", "有超过 255 个字符的文本"),
    (r"文 == '\x07'", "文本中有不能写进公式的字符"),
    (r"文 == '\ud800'", "文本中有不能写进公式的字符"),
    ("文 == '_x0041_'", "文本中有不能写进公式的字符"),
    ("文 in (" + "'甲', " * 256 + ")", "并列的条件超过 255 个"),
    ("日 == '1900-02-28'", "Excel 数不清 1900-03-01 以前的日期:1900-02-28"),
    ("数 == 999999999999999 + 1", "有超过 15 位的数字,Excel 会丢掉末几位"),
    ("数 == 1 / 999999999999999 / 2", "有超过 15 位的数字,Excel 会丢掉末几位"),
]


@pytest.mark.parametrize(("text", "why"), INEXPRESSIBLE)
def test_why_there_is_no_formula(text: str, why: str) -> None:
    with pytest.raises(Inexpressible) as caught:
        condition(CATALOGUE.expression(text), SITE)
    assert str(caught.value) == why


def test_the_longest_text_and_the_earliest_day() -> None:
    assert condition(CATALOGUE.expression(f"文 == '{'甲' * 255}'"), SITE) == f'EXACT(B12,"{"甲" * 255}")'
    assert condition(CATALOGUE.expression("日 == '1900-03-01'"), SITE) == "O12=DATE(1900,3,1)"


def _same(length: int) -> Compare:
    # 13 characters of EXACT(B12,"") and the text's
    return Compare("==", Column("文"), Text("甲" * length))


def test_the_longest_formula() -> None:
    # AND(), 30 of 263 characters, one of 75, 30 commas
    assert len(condition(Both((*[_same(250)] * 30, _same(62))), SITE)) == 8000
    with pytest.raises(Inexpressible, match="公式超过 8000 个字符"):
        condition(Both((*[_same(250)] * 30, _same(63))), SITE)


def test_the_deepest_formula() -> None:
    node: Any = Compare("==", Column("文"), Text("(" * 100))
    for _ in range(59):
        node = Not(node)
    assert condition(node, SITE) == "NOT(" * 59 + f'EXACT(B12,"{"(" * 100}")' + ")" * 59
    with pytest.raises(Inexpressible, match="公式嵌套超过 60 层"):
        condition(Not(node), SITE)


def test_divisors_of_divisors_grow_no_faster_than_they_are_written() -> None:
    node: Value = Column("量")
    for _ in range(10):
        node = Arithmetic("/", Column("整"), node)
    assert len(condition(Compare("==", node, Number(Fraction(1))), SITE)) < 2000


def test_no_amount_and_no_condition() -> None:
    for text in ("文", "始", "旗", "数 > 1"):
        with pytest.raises(Inexpressible, match="不是数值或时长"):
            amount(CATALOGUE.expression(text), SITE)
    with pytest.raises(TypeError):
        condition(Number(Fraction(1)), SITE)
    with pytest.raises(Inexpressible, match="这里没有“数”列"):
        condition(CATALOGUE.expression("数 > 1"), replace(SITE, cells={}))


# ---- what LibreOffice makes of them


MORE = [
    "终 - 始 < minutes(30)", "终 - 始 == minutes(30)", "终 - 始 != minutes(30)", "终 - 始 > 长", "终 <= '2022-07-31 23:59:59'",
    "终 != '2022-07-01 09:30:01'", "date('2022-07-01 09:30') - 始 <= 秒", "终 - minutes(30) == 始", "长 + 始 != 终",
    "数 + 比 == 0.3", "数 + 比 != 0.3", "数 + 比 <= 0.3", "数 - 0.3 == 0", "数 - 100000 == 0.3", "数 - 100000 > 0.3", "数 * 3 >= 0.3", "数 / 比 == 3", "比 / 数 != 0.25",
    "1 / (1 / 数) == 数", "数 / (比 / 整) > 1", "1 / (数 + 比 - 0.3) > 1", "数 / 0 == 1", "max(数, 比) == 0.2", "min(数, 比) < 0",
    "率 < 0.95", "率 == 0.95", "整 / 量 >= 0.95", "整 == 0", "整 != 0", "整 <= 0", "月 == '2022-07-01'", "月 >= period_start",
    "blank(终) or 终 >= period_end", "not (旗 and 标)", "文 == '甲' and 数 / 比 > 1", "文 in ('a', 'A', '')", "文 not in ('a',)",
    "文 == 'P1' or 态 == 'P1'", "旗 == 标", "旗 != 标", "天 < days(1)", "天 == hours(24)", "时 * 2 == 长", "秒 / 长 == 1", "秒 > 长 / 2",
    "长 == minutes(0.1)", "长 != minutes(0)", "lookup(时限, 态) >= 长", "lookup(件数, 态) * 数 > 0", "lookup(系数, 态) < 0.25",
]  # fmt: skip


class Writer:
    """Random conditions over the test's catalogue, as texts of the grammar."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed).choice

    def number(self, depth: int) -> str:
        if not depth:
            literals = ["0", "1", "0.3", "0.5", "2", "-1"]
            return self.pick(
                ["数", "比", "整", "量", "率", "数", "比", *literals, "lookup(系数, 态)", "lookup(件数, 态)"]
            )
        if self.pick([False] * 5 + [True]):
            return f"({self.span(depth - 1)} / {self.span(depth - 1)})"
        return self._combined(self.number(depth - 1), self.pick("+-*/m"), self.number(self.pick(range(depth))))

    def span(self, depth: int) -> str:
        if not depth:
            return self.pick(["长", "秒", "时", "天", "minutes(30)", "seconds(1)", "hours(0.5)", "lookup(时限, 态)"])
        match self.pick("-+*/im"):
            case "i":
                return f"({self.instant(depth - 1)} - {self.instant(depth - 1)})"
            case "*" | "/" as op:
                return f"({self.span(depth - 1)} {op} {self.number(0)})"
            case op:
                return self._combined(self.span(depth - 1), op, self.span(0))

    def instant(self, depth: int) -> str:
        if not depth or self.pick([True, False]):
            literals = ["period_start", "period_end", "date('2022-07-05')", "date('2022-07-01 09:30:01')"]
            return self.pick(["始", "终", "完", "日", "月", "始", "终", *literals])
        return f"({self.instant(depth - 1)} {self.pick('+-')} {self.span(depth - 1)})"

    def _combined(self, left: str, op: str, right: str) -> str:
        return f"{self.pick(['min', 'max'])}({left}, {right})" if op == "m" else f"({left} {op} {right})"

    def condition(self, depth: int) -> str:
        """A condition, joined of others where there is depth left."""
        if depth > 2:
            joined = f"({self.condition(depth - 1)} {self.pick(['and', 'or'])} {self.condition(depth - 1)})"
            return self.pick([joined, f"not {joined}"])
        kind = self.pick("nnnssiit")
        if kind == "t":
            return self.pick(["旗", "blank(终)", "文 == 名", "文 != 名", "文 == 'a'", "态 in ('P1', 'P3')", "文 == ''"])
        make = {"n": self.number, "s": self.span, "i": self.instant}[kind]
        return f"{make(depth)} {self.pick(['==', '!=', '<', '<=', '>', '>='])} {make(self.pick(range(depth + 1)))}"


UNITS = {"长": timedelta(minutes=1), "秒": timedelta(seconds=1), "时": timedelta(hours=1), "天": timedelta(days=1)}


def _rows(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Rows of values as a cell holds them; a decimal number as its text."""
    pick = random.Random(seed).choice
    moments = [
        datetime(2022, 6, 30, 23, 59, 59), datetime(2022, 7, 1), datetime(2022, 7, 1, 0, 0, 1), datetime(2022, 7, 5, 13, 7, 11),
        datetime(2022, 7, 1, 9), datetime(2022, 7, 1, 9, 30, 1), datetime(2022, 7, 31, 23, 59, 59), datetime(2022, 8, 1),
    ]  # fmt: skip
    gaps = [
        timedelta(minutes=30),
        timedelta(minutes=30, seconds=1),
        timedelta(0),
        timedelta(days=1),
        -timedelta(seconds=1),
    ]
    texts = ["甲", "a", "A", "P1", '他说"好"', '""', "x y", "1", None]
    numbers = ["0", "0.1", "0.2", "0.3", "-0.1", "1", "1.5", "0.125", "-2", "3", "100000.3", None]
    for at in range(count):
        begin = pick(moments)
        yield {
            "编号": f"N{at}", "文": pick(texts), "名": pick(texts), "态": pick(["P1", "P2", "P3"]),
            "旗": pick(["是", "否", None]), "标": pick(["是", "否", None]),
            "数": pick(numbers), "比": pick(numbers), "整": pick([*"0123", "19", "-1", None]), "量": pick([*"0123", "20"]),
            "率": pick(["0", "0.95", "0.9501", "1", "0.3", None]),
            "始": begin, "终": pick([begin + pick(gaps), begin + pick(gaps), pick(moments), None]), "完": pick([*moments, None]),
            "日": pick([date(2022, 6, 30), date(2022, 7, 1), date(2022, 7, 31), date(2022, 8, 1), None]),
            "月": pick([date(2022, 6, 1), date(2022, 7, 1), date(2022, 8, 1), None]),
            "长": pick(["30", "0.5", "0.1", "0", "15", "60", None]), "秒": pick(["1800", "1801", "0.5", "0", "6", None]),
            "时": pick(["0.5", "0.25", "1", "24", "0", None]), "天": pick(["1", "0", "0.5", "2.25", None]),
        }  # fmt: skip


def _text(name: str, value: Any) -> str:
    return f"{Decimal(value) * 100}%" if name == "率" else str(value)


def _cell(name: str, value: Any) -> Any:
    kind = CATALOGUE.sources["s"].columns[name].type
    return float(value) if value is not None and kind in ("decimal", "integer", "percent", "duration") else value


def _compiler(table: Table) -> Compiler:
    return Compiler(table.columns, CATALOGUE.names("s"), CATALOGUE.lookups, micros_of(START), micros_of(END))


def _every(part: Any) -> Any:
    """A mask or value as a column of each row, also where it is the same for all."""
    return part if isinstance(part, nw.Expr) else nw.when(nw.col("_row") > 0).then(nw.lit(part))


def _judged(table: Table, texts: list[str]) -> list[list[bool | None]]:
    """What the compiled conditions say, by row; None where that is doubtful."""
    truths = [_compiler(table).condition(CATALOGUE.expression(text)) for text in texts]
    masks = [mask for truth in truths for mask in (truth.surely, truth.possibly)]
    frame = nw.from_native(table.pandas).sort("_row")
    rows = frame.select(*(_every(mask).alias(f"c{at}") for at, mask in enumerate(masks))).rows()
    return [[row[at] if row[at] is row[at + 1] else None for at in range(0, len(row), 2)] for row in rows]


def _amounts(table: Table, texts: list[str]) -> list[list[Fraction | None]]:
    """The exact amounts by row, None where blank or made of a blank; durations in milliseconds."""
    names = CATALOGUE.names("s")
    nodes = [CATALOGUE.expression(text) for text in texts]
    units = [1000 if kind_of(node, names) is Kind.SPAN else 1 for node in nodes]
    terms = [_compiler(table).value(node) for node in nodes]
    parts = [part for term in terms for part in (term.top, term.bottom, either(term.blank, term.bad))]
    frame = nw.from_native(table.pandas).sort("_row")
    rows = frame.select(*(_every(part).alias(f"p{at}") for at, part in enumerate(parts))).rows()
    return [
        [None if row[at + 2] else Fraction(int(row[at]), int(row[at + 1])) / unit for at, unit in zip(range(0, len(row), 3), units, strict=True)]
        for row in rows
    ]  # fmt: skip


def _random_conditions(table: Table, seed: int, count: int) -> Iterator[str]:
    """Conditions that no row leaves in doubt: none passes what an int64 holds."""
    writer = Writer(seed)
    while count:
        text = writer.condition(writer.pick([0, 1, 1, 2, 2, 3]))
        node = CATALOGUE.expression(text)
        check_kinds(node, CATALOGUE.names("s"), (Kind.TRUTH,))
        if any(row == [None] for row in _judged(table, [text])):
            continue
        count -= 1
        yield text


def _written(path: Path, rows: list[dict[str, Any]], formulas: Callable[[Site], list[str]]) -> Path:
    """A workbook of the rows, each with the formulas (of its site) behind it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append([*NAMES, SUBMITTER])
    for at, row in enumerate(rows):
        cells = [_cell(name, row[name]) for name in NAMES]
        sheet.append([*cells, "甲部", *(f"={text}" for text in formulas(site_of(CATALOGUE, "s", at + 2)))])
    book.save(path)
    return path


def _table(rows: list[dict[str, Any]]) -> Table:
    texts = [{name: _text(name, value) for name, value in row.items() if value is not None} for row in rows]
    table = tables_of(CATALOGUE, s=texts)["s"]
    assert table.kept == len(rows)
    assert not any(physical.bad for physical in table.columns.values())
    return table


Asked = tuple[list[dict[str, Any]], Table, list[str]]


@functools.cache
def _conditions(seed: int) -> Asked:
    """Rows, their table, and conditions: those above, or random ones."""
    rows = list(_rows(seed, 250))
    table = _table(rows)
    texts = [text for text, _ in CONDITIONS] + MORE if seed == 1 else list(_random_conditions(table, seed, 100))
    return rows, table, texts


@functools.cache
def _sums() -> Asked:
    """Rows, their table, and amounts."""
    rows = list(_rows(3, 150))
    return rows, _table(rows), [text for text, _, _ in AMOUNTS]


@pytest.fixture(scope="module")
def worked_out(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[Any]]]:
    """The values of the formulas in each row, as LibreOffice has them."""
    folder = tmp_path_factory.mktemp("formulas")
    paths = []
    for seed in (1, 2):
        rows, _, texts = _conditions(seed)
        nodes = [CATALOGUE.expression(text) for text in texts]
        paths.append(
            _written(folder / f"{seed}.xlsx", rows, lambda site, its=nodes: [condition(node, site) for node in its])
        )
    rows, _, texts = _sums()
    nodes = [CATALOGUE.expression(text) for text in texts]

    def formulas(site: Site) -> list[str]:
        return [part for node in nodes for part in (amount(node, site), present(node, site) or "TRUE")]

    paths.append(_written(folder / "sums.xlsx", rows, formulas))
    found = {path.stem: openpyxl.load_workbook(path, data_only=True) for path in recalculated(folder, *paths)}
    return {
        name: [list(row[len(NAMES) + 1 :]) for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)]
        for name, book in found.items()
    }


@pytest.mark.skipif(not HAS_OFFICE, reason=WHY_NOT)
@pytest.mark.parametrize("seed", [1, 2])
def test_libreoffice_decides_every_row_as_the_compiled_conditions_do(
    seed: int, worked_out: Mapping[str, list[list[Any]]]
) -> None:
    rows, table, texts = _conditions(seed)
    nodes = [CATALOGUE.expression(text) for text in texts]
    found, wanted = worked_out[str(seed)], _judged(table, texts)
    differing = [
        (text, condition(node, SITE), rows[row], wanted[row][at], found[row][at])
        for at, (text, node) in enumerate(zip(texts, nodes, strict=True))
        for row in range(len(rows))
        if wanted[row][at] is not None
        and found[row][at] is not wanted[row][at]  # of a doubtful row no formula is asked
    ]
    assert differing == []
    assert sum(truth is None for row in wanted for truth in row) < len(rows) * len(texts) // 4


@pytest.mark.skipif(not HAS_OFFICE, reason=WHY_NOT)
def test_libreoffice_works_out_every_amount(worked_out: Mapping[str, list[list[Any]]]) -> None:
    _, table, texts = _sums()
    for row, exact in zip(worked_out["sums"], _amounts(table, texts), strict=True):
        values, there = row[::2], row[1::2]
        assert there == [value is not None for value in exact]
        for value, wanted in zip(values, exact, strict=True):
            assert wanted is None or abs(Fraction(value) - wanted) <= Fraction(1, 10**6)
