"""Headers: the row (or two rows) of a sheet in which the declared columns are named, and where each column stands.

Convention: headings are compared folded (`text.fold`): width, blanks, line breaks and case don't matter. A heading that
carries a unit or remark in brackets, or a `*`, is the column of the name before it, unless another unit is meant.
Rows are lists of texts, "" for blank; numbers are 0-based.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

import pyarrow as pa

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import UNIT_WORDS, Column, Source
from itss_kpi.core.text import fold
from itss_kpi.reading.worker.grid_file import Merge
from itss_kpi.tables.sheets.cell_values import named_period

HEADER_WITHIN = 30
_ANY_YEAR = 2000
_REMARKS = {"必填", "选填", "可空", "必填项", "选填项"}
_BRACKETED = re.compile(r"(.+?)[(\[]([^()\[\]]*)[)\]]")
FULL_MARKS = re.compile(
    r"满分:?(?:为|是)?(\d{1,4})分?|(?<!\d)(\d{1,4})分制|(百)分制|(?<!\d)([01])[-~至到—]+(\d{1,3})分"
)
"""How a heading says the most that a score can be."""
_OTHERS = re.compile(
    "计划|预计|预期|预估|暂定|拟定?|初定|法定|要求|应(?=[完解到处])|承诺|目标|约定|规定|时限|限[时期]|截[至止]|期限|上年|去年|上[月期季次回]|最[早晚迟]|同期|标准|定额"
)
"""What makes a heading another column."""
CONTINUED = re.compile(r"[(（]续\d*[)）]$")
"""What stands behind the headings of a table that goes on beside itself."""
_COUNTING = {"个", "人", "次", "项", "件", "份", "条", "台", "套", "名", "人次", "单", "户", "分", "数量"}


@dataclass(frozen=True, slots=True)
class Head:
    """A heading that is a value (`text`) of the column `of`, over values of `column`, and its place."""

    at: int
    text: str
    column: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header is and what stands in it.

    `where` gives each column's place; a column that is named more than once stands in `twice` for each further place;
    `extra` are the headings of no declared column, `heads` those that are values.
    """

    row: int
    height: int
    titles: tuple[str, ...]
    where: Mapping[str, int]
    twice: tuple[tuple[str, int], ...]
    extra: tuple[str, ...]
    heads: tuple[Head, ...] = ()

    @property
    def named(self) -> set[str]:
        """The declared columns that it names, once or more."""
        return {*self.where, *dict(self.twice), *(name for head in self.heads for name in (head.column, head.of))}

    @property
    def score(self) -> int:
        """How many declared columns it names."""
        return len(self.named)


def find_header(rows: Sequence[Sequence[str]], merges: Sequence[Merge], names: "ColumnNames") -> Header | None:
    """The header within the first rows: the one that names most columns, the first of equals; None below two.

    Two rows are one header only where together they name more columns than any row alone.
    """
    head = rows[:HEADER_WITHIN]
    pairs = enumerate(pairwise(head))
    candidates = chain(
        (names.match(at, 1, row) for at, row in enumerate(head)),
        (joined for at, (top, bottom) in pairs if (joined := _joined(at, top, bottom, merges, names))),
    )
    best: Header | None = None
    for header in candidates:
        if best is None or header.score > best.score:
            best = header
        if best.score == len(names.columns):
            break  # as nearly always; no other can name more
    if best is None or best.score < min(2, len(names.columns)):
        return None
    return _under(head, next(_above(head, best, names), best), merges, names)


def _under(rows: Sequence[Sequence[str]], found: Header, merges: Sequence[Merge], names: "ColumnNames") -> Header:
    """The header without the columns that the row above it makes others: 承诺 over 响应时间 is no 响应时间."""
    if found.height > 1 or not found.row or len(set(filter(None, rows[found.row - 1]))) < _SEVERAL:
        return found
    above = _spread(found.row - 1, rows[found.row - 1], rows[found.row], merges)
    others = {
        name: at
        for name, at in found.where.items()
        if names.is_another(above[at], name) and not _WORDS_OF_TIME.sub("", _OTHERS.sub("", fold(above[at])))
    }
    if not others:
        return found
    where = {name: at for name, at in found.where.items() if name not in others}
    extra = (*found.extra, *(above[at] + found.titles[at] for at in others.values()))
    return replace(found, where=where, extra=extra)


_SEVERAL = 2
_WORDS_OF_TIME = re.compile("时间|日期|时限|值|数|情况|完成|的")


def _above(rows: Sequence[Sequence[str]], best: Header, names: "ColumnNames") -> Iterator[Header]:
    """A header of the ledger above the best one, with records of its own below it."""
    for at, row in enumerate(rows[: best.row]):
        found = names.match(at, 1, row)
        words = not any(map(str.isdigit, "".join(row)))
        if words and names.wanted <= set(found.where):
            places = [found.where[name] for name in names.wanted]
            if any(all(below[place] for place in places) for below in rows[at + 1 : best.row]):
                yield found


