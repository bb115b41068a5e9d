"""The table of indicators as a company has it: rows of text -> what is listed, column by column.

Convention: a column is known by the words of its heading; a cell that is blank below a domain belongs to that domain.
A period or a requirement of which there is any doubt is left as it is written, and asked for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from itss_kpi.core.period import PeriodKind
from itss_kpi.core.targets import advised, parse_target
from itss_kpi.core.text import fold, half_width, plain

Rows = Sequence[Sequence[str]]
_HEADS: Mapping[str, str] = {
    "number": "序号 编号 NO.",
    "domain": "指标域 指标类别 指标类型 考核类别 考核维度 一级指标 类别 领域 维度 分类 流程 过程 域 方面",
    "name": "指标名称 考核指标 质量目标 绩效指标 过程指标 二级指标 考核项目 考核内容 考核项 KPI名称 指标 KPI 名称 项目",
    "formula": "考核内容 计算公式 计算方法 计算方式 统计方法 指标定义 指标口径 公式 定义 算法 怎么算 口径 说明",
    "points": "评分标准 评分办法 扣分标准",
    "target": "考核要求 指标要求 考核标准 目标值 指标值 标准值 达标值 要求 目标 标准",
    "unit": "计量单位 单位",
    "period": "考核周期 统计周期 考核频次 统计频次 考核频率 统计频率 周期 频次 频率",
    "persons": "责任人 负责人",
    "departments": "责任部门 责任单位 责任 牵头 主责 负责 部门 科室",
    "clause": "标准条款 对应条款 条款",
    "weight": "权重 分值 标准分 配分",
}
"""The words by which each column is known."""
_KINDS = {
    "日": PeriodKind.DAY, "天": PeriodKind.DAY, "周": PeriodKind.WEEK, "月": PeriodKind.MONTH, "季": PeriodKind.QUARTER,
    "半年": PeriodKind.HALF, "年": PeriodKind.YEAR,
}  # fmt: skip
_EACH = "(半年|[日天周月季年])"
_PERIOD = re.compile(rf"(?:按|每|一|1)?个?{_EACH}[度份]?(?:考核|统计|一次|1次)?|[一1]次/{_EACH}")
_PER = re.compile("^(?:(?:每|按|一)?(?:半年|[月季年])度?|全年)")
_SIGNED = re.compile("[<>=≥≤≧≦]|不[低少高超大多]于?|至[少多]|[大小等高低]于|少于|多于|超过")
_SPEAKS = re.compile("(半年|[月季年])度?")
_FEWER = re.compile("故障|投诉|事故|超时|超期|中断|差错|缺陷|失败|重复|返修|平均|时长|时间|流失|次数")
_WITHIN_TEXT = re.compile(
    r"(?:[<>≥≤]=?|不低于|不少于|不超过|不高于|不多于|不大于|大于|小于|至少|至多)\s*\d+(?:\.\d+)?\s*(?:%|%|‰|次|起|件|个|分钟|小时|天|分)?"
)
_ASKED = re.compile("^(?!.*(?:实际|完成|上年|去年|同期|自评|得分|权重|分值)).*(?:值|目标|要求|标准)$")
_MONTHS = re.compile(r"(?:\d{4}年?)?(1[0-2]|[1-9])月(?:份)?")
_NO_ROW = re.compile("合计|总计|小计|总分|备注|说明|注[::]|[(（]?注|填表|审核|批准|编制")
_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """An indicator as it is listed, under its running number; `section`: the heading under which it stands,
    `others`: what other columns ask of it."""

    number: int
    name: str
    domain: str = ""
    formula: str = ""
    target: str = ""
    period: str = ""
    departments: tuple[str, ...] = ()
    clause: str = ""
    weight: str = ""
    points: str = ""
    section: str = ""
    others: tuple[str, ...] = ()

    @property
    def requirement(self) -> str | None:
        """The requirement as a catalogue writes it, where nothing has to be asked: it is the only one, and says one
        limit with a sign, or a word that is one, in a unit that is no ratio."""
        target = parse_target(signed(self.target) or "") if _SIGNED.search(self.target) and not self.others else None
        return target.text if target and len(target.bounds) == 1 and "/" not in target.unit else None

    @property
    def likely(self) -> list[str]:
        """What the requirement may be where it has to be asked, the likeliest first."""
        return [reading for text in (self.said, *self.others) for reading in _readings(text, self.name)]

    @property
    def said(self) -> str:
        """What is said of a requirement, if only in the formula."""
        return self.target or next((found[0] for found in _WITHIN_TEXT.finditer(self.formula)), "")

    @property
    def kind(self) -> PeriodKind | None:
        """The period; None where it says none, or not just one, or the requirement speaks of another."""
        found = _PERIOD.fullmatch(fold(self.period))
        kind = _KINDS[found[1] or found[2]] if found else None
        spoken = re.findall(rf"(?<!\d){_EACH}(?=度|[≥≤<>=]|不|$)", fold(self.target))
        return kind if {_KINDS[word] for word in spoken} <= {kind} else None

    @property
    def likely_kind(self) -> PeriodKind | None:
        """The period of which its words or its section speak."""
        for text in (self.period, self.name, self.target, self.formula, self.section):
            if found := _SPEAKS.search(text):
                return _KINDS[found[1]]
        return None


def _readings(text: str, name: str) -> list[str]:
    """What a text may mean that isn't certain."""
    bare = _PER.sub("", plain(text))
    found = parse_target(signed(bare) or bare)
    if found is None:
        return []
    if len(found.bounds) > 1 or _SIGNED.search(bare):
        return list(dict.fromkeys([re.sub(r"/[^/\d]+$", "", found.text), found.text]))
    number = re.sub("^[<>=]+ ", "", found.text)
    if found.signed:  # 以上, 以下: with the number itself, or without
        return [found.text, f"{found.bounds[0].op[0]} {number}"]
    fewer = re.match(r"0(?![.\d])", number) is not None or bool(_FEWER.search(name))
    signs = ("=", ">=", "<=") if number.startswith("100%") else ("<=", ">=", "=") if fewer else (">=", "<=", "=")
    # a spreadsheet takes what begins with = for a formula
    return [f"{'等于' if sign == '=' else sign} {number}" for sign in signs]


