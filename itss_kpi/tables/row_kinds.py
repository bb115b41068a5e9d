"""Kinds of rows: which rows of a sheet are records, which are none, and which may be either, or several.

Convention: a row is set aside only by what stands in it: blank, a repeated header, a number without anything, or a
label (合计, 备注 …) beside which nothing stands that a record would have. What looks like no record but has what one
has is kept, and doubtful.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.text import fold, plain, ranges_text
from itss_kpi.tables import cell_values as cells
from itss_kpi.tables.body import Body, is_filled, matches

_TOTALS = ("合计", "小计", "总计", "累计", "共计", "平均", "平均值")
_NOTES = ("制表", "填表", "填报", "审核", "复核", "备注", "说明", "注", "打印日期", "统计人", "负责人", "编制", "批准")
_ANY_YEAR = 2000
_NOTE_ENDS = (*_NOTES, "人", "日期", "时间", "部门")
_REPEATED = "重复表头"
_A_WEEK = 7
_FEW_WORDS = 50
_COLUMNS = 3
"""Columns below which a row with nothing but its number may be a record with a blank."""
EXAMPLE = "【示例】"
"""How the key of a template's example row begins: the row shows how to fill in and is never counted."""
_EXAMPLES = ("示例", "0001", "E0001")
"""How the texts of a template's example row begin."""
_GAP = r"[\s\p{Z}]*"


def _spaced(words: Sequence[str]) -> str:
    """The words as alternatives of a pattern, each with blanks anywhere in it: 合 计."""
    return "|".join(_GAP.join(word) for word in words)


_NUMERAL = "[一二三四五六七八九十]"
_CARRIED = (
    r"其中.*|汇总|(?:上[月年期季旬页]|期[初末]|年[初末]|月[初末]|承前|本[月期季年页])(?:结[转存余]|同期|余额|库存|累计|合?计|末|页)"
    rf"|(?:上年|去年)?同期|结[转存余].*|转下[月年期季页]|共\d+.*|(?:\d\d?|{_NUMERAL}+)月份?(?:合?计)?"
    rf"|第?[一二三四1-4]季度?(?:合?计)?|[上下]半年(?:合?计)?|全年|年度"
)
"""What stands in a key's place where figures are summed up or carried over."""
_LABEL = (
    rf"^{_GAP}{_GAP.join(EXAMPLE)}|^{_GAP}[【\[(（]?{_GAP}(?:{_spaced(_NOTES)})"
    rf"|(?:{_spaced(_TOTALS)}){_GAP}[】\])）:：\s\p{{Z}}]*$"
)
_OF_LABELS = f"[{''.join(sorted({*''.join(_TOTALS), *(word[0] for word in _NOTES), EXAMPLE[0]}))}]"
"""A character without which no text is a label: most keys have none, and then the pattern need not be tried."""
_OF_SUMS = f"[{''.join(sorted({*''.join(_TOTALS), *'其汇期年月季承同结转半'}))}]"
_OF_SEVERAL = r"[、;,~至到等\x{ff1b}\x{ff0c}\x{ff5e}\n]"
_TOTALLED = rf"(?:{_spaced(_TOTALS)}){_GAP}[】\])）:：]*$"
_SUMMED = rf"{_TOTALLED}|^(?:{_CARRIED})[:：]?$"
_CARRIED_OVER = pa.array(
    ["小计", "合计", "总计", "共计", "上年同期", "去年同期", "全月", "全季", "全年"]
    + [time + what for time in ("本月", "本季", "本年") for what in ("合计", "累计")]
    + [
        time + what
        for time in ("上月", "上年", "上期", "期初", "期末", "月初", "年初")
        for what in ("结转", "结存", "结余", "余额", "库存", "余料", "存货")
    ]
)
"""What is no value of any column."""
_PART = r"[.-]\d{1,3}$"
_SEVERAL = (
    r"\d\s*(?:[、;\x{ff1b}]|\n[A-Za-z\d])[^、;\x{ff1b}\n]*\d|[^\d,\x{ff0c}]\d[^,\x{ff0c}]*[,\x{ff0c}][^,\x{ff0c}]*\d"
    rf"|\d\s*(?:[~\x{{ff5e}}]|至|到)[^~至到]*\d|等\s*(?:\d+|{_NUMERAL}+)\s*[起件条个单次项宗笔例]"
)
"""How the numbers of several records are written in one cell: A1、A2; A1~A4; A1等3起."""
_HINT = re.compile(
    r"必填|选填|可不填|填写|下拉|选择|精确到|留空|自动(?:生成|计算)|文本|数字|数值|整数|日期型|^日期$|格式|yyyy|例如|如:"
    r"|[^\W\d]/[^\W\d]|[^\W\d][、,].*[、,][^\W\d]"
)
"""What the row under the header says of how to fill in a column."""
_SECTION = rf"^(?:{_NUMERAL}+[、.．]|[(（]{_NUMERAL}+[)）]、?|第{_NUMERAL}+[部章节类]分?)"
"""How a heading between the rows begins."""
_NONE = r"[/\\-]+|无|没有|零|none|n/?a|nil|不涉及|空白?|零(?:报告|记录|事件|投诉)"
_NOTHING = r"(?:本|当|\d{4}年)?(?:\d\d?|第?[一二三四])?[月季年期度]*(?:内|份)?(?:暂?无|未|没有|零).{0,20}"


