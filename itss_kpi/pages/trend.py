"""纵向对比: each indicator along the periods, with its changes and the year to date.

Convention: a bar of a sparkline stands in the upper half where the value is above the target and in the lower half
where it is below; the verdict's sign stands under it, so that it reads without colour.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from itss_kpi.analysis.series import Point, Series, Trends, change_text
from itss_kpi.catalogue import wording
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import plain_number
from itss_kpi.pages.making import columns, joined, lines
from itss_kpi.pages.page import GAP, TONES, Cell, Column, Heading, Note, On, Page, Part, Table, Text, Tone
from itss_kpi.pages.report import judged_cell, room_cell
from itss_kpi.pages.rulings import ruling_hint

BARS = "▁▂▃▄▅▆▇█"
_TOP, _HALF = len(BARS) - 1, len(BARS) // 2
_ON_A_LINE = 24
"""Bars on one line of a sparkline: two years of months."""
_ARCHIVED, _SO_FAR, _NOT_BEGUN = "归档", "本年至今", "这段时间的考核期还没有开始"
_OVERVIEW = (
    *columns("序号 指标名称 要求", right="序号"),
    Column("走势", on=On.TERMINAL, whole=True),
    *columns(f"最近一期 {_SO_FAR}", right=f"最近一期 {_SO_FAR}"),
)
_SPARKLINE = (Column("", whole=True),) * 3
_PLAIN = (
    *columns("序号 指标域 指标名称 组 考核期 分子 分母 实际值 显示 最低 最高 考核要求 结论", on=On.DATA),
    *columns("环比 同比 差距 存疑行数 余量 接下来 说明 裁定", on=On.DATA),
)


def trend_page(trends: Trends) -> Page:
    """What `trend` shows."""
    by = f":按{trends.dimension}" if trends.dimension else ""
    organization = trends.catalogue.get("organization", "")
    title = f"{organization} {trends.span} 纵向对比{by}(截至 {trends.as_of})".strip()
    return Page(title, parts=[*_parts(trends.series), *_plain(trends.series)])


def _parts(series: Sequence[Series]) -> Iterator[Part]:
    """An overview where there are several series, then each of them."""
    points = [point for one in series for point in one.points]
    if not points:
        yield Note(_NOT_BEGUN, Tone.QUIET)
        return
    if len(series) > 1:
        yield Table("", _OVERVIEW, list(map(_overview, series)), on=On.SCREEN)
    for one in series:
        yield from _series(one)
    if any(point.on_before is not None or point.on_year_before is not None for point in points):
        yield from (GAP, Note("环比:比上一考核期;同比:比上年同期。", Tone.QUIET))
    yield from ruling_hint(point.item for point in points)
    if any(point.archived for point in points):
        yield Note("归档:台账已不在或不全,数值取自关账时的归档。", Tone.QUIET)


def _overview(one: Series) -> list[Text]:
    latest = next((point.item.display for point in reversed(one.points) if point.item.value is not None), "—")
    return [str(one.number), _name(one), _requirement(one), sparkline(one.points), latest, one.to_date_text]


def _name(one: Series) -> str:
    return wording.name_text(one.indicator.name, one.group)


def _requirement(one: Series) -> str:
    return "、".join(dict.fromkeys(wording.target_text(point.item.target) for point in one.points))


# ---- a series


def _series(one: Series) -> Iterator[Part]:
    head = f"{one.number} {_name(one)}  要求 {_requirement(one) or '—'}  {one.indicator.period.label}"
    yield Heading(head, Tone.HEAD)
    if one.points:
        span = " 至 ".join(dict.fromkeys(str(point.item.period) for point in (one.points[0], one.points[-1])))
        yield Table("", _SPARKLINE, [["走势", sparkline(one.points), span]], on=On.TERMINAL, headless=True, spaced=True)
        yield series_table(one)
    else:
        yield Note(_NOT_BEGUN, Tone.QUIET)
    for point in one.points:
        if point.outlook:
            yield Note(f"{point.item.period} 推算:{wording.outlook_text(point.item, point.outlook)}")
    if one.reason:
        yield Note(f"说明:{one.reason}", Tone.QUIET)


def series_table(one: Series) -> Table:
    """The periods, and the year to date; a terminal shows requirements that aren't all the same."""
    several = len({wording.target_text(point.item.target) for point in one.points}) > 1
    running = any(not point.item.due for point in one.points)
    head = (
        *columns("考核期 分子/分母 实际值", right="分子/分母 实际值", whole="考核期 分子/分母 实际值"),
        Column("要求", on=On.SCREEN if several else On.MARKDOWN, whole=True),
        *columns("结论 环比 同比", right="环比 同比", whole="结论 环比 同比"),
        Column("差距、余量" if running else "差距"),
    )
    rows = list(map(_point, one.points))
    if now := _so_far(one):
        rows.append(
            [Cell(_SO_FAR, Tone.STRONG), wording.share_text(now), Cell(now.display, Tone.STRONG), *[""] * 4, one.part]
        )
    return Table("", head, rows, on=On.SCREEN)


