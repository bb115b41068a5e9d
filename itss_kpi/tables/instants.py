"""Instants that can't be what they say, or may be more than one thing.

Convention: of an answer before its question nobody knows when it was: its cell is as good as unreadable.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import chain, permutations

import numpy as np
import pandas as pd
import pyarrow as pa

from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.catalogue.usage import DONE, PLANNED
from itss_kpi.core.problems import Problem
from itss_kpi.tables.columns import TypedColumn
from itss_kpi.tables.rows import Groups, Rows, covered_days, key_numbers
from itss_kpi.tables.sheets.body import cell_place, matches
from itss_kpi.tables.sheets.data_rows import Piece, each_row, placed

_DAY = 86_400_000_000


def distrust_early(rows: Rows) -> Iterator[Problem]:
    """Mark the cells of instants before those that they follow as unreadable; days are compared with days."""
    for later, before in sorted(rows.usage.orders):
        one, other = rows.typed[later], rows.typed[before]
        unit = np.where(_by_day(one, other), _DAY, 1)
        lasts = one.values if one.ends is None else one.ends - 1
        both = one.there & other.there
        early = both & (lasts // unit < other.values // unit)
        yield from one.doubt("D210", early, f"“{later}”早于“{before}”")
        for _, mine in placed(rows.pieces if early.any() else ()):
            number = int(early[mine].sum())
            if number >= _MANY and _MANY * number > both[mine].sum():
                others = np.zeros(len(early), dtype=bool)
                others[mine] = (both & ~early)[mine]
                what = f"“{later}”有 {number} 行早于“{before}”,两列像是没有对着行(如只给一列排了序)"
                yield from one.doubt("D210", others, what)


_MANY = 4
"""Rows of a sheet, and more than each so manieth, in which two instants are in the wrong order where a column moved."""


def _by_day(one: TypedColumn, other: TypedColumn) -> np.ndarray:
    """Where two instants are compared as days, as one of them is a day."""
    return np.asarray(one.days | other.days | ("date" in (one.declared.type, other.declared.type)))


def distrust_longer(rows: Rows) -> Iterator[Problem]:
    """Mark the spans that are longer than the time from which they are taken as unreadable."""
    for later, before, span in sorted(rows.usage.shortened):
        end, begin, taken = (rows.typed[name] for name in (later, before, span))
        most = end.values - begin.values + np.where(_by_day(end, begin), _DAY, 0)
        longer = end.there & begin.there & taken.there & (taken.values > most)
        yield from taken.doubt("D210", longer, f"“{span}”比“{before}”到“{later}”还长")


def distrust_unborn(rows: Rows) -> Iterator[Problem]:
    """Mark the cells of what is said to be done as unreadable where their day is after that on which the file was
    saved; a day of saving that lies before rows of the ledger is no such day. Where none is known, where they are years
    after the file's time."""
    own = rows.dates
    done = [name for name in sorted(rows.usage.compared - {rows.source.date}) if name in rows.typed and _is_done(name)]
    if own is None or rows.usage.planned or not done:
        return
    saved = np.full(len(own.values), _NEVER)
    for piece, mine in placed(rows.pieces):
        day = micros_of(piece.raw.saved + timedelta(days=2)) if piece.raw.saved else 0
        if day and (~own.there | (own.values < day))[mine].all():
            saved[mine] = day
        elif piece.time:
            saved[mine] = micros_of(piece.time[1] + _YEARS)
    for name in done:
        column = rows.typed[name]
        late = column.there & ~column.never & (column.values >= saved)
        yield from column.doubt("D210", late, f"“{name}”在文件最后一次保存以后,或比它的考核期晚好几年")


_YEARS = timedelta(days=4 * 365)


def distrust_contradicted(rows: Rows) -> Iterator[Problem]:
    """Mark as unreadable the instants that are blank beside a word that says that it was done, 关闭时间 beside 已关闭,
    or are there beside one that says that it is open again, and durations of 0 beside one that says that it isn't."""
    words = {name: one.texts for name, one in rows.typed.items() if one.kind is Kind.TEXT and _STATES.search(name)}
    words |= _beside(rows)
    for name, column in rows.typed.items() if words else ():
        found: list[tuple[np.ndarray, str, str]] = []
        if column.kind is Kind.INSTANT and name in rows.usage.compared and (verb := DONE.search(name)):
            found.append((column.blank, f"^已{verb[0]}$", "空着"))
            found += [(column.there, _AGAIN, "填着")] if _ENDED.search(name) and not PLANNED.search(name) else []
        elif column.kind is Kind.SPAN:
            found.append((column.there & (column.values == 0), _OPEN, "是 0"))
        for mine, pattern, what in found:
            for other, states in words.items() if mine.any() else ():
                yield from column.doubt(
                    "D227", mine & matches(states, pattern), f"“{name}”{what},“{other}”却说是另一回事"
                )


