"""A small part of the second opinion's worlds, with each kind of slip, and that it can fail; `make oracle` is the rest."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from outside import deeper_worlds, further_worlds, outer_worlds, second_opinion, sideways_worlds, wider_worlds
from outside.second_opinion import Tally, TooManyWaysError, draw, findings, from_files, main, report_of, run
from outside.slips import BY_THE_WAY, SLIPS, make_world
from outside.worlds import World

from itss_kpi.core.results import Assessment, Report, Verdict


def one_of_each() -> list[World]:
    """The first worlds in which each kind of slip is seen once."""
    lacking, found = {*SLIPS, *BY_THE_WAY}, []
    for seed in count(1):
        world = make_world(seed)
        if lacking & set(world.slips) or seed <= 10:
            found.append(world)
            lacking -= set(world.slips)
        if not lacking:
            return found
    raise AssertionError


WORLDS = one_of_each()


def test_each_kind_of_slip_is_seen() -> None:
    assert {name for world in WORLDS for name in world.slips} == {*SLIPS, *BY_THE_WAY}
    assert len(WORLDS) < 1.2 * len(SLIPS)


def test_no_verdict_and_no_interval_is_contradicted() -> None:
    wrong = [(world.seed, str(one)) for world in WORLDS for one in findings(world, report_of(world)) if not one.known]
    assert wrong == []


def test_kept_tables_say_the_same() -> None:
    for world in [*WORLDS[::2], *of_each_function()[::2]]:
        assert report_of(world, kept=True).assessments == report_of(world).assessments, world.seed


def test_one_seed_gives_one_world() -> None:
    assert [make_world(seed).yaml for seed in range(5)] == [make_world(seed).yaml for seed in range(5)]
    first, again = ([one.lines for one in make_world(7).files] for _ in range(2))
    assert first == again


def test_real_workbooks_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    world = next(one for one in WORLDS if "tabs of months" in one.slips)
    said = from_files(world, tmp_path)
    assert said is not None
    assert said.assessments == report_of(world).assessments


# ---- the wider grammar


@cache
def of_each_function() -> list[World]:
    """The first worlds in which each function, window and form of the grammar is seen, and each slip of sideways files."""
    shapes = [
        shape
        for module in (wider_worlds, deeper_worlds, further_worlds, outer_worlds, sideways_worlds)
        for table in module.SHOWN
        for shape in table
    ]
    lacking, found = {name for shape in shapes for name in shape.shows} | {*sideways_worlds.SLIPS}, []
    for seed in count(1, 2):
        world = draw(seed)
        shown = {name for one in world.indicators for name in one.shape.shows} | {*world.slips}
        if lacking & shown:
            found.append(world)
            lacking -= shown
        if not lacking:
            return found
    raise AssertionError


def differences(worlds: list[World]) -> list[tuple[int, str]]:
    found = []
    for world in worlds:
        with suppress(TooManyWaysError):
            found += [(world.seed, str(one)) for one in findings(world, report_of(world)) if not one.known]
    return found


def test_no_function_and_no_window_is_contradicted() -> None:
    worlds = of_each_function()
    assert 60 < len(worlds) < 200
    assert differences(worlds) == []


def test_a_calendar_that_is_read_otherwise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wider_worlds, "HOLIDAYS", set())
    monkeypatch.setattr(wider_worlds, "MADE_UP", set())
    reckoned = ("workdays", "worktime")
    worlds = [
        one for one in map(draw, range(1, 1200, 2)) if any({*reckoned} & {*each.shape.shows} for each in one.indicators)
    ]
    assert differences(worlds)


# ---- planted faults


def planted(monkeypatch: pytest.MonkeyPatch, change: Callable[[Assessment], Assessment]) -> Tally:
    """What is found where the program's assessments are changed."""
    whole = second_opinion.evaluate

    def wrong(*given: Any, **options: Any) -> Report:
        report = whole(*given, **options)
        return replace(report, assessments=tuple(map(change, report.assessments)))

    monkeypatch.setattr(second_opinion, "evaluate", wrong)
    return run(1, 25)


def as_verdict(old: Verdict, new: Verdict) -> Callable[[Assessment], Assessment]:
    return lambda item: replace(item, verdict=new) if item.verdict is old else item


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (as_verdict(Verdict.UNVERIFIED, Verdict.ATTAINED), "false firm"),
        (as_verdict(Verdict.MISSING_DATA, Verdict.ATTAINED), "false firm"),
        (as_verdict(Verdict.MISSED, Verdict.UNVERIFIED), "needless doubt"),
        (lambda item: replace(item, lowest=item.highest), "false interval"),
    ],
)
def test_a_planted_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Assessment], Assessment], kind: str
) -> None:
    tally = planted(monkeypatch, change)
    assert {finding.kind for _, finding in tally.failures if not finding.known} == {kind}
    assert tally.failed


def test_a_doubt_that_is_dropped_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The program sees the first of two rows with one key only."""
    world = next(one for one in map(draw, count(2, 2)) if one.slips == ["one key with other contents"])
    export = type(world.files[0]).export

    def first_of_each(file: Any, catalogue: Any) -> Any:
        rows = [row for row in file.rows if row.ways is not None]
        return export(replace(file, rows=rows), catalogue)

    monkeypatch.setattr(type(world.files[0]), "export", first_of_each)
    assert main(["--seed", str(world.seed), "--worlds", "40"]) == 1
    assert "false" in capsys.readouterr().out
