"""The catalogue as a workbook, to be read and signed by those who don't read YAML: what is measured and how, the
ledgers with their columns, and what else the plan asks for.

Convention: it is a window and not a source: nothing is read back from it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import sources_of
from itss_kpi.catalogue.sources import Column, Source
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.pages import page as pages
from itss_kpi.pages.catalogue import catalogue_page
from itss_kpi.pages.making import columns, lines
from itss_kpi.pages.page import Cell, Page, Table, Text, Tone
from itss_kpi.render.sheet import write_page
from itss_kpi.render.xlsx import Book, seal
from itss_kpi.workbook.about import readings_page, revisions_page
from itss_kpi.workbook.template_cells import TYPES, UNITS, Handout, content, need, remarks

_LEDGERS = columns("台账 应交部门 文件名 工作表 编号列 日期列 每行须符合 用于哪些指标")
_COLUMNS = columns("台账 列名 类型 是否必填 可填内容 说明 其他写法")
_LOOKUPS = columns("换算表 取值 数 单位", right="数")
_ACTIVITIES = columns("序号 活动 时间 牵头部门 参加部门 证明材料 条款", right="序号")
_CHECKS = columns("检查类别 周期 由谁检查 项目 检查项 条款")
_CLAUSES = columns("条款 应有的记录 台账")


def catalogue_workbook(catalogue: Catalogue, identity: Mapping[str, str]) -> bytes:
    """The workbook of a catalogue; `identity` says of which file."""
    plan = catalogue.plan
    # the same catalogue gives the same bytes
    book = Book(datetime(plan.year, 1, 1), f"{plan.title} 指标目录", f"{plan.document} {plan.version}")
    which = f"由 {identity['path']} 写出,只供查看和签字,改动请改该文件;SHA-256 {identity['sha256']}"
    for name, page in _pages(catalogue):
        write_page(book, name, page if page.legend else Page("", parts=page.parts, legend=which), "", {})
    seal(book.made)
    return book.content()


def _pages(catalogue: Catalogue) -> Iterator[tuple[str, Page]]:
    yield "指标目录", Page("", parts=catalogue_page(catalogue).parts)
    yield "口径说明", readings_page(catalogue, catalogue.indicators)
    yield "台账", _page(_LEDGERS, [_ledger(catalogue, name, one) for name, one in catalogue.sources.items()])
    yield "列", _page(_COLUMNS, [row for one in catalogue.sources.values() for row in _columns(catalogue, one)])
    rows: list[list[Text]] = [
        [name, key, f"{value:g}", UNITS.get(one.unit or "", "—")]
        for name, one in catalogue.lookups.items()
        for key, value in one.values.items()
    ]
    others = (
        ("换算表", _LOOKUPS, rows),
        ("质量活动", _ACTIVITIES, _activities(catalogue)),
        ("监督检查", _CHECKS, _checks(catalogue)),
        ("标准条款", _CLAUSES, _clauses(catalogue)),
    )
    for name, head, listed in others:
        if listed:
            yield name, _page(head, listed)
    yield "变更履历", revisions_page(catalogue)


def _page(head: tuple[pages.Column, ...], rows: Sequence[Sequence[Text]]) -> Page:
    return Page("", parts=[Table("", head, rows)])


def _ledger(catalogue: Catalogue, name: str, source: Source) -> list[Text]:
    read_by = (one for one in catalogue.indicators if name in sources_of([one]))
    numbers = sorted({number for one in read_by for number in one.numbers})
    return [
        Cell(source.name, Tone.STRONG),
        "、".join(source.departments),
        source.place,
        source.sheet or "—",
        "、".join(source.key),
        source.date or "—",
        lines(*(f"{one.says}:{one.rule}" for one in source.checks)) if source.checks else "—",
        "、".join(map(str, numbers)) or "—",
    ]


def _columns(catalogue: Catalogue, source: Source) -> Iterator[list[Text]]:
    made = Handout(catalogue, source, source.departments[0], Period(PeriodKind.YEAR, catalogue.plan.year), "")
    for name, column in source.columns.items():
        yield [
            source.name,
            name,
            TYPES[column.type],
            Cell(need(column), Tone.STRONG if column.required else None),
            content(made, name, column),
            ";".join(remarks(made, name, column)),
            _spellings(column),
        ]


def _spellings(column: Column) -> Text:
    """Other headings of the column, and other words for its values."""
    said = ["、".join(column.aliases)] if column.aliases else []
    said += [f"{value}:{'、'.join(words)}" for value, words in (column.values or {}).items() if words]
    return lines(*said) if said else "—"


def _activities(catalogue: Catalogue) -> list[list[Text]]:
    return [
        [str(one.number), one.name, one.when, *map(_listed, (one.lead, one.participants, one.evidence, one.clauses))]
        for one in catalogue.activities
    ]


def _checks(catalogue: Catalogue) -> list[list[Text]]:
    return [
        [one.category, one.each.label, *map(_listed, (one.departments, one.projects, one.items)), one.clause or "—"]
        for one in catalogue.supervision
    ]


def _clauses(catalogue: Catalogue) -> list[list[Text]]:
    names = catalogue.titles
    return [
        [one.clause, one.records or "—", _listed([names.get(source, source) for source in one.sources])]
        for one in catalogue.clauses
    ]


def _listed(texts: Iterable[str]) -> str:
    return "、".join(texts) or "—"
