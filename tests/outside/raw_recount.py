"""The plan's 25 indicators counted from the departments' workbooks themselves: a second reading, cell by cell.

Convention: nothing of the program and none of its answers is read, only the workbooks; what counts was taken from the
manual and the catalogue. A record is the list of the ways in which it can read: one, unless a cell of it can't be read
or two rows of its key differ. An interval is over all combinations of the ways. What would have to be guessed, such as
a record's own day that can't be read, is refused.
"""

import operator
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, time, timedelta
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import load_workbook

YEAR = 2022
NEVER = datetime.max
NONE, MOST = Fraction(0), Fraction(10**15)
"""`MOST` stands for any amount, however large."""

Row = Mapping[str, Any]
Record = Sequence[Row]


class Span(NamedTuple):
    start: datetime
    end: datetime  # the first moment after it


def periods(months: int) -> Iterator[tuple[str, Span]]:
    """The year's months, quarters or halves, or the year itself."""
    firsts = [datetime(YEAR, month, 1) for month in range(1, 13, months)]
    for at, span in enumerate(zip(firsts, [*firsts[1:], datetime(YEAR + 1, 1, 1)], strict=True), 1):
        yield f"{YEAR}" + {1: f"-{at:02}", 3: f"Q{at}", 6: f"H{at}", 12: ""}[months], Span(*span)


# ---- cells

DATE = re.compile(r"(\d{4})(?:[-/.年](\d\d?)[-/.月](\d\d?)日?|(\d\d)(\d\d))(?: (\d\d?)[:时](\d\d)(?::(\d\d)|分)?)?")
PERIOD = re.compile(r"(\d{4})(?:[-年](\d\d?)月?|(?:Q|年第?)([1-4一二三四])(?:季度)?)")
TOTAL = re.compile(r"(合计|小计|总计|累计|共计|平均|平均值)$")
NOTE = re.compile(r"(制表|填表|填报|审核|复核|备注|说明|注|打印日期|统计人|负责人|编制|批准)")
ANY_TIME = (datetime.min, *(span.start for _, span in periods(1)), NEVER)


def text(cell: object) -> str:
    return "" if cell is None else unicodedata.normalize("NFKC", str(cell)).strip()


def number(cell: object) -> Fraction:
    return Fraction(text(cell).replace(",", ""))


def moment(cell: object) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if not (found := DATE.fullmatch(text(cell))):
        raise ValueError(cell)
    year, month, on, *clock = (int(part) for part in found.groups() if part)
    return datetime.combine(datetime(year, month, on), time(*clock))  # type: ignore[arg-type]  # three at most


def day(cell: object) -> datetime:
    return datetime.combine(moment(cell), time())


def period(cell: object) -> datetime:
    """The first day of a month or quarter."""
    if isinstance(cell, datetime):
        return datetime(cell.year, cell.month, 1)
    if not (found := PERIOD.fullmatch(text(cell))):
        raise ValueError(cell)
    return datetime(int(found[1]), int(found[2] or "1234一二三四".index(found[3]) % 4 * 3 + 1), 1)


class Kind(NamedTuple):
    """How a cell is read, what a blank one means, and all that one may mean which says nothing that can be read."""

    read: Callable[[object], Any]
    blank: Any = None
    ways: Collection[Any] = ()


def choice(*values: str) -> Kind:
    """Some words, each with its synonyms behind it."""
    meant = {word: value.split("|")[0] for value in values for word in value.split("|")}
    return Kind(lambda cell: meant[text(cell).upper()], ways={*meant.values()})


# ---- columns and ledgers

