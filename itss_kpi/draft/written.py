"""What people write for conditions and amounts -> what the catalogue's grammar takes.

Convention: what is written in the grammar stays as it is; only what can't be read so is tried as people's own words.
"""

import re
from collections.abc import Mapping
from typing import Any

from itss_kpi.catalogue.expression import ExpressionError, columns_of
from itss_kpi.catalogue.kinds import advice
from itss_kpi.catalogue.parsing import parse
from itss_kpi.draft.formulas import MEAN, ROWS, SUM, Amount
from itss_kpi.tables.sheets.cell_values import read_yes_no

HOW = {ROWS: "count", SUM: "sum", MEAN: "mean", "最大": "max", "最小": "min", "不同": "distinct"}
NO_WHOLE = "没有分母"
_AMOUNT = re.compile(rf"({'|'.join(HOW)})\s*(.*?)\s*(?:[,，]?\s*按\s*(\w+?))?\s*(?:[,，]?\s*其中\s*(.+))?")
_HOW_TO = f"写成 {ROWS}、{ROWS},其中 条件、{SUM} 列名、{MEAN} 列名 这样,例子见“写法”"
_PLAIN = str.maketrans("＝－（）＜＞＋", "=-()<>+")
_QUOTED = re.compile("[“‘\"']([^“”‘’\"']*)[”’\"']")
_SPANS = {"分钟": "minutes", "小时": "hours", "天": "days", "日": "days", "秒": "seconds"}
_WORDS = (
    (re.compile(r"(\w+?)\s*(?:不为空|不空着|不空|非空|有内容)"), r"not blank(\1)"),
    (re.compile(r"(\w+?)\s*(?:为空|空着|是空的|没有内容)"), r"blank(\1)"),
    (re.compile("≤|<=|不超过|不大于|不晚于"), "<="),
    (re.compile("≥|>=|不低于|不少于|不小于|不早于"), ">="),
    (re.compile("≠|!=|<>|不等于"), "!="),
    (re.compile("(?<![<>=!])=(?!=)|等于"), "=="),
    (re.compile("且|并且|同时"), " and "),
    (re.compile("或者|或"), " or "),
    (re.compile(r"(\d+(?:\.\d+)?)\s*个?(分钟|小时|天|日|秒)"), lambda found: f"{_SPANS[found[2]]}({found[1]})"),
)  # fmt: skip


def amount_of(columns: Mapping[str, Any], text: str) -> Amount | None:
    """The amount that is written, of the columns that there are; None for no denominator; raises `ValueError`."""
    if text == NO_WHOLE:
        return None
    text = re.sub(r"^(.*?)([,，]\s*其中\s*.+?)([,，]\s*按\s*\w+)$", r"\1\3\2", text.strip())  # either order
    found = _AMOUNT.fullmatch(text)
    if found and (found[1] == ROWS) == (not found[2]):
        made = Amount(found[1], found[2], _condition(found[4] or "", columns), found[3] or "")
    else:
        try:
            made = Amount(where=_condition(text, columns))
        except ExpressionError:
            raise ValueError(_HOW_TO) from None
    for name in sorted({*(columns_of(parse(made.of)) if made.of else ()), *([made.date] if made.date else [])}):
        _known(name, columns)
    return made


def _condition(text: str, columns: Mapping[str, Any]) -> str:
    """The condition in the grammar, each value as the catalogue spells it."""
    if not text.strip():
        return ""
    try:
        written = _quoted(text.strip(), columns)
        node = parse(written)
    except ExpressionError:
        written = _quoted(_in_grammar(text.strip()), columns)
        node = parse(written)
    for name in sorted(columns_of(node)):
        _known(name, columns)
    return re.sub(r"(\w+)\s*(==|!=)\s*'([^']*)'", lambda found: _spelt(found, columns), written)


def _in_grammar(text: str) -> str:
    """What stands outside of quotes in the grammar's own words."""
    pieces = _QUOTED.split(text)
    for at in range(0, len(pieces), 2):
        pieces[at] = pieces[at].translate(_PLAIN)
        for pattern, written in _WORDS:
            pieces[at] = pattern.sub(written, pieces[at])
    return "".join(f"'{piece}'" if at % 2 else piece for at, piece in enumerate(pieces))


def _quoted(text: str, columns: Mapping[str, Any]) -> str:
    """Values beside a column of values that stand without quotes, in quotes."""

    def quoted(found: re.Match[str]) -> str:
        bare = found[1] in columns and found[3] not in columns and not re.match(r"\d|period_|not$", found[3])
        return f"{found[1]} {found[2]} '{found[3]}'" if bare else found[0]

    return re.sub(r"(\w+)\s*(==|!=)\s*([\w+-]+)(?![\w(])", quoted, text)


def _spelt(found: re.Match[str], columns: Mapping[str, Any]) -> str:
    column = columns.get(found[1], {})
    if column.get("type") == "yes_no" and (said := read_yes_no(found[3])) is not None:
        return found[1] if said == (found[2] == "==") else f"not {found[1]}"
    values: Mapping[str, list[str]] = column.get("values") or {}
    chosen = next((value for value, others in values.items() if found[3] in others), found[3])
    return f"{found[1]} {found[2]} '{chosen}'"


def _known(name: str, columns: Mapping[str, Any]) -> None:
    if name not in columns:
        raise ValueError(f"没有“{name}”这一列{advice(name, columns)}")
