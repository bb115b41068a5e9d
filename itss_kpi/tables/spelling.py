"""Spellings: texts that a condition or a group compares, made one where only their writing differs.

Convention: equal after folding (width, case, kinds of dash and blank, characters without width) is equal, and takes
the catalogue's spelling, or the most frequent one. What is equal but for a sign or a remark after it may be meant.
"""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.usage import Usage
from itss_kpi.core.likeness import alike, folded, sound_alike
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.text import plain
from itss_kpi.tables.columns import TypedColumn
from itss_kpi.tables.sheets.body import is_filled, matches
from itss_kpi.tables.sheets.headed import LOST_DIGITS

_DITTO = pa.array(["同上", "同前", "〃", "″", '"', "''", "↑", "”", "“"])
"""What stands for the value above, which sorting and filtering lose."""
_NONE = {
    "无",
    "暂无",
    "没有",
    "未填",
    "空",
    "/",
    "\\",
    "-",
    "--",
    "—",
    "n/a",
    "na",
    "null",
    "none",
    "待查",
    "待补",
    "待定",
}
"""What is written where there is nothing, or nothing yet, as it is folded."""
_UNKNOWN = {"不详", "不明", "未知", "不清楚"}
_ELSEWHERE = r"^(?:详?见|参[见照]|另附|附)(?:附[件表页]|后|下|另|签到|备注|清单|名单)"
"""What is written where the value stands somewhere else."""
_A_DATE_CELL = r"^\d{4}-\d\d-\d\d 00:00:00$"
"""What becomes of 3-1, typed into a cell that isn't text."""
MANY = 20_000
"""Different texts of a column beyond which it is taken for free text, and left as it is."""
_TRAILING = re.compile(r"[\s。.,;:!、,;:!~*?/-]+$|\s*[(\[【][^()\[\]【】]*[)\]】]$")


def in_one_spelling(column: TypedColumn, usage: Usage) -> Iterator[Problem]:
    """Give the column one spelling for what is compared alike, and say where several were found."""
    name, literals = column.name, usage.literals.get(column.name, frozenset())
    compared = bool(literals) or name in usage.grouped or name in usage.joined
    if column.kind is not Kind.TEXT or not (compared or name in usage.searched | usage.filled):
        return
    yield from _distrusted(column, usage)
    values = pa.array(column.values, pa.string())
    counts = Counter(
        {str(one["values"]): one["counts"] for one in values.value_counts().to_pylist()} if compared else {}
    )
    counts.pop("", None)
    if not compared or len(counts) > MANY:
        return
    raws = [piece.raw for piece in column.pieces]
    place = raws[0].place if len(raws) == 1 else Place(raws[0].path if raws else "")
    meant = _spellings(counts, literals)
    if any(text != written for written, text in meant.items()):
        yield Problem("D310", f"“{name}”有几种写法,按一种计:{_listed(meant)}", place)
        column.values = pd.array([meant.get(text, text) for text in values.to_pylist()], dtype="str")
    texts = set(meant.values())
    unclear = _unclear(texts, literals)
    if name in usage.grouped | usage.joined:
        unclear |= _with_remark(texts - unclear.keys())
    yield from _doubted(column, texts, unclear, _near(counts, meant, literals), usage)
    said = list(_unmatched(name, texts - unclear.keys(), literals, place))
    # what is none of the words of a choice is said to be (D203)
    settled = column.declared.sensitive or column.declared.type == "choice"
    wanted = frozenset() if settled else usage.shares.get(name, frozenset())
    yield from said or _never_there(name, texts - unclear.keys(), wanted, place)


def _distrusted(column: TypedColumn, usage: Usage) -> Iterator[Problem]:
    """Take for unreadable what stands for the value above, or for nothing, and what has become a date."""
    name = column.name
    ditto = np.asarray(pc.fill_null(pc.is_in(column.texts, value_set=_DITTO), False))
    yield from column.doubt("D213", ditto, f"“{name}”写着同上一类的符号,不是值")
    if name in usage.filled | usage.averaged and not column.declared.blank_words:
        yield from _none_words(column, usage.literals.get(name, frozenset()), groups=name in usage.averaged)
    if name in usage.listing:
        texts = set(pc.unique(column.texts).to_pylist()) - {"", None}
        yield from _doubt("D224", column, _run_together(texts) if len(texts) <= MANY else {})
    if name in usage.grouped | usage.joined:
        yield from column.doubt("D207", matches(column.texts, LOST_DIGITS))
    yield from column.doubt("D225", matches(column.texts, _ELSEWHERE), f"“{name}”写的是见别处,不是值")
    dated = matches(column.texts, _A_DATE_CELL)
    if 2 * int(dated.sum()) < int(is_filled(column.texts).sum()):
        yield from column.doubt("D201", dated)


