"""Proposals: the table of indicators and the ledgers -> a first catalogue, and the questions that settle it.

Convention: what isn't answered stands in the catalogue as it is proposed, and leaves every indicator that rests on it
not agreed. The same facts and answers give the same catalogue and questions.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itss_kpi.catalogue.expression import columns_of
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.kinds import advice
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.parsing import parse
from itss_kpi.catalogue.wording import reading, target_text
from itss_kpi.core.period import PeriodKind
from itss_kpi.core.problems import errors
from itss_kpi.core.targets import Unit, parse_target
from itss_kpi.draft.formulas import MEAN, ROWS, SUM, Amount, amounts, away, likely, parts, possible, sides
from itss_kpi.draft.indicator_table import Listed, signed
from itss_kpi.draft.ledgers import LedgerFound
from itss_kpi.draft.questions import Asking, Given, Key, Question
from itss_kpi.draft.sources import source_of

BY_HAND, MONITORED, NO_WHOLE, COUNTED, NOT_COUNTED = "手工填报", "仅监测", "没有分母", "计入", "不计"
MANUAL = "manual"
_KINDS = {
    "月": PeriodKind.MONTH, "季": PeriodKind.QUARTER, "半年": PeriodKind.HALF, "年": PeriodKind.YEAR,
    "周": PeriodKind.WEEK, "日": PeriodKind.DAY,
}  # fmt: skip
_LETTERS = {kind: text for text, kind in _KINDS.items()}
_HOW = {ROWS: "count", SUM: "sum", MEAN: "mean", "最大": "max", "最小": "min", "不同": "distinct"}
_AMOUNT = re.compile(rf"({'|'.join(_HOW)})\s*(.*?)\s*(?:[,，]?\s*其中\s*(.+))?")
_HOW_TO = f"写成 {ROWS}、{ROWS},其中 条件、{SUM} 列名、{MEAN} 列名 这样"
_OFFERED = 30


@dataclass(frozen=True, slots=True)
class Facts:
    """What a company has: its indicators and ledgers, the year, and what it is called."""

    indicators: Sequence[Listed]
    ledgers: Sequence[LedgerFound]
    year: int
    organization: str = "本单位"

    @property
    def departments(self) -> list[str]:
        """Those that the table names, then others that have handed something in."""
        handed = [name for one in self.ledgers for name in one.departments]
        named = [name for one in self.indicators for name in one.departments]
        return list(dict.fromkeys([*named, *handed])) or [self.organization]

    @property
    def head(self) -> dict[str, Any]:
        """What a catalogue says before its ledgers."""
        plan: dict[str, Any] = {"title": f"{self.year}年运维服务指标", "document": "待定", "version": "V1.0"}
        plan |= {"organization": self.organization, "year": self.year, "departments": self.departments}
        return {"format": "itss-kpi/catalogue/1", "plan": plan, "data": "台账"}


@dataclass(frozen=True, slots=True)
class Drafted:
    """The catalogue as plain values, and the questions in order."""

    catalogue: dict[str, Any]
    questions: list[Question]


def drafted(facts: Facts, given: Mapping[Key, Given], effects: Mapping[str, str]) -> Drafted:
    """The draft, as the answers given so far leave it; `effects`: what the reading of an indicator (`id`) comes to."""
    questions: list[Question] = []
    sources: dict[str, Any] = {}
    asked: dict[str, list[Question]] = {}
    for number, ledger in enumerate(facts.ledgers, 1):
        asking = Asking(given, f"台账 {ledger.name}")
        sources[f"ledger_{number}"] = source_of(asking, ledger, facts.ledgers, facts.departments)
        asked[f"ledger_{number}"] = asking.questions
        questions += asking.questions
    sources[MANUAL] = _manual(facts)
    indicators = []
    for listed in facts.indicators:
        one = _Indicator(Asking(given, about(listed)), listed, facts, sources)
        indicators.append(one.declared(asked, effects))
        questions += one.asking.questions
    _filled_in_by(sources, facts, indicators)
    return Drafted({**facts.head, "sources": sources, "indicators": indicators}, questions)


def about(listed: Listed) -> str:
    """How the questions name an indicator."""
    return f"指标 {listed.number} {listed.name}"


def _manual(facts: Facts) -> dict[str, Any]:
    """The ledger for figures of which there are no rows, as the manual describes it."""
    columns = {
        "指标": {"type": "text", "required": True},
        "月份": {"type": "period", "required": True},
        "数值": {"type": "decimal"},
        "百分率": {"type": "percent"},
        "时长": {"type": "duration", "unit": "hour"},
    }
    files = {"name": "手工填报表", "departments": facts.departments, "files": "手工填报表_*.xlsx"}
    return files | {"key": ["指标", "月份"], "date": "月份", "columns": columns}


def _filled_in_by(sources: dict[str, Any], facts: Facts, indicators: Sequence[Mapping[str, Any]]) -> None:
    """Have those fill in figures by hand whose indicators need them; nobody where none does."""
    owners = [one.get("department") or facts.departments for one in indicators if _is_by_hand(one)]
    if owners:
        sources[MANUAL]["departments"] = list(dict.fromkeys(name for names in owners for name in names))
    else:
        del sources[MANUAL]


def _is_by_hand(indicator: Mapping[str, Any]) -> bool:
    return bool(indicator.get("value", {}).get("source") == MANUAL)


@dataclass(frozen=True, slots=True)
class _Indicator:
    """One indicator in the making."""

    asking: Asking
    listed: Listed
    facts: Facts
    sources: Mapping[str, Any]

    def declared(self, asked: Mapping[str, Sequence[Question]], effects: Mapping[str, str]) -> dict[str, Any]:
        """Its declaration, after all that has to be asked was."""
        listed = self.listed
        made: dict[str, Any] = {
            "id": f"kpi_{listed.number:02}",
            "number": listed.number,
            "domain": listed.domain or "未分域",
            "name": listed.name,
            "formula": listed.formula or listed.name,
            **({"printed_target": listed.target} if listed.target else {}),
        }
        target = self._target()
        made |= {"target": target} if target else {}
        made["period"] = str((self._period() or PeriodKind.MONTH).value)
        source = self._ledger()
        worked_out = self._over(source) if source != MANUAL else self._by_hand(target)
        wrong = self._refused(made | worked_out) if worked_out else "先回答上面怎么算"
        made |= self._by_hand(target) if wrong else worked_out
        made |= {"department": list(listed.departments)} if listed.departments else {}
        made |= {"clause": listed.clause} if listed.clause else {}
        made |= {"note": f"权重 {listed.weight}"} if listed.weight else {}
        waits = [*asked.get(source, ()), *self.asking.questions]
        effect = effects.get(made["id"], "") if not wrong else ""
        return made | {"agreed": self.asking.agree(self._reading(made), waits, effect, wrong)}

    def _refused(self, made: Mapping[str, Any]) -> str:
        """Why a catalogue can't hold the indicator so; "" where it can."""
        catalogue = {**self.facts.head, "sources": self.sources, "indicators": [made]}
        _, problems = load(json.dumps(catalogue), "")
        return next((re.sub(r"^indicators\.0\.[\w.]+[::]", "", one.message) for one in errors(problems)), "")

    def _target(self) -> str | None:
        printed = self.listed.target
        if self.listed.requirement:
            return self.listed.requirement
        likely_ones = self.listed.likely
        proposal = likely_ones[0] if likely_ones else "" if any(map(str.isdigit, printed)) else MONITORED
        said = f"计划写的是“{printed}”" if printed else "计划没有写"
        read = self.asking.ask("要求", f"要求是多少?{said}", proposal, _requirement, [*likely_ones, MONITORED])
        return read or None

    def _period(self) -> PeriodKind | None:
        if self.listed.kind:
            return self.listed.kind
        proposal = _LETTERS[self.listed.likely_kind] if self.listed.likely_kind else ""
        said = f"计划写的是“{self.listed.period}”" if self.listed.period else "计划没有写"
        letter = self.asking.one_of("周期", f"多长时间考核一次?{said}", proposal, list(_KINDS))
        return _KINDS.get(letter)

    def _ledger(self) -> str:
        """The ledger by its name in the catalogue."""
        names = {source["name"]: name for name, source in self.sources.items() if name != MANUAL} | {BY_HAND: MANUAL}
        found = likely(self.listed.name + self.listed.formula, self.facts.ledgers)
        proposal = found[0].name if found else BY_HAND
        why = "名称和公式中的词与它的列最像" if found else "没有一个台账与它有相同的词"
        asks = f"由哪个台账算出?没有明细的由部门{BY_HAND}"
        return names.get(self.asking.one_of("台账", asks, proposal, list(names), why), MANUAL)

    def _by_hand(self, target: str | None) -> dict[str, Any]:
        read = parse_target(target) if target else None
        unit = read.unit if read else Unit.BARE
        column = "百分率" if unit == Unit.PERCENT else "时长" if unit.is_duration else "数值"
        return {
            "value": {
                "measure": "mean",
                "source": MANUAL,
                "of": column,
                "where": f"指标 == '{self.listed.name.replace(chr(39), '')}'",
            },
            "zero": "undefined",
        }

    def _over(self, source: str) -> dict[str, Any]:
        """Numerator and denominator, or the value, over a ledger."""
        ledger = next(one for one in self.facts.ledgers if one.name == self.sources[source]["name"])
        columns = self.sources[source]["columns"]
        printed = sides(self.listed.formula)
        named = parts(printed[1], ledger) if printed else []
        sums = [one for one in named if one.of]
        proposal = str(sums[0] if sums else Amount()) if printed else NO_WHOLE
        offered = [NO_WHOLE, Amount(), *named, *possible(ledger, sums=True), *possible(ledger, sums=False)]
        base = self._asked("分母", "分母是什么?", proposal, offered, columns)
        text = (printed[0] if printed else self.listed.formula) + self.listed.name
        summed = base is not None and base.how == SUM
        ways = [one for one in parts(text, ledger) if (one.how == SUM) == summed] if base else amounts(text, ledger)
        item, asks = ("分子", "分子是其中的哪些?") if base else ("数值", "数值怎么算?")
        part = self._asked(item, asks, str(next(iter(ways), "")), [*ways, *possible(ledger, sums=summed)], columns)
        left_out = self._left_out(ledger, f"{part}{base}")
        if part is None:
            return {}
        return _ratio(part, base, source, left_out) if base else {"value": _measure(part, source, left_out)}

    def _asked(
        self, item: str, asks: str, proposal: str, choices: Iterable[object], columns: Mapping[str, Any]
    ) -> Amount | None:
        offered = list(dict.fromkeys(map(str, choices)))[:_OFFERED]
        return self.asking.ask(item, asks, proposal, _amount(columns), offered)

    def _left_out(self, ledger: LedgerFound, used: str) -> str:
        """The condition that leaves out what says of itself that it may not count, where it is not to."""
        conditions = []
        for column in ledger.columns:
            values = away(column)
            if values:
                rows = sum(column.counts[value] for value in values)
                asks = f"“{column.headings[0]}”写“{'、'.join(values)}”的,计入吗?"
                effect = f"{ledger.rows}→{ledger.rows - rows} 行"
                proposal = COUNTED if any(f"'{value}'" in used for value in values) else NOT_COUNTED
                chosen = self.asking.one_of(column.name, asks, proposal, (NOT_COUNTED, COUNTED), effect=effect)
                conditions += [f"{column.name} != '{value}'" for value in values if chosen == NOT_COUNTED]
        return " and ".join(conditions)

    def _reading(self, made: Mapping[str, Any]) -> str:
        """All of it in words: requirement, period, and how it is worked out."""
        model = Indicator.model_validate(made)
        names = {name: f"“{source['name']}”" for name, source in self.sources.items()}
        words = {"numerator": "分子", "denominator": "分母", "value": "数值"}
        said = [f"{words[name]}:{reading(one, names)}" for name, one in model.all_measures.items()]
        target = f"要求 {target_text(parse_target(made['target']))}" if "target" in made else MONITORED
        read = self.sources[next(name for one in model.all_measures.values() if (name := one.source))]
        dated = f"按 {read['date']} 归期" if "date" in read else "取期末的那一份"
        return "\n".join([f"{target},{model.period.label},{dated}", *said])