def signed(text: str) -> str | None:
    """The requirement that a text says with a sign, or a word that is one; None where it says none."""
    found = parse_target(text)
    if found is None or text.strip().endswith("内"):
        return advised(text)
    return found.text if found.signed else None


def listed(tables: Iterable[Rows]) -> list[Listed]:
    """The indicators of those tables that have a row of headings: their names, and what is asked of them."""
    found = [one for rows in tables for one in _listed(rows)]
    return [replace(one, number=number) for number, one in enumerate(found, 1)]


def _listed(rows: Rows) -> list[Listed]:
    for at, row in enumerate(rows[:_WITHIN]):
        head = _head(row)
        if "name" in head and head.keys() & {"formula", "target"}:
            return list(_below(rows[at + 1 :], row, head))
    return []


def _head(row: Sequence[str]) -> dict[str, list[int]]:
    """Which columns are what: each word as closely as it fits, each column once; of periods all."""
    fits = [
        (2 * len(word) + (word == heading), what, at)
        for at, text in enumerate(row)
        if (heading := re.sub(r"[(\[].*", "", fold(text).upper())) and len(heading) <= 10
        for what, words in _HEADS.items()
        for word in words.split()
        if word in heading
    ]
    found: dict[str, list[int]] = {}
    taken: set[int] = set()
    for _, what, at in sorted(fits, key=lambda one: (-one[0], one[2])):
        if at not in taken and (what not in found or what == "period"):
            found.setdefault(what, []).append(at)
            taken.add(at)
    return found


def _below(rows: Rows, titles: Sequence[str], head: Mapping[str, Sequence[int]]) -> Iterator[Listed]:
    domain, section = "", ""
    months = len({found[1] for text in titles if (found := _MONTHS.fullmatch(fold(text)))}) > 1
    unit = re.search(r"[(\[](.+)[)\]]", half_width(titles[head["target"][0]])) if "target" in head else None
    roles = {at for places in head.values() for at in places}
    others = [at for at, text in enumerate(titles) if at not in roles and _ASKED.search(fold(text))]
    for row in rows:
        cells = {what: _joined(row, places) for what, places in head.items()}
        texts = {"".join(text.split()) for text in row if text.strip()}
        name = cells["name"]
        if len(texts) == 1 and not _NO_ROW.match(next(iter(texts))):
            section = re.sub(r"^[一二三四五六七八九十\d]+[、..]\s*", "", texts.pop())
        domain = (cells["domain"] or domain) if "domain" in head else section
        if len(texts) < 2 or not name or _NO_ROW.match(name) or fold(name) == fold(titles[head["name"][0]]):
            continue
        own = cells.get("unit") or (unit[1] if unit else "")
        yield Listed(
            0,
            name,
            domain,
            cells.get("formula") or cells.get("points", ""),
            _in_unit(cells.get("target", ""), own),
            cells.get("period", ""),
            tuple(filter(None, re.split(r"[、,;/\s]+", half_width(cells.get("departments", ""))))),
            cells.get("clause", ""),
            cells.get("weight", ""),
            cells.get("points", "") if cells.get("formula") else "",
            "月" if months and not section else section,
            tuple(_in_unit(row[at], own) for at in others if at < len(row) and parse_target(row[at])),
        )


def _in_unit(target: str, unit: str) -> str:
    """A requirement with the unit that stands beside it, where it has none."""
    found = parse_target(target)
    return f"{target}{unit}" if found and not found.unit else target


def _joined(row: Sequence[str], places: Sequence[int]) -> str:
    """What stands in these cells, each text once."""
    return "、".join(dict.fromkeys(" ".join(row[at].split()) for at in places if at < len(row) and row[at].strip()))
