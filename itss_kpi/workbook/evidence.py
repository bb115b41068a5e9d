"""证据-…: the rows behind an indicator, and the formulas by which each of them counts.

Convention: the columns 计入… are live: a row's formula reads the row's own cells and gives what the row adds. A row
that nobody can be sure of holds 存疑 there until its cell can be read, and what it would add at the value's extremes
beside it. 期号 (`period_number`) tells the periods apart; formulas of other sheets sum by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from itss_kpi.analysis.evidence import Block, Evidence, EvidenceRow, Heading
from itss_kpi.catalogue.catalogue import Catalogue, measure_kinds
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import KINDS, ColumnType
from itss_kpi.catalogue.wording import MEASURES, STANDINGS, reading
from itss_kpi.core.period import Period
from itss_kpi.core.text import cells_wide, fold
from itss_kpi.pages.making import together
from itss_kpi.render.sheet_style import BAND, CENTRED, GREY, INK, LABEL, LINK, NOTE, NUMBER, PLAIN, Page, number, page
from itss_kpi.render.xlsx import Book, Cell, Formula, Link, Look, column, outside, place, row_xml
from itss_kpi.tables.table import Table
from itss_kpi.workbook import template_cells
from itss_kpi.workbook.formulas import Inexpressible
from itss_kpi.workbook.row_formulas import DOUBT, EXTREMES, RowFormulas

FORMATS: Mapping[ColumnType, str] = {**template_cells.FORMATS, "datetime": "yyyy-mm-dd hh:mm:ss", "period": "yyyy-mm"}
_ACROSS = {Kind.NUMBER: "right", Kind.SPAN: "right", Kind.INSTANT: "center"}
_SMALL = replace(PLAIN, size=9, wrap=False)


def period_number(period: Period) -> int:
    """The number by which formulas know a period among those of its kind: 202207."""
    return period.year * 100 + period.index


@dataclass(frozen=True, slots=True)
class EvidenceRange:
    """Where an indicator's evidence stands, for formulas over it: the workbook, the sheet, its rows, the letters of its
    own columns by name and of the ledgers' by heading.

    `remark` says why its rows can't be summed by formulas ('' where they can).
    """

    book: str
    sheet: str
    first: int
    last: int
    own: Mapping[str, str]
    headings: Mapping[str, str]
    remark: str
    bounded: frozenset[Period]
    groups: tuple[int, int] = (0, 0)

    def link(self, row: int = 1) -> str:
        """A row of it, as links of the workbook beside lead there."""
        return outside(self.book, place(self.sheet, f"A{row}"))

    @property
    def doubtful(self) -> bool:
        """Whether it says what doubtful rows add."""
        return DOUBT in self.own

    def range(self, name: str) -> str:
        """The cells of a column of its own, as formulas write it."""
        return self._cells(self.own[name], self.first, self.last)

    def ledger_range(self, heading: str) -> str:
        """The cells of a ledger's column."""
        return self._cells(self.headings[heading], self.first, self.last)

    def group_range(self, name: str) -> str:
        """The cells of a column of the table of groups."""
        return self._cells(column(_GROUP_COLUMNS.index(name) + 1), *self.groups)

    def _cells(self, letter: str, first: int, last: int) -> str:
        return place(self.sheet, f"${letter}${first}:${letter}${last}")


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of an evidence sheet: its name, or the ledgers' heading that it shows; `least`: how wide it must be."""

    name: str
    title: str
    look: Look
    least: int = 0
    heading: Heading | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of an evidence sheet in order, and the letters of its own and of the ledgers'."""

    evidence: Evidence
    columns: Sequence[_Column]
    ledgers: Mapping[str, str]
    own: Mapping[str, str]
    headings: Mapping[Heading, str]

    @classmethod
    def of(cls, catalogue: Catalogue, evidence: Evidence) -> "_Layout":
        """That of an indicator's evidence."""
        columns = list(_columns(catalogue, evidence))
        letters = {column(at): one for at, one in enumerate(columns, 1)}
        own = {one.name: letter for letter, one in letters.items() if not one.heading}
        headings = {one.heading: letter for letter, one in letters.items() if one.heading}
        return cls(evidence, columns, catalogue.titles, own, headings)


