"""Questionnaires: the rows of a customer survey -> who returned how many, how the scores lie, what was written.

Source: section 3.7 of the plan. Convention: whether a row is of the survey comes from the engine (`sure`, or perhaps);
rows of one key are `variants` of one answer. Counts are from `sure` to `most`. In the sets of names that something may
be of, None is anybody: the cell can't be read, or nobody is named. What can't be known is listed, not guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.ledgers import Record
from itss_kpi.catalogue.plan import CustomerSurvey
from itss_kpi.core.jsonable import as_json, picked, published
from itss_kpi.core.period import Period
from itss_kpi.core.text import BLANK_GROUP
from itss_kpi.engine.trace import trace
from itss_kpi.plan.records import records
from itss_kpi.tables.table import Table

MOST_SCORES = 11
"""Scores of one scale that are listed one by one: as many as from 0 to 10."""


@published("returned=sure returned_at_most=most")
@dataclass(frozen=True, slots=True)
class Count:
    """How many questionnaires there are for certain, and at most."""

    sure: int = 0
    most: int = 0

    def share(self, sent: int) -> tuple[Fraction, Fraction]:
        """The response of so many that were sent, at least and at most."""
        return Fraction(self.sure, sent), Fraction(self.most, sent)


@dataclass(frozen=True, slots=True)
class Band:
    """How many lie from `low` (included) to below `high` (None: all above)."""

    low: Fraction
    high: Fraction | None
    count: int


@dataclass(frozen=True, slots=True)
class Scale:
    """The answers with one full mark: how many of each score, and of each band."""

    full: Fraction
    scores: tuple[tuple[Fraction, int], ...]
    bands: tuple[Band, ...]

    @property
    def many(self) -> bool:
        """Whether the scores are too many to be listed, and there are bands."""
        return len(self.scores) > MOST_SCORES and bool(self.bands)


@as_json.register
def _(scale: Scale) -> dict[str, Any]:
    scores = [{"score": str(score), "count": count} for score, count in scale.scores]
    return picked(scale, "full scores bands") | {"scores": scores}


@dataclass(frozen=True, slots=True)
class Distribution:
    """Questionnaires by the mean of score / full mark over their answers (no `bands` where the catalogue has none), and
    answers by score. Doubtful ones and those without a score are counted apart."""

    bands: tuple[Band, ...]
    doubtful: int
    unscored: int
    scales: tuple[Scale, ...]
    doubtful_answers: int
    unscored_answers: int


@as_json.register
def _(found: Distribution) -> dict[str, Any]:
    return {
        "questionnaires": picked(found, "bands doubtful unscored"),
        "answers": picked(found, "scales doubtful=doubtful_answers unscored=unscored_answers"),
    }


@published("project? customer? questionnaire? text doubtful places")
@dataclass(frozen=True, slots=True)
class Remark:
    """What was written, and where. `doubtful`: it isn't certain that it is of the survey, or which variant holds."""

    project: str
    customer: str
    questionnaire: str
    text: str
    places: tuple[str, ...]
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row of which something can't be known, and what."""

    place: str
    reasons: tuple[str, ...]


@published("questionnaire=number? customer? project? share doubtful places")
@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One that came back (not `doubtful`: for certain), whose it is, and its rows. `share`: the mean of score / full
    mark over its answers; None where none has a score, or where it can't be known."""

    number: str
    customer: str
    project: str
    share: Fraction | None
    doubtful: bool
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the survey; `sure`: it is of the survey for certain; `variants`: the rows that have its key."""

    record: Record
    sure: bool
    variants: tuple[Record, ...]

    def surely(self, column: str) -> str | None:
        """The text of a column on which all variants agree; None where nobody can tell."""
        texts = {one.text(column) for one in self.variants}
        unread = any(column in one.unread for one in self.variants)
        return texts.pop() if self.sure and len(texts) == 1 and not unread else None


Names = tuple[set[str], set[str | None]]
"""Whom (or what) something is of for certain, and whom it may be of."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A questionnaire: its rows, whether it was returned for certain, and whose it is."""

    sure: bool
    rows: tuple[Row, ...]
    customers: Names

    def names(self, column: str) -> Names:
        """The groups of a column that it answers."""
        sure = {text or BLANK_GROUP for row in self.rows if (text := row.surely(column)) is not None}
        return (sure if self.sure else set()), {_group(row.record, column) for row in self.rows}

    def texts(self, column: str) -> str:
        """What stands in a column, each text once."""
        return "、".join(dict.fromkeys(text for row in self.rows if (text := row.record.text(column))))


def _group(record: Record, column: str) -> str | None:
    return None if column in record.unread else record.text(column) or BLANK_GROUP


# ---- rows and questionnaires


