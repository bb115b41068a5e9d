"""Actions: what is done about what fell short, until it is corrected, and whether it helped.

Source: GB/T 28827.1 5.5 c) and d): what falls short is analysed, corrected, and the correction is verified.
Convention: a row of the ledger (`corrective_actions`) speaks of an assessment by 指标序号, 考核期 and, where an
indicator is assessed by group, 分组. Nothing dated after `as_of` is seen; what can't be read is never guessed. The
first period of the indicator that begins after the action was finished (and after the period it is about) decides on
its effect; those before it, which it can have helped in part at most, are shown and prove nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.ledgers import ActionRow
from itss_kpi.core.jsonable import published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Assessment, MissingExport, Report, Verdict
from itss_kpi.plan.effects import (
    GROUP,
    Assessed,
    Effect,
    EffectCheck,
    Entry,
    doubts_of_period,
    missed_again,
    subject_of,
)
from itss_kpi.plan.records import Ledgers, absent_until, rows_of
from itss_kpi.plan.status import PlanStatus, counts_of

SOURCE = ActionRow.source
UNTRIED = "未验证"
GATES = ("unanalysed", "overdue", "unverified_actions", "incomplete", "doubtful", "ineffective")
"""What `--fail-on` may name."""

_DECIDING = ("指标序号", "考核期", GROUP, "完成期限", "实际完成日期", "验证结果", "验证日期")
"""The columns without which nobody knows how an action stands."""
_NEEDED = ("指标序号", "考核期", "纠正措施", "完成期限")


class State(Labelled):
    """How an action stands."""

    DOUBTFUL = "doubtful", "存疑", "?"
    INCOMPLETE = "incomplete", "未填完", "~"
    OVERDUE = "overdue", "逾期", "✗"
    OPEN = "open", "进行中", "…"
    DONE = "done", "已完成待验证", "▲"
    VERIFIED = "verified", "已验证", "✓"


@published(
    "id=record.id number=record.number indicator=tried.indicator.id name=tried.indicator.name period=tried.period",
    "written_period=record.period group=record.group? verdict=tried.about.verdict cause=record.cause",
    "measure=record.measure department=record.department responsible=record.responsible due=record.due done result",
    "verified=record.verified state days_overdue=overdue effect=tried.effect decisive=tried.decisive contradicted",
    "following=tried.following remarks *record",
)
@dataclass(frozen=True, slots=True)
class Action(Entry[ActionRow, State]):
    """A row of the ledger as of a day. `done` and `result` are as seen on the day; `contradicted`: the ledger's own
    验证结果 says the opposite of what the data do."""

    done: date | None
    result: str
    contradicted: bool


@published("ledger summary unanalysed unverified actions")
@dataclass(frozen=True, slots=True)
class ActionsStatus(PlanStatus):
    """A year's corrective actions as of a day. `unanalysed`: what is missed without an analysis, once an indicator,
    whatever numbers list it; `unverified`: what is 待核实, apart."""

    schema = "itss-kpi/actions/1"
    source = SOURCE
    head = "period as_of"
    unanalysed: tuple[Assessment, ...]
    unverified: tuple[Assessment, ...]
    actions: tuple[Action, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many actions are in each state."""
        return counts_of(State, (one.state for one in self.actions))

    @property
    def summary(self) -> dict[str, int]:
        """How much of each there is."""
        return {
            "unanalysed": len(self.unanalysed),
            "unverified": len(self.unverified),
            "actions": len(self.actions),
            **self.counts,
            **counts_of(Effect, (one.tried.effect for one in self.actions if one.tried.effect)),
            "contradicted": sum(one.contradicted for one in self.actions),
        }

    def conditions(self) -> set[str]:
        """The gates that don't hold; none does where part of the ledger is missing."""
        if self.absent:
            return set(GATES)
        found = {
            "unanalysed": bool(self.unanalysed),
            "overdue": self.counts[State.OVERDUE] > 0,
            "unverified_actions": self.counts[State.DONE] > 0,
            "incomplete": self.counts[State.INCOMPLETE] > 0,
            "doubtful": self.counts[State.DOUBTFUL] > 0,
            "ineffective": any(one.tried.effect is Effect.INEFFECTIVE for one in self.actions),
        }
        return {name for name, there in found.items() if there}


def actions_of(
    catalogue: Catalogue,
    ledgers: Ledgers,
    assessments: Iterable[Assessment],
    year: Period,
    as_of: date,
    indicators: Iterable[Indicator] | None = None,
) -> ActionsStatus | None:
    """What has become of what fell short in the `year`, whose `assessments` are those up to `as_of`; None where the
    catalogue declares no ledger of corrective actions. `indicators`: those that were evaluated, by default all."""
    if SOURCE not in catalogue.sources:
        return None
    rows = rows_of(ActionRow, catalogue, ledgers)
    known = Assessed.of(catalogue, assessments, year, as_of, indicators)
    return ActionsStatus(
        year,
        as_of,
        absent_until(SOURCE, catalogue, ledgers, year, as_of),
        tuple(_unanalysed(known, rows)),
        tuple(item for item in known.items if item.verdict is Verdict.UNVERIFIED),
        tuple(_action(known, row) for row in rows),
    )


