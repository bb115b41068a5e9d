"""The 25 indicators a second, independent way: DuckDB SQL written by hand over the typed tables.

Convention: a typed table is a DuckDB table named like its source, with `X?blank` and `X?bad` beside every
column `X` (the harness adds those that are constantly false). Here a bad cell becomes NULL, so that SQL's
own three-valued logic says what is certain (TRUE), certainly not (FALSE) and doubtful (NULL); a blank is
an ordinary "not done": FALSE, 0, '' or, for an instant, in no interval. Conditions are taken as SQL takes
them: two conditions that read the same bad cell are doubtful one by one. Nothing of the program is
imported.

Each indicator is one SELECT of rows, in which every row says

- `who`: the person, department, project or survey item that the aggregate tells apart, or '';
- `n_in`, `d_in`: whether it belongs to the numerator, the denominator;
- `n`, `d`: what it then adds there, as scaled integers.

A row of a *subset* or *shared* ratio is in the numerator only if it is in the denominator too; of a
*subset* ratio the row's `n` is a part of its `d` besides. The sides of a ratio that stands *apart* are
independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Literal

import duckdb

Scales = Mapping[tuple[str, str], int]
"""(source, column) -> the exponent of ten by which its integers are scaled; 0 where it is not named."""

Kind = Literal["subset", "shared", "apart"]
Totals = dict[str, tuple[Fraction, Fraction]]
Way = tuple[Fraction, Fraction]

DAY = 86_400_000_000
DECLARED_DEPARTMENTS = 7
DOUBTFUL_LIMIT = 12


@dataclass(frozen=True)
class Indicator:
    """One indicator: the SELECT of its rows, how its sides hang together, and how rows are put together."""

    rows: str
    kind: Kind = "subset"
    aggregate: Literal["sum", "distinct", "averaged"] = "sum"
    numerator: tuple[str, str] | None = None
    denominator: tuple[str, str] | None = None
    fixed: int | None = None
    is_count: bool = False


def cells(source: str, *, instants: str = "", flags: str = "", texts: str = "", amounts: str = "") -> str:
    """Sub-SELECT over a source in which a bad cell is NULL; `X?blank` is kept for the instants only.

    Each argument names columns, separated by spaces.
    """
    parts = ["_conflict, _uncertain"]
    parts += [f'if("{x}?bad", NULL, "{x}") AS "{x}", "{x}?blank"' for x in instants.split()]
    for columns, blank in ((flags, "FALSE"), (texts, "''"), (amounts, "0")):
        parts += [
            f'CASE WHEN "{x}?bad" THEN NULL WHEN "{x}?blank" THEN {blank} ELSE "{x}" END AS "{x}"'
            for x in columns.split()
        ]
    return f"(SELECT {', '.join(parts)} FROM {source})"


def during(column: str) -> str:
    """Condition: the instant is there and lies in the period; NULL if it is bad."""
    return f'(NOT "{column}?blank" AND "{column}" >= $start AND "{column}" < $end)'


def _sum_ratio(source: str, date: str, numerator: str, denominator: str, kind: Kind = "shared") -> Indicator:
    """Σ numerator / Σ denominator over the rows of one source that are dated in the period."""
    return Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during(date)} AS d_in, TRUE AS n_in,
               "{numerator}" AS n, "{denominator}" AS d
        FROM {cells(source, instants=date, amounts=f"{numerator} {denominator}")}
        """,
        kind,
        numerator=(source, numerator),
        denominator=(source, denominator),
    )


def _averaged(source: str, date: str, who: str, numerator: str, denominator: str) -> Indicator:
    """The plain mean over `who` of Σ numerator / Σ denominator."""
    return Indicator(
        f"""
        SELECT _conflict, _uncertain, "{who}" AS who, {during(date)} AS d_in, TRUE AS n_in,
               "{numerator}" AS n, "{denominator}" AS d
        FROM {cells(source, instants=date, texts=who, amounts=f"{numerator} {denominator}")}
        """,
        "shared",
        "averaged",
        numerator=(source, numerator),
        denominator=(source, denominator),
    )


