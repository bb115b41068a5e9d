"""Row conditions over pandas and DuckDB: equal masks, worked out by hand, with blanks and unreadable cells.

Convention: a mask is a text with one letter a row: `1` surely, `?` possibly, `0` not.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import narwhals as nw
import pytest
from kit.tables import catalogue_of, codes, only, over_duckdb, report_of, tables_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Column, Compare, Number, Text, micros_of
from itss_kpi.core.period import parse_period
from itss_kpi.engine.rows.conditions import Compiler, Truth, both, either, negated
from itss_kpi.tables.table import Table

JULY = parse_period("2022-07")

CATALOGUE = catalogue_of(
    """
sources:
  s:
    name: 记录
    departments: [甲部]
    files: 记录*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text}
      时间: {type: datetime}
      终: {type: datetime}
      数: {type: decimal}
      比: {type: decimal}
      态: {type: choice, values: {好: [], 坏: []}}
      旗: {type: yes_no}
      长: {type: duration, unit: minute}
      记: {type: text}
calendar: {years: [2022]}
lookups:
  时限: {unit: minute, values: {好: 15, 坏: 0.5}}
  系数: {values: {好: 0.25, 坏: 1.5}}
indicators: []
"""
)
ROWS = [
    {
        "时间": "2022-07-01 00:00:00",
        "终": "2022-07-01 00:15:00",
        "数": "1.5",
        "比": "0.125",
        "态": "好",
        "旗": "是",
        "长": "15",
    },
    {
        "时间": "2022-06-30 00:00:00",
        "终": "2022-06-30 00:00:31",
        "数": "-2",
        "比": "-0.5",
        "态": "坏",
        "旗": "否",
        "长": "1",
    },
    {"时间": "2022-07-31 23:59:59", "数": "0", "比": "0", "长": "0"},
    {"时间": "待补", "终": "待补", "数": "待补", "比": "待补", "态": "待补", "旗": "待补", "长": "待补"},
    {},
]


def _table(rows: Sequence[Any] = ROWS, catalogue: Catalogue = CATALOGUE) -> Table:
    # a last column without a blank keeps an otherwise empty row
    return tables_of(catalogue, s=[{"编号": str(at), "记": "-", **row} for at, row in enumerate(rows)])["s"]


def _compiler(table: Table, catalogue: Catalogue = CATALOGUE) -> Compiler:
    assert JULY
    edges = micros_of(JULY.start), micros_of(JULY.end)
    return Compiler(table.columns, catalogue.names("s"), catalogue.lookups, *edges, calendar=catalogue.calendar)


def _column(mask: Any) -> Any:
    return nw.col("_row") > (0 if mask else 2**31) if isinstance(mask, bool) else mask


def _mask(table: Table, truth: Truth) -> str:
    frame = nw.from_native(table.pandas).lazy()
    chosen = frame.select("_row", surely=_column(truth.surely), possibly=_column(truth.possibly)).collect()
    found = sorted(chosen.rows())
    return "".join("1" if surely else "?" if possibly else "0" for _, surely, possibly in found)


def _masks(text: str, table: Table) -> set[str]:
    truth = _compiler(table).condition(CATALOGUE.expression(text))
    return {_mask(one, truth) for one in (table, over_duckdb({"s": table}, shuffled=True)["s"])}


CASES: list[Any] = [
    # rows:            1.5/好  -2/坏  0/—  unreadable  blank
    ("旗", "100?0"),
    ("not 旗", "011?1"),
    ("blank(旗)", "001?1"),
    ("not blank(旗)", "110?0"),
    ("态 == '好'", "100?0"),
    ("态 != '好'", "011?1"),
    ("'好' == 态", "100?0"),
    ("态 in ('好', '坏')", "110?0"),
    ("态 not in ('好',)", "011?1"),
    ("not 态 == '好'", "011?1"),
    ("编号 == '0' and 旗", "10000"),
    ("编号 == '3' and 旗", "000?0"),
    ("旗 and 态 == '好'", "100?0"),
    ("旗 or 编号 == '2'", "101?0"),
    ("旗 or 编号 == '3'", "10010"),
    ("数 == 1.5", "100?0"),
    ("数 != 1.5", "011?1"),
    ("数 > 0", "100?0"),
    ("数 >= 0", "101?0"),
    ("数 < 0", "010?0"),
    ("数 <= 0", "011?0"),
    ("0 < 数 <= 1.5", "100?0"),
    # functions
    ("if(旗, 数, 0) == 1.5", "100?0"),
    ("if(数 > 0, 1, 2) == 2", "011?1"),
    ("if(旗, 数 / 比, 数) == 12", "100?0"),
    ("default(数, 7) == 7", "000?1"),
    ("default(编号, 'x') == '0'", "10000"),
    ("default(lookup(系数, 态), 9) == 9", "001?1"),
    ("default(lookup(系数, 态), 9) < 1", "100?0"),
    ("floor(items(编号)) == 1", "11111"),
    ("floor(3 / 2) == 1", "11111"),
    ("abs(1 - 3) == 2", "11111"),
    ("min(数, 比) == -2", "010??"),
    ("max(数, 比, 1) == 1", "011??"),
    ("abs(数) == 2", "010??"),
    ("floor(数) == 1", "100??"),
    ("floor(数 / 4) == -1", "010??"),
    ("ceil(数 / 4) == 1", "100??"),
    ("round(数 / 4, 0) == -1", "010??"),
    ("round(比, 2) == 0.13", "100??"),
    ("round(数 * 100000000000000, 9) > 0", "?????"),
    ("hour(时间) == 23", "001?0"),
    ("weekday(时间) == 5", "100?0"),
    ("weekday(时间) == 7", "001?0"),
    ("day(时间) == day(终)", "110?0"),
    ("contains(编号, '3')", "00010"),
    ("contains(态, '好')", "100?0"),
    ("not contains(态, '好')", "011?1"),
    ("starts_with(编号, '1')", "01000"),
    ("matches(编号, '?')", "11111"),
    ("matches(编号, '(.+)+$')", "00000"),
    ("matches(记, '*-*')", "11111"),
    ("has_item(记, '-')", "11111"),
    ("has_item(记, 'x')", "00000"),
    ("items(态) == 1", "110?0"),
    ("overlap(时间, 终) == minutes(15)", "100?0"),
    ("overlap(时间, 终) == seconds(1)", "001?0"),
    ("overlap(终, 时间) > seconds(0)", "??0?0"),
    ("workdays(时间, 终) == 0", "110?0"),
    ("workdays(date('2022-06-29'), 时间) == 2", "100?0"),
    ("worktime(时间, 终) == minutes(15)", "100?0"),
    ("workdays(date('2021-01-01'), 时间) >= 0", "????0"),
    ("workdays(时间, date('2022-01-01')) >= 0", "111?0"),
    # scales: 数 has one decimal, 比 three
    ("数 == 比", "001?0"),
    ("数 == 12 * 比", "101?0"),
    ("数 * 比 == 0.1875", "100??"),
    ("数 * 比 == 1", "010??"),
    ("数 + 比 == 1.625", "100??"),
    ("数 - 比 < -1.4", "010??"),
    ("数 + 数 == 3", "100??"),
    ("-数 == 2", "010??"),
    ("min(数, 比) == 0.125", "100??"),
    ("max(数, 比) == -0.5", "010??"),
    ("max(数, 1) == 1", "011??"),
    # division: 1.5/0.125 = 12, -2/-0.5 = 4, 0/0 is blank
    ("数 / 比 == 12", "100??"),
    ("数 / 比 >= 4", "110??"),
    ("比 / 数 != 0.25", "101??"),
    ("1 / 数 < 0", "010??"),
    ("数 / 2 == 0.75", "100??"),
    ("数 / -2 == 1", "010??"),
    ("数 / 0 == 1", "00000"),
    ("数 / 0 != 1", "11111"),
    ("1 / 3 * 数 == 0.5", "100??"),
    # instants and durations
    ("时间 >= period_start", "101?0"),
    ("时间 < period_end", "111?0"),
    ("时间 == '2022-07-01'", "100?0"),
    ("'2022-07-01' <= 时间", "101?0"),
    ("时间 < date('2022-07-01 00:00:01')", "110?0"),
    ("终 - 时间 <= minutes(15)", "110?0"),
    ("终 - 时间 < 长", "010?0"),
    ("终 - 时间 <= lookup(时限, 态)", "100?0"),
    ("时间 + minutes(15) == 终", "100?0"),
    ("长 / minutes(1) == 15", "100??"),
    ("数 * 2 > lookup(系数, 态)", "10???"),
    # a blank quantity is unknown in arithmetic, unless it is said what it means
    ("default(数, 0) * 1 == 0", "001?1"),
    ("default(数, 0) == 1.5", "100?0"),
    ("default(长, minutes(15)) - minutes(15) == minutes(0)", "100?1"),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_masks(text: str, wanted: str) -> None:
    assert _masks(text, _table()) == {wanted}


def test_clean_table_needs_one_mask() -> None:
    table = _table([ROWS[0], {**ROWS[1], "时间": "2022-06-30 08:00:00"}])
    for text in ("旗 and 态 == '好'", "not (旗 or 数 > 0)", "blank(旗)", "数 != 1 or 时间 < period_end"):
        assert _compiler(table).condition(CATALOGUE.expression(text)).clean


def test_a_lookup_without_an_entry_is_not_known() -> None:
    assert _masks("lookup(系数, 态) == 0.25", _table(ROWS[:3])) == {"10?"}


def test_masks_that_are_plain_booleans() -> None:
    column = nw.col("x")
    assert both(True, column) is column
    assert both(column, True) is column
    assert both(False, column) is False
    assert both(column, False) is False
    assert either(False, column) is column
    assert either(column, False) is column
    assert either(True, column) is True
    assert either(column, True) is True
    assert (negated(True), negated(False)) == (False, True)


def test_what_is_no_condition_and_what_is_no_value() -> None:
    compiler = _compiler(_table())
    with pytest.raises(TypeError):
        compiler.condition(Number(Fraction(1)))
    with pytest.raises(TypeError):
        compiler.value(Compare("==", Column("数"), Number(Fraction(1))))
    assert compiler.value(Text("好")).top == "好"


# ---- magnitudes


LARGE = "999999999999999"  # 15 digits, the most that a cell keeps


@pytest.mark.parametrize(
    ("text", "overflows"),
    [
        ("数 * 数 > 1", True),
        ("数 > 1", False),
        ("not 数 * 数 > 1", True),
        ("旗 and 数 * 数 > 1", True),
        ("旗 or 数 > 1", False),
        ("数 / 比 == 1", True),
        ("数 > 0.00000001", True),
        ("态 == '好'", False),
        ("态 in ('好',)", False),
        ("数 * 数", True),
        ("数 + 数", False),
        ("数", False),
    ],
)
def test_what_passes_an_int64(text: str, overflows: bool) -> None:
    table = _table([{"数": LARGE, "比": "0.000123", "旗": "是", "态": "好"}])
    assert _compiler(table).overflows(CATALOGUE.expression(text)) is overflows


@pytest.mark.parametrize(
    ("text", "left", "right", "overflows"),
    [
        # of unequal scales: 数 in 0.00000001, 比 in 0.000000001, the sum in 10^-17: 1000 would be 10^20 of them
        ("数 + 比 > 1000", "0.00000001", "0.000000001", True),
        ("数 + 比 > 10", "0.00000001", "0.000000001", False),
        # 10^15 in millionths is 10^21
        ("数 + 比", LARGE, "0.000123", True),
        ("比 - 数", LARGE, "0.000123", True),
        # in 10^-7: 8.5 * 10^18 and 1.0 * 10^18 are more than 9.22 * 10^18 only together, 8.5 and 0.5 are not
        ("数 + 比", "850000000000.001", "99999999999.9999", True),
        ("数 + 比", "850000000000.001", "49999999999.9999", False),
        # of one scale: 5 * 10^18 twice
        ("数 * 5000 + 数 * 5000", LARGE, "0", True),
        ("数 * 4000 + 数 * 4000", LARGE, "0", False),
    ],
)
def test_a_sum_that_passes_an_int64(text: str, left: str, right: str, overflows: bool) -> None:
    table = _table([{"数": left, "比": right}])
    assert _compiler(table).overflows(CATALOGUE.expression(text)) is overflows


@pytest.mark.parametrize(
    ("text", "masks"),
    [("数 * 数 > 1", "??"), ("数 / 比 == 1", "??"), ("数 > 0.00000001", "?0"), ("0.00000001 < 数", "?0")],
)
def test_too_large_to_compare_is_doubtful(text: str, masks: str) -> None:
    table = _table([{"数": LARGE, "比": "0.000123"}, {"比": "1"}])
    assert _masks(text, table) == {masks}


def test_a_direct_overflow_is_reported() -> None:
    catalogue = _catalogue("{measure: count, source: s, where: 数 > 0.00000001}")
    rows = [{"编号": str(at), "时间": "2022-07-01", "数": LARGE} for at in range(2)]
    report = report_of(catalogue, tables_of(catalogue, s=rows), "2022-07")
    item = only(report)
    assert (item.lowest, item.highest, str(item.verdict)) == (0, 2, "unverified")
    assert codes(report.problems) == ["V403"]


VALUE = "{{id: i, number: 1, domain: 域, name: 指标, formula: 式, period: month, target: '>= 1次', value: {}}}"


_SOURCES = """
sources:
  s:
    name: 记录
    departments: [甲部]
    files: 记录*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text}
      时间: {type: datetime}
      数: {type: decimal}
      比: {type: decimal}
