"""Wrong use: what was typed and can't be meant, in the sentence that mends it.

Convention: a sentence says what may be written, in the user's words and not Typer's. Slips of the keyboard (a Chinese
dash, full-width letters, Chinese quotes) go before everything else: what was made of them misleads.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer

from itss_kpi.core.text import half_width

UsageError: Any = typer.BadParameter.__base__
YEAR = "年份"
"""The metavar of options that take a year."""
_ENDINGS = (".yaml", ".yml")


def sentence(error: Any, arguments: Sequence[str], commands: Mapping[str, Any]) -> str:
    """What is wrong with a use that Typer refused, and what may be written; `commands` are all, by name."""
    message, command = str(error.message), error.ctx.command if error.ctx else None
    options = options_of(command)
    match type(error).__name__:
        case "MissingParameter":
            return _missing(error.param, arguments)
        case "NoSuchOption":
            return _unknown_option(error.option_name, options, error.ctx.info_name if error.ctx.parent else "")
        case "BadParameter":
            return _bad_value(error.param, arguments, message)
        case "BadOptionUsage":
            return f"{error.option_name} 后面不写值"
        case _ if found := re.match(r"No such command '(.*?)'\.", message, re.DOTALL):
            return _unknown_command(found[1], commands)
        case _ if found := re.match(r"Got unexpected extra argument\S* \((.*)\)$", message, re.DOTALL):
            return f"多写了“{found[1]}”{_place_of(found[1], arguments, options, commands)}"
        case _:
            return message


def options_of(command: Any) -> dict[str, Any]:
    """The options of a command (of none without one) by each of their names."""
    listed = command.params if command else ()
    return {name: one for one in listed for name in (*one.opts, *one.secondary_opts) if name.startswith("-")}


# ---- slips


def slip(arguments: Sequence[str], options: Mapping[str, Any]) -> str:
    """A slip of the keyboard among the arguments, or an option whose value was left out; '' where there is none."""
    for word, following in zip(arguments, [*arguments[1:], None], strict=True):
        if said := _misspelt(word, options) or _quoted(word) or _without_value(word, following, options):
            return said
    return ""


_DASHED = re.compile(r"[-‐‑‒–—―−﹣─ー\uff0d]+(?=[^\W\d_])")


def _misspelt(word: str, options: Mapping[str, Any]) -> str:
    """An option with other dashes, other letters or another number of dashes than its own."""
    written = re.split("[=\uff1d]", word, maxsplit=1)[0]
    dashes = _DASHED.match(written)
    if not dashes or written in options:
        return ""
    name = half_width(written[dashes.end() :]).lower().replace("_", "-")
    right = next((one for one in (f"--{name}", f"-{name}") if one in options), "")
    why = "" if written.isascii() else ",用英文的减号和字母"
    return f"“{written}”应写作 {right}{why}" if right else ""


def _quoted(word: str) -> str:
    ends = word[:1] + word[-1:]
    if re.search("[“”‘’「」\uff02\uff07]", ends):
        return f'{word} 的引号是中文的;名称中有空格的用英文双引号 "…",没有空格的不加引号'
    return f'{word} 的引号应为双引号 "…"' if ends.startswith("'") else ""


def _without_value(word: str, following: str | None, options: Mapping[str, Any]) -> str:
    option = options.get(word)
    if option is None or option.is_flag or not (following is None or following in options):
        return ""
    year = ",如 2022" if option.metavar == YEAR else ""
    return f"{_names(option)} 后面要写{option.metavar or option.help}{year}"


# ---- what Typer refuses


def _names(parameter: Any) -> str:
    options = [name for name in parameter.opts if name.startswith("-")]
    return "/".join(options) or parameter.metavar or ""


def _missing(parameter: Any, arguments: Sequence[str]) -> str:
    from itss_kpi.core.period import parse_assessed

    written = next(filter(parse_assessed, arguments), None) if "--period" in parameter.opts else None
    return f"缺少 {_names(parameter)}" + (f";考核期写作 --period {written}" if written else "")


def _unknown_option(written: str, options: Mapping[str, Any], command: str) -> str:
    if not command:
        return f"没有选项 {written};先写命令,再写它的选项,如 itss-kpi evaluate -p 2022Q3"
    near = difflib.get_close_matches(written, options, 1, 0.75)
    if near:
        return f"没有选项 {written},是否应为 {near[0]}?"
    listed = dict.fromkeys(_names(one) for one in options.values() if one.name not in ("debug", "help"))
    return f"没有选项 {written};{command} 的选项有 {'、'.join(listed)}"


def _bad_value(parameter: Any, arguments: Sequence[str], message: str) -> str:
    """A value that isn't allowed, and what is; of choices only the message knows them in every version of Typer."""
    written = _written(parameter, arguments)
    said = f"{_names(parameter)} 不能是“{written}”"
    if parameter.metavar == YEAR:
        return f"{said};写四位年份,如 2022"
    if choices := re.findall(r"'([\w-]+)'", message.partition(" is not one of ")[2]):
        near = difflib.get_close_matches(half_width(written).lower(), choices, 1)
        return f"{said}{f',是否应为“{near[0]}”?' if near else ''};可用 {'、'.join(choices)}"
    least, most = _limit(parameter, "min"), _limit(parameter, "max")
    return f"{said};须是整数,{f'不小于 {least}' if most is None else f'在 {least} 到 {most} 之间'}"


