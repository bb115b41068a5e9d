"""Tables and ledgers as companies have them, with what a careful person says of them: nothing is silently wrong.

The material and its keys (tests/examples/draft) were made by somebody who didn't know the program: what stands in a key
is in the draft, or it is asked.
"""

import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from itss_kpi.app import drafting
from itss_kpi.catalogue.load import load
from itss_kpi.core.targets import parse_target
from itss_kpi.draft.indicator_table import Listed, listed
from itss_kpi.draft.ledgers import LedgerFound
from itss_kpi.draft.proposal import Drafted, Facts, about, drafted

FOLDER = Path(__file__).parents[1] / "examples" / "draft"
EXAMPLES = sorted(path.name for path in FOLDER.iterdir())
LEAST = 0.95
_NUMBERS = {"integer", "decimal"}


@dataclass(frozen=True)
class Example:
    """An example: its key, what was read of it, and its draft."""

    key: dict[str, Any]
    indicators: list[Listed]
    ledgers: list[LedgerFound]
    made: Drafted

    @property
    def pairs(self) -> list[tuple[dict[str, Any], Listed, dict[str, Any]]]:
        """Each indicator of the key, as it is listed, and as it is drafted."""
        return list(zip(self.key["indicators"], self.indicators, self.made.catalogue["indicators"], strict=True))

    def asked(self, subject: str, item: str) -> bool:
        """Whether anything is asked of it under a name that begins so."""
        return any(one.about == subject and one.item.startswith(item) for one in self.made.questions)

    def found(self, ledger: dict[str, Any]) -> LedgerFound:
        """The ledger that a key's is."""
        names = {Path(file).name for file in ledger["files"]}
        mine = [one for one in self.ledgers if names & {file for _, file in one.files}]
        assert [{file for _, file in one.files} for one in mine] == [names], ledger["name"]
        return mine[0]


@pytest.fixture(scope="module", params=EXAMPLES)
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Example:
    folder = FOLDER / str(request.param)
    indicators = listed(drafting.tables_of(next(folder.glob("table.*"))))
    data = tmp_path_factory.mktemp("draft")
    for path in (folder / "ledgers").rglob("*.*"):
        inside = path.relative_to(folder / "ledgers")
        place = data / (inside if len(inside.parts) > 1 else Path("单位", inside))
        place.parent.mkdir(exist_ok=True)
        shutil.copy(path, place)
    ledgers, _ = drafting.ledgers_in(data)
    key = yaml.safe_load((folder / "key.yaml").read_text(encoding="utf-8"))
    return Example(key, indicators, ledgers, drafted(Facts(indicators, ledgers, 2026), {}))


def bare(text: str | None) -> str:
    return re.sub(r"\s+", "", text or "")


def test_every_indicator_is_listed_and_nothing_else(example: Example) -> None:
    assert [bare(one.name) for one in example.indicators] == [bare(one["name"]) for one in example.key["indicators"]]
    for key, found, _ in example.pairs:
        assert bare(found.domain) == bare(key["domain"]), found.name
        assert [bare(one) for one in found.departments] == [bare(one) for one in key["departments"]], found.name
        if bare(key["formula"]):  # a cell that only says how points are taken off is no formula to the key's author
            assert bare(found.formula) == bare(key["formula"]), found.name


def test_no_requirement_and_no_period_is_silently_wrong(example: Example) -> None:
    for key, found, made in example.pairs:
        subject = about(found)
        if not example.asked(subject, "要求"):
            assert limits(key["target"]) == limits(found.requirement), found
        if not example.asked(subject, "周期"):
            weekly = key["period"] is None and found.period == "周"  # to the key's author a week was no period
            assert made["period"] == ("week" if weekly else key["period"]), found


def limits(text: str | None) -> object:
    """What a requirement says: its limits in their unit, `次/月` being `次`."""
    found = parse_target(str(text)) if text is not None else None
    return (found.bounds, found.unit.partition("/")[0]) if found else None


def test_how_an_indicator_is_worked_out_is_always_asked(example: Example) -> None:
    for _, found, made in example.pairs:
        assert all(example.asked(about(found), item) for item in ("台账", "口径"))
        by_hand = made.get("value", {}).get("source") == "manual"
        assert by_hand or example.asked(about(found), "怎么算")
        assert made["agreed"] is False


def test_no_column_no_key_and_no_date_is_silently_wrong(example: Example) -> None:
    for ledger in example.key["ledgers"]:
        found = example.found(ledger)
        subject = f"台账 {found.name}"
        assert all(example.asked(subject, item) for item in ("编号列", "日期列", "应交部门", "个人信息"))
        for heading, kind in ledger["columns"].items():
            column = next(one for one in found.columns if bare(heading) in map(bare, one.headings))
            assert kind == column.type or numeric(kind, column.type) or example.asked(subject, column.name), heading
        for heading in ledger.get("open", {}):
            column = next(one for one in found.columns if bare(heading) in map(bare, one.headings))
            assert column.type == "text" or example.asked(subject, column.name), heading


def numeric(kind: str, found: str) -> bool:
    """Whether numbers are taken for numbers; those with a unit of time in their heading are durations in it."""
    return kind in _NUMBERS and found in _NUMBERS | {"duration"}


def test_a_draft_is_a_catalogue_that_loads(example: Example) -> None:
    loaded, problems = load(json.dumps(example.made.catalogue), "")
    assert loaded is not None, [one.message for one in problems]


def test_nearly_all_types_are_proposed_right(tmp_path: Path) -> None:
    found: Counter[bool] = Counter()
    for name in EXAMPLES:
        key = yaml.safe_load((FOLDER / name / "key.yaml").read_text(encoding="utf-8"))
        shutil.copytree(FOLDER / name / "ledgers", tmp_path / name / "单位")
        ledgers, _ = drafting.ledgers_in(tmp_path / name)
        types = {
            (file, bare(h)): c.type for one in ledgers for _, file in one.files for c in one.columns for h in c.headings
        }
        for ledger in key["ledgers"]:
            for heading, kind in ledger["columns"].items():
                taken = types[Path(ledger["files"][0]).name, bare(heading)]
                found[kind == taken or numeric(kind, taken)] += 1
    assert found[True] >= LEAST * found.total(), found