KINDS = {
    "工单编号|工单号 问题编号|问题单号 变更编号|变更单号 报告编号|报告单号 出库单号|出库编号 发布编号": Kind(text),
    "审计编号 事件编号 问卷编号 项目编号 计划编号 培训编号 条目编号 研发项目编号 项目名称 调查项 部门 岗位 工号": Kind(text),
    "登记日期|登记时间 实施日期|变更实施日期 发布日期 审计日期 发生日期 应提交日期|应交日期 调查日期": Kind(day),
    "审核日期 申请验收日期 计划到岗日期 储备截止日期 入库日期 出库日期|领用日期 计划完成日期": Kind(day),
    "计划日期 实际日期": Kind(day, NEVER),
    "解决日期|完成日期 实际提交日期|实交日期": Kind(day, NEVER, ANY_TIME),
    "受理时间|受理日期时间": Kind(moment),
    "关闭时间|关单时间": Kind(moment, NEVER),
    "响应时间|首次响应时间": Kind(moment, NEVER, ANY_TIME),
    "响应时限|响应时限(分钟)": Kind(lambda cell: timedelta(minutes=int(text(cell)))),
    "统计月份 考核季度 季度": Kind(period),
    "抽检配置项数量 SLA承诺项数 满分 出库数量|领用数量 计划招聘人数": Kind(number),
    "计划储备人数 计划新增数量 计划完成量 计划投入资金|计划投入资金(万元)": Kind(number),
    "实际招聘人数 实际储备人数 实际完成量 实际投入资金|实际投入资金(万元)": Kind(number, NONE),
    "正确配置项数量 SLA达成项数 得分 合格数量|合格数": Kind(number, None, (NONE, MOST)),
    "是否回访 是否体系覆盖 是否参加考核 是否使用工具": choice("是|√|✓|☑|有|已|Y|YES|1|TRUE", "否|×|☐|无|未|N|NO|0|FALSE"),
    "工单状态|状态": choice("已关闭|关闭", "处理中", "已取消|取消"),
    "解决结果|处理结果": choice("已解决|解决", "未解决")._replace(blank=""),
    "受理渠道": choice("电子工单", "电话", "现场"),
    "派单结果": choice("成功", "失败", "无需派单"),
    "变更结果|实施结果 发布结果": choice("成功", "失败", "已取消|取消"),
    "验收结果": choice("通过", "未通过", "验收中"),
    "培训状态": choice("已完成", "未完成", "已取消"),
    "岗位类别": choice("运维岗", "管理岗", "研发岗", "营销岗"),
}  # fmt: skip
"""The columns that decide, each with its other headings behind it."""
COLUMNS = {name.split("|")[0]: kind for names, kind in KINDS.items() for name in names.split()}
HEADINGS = {said: name.split("|")[0] for names in KINDS for name in names.split() for said in name.split("|")}


class Ledger(NamedTuple):
    """A kind of record: its files' name, who hands it in, its key, its own date, and what else decides."""

    name: str
    departments: str
    key: str
    date: str
    more: str = ""


LEDGERS = {
    "incidents": Ledger("事件工单", "信息部 通信部", "工单编号", "受理时间", "响应时间 响应时限 关闭时间 工单状态 解决结果"),
    "service_desk": Ledger("服务台工单", "信息部", "工单编号", "受理时间", "受理渠道 派单结果 是否回访"),
    "problems": Ledger("问题台账", "信息部 通信部", "问题编号", "登记日期", "解决日期"),
    "changes": Ledger("变更台账", "信息部 通信部", "变更编号", "实施日期", "变更结果"),
    "releases": Ledger("发布台账", "信息部 研发部", "发布编号", "发布日期", "发布结果"),
    "config_audits": Ledger("配置审计记录", "信息部 通信部", "审计编号", "审计日期", "抽检配置项数量 正确配置项数量"),
    "security_incidents": Ledger("信息安全事件台账", "信息部", "事件编号", "发生日期"),
    "service_reports": Ledger("服务报告提交台账", "信息部 通信部", "报告编号", "应提交日期", "实际提交日期"),
    "sla": Ledger("项目SLA达成台账", "信息部 通信部", "项目名称 统计月份", "统计月份", "SLA承诺项数 SLA达成项数"),
    "satisfaction": Ledger("客户满意度调查", "综合管理部", "问卷编号 调查项", "调查日期", "得分 满分"),
    "internal_audits": Ledger("内部审核记录", "综合管理部", "部门", "审核日期", "是否体系覆盖"),
    "acceptances": Ledger("项目验收台账", "营销部", "项目编号", "申请验收日期", "验收结果"),
    "recruitment": Ledger("招聘计划台账", "综合管理部", "计划编号", "计划到岗日期", "计划招聘人数 实际招聘人数"),
    "talent_pool": Ledger("人员储备台账", "综合管理部", "岗位", "储备截止日期", "计划储备人数 实际储备人数"),
    "training": Ledger("培训计划台账", "综合管理部", "培训编号", "计划日期", "实际日期 培训状态"),
    "performance_reviews": Ledger("绩效考核台账", "综合管理部", "工号 考核季度", "考核季度", "岗位类别 是否参加考核"),
    "knowledge": Ledger("知识条目台账", "信息部 通信部 研发部", "条目编号", "入库日期"),
    "knowledge_plan": Ledger("知识条目新增计划", "信息部 通信部 研发部", "提交部门 季度", "季度", "计划新增数量"),
    "spares": Ledger("备品备件出库台账", "信息部 通信部", "出库单号", "出库日期", "出库数量 合格数量"),
    "tool_usage": Ledger("运维项目工具使用台账", "信息部 通信部", "项目编号", "", "是否使用工具"),
    "rd_plan": Ledger(
        "研发计划与投入台账", "研发部", "研发项目编号", "计划完成日期", "计划投入资金 实际投入资金 计划完成量 实际完成量"
    ),
}  # fmt: skip


