"""No records: rows of a sheet that are none, by what stands in them.

Convention: a row is set aside only by what stands in it: blank, a repeated header, a number without anything, a label
(合计, 备注 …) beside which nothing stands that a record would have, a heading or a hint.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc

from itss_kpi.catalogue.sources import Source
from itss_kpi.core.stated import last_day_in
from itss_kpi.core.text import fold, plain
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets.body import ANY_YEAR, Body, is_dated, is_filled, is_undated, matches, tried
from itss_kpi.tables.sheets.other_tables import titles_below, under_other_headings
from itss_kpi.tables.sheets.prose import is_lacking

TOTALS = ("合计", "小计", "总计", "累计", "共计", "平均", "平均值")

_NOTES = (
    *("制表", "填表", "填报", "审核", "复核", "备注", "说明", "注", "打印日期", "统计人", "负责人", "编制", "批准"),
    *("审批", "审阅", "经办", "部门主管", "盖章", "签字", "签名", "签章", "制单", "报送人", "联系人", "联系电话"),
    *("导出人", "导出时间", "打印人", "打印时间", "操作人", "数据来源"),
)

_NOTE_ENDS = (*_NOTES, "人", "日期", "时间", "部门")

_REPEATED = "重复表头"

_UNITS = "单次条件个人份起项台套元分天笔户名"

_FIGURE = re.compile(rf"共?[-+(]?[\d,.]+\)?\s*%?[{_UNITS}]?(?:小时|分钟|人次)?", re.ASCII)

_COLUMNS = 3
"""Columns below which a row with nothing but its number may be a record with a blank."""

EXAMPLE = "【示例】"
"""How the key of a template's example row begins: the row shows how to fill in and is never counted."""

_EXAMPLES = ("示例", "0001", "E0001")
"""How the texts of a template's example row begin."""

GAP = r"[\s\p{Z}]*"


def spaced(words: Sequence[str]) -> str:
    """The words as alternatives of a pattern, each with blanks anywhere in it: 合 计."""
    return "|".join(GAP.join(word) for word in words)


_NO_ADDITION = "(?!补[记登录充]|另[有记]|漏|遗漏)"
"""Before a label: what is added isn't said of the table."""

NUMERAL = "[一二三四五六七八九十]"

_SIGNED = r"^[^\d:：]{0,8}(?:签[字名章收认]|盖章|[人员])(?:处|栏)?[)）]?[:：]"
_NAMED = "^[\u4e00-\u9fff]{2,6}[:：]\\s*[\u4e00-\u9fff]{0,4}$"
"""How a line for signatures begins, 客户签字:, and who is named in one: 值班经理:王五."""

_LABEL = (
    rf"{_SIGNED}|{_NAMED}|^{GAP}{GAP.join(EXAMPLE)}|^{GAP}[【\[(（]?{GAP}(?:{spaced(_NOTES)})"
    rf"|(?:{spaced((*TOTALS, '汇总'))}){GAP}[】\])）:：\s\p{{Z}}]*$"
)

_OF_LABELS = f"[{''.join(sorted({*''.join(TOTALS), '汇', *(word[0] for word in _NOTES), EXAMPLE[0], *'签盖人员:：'}))}]"
"""A character without which no text is a label: most keys have none, and then the pattern need not be tried."""

UNIT = re.compile(
    r"[(\[]?(?:单位:?)?(?:%|百分比|年[-/.]?月[-/.]?日|时[:.]?分|y{2,4}[-/.]m{1,2}[-/.]d{1,2}.*|[-—/]+"
    r"|[年月日天时分秒]|小时|分钟|秒钟|[百千万亿]*元|[个件台套人次条项起户名份吨米]|人次|人天|k[gmw]h?|min|h|s|t)[)\]]?"
)
"""What stands in a row of units below the headings."""
_IS_UNIT = re.compile(r"[^\W\d_]").search

_HINT = re.compile(
    r"必填|选填|可不填|填写|下拉|选择|精确到|留空|自动(?:生成|计算)|文本|数字|数值|整数|日期型|^日期$|格式|yyyy|例如|如:"
    r"|[^\W\d]/[^\W\d]|[^\W\d][、,].*[、,][^\W\d]"
)
"""What the row under the header says of how to fill in a column."""

_SECTION = rf"^(?:{NUMERAL}+[、.．]|[(（]{NUMERAL}+[)）]、?|第{NUMERAL}+[部章节类]分?|以下|下列)"
"""How a heading between the rows begins."""

_NONE = r"[/\\-]+|无|没有|零|none|n/?a|nil|不涉及|空白?|零(?:报告|记录|事件|投诉)"

