"""Recounts: the formulas by which a workbook works an assessment out again from its evidence.

Convention: formulas are texts without their `=`. A verdict follows from the recounted numbers by exact comparison: a
ratio is compared by multiplying whole numbers, decimal sums are made whole first, and a mean of ratios is rounded to 12
decimals. Where rows are doubtful, the extremes' numerators and denominators are recounted too, beside the results.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.targets import Target, Unit
from itss_kpi.core.text import BLANK_GROUP
from itss_kpi.engine.bounds import lacking
from itss_kpi.plan.year import PlanYear
from itss_kpi.render.sheet_style import number, verdict_label
from itss_kpi.render.xlsx import Cell, quoted
from itss_kpi.workbook.accounts import Accounts
from itss_kpi.workbook.evidence import EvidenceRange, period_number
from itss_kpi.workbook.formulas import joined
from itss_kpi.workbook.row_formulas import DOUBT, EXTREMES

AGREES, DIFFERS = "一致", "不一致"
SEEN = "$D$2"
"""The cell of the last day seen."""
_LEAST = 4
_SIDES = {(">=", -1): "<", (">", -1): "<=", ("<=", 1): ">", ("<", 1): ">=", ("=", -1): "<", ("=", 1): ">"}
"""How a value fails a bound of a target on the lower and on the upper side."""


@dataclass(frozen=True, slots=True)
class Recount:
    """The formulas that recount one assessment. `cells` are those of its row by name (`numerator` is the value written,
    `numerator2` its recount), `extremes` those for what doubtful rows add, `group` that of the group's name."""

    year: PlanYear
    indicator: Indicator
    item: Assessment
    evidence: EvidenceRange | None
    accounts: Accounts
    cells: Mapping[str, str]
    extremes: Sequence[str]
    group: str

    @property
    def _rows(self) -> EvidenceRange:
        """The evidence, of an assessment that has any."""
        assert self.evidence
        return self.evidence

    def _in_period(self, periods: str) -> str:
        """The rows of the assessment's period, as a factor of SUMPRODUCT."""
        return f"--({periods}={period_number(self.item.period)})"

    # ---- numerator and denominator

    def numerator(self) -> str:
        """分子."""
        if self.evidence is None or (self.item.numerator is None and not self.item.absent):
            return '"—"'
        if self.indicator.averaged_over:
            ratios, periods = self._rows.group_range("比率"), self._rows.group_range("期号")
            return self._unless_absent(f"SUMIFS({ratios},{periods},{period_number(self.item.period)})")
        return self._unless_absent(self._sum("numerator" if self.indicator.numerator else "value", self.item.part_unit))

    def denominator(self) -> str:
        """分母."""
        if self.evidence is None or self.indicator.denominator is None:
            return '"—"'
        if self.indicator.averaged_over:
            held = self._in_period(self._rows.group_range("期号"))
            return self._unless_absent(f"SUMPRODUCT({held},--ISNUMBER({self._rows.group_range('比率')}))")
        if self.indicator.denominator.declared:
            return self._unless_absent(str(len(self.year.catalogue.plan.departments)))
        return self._unless_absent(self._sum("denominator", self.item.base_unit))

    def _unless_absent(self, text: str) -> str:
        return f'IF({self.accounts.missing_of(self.item)}>0,"—",{text})' if self.item.absent else text

    def _sum(self, name: str, unit: Unit) -> str:
        measure = self.indicator.all_measures[name]
        text = self._distinct(name, measure) if measure.measure == "distinct" else self._total(name)
        if unit.is_duration:
            return f"{text}/{number(unit.factor / 1000)}"
        return _rounded(text, self._digits(name))

    def _total(self, name: str) -> str:
        if self.indicator.for_each:
            return f"SUMPRODUCT({self._held()},{self._rows.range(name)})"
        return f"SUMIFS({self._rows.range(name)},{self._rows.range('期号')},{period_number(self.item.period)})"

    def _held(self) -> str:
        """The rows of the assessment, as factors of SUMPRODUCT."""
        held = self._in_period(self._rows.range("期号"))
        if self.indicator.for_each:
            groups = self._rows.ledger_range(self.indicator.for_each)
            blank = f'({groups}="")*({self.group}={quoted(BLANK_GROUP)})'
            held += f",--((EXACT({groups},{self.group})+{blank})>0)"
        return held

    def _distinct(self, name: str, measure: Measure) -> str:
        periods, flags = self._rows.range("期号"), self._rows.range(name)
        literal = values = self._rows.ledger_range(measure.of or "")
        for wild in ("~", "*", "?"):
            literal = f'SUBSTITUTE({literal},"{wild}","~{wild}")'
        # an empty row is counted by no criterion
        times = f'(COUNTIFS({periods},{periods},{flags},{flags},{values},"="&{literal})+({periods}=""))'
        held = self._held().removeprefix("--").replace(",--", "*")
        return f"ROUND(SUMPRODUCT({held}*({flags}=1)/{times}),0)"

    def _digits(self, name: str) -> int:
        """The decimals of what a measure sums, beyond which a sum of binary fractions says nothing."""
        measure = self.indicator.all_measures[name]
        if measure.measure != "sum" or not measure.of or not measure.source:
            return 0
        columns = self.year.tables[measure.source].columns
        return columns[measure.of].scale if measure.of in columns else 9

    # ---- value

    def value(self, shown: Cell) -> str:
        """实际值: the ratio, or the interval where there is one, as the text that is `shown`."""
        top, bottom = self.cells["numerator2"], self.cells["denominator2"]
        ratio = f'IF({bottom}=0,"—",{top}/{bottom})' if self.indicator.denominator else top
        if self.item.value is None and self.item.lowest is None:
            return f'IF(ISNUMBER({top}),{ratio},"—")' if self.indicator.denominator else top
        if not isinstance(shown, str):
            return ratio
        if "~" in shown and self._is_bounded:
            low, high = (self._shown(end, at) for end, at in zip(shown.split("~"), (0, 2), strict=True))
            return f'IF({low}={high},{low},{low}&"~"&{high})'
        return quoted(shown)

    def _shown(self, shown: str, at: int) -> str:
        unit = self.item.unit
        _, point, places = shown.removesuffix(unit).partition(".")
        pattern = "0" + ("." + "0" * len(places) if point else "") + ("%" if unit == Unit.PERCENT else "")
        tail = "" if unit in (Unit.PERCENT, Unit.BARE) else f"&{quoted(unit)}"
        return f'TEXT({self.extremes[at]}/{self.extremes[at + 1]},"{pattern}"){tail}'

    @property
    def _is_bounded(self) -> bool:
        """Whether the extremes are recounted."""
        known = self.evidence is not None and self.evidence.doubtful and self.item.period in self.evidence.bounded
        return known and self.item.doubtful_rows > 0 and not self.item.absent

    def helpers(self) -> list[str]:
        """The extremes' numerators and denominators; none where nothing is doubtful."""
        if not self._is_bounded:
            return []
        if self.indicator.averaged_over:
            return self._helpers_of_groups()
        names = ("numerator", "denominator") if self.indicator.numerator else ("value", "")
        parts = [names[1] if at == _LEAST else names[at % 2] for at in range(len(EXTREMES))]
        return [self._extreme(name, extreme) for name, extreme in zip(parts, EXTREMES, strict=True)]

    def _extreme(self, name: str, extreme: str) -> str:
        if not name:
            return "1"
        if name not in self._rows.own:
            return str(len(self.year.catalogue.plan.departments))
        held, doubt = self._held(), self._rows.range(DOUBT)
        certain = f"SUMPRODUCT({held},--({doubt}=0),{self._rows.range(name)})"
        unit = self.item.part_unit if name != "denominator" else self.item.base_unit
        text = f"{certain}+SUMPRODUCT({held},--({doubt}=1),{self._rows.range(extreme)})"
        return f"({text})/{number(unit.factor / 1000)}" if unit.is_duration else _rounded(text, self._digits(name))

    def _helpers_of_groups(self) -> list[str]:
        held = self._in_period(self._rows.group_range("期号"))
        found = []
        for name in ("最低", "最高"):
            ratios = self._rows.group_range(name)
            found += [f"SUMPRODUCT({held},{ratios})", f"SUMPRODUCT({held},--ISNUMBER({ratios}))"]
        return [*found, self.cells["denominator2"]]

    # ---- verdict

    def verdict(self) -> str:
        """结论, from the recounted numbers."""
        if not self.item.due:
            last = self.item.period.last_day
            ends = f"DATE({last.year},{last.month},{last.day})"
            return f"IF({SEEN}<{ends},{_label(Verdict.IN_PROGRESS)},{self._judged()})"
        if self.item.absent:
            missing = f"{self.accounts.missing_of(self.item)}>0"
            return f"IF({missing},{_label(self.item.verdict)},{_label(Verdict.UNVERIFIED)})"
        return self._judged()

    def _judged(self) -> str:
        if not self.indicator.agreed:
            return _label(Verdict.UNDEFINED)
        target = self.indicator.target_on(self.item.period.last_day)
        text = self._by_target(target) if target else _label(Verdict.MONITORED)
        zero = Verdict(self.indicator.zero)
        for empty in self._empty():
            text = f"IF({empty},{_label(zero)},{text})"
        if departments := [*self._lacking()]:
            none, unsure = (joined("OR", found) for found in zip(*departments, strict=True))
            text = f"IF({none},{_label(lacking(zero))},IF({unsure},{_label(Verdict.UNVERIFIED)},{text}))"
        return text

    def _empty(self) -> Iterator[str]:
        """Whether there is no denominator, however the doubtful rows turn out."""
        if self.indicator.denominator and self._is_bounded:
            yield f"AND({self.extremes[1]}=0,{self.extremes[3]}=0)"
        elif self.indicator.denominator:
            yield f"{self.cells['denominator2']}=0"

    def _lacking(self) -> Iterator[tuple[str, str]]:
        """For each department that must have a row, whether it has none, and whether it has none that is certain."""
        for name, measure in self.indicator.all_measures.items():
            if measure.each_department and measure.source and self.evidence:
                mine, kinds = f'{self._held()},--({self._rows.range(name)}<>"")', self._rows.range("归类")
                possible, sure = f'--({kinds}<>"排除")', f'--({kinds}<>"排除"),--({kinds}<>"存疑")'
                for department in self.year.catalogue.sources[measure.source].departments:
                    its = f"--EXACT({self._rows.ledger_range(SUBMITTER)},{quoted(department)})"
                    yield f"SUMPRODUCT({mine},{possible},{its})=0", f"SUMPRODUCT({mine},{sure},{its})=0"

    def _by_target(self, target: Target) -> str:
        if not self._is_bounded:
            passes = self._passes(target, self.cells["numerator2"], self.cells["denominator2"])
            text = f"IF({passes},{_label(Verdict.ATTAINED)},{_label(Verdict.MISSED)})"
            return self._unless_doubtful(text) if self.item.doubtful_rows else text
        low, high = self.extremes[0:2], self.extremes[2:4]
        both = f"AND({self._passes(target, *low)},{self._passes(target, *high)})"
        fails = zip(self._fails(target, *low), self._fails(target, *high), strict=True)
        missed = joined("OR", [f"AND({one},{other})" for one, other in fails])
        otherwise = f"IF({missed},{_label(Verdict.MISSED)},{_label(Verdict.UNVERIFIED)})"
        text = f"IF({both},{_label(Verdict.ATTAINED)},{otherwise})"
        if not self.indicator.denominator:
            return text
        return f"IF({self.extremes[_LEAST]}=0,{_label(Verdict.UNVERIFIED)},{text})"

    def _unless_doubtful(self, text: str) -> str:
        """Where no sum gives the extremes, the engine's verdict stands as long as a row is doubtful."""
        names = [name for name in ("numerator", "denominator", "value") if name in self._rows.own]
        doubts = [f'SUMPRODUCT({self._held()},--({self._rows.range(name)}="{DOUBT}"))' for name in names]
        return f"IF({'+'.join(doubts)}>0,{_label(self.item.verdict)},{text})"

    def _passes(self, target: Target, top: str, bottom: str) -> str:
        return joined("AND", [self._compared(bound.op, bound.limit, top, bottom) for bound in target.bounds])

    def _fails(self, target: Target, top: str, bottom: str) -> list[str]:
        """The ways to fail: too low and too high, where the target knows them."""
        found = []
        for side in (-1, 1):
            signs = [(_SIDES[bound.op, side], bound.limit) for bound in target.bounds if (bound.op, side) in _SIDES]
            found += (
                [joined("OR", [self._compared(sign, limit, top, bottom) for sign, limit in signs])] if signs else []
            )
        return found

    def _compared(self, op: str, limit: Fraction, top: str, bottom: str) -> str:
        """The exact comparison of a value with a limit: for a ratio, by multiplication of whole numbers."""
        if self.indicator.averaged_over:
            return f"ROUND({top}/{bottom},12){op}{_decimal(limit)}"
        if not self.indicator.denominator:
            unit = self.item.part_unit
            if unit.is_duration:
                return f"ROUND({top}*{number(unit.factor / 1000)},0){op}{_decimal(limit / 1000)}"
            return f"{_rounded(top, self._digits('value'))}{op}{_decimal(limit)}"
        digits = max(map(self._digits, ("numerator", "denominator")))
        if digits:
            top, bottom = (f"ROUND({one}*{10**digits},0)" for one in (top, bottom))
        scale = next((scale for scale in (100, 1000, 10_000, 100_000) if (limit * scale).denominator == 1), 0)
        if not scale:
            return f"{top}*{limit.denominator}{op}{limit.numerator}*{bottom}"
        return f"{top}*{scale}{op}{limit * scale}*{bottom}"

    def check(self, shown: Cell) -> str:
        """核对: whether the values and the verdict agree with their recounts."""
        tests = [f"EXACT({self.cells['verdict']},{self.cells['verdict2']})"]
        for name in ("numerator", "denominator", "value"):
            one, other = self.cells[name], self.cells[f"{name}2"]
            numeric = not isinstance(shown, str) if name == "value" else getattr(self.item, name) is not None
            tests.append(f"ABS({one}-{other})<1E-9" if numeric else f"EXACT({one},{other})")
        return f'IF(IFERROR(AND({",".join(tests)}),FALSE),"{AGREES}","{DIFFERS}")'


def _rounded(text: str, digits: int) -> str:
    return f"ROUND({text},{digits})" if digits else text


def _decimal(value: Fraction) -> str:
    shown = number(value)
    return repr(shown) if Fraction(repr(shown)) == value else f"({value.numerator}/{value.denominator})"


def _label(verdict: Verdict) -> str:
    return f'"{verdict_label(verdict)}"'