def write_evidence(
    book: Book, name: str, catalogue: Catalogue, tables: Mapping[str, Table], evidence: Evidence, back: str
) -> EvidenceRange:
    """The sheet of one indicator's evidence in a workbook of that name; `back` is where its results stand."""
    indicator = evidence.indicator
    layout = _Layout.of(catalogue, evidence)
    made = page(book, f"证据-{indicator.number:02}{indicator.name}", _widths(layout), grid=True)
    made.heading(f"{indicator.number} {indicator.name} 证据明细")
    made.line([Link("← 返回复算", back)], replace(LINK, edge="", wrap=False))
    for text in _explanations(catalogue, evidence):
        made.say(text, NOTE)
    remark = _alike(evidence) if evidence.whole else "证据没有全部列出"
    maker = RowFormulas(catalogue, tables, evidence, layout.headings)
    try:
        maker.prepare()
    except Inexpressible as error:
        remark = remark or f"该口径写不成工作表公式:{error}"
    # of rows that are not all here no group's ratio can be made
    grouped = indicator.averaged_over if evidence.whole else None
    groups = list(_groups(evidence)) if grouped else []
    first = made.row + (len(groups) + 2 if grouped else 0) + 1
    last = max(first, first + evidence.held - 1)
    bounded = frozenset(block.period for block in evidence.blocks if block.bounded)
    headings = {heading.name: letter for heading, letter in layout.headings.items()}
    found = EvidenceRange(name, made.title, first, last, layout.own, headings, remark, bounded)
    if grouped:
        found = replace(found, groups=_write_groups(made, grouped, groups, found))
    titles = [one.title for one in layout.columns]
    made.table_head(titles, freeze=titles.index("行号") + 2)
    made.sheet.auto_filter.ref = f"A{first - 1}:{column(len(titles))}{last}"
    looks = {kind: [book.style_id(look) for look in _looks(layout, kind)] for kind in STANDINGS}
    book.stream(made.sheet, _rows(layout, None if remark else maker, looks, first))
    return found


_LONGEST_CRITERION = 250


def _alike(evidence: Evidence) -> str:
    """Why the distinct texts can't be counted by COUNTIFS: it takes a for A, 01 for 1, and no long criterion."""
    for name, measure in evidence.indicator.all_measures.items():
        found = (row.traced.amounts.get(name) for block in evidence.blocks for row in block.rows)
        texts = {text for text in found if isinstance(text, str)} if measure.measure == "distinct" else set()
        if len(set(map(_as_counted, texts))) < len(texts) or any(len(text) > _LONGEST_CRITERION for text in texts):
            return f"“{measure.of}”有的取值工作表公式分不开(只差大小写、全半角或前导零,或过长)"
    return ""


def _as_counted(text: str) -> str | float:
    same = fold(text)
    try:
        return float(same)
    except ValueError:
        return same


def _explanations(catalogue: Catalogue, evidence: Evidence) -> Iterator[str]:
    indicator = evidence.indicator
    names = catalogue.titles
    yield f"计划公式:{indicator.formula}"
    for name, measure in indicator.all_measures.items():
        yield f"{MEASURES.get(name, name)}:{reading(measure, names)}"
    if indicator.note:
        yield f"口径说明:{indicator.note}"
    if evidence.whole:
        yield f"共 {evidence.total} 行(统计区间内的全部记录)。“计入…”各列是公式:改动所读的单元格,计入与否随之改变。"
    else:
        rows = f"共 {evidence.total} 行,这里列出 {evidence.held} 行(先列存疑与未达标的)"
        command = f"itss-kpi explain {indicator.number} --period 考核期 --rows all --limit {evidence.total}"
        yield f"{rows};全部各行用 {command} 查看,或用 itss-kpi report --evidence-rows {evidence.total} 列出。"


# ---- the columns


