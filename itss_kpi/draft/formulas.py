"""Formulas as they are printed -> what might be counted in which ledger, and on what condition.

Convention: nothing is found that isn't written somewhere: a condition comes from a value, a column or a pair of times
whose words stand in the formula or the name. Each is a proposal, and asked for.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from itss_kpi.core.text import half_width
from itss_kpi.draft.ledgers import ColumnFound, LedgerFound
from itss_kpi.tables.sheets.cell_values import read_yes_no

ROWS, SUM, MEAN = "行数", "合计", "平均"
_AWAY = re.compile("取消|作废|撤销|撤单|误报|误操作|测试|重复|无效")
_TIMELY = re.compile("及时|按时|按期|准时|时限|超时|超期|逾期|(\\d+)个?(小时|分钟|天|日)[之以]?内")
_LIMIT = re.compile("时限|期限|要求|承诺|(?<![响供])应|计划|预计|规定|截止")
_DONE = re.compile("实际|完成|提交|关闭|解决|响应|到场|恢复|答复|回复|处理|交付|结束")
_BEGUN = re.compile("受理|登记|报修|报障|申告|创建|开始|发生|申请|接报|接单|派单|建单|提出|来电|投诉|提交")
_TELLING = re.compile("状态|结果|类型|类别|级别|等级|情况|评价|满意|优先")
STANDING = re.compile("未关闭|未解决|未恢复|未完成|月末|季末|年末|期末|积压|遗留|在途|存量")
_WITHIN = re.compile("(\\d+)个?(小时|分钟|天|日)[之以]?内")
_SPANS = {"小时": "hours", "分钟": "minutes", "天": "days", "日": "days"}
_SEVERAL = 2
_WHOLES = re.compile("总数|总量|总次数|数量|个数|次数|人数|总计|合计|总|数$|量$")
_GENERAL = re.compile(
    "计划|完成|实际|及时|按期|按时|处理|结果|总[数量]|负责|责任|部门|客户|用户|统计|合格|系统|率|应当?|平均|服务|要求"
)
_NAMES_NOTHING = re.compile("台账|记录|清单|登记|日期|时间|编号|数量|名称|情况|类型|状态|是否")


@dataclass(frozen=True, slots=True)
class Amount:
    """What is counted, as it is asked for: how, of which column, on what condition, by which date where that isn't the
    ledger's own."""

    how: str = ROWS
    of: str = ""
    where: str = ""
    date: str = ""

    def __str__(self) -> str:
        said = [" ".join(filter(None, (self.how, self.of)))]
        said += [f"按 {self.date}"] if self.date else []
        return ",".join([*said, *([f"其中 {self.where}"] if self.where else [])])


def sides(formula: str) -> tuple[str, str] | None:
    """Numerator and denominator of a printed ratio."""
    text = re.sub(r"\s+", "", half_width(formula)).split("=")[-1]
    text = re.sub(r"[×xX*·]?100%?", "", text)
    found = [side.strip("()") for side in re.split("[/÷]|除以", text)]
    return (found[0], found[1]) if len(found) == 2 and all(found) else None


def likely(text: str, ledgers: Sequence[LedgerFound]) -> list[LedgerFound]:
    """The ledgers whose words stand in a text, the likeliest first."""
    fits = [(_likeness(text, one), one) for one in ledgers]
    return [one for fit, one in sorted(fits, key=lambda pair: -pair[0]) if fit]


def parts(text: str, ledger: LedgerFound) -> list[Amount]:
    """What a text may count in a ledger, the likeliest first: sums of what it names, rows on conditions."""
    summed = [Amount(SUM, one.name) for one in _numbers(ledger) if _inside(_WHOLES.sub("", one.name), text)]
    summed.sort(key=lambda one: -len(one.of))
    return [*summed, *(Amount(where=where) for where in dict.fromkeys(_conditions(text, ledger)))]


def amounts(text: str, ledger: LedgerFound, *, points: bool = False) -> list[Amount]:
    """What may be the value where there is no ratio: a mean (of points always), a sum, a time between two moments, or a
    number of rows."""
    found = parts(text, ledger)
    how = MEAN if points or "平均" in text else SUM
    taken = [Amount(how, one.of) for one in found if one.of]
    if "平均" in text and re.search("时间|时长", text):
        taken += [Amount(MEAN, f"{done.name} - {begun.name}") for begun, done in _spans(text, ledger)]
    told = next((one.where for one in found if "==" in one.where), "")
    taken = [*(replace(one, where=told) for one in taken if told), *taken]
    return [*taken, *(one for one in found if not one.of), Amount()]


def possible(ledger: LedgerFound, *, sums: bool) -> list[Amount]:
    """What may be counted or summed in a ledger whatever a text says, to choose from."""
    if sums:
        return [Amount(SUM, one.name) for one in _numbers(ledger)]
    yes = [one.name for one in ledger.columns if one.type == "yes_no"]
    limits = [one for one in ledger.dates if _LIMIT.search(one.name)]
    dates = [f"{one.name} <= {limit.name}" for limit in limits for one in ledger.dates if one not in limits]
    told = [one for one in ledger.columns if one.type == "choice" and _TELLING.search(one.name)]
    values = [f"{one.name} == '{value}'" for one in told for value in one.counts]
    return [Amount(where=where) for where in (*yes, *dates, *values) if where.count("'") in (0, 2)]