class ColumnNames:
    """The declared columns by the spellings of their headings; a ledger's header names the `wanted` ones."""

    def __init__(self, source: Source) -> None:
        self.columns = source.columns
        self.across = source.across
        self.above = {fold(column.above) for column in source.columns.values() if column.above}
        self.wanted = {name for name in (*source.key, source.date) if name in source.columns} - source.given
        words = [(word, name) for name, column in source.columns.items() for word in (name, *column.aliases)]
        self.written = pa.array([word for word, _ in words], pa.string())
        self.spellings = {fold(word): name for word, name in words}

    def exact(self, title: str) -> str | None:
        """The column that is spelt so."""
        return self.spellings.get(fold(title))

    def near(self, title: str) -> str | None:
        """The column of a heading with a unit or remark in brackets, or marked with `*`."""
        bare = CONTINUED.sub("", fold(title).strip("*:"))
        if bare in self.spellings:
            return self.spellings[bare]
        parts = _BRACKETED.fullmatch(bare)
        name = self.spellings.get(parts[1].strip("*:")) if parts else None
        if not parts or not name or self.is_another(parts[2], name):
            return None
        return name if _is_its_unit(parts[2], self.columns[name]) else None

    def is_another(self, remark: str, name: str) -> bool:
        """Whether a remark beside a heading makes it another column: what was planned is not what was done."""
        said = set(_OTHERS.findall(remark))
        own = "".join((name, *self.columns[name].aliases))
        return any(word not in own for word in said)

    def match(self, row: int, height: int, titles: Sequence[str]) -> Header:
        """The header that this row would be: exact headings first, then near ones for the columns left over."""
        where: dict[str, int] = {}
        twice: dict[str, list[int]] = {}
        for look in (self.exact, self.near):
            before = set(where)
            for at, title in enumerate(titles):
                name = look(title) if title and at not in where.values() else None
                if name is None or (name in before and not CONTINUED.search(title)):
                    continue
                if name in where:
                    twice.setdefault(name, []).append(at)
                else:
                    where[name] = at
        heads = self.heads(titles, where.values()) if where else ()
        single = {name: at for name, at in where.items() if name not in twice}
        doubled = tuple((name, at) for name, places in twice.items() for at in places)
        used = {*where.values(), *(at for _, at in doubled), *(head.at for head in heads)}
        extra = tuple(title for at, title in enumerate(titles) if title and at not in used)
        return Header(row, height, tuple(titles), single, doubled, extra, heads)

    def heads(self, titles: Sequence[str], used: Collection[int]) -> tuple[Head, ...]:
        """The headings that are values of the column that stands across."""
        found = (self.head(at, title) for at, title in enumerate(titles) if title and at not in used)
        return tuple(head for head in found if head)

    def head(self, at: int, title: str) -> Head | None:
        """What a heading is a value of: `1月`, or with the column of the cells before or behind it, `1月实际`."""
        if self.across is None:
            return None
        of, folded = self.columns[self.across.headings], fold(title)
        for name in self.across.cells:
            words = [fold(word) for word in (name, *self.columns[name].aliases)]
            bare = [folded, title] if len(self.across.cells) == 1 else []  # a date is written with a blank in it
            for word in words:
                bare += [folded.removesuffix(f"({word})")] if folded.endswith(f"({word})") else []
                bare += [folded.removesuffix(word).rstrip("-_:")] if folded.endswith(word) else []
                bare += [folded.removeprefix(word).strip("-_:()")] if folded.startswith(word) else []
            for text in filter(None, bare):
                if named_period(text, _ANY_YEAR) if of.type == "period" else text in of.spellings:
                    return Head(at, text, name, self.across.headings)
        return None

    def knows(self, title: str) -> bool:
        """Whether it is the heading of a column."""
        return bool(self.exact(title) or self.near(title) or self.head(0, title))


def _is_its_unit(remark: str, column: Column) -> bool:
    """Whether a remark in brackets leaves the column what it is: 元 for 万元, or hours for minutes, would not."""
    if remark in _REMARKS:
        return True
    if column.kind is Kind.SPAN:
        return remark in UNIT_WORDS[column.unit or "minute"]
    if column.type == "percent":
        return remark in ("%", "百分比") or remark in _COUNTING
    return column.kind is not Kind.NUMBER or remark in _COUNTING or bool(FULL_MARKS.fullmatch(remark))


def _joined(
    at: int, top: Sequence[str], bottom: Sequence[str], merges: Sequence[Merge], names: ColumnNames
) -> Header | None:
    """Rows `at` and `at` + 1 as one header, where most of the lower row's texts are headings."""
    above = _spread(at, top, bottom, merges)
    titles = []
    used = 0
    for high, low in zip(above, bottom, strict=True):
        alone = names.exact(low) or names.near(low) if low else None
        choices = [high + low, low] if low and not (alone and names.is_another(high, alone)) else [high + low]
        title = next((text for text in choices if text and names.knows(text)), high + low)
        used += bool(low and names.knows(title))
        titles.append(title)
    filled = sum(map(bool, bottom))
    return names.match(at, 2, titles) if filled and 2 * used >= filled else None


def _spread(at: int, top: Sequence[str], bottom: Sequence[str], merges: Sequence[Merge]) -> list[str]:
    """The upper row with each text over all the columns that it heads."""
    above = list(top)
    across = [merge for merge in merges if merge[0] <= at <= merge[2] and merge[3] > merge[1]]
    for column, text in enumerate(top):
        if text and not merges:  # nothing is known of merges: a heading reaches to the next one
            following = column + 1
            while following < len(top) and not top[following] and bottom[following]:
                above[following] = text
                following += 1
    for _, first, _, last in across:
        for column in range(first, min(last + 1, len(above))):
            above[column] = above[column] or (top[first] if first < len(top) else "")
    return above