def _columns(catalogue: Catalogue, evidence: Evidence) -> Iterator[_Column]:
    indicator = evidence.indicator
    kinds = measure_kinds(catalogue, indicator)
    centred, right = replace(_SMALL, across="center"), replace(_SMALL, across="right")
    yield _Column("考核期", "考核期", centred, 9)
    yield _Column("期号", "期号", centred, 8)
    yield _Column("归类", "归类", centred, 8)
    yield _Column("原因", "原因", _SMALL, 30)
    if len({measure.source for measure in indicator.all_measures.values() if measure.source}) > 1:
        yield _Column("台账", "台账", _SMALL)
    yield _Column("文件", "文件", _SMALL)
    yield _Column("工作表", "工作表", _SMALL)
    yield _Column("行号", "行号", centred, 7)
    for one in evidence.headings:
        title = f"{one.name}({template_cells.UNITS[one.unit or 'minute']})" if one.type == "duration" else one.name
        look = replace(_SMALL, format=FORMATS[one.type], across=_ACROSS.get(KINDS[one.type], "left"))
        yield _Column("", title, look, {"datetime": 19, "date": 11}.get(one.type, 0), one)
    for name, measure in indicator.all_measures.items():
        if measure.source:
            title = f"计入{MEASURES.get(name, name)}" + ("(毫秒)" if kinds[name] is Kind.SPAN else "")
            yield _Column(name, title, replace(right, fill=BAND))
    if any(None in row.adds.values() for block in evidence.blocks for row in block.rows):
        yield from (_Column(name, name, right) for name in (DOUBT, *EXTREMES))


def _widths(layout: _Layout) -> list[float]:
    """Wide enough for the header with its filter button and for the first rows' cells."""
    found = [max(cells_wide(one.title) + 4, one.least) for one in layout.columns]
    fitted = [at for at, one in enumerate(layout.columns) if one.heading or one.name in ("文件", "工作表")]
    for block in layout.evidence.blocks:
        for row in block.rows[:100]:
            for at, cell in zip(fitted, (*row.place[:2], *row.cells), strict=True):
                found[at] = max(found[at], cells_wide(cell) + 1 if isinstance(cell, str) else 0)
    return [float(min(44, wide)) for wide in found]


# ---- the rows


def _rows(layout: _Layout, maker: RowFormulas | None, looks: Mapping[str, Sequence[int]], first: int) -> Iterator[str]:
    at = first
    for block in layout.evidence.blocks:
        for row in block.rows:
            yield row_xml(at, _cells(layout, maker, block, row, at), looks[row.traced.kind])
            at += 1


def _looks(layout: _Layout, kind: str) -> Iterator[Look]:
    ink = {"excluded": GREY, "outside": GREY}.get(kind, INK)
    fill = {"doubtful": "FFE699", "failing": "F4B6B6"}.get(kind, "")
    for one in layout.columns:
        look = replace(one.look, color=ink)
        yield replace(look, fill=fill, bold=bool(fill)) if one.name == "归类" else look


def _cells(layout: _Layout, maker: RowFormulas | None, block: Block, row: EvidenceRow, at: int) -> list[Cell]:
    path, sheet, number_of_row = row.place
    cells: list[Cell] = [str(block.period), period_number(block.period), STANDINGS[row.traced.kind], row.reason or None]
    if "台账" in layout.own:
        cells.append(layout.ledgers[row.traced.source])
    cells += [path, sheet or None, number_of_row, *row.cells]
    for name, measure in layout.evidence.indicator.all_measures.items():
        if measure.source and name in row.adds:
            cells.append(maker.cell(block, row, name, at) if maker else _added(row, name))
        elif measure.source:
            cells.append(None)
    if DOUBT in layout.own:
        cells += _doubt_cells(layout, row, at)
    return cells


def _added(row: EvidenceRow, name: str) -> Cell:
    added = row.adds[name]
    return DOUBT if added is None else number(added)