def _requirement(text: str) -> str:
    """The requirement that is written so; "" for none."""
    if text == MONITORED:
        return ""
    written = signed(text)
    if not written:
        raise ValueError("写成 >= 95%、<= 4小时 这样,要有比较符号")
    return written


def _amount(columns: Mapping[str, Any]) -> Callable[[str], Amount | None]:
    """Reads what is counted, of the columns that there are; None for no denominator."""

    def read(text: str) -> Amount | None:
        if text == NO_WHOLE:
            return None
        found = _AMOUNT.fullmatch(text.strip())
        if not found or (found[1] == ROWS) != (not found[2]):
            raise ValueError(_HOW_TO)
        made = Amount(found[1], found[2], (found[3] or "").strip())
        for written in filter(None, (made.of, made.where)):
            for name in sorted(columns_of(parse(written))):
                if name not in columns:
                    raise ValueError(f"没有“{name}”这一列{advice(name, columns)}")
        return made

    return read


def _measure(amount: Amount, source: str, left_out: str) -> dict[str, Any]:
    where = _both(amount.where, left_out)
    made = {"measure": _HOW[amount.how], "source": source}
    return made | ({"of": amount.of} if amount.of else {}) | ({"where": where} if where else {})


def _ratio(part: Amount, base: Amount, source: str, left_out: str) -> dict[str, Any]:
    whole = _measure(base, source, left_out)
    if part.how != base.how:
        return {"numerator": _measure(part, source, left_out), "denominator": whole}
    inside: dict[str, Any] = {"within": "denominator"} | ({"of": part.of} if part.of and part.of != base.of else {})
    return {"numerator": inside | ({"where": part.where} if part.where else {}), "denominator": whole}


def _both(one: str, other: str) -> str:
    if not one or not other:
        return one or other
    return " and ".join(f"({text})" if re.search(r"\bor\b", text) else text for text in (one, other))