# ---- measures and indicators

Amount = Callable[[Row, Span], Fraction | bool]


def where(**wanted: str) -> Amount:
    """Whether columns hold a value, or one of several."""
    return lambda row, span: all(row[column] in values.split("|") for column, values in wanted.items())


def sum_of(column: str) -> Amount:
    return lambda row, span: row[column]


class Measure(NamedTuple):
    """What each record of a ledger adds in a period: by its own date or another, or carried on from before, too."""

    ledger: str
    amount: Amount = where()
    date: str = ""
    carried: bool = False

    def holds(self, row: Row, span: Span) -> bool:
        """Whether a row lies in a period; a ledger without dates is of the period's end."""
        column = self.date or LEDGERS[self.ledger].date
        on = row[column] if column else span.start
        return (self.carried or span.start <= on) and on < span.end


class Indicator(NamedTuple):
    """A number, or a rate of it to another; a mean over groups; of distinct values only."""

    months: int
    target: str
    numerator: Measure
    denominator: Measure | None = None
    declared: Fraction | None = None
    """A denominator that no ledger tells."""
    mean_over: str = ""
    distinct: str = ""
    of_each_department: bool = False
    """Without a record of each department in the denominator there is nothing to judge."""

    @property
    def measures(self) -> list[Measure]:
        return [one for one in (self.numerator, self.denominator) if one]


def share(months: int, target: str, whole: Measure, part: Amount, distinct: str = "") -> Indicator:
    """Of the records that the denominator counts, those that fulfil something more."""
    both = whole._replace(amount=lambda row, span: whole.amount(row, span) and part(row, span))
    return Indicator(months, target, both, whole, distinct=distinct)


def portion(months: int, target: str, ledger: str, part: str, whole: str, mean_over: str = "") -> Indicator:
    """A sum against another; what can't be read of it is from nothing to all of the other."""
    sums = sum_of(part), sum_of(whole)
    within = Measure(ledger, lambda row, span: sums[row[part] == MOST](row, span))
    return Indicator(months, target, within, Measure(ledger, sums[1]), mean_over=mean_over)


SLA = portion(12, ">= 0.95", "sla", "SLA达成项数", "SLA承诺项数", mean_over="项目名称")
AUDITED = Measure("internal_audits", where(是否体系覆盖="是"))
TRAINED = Measure("training", where(培训状态="已完成"), date="实际日期")
STAFF = Measure("performance_reviews", where(岗位类别="运维岗"))
DISPATCHED = Measure("service_desk", where(派单结果="成功|失败"))
ORDERED = Measure("service_desk", where(受理渠道="电子工单"))
NEW_ENTRIES, PLANNED_ENTRIES = Measure("knowledge"), Measure("knowledge_plan", sum_of("计划新增数量"))
INCIDENTS = Measure("incidents", where(工单状态="已关闭|处理中"))
CLOSED = Measure("incidents", where(工单状态="已关闭"), date="关闭时间")
OPEN = Measure("problems", lambda row, span: max(row["登记日期"], row["解决日期"]) >= span.start, carried=True)
CHANGES, RELEASES = Measure("changes", where(变更结果="成功|失败")), Measure("releases", where(发布结果="成功|失败"))

