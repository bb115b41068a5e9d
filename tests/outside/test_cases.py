"""The folders of tests/examples/cases: what is said of each is what a careful person would say; kit/cases.py says the form."""

import os
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import docx
import pytest
import yaml
from kit.cases import COMMAND, PLACE, PROBLEM, RESULT, WRITTEN, Outcome, failing, seen_instead
from kit.console import Capture, call
from kit.projects import GOOD, project, save

FOLDER = Path(__file__).parents[1] / "examples" / "cases"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", NAMES)
def test_each_case_holds(name: str, tmp_path: Path, capsys: Capture) -> None:
    failed = failing(FOLDER / name, tmp_path, partial(call, capsys))
    if failed:
        told = yaml.safe_load((FOLDER / name / "case.yaml").read_text(encoding="utf-8"))
        pytest.fail("\n".join([f"{key}: {told[key]}" for key in ("kind", "what", "right")] + failed), pytrace=False)


# ---- that it can fail: of three tickets in July one succeeded and one's result (C4) is no known word, so from 1/3 to 2/3
# succeeded; that there are three is known. Behind each statement stand what makes it hold, what doesn't, and what is seen.

COUNT = {"indicator": "ticket_count", "period": 2022}
RATE = {"indicator": "success_rate", "period": "2022-07"}
FILE = {"problem_in_file": "工单_*.xlsx"}
THREE, DOUBT, ERROR = (
    "attained, 3次 (value 3, from 3 to 3)",
    "(value 1/2, from 1/3 to 2/3)",
    "D203 error 甲部/工单_2022.xlsx C4",
)
Statement = dict[str, Any]
KINDS: list[tuple[Statement, Statement, Statement, str]] = [
    ({"period": 2022}, {"indicator": "ticket_count"}, {"indicator": "tickets"}, "no such result"),
    ({"indicator": "ticket_count"}, {"period": 2022}, {"period": 2021}, "no such result"),
    (COUNT, {"group": None}, {"group": "甲"}, "no such result"),
    (COUNT, {"verdict_in": ["missed", "attained"]}, {"verdict_in": ["missed"]}, THREE),
    (COUNT, {"verdict_not_in": ["missed"]}, {"verdict_not_in": ["missed", "attained"]}, THREE),
    (COUNT, {"value_in": [2, "3"]}, {"value_in": ["30"]}, THREE),
    (RATE, {"interval_contains": "1/3"}, {"value_in": ["1/2"]}, DOUBT),
    (COUNT, {"value_not_in": ["30"]}, {"value_not_in": [2, "3"]}, THREE),
    (RATE, {"interval_contains": "2/3"}, {"interval_contains": 0.67}, DOUBT),
    (COUNT, {"display_matches": "^3"}, {"display_matches": "^次"}, THREE),
    ({}, FILE, {"problem_in_file": "*.csv"}, ERROR),
    ({}, {"no_problem_in_file": "*.csv"}, {"no_problem_in_file": "*"}, ERROR),
    ({}, {"problem_matching": "待补"}, {"problem_matching": "^待补"}, ERROR),
    (FILE, {"message_matches": "待.”$"}, {"message_matches": "已补"}, ERROR),
    (FILE, {"code_in": ["D202", "D203"]}, {"code_in": ["D202"]}, ERROR),
    (FILE, {"code_not_in": ["D202"]}, {"code_not_in": ["D202", "D203"]}, ERROR),
    (FILE, {"code_matches": "D2.."}, {"code_matches": "D20"}, ERROR),
    (FILE, {"cell": "C4"}, {"cell": "C5"}, ERROR),
    (FILE, {"severity_in": ["error"]}, {"severity_in": ["warning"]}, ERROR),
    ({"run": 1}, {"exit_in": [2]}, {"exit_in": [0, 1]}, "exit 2; 用法有误"),
    ({}, {"stdout_matches": '^  "period"'}, {"stdout_matches": '^"period"'}, "exit 0; {"),
    ({}, {"stdout_lacks": '^"period"'}, {"stdout_lacks": '^  "period"'}, "exit 0; {"),
    ({"run": 1}, {"output_matches": "^用法有误"}, {"stdout_matches": "用法有误"}, "exit 2; 用法有误"),
    ({"run": 1}, {"output_matches": "--help"}, {"output_matches": "--halp"}, "exit 2; 用法有误"),
    ({"run": 1}, {"output_lacks": "^--help"}, {"output_lacks": "--help"}, "exit 2; 用法有误"),
]  # fmt: skip
TEXTS: list[tuple[Statement, Statement, Statement, str]] = [
    ({"file": "a.txt"}, {"matches": "^乙"}, {"matches": "丙"}, "text: 甲 乙"),
    ({"file": "a.txt"}, {"lacks": "丙"}, {"lacks": "^乙"}, "text: 甲 乙"),
    ({"file": "a.docx"}, {"matches": "^格$"}, {"matches": "段格"}, "text: 段 格"),
    ({"file": "a.xlsx"}, {"matches": "^1\t二$"}, {"matches": "三"}, "text: 头 1 二"),
    ({"file": "a.xlsx", "sheet": "页"}, {"lacks": "三"}, {"lacks": "^头"}, "text: 头 1 二"),
    ({"file": "a.xlsx", "sheet": "页", "cell": "B2"}, {"matches": "^二$"}, {"matches": "1"}, "text: 二"),
    ({"file": "a.xlsx", "sheet": "页", "cell": "A1"}, {"lacks": "1"}, {"lacks": "头"}, "text: 头"),
]


