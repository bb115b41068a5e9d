"""证据-…: the rows behind an indicator, and the formulas by which each of them counts.

Convention: the columns 计入… are live: a row's formula reads the row's own cells and gives what the row adds. A row
that nobody can be sure of holds 存疑 there until its cell can be read, and what it would add at the value's extremes
beside it. 期号 (`period_number`) tells the periods apart; formulas of other sheets sum by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from itss_kpi.analysis.evidence import Block, Evidence, EvidenceRow, Heading
from itss_kpi.catalogue.catalogue import Catalogue, measure_kinds
from itss_kpi.catalogue.expression import Both, Column, Compare, Instant, Kind, Node, micros_of
from itss_kpi.catalogue.indicators import Measure
from itss_kpi.catalogue.sources import Column as Declared
from itss_kpi.catalogue.wording import MEASURES, STANDINGS, reading
from itss_kpi.core.period import Period
from itss_kpi.core.text import fold
from itss_kpi.engine.queries import Span, window_of
from itss_kpi.render.sheet_style import BAND, CENTRED, GREY, LINK, NOTE, NUMBER, PLAIN, Page, number, page
from itss_kpi.render.xlsx import Book, Cell, Formula, Look, cells_wide, column, place, row_xml
from itss_kpi.tables.table import Table
from itss_kpi.workbook import formulas
from itss_kpi.workbook.formulas import Inexpressible, Site

DOUBT = "存疑"
EXTREMES = ("最低分子", "最低分母", "最高分子", "最高分母", "最少分母")
"""What a doubtful row adds where the value is lowest and highest, and the least that it adds to the denominator."""
_FORMATS = {
    "integer": "0",
    "decimal": "General",
    "percent": "0.00%",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm:ss",
    "period": "yyyy-mm",
    "duration": "General",
    "text": "@",
    "choice": "@",
    "yes_no": "@",
}
_UNITS = {"second": "秒", "minute": "分钟", "hour": "小时", "day": "天"}
_SMALL = replace(PLAIN, size=9, wrap=False)
_MILLISECOND = 1000
_ROW = "\0"
"""Stands for the number of the row in a formula that is made once for many rows."""


def period_number(period: Period) -> int:
    """The number by which formulas know a period among those of its kind: 202207."""
    return period.year * 100 + period.index


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an indicator's evidence stands, for formulas over it: the sheet, its rows and its columns by name.

    `remark` says why its rows can't be summed by formulas ('' where they can), `raised` by how much rows whose part is
    larger than their whole go beyond it.
    """

    sheet: str
    first: int
    last: int
    columns: Mapping[str, str]
    headings: Mapping[str, str]
    remark: str = ""
    doubtful: bool = False
    groups: tuple[int, int] = (0, 0)
    bounded: frozenset[Period] = frozenset()
    raised: Mapping[Period, Fraction] = field(default_factory=dict)

    def range(self, name: str) -> str:
        """The cells of a column (of an export's, by its heading), as formulas write it."""
        letter = self.columns[self.headings.get(name, name)]
        return place(self.sheet, f"${letter}${self.first}:${letter}${self.last}")

    def group_range(self, name: str) -> str:
        """The cells of a column of the table of groups."""
        letter = column(_GROUP_COLUMNS.index(name) + 1)
        return place(self.sheet, f"${letter}${self.groups[0]}:${letter}${self.groups[1]}")


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns of an evidence sheet in order."""

    evidence: Evidence
    names: tuple[str, ...]
    titles: tuple[str, ...]
    ledgers: Mapping[str, str]

    def letter(self, name: str) -> str:
        return column(self.names.index(name) + 1)

    def at(self, name: str) -> int:
        return self.names.index(name)

    @property
    def headings(self) -> dict[str, str]:
        """The headings' columns among the names."""
        return {heading.name: f"={at}" for at, heading in enumerate(self.evidence.headings)}