def away(column: ColumnFound) -> list[str]:
    """The values of a column that say of their rows that they may not count."""
    return [value for value in column.counts if column.type == "choice" and _AWAY.search(value)]


def _conditions(text: str, ledger: LedgerFound) -> Iterator[str]:
    for column in ledger.columns:
        said = _NAMES_NOTHING.sub("", column.name)
        if column.type == "yes_no" and _inside(said, text):
            word = re.escape(said)
            before, behind = (
                f"(?:剔除|扣除|不含|除)[^,,;;。]{{0,4}}{word}",
                f"{word}[^,,;;。]{{0,2}}(?:不[计算含]|[剔除]除|除外)",
            )
            left_out = f"[未非不无]{word}|{before}|{behind}"
            yield f"not {column.name}" if re.search(left_out, text) else column.name
    if STANDING.search(text):
        done = [
            one
            for one in ledger.dates
            if re.search("关闭|恢复|解决|完成|结束", one.name) and not _LIMIT.search(one.name)
        ]
        yield from (f"blank({one.name}) or {one.name} >= period_end" for one in done)
        return
    if _TIMELY.search(text):
        yield from _timely(text, ledger)
    if found := re.search(r"(\d+)分[及和]?以上", text):
        yield from (f"{one.name} >= {found[1]}" for one in _numbers(ledger) if re.search("得?分|评分|满意度", one.name))
    values = [(value, one.name) for one in ledger.columns if one.type == "choice" for value in one.counts]
    for value, name in sorted(values, key=lambda pair: -len(pair[0])):
        bare = value.removeprefix("已")
        if _inside(bare, text) and "'" not in value and f"{bare}及以" not in text:
            yield f"{name} == '{value}'"


def _timely(text: str, ledger: LedgerFound) -> Iterator[str]:
    """In time: a day that isn't after the day by which, or a time that isn't longer than its limit."""
    limits = [one for one in ledger.dates if _LIMIT.search(one.name)]
    done = [one for one in ledger.dates if one not in limits and _DONE.search(one.name)]
    done.sort(key=lambda one: (not re.search("实际|完成", one.name), -sum(pair in text for pair in _pairs(one.name))))
    spans = _WITHIN.findall(text)
    within = f"{_SPANS[spans[0][1]]}({spans[0][0]})" if len(spans) == 1 else ""
    for limit in limits if len(spans) < _SEVERAL else ():
        yield from (
            f"{one.name} - {limit.name} <= {within}" if within else f"{one.name} <= {limit.name}" for one in done[:2]
        )
    allowed = [one.name for one in ledger.columns if one.type == "duration" and _LIMIT.search(one.name)]
    allowed.sort(key=lambda name: -sum(pair in text for pair in _pairs(name)))
    for begun, one in _spans(text, ledger):
        fitting = [name for name in allowed if ("响应" in name) == ("响应" in one.name)] or allowed
        yield from (f"{one.name} - {begun.name} <= {span}" for span in [*fitting, *filter(None, [within])])


def _spans(text: str, ledger: LedgerFound) -> Iterator[tuple[ColumnFound, ColumnFound]]:
    """The pairs of moments from one to the other of which a text may speak."""
    moments = [one for one in ledger.dates if one.type == "datetime" and not _LIMIT.search(one.name)]
    begun = [one for one in moments if _BEGUN.search(one.name)][:1]
    done = [one for one in moments if _DONE.search(one.name)]
    asked = "响应" in text
    done.sort(key=lambda one: (("响应" in one.name) != asked, -sum(pair in text for pair in _pairs(one.name))))
    yield from ((first, last) for first in begun for last in done[:2] if first is not last)


def _numbers(ledger: LedgerFound) -> list[ColumnFound]:
    return [one for one in ledger.columns if one.type in ("integer", "decimal", "duration", "percent")]


def _likeness(text: str, ledger: LedgerFound) -> int:
    """How much of a ledger's words stands in a text."""
    said = _pairs(_GENERAL.sub(" ", text))
    own = {pair for word in _words(ledger) for pair in _pairs(word)}
    return 3 * len(said & _pairs(ledger.name)) + len(said & own)


def _words(ledger: LedgerFound) -> Iterable[str]:
    for one in ledger.columns:
        yield one.name
        yield from one.counts if one.type == "choice" else ()


def _pairs(text: str) -> set[str]:
    bare = _NAMES_NOTHING.sub(" ", re.sub(r"[^\u4e00-\u9fffA-Za-z]", " ", text))
    return {bare[at : at + 2] for at in range(len(bare) - 1) if " " not in bare[at : at + 2]}


def _inside(word: str, text: str) -> bool:
    return len(word) > 1 and word in text and read_yes_no(word) is None