@dataclass
class RowKinds:
    """Which rows to `keep`; of these, those that are `doubted` may be no records, and those that stand for `many` are
    several; of the `shifted` ones no cell is where it should be. `counts` of the rows read, blank, and no data."""

    keep: np.ndarray
    doubted: np.ndarray
    many: np.ndarray
    shifted: np.ndarray
    counts: Counter[str] = field(default_factory=Counter)


def sort_rows(body: Body, problems: list[Problem]) -> RowKinds:
    """What kind each row is. What is set aside is said by kind."""
    nothing = np.zeros(len(body), dtype=bool)
    found = RowKinds(body.filled.copy(), nothing.copy(), nothing.copy(), nothing.copy())
    kinds = _set_aside(body, found)
    place = Place(body.raw.path, body.raw.grid.sheet)
    if said := "、".join(f"{kind} {count} 行" for kind, count in kinds.items() if kind != EXAMPLE):
        problems.append(Problem("D303", f"未计入的非数据行:{said}", place))
    for code, what, find, attribute in _RULES:
        rows = find(body, found.keep) & ~_listed(body, body.raw.counted | body.raw.left_out)
        if rows.any():
            getattr(found, attribute)[rows] = True
            problems.append(_doubt(body, code, what, rows))
    _set_aside_hidden(body, found, problems)
    found.keep &= ~_listed(body, body.raw.left_out)
    read = int(np.flatnonzero(body.filled)[-1]) + 1 if body.filled.any() else 0
    blank, kept = read - int(body.filled.sum()), int(found.keep.sum())
    found.counts = Counter({"read": read, "blank": blank, "non_data": read - blank - kept})
    return found


def _listed(body: Body, rows: Iterable[int]) -> np.ndarray:
    """Which rows have these numbers of the sheet."""
    found: np.ndarray = np.isin(np.arange(len(body)) + body.start + 1, list(rows))
    return found


def _doubt(body: Body, code: str, what: str, rows: np.ndarray) -> Problem:
    at = np.flatnonzero(rows).tolist()
    shown = ranges_text(body.start + row + 1 for row in at[:20]) + ("等" if len(at) > 20 else "")
    return Problem(code, f"{what}:第 {shown} 行", body.place(at[0]))


# ---- rows that are no records


