"""The catalogue of the next year: this one's text, in which what is of its year has moved on and all else stands as it
stood, with its comments; and what a person has still to look at.

Convention: nothing is decided that the next plan may decide otherwise: requirements stay, and are named.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import TO_DATE, sources_of


@dataclass(frozen=True, slots=True)
class Carried:
    """The text for `year`, and what is left `to_do` about it, a sentence each."""

    year: int
    text: str
    to_do: tuple[str, ...]


def carried_over(text: str, catalogue: Catalogue) -> Carried:
    """The catalogue that `text` is, carried over into the year after its plan's."""
    year = catalogue.plan.year + 1
    moved = text
    for start, end, written in sorted(_moved(text, catalogue.plan.year), reverse=True):
        moved = moved[:start] + written + moved[end:]
    return Carried(year, moved, tuple(_to_do(catalogue, year)))


def _moved(text: str, year: int) -> Iterator[tuple[int, int, str]]:
    """Where in the text what stands instead: the plan's year, and the days of its activities."""
    root = yaml.compose(text, yaml.SafeLoader)
    assert root
    for path, node in _scalars(root, ()):
        match path:
            case ("plan", "year"):
                yield node.start_mark.index, node.end_mark.index, str(year + 1)
            case ("activities", _, "due", *_) if str(year) in node.value:
                old = text[node.start_mark.index : node.end_mark.index]
                yield node.start_mark.index, node.end_mark.index, old.replace(str(year), str(year + 1))
            case _:
                pass


def _scalars(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], yaml.Node]]:
    if not isinstance(node, yaml.CollectionNode):
        yield path, node
        return
    pairs = [(key.value, value) for key, value in node.value] if isinstance(node, yaml.MappingNode) else None
    for key, value in enumerate(node.value) if pairs is None else pairs:
        yield from _scalars(value, (*path, key))


# ---- what is left to do


def _to_do(catalogue: Catalogue, year: int) -> Iterator[str]:
    plan = catalogue.plan
    yield f"plan 的 document、version、revisions 还是 {plan.document} {plan.version},改成 {year} 年计划的"
    asked = sum(bool(one.targets) for one in catalogue.shown)
    yield f"{asked} 项考核要求照旧;有变化的,在 target 中加一条 since: {year}-01-01"
    if catalogue.calendar and year not in catalogue.calendar.years:
        yield f"calendar 没有 {year} 年的放假安排:公布后在 years 中加上 {year},补 holidays、workdays"
    if reaching := _named(catalogue, _reaching_back(catalogue)):
        yield f"{reaching}还要用到 {year - 1} 年的记录:原有的文件留在原处,不要移走"
    if yearly := _named(catalogue, (name for name, one in catalogue.sources.items() if one.covers != "name")):
        yield f"{yearly}的文件可以不写年份,会当作 {year} 年的:{year - 1} 年的文件名中没有年份的,加上 {year - 1}"
    if any(one.due for one in catalogue.activities):
        yield f"质量活动的 due 已由 {year - 1} 年改为 {year} 年,核对日期"
    if any(one.questionnaires for one in catalogue.customers):
        yield f"客户的 questionnaires(计划发放的问卷份数)是 {year - 1} 年的,核对"
    yield f"{year - 1} 年的归档不动,照旧用 itss-kpi verify 核对;统计与基线会用到它"


def _named(catalogue: Catalogue, sources: Iterator[str]) -> str:
    return "、".join(dict.fromkeys(f"“{catalogue.sources[name].name}”" for name in sources))


def _reaching_back(catalogue: Catalogue) -> Iterator[str]:
    """The ledgers of which the year's first periods read what was before them."""
    for name in catalogue.sources:
        if catalogue.carries_earlier(name):
            yield name
    for indicator in catalogue.indicators:
        for measure in indicator.all_measures.values():
            back = measure.window not in ("period", *TO_DATE) or measure.reach_back
            parts = [catalogue.by_id[one] for one in measure.indicator]
            yield from sorted({*([measure.source] if measure.source else []), *sources_of(parts)}) if back else ()
