"""Headed columns: what a sheet's headings and titles say against its columns, before they are read.

Convention: a column that can't be used is not a column of blanks: all its cells are as good as unreadable.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.kinds import suggestion
from itss_kpi.catalogue.sources import SPAN_UNITS, UNIT_WORDS, Column
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import fold, plain
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets.body import Body, cell_place, is_filled, matches
from itss_kpi.tables.sheets.cover import units_above
from itss_kpi.tables.sheets.header import ColumnNames
from itss_kpi.tables.sheets.prose import meant_otherwise, sentences

LOST_DIGITS = r"^\d(?:\.\d+)?E\+\d\d$"
"""A number as a spreadsheet shows a long one: whatever it was, its last digits are gone."""
_ABROAD = re.compile(r"(?:UTC|GMT)(?!\s*\+\s*0?8)|格林[威尼]治|世界时|America/|Europe/|美[东西]时间", re.IGNORECASE)
_SOME = 50
"""Filled cells of a column that are looked at to tell whether they fit another one."""


def report_columns(body: Body, problems: list[Problem]) -> set[str]:
    """The columns that are lost, missing or there twice, after each was reported."""
    raw, header, place = body.raw, body.header, body.raw.place
    for name, at in header.twice:
        where = cell_place(raw, body.start - 1, at)
        problems.append(Problem("D107", f"两列都是“{name}”;该列按无法读取处理", where))
    extra = [title for title in header.extra if not title.startswith("_")]  # those of a lake say where a row is
    if extra:
        problems.append(Problem("D106", f"未使用的列:{'、'.join(extra)}", place))
    missing = [
        name
        for name, one in body.source.columns.items()
        if name not in header.named and (not one.optional or _is_nearly(body, name, one))
    ]
    for name in missing:
        near = suggestion(name, header.extra)
        problems.append(Problem("D105", f"没有“{name}”列{near};该列按无法读取处理", place))
    if raw.grid.unseen:
        problems.append(Problem("D122", "这种格式看不出合并单元格与隐藏行", place))
    return {*missing, *dict(header.twice)}


def _texts_above(body: Body) -> list[str]:
    head = (column.slice(0, body.header.row).to_pylist() for column in body.raw.grid.cells.columns)
    return [plain(str(cell)) for column in head for cell in column if cell]


def _is_nearly(body: Body, name: str, column: Column) -> bool:
    """Whether a heading that nothing claims, over values that fit, is that of an optional column but for a character or
    two."""
    words = [fold(word) for word in (name, *column.aliases)]
    for at, title in enumerate(body.header.titles):
        begun = [word for word in words if word[:1] == fold(title)[:1]]
        alike = any(len(word) == len(fold(title)) and _ratio(word, fold(title)) >= _HALF for word in begun)
        likely = title in body.header.extra and (alike or any(_ratio(word, fold(title)) >= _MOSTLY for word in begun))
        if likely and _holds(body.raw.grid.cells.column(at).slice(body.start), column):
            return True
    return False


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


_HALF, _MOSTLY = 0.5, 0.75


Marks = dict[str, dict[str, list[int]]]


def mark_texts(body: Body, marks: Marks, problems: list[Problem]) -> None:
    """Mark keys that lost their digits, columns that are empty or amended beside an undeclared one, and cells of which
    a title, a heading or a sentence says that they mean something else."""
    for name, key in body.keys.items():
        if pc.any(pc.match_substring(key, "E+")).as_py():
            marks["D207"].setdefault(name, []).extend(np.flatnonzero(matches(key, LOST_DIGITS)).tolist())
        marks["D207"].setdefault(name, []).extend(_tenths(key))
    said = list(sentences(body.raw, body.start - 1))
    found = chain(_empty_beside(body), _amended(body), _by_legends(body, said), _elsewhere(body))
    problems += mark(chain(found, _other_spans(body, said)), marks, body.raw)


Found = Iterator[tuple[str, str, np.ndarray, str]]
"""Cells that can't be read as they stand: the code, the column, which rows, and what is said of them."""


def mark(found: Found, marks: Marks, raw: RawExport) -> Iterator[Problem]:
    """Mark them, and say so of the sheet."""
    for code, name, rows, what in found:
        if rows.any():
            marks[""].setdefault(name, []).extend(np.flatnonzero(rows).tolist())
            yield Problem(code, what, raw.place)


def _by_legends(body: Body, said: Sequence[str]) -> Found:
    """The cells of which a sentence says that they mean something else."""
    columns = body.source.columns.items()
    others = {name: one for name, one in columns if name in body.header.where and name not in body.source.key}
    for name, which, text in meant_otherwise(said, others):
        what = f"表上写着“{text[:_SHOWN]}”,“{name}”照字面读就错了;这些格按无法读取处理"
        yield "D230", name, matches(body.texts[name], which), what


def _elsewhere(body: Body) -> Found:
    """The moments under a heading or title that says another zone's time."""
    zones = [text for text in _texts_above(body) if _ABROAD.search(text)]
    for name, column in body.source.columns.items():
        title = _title(body, name)
        abroad = _ABROAD.search(title) or (zones and column.type == "datetime")
        if column.kind is Kind.INSTANT and column.zone is None and abroad:
            what = f"“{name}”写的是别处的时间({title if _ABROAD.search(title) else zones[0]});在目录中声明 zone 后换算"
            yield "D218", name, is_filled(body.texts[name]), what