def _set_aside(body: Body, found: RowKinds) -> Counter[str]:
    """Take out what is no record; the numbers of rows by kind."""
    kinds: Counter[str] = Counter()
    suspects = _suspects(body)
    titles = {fold(title) for title in body.header.titles} if suspects else set()
    for column in body.raw.grid.cells.columns if suspects else ():
        titles.add(fold(str(column[body.start - 1].as_py() or "")))
    for row in suspects:
        kind = None if row in body.marked else _kind_of_row(body, row, titles)
        while kind and row >= 0 and found.keep[row]:
            found.keep[row] = False
            kinds[kind] += 1
            # above a repeated header may be its title
            row -= 1
            kind = "说明" if kind == _REPEATED and row >= 0 and body.widths[row] == 1 else None
    for kind, find in _BLANK:
        if (rows := find(body, found.keep)).any():
            found.keep[rows] = False
            kinds[kind] = int(rows.sum())
    return kinds


def _set_aside_hidden(body: Body, found: RowKinds, problems: list[Problem]) -> None:
    """Say which rows are hidden or struck through, and take them out where the ledger says so."""
    grid, place = body.raw.grid, Place(body.raw.path, body.raw.grid.sheet)
    for name, listed in (("隐藏", grid.hidden_rows), ("划掉", grid.struck_rows)):
        rows = _listed(body, (row + 1 for row in listed))
        if not (number := int((rows & found.keep).sum())):
            continue
        if body.source.hidden == "skip":
            found.keep[rows] = False
            problems.append(Problem("D303", f"未计入的非数据行:{name}行 {number} 行", place))
        else:
            problems.append(Problem("D304", f"有 {number} 个{name}行,已计入", place))


def _suspects(body: Body) -> list[int]:
    # rows that may hold no data: a key is blank, reads like a label, or repeats its own title
    odd = np.full(len(body), not body.keys)
    for name, key in body.keys.items():
        odd |= ~is_filled(key)
        if name in body.odd_keys:
            odd |= _tried(key, _OF_LABELS, _LABEL)
        odd |= np.asarray(pc.fill_null(pc.equal(key, body.header.titles[body.header.where[name]]), False))
    return np.flatnonzero(odd & body.filled).tolist()


def _tried(texts: pa.Array, character: str, pattern: str) -> np.ndarray:
    """Which texts a pattern is found in that is costly to prepare, and of no use where no text has such a character."""
    some = pc.any(pc.match_substring_regex(texts, character)).as_py()
    return matches(texts, pattern) if some else np.zeros(len(texts), dtype=bool)


def _kind_of_row(body: Body, row: int, titles: set[str]) -> str | None:
    """What kind of row that is no data it is; None for data."""
    filled = body.cells(row)
    source = body.source
    declared = {name: str(text[row].as_py() or "") for name, text in body.texts.items()}
    doubled = any(str(body.columns[at][row].as_py() or "") for _, at in body.header.twice)
    if any(declared.get(key, "").startswith(EXAMPLE) for key in source.key):
        return EXAMPLE if _is_example(declared, source) else None
    if not filled or not (doubled or any(declared.values())):
        return "不属于任何列的内容"
    if {fold(cell) for cell in filled} <= titles:
        return _REPEATED
    total = next((cell for cell in filled if _bare(cell).endswith(_TOTALS)), None)
    others = {name: text for name, text in declared.items() if text and text != (total or filled[0])}
    if total is not None:
        # a total has figures beside it, wherever they stand, and nothing else
        figures = all(cells.read_number(text) is not None for text in others.values())
        return "合计" if figures and not others.keys() & set(source.key) and not _is_dated(others, source) else None
    label = _bare(filled[0])
    note = label.startswith(_NOTES) and (":" in fold(filled[0]) or label.endswith(_NOTE_ENDS) or not others)
    return "说明" if note and not others.keys() & set(source.key) and not _is_dated(others, source) else None


def _is_example(row: Mapping[str, str], source: Source) -> bool:
    """Whether the template's example row is as the template has it."""
    keys = [row[name].removeprefix(EXAMPLE) for name in source.key if row.get(name, "").startswith(EXAMPLE)]
    texts = [row[name] for name, one in source.columns.items() if one.type == "text" and name not in source.key]
    written = [text for text in texts if text and text not in source.departments]
    if written:
        return all(text.startswith(_EXAMPLES) for text in written)
    named = any(key.startswith(_EXAMPLES) for key in keys)
    return named or all(source.columns[name].type != "text" for name in source.key if name in source.columns)


