"""Lint: what is written correctly and hardly meant.

Convention: a warning and never a refusal; it names what the catalogue probably means.
"""

import re
from collections.abc import Iterator
from math import prod

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import OF_ROWS, Both, Node, Number, Related, nodes_of, speaks_of_period
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.parsing import parse
from itss_kpi.catalogue.usage import quantity_of, sums_shared_out
from itss_kpi.catalogue.yaml_text import Path, YamlText
from itss_kpi.core.period import PeriodKind
from itss_kpi.core.targets import Unit
from itss_kpi.core.text import plain


def lint(catalogue: Catalogue, source: YamlText) -> None:
    seen: dict[str, Indicator] = {}
    for at, indicator in enumerate(catalogue.indicators):
        path: Path = ("indicators", at)
        twin = seen.setdefault(indicator.model_dump_json(exclude=_LABELS), indicator)
        if twin is not indicator:
            source.report("C204", path, f"与序号 {twin.number} {twin.name} 的口径完全相同")
        for code, key, message in (
            *_findings(indicator),
            *_units(catalogue, indicator),
            *_parts(catalogue, indicator),
            *_means(catalogue, indicator),
            *_of_all_periods(catalogue, indicator),
        ):
            source.report(code, (*path, key), message)


_LABELS = {"id", "number", "domain", "name", "formula", "note", "clause", "also", "department"}


def _findings(indicator: Indicator) -> Iterator[tuple[str, str, str]]:
    targets = [target for _, target in indicator.targets]
    if _inverted(indicator):
        yield "C201", "denominator", "分母是分子中符合条件的一部分,比率不会低于 100%,分子分母可能写反了"
    value = indicator.value
    if isinstance(value, Measure) and value.measure in ("count", "distinct"):
        if any(target.unit == Unit.PERCENT for target in targets):
            yield "C202", "target", "计数没有分母,不能与百分比比较"
        yearly = value.window == "year_to_date" or any(word in indicator.formula for word in ("全年", "一年"))
        if yearly and indicator.period is not PeriodKind.YEAR and not indicator.note:
            yield "C203", "period", f"公式说的是全年次数,考核周期却是{indicator.period.label}"
    within = indicator.numerator is not None and indicator.numerator.within is not None and not indicator.may_exceed
    beyond = [bound.limit for target in targets for bound in target.bounds if target.unit not in ("%", "‰")]
    if within and any(limit > 1 for limit in beyond):
        yield "C206", "target", f"比率不会超过 1,要求却是 {max(beyond)};是否漏写了 %?"
    if not all(target.signed for target in targets):
        yield "C205", "target", "没有写比较符号,按“等于”处理;请写明 >= 或 ="


def _units(catalogue: Catalogue, indicator: Indicator) -> Iterator[tuple[str, str, str]]:
    """Whether a column whose heading says 元 or kg is compared with 万元 or 吨 as it is, or the other way round."""
    units = dict.fromkeys(str(unit) for unit in (indicator.unit, *(one.unit for _, one in indicator.targets)) if unit)
    for source, name, times in quantity_of(catalogue, indicator):
        column = catalogue.sources[source].columns.get(name)
        for heading in (name, *(column.aliases if column else ())):
            said = _IN_BRACKETS.search(plain(heading))
            for unit in units if said else ():
                (base, size), (other, its) = _scale(unit), _scale(said[1] if said else "")
                if base == other and its != size * times:
                    yield "C207", "target", f"要求以{unit}计,列却是“{heading}”"


def _parts(catalogue: Catalogue, indicator: Indicator) -> Iterator[tuple[str, str, str]]:
    """Whether numerator and denominator are added up in different units: 吨 over 千克."""
    found: list[tuple[str, str, int]] = []
    for name in ("numerator", "denominator"):
        measure = indicator.all_measures.get(name)
        columns = catalogue.sources[measure.source].columns if measure and measure.source else {}
        column = columns.get((measure.of if measure else None) or "")
        for heading in (measure.of or "", *column.aliases) if measure and column else ():
            if said := _IN_BRACKETS.search(plain(heading)):
                found.append((heading, *_scale(said[1])))
    for one, base, size in found:
        for other, its, number in found:
            if base == its and size > number:
                yield "C207", "numerator", f"分子分母的单位不同:“{one}”与“{other}”"


