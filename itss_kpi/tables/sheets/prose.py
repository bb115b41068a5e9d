"""Prose: the sentences above, between and below the rows, and what they say of the table.

Convention: what is asked of those who fill in a form (请勿漏报) says nothing of what they did.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Column
from itss_kpi.core.text import plain
from itss_kpi.reading.grid import RawExport

_LACKING = re.compile(
    r"另有.{0,20}[未没]|[未没](?:有|能|曾|及时?)?(?:录入|登记|导出|采集|收录|补录|录[到在]|[计列]入[本此]表)|另行(?:统计|登记|[上填]报|报送)"
    r"|另表|(?:明细|其余|记录|台账|清单).{0,4}另附|[待需]补[录登充]|待(?:录入|登记|导出)|漏[登报录]|(?:数据|记录|日志|台账).{0,4}(?:缺失|丢失|不[全齐])"
    r"|[((]略[))]|以下(?:从)?略|(?:其余|余下|其他).{0,6}略|…{2,}"
)
"""How it is said that records are not among the rows."""
_NO_SUCH = re.compile(
    "[请须勿若]|不得|应[当在于按]|如[有果]|[无没]有?.{0,4}[未漏缺]|[未没][有见]?(?:发现)?.{0,2}[漏缺]|已(?:全部)?补"
    "|(?<![本此另])表$|(?:台账|登记簿|报告|汇总|一览|情况)$"
)
_COUNTED = re.compile(r"(?<!第)(\d{1,9})\s*[条行件次起单笔宗]")
_PAGES = re.compile(
    r"第\s*\d+\s*页\D{0,3}共\s*(?:[2-9]|\d\d+)\s*页|共\s*(?:[2-9]|\d\d+)\s*页\D{0,4}第\s*\d+\s*页|第\s*\d+/(?:[2-9]|\d\d+)\s*页"
)


_PAGE = re.compile(r"第\s*(\d+)\s*(?:页\D{0,3}共\s*|/)(\d+)\s*页")


def has_all_pages(raw: RawExport, header: int) -> bool:
    """Whether a sheet has each of its pages, as its lines number them: 第1页 共3页, 第2页 共3页, 第3页 共3页."""
    pages = {found for text in sentences(raw, header) for found in _PAGE.findall(text)}
    return bool(pages) and {int(one) for one, _ in pages} == set(range(1, max(int(of) for _, of in pages) + 1))


def is_lacking(text: str, rows: int, *, words: bool = True, pages: bool = True) -> bool:
    """Whether it is said that records are lacking, of so many `rows`: by `pages`, by their number, or in `words`."""
    counted = list(map(int, _COUNTED.findall(text.partition("其中")[0]))) if "共" in text else []
    return bool(
        (pages and _PAGES.search(text))
        or (words and _LACKING.search(text) and not _NO_SUCH.search(text))
        or (counted and min(counted) > rows)
    )


# ---- what the cells mean


@dataclass(frozen=True, slots=True)
class Legend:
    """A sentence by which cells mean something else than they say: `written` how, of columns of these `kinds` with such
    a `heading` the `cells` that it is about."""

    written: re.Pattern[str]
    kinds: frozenset[Kind]
    cells: str = "."
    heading: str = ""


_AMOUNTS = frozenset({Kind.NUMBER, Kind.SPAN})
_IS = "(?:表示|代表|[=:为指即])"
_UNKNOWN = "未(?:评|测|采|参|填|报|答)|超时|失败|缺[测失考]|弃[权评]|无(?:效|应答|响应|数据)|不适用|没有(?:评|测|数据)"
_NOUGHT = (
    rf"(?<![\d.])0分?\s*{_IS}.{{0,6}}(?:{_UNKNOWN})"
    rf"|(?<![无没有不])(?:{_UNKNOWN}).{{0,8}}(?:[记填写用]|录入?)[为作成]?\s*0(?!\.)"
)
_CLOCK = rf"\d\.\d+\s*{_IS}\s*\d+\s*(?:小时|时|分钟?)\s*\d+\s*[分秒]"
_TICK = rf"[√✓✔]\s*{_IS}?\s*(?:[发出有存][现有在]?)?(?:异常|故障|问题|隐患|超[时期]|逾期|[未不没缺])"
_VERY = r"\s*(?:[非很最]常?)?"
_BEST = rf"(?<!\d)1(?:分|\s*{_IS})\s*{_IS}?{_VERY}(?:满意|好|优)|[45](?:分|\s*{_IS})\s*{_IS}?{_VERY}(?:不满|差)"
_LEGENDS = (
    Legend(re.compile(_NOUGHT), _AMOUNTS, r"^0+(?:\.0+)?$"),
    Legend(re.compile(_CLOCK), _AMOUNTS, r"\d\.\d", "时|耗|长"),
    Legend(re.compile(_TICK), frozenset({Kind.TRUTH})),
    Legend(re.compile(_BEST), frozenset({Kind.NUMBER}), ".", "满意|评|分|意见"),
)
_RUNNING = re.compile("[季年月]初.{0,6}(?:累计|合计)|累计[数值]|截[至止].{0,8}累计")
_NARROW, _LARGEST, _MOST = 2, 200_000, 200


def sentences(raw: RawExport, header: int) -> Iterator[str]:
    """The texts of the rows with no more than two cells, and people's comments on the header (row `header`)."""
    yield from (plain(text) for row, _, text in raw.grid.comments if row <= header)
    cells = raw.grid.cells
    if cells.num_rows <= _LARGEST and cells.num_columns > _NARROW:
        widths = sum(np.asarray(column.is_valid()).astype(np.int8) for column in cells.columns)
        for row in np.flatnonzero((widths > 0) & (widths <= _NARROW))[:_MOST].tolist():
            yield plain(" ".join(str(column[row].as_py() or "") for column in cells.columns).strip())


def meant_otherwise(texts: Sequence[str], columns: Mapping[str, Column]) -> Iterator[tuple[str, str, str]]:
    """Of which columns the sentences say that cells mean something else: the column, which cells, the sentence."""
    for text in texts:
        named = [name for name in columns if name in text.replace(" ", "")]
        for legend in _LEGENDS:
            if not legend.written.search(text):
                continue
            for name in named or columns:
                if columns[name].kind in legend.kinds and re.search(legend.heading, name):
                    yield name, legend.cells, text
        for name in named if _RUNNING.search(text) else ():
            if columns[name].kind in _AMOUNTS:
                yield name, ".", text
