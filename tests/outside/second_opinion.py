"""A second implementation of what the manual says, over small random worlds: what may be true, and what the program says.

    python tests/outside/second_opinion.py --seed 1 --worlds 20000          a table: kind of slip, worlds, what was wrong
    python tests/outside/second_opinion.py --seed 4711 --worlds 1 --show    one world with both answers

Convention: nothing of the program decides here. Each way in which a world's doubtful rows can turn out is worked out
by itself in plain Python, with Fractions. A *false firm* is a verdict that some way contradicts, a *false interval* one
that leaves out a possible value, a *needless doubt* 待核实 where every way gives one and the same verdict. What the
program is known to do wrong is counted as `known:` apart.
"""

import argparse
import csv
import operator
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import partial
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import openpyxl
import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest has it

from outside import deeper_worlds, further_worlds, outer_worlds, sideways_worlds, wider_worlds
from outside.slips import make_world
from outside.worlds import (
    ALL_FAULTS,
    KINDS,
    LEDGERS,
    NEW,
    UNPLACED,
    WHO,
    YEAR,
    AnyOf,
    Days,
    File,
    Guess,
    Indicator,
    Measure,
    Month,
    Record,
    Shape,
    Span,
    Way,
    World,
    at_share,
    before,
    days_of,
    later,
    mean,
    months_between,
)

from itss_kpi.analysis.kept_tables import from_rows, to_rows
from itss_kpi.app.evaluation import evaluate_files
from itss_kpi.app.inputs import Inputs
from itss_kpi.app.readings import Readings
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.core.period import parse_period
from itss_kpi.core.results import Assessment, Report, Verdict
from itss_kpi.engine.evaluate import evaluate

MOST_WAYS = 20_000
NOTHING = "未填"
COMPARES = {">=": operator.ge, "<=": operator.le, "<": operator.lt, ">": operator.gt, "=": operator.eq}

Part = tuple[str | None, str, tuple[Any, ...]]
"""What a record adds: its group, its department, and to each measure an amount, `OUT` where it isn't counted."""
OUT = "out"


class TooManyWaysError(Exception):
    """A world that is too large to be enumerated."""


@dataclass
class Possible:
    """What an assessment may be: its verdicts, and its least and greatest value."""

    verdicts: set[str] = field(default_factory=set)
    values: set[Fraction] = field(default_factory=set)
    ways: int = 0
    absent: int = 0
    missing: bool = False

    def add(self, verdict: str, value: Fraction | None) -> None:
        self.verdicts.add(verdict)
        self.ways += 1
        if value is not None:
            self.values.add(value)


# ---- what may be true


NOBODY = "nobody"
"""What stands for a group of which nobody has a row."""


def possible(
    world: World, indicator: Indicator, period: str, until: date, fault: str = ""
) -> dict[str | None, Possible]:
    """What the indicator may be in a period, by its group; or, had the program's known `fault` been right."""
    days = days_of(period)
    days = days._replace(end=min(days.end, until))
    whole = bool(indicator.shape.looks or indicator.parts)
    units = [
        sorted(
            {
                one
                for way in ways
                for one in ([_seen(world, ledger, way)] if whole else _parts(indicator, days, ledger, way))
            },
            key=repr,
        )
        for ledger, ways in world.units(fault)
    ]
    units = [unit for unit in units if unit != [()]]
    most = MOST_WAYS // (10 if whole else 1)
    if prod(map(len, units)) > most:
        raise TooManyWaysError
    found: dict[str | None, Possible] = {}
    sure = [part for unit in units if len(unit) == 1 for part in unit[0]]
    total, groups = 0, _groups(world, indicator)
    for chosen in product(*(unit for unit in units if len(unit) > 1)):
        given = [*sure, *(part for way in chosen for part in way)]
        for outcomes in _worked_out(world, indicator, days, groups, given):
            total += 1
            if total > most:
                raise TooManyWaysError
            for group, (verdict, value) in outcomes.items():
                found.setdefault(group, Possible()).add(verdict, value)
    for group, one in found.items():
        one.absent = total - one.ways
        if one.absent and not indicator.shape.among:
            one.add(*_outcome(world, indicator, [], group))
    nothing = Possible()
    nothing.add(*_outcome(world, indicator, []))
    found[NOBODY] = nothing
    if lacking := _demanded(world, indicator, days) - _proven(world, days.end):
        grows = indicator.shape.grows or not {name for name, _, _ in lacking} & {*indicator.shape.looks}
        for one in found.values():
            _lacking(indicator, one, grows)
    return found