def write_evidence(
    book: Book, catalogue: Catalogue, tables: Mapping[str, Table], evidence: Evidence, back: str, document: str
) -> Proof:
    """The sheet of one indicator's evidence; `back` is where its results stand."""
    indicator = evidence.indicator
    layout = _layout(catalogue, evidence)
    widths = _widths(layout)
    made = page(book, f"证据-{indicator.number:02}{indicator.name}", widths, document=document, grid=True)
    made.heading(f"{indicator.number} {indicator.name} 证据明细")
    made.put(1, "← 返回指标达成情况", replace(LINK, edge="", wrap=False), back)
    made.next()
    for text in _explanations(catalogue, evidence):
        made.span(1, len(widths), text, NOTE)
        made.next()
    remark = _alike(evidence) if evidence.whole else "证据没有全部列出"
    maker = _Maker(catalogue, tables, layout)
    try:
        maker.prepare()
    except Inexpressible as error:
        remark = remark or f"该口径写不成工作表公式:{error}"
    # of rows that are not all here no group's ratio can be made
    grouped = bool(indicator.averaged_over) and evidence.whole
    first = made.row + (_group_rows(evidence) + 2 if grouped else 0) + 1
    last = max(first, first + evidence.held - 1)
    names = {name: column(at) for at, name in enumerate(layout.names, 1)}
    proof = Proof(
        made.title,
        first,
        last,
        names,
        layout.headings,
        remark,
        DOUBT in layout.names,
        bounded=frozenset(block.period for block in evidence.blocks if block.bounded),
        raised=_raised(evidence),
    )
    if grouped:
        proof = replace(proof, groups=_write_groups(made, evidence, proof))
    made.table_head(layout.titles, freeze=_frozen(layout))
    made.sheet.auto_filter.ref = f"A{first - 1}:{column(len(layout.names))}{last}"
    looks = {kind: [book.style_id(look) for look in _looks(layout, kind)] for kind in STANDINGS}
    book.stream(made.sheet, _rows(layout, None if remark else maker, looks, first))
    return proof


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


def _frozen(layout: _Layout) -> int:
    return layout.at("行号") + 2


def _explanations(catalogue: Catalogue, evidence: Evidence) -> Iterator[str]:
    indicator = evidence.indicator
    names = {name: source.name for name, source in catalogue.sources.items()}
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


def _raised(evidence: Evidence) -> dict[Period, Fraction]:
    """By how much each period's rows whose part is larger than their whole go beyond what is certain."""
    found: dict[Period, Fraction] = {}
    if evidence.indicator.is_subset and evidence.indicator.all_measures["numerator"].measure == "sum":
        for block in evidence.blocks:
            above = [row.traced.amounts["numerator"] for row in block.rows if _is_above(row)]
            found |= {block.period: sum(above, Fraction(0))} if above else {}
    return found


def _is_above(row: EvidenceRow) -> bool:
    amounts, unknown = row.traced.amounts, row.adds.get("numerator", 0) is None
    return unknown and row.settled and not row.unread and amounts["numerator"] > amounts["denominator"]


# ---- the columns


def _layout(catalogue: Catalogue, evidence: Evidence) -> _Layout:
    indicator = evidence.indicator
    kinds = measure_kinds(catalogue, indicator)
    several = len({measure.source for measure in indicator.all_measures.values() if measure.source}) > 1
    before = ["考核期", "期号", "归类", "原因", *(["台账"] if several else []), "文件", "工作表", "行号"]
    names = [*before, *(f"={at}" for at in range(len(evidence.headings)))]
    titles = [*before, *map(_heading_title, evidence.headings)]
    for name, measure in indicator.all_measures.items():
        if measure.source:
            names.append(name)
            titles.append(f"计入{MEASURES.get(name, name)}" + ("(毫秒)" if kinds[name] is Kind.SPAN else ""))
    if any(None in row.adds.values() for block in evidence.blocks for row in block.rows):
        names += [DOUBT, *EXTREMES]
        titles += [DOUBT, *EXTREMES]
    ledgers = {name: source.name for name, source in catalogue.sources.items()}
    return _Layout(evidence, tuple(names), tuple(titles), ledgers)


def _heading_title(heading: Heading) -> str:
    return f"{heading.name}({_UNITS[heading.unit or 'minute']})" if heading.type == "duration" else heading.name


