"""Tables of other companies, written as catalogues: every row comes to what a second reckoning of the ledgers says.

Convention: `tests/examples/tables` holds six tables with invented ledgers, `other_tables` works their rows out in plain
Python, from the wording of the rows and without the catalogues.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from kit.console import printed
from outside import other_tables

from itss_kpi.app.evaluation import evaluate_files
from itss_kpi.app.indicator_answers import explain
from itss_kpi.app.inputs import Inputs
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.render.terminal import render

TABLES = Path(__file__).resolve().parents[1] / "examples" / "tables"
LETTERS = [path.name for path in sorted(TABLES.iterdir()) if path.is_dir()]
LATER = ("2022-W52", "2022-04~2023-03")
EARLIER = {("weekly_tickets", "2021-W52", ""), ("fiscal_tickets", "2021-04~2022-03", "")}
"""What falls due in the year, though it is of the one before."""
HOUR = Fraction(3_600_000_000)
Key = tuple[str, str, str]


def assessed(letter: str) -> dict[Key, Assessment]:
    """All that falls due in the year, and what of it ends in the next: the year's last week, the fiscal year."""
    found: dict[Key, Assessment] = {}
    for period in ("2022", *(["2023Q1"] if letter == "f" else [])):
        inputs = Inputs(catalogue=TABLES / letter / "kpi_definitions.yaml", cached=False)
        evaluation = evaluate_files(inputs, period)
        due = {(one.indicator, str(one.period), one.group or ""): one for one in evaluation.report.due}
        found |= {key: one for key, one in due.items() if period == "2022" or key[1] in LATER}
    return found


@pytest.fixture(scope="module")
def known() -> Mapping[tuple[str, str, str, str], Fraction | None]:
    return other_tables.expected(TABLES)


@pytest.mark.parametrize("letter", LETTERS)
def test_every_row_is_what_a_second_reckoning_says(
    letter: str, known: Mapping[tuple[str, str, str, str], Fraction | None]
) -> None:
    mine = assessed(letter)
    wanted = {key[1:]: value for key, value in known.items() if key[0] == letter}
    assert len({key[0] for key in wanted}) >= 5
    for key, value in wanted.items():
        found = mine[key]
        exact = found.value / HOUR if found.value is not None and found.unit.is_duration else found.value
        assert (key, exact) == (key, value)
        assert (found.verdict is Verdict.NOT_APPLICABLE) is (value is None)
        assert found.verdict not in (Verdict.UNVERIFIED, Verdict.MISSING_DATA), key
        assert found.lowest == found.highest == found.value
    helpers = {"all_changes"}
    assert {key[0] for key in mine} - {key[0] for key in wanted} <= helpers
    assert {key for key in mine if key[0] not in helpers} - wanted.keys() <= EARLIER


def test_points_and_grades_are_what_a_second_reckoning_says() -> None:
    mine = assessed("a")
    points = {key: Fraction(one.labelled["得分"]) for key, one in mine.items() if "得分" in one.labelled}
    grades = {key: one.labelled["等级"] for key, one in mine.items() if "等级" in one.labelled}
    assert points == {key[1:]: value for key, value in other_tables.scores(TABLES).items()}
    assert grades == {key[1:]: value for key, value in other_tables.grades(TABLES).items()}


def explained(indicator: str, period: str, rows: str = "none") -> str:
    (page,) = explain(Inputs(catalogue=TABLES / "a" / "kpi_definitions.yaml", cached=False), indicator, period, rows, 9)
    return printed(render(page), 100)


def test_a_total_is_explained_by_what_it_is_made_of_and_a_score_by_its_step(
    known: Mapping[tuple[str, str, str, str], Fraction | None],
) -> None:
    whole = explained("year_score", "2022")
    months = [line.split() for line in whole.splitlines() if line.startswith("月度总分")]
    assert [(line[1], Fraction(line[2].removesuffix("分"))) for line in months] == [
        (month, known["a", "total", month, ""]) for month in (f"2022-{at:02}" for at in range(1, 13))
    ]
    assert "得分 -6" in explained("total", "2022-01")  # 17 of 22 calls: 12 whole points below 90 %
    steps = [line for line in explained("hotline", "2022-01").splitlines() if "得分 " in line and "←" in line]
    assert [line.split()[0] for line in steps] == ["否则得分"]