def _event_count(source: str, date: str) -> Indicator:
    """How many rows are dated in the period; there is no denominator."""
    return Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, FALSE AS d_in, {during(date)} AS n_in, 1 AS n, 0 AS d
        FROM {cells(source, instants=date)}
        """,
        "apart",
        is_count=True,
    )


INDICATORS: dict[int, Indicator] = {
    1: _averaged("sla", "统计月份", "项目名称", "SLA达成项数", "SLA承诺项数"),
    2: _averaged("satisfaction", "调查日期", "调查项", "得分", "满分"),
    3: Indicator(
        f"""
        SELECT _conflict, _uncertain, 部门 AS who, FALSE AS d_in,
               {during("审核日期")} AND 是否体系覆盖 AS n_in, 1 AS n, 0 AS d
        FROM {cells("internal_audits", instants="审核日期", texts="部门", flags="是否体系覆盖")}
        """,
        "apart",
        "distinct",
        fixed=DECLARED_DEPARTMENTS,
    ),
    4: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("申请验收日期")} AS d_in, 验收结果 = '通过' AS n_in,
               1 AS n, 1 AS d
        FROM {cells("acceptances", instants="申请验收日期", texts="验收结果")}
        """
    ),
    5: _sum_ratio("recruitment", "计划到岗日期", "实际招聘人数", "计划招聘人数"),
    6: _sum_ratio("talent_pool", "储备截止日期", "实际储备人数", "计划储备人数"),
    7: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("计划日期")} AS d_in,
               {during("实际日期")} AND 培训状态 = '已完成' AS n_in, 1 AS n, 1 AS d
        FROM {cells("training", instants="计划日期 实际日期", texts="培训状态")}
        """,
        "apart",
    ),
    8: Indicator(
        f"""
        SELECT _conflict, _uncertain, 工号 AS who, {during("考核季度")} AND 岗位类别 = '运维岗' AS d_in,
               是否参加考核 AS n_in, 1 AS n, 1 AS d
        FROM {cells("performance_reviews", instants="考核季度", texts="工号 岗位类别", flags="是否参加考核")}
        """,
        aggregate="distinct",
    ),
    9: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who,
               {during("受理时间")} AND 派单结果 IN ('成功', '失败') AS d_in,
               派单结果 = '成功' AS n_in, 1 AS n, 1 AS d
        FROM {cells("service_desk", instants="受理时间", texts="派单结果")}
        """
    ),
    10: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("受理时间")} AND 受理渠道 = '电子工单' AS d_in,
               是否回访 AS n_in, 1 AS n, 1 AS d
        FROM {cells("service_desk", instants="受理时间", texts="受理渠道", flags="是否回访")}
        """
    ),
    11: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, FALSE AS d_in, {during("入库日期")} AS n_in, 1 AS n, 0 AS d
        FROM {cells("knowledge", instants="入库日期")}
        UNION ALL
        SELECT -_conflict, _uncertain, '', {during("季度")}, FALSE, 0, 计划新增数量
        FROM {cells("knowledge_plan", instants="季度", amounts="计划新增数量")}
        """,
        "apart",
        denominator=("knowledge_plan", "计划新增数量"),
    ),
    12: _sum_ratio("spares", "出库日期", "合格数量", "出库数量", "subset"),
    13: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, _from <= $end - {DAY} AND $end - {DAY} < _to AS d_in,
               是否使用工具 AS n_in, 1 AS n, 1 AS d
        FROM (SELECT _conflict, _uncertain, _from, _to,
                     CASE WHEN "是否使用工具?bad" THEN NULL
                          WHEN "是否使用工具?blank" THEN FALSE
                          ELSE 是否使用工具 END AS 是否使用工具
              FROM tool_usage)
        """
    ),
    14: _sum_ratio("rd_plan", "计划完成日期", "实际投入资金", "计划投入资金"),
    15: _sum_ratio("rd_plan", "计划完成日期", "实际完成量", "计划完成量"),
    17: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("应提交日期")} AS d_in,
               NOT "实际提交日期?blank" AND 实际提交日期 <= 应提交日期 AS n_in, 1 AS n, 1 AS d
        FROM {cells("service_reports", instants="应提交日期 实际提交日期")}
        """
    ),
    18: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("受理时间")} AND 工单状态 <> '已取消' AS d_in,
               NOT "响应时间?blank" AND NOT "响应时限?blank" AND 响应时间 - 受理时间 <= 响应时限 AS n_in,
               1 AS n, 1 AS d
        FROM {cells("incidents", instants="受理时间 响应时间 响应时限", texts="工单状态")}
        """
    ),
    19: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("关闭时间")} AND 工单状态 = '已关闭' AS d_in,
               解决结果 = '已解决' AS n_in, 1 AS n, 1 AS d
        FROM {cells("incidents", instants="关闭时间", texts="工单状态 解决结果")}
        """
    ),
    20: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who,
               NOT "登记日期?blank" AND 登记日期 < $end
               AND (登记日期 >= $start OR "解决日期?blank" OR 解决日期 >= $start) AS d_in,
               NOT "解决日期?blank" AND 解决日期 < $end AS n_in, 1 AS n, 1 AS d
        FROM {cells("problems", instants="登记日期 解决日期")}
        """
    ),
    21: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("实施日期")} AND 变更结果 <> '已取消' AS d_in,
               变更结果 = '成功' AS n_in, 1 AS n, 1 AS d
        FROM {cells("changes", instants="实施日期", texts="变更结果")}
        """
    ),
    22: Indicator(
        f"""
        SELECT _conflict, _uncertain, '' AS who, {during("发布日期")} AND 发布结果 <> '已取消' AS d_in,
               发布结果 = '成功' AS n_in, 1 AS n, 1 AS d
        FROM {cells("releases", instants="发布日期", texts="发布结果")}
        """
    ),
    23: _sum_ratio("config_audits", "审计日期", "正确配置项数量", "抽检配置项数量", "subset"),
    24: _event_count("config_audits", "审计日期"),
    25: _event_count("security_incidents", "发生日期"),
}
INDICATORS[16] = INDICATORS[1]


