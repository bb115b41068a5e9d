"""Status: what every part of the plan says of itself: of which period, as of which day, from which ledgers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from itss_kpi.core.jsonable import as_json, picked
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import MissingExport


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """How a part of the plan stands in a `period` as of a day. `absent`: where its ledger, the `source`, wasn't handed
    in, so that nothing can be said to be in order."""

    schema: ClassVar[str]
    source: ClassVar[str]
    head: ClassVar[str] = "period as_of partial"
    period: Period
    as_of: date
    absent: tuple[MissingExport, ...]

    @property
    def partial(self) -> bool:
        """Whether the period hasn't ended."""
        return self.as_of < self.period.last_day

    def title(self, organization: str, subject: str, *, begins: bool = False) -> str:
        """The heading: whose, of which period, as of which day; where it `begins`, whether it has begun, too."""
        state = ",尚未开始" if begins and self.as_of < self.period.start else ",尚未结束" if self.partial else ""
        return f"{organization} {self.period} {subject}(截至 {self.as_of}{state})".strip()

    def conditions(self) -> set[str]:
        """The gates that don't hold; a part without any has none."""
        return set()

    @property
    def ledger(self) -> dict[str, Any]:
        """Whether its ledger was handed in, as JSON."""
        return ledger_json(self.source, self.absent)

    def to_json(self, identity: Mapping[str, str], problems: Sequence[Problem] | None = None) -> dict[str, Any]:
        """The whole as an object. `identity` is that of the catalogue, `problems` are the ledgers', if any are told."""
        found = {"schema": self.schema, **picked(self, self.head), "catalogue": dict(identity), **as_json(self)}
        return found if problems is None else found | {"problems": as_json(problems)}


def counts_of(states: type[StrEnum], found: Iterable[StrEnum]) -> dict[str, int]:
    """How many there are of each state."""
    listed = list(found)
    return {state: listed.count(state) for state in states}


def ledger_json(source: str, absent: Sequence[MissingExport]) -> dict[str, Any]:
    """Whether a ledger was handed in, and who lacks which months of it, as JSON."""
    return {"source": source, "complete": not absent, "missing": absences_json(absent)}


def absences_json(absent: Sequence[MissingExport]) -> list[dict[str, Any]]:
    """Who lacks which months of one ledger, as JSON."""
    return [picked(one, "department months") for one in absent]
