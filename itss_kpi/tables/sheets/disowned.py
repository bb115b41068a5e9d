"""Disowned rows: those of which the sheet itself says that they don't count, are several, or aren't as they stand.

Convention: what is said by a row's own number or remark, or by the title of its part, leaves open whether it counts;
what a note says of it leaves open what it holds.
"""

import re
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.text import fold, plain
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets.body import ANY_YEAR, Body, among, is_filled, matches, tried


def said_void(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows whose number says that it doesn't count, beside the same number that doesn't."""
    found = np.zeros(len(body), dtype=bool)
    for name, key in body.keys.items():
        said = matches(key, _VOID) if name in body.odd_keys else tried(key, "[vV]", _VERSION)
        if said.any():
            bare = pa.array([re.sub(_VOID, "", str(text)) for text in key.filter(pa.array(said)).to_pylist()])
            there = np.asarray(pc.is_in(bare, value_set=key.filter(pa.array(~said))))
            found[np.flatnonzero(said)[there]] = True
    return among(found, keep)


_VOID = (
    r"[-_\s(（\[【]*(?:重复|作废|取消|误报|误录|无效|重开|已删除?|删除|重|续[行表]?|修订版?|更正|[vV]\d{1,2})"
    r"[)）\]】]*$"
)

_VERSION = r"[-_][vV]\d{1,2}$"


def remarked(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of which a remark, a mark or a state in a column that nothing declares says that they don't count, or a mark
    in brackets before what they are about: 【已撤单】."""
    found = _in_words(body, _MARKED_SO)
    for at, (title, column) in enumerate(zip_longest(body.header.titles, body.columns, fillvalue="")):
        for said in disowning(title, declared=title not in ("", *body.header.extra)):
            found |= _merged(body, at, matches(column, said))
    return among(found, keep)


def _merged(body: Body, at: int, found: np.ndarray) -> np.ndarray:
    """The rows that are found, and those over which a cell of them is merged: what is written beside a brace."""
    for top, left, bottom, _ in body.raw.grid.merges if found.any() else ():
        if left == body.raw.grid.indexes[at] and top >= body.start and found[top - body.start]:
            found[top - body.start : bottom - body.start + 1] = True
    return found


def disowning(title: str, *, declared: bool) -> list[str]:
    """What in a column with this heading says that a row doesn't count; in one that is `declared` only remarks do."""
    asked = _SAYING[:1] if declared else _SAYING
    return [said for headings, said in asked if headings.fullmatch(fold(title))]


def guessed(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows whose remark says that what they hold was guessed."""
    found = np.zeros(len(body), dtype=bool)
    for title, column in zip(body.header.titles, body.columns, strict=False):
        if _REMARKS.fullmatch(fold(title)):
            found |= matches(column, _GUESSED)
    return among(found, keep)


_REMARKS = re.compile("(?:备注|附注|注|说明)(?:说明|信息|栏)?|remarks?|notes?|comments?|")  # one may have no heading
_SO_FAR = r"(?:$|[\s,;。、()\]】\x{ff0c}\x{ff1b}\x{ff08}\x{ff09}]|[重改单])"
"""What may follow a word that is said of the row: of 作废图纸 it is said of what was done."""
_OF_ROW = "[入作为]?(?:$|[^费价税息时加工违超逾延迟成入作为])"
"""What may follow 不计 where it is said of the row: 不计入加班 is said of what somebody earns."""
_DISOWNED = (
    rf"^[\s【\[(（]*(?:[本此该][单条行])?已?(?:(?:作废|无效){_SO_FAR}|误录|录错|误登记?|重复(?:录入|登记|填报|$)|不[计算]{_OF_ROW}|删除(?:$|重)"
    r"|[与同和].{1,20}重复|撤(?:[销回]|单)$)|[^,;\x{ff0c}\x{ff1b}]{1,8}[,;\x{ff0c}\x{ff1b}]不[算计](?:入|作|为)?(?:事[件故]|故障|投诉|次数|考核)|非真实|不是真实|并非实际|(?:不是|非)(?:我|本)(?:部门?|司|单位|方|组)的?(?:责任|原因)"
)
_GUESSED = "凭[印记]?[象忆]|记不[清得]|暂填|暂按[^,;。，；]{0,8}[填计算记]|估[计摸]着?填|大概填"
_GONE = "作废|删除|撤(?:[销回]|单)|剔除|注销|无效"
_MARKED_SO = rf"^\s*[【\[]\s*已?(?:{_GONE}|误报|误录|重复)\s*[\]】]"
_DRAFT = "草稿|未提交|待提交|暂存"
_MARKS_OF_IT = re.compile(rf"(?:是否)?已?(?:{_GONE}|不[计纳]入?|考核剔除|剔除考核)(?:考核|统计)?(?:标[志识记])?")
_STATES = re.compile("(?:单据|流程|记录)?状态")
_APPROVED = re.compile("审[批核](?:状态|结[果论]|意见)?|流程(?:状态|结果)")
_SAYING = (
    (_REMARKS, _DISOWNED),
    (_MARKS_OF_IT, rf"(?i)^(?:是|y|yes|true|1|√|✓|已?(?:{_GONE}))$"),
    (_STATES, rf"^已?(?:{_GONE})$|^(?:{_DRAFT})$"),
    (_APPROVED, rf"^已?(?:{_GONE}|驳回|拒绝)$|^(?:{_DRAFT})$|^不同意$|^(?:审[批核])?[未不]通过$"),
)
"""By the heading of a column, what in it says that a row doesn't count."""


def struck(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows that are struck through, where the ledger doesn't say that they are none."""
    rows = () if body.source.hidden == "skip" else body.raw.grid.struck_rows
    return among(np.isin(np.arange(len(body)) + body.start, rows), keep)


def noted(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of whose numbers a note between or below the rows says that they aren't as they stand there."""
    found = np.zeros(len(body), dtype=bool)
    key = next(iter(body.keys.values()), None)
    notes = _notes(body, keep) if key is not None and len(body.keys) == 1 else {}
    said = " ".join(text for text in (*notes.values(), *body.raw.grid.boxes) if _CORRECTS.search(text))
    numbers = [number for number in _NUMBERS.findall(said) if not number.isdigit()]
    if numbers:
        found |= np.asarray(pc.is_in(key, value_set=pa.array(numbers)))
    return among(found, keep)


_CORRECTS = re.compile("[未不误错暂]|作废|重复|更正|应[为是]|改[为成]|取消|撤销|待|除外|剔除|扣除")
_NUMBERS = re.compile(r"[A-Za-z\d](?:[\w/-]*[A-Za-z\d])?", re.ASCII)


def commented(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of which a comment on one of their cells says that they don't count."""
    found = np.zeros(len(body), dtype=bool)
    for row, _, text in body.raw.grid.comments:
        if body.start <= row < body.end and _WITHDRAWN.search(text):
            found[row - body.start] = True
    return among(found, keep)


def contradicted(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of which a comment on a declared cell says that it is wrong, or what it should be."""
    found = np.zeros(len(body), dtype=bool)
    declared = {*body.header.where.values()}
    for row, at, text in body.raw.grid.comments:
        if body.start <= row < body.end and at in declared and _SHOULD_BE.search(plain(text)):
            found[row - body.start] = True
    return among(found, keep)


_SHOULD_BE = re.compile(
    r"(?:应该?[为是]|应当是|[更改]正?为|实际[\u4e00-\u9fff]{0,4}|准确(?:的是|为))[^,;。\d]{0,6}\d|(?:(?:时间|日期|数[据字]?|金额|此处|这里|填写|录入|[该本]格)有误|填错|写错|看错|抄错|输错|录错|登错)"
)


_WITHDRAWN = re.compile(
    f"作废|误录|录错|重复(?:录入|登记|填报)|[不勿](?:予?统计|纳入|[计算]{_OF_ROW})|剔除|非真实|不是真实"
)


def coloured(body: Body, keep: np.ndarray) -> np.ndarray:
    """All rows, where a note says that those of a colour don't count: which have it isn't read."""
    said = any(_COLOUR.search(text) and _TAKEN_OUT.search(text) for text in _notes(body, keep).values())
    return keep & said


def below_title(body: Body, keep: np.ndarray) -> np.ndarray:
    """The rows between a title that takes them out, 二、撤单(不纳入考核), and the next one."""
    found = np.zeros(len(body), dtype=bool)
    titles = {row: text for row, text in _notes(body, keep).items() if _TITLE.match(text) or _BELOW.match(text)}
    for row, end in zip(titles, [*titles, len(body)][1:], strict=True):
        found[row:end] = bool(_TAKEN_OUT.search(titles[row]))
    return among(found, keep)


def _in_words(body: Body, pattern: str, but: re.Pattern[str] | None = None) -> np.ndarray:
    """The rows in which something is written in some column, `but` those headed so. Nobody writes into an export of a
    hundred thousand rows."""
    found = np.zeros(len(body), dtype=bool)
    for title, column in zip(body.header.titles, body.columns, strict=False) if len(body) <= _BY_HAND else ():
        if but is None or not but.search(fold(title)):
            found |= matches(column, pattern)
    return found


_BY_HAND = 50_000


def together(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows in which it is written that they are several: 本月共3起,合并登记."""
    return among(_in_words(body, _ONE_FOR_SEVERAL), keep)


_ONE_FOR_SEVERAL = (
    r"(?:合并|一并|汇总)(?:登记|填[写报]|录入)|[本当同全][日周月季].{0,6}共.{0,4}(?:[2-9]|[1-9]\d+)[起件]"
)


def paid_back(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of money that was paid back, as it is written, and stands there as if it had been spent; a ledger of refunds
    is one of these."""
    amounts = (body.texts[name] for name in body.header.where if _is_money(body.source, name))
    spent = [is_filled(texts) & ~matches(texts, r"^\s*[-(（]") for texts in amounts]
    found = among(np.logical_or.reduce(spent), keep) & _in_words(body, _BACK) if spent else keep & False
    return found if 2 * int(found.sum()) < int(keep.sum()) else keep & False


def _is_money(source: Source, name: str) -> bool:
    return source.columns[name].kind is Kind.NUMBER and bool(_MONEY.search(name))


_MONEY = re.compile("金额|费用?|价|款|成本|支出|开支")
_BACK = r"^[【(（]?(?:退[回款费]|红冲|冲[销减红账])|(?:退[回还]?|返还)[^,，。;；]{0,6}(?:款项?|费用?|金额)|厂家退款"


def planned(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of which a column that nothing declares says that they are the plan, or another year's, beside others that
    are what came of it."""
    found = np.zeros(len(body), dtype=bool)
    for title, column in zip(body.header.titles, body.columns, strict=False) if len(body) <= _BY_HAND else ():
        if title in body.header.extra and matches(column, _ACTUAL).any():
            found |= matches(column, _PLANNED)
    return among(found, keep)


_ACTUAL = r"^\s*(?:实际|实绩|实际完成|本期|本年)(?:数|值|量|情况)?\s*$"
_PLANNED = r"^\s*(?:计划|预算|目标|指标|定额|上期|上年|去年|同期|上年同期|去年同期)(?:数|值|量|情况)?\s*$"


def vacant(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of a list in which nobody stands where a name does: (空缺), 待招聘."""
    found = np.zeros(len(body), dtype=bool)
    for title, column in zip(body.header.titles, body.columns, strict=False):
        if body.source.snapshot and _PERSON.search(fold(title)):
            found |= matches(column, _NOBODY)
    return among(found, keep)


_PERSON = re.compile("姓名|人员|员工|人名")
_NOBODY = r"^[\s(（\[【]*(?:空缺|空岗|缺编|缺岗|缺员|暂缺|待[招聘定补]聘?|招聘中|拟招聘?|虚位|无人|未到岗)[\s)）\]】]*$"


def nothing_happened(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows that say of a whole time that nothing happened in it, where a record says what did: 本月无故障."""
    return among(_in_words(body, _NONE_IN_ALL, _OUTCOME), keep)


_OUTCOME = re.compile("结[果论]|情况|备注|[总小]结|意见|处理|措施")
_NONE_IN_ALL = (
    r"^(?:本|当|全|该|\d{1,2})(?:月份?|季度?|周|旬|期)(?:内|中)?[:：,，]?(?:暂?无|未(?:发生|出现)|没有(?:发生)?|零)"
    r"(?:任何)?(?:故障|异常|事[件故]|投诉|问题|隐患|告警|报[警修]|记录|发生)*[。.]?$"
)


def gone(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows of a list that have the day on which they left it in a column that nothing declares: 离职日期."""
    found = np.zeros(len(body), dtype=bool)
    end = body.raw.covers[1].isoformat() if body.raw.covers else "9999"
    for title, column in zip(body.header.titles, body.columns, strict=False):
        if body.source.snapshot and title in body.header.extra and _LEFT.search(fold(title)):
            days = [cells.read_date(str(text or "").strip(), ANY_YEAR) for text in column.to_pylist()]
            ends = cells.read_date(end, ANY_YEAR)
            found |= np.array([day is not None and (ends is None or day < ends) for day in days], dtype=bool)
    return among(found, keep)


_LEFT = re.compile("^(?:离[职岗任]|退[出役场]|报废|注销|停用|解约|终止|拆除|下线|撤[场出])(?:日期|时间|日)")


def _notes(body: Body, keep: np.ndarray) -> dict[int, str]:
    """The texts of the rows that are none, by row."""
    return {row: " ".join(body.cells(row)) for row in np.flatnonzero(body.filled & ~keep).tolist()}


_TITLE = re.compile("[一二三四五六七八九十]+[、..]|[((][一二三四五六七八九十]+[))]|第[一二三四五六七八九十]+[部章节类]")
_BELOW = re.compile("(?:以下|下列|下面)")
_COLOUR = re.compile("[红黄绿蓝橙灰粉]色|标[红黄绿蓝]|底[色纹]|颜色|斜体|加粗")
_TAKEN_OUT = re.compile(
    "不(?:纳入|计|算|参与|列入|在.{0,6}范围)|误报|作废|剔除|扣除|除外|排除|未完成|无效|已?离职|离岗|退役|停用|报废|仅?留档|已?作废|已?取消"
)
