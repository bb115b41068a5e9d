"""How an assessment was worked out: formula and reading, exact numbers, the account of rows, where they come from."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from itss_kpi.analysis.evidence import PLACE
from itss_kpi.catalogue import wording
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.results import GRADE, SCORE, Accounting, Assessment, Export
from itss_kpi.core.rulings import Ruling
from itss_kpi.core.targets import show
from itss_kpi.engine.trace import TracedRow
from itss_kpi.pages.making import columns, joined
from itss_kpi.pages.page import GAP, Cell, Column, Note, Page, Part, Table, Text, Tone
from itss_kpi.pages.report import judged_cell
from itss_kpi.pages.rulings import ruling_notes

FACTS = (Column("", whole=True), Column(""))
_ACCOUNT = "保留 计入 期外 文件期外 排除 存疑"
_ACCOUNTING = (*columns(f"度量 台账 {_ACCOUNT}", right=_ACCOUNT), Column(""))
_MADE_OF = columns("指标 考核期 实际值 得分与等级 结论", right="实际值")
_READ = "读取 保留 空行 非数据 重复"
_EXPORTS = (*columns(f"文件 格式 {_READ}", right=_READ), Column(""))

_A_MOMENT = len("2022-08-31 11:45:00")
"""What is no longer than a moment is never folded."""

Rows = Sequence[tuple[TracedRow, Mapping[str, str]]]
"""Traced rows with their texts by column."""


def explanation_page(
    indicator: Indicator,
    item: Assessment,
    exports: Sequence[Export],
    rows: Rows,
    total: int,
    names: Mapping[str, str],
    rulings: Sequence[Ruling] = (),
    made_of: Sequence[Assessment] = (),
) -> Page:
    """What `explain` shows of one assessment, with the asked-for rows: `total` is how many such rows there are, `names`
    are the ledgers' Chinese names by source; of the `rulings` those are said that it rests on. `made_of` are the
    assessments of other indicators on which it is built."""
    title = f"{item.number} {wording.name_text(item.name, item.group)} {item.period}"
    facts = [*_definition(indicator, item, names), *_numbers(indicator, item, names)]
    parts = _parts(item, exports, rows, total, made_of)
    return Page(title, parts=[facts_table(facts), *parts, *ruling_notes([item], rulings)])


def _parts(
    item: Assessment, exports: Sequence[Export], rows: Rows, total: int, made_of: Sequence[Assessment]
) -> Iterator[Part]:
    if made_of:
        yield Table("由以下各项得出", _MADE_OF, list(map(_part, made_of)), spaced=True)
    if item.accounting and not item.absent:
        accounts = list(map(_account, item.accounting))
        yield Table("行数核对(保留 = 计入 + 期外 + 文件期外 + 排除 + 存疑)", _ACCOUNTING, accounts, spaced=True)
    if exports:
        read = [_export(list(sheets)) for _, sheets in groupby(exports, lambda one: (one.path, one.sheet))]
        yield Table("来源文件(读取 = 保留 + 空行 + 非数据 + 重复)", _EXPORTS, read, spaced=True)
    if rows:
        yield from _listed(rows, total)


def _listed(rows: Rows, total: int) -> Iterator[Part]:
    """The rows, a table for each sheet, so that what decides has room beside each other."""
    yield GAP
    yield Note(f"明细({len(rows)} 行,共 {total} 行)", Tone.STRONG)
    found = [name for name in dict.fromkeys(name for _, texts in rows for name in texts) if name != PLACE]
    short = {name: all(len(texts.get(name, "")) <= _A_MOMENT for _, texts in rows) for name in found}
    head = (Column("行", right=True, whole=True), Column("归类"), *(Column(name, whole=short[name]) for name in found))
    for sheet, those in groupby(rows, lambda one: one[1][PLACE].rpartition("!")[0]):
        listed: list[list[Text]] = [
            [texts[PLACE].rpartition("!")[2], wording.STANDINGS[row.kind], *(texts.get(name, "") for name in found)]
            for row, texts in those
        ]
        yield Table(sheet, head, listed, repeated=2, spaced=True)


def facts_table(facts: Sequence[tuple[str, Text]]) -> Table:
    """What is said under each label; what is empty is left out."""
    return Table(
        "", FACTS, [[Cell(label, Tone.HEAD), text] for label, text in facts if text], headless=True, spaced=True
    )


def _part(item: Assessment) -> list[Text]:
    scored = " ".join(f"{label} {text}" for label, text in item.beside if label in (SCORE, GRADE))
    return [wording.name_text(item.name, item.group), str(item.period), item.display, scored, judged_cell(item)]


def _definition(indicator: Indicator, item: Assessment, names: Mapping[str, str]) -> Iterator[tuple[str, Text]]:
    yield "计划公式", indicator.formula
    yield "计划要求", indicator.printed_target or wording.target_text(item.target)
    for name, measure in indicator.all_measures.items():
        yield wording.MEASURES.get(name, name), wording.reading(measure, names)
    yield "算式", indicator.value if isinstance(indicator.value, str) else ""
    for at, text in enumerate(wording.bands_said(indicator)):
        fallen = (" ← 落在这一档" if len(item.steps) == 1 else " ← 可能落在这一档") if at in item.steps else ""
        yield "" if at else "得分与等级", text + fallen
    yield "口径说明", indicator.note or ""


def _numbers(indicator: Indicator, item: Assessment, names: Mapping[str, str]) -> Iterator[tuple[str, Text]]:
    def precisely(value: Fraction | None) -> str:
        # nobody counts in microseconds
        per = item.unit.factor if item.unit.is_duration else Fraction(1)
        return "—" if value is None else f"{value / per}{item.unit if item.unit.is_duration else ''}"

    value = "—" if item.value is None else f"{precisely(item.value)} = {show(item.value, item.unit, item.target)}"
    yield "统计区间", f"{item.window[0]} 至 {item.window[1]}(不含)"
    yield "分子/分母", wording.share_text(item)
    yield "精确值", value
    yield "最低/最高", f"{precisely(item.lowest)} / {precisely(item.highest)}(存疑 {item.doubtful_rows} 行)"
    yield "考核要求", wording.target_text(item.target)
    yield from (item.beside if indicator.bands else ())
    yield "结论", joined(judged_cell(item), wording.gap_text(item))
    if not item.due:
        yield "余量", wording.room_text(item)
    for absence in item.absent:
        yield "缺少", f"{absence.department} {names[absence.source]} {'、'.join(absence.months)}"


def _account(one: Accounting) -> list[Text]:
    numbers = map(str, (one.kept, one.counted, one.outside, one.elsewhere, one.excluded, one.doubtful))
    return [wording.MEASURES.get(one.measure, one.measure), one.source, *numbers, "✓" if one.adds_up else "✗"]


def _export(tables: Sequence[Export]) -> list[Text]:
    """A sheet, whose tables may be several."""
    export, *_ = tables
    rows = [one.rows for one in tables]
    each = ((one.read, one.kept, one.blank, one.non_data, one.duplicate) for one in rows)
    numbers = (str(sum(of_all)) for of_all in zip(*each, strict=True))
    state = ("✓" if all(one.adds_up for one in rows) else "✗") if export.readable else "未读"
    place = "!".join(filter(None, (export.path, export.sheet)))
    return [place, export.format or "—", *numbers, state]
