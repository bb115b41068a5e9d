"""Completion as a shell asks for it, and the script that makes it ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kit.console import Capture, call, refused
from kit.sample import ROOT

SHELLS = ("bash", "zsh", "fish", "powershell")


def offered(folder: Path, words: str, at: int) -> list[str]:
    """What bash is told may stand at this place of the line."""
    asked = {"_ITSS_KPI_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
    command = [sys.executable, "-m", "itss_kpi"]
    done = subprocess.run(command, cwd=folder, env=os.environ | asked, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "at", "expected"),
    [
        ("itss-kpi ev", 1, ["evaluate"]),
        ("itss-kpi evaluate --fo", 2, ["--format"]),
        ("itss-kpi evaluate --format c", 3, ["csv"]),
        ("itss-kpi explain 24", 2, ["24"]),
        ("itss-kpi explain spare", 2, ["spare_availability"]),
    ],
)
def test_a_shell_is_offered_commands_options_values_and_indicators(words: str, at: int, expected: list[str]) -> None:
    assert offered(ROOT, words, at) == expected


def test_where_no_catalogue_is_no_indicator_is_offered(tmp_path: Path) -> None:
    assert offered(tmp_path, "itss-kpi explain 2", 2) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_names_the_program_and_parses(shell: str, capsys: Capture) -> None:
    code, out, err = call(capsys, "--completion", shell)
    assert (code, err) == (0, "")
    assert "_ITSS_KPI_COMPLETE" in out
    if found := shutil.which(shell) if shell != "powershell" else None:
        subprocess.run([found, "-n"], input=out, text=True, check=True, capture_output=True)


def test_another_shell_is_refused(capsys: Capture) -> None:
    assert "可用 bash、zsh、fish、powershell" in refused(capsys, "--completion", "cmd")
