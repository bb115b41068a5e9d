"""Ledgers: which sheets of an export file are the ledger, and which days each answers for.

Convention: a sheet is the ledger where its header names the key columns and the date column. No sheet is passed over
without a word, and where one that is passed over may hold records of a period, that period is not known.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from itss_kpi.catalogue.sources import Source
from itss_kpi.core.period import Period, PeriodKind, find_period, parse_period, period_of
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.text import fold, half_width
from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.tables.data_rows import Piece, cut, header_of
from itss_kpi.tables.header import HEADER_WITHIN, Header

_FORMS = {"模板", "示例", "样例", "说明", "填写说明", "填报说明", "填表说明", "使用说明"}
"""What sheets are called that are no ledger whatever stands in them."""
Days = tuple[date, date]


def cut_file(
    raws: Sequence[RawExport], source: Source, year: int, problems: list[Problem]
) -> tuple[list[Piece], list[RawExport]]:
    """The sheets of one file that are this ledger, cut; and those that were not read though they may be.

    Several of one shape (7月, 8月, 9月) are one table. Beside a sheet that is named like the ledger, another one counts
    only where its name is a period; else nobody knows whether it should, and its rows are doubtful.
    """
    looked_at = [raw for raw in raws if len(raws) == 1 or fold(raw.grid.sheet) not in _FORMS]
    headed = [(raw, header_of(raw, source)) for raw in looked_at]
    wanted = [name for name in (*source.key, source.date) if name in source.columns]
    whole = [(raw, header) for raw, header in headed if header and header.named.issuperset(wanted)]
    ledgers = whole or [(raw, header) for raw, header in headed if header][:1]
    read = {id(raw) for raw, _ in ledgers}
    others = [(raw, header) for raw, header in headed if id(raw) not in read]
    if not ledgers:
        place = Place(raws[0].path, raws[0].grid.sheet if len(raws) == 1 else "")
        problems.append(Problem("D104", f"前 {HEADER_WITHIN} 行内没有“{source.name}”的表头", place))
        return [], [raws[0]]
    unread = list(_passed_over(others, wanted, year, problems))
    _report_hidden([raw for raw, _ in ledgers], source, problems)
    pieces = []
    for raw, header in ledgers:
        if not (raw.grid.hidden and source.hidden == "skip"):
            pieces.append(cut(raw, header, source, problems))
            pieces[-1].covers = (
                raw.covers or _stated_period(raw.grid, header.row, year) or declared_period(source, year)
            )
    _report_ambiguous(raws, pieces, source, year, problems)
    return pieces, unread if pieces else [*unread, raws[0]]


def declared_period(source: Source, year: int) -> Days | None:
    """The days that a file answers for which says none itself, as half-open days."""
    return (date(year, 1, 1), date(year + 1, 1, 1)) if source.covers == "year" else None


def _passed_over(
    others: Sequence[tuple[RawExport, Header | None]], wanted: Sequence[str], year: int, problems: list[Problem]
) -> Iterator[RawExport]:
    """Says which sheets were not read; those that are named like a period may hold its records."""
    for raw, header in others:
        if not raw.grid.indexes:
            continue
        period = _period_of_name(raw.grid.sheet, year)
        lacking = [name for name in wanted if header is None or name not in header.named]
        what = f"缺少{'、'.join(lacking)}列" if header else f"前 {HEADER_WITHIN} 行内没有表头"
        effect = f";{period} 按没有交齐处理" if period else ""
        code = "D126" if period else "D123" if header else "D125"
        problems.append(Problem(code, f"{what},未作为本台账读取{effect}", Place(raw.path, raw.grid.sheet)))
        if period:
            yield replace(raw, covers=(period.start, period.end))


def _report_hidden(ledgers: Sequence[RawExport], source: Source, problems: list[Problem]) -> None:
    what = "未计入" if source.hidden == "skip" else "已计入"
    for raw in ledgers:
        if raw.grid.hidden:
            said = f"隐藏的工作表“{raw.grid.sheet}”{what}"
            problems.append(Problem("D304", said, Place(raw.path, raw.grid.sheet)))


def _report_ambiguous(
    raws: Sequence[RawExport], pieces: Sequence[Piece], source: Source, year: int, problems: list[Problem]
) -> None:
    own = fold(source.name)
    if source.sheet or all(fold(raw.grid.sheet) != own for raw in raws):
        return
    for piece in pieces:
        name = piece.raw.grid.sheet
        if fold(name) != own and not _period_of_name(name, year):
            piece.ambiguous = True
            what = f"与工作表“{source.name}”的列相同,不知是否计入;各行按存疑处理"
            problems.append(Problem("D124", what, Place(piece.raw.path, name)))


# ---- the period that a sheet states

_PERIOD_LABEL = re.compile(r"(?:考核|统计|报告|所属|填报)?(?:期间|周期|月份|季度|年度|期|月)")
_MADE = re.compile("编制|制表|填表|打印|导出|报送|审核|批准|更新|生成|日期|时间")
_LABELLED = re.compile(r"([^\s:;；,，]+)\s*:\s*((?:(?!\s[^\s:]+\s*:)[^:;；,，])*)")
_RANGE = re.compile(r"(\d{4}\D\d{1,2}\D\d{1,2})日?(?:至|到|-|—|~|～)+(\d{4}\D\d{1,2}\D\d{1,2})日?")


def _stated_period(grid: Grid, header: int, year: int) -> Days | None:
    """The period in the sheet's name (7月 is in `year`) or in its title rows; a bare year counts only with a label."""
    named = _period_of_name(grid.sheet, year)
    if named and named.kind is not PeriodKind.YEAR:
        return named.start, named.end
    head = [column.slice(0, header).to_pylist() for column in grid.cells.columns]
    texts = [[str(cell).strip() for cell in row if cell] for row in zip(*head, strict=True)]
    found = {period for row in texts for period in _periods_in(row, year)}
    inner = [one for one in found if all(other.start <= one.start and one.end <= other.end for other in found)]
    return (inner[0].start, inner[0].end) if inner else None


def _period_of_name(sheet: str, year: int) -> Period | None:
    return find_period(sheet) or parse_period(f"{year}年{half_width(sheet)}")


def _periods_in(row: Sequence[str], year: int) -> Iterator[Period]:
    """The periods that a title row states: after a label, in its cell or the next one, or free within a title.

    When the table was made is no period: 编制时间:2022年8月.
    """
    for at, text in enumerate(row):
        folded = half_width(text)
        pairs = _LABELLED.findall(folded) or [(folded, "")]
        following = row[at + 1] if at + 1 < len(row) else ""
        for label, value in pairs:
            if _PERIOD_LABEL.fullmatch(fold(label)) and (found := _labelled(value.strip() or following, year)):
                yield found
        if ":" not in folded and not _MADE.search(folded):
            free = find_period(text)
            if free and free.kind is not PeriodKind.YEAR:
                yield free


def _labelled(text: str, year: int) -> Period | None:
    folded = "".join(half_width(text).split())
    span = _RANGE.fullmatch(folded)
    return _of_range(span[1], span[2]) if span else parse_period(folded) or parse_period(f"{year}年{folded}")


def _of_range(first: str, last: str) -> Period | None:
    """The period that begins on the one day and ends on the other, if there is one."""
    try:
        start, end = (date(*map(int, re.split(r"\D", day))) for day in (first, last))
    except ValueError:
        return None
    candidates = [period_of(kind, start) for kind in PeriodKind]
    return next((one for one in candidates if one.start == start and one.end == end + timedelta(days=1)), None)
