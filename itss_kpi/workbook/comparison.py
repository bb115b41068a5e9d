"""纵向对比 and 横向对比: every indicator along the year's periods, and across departments and projects.

Convention: the sheets show what `analysis` works out and count nothing themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby

from itss_kpi.analysis.breakdown import Breakdown
from itss_kpi.analysis.series import Series
from itss_kpi.catalogue.indicators import listed
from itss_kpi.catalogue.wording import SIGNS, name_text, target_text
from itss_kpi.core.results import Assessment
from itss_kpi.core.targets import Unit
from itss_kpi.core.text import BLANK_GROUP
from itss_kpi.plan.year import PlanYear
from itss_kpi.render import sheet_style as style
from itss_kpi.render.sheet_chart import Drawn, add_chart, write_figures
from itss_kpi.render.xlsx import Book, Cell, Formula, Look, column

_MONTHS = 12
_FIRST_MONTH = 4
_TO_DATE = _FIRST_MONTH + _MONTHS
_FIGURES = _TO_DATE + 3
_CHARTS_ACROSS, _CHARTS_DOWN, _CHART_ROWS = (1, 6, 11), 3, 11
_CHART = (9.3, 5.4)
"""The columns in which charts begin, how many stand below each other on a page, and over how many rows each."""
_LINES = (Drawn(style.BLUE), Drawn("C00000", dashed=True))
_BARS = (Drawn(style.BLUE), Drawn("BFBFBF"))


# ---- along the periods


def write_trends(book: Book, year: PlanYear) -> None:
    """纵向对比: a row a series, a column a month, and charts below."""
    made = style.page(book, "纵向对比", [5, 16, 8, *[8.2] * _MONTHS, 12], breaks=True)
    made.heading(
        f"{year.year}年 纵向对比(截至 {year.report.period})",
        "每格是一个考核期,跨月的考核期占其各月;颜色与符号是该期的结论。本年至今由各行重新计算,不是各期比率的平均。",
    )
    months = [f"{at}月" for at in range(1, _MONTHS + 1)]
    made.table_head(["序号", "指标名称", "要求", *months, "本年至今"], freeze=_FIRST_MONTH)
    domains = {name: list(mine) for name, mine in groupby(_listed(year), key=_domain)}
    for name, mine in domains.items():
        made.section(name)
        for one in mine:
            _write_series(made, one)
    made.next()
    made.new_page(made.row)
    made.section("趋势图(实线为实际值,虚线为考核要求)")
    _write_charts(made, domains)
    made.sheet.print_area = f"A1:{column(_TO_DATE)}{made.row}"


def _listed(year: PlanYear) -> list[Series]:
    """The series in order of number; an empty one of an indicator that has no group yet of those it is assessed for."""
    known = {one.number for one in year.series}
    rows = [Series(number, one, None, ()) for number, _, one in listed(year.indicators) if number not in known]
    return sorted([*year.series, *rows], key=lambda one: one.number)


def _domain(one: Series) -> str:
    return dict(one.indicator.listings)[one.number]


def _ended(one: Series) -> list[Assessment]:
    return [point.item for point in one.points if point.item.due]


def _write_series(made: style.Page, one: Series) -> None:
    target = one.indicator.targets[-1][1] if one.indicator.targets else None
    made.put(1, one.number, style.CENTRED)
    made.put(2, name_text(one.indicator.name, one.group))
    made.put(3, target_text(target), style.CENTRED)
    for month in range(_MONTHS):
        made.put(_FIRST_MONTH + month, None, style.CENTRED)
    for item in _ended(one):
        if months := item.period.kind.months:  # a year has more weeks than the sheet has columns
            first = _FIRST_MONTH + item.period.start.month - 1
            last = min(first + months, _FIRST_MONTH + _MONTHS) - 1
            made.span(first, last, *_period_cell(item))
    value, look = style.value_cell(one.to_date) if one.to_date and not one.part else (one.to_date_text, style.CENTRED)
    made.put(_TO_DATE, value, replace(look, across="center", bold=True, fill=style.BAND))
    made.fit(24)
    made.next()


def _period_cell(item: Assessment) -> tuple[Cell, Look]:
    value, look = style.value_cell(item)
    sign, shown = SIGNS[item.verdict], style.verdict_look(item.verdict)
    if isinstance(value, str):
        return f"{sign} {value if value != '—' else item.verdict.label}", replace(shown, size=8.5, wrap=True)
    return value, replace(shown, size=9, format=f'"{sign} "{look.format}')


# ---- charts


def _write_charts(made: style.Page, domains: Mapping[str, Sequence[Series]]) -> None:
    """Beside each other; the figures stand to the right of what is printed."""
    start, figures_at = made.row, 2
    charts = [chart for name, mine in domains.items() for chart in _charts(name, mine)]
    for at, (title, unit, values, drawn) in enumerate(charts):
        down, across = divmod(at, len(_CHARTS_ACROSS))
        made.row = start + down * (_CHART_ROWS + 1)
        if down and down % _CHARTS_DOWN == 0 and across == 0:
            made.new_page(made.row)
        figures = write_figures(made, figures_at, _FIGURES, [[title, "实际值", "考核要求"], *values])
        figures_at = figures.last + 2
        place = f"{column(_CHARTS_ACROSS[across])}{made.row}"
        add_chart(made, place, "lines" if drawn is _LINES else "bars", title, unit, figures, drawn, _CHART)
    made.row = start + -(-len(charts) // len(_CHARTS_ACROSS)) * (_CHART_ROWS + 1)


_Charted = tuple[str, Unit, list[list[Cell]], tuple[Drawn, ...]]


def _charts(domain: str, listed: Sequence[Series]) -> Iterator[_Charted]:
    """Title, unit, figures and looks of a line for each series of several known values; where there is none, of bars
    for the year to date of the domain's rates."""
    known = {one.number: [item for item in _ended(one) if item.value is not None] for one in listed if not one.group}
    several = [one for one in listed if not one.group and len(known[one.number]) > 1]
    for one in several:
        items = known[one.number]
        factor = items[0].unit.factor if items[0].unit != Unit.PERCENT else 1
        rows = [[str(item.period), _over(item.value, factor), _over(_limit(item), factor)] for item in items]
        yield f"{one.number} {one.indicator.name}", items[0].unit, rows, _LINES
    rates: list[list[Cell]] = [
        [f"{one.number} {one.indicator.name}", _over(now.value), _over(_limit(now))]
        for one in listed
        if (now := one.to_date) and not one.part and not one.group and now.unit == Unit.PERCENT
        if now.value is not None and now.target
    ]
    if rates and not several:
        yield f"{domain}(年度指标,本年至今)", Unit.PERCENT, rates, _BARS


