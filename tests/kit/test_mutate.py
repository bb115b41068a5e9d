"""A very small run of the fuzz, and what it relies on; `make fuzz` is the long run."""

from pathlib import Path

import pytest
from kit.mutate import FOLDER, MUTATIONS, cases, fuzz, read, seeds


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_sixty_mutated_files_give_tables_or_coded_problems(tmp_path: Path) -> None:
    outcome = fuzz(seed=20221001, runs=60, keep=tmp_path / "kept")
    assert outcome.failures == {}
    assert outcome.tables + outcome.refused == 60


def test_the_files_are_all_read_before_they_are_mutated(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    names = []
    for extension, content in seeds().items():
        names.append(f"工单_2022Q3.{extension}")
        (tmp_path / FOLDER / names[-1]).write_bytes(content)
    outcome = read(tmp_path, names)
    assert outcome.failures == {}
    assert outcome.tables == len(names)


def test_one_seed_gives_the_same_files_each_time() -> None:
    first, again = dict(cases(3, 40)), dict(cases(3, 80))
    assert first.items() <= again.items()
    assert first != dict(cases(4, 40))
    whole = set(seeds().values())
    assert sum(content in whole for content in again.values()) < len(again) / 10
    assert len(MUTATIONS) > 5
