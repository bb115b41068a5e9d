"""横向对比: indicators of a period across the groups of a dimension, one column a group.

Convention: each indicator has a row a number: its value, what it is made of, and what the target lacks of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import zip_longest

from itss_kpi.analysis.breakdown import Breakdown, Comparison, extremes, shares
from itss_kpi.catalogue.wording import RULED, SIGNS, name_text, plain_cells, share_text, target_text
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import Unit, plain_number, show_part
from itss_kpi.pages.making import columns, together
from itss_kpi.pages.page import GAP, TONES, Cell, Column, Heading, Note, On, Page, Part, Table, Text, Tone
from itss_kpi.pages.rulings import ruling_hint

BEST, WORST = "▲", "▼"
_WHOLE, _GROUP = "总值", "组"
_PLAIN = (
    *columns("序号 指标域 指标名称 考核期 维度 组 分子 分母 实际值 显示 最低 最高 考核要求 结论", on=On.DATA),
    *columns("差距 存疑行数 最好最差 缺口 说明 裁定", on=On.DATA),
)


def comparison_page(comparison: Comparison) -> Page:
    """What `compare` shows."""
    organization = comparison.catalogue.get("organization", "")
    what = f"{comparison.period} 横向对比:按{comparison.dimension}(截至 {comparison.as_of})"
    return Page(f"{organization} {what}".strip(), parts=[*_parts(comparison), *_plain(comparison.breakdowns)])


def _parts(comparison: Comparison) -> Iterator[Part]:
    """Tables of the breakdowns with the same groups, then what has no groups."""
    if not comparison.breakdowns:
        yield Note(f"{comparison.period} 没有到期或未到期的指标", Tone.QUIET)
        return
    for names, listed in _alike(comparison.breakdowns).items():
        if names:
            yield from (GAP, _across(names, listed))
            yield from (Note(f"说明 {line}", Tone.QUIET) for line in _reasons(listed))
        else:
            yield Heading("没有分组的")
            yield from map(Note, _reasons(listed))
    yield GAP
    yield from ruling_hint(item for one in comparison.breakdowns for item in (one.whole, *one.groups))
    if any(any(extremes(one)) for one in comparison.breakdowns):
        yield Note(f"{BEST} 各组中最好,{WORST} 最差(存疑的行无论怎样都是如此才标)。", Tone.QUIET)
    if any(shares(one) for one in comparison.breakdowns):
        yield Note("缺口:分子离要求还差多少,或富余多少;各组相加等于总值的缺口。", Tone.QUIET)


def _alike(breakdowns: Iterable[Breakdown]) -> dict[tuple[str, ...], list[Breakdown]]:
    """The breakdowns by the names of their groups; those without any come last."""
    found = together((tuple(item.group or "" for item in one.groups), one) for one in breakdowns)
    return dict(sorted(found.items(), key=lambda pair: not pair[0]))


def _reasons(breakdowns: Iterable[Breakdown]) -> list[str]:
    """Why groups don't add up, once for periods of an indicator that have the same reason in turn."""
    found = together(
        ((one.whole.number, name_text(one.whole.name, one.whole.group), one.reason), str(one.whole.period))
        for one in breakdowns
        if one.reason
    )
    return [f"{number} {name} {'、'.join(periods)}:{reason}" for (number, name, reason), periods in found.items()]


# ---- one column a group


def _across(names: Sequence[str], breakdowns: Iterable[Breakdown]) -> Table:
    head = (Column("指标"), Column(""), *(Column(name, right=True) for name in (_WHOLE, *names)))
    return Table("", head, [row for one in breakdowns for row in _rows(one)], on=On.SCREEN, repeated=2)


def _rows(one: Breakdown) -> Iterator[Sequence[Text]]:
    """A row a number; the first two also hold the indicator's name, and its period and target."""
    whole, parts, items = one.whole, shares(one), (one.whole, *one.groups)
    numbers: list[list[Text]] = [[Cell("实际值", Tone.QUIET), *(_value(item, _mark(one, item)) for item in items)]]
    if whole.unit == Unit.PERCENT or whole.denominator is not None:  # else there is no more to show than the value
        numbers.append([Cell("分子/分母", Tone.QUIET), *map(share_text, items)])
    if parts:
        amounts = (sum(parts.values(), Fraction(0)), *(parts[item.group or ""] for item in one.groups))
        gaps = (_gap(amount, item) for amount, item in zip(amounts, items, strict=True))
        numbers.append([Cell("缺口", Tone.QUIET), *gaps])
    name = Cell(f"{whole.number} {name_text(whole.name, whole.group)}", Tone.HEAD)
    names: list[Text] = [name, f"{whole.period} {target_text(whole.target)}"]
    for first, cells in zip_longest(names, numbers):
        yield [first or "", *(cells or [""] * (len(items) + 1))]


def _mark(one: Breakdown, item: Assessment) -> str:
    best, worst = extremes(one)
    return "" if item is one.whole else BEST if item.group in best else WORST if item.group in worst else ""


def _value(item: Assessment, mark: str) -> Cell:
    verdict = Verdict.MISSING_DATA if item.absent else item.verdict
    # that nothing happened yet is no conclusion
    shown = item.display if item.display != "—" or verdict is Verdict.IN_PROGRESS else verdict.label
    return Cell(f"{SIGNS[verdict]} {shown}{mark}{RULED if item.rulings else ''}", TONES[verdict])


def _gap(amount: Fraction, item: Assessment) -> Cell:
    said = f"{'差' if amount > 0 else '余'} {show_part(abs(amount), item.part_unit)}" if amount else "0"
    return Cell(said, Tone.BAD if amount > 0 else None)


# ---- for programs


def _plain(breakdowns: Sequence[Breakdown]) -> Iterator[Part]:
    """One row a whole, then one a group."""
    if not breakdowns:
        yield Table("", _PLAIN, kind=_WHOLE, on=On.DATA)
    for one in breakdowns:
        parts = shares(one)
        whole = sum(parts.values(), Fraction(0)) if parts else None
        yield Table("", _PLAIN, [_plain_row(one, one.whole, whole, one.reason)], kind=_WHOLE, on=On.DATA)
        groups = [_plain_row(one, item, parts.get(item.group or "")) for item in one.groups]
        yield Table("", _PLAIN, groups, kind=_GROUP, on=On.DATA)


def _plain_row(one: Breakdown, item: Assessment, part: Fraction | None, reason: str = "") -> list[Text]:
    mark = {BEST: "最好", WORST: "最差"}.get(_mark(one, item), "")
    head = [str(item.number), item.domain, item.name, str(item.period), one.dimension, item.group or ""]
    numbers = [plain_number(item.shortfall), str(item.doubtful_rows), mark, plain_number(part)]
    return [*head, *plain_cells(item), item.verdict.label, *numbers, reason, "、".join(item.rulings)]
