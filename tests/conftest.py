"""Fixtures that tests of more than one package use; everything else that they share stands in `kit`."""

import functools
import gc
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import typer.main
from hypothesis import settings

from itss_kpi.app import batch, closing, evaluation, indicator_answers, plan_answers, reports
from itss_kpi.reading import reader
from itss_kpi.reading.worker.cache import cache_folder

pytest.register_assert_rewrite("kit")

from kit.processes import CAN_FORK, warm_workers  # noqa: E402
from kit.sample import Sample, read_sample  # noqa: E402
from kit.shared import Shared  # noqa: E402
from openpyxl.worksheet import merge  # noqa: E402  # after the program, which says how it writes

# a busy machine is no mistake of the code
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# a program puts its commands together once; a run of the tests thousands of times, which takes a tenth of a small command
typer.main.get_command = functools.cache(typer.main.get_command)

# nobody asks for the borders of merged cells, which take openpyxl most of the time in which it opens a report; where it
# merges cells it draws them as ever
merge.MergedCellRange = type("Unbordered", (merge.MergedCellRange,), {"format": lambda self: None})


def pytest_collection_finish() -> None:
    """Garbage is looked for between modules only, and not among what is there before the first test: a sixth of all."""
    gc.collect()
    gc.freeze()
    gc.disable()


@pytest.fixture(scope="module", autouse=True)
def _garbage(_own_settings: None) -> Iterator[None]:
    """Nor may what was kept of files pile up: whatever is kept, all of the cache is looked through for its size."""
    yield
    gc.collect()
    gc.freeze()  # what is still there is for the whole run
    entries = sorted(cache_folder().glob("*"), key=lambda entry: entry.stat().st_mtime)
    for entry in entries[:-200]:  # the sample has about a hundred, and each use is one
        shutil.rmtree(entry)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same one for all its processes."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A cache of the process's own, so that no other can help or hurt; nothing of the terminal it is started from."""
    os.environ["ITSS_KPI_CACHE"] = str(tmp_path_factory.getbasetemp() / "cache")
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _warm_workers(_own_settings: None) -> Iterator[None]:
    """Reading processes that start at once; a test of the start itself asks for `cold`."""
    with warm_workers() if CAN_FORK else nullcontext():
        yield


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading processes as users start them."""
    monkeypatch.setattr(reader, "subprocess", subprocess)


@pytest.fixture(scope="session")
def sample(_own_settings: None) -> Sample:
    """The repository's own catalogue over `sample_data`, read once."""
    return read_sample()


@pytest.fixture(scope="session")
def shared(run_folder: Path) -> Shared:
    """What one of the run's processes makes for all."""
    return Shared(run_folder / "shared")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own folder, as the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def evaluated(_own_settings: None) -> dict[str, evaluation.Evaluation]:
    """What was worked out once for a test process."""
    return {}


@pytest.fixture(scope="module")
def worked_out_once(evaluated: dict[str, evaluation.Evaluation]) -> Iterator[None]:
    """Commands over files that stay as they are read and evaluate them once; for tests of what is said of it."""
    work = evaluation.evaluate_files

    def once(*arguments: Any, **options: Any) -> evaluation.Evaluation:
        asked = repr((Path.cwd(), arguments, options))
        evaluated[asked] = evaluated.get(asked) or work(*arguments, **options)
        return evaluated[asked]

    with pytest.MonkeyPatch.context() as patch:
        for module in (evaluation, batch, closing, indicator_answers, plan_answers, reports):
            patch.setattr(module, "evaluate_files", once)
        yield