def _other_spans(body: Body, said: Sequence[str]) -> Found:
    """The durations under a heading, title or sentence that says another unit than theirs, or minutes and seconds."""
    above = _texts_above(body)
    units = units_above(body.raw, body.header.row) | {unit for text in said for unit in _IN_UNITS.findall(text)}
    meant = {other for other, words in UNIT_WORDS.items() if words & units}
    for name, column in body.source.columns.items():
        if column.kind is not Kind.SPAN:
            continue
        if _SECONDS.search(" ".join([_title(body, name), *above])):
            what = f"表上写着分:秒,“{name}”的 3:25 会读成 3 小时 25 分;写成 0:03:25,或另列分钟数"
            yield "D218", name, matches(body.texts[name], r"^\d+:\d\d(?::00)?$"), what
        if meant and column.unit not in meant:
            what = f"表上写着单位:{'、'.join(sorted(units))},“{name}”在目录中不是这个单位;其中的数按无法读取处理"
            yield "D218", name, matches(body.texts[name], r"^[\d.,]+$"), what


def _title(body: Body, name: str) -> str:
    return plain(body.header.titles[body.header.where[name]]) if name in body.header.where else ""


_IN_UNITS = re.compile("按(秒|分钟|小时|天)填[写报]?")
_SHOWN = 40
_SECONDS = re.compile("分钟?[:\uff1a]秒|mm:ss", re.IGNORECASE)


def _tenths(keys: pa.Array) -> list[int]:
    """The rows numbered 1.1 right behind 1.9: there it is 1.10, which lost its 0 as a number."""
    ninth = pc.replace_substring_regex(keys, r"^(\d+)\.9$", r"\1.1")
    behind = np.asarray(pc.fill_null(pc.equal(keys[1:], ninth[:-1]), False)) & matches(keys[:-1], r"^\d+\.9$")
    found: list[int] = (np.flatnonzero(behind) + 1).tolist()
    return found


def _empty_beside(body: Body) -> Found:
    """The columns that are empty, or in some rows, beside an undeclared one that holds values that fit, and has their
    name within its heading or several of the words of which only they are one."""
    header = body.header
    used = {*header.where.values(), *(at for _, at in header.twice)}
    others = [(at, title) for at, title in enumerate(header.titles) if title and at not in used]
    for name in [one for one in header.where if others and one not in body.source.key]:
        column, names, there = body.source.columns[name], ColumnNames(body.source), is_filled(body.texts[name])
        partly = bool(there.any())
        for at, title in others if not partly or (column.kind is Kind.INSTANT and not there.all()) else ():
            named = any(fold(word) in fold(title) for word in (name, *column.aliases))
            own = named or (column.type == "choice" and not partly and pc.count_distinct(body.columns[at]).as_py() > 1)
            if not own or names.is_another(title, name):
                continue
            beside = is_filled(body.columns[at])
            if beside.any() and not (beside & there).any() and _holds(body.columns[at], column):
                what = f"“{name}”空着的行,没有登记的“{title}”列像是它的内容;这些行的该列按无法读取处理"
                yield "D105", name, beside if partly else ~there, what
                break


def _amended(body: Body) -> Found:
    """The columns beside which an undeclared one has the same heading, amended (7月(更正), 计划次数(调整后)), in the
    rows in which it says something else."""
    header = body.header
    for name, at in header.where.items():
        words = {fold(word) for word in (header.titles[at], name, *body.source.columns[name].aliases)}
        for other, title in enumerate(header.titles):
            if title not in header.extra or not any(fold(title).startswith(word) for word in words):
                continue
            rest = min((fold(title).removeprefix(word) for word in words), key=len)
            if _AMENDED.fullmatch(rest):
                amended = pc.utf8_trim_whitespace(pc.fill_null(body.columns[other], ""))
                differ = is_filled(amended) & ~np.asarray(pc.equal(pc.fill_null(body.texts[name], ""), amended))
                what = f"“{title}”与“{name}”在 {int(differ.sum())} 行里不同,不知以哪一列为准;这些行的该列按无法读取处理"
                yield "D107", name, differ, what


_AMENDED = re.compile(
    r"[(\[_-]?(?:更[正改]|调整|修[订改正]|订正|改正|变更|核[定实减增]|最[终新]|复核)(?:后|值|数|版)*[)\]]?"
)


def _holds(texts: pa.Array, column: Column) -> bool:
    """Whether a column of the sheet holds values that fit."""
    filled = [str(cell) for cell in texts.to_pylist() if cell and str(cell).strip()][:_SOME]
    return bool(filled) and all(map(_fits(column), filled))


def _fits(column: Column) -> Callable[[str], bool]:
    read: Callable[[str], Any]
    match column.kind:
        case Kind.INSTANT:
            read = lambda text: cells.read_datetime(text, 2000)  # noqa: E731
        case Kind.SPAN:
            read = lambda text: cells.read_span(text, SPAN_UNITS[column.unit or "minute"])  # noqa: E731
        case Kind.NUMBER:
            read = cells.read_decimal
        case Kind.TRUTH:
            read = cells.read_yes_no
        case _:
            words = {fold(word) for value, others in (column.values or {}).items() for word in (value, *others)}
            read = lambda text: True if not words or fold(text) in words else None  # noqa: E731
    return lambda text: read(text.strip()) is not None