def _point(point: Point) -> list[Text]:
    item = point.item
    changes = (change_text(one, item.unit) if item.due else "" for one in (point.on_before, point.on_year_before))
    left = wording.gap_text(item) if item.due else room_cell(item)
    remark = joined(left, Cell(_ARCHIVED if point.archived else "", Tone.QUIET), between=" ")
    numbers = (wording.share_text(item), item.display, wording.target_text(item.target))
    return [str(item.period), *numbers, judged_cell(item), *changes, remark]


def _so_far(one: Series) -> Assessment | None:
    """The year to date, where it is not one of the periods itself."""
    now = one.to_date
    return None if now is None or any(point.item.period == now.period for point in one.points) else now


# ---- sparklines


def sparkline(points: Sequence[Point]) -> Cell:
    """A bar a point and, below it, the sign of a verdict other than attained; a blank where there is no value. More
    than a line holds are continued below."""
    levels = _levels([point.item for point in points])
    found: list[Cell] = []
    for at in range(0, len(points), _ON_A_LINE):
        some = list(zip(points[at : at + _ON_A_LINE], levels[at : at + _ON_A_LINE], strict=True))
        found.append(_signs((point, " " if level is None else BARS[level]) for point, level in some))
        signs = _signs((point, _sign(point.item.verdict)) for point, _ in some)
        found += [signs] if signs.text.strip() else []
    return lines(*found)


def _signs(signs: Iterable[tuple[Point, str]]) -> Cell:
    return joined(*(Cell(sign, TONES[point.item.verdict]) for point, sign in signs), between="")


def _sign(verdict: Verdict) -> str:
    return " " if verdict in (Verdict.ATTAINED, Verdict.MONITORED) else wording.SIGNS[verdict]


def _levels(items: Sequence[Assessment]) -> list[int | None]:
    """How high each bar is, 0 to 7; None where there is no value. Without any target from the least to the greatest."""
    if any(item.target for item in items):
        return _around_targets(items)
    values = [item.value for item in items if item.value is not None]
    low, high = min(values, default=Fraction(0)), max(values, default=Fraction(0))
    if low == high:
        return [None if item.value is None else _HALF - 1 for item in items]
    return [None if item.value is None else math.floor((item.value - low) / (high - low) * _TOP) for item in items]


def _around_targets(items: Sequence[Assessment]) -> list[int | None]:
    """From 4 on above the target, to 3 below it, in steps of a quarter of the farthest; what is right on it stands
    where it belongs."""
    above = [_above(item) for item in items]
    farthest = max(abs(one) for one in [*above, Fraction(0)] if one is not None)
    levels: list[int | None] = []
    for item, one in zip(items, above, strict=True):
        if one is None:
            levels.append(None)
        elif not one:
            upper = item.target is not None and item.target.bounds[0].op in (">=", "<")
            levels.append(_HALF if upper else _HALF - 1)
        else:
            steps = min(_HALF - 1, math.floor(abs(one) / farthest * _HALF))
            levels.append(_HALF + steps if one > 0 else _HALF - 1 - steps)
    return levels


def _above(item: Assessment) -> Fraction | None:
    """By how much the value is above the target's limit; 0 where there is no target."""
    if item.value is None:
        return None
    return item.value - item.target.bounds[0].limit if item.target else Fraction(0)


# ---- for programs


def _plain(series: Sequence[Series]) -> Iterator[Part]:
    for one in series:
        yield Table("", _PLAIN, [_plain_point(one, point) for point in one.points], kind="考核期", on=On.DATA)
        now = _so_far(one)
        yield Table("", _PLAIN, [_plain_so_far(one, now)] if now else [], kind=_SO_FAR, on=On.DATA)


def _plain_point(one: Series, point: Point) -> list[Text]:
    item = point.item
    numbers = map(plain_number, (point.on_before, point.on_year_before, item.shortfall))
    room = "" if item.due else wording.room_text(item)
    outlook = wording.outlook_text(item, point.outlook) if point.outlook else ""
    remark = ";".join(filter(None, (_ARCHIVED if point.archived else "", one.reason)))
    head = [*_plain_head(one, item), str(item.period), *wording.plain_cells(item), item.verdict.label]
    return [*head, *numbers, str(item.doubtful_rows), room, outlook, remark, "、".join(item.rulings)]


def _plain_so_far(one: Series, now: Assessment) -> list[Text]:
    window = f"{now.window[0]} 至 {now.window[1]}(不含)"
    head = [*_plain_head(one, now), window, *wording.plain_cells(now), *[""] * 4]
    return [*head, str(now.doubtful_rows), "", "", ";".join(filter(None, (one.part, one.reason))), ""]


def _plain_head(one: Series, item: Assessment) -> list[str]:
    return [str(one.number), item.domain, item.name, one.group or ""]