def _is_dated(texts: Mapping[str, str], source: Source) -> bool:
    """Whether a date stands in the row's date column: `202207` is a figure too."""
    text = texts.get(source.date or "")
    if text is None or source.date not in source.columns:
        return False
    read = cells.read_period if source.columns[source.date].type == "period" else cells.read_datetime
    return read(text, _ANY_YEAR) is not None


def _bare(cell: str) -> str:
    return fold(cell).strip("[]()【】:")


def _only_numbered(body: Body, keep: np.ndarray) -> np.ndarray:
    """The last rows of a form that was numbered in advance: nothing but a number, each the one after that before."""
    found = np.zeros(len(body), dtype=bool)
    if len(body.keys) != 1 or len(body.header.where) < _COLUMNS:
        return found
    (key,) = body.keys.values()
    rows = np.flatnonzero(keep)
    if not len(rows) or len(body.cells(int(rows[-1]))) > 1:
        return found
    used = np.flatnonzero(body.widths[rows] > 1)
    last = rows[used[-1] :] if len(used) else rows[:0]
    numbers = [_last_number(str(key[row].as_py() or "")) for row in last.tolist()]
    if all(before and after == before + 1 for before, after in pairwise(numbers)):
        found[last[1:]] = True
    return found


def _last_number(text: str) -> int | None:
    digits = re.search(r"\d{1,9}$", text)
    return int(digits[0]) if digits else None


def _says_none(body: Body, keep: np.ndarray) -> np.ndarray:
    """The only row, where it says that nothing happened."""
    rows = np.flatnonzero(keep)
    nothing = np.zeros(len(body), dtype=bool)
    if len(rows) != 1 or int(rows[0]) in body.marked:
        return nothing
    row = int(rows[0])
    texts = [plain(cell).casefold().rstrip("。.!") for cell in body.cells(row)]
    said = [text for text in texts if text not in ("1", "01")]
    if any(re.match("[本当][月季年期].*(?:无|没有|未)", text) for text in texts):  # whatever its number and its day
        keys = {plain(str(key[row].as_py() or "")).casefold() for key in body.keys.values()}
        said = [text for text in said if text not in keys] or said
    dated = [text for text in said if cells.read_datetime(text, _ANY_YEAR) is not None]
    nones = [text for text in said if re.fullmatch(f"{_NONE}|{_NOTHING}", text)]
    if not nones or len(nones) + len(dated) < len(said):
        return nothing
    # beside a day only what is said of the whole time is no remark on what happened on it
    nothing[rows] = not dated or any(re.match("[本当][月季年期]", text) for text in nones)
    return nothing


def _hints(body: Body, keep: np.ndarray) -> np.ndarray:
    """The first rows below the header, where they number its columns, or say how each is to be filled in."""
    found = np.zeros(len(body), dtype=bool)
    for row in np.flatnonzero(keep)[:2].tolist():
        texts = [fold(text) for text in body.cells(row)]
        if len(texts) < _COLUMNS or row in body.marked or not _is_undated(body, row, texts):
            break
        numbers = [re.fullmatch(r"[(\[]?(\d\d?)[)\]]?", text) for text in texts]
        ordered = all(number and int(number[1]) == at for at, number in enumerate(numbers, 1))
        keys = [fold(str(key[row].as_py() or "")) for key in body.keys.values()]
        named = any(re.search(r"\d", key) and not key.startswith(("如", "例")) for key in keys)
        if not ordered and (named or 2 * sum(bool(_HINT.search(text)) for text in texts) < len(texts)):
            break
        found[row] = True
    return found


def _is_undated(body: Body, row: int, texts: Sequence[str]) -> bool:
    """Whether something else than a date stands where a row has one, and no date elsewhere."""
    name = body.source.date or ""
    if name not in body.header.where or not str(body.texts[name][row].as_py() or ""):
        return False
    read = cells.read_period if body.source.columns[name].type == "period" else cells.read_datetime
    own = read(str(body.texts[name][row].as_py()), _ANY_YEAR)
    return own is None and all(cells.read_datetime(text, _ANY_YEAR) is None for text in texts)