Outcomes = dict[str | None, tuple[str, Fraction | None]]


def _seen(world: World, ledger: str, way: Way) -> tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]:
    """A way's records, as far as anything is read of them."""
    names = world.reads | {LEDGERS[ledger].date, WHO}
    seen = [tuple((name, value) for name, value in record.items() if name in names) for record in way]
    return tuple((ledger, one) for one in sorted(seen, key=repr))


def _worked_out(
    world: World, indicator: Indicator, days: Days, groups: Sequence[str], given: Sequence[Any]
) -> Iterator[Outcomes]:
    """What comes of what is there: parts, or whole records where they are looked at across."""
    if indicator.shape.looks or indicator.parts:
        rows: dict[str, list[Record]] = {name: [] for name in world.ledgers}
        for ledger, record in given:
            rows[ledger].append(dict(record))
        yield from _from_rows(world, indicator, days._replace(rows=rows), groups)
    else:
        for parts in _placed(indicator, groups, list(given)):
            yield _outcomes(world, indicator, parts, days)


def _from_rows(world: World, indicator: Indicator, days: Days, groups: Sequence[str] = ()) -> Iterator[Outcomes]:
    if indicator.shape.derive:
        below = [partial(_settled, world, one, days.rows) for one in indicator.parts]
        days = days._replace(step=KINDS[indicator.parts[0].period])
        value = indicator.shape.derive(below, days)
        groups_of = value if indicator.shape.each else {None: value}
        unknown = UNPLACED if indicator.target else "monitored"
        yield {
            group: (unknown, None) if one == UNPLACED else _judged_by(indicator, one, group)
            for group, one in groups_of.items()
        }
        return
    found = [_parts(indicator, days, ledger, [record]) for ledger, rows in days.rows.items() for record in rows]
    for chosen in product(*(one for one in found if one != [()])):
        for parts in _placed(indicator, groups, [part for one in chosen for part in one]):
            yield _outcomes(world, indicator, parts, days)


def _settled(world: World, indicator: Indicator, rows: Mapping[str, Sequence[Record]], days: Days) -> Outcomes:
    """The one outcome of an indicator on which others are built."""
    (one,) = _from_rows(world, indicator, days._replace(rows=rows))
    return one


def _lacking(indicator: Indicator, one: Possible, grows: bool) -> None:
    """数据缺失, unless a limit is passed already."""
    one.missing = True
    kind = next((measure.kind for measure in indicator.shape.measures.values()), "")
    counted = kind in ("count", "sum", "distinct", "union") and "value" in indicator.shape.measures
    grows = grows and (counted or indicator.shape.id in ("w_count_of", "w_deep_attained"))  # periods are counted, too
    above = [(sign, limit) for sign, limit in indicator.bounds() if sign in ("<=", "<", "=")]
    passed = {any(value > limit or (value == limit and sign == "<") for sign, limit in above) for value in one.values}
    one.verdicts = {"missed"} if grows and above and passed == {True} else {"missing_data"}


def _parts(indicator: Indicator, days: Days, ledger: str, way: Sequence[Record]) -> list[tuple[Part, ...]]:
    """What a way's records add, each way in which that may be; what adds nothing is left out."""
    found: list[list[Part]] = []
    for record in way:
        amounts: list[tuple[Any, ...]] = []
        for one in reversed(indicator.shape.measures.values()):  # the denominator comes first here
            mine = one.ledger == ledger and not (one.within and amounts[0] == (OUT,))
            amounts.insert(0, _amounts(one, record, window(one, indicator, days)) if mine else (OUT,))
        if any(amount != (OUT,) for amount in amounts):
            group = _group_of(indicator.shape, record)
            found.append([(group, record[WHO], one) for one in product(*amounts)])
    chosen = {tuple(sorted((part for part in one if set(part[2]) != {OUT}), key=repr)) for one in product(*found)}
    return sorted(chosen, key=repr)


