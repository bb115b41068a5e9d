"""Decisions: what of a report somebody has to decide on, and what is being done about it already.

Convention: in the order of the verdicts, then of the report; what runs comes last, where it can't be met any more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from itss_kpi.catalogue.wording import SIGNS, gap_text, room_text
from itss_kpi.core.results import Assessment, Report, Verdict
from itss_kpi.plan.actions import Action
from itss_kpi.plan.effects import subject_of
from itss_kpi.plan.year import PlanYear

TO_DECIDE = (Verdict.MISSED, Verdict.UNVERIFIED, Verdict.MISSING_DATA, Verdict.UNDEFINED)
_LOST = "已失守"


@dataclass(frozen=True, slots=True)
class Decision:
    """An assessment to decide on: as which verdict it stands, and what the ledger of corrective actions says; '' where
    there is nothing to be said of it."""

    item: Assessment
    verdict: Verdict
    followed: str

    @property
    def label(self) -> str:
        """How it stands, with its sign."""
        return f"{SIGNS[self.verdict]} {self.item.verdict.label if self.item.due else _LOST}"

    @property
    def gap(self) -> str:
        """What lacks of it, or whose ledger."""
        item = self.item
        if item.absent:
            return "缺 " + "、".join(dict.fromkeys(absence.department for absence in item.absent))
        if not item.due:
            return f"至今 {room_text(item)}"
        return gap_text(item) or (f"存疑 {item.doubtful_rows} 行" if item.doubtful_rows else "—")


def decisions(year: PlanYear) -> Iterator[Decision]:
    """What of the year's report has to be decided on."""
    actions = year.actions
    analysed = {subject_of(one.tried.about): one for one in actions.actions if one.tried.about} if actions else {}
    for item in _items(year.report):
        action = analysed.get(subject_of(item))
        told = action or (item.verdict is Verdict.MISSED and actions is not None)
        yield Decision(item, item.verdict if item.due else Verdict.MISSED, _followed(action) if told else "")


def _items(report: Report) -> Iterator[Assessment]:
    for verdict in TO_DECIDE:
        yield from (item for item in report.due if item.verdict is verdict)
    yield from (item for item in report.running if item.room is not None and item.room.settled == _LOST)


def _followed(action: Action | None) -> str:
    """What is done about what is missed."""
    if action is None:
        return "纠正措施台账中没有这一项"
    row = action.record
    said = {"原因": row.cause, "措施": row.measure, "责任": "、".join(filter(None, (row.department, row.responsible)))}
    due = [f"完成期限 {row.due}({action.state.label})"] if row.due else [action.state.label]
    return ";".join([*(f"{name}:{text.strip() or '未填'}" for name, text in said.items()), *due])