def _records(indicator: Indicator) -> str:
    """CTEs: `fact` (a row, and the record it is a variant of), `record` (what it surely adds, or NULL)."""
    counted = "n_in" if indicator.kind == "apart" else "(d_in AND n_in)"
    return f"""
    WITH fact AS MATERIALIZED (
        SELECT *, if(_conflict <> 0, 'c' || _conflict, 'r' || row_number() OVER ()) AS id
        FROM ({indicator.rows}) WHERE $start < $end
    ), side AS (
        SELECT id, who,
               CASE WHEN NOT {counted} THEN 0 WHEN {counted} AND NOT _uncertain THEN n END AS n,
               CASE WHEN NOT d_in THEN 0 WHEN d_in AND NOT _uncertain THEN d END AS d
        FROM fact
    ), record AS (
        SELECT id, any_value(who) AS who,
               CASE WHEN count(n) = count(*) AND min(n) = max(n) THEN min(n) END AS n,
               CASE WHEN count(d) = count(*) AND min(d) = max(d) THEN min(d) END AS d
        FROM side GROUP BY id
    )
    """


def _certain(indicator: Indicator) -> str:
    """The query behind `evaluate`: what is certain, in scaled integers."""
    n = "if(d IS NULL, NULL, n)" if indicator.kind == "subset" else "n"
    match indicator.aggregate:
        case "sum":
            result = f"SELECT coalesce(sum({n}), 0), coalesce(sum(d), 0) FROM record"
        case "distinct":
            d = "count(DISTINCT who) FILTER (d > 0)" if indicator.fixed is None else str(indicator.fixed)
            result = f"SELECT count(DISTINCT who) FILTER ({n} > 0), {d} FROM record"
        case "averaged":
            result = f"""
            SELECT who, coalesce(sum({n}), 0), sum(d) FROM record
            GROUP BY who HAVING sum(d) <> 0 ORDER BY who
            """
    return _records(indicator) + result


SQL: dict[int, str] = {number: _certain(indicator) for number, indicator in sorted(INDICATORS.items())}
"""Indicator number -> query over $start and $end (microseconds), about what is certain: one row (numerator,
denominator); of the averaged ones (1, 2, 16) a row (group, numerator, denominator) for each group that has a
denominator. A count (24, 25) has 0 for a denominator."""


def evaluate(
    connection: duckdb.DuckDBPyConnection, number: int, start: int, end: int, scales: Scales
) -> tuple[Fraction | None, Fraction | None]:
    """The certain numerator and denominator in [start, end), exact and in the units of the columns.

    An averaged one gives the sum of its groups' ratios and the number of groups; a count has no denominator.
    """
    indicator = INDICATORS[number]
    rows = connection.execute(SQL[number], {"start": start, "end": end}).fetchall()
    if indicator.aggregate == "averaged":
        totals = {who: _unscaled(indicator, n, d, scales) for who, n, d in rows}
        return sum((n / d for n, d in totals.values()), Fraction(0)), Fraction(len(totals))
    n, d = _unscaled(indicator, rows[0][0], rows[0][1], scales)
    return n, None if indicator.is_count else d


def interval(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    start: int,
    end: int,
    scales: Scales,
    limit: int = DOUBTFUL_LIMIT,
) -> tuple[Fraction | None, Fraction | None]:
    """The lowest and highest value over every way that the doubtful records could turn out, by brute force.

    A way in which the denominator is 0 has no value and does not count. (None, None): no way has a value, or
    a bad amount could be anything. Raises ValueError if more than `limit` records are doubtful.
    """
    indicator = INDICATORS[number]
    base = _settled(connection, indicator, start, end, scales)
    records = _doubtful(connection, indicator, start, end, scales)
    if len(records) > limit:
        raise ValueError(f"indicator {number}: {len(records)} doubtful records, more than {limit}")
    if any(way is None for _, ways in records for way in ways):
        return None, None
    values = {_value(indicator, totals) for totals in _worlds(indicator, base, records)}
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if known else (None, None)