def _doubt_cells(layout: _Layout, row: EvidenceRow, at: int) -> list[Cell]:
    unknown = [name for name, added in row.adds.items() if added is None]
    if not unknown:
        return [0, *[None] * len(EXTREMES)]
    tests = [f'{layout.own[name]}{at}="{DOUBT}"' for name in row.adds]
    flag = Formula(f"=IF(OR({','.join(tests)}),1,0)", 1)
    if row.weight is None:
        return [flag, *[None] * len(EXTREMES)]
    weight = row.weight
    return [flag, *(number(Fraction(one)) for one in (*weight.lowest, *weight.highest, weight.least))]


# ---- groups of a mean of ratios

_GROUP_COLUMNS = ("考核期", "期号", "比率", "组", "分子", "分母", "最低", "最高")
"""In an order that suits the widths of the columns below."""


_Group = tuple[Block, str, list[EvidenceRow]]


def _groups(evidence: Evidence) -> Iterator[_Group]:
    """The rows of each period and group."""
    at = evidence.at(evidence.indicator.averaged_over or "")
    for block in evidence.blocks:
        read = (row for row in block.rows if at is None or (at not in row.unread and row.cells[at]))
        found = together(("" if at is None else str(row.cells[at]), row) for row in read)
        yield from ((block, name, rows) for name, rows in found.items())


def _write_groups(made: Page, grouped: str, groups: Sequence[_Group], found: EvidenceRange) -> tuple[int, int]:
    """The table of each group's ratio, whose mean is the value; its first and last row."""
    made.section(f"各{grouped}的比率(实际值是它们的算术平均)", len(_GROUP_COLUMNS))
    shown = _GROUP_COLUMNS if found.doubtful else _GROUP_COLUMNS[:6]
    made.line([name.replace("组", grouped) for name in shown], LABEL)
    percent = replace(NUMBER, format="0.00%")
    looks = [CENTRED, CENTRED, percent, replace(PLAIN, wrap=False), NUMBER, NUMBER, percent, percent][: len(shown)]
    first = made.row
    for block, name, rows in groups:
        held = f"--({found.range('期号')}=B{made.row}),--EXACT({found.ledger_range(grouped)},D{made.row})"
        made.line(_group_cells(made.row, block, name, rows, held, found), looks)
    return first, max(first, made.row - 1)


def _group_cells(
    at: int, block: Block, name: str, rows: Sequence[EvidenceRow], held: str, found: EvidenceRange
) -> list[Cell]:
    """The cells of a group's row; `held` are its rows, as factors of SUMPRODUCT."""
    top, bottom = _totals(rows, "")
    cells: list[Cell] = [
        str(block.period),
        period_number(block.period),
        Formula(f'=IF(F{at}=0,"",E{at}/F{at})', number(top / bottom) if bottom else ""),
        name,
        Formula(f"=SUMPRODUCT({held},{found.range('numerator')})", number(top)),
        Formula(f"=SUMPRODUCT({held},{found.range('denominator')})", number(bottom)),
    ]
    for side, names in (("lowest", EXTREMES[:2]), ("highest", EXTREMES[2:4])) if found.doubtful else ():
        top, bottom = _totals(rows, side)
        cells.append(Formula(f"={_extreme_ratio(found, held, names)}", number(top / bottom) if bottom else ""))
    return cells


def _totals(rows: Sequence[EvidenceRow], side: str) -> tuple[Fraction, Fraction]:
    """What the rows add to numerator and denominator: the certain ones, or all at one extreme of the value."""
    top = bottom = Fraction(0)
    for row in rows:
        if side and row.weight:
            share = getattr(row.weight, side)
            top, bottom = top + share[0], bottom + share[1]
        else:
            top += row.adds.get("numerator") or 0
            bottom += row.adds.get("denominator") or 0
    return top, bottom


def _extreme_ratio(found: EvidenceRange, held: str, names: Sequence[str]) -> str:
    certain, doubtful = f"--({found.range(DOUBT)}=0)", f"--({found.range(DOUBT)}=1)"
    top, bottom = (
        f"(SUMPRODUCT({held},{certain},{found.range(measure)})+SUMPRODUCT({held},{doubtful},{found.range(extreme)}))"
        for measure, extreme in zip(("numerator", "denominator"), names, strict=True)
    )
    return f'IF({bottom}=0,"",{top}/{bottom})'
