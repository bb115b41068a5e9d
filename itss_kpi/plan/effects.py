"""Effects: what an indicator's next periods say of something that was done about it.

Convention: a row of a ledger (a corrective action, a nonconformity, an improvement) names an indicator by 指标序号 and,
where they are written, 考核期 and 分组. The first period of the indicator that begins after it was done (and after the
period it is about) decides on its effect; those before it, which it can have helped in part at most, prove nothing.
Source: GB/T 28827.1 5.5 d); section 3.8 of the plan.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Generic, TypeVar

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.ledgers import IndicatorRow
from itss_kpi.core.jsonable import published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, PeriodKind, parse_period, period_of
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.text import escape_controls, fold

NUMBER, PERIOD, GROUP = "指标序号", "考核期", "分组"
"""The columns by which a row names an assessment."""


class Effect(Labelled):
    """What the indicator's next periods say of what was done."""

    EFFECTIVE = "effective", "有效"
    INEFFECTIVE = "ineffective", "无效"
    TOO_EARLY = "too_early", "待观察"


Subject = tuple[str, Period, str]
"""An assessment, by whatever number: its indicator, its period and its group as `folded_group`."""


def subject_of(item: Assessment) -> Subject:
    """Of which subject an assessment is."""
    return item.indicator, item.period, folded_group(item.group or "")


def folded_group(group: str) -> str:
    """A group's name without what people vary, and as an output shows it: it may have been copied from one."""
    return fold(escape_controls(group))


@published("indicator=indicator.id period effect decisive following")
@dataclass(frozen=True, slots=True)
class EffectCheck:
    """What the data say of something done about an `indicator`: the assessment that it is `about`, where there is one;
    the indicator's later periods that have ended (`following`), the one that decides (`decisive`), and the effect."""

    indicator: Indicator | None
    period: Period | None
    about: Assessment | None = None
    following: tuple[Assessment, ...] = ()
    decisive: Period | None = None
    effect: Effect | None = None


R = TypeVar("R", bound=IndicatorRow)
S = TypeVar("S", bound=Labelled)