def _group_of(shape: Shape, record: Record) -> str | None:
    if shape.combined:
        return " / ".join(record[column] or NOTHING for column in shape.combined)
    column = shape.each or shape.averaged
    return record[column] if column else None


def _amounts(one: Measure, record: Record, days: Days) -> tuple[Any, ...]:
    """Each amount that a record may add to a measure."""
    at = record[one.date or LEDGERS[one.ledger].date]
    day = at.date() if isinstance(at, datetime) else at
    held = day.within(days) if isinstance(day, Span) else {day is not None and days.start <= day < days.end}
    if held == {False}:
        return (OUT,)
    counts = {*map(bool, _each(one.where(record, days))), *(held - {True})}
    taken = _each(one.of(record, days)) if True in counts else ()
    return (*taken, *((OUT,) if False in counts else ()))


def _each(found: Any) -> tuple[Any, ...]:
    return tuple(sorted(found, key=repr)) if isinstance(found, AnyOf) else (found,)


def window(one: Measure, indicator: Indicator, days: Days) -> Days:
    """The days that a measure counts."""
    match one.window:
        case "until_end":
            return days._replace(start=date.min, begins=days.start)
        case "year_to_date":
            return days._replace(start=_year_of(indicator, days))
        case "quarter_to_date":
            last = days.end - timedelta(1)
            return days._replace(start=date(last.year, last.month - (last.month - 1) % 3, 1))
        case "previous":
            return days._replace(start=before(indicator.period, days.start), end=days.start)
        case "year_before":
            return days._replace(start=later(days.start, -12), end=later(days.end, -12))
        case "period":
            return days
        case _:
            return days._replace(start=days.end - timedelta(int(one.window[7:-1])))


def _year_of(indicator: Indicator, days: Days) -> date:
    """The first day of the year that is counted: of the calendar's, or of one that starts on another day."""
    month = int((indicator.starts or "01")[:2]) if "-" in indicator.starts else 1
    return date(days.start.year - (days.start.month < month), month, 1)


def _groups(world: World, indicator: Indicator) -> list[str]:
    """The names by which groups are averaged: all that surely stand anywhere in the ledger, and every choice of its
    column; a name that may be another's is of its own only in those ways in which its row has it."""
    column = indicator.shape.averaged
    if not column:
        return []
    ledger = indicator.shape.measures["denominator"].ledger
    files = [one for one in world.files if one.ledger.id == ledger]
    rows = [row for one in files for row in (*one.rows, *one.elsewhere) if row.ways is not None]
    named = [{one[column] for way in row.ways or () for one in way[:1]} for row in rows]
    return sorted(
        {str(name) for names in named if len(names) == 1 for name in names if name not in (None, NEW)}
        | {*yaml.safe_load(LEDGERS[ledger].columns[column]).get("values", ())}
    ) or [NOTHING]


def _placed(indicator: Indicator, groups: Sequence[str], parts: list[Part]) -> Iterator[list[Part]]:
    """Where groups are averaged: every way in which those without one belong to one."""
    lost = [part for part in parts if part[0] is None] if indicator.shape.averaged else []
    if not lost:
        yield parts
        return
    known = [part for part in parts if part[0] is not None]
    for chosen in product(sorted({*groups, *(str(part[0]) for part in known)}), repeat=len(lost)):
        yield [*known, *((group, *part[1:]) for group, part in zip(chosen, lost, strict=True))]


