"""Reader: one worker reads everything; a file that makes it die or hang costs only itself, and is named."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from itss_kpi.reading import reader
from itss_kpi.reading.reader import Answer, Heard, Reader
from itss_kpi.reading.worker.file_types import Reading

WORKER = """
import json, os, sys, time
from pathlib import Path
settings = json.loads(sys.stdin.readline())
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"id": request["id"], "started": True}), flush=True)
    what = Path(request["path"]).read_text()
    if what == "die":
        os._exit(3)
    if what == "half":
        sys.stdout.write('{"id": 1, "sha')
        sys.stdout.flush()
        os._exit(0)
    if what == "hang":
        time.sleep(600)
    print(json.dumps({"id": request["id"], "sha256": what, "sheets": []}), flush=True)
"""


def asked(tmp_path: Path, contents: Sequence[str], reading: Reading | None = None, **listening: Heard) -> list[Answer]:
    """The answers for files with these contents."""
    files = []
    for at, content in enumerate(contents):
        files.append(tmp_path / f"{at}.txt")
        files[-1].write_text(content)
    with Reader() as one:
        one.ask(files, reading)
        return one.answers(**listening)


def named(path: Path | None) -> str:
    return path.stem if path else ""


def told(answers: Sequence[Answer]) -> list[str]:
    return [answer.get("sha256") or answer["code"] for answer in answers]


@pytest.fixture
def _obedient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does what a file says."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER)
    monkeypatch.setattr(reader, "_COMMAND", [sys.executable, "-S", str(script)])


@pytest.mark.usefixtures("_obedient")
@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (["a", "b", "c"], ["a", "b", "c"]),
        (["die", "b", "c"], ["D114", "b", "c"]),
        (["a", "b", "die"], ["a", "b", "D114"]),
        (["a", "half", "c"], ["a", "D114", "c"]),
        (["die", "b", "half", "d", "die"], ["D114", "b", "D114", "d", "D114"]),
        (["die"], ["D114"]),
        ([], []),
    ],
)
def test_who_makes_the_worker_die_is_named_and_the_others_are_read(
    tmp_path: Path, contents: list[str], expected: list[str]
) -> None:
    assert told(asked(tmp_path, contents)) == expected


@pytest.mark.usefixtures("_obedient")
def test_who_listens_hears_of_each_file_once_that_it_is_done_and_which_one_is_being_read(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    asked(tmp_path, ["a", "die", "c"], heard=lambda done, now: heard.append((named(done), named(now))))
    assert heard[:2] == [("", "0"), ("0", "")]
    assert sorted(done for done, _ in heard if done) == ["0", "1", "2"]
    assert [now for _, now in heard if now].count("2") == 1


@pytest.mark.usefixtures("_obedient")
def test_who_makes_the_worker_hang_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    answers = asked(tmp_path, ["a", "hang", "c"], Reading(seconds=1))
    assert told(answers) == ["a", "D115", "c"]
    assert answers[1]["message"] == "读了 1 秒还没有读完(上限 seconds)"


def test_a_worker_that_can_t_start_is_no_endless_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_COMMAND", [sys.executable, "-c", "import sys; sys.exit(1)"])
    # more than a pipe holds, so that the asking itself fails
    assert told(asked(tmp_path, ["a", "b"])) == ["D114", "D114"]


@pytest.mark.usefixtures("cold")
def test_the_reader_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("编号,日期\n1,2\n", encoding="utf-8")
    with Reader() as one:
        folder, process = Path(one._folder.name), one._now._process  # type: ignore[union-attr]
        one.ask([tmp_path / "a.csv"])
        assert one.answers()[0]["format"] == "csv UTF-8 ,"
        assert list(folder.iterdir())
    assert not folder.exists()
    assert process.returncode is not None
    with Reader() as unasked:
        process = unasked._now._process  # type: ignore[union-attr]
    assert process.returncode is not None


@pytest.mark.usefixtures("cold")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit of memory")
def test_a_file_that_needs_too_much_memory_costs_only_itself(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"a,b\n" + b"x,y\n" * 20_000_000)
    (tmp_path / "small.csv").write_bytes(b"a,b\n1,2\n")
    with Reader() as one:
        one.ask([large, tmp_path / "small.csv"], Reading(memory=300))
        answers = one.answers()
    assert [answer.get("code") for answer in answers] in (["D113", None], ["D114", None])
    assert "memory" in answers[0]["message"]


@pytest.mark.usefixtures("cold")
def test_the_worker_runs_with_this_python_and_says_nothing_on_the_terminal() -> None:
    with Reader() as one:
        assert one._now
        assert one._now._process.args[0] == sys.executable  # type: ignore[index]
        assert one._now._process.stderr is None
        assert os.environ.get("ITSS_KPI_DEBUG") is None