def statements(which: Callable[[Statement, Statement], Statement]) -> list[Statement]:
    """The statements above, with what makes them hold or with what doesn't."""
    of_files = [
        {"cell_text" if "cell" in about else "text_of": about | which(right, wrong)} for about, right, wrong, _ in TEXTS
    ]
    return [about | which(right, wrong) for about, right, wrong, _ in KINDS] + of_files


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The folder of the case, still without `case.yaml`; the export has to be put where it belongs."""
    folder = tmp_path / "small"
    project(folder, [*GOOD[:2], ["T3", date(2022, 7, 6), "待补", "a", "b"]])
    (folder / "台账/甲部/工单_2022.xlsx").rename(folder / "export.xlsx")
    save(folder / "a.xlsx", ["头"], [[1, "二"]], "页")
    (folder / "a.txt").write_text("甲\n乙\n", encoding="utf-8")
    document = docx.Document()
    document.add_paragraph("段")
    document.add_table(1, 1).cell(0, 0).text = "格"
    document.save(str(folder / "a.docx"))
    return folder


def failed(small: Path, capsys: Capture, expect: list[Statement]) -> list[str]:
    command = ["evaluate", "--period", 2022, "--format", "json"]
    run = [["evaluate", "--period"], {"args": command, "replace": [["export.xlsx", "台账/甲部/工单_2022.xlsx"]]}]
    (small / "case.yaml").write_text(yaml.safe_dump({"run": run, "expect": expect}), encoding="utf-8")
    return failing(small, small.parent, partial(call, capsys))


def test_right_statements_of_each_kind_hold(small: Path, capsys: Capture) -> None:
    assert failed(small, capsys, statements(lambda right, _: right)) == []


def test_a_wrong_statement_of_each_kind_fails_with_what_was_seen(small: Path, capsys: Capture) -> None:
    wrong = statements(lambda _, wrong: wrong)
    found = failed(small, capsys, wrong)
    assert len(found) == len(wrong)
    for message, (*_, seen) in zip(found, [*KINDS, *TEXTS], strict=True):
        assert seen in message
    tried = {key for _, _, wrong, _ in [*KINDS, *TEXTS] for key in wrong}
    assert tried == {*PLACE, *RESULT, *PROBLEM, *COMMAND, *WRITTEN}


HOLDS, FAILS, ALSO_FAILS = {"exit_in": [0]}, {"exit_in": [1]}, {"stdout_matches": "x"}
ENDED = [Outcome(Path("nowhere"), 0, "", "")]


def test_of_joined_statements_any_has_to_hold_or_all() -> None:
    assert seen_instead({"any_of": [FAILS, {"all_of": [HOLDS, HOLDS]}]}, ENDED) == ""
    assert seen_instead({"any_of": [FAILS, ALSO_FAILS]}, ENDED) != ""
    assert seen_instead({"all_of": [HOLDS, {"any_of": [FAILS, ALSO_FAILS]}]}, ENDED) != ""


@pytest.mark.parametrize(
    "statement",
    [
        {"no_problem_in_file": "*"},
        {"text_of": {"file": "a.xlsx", "lacks": "x"}},
        {"cell_text": {"file": "a.xlsx", "sheet": "页", "cell": "A1", "lacks": "x"}},
    ],
)
def test_nothing_holds_of_what_was_never_written(statement: Statement) -> None:
    assert seen_instead(statement, ENDED).startswith(("no such file or sheet", "exit 0"))


@pytest.mark.parametrize(
    "statement",
    [
        {}, {"run": 1}, {"any_of": []}, {"all_of": []}, {"any_of": [HOLDS], "exit_in": [0]}, {"exit": [0]},
        {"verdict_in": ["attained"]}, {"cell": "A1", "exit_in": [0]}, {"indicator": "a", "verdict_in": []},
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused(statement: Statement) -> None:
    with pytest.raises(ValueError, match="no such statement"):
        seen_instead(statement, ENDED)


def test_a_command_has_the_settings_of_its_step_and_none_of_the_tester_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    seen = []

    def told(*arguments: str) -> tuple[int, str, str]:
        seen.append((*arguments, os.environ.get("SOURCE_DATE_EPOCH"), Path.cwd().name))
        return 0, "", ""

    (tmp_path / "one").mkdir()
    case = {"run": [{"args": ["a", 1], "env": {"SOURCE_DATE_EPOCH": 2}}, ["b"]], "expect": [HOLDS]}
    (tmp_path / "one/case.yaml").write_text(yaml.safe_dump(case), encoding="utf-8")
    assert failing(tmp_path / "one", tmp_path, told) == []
    assert seen == [("a", "1", "2", "case"), ("b", None, "case")]