def _doubted(
    column: TypedColumn, texts: set[str], unclear: Mapping[str, str], near: Mapping[str, str], usage: Usage
) -> Iterator[Problem]:
    """Doubt the texts that may mean another, be several, or an `unclear` literal."""
    name, literals = column.name, usage.literals.get(column.name, frozenset())
    every = {text: "全部" for text in texts - literals if _EVERY.fullmatch(folded(text))}
    every |= _lists(texts - literals) if name in usage.joined - usage.listing else {}
    several = {} if name in usage.listing else _several(texts, literals)
    written = (len(re.findall("[、,;/]", folded(str(text)))) for text in column.values if text in several)
    column.listed = sum(written) if several else 0
    for code, found in (("D224", every), ("D311", unclear), ("D224", several), ("D318", near)):
        yield from _doubt(code, column, found)


_DOUBTS = {
    "D311": ("的写法拿不准", "“{}”是否“{}”"),
    "D224": ("一格写了几个", "“{}”中有“{}”"),
    "D318": ("有只差一点的名称", "“{}”是否“{}”"),
}
"""What is said of a column's texts, and of each beside the other that it may mean."""


def _doubt(code: str, column: TypedColumn, found: Mapping[str, str]) -> Iterator[Problem]:
    """Doubt the cells with the texts that were `found`, each beside what it may mean, and say so."""
    if found:
        what, pair = _DOUBTS[code]
        mask = np.isin(np.asarray(column.values, dtype=object), list(found))
        pairs = "、".join(pair.format(*one) for one in sorted(found.items())[:3])
        yield from column.doubt(code, mask, f"“{column.name}”{what}:{pairs}")


def _none_words(column: TypedColumn, literals: frozenset[str], *, groups: bool) -> Iterator[Problem]:
    """Doubt what stands for nothing where it matters whether there is something, and for a group that isn't known."""
    words = (_NONE | _UNKNOWN if groups else _NONE) - {plain(literal).casefold() for literal in literals}
    written = {str(text) for text in pc.unique(column.texts).to_pylist() if text and plain(text).casefold() in words}
    if written:
        mask = np.asarray(pc.fill_null(pc.is_in(column.texts, value_set=pa.array(sorted(written))), False))
        said = f"“{column.name}”写着 {'、'.join(sorted(written)[:3])},不知是否表示没有"
        yield from column.doubt("D225", mask, said)


_EVERY = re.compile("(?:全部|所有|全体|各)(?:个?(?:系统|项目|部门|设备|人员|机房|客户|单位|站点|线路))?")
_REMARK = re.compile(r"(.+?)\s*\(([^()]+)\)")
_ROLE = re.compile("原(?!厂|装|件)|曾用名?|现名|又名|简称|[组班队科]长|负责人|主[管持任]|经理|实习|外包|兼|代[班理]")
_STAFF = re.compile(r"[A-Za-z]*\d{3,}")
_PERSON = re.compile("[\u4e00-\u9fff]{2,3}")


def _with_remark(texts: set[str]) -> dict[str, str]:
    """The names with a remark in brackets that stand elsewhere without it: a role, a number, a former name."""
    found = {}
    for text in texts:
        parts = _REMARK.fullmatch(plain(text))
        staff = parts and _PERSON.fullmatch(parts[1]) and _STAFF.fullmatch(parts[2])
        if parts and parts[1] in texts and (staff or _ROLE.match(parts[2])):
            found[text] = parts[1]
    return found


def _lists(texts: set[str]) -> dict[str, str]:
    """The texts that hold several numbers, made alike, by which rows of another ledger belong together."""
    parts = {text: [part for part in re.split(r"[、,;/+~]|至", folded(text)) if part] for text in texts}
    return {
        text: found[0]
        for text, found in parts.items()
        if len(found) > 1 and len({re.sub(r"\d+", "0", one) for one in found}) == 1 and re.search(r"\D\d", found[0])
    }


def _several(texts: set[str], literals: frozenset[str]) -> dict[str, str]:
    """The texts that list several names of which one, or of those with a slash each, stands elsewhere by itself."""
    known = {folded(text) for text in (*texts, *literals)}
    split = {text: [part.strip() for part in re.split("[、,;]", folded(text)) if part.strip()] for text in texts}
    # names of people may stand in lists alone, the same ones in several
    people = [parts for parts in split.values() if len(parts) > 1 and all(len(part) in (2, 3) for part in parts)]
    known |= {part for part, number in Counter(part for parts in people for part in parts).items() if number > 1}
    found: dict[str, str] = {}
    for text in texts - literals:
        parts = split[text]
        alone = [part for part in parts if part in known] if len(parts) > 1 else []
        for joined in (
            folded(text).split("/"),
            re.split("[和与及&+]", folded(text)),
            _AND_OTHERS.findall(folded(text)),
        ):
            others = [part.strip() for part in joined if part.strip()]
            if not alone and others != [folded(text)] and others and all(part in known for part in others):
                alone = others
        if alone:
            found[text] = alone[0]
    return found