def _outcomes(world: World, indicator: Indicator, parts: list[Part], days: Days) -> Outcomes:
    """Verdict and value in one way, by group."""
    if not indicator.shape.each:
        return {None: _outcome(world, indicator, parts)}
    groups: dict[str | None, list[Part]] = {}
    if indicator.shape.each == WHO:
        groups |= {name: [] for one in indicator.shape.measures.values() for name in world.ledgers[one.ledger]}
    if indicator.shape.among:
        groups |= {name: [] for name in indicator.shape.among(days)}
        unknown = [part for part in parts if isinstance(part[0], Guess) or " " in str(part[0])]
        parts = [part for part in parts if part not in unknown or part[0] in groups]
        if any(part[0] not in groups for part in parts):
            return dict.fromkeys(groups, (UNPLACED if indicator.target else "monitored", None))
    for part in parts:
        groups.setdefault(part[0] or NOTHING, []).append(part)
    return {group: _outcome(world, indicator, mine, group) for group, mine in groups.items()}


def _outcome(
    world: World, indicator: Indicator, parts: Sequence[Part], group: str | None = None
) -> tuple[str, Fraction | None]:
    shape = indicator.shape
    if shape.every_department:
        there = {part[1] for part in parts if part[2][0] is not OUT}
        if there != set(world.ledgers[shape.measures["value"].ledger]):
            zero = indicator.zero or "not_applicable"
            return "undefined" if zero in ("attained", "missed") else zero, None
    value = _averaged(indicator, parts) if shape.averaged else _value(indicator, list(shape.measures), parts)
    return _judged_by(indicator, value, group)


def _judged_by(indicator: Indicator, value: Fraction | None, group: str | None) -> tuple[str, Fraction | None]:
    """What a value comes to."""
    if value is None:
        return indicator.zero or "not_applicable", None
    bounds = indicator.bounds(group)
    if not bounds:
        return "monitored", value
    return "attained" if all(COMPARES[sign](value, limit) for sign, limit in bounds) else "missed", value


def _averaged(indicator: Indicator, parts: Sequence[Part]) -> Fraction | None:
    groups: dict[str | None, list[Part]] = {}
    for part in parts:
        groups.setdefault(part[0], []).append(part)
    rates = [
        rate
        for mine in groups.values()
        if (rate := _value(indicator, list(indicator.shape.measures), mine)) is not None
    ]
    return sum(rates, Fraction()) / len(rates) if rates else None


def _value(indicator: Indicator, names: Sequence[str], parts: Sequence[Part]) -> Fraction | None:
    measures = list(indicator.shape.measures.values())
    if not measures:
        return None
    taken = {
        name: _taken(one.kind, [part[2][at] for part in parts])
        for at, (name, one) in enumerate(zip(names, measures, strict=True))
    }
    if indicator.shape.formula:
        try:
            return Fraction(indicator.shape.formula(taken))
        except (ZeroDivisionError, TypeError):  # divided by nothing, or of what there is none
            return None
    if "denominator" in taken:
        return Fraction(taken["numerator"], taken["denominator"]) if taken["denominator"] else None
    return None if taken["value"] is None else Fraction(taken["value"])


