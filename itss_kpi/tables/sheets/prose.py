"""Prose: the sentences above, between and below the rows, and what they say of the table.

Convention: what is asked of those who fill in a form (请勿漏报) says nothing of what they did.
"""

import re

_LACKING = re.compile(
    r"另有.{0,20}[未没]|[未没](?:有|能|曾|及时?)?(?:录入|登记|导出|采集|收录|补录|录[到在]|[计列]入[本此]表)|另行(?:统计|登记|[上填]报|报送)"
    r"|另表|(?:明细|其余|记录|台账|清单).{0,4}另附|[待需]补[录登充]|待(?:录入|登记|导出)|漏[登报录]|(?:数据|记录|日志|台账).{0,4}(?:缺失|丢失|不[全齐])"
    r"|[((]略[))]|以下(?:从)?略|(?:其余|余下|其他).{0,6}略|…{2,}"
)
"""How it is said that records are not among the rows."""
_NO_SUCH = re.compile(
    "[请须勿若]|不得|应[当在于按]|如[有果]|[无没]有?.{0,4}[未漏缺]|[未没][有见]?(?:发现)?.{0,2}[漏缺]|已(?:全部)?补"
)
_COUNTED = re.compile(r"(?<!第)(\d{1,9})\s*[条行件次起单笔宗]")
_PAGES = re.compile(
    r"第\s*\d+\s*页\D{0,3}共\s*(?:[2-9]|\d\d+)\s*页|共\s*(?:[2-9]|\d\d+)\s*页\D{0,4}第\s*\d+\s*页|第\s*\d+/(?:[2-9]|\d\d+)\s*页"
)


def is_lacking(text: str, rows: int) -> bool:
    """Whether it is said that records are lacking, of so many `rows`: outright, by pages, or by how many there are."""
    counted = list(map(int, _COUNTED.findall(text.partition("其中")[0]))) if "共" in text else []
    return bool(
        _PAGES.search(text)
        or (_LACKING.search(text) and not _NO_SUCH.search(text))
        or (counted and min(counted) > rows)
    )
