"""The formulas by which rows of evidence count: each reads the row's own cells and gives what the row adds.

Convention: what can't be written as one raises `Inexpressible`, and the sheet says so. A row that nobody can be sure of
holds 存疑 there until its cell can be read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from itss_kpi.analysis.evidence import Block, Evidence, EvidenceRow, Heading
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Both, Column, Compare, Instant, Kind, Node, micros_of
from itss_kpi.catalogue.indicators import Measure
from itss_kpi.core.period import Period
from itss_kpi.engine.rows.populations import Span, window_of
from itss_kpi.render.sheet_style import number
from itss_kpi.render.xlsx import Cell, Formula, quoted
from itss_kpi.tables.table import Table
from itss_kpi.workbook import formulas
from itss_kpi.workbook.formulas import Inexpressible, Site

DOUBT = "存疑"
EXTREMES = ("最低分子", "最低分母", "最高分子", "最高分母", "最少分母")
"""What a doubtful row adds where the value is lowest and highest, and the least that it adds to the denominator."""
_MILLISECOND = 1000
_ROW = "\0"
"""Stands for the number of the row in a formula that is made once for many rows."""


@dataclass(frozen=True, slots=True)
class RowFormulas:
    """Makes them: one text for all rows of a period, a source and a measure. `headings` are the letters of the ledgers'
    columns."""

    catalogue: Catalogue
    tables: Mapping[str, Table]
    evidence: Evidence
    headings: Mapping[Heading, str]
    made: dict[tuple[Period, str], str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make them all; raises `Inexpressible`."""
        indicator = self.evidence.indicator
        for name, measure in indicator.all_measures.items():
            if measure.source:
                self._check_cells(name, measure.source)
                for block in self.evidence.blocks:
                    self.made[block.period, name] = self._formula(block, name, measure)

    def _check_cells(self, name: str, source: str) -> None:
        """Refuse what the cells don't hold as it is: sensitive texts, times finer than the formulas' milliseconds."""
        table = self.tables[source]
        for one in self._read(name):
            kind = table.columns[one].kind
            measure = self.evidence.indicator.all_measures[name]
            counted = measure.measure == "distinct" and measure.of == one
            if kind is Kind.TEXT and self.catalogue.sources[source].columns[one].sensitive and not counted:
                raise Inexpressible(f"“{one}”不显示内容")
            if kind in (Kind.INSTANT, Kind.SPAN) and bool((table.rows[one] % _MILLISECOND != 0).any()):
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
        unread = [self.evidence.headings[one].name for one in row.unread]
        read = self._read(name)
        guards = [self._readable(row.traced.source, one) for one in unread if one in read]
        otherwise = f'"{DOUBT}"' if added is None else repr(number(added))
        if not guards:
            return otherwise if added is None else text
        return f"IF({formulas.joined('AND', guards)},{text},{otherwise})"

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
        return f"IF({formulas.joined('AND', conditions)},{amount},0)" if conditions else amount

    def _window(self, measure: Measure, block: Block) -> Iterator[Node]:
        source = self.catalogue.sources[measure.source or ""]
        if source.snapshot:
            return
        window = window_of(measure, Span(*block.window, opens=self.evidence.indicator.opens))
        dated = Column(measure.date or source.date or "")
        if window.start.year > 1:
            yield Compare(">=", dated, Instant(micros_of(window.start)))
        yield Compare("<", dated, Instant(micros_of(window.end)))

    def _site(self, source: str, block: Block) -> Site:
        declared = self.catalogue.sources[source]
        cells = {
            heading.name: f"{letter}{_ROW}" for heading, letter in self.headings.items() if heading.is_of(declared)
        }
        return Site(cells, self.catalogue.names(source), declared.columns, self.catalogue.lookups, *block.window)

    def _conditioned(self, name: str) -> list[Measure]:
        """The measures whose conditions a row must meet: the measure and, for a numerator, what it lies within."""
        indicator = self.evidence.indicator
        within = name == "numerator" and indicator.numerator and indicator.numerator.within
        return [*([indicator.all_measures["denominator"]] if within else []), indicator.all_measures[name]]

    def _read(self, name: str) -> set[str]:
        indicator = self.evidence.indicator
        measure = indicator.all_measures[name]
        source = self.catalogue.sources[measure.source or ""]
        read = {column for one in self._conditioned(name) for column in self.catalogue.columns_read(one)}
        return read | ({source.date} if source.date and not measure.date else set())

    def _readable(self, source: str, name: str) -> str:
        """The test that a cell that couldn't be read can be read now."""
        ledger = self.catalogue.sources[source]
        declared, cell = ledger.columns[name], self.headings[Heading.of(ledger, name)] + _ROW
        match declared.type:
            case "text":
                return f'{cell}<>""'
            case "choice" | "yes_no":
                choices = declared.values or self.catalogue.plan.departments
                words = ["是", "否"] if declared.type == "yes_no" else [*choices]
                test = f"OR({','.join(f'EXACT({cell},{quoted(word)})' for word in words)})"
            case _:
                least = f",{cell}>={declared.minimum}" if declared.minimum is not None else ""
                test = f"AND(ISNUMBER({cell}){least})" if least else f"ISNUMBER({cell})"
        return test if declared.required else f'OR({cell}="",{test})'
