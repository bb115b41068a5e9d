"""The sound part: what can be checked of a catalogue while some of its items have mistakes of form.

Convention: an item is one indicator, one source, one activity …, or a section that is one thing. Of an item that names
a broken one nothing is said, nor of one that names that: it may only follow from what is reported already.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from itss_kpi.catalogue.yaml_text import Path, YamlText

_LISTS = ("indicators", "activities", "supervision", "clauses", "customers")
_MAPPINGS = ("sources", "lookups")
_ALONE = ("satisfaction", "review", "reading")
_BY_NUMBER = ("activities", "supervision", "satisfaction", "review")
"""Sections that name indicators and activities by their numbers."""


@dataclass
class SoundPart(YamlText):
    """A text without its broken items; `origin` says where those that are left stand in the whole, to which their
    problems are added unless they are among the `waiting`."""

    whole: YamlText = field(default_factory=lambda: YamlText(""))
    origin: Mapping[Path, Path] = field(default_factory=dict)
    waiting: Collection[Path] = ()

    def report(self, code: str, path: Path, message: str) -> None:
        """Add a problem at `path`, which counts the items that are left."""
        super().report(code, path, message)
        item = _item(path)
        if item in self.origin and self.origin[item] not in self.waiting:
            self.whole.report(code, (*self.origin[item], *path[len(item) :]), message)


def sound_part(whole: YamlText, mistakes: Iterable[Path]) -> SoundPart | None:
    """What is left of a text without the items in which these mistakes are; None where one is elsewhere."""
    items, broken = dict(_items(whole.value)), {_item(path) for path in mistakes}
    if not broken <= items.keys():
        return None
    value = {key: one for key, one in whole.value.items() if (key,) not in broken}
    origin: dict[Path, Path] = {}
    for section in value.keys() & {*_LISTS, *_MAPPINGS, *_ALONE}:
        left = [item for item in items if item[0] == section and item not in broken]
        if section in _LISTS:
            value[section] = tuple(items[item] for item in left)
        elif section in _MAPPINGS:
            value[section] = {item[1]: items[item] for item in left}
        origin |= {(section, at) if section in _LISTS else item: item for at, item in enumerate(left)}
    there = {item: left for left, item in origin.items()}
    parts = ((path, _item(path), line) for path, line in whole.lines.items())
    lines = {(*there[item], *path[len(item) :]): line for path, item, line in parts if item in there}
    return SoundPart(whole.filename, value, lines, [], whole, origin, _waiting(items, broken))


def _item(path: Path) -> Path:
    return path[:1] if path and path[0] in _ALONE else path[:2]


def _items(value: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for section, part in value.items():
        if section in _LISTS and isinstance(part, tuple):
            yield from (((section, at), one) for at, one in enumerate(part))
        elif section in _MAPPINGS and isinstance(part, dict):
            yield from (((section, name), one) for name, one in part.items())
        elif section in _ALONE:
            yield (section,), part


def _waiting(items: Mapping[Path, Any], broken: Iterable[Path]) -> set[Path]:
    """The broken items, those that name one, and those that name one of these."""
    found: set[Path] = set()
    more = set(broken)
    while more:
        found |= more
        names = {name for item in found for name in _names(item, items[item])}
        more = {
            item
            for item, one in items.items()
            if item not in found and not names.isdisjoint(_named(one, numbers=item[0] in _BY_NUMBER))
        }
    return found


def _names(item: Path, value: Any) -> Iterator[str | int]:
    """By what others name an item."""
    if item[0] in _MAPPINGS:
        yield item[1]
    elif isinstance(value, dict):
        yield from (one for key in ("id", "number") if isinstance(one := value.get(key), str | int))
        yield from _named(value.get("also"), numbers=True)


def _named(value: Any, *, numbers: bool) -> Iterator[str | int]:
    """Every word in a value, and every number where items are named by them."""
    if isinstance(value, str):
        yield from re.findall(r"\w+", value)
    elif isinstance(value, dict | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _named(one, numbers=numbers)
    elif numbers and isinstance(value, int):
        yield value