def _taken(kind: str, amounts: Sequence[Any]) -> Any:
    counted = [amount for amount in amounts if amount is not OUT]
    known = [amount for amount in counted if amount is not None]
    match kind:
        case "count":
            return len(counted)
        case "sum":
            return sum(known, Fraction())
        case "distinct":
            return len(set(known))
        case "union":
            return covered(known)
        case "spans":
            return known
        case _ if not known:
            return None
        case "mean":
            return mean(known)
        case "median":
            return at_share(known, Fraction(1, 2))
        case "percentile":
            return at_share(known, Fraction(3, 4))
        case "nearest":
            return sorted(known)[-(-3 * len(known) // 4) - 1]
        case "max":
            return max(known)
        case _:
            return min(known)


def covered(spans: Iterable[tuple[datetime, datetime]]) -> int:
    """The time that is covered, in microseconds."""
    total, until = 0, datetime.min
    for start, end in sorted(spans):
        total += max(timedelta(), end - max(start, until)) // timedelta(microseconds=1)
        until = max(until, end)
    return total


# ---- what has to be there


def _proven(world: World, end: date) -> set[tuple[str, str, Month]]:
    """The months that are there; of the one in which a file was made its days until then, for what ends among them."""
    found = {(one.ledger.id, one.department, month) for one in world.files for month in one.proves}
    made = [one for one in world.files if one.until and end <= one.until + timedelta(1)]
    found |= {(one.ledger.id, one.department, (one.until.year, one.until.month)) for one in made if one.until}
    for ledger, departments in world.last_year.items():
        found |= {(ledger, department, (YEAR - 1, 12)) for department in departments}
    return found


def _demanded(world: World, indicator: Indicator, days: Days) -> set[tuple[str, str, Month]]:
    """What has to be handed in: where rows may lie in earlier files, all of the year."""
    found: set[tuple[str, str, Month]] = set()
    for one in indicator.parts:
        reach = indicator.shape.reach
        found |= _demanded(world, one, days._replace(start=later(days.end, -reach)) if reach else days)
    measures = indicator.shape.measures.values()
    to_date = months_between(_year_of(indicator, days), days.end)
    back = any(one.date or one.window in ("until_end", "year_to_date") for one in measures)
    for one in measures:
        start, end = window(one, indicator, days)[:2]
        if LEDGERS[one.ledger].date not in LEDGERS[one.ledger].columns:
            start = end - timedelta(1)
        wanted = to_date if back else months_between(start - timedelta(indicator.shape.back), end)
        if "carries" in world.more.get(one.ledger, "") and (one.date or one.window == "until_end"):
            wanted = months_between(*days[:2])  # each file has what is earlier
        wanted = [*wanted, (YEAR - 1, 12)] if one.window == "until_end" else wanted
        found |= {(one.ledger, who, month) for who in world.ledgers[one.ledger] for month in wanted}
    for name in indicator.shape.looks:
        found |= {(name, who, month) for who in world.ledgers[name] for month in months_between(*days[:2])}
    return found


# ---- what the program says


def catalogue_of(world: World) -> Catalogue:
    catalogue, problems = load(world.yaml, "kpi.yaml")
    assert catalogue, [str(problem) for problem in problems]
    return catalogue


def report_of(world: World, *, kept: bool = False) -> Report:
    """The program's report over the files as grids; over tables as they are `kept` for the next time."""
    catalogue = catalogue_of(world)
    raws = {name: [one.export(catalogue) for one in world.files if one.ledger.id == name] for name in world.ledgers}
    seen = days_of(world.asked)[1] - timedelta(1)
    ledgers = Readings(catalogue, sorted(raws), [], raws, [], True).until(seen)
    period = parse_period(world.asked)
    assert period
    tables = {name: from_rows(to_rows(table)) if kept else table for name, table in ledgers.tables.items()}
    return evaluate(catalogue, tables, period, as_of=seen, problems=ledgers.problems)


def from_files(world: World, folder: Path) -> Report | None:
    """The same over real workbooks, by the way of the command line; None where they can't be written so."""
    if any(one.saved for one in world.files):
        return None
    (folder / "kpi.yaml").write_text(world.yaml, encoding="utf-8")
    books: dict[Path, openpyxl.Workbook] = {}
    for one in world.files:
        path = folder / "data" / (one.path if one.readable else one.path.replace("_", " "))
        path.parent.mkdir(parents=True, exist_ok=True)
        if one.format == "csv":
            with path.open("w", encoding="utf-8-sig", newline="") as stream:
                csv.writer(stream).writerows(one.lines)
        else:
            write_sheet(one, books.setdefault(path, openpyxl.Workbook()))
    for path, book in books.items():
        del book["Sheet"]
        book.save(path)
    (folder / "data").mkdir(exist_ok=True)
    seen = str(days_of(world.asked)[1] - timedelta(1))
    inputs = Inputs(folder / "kpi.yaml", folder / "data", seen, cached=False, every=True)
    return evaluate_files(inputs, world.asked).report


def write_sheet(file: File, book: openpyxl.Workbook) -> None:
    """The file's sheet, every cell a text."""
    sheet = book.create_sheet(file.sheet)
    for row, line in enumerate(file.lines, 1):
        for column, text in enumerate(line, 1):
            if text:
                sheet.cell(row, column, text)
    grid = file.grid
    for top, left, below, right in grid.merges:
        sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=below + 1, end_column=right + 1)
    for row in grid.hidden_rows:
        sheet.row_dimensions[row + 1].hidden = True


# ---- both


@dataclass(frozen=True)
class Finding:
    """Where the two differ: `false firm`, `false interval`, `needless doubt`."""

    kind: str
    indicator: str
    period: str
    group: str | None
    said: str
    possible: str
    known: str = ""

    def __str__(self) -> str:
        group = f" [{self.group}]" if self.group else ""
        return (
            f"{self.known}{self.kind}: {self.indicator} {self.period}{group}: says {self.said}; may be {self.possible}"
        )


def findings(world: World, report: Report, tally: "Tally | None" = None) -> list[Finding]:
    """Where the program's report differs from what may be."""
    found: list[Finding] = []
    for indicator in world.indicators:
        said: dict[str, dict[str | None, Assessment]] = {}
        for item in report.assessments:
            if item.indicator == indicator.id:
                said.setdefault(str(item.period), {})[item.group] = item
        for period, groups in said.items():
            wrong = _differ(world, indicator, period, groups, tally=tally)
            for fault in (*world.faults, ALL_FAULTS) if wrong and world.faults else ():
                still = {one.group for one in _differ(world, indicator, period, groups, fault)}
                wrong = [one if one.known or one.group in still else replace(one, known=fault) for one in wrong]
            found += wrong
    return found


def _differ(
    world: World,
    indicator: Indicator,
    period: str,
    groups: Mapping[str | None, Assessment],
    fault: str = "",
    tally: "Tally | None" = None,
) -> list[Finding]:
    may = possible(world, indicator, period, days_of(world.asked)[1], fault)
    nothing = may.pop(NOBODY)
    found = []
    for group in {**groups, **may}:
        item, one = groups.get(group), may.get(group, nothing)
        if item is None and (one.absent or one.missing or one.verdicts == {"not_applicable"}):
            continue
        kind = "false firm" if item is None else _judged(item, one) or _graded(indicator, item, one)
        if tally:
            tally.seen(indicator, one, kind)
        if kind:
            shown = f"{item.verdict.value} {item.value} [{item.lowest}, {item.highest}]" if item else "nothing"
            shown += f" {dict(item.beside)}" if item and item.beside else ""
            known = _known(world, indicator, item, kind) if item else ""
            found.append(Finding(kind, indicator.id, period, group, shown, _told(one), known))
    return found


def _known(world: World, indicator: Indicator, item: Assessment, kind: str) -> str:
    """Which known imprecision the difference may come from."""
    name = indicator.shape.id
    if kind != "needless doubt":
        return ""
    if indicator.shape.shows:
        return wider_worlds.imprecision_of(world, name, item)
    if name in ("worth", "mean_span", "mean_answer", "longest", "machine_days") and item.lowest is None:
        return "a span or product is not known to be at least 0"
    if name in ("score", "score_of_all", "lowest_score") and item.highest is None:
        return "a maximum bounds nothing"
    if name in ("not_done", "stock_a_ticket", "stock_a_ticket_each", "undone_each", "closed_to_opened", "passed"):
        return "one row's doubt in two measures is taken as two"
    if (item.lowest, item.highest) == (0, 1) and {"several records in a row", "a part above its whole"} & {
        *world.slips
    }:
        return "a share that may be near 0 or 1 is thought to reach it"
    return ""


def _judged(item: Assessment, one: Possible) -> str:
    """What is wrong with what is said of one assessment, '' where nothing is."""
    verdict = item.verdict.value
    if item.verdict is Verdict.IN_PROGRESS:
        return "" if one.missing or _holds(item, one) else "false interval"
    if item.verdict is Verdict.UNVERIFIED:
        if len(one.verdicts) == 1 and UNPLACED not in one.verdicts:
            return "needless doubt"
    elif one.verdicts != {verdict} and not (verdict == "monitored" and one.verdicts <= {"monitored", "not_applicable"}):
        return "needless doubt" if verdict == "missing_data" and one.missing else "false firm"
    return "" if one.missing or _holds(item, one) else "false interval"


def _graded(indicator: Indicator, item: Assessment, one: Possible) -> str:
    """What is wrong with the grades that are said."""
    if not indicator.shape.graded or one.missing or not one.values:
        return ""
    may = {*map(indicator.shape.graded, one.values)}
    said = {*dict(item.beside).get("等级", "").split("或")} - {""}
    if not may <= said:
        return "false interval"
    return "needless doubt" if said != may and len(one.values) == 1 and not one.absent else ""


def _holds(item: Assessment, one: Possible) -> bool:
    """Whether the interval that is shown holds every value that may be."""
    if not one.values or (item.value is None and item.lowest is None and item.highest is None):
        return True
    low, high = item.lowest, item.highest
    return (low is None or low <= min(one.values)) and (high is None or max(one.values) <= high)


def _told(one: Possible) -> str:
    values = f"{min(one.values)}..{max(one.values)}" if one.values else "no value"
    return f"{'/'.join(sorted(one.verdicts))} {values} in {one.ways} ways"


def shown(world: World) -> str:
    """The world as text."""
    lines = [f"seed {world.seed}, asked {world.asked}, slips {world.slips}", world.yaml]
    for one in world.files:
        lines.append(f"--- {one.path}!{one.sheet}  (proves {sorted(one.proves)}, saved {one.saved})")
        lines += [" | ".join(line) for line in one.lines]
        for row in one.rows:
            if row.ways is None or len(row.ways) != 1:
                at = one.lines.index([row.cells.get(column, "") for column, _ in one.headings])
                lines.append(f"  ways of line {at + 1}: {'see another row' if row.ways is None else ''}")
                lines += [f"    {[{k: str(v) for k, v in record.items()} for record in way]}" for way in row.ways or ()]
    return "\n".join(lines)


@dataclass
class Tally:
    """What a run has seen, by kind of slip."""

    worlds: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, Counter[str]] = field(default_factory=dict)
    shown: dict[str, Counter[str]] = field(default_factory=dict)
    assessments: int = 0
    skipped: int = 0
    failures: list[tuple[int, Finding]] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        kinds = Counter(finding.kind for _, finding in self.failures if not finding.known)
        needless = kinds.pop("needless doubt", 0)
        return bool(kinds) or needless * 1000 > max(1, self.assessments)

    def seen(self, indicator: Indicator, one: Possible, kind: str) -> None:
        """Counts what each function and window of an indicator was seen in."""
        for name in indicator.shape.shows:
            row = self.shown.setdefault(name, Counter())
            row["seen"] += 1
            row["wrong"] += bool(kind)
            if not one.missing and len(one.values) > 1:
                row["open" if len(one.verdicts) > 1 else "firm"] += 1

    def functions(self) -> str:
        """By function and window: how often it was seen, and of these in doubt, with an open and a firm verdict."""
        lines = [f"{'function or window':<36}{'assessments':>12}{'doubt, open':>13}{'doubt, firm':>13}{'differ':>8}"]
        for name, row in sorted(self.shown.items()):
            lines.append(f"{name:<36}{row['seen']:>12}{row['open']:>13}{row['firm']:>13}{row['wrong']:>8}")
        return "\n".join(lines)

    def table(self) -> str:
        lines = [f"{'slip':<36}{'worlds':>8}{'false firm':>12}{'false interval':>16}{'needless doubt':>16}{'known':>7}"]
        for name in ["(none)", *sorted(self.worlds.keys() - {"(none)"})]:
            row = self.wrong.get(name, Counter())
            kinds = [row["false firm"], row["false interval"], row["needless doubt"], row["known"]]
            lines.append(f"{name:<36}{self.worlds[name]:>8}{kinds[0]:>12}{kinds[1]:>16}{kinds[2]:>16}{kinds[3]:>7}")
        known = Counter(f"known: {finding.known}: {finding.kind}" for _, finding in self.failures if finding.known)
        return "\n".join([*lines, *(f"{count:>6} {name}" for name, count in sorted(known.items()))])