def _over(value: Fraction | None, factor: int | Fraction = 1) -> Cell:
    return None if value is None else style.number(value / factor)


def _limit(item: Assessment) -> Fraction | None:
    return item.target.bounds[0].limit if item.target else None


# ---- across the groups

_DIMENSIONS = ("部门", "项目")
_REMARK = 3
"""Columns over which a remark stands."""
_GROUPS_ACROSS = 14
_WHOLE = 5
"""The column of the whole; the groups stand behind it."""
_SHADES = ("FBE5E5", "F4B6B6", "E88A8A")


def write_groups(book: Book, year: PlanYear) -> None:
    """横向对比: for each dimension the breakdowns in the plan's order."""
    found = _breakdowns(year)
    most = max((len(_names(breakdowns)) for breakdowns in found.values()), default=0)
    across = min(max(most, 1), _GROUPS_ACROSS)
    made = style.page(book, "横向对比", [5, 15, 9, 6, 10, *[8.5] * across, *[10] * _REMARK, 9])
    made.heading(
        f"{year.report.period} 横向对比",
        "各组用同一口径计算。不符合要求的带 ▼ 并加底色,越深差得越多。分子、分母可以相加的,合计一列是核对公式;"
        f"不能相加的,说明中写明原因。一行最多 {_GROUPS_ACROSS} 组,更多的接在下面。",
    )
    made.sheet.freeze_panes = f"F{made.row}"
    for dimension, breakdowns in found.items():
        made.section(f"按{dimension}")
        for alike in _tables(breakdowns):
            _write_table(made, alike)
        made.next()
    if not found:
        made.say("没有到期的指标。")


def _breakdowns(year: PlanYear) -> dict[str, list[Breakdown]]:
    """The breakdowns of what is due; by department every indicator is listed."""
    found = {name: year.breakdowns(name, every=name == _DIMENSIONS[0]) for name in _DIMENSIONS}
    return {name: breakdowns for name, breakdowns in found.items() if breakdowns}


