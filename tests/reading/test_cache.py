"""The cache of grids: what was read once is not read again, never stale, the user's alone, and no larger than allowed."""

import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from itss_kpi.cli.main import run
from itss_kpi.reading.reader import Answer, Reader
from itss_kpi.reading.worker import cache as grid_cache
from itss_kpi.reading.worker.cache import Cache, cache_folder, cache_size
from itss_kpi.reading.worker.file_types import Reading


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    monkeypatch.setenv(grid_cache.VARIABLE, str(tmp_path / "cache"))
    return cache_folder()


def book(path: Path, *keys: str) -> Path:
    workbook = openpyxl.Workbook()
    for key in ("编号", *keys):
        workbook.worksheets[0].append([key, 1])
    workbook.save(path)
    return path


def read(*files: Path, cache: Path | None, size: int = 64, folders: list[str] | None = None) -> list[Answer]:
    with Reader() as reader:
        if folders is not None:
            folders.append(reader._folder.name)
        reader.ask(files, Reading(cache=cache, cache_size=size))
        answers = reader.answers()
        assert all(Path(sheet["path"]).is_file() for answer in answers for sheet in answer.get("sheets", []))
        return answers


def entry_of(answer: Answer, folder: Path) -> Path:
    """The cache's entry for these bytes."""
    (entry,) = folder.glob(f"{answer['sha256']}-*")
    return entry


def grid_of(answer: Answer) -> Path:
    return Path(answer["sheets"][0]["path"])


def test_a_file_is_kept_under_its_contents_and_found_again(folder: Path, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", "A1")
    (first,) = read(path, cache=folder)
    assert entry_of(first, folder).parent == folder
    # the same bytes under another name are the same grid
    path.rename(tmp_path / "b.xlsx")
    (again,) = read(tmp_path / "b.xlsx", cache=folder)
    assert (again["sha256"], grid_of(again).parent) == (first["sha256"], entry_of(first, folder))


def test_another_content_is_another_grid(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n")
    os.utime(path, (0, 0))
    (first,) = read(path, cache=folder)
    path.write_bytes(b"a,b\n1,3\n")
    os.utime(path, (0, 0))  # the same size and the same time
    (second,) = read(path, cache=folder)
    assert entry_of(first, folder) != entry_of(second, folder)


def test_two_files_of_the_same_bytes_share_an_entry(folder: Path, tmp_path: Path) -> None:
    files = [book(tmp_path / "a.xlsx", "A1")]
    for name in ("b", "c", "d"):
        files.append(tmp_path / f"{name}.xlsx")
        files[-1].write_bytes(files[0].read_bytes())
    read(*files, cache=folder)
    assert len(list(folder.iterdir())) == 1
    assert len({grid_of(answer) for answer in read(*files, cache=folder)}) == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions of Unix")
def test_the_folder_is_the_users_alone(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    read(book(tmp_path / "a.xlsx", "A1"), cache=folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def spoil_bytes(entry: Path) -> None:
    grid = next(entry.glob("*.arrow"))
    content = bytearray(grid.read_bytes())
    content[len(content) // 2] ^= 0xFF
    grid.write_bytes(content)


def cut_off(entry: Path) -> None:
    grid = next(entry.glob("*.arrow"))
    grid.write_bytes(grid.read_bytes()[:100])


def remove_grid(entry: Path) -> None:
    next(entry.glob("*.arrow")).unlink()


def spoil_answer(entry: Path) -> None:
    (entry / "answer.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize("spoil", [spoil_bytes, cut_off, remove_grid, spoil_answer])
def test_a_damaged_entry_is_read_anew(folder: Path, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    path = book(tmp_path / "a.xlsx", "A1")
    (first,) = read(path, cache=folder)
    entry = entry_of(first, folder)
    kept = next(entry.glob("*.arrow")).read_bytes()
    spoil(entry)
    assert grid_of(read(path, cache=folder)[0]).parent != entry
    # and the next run finds it whole
    assert grid_of(read(path, cache=folder)[0]).parent == entry
    assert next(entry.glob("*.arrow")).read_bytes() == kept


def test_what_was_not_used_for_longest_is_dropped_first(folder: Path, tmp_path: Path) -> None:
    large = [tmp_path / f"{at}.csv" for at in range(4)]
    for at, path in enumerate(large):
        path.write_text("a,b\n" + f"{at},{'x' * 99}\n" * 6000, encoding="utf-8")
    entries = []
    for at, path in enumerate(large):
        entries.append(entry_of(read(path, cache=folder, size=2)[0], folder))
        os.utime(entries[-1], (at, at))
    left = [entry.exists() for entry in entries]
    assert left in ([False, True, True, True], [False, False, True, True])
    assert cache_size() <= 2 << 20


def test_a_cache_smaller_than_a_file_is_no_obstacle(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + f"1,{'x' * 99}\n" * 30_000, encoding="utf-8")
    (answer,) = read(path, cache=folder, size=1)
    assert answer["sheets"]


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_t_be_written_is_no_obstacle(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(mode=0o500, parents=True)
    (answer,) = read(book(tmp_path / "a.xlsx", "A1"), cache=folder)
    assert answer["sheets"]


def test_a_file_where_the_folder_should_be_is_no_obstacle(folder: Path, tmp_path: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("x", encoding="utf-8")
    (answer,) = read(book(tmp_path / "a.xlsx", "A1"), cache=folder)
    assert answer["sheets"]


def test_without_a_cache_nothing_is_left(folder: Path, tmp_path: Path) -> None:
    folders: list[str] = []
    read(book(tmp_path / "a.xlsx", "A1"), cache=None, folders=folders)
    assert not folder.exists()
    assert not Path(folders[0]).exists()


def test_a_cleared_cache_is_empty_and_the_freed_bytes_are_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(book(tmp_path / "a.xlsx", "A1"), cache=folder)
    assert cache_size() > 0
    assert (run(["cache"]), capsys.readouterr().out.startswith(f"{folder}:")) == (0, True)
    assert run(["cache", "--clear"]) == 0
    assert capsys.readouterr().out.startswith("已清空读取缓存,释放 ")
    assert (list(folder.iterdir()), cache_size()) == ([], 0)


def test_what_is_not_the_caches_own_is_not_touched(folder: Path, tmp_path: Path) -> None:
    read(book(tmp_path / "a.xlsx", "A1"), cache=folder)
    (folder / "照片").mkdir()
    (folder / "照片" / "a.jpg").write_bytes(b"x" * 9000)
    (folder.parent / "b.txt").write_text("x", encoding="utf-8")
    assert run(["cache", "--clear"]) == 0
    assert [path.name for path in folder.iterdir()] == ["照片"]
    assert (folder / "照片" / "a.jpg").exists()
    assert (folder.parent / "b.txt").exists()


def test_readers_of_other_versions_keep_their_own_entries(folder: Path, tmp_path: Path) -> None:
    (answer,) = read(book(tmp_path / "a.xlsx", "A1"), cache=folder)
    cache = Cache(folder, 1 << 20)
    assert cache.find(answer["sha256"])
    cache.versions += "-other"
    assert cache.find(answer["sha256"]) is None
    told = (entry_of(answer, folder) / "answer.json").read_text(encoding="utf-8")
    kept = json.loads(told.partition("\n")[2])
    assert not Path(kept["sheets"][0]["path"]).is_absolute()


@pytest.mark.skipif(sys.platform != "linux", reason="the folder that Linux uses")
def test_the_folder_is_the_platforms_unless_another_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(grid_cache.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "itss-kpi" / "grids"
