"""Twice: rows that say the same thing under another number: entered by two, pasted again, or passed on by another
department; and records of which another sheet says that they were withdrawn.

Convention: of the former those before them count; the latter are doubtful wherever they stand.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import fold
from itss_kpi.tables.keys import numbered
from itss_kpi.tables.rows import Rows, codes_of, key_numbers, numbers_of, without_key
from itss_kpi.tables.sheets.body import is_filled, matches
from itss_kpi.tables.sheets.data_rows import Piece, placed
from itss_kpi.tables.sheets.disowned import disowning


def doubt_twice(rows: Rows) -> Iterator[Problem]:
    """Doubt rows that are numbered in their order and say the same as one before them, to the minute, whoever entered
    them: two lists of the same time were put together."""
    date = rows.typed.get(rows.source.date or "")
    compared = [name for name in rows.typed if name not in rows.source.key and not _ENTERED.search(name)]
    if date is None or date.physical.day or len(compared) < _SEVERAL or not (in_order := numbered(rows)).any():
        return
    at = np.flatnonzero(in_order[rows.export] & ~(date.blank | date.bad) & (np.asarray(date.values) % _A_DAY_LONG != 0))
    same = numbers_of([rows.export[at], *(codes_of(rows, name, at) for name in compared)]) if len(at) else at
    first = np.unique(same, return_index=True)[1][same] if len(at) else at
    again = at[first != np.arange(len(at))]
    for export in np.unique(rows.export[again]).tolist():
        mine = again[rows.export[again] == export]
        rows.pieces[export].doubted[mine - int(np.argmax(rows.export == export))] = True
        what = f"{len(mine)} 行的时间到分都与前面的行相同,只有编号和登记人不同,不知是不是同一件事"
        yield Problem("D322", what, rows.place(int(mine[0])))


def doubt_pasted(rows: Rows) -> Iterator[Problem]:
    """Doubt three rows and more of a sheet that say the same as as many others, one after the other, each in words of
    its own; where rows have a number of their own, and not that of a person or a thing."""
    names = [name for name in rows.source.key if name != SUBMITTER]
    serial = len(names) == 1 and _SERIAL.search(names[0]) and not _WHOSE.search(names[0])
    if not serial or rows.source.date is None or rows.source.snapshot or len(rows.row) > _MOST:
        return
    for piece in rows.pieces:
        again = _runs_again(_texts_of(piece, rows.source.key))
        if again.any():
            piece.doubted |= again
            what = f"{int(again.sum())} 行与前面连着的几行一样,只有编号不同,像是粘贴了两次"
            yield Problem("D322", what, piece.raw.place)


def _texts_of(piece: Piece, key: Sequence[str]) -> list[tuple[str, ...]]:
    """What each row says, declared or not, but for its number and who entered it."""
    keys = {piece.where[name] for name in key if name in piece.where}
    columns = [
        piece.column(at).to_pylist()
        for at, title in enumerate(piece.part.header.titles)
        if title and at not in keys and not _ENTERED.search(title) and not _NUMBER.fullmatch(fold(title))
    ]
    return [tuple(str(cell or "").strip() for cell in row) for row in zip(*columns, strict=True)]


def _runs_again(texts: list[tuple[str, ...]]) -> np.ndarray:
    """Which rows are of a run that stands before, row by row; rows that say little are no run."""
    found = np.zeros(len(texts), dtype=bool)
    seen: dict[tuple[tuple[str, ...], ...], int] = {}
    for row in range(len(texts) - _RUN + 1):
        run = tuple(texts[row : row + _RUN])
        words = [next((text for text in said if len(text) >= _WORDS and not text[0].isdigit()), "") for said in run]
        telling = len({*words} - {""}) == _RUN and all(sum(map(bool, said)) >= _SEVERAL for said in run)
        if telling and seen.setdefault(run, row) <= row - _RUN:
            found[row : row + _RUN] = True
    return found


_RUN, _WORDS, _MOST = 3, 5, 20_000
_SERIAL = re.compile("单号|编号|序号|流水|票号|工单|^号$")
_WHOSE = re.compile("[员职]?工号|人员|员工|设备|资产|客户|项目|合同|系统|学员|用户")
_NUMBER = re.compile("序号|编?号|no\\.?")


def doubt_passed_on(rows: Rows) -> Iterator[Problem]:
    """Doubt rows that name the number of another department as their origin: the same thing under one of their own."""
    names = [name for name in rows.source.key if name != SUBMITTER]
    if len(names) != 1 or rows.source.columns[names[0]].kind is not Kind.TEXT:
        return
    keys = pa.array(rows.typed[names[0]].values, pa.string())
    departments = np.array([piece.raw.department for piece in rows.pieces], dtype=object)[rows.export]
    for piece in rows.pieces if len(set(departments)) > 1 else ():
        others = keys.filter(pa.array(departments != piece.raw.department))
        for at, title in enumerate(piece.part.header.titles):
            if not _ORIGIN.fullmatch(fold(title)):
                continue
            told = piece.column(at)
            again = is_filled(told) & np.asarray(pc.is_in(told, value_set=others))
            if again.any():
                piece.doubted |= again
                what = f"{int(again.sum())} 行的“{title}”是另一部门一行的编号,不知是不是同一件事"
                yield Problem("D322", what, piece.raw.place)


def doubt_told(rows: Rows) -> Iterator[Problem]:
    """Doubt rows that name the number of another row and say that they were joined to it, 并入A3; and, where rows are
    counted and no amounts added, both that which takes another back and the one that it takes back."""
    names = [name for name in rows.source.key if name != SUBMITTER]
    if len(names) != 1 or rows.source.columns[names[0]].kind is not Kind.TEXT or len(rows.row) > _MOST:
        return
    told = [(piece, mine) for piece, mine in placed(rows.pieces) if _says(piece, _TOLD)]
    keys = [str(key) for key in rows.typed[names[0]].values] if told else []
    at_key = {key: at for at, key in enumerate(keys) if any(map(str.isdigit, key))}
    pattern = _SAME_THING if rows.usage.added else _TOLD
    for piece, mine in told:
        doubted: set[int] = set()
        for texts in map(piece.column, range(piece.raw.grid.cells.num_columns)):
            for row in np.flatnonzero(matches(texts, pattern)).tolist():
                text = str(texts[row])
                others = {at_key.get(number, -1) for number in _NUMBERS.findall(text)} - {-1, mine.start + row}
                doubted |= {mine.start + row} if others else set()
                doubted |= others if re.search(_TAKEN_BACK, text) else set()
        for other, own in placed(rows.pieces) if doubted else ():
            other.doubted[[one - own.start for one in doubted if own.start <= one < own.stop]] = True
        if doubted:
            what = f"{len(doubted)} 行写着另一行的编号,说是同一件事或冲销,不知是否计入"
            yield Problem("D321", what, rows.place(min(doubted)))


def _says(piece: Piece, pattern: str) -> bool:
    """Whether any cell of a sheet says something."""
    chunks = [chunk for column in piece.raw.grid.cells.columns for chunk in column.chunks]
    return bool(pc.any(pc.match_substring_regex(pa.chunked_array(chunks, pa.string()), pattern)).as_py())


_SAME_THING = "并入|并单|合并(?:到|至|处理|在|入)|[与同和].{1,24}重复"
_TAKEN_BACK = "冲销|红字|红冲|冲红|冲正|冲回"
_TOLD = f"{_SAME_THING}|{_TAKEN_BACK}"
_NUMBERS = re.compile(r"[A-Za-z\d][A-Za-z\d_/-]*", re.ASCII)


def doubt_withdrawn(rows: Rows) -> Iterator[Problem]:
    """Doubt the records of which another sheet, of no earlier time, says that they don't count: not that they stand
    there twice."""
    found = [_withdrawn(piece) for piece in rows.pieces]
    if not any(said.any() for said in found):
        return
    key, known = key_numbers(rows), ~without_key(rows) & ~numbered(rows)[rows.export]
    for (piece, own), said in zip(placed(rows.pieces), found, strict=True):
        meant = np.isin(key, key[own][said]) & known & ~rows.doubted
        meant[own] = False
        for other, mine in rows.having(meant):
            if piece.time and other.time and piece.time[0] < other.time[0]:
                continue
            other.doubted |= meant[mine]
            first = rows.place(mine.start + int(meant[mine].argmax()))
            yield Problem("D321", f"{int(meant[mine].sum())} 行在 {piece.raw.place} 中写着作废、撤销一类的字", first)


def _withdrawn(piece: Piece) -> np.ndarray:
    found = np.isin(piece.rows - 1, piece.raw.grid.struck_rows)
    header = piece.part.header
    for at, title in enumerate(header.titles):
        for said in disowning(title, declared=title not in header.extra):
            told = piece.column(at)
            found |= matches(told, said) & ~matches(told, "重复|不计")
    return found


_ORIGIN = re.compile("(?:来源|原|源|上游|转自|转派)(?:工单|事件|故障|问题|流水|投诉)?(?:单号|编号|号)")
"""What columns are called that say from where a row was passed on."""
_ENTERED = re.compile("登记|录入|填[报写表]|记录|经办|接线|坐席|值班|制单|提交")
"""What columns are called that say who entered a row."""
_SEVERAL = 3
_A_DAY_LONG = 86_400_000_000
