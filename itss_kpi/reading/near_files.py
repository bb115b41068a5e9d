"""Near files: what was handed in and lies just outside of where it is read: beside the departments' folders, in one
whose name is misspelt, or under a name that the ledger's pattern misses.

Convention: such a file is not read; but what it may hold is not known to be missing, so its days are unknown.
"""

import difflib
import os
import re
from collections.abc import Iterator

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.sources import TABLE_ENDINGS, Source
from itss_kpi.core.text import fold

_AS_ALIKE = 0.75
_BESIDE = re.compile(
    r"[\d\W_]|q[1-4]|h[12]|[年月日季度份第期]|[上下]半|[一二三四](?=季)|补[充报交]?|增补|重[报发交]|更正|最[终新]版?|[新终定修]稿?|订"
)
"""What may stand in a file's name beside its ledger's."""
_LEFT_OUT = re.compile("漏[登报填录]|遗漏|补[登录]")
"""What is handed in later of what a ledger left out may be called anything."""
_NO_LEDGER = re.compile("模板|样表|说明|汇总|统计|分析|报告|总结|通知")


def nearly(catalogue: Catalogue, folder: str | None, name: str) -> Iterator[tuple[str, str, str]]:
    """The sources and departments whose file a file of this name in this folder (None: the data folder itself) is
    likely to be, with what would make it one."""
    departments = dict.fromkeys(one for source in catalogue.sources.values() for one in source.departments)
    meant = difflib.get_close_matches(folder, departments, n=1, cutoff=0.5) if folder else []
    owner = folder if folder in departments else meant[0] if meant else None
    for source, declared in ((name, one) for name, one in catalogue.sources.items() if one.files):
        for department in declared.departments:
            if owner not in (None, department) or (folder and owner is None):
                continue
            claimed = declared.claims(department, name)
            if claimed or _is_like(declared, department, name) or _LEFT_OUT.search(name):
                moved = "" if folder == department else f"移到部门文件夹“{department}”"
                renamed = "" if claimed else f"把文件名改成 {declared.files} 的形式"
                yield source, department, ",".join(part for part in (renamed, moved) if part)


def _is_like(source: Source, department: str, name: str) -> bool:
    stem, ending = os.path.splitext(fold(name))
    literal = fold(re.split(r"[*?\[]", source.pattern)[0])
    stem = re.sub("^(?:副本|复件|copyof)|备份$", "", stem.replace(fold(department), ""))
    if ending not in TABLE_ENDINGS or _NO_LEDGER.search(stem.replace(literal.strip("_-"), "")):
        return False
    asked = _BESIDE.sub("", literal)
    # what a ledger is called stands first, and what else is said of it behind a separator or a number
    begin = re.split(r"[\d_\-(\[]", stem)[0]
    found = {_BESIDE.sub("", one) for one in (begin or stem, fold(re.split(r"\s", name.strip())[0]))}
    return bool(asked) and any(_is_spelt(asked, one) for one in found)


def _is_spelt(asked: str, written: str) -> bool:
    ratio = difflib.SequenceMatcher(None, asked, written).ratio()
    return abs(len(asked) - len(written)) <= 1 and ratio >= _AS_ALIKE