def run(seed: int, worlds: int, step: int = 1, *, kept: bool = False) -> Tally:
    """The worlds from this seed on, each held against the program; with a `step` of 2 the wider ones alone."""
    tally = Tally()
    for at in range(seed, seed + worlds * step, step):
        world = draw(at)
        try:
            report = report_of(world, kept=kept)
            found = findings(world, report, tally)
        except TooManyWaysError:
            tally.skipped += 1
            continue
        if at % 101 == 0:  # of each kind of world
            found += _read_otherwise(world, report)
        tally.assessments += len(report.assessments)
        for name in world.slips or ["(none)"]:
            tally.worlds[name] += 1
            tally.wrong.setdefault(name, Counter()).update("known" if one.known else one.kind for one in found)
        tally.failures += [(at, one) for one in found]
    return tally


def _read_otherwise(world: World, report: Report) -> list[Finding]:
    """Where real files say something else than the grids."""
    with tempfile.TemporaryDirectory() as folder:
        again = from_files(world, Path(folder))
    pairs = zip(report.assessments, again.assessments, strict=True) if again else ()
    return [
        Finding("false firm", one.indicator, str(one.period), one.group, f"as files {other}", f"as grids {one}")
        for one, other in pairs
        if one != other
    ]


def draw(seed: int) -> World:
    """The world of a seed: an older one, or one of a wider grammar."""
    match seed % 12:
        case 1:
            return make_world(seed, wider_worlds.clean)
        case 7:
            return outer_worlds.make(seed)
        case 3:
            return make_world(seed, deeper_worlds.clean)
        case 9:
            return make_world(seed, further_worlds.clean)
        case 5 | 11:
            return sideways_worlds.make(seed)
        case _:
            return make_world(seed)