INDICATORS = {
    1: SLA,
    2: portion(12, ">= 0.96", "satisfaction", "得分", "满分", mean_over="调查项"),
    3: Indicator(12, ">= 1", AUDITED, declared=Fraction(7), distinct="部门"),
    4: share(12, ">= 0.95", Measure("acceptances"), where(验收结果="通过")),
    5: portion(12, ">= 0.95", "recruitment", "实际招聘人数", "计划招聘人数"),
    6: portion(12, ">= 1", "talent_pool", "实际储备人数", "计划储备人数"),
    7: Indicator(12, ">= 0.98", TRAINED, Measure("training")),
    8: share(3, ">= 1", STAFF, where(是否参加考核="是"), distinct="工号"),
    9: share(3, ">= 0.95", DISPATCHED, where(派单结果="成功")),
    10: share(6, ">= 0.95", ORDERED, where(是否回访="是")),
    11: Indicator(3, ">= 0.95", NEW_ENTRIES, PLANNED_ENTRIES, of_each_department=True),
    12: portion(3, ">= 0.95", "spares", "合格数量", "出库数量"),
    13: share(12, ">= 0.95", Measure("tool_usage"), where(是否使用工具="是")),
    14: portion(12, ">= 0.95", "rd_plan", "实际投入资金", "计划投入资金"),
    15: portion(12, ">= 0.95", "rd_plan", "实际完成量", "计划完成量"),
    16: SLA,
    17: share(3, ">= 0.95", Measure("service_reports"), lambda row, span: row["实际提交日期"] <= row["应提交日期"]),
    18: share(1, ">= 0.9", INCIDENTS, lambda row, span: row["响应时间"] - row["受理时间"] <= row["响应时限"]),
    19: share(1, ">= 0.9", CLOSED, where(解决结果="已解决")),
    20: share(3, ">= 0.9", OPEN, lambda row, span: row["解决日期"] < span.end),
    21: share(3, ">= 0.9", CHANGES, where(变更结果="成功")),
    22: share(3, ">= 0.9", RELEASES, where(发布结果="成功")),
    23: portion(6, ">= 0.95", "config_audits", "正确配置项数量", "抽检配置项数量"),
    24: Indicator(6, ">= 1", Measure("config_audits")),
    25: Indicator(12, "= 0", Measure("security_incidents")),
}


# ---- files


class Kept(NamedTuple):
    """A ledger's records, and the months for which each department has handed it in."""

    records: Collection[Record]
    months: Mapping[str, set[int]]


def is_record(cells: Iterable[object]) -> bool:
    filled = [said for said in map(text, cells) if said]
    others = [said for said in filled if not TOTAL.search(said)]
    is_total = len(others) < len(filled) and all(re.fullmatch(r"[-\d.,]+", said) for said in others)
    return bool(filled) and not is_total and not (len(filled) == 1 and NOTE.match(filled[0]))


def rows_of(path: Path, columns: Iterable[str]) -> Iterator[Row]:
    """The cells of each record, by columns; hidden rows and sheets are there like any."""
    with closing(load_workbook(path, read_only=True)) as book:
        for sheet in book.worksheets:
            rows = sheet.iter_rows(values_only=True)
            headings: list[str] = []
            while not set(columns) <= set(headings):
                headings = [HEADINGS.get(said, said) for said in map(text, next(rows))]
            yield from (dict(zip(headings, row, strict=True)) for row in rows if is_record(row))


def readings(column: str, cell: object) -> Collection[Any]:
    kind = COLUMNS[column]
    if not text(cell):
        return kind.ways if kind.blank is None else (kind.blank,)
    try:
        return (kind.read(cell),)
    except (KeyError, ValueError):
        return kind.ways


def kept_of(folder: Path, ledger: Ledger) -> Kept:
    columns = COLUMNS.keys() & f"{ledger.key} {ledger.date} {ledger.more}".split()
    records: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    months: dict[str, set[int]] = {department: set() for department in ledger.departments.split()}
    for department, covered in months.items():
        for path in sorted((folder / department).glob(f"{ledger.name}_*")):
            _, quarter = path.stem.split(f"_{YEAR}")
            covered |= {month for month in range(1, 13) if quarter in ("", f"Q{(month + 2) // 3}")}
            for cells in rows_of(path, columns):
                read = {"提交部门": (department,)} | {name: readings(name, cells[name]) for name in columns}
                assert all(read.values()), (path.name, cells)
                for values in product(*read.values()):
                    way = dict(zip(read, values, strict=True))
                    record = records[tuple(way[name] for name in ledger.key.split())]
                    record.extend([way] if way not in record else [])
    return Kept(records.values(), months)


# ---- what comes of it

Outcome = tuple[str, Fraction, Fraction]  # its group, and what it adds to the numerator and to the denominator
Missing = tuple[str, str, tuple[str, ...]]  # a ledger, a department, and the months for which it isn't handed in


class Found(NamedTuple):
    """What an indicator comes to in a period; numerator, denominator and value are of what is certain."""

    verdict: str
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    value: Fraction | None = None
    lowest: Fraction | None = None
    highest: Fraction | None = None
    doubtful: int = 0
    missing: tuple[Missing, ...] = ()


