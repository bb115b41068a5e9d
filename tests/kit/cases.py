"""Cases: a catalogue, the files as a department sends them, and in `case.yaml` what a careful person would say of them.

    kind: the kind of fault, in words
    what: what happened in the department
    right: what a careful person would say, and why
    run: the argument lists, in order; or {args, env, replace: [[from, to]]}, which first copies files within the case
    expect: statements, all of which must hold

A statement is about the last command, or with `run: k` about the k-th. Its keys are those of one table below, and all of them
must hold; `any_of` and `all_of` join statements. What they are about:

    indicator, period (group)            the result in the JSON; where no group is named, the first
    problem_in_file, problem_matching    some problem in it; an error or a warning, unless `severity_in` says otherwise
    no_problem_in_file                   none such, in JSON that is there
    text_of: {file, sheet}, cell_text: {file, sheet, cell}    what a command wrote, with `matches` or `lacks`

`value_in` wants a value without doubt, `interval_contains` that neither end excludes it; numbers are written as in the JSON.
Patterns are Python's, `^` is a line's beginning.
"""

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import docx
import openpyxl
import pytest
import yaml
from docx.oxml.ns import qn

Words = Mapping[str, Any]
Table = Mapping[str, Callable[[Any, Any], bool]]
Call = Callable[..., tuple[int, str, str]]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_book = lru_cache(maxsize=2)(openpyxl.load_workbook)


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    folder: Path
    code: int
    out: str
    err: str

    @cached_property
    def json(self) -> Any:
        return json.loads(self.out) if self.out.startswith("{") else {}

    def __str__(self) -> str:
        names = ("code", "severity", "path", "cell", "message")
        told = [" ".join(str(one[name]) for name in names if name in one) for one in self.json.get("problems", [])]
        return "; ".join([f"exit {self.code}", *told[:6], _short(self.err if self.json else self.out + self.err)])


def failing(folder: Path, scratch: Path, call: Call) -> list[str]:
    """Run the case in a copy of its folder below `scratch`: each statement that doesn't hold, and what was seen."""
    case = yaml.load((folder / "case.yaml").read_text(encoding="utf-8"), _LOADER)
    assert case["expect"], "nothing is expected"
    copy = shutil.copytree(folder, scratch / "case")
    outcomes = [_run(step if isinstance(step, dict) else {"args": step}, copy, call) for step in case["run"]]
    judged = [(statement, seen_instead(statement, outcomes)) for statement in case["expect"]]
    return [f"{json.dumps(statement, ensure_ascii=False)}: {seen}" for statement, seen in judged if seen]


def _run(step: Words, folder: Path, call: Call) -> Outcome:
    for source, target in step.get("replace", []):
        shutil.copyfile(folder / source, folder / target)
    own = {"COLUMNS": "200", "NO_COLOR": "1", "ITSS_KPI_CACHE": str(folder.parent / "cache")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("SOURCE_DATE_EPOCH", "ITSS_KPI_PASSWORD", "TZ"):
            patch.delenv(name, raising=False)
        for name, value in {**own, **step.get("env", {})}.items():
            patch.setenv(name, str(value))
        return Outcome(folder, *call(*map(str, step["args"])))


def seen_instead(statement: Words, outcomes: Sequence[Outcome]) -> str:
    """What was seen where the statement doesn't hold, '' where it does."""
    match statement:
        case {"any_of": [_, *_] as parts} if len(statement) == 1:
            seen = [seen_instead(part, outcomes) for part in parts]
            return " | ".join(dict.fromkeys(seen)) if all(seen) else ""
        case {"all_of": [_, *_] as parts} if len(statement) == 1:
            return " | ".join(filter(None, (seen_instead(part, outcomes) for part in parts)))
    asked = {key: wanted for key, wanted in statement.items() if key != "run"}
    for keys, must, judge in _KINDS:
        if asked and must <= asked.keys() <= keys:
            return judge(asked, outcomes[statement["run"] - 1 if "run" in statement else -1])
    raise ValueError(f"no such statement: {statement}")


# ---- what a statement may ask


def _exact(found: Words) -> Fraction | None:
    return Fraction(found["value"]) if found["value"] and found["lowest"] == found["highest"] else None


def _contains(wanted: Any, found: Words) -> bool:
    lowest, value, highest = (Fraction(one or str(wanted)) for one in (found["lowest"], None, found["highest"]))
    return lowest <= value <= highest


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.MULTILINE) is not None


def _says(pattern: str, problem: Words) -> bool:
    return _matches(pattern, "\n".join(problem.get(name) or "" for name in ("message", "title", "remedy")))


def _in_file(pattern: str, problem: Words) -> bool:
    return fnmatchcase(PurePosixPath(problem.get("path") or "").name, pattern)