def _sections(body: Body, keep: np.ndarray) -> np.ndarray:
    """Headings between the records: 一、硬件类, with nothing beside them but a name."""
    found = np.zeros(len(body), dtype=bool)
    if len(body.odd_keys) != 1 or len(body.header.where) < _COLUMNS:
        return found
    (key,) = body.odd_keys.values()
    named = keep & matches(key, _SECTION)
    for row in np.flatnonzero(named).tolist() if 2 * int(named.sum()) < int(keep.sum()) else ():
        texts = body.cells(row)
        found[row] = len(texts) == 1 or (len(texts) == 2 and not any(map(str.isdigit, "".join(texts))))
    return found


# ---- rows that are doubtful


def _sums(body: Body, keep: np.ndarray) -> np.ndarray:
    """Totals and amounts carried over that have a date or stand for a number."""
    found = np.zeros(len(body), dtype=bool)
    for name, key in body.odd_keys.items():
        if body.source.columns[name].kind is Kind.TEXT:
            # where the period is a column, or a part of the key, 7月 is a record
            periods = len(body.keys) > 1 or re.search("[年季月期时]", name)
            found |= _tried(key, _OF_SUMS, _TOTALLED if periods else _SUMMED)
    rows = body.raw.grid.cells.slice(body.start, len(body))
    everywhere = pa.chunked_array([chunk for column in rows.columns for chunk in column.chunks], pa.string())
    if pc.any(pc.is_in(everywhere, value_set=_CARRIED_OVER)).as_py():
        for column in body.columns:
            found |= np.asarray(pc.is_in(column, value_set=_CARRIED_OVER))
    return _among(found, keep)


