"""Actions: what is done about what fell short, until it is corrected, and whether it helped.

Source: GB/T 28827.1 5.5 c) and d): what falls short is analysed, corrected, and the correction is verified.
Convention: a row of the ledger (`corrective_actions`) speaks of an assessment by 指标序号, 考核期 and, where an
indicator is assessed by group, 分组. Nothing dated after `as_of` is seen; what can't be read is never guessed. The
first period of the indicator that begins after the action was finished (and after the period it is about) decides on
its effect; those before it, which it can have helped in part at most, are shown and prove nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Absence, Assessment, Report, Verdict, assessment_json, problem_json
from itss_kpi.plan.effects import GROUP as GROUP  # named again for who lists actions
from itss_kpi.plan.effects import Effect as Effect
from itss_kpi.plan.effects import (
    Known,
    Trial,
    doubt_of_period,
    meant,
    missed_again,
    remarks_on_subject,
    subject_of,
    trial,
)
from itss_kpi.plan.effects import spelt as spelt
from itss_kpi.plan.records import Record, absence_json, absences, place_json, records
from itss_kpi.tables.table import Table

SCHEMA = "itss-kpi/actions/1"
SOURCE = "corrective_actions"
UNTRIED = "未验证"
GATES = ("unanalysed", "overdue", "unverified_actions", "incomplete", "doubtful", "ineffective")
"""What `--fail-on` may name."""

_DECIDING = ("指标序号", "考核期", GROUP, "完成期限", "实际完成日期", "验证结果", "验证日期")
"""The columns without which nobody knows how an action stands."""
_NEEDED = ("指标序号", "考核期", "纠正措施", "完成期限")


class State(StrEnum):
    """How an action stands."""

    DOUBTFUL = "doubtful"
    INCOMPLETE = "incomplete"
    OVERDUE = "overdue"
    OPEN = "open"
    DONE = "done"
    VERIFIED = "verified"

    @property
    def label(self) -> str:
        """The word the user sees."""
        return _STATES[self]


_STATES = {
    State.DOUBTFUL: "存疑",
    State.INCOMPLETE: "未填完",
    State.OVERDUE: "逾期",
    State.OPEN: "进行中",
    State.DONE: "已完成待验证",
    State.VERIFIED: "已验证",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A row of the ledger as of a day. `indicator` and `period` are None where the row doesn't say, or nobody can tell;
    `about`: the assessment of which it speaks, where there is one. `done` and `result` are as seen on the day, `days`
    how long it is overdue. `following`: the indicator's later periods that have ended; `decisive`: the one that
    decides on the `effect`. `contradicted`: the ledger's own 验证结果 says the opposite. `remarks`: what else is to be
    known."""

    record: Record
    indicator: Indicator | None
    period: Period | None
    about: Assessment | None
    state: State
    days: int
    done: date | None
    result: str
    following: tuple[Assessment, ...]
    decisive: Period | None
    effect: Effect | None
    contradicted: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Followup:
    """A year's corrective actions as of a day. `unanalysed`: what is missed without an analysis, once an indicator,
    whatever numbers list it; `unverified`: what is 待核实, apart. `absent`: where the ledger wasn't handed in, so that
    nothing can be said to be in order."""

    period: Period
    as_of: date
    unanalysed: tuple[Assessment, ...]
    unverified: tuple[Assessment, ...]
    actions: tuple[Action, ...]
    absent: tuple[Absence, ...]

    def count(self, state: State) -> int:
        """How many actions are in that state."""
        return sum(one.state is state for one in self.actions)

    def conditions(self) -> set[str]:
        """The gates that don't hold; none does where part of the ledger is missing."""
        if self.absent:
            return set(GATES)
        found = {
            "unanalysed": bool(self.unanalysed),
            "overdue": self.count(State.OVERDUE) > 0,
            "unverified_actions": self.count(State.DONE) > 0,
            "incomplete": self.count(State.INCOMPLETE) > 0,
            "doubtful": self.count(State.DOUBTFUL) > 0,
            "ineffective": any(one.effect is Effect.INEFFECTIVE for one in self.actions),
        }
        return {name for name, there in found.items() if there}


Ledgers = Mapping[str, Table]
"""The ledgers of what was done and decided, as read (`Work.records`)."""


def follow_up(
    catalogue: Catalogue,
    ledgers: Ledgers,
    assessments: Iterable[Assessment],
    year: Period,
    as_of: date,
    indicators: Iterable[Indicator] | None = None,
) -> Followup | None:
    """What has become of what fell short in the `year`, whose `assessments` are those up to `as_of`; None where the
    catalogue declares no ledger of corrective actions. `indicators`: those that were evaluated, by default all."""
    if SOURCE not in catalogue.sources:
        return None
    rows = _rows(catalogue, ledgers)
    known = Known.of(catalogue, [item for item in assessments if item.due], indicators)
    return Followup(
        year,
        as_of,
        tuple(_unanalysed(known, rows)),
        tuple(item for item in known.items if item.verdict is Verdict.UNVERIFIED),
        tuple(_action(known, row, year, as_of) for row in rows),
        tuple(_absent(catalogue, ledgers, year, as_of)),
    )


def unanalysed(catalogue: Catalogue, ledgers: Ledgers, report: Report) -> tuple[list[Assessment], list[Absence]]:
    """What is due and missed in the report and has no row with a 原因分析 in the (declared) ledger, an indicator that
    is listed under two numbers once; and where the ledger is missing, so that nobody knows.

    A disputed row analyses nothing. The ledger doesn't say on which day something was analysed.
    """
    year = Period(PeriodKind.YEAR, report.period.year)
    found = _unanalysed(Known.of(catalogue, report.due), _rows(catalogue, ledgers))
    return list(found), _absent(catalogue, ledgers, year, report.as_of)