PLACE: Table = {
    "indicator": lambda wanted, found: found["indicator"] == wanted,
    "period": lambda wanted, found: found["period"] == str(wanted),
    "group": lambda wanted, found: found["group"] == wanted,
}
RESULT: Table = {
    "verdict_in": lambda wanted, found: found["verdict"] in wanted,
    "verdict_not_in": lambda wanted, found: found["verdict"] not in wanted,
    "value_in": lambda wanted, found: _exact(found) in [Fraction(str(one)) for one in wanted],
    "value_not_in": lambda wanted, found: _exact(found) not in [Fraction(str(one)) for one in wanted],
    "interval_contains": _contains,
    "display_matches": lambda wanted, found: _matches(wanted, found["display"]),
}
PROBLEM: Table = {
    "problem_in_file": _in_file,
    "no_problem_in_file": _in_file,
    "problem_matching": _says,
    "message_matches": _says,
    "code_in": lambda wanted, found: found["code"] in wanted,
    "code_not_in": lambda wanted, found: found["code"] not in wanted,
    "code_matches": lambda wanted, found: re.fullmatch(wanted, found["code"]) is not None,
    "cell": lambda wanted, found: found.get("cell") == wanted,
    "severity_in": lambda wanted, found: found["severity"] in wanted,
}
COMMAND: Table = {
    "exit_in": lambda wanted, found: found.code in wanted,
    "stdout_matches": lambda wanted, found: _matches(wanted, found.out),
    "stdout_lacks": lambda wanted, found: not _matches(wanted, found.out),
    "output_matches": lambda wanted, found: _matches(wanted, f"{found.out}\n{found.err}"),
    "output_lacks": lambda wanted, found: not _matches(wanted, f"{found.out}\n{found.err}"),
}
WRITTEN: Table = {"matches": _matches, "lacks": lambda wanted, found: not _matches(wanted, found)}


def _fits(table: Table, asked: Words, found: Any) -> bool:
    return all(table[key](wanted, found) for key, wanted in asked.items())


def _result(asked: Words, outcome: Outcome) -> str:
    place = {key: wanted for key, wanted in asked.items() if key in PLACE}
    found = next((one for one in outcome.json.get("assessments", []) if _fits(PLACE, place, one)), None)
    if not found:
        return f"no such result; {outcome}"
    seen = "{verdict}, {display} (value {value}, from {lowest} to {highest})".format(**found)
    return "" if _fits({**PLACE, **RESULT}, asked, found) else f"{seen}; {outcome}"


def _problem(asked: Words, outcome: Outcome) -> str:
    asked = {"severity_in": ["error", "warning"], **asked}
    some = any(_fits(PROBLEM, asked, one) for one in outcome.json.get("problems", []))
    holds = "problems" in outcome.json and not some if "no_problem_in_file" in asked else some
    return "" if holds else str(outcome)


def _command(asked: Words, outcome: Outcome) -> str:
    return "" if _fits(COMMAND, asked, outcome) else f"exit {outcome.code}; {_short(outcome.out + outcome.err)}"


def _written(asked: Words, outcome: Outcome) -> str:
    (rules,) = ({**rules} for rules in asked.values())
    place = rules.pop("file"), rules.pop("sheet", None), rules.pop("cell") if "cell_text" in asked else ""
    assert rules, f"nothing is expected of {place}"
    text = _text(outcome.folder / place[0], *place[1:])
    if text is None:
        return f"no such file or sheet; {outcome}"
    return "" if _fits(WRITTEN, rules, text) else f"text: {_short(text)}"


_KINDS = (
    ({*PLACE, *RESULT}, {"indicator", "period"}, _result),
    (PROBLEM.keys(), set(), _problem),
    (COMMAND.keys(), set(), _command),
    ({"text_of"}, set(), _written),
    ({"cell_text"}, set(), _written),
)
"""The keys that a statement may have, those that it must have, and who judges it."""


def _short(text: str) -> str:
    return " ".join(text.split())[:300]


def _text(path: Path, sheet: str | None, cell: str) -> str | None:
    """The text of a file, of one sheet of it, or of one cell; None where there is none such."""
    if not path.is_file():
        return None
    if path.suffix == ".docx":
        paragraphs = docx.Document(str(path)).element.body.iter(qn("w:p"))
        return "\n".join("".join(text.text or "" for text in one.iter(qn("w:t"))) for one in paragraphs)
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8")
    sheets = [one for one in _book(path, data_only=True).worksheets if sheet in (None, one.title)]
    rows = [[one[cell].value] for one in sheets] if cell else [row for one in sheets for row in one.values]
    return "\n".join("\t".join(str(value) for value in row if value is not None) for row in rows) if sheets else None
