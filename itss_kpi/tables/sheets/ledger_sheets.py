"""Ledgers: which sheets of an export file are the ledger, and which days each answers for.

Convention: a sheet is the ledger where its header names the key columns and the date column. No sheet is passed over
without a word, and where one that is passed over may hold records of a period, that period is not known.
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from datetime import date

from itss_kpi.catalogue.sources import Source
from itss_kpi.core.period import Period, PeriodKind, period_of, period_text
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.stated import Days, stated
from itss_kpi.core.text import fold
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.sheets.across import parts_of
from itss_kpi.tables.sheets.body import matches
from itss_kpi.tables.sheets.cover import GRACE, Told, common, of_tab, told, without_period
from itss_kpi.tables.sheets.data_rows import Piece, cut, split
from itss_kpi.tables.sheets.header import HEADER_WITHIN, ColumnNames, Header
from itss_kpi.tables.sheets.layout import header_of, tables_of

RETURNED = "请先看这里"
"""The sheet that lists what is wrong in a workbook that was sent back; it may stay in it."""
_FORMS = {"模板", "示例", "样例", "说明", "填写说明", "填报说明", "填表说明", "使用说明", RETURNED}
"""What sheets are called that are no ledger whatever stands in them."""


_HALF_A_YEAR = 184
_SHOWN = 40


def cut_file(
    raws: Sequence[RawExport], source: Source, year: int, problems: list[Problem]
) -> tuple[list[Piece], list[RawExport]]:
    """The sheets of one file that are this ledger, cut; and those that were not read though they may be.

    Several of one shape (7月, 8月, 9月) are one table. Beside a sheet that is named like the ledger, another one counts
    only where its name is a period; else nobody knows whether it should, and its rows are doubtful.
    """
    looked_at = [raw for raw in raws if len(raws) == 1 or fold(raw.grid.sheet) not in _FORMS]
    names = ColumnNames(source)
    headed = [(raw, header_of(raw, names)) for raw in looked_at]
    wanted = [name for name in (*source.key, source.date) if name in names.wanted]
    whole = [(raw, header) for raw, header in headed if header and header.named.issuperset(wanted)]
    ledgers = whole or [(raw, header) for raw, header in headed if header][:1]
    read = {id(raw) for raw, _ in ledgers}
    others = [(raw, header) for raw, header in headed if id(raw) not in read]
    if not ledgers:
        place = Place(raws[0].path, raws[0].grid.sheet if len(raws) == 1 else "")
        aligned = any(_is_aligned(raw, names.wanted) for raw in raws)
        why = ":各列像是用空格对齐的,改用逗号或制表符分隔" if aligned else ""
        problems.append(Problem("D104", f"前 {HEADER_WITHIN} 行内没有“{source.name}”的表头{why}", place))
        return [], [raws[0]]
    unread = list(_passed_over(others, wanted, year, problems))
    _report_hidden([raw for raw, _ in ledgers], source, problems)
    pieces = []
    for raw, header in ledgers:
        if not (raw.grid.hidden and source.hidden == "skip"):
            pieces += _cut_sheet(raw, header, source, names, year, problems)
    _report_ambiguous(raws, pieces, source, year, problems)
    _report_elsewhere(pieces, others, source, problems)
    _report_uncovered(raws[0], [*(piece.time for piece in pieces), *(one.covers for one in unread)], problems)
    return pieces, unread if pieces else [*unread, raws[0]]


def _is_aligned(raw: RawExport, wanted: Set[str]) -> bool:
    """Whether the headings stand in one cell, kept apart by blanks."""
    first = raw.grid.cells.column(0).slice(0, HEADER_WITHIN).to_pylist() if raw.grid.indexes else []
    return any(len(wanted & {*str(cell).split()}) > 1 for cell in first if cell)


def _cut_sheet(
    raw: RawExport, header: Header, source: Source, names: ColumnNames, year: int, problems: list[Problem]
) -> list[Piece]:
    """The tables of a sheet, and those of which each of them consists; what all of these say is said once."""
    say = told(raw, header.row, year)
    said: list[Problem] = []
    pieces = [
        piece
        for one, end in tables_of(raw, header, names)
        for part in parts_of(raw, one, end, source, say.days, year, said)
        for piece in split(cut(raw, part, end, source, said), source)
    ]
    problems += dict.fromkeys(said)
    _date_pieces(pieces, say, source, year, problems)
    return pieces


def _date_pieces(pieces: Sequence[Piece], say: Told, source: Source, year: int, problems: list[Problem]) -> None:
    """Give the tables of a sheet the days that they answer for, or say that they can't be told."""
    for piece in pieces:
        raw = piece.raw
        piece.made = (*say.made, *([raw.saved] if raw.saved else []))
        if not (say.unclear or say.contradictory):
            days = (say.days or declared_period(source, year, raw.department), piece.part.days)
            piece.time = common([one for one in days if one])
        # an honest zero needs a complete header
        piece.covers = (
            None if raw.part or say.part or piece.lacking or (piece.incomplete and not len(piece.rows)) else piece.time
        )
        if source.snapshot and say.as_of and piece.covers:
            piece.covers = common([piece.covers, (date.min, say.as_of + GRACE)])
    if say.longer and pieces and source.date and source.columns[source.date].type == "period":
        for piece in pieces:
            piece.covers = None
        what = f"标题写着“{say.longer[:_SHOWN]}”,比文件名说的时间长,不知其中是不是年初以来的累计数"
        problems.append(Problem("D108", what, Place(pieces[0].raw.path, pieces[0].raw.grid.sheet)))
    if lacking := next(filter(None, (say.part, *(piece.lacking for piece in pieces))), "") if pieces else "":
        what = f"写着“{lacking[:_SHOWN]}”:还有不在其中的记录,不能证明考核期已交齐"
        problems.append(Problem("D138", what, Place(pieces[0].raw.path, pieces[0].raw.grid.sheet)))
    if undated := next((piece.raw for piece in pieces if piece.time is None), None):
        problems.append(without_period(undated.path, undated.grid.sheet, say))