def _limit(parameter: Any, name: str) -> Any:
    return getattr(parameter, name, getattr(getattr(parameter, "type", None), name, None))


def _written(parameter: Any, arguments: Sequence[str]) -> str:
    """The last value that was written for an option."""
    found = ""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        for name in parameter.opts:
            if word == name:
                found = following
            elif word.startswith(f"{name}=" if name.startswith("--") else name):
                found = word.removeprefix(name).removeprefix("=")
    return found


def _place_of(extra: str, arguments: Sequence[str], options: Mapping[str, Any], commands: Iterable[str]) -> str:
    """Where what was written too much belongs."""
    from itss_kpi.core.period import parse_assessed

    free = {name for name, one in options.items() if not set(arguments) & set(one.opts)}
    if "--period" in free and parse_assessed(extra):
        return f";考核期写作 --period {extra}"
    if "--year" in free and re.fullmatch(r"\d{4}", extra):
        return f";年份写作 --year {extra}"
    if f"--{extra}" in free:
        return f";写作 --{extra}"
    if extra.split()[0] in commands:
        return ";一次只写一个命令"
    if extra.endswith(_ENDINGS) and "--catalogue" in free:
        return f";指标目录写作 --catalogue {extra}"
    return ";名称或路径中有空格的,前后加英文双引号"


def _unknown_command(written: str, commands: Mapping[str, Any]) -> str:
    if written.lower().removesuffix(".exe") == "itss-kpi":
        return f"没有命令“{written}”;itss-kpi 只写一次,后面直接写命令,如 itss-kpi evaluate -p 2022Q3"
    if written.endswith(_ENDINGS):
        return f"没有命令“{written}”;指标目录写在命令后面,如 itss-kpi check --catalogue {written}"
    near = difflib.get_close_matches(half_width(written).lower(), commands, 1) or _by_help(written, commands)
    if near:
        return f"没有命令“{written}”,是否应为{'、'.join(f'“{name}”' for name in near)}?"
    return f"没有命令“{written}”;命令有 {'、'.join(commands)}"


def _by_help(written: str, commands: Mapping[str, Any]) -> list[str]:
    """The few commands whose first line of help begins with what was written in Chinese, or else has it."""
    helps = {name: (one.help or "").split("\n")[0] for name, one in commands.items()}
    found = [name for name, text in helps.items() if text.startswith(written)]
    found = found or [name for name, text in helps.items() if written in text]
    return found if len(found) <= 3 else []