_NOTHING = (
    r"(?:经[\u4e00-\u9fff]{1,4}[,,])?(?:本|当|\d{4}年)?(?:\d\d?|第?[一二三四])?[月季年期度]*(?:内|份)?[,,]?(?:[本我该全][\u4e00-\u9fff]{1,6})?"
    "(?:暂?无|未|没有|零).{0,20}"
)


def set_aside(body: Body, keep: np.ndarray) -> Counter[str]:
    """Take what is no record out of the rows to `keep`; the numbers of rows by kind."""
    kinds: Counter[str] = Counter()
    suspects = _suspects(body)
    titles = {fold(title) for title in body.header.titles} if suspects else set()
    for column in body.raw.grid.cells.columns if suspects else ():
        titles.add(fold(str(column[body.start - 1].as_py() or "")))
    elsewhere = under_other_headings(body) if suspects else set()
    notes: set[int] = set()
    for row in suspects:
        kind = None if row in body.marked | elsewhere else _kind_of_row(body, row, titles)
        if kind is None and row - 1 in notes and _NUMBERED.match(" ".join(body.cells(row))):
            kind = "说明"
        if kind == "说明":
            notes.add(row)
        while kind and row >= 0 and keep[row]:
            keep[row] = False
            kinds[kind] += 1
            # above a repeated header may be its title
            row -= 1
            kind = "说明" if kind == _REPEATED and row >= 0 and body.widths[row] == 1 else None
    for kind, find in _BLANK:
        if (rows := find(body, keep)).any():
            keep[rows] = False
            kinds[kind] = int(rows.sum())
    return kinds


_NUMBERED = re.compile(r"^[((]?\d{1,2}[))]?[.、.]\s*[^\d\s].{3,}$")
"""A further line of what is said below a label: 2. 处理时长以分钟计;"""


def _suspects(body: Body) -> list[int]:
    # rows that may hold no data: a key is blank, reads like a label, or repeats its own title
    odd = np.full(len(body), not body.keys)
    for name, key in body.keys.items():
        odd |= ~is_filled(key)
        if name in body.odd_keys:
            odd |= tried(key, _OF_LABELS, _LABEL)
            odd |= (body.widths == 1) & matches(key, _WORDS) & (len(body.header.where) >= _COLUMNS)
        odd |= np.asarray(pc.fill_null(pc.equal(key, body.header.titles[body.header.where[name]]), False))
    return np.flatnonzero(odd & body.filled).tolist()


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
    alone = plain(filled[0]) if len(filled) == 1 else ""
    if _NO_MONTH.match(alone):
        return _NOT_HAPPENED
    prose = _PROSE.match(alone) or _OF_TABLE.match(alone)
    if (prose and not _ends_earlier(body, alone)) or is_lacking(alone, len(body)):
        return "说明"
    if _is_signed(filled):
        return "说明"
    total = next((cell for cell in filled if _bare(cell).endswith(TOTALS) or _bare(cell) == "汇总"), None)
    others = {name: text for name, text in declared.items() if text and text != (total or filled[0])}
    if total is not None:
        # a total has figures beside it, wherever they stand, and nothing else
        figures = all(_FIGURE.fullmatch(plain(text)) for text in others.values())
        return "合计" if figures and not others.keys() & set(source.key) and not is_dated(others, source) else None
    label = _bare(filled[0])
    noted = label.startswith(_NOTES) and (":" in fold(filled[0]) or label.endswith(_NOTE_ENDS) or not others)
    note = noted or re.match(_SIGNED, filled[0]) or all(re.match(_NO_ADDITION + _NAMED, plain(cell)) for cell in filled)
    return "说明" if note and not others.keys() & set(source.key) and not is_dated(others, source) else None


def _is_signed(cells_of_row: Sequence[str]) -> bool:
    """Whether a row is a line of signatures alone, the names in the labels' cells or behind them: 填报: | 王五."""
    behind = False
    for cell in map(plain, cells_of_row):
        if _SIGNATURE.fullmatch(cell):
            behind = cell.endswith(":")
        elif behind and _PERSON.fullmatch(cell):
            behind = False
        else:
            return False
    return True


_SIGNATURE = re.compile(
    rf"{_NO_ADDITION}[\u4e00-\u9fff]{{2,8}}(?:\([\u4e00-\u9fff]{{1,4}}\))?:\s*"
    r"(?:[\u4e00-\u9fff]{2,4}|[\s年月日/.-]*|\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*日?)"
)
_PERSON = re.compile("[\u4e00-\u9fff]{2,4}")


def _ends_earlier(body: Body, text: str) -> bool:
    """Whether it is said of a day before the end of the file's time, up to which there may be no more."""
    day = last_day_in(text)
    return day is not None and body.raw.covers is not None and day + timedelta(days=1) < body.raw.covers[1]


_WORDS = "[\u4e00-\u9fff].*[\u4e00-\u9fff]"