def _run_together(texts: set[str]) -> dict[str, str]:
    """The texts of a column of lists in which names that are items elsewhere, or people's, are divided otherwise."""
    split = {text: [item for item in re.split(r"[、,;\s]+", folded(text)) if item] for text in texts}
    items = {item for listed in split.values() for item in listed}
    joined: dict[str, str] = {}
    for item in items:
        strokes, words = re.split(r"[/|+\\]", item), re.split("[/|+&和与及]", item)
        people = len(strokes) > 1 and all(map(_PERSON.fullmatch, strokes))
        if people or (len(words) > 1 and items.issuperset(words)):
            joined[item] = words[0]
    return {text: joined[item] for text, listed in split.items() for item in listed if item in joined}


_AND_OTHERS = re.compile(r"^(.+?)等\d*[人名]?$")


def _near(counts: Mapping[str, int], meant: Mapping[str, str], literals: frozenset[str]) -> dict[str, str]:
    """The names that are nearly another one, with the literal or more frequent one that may be meant."""
    groups: dict[str, list[str]] = defaultdict(list)
    there = set(meant.values())
    known = {_LITTLE.sub("", folded(literal)) for literal in literals}
    stems = {one for one in map(folded, there) if len(one) > 1}
    for text, common in alike(dict.fromkeys([*meant.values(), *sorted(literals)])).items():
        bare = _LITTLE.sub("", common)
        stem = _KIND.sub("", common)
        groups[bare if bare in known and len(bare) > 1 else stem if stem in stems else common].append(text)
    number = Counter[str]()
    for written, text in meant.items():
        number[text] += counts[written]
    found: dict[str, str] = {}
    for texts in groups.values():
        chosen = max(sorted(texts), key=lambda text: (text in literals, number[text]))
        # a number beside that of a condition which occurs nowhere is another one
        others = [text for text in texts if chosen in there or not text.isdigit()]
        found |= {text: chosen for text in others if text != chosen and text in there - literals}
    once = [text for text in there - literals if number[text] == 1]
    often = sorted(text for text in there if number[text] >= _OFTEN)
    return found | {text: other for text in once for other in often if sound_alike(text, other)}


_KIND = re.compile("(?:系统|平台|软件|(?:股份)?有限(?:责任)?公司|公司|集团)$")
_OFTEN = 5
_LITTLE = re.compile("[已了的己巳]")
"""What people write beside a word, or leave out: 已取消 and 取消."""


def _spellings(counts: Mapping[str, int], literals: frozenset[str]) -> dict[str, str]:
    """For each text as written the one that it counts as."""
    same: dict[str, list[str]] = defaultdict(list)
    for text in counts:
        same[folded(text)].append(text)
    known = {folded(literal): literal for literal in sorted(literals, reverse=True)}
    found: dict[str, str] = {}
    for one, texts in same.items():
        chosen = known.get(one) or max(sorted(texts), key=lambda text: counts[text])
        found |= dict.fromkeys(texts, chosen)
    return found


def _listed(meant: Mapping[str, str]) -> str:
    pairs = [f"{written} → {text}" for written, text in sorted(meant.items()) if written != text]
    return "、".join(pairs[:5]) + ("等" if len(pairs) > 5 else "")


def _unclear(texts: set[str], literals: frozenset[str]) -> dict[str, str]:
    """The texts that would be a literal but for trailing signs or a remark in brackets."""
    known = {folded(literal): literal for literal in literals}
    found = {}
    for text in texts - literals:
        bare = _TRAILING.sub("", text)
        if bare != text and folded(bare) in known:
            found[text] = known[folded(bare)]
    return found


def _never_there(name: str, texts: set[str], wanted: frozenset[str], place: Place) -> Iterator[Problem]:
    """Says that none of the texts that a rate counts is there, where the column holds few others: they may mean it."""
    if wanted and texts and len(texts) <= _FEW and not wanted & texts:
        what = f"条件中的{'、'.join(f'“{text}”' for text in sorted(wanted)[:3])}在“{name}”列没有出现过"
        yield Problem("D312", f"{what},写的是:{'、'.join(sorted(texts)[:_FEW])}", place)


_FEW = 5


def _names_more(text: str, bare: str) -> bool:
    """Whether a text says something and more, as 特别严重 does of 严重, and not its contrary."""
    return text.startswith(bare) or (bare in text and text[0] not in "不未非无没")


def _is_contrary(text: str, bare: str) -> bool:
    """Whether one of two texts denies the other: 合格, 不合格."""
    long, short = sorted((text, bare), key=len, reverse=True)
    return long[1:] == short and long[0] in "不未非无没"


def _unmatched(name: str, texts: set[str], literals: frozenset[str], place: Place) -> Iterator[Problem]:
    """Says which literals occur nowhere though something like them does."""
    for literal in sorted(literals - texts):
        bare = folded(re.sub(r"[*?%]", "", literal))
        near = [text for text in sorted(texts) if bare and _names_more(folded(text), bare)]
        near = near or difflib.get_close_matches(
            literal, sorted(text for text in texts if not _is_contrary(text, bare)), 3, 0.75
        )
        if near and not literals & set(near):
            what = f"条件中的“{literal}”在“{name}”列没有出现,相近的有:{'、'.join(near[:3])}"
            yield Problem("D312", what, place)