def doubtful_count(connection: duckdb.DuckDBPyConnection, number: int, start: int, end: int) -> int:
    """How many records are doubtful: they may add different amounts to a side, or nothing."""
    query = _records(INDICATORS[number]) + "SELECT count(*) FROM record WHERE n IS NULL OR d IS NULL"
    (count,) = connection.execute(query, {"start": start, "end": end}).fetchall()[0]
    return int(count)


def _unscaled(indicator: Indicator, n: int, d: int, scales: Scales) -> Way:
    """Scaled integers as exact numbers in the units of their columns."""
    n_scale, d_scale = (scales.get(x, 0) if x else 0 for x in (indicator.numerator, indicator.denominator))
    return Fraction(n, 10**n_scale), Fraction(d, 10**d_scale)


def _settled(
    connection: duckdb.DuckDBPyConnection, indicator: Indicator, start: int, end: int, scales: Scales
) -> Totals:
    """For each `who`, what the records without any doubt add up to."""
    put_together = "max" if indicator.aggregate == "distinct" else "sum"
    query = f"""
    {_records(indicator)}
    SELECT who, {put_together}(n), {put_together}(d) FROM record
    WHERE n IS NOT NULL AND d IS NOT NULL AND (n <> 0 OR d <> 0) GROUP BY who
    """
    rows = connection.execute(query, {"start": start, "end": end}).fetchall()
    return {who: _unscaled(indicator, n, d, scales) for who, n, d in rows}


def _doubtful(
    connection: duckdb.DuckDBPyConnection, indicator: Indicator, start: int, end: int, scales: Scales
) -> list[tuple[str, set[Way | None]]]:
    """Each doubtful record: its `who`, and every (n, d) that it could add; None among them is "no bound"."""
    query = f"""
    {_records(indicator)}
    SELECT id, record.who, fact._uncertain, fact.d_in, fact.n_in, fact.n, fact.d
    FROM record JOIN fact USING (id)
    WHERE record.n IS NULL OR record.d IS NULL ORDER BY id
    """
    found: dict[str, tuple[str, set[Way | None]]] = {}
    rows = connection.execute(query, {"start": start, "end": end}).fetchall()
    for key, who, uncertain, d_in, n_in, n, d in rows:
        ways = found.setdefault(key, (who, set()))[1]
        ways.update(_row_ways(indicator, d_in, n_in, n, d, scales))
        if uncertain:  # perhaps another record once more
            ways.add((Fraction(0), Fraction(0)))
    return list(found.values())


def _row_ways(
    indicator: Indicator, d_in: bool | None, n_in: bool | None, n: int | None, d: int | None, scales: Scales
) -> Iterator[Way | None]:
    """Every (n, d) that one row could add. A bad part is anywhere in [0, its whole]: both ends are enough."""
    for in_d, in_n in product(_either(d_in), _either(n_in)):
        in_n = in_n and (in_d or indicator.kind == "apart")
        if (in_d and d is None) or (in_n and n is None and indicator.kind != "subset"):
            yield None
            continue
        part, whole = _unscaled(indicator, n or 0, d or 0, scales)
        if not in_n:
            yield Fraction(0), whole if in_d else Fraction(0)
        elif n is None:
            yield from ((Fraction(0), whole), (whole, whole))
        else:
            yield part, whole if in_d else Fraction(0)


def _either(known: bool | None) -> tuple[bool, ...]:
    """What a condition may turn out to be."""
    return (False, True) if known is None else (known,)


def _worlds(indicator: Indicator, base: Totals, records: Iterable[tuple[str, set[Way | None]]]) -> Iterator[Totals]:
    """The totals of every way that the records could turn out; equal ones are merged on the way."""
    worlds = {frozenset(base.items())}
    for who, ways in records:
        worlds = {frozenset(_add(indicator, dict(world), who, way).items()) for world in worlds for way in ways if way}
    return (dict(world) for world in worlds)


def _add(indicator: Indicator, totals: Totals, who: str, way: Way) -> Totals:
    """Totals with one record more; a person or department met again counts once."""
    if not any(way):
        return totals
    n, d = totals.get(who, (Fraction(0), Fraction(0)))
    if indicator.aggregate == "distinct":
        return totals | {who: (max(n, way[0]), max(d, way[1]))}
    return totals | {who: (n + way[0], d + way[1])}


def _value(indicator: Indicator, totals: Totals) -> Fraction | None:
    """The indicator's value in one world; None where the denominator is 0."""
    if indicator.aggregate == "averaged":
        rates = [n / d for n, d in totals.values() if d]
        return sum(rates, Fraction(0)) / len(rates) if rates else None
    n = sum((n for n, _ in totals.values()), Fraction(0))
    if indicator.is_count:
        return n
    d = Fraction(indicator.fixed) if indicator.fixed else sum((d for _, d in totals.values()), Fraction(0))
    return n / d if d else None
