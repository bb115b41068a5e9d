"""The mutants of `make mutants`: every kind of change is made, and one stands in for its module."""

import importlib
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
from kit.sample import ROOT

TOOL = runpy.run_path(str(ROOT / "tools" / "mutants.py"))
MUTANTS_OF = TOOL["mutants"]

CODE = '''"""A docstring is no statement that could be dropped."""

LIMIT: int = 7


def f(a: int | None, *, b: bool = True) -> int:
    a += 1
    print(a)
    if not b and a < 3:
        raise ValueError
    return a * 2
'''


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The mutants of that code."""
    monkeypatch.setitem(MUTANTS_OF.__globals__, "ROOT", tmp_path)
    (tmp_path / "to_change.py").write_text(CODE, encoding="utf-8")
    return list(MUTANTS_OF(tmp_path / "to_change.py"))


def test_every_kind_of_change_is_made_and_annotations_stay(found: list[Any]) -> None:
    shown = [one.shown.removeprefix("to_change.py:") for one in found]
    assert shown == [
        "3: 7 → 8",
        "3: 7 → 6",
        "6: True → False",
        "7: a += 1 → a -= 1",
        "7: a += 1 → pass",
        "7: 1 → 2",
        "7: 1 → 0",
        "8: print(a) → pass",
        "9: not b and a < 3 → not b or a < 3",
        "9: not b → b",
        "9: a < 3 → a <= 3",
        "9: 3 → 4",
        "9: 3 → 2",
        "10: raise ValueError → pass",
        "11: return a * 2 → return None",
        "11: a * 2 → a // 2",
        "11: 2 → 3",
        "11: 2 → 1",
    ]


def test_a_mutant_stands_in_for_its_module(found: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [TOOL["_InPlace"](found[0]), *sys.meta_path])
    assert importlib.import_module("to_change").LIMIT == 8
    monkeypatch.delitem(sys.modules, "to_change")
