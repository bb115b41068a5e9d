"""Files that a command writes: there whole or not at all, whatever fails on the way.

Convention: every call of the system that a write makes is counted first, and then made to fail, one after the other.
"""

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.sample import ROOT

from itss_kpi.app import whole_files
from itss_kpi.app.whole_files import InUseError, lock_of, make_folder, write_new, write_over

OLD, NEW = b"what stood there before", b"what is to stand there" * 1000
FAILURES = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EIO, "Input/output error"),
    PermissionError(errno.EACCES, "Permission denied"),
    KeyboardInterrupt(),
]
"""How a call fails."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "输出"
    made.mkdir()
    return made


class Failing:
    """A file whose `write`, `flush` or `close` goes through `step`."""

    def __init__(self, file: Any, step: Callable[[str], None]) -> None:
        self.file, self.step = file, step

    def __enter__(self) -> "Failing":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.step("close")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, content: bytes) -> None:
        self.file.write(content[: len(content) // 2])  # a disk that is full takes some of it
        self.step("write")
        self.file.write(content[len(content) // 2 :])

    def flush(self) -> None:
        self.step("flush")
        self.file.flush()


class Steps:
    """The system's calls of a write, with one that fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail: str = "", failure: BaseException | None = None) -> None:
        self.taken: list[str] = []
        self.fail, self.failure = fail, failure
        for module, name in ((os, "fsync"), (os, "replace"), (os, "chmod"), (Path, "mkdir"), (Path, "unlink")):
            monkeypatch.setattr(module, name, self._through(name, getattr(module, name)))

        def opening(*arguments: Any, **named: Any) -> Failing:
            self.step("open")
            return Failing(open(*arguments, **named), self.step)

        monkeypatch.setattr(whole_files, "open", opening, raising=False)

    def _through(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.step(name)
            return real(*arguments, **named)

        return call

    def step(self, name: str) -> None:
        name += str(self.taken.count(name) + 1) if name == "fsync" else ""
        self.taken.append(name.rstrip("12"))
        if name == self.fail and self.failure:
            raise self.failure


BEFORE = ["mkdir", "open", "write", "flush", "fsync1", "close", "replace"]
"""The calls up to the one after which the new file stands there."""


def test_the_calls_that_a_write_makes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a.xlsx").write_bytes(OLD)
    steps = Steps(monkeypatch)
    write_over(folder / "a.xlsx", NEW)
    written = ["mkdir", "open", "write", "flush", "fsync", "close"]
    assert steps.taken[:8] == [*written, "chmod", "replace"]
    assert steps.taken[8:] in (["fsync"], [])  # of the folder, where the system can
    steps.taken.clear()
    assert write_new(folder / "b.xlsx", NEW)
    assert steps.taken[:7] == [*written, "replace"]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
@pytest.mark.parametrize("fail", BEFORE)
def test_whatever_fails_leaves_what_stood_there_and_no_new_file(
    fail: str, failure: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.xlsx").write_bytes(OLD)
    for write, name in ((write_over, "a.xlsx"), (write_new, "b.xlsx")):
        with monkeypatch.context() as patch:
            Steps(patch, fail, failure)
            with pytest.raises(type(failure)) as caught:
                write(folder / name, NEW)
        assert caught.value is failure
        assert (folder / "a.xlsx").read_bytes() == OLD
        assert os.listdir(folder) == ["a.xlsx"]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_the_first_failure_is_told_though_cleaning_up_fails_too(
    failure: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(OLD)
    with monkeypatch.context() as patch:
        Steps(patch, "write", failure)

        def stuck(*_: object, **__: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        patch.setattr(Path, "unlink", stuck)
        with pytest.raises(type(failure)) as caught:
            write_over(path, NEW)
    assert caught.value is failure
    assert path.read_bytes() == OLD
    (left,) = set(os.listdir(folder)) - {"a.xlsx"}
    assert left.startswith(".")  # so it is no export
    write_over(path, NEW)  # nor in the way
    assert path.read_bytes() == NEW


@pytest.mark.parametrize("failure", [one for one in FAILURES if isinstance(one, OSError)], ids=repr)
@pytest.mark.parametrize("fail", ["chmod", "fsync2"])
def test_what_some_file_systems_cannot_do_is_no_failure(
    fail: str, failure: OSError, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(OLD)
    Steps(monkeypatch, fail, failure)
    write_over(path, NEW)
    assert path.read_bytes() == NEW
    assert os.listdir(folder) == ["a.xlsx"]


def test_an_interrupt_after_the_move_leaves_the_new_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(OLD)
    Steps(monkeypatch, "fsync2", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        write_over(path, NEW)
    assert path.read_bytes() == NEW
    assert os.listdir(folder) == ["a.xlsx"]


# ---- success


@pytest.mark.parametrize("content", [b"", b"x", NEW, bytes(5_000_000)], ids=len)
def test_success_leaves_exactly_the_new_content(content: bytes, folder: Path) -> None:
    assert write_new(folder / "新.xlsx", content)
    (folder / "旧.xlsx").write_bytes(OLD * 300_000)
    write_over(folder / "旧.xlsx", content)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"新.xlsx": content, "旧.xlsx": content}


def test_folders_above_are_made(folder: Path) -> None:
    assert write_new(folder / "一" / "二" / "a.txt", NEW)
    write_over(folder / "三" / "四" / "a.txt", NEW)
    assert (folder / "一" / "二" / "a.txt").read_bytes() == (folder / "三" / "四" / "a.txt").read_bytes() == NEW
    assert make_folder(folder / "五" / "六")
    assert not make_folder(folder / "五" / "六")


def test_a_new_file_is_not_written_over_anything(folder: Path) -> None:
    (folder / "a").write_bytes(OLD)
    (folder / "b").mkdir()
    assert not write_new(folder / "a", NEW)
    assert not write_new(folder / "b", NEW)
    assert (folder / "a").read_bytes() == OLD


def test_a_folder_is_not_replaced(folder: Path) -> None:
    (folder / "a.xlsx").mkdir()
    with pytest.raises(OSError, match=r".*"):
        write_over(folder / "a.xlsx", NEW)
    assert os.listdir(folder) == ["a.xlsx"]
    assert (folder / "a.xlsx").is_dir()


def test_a_file_is_no_folder(folder: Path) -> None:
    (folder / "a").write_bytes(OLD)
    for write in (write_over, write_new):
        with pytest.raises(OSError, match=r".*"):
            write(folder / "a" / "b.xlsx", NEW)
    assert (folder / "a").read_bytes() == OLD


def test_many_at_once_each_write_the_whole(folder: Path) -> None:
    contents = [bytes([at]) * 200_000 for at in range(8)]
    path = folder / "a.xlsx"
    threads = [
        threading.Thread(target=lambda content=content: [write_over(path, content) for _ in range(5)])
        for content in contents
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert os.listdir(folder) == ["a.xlsx"]


# ---- permissions and links


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o666])
def test_a_file_keeps_its_permissions(mode: int, folder: Path) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(OLD)
    path.chmod(mode)
    write_over(path, NEW)
    assert (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) == (mode, NEW)


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_a_new_file_gets_the_usual_permissions(mask: int, folder: Path) -> None:
    before = os.umask(mask)
    try:
        write_over(folder / "a.xlsx", NEW)
        write_new(folder / "b.xlsx", NEW)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o666 & ~mask}


def test_a_read_only_file_is_left_alone(folder: Path) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(OLD)
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        write_over(path, NEW)
    assert path.read_bytes() == OLD
    assert os.listdir(folder) == ["a.xlsx"]
    path.chmod(0o644)


@pytest.mark.skipif(os.name == "nt" or getattr(os, "geteuid", int)() == 0, reason="the superuser may write everywhere")
def test_a_read_only_folder_is_left_alone(folder: Path) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(OLD)
    folder.chmod(0o555)
    try:
        with pytest.raises(PermissionError):
            write_over(path, NEW)
        with pytest.raises(PermissionError):
            write_new(folder / "b.xlsx", NEW)
        assert os.listdir(folder) == ["a.xlsx"]
        assert path.read_bytes() == OLD
    finally:
        folder.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one_and_what_it_leads_to_is_written(there: bool, folder: Path) -> None:
    real, link = folder / "真" / "a.xlsx", folder / "link.xlsx"
    real.parent.mkdir()
    if there:
        real.write_bytes(OLD)
    link.symlink_to(Path("真") / "a.xlsx")
    write_over(link, NEW)
    assert link.is_symlink()
    assert real.read_bytes() == NEW
    assert os.listdir(real.parent) == ["a.xlsx"]
    assert not write_new(link, OLD)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_to_itself_is_a_failure(folder: Path) -> None:
    (folder / "a.xlsx").symlink_to("a.xlsx")
    with pytest.raises(OSError, match=r".*"):
        write_over(folder / "a.xlsx", NEW)
    assert os.listdir(folder) == ["a.xlsx"]


# ---- files that are open


@pytest.mark.parametrize(
    ("name", "lock"),
    [
        ("a.xlsx", "~$a.xlsx"),
        ("2022Q3运维服务指标.xlsx", "~$2022Q3运维服务指标.xlsx"),
        ("2022Q3运维服务指标.xlsx", "~$22Q3运维服务指标.xlsx"),
        ("a.xlsx", ".~a.xlsx"),
        ("a.xlsx", ".~lock.a.xlsx#"),
    ],
)
def test_what_is_open_is_left_alone(name: str, lock: str, folder: Path) -> None:
    path = folder / name
    path.write_bytes(OLD)
    (folder / lock).write_bytes(b"somebody")
    assert lock_of(path) == folder / lock
    with pytest.raises(InUseError, match=r".*") as caught:
        write_over(path, NEW)
    assert str(caught.value) == lock
    assert path.read_bytes() == OLD
    assert sorted(os.listdir(folder)) == sorted([name, lock])


@pytest.mark.parametrize("lock", ["~$b.xlsx", "~$22.xlsx", ".~lock.b.xlsx#", "~$Q-2022.xlsx"])
def test_another_file_may_be_open(lock: str, folder: Path) -> None:
    (folder / lock).write_bytes(b"somebody")
    write_over(folder / "Q-22.xlsx", NEW)
    assert (folder / "Q-22.xlsx").read_bytes() == NEW


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_what_a_link_leads_to_may_be_open(folder: Path) -> None:
    (folder / "真").mkdir()
    (folder / "真" / "a.xlsx").write_bytes(OLD)
    (folder / "link.xlsx").symlink_to(folder / "真" / "a.xlsx")
    (folder / "真" / "~$a.xlsx").write_bytes(b"somebody")
    with pytest.raises(InUseError, match=r"~\$a.xlsx"):
        write_over(folder / "link.xlsx", NEW)
    assert (folder / "真" / "a.xlsx").read_bytes() == OLD


def test_a_name_as_long_as_can_be(folder: Path) -> None:
    path = folder / ("表" * 83 + ".x")  # 251 bytes: with a lock's letters more than a name can have
    write_over(path, OLD)
    write_over(path, NEW)
    assert path.read_bytes() == NEW


# ---- killed

_SLOW = """
import os, sys, time
from pathlib import Path
from itss_kpi.app.whole_files import write_over
real = getattr(os, sys.argv[2])
def slow(*arguments):
    print("here", flush=True)
    time.sleep(60)
setattr(os, sys.argv[2], slow)
write_over(Path(sys.argv[1]), bytes(3_000_000))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("held_up", ["fsync", "replace"])
def test_killed_before_the_move_the_old_file_is_there(held_up: str, folder: Path) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(OLD)
    child = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(path), held_up], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout
    with child, child.stdout:
        assert child.stdout.readline() == "here\n"
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait(20) == -signal.SIGKILL
    assert path.read_bytes() == OLD
    (left,) = set(os.listdir(folder)) - {"a.xlsx"}
    assert left.startswith(".")
    write_over(path, NEW)
    assert path.read_bytes() == NEW
    assert set(os.listdir(folder)) == {"a.xlsx", left}


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_killed_anywhere_the_file_is_the_old_or_the_new(folder: Path) -> None:
    path = folder / "a.xlsx"
    contents = [bytes([at]) * 500_000 for at in range(2)]
    path.write_bytes(contents[0])
    script = (
        "import sys; from pathlib import Path; from itss_kpi.app.whole_files import write_over\n"
        "print('here', flush=True)\n"
        "while True:\n    for at in range(2): write_over(Path(sys.argv[1]), bytes([at]) * 500_000)\n"
    )
    for at in range(6):
        child = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert child.stdout
        with child, child.stdout:
            assert child.stdout.readline() == "here\n"
            time.sleep(0.011 * at)
            os.kill(child.pid, signal.SIGKILL)
        assert path.read_bytes() in contents