def _rows(catalogue: Catalogue, ledgers: Ledgers) -> list[Record]:
    return records(catalogue.sources[SOURCE], ledgers[SOURCE]) if SOURCE in ledgers else []


def _absent(catalogue: Catalogue, ledgers: Ledgers, year: Period, as_of: date) -> list[Absence]:
    return absences(catalogue, SOURCE, ledgers, year.start, min(as_of, year.last_day))


def _unanalysed(known: Known, rows: Iterable[Record]) -> Iterator[Assessment]:
    analysed = {meant(known, row) for row in rows if not row.disputed and row.text("原因分析").strip()}
    return (item for item in known.items if item.verdict is Verdict.MISSED and subject_of(item) not in analysed)


# ---- how an action stands


def _action(known: Known, row: Record, year: Period, as_of: date) -> Action:
    doubts, lacking = list(_doubts(row)), [name for name in _NEEDED if row.is_blank(name)]
    done, result = _done(row, as_of), _result(row, as_of)
    state, days = _state(bool(doubts), bool(lacking), row.day("完成期限"), done, result, as_of)
    tried = trial(known, row, done, doubtful=state is State.DOUBTFUL)
    remarks = [
        *doubts,
        *([f"没有填写{'、'.join(lacking)}"] if lacking else []),
        *([] if row.text("原因分析").strip() else ["没有填写原因分析"]),
        *remarks_on_subject(known, row, year, as_of),
        *_remarks_on_dates(row, as_of),
        *_remarks_on_effect(result, tried),
    ]
    opposite = (result, tried.effect) in ((_GOOD, Effect.INEFFECTIVE), (_BAD, Effect.EFFECTIVE))
    return Action(
        row,
        tried.indicator,
        tried.period,
        tried.about,
        state,
        days,
        done,
        result,
        tried.following,
        tried.decisive,
        tried.effect,
        opposite,
        tuple(remarks),
    )


_GOOD, _BAD = Effect.EFFECTIVE.label, Effect.INEFFECTIVE.label


def _doubts(row: Record) -> Iterator[str]:
    if row.disputed and row.text("编号"):
        yield "同一编号的几行内容不同,或所在的工作表不知是否计入"
    elif row.disputed:
        yield "没有编号"
    for name in _DECIDING:
        if name in row.unread:
            yield f"“{name}”读不出来"
    if doubt := doubt_of_period(row):
        yield doubt


def _done(row: Record, as_of: date) -> date | None:
    done = row.day("实际完成日期")
    return done if done is not None and done <= as_of else None


def _result(row: Record, as_of: date) -> str:
    """验证结果 as far as there was one on the day; '' for 未验证."""
    result, on = row.text("验证结果"), row.day("验证日期")
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


def _remarks_on_dates(row: Record, as_of: date) -> Iterator[str]:
    due, done, on = row.day("完成期限"), row.day("实际完成日期"), row.day("验证日期")
    result = row.text("验证结果")
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


def _remarks_on_effect(result: str, tried: Trial) -> Iterator[str]:
    effect, decisive = tried.effect, tried.decisive
    if effect is not None and result and result != effect.label:
        became = {Effect.EFFECTIVE: "达成", Effect.INEFFECTIVE: "未达成", Effect.TOO_EARLY: "还不能证明"}[effect]
        yield f"台账验证为“{result}”,而 {decisive} {became}"
    if again := missed_again(tried.following, decisive, effect):
        yield again


# ---- for other programs


def to_json(found: Followup, identity: Mapping[str, str], problems: Sequence[Problem]) -> dict[str, Any]:
    """The follow-up as an object: numbers that decide are exact strings, days are ISO dates, each row has its place.
    `identity` is that of the catalogue, `problems` are the ledger's."""
    return {
        "schema": SCHEMA,
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "catalogue": dict(identity),
        "ledger": {
            "source": SOURCE,
            "complete": not found.absent,
            "missing": [absence_json(one) for one in found.absent],
        },
        "summary": summary(found),
        "unanalysed": [assessment_json(item) for item in found.unanalysed],
        "unverified": [assessment_json(item) for item in found.unverified],
        "actions": [_action_json(one) for one in found.actions],
        "problems": [problem_json(problem) for problem in problems],
    }


def summary(found: Followup) -> dict[str, int]:
    """How much of each there is."""
    return {
        "unanalysed": len(found.unanalysed),
        "unverified": len(found.unverified),
        "actions": len(found.actions),
        **{state.value: found.count(state) for state in State},
        **{effect.value: sum(one.effect is effect for one in found.actions) for effect in Effect},
        "contradicted": sum(one.contradicted for one in found.actions),
    }


def _action_json(one: Action) -> dict[str, Any]:
    row, indicator = one.record, one.indicator
    return {
        "id": row.text("编号"),
        "number": None if row.cells["指标序号"] is None else str(row.cells["指标序号"]),
        "indicator": indicator.id if indicator else None,
        "name": indicator.name if indicator else None,
        "period": str(one.period) if one.period else None,
        "written_period": row.text("考核期"),
        "group": row.text(GROUP) or None,
        "verdict": one.about.verdict.value if one.about else None,
        "cause": row.text("原因分析"),
        "measure": row.text("纠正措施"),
        "department": row.text("责任部门"),
        "responsible": row.text("责任人"),
        "due": _day(row.day("完成期限")),
        "done": _day(one.done),
        "result": one.result,
        "verified": _day(row.day("验证日期")),
        "state": one.state.value,
        "days_overdue": one.days,
        "effect": one.effect.value if one.effect else None,
        "decisive": str(one.decisive) if one.decisive else None,
        "contradicted": one.contradicted,
        "following": [assessment_json(item) for item in one.following],
        "remarks": list(one.remarks),
        **place_json(row),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
