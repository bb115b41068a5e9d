"""JSON: a value as what other programs read, and as text.

Convention: a number that decides is an exact text (`27/38`), a day an ISO date, a period or target as it is written.
Of an object the attributes that its class has `published` are read, by default its fields; a class that is a text there
says so itself. Characters that could steer a terminal are written as escapes, so that the text may be printed as it is.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import reduce, singledispatch
from typing import Any, TypeVar

_STEERING = r"[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"

T = TypeVar("T")


def json_text(value: Any) -> str:
    text = json.dumps(as_json(value), ensure_ascii=False, indent=2)
    return re.sub(_STEERING, lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


@singledispatch
def as_json(value: Any) -> Any:
    """The value as objects, lists, texts, numbers, truths and null."""
    return picked(value, *(field.name for field in fields(value))) if is_dataclass(value) else value


as_json.register(Fraction, str)
as_json.register(date, lambda day: day.isoformat())  # a datetime keeps its time


@as_json.register(list)
@as_json.register(tuple)
def _(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    return [as_json(part) for part in value]


@as_json.register(Mapping)
def _(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: as_json(part) for key, part in value.items()}


def published(*names: str) -> Callable[[type[T]], type[T]]:
    """A decorator: the objects of a class are in JSON what is `picked` of them under these names."""

    def declare(cls: type[T]) -> type[T]:
        as_json.register(cls, lambda value: picked(value, *names))
        return cls

    return declare


def picked(value: object, *names: str) -> dict[str, Any]:
    """Attributes of a value as a JSON object, in the order of the `names`, which are separated by blanks.

    `done` is the attribute under its own name, `due=record.due` that of an attribute (or what a mapping has) under
    another; what an attribute that is None would have is null. With `?` at its end what is empty is null, too; with
    `??` it is left out. `*rows` are the members of an attribute's object in place of itself.
    """
    found: dict[str, Any] = {}
    for name in " ".join(names).split():
        key, _, path = name.strip("*?").rpartition("=")
        part = as_json(reduce(_attribute, path.split("."), value))
        if name.startswith("*"):
            found |= part
        elif part or not name.endswith("??"):
            found[key or path] = None if name.endswith("?") and not part else part
    return found


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value[name]
    return None if value is None else getattr(value, name)
