"""Plan answers: what the commands about the rest of the plan show, without a terminal.

Convention: as in `evaluation`; what the catalogue doesn't declare is refused once everything is read.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeVar

from itss_kpi.app.answer import Answer
from itss_kpi.app.evaluation import Evaluation, evaluate_files, find_catalogue, load_catalogue
from itss_kpi.app.inputs import Inputs, gates_of
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.kinds import suggestion
from itss_kpi.core.problems import Problem, Refusal
from itss_kpi.core.text import BLANK_GROUP, fold
from itss_kpi.pages import clauses as clauses_pages
from itss_kpi.pages.actions import actions_page
from itss_kpi.pages.activities import activities_page
from itss_kpi.pages.documents.review import UNDECLARED as NO_REVIEW
from itss_kpi.pages.documents.review import Review, review_of
from itss_kpi.pages.documents.service_report import ServiceReport, Services
from itss_kpi.pages.nonconformities import nonconformities_page
from itss_kpi.pages.page import Page
from itss_kpi.pages.satisfaction import satisfaction_page
from itss_kpi.pages.supervision import supervision_page
from itss_kpi.plan import action_words, activity_words, nonconformity_words, satisfaction_words, supervision_words
from itss_kpi.plan import actions as corrective
from itss_kpi.plan import nonconformities as faults
from itss_kpi.plan import satisfaction as surveys
from itss_kpi.plan import supervision as checks
from itss_kpi.plan.activities import YearPlan
from itss_kpi.plan.status import PlanStatus
from itss_kpi.render.calendar import plan_ics

T = TypeVar("T")
S = TypeVar("S", bound=PlanStatus)
_NAMES_SHOWN = 10


def actions(inputs: Inputs, fail_on: str | None) -> Answer:
    """What is done about what fell short."""
    gates = gates_of(fail_on, corrective.GATES)
    evaluation = evaluate_files(inputs, records=True)
    found = _declared(evaluation.year.actions, action_words.UNDECLARED)
    return _answer(evaluation, actions_page, found, evaluation.record_problems, gates)


def activities(inputs: Inputs, year: int | None) -> Answer:
    """What has become of the plan's activities."""
    evaluation, found = _activities(inputs, year)
    return _answer(evaluation, activities_page, found, evaluation.record_problems)


def calendar(inputs: Inputs, year: int | None) -> tuple[bytes, str]:
    """The activities and what else falls due as a calendar file; what isn't in it, or ''."""
    evaluation, found = _activities(inputs, year)
    complete = evaluation.catalogue.plan.hand_in_days is not None
    remark = "" if complete else f"{activity_words.NO_DEADLINE};日历中没有收台账的日子"
    return plan_ics(evaluation.catalogue, found), remark


def _activities(inputs: Inputs, year: int | None) -> tuple[Evaluation, YearPlan]:
    evaluation = evaluate_files(inputs, _written(year), records=True)
    planned = evaluation.catalogue.plan.year
    other = f"指标目录是 {planned} 年度的计划,没有 {year} 年的质量活动;请用 --catalogue 指明那一年的指标目录"
    undeclared = activity_words.undeclared_text(evaluation.catalogue) or other
    return evaluation, _declared(evaluation.year.activities, undeclared)


def satisfaction(inputs: Inputs, year: int | None, fail_on: str | None) -> Answer:
    """What the customers say; of everything else nothing is read."""
    gates = gates_of(fail_on, surveys.GATES)
    declared, _, _ = load_catalogue(find_catalogue(inputs.catalogue))
    wanted = [str(declared.satisfaction.indicator)] if declared.satisfaction else []
    evaluation = evaluate_files(inputs, str(year or declared.plan.year), indicators=wanted)
    found = _declared(evaluation.year.survey, satisfaction_words.UNDECLARED)
    if "uncovered" in gates and not found.declared:
        raise Refusal(satisfaction_words.NO_CUSTOMERS)
    answer = _answer(evaluation, satisfaction_page, found, evaluation.report.problems, gates)
    return replace(answer, damage=evaluation.year.damage)


def supervision(inputs: Inputs, year: int | None, period: str | None, fail_on: str | None) -> Answer:
    """What had to be checked, and what was found."""
    gates = gates_of(fail_on, checks.GATES)
    if year is not None and period is not None:
        raise Refusal("--year 与 --period 只写一个")
    evaluation = evaluate_files(inputs, period or _written(year), records=True)
    report = evaluation.report
    found = checks.checks_of(evaluation.catalogue, evaluation.ledgers, report.period, report.as_of)
    found = _declared(found, supervision_words.UNDECLARED)
    return _answer(evaluation, supervision_page, found, evaluation.problems_of(checks.SOURCE), gates)


def findings(inputs: Inputs, year: int | None, fail_on: str | None) -> Answer:
    """How nonconformities and improvements stand."""
    gates = gates_of(fail_on, faults.GATES)
    evaluation = evaluate_files(inputs, _written(year), records=True)
    found = _declared(evaluation.year.nonconformities, nonconformity_words.UNDECLARED)
    return _answer(evaluation, nonconformities_page, found, evaluation.problems_of(*faults.SOURCES), gates)


def clauses(inputs: Inputs, year: int | None) -> Answer:
    """What is done for each clause of the standard."""
    evaluation = evaluate_files(inputs, _written(year), records=True)
    found = _declared(evaluation.year.clauses, clauses_pages.UNDECLARED)
    return _answer(evaluation, clauses_pages.clauses_page, found)


def review(inputs: Inputs, year: int | None) -> tuple[Review, Sequence[Problem]]:
    """The management review's input, and what is wrong with the archive."""
    evaluation = evaluate_files(inputs, _written(year), records=True)
    return _declared(review_of(evaluation.year), NO_REVIEW), evaluation.year.damage


def service_reports(inputs: Inputs, subject: str, period: str | None) -> tuple[list[ServiceReport], Sequence[Problem]]:
    """The service reports on a dimension's groups, or on one: `项目`, `项目=甲`; and what is wrong with the archive."""
    dimension, _, group = subject.partition("=")
    evaluation = evaluate_files(inputs, period, by=dimension, records=True)
    found = Services.of(evaluation.year, dimension)
    names = [name for name in found.groups if name != BLANK_GROUP]
    chosen = [name for name in names if not group or fold(name) == fold(group)]
    if not chosen:
        listed = f";有 {'、'.join(names[:_NAMES_SHOWN])}{' 等' if len(names) > _NAMES_SHOWN else ''}" if names else ""
        near = suggestion(group, names) or listed
        raise Refusal(f"{evaluation.report.period} 没有{dimension}“{group}”{near}")
    return [found.report(name) for name in chosen], evaluation.year.damage


def _written(year: int | None) -> str | None:
    return None if year is None else str(year)


def _declared(found: T | None, undeclared: str) -> T:
    if found is None:
        raise Refusal(undeclared)
    return found


def _answer(
    evaluation: Evaluation,
    page_of: Callable[[Catalogue, S], Page],
    found: S,
    problems: Sequence[Problem] | None = None,
    gates: AbstractSet[str] = frozenset(),
) -> Answer:
    identity, failed = evaluation.report.catalogue, bool(gates & found.conditions())
    return Answer(page_of(evaluation.catalogue, found), lambda: found.to_json(identity, problems), failed)
