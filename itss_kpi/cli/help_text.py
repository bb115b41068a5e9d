"""The help of a command, in Chinese and plain text: its use, what it does, its arguments and options, its commands.

Convention: what stands at the right of a name is folded between any two Chinese letters, but not before a closing
sign. Typer's own tables are in English, cut Chinese off at 80 columns, and take longer to import than to show.
"""

import shutil
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from itss_kpi.core.text import cells_wide

_WIDEST = 100
_LEFT = 28
"""Columns that the names at the left may take; a longer one has a line of its own."""
_CLOSING = ",。;:、)”!?…"
_OPENING = "(“"

Entry = tuple[str, str]


def help_text(context: Any, usage: str) -> str:
    """The help of the context's command."""
    command = context.command
    width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
    parts = [usage, *(line for line in (command.help or "").split("\n\n") if line)]
    lines = [line for part in parts for line in [*_folded(" ".join(part.split()), width), ""]]
    for title, entries in _sections(context):
        left = min(max(cells_wide(name) for name, _ in entries) + 2, _LEFT)
        lines += [title, *(line for entry in entries for line in _entry(entry, left, width)), ""]
    return "\n".join([*lines, *([command.epilog] if command.epilog else [])]).rstrip() + "\n"


def _sections(context: Any) -> Iterator[tuple[str, list[Entry]]]:
    shown = [one for one in context.command.get_params(context) if not getattr(one, "hidden", False)]
    arguments = [one for one in shown if not one.opts[0].startswith("-")]
    if arguments:
        yield "参数", [(f"{one.metavar}{' …' if one.nargs != 1 else ''}", _said(one)) for one in arguments]
    yield "选项", [_option(one) for one in shown if one not in arguments]
    panels: dict[str, list[Entry]] = {}
    for name, command in getattr(context.command, "commands", {}).items():
        panels.setdefault(command.rich_help_panel, []).append((name, (command.help or "").split("\n\n")[0]))
    yield from panels.items()


def _option(one: Any) -> Entry:
    names = ", ".join([*sorted(one.opts, key=len), *one.secondary_opts])
    value = "" if one.is_flag else f" {one.metavar or ('数' if isinstance(one.default, int) else '值')}"
    return f"{names}{value}", _said(one)


def _said(one: Any) -> str:
    """What a parameter means, what may be written, and what counts where nothing is."""
    more = ["必填"] if one.required else []
    if isinstance(one.default, StrEnum):
        more.append(f"可用 {'、'.join(type(one.default))}")
    if one.default not in (None, False, True) and "默认" not in one.help:
        more.append(f"默认 {one.default}")
    return f"{one.help}({';'.join(more)})" if more else str(one.help)


def _entry(entry: Entry, left: int, width: int) -> Iterator[str]:
    name, said = entry
    lines = _folded(said, width - left - 2)
    space = left - cells_wide(name)
    yield f"  {name}{' ' * space}{lines.pop(0)}" if space > 0 else f"  {name}"
    yield from (f"  {' ' * left}{line}" for line in lines)


def _folded(text: str, width: int) -> list[str]:
    """The text in lines of at most so many columns."""
    lines, line = [], ""
    for word in _words(text):
        if line and cells_wide(line + word.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word if line else word.lstrip()
    return [*lines, line.rstrip()]


def _words(text: str) -> Iterable[str]:
    """What isn't parted: a word with the blank behind it, a Chinese letter, each with the signs that belong to it."""
    word = ""
    for sign in text:
        apart = word and (word[-1] == " " or cells_wide(sign) > 1 or cells_wide(word[-1]) > 1)
        if apart and sign not in _CLOSING and sign != " " and word[-1] not in _OPENING:
            yield word
            word = ""
        word += sign
    yield word