def survey_rows(catalogue: Catalogue, table: Table, indicator: Indicator, year: Period, as_of: date) -> list[Row]:
    """The ledger's rows of which the indicator is made in the year, and those of which that isn't certain."""
    traced = trace(catalogue, {table.source: table}, _counting(indicator), year, as_of)
    exports = table.exports
    found = {
        (exports[one.export].path, exports[one.export].sheet, one.row): one
        for one in traced
        if one.kind in ("counted", "doubtful")
    }
    listed = [one for one in records(catalogue.sources[table.source], table, Record) if one.place in found]
    variants: dict[int, list[Record]] = defaultdict(list)
    for one in listed:
        variants[found[one.place].conflict].append(one)
    written = Counter(table.rows["_conflict"].to_list())
    return [
        # a variant that isn't of the survey leaves open whether the others are
        Row(
            one,
            row.kind == "counted" and len(variants[row.conflict]) == written[row.conflict],
            tuple(variants[row.conflict]),
        )
        if row.conflict
        else Row(one, row.kind == "counted", (one,))
        for one, row in ((one, found[one.place]) for one in listed)
    ]


def _counting(indicator: Indicator) -> Indicator:
    """An indicator that counts the rows of which the declared one is made: each once, whatever its score."""
    measures = indicator.all_measures
    whole = measures.get("denominator") or next(iter(measures.values()))
    counted = Measure(measure="count", source=whole.source, where=whole.where, date=whole.date, window=whole.window)
    return Indicator(
        id=indicator.id,
        number=indicator.number,
        domain=indicator.domain,
        name=indicator.name,
        formula="",
        period=indicator.period,
        value=counted,
    )


def sheets_of(survey: CustomerSurvey, customer: str, rows: Iterable[Row]) -> list[Sheet]:
    """The questionnaires; `customer` is the column with the customers' declared names."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        number = row.record.text(survey.questionnaire)
        # a row without a number may be a questionnaire of its own
        found[number, "" if number else row.record.shown_place].append(row)
    return [_sheet(survey, customer, mine) for mine in found.values()]


def _sheet(survey: CustomerSurvey, customer: str, rows: Sequence[Row]) -> Sheet:
    sure = any(row.surely(survey.questionnaire) for row in rows)
    return Sheet(sure, tuple(rows), _whose(customer, rows, sure=sure))


def _whose(customer: str, rows: Sequence[Row], *, sure: bool) -> Names:
    """The one customer that is named, whether or not in each row; with several names nobody can tell."""
    named = {name for row in rows if (name := row.record.text(customer))}
    certain = {text for row in rows if (text := row.surely(customer))}
    if named:
        return (certain if sure and len(named) == 1 else set()), set(named)
    unread = any(customer in row.record.unread for row in rows)
    return ({BLANK_GROUP} if sure and not unread else set()), {None, BLANK_GROUP}


def listed(survey: CustomerSurvey, customer: str, sheets: Iterable[Sheet]) -> list[Questionnaire]:
    """The questionnaires as shown, in order of their first rows."""
    return [
        Questionnaire(
            sheet.rows[0].record.text(survey.questionnaire),
            sheet.texts(customer),
            sheet.texts(survey.project) if survey.project else "",
            (mean := _mean(survey, sheet)).score,
            bool(mean.doubt),
            tuple(row.record.shown_place for row in sheet.rows),
        )
        for sheet in sheets
    ]


def counted(sheets: Iterable[Sheet]) -> Count:
    """All the questionnaires."""
    found = list(sheets)
    return Count(sum(one.sure for one in found), len(found))


def counts_by(sheets: Iterable[Sheet], names_of: Callable[[Sheet], Names], names: Iterable[str]) -> dict[str, Count]:
    """The questionnaires of each of the names."""
    found = [names_of(sheet) for sheet in sheets]
    return {
        name: Count(sum(name in sure for sure, _ in found), sum(bool(most & {name, None}) for _, most in found))
        for name in names
    }


# ---- how the scores lie


@dataclass(frozen=True, slots=True)
class _Mark:
    """An answer: a score of a full mark, or a `doubt`; neither where none was given."""

    score: Fraction | None = None
    full: Fraction = Fraction(1)
    doubt: str = ""

    @property
    def share(self) -> Fraction | None:
        return None if self.score is None else self.score / self.full


def _mark(survey: CustomerSurvey, row: Row) -> _Mark:
    record = row.record
    unread = [column for column in (survey.score, survey.full) if column in record.unread]
    if unread:
        return _Mark(doubt=f"“{unread[0]}”读不出来")
    score = record.cells[survey.score]
    full = record.cells[survey.full] if survey.full else Fraction(survey.scale or 0)
    if score is None:
        return _Mark()
    if full is None or full <= 0:
        return _Mark(doubt="没有大于 0 的满分")
    if score > full:
        return _Mark(doubt=f"“{survey.score}”大于满分")
    return _Mark(score, full, "" if row.sure and len(row.variants) == 1 else "不知是否计入")


def distribution(survey: CustomerSurvey, rows: Iterable[Row], sheets: Iterable[Sheet]) -> Distribution:
    """How the scores lie: each answer once, whatever variants it has."""
    by_sheet = [_mean(survey, sheet) for sheet in sheets]
    firsts = [row for row in rows if row.record is row.variants[0]]
    marks = [_mark(survey, row) for row in firsts]
    sure = [mark for mark in marks if mark.score is not None and not mark.doubt]
    return Distribution(
        tuple(_bands(survey, [mean.score for mean in by_sheet if mean.score is not None])),
        sum(bool(mean.doubt) for mean in by_sheet),
        by_sheet.count(_Mark()),
        tuple(_scales(survey, sure)),
        sum(bool(mark.doubt) for mark in marks),
        marks.count(_Mark()),
    )


def _mean(survey: CustomerSurvey, sheet: Sheet) -> _Mark:
    """The mean of the questionnaire's shares, as a mark of 1."""
    marks = [_mark(survey, row) for row in sheet.rows]
    if not sheet.sure or any(mark.doubt for mark in marks):
        return _Mark(doubt="存疑")
    shares = [share for mark in marks if (share := mark.share) is not None]
    return _Mark(sum(shares, Fraction(0)) / len(shares)) if shares else _Mark()