def unanalysed(catalogue: Catalogue, ledgers: Ledgers, report: Report) -> tuple[list[Assessment], list[MissingExport]]:
    """What is due and missed in the report and has no row with a 原因分析 in the (declared) ledger, an indicator that
    is listed under two numbers once; and where the ledger is missing, so that nobody knows.

    A disputed row analyses nothing. The ledger doesn't say on which day something was analysed.
    """
    year = Period(PeriodKind.YEAR, report.period.year)
    known = Assessed.of(catalogue, report.due, year, report.as_of)
    found = _unanalysed(known, rows_of(ActionRow, catalogue, ledgers))
    return list(found), list(absent_until(SOURCE, catalogue, ledgers, year, report.as_of))


def _unanalysed(known: Assessed, rows: Iterable[ActionRow]) -> Iterator[Assessment]:
    analysed = {known.subject(row) for row in rows if not row.disputed and row.cause.strip()}
    return (item for item in known.items if item.verdict is Verdict.MISSED and subject_of(item) not in analysed)


# ---- how an action stands


def _action(known: Assessed, row: ActionRow) -> Action:
    doubts, lacking = list(_doubts(row)), [name for name in _NEEDED if row.is_blank(name)]
    as_of = known.as_of
    done, result = known.seen(row.done), _result(row, as_of)
    state, days = _state(bool(doubts), bool(lacking), row.due, done, result, as_of)
    tried = known.trial(row, done, doubtful=state is State.DOUBTFUL)
    remarks = [
        *doubts,
        *([f"没有填写{'、'.join(lacking)}"] if lacking else []),
        *([] if row.cause.strip() else ["没有填写原因分析"]),
        *known.remarks(row),
        *_remarks_on_dates(row, as_of),
        *_remarks_on_effect(result, tried),
    ]
    opposite = (result, tried.effect) in ((_GOOD, Effect.INEFFECTIVE), (_BAD, Effect.EFFECTIVE))
    return Action(row, state, days, tried, tuple(remarks), done, result, opposite)


_GOOD, _BAD = Effect.EFFECTIVE.label, Effect.INEFFECTIVE.label


def _doubts(row: ActionRow) -> Iterator[str]:
    if row.disputed and row.id:
        yield "同一编号的几行内容不同,或所在的工作表不知是否计入"
    elif row.disputed:
        yield "没有编号"
    for name in _DECIDING:
        if name in row.unread:
            yield f"“{name}”读不出来"
    yield from doubts_of_period(row)


def _result(row: ActionRow, as_of: date) -> str:
    """验证结果 as far as there was one on the day; '' for 未验证."""
    result, on = row.result, row.verified
    return "" if result == UNTRIED or (on is not None and on > as_of) else result


def _state(
    doubtful: bool, incomplete: bool, due: date | None, done: date | None, result: str, as_of: date
) -> tuple[State, int]:
    """The state, and for how many days it is overdue; on the last day of its term nothing is."""
    if doubtful:
        return State.DOUBTFUL, 0
    if incomplete or due is None:
        return State.INCOMPLETE, 0
    if done is None:
        return (State.OVERDUE, (as_of - due).days) if due < as_of else (State.OPEN, 0)
    return (State.VERIFIED if result else State.DONE), 0


# ---- what is to be known


def _remarks_on_dates(row: ActionRow, as_of: date) -> Iterator[str]:
    due, done, on = row.due, row.done, row.verified
    result = row.result
    if "责任部门" in row.unread:
        yield "“责任部门”读不出来"
    if done is not None and done > as_of:
        yield f"实际完成日期 {done} 在 {as_of} 之后,按未完成看"
    elif done is not None and due is not None and done > due:
        yield f"晚于期限 {(done - due).days} 天完成"
    if result not in ("", UNTRIED):
        if done is None and "实际完成日期" not in row.unread:
            yield f"写了验证结果“{result}”,却没有实际完成日期"
        if on is None and "验证日期" not in row.unread:
            yield "没有写验证日期"
    if done is not None and on is not None and on < done:
        yield "验证日期早于实际完成日期"


def _remarks_on_effect(result: str, tried: EffectCheck) -> Iterator[str]:
    effect, decisive = tried.effect, tried.decisive
    if effect is not None and result and result != effect.label:
        became = {Effect.EFFECTIVE: "达成", Effect.INEFFECTIVE: "未达成", Effect.TOO_EARLY: "还不能证明"}[effect]
        yield f"台账验证为“{result}”,而 {decisive} {became}"
    yield from missed_again(tried)