def say(*lines: object, sep: str = " ") -> None:
    sys.stdout.write(sep.join(map(str, lines)) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--step", type=int, default=1, help="2: from an odd seed, worlds of the wider grammar alone")
    parser.add_argument("--kept", action="store_true", help="over tables as they are kept for the next time")
    parser.add_argument("--show", action="store_true")
    chosen = parser.parse_args(arguments)
    if chosen.show:
        for at in range(chosen.seed, chosen.seed + chosen.worlds * chosen.step, chosen.step):
            world = draw(at)
            report = report_of(world, kept=chosen.kept)
            say(shown(world))
            for item in report.assessments:
                say(
                    f"says {item.indicator} {item.period} {item.group or ''} {item.verdict.value} {item.display} "
                    f"[{item.lowest}, {item.highest}]"
                )
            for indicator in world.indicators:
                for period in dict.fromkeys(
                    str(item.period) for item in report.assessments if item.indicator == indicator.id
                ):
                    for group, one in possible(world, indicator, period, days_of(world.asked)[1]).items():
                        say(f"may be {indicator.id} {period} {group or ''}: {_told(one)}")
            say(*map(str, report.problems), *findings(world, report), sep="\n")
    began = time.perf_counter()
    tally = run(chosen.seed, chosen.worlds, chosen.step, kept=chosen.kept)
    say(tally.table(), tally.functions(), sep="\n\n")
    for at, finding in tally.failures:
        if not finding.known or chosen.show:
            say(f"--seed {at}: {finding}")
    say(f"{tally.assessments} assessments, {tally.skipped} worlds skipped, {time.perf_counter() - began:.1f} s")
    return int(tally.failed)


if __name__ == "__main__":
    sys.exit(main())
