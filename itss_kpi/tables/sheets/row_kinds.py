"""Kinds of rows: which rows of a sheet are records, which are none, and which may be either, or several.

Convention: what is no record is set aside (`no_records`). What looks like none but has what a record has is kept, and
doubtful.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import fold, ranges_text
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets import disowned, other_tables
from itss_kpi.tables.sheets.body import Body, among, is_filled, matches, tried
from itss_kpi.tables.sheets.forms import calendar, dragged
from itss_kpi.tables.sheets.header import CONTINUED
from itss_kpi.tables.sheets.no_records import EXAMPLE, GAP, NUMERAL, TOTALS, set_aside, spaced

_FEW_WORDS = 50
_CARRIED = (
    r"其中.*|汇总|(?:上[月年期季旬页]|期[初末]|年[初末]|月[初末]|承前|本[月期季年页])(?:结[转存余]|同期|余额|库存|累计|合?计|末|页)"
    rf"|(?:上年|去年)?同期|结[转存余].*|转下[月年期季页]|[过转][次下]页|共\d+.*|(?:\d\d?|{NUMERAL}+)月份?(?:合?计)?"
    rf"|第?[一二三四1-4]季度?(?:合?计)?|[上下]半年(?:合?计)?|全年|年度|[∑Σ].*|以上.*|共{NUMERAL}+.*|本[月季年周期]|预算"
    r"|(?i:(?:grand|sub)?[\s-]*total|sum)"
)
"""What stands in a key's place where figures are summed up or carried over."""
_OF_SUMS = f"[{''.join(sorted({*''.join(TOTALS), *'其汇期年月季承同结转半∑Σ以周预'}))}]|(?i:total|sum)"
_OF_SEVERAL = r"[、;,~至到等\x{ff1b}\x{ff0c}\x{ff5e}\n]"
_TOTALLED = rf"(?:{spaced(TOTALS)}){GAP}[】\])）:：]*$"
_SUMMED = rf"{_TOTALLED}|\s汇总$|^(?:{_CARRIED})[:：]?$"
_WHOLE = (
    "^(?:全(?:省|市|区|县|国|网|公司|局|院|校|厂|行业)(?:合计|汇总|总计|平均|总体)?|最[大小高低优差]值?|(?:标杆|基准|平均|目标)(?:值|水平)?"
    "|均值|中位数|平均[\u4e00-\u9fff]{1,4}(?:率|分|数|量|时长|值)|综合(?:可用率|平均|得分|指标|值)?|[总整]体(?:可用率|平均|得分|情况|值)?)$"
)
"""What stands in a name's place beside the parts of which it is the whole, or the extreme."""
_OF_WHOLES = "[全最标基平目均中综总整]"
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
    rf"|\d\s*(?:[~\x{{ff5e}}]|至|到)[^~至到]*\d|等\s*(?:\d+|{NUMERAL}+)\s*[起件条个单次项宗笔例]"
)
"""How the numbers of several records are written in one cell: A1、A2; A1~A4; A1等3起."""


Rule = Callable[[Body, np.ndarray], np.ndarray]


@dataclass
class RowKinds:
    """Which rows to `keep`; of these, those that are `doubted` may be no records, and those that stand for `many` are
    several; of the `shifted` ones no cell is where it should be. `counts` of the rows read, blank, and no data; what is
    `lacking` by a total that is more than what is there."""

    keep: np.ndarray
    doubted: np.ndarray
    many: np.ndarray
    shifted: np.ndarray
    counts: Counter[str] = field(default_factory=Counter)
    lacking: str = ""


def sort_rows(body: Body, problems: list[Problem]) -> RowKinds:
    """What kind each row is. What is set aside is said by kind."""
    nothing = np.zeros(len(body), dtype=bool)
    found = RowKinds(body.filled.copy(), nothing.copy(), nothing.copy(), nothing.copy())
    kinds = set_aside(body, found.keep)
    if said := "、".join(f"{kind} {count} 行" for kind, count in kinds.items() if kind != EXAMPLE):
        problems.append(Problem("D303", f"未计入的非数据行:{said}", body.raw.place))
    for code, what, find, attribute in _RULES:
        rows = find(body, found.keep) & ~_listed(body, body.raw.counted | body.raw.left_out)
        if rows.any():
            getattr(found, attribute)[rows] = True
            problems.append(_doubt(body, code, what, rows))
    found.lacking = _more_in_total(body, found.keep) if kinds["合计"] == 1 else ""
    _set_aside_hidden(body, found, problems)
    found.keep &= ~_listed(body, body.raw.left_out)
    read = int(np.flatnonzero(body.filled)[-1]) + 1 if body.filled.any() else 0
    blank, kept = read - int(body.filled.sum()), int(found.keep.sum())
    found.counts = Counter({"read": read, "blank": blank, "non_data": read - blank - kept})
    return found


