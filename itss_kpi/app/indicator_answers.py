"""Indicator answers: one explained, several along the periods and side by side, and what was handed in for them.

Convention: as in `evaluation`: what can't be asked for is refused before anything is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from itss_kpi.analysis.breakdown import Comparison, across_all
from itss_kpi.analysis.collection import collection_of
from itss_kpi.analysis.evidence import texts_of
from itss_kpi.analysis.series import Trends, series
from itss_kpi.app.answer import Answer
from itss_kpi.app.choices import shown_numbers
from itss_kpi.app.evaluation import Evaluation, evaluate_files, evaluate_span
from itss_kpi.app.inputs import Inputs, gates_of
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Refusal
from itss_kpi.core.results import Assessment
from itss_kpi.engine.cases import Case, parts_of
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.engine.rows.populations import Span
from itss_kpi.engine.trace import TracedRow, trace
from itss_kpi.pages.baselines import baselines_page
from itss_kpi.pages.comparison import comparison_page
from itss_kpi.pages.explanation import explanation_page
from itss_kpi.pages.page import Page
from itss_kpi.pages.status import status_page
from itss_kpi.pages.trend import trend_page


def explain(inputs: Inputs, name: str, period: str, rows: str, limit: int) -> Iterator[Page]:
    """How an indicator comes about, period by period. `rows`: which of its rows are listed, `none` or `all` or those of
    a kind; at most `limit` of them."""
    evaluation = evaluate_files(inputs, period, indicators=[name])
    catalogue, report, indicator = evaluation.catalogue, evaluation.report, evaluation.indicators[0]
    wanted = [item for item in report.assessments if item.number == indicator.number]
    if not wanted:
        raise Refusal(f"{indicator.name} 在 {report.period} 没有考核期")
    names = catalogue.titles
    shown = [item for item in wanted if item.period == report.period] or wanted
    for item in shown:
        found: list[TracedRow] = []
        if rows != "none":
            seen = item.window[1] - timedelta(days=1)
            found = trace(catalogue, evaluation.tables, indicator, item.period, seen)
        listed = [row for row in found if rows in ("all", row.kind) and row.kind != "outside"]
        used = [export for export in report.exports if export.source in item.sources]
        texts = [(row, texts_of(catalogue, evaluation.tables, row, indicator)) for row in listed[:limit]]
        files = used if item is shown[-1] else []
        made_of = _made_of(evaluation, indicator, item)
        yield explanation_page(indicator, item, files, texts, len(listed), names, report.rulings, made_of)


def _made_of(evaluation: Evaluation, indicator: Indicator, item: Assessment) -> list[Assessment]:
    """What the indicators on which this one is built came to, in the periods of which it asks."""
    catalogue = evaluation.catalogue
    case = Case(indicator, item.period, item.due, Span(*item.window, item.period.end))
    parts = [part for one in indicator.all_measures.values() for part in parts_of(catalogue, case, one)]
    asked: dict[Period, dict[str, Indicator]] = {}
    for part in parts:
        asked.setdefault(part.period, {})[part.indicator.id] = part.indicator
    found: list[Assessment] = []
    for period, indicators in sorted(asked.items(), key=lambda one: (one[0].start, one[0].end)):
        seen = min(item.window[1] - timedelta(days=1), period.last_day)
        report = evaluate(catalogue, evaluation.tables, period, as_of=seen, indicators=indicators.values())
        found += [one for one in report.assessments if one.period == period]
    ranked = any(one.measure == "rank" or one.over for one in indicator.all_measures.values())
    return [one for one in found if ranked or not indicator.for_each or one.group in (item.group, None)]


def trend(
    inputs: Inputs,
    indicators: Sequence[str],
    first: str | None,
    last: str | None,
    by: str | None,
    following: int | None,
) -> Answer:
    """Indicators from period to period; `following`: how many of so many further cases have to succeed."""
    evaluation, start, end = evaluate_span(inputs, first, last, indicators, by)
    numbers, report = shown_numbers(evaluation.indicators, indicators), evaluation.report
    archived, damage = evaluation.archived(range(start.year - 1, end.year + 1))
    found = series(
        evaluation.catalogue,
        evaluation.tables,
        evaluation.indicators,
        start,
        end,
        report.as_of,
        by,
        known=report.assessments,
        archived=archived,
        further=following,
    )
    shown = [one for one in found if one.number in numbers]
    trends = Trends(report.catalogue, start, end, report.as_of, by, following, shown, report.problems)
    useless = following and not any(point.outlook for one in shown for point in one.points)
    remarks = ["没有可以推算的未到期考核,--next 不起作用"] if useless else []
    return Answer(trend_page(trends), lambda: trends, damage=damage, remarks=remarks)


def baseline(inputs: Inputs, indicators: Sequence[str], year: int | None) -> Answer:
    """A year's indicators against the years before."""
    evaluation = evaluate_files(inputs, None if year is None else str(year), indicators=indicators)
    numbers, found = shown_numbers(evaluation.indicators, indicators), evaluation.year.baselines
    found = replace(found, baselines=[one for one in found.baselines if one.number in numbers])
    return Answer(baselines_page(found), lambda: found, damage=evaluation.year.damage)


def compare(inputs: Inputs, period: str, by: str, indicators: Sequence[str]) -> Answer:
    """The groups of a dimension beside each other."""
    evaluation = evaluate_files(inputs, period, indicators=indicators, by=by)
    report, numbers = evaluation.report, shown_numbers(evaluation.indicators, indicators)
    found = across_all(
        evaluation.catalogue,
        evaluation.tables,
        evaluation.indicators,
        report.period,
        report.as_of,
        by,
        report.assessments,
    )
    listed = [one for number, breakdowns in found.items() if number in numbers for one in breakdowns]
    comparison = Comparison(report.catalogue, report.period, report.as_of, by, listed, report.problems)
    return Answer(comparison_page(comparison), lambda: comparison)


def status(inputs: Inputs, period: str, fail_on: str | None) -> Answer:
    """What each department had to hand in, and did."""
    gates = gates_of(fail_on, ("missing", "late", "problems"))
    evaluation = evaluate_files(inputs, period, after_hand_in=True)
    found = collection_of(evaluation.catalogue, evaluation.report, evaluation.files)
    return Answer(status_page(found), lambda: found, bool(gates & found.conditions()))
