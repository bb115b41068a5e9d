"""The files of tests/examples/exports: each is read in full, or named with the code that its name begins with."""

from pathlib import Path

import pytest
from kit.ledgers import COURSES, NAME, Project, Result
from kit.make_examples import FOLDER, good, refused

FILES = sorted(path.name for path in FOLDER.iterdir())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The project, but for its tickets."""
    return Project(tmp_path)


def evaluated(project: Project, name: str) -> Result:
    for path in project.folder.iterdir():
        path.unlink()
    project.put((FOLDER / name).read_bytes(), f"{NAME}{Path(name).suffix}")
    return project.evaluate()


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("good")])
def test_a_good_file_gives_the_tickets_in_full(project: Project, name: str) -> None:
    found = evaluated(project, name)
    assert found.of_tickets() == evaluated(project, "good-excel.xlsx").of_tickets()
    assert found.of_tickets()[1, "2022-07"]["denominator"] == "8"  # of ten tickets, as planted: P3 is every fourth


@pytest.mark.parametrize("name", [name for name in FILES if not name.startswith("good")])
def test_a_file_that_can_t_be_read_is_named_and_costs_only_itself(project: Project, name: str) -> None:
    found = evaluated(project, name)
    codes = [problem["code"] for problem in found.report["problems"] if "工单_2022Q3" in problem.get("path", "")]
    assert codes == [name[:4]]
    verdicts = {item["number"]: item["verdict"] for item in found.report["assessments"] if item["due"]}
    assert {verdicts[number] for number in verdicts if number != COURSES} == {"missing_data"}
    assert verdicts[COURSES] == "attained"


def test_every_kind_is_there() -> None:
    made = {name for name, _ in (*good(), *refused())}
    assert made <= set(FILES)