_PROSE = re.compile(
    rf"[-—_*\s(]*(?:以下|此处|下方)(?:空白|无(?:内容|正文|记录))"
    rf"|{_NO_ADDITION}[\u4e00-\u9fff]{{2,6}}(?<![月季周旬年日号]):.{{4,}}$"
    rf"|(?:[本当全]?[年季月周度期]+)?(?:{'|'.join(TOTALS)}|共):?共?[\d,.]+[{_UNITS}]?(?:[,;(]其中.*)?[.;。]?$"
)
"""What is written alone in a row that is none: that nothing follows, what something means, how many there are."""

_OF_TABLE = re.compile(
    "(?!.*(?:作废|不[计算纳]|除外|剔除|误|取消|撤[销回单]|重复|演练|测试))(?:"
    "另?附(?:[:件表图]|有?.{0,4}(?:照片|图纸|清单|截图|录像))|(?:以上|上述)(?:数据|内容|信息|记录)均?(?:由|来自|来源|取自|摘自)"
    "|本(?:表|台账|记录)(?:一式|由|依据|按)|表[号格]:|[★※▲].{0,4}(?:[为是=]|表示|代表)"
    "|(?:纸质|原[件始]|照片|扫描件?|附件|电子版|资料).{0,12}(?:存档|归档|档案室|共享盘|备查|留存)$)"
)
"""What is written alone in a row of the table itself, and not against its rows: where it is from, what a sign means,
what goes with it."""

_NO_MONTH = re.compile(r"(?:\d{4}年)?\d{1,2}月份?[::,]?(?:暂?无|没有|未发生|零).{0,10}$")
_NOT_HAPPENED = "写明没有发生的"


def _is_example(row: Mapping[str, str], source: Source) -> bool:
    """Whether the template's example row is as the template has it."""
    keys = [row[name].removeprefix(EXAMPLE) for name in source.key if row.get(name, "").startswith(EXAMPLE)]
    texts = [row[name] for name, one in source.columns.items() if one.type == "text" and name not in source.key]
    written = [text for text in texts if text and text not in source.departments]
    if written:
        return all(text.startswith(_EXAMPLES) for text in written)
    named = any(key.startswith(_EXAMPLES) for key in keys)
    return named or all(source.columns[name].type != "text" for name in source.key if name in source.columns)


def _bare(cell: str) -> str:
    return fold(cell).strip("[]()【】:")


def _only_numbered(body: Body, keep: np.ndarray) -> np.ndarray:
    """The last rows of a form that was numbered in advance: nothing but a number, each the one after that before, as
    those above are numbered in their order."""
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
    above = [_last_number(str(key[row].as_py() or "")) or 0 for row in rows[used].tolist()]
    in_order = all(before < after for before, after in pairwise(above))
    if in_order and all(before and after == before + 1 for before, after in pairwise(numbers)):
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
    dated = [text for text in said if cells.read_datetime(text, ANY_YEAR) is not None]
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
        if row == 0 and row not in body.marked and all(map(UNIT.fullmatch, texts)) and any(map(_IS_UNIT, texts)):
            found[row] = True
            continue
        if len(texts) < _COLUMNS or row in body.marked or not is_undated(body, row, texts):
            break
        numbers = [re.fullmatch(r"[(\[]?(\d\d?)[)\]]?", text) for text in texts]
        ordered = all(number and int(number[1]) == at for at, number in enumerate(numbers, 1))
        keys = [fold(str(key[row].as_py() or "")) for key in body.keys.values()]
        named = any(re.search(r"\d", key) and not key.startswith(("如", "例")) for key in keys)
        if not ordered and (named or 2 * sum(bool(_HINT.search(text)) for text in texts) < len(texts)):
            break
        found[row] = True
    return found


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


def _footers(body: Body, keep: np.ndarray) -> np.ndarray:
    """The last rows, where they say no more than how many pages and records there are."""
    found = np.zeros(len(body), dtype=bool)
    for row in np.flatnonzero(keep)[:-_FOOTERS:-1].tolist():
        texts = body.cells(row)
        if not _COUNTED.fullmatch(plain(" ".join(texts))):
            break
        found[row] = True
    return found


_FOOTERS = 4
_COUNTED = re.compile(
    r"(?:当?前?第\s*\d+(?:/\d+)?\s*页|共\s*\d+\s*[页条行件项次](?:记录|数据)?|每页\s*\d+\s*[条行]|[\s,;/。-])+"
)


_BLANK: tuple[tuple[str, Callable[[Body, np.ndarray], np.ndarray]], ...] = (
    ("只有编号的空白", _only_numbered),
    (_NOT_HAPPENED, _says_none),
    ("填写说明", _hints),
    ("分节标题", _sections),
    ("另一张表的标题与表头", titles_below),
    ("页码与行数", _footers),
)
"""What a kind of row without a record is called, and which rows it is."""