@dataclass(frozen=True, slots=True)
class Entry(Generic[R, S]):
    """A row of a ledger as of a day: how it stands, for how many days it is overdue, what the data say of it, and what
    else is to be known."""

    record: R
    state: S
    overdue: int
    tried: EffectCheck
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assessed:
    """What of a `year` has ended by a day: each assessment once, in order; the indicators by every number, and which
    were evaluated."""

    year: Period
    as_of: date
    items: tuple[Assessment, ...]
    by_subject: Mapping[Subject, Assessment]
    by_number: Mapping[Fraction | int | None, Indicator]
    evaluated: frozenset[str]

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        assessments: Iterable[Assessment],
        year: Period,
        as_of: date,
        indicators: Iterable[Indicator] | None = None,
    ) -> "Assessed":
        """Those of the assessments that have ended; `indicators`: those that were evaluated, by default all."""
        found: dict[Subject, Assessment] = {}
        for item in assessments:
            if item.due:
                found.setdefault(subject_of(item), item)
        by_number: dict[Fraction | int | None, Indicator] = {
            number: one for one in catalogue.indicators for number in one.numbers
        }
        evaluated = frozenset(one.id for one in (catalogue.shown if indicators is None else indicators))
        return cls(year, as_of, tuple(found.values()), found, by_number, evaluated)

    def seen(self, day: date | None) -> date | None:
        """A day of the ledger, as far as it had come."""
        return day if day is not None and day <= self.as_of else None

    def subject(self, row: IndicatorRow) -> Subject | None:
        """The assessment that a row names, whether or not there is one; None where nobody can tell."""
        indicator, period = self.by_number.get(row.number), parse_period(row.period)
        if indicator is None or period is None or GROUP in row.unread:
            return None
        return indicator.id, period, folded_group(row.group)

    # ---- whether it helped

    def trial(
        self, row: IndicatorRow, done: date | None, *, doubtful: bool = False, any_period: bool = False
    ) -> EffectCheck:
        """What the data say of what a row was `done` about; nothing is judged where the row is `doubtful`.

        `any_period`: the row need not name the period that it is about; then only those that end after it was done
        follow.
        """
        indicator, period = self.by_number.get(row.number), parse_period(row.period)
        open_ended = period is None and any_period and row.is_blank(PERIOD)
        if indicator is None or GROUP in row.unread or (period is None and not open_ended):
            return EffectCheck(indicator, period)
        group, kind = folded_group(row.group), period.kind if period else indicator.period
        past = period.end if period else done
        later = tuple(self._following(indicator, kind, group, past)) if past else ()
        judged = done is not None and not doubtful and indicator.id in self.evaluated and kind is indicator.period
        decisive = _decisive(kind, max(done, period.last_day) if period else done) if judged and done else None
        about = self.by_subject.get((indicator.id, period, group)) if period else None
        return EffectCheck(indicator, period, about, later, decisive, self._effect(indicator, decisive, group))

    def _following(self, indicator: Indicator, kind: PeriodKind, group: str, past: date) -> Iterator[Assessment]:
        for (name, later, its), item in self.by_subject.items():
            if (name, its) == (indicator.id, group) and later.kind is kind and later.end > past:
                yield item

    def _effect(self, indicator: Indicator, decisive: Period | None, group: str) -> Effect | None:
        if decisive is None:
            return None
        item = self.by_subject.get((indicator.id, decisive, group))
        verdicts = {Verdict.ATTAINED: Effect.EFFECTIVE, Verdict.MISSED: Effect.INEFFECTIVE}
        return verdicts.get(item.verdict, Effect.TOO_EARLY) if item else Effect.TOO_EARLY

    # ---- what is to be known

    def remarks(self, row: IndicatorRow, *, any_period: bool = False) -> Iterator[str]:
        """Why a row can't be held against a verdict, or against which. `any_period`: as of `trial`."""
        indicator, period = self.by_number.get(row.number), parse_period(row.period)
        if row.number is not None and indicator is None:
            yield f"计划中没有序号为 {row.number} 的指标"
        if indicator is not None and period is not None:
            yield from self._remarks_on_period(row, indicator, period)
        elif indicator is not None and any_period:
            groups = self._groups(indicator, None)
            if indicator.id not in self.evaluated:
                yield "本次没有计算该指标,不与结论对照"
            elif groups and folded_group(row.group) not in groups:
                yield _remark_on_group(row, groups)

    def _remarks_on_period(self, row: IndicatorRow, indicator: Indicator, period: Period) -> Iterator[str]:
        item = self.by_subject.get((indicator.id, period, folded_group(row.group)))
        if period.kind is not indicator.period:
            yield f"该指标按{indicator.period.label}考核,没有 {period} 这一期"
        elif indicator.id not in self.evaluated:
            yield "本次没有计算该指标,不与结论对照"
        elif period.year != self.year.year:
            yield f"{period} 不在 {self.year} 年度内,不与结论对照"
        elif period.last_day > self.as_of:
            yield f"{period} 到 {self.as_of} 还没有到期"
        elif item is None:
            yield _remark_on_group(row, self._groups(indicator, period)) or f"{period} 没有考核"
        elif item.verdict is not Verdict.MISSED:
            yield f"该期{item.verdict.label}"

    def _groups(self, indicator: Indicator, period: Period | None) -> set[str]:
        """The groups by which the indicator was assessed, in that period where one is given; '' is none."""
        return {
            group for name, its, group in self.by_subject if name == indicator.id and (period is None or its == period)
        }


def _decisive(kind: PeriodKind, past: date) -> Period:
    """The first period that begins after the day."""
    found = period_of(kind, past + timedelta(days=1))
    return found if found.start > past else period_of(kind, found.end)


def _remark_on_group(row: IndicatorRow, groups: set[str]) -> str:
    group = row.group
    return f"该期没有分组“{group}”" if group else "该指标按组考核,没有写明分组" if groups - {""} else ""


def doubts_of_period(row: IndicatorRow) -> Iterator[str]:
    """What is wrong with a row's 考核期, where it is written and nobody can tell which is meant."""
    if row.period.strip() and parse_period(row.period) is None:
        yield f"看不懂的考核期“{row.period}”"


def missed_again(tried: EffectCheck) -> Iterator[str]:
    """Which later periods were missed again after the one that proved it effective, if any were."""
    if tried.decisive is None or tried.effect is not Effect.EFFECTIVE:
        return
    missed = [item.period for item in tried.following if item.verdict is Verdict.MISSED]
    again = [str(period) for period in missed if period.start > tried.decisive.start]
    if again:
        yield f"{'、'.join(again)} 又未达成"
