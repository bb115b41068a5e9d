"""统计与基线: each indicator over the years, and this year against the years before.

Convention: as in `page`.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from itss_kpi.analysis.baselines import Baseline, Baselines, OneYear, Spread
from itss_kpi.analysis.series import change_text
from itss_kpi.catalogue.wording import target_text
from itss_kpi.core.targets import plain_number, show
from itss_kpi.pages.making import columns
from itss_kpi.pages.page import GAP, Cell, Column, Note, On, Page, Part, Table, Text, Tone

LEGEND = (
    "平均、标准差(样本,n-1)都是各考核期数值的,每期计一次,不是全年合计的比率;待核实、数据缺失、不适用的考核期不计,列为“未计”。"
    "以往:本年以前各年,已关账的取关账时的归档(照当时的口径)。超出:本年中与以往平均相差超过 2 个标准差的考核期。"
)
NONE_BEFORE = "没有以往各年的归档和台账,还没有基线;一年关账以后,下一年起有。"
_ARCHIVED = "归档"
_OVERVIEW = (
    *columns("序号 指标名称 要求", right="序号"),
    *columns("以往平均 标准差 本年平均 差 走向", right="以往平均 标准差 本年平均 差"),
    Column("超出", rest=True),
)
_NUMBERS = "平均 标准差 最低 最高"
_YEARS = columns(f"序号 指标名称 年度 期数 未计 {_NUMBERS} 来自", right=f"序号 期数 未计 {_NUMBERS}")


def baselines_page(found: Baselines) -> Page:
    """What `baseline` and the sheet 统计与基线 show."""
    title = f"{found.catalogue.get('organization', '')} {found.year} 统计与基线(截至 {found.as_of})".strip()
    return Page(title, parts=list(_parts(found.baselines)), legend=LEGEND)


def _parts(found: Sequence[Baseline]) -> Iterator[Part]:
    if not any(one.before.periods for one in found):
        yield Note(NONE_BEFORE, Tone.QUIET)
    yield Table("本年与以往", _OVERVIEW, list(map(_overview, found)), kind="指标", empty="没有到期的考核期。")
    yield Table("各年", _YEARS, [_year(one, year) for one in found for year in one.years], kind="年度")
    yield GAP
    yield Note(LEGEND, Tone.QUIET, On.SCREEN)


def _overview(one: Baseline) -> list[Text]:
    before, now = one.before, one.now
    amounts = [_amount(one, before.mean), _spread(one, before), _amount(one, now.mean)]
    change = Cell(change_text(one.change, one.unit), value=plain_number(one.change))
    out = Cell("、".join(one.standing_out), Tone.DOUBTFUL if one.standing_out else None)
    return [*_head(one), target_text(one.target), *amounts, change, one.course.label, out]


def _year(one: Baseline, year: OneYear) -> list[Text]:
    spread = year.spread
    counts = [str(year.year), str(spread.periods), str(spread.left)]
    mean, *ends = (_amount(one, value) for value in (spread.mean, spread.lowest, spread.highest))
    return [*_head(one), *counts, mean, _spread(one, spread), *ends, _ARCHIVED if year.archived else ""]


def _head(one: Baseline) -> list[Text]:
    return [str(one.number), one.indicator.name]


def _amount(one: Baseline, value: Fraction | None) -> Cell:
    return Cell("—", value="") if value is None else Cell(show(value, one.unit, one.target), value=plain_number(value))


def _spread(one: Baseline, spread: Spread) -> Cell:
    # how far values lie apart has nothing to do with the target
    found = spread.deviation
    return Cell("—", value="") if found is None else Cell(show(found, one.unit), value=plain_number(found))
