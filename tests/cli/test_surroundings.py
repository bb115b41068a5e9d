"""The program in its surroundings: pipes, terminals, locales, full disks, odd names and Ctrl-C.

Convention: what a process alone has (signals, streams) is tested in one; what only looks like it, in this process.
"""

import errno
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from kit.console import Capture, call, refused, unwritten
from kit.processes import process, program
from kit.projects import project

from itss_kpi.app import evaluation, whole_files
from itss_kpi.cli import interrupts

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="streams and signals of Unix")
EVALUATE = ("evaluate", "-p", "2022Q3")
REPORT = ("report", "-p", "2022Q3")


@pytest.fixture
def small(here: Path) -> Path:
    """A clean small project."""
    project(here)
    return here


# ---- pipes and terminals


def test_pipes_have_no_escape_codes(small: Path) -> None:
    running = process(*EVALUATE, cwd=small, env={"TERM": "xterm-256color"})
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
    assert "\x1b" not in out
    assert "✓ 达成" in out


@UNIX
@pytest.mark.parametrize("no_color", [False, True])
def test_colour_in_a_terminal(small: Path, no_color: bool) -> None:
    import pty

    ours, theirs = pty.openpty()
    env = {"TERM": "xterm-256color", "COLUMNS": "100", **({"NO_COLOR": "1"} if no_color else {})}
    running = program(*EVALUATE, cwd=small, env=env, stdout=theirs)
    os.close(theirs)
    found = b""
    try:
        while part := os.read(ours, 65536):
            found += part
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    assert running.communicate(timeout=60)[1] == ""
    coloured = re.search(rb"\x1b\[[0-9;]*3[0-9]", found)
    assert bool(coloured) is not no_color
    assert "✓ 达成".encode() in found


@UNIX
@pytest.mark.parametrize("arguments", [["catalogue", "--schema"], EVALUATE, ["--help"]])
def test_broken_pipe_is_quiet(arguments: list[str], small: Path) -> None:
    assert into_broken_pipe(small, *arguments)[1] == ""


@UNIX
def test_broken_pipe_is_no_failure(small: Path) -> None:
    assert into_broken_pipe(small, *EVALUATE)[0] == 0


