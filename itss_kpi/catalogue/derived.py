"""Checks of what is built on values: measures over other indicators, bands, rosters, targets by group.

Convention: as in `checks`; circles are found first, as nothing else can be said of them.
"""

from collections.abc import Sequence
from fractions import Fraction

from itss_kpi.catalogue.catalogue import Catalogue, measure_kinds, value_kind
from itss_kpi.catalogue.checks import check_expression, check_known
from itss_kpi.catalogue.expression import Column, Compare, ExpressionError, Kind, Number
from itss_kpi.catalogue.indicators import Indicator, Measure, Roster
from itss_kpi.catalogue.kinds import Names, suggestion
from itss_kpi.catalogue.parsing import nodes_in
from itss_kpi.catalogue.yaml_text import Path, YamlText

_ROWS_ALONE = "分子分母数的是台账的行;由指标得出的比率写作 measures: {a: …, b: …} 与 value: a / b"


def check_circles(catalogue: Catalogue, source: YamlText) -> None:
    """Report each way on which an indicator is built on itself."""
    for at, indicator in enumerate(catalogue.indicators):
        way = _way_back(catalogue, indicator, [indicator.id])
        if way:
            source.report("C104", ("indicators", at), f"指标由自己得出:{' → '.join(way)}")


def _way_back(catalogue: Catalogue, indicator: Indicator, way: Sequence[str]) -> list[str] | None:
    for name in (name for measure in indicator.all_measures.values() for name in measure.indicator):
        if name == way[0]:
            return [*way, name]
        if name in catalogue.by_id and name not in way:
            found = _way_back(catalogue, catalogue.by_id[name], [*way, name])
            if found:
                return found
    return None


def check_derived(catalogue: Catalogue, source: YamlText) -> None:
    """Report what doesn't fit of the values that indicators take over, and of what is made of their own."""
    for at, indicator in enumerate(catalogue.indicators):
        path: Path = ("indicators", at)
        for name, measure in indicator.all_measures.items():
            inside = (*path, "measures", name) if name in indicator.measures else (*path, name)
            if measure.indicator and name not in indicator.measures and name != "value":
                source.report("C102", inside, _ROWS_ALONE)
            elif measure.indicator:
                _check_measure(catalogue, indicator, measure, inside, source)
        _check_roster(catalogue, indicator, path, source)
        if indicator.for_each and not _is_grouped(catalogue, indicator):
            what = f"没有一项度量按{indicator.for_each}分组:所引的指标都不分组,或写了 over: all"
            source.report("C102", (*path, "for_each"), what)
        _check_order(indicator, (*path, "bands"), source)
        before = len(source.problems)
        kind = _kind(catalogue, indicator)
        parts = {} if indicator.averaged_over else measure_kinds(catalogue, indicator)
        names = Names({**parts, "value": kind} if kind else {}, rows=False)
        for place, band in enumerate(indicator.bands if kind else ()):
            inside = (*path, "bands", place)
            if band.when is not None:
                check_expression(band.when, names, (Kind.TRUTH,), (*inside, "when"), source)
            if band.points is not None and len(source.problems) == before:
                check_expression(band.points, names, (Kind.NUMBER,), (*inside, "score"), source)


def _check_measure(catalogue: Catalogue, indicator: Indicator, measure: Measure, path: Path, source: YamlText) -> None:
    inside = (*path, "indicator")
    known = [catalogue.by_id[name] for name in measure.indicator if name in catalogue.by_id]
    for name in measure.indicator:
        check_known(name, catalogue.by_id, "没有这个指标", inside, source)
    for other in known:
        single = measure.measure in (None, "weighted", "rank")
        if single and other.period is not indicator.period:
            label = f"{other.id} 按{other.period.label}考核"
            source.report("C102", inside, f"{label},不能取本期的值;汇总其各期写 measure: mean、sum 等")
        elif measure.alike:
            _check_alike(catalogue, indicator, other, measure.alike, path, source)
        elif measure.measure == "rank" and (not other.for_each or other.for_each != indicator.for_each):
            source.report("C102", inside, f"rank 是各组的名次:本指标与 {other.id} 须写同一个 for_each")
        elif single and other.for_each and other.for_each != indicator.for_each:
            source.report("C102", inside, f"{other.id} 按{other.for_each}分别考核;汇总其各组写 measure: mean、count 等")
        elif indicator.for_each and other.for_each and other.for_each != indicator.for_each and not measure.over:
            what = f"{other.id} 按{other.for_each}分别考核,本指标按{indicator.for_each},组对不上"
            source.report("C102", inside, f"{what};汇总它的所有组写 over: all")
        elif other.period.months > indicator.period.months:
            source.report("C102", inside, f"{other.id} 的考核周期({other.period.label})比本指标长")
        if measure.of == "score" and not any(band.points for band in other.bands):
            source.report("C102", (*path, "of"), f"{other.id} 的 bands 没有 score")
    kinds = set(filter(None, (_kind(catalogue, other) for other in known)))
    if len(kinds) > 1 and measure.of in (None, "value"):
        source.report("C104", inside, "所列指标的值不是同一类(数值与时长)")
    elif measure.where is not None and kinds:
        names = {"value": kinds.pop(), "score": Kind.NUMBER, "attained": Kind.NUMBER}
        check_expression(measure.where, Names(names, rows=False), (Kind.TRUTH,), (*path, "where"), source)