_IN_BRACKETS = re.compile(r"\(([^()]+)\)")


def _means(catalogue: Catalogue, indicator: Indicator) -> Iterator[tuple[str, str, str]]:
    """Scores that are summed and divided by their number, against a share: 86 is no 86 %."""
    shares = any(target.unit in ("%", "‰") for _, target in indicator.targets)
    written = nodes_of(catalogue.expression(indicator.value)) if isinstance(indicator.value, str) else ()
    if not shares or any(isinstance(node, Number) and node.value >= 100 for node in written):
        return
    for name in sorted(sums_shared_out(catalogue, indicator)):
        measure = indicator.all_measures[name]
        column = catalogue.sources[measure.source or ""].columns.get(measure.of or "")
        whole = column and column.type in ("integer", "decimal") and (column.maximum is None or column.maximum > 1)
        if whole and _SCORES.search(measure.of or ""):
            yield "C202", "target", f"“{measure.of}”的合计除以个数是平均分,不是比率:86 分按 8600% 比较"


_SCORES = re.compile("分|评价|满意")


def _scale(unit: str) -> tuple[str, int]:
    """What a unit counts, and how many of them it is: (元, 10000) of 万元."""
    prefixes, named = _PREFIXED.match(unit.casefold().removeprefix("人民币")).groups()  # type: ignore[union-attr]
    base, size = _UNITS.get(named, (named, 1))
    return base, size * prod(_PREFIXES[one] for one in prefixes)


_PREFIXES = {"百": 100, "千": 1000, "万": 10_000, "兆": 10**6, "亿": 10**8}
_PREFIXED = re.compile(rf"([{''.join(_PREFIXES)}]*)(.*)", re.DOTALL)
_UNITS = {
    "g": ("克", 1),
    "公斤": ("克", 1000),
    "kg": ("克", 1000),
    "吨": ("克", 10**6),
    "t": ("克", 10**6),
    "立方米": ("升", 1000),
    "m³": ("升", 1000),
    "m3": ("升", 1000),
    "l": ("升", 1),
    "m": ("米", 1),
    "公里": ("米", 1000),
    "km": ("米", 1000),
    "度": ("瓦时", 1000),
    "kwh": ("瓦时", 1000),
    "mwh": ("瓦时", 10**6),
}


def _inverted(indicator: Indicator) -> bool:
    top, bottom = indicator.numerator, indicator.denominator
    if not top or not bottom or top.within or top.source != bottom.source or bottom.where is None:
        return False
    same = (top.measure, top.of, top.date, top.window) == (bottom.measure, bottom.of, bottom.date, bottom.window)
    return same and _conditions(top.where) < _conditions(bottom.where)


def _conditions(text: str | None) -> set[Node]:
    if text is None:
        return set()
    node = parse(text)
    return set(node.parts) if isinstance(node, Both) else {node}


def _of_all_periods(catalogue: Catalogue, indicator: Indicator) -> Iterator[tuple[str, str, str]]:
    """Rows of another ledger that a list's row counts in whichever period they lie."""
    for name, measure in indicator.all_measures.items():
        source = catalogue.sources.get(measure.source or "")
        if source is None or not source.snapshot:
            continue
        for node in catalogue.nodes(measure):
            if not isinstance(node, Related) or node.what not in OF_ROWS:
                continue
            date = catalogue.sources[node.source].date
            bound = node.where is not None and (speaks_of_period(node.where) or node.of_row)
            if date and not bound:
                what = f"{node.what} 数的是“{catalogue.sources[node.source].name}”各期全部的行,不限于本期"
                yield "C208", name if name not in indicator.measures else "measures", what