def outcomes_of(indicator: Indicator, ledger: str, record: Record, span: Span) -> list[Outcome]:
    def adds(measure: Measure | None, row: Row) -> Fraction:
        counts = measure and measure.ledger == ledger and measure.holds(row, span)
        return Fraction(measure.amount(row, span)) if measure and counts else NONE

    def comes_to(row: Row) -> Outcome:
        group = indicator.mean_over or indicator.distinct
        return row[group] if group else "", adds(indicator.numerator, row), adds(indicator.denominator, row)

    return list({*map(comes_to, record)})


def certain(outcomes: Sequence[Outcome]) -> Outcome:
    """What all outcomes of a record have in common."""
    groups, parts, wholes = zip(*outcomes, strict=True)
    return groups[0], parts[0] if len({*parts}) == 1 else NONE, wholes[0] if len({*wholes}) == 1 else NONE


def totals(indicator: Indicator, outcomes: Iterable[Outcome]) -> tuple[Fraction, Fraction | None]:
    """The numerator and the denominator."""
    add = max if indicator.distinct else operator.add
    groups: dict[str, tuple[Fraction, Fraction]] = defaultdict(lambda: (NONE, NONE))
    for group, part, whole in outcomes:
        groups[group] = add(groups[group][0], part), add(groups[group][1], whole)
    if indicator.mean_over:
        rates = [part / whole for part, whole in groups.values() if whole]
        return sum(rates, NONE), Fraction(len(rates))
    parts, wholes = (sum((pair[at] for pair in groups.values()), NONE) for at in (0, 1))
    return parts, wholes if indicator.denominator else indicator.declared


def rate(part: Fraction, whole: Fraction | None) -> Fraction | None:
    return part if whole is None else part / whole if whole else None


def judged(target: str, lowest: Fraction, highest: Fraction) -> str:
    sign, limit = target.split()
    ways = [end - Fraction(limit) for end in (lowest, highest)]
    holds = [way >= 0 if sign == ">=" else way == 0 for way in ways]
    return "attained" if all(holds) else "unverified" if any(holds) or ways[0] < 0 < ways[1] else "missed"


def missing_in(indicator: Indicator, kept: Mapping[str, Kept], span: Span) -> Iterator[Missing]:
    """What goes by another date than its ledger's, or is carried on, may be in any file since January."""
    for ledger in dict.fromkeys(measure.ledger for measure in indicator.measures):
        anywhere = any(one.date or one.carried for one in indicator.measures if one.ledger == ledger)
        needed = range(1 if anywhere else span.start.month, span.start.month + indicator.months)
        for department, covered in kept[ledger].months.items():
            if lacking := tuple(f"{YEAR}-{month:02}" for month in needed if month not in covered):
                yield ledger, department, lacking


def found_in(indicator: Indicator, kept: Mapping[str, Kept], span: Span) -> Found:
    if missing := tuple(missing_in(indicator, kept, span)):
        return Found("missing_data", missing=missing)
    ledgers = dict.fromkeys(measure.ledger for measure in indicator.measures)
    records = [outcomes_of(indicator, name, record, span) for name in ledgers for record in kept[name].records]
    sure, doubtful = [one[0] for one in records if len(one) == 1], [one for one in records if len(one) > 1]
    part, whole = totals(indicator, [*sure, *map(certain, doubtful)])
    last = indicator.measures[-1]
    told = {row["提交部门"] for record in kept[last.ledger].records for row in record if last.holds(row, span)}
    if indicator.of_each_department and told < kept[last.ledger].months.keys():
        return Found("undefined", part, whole, doubtful=len(doubtful))
    ways = (rate(*totals(indicator, [*sure, *turned_out])) for turned_out in product(*doubtful))
    if not (rates := [way for way in ways if way is not None]):
        return Found("not_applicable", part, whole, doubtful=len(doubtful))
    ends = min(rates), max(rates)
    return Found(judged(indicator.target, *ends), part, whole, rate(part, whole), *ends, len(doubtful))


def recount(folder: Path) -> dict[int, dict[str, Found]]:
    """All indicators by number, in all periods of the year."""
    kept = {name: kept_of(folder, ledger) for name, ledger in LEDGERS.items()}
    return {
        number: {label: found_in(indicator, kept, span) for label, span in periods(indicator.months)}
        for number, indicator in INDICATORS.items()
    }
