"""Dates against the time of their file: whether the file is that of another period, until when it can answer, and which
rows may be of another day than is written.

Convention: days are compared as microseconds, as the typed columns hold them. A date next to its file's time is no
reason for anything: exports begin and end so. `earlier`: rows from before are normal (a roster, a backlog).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.catalogue.ledgers import RECORDS
from itss_kpi.catalogue.usage import PLANNED
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.stated import Days
from itss_kpi.tables.columns import TypedColumn
from itss_kpi.tables.rows import Rows, edges_of, named_keys, numbers_of
from itss_kpi.tables.sheets.body import cell_place, is_filled, matches
from itss_kpi.tables.sheets.cover import common, done_until, saved_early
from itss_kpi.tables.sheets.data_rows import Piece, each_row, placed

ALWAYS: Days = (date.min, date.max)
_DAY = 86_400_000_000
_WEEK, _MONTH = 7 * _DAY, 31 * _DAY
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class RowTimes:
    """For each row the time `[start, end)` that its file speaks of; whether it is `astray` (its date is in another year
    and it may be of its file's time); and whether its date lies `apart` from that time."""

    start: np.ndarray
    end: np.ndarray
    astray: np.ndarray
    apart: np.ndarray


def settle_covers(rows: Rows) -> Iterator[Problem]:
    """Take from the pieces the days for which they don't answer: those of another period's file, and those after the
    day on which it was saved."""
    if rows.source.date is None or rows.name in RECORDS:
        return
    _cut_to_numbered(rows)
    elsewhere: list[int] = []
    for at, piece in enumerate(rows.pieces):
        dates = _dates(rows, at)
        made = _made_before(rows, at)
        if piece.time and (made or (len(dates) and _is_elsewhere(dates, piece.time, rows.usage.earlier))):
            here = _inside(dates, piece.time).sum()
            what = f"{len(dates)} 行有日期,只有 {here} 行" if here else "没有一行的日期"
            what = f"日期都没有写年,而表是 {made} 制的,没有一行" if made else what
            yield Problem("D111", f"{what}在所写的考核期内", piece.raw.place)
            piece.covers = piece.time = None  # of a file that is another period's the name isn't believed
            elsewhere.append(at)
    _doubt_strays(rows, elsewhere)
    for path, group in groupby(enumerate(rows.pieces), key=lambda item: item[1].raw.path):
        mine = list(group)
        if rows.usage.earlier and (rows.source.carries or all(_is_list(rows, at) for at, _ in mine)):
            continue
        latest = [int(dates.max()) for at, _ in mine if len(dates := _dates(rows, at, filled=True))]
        last = (_EPOCH + timedelta(microseconds=max(latest))).date() if latest else None
        yield from _cut_at_saving(rows, path, [piece for _, piece in mine], last)


def _cut_to_numbered(rows: Rows) -> None:
    """Take the sheets of a file that are called 1, 2, 3 and hold nothing but days of that month for its months."""
    for _, group in groupby(enumerate(rows.pieces), key=lambda item: item[1].raw.path):
        found: dict[int, Days] = {}
        for at, piece in group:
            name, dates = piece.raw.grid.sheet.strip(), _dates(rows, at)
            month = _month_of(piece.time[0].year, int(name)) if name in _NUMBERED and piece.time else None
            if month is None or not (len(dates) and _inside(dates, month).all()):
                found.clear()
                break
            found[at] = month
        for at, month in found.items() if len(found) >= _TABS else ():
            piece = rows.pieces[at]
            piece.time, covers = common([month, piece.time or month]), piece.covers
            piece.covers = common([month, covers]) if covers else None


_NUMBERED, _TABS = {str(number) for number in range(1, 13)}, 3


def _month_of(year: int, month: int) -> Days:
    period = Period(PeriodKind.MONTH, year, month)
    return period.start, period.end


def _made_before(rows: Rows, at: int) -> date | None:
    """The day, in the years before its time, on which a sheet was made whose days have no year: they are of another."""
    piece, column, mine = rows.pieces[at], rows.typed[rows.source.date or ""], rows.export == at
    start = piece.time[0] if piece.time else date.min
    made = [day for day in piece.made if timedelta(0) < start - day < _TWO_YEARS]
    bare = matches(column.texts, _WITHOUT_YEAR) if made else mine
    return min(made) if made and column.there[mine].any() and bare[mine & column.there].all() else None


_TWO_YEARS = timedelta(731)


def doubt_newcomers(rows: Rows) -> Iterator[Problem]:
    """Doubt the rows of a list that are of things and people who came after its time: 入职日期 in the next quarter."""
    came = [one for name, one in rows.typed.items() if one.kind is Kind.INSTANT and _CAME.match(name)]
    for piece, mine in placed(rows.pieces if rows.source.snapshot else ()):
        end = micros_of(piece.covers[1]) if piece.covers else np.iinfo(np.int64).max
        for column in came:
            later = column.there[mine] & (column.values[mine] >= end)
            if later.any():
                piece.doubted |= later
                what = f"{int(later.sum())} 行的“{column.name}”在这份名单的考核期以后,不知该不该算"
                yield Problem("D321", what, piece.raw.place)


_CAME = re.compile("入[职岗库]|到岗|聘用|启用|投[运用产]|上线|购[置买]")


def _doubt_strays(rows: Rows, elsewhere: Sequence[int]) -> None:
    """Doubt the rows of files under another time's name where another file of the department has their time: the dates
    may be those of the workbook that was copied."""
    column = rows.typed[rows.source.date or ""]
    for at in elsewhere:
        piece, mine = rows.pieces[at], rows.export == at
        others = [one.covers for one in rows.pieces if one.raw.department == piece.raw.department and one.covers]
        for days in others:
            piece.doubted |= _inside(column.values[mine], days) & column.there[mine]


def _is_list(rows: Rows, at: int) -> bool:
    """Whether a sheet is a list of what there is, most of which began before its time, and not one of events."""
    dates, time = _dates(rows, at), rows.pieces[at].time
    return time is not None and 2 * int((dates < micros_of(time[0])).sum()) > len(dates)


def _cut_at_saving(rows: Rows, path: str, pieces: Sequence[Piece], last: date | None) -> Iterator[Problem]:
    early = [
        (piece, saved)
        for piece in pieces
        if piece.covers and (saved := saved_early(rows.source, piece.covers, piece.made, last))
    ]
    for piece, saved in early:
        end = done_until(saved)
        piece.covers = (piece.covers[0], end) if piece.covers and piece.covers[0] < end else None
    if early:
        what = f"{min(saved for _, saved in early)} 保存或导出,其中没有那以后的行;那以后的月份按没有交处理"
        yield Problem("D128", what, Place(path))


def row_times(rows: Rows, year: int, problems: list[Problem]) -> RowTimes | None:
    """The rows' dates against the times of their files, the plan's `year` where nothing is stated; None for a table
    without dates. What is astray or far from its file's time is said."""
    if rows.source.date is None or rows.name in RECORDS:
        return None
    column, earlier = rows.typed[rows.source.date], rows.usage.earlier
    whole_year = (date(year, 1, 1), date(year + 1, 1, 1))
    known = edges_of(rows, [piece.time or whole_year for piece in rows.pieces])
    bounds = edges_of(rows, [piece.time or ALWAYS for piece in rows.pieces])
    there = column.there
    after, before = there & (column.values >= known[1]), there & (column.values < known[0])
    lasts = column.values if column.ends is None else column.ends - _DAY  # of a period its last day is near or far
    far = (there & (lasts < known[0] - _MONTH) & (not earlier)) | (there & (column.values >= known[1] + _MONTH))
    years = _years(column.values)
    far &= ~column.sure
    astray = far & ((years < _years(known[0])) | (years > _years(known[1] - 1)))
    odd = np.zeros_like(far)
    if not (earlier or PLANNED.search(rows.source.date)):
        odd = _out_of_order(rows, column.values, there) | _beside_number(rows, column)
        odd &= ~column.sure & ~astray
    problems += _said(rows, astray, odd, far & ~astray & ~odd)
    astray |= odd
    start, end = (np.where(astray, own, any_time) for own, any_time in zip(known, bounds, strict=True))
    by_then = np.minimum(end, _followed(rows))
    return RowTimes(start, np.where(by_then > start, by_then, end), astray, after | before)


def _followed(rows: Rows) -> np.ndarray:
    """The end of the day, in microseconds, on which the first happened that can't lie before a row's date."""
    found = np.full(len(rows.export), np.iinfo(np.int64).max)
    for later, before in rows.usage.orders:
        one = rows.typed[later]
        if before == rows.source.date and one.ends is None:
            found = np.where(one.there & ~one.never, np.minimum(found, one.values // _DAY * _DAY + _DAY), found)
    return found


def _out_of_order(rows: Rows, moments: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The rows of a sheet in the order of its dates whose date lies months from both the one before and the one behind,
    which are near each other: a month or a year was mistyped."""
    found = np.zeros(len(moments), dtype=bool)
    for at in range(len(rows.pieces)):
        mine = np.flatnonzero((rows.export == at) & there)
        days = moments[mine]
        falls = int((np.diff(days) < 0).sum())
        if not 0 < falls <= len(days) // 3 or len(days) < _A_RUN or len(np.unique(days)) < _A_RUN // 2:
            continue  # in its order, or in none
        before, own, behind = days[:-2], days[1:-1], days[2:]
        far = max(_MONTH, _QUARTER * int(np.median(np.abs(np.diff(days)))))
        apart = (own < before - far) | (own > behind + far)
        odd = apart & (before <= behind) & (behind - before <= _MONTH)
        others = np.delete(days, np.flatnonzero(odd) + 1)
        if odd.any() and _SELDOM * odd.sum() <= len(days) and (np.diff(others) >= 0).all():
            found[mine[1:-1][odd]] = True
    return found


def _beside_number(rows: Rows, column: TypedColumn) -> np.ndarray:
    """The rows whose date is weeks from the day in their number, where nearly all numbers have their row's day."""
    found = np.zeros(len(rows.export), dtype=bool)
    name = next((one for one in rows.source.key if one in rows.typed and rows.typed[one].kind is Kind.TEXT), None)
    if name is None or column.ends is not None or len(found) > _BY_HAND:
        return found
    written = pc.extract_regex(pa.array(rows.typed[name].values, pa.string()), _DAY_IN_NUMBER)
    text = pc.struct_field(written, "day") if len(written) else pa.array([], pa.string())
    known = is_filled(text) & column.there
    if int(known.sum()) < _A_RUN:
        return found
    days = pc.strptime(text, format="%Y%m%d", unit="us", error_is_null=True)
    moments = np.asarray(pc.fill_null(days.cast(pa.int64()), 0))
    away = np.abs(column.values // _DAY * _DAY - moments)
    known &= moments > 0
    same, far = known & (away == 0), known & (away >= 2 * _WEEK)
    seldom = int(known.sum()) - int(same.sum()) == int(far.sum()) and _SELDOM * int(far.sum()) <= int(known.sum())
    return far if seldom else found


_BY_HAND = 20_000
_DAY_IN_NUMBER = r"(?:^|[^\d])(?P<day>20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
_QUARTER = 4
_A_RUN, _SELDOM = 8, 6
"""Of how many rows a sheet in order has at least, and how many of them one may be out of it."""


def in_nearest_year(column: TypedColumn) -> None:
    """Days that are written without their year are of the one in which they lie nearest to their file's time: at the
    head of January's file 12月30日 is of the year before."""
    bare = ~column.bad & matches(column.texts, _WITHOUT_YEAR)
    if not bare.any():
        return
    export = each_row(column.pieces, np.arange(len(column.pieces)))
    values = column.values.copy()
    for row in np.flatnonzero(bare).tolist():
        start, end = map(micros_of, column.pieces[export[row]].time or ALWAYS)
        moment = _EPOCH + timedelta(microseconds=int(values[row]))
        leap = (moment.month, moment.day) == (2, 29)
        years = [moment] if leap else [moment.replace(year=moment.year + more) for more in (0, -1, 1)]
        found = [(one - _EPOCH) // timedelta(microseconds=1) for one in years]
        values[row] = min(found, key=lambda day: max(start - day, day - end + 1, 0))
    column.values = values


_WITHOUT_YEAR = r"^\s*[\d\x{ff10}-\x{ff19}]{1,2}\s*月\s*[\d\x{ff10}-\x{ff19}]{1,2}\s*日"


def doubt_first_or_tenth(column: TypedColumn) -> Iterator[Problem]:
    """Doubt the periods written 2022.1, which may be the tenth month that lost its 0: where the file's time has it, and
    no 2022.10 stands beside."""
    found = matches(column.texts, r"^\s*\d{4}\.1\s*$")
    if not found.any() or matches(column.texts, r"^\s*\d{4}\.10\s*$").any():
        return
    for piece, mine in placed(column.pieces):
        if piece.time and piece.time[1] <= date(piece.time[0].year, _TENTH, 1):
            found[mine] = False
    yield from column.doubt("D201", found, f"“{column.name}”可能是 10 月,末尾的 0 丢了")


_TENTH = 10


def doubt_longer(rows: Rows) -> Iterator[Problem]:
    """Doubt the rows of a quarter or a year beside those of all its months, of the same item: they may be their sum."""
    column = rows.dates
    if column is None or column.ends is None or rows.source.date not in rows.source.key:
        return
    item = _items(rows)
    there, lengths = column.there, column.ends - column.values
    longer = np.zeros(len(there), dtype=bool)
    rows_longer = there & (lengths > _MONTH)
    edges = zip(column.values[rows_longer].tolist(), column.ends[rows_longer].tolist(), strict=True)
    for start, end in dict.fromkeys(edges):
        within = there & (column.values >= start) & (column.ends <= end)
        parts = within & (lengths < end - start)
        days = np.bincount(item[parts], lengths[parts] // _DAY, minlength=int(item.max()) + 1)
        longer |= within & (lengths == end - start) & (days[item] == (end - start) // _DAY)
    for piece, mine in rows.having(longer):
        piece.doubted |= longer[mine]
        what = f"{int(longer[mine].sum())} 行的时间里还有同一项各月的行,可能是它们的合计"
        yield Problem("D314", what, rows.place(mine.start + int(longer[mine].argmax())))


def _items(rows: Rows) -> np.ndarray:
    """A number for each row, the same for rows of one item and different times."""
    others = [codes for name, codes in named_keys(rows) if name != rows.source.date]
    return numbers_of(others or [np.zeros(len(rows.row), dtype=np.int64)])


def cut_at_gaps(rows: Rows) -> Iterator[Problem]:
    """Take from the sheets what they answer for from a month on that an item lacks, which has those before and behind
    it, where means are taken over months."""
    column = rows.dates
    monthly = column is not None and column.declared.type == "period" and rows.source.date in rows.source.key
    if column is None or not (monthly and rows.usage.means and column.there.any()):
        return
    longer = np.zeros(len(column.there), dtype=bool) if column.ends is None else column.ends - column.values > _MONTH
    keys = [rows.typed[name] for name in rows.source.key if name in rows.typed]
    any_month = np.logical_or.reduce([rows.doubted, longer, *(one.bad | one.blank for one in keys)])
    for before, gap in _gaps(rows, np.flatnonzero(column.there & ~longer)):
        department = rows.pieces[int(rows.export[before])].raw.department
        own = [(one, mine) for one, mine in placed(rows.pieces) if one.raw.department == department]
        answering = [(one, mine) for one, mine in own if one.covers and one.covers[0] <= gap < one.covers[1]]
        if any(any_month[mine].any() for _, mine in answering):
            continue  # one of these may be the row that lacks
        for piece, _ in answering:
            piece.covers = common([piece.covers or ALWAYS, (date.min, gap)])
            what = f"这一项有前后各月的,独缺 {gap:%Y-%m} 的;从这个月起按没有交齐处理"
            yield Problem("D136", what, rows.place(before))


def _gaps(rows: Rows, at: np.ndarray) -> Iterator[tuple[int, date]]:
    """The rows `at` behind which a month lacks of an item that has nearly all between its first and its last one, and
    the first day of that month."""
    column = rows.typed[rows.source.date or ""]
    item, month = _items(rows)[at], column.values[at].astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    order = np.lexsort((month, item))
    at, item, month = at[order], item[order], month[order]
    lacking = np.where(np.diff(item) == 0, np.maximum(np.diff(month) - 1, 0), 0)
    there, missing = np.bincount(item), np.bincount(item[1:], lacking, minlength=1)
    for before in np.flatnonzero(lacking).tolist():
        if there[item[before]] >= max(_FEW_MONTHS * missing[item[before]], _FEW_MONTHS):
            yield int(at[before]), (np.datetime64(0, "M") + int(month[before]) + 1).astype("datetime64[D]").astype(date)


_FEW_MONTHS = 4


def begins_before(rows: Rows, at: int, times: RowTimes | None) -> bool:
    """Whether a sheet has rows from before the year of its time; a mistyped year says nothing of that."""
    covers = rows.pieces[at].covers
    if rows.source.date is None or covers is None:
        return False
    column = rows.typed[rows.source.date]
    known = (rows.export == at) & column.there & (~times.astray if times else True)
    return bool((known & (column.values < micros_of(date(covers[0].year, 1, 1)))).any())


def _years(moments: np.ndarray) -> np.ndarray:
    return np.asarray(moments.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64))


def _said(rows: Rows, astray: np.ndarray, odd: np.ndarray, far: np.ndarray) -> Iterator[Problem]:
    name = rows.source.date or ""
    column = rows.typed[name]
    yield from column.say("D208", odd, f"“{name}”与前后两行的日期,或与编号里的日期,差着几周以上")
    yield from column.say("D208", astray)
    for piece, mine in rows.having(far):
        first = mine.start + int(far[mine].argmax())
        day = (_EPOCH + timedelta(microseconds=int(column.values[first]))).date()
        what = f"有 {int(far[mine].sum())} 行的“{name}”离文件所写的考核期超过一个月,第一处是 {day}"
        yield Problem("D209", what, cell_place(piece.raw, int(rows.row[first]) - 1, piece.where[name]))


def _dates(rows: Rows, at: int, *, filled: bool = False) -> np.ndarray:
    """The dates of a piece's rows that have a readable one; of periods, of the `filled` rows, in which not every number
    is 0: they may have been there from the first."""
    column = rows.typed[rows.source.date or ""]
    mine = (rows.export == at) & column.there
    numbers = [one for one in rows.typed.values() if one.kind is Kind.NUMBER and one.name not in rows.source.key]
    if filled and column.declared.type == "period" and numbers:
        mine &= np.logical_or.reduce([one.there & (one.values != 0) for one in numbers])
    return np.asarray(column.values[mine])


def _inside(dates: np.ndarray, covers: Days) -> np.ndarray:
    start, end = map(micros_of, covers)
    return np.asarray((dates >= start) & (dates < end))


def _is_elsewhere(dates: np.ndarray, covers: Days, earlier: bool) -> bool:
    """Whether an export is another period's under a wrong name: no dated row, or less than half of them, lies in its
    time or shortly before it, or but a quarter of many lie in it. An export may begin with what was open, and end with
    what came in meanwhile."""
    start, end = map(micros_of, covers)
    before = dates < (start if earlier else start - _MONTH)
    apart = (dates >= end + _WEEK) | (before & (not earlier))
    mostly_before = not earlier and _QUARTER * int((dates >= start).sum()) < len(dates) >= _A_RUN
    none_here = not _inside(dates, covers).any() and not (earlier and bool(before.any()))
    return none_here or mostly_before or 2 * int(apart.sum()) > len(dates)
