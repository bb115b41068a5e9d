"""What the commands print of the sample, read through by a person.

Convention: the files hold no spaces at the ends of lines; otherwise they are the texts as printed.
"""

import pytest
from kit.console import Capture, call
from kit.sample import ROOT, golden
from rich.cells import cell_len

pytestmark = pytest.mark.usefixtures("worked_out_once")
PRINTED = {
    "evaluate-2022Q3": "evaluate --period 2022Q3",
    "trend": "trend 18 10 --to 2022-11 --next 20",
    "trend-by": "trend 23 --to 2022-11 --by 部门",
    "compare": "compare 18 20 1 12 -p 2022Q3 --by 项目",
    "compare-all": "compare -p 2022Q3 --by 部门",
    "status-2022Q4": "status --period 2022Q4",
    "actions": "actions --as-of 2022-11-01",
    "clauses": "clauses --as-of 2022-09-30",
    "findings": "findings --as-of 2022-09-30",
    "plan": "plan --year 2022 --as-of 2022-09-30",
    "satisfaction": "satisfaction --year 2022",
    "supervision": "supervision --as-of 2022-09-30",
}


@pytest.mark.parametrize("columns", [100, 80])
@pytest.mark.parametrize("name", PRINTED)
def test_a_command_prints_exactly(name: str, columns: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", str(columns))
    # every table of compare-all fits into 80 columns
    expected = golden(f"{name}-{80 if name == 'compare-all' else columns}")
    code, out, err = call(capsys, *PRINTED[name].split())
    assert [line.rstrip() for line in out.splitlines()] == expected
    assert max(map(cell_len, expected)) <= columns
    assert (code, err) == (0, "")
