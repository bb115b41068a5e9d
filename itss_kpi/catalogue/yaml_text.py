"""YAML text -> plain values, with the line of every key, and located problems.

Convention: mappings, lists and scalars only. Anchors, aliases, tags and repeated keys are refused: a reader of the file
should see what it says, and no text can make objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from itss_kpi.core.problems import Place, Problem

Path = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")}


@dataclass
class YamlText:
    """A YAML text as plain `value`s (lists as tuples), with the line of every key path, and the problems found."""

    filename: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, path: Path, message: str) -> None:
        """Add a problem at `path`, or at the nearest part of it that stands in the text."""
        lines = (self.lines[path[:size]] for size in range(len(path), -1, -1) if path[:size] in self.lines)
        place = Place(path=self.filename, line=next(lines, 1), key=".".join(map(str, path)))
        found = Problem(code, f"{place.key}:{message}" if path else message, place)
        self.problems += [found] if found not in self.problems else []


def read_yaml(text: str, filename: str) -> YamlText:
    """The text read; `value` is worth something only where there are no problems."""
    found = YamlText(filename)
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node:
                found.value = _Reading(found, loader, iter(_alias_lines(text))).plain(node, ())
        finally:
            loader.dispose()
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        found.lines[()] = mark.line + 1 if mark else 1
        found.report("C101", (), f"YAML 写法有误,在第 {mark.column + 1} 个字符附近" if mark else "YAML 写法有误")
    return found


def _alias_lines(text: str) -> list[int]:
    # an alias is composed to the very node it stands for, which doesn't know where the alias is
    events: Any = yaml.parse(text, _Loader) if "&" in text else ()
    return [event.start_mark.line + 1 for event in events if isinstance(event, yaml.AliasEvent)]  # type: ignore[union-attr]


@dataclass
class _Reading:
    """Turns nodes into plain values, in the order of the text."""

    found: YamlText
    loader: Any
    alias_lines: Iterator[int]
    seen: set[int] = field(default_factory=set)

    def plain(self, node: yaml.Node, path: Path) -> Any:
        """The plain value of a node that stands at `path`."""
        self.found.lines.setdefault(path, node.start_mark.line + 1)
        if not self._is_allowed(node, path):
            return None
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.plain(item, (*path, at)) for at, item in enumerate(node.value))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return node.value if node.tag.endswith(":str") else self._scalar(node, path)

    def _is_allowed(self, node: yaml.Node, path: Path) -> bool:
        if id(node) in self.seen:
            self.found.lines[path] = next(self.alias_lines)
            self.found.report("C101", path, "不能使用 YAML 锚点与别名")
            return False
        self.seen.add(id(node))
        if node.tag not in _TAGS:
            self.found.report("C101", path, f"不允许的 YAML 标签 {node.tag}")
            return False
        return True

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError, AttributeError, KeyError):
            self.found.report("C101", path, f"读不成所写的 YAML 值:{node.value}")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            inside = (*path, str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?")
            twice = inside[-1] in values
            self.found.lines[inside] = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.found.report("C101", path, "键须是文本")
            elif self._is_allowed(key_node, inside):
                values[key_node.value] = self.plain(value_node, inside)
                if twice:
                    self.found.report("C106", inside, "同一个键写了两次")
        return values