def _widths(layout: _Layout) -> list[float]:
    """Wide enough for the header with its filter button and for the first rows' cells."""
    found = [cells_wide(title) + 4 for title in layout.titles]
    shown = {"考核期": 9, "期号": 8, "归类": 8, "原因": 30, "行号": 7}
    for at, name in enumerate(layout.names):
        found[at] = max(found[at], shown.get(name, 0))
    for block in layout.evidence.blocks:
        for row in block.rows[:100]:
            for name, text in zip(("文件", "工作表"), row.place, strict=False):
                found[layout.at(name)] = max(found[layout.at(name)], cells_wide(str(text)) + 1)
            for index, cell in enumerate(row.cells):
                at = layout.at(f"={index}")
                wide = {"datetime": 19, "date": 11}.get(layout.evidence.headings[index].type, 0)
                found[at] = max(found[at], wide, cells_wide(cell) + 1 if isinstance(cell, str) else 0)
    return [float(min(44, wide)) for wide in found]


# ---- the rows


def _rows(layout: _Layout, maker: "_Maker | None", looks: Mapping[str, Sequence[int]], first: int) -> Iterator[str]:
    at = first
    for block in layout.evidence.blocks:
        for row in block.rows:
            yield row_xml(at, _cells(layout, maker, block, row, at), looks[row.traced.kind])
            at += 1


def _looks(layout: _Layout, kind: str) -> Iterator[Look]:
    ink = {"excluded": GREY, "outside": GREY}.get(kind, "262626")
    fill = {"doubtful": "FFE699", "failing": "F4B6B6"}.get(kind, "")
    for name in layout.names:
        look = replace(_SMALL, color=ink)
        if name == "归类":
            look = replace(look, across="center", fill=fill, bold=bool(fill))
        elif name in ("考核期", "期号", "行号"):
            look = replace(look, across="center")
        elif name.startswith("="):
            heading = layout.evidence.headings[int(name[1:])]
            look = replace(look, format=_FORMATS[heading.type], across=_across(heading))
        elif name in layout.evidence.indicator.all_measures:
            look = replace(look, across="right", fill=BAND)
        elif name in (DOUBT, *EXTREMES):
            look = replace(look, across="right")
        yield look


def _across(heading: Heading) -> str:
    match heading.type:
        case "integer" | "decimal" | "percent" | "duration":
            return "right"
        case "date" | "datetime" | "period":
            return "center"
        case _:
            return "left"


def _cells(layout: _Layout, maker: "_Maker | None", block: Block, row: EvidenceRow, at: int) -> list[Cell]:
    path, sheet, number_of_row = row.place
    indicator = layout.evidence.indicator
    cells: list[Cell] = [str(block.period), period_number(block.period), STANDINGS[row.traced.kind], row.reason or None]
    if "台账" in layout.names:
        cells.append(layout.ledgers[row.traced.source])
    cells += [path, sheet or None, number_of_row, *row.cells]
    for name, measure in indicator.all_measures.items():
        if measure.source:
            known = name in row.adds
            cells.append(maker.cell(block, row, name, at) if maker and known else _added(row, name) if known else None)
    if DOUBT in layout.names:
        cells += _doubt_cells(layout, row, at)
    return cells


def _added(row: EvidenceRow, name: str) -> Cell:
    added = row.adds[name]
    return DOUBT if added is None else number(added)


def _doubt_cells(layout: _Layout, row: EvidenceRow, at: int) -> list[Cell]:
    unknown = [name for name, added in row.adds.items() if added is None]
    if not unknown:
        return [0, *[None] * len(EXTREMES)]
    tests = [f'{layout.letter(name)}{at}="{DOUBT}"' for name in row.adds]
    flag = Formula(f"=IF(OR({','.join(tests)}),1,0)", 1)
    if row.weight is None:
        return [flag, *[None] * len(EXTREMES)]
    weight = row.weight
    return [flag, *(number(Fraction(one)) for one in (*weight.lowest, *weight.highest, weight.least))]