def without_some(pieces: Sequence[Piece], source: Source) -> Iterator[Problem]:
    """Takes from what the sheets answer for the months in which not every item has one, where the item stands in the
    name of a file or a sheet, or above the table; and says which are lacking."""
    for name in sorted(source.given):
        words = source.columns[name].spellings
        months: dict[str, set[Period]] = {item: set() for item in words.values()}
        for piece in pieces:
            given = piece.part.given.get(name)
            # a sheet with a column of its own may speak of any, one that says nothing of it answers for none
            own = months.keys() if name in piece.where else set()
            for item in own if given is None else {words.get(fold(given), "")} & months.keys():
                months[item] |= _whole_months(piece)
        every = set().union(*map(_whole_months, pieces))
        lacking = {item: every - there for item, there in months.items() if every - there}
        for piece in pieces if lacking else ():
            left = [month for month in _months(piece.covers) if all(month not in those for those in lacking.values())]
            whole = bool(left) and left[-1].end == _after(left[0], len(left))
            piece.covers = common([(left[0].start, left[-1].end), *_known(piece)]) if whole else None
        for item, those in lacking.items():
            shown = "、".join(map(str, sorted(those, key=lambda month: month.start)))
            what = f"“{source.name}”没有“{item}”{shown} 的;这些月按没有交齐处理"
            yield from (Problem("D136", what, Place(department)) for department in source.departments)


def _whole_months(piece: Piece) -> set[Period]:
    days = piece.covers
    return {month for month in _months(days) if days and days[0] <= month.start and month.end <= days[1]}


def _known(piece: Piece) -> list[Days]:
    return [piece.covers] if piece.covers else []


def _months(days: Days | None) -> Iterator[Period]:
    month = period_of(PeriodKind.MONTH, days[0]) if days else None
    while month and days and month.start < days[1]:
        yield month
        month = period_of(PeriodKind.MONTH, month.end)


def _after(month: Period, number: int) -> date:
    """The day after so many months."""
    for _ in range(number - 1):
        month = period_of(PeriodKind.MONTH, month.end)
    return month.end


def declared_period(source: Source, year: int, department: str) -> Days | None:
    """The days that a department's file answers for which says none itself, as half-open days."""
    covers = source.covers.get(department, "name") if isinstance(source.covers, dict) else source.covers
    return (date(year, 1, 1), date(year + 1, 1, 1)) if covers == "year" else stated(covers).days


def _passed_over(
    others: Sequence[tuple[RawExport, Header | None]], wanted: Sequence[str], year: int, problems: list[Problem]
) -> Iterator[RawExport]:
    """Says which sheets were not read; those that are named like a period may hold its records."""
    for raw, header in others:
        if not raw.grid.indexes:
            continue
        period = of_tab(raw.grid.sheet, raw.covers[0].year if raw.covers else year).days
        lacking = [name for name in wanted if header is None or name not in header.named]
        what = f"缺少{'、'.join(lacking)}列" if header else f"前 {HEADER_WITHIN} 行内没有表头"
        effect = f";{period_text(*period)} 按没有交齐处理" if period else ""
        code = "D126" if period else "D123" if header else "D125"
        problems.append(Problem(code, f"{what},未作为本台账读取{effect}", Place(raw.path, raw.grid.sheet)))
        if period:
            yield replace(raw, covers=period)


