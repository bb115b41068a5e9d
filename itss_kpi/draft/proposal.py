"""Proposals: the table of indicators and the ledgers -> a first catalogue, and the questions that settle it.

Convention: what isn't answered stands in the catalogue as it is proposed, and leaves every indicator that rests on it
not agreed. The same facts and answers give the same catalogue and questions.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from itss_kpi.catalogue.expression import columns_of, speaks_of_period
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.parsing import parse
from itss_kpi.catalogue.wording import reading, target_text
from itss_kpi.core.period import PeriodKind
from itss_kpi.core.problems import worst_first
from itss_kpi.core.targets import Unit, parse_target
from itss_kpi.draft.formulas import STANDING, SUM, Amount, amounts, away, likely, parts, possible, sides
from itss_kpi.draft.indicator_table import Listed, signed
from itss_kpi.draft.ledgers import LedgerFound
from itss_kpi.draft.questions import Asking, Given, Key, Question
from itss_kpi.draft.sources import source_of
from itss_kpi.draft.written import HOW, NO_WHOLE, amount_of

BY_HAND, MONITORED, COUNTED, NOT_COUNTED = "手工填报", "仅监测", "计入", "不计"
MANUAL = "manual"
WHOLE, APART, _SEVERAL = "整张表", "逐项写", 3
_KINDS = {
    "月": PeriodKind.MONTH, "季": PeriodKind.QUARTER, "半年": PeriodKind.HALF, "年": PeriodKind.YEAR,
    "周": PeriodKind.WEEK, "日": PeriodKind.DAY,
}  # fmt: skip
_LETTERS = {kind: text for text, kind in _KINDS.items()}
_SHARE = re.compile("率|占比|比例|百分比")
_STANDING = re.compile(f"{STANDING.pattern}|逾期|截[至止]|累计")
_ENDING = re.compile("解决|完成|关闭|办结|交付|发布|恢复|回访|参加|参训|培训|整改|关单|上线")
_STATUS = re.compile("状态|情况|进度")
_NO_TARGET = re.compile("[-—/\\s]*|无|.*(?:监测|观察|统计|记录).*")
OF_PERIOD, UNTIL_END = "只数本期的", "到期末为止的全部,以前的也在台账里"
_TOGETHER = {"一期只填一个数": "sum", "各月相加": "sum", "各月平均": "mean"}
_OFFERED = 30
_WEIGHT = re.compile(r"\d+(?:\.\d+)?")
_NOTED, _SCORED = "只记下来", "达成得满分,未达成不得分"


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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a draft beside its facts: what the reading of an indicator (`id`) comes to, the catalogue as it
    was drafted `before`, and the readings of those that somebody has `edited` since, as they are in the catalogue."""

    effects: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)
    edited: Mapping[str, str] = field(default_factory=dict)


def drafted(facts: Facts, given: Mapping[Key, Given], known: Known | None = None) -> Drafted:
    """The draft, as the answers given so far leave it."""
    questions: list[Question] = []
    sources: dict[str, Any] = {}
    asked: dict[str, list[Question]] = {}
    for number, ledger in enumerate(facts.ledgers, 1):
        asking = Asking(given, f"台账 {ledger.name}")
        sources[f"ledger_{number}"] = source_of(asking, ledger, facts.ledgers, facts.departments)
        asked[f"ledger_{number}"] = asking.questions
        questions += asking.questions
    sources[MANUAL] = _manual(facts)
    together = Asking(given, WHOLE)
    every = _period_of_all(together, facts.indicators)
    questions += together.questions
    indicators = []
    for listed in facts.indicators:
        one = _Indicator(Asking(given, about(listed)), listed, facts, sources, known or Known(), every, together)
        indicators.append(one.declared(asked))
        questions += one.asking.questions
    _filled_in_by(sources, facts, indicators)
    weighing = Asking(given, WHOLE)
    indicators += _total(weighing, facts.indicators, indicators)
    questions += weighing.questions
    return Drafted({**facts.head, "sources": sources, "indicators": indicators}, questions)


def _period_of_all(asking: Asking, indicators: Sequence[Listed]) -> PeriodKind | None:
    """The period of those of which nothing says one, asked once where they are several."""
    silent = sum(one.kind is one.likely_kind is None for one in indicators)
    if silent < _SEVERAL:
        return None
    asks = f"有 {silent} 项没有写周期。都一样的在这里答;各不相同的选“{APART}”,下面逐项答"
    said = asking.one_of("周期", asks, "", [*_KINDS, APART])
    return _KINDS.get(said)


