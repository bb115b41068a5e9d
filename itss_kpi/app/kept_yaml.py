"""Catalogues as YAML text that a person edits: written out, and changed in place with comments and hand edits kept.

Convention: a change is what differs between the values as they were drafted before and as they are now; where the text
has neither, somebody has edited it, and it stays.
"""

import io
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString

_HEAD = """\
指标目录:由 itss-kpi draft 写出的初稿。agreed: false 的指标还没有商定口径,结论是“口径待确认”。
在 待确认.xlsx 中回答问题后运行 itss-kpi draft --answers 待确认.xlsx;也可以直接改这个文件,改过的地方和注释会保留。
全部写法见 itss-kpi catalogue --grammar;改动后运行 itss-kpi check。
"""
_IN_A_LINE = ("columns", "numerator", "denominator", "value", "checks")


def yaml_text(values: dict[str, Any]) -> str:
    """The text of a new catalogue."""
    made = _mapping(values, ())
    made.yaml_set_start_comment(_HEAD)
    for key in ("sources", "indicators"):
        made.yaml_set_comment_before_after_key(key, before="\n")
    return _written(made)


def changed(text: str, before: dict[str, Any], now: dict[str, Any]) -> tuple[str, list[str]]:
    """The text with what has changed from `before` to `now`; and where it was left as somebody had edited it."""
    root = _yaml().load(text)
    kept = list(_change(root, before, now, ()))
    return _written(root), kept


def _change(there: Any, before: dict[str, Any], now: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key in dict.fromkeys([*before, *now]):
        old, new, has = before.get(key), now.get(key), there.get(key)
        where = (*path, key)
        if old == new:
            continue
        if key == "indicators":
            yield from _indicators(there, old or [], new or [])
        elif where[0] == "sources" and isinstance(old, dict) and isinstance(new, dict) and isinstance(has, dict):
            yield from _change(has, old, new, where)
        elif has == new:
            continue
        elif has != old:
            yield " ".join(where)
        elif new is None:
            _remove(there, key)
        else:
            there[key] = _node(new, where)


def _remove(there: Any, key: str) -> None:
    """Take a key away; what stands below it as a comment stays, below the key before it."""
    keys = list(there)
    note = there.ca.items.pop(key, None)
    if note and note[2] and (at := keys.index(key)):
        own = there.ca.items.setdefault(keys[at - 1], [None] * 4)
        own[2] = own[2] or note[2]
    del there[key]


def _indicators(there: Any, before: list[dict[str, Any]], now: list[dict[str, Any]]) -> Iterator[str]:
    own = {one["id"]: one for one in there["indicators"]}
    old = {one["id"]: one for one in before}
    for one in now:
        if one["id"] in own:
            yield from _change(own[one["id"]], old.get(one["id"], {}), one, (f"{one['number']} {one['name']}",))
        elif one["id"] not in old:  # else somebody has taken it out
            there["indicators"].append(_node(one, ("indicators", "")))
    for name in old.keys() - {one["id"] for one in now}:
        if own.get(name) == old[name]:
            there["indicators"].remove(own[name])
        elif name in own:
            yield f"{own[name]['number']} {own[name]['name']}"


# ---- how it is written


def _yaml() -> YAML:
    made = YAML()
    made.width = 4096
    made.preserve_quotes = True
    made.indent(mapping=2, sequence=4, offset=2)
    return made


def _written(root: Any) -> str:
    text = io.StringIO()
    _yaml().dump(root, text)
    return text.getvalue()


def _node(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return _mapping(value, path)
    if isinstance(value, list):
        made = CommentedSeq([_node(one, (*path, "")) for one in value])
        if not any(isinstance(one, dict) for one in value):
            made.fa.set_flow_style()
        return made
    if isinstance(value, str) and value[:1] in "<>=":
        return SingleQuotedScalarString(value)
    return value


def _mapping(values: dict[str, Any], path: tuple[str, ...]) -> CommentedMap:
    made = CommentedMap({key: _node(value, (*path, key)) for key, value in values.items()})
    if any(key in path for key in _IN_A_LINE) and path[-1] != "columns":
        made.fa.set_flow_style()
    return made