def _parents(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows 1 beside 1.1 and 1.2, or A1 beside A1-1 and A1-2."""
    found = np.zeros(len(body), dtype=bool)
    for key in body.keys.values() if len(body.keys) == 1 else ():
        lengths = pc.min_max(pc.binary_length(key)).as_py()
        parts = matches(key, _PART) if lengths["min"] != lengths["max"] else found  # a part's number is the longer one
        if parts.any():
            above = Counter(re.sub(_PART, "", str(text)) for text in key.filter(pa.array(parts)).to_pylist())
            parents = [text for text, number in above.items() if number > 1]
            found |= np.asarray(pc.is_in(key, value_set=pa.array(parents, pa.string())))
    return _among(found, keep)


def _several(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows whose key holds the numbers of several records."""
    found = np.zeros(len(body), dtype=bool)
    for name, key in body.odd_keys.items():
        if body.source.columns[name].kind is Kind.TEXT:
            found |= _tried(key, _OF_SEVERAL, _SEVERAL)
    return _among(found, keep)


def _typed_over(body: Body, keep: np.ndarray) -> np.ndarray:
    """Records that were written over the template's example row."""
    found = np.zeros(len(body), dtype=bool)
    for key in body.odd_keys.values():
        found |= np.asarray(pc.fill_null(pc.starts_with(key, EXAMPLE), False))
    return _among(found, keep)


def _overlong(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of a text file with cells beyond the header's last: a separator within a value moves those after it."""
    found = np.zeros(len(body), dtype=bool)
    titled = [at for at, title in enumerate(body.header.titles) if title]
    if body.raw.format.startswith("csv") and titled:
        for column in body.columns[titled[-1] + 1 :]:
            found |= is_filled(column)
    # a column of remarks without a heading is filled in more rows than a slip would fill
    seldom = 2 * int((found & keep).sum()) < int(keep.sum())
    return _among(found, keep & seldom)


def _of_another(body: Body, keep: np.ndarray) -> np.ndarray:
    """The rows of a table with headings of its own below: after a blank row or a title, a row of words above more."""
    found = np.zeros(len(body), dtype=bool)
    key = next(iter(body.odd_keys.values()), None)
    if key is None:
        return found
    words = is_filled(key) & ~matches(key, r"\d")
    candidates = np.flatnonzero(words).tolist()
    if len(candidates) > min(_FEW_WORDS, int(is_filled(key).sum()) // 2):
        return found  # where keys are words, they tell nothing
    for row in candidates:
        above = len(body.cells(row - 1)) if row else 2
        if above <= 1 and row + 1 < len(body) and _is_heading(body.cells(row), body.header.titles):
            found[row - above :] = True
            break
    return _among(found, keep)


def _is_heading(cells_of_row: Sequence[str], titles: Sequence[str]) -> bool:
    filled = [plain(cell) for cell in cells_of_row]
    words = not any(":" in cell or any(map(str.isdigit, cell)) for cell in filled)
    return len(filled) > 2 and words and not set(filled) <= set(titles)


def _calendar(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows that nobody has filled in, of a form in which each day of a time is printed, once or for each shift."""
    found = np.zeros(len(body), dtype=bool)
    date = body.source.columns.get(body.source.date or "")
    if date is None or date.type != "date" or body.source.date not in body.header.where or not body.keys:
        return found
    others = [name for name in body.header.where if name not in (*body.keys, body.source.date)]
    filled = {name: is_filled(body.texts[name])[keep] for name in others}
    blanks = [name for name, rows in filled.items() if not rows.all()]
    if not blanks:
        return found
    bare = keep & (body.widths <= len({*body.keys, body.source.date}))
    if not bare.any() and all(body.source.columns[name].type == "text" for name in blanks):
        bare = _left_over(keep, [filled[name] for name in blanks])
    if not bare.any() or bare.sum() == keep.sum():
        return found
    texts = body.texts[body.source.date or ""].filter(pa.array(keep)).to_pylist()
    return bare if _each_day([cells.read_date(str(text or ""), _ANY_YEAR) for text in texts]) else found


def _left_over(keep: np.ndarray, columns: Sequence[np.ndarray]) -> np.ndarray:
    """The last of the kept rows, where two or more columns are filled down to them, and none in them."""
    found = np.zeros(len(keep), dtype=bool)
    first = int(columns[0].argmin())
    if len(columns) > 1 and all(rows[:first].all() and not rows[first:].any() for rows in columns):
        found[np.flatnonzero(keep)[first:]] = True
    return found


def _each_day(days: Sequence[int | None]) -> bool:
    """Whether these are the days of at least a week, one after the other, each as often as the others."""
    times = Counter(days)
    steps = {after - before for before, after in pairwise(days) if before is not None and after is not None}
    whole = None not in times and len(times) >= _A_WEEK and len(set(times.values())) == 1
    return whole and steps <= {0, 86_400_000_000}


def _among(rows: np.ndarray, keep: np.ndarray) -> np.ndarray:
    found: np.ndarray = rows & keep
    return found


Rule = Callable[[Body, np.ndarray], np.ndarray]
_BLANK: tuple[tuple[str, Rule], ...] = (
    ("只有编号的空白", _only_numbered),
    ("写明没有发生的", _says_none),
    ("填写说明", _hints),
    ("分节标题", _sections),
)
"""What a kind of row without a record is called, and which rows it is."""
_RULES: tuple[tuple[str, str, Rule, str], ...] = (
    ("D313", "像合计、结转的行,却有编号或日期", _sums, "doubted"),
    ("D314", "上级行与它的下级行都在", _parents, "doubted"),
    ("D315", "一行写了几条记录的编号", _several, "many"),
    ("D305", f"编号以{EXAMPLE}开头,内容却不是模板的示例", _typed_over, "doubted"),
    ("D129", "单元格比表头多", _overlong, "shifted"),
    ("D316", "另一张表的行", _of_another, "doubted"),
    ("D317", "只有编号和预先印好的日期", _calendar, "doubted"),
)
"""The code, what is said, which rows it is said of, and what they are."""