class _Maker:
    """Makes the formulas by which rows count: one text for all rows of a period, a source and a measure."""

    def __init__(self, catalogue: Catalogue, tables: Mapping[str, Table], layout: _Layout) -> None:
        self.catalogue = catalogue
        self.tables = tables
        self.layout = layout
        self.made: dict[tuple[Period, str], str] = {}

    def prepare(self) -> None:
        """Make them all; raises `Inexpressible`."""
        indicator = self.layout.evidence.indicator
        for name, measure in indicator.all_measures.items():
            if measure.source:
                self._check_cells(name, measure.source)
                for block in self.layout.evidence.blocks:
                    self.made[block.period, name] = self._formula(block, name, measure)

    def _check_cells(self, name: str, source: str) -> None:
        """Refuse what the cells don't hold as it is: sensitive texts, times finer than the formulas' milliseconds."""
        table = self.tables[source]
        for one in self._read(name):
            kind = table.columns[one].kind
            measure = self.layout.evidence.indicator.all_measures[name]
            counted = measure.measure == "distinct" and measure.of == one
            if kind is Kind.TEXT and self.catalogue.sources[source].columns[one].sensitive and not counted:
                raise Inexpressible(f"“{one}”不显示内容")
            if kind in (Kind.INSTANT, Kind.SPAN) and bool((table.frame[one] % _MILLISECOND != 0).any()):
                raise Inexpressible(f"“{one}”有不足一毫秒的时间")

    def cell(self, block: Block, row: EvidenceRow, name: str, at: int) -> Cell:
        """What the row adds to a measure: a formula wherever the row's own cells decide it."""
        added = row.adds[name]
        if not row.settled:
            return DOUBT if added is None else number(added)
        text = self.made[block.period, name]
        if row.unread:
            text = self._guarded(row, name, text)
        elif added is None:
            return DOUBT
        return Formula("=" + text.replace(_ROW, str(at)), DOUBT if added is None else number(added))

    def _guarded(self, row: EvidenceRow, name: str, text: str) -> str:
        """The formula, where cells that it reads can't be read, with what holds until they can."""
        added = row.adds[name]
        unread = [self.layout.evidence.headings[one].name for one in row.unread]
        read = self._read(name)
        guards = [self._readable(row.traced.source, one) for one in unread if one in read]
        otherwise = f'"{DOUBT}"' if added is None else repr(number(added))
        if not guards:
            return otherwise if added is None else text
        test = guards[0] if len(guards) == 1 else f"AND({','.join(guards)})"
        return f"IF({test},{text},{otherwise})"

    def _formula(self, block: Block, name: str, measure: Measure) -> str:
        site = self._site(measure.source or "", block)
        nodes = [*self._window(measure, block)]
        for one in self._conditioned(name):
            if one.where:
                where = self.catalogue.expression(one.where)
                nodes += where.parts if isinstance(where, Both) else [where]
        conditions = [formulas.condition(node, site) for node in nodes]
        counts = measure.measure in ("count", "distinct")
        node = self.catalogue.expression(measure.of) if measure.of else None
        if measure.measure == "distinct" and node is not None and (present := formulas.present(node, site)):
            conditions.append(present)
        amount = "1" if counts or node is None else formulas.amount(node, site)
        if not conditions:
            return amount
        test = conditions[0] if len(conditions) == 1 else f"AND({','.join(conditions)})"
        return f"IF({test},{amount},0)"

    def _window(self, measure: Measure, block: Block) -> Iterator[Node]:
        source = self.catalogue.sources[measure.source or ""]
        if source.snapshot:
            return
        window = window_of(measure, Span(*block.window))
        dated = Column(measure.date or source.date or "")
        if window.start.year > 1:
            yield Compare(">=", dated, Instant(micros_of(window.start)))
        yield Compare("<", dated, Instant(micros_of(window.end)))

    def _site(self, source: str, block: Block) -> Site:
        declared = self.catalogue.sources[source]
        headings = self.layout.evidence.headings
        cells = {
            heading.name: f"{self.layout.letter(f'={at}')}{_ROW}"
            for at, heading in enumerate(headings)
            if heading.is_of(declared)
        }
        return Site(cells, self.catalogue.names(source), declared.columns, self.catalogue.lookups, *block.window)

    def _conditioned(self, name: str) -> list[Measure]:
        """The measures whose conditions a row must meet: the measure and, for a numerator, what it lies within."""
        indicator = self.layout.evidence.indicator
        within = name == "numerator" and indicator.numerator and indicator.numerator.within
        return [*([indicator.all_measures["denominator"]] if within else []), indicator.all_measures[name]]

    def _read(self, name: str) -> set[str]:
        indicator = self.layout.evidence.indicator
        measure = indicator.all_measures[name]
        source = self.catalogue.sources[measure.source or ""]
        read = {column for one in self._conditioned(name) for column in self.catalogue.columns_read(one)}
        return read | ({source.date} if source.date and not measure.date else set())

    def _readable(self, source: str, name: str) -> str:
        """The test that a cell that couldn't be read can be read now."""
        declared = self.catalogue.sources[source].columns[name]
        cell = self.layout.letter(self.layout.headings[name]) + _ROW
        return _readable(declared, cell, self.catalogue.plan.departments)