"""


def _catalogue(value: str) -> Catalogue:
    return catalogue_of(_SOURCES + "indicators:\n  - " + VALUE.format(value) + "\n")


def test_overflow_is_a_problem_and_never_a_verdict() -> None:
    catalogue = _catalogue("{measure: count, source: s, where: 数 * 数 > 1}")
    rows = [{"编号": str(at), "时间": "2022-07-01", "数": LARGE} for at in range(2)]
    report = report_of(catalogue, tables_of(catalogue, s=rows), "2022-07")
    item = only(report)
    assert (item.lowest, item.highest, str(item.verdict)) == (0, 2, "unverified")
    assert codes(report.problems) == ["V403"]


def test_an_amount_that_overflows_is_a_problem_and_unknown() -> None:
    catalogue = _catalogue("{measure: sum, source: s, of: 数 * 数}")
    report = report_of(catalogue, tables_of(catalogue, s=[{"编号": "1", "时间": "2022-07-01", "数": LARGE}]), "2022-07")
    item = only(report)
    assert (item.lowest, item.highest, str(item.verdict)) == (None, None, "unverified")
    assert codes(report.problems) == ["V403"]


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("measure", ["sum", "mean"])
def test_sums_beyond_an_int64_are_exact(measure: str, lazy: bool) -> None:
    catalogue = _catalogue(f"{{measure: {measure}, source: s, of: 数}}")
    texts = [LARGE, "999999999999.125", "-0.001"] * 40
    rows = [{"编号": str(at), "时间": "2022-07-01", "数": text} for at, text in enumerate(texts)]
    tables = tables_of(catalogue, s=rows)
    assert tables["s"].columns["数"].bound * len(rows) > 2**63
    item = only(report_of(catalogue, over_duckdb(tables) if lazy else tables, "2022-07"))
    total = sum(map(Fraction, texts), Fraction(0))
    assert item.value == (total if measure == "sum" else total / len(rows))


def test_negative_sums_beyond_an_int64_are_exact() -> None:
    catalogue = _catalogue("{measure: sum, source: s, of: 数}")
    texts = [f"-{LARGE}", "-0.001"] * 60
    rows = [{"编号": str(at), "时间": "2022-07-01", "数": text} for at, text in enumerate(texts)]
    tables = tables_of(catalogue, s=rows)
    wanted = sum(map(Fraction, texts), Fraction(0))
    assert {only(report_of(catalogue, t, "2022-07")).value for t in (tables, over_duckdb(tables))} == {wanted}