def _report_hidden(ledgers: Sequence[RawExport], source: Source, problems: list[Problem]) -> None:
    what = "未计入" if source.hidden == "skip" else "已计入"
    for raw in ledgers:
        if raw.grid.hidden:
            said = f"隐藏的工作表“{raw.grid.sheet}”{what}"
            problems.append(Problem("D304", said, Place(raw.path, raw.grid.sheet)))


def _report_beside(pieces: Sequence[Piece], problems: list[Problem]) -> None:
    """Doubt a sheet that is called like another one with something added: 5月演练 beside 5月."""
    names = {fold(piece.raw.grid.sheet) for piece in pieces}
    for piece in pieces if len(names) > 1 else ():
        own = fold(piece.raw.grid.sheet)
        other = next(
            (name for name in names if name and own.startswith(name) and own[len(name) :].strip("0123456789()-_")), ""
        )
        if other:
            piece.doubted[:] = True
            for amended in pieces if _AMENDS.search(own.removeprefix(other)) else ():
                amended.doubted[:] |= fold(amended.raw.grid.sheet) == other
            what = f"与工作表“{other}”的列相同,名称只多了几个字,不知是否计入;各行按存疑处理"
            problems.append(Problem("D124", what, Place(piece.raw.path, piece.raw.grid.sheet)))


def _report_elsewhere(
    pieces: Sequence[Piece],
    others: Sequence[tuple[RawExport, Header | None]],
    source: Source,
    problems: list[Problem],
) -> None:
    """Takes from a form that nobody filled in what it answers for, where another sheet holds days: the records may
    stand there; and from a table that seems to go on in a sheet without a header."""
    amending = [raw for raw, _ in others if _AMENDS.search(raw.grid.sheet) and raw.grid.cells.num_rows > 1]
    for raw in amending:
        for piece in pieces:
            piece.covers = None
        what = "工作表的名称说台账还有要补、要改的,内容却没有读;按没有交齐处理"
        problems.append(Problem("D126", what, Place(raw.path, raw.grid.sheet)))
    if source.sheet or source.date is None:
        return
    empty = not any(len(piece.rows) for piece in pieces)
    own = {piece.raw.grid.indexes[piece.where[source.date]] for piece in pieces if source.date in piece.where}
    for raw, header in others:
        if of_tab(raw.grid.sheet, _ANY_YEAR).days:
            continue  # of that time alone nothing is known
        columns = zip(raw.grid.indexes, raw.grid.cells.columns, strict=True)
        dated = {at for at, column in columns if matches(column.combine_chunks(), _DAY).sum() > 1}
        if dated and not raw.grid.hidden and (empty or (header is None and own & dated)):
            for piece in pieces:
                piece.covers = None
            what = "有带日期的行,却没有本台账的表头;不知是不是台账的一部分,按没有交齐处理"
            problems.append(Problem("D126", what, Place(raw.path, raw.grid.sheet)))


_AMENDS = re.compile("更正|勘误|订正|修正|[待需]?补[录登报]|待[录登]|漏[登报录]")
_ANY_YEAR = 2000
_DAY = r"^\d{4}-\d\d-\d\d"


def _report_uncovered(raw: RawExport, times: Sequence[Days | None], problems: list[Problem]) -> None:
    """Says which months of the time in a file's name none of its sheets speaks of."""
    start, end = raw.covers or (date.min, date.min)
    if not 0 < (end - start).days <= _HALF_A_YEAR or not all(times):
        return  # a year's file has the months so far
    left, lacking = [days for days in times if days], []
    month = period_of(PeriodKind.MONTH, start)
    while month.start < end:
        if not any(days[0] <= month.start and month.end <= days[1] for days in left) and start <= month.start:
            lacking.append(str(month))
        month = period_of(PeriodKind.MONTH, month.end)
    if lacking and len({*left}) > 1:
        what = f"各工作表所写的时间合起来没有 {'、'.join(lacking)},文件名却写到了;这些月按没有交处理"
        problems.append(Problem("D135", what, Place(raw.path)))


def _report_ambiguous(
    raws: Sequence[RawExport], pieces: Sequence[Piece], source: Source, year: int, problems: list[Problem]
) -> None:
    _report_beside(pieces, problems)
    own = fold(source.name)
    if source.sheet or all(fold(raw.grid.sheet) != own for raw in raws):
        return
    for piece in pieces:
        name = piece.raw.grid.sheet
        if fold(name) != own and not of_tab(name, year).days and not piece.doubted.any():
            piece.doubted[:] = True
            what = f"与工作表“{source.name}”的列相同,不知是否计入;各行按存疑处理"
            problems.append(Problem("D124", what, Place(piece.raw.path, name)))