def _check_alike(
    catalogue: Catalogue, indicator: Indicator, other: Indicator, column: str, path: Path, source: YamlText
) -> None:
    """Groups of which something says in what they are alike, for an indicator by the same groups or by that."""
    if not other.for_each or indicator.for_each not in (other.for_each, column):
        what = f"over: {column} 时,{other.id} 须写 for_each,本指标写同一列,或写 for_each: {column}"
        source.report("C102", (*path, "over"), what)
    elif catalogue.members(other, column) is None:
        what = f"不知道{other.for_each}各属于哪个{column}:{other.id} 的名单(among)与台账都没有文本列“{column}”"
        source.report("C103", (*path, "over"), what)


def _check_order(indicator: Indicator, path: Path, source: YamlText) -> None:
    """Report a band that is never reached, as one before it takes all that it would take: the first that holds
    decides."""
    reached: dict[int, Fraction] = {}
    for at, band in enumerate(indicator.bands):
        match next(iter(nodes_in(band.when or "")), None):
            case Compare(">=" | ">" | "<=" | "<" as op, Column("value"), Number(limit)):
                side = 1 if op.startswith(">") else -1
                if side in reached and side * limit >= reached[side]:
                    source.report("C102", (*path, at), f"永远轮不到这一档,前面的已包括它:{_HIGHEST_FIRST}")
                reached[side] = min(side * limit, reached.get(side, side * limit))
            case _:
                pass


_HIGHEST_FIRST = "取第一个成立的档,>= 从大到小写,<= 从小到大写"


def _is_grouped(catalogue: Catalogue, indicator: Indicator) -> bool:
    """Whether some measure has a value for each group; what isn't there is reported elsewhere."""
    measures = indicator.all_measures.values()
    parts = [catalogue.by_id.get(name) for one in measures if one.over != "all" for name in one.indicator]
    return any(one.source for one in measures) or any(part is None or part.for_each for part in parts)


def _kind(catalogue: Catalogue, indicator: Indicator) -> Kind | None:
    """What an indicator's value is; None where its formula is wrong."""
    try:
        return value_kind(catalogue, indicator)
    except ExpressionError:
        return None


def _check_roster(catalogue: Catalogue, indicator: Indicator, path: Path, source: YamlText) -> None:
    roster = indicator.among
    if isinstance(roster, Roster):
        if not check_known(roster.source, catalogue.sources, "没有声明的台账", (*path, "among", "source"), source):
            return
        names = catalogue.names(roster.source)
        texts = [one for one, kind in names.columns.items() if kind is Kind.TEXT]
        what = f"{catalogue.sources[roster.source].name}没有文本列"
        check_known(roster.column, texts, what, (*path, "among", "column"), source)
        if roster.where is not None:
            check_expression(roster.where, names, (Kind.TRUTH,), (*path, "among", "where"), source)
        return
    if len(set(roster)) < len(roster):
        source.report("C106", (*path, "among"), "名单中有重复的组")
    for group in (item.group for item in indicator.requirements if item.group):
        if not indicator.for_each:
            source.report("C102", (*path, "target"), f"没有 for_each,不能给“{group}”单列要求")
        elif roster and group not in roster:
            source.report("C103", (*path, "target"), f"名单中没有“{group}”{suggestion(group, roster)}")