def _bands(survey: CustomerSurvey, shares: Sequence[Fraction]) -> Iterator[Band]:
    if not survey.bands:
        return
    lows = [Fraction(0), *(Fraction(low, 100) for low in survey.bands)]
    for at, low in enumerate(lows):
        high = lows[at + 1] if at + 1 < len(lows) else None
        # what is less than nothing is of the first
        inside = [share for share in shares if (at == 0 or share >= low) and (high is None or share < high)]
        yield Band(low, high, len(inside))


def _scales(survey: CustomerSurvey, marks: Sequence[_Mark]) -> Iterator[Scale]:
    for full in sorted({mark.full for mark in marks}):
        scores = [mark.score for mark in marks if mark.full == full and mark.score is not None]
        listed = tuple(sorted(Counter(scores).items(), reverse=True))
        yield Scale(full, listed, tuple(_bands(survey, [score / full for score in scores])))


# ---- what was written, and what can't be known


def remarks_of(survey: CustomerSurvey, customer: str, rows: Iterable[Row]) -> list[Remark]:
    """The remarks by project and place; one that stands in several rows of a questionnaire is one."""
    found: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if text := row.record.text(survey.remarks or "").strip():
            # in the terminal's table a remark stands below its project, though nobody wrote which
            project = row.record.text(survey.project) or BLANK_GROUP if survey.project else ""
            found[project, row.record.text(survey.questionnaire), text].append(row)
    return sorted((_remark(customer, *key, mine) for key, mine in found.items()), key=lambda one: one.project)


def _remark(customer: str, project: str, number: str, text: str, rows: Sequence[Row]) -> Remark:
    names = dict.fromkeys(name for row in rows if (name := row.record.text(customer)))
    places = tuple(row.record.shown_place for row in rows)
    doubtful = not any(row.sure and len(row.variants) == 1 for row in rows)
    return Remark(project, "、".join(names), number, text, places, doubtful)


def doubts_of(survey: CustomerSurvey, columns: Iterable[str], sheets: Iterable[Sheet]) -> list[Doubt]:
    """The rows of which something can't be known, in order of file, sheet and row; `columns` are those declared."""
    declared = list(columns)
    found: dict[tuple[str, str, int], Doubt] = {}
    for sheet in sheets:
        shared = _doubts_of_sheet(sheet)
        for row in sheet.rows:
            reasons = [*_doubts_of_row(survey, declared, row), *shared]
            if reasons:
                found[row.record.place] = Doubt(row.record.shown_place, tuple(dict.fromkeys(reasons)))
    return [found[place] for place in sorted(found)]


def _doubts_of_row(survey: CustomerSurvey, columns: Iterable[str], row: Row) -> Iterator[str]:
    if row.record.disputed:
        yield "同一编号的几行内容不同,或没有编号、所在的工作表不知是否计入"
    yield from (f"“{name}”读不出来" for name in columns if name in row.record.unread)
    if not row.record.disputed and (mark := _mark(survey, row)).doubt and row.sure:
        yield mark.doubt


def _doubts_of_sheet(sheet: Sheet) -> Iterator[str]:
    _, named = sheet.customers
    if None in named:
        yield "没有写明客户"
    elif len(named) > 1:
        yield f"同一份问卷写了几个客户:{'、'.join(sorted(filter(None, named)))}"
