"""docs/reading.md: each test that it names is there, and it has the built-in formats."""

import re
from pathlib import Path

from itss_kpi.reading.worker.number_texts import BUILT_IN

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "reading.md").read_text(encoding="utf-8")


def test_each_test_and_case_that_is_named_is_there() -> None:
    there = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "reading").glob("test_*.py"))
    named = re.findall(r"`(test_\w+)`", TEXT)
    assert len(named) > 20
    assert [name for name in named if f"def {name}(" not in there] == []
    cases = re.findall(r"case `([\w-]+)`", TEXT)
    assert [name for name in cases if not (ROOT / "tests" / "examples" / "cases" / name).is_dir()] == []


def test_each_built_in_format_is_listed() -> None:
    listed = {
        number
        for line in TEXT.splitlines()
        if "built in" in line
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", line.split("|")[1].partition("built in")[2])
        for number in range(int(first), int(last or first) + 1)
    }
    assert listed == set(BUILT_IN)