def distrust_both(rows: Rows) -> Iterator[Problem]:
    """Mark as unreadable what is ticked in a column and in that of its contrary: 合格 and 不合格."""
    for name, column in rows.typed.items():
        contrary = next((rows.typed[one] for no in "不未非无" if (one := f"{no}{name}") in rows.typed), None)
        if contrary and column.kind is contrary.kind is Kind.TRUTH:
            both = column.there & contrary.there & (column.values & contrary.values)
            for ticked in (column, contrary):
                yield from ticked.doubt("D227", both, f"“{name}”与“{contrary.name}”都写着是")


def distrust_other_units(rows: Rows) -> Iterator[Problem]:
    """Mark as unreadable the durations that are ten times the time between two moments which they mostly are, and all
    that mostly are this time in another unit, or with its minutes behind the point."""
    moments = [one for one in rows.typed.values() if one.declared.type == "datetime" and not PLANNED.search(one.name)]
    spans = [one for one in rows.typed.values() if one.kind is Kind.SPAN and not PLANNED.search(one.name)]
    for column in spans:
        for begin, end in permutations(moments, 2):
            lasts = end.values - begin.values
            known = column.there & begin.there & end.there & ~begin.days & ~end.days & (lasts > 0)
            far = known & (column.values >= _TENTH * lasts)
            between = f"“{column.name}”比“{begin.name}”到“{end.name}”"
            if far.any() and _mostly(_near(column.values, lasts), known & ~far):
                yield from column.doubt("D231", far, f"{between}长十倍以上,像是用了别的单位")
            elif what := _otherwise(column, lasts, np.flatnonzero(known)[:_LOOKED_AT]):
                yield from column.doubt("D231", known, f"{between}{what}")


_TENTH = 10
_HOUR, _MINUTE = 3_600_000_000, 60_000_000
_FACTORS = ((60, 1), (1, 60), (24, 1), (1, 24), (1440, 1), (1, 1440), (3600, 1), (1, 3600))
"""By what durations are off that are taken for another unit's."""
_LOOKED_AT = 1000


def _otherwise(column: TypedColumn, lasts: np.ndarray, rows: np.ndarray) -> str:
    """How these durations mostly are the time between two moments otherwise than as they stand; "" if they aren't."""
    values, lasts = column.values[rows], lasts[rows]
    if any(_mostly(_near(values * times, lasts * of), np.ones_like(rows, dtype=bool)) for times, of in _FACTORS):
        return "各行都长或短同样的倍数,像是用了别的单位"
    hours, rest = values // _HOUR * _HOUR, values % _HOUR
    minutes = rest * 100 // _HOUR
    so = (minutes < 60) & (np.abs(hours + minutes * _MINUTE - lasts) <= _MINUTE)
    as_they_stand = np.abs(values - lasts) <= 2 * _MINUTE
    told = (
        column.declared.unit == "hour" and _mostly(so, np.ones_like(so)) and int((so & ~as_they_stand).sum()) >= _MANY
    )
    return "长短不同,像是小数点后写的是分钟" if told else ""


def _near(values: np.ndarray, lasts: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(values - lasts) * _TENTH <= lasts)


def _mostly(same: np.ndarray, known: np.ndarray) -> bool:
    """Whether most of the known rows, and several, are so."""
    return _MANY <= int((same & known).sum()) >= 0.75 * int(known.sum())


def _beside(rows: Rows) -> dict[str, pa.Array]:
    """The states in columns that nothing declares, by heading, a text for each row."""
    beside = [{title: texts for _, title, texts in piece.undeclared(_STATES)} for piece in rows.pieces]
    listed = list(zip(rows.pieces, beside, strict=True))
    return {
        title: pa.concat_arrays([one.get(title, pa.nulls(len(piece.rows), pa.string())) for piece, one in listed])
        for title in dict.fromkeys(chain(*beside))
    }


def distrust_named_once(rows: Rows) -> Iterator[Problem]:
    """Mark as unreadable the blank cells of groups, and of what conditions compare, in a sheet that names each only in
    the first of its rows."""
    texts = {name for name in rows.usage.literals if name in rows.typed and rows.typed[name].kind is Kind.TEXT}
    for name in sorted(rows.usage.grouped | texts):
        column = rows.typed[name]
        unnamed = np.zeros(len(column.blank), dtype=bool)
        for _, mine in placed(rows.pieces):
            blank = column.blank[mine]
            named = len(blank) - int(blank.sum())
            enough = 1 if name in rows.usage.grouped else 2
            if enough < named <= blank.sum() / 2 and not blank[0] and (blank[:-1] | blank[1:]).all():
                unnamed[mine] = blank & (len(set(column.values[mine][~blank])) == named)
        yield from column.doubt("D222", unnamed, f"“{name}”像是只写在每组的第一行")


def distrust_blank_states(rows: Rows) -> Iterator[Problem]:
    """Mark as unreadable the states that are blank beside a moment at which it was done."""
    ended = [name for name in rows.typed if _is_done(name) and _ENDED.search(name)]
    done = [rows.typed[name].there for name in ended if rows.typed[name].kind is Kind.INSTANT]
    for name, column in rows.typed.items():
        if "状态" in name and rows.usage.literals.get(name) and column.blank.any():
            lost = column.blank & np.logical_or.reduce(done or [column.bad])
            yield from column.doubt("D227", lost, f"“{name}”空着,旁边却有完成的时间")