def _total(
    asking: Asking, listed: Sequence[Listed], indicators: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The total of the weights of what is attained, where an answer says so; how points are given otherwise the table
    says in words, and nobody can ask for all of it."""
    found = zip(listed, indicators, strict=True)
    weights = {made["id"]: float(said[0]) for one, made in found if (said := _WEIGHT.match(one.weight))}
    if len(weights) < _SEVERAL - 1:
        return
    periods = {made["period"] for made in indicators if made["id"] in weights}

    def read(text: str) -> str:
        if text not in (_NOTED, _SCORED):
            raise ValueError(f"写 {_NOTED} 或 {_SCORED}")
        if text == _SCORED and len(periods) > 1:
            raise ValueError("各项的周期不同,总分在指标目录中写(见 itss-kpi help 得分)")
        return text

    asks = (
        f"表中 {len(weights)} 项有权重,合计 {sum(weights.values()):g}。算总分吗?按扣分等别的办法得分的,在指标目录中写"
    )
    if asking.ask("权重", asks, _NOTED, read, [_NOTED, _SCORED]) == _SCORED:
        yield {
            "id": "kpi_total",
            "number": len(listed) + 1,
            "domain": "总分",
            "name": "总分",
            "formula": "达成的各项的权重之和",
            "period": periods.pop(),
            "unit": "分",
            "value": {"measure": "weighted", "of": "attained", "weights": weights},
            "agreed": True,
        }


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
    by_hand = [one for one in indicators if one.get("value", {}).get("source") == MANUAL]
    owners = [one.get("department") or facts.departments for one in by_hand]
    if owners:
        sources[MANUAL]["departments"] = list(dict.fromkeys(name for names in owners for name in names))
    else:
        del sources[MANUAL]


class _UnfitError(ValueError):
    """Why answers that can be read are no way to work something out."""


@dataclass(frozen=True, slots=True)
class _Indicator:
    """One indicator in the making."""

    asking: Asking
    listed: Listed
    facts: Facts
    sources: dict[str, Any]
    known: Known
    every: PeriodKind | None
    together: Asking

    def declared(self, asked: Mapping[str, Sequence[Question]]) -> dict[str, Any]:
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
        worked_out, wrong = {}, "先回答上面怎么算"
        try:
            by_hand = source == MANUAL
            worked_out = self._by_hand(target, PeriodKind(made["period"])) if by_hand else self._over(source)
            wrong = self._refused(made | worked_out) if worked_out else wrong
        except _UnfitError as error:
            wrong = str(error)
        if wrong:  # what stands there until it is known how the indicator is worked out
            made.pop("target", None)
            worked_out = {"value": {"measure": "count", "source": source}}
        made |= worked_out
        made |= {"department": list(listed.departments)} if listed.departments else {}
        made |= {"clause": listed.clause} if listed.clause else {}
        notes = [f"权重 {listed.weight}"] if listed.weight else []
        notes += [listed.points] if listed.points else []
        made |= {"note": ";".join(notes)} if notes else {}
        return made | {"agreed": self._agreed(made, source, asked.get(source, ()), wrong)}

    def _agreed(self, made: Mapping[str, Any], source: str, asked: Sequence[Question], wrong: str) -> bool:
        """Whether an answer says that it is; only what has to do with it is waited for."""
        model = Indicator.model_validate(made)
        own = self.sources[source]
        texts = [text for one in model.all_measures.values() for text in (one.where, one.of) if text]
        used = {name for text in texts for name in columns_of(parse(text))} | {*own["key"], own.get("date", "")}
        waits = [*self._of_all(), *(one for one in asked if one.matters_to(used)), *self.asking.questions]
        reading = self.known.edited.get(made["id"]) or reading_of(model, self.sources)
        reason = "目录里手工改过" if made["id"] in self.known.edited else ""
        was: Mapping[str, Any] = next(
            (one for one in self.known.before.get("indicators", ()) if one["id"] == made["id"]), {}
        )
        then = self.known.before.get("sources", {}).get(source, {})
        moved = _but("agreed", was) != made or (source != MANUAL and _read(then, used) != _read(own, used))
        effect = "" if wrong else self.known.effects.get(made["id"], "")
        return self.asking.settle(reading, waits, effect, wrong, moved=bool(was) and moved, reason=reason)

    def _of_all(self) -> list[Question]:
        """What is asked of all together, where it has to do with this one."""
        return self.together.questions if self.listed.kind is self.listed.likely_kind is None else []

    def _refused(self, made: Mapping[str, Any]) -> str:
        """What is wrong with the indicator so, in form or in meaning; "" where nothing is."""
        catalogue = {**self.facts.head, "sources": self.sources, "indicators": [made]}
        _, problems = load(json.dumps(catalogue), "")
        said = [one.message for one in worst_first(problems) if one.place.key.startswith("indicators")]
        return f"上面的回答用不了:{re.sub(r'^indicators[.]0[.a-z_0-9]*[::]', '', said[0])}" if said else ""

    def _target(self) -> str | None:
        if self.listed.requirement:
            return self.listed.requirement
        said, likely_ones = self.listed.said, self.listed.likely
        proposal = likely_ones[0] if likely_ones else MONITORED if _NO_TARGET.fullmatch(said) else ""
        asks = f"要求是多少?计划写的是“{said}”" if said else "要求是多少?计划没有写"
        return self.asking.ask("要求", asks, proposal, _requirement, [*likely_ones, MONITORED]) or None

    def _period(self) -> PeriodKind | None:
        if self.listed.kind or (self.every and self.listed.likely_kind is None):
            return self.listed.kind or self.every
        if self.listed.likely_kind is None and any(not one.is_settled for one in self.together.questions):
            return None
        proposal = _LETTERS[self.listed.likely_kind] if self.listed.likely_kind else ""
        said = f"计划写的是“{self.listed.period}”" if self.listed.period else "计划没有写"
        return self.asking.ask("周期", f"多长时间考核一次?{said}", proposal, _kind, list(_KINDS))

    def _ledger(self) -> str:
        """The ledger by its name in the catalogue."""
        names = {source["name"]: name for name, source in self.sources.items() if name != MANUAL} | {BY_HAND: MANUAL}
        found = likely(self.listed.name + self.listed.formula, self.facts.ledgers)
        proposal = found[0].name if found else BY_HAND
        why = "名称和公式中的词与它的列最像" if found else "没有一个台账与它有相同的词"
        asks = f"由哪个台账算出?没有明细的由部门{BY_HAND}"
        return names.get(self.asking.one_of("台账", asks, proposal, list(names), why), MANUAL)

    def _by_hand(self, target: str | None, period: PeriodKind) -> dict[str, Any]:
        read = parse_target(target) if target else None
        unit = read.unit if read else Unit.BARE
        column = "百分率" if unit == Unit.PERCENT else "时长" if unit.is_duration else "数值"
        how = "mean"
        if period.months > 1:
            asks = f"一个考核期({_LETTERS[period]})不止一个月,手工填报的数怎样合成这一期的?"
            how = _TOGETHER.get(self.asking.one_of("各月合成", asks, "", list(_TOGETHER)), how)
        where = f"指标 == '{self.listed.name.replace(chr(39), '')}'"
        value = {"measure": how, "source": MANUAL, "of": column, "where": where}
        return {"value": value, "zero": "undefined"}

    def _over(self, source: str) -> dict[str, Any]:
        """Numerator and denominator, or the value, over a ledger."""
        ledger = next(one for one in self.facts.ledgers if one.name == self.sources[source]["name"])
        columns = self.sources[source]["columns"]
        printed = sides(self.listed.formula)
        named = parts(printed[1], ledger) if printed else []
        sums = [one for one in named if one.of]
        target = self.listed.requirement or ""
        share = printed or _SHARE.search(self.listed.name) or "%" in target
        offered = [NO_WHOLE, Amount(), *named, *possible(ledger, sums=True), *possible(ledger, sums=False)]
        proposal = str(sums[0] if sums else Amount()) if share else NO_WHOLE
        base = self._asked("分母", "分母是什么?", proposal, offered, columns)
        text = (printed[0] if printed else self.listed.formula) + self.listed.name
        summed = base is not None and base.how == SUM
        points = bool(re.search("评分|得分|分$", f"{self.listed.name} {target}"))
        ways = (
            [one for one in parts(text, ledger) if (one.how == SUM) == summed]
            if base
            else amounts(text, ledger, points=points)
        )
        ways.sort(key=lambda one: any(f"'{value}'" in one.where for column in ledger.columns for value in away(column)))
        asks = "分子是其中的哪些?" if base else "数值怎么算?"
        part = self._asked("怎么算", asks, str(next(iter(ways), "")), [*ways, *possible(ledger, sums=summed)], columns)
        left_out = self._left_out(ledger, f"{part}{base}")
        if part is None:
            return {}
        date = self._date(ledger, source)
        part, base = (one and replace(one, date=one.date or date) for one in (part, base))
        assert part
        made = _ratio(part, base, source, left_out) if base else {"value": _measure(part, source, left_out)}
        return self._until(made, source)

    def _date(self, ledger: LedgerFound, source: str) -> str:
        """Another date than the ledger's that decides the period; asked where what is done is not when it began."""
        own, dates = self.sources[source].get("date"), [one.name for one in ledger.dates]
        if own is None or len(dates) < _SEVERAL - 1 or not _ENDING.search(f"{self.listed.name}{self.listed.formula}"):
            return ""
        asks = (
            f"按哪个日期算进哪个月?例如 {own} 在 1 月、{next(one for one in dates if one != own)} 在 2 月的,算哪个月的"
        )
        chosen = self.asking.one_of("归期", asks, own, dates)
        return "" if chosen == own else chosen

    def _until(self, made: dict[str, Any], source: str) -> dict[str, Any]:
        """Of the period alone, or of all up to its end: asked where what is open then may be meant."""
        wheres = [one["where"] for one in made.values() if one.get("where")]
        spoken = any(speaks_of_period(parse(where)) for where in wheres)
        standing = _STANDING.search(f"{self.listed.name}{self.listed.formula}")
        if (spoken or standing) and "date" in self.sources[source]:
            asks = f"数哪些行?只数 {self.sources[source]['date']} 在本期的,还是到期末为止的全部(如期末还没有关闭的)"
            proposal = UNTIL_END if standing else ""
            if self.asking.one_of("范围", asks, proposal, (OF_PERIOD, UNTIL_END)) == UNTIL_END:
                self.sources[source]["carries"] = "earlier"
                if not spoken and any(_STATUS.search(name) for where in wheres for name in columns_of(parse(where))):
                    raise _UnfitError(
                        "台账里只有今天的状态,不是期末的:条件写成 关闭日期 空着 或 关闭日期 >= period_end 这样"
                    )
                made = {name: one if "within" in one else {**one, "window": "until_end"} for name, one in made.items()}
        return made

    def _asked(
        self, item: str, asks: str, proposal: str, choices: Iterable[object], columns: Mapping[str, Any]
    ) -> Amount | None:
        offered = list(dict.fromkeys(map(str, choices)))[:_OFFERED]
        return self.asking.ask(item, asks, proposal, partial(amount_of, columns), offered)

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


def _but(key: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """What is declared besides."""
    return {name: value for name, value in declared.items() if name != key}


def _read(source: Mapping[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """What of a ledger's declaration matters to who reads these columns: `carries` is for all of its indicators."""
    read = {name: column for name, column in source.get("columns", {}).items() if name in columns}
    return {**_but("carries", source), "columns": read}


def reading_of(model: Indicator, sources: Mapping[str, Any]) -> str:
    """All of an indicator in words: requirement, period, and how it is worked out."""
    names = {name: f"“{source['name']}”" for name, source in sources.items()}
    words = {"numerator": "分子", "denominator": "分母", "value": "数值"}
    said = [f"{words.get(name, name)}:{reading(one, names)}" for name, one in model.all_measures.items()]
    targets = [target_text(target) for _, target in model.targets]
    first = next(iter(model.all_measures.values()), None)
    date = first and (first.date or sources.get(first.source or "", {}).get("date"))
    until = first is not None and first.window == "until_end"
    dated = f"按 {date} {'到期末为止的全部' if until else '归期'}" if date else "取期末的那一份"
    asked = f"要求 {'、'.join(targets)}" if targets else MONITORED
    return "\n".join([f"{asked},{model.period.label},{dated}", *said])


def _requirement(text: str) -> str:
    """The requirement that is written so; "" for none."""
    if text == MONITORED:
        return ""
    found = parse_target(text)
    written = signed(text) or (f"<= {text.strip()}" if found and not found.bounds[0].limit else None)
    if not written or not parse_target(written):
        raise ValueError("写成 >= 95%、<= 4小时 这样,要有比较符号")
    return written


def _kind(text: str) -> PeriodKind:
    """The period that is written so."""
    kind = Listed(0, "", period=text).kind
    if kind is None:
        raise ValueError(f"写 {'、'.join(_KINDS)} 之一")
    return kind


def _measure(amount: Amount, source: str, left_out: str) -> dict[str, Any]:
    where = _both(amount.where, left_out)
    made = {"measure": HOW[amount.how], "source": source, "of": amount.of, "where": where, "date": amount.date}
    return {key: value for key, value in made.items() if value}


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