def _tables(breakdowns: Sequence[Breakdown]) -> list[list[Breakdown]]:
    """All breakdowns in one table where their groups fit across, else those with the same groups."""
    if len(_names(breakdowns)) <= _GROUPS_ACROSS:
        return [list(breakdowns)]
    return [list(alike) for _, alike in groupby(breakdowns, key=lambda one: _names([one]))]


def _names(breakdowns: Sequence[Breakdown]) -> list[str]:
    """The groups of all breakdowns as they come, 未填 last."""
    names = dict.fromkeys(one.group or "" for found in breakdowns for one in found.groups)
    return sorted(names, key=lambda name: name == BLANK_GROUP)


def _write_table(made: style.Page, breakdowns: Sequence[Breakdown]) -> None:
    """A table of breakdowns, continued below where the groups are too many for a row."""
    names = _names(breakdowns)
    cuts = [names[at : at + _GROUPS_ACROSS] for at in range(0, len(names), _GROUPS_ACROSS)] or [[""]]
    sums: dict[tuple[int, str], list[str]] = {}
    for groups in cuts:
        last = groups is cuts[-1]
        head = ["序号", "指标名称", "考核期", "", "总值", *groups, "合计" if last else "(接下表)", "说明"]
        wide = [*[1] * (len(head) - 1), _REMARK]
        made.line(head, style.LABEL, wide=wide)
        for index, found in enumerate(breakdowns):
            for label, name in _rows(found):
                summed = sums.setdefault((index, name), [])
                summed.append(f"SUM({column(_WHOLE + 1)}{made.row}:{column(_WHOLE + len(groups))}{made.row})")
                total = _total(made, found, name, summed if last else [])
                remark = found.reason if name == "value" else None, replace(style.FAINT, size=9)
                values, looks = zip(*_cells(found, groups, label, name), total, remark, strict=True)
                made.line(values, looks, wide=wide)


def _rows(found: Breakdown) -> Iterator[tuple[str, str]]:
    if found.whole.denominator is None and found.whole.unit != Unit.PERCENT:
        yield "数值", "value"
        return
    yield "比率", "value"
    if found.groups:
        yield "分子", "numerator"
        yield "分母", "denominator"


def _cells(found: Breakdown, groups: Sequence[str], label: str, name: str) -> Iterator[tuple[Cell, Look]]:
    """The cells of a row up to the last group; what is about the indicator stands in the first of its rows."""
    whole, by_group = found.whole, {one.group or "": one for one in found.groups}
    said = (whole.number, whole.name, str(whole.period)) if name == "value" else (None, None, None)
    yield from zip(said, (style.CENTRED, style.PLAIN, style.CENTRED), strict=True)
    yield label, replace(style.CENTRED, color=style.GREY)
    value, look = _shown(whole, name)
    yield value, replace(look, bold=True)
    yield from (_shown(by_group[group], name) if group in by_group else ("", style.PLAIN) for group in groups)


def _shown(item: Assessment, name: str) -> tuple[Cell, Look]:
    if name != "value":
        unit = item.part_unit if name == "numerator" else item.base_unit
        cell, look = style.part_cell(getattr(item, name), unit)
        return cell, replace(look, size=9)
    cell, look = style.value_cell(item)
    look = replace(look, size=9, across="right")
    short = _short_of(item)
    if short is None or isinstance(cell, str):
        return cell, look
    shade = _SHADES[min(2, int(short * 20))] if item.unit == Unit.PERCENT else _SHADES[1]
    return cell, replace(look, fill=shade, format=look.format + '"▼"')


def _short_of(item: Assessment) -> Fraction | None:
    """By how much the value misses its target; None where it doesn't."""
    if item.value is None or item.target is None or item.target.passes(item.value):
        return None
    return abs(item.value - item.target.bounds[0].limit)


def _total(made: style.Page, found: Breakdown, name: str, summed: Sequence[str]) -> tuple[Cell, Look]:
    """Whether the groups add up to the whole: a formula over their cells."""
    whole = found.whole
    amount = whole.value if whole.denominator is None else getattr(whole, name)
    if not summed or found.reason or amount is None or (name == "value" and whole.denominator is not None):
        return None, style.PLAIN
    if name == "value" and any(isinstance(style.value_cell(one)[0], str) for one in (whole, *found.groups)):
        return None, style.PLAIN  # a value that is from here to there is no number
    text = f'=IF(ABS({"+".join(summed)}-{column(_WHOLE)}{made.row})<1E-9,"✓ 一致","✗ 不等")'
    return Formula(text, "✓ 一致"), replace(style.CENTRED, size=9)
