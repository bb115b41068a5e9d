"""Choices: what the user named on the command line, read as what it means.

Convention: a name that nothing has, and a text that can't be read, are refused with what may be written instead.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from itss_kpi.catalogue.catalogue import Catalogue, dimensions_of
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.kinds import suggestion
from itss_kpi.core.period import FORMS, Period, parse_assessed
from itss_kpi.core.problems import Refusal


def read_period(text: str) -> Period:
    """The period that is written so."""
    period = parse_assessed(text)
    if period is None:
        raise Refusal(f"看不懂的考核期“{text}”;可写作 {FORMS}")
    return period


def read_day(text: str | None, period: Period, days_after: int = 0) -> date:
    """The day to look from: as written, or so many days after the period's last one, but none that is yet to come."""
    if text is None:
        return min(period.last_day + timedelta(days=days_after), date.today())
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(f"看不懂的日期“{text}”;写作 2022-09-30") from None


def chosen_indicators(
    catalogue: Catalogue, indicators: Sequence[str], domains: Sequence[str], by: str | None
) -> list[Indicator]:
    """The indicators that are named by id, number or name, or all, of these domains. `by`: a dimension that one of them
    is to have; where none was named, those that have it."""
    found = list(catalogue.indicators if indicators else catalogue.shown)
    for wanted in indicators:
        if not catalogue.find(wanted):
            known = [name for item in catalogue.indicators for name in (item.id, item.name)]
            raise Refusal(f"没有这个指标:{wanted}{suggestion(wanted, known)}")
    if indicators:
        found = [item for item in found if any(item in catalogue.find(wanted) for wanted in indicators)]
    if domains:
        found = _of_domains(found, domains)
    return found if by is None else _having(catalogue, found, by, named=bool(indicators))


def _of_domains(indicators: list[Indicator], domains: Sequence[str]) -> list[Indicator]:
    known = list(dict.fromkeys(domain for item in indicators for domain in item.domains))
    for domain in domains:
        if domain not in known:
            raise Refusal(f"没有这个指标域:{domain}{suggestion(domain, known)}")
    return [item for item in indicators if set(item.domains) & set(domains)]


def _having(catalogue: Catalogue, chosen: list[Indicator], by: str, *, named: bool) -> list[Indicator]:
    known = list(dict.fromkeys(name for item in chosen for name in dimensions_of(catalogue, item)))
    if by not in known:
        listed = f"可用 {'、'.join(known)}" if known else "没有可用的维度"
        raise Refusal(f"没有这个维度:{by}{suggestion(by, known)};{'这些' if named else ''}指标{listed}")
    return chosen if named else [item for item in chosen if by in dimensions_of(catalogue, item)]


def shown_numbers(indicators: Sequence[Indicator], named: Sequence[str]) -> set[int]:
    """The numbers under which named indicators are shown: the one that was written, else their own; all where none
    was named."""
    if not named:
        return {number for item in indicators for number in item.numbers}
    written = {
        item.id: [number for number in item.numbers if str(number) in named] or [item.number] for item in indicators
    }
    return {number for numbers in written.values() for number in numbers}


def chosen_handouts(
    catalogue: Catalogue, sources: Sequence[str] | None, department: str | None
) -> list[tuple[str, str]]:
    """The (department, source) pairs that a template is asked for; sources are named by id or Chinese name."""
    for wanted in sources or []:
        known = [name for one, source in catalogue.sources.items() for name in (one, source.name)]
        if wanted not in known:
            raise Refusal(f"没有这个台账:{wanted}{suggestion(wanted, known)}")
    if department is not None and department not in catalogue.plan.departments:
        raise Refusal(f"没有这个部门:{department}{suggestion(department, catalogue.plan.departments)}")
    found = [
        (submitter, name)
        for submitter in catalogue.plan.departments
        for name, source in catalogue.sources.items()
        if submitter in source.departments and (not sources or {name, source.name} & set(sources))
    ]
    pairs = [pair for pair in found if department in (None, pair[0])]
    if not pairs:
        what = "、".join(sources) if sources else "任何台账"
        raise Refusal(f"{department}不交{what}" if department else "没有声明任何台账")
    return pairs
