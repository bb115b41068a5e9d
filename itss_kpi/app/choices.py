"""Choices: what the user named on the command line, read as what it means.

Convention: a name that nothing has, and a text that can't be read, are refused with what may be written instead.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

from itss_kpi.catalogue.catalogue import Catalogue, dimensions_of
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.kinds import advice, suggestion
from itss_kpi.core.period import FORMS, Period, parse_assessed
from itss_kpi.core.problems import Refusal
from itss_kpi.core.text import half_width, listed, ranges_text


def read_period(text: str) -> Period:
    """The period that is written so."""
    period = parse_assessed("".join(text.split()))
    if period is None:
        raise Refusal(f"看不懂的考核期“{text}”;可写作 {FORMS}")
    return period


def read_day(text: str | None, period: Period, days_after: int = 0) -> date:
    """The day to look from: as written, or so many days after the period's last one, but none that is yet to come."""
    if text is None:
        return min(period.last_day + timedelta(days=days_after), date.today())
    written = half_width(text)
    try:
        return date.fromisoformat(written)
    except ValueError:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII):
            raise Refusal(f"没有 {written} 这一天") from None
        raise Refusal(f"看不懂的日期“{text}”;写作 2022-09-30") from None


def unknown(what: str, written: str, known: Collection[str], otherwise: str = "") -> Refusal:
    """That nothing has this name; with the nearest one, how several are written, all where they are few, or else what
    is to be said `otherwise`."""
    parts = listed(written)
    if len(parts) > 1 and all(one in known for one in parts):
        return Refusal(f"没有这个{what}:{written};几项分开写,如 {' '.join(parts)};写在选项里的,每项前都写选项")
    return Refusal(f"没有这个{what}:{written}{advice(written, known) or otherwise}")


def chosen_indicators(
    catalogue: Catalogue, indicators: Sequence[str], domains: Sequence[str], by: str | None
) -> list[Indicator]:
    """The indicators that are named by id, number or name, or all, of these domains. `by`: a dimension that one of them
    is to have; where none was named, those that have it."""
    found = list(catalogue.indicators if indicators else catalogue.shown)
    for wanted in indicators:
        if not catalogue.find(wanted):
            numbers = [number for item in catalogue.indicators for number in item.numbers]
            known = [name for item in catalogue.indicators for name in (item.id, item.name)]
            known += [] if wanted.isdigit() else map(str, numbers)
            there = f",序号有 {ranges_text(numbers)},名称见 itss-kpi catalogue"
            raise unknown("指标", wanted, known, there)
    if indicators:
        found = [item for item in found if any(item in catalogue.find(wanted) for wanted in indicators)]
    if domains:
        found = _of_domains(found, domains)
    return found if by is None else _having(catalogue, found, by, named=bool(indicators))


def _of_domains(indicators: list[Indicator], domains: Sequence[str]) -> list[Indicator]:
    known = list(dict.fromkeys(domain for item in indicators for domain in item.domains))
    for domain in domains:
        if domain not in known:
            raise unknown("指标域", domain, known)
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
            raise unknown("台账", wanted, known, f",台账有 {'、'.join(one.name for one in catalogue.sources.values())}")
    if department is not None and department not in catalogue.plan.departments:
        raise unknown("部门", department, catalogue.plan.departments)
    found = [
        (submitter, name)
        for submitter in catalogue.plan.departments
        for name, source in catalogue.sources.items()
        if submitter in source.departments and (not sources or {name, source.name} & set(sources))
    ]
    pairs = [pair for pair in found if department in (None, pair[0])]
    if not pairs:
        what = "、".join(sources) if sources else "任何台账"
        due = "、".join(dict.fromkeys(one for one, _ in found))
        raise Refusal(f"{department}不交{what},应交的是 {due}" if department and due else "没有声明任何台账")
    return pairs


def chosen_file(folder: Path, written: str) -> str:
    """The end of the path by which a file of the data folder is shown; what is written may be its path elsewhere."""
    path, root = Path(written), folder.resolve()
    if path.is_file() and path.resolve().is_relative_to(root):
        return path.resolve().relative_to(root).as_posix()
    end = written.replace("\\", "/")
    shown = [one.relative_to(folder).as_posix() for one in folder.rglob("*")]
    if not any(one.endswith(end) for one in shown):
        near = suggestion(end.rsplit("/", 1)[-1], [one.rsplit("/", 1)[-1] for one in shown])
        raise Refusal(f"台账文件夹中没有这个文件:{written}{near}")
    return end