def _is_done(name: str) -> bool:
    return bool(DONE.search(name)) and not PLANNED.search(name)


_ENDED = re.compile("完成|关闭|解决|办结|闭环|恢复")
_STATES = re.compile("状态|进度|进展|情况|结果")
_AGAIN = "^(?:重新打开|重开|已重开|返工中?)$"
_OPEN = "^(?:处理中|进行中|未完成|未关闭|未解决|待处理|挂起|处理|受理中|在途)$"


def report_unclear(rows: Rows) -> Iterator[Problem]:
    """Says which instants have two meanings, where the indicators ask for one: days without their time in a difference,
    and days decades ahead in a condition; which quantities are blank that are calculated with, and which rows are of
    none of the groups that are averaged over."""
    usage = rows.usage
    for name, column in rows.typed.items():
        if name in usage.averaged:
            yield from column.say("D222", column.blank, f"“{name}”空着,不知属于哪一个")
        if name in usage.figured:
            yield from column.say("D217", column.blank, f"“{name}”空着,而指标要用它计算")
        elif name in usage.added:
            yield from _left_out(rows, name, "相加", column.blank)
        if name in usage.lasting:
            yield from column.say("D226", _blank_everywhere(rows, name), f"“{name}”空着,还不知有多长")
        if column.ends is not None and column.days.any() and name in {*usage.timed, *chain(*usage.orders)}:
            yield from column.say("D228", column.ends - column.values > _DAY, f"“{name}”只有年月,没有日")
        elif name in usage.timed:
            yield from column.say("D215", column.days, f"“{name}”只有日期,没有时间")
        if name in usage.compared:
            yield from column.say("D216", column.never, f"“{name}”在几十年以后,可能表示还没有")


def report_open(rows: Rows) -> Iterator[Problem]:
    """Says what a mean of times leaves out because it hasn't ended, in whichever file it stands; and warns where by the
    end of the file's time it lasts longer than each that has."""
    for end, begin in sorted(rows.usage.passed_over):
        until, since = rows.typed[end], rows.typed[begin]
        still = since.there & _blank_everywhere(rows, end)
        both = until.there & since.there
        longest = (until.values - since.values)[both].max(initial=0)
        long = still & (covered_days(rows)[1] - since.values > longest)
        yield from until.say("D226", long, f"“{end}”空着,到期末已比结束了的都长,平均、中位数里却没有它")
        yield from _left_out(rows, end, "求平均、中位数", still & ~long)


def still_running(rows: Rows) -> Iterator[tuple[str, str, np.ndarray]]:
    """Of what is to last no longer than a limit, the end, the name of the condition, and the rows in which it hadn't
    ended when the sheet was made, and the limit hadn't run out."""
    for end, begin, name, of, texts in sorted(rows.usage.limits):
        since = rows.typed[begin]
        made = [_made(piece, since.there[mine], since.values[mine]) for piece, mine in placed(rows.pieces)]
        late = each_row([piece for piece, _ in placed(rows.pieces)], made)
        running = since.there & rows.typed[end].blank & (late < _NEVER)
        if running.any():
            running &= (since.values + _lengths(rows, of, dict(texts)) > late) & _blank_everywhere(rows, end)
            yield from [(end, name, running)] if running.any() else []


def _lengths(rows: Rows, of: str, texts: Mapping[str, int]) -> np.ndarray | int:
    """How long it may last, by row; 0 where that isn't known."""
    if not of:
        return texts[""]
    column = rows.typed[of]
    if texts:
        return np.asarray(pd.Series(column.values).map(texts).fillna(0).astype(np.int64))
    return np.where(column.there, column.values, 0)


def _made(piece: Piece, there: np.ndarray, moments: np.ndarray) -> int:
    """The moment by which a sheet was made for sure; a day of making before some row of it is none."""
    last = moments[there].max(initial=-_NEVER)
    days = (micros_of(day + timedelta(days=1)) for day in piece.made)
    return min((day for day in days if day > last), default=_NEVER)


_NEVER = np.iinfo(np.int64).max


def report_running(rows: Rows) -> Iterator[Problem]:
    """Says what hasn't ended, and may yet end in time."""
    for end, _, running in still_running(rows):
        yield from rows.typed[end].say("D226", running, f"“{end}”空着,而制表、导出时还没有到时限")


def _blank_everywhere(rows: Rows, name: str) -> np.ndarray:
    """The rows in which a column is blank, as it is in each other row of their key."""
    column = rows.typed[name]
    if not column.blank.any():
        return column.blank
    return np.asarray(column.blank & ~Groups(key_numbers(rows)).most(column.there))


def _left_out(rows: Rows, name: str, doing: str, blanks: np.ndarray) -> Iterator[Problem]:
    """Says of each sheet how many cells are blank of a column that is added up or averaged over."""
    for piece, mine in placed(rows.pieces):
        blank = piece.rows[blanks[mine]]
        if len(blank) and name in piece.where:
            place = cell_place(piece.raw, int(blank[0]) - 1, piece.where[name])
            yield Problem("D229", f"“{name}”有 {len(blank)} 格空着,{doing}时没有算", place)