def into_broken_pipe(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and stderr of the program when nobody reads what it prints."""
    reads, writes = os.pipe()
    os.close(reads)
    running = process(*arguments, cwd=folder, stdout=writes)
    os.close(writes)
    err = running.communicate(timeout=60)[1]
    return running.returncode, err


@UNIX
@pytest.mark.parametrize("arguments", [EVALUATE, ("catalogue", "--schema"), ("plan", "--help"), ("--version",)])
def test_an_output_that_can_not_be_written_is_said(arguments: tuple[str, ...], small: Path) -> None:
    with open("/dev/full", "wb") as full:
        running = process(*arguments, cwd=small, stdout=full.fileno())
    err = running.communicate(timeout=60)[1]
    assert running.returncode == 1
    assert re.fullmatch("输出.*:磁盘已满\n", err)


@UNIX
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(closed: str, small: Path) -> None:
    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        shell = ["sh", "-c", f'exec "$0" "$@" {closed}', sys.executable, "-m", "itss_kpi", *arguments]
        where = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return subprocess.run(shell, cwd=small, env=os.environ | where, capture_output=True, text=True, check=False)

    right, wrong = ran(*EVALUATE), ran("evaluate", "-p", "2022Q5")
    assert (right.returncode, right.stderr) == (0, "")
    assert ("✓ 达成" in right.stdout) == (closed == "2>&-")
    assert (wrong.returncode, wrong.stdout) == (2, "")


@UNIX
def test_complaints_that_nobody_can_hear_leave_the_exit_code(small: Path) -> None:
    with open("/dev/full", "wb") as full:
        running = process("evaluate", "-p", "2022Q5", cwd=small, stderr=full.fileno())
    assert (running.communicate(timeout=60)[0], running.returncode) == ("", 2)


@pytest.mark.parametrize(
    "setting",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "POSIX"},
        {"PYTHONIOENCODING": "gbk"},
        {"PYTHONIOENCODING": "cp936:strict"},
        {"PYTHONUTF8": "0", "LANG": "zh_CN.GBK"},
    ],
)
def test_any_locale_will_do(setting: dict[str, str], small: Path) -> None:
    for arguments, code, said in ((EVALUATE, 0, "✓ 达成"), (("evaluate", "-p", "三季度"), 2, "看不懂的考核期“三季度”")):
        running = process(*arguments, cwd=small, env=setting)
        out, err = running.communicate(timeout=60)
        assert running.returncode == code
        assert said in (err if code else out)


# ---- what stands in the way


@pytest.mark.parametrize("name", ["项目 (甲) [1]", "100%", "%PATH% & $HOME;'", "［方］【括】", "a#b!{c}~^"])
def test_any_name_of_a_folder_will_do(name: str, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / name
    catalogue = ("-c", str(project(folder)))
    assert call(capsys, *EVALUATE, *catalogue, "--fail-on", "missing_data,problems")[::2] == (0, "")
    assert call(capsys, *EVALUATE, *catalogue, "-d", str(folder / "台账"), "--fail-on", "missing_data")[::2] == (0, "")
    written = folder / f"报告 {name}.xlsx"
    assert call(capsys, *REPORT, *catalogue, "-o", str(written)) == (0, f"写出 {written}\n", "")
    assert written.is_file()
    assert call(capsys, "template", *catalogue, "-o", str(folder / "空白"))[::2] == (0, "")


def test_a_folder_that_is_read_only_is_named(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files.os, "access", lambda *_: False)
    for arguments in ((*REPORT, "-o", "a.xlsx"), ("review", "-o", "a.docx"), ("plan", "-f", "ics", "-o", "a.ics")):
        complaint = f"写不了 {arguments[-1]}:文件夹 {small} 只读或没有权限;请换一个位置\n"
        assert unwritten(capsys, *arguments) == complaint
    assert unwritten(capsys, "batch", "-o", "报告").startswith(f"写不了 报告:文件夹 {small} 只读或没有权限")


def test_a_disk_that_is_full_anywhere_else_is_no_mistake_of_the_program(
    small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "暂存")

    monkeypatch.setattr(evaluation, "evaluate_files", full)
    assert unwritten(capsys, *EVALUATE) == "暂存 读写失败:磁盘已满\n"


def test_batch_into_a_file_is_refused_before_anything_is_worked_out(
    small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("itss_kpi.app.batch.evaluate_files", lambda *_, **__: pytest.fail("worked out"))
    (small / "报告").write_text("")
    assert "--output-dir 须是文件夹,报告 是文件" in refused(capsys, "batch", "-o", "报告")


# ---- Ctrl-C


@UNIX
def test_interrupting_is_clean(small: Path, tmp_path: Path) -> None:
    # a worker that takes its time
    started = tmp_path / "started"
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import sys\n"
        "from itss_kpi.cli import main as cli\nfrom itss_kpi.reading import reader\n"
        f"reader._COMMAND = [sys.executable, {str(tmp_path / 'worker.py')!r}]\n"
        "cli.main()\n",
        encoding="utf-8",
    )
    (tmp_path / "worker.py").write_text(
        f"import os, pathlib, time\npathlib.Path({str(started)!r} + '.new').write_text(str(os.getpid()))\n"
        f"os.rename({str(started)!r} + '.new', {str(started)!r})\ntime.sleep(60)\n",
        encoding="utf-8",
    )
    running = process(*EVALUATE, "--no-cache", script=slow, cwd=small)  # what others read is not at hand
    _wait(started.exists)
    time.sleep(1.5)  # imports are done, the answers are waited for
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, "")
    assert err.removesuffix("已中断\n") == ""
    worker = int(started.read_text())
    _wait(lambda: not _alive(worker))


@UNIX
@pytest.mark.parametrize("after", [0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.4])
def test_interrupting_at_any_moment_is_quiet(after: float, small: Path, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("interrupted")
    script, begun = folder / "run.py", folder / "begun"
    script.write_text(
        "import pathlib\nfrom itss_kpi.__main__ import main\n"
        f"pathlib.Path({str(begun)!r}).touch()\nmain()\n",
        encoding="utf-8",
    )  # fmt: skip
    before = sorted(small.rglob("*"))
    running = process(*REPORT, "--no-cache", script=script, cwd=small)
    _wait(begun.exists)
    time.sleep(0.005 + after)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    if running.returncode == 0:  # it was quicker
        assert (out.startswith("写出"), err) == (True, "")
    else:
        assert (running.returncode, out) == (130, "")
        assert err in ("", "已中断\n")
        # what it had written by then is whole
        assert all(zipfile.is_zipfile(path) for path in small.rglob("*") if path not in before)


def test_an_interrupt_that_is_dropped_in_a_callback_comes_again() -> None:
    class Dropped:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    def drop_one() -> None:
        Dropped()
        time.sleep(5)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "unraisablehook", interrupts._unraisable)
        with pytest.raises(KeyboardInterrupt):
            drop_one()


@pytest.mark.parametrize("how", ["from", "after", "in words"])
def test_an_interrupt_of_which_an_extension_makes_another_error_is_one(
    how: str, small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def imported(*_: object, **__: object) -> None:
        if how == "in words":
            raise ValueError("SchemaError: KeyboardInterrupt: ")
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise ImportError("numpy") from (error if how == "from" else None)

    monkeypatch.setattr(evaluation, "evaluate_files", imported)
    assert call(capsys, *EVALUATE) == (130, "", "已中断\n")


def _wait(true: Any) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def _alive(worker: int) -> bool:
    try:
        os.kill(worker, 0)
    except ProcessLookupError:
        return False
    return True


def test_interrupting_says_so(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "evaluate_files", interrupted)
    assert call(capsys, *EVALUATE) == (130, "", "已中断\n")