def _listed(body: Body, rows: Iterable[int]) -> np.ndarray:
    """Which rows have these numbers of the sheet."""
    return np.asarray(np.isin(np.arange(len(body)) + body.start + 1, list(rows)))


def _doubt(body: Body, code: str, what: str, rows: np.ndarray) -> Problem:
    at = np.flatnonzero(rows).tolist()
    shown = ranges_text(body.numbers(at[:20])) + ("等" if len(at) > 20 else "")
    return Problem(code, f"{what}:第 {shown} 行", body.place(at[0]))


def _set_aside_hidden(body: Body, found: RowKinds, problems: list[Problem]) -> None:
    """Say which rows are hidden, and take these and those that are struck through out where the ledger says so."""
    grid, place = body.raw.grid, body.raw.place
    for name, listed in (("隐藏", grid.hidden_rows), ("划掉", grid.struck_rows)):
        rows = _listed(body, (row + 1 for row in listed))
        if not (number := int((rows & found.keep).sum())):
            continue
        if body.source.hidden == "skip":
            found.keep[rows] = False
            problems.append(Problem("D303", f"未计入的非数据行:{name}行 {number} 行", place))
        elif listed is grid.hidden_rows:
            problems.append(Problem("D304", f"有 {number} 个{name}行,已计入", place))


def _sums(body: Body, keep: np.ndarray) -> np.ndarray:
    """Totals and amounts carried over that have a date or stand for a number."""
    found = np.zeros(len(body), dtype=bool)
    for name, key in body.odd_keys.items():
        if body.source.columns[name].kind is Kind.TEXT:
            # where the period is a column, or a part of the key, 7月 is a record
            periods = len(body.keys) > 1 or re.search("[年季月期时]", name)
            found |= tried(key, _OF_SUMS, rf"{_TOTALLED}|\s汇总$" if periods else _SUMMED)
            found |= tried(key, _OF_WHOLES, _WHOLE)
    rows = body.raw.grid.cells.slice(body.start, len(body))
    everywhere = pa.chunked_array([chunk for column in rows.columns for chunk in column.chunks], pa.string())
    if pc.any(pc.is_in(everywhere, value_set=_CARRIED_OVER)).as_py():
        for column in body.columns:
            found |= np.asarray(pc.is_in(column, value_set=_CARRIED_OVER))
    return among(found, keep)