def _readable(declared: Declared, cell: str, departments: Sequence[str]) -> str:
    match declared.type:
        case "text":
            test = f'{cell}<>""'
        case "choice" | "yes_no":
            words = ["是", "否"] if declared.type == "yes_no" else [*(declared.values or departments)]
            test = "OR(" + ",".join('EXACT({},"{}")'.format(cell, word.replace('"', '""')) for word in words) + ")"
        case _:
            least = f",{cell}>={declared.minimum}" if declared.minimum is not None else ""
            test = f"AND(ISNUMBER({cell}){least})" if least else f"ISNUMBER({cell})"
    return test if declared.required or declared.type == "text" else f'OR({cell}="",{test})'


# ---- groups of a mean of ratios

_GROUP_COLUMNS = ("考核期", "期号", "比率", "组", "分子", "分母", "最低", "最高")
"""In an order that suits the widths of the columns below."""


def _group_rows(evidence: Evidence) -> int:
    return sum(len(_groups(evidence, block)) for block in evidence.blocks)


def _groups(evidence: Evidence, block: Block) -> dict[str, list[EvidenceRow]]:
    at = evidence.at(evidence.indicator.averaged_over or "")
    found: dict[str, list[EvidenceRow]] = {}
    for row in block.rows:
        name = row.cells[at] if at is not None else None
        if at not in row.unread:
            found.setdefault(str(name or ""), []).append(row)
    return found


def _write_groups(made: Page, evidence: Evidence, proof: Proof) -> tuple[int, int]:
    """The table of each group's ratio, whose mean is the value; its first and last row."""
    grouped = evidence.indicator.averaged_over or ""
    made.section(f"各{grouped}的比率(实际值是它们的算术平均)", len(_GROUP_COLUMNS))
    shown = _GROUP_COLUMNS if proof.doubtful else _GROUP_COLUMNS[:6]
    made.line([name.replace("组", grouped) for name in shown], replace(CENTRED, bold=True, fill=BAND))
    first = made.row
    for block in evidence.blocks:
        for name, rows in _groups(evidence, block).items():
            _write_group(made, block, name, rows, proof, grouped)
    return first, max(first, made.row - 1)


def _write_group(made: Page, block: Block, name: str, rows: Sequence[EvidenceRow], proof: Proof, grouped: str) -> None:
    at = made.row
    held = f"--({proof.range('期号')}=B{at}),--EXACT({proof.range(grouped)},D{at})"
    top, bottom = _totals(rows, "")
    percent = replace(NUMBER, format="0.00%")
    made.put(1, str(block.period), CENTRED)
    made.put(2, period_number(block.period), CENTRED)
    made.put(3, Formula(f'=IF(F{at}=0,"",E{at}/F{at})', number(top / bottom) if bottom else ""), percent)
    made.put(4, name, replace(PLAIN, wrap=False))
    made.put(5, Formula(f"=SUMPRODUCT({held},{proof.range('numerator')})", number(top)), NUMBER)
    made.put(6, Formula(f"=SUMPRODUCT({held},{proof.range('denominator')})", number(bottom)), NUMBER)
    if proof.doubtful:
        for across, side, names in ((7, "lowest", EXTREMES[:2]), (8, "highest", EXTREMES[2:4])):
            top, bottom = _totals(rows, side)
            text = _extreme_ratio(proof, held, names)
            made.put(across, Formula(f"={text}", number(top / bottom) if bottom else ""), percent)
    made.next()


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


def _extreme_ratio(proof: Proof, held: str, names: Sequence[str]) -> str:
    certain, doubtful = f"--({proof.range(DOUBT)}=0)", f"--({proof.range(DOUBT)}=1)"
    top, bottom = (
        f"(SUMPRODUCT({held},{certain},{proof.range(measure)})+SUMPRODUCT({held},{doubtful},{proof.range(extreme)}))"
        for measure, extreme in zip(("numerator", "denominator"), names, strict=True)
    )
    return f'IF({bottom}=0,"",{top}/{bottom})'