def _summing(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows whose figures are all the sums of those above, where the number is no such as theirs or missing, or of the
    last row a text says so."""
    found = np.zeros(len(body), dtype=bool)
    numbers = [name for name in body.header.where if body.source.columns[name].kind is Kind.NUMBER]
    amounts = [name for name in numbers if name not in body.source.key]
    key = next(iter(body.keys.values()), None)
    if key is None or not amounts or len(body.keys) > 1:
        return found
    numbered = matches(key, r"\d")
    candidates = np.flatnonzero(keep & ~numbered).tolist()
    if len(candidates) > _FEW_WORDS or not (keep & numbered).any():
        return found
    last = int(np.flatnonzero(keep)[-1])
    candidates += [last] if last not in candidates and re.search(_SAID, "\n".join(body.cells(last))) else []
    for row in candidates:
        above = np.flatnonzero(keep[:row] & ~found[:row])
        if _THREE <= len(above) <= _MANY and all(_is_sum(body.texts[name], row, above) for name in amounts):
            found[row] = True
    return among(found, keep)


_THREE, _MANY = 3, 20_000
_SAID = "[合总小累共]计|汇总"


def _is_sum(texts: pa.Array, row: int, above: np.ndarray) -> bool:
    """Whether the number of a row is that of all rows above together, and not 0."""
    own, others = _amounts(texts, row, above)
    return bool(own) and None not in others and sum(filter(None, others)) == own


def _amounts(texts: pa.Array, row: int, above: np.ndarray) -> tuple[Fraction | None, list[Fraction | None]]:
    """The number of a row, and those above it."""
    others = [cells.read_decimal(text) for text in texts.take(pa.array(above)).to_pylist() if text]
    return cells.read_decimal(str(texts[row].as_py() or "")), others


def _more_in_total(body: Body, keep: np.ndarray) -> str:
    """What is written as the total of the rows that are there, where it is more than their sum."""
    numbers = [name for name in body.header.where if body.source.columns[name].kind is Kind.NUMBER]
    for row in np.flatnonzero(body.filled & ~keep).tolist():
        label = "".join(body.cells(row)[:1])
        if not re.match(_TOTAL, label):
            continue
        above = np.flatnonzero(keep[:row])
        known = len(above) <= _MANY and body.marked.isdisjoint(above.tolist())
        for name in numbers if known else ():
            own, others = _amounts(body.texts[name], row, above)
            if not own or len(others) <= 1 or None in others:
                continue
            if own - sum(filter(None, others)) >= Fraction(1, own.denominator):
                return f"{label} {body.texts[name][row]}"
    return ""


_TOTAL = r"^(?:合\s*计|共计)[:：]?$"


def _parents(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows 1 beside 1.1 and 1.2, or A1 beside A1-1 and A1-2."""
    found = np.zeros(len(body), dtype=bool)
    for name, key in body.keys.items():
        if body.source.columns[name].kind is Kind.INSTANT:
            continue  # 7.5 is a day, not a part of 7
        lengths = pc.min_max(pc.binary_length(key)).as_py()
        parts = matches(key, _PART) if lengths["min"] != lengths["max"] else found  # a part's number is the longer one
        if parts.any():
            above = Counter(re.sub(_PART, "", str(text)) for text in key.filter(pa.array(parts)).to_pylist())
            # of several columns some hold names: 机房-1 need not be a part of 机房
            named = "" if len(body.keys) == 1 else r"\d"
            parents = [text for text, number in above.items() if number > 1 and re.search(named, text)]
            found |= np.asarray(pc.is_in(key, value_set=pa.array(parents, pa.string())))
    return among(found, keep)


def _of_which(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows that say in some column that they are a part of the one above: 其中:服务器."""
    found = np.zeros(len(body), dtype=bool)
    keys = {body.header.where[name] for name in body.keys}
    for column in (one for at, one in enumerate(body.columns) if at not in keys):
        found |= matches(column, r"^\s*其中\s*[:\x{ff1a}]")
    return among(found, keep)


def _moved_in(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows whose name is moved in below one that isn't, the amount of which is theirs together."""
    found = np.zeros(len(body), dtype=bool)
    numbers = [name for name in body.header.where if body.source.columns[name].kind is Kind.NUMBER]
    names = [at for name, at in body.header.where.items() if body.source.columns[name].kind is Kind.TEXT]
    for column in (body.columns[at] for at in names if numbers and len(body) <= _MANY):
        inner = matches(column, r"^(?:\x{3000}|[ \x{a0}]{2,}|\t)\s*\S") & keep
        for row in np.flatnonzero(~inner[:-1] & inner[1:] & keep[:-1]).tolist():
            rest = np.flatnonzero(~inner[row + 1 :])
            parts = np.arange(row + 1, row + 1 + int(rest[0]) if len(rest) else len(body))
            if any(_is_sum(body.texts[name], row, parts) for name in numbers):
                found[parts] = True
    return among(found, keep)


def _times(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows beside which a column that isn't declared says how often it happened."""
    found = np.zeros(len(body), dtype=bool)
    for title, column in zip(body.header.titles, body.columns, strict=False):
        if title in body.header.extra and _OFTEN.fullmatch(fold(title)):
            found |= matches(column, r"^(?:[2-9]|[1-9]\d+)$")
    return among(found, keep)


_OFTEN = re.compile("(?:发生)?(?:次数|起数|件数|[设故]?[备障]?台数)(?:\\([次起件台]\\))?")


def _several(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows whose key holds the numbers of several records, which nothing splits."""
    found = np.zeros(len(body), dtype=bool)
    for name, key in body.odd_keys.items():
        if body.source.columns[name].kind is Kind.TEXT and name != body.source.split:
            found |= tried(key, _OF_SEVERAL, _SEVERAL)
    return among(found, keep)


def _typed_over(body: Body, keep: np.ndarray) -> np.ndarray:
    """Records that were written over the template's example row, or are a form's own: 例:AQ-2022-XXX."""
    found = np.zeros(len(body), dtype=bool)
    for key in body.odd_keys.values():
        found |= np.asarray(pc.fill_null(pc.starts_with(key, EXAMPLE), False))
        found |= matches(key, r"^(?:[例如]|示例|样例|举例|例如)[:\x{ff1a}]|[Xx\x{d7}*]{3}$")
    return among(found, keep)


def _overlong(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of a text file with cells beyond the header's last: a separator within a value moves those after it."""
    found = np.zeros(len(body), dtype=bool)
    titled = [at for at, title in enumerate(body.header.titles) if title]
    if body.raw.format.startswith("csv") and titled:
        for column in body.columns[titled[-1] + 1 :]:
            found |= is_filled(column)
    # a column of remarks without a heading is filled in more rows than a slip would fill; but 1,250 is one number
    seldom = 2 * int((found & keep).sum()) < int(keep.sum())
    return among(found, keep if seldom or not found.any() else keep & _parted(body))


def _parted(body: Body) -> np.ndarray:
    """Rows in which a number seems to have been parted at its comma: up to three digits, and just three behind them."""
    found = np.zeros(len(body), dtype=bool)
    for name, at in body.header.where.items():
        if body.source.columns[name].kind in (Kind.NUMBER, Kind.SPAN) and at + 1 < len(body.columns):
            found |= matches(body.columns[at], r"^-?\d{1,3}$") & matches(body.columns[at + 1], r"^\d{3}(?:\.\d+)?$")
    return found


def _beside(body: Body, keep: np.ndarray) -> np.ndarray:
    """The rows of tables side by side: several columns of the key and of others, with a key of their own each."""
    places = [at for name, at in body.header.twice if name in body.source.key]
    titles = [fold(CONTINUED.sub("", title)) for title in body.header.titles]
    places = [titles.index(titles[places[0]]), *places] if places else []
    if len({*places}) < 2 or all(name in body.source.key for name, _ in body.header.twice):
        return np.zeros(len(body), dtype=bool)
    first, *others = (body.columns[at] for at in places)
    apart = [
        is_filled(first) & is_filled(one) & ~np.asarray(pc.fill_null(pc.equal(first, one), True)) for one in others
    ]
    return among(np.logical_or.reduce(apart), keep)


def _marked(mark: str) -> Rule:
    """The rows of which a lake says so in a column of this name."""

    def find(body: Body, keep: np.ndarray) -> np.ndarray:
        at = body.header.titles.index(mark) if mark in body.header.titles else None
        return keep & (matches(body.columns[at], "^是$") if at is not None else False)

    return find


_RULES: tuple[tuple[str, str, Rule, str], ...] = (
    ("D313", "像合计、结转的行,却有编号或日期", _sums, "doubted"),
    ("D313", "各数都是上面各行之和", _summing, "doubted"),
    ("D321", "编号写着重复、作废、修订、续一类的字", disowned.said_void, "doubted"),
    ("D321", "备注、标志或状态写着作废、重复一类的字", disowned.remarked, "doubted"),
    ("D321", "备注写着所填的是估计的", disowned.guessed, "shifted"),
    ("D321", "整行划掉了", disowned.struck, "doubted"),
    ("D321", "批注写着作废、重复、不计一类的话", disowned.commented, "doubted"),
    ("D321", "批注写着单元格有误,或另写了一个数", disowned.contradicted, "shifted"),
    ("D321", "所在的一节写着不计", disowned.below_title, "doubted"),
    ("D321", "表中的说明提到这些行", disowned.noted, "shifted"),
    ("D321", "表中的说明说标了颜色的不计,哪些行标了看不出", disowned.coloured, "doubted"),
    ("D313", "其中…的行,应已计在上面的行里", _of_which, "doubted"),
    ("D313", "缩进的各行加起来正是上面一行的数,应已计在其中", _moved_in, "doubted"),
    ("D314", "上级行与它的下级行都在", _parents, "doubted"),
    ("D315", "一行写了几条记录的编号", _several, "many"),
    ("D315", "没有登记的次数列不是 1", _times, "many"),
    ("D315", "写着几件事合并登记", disowned.together, "many"),
    ("D321", "写着这一段时间没有发生", disowned.nothing_happened, "doubted"),
    ("D321", "写着离开的日期", disowned.gone, "doubted"),
    ("D321", "写着计划、同期一类的字,别的行写着实际", disowned.planned, "doubted"),
    ("D321", "姓名写着空缺一类的字", disowned.vacant, "doubted"),
    ("D321", "写着退款、冲销,金额却不是负数", disowned.paid_back, "shifted"),
    ("D315", "几个编号列各有编号,并排的几张表", _beside, "many"),
    ("D305", f"编号像示例,内容却不是模板的{EXAMPLE}", _typed_over, "doubted"),
    ("D129", "单元格比表头多", _overlong, "shifted"),
    ("D316", "另一张表的行", other_tables.below, "doubted"),
    ("D316", "台账的各列都空着,内容写在别的列名下面", other_tables.beside, "shifted"),
    ("D321", "导出时已存疑", _marked("_存疑"), "doubted"),
    ("D315", "导出时已是几条", _marked("_多条"), "many"),
    ("D317", "只有编号和预先印好的日期", calendar, "doubted"),
    ("D317", "只有编号和与上面一样的格,像是预先拖下来的", dragged, "doubted"),
)
"""The code, what is said, which rows it is said of, and what they are."""
