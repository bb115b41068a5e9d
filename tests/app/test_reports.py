"""`report` and `evaluate --output` as their users meet them: where the workbook goes, and what is left alone.

Convention: whatever is refused leaves the folder as it was, byte for byte.
"""

import errno
import os
import re
import signal
import stat
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.console import Capture, call, refused, unwritten
from kit.processes import process, program
from kit.projects import MISSED, project

from itss_kpi.app import whole_files
from itss_kpi.cli import main as cli
from itss_kpi.workbook.unmet import SHEET

REPORT = ("report", "-p", "2022Q3")
DEFAULT, NEW = "2022Q3运维服务指标达成情况.xlsx", "2022Q3运维服务指标达成情况_新.xlsx"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project with something unmet, and the current folder in it."""
    project(tmp_path, MISSED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def sheets(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path, read_only=True)
    book.close()
    return list(book.sheetnames)


def fill(path: Path, sheet: str = SHEET, cell: str = "", text: str = "备件不足") -> str:
    """Fill in a cell (by default the first 原因分析) and say which."""
    book = openpyxl.load_workbook(path)
    cell = cell or next(f"B{row[0].row}" for row in book[sheet].iter_rows() if row[0].value == "原因分析")
    book[sheet][cell].value = text
    book.save(path)
    return cell


# ---- where it goes


def test_the_usual_name(small: Path, capsys: Capture) -> None:
    assert call(capsys, *REPORT) == (0, f"写出 {DEFAULT}\n", "")
    assert sheets(small / DEFAULT)[:2] == ["总览", "指标达成情况"]
    assert not [path for path in small.iterdir() if path.name.startswith(".")]


def test_relative_and_absolute_paths_and_folders_that_are_not_there(small: Path, capsys: Capture) -> None:
    for path in (Path("a.xlsx"), Path("一/二/b.XLSX"), small / "三" / "a.xlsx", Path("..") / small.name / "d.xlsx"):
        assert call(capsys, *REPORT, "-o", str(path)) == (0, f"写出 {path}\n", "")
        assert path.is_file()
        assert path.with_name(f"{path.stem}_证据{path.suffix}").is_file()
    for name in ("a.xlsx", "a_证据.xlsx"):
        assert (small / name).read_bytes() == (small / "三" / name).read_bytes()


def test_beside_an_evaluation(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3", "-f", "csv", "-o", "a.xlsx")
    assert (code, err) == (0, "写出 a.xlsx\n")
    assert out.startswith("\ufeff序号")
    call(capsys, *REPORT, "-o", "b/a.xlsx")
    assert (small / "a.xlsx").read_bytes() == (small / "b" / "a.xlsx").read_bytes()


@pytest.mark.parametrize(("gate", "code"), [("missed", 1), ("missing_data", 0), ("problems", 0)])
def test_fail_on(gate: str, code: int, small: Path, capsys: Capture) -> None:
    assert call(capsys, *REPORT, "--fail-on", gate, "-o", "a.xlsx") == (code, "写出 a.xlsx\n", "")
    assert sheets(small / "a.xlsx")


def test_a_wrong_gate_writes_nothing(small: Path, capsys: Capture) -> None:
    before = everything(small)
    assert "--fail-on 没有“miss”" in refused(capsys, *REPORT, "--fail-on", "miss")
    assert everything(small) == before


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_is_followed(small: Path, capsys: Capture) -> None:
    (small / "共享").mkdir()
    (small / "a.xlsx").symlink_to(Path("共享") / "b.xlsx")
    for _ in range(2):
        assert call(capsys, *REPORT, "-o", "a.xlsx")[0] == 0
    assert (small / "a.xlsx").is_symlink()
    assert sheets(small / "共享" / "b.xlsx")


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
def test_permissions_stay(small: Path, capsys: Capture) -> None:
    call(capsys, *REPORT, "-o", "a.xlsx")
    (small / "a.xlsx").chmod(0o640)
    assert call(capsys, *REPORT, "-o", "a.xlsx")[0] == 0
    assert stat.S_IMODE((small / "a.xlsx").stat().st_mode) == 0o640


# ---- what is refused


@pytest.mark.parametrize("command", [("report",), ("evaluate",), ("report", "--blank")])
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("a", "工作簿的文件名须以 .xlsx 结尾:a"),
        ("a.xls", "工作簿的文件名须以 .xlsx 结尾:a.xls"),
        ("folder.xlsx", "这是一个文件夹,不能写成工作簿:folder.xlsx"),
        (".", "工作簿的文件名须以 .xlsx 结尾"),
        ("字" * 100 + ".xlsx", "名称太长"),
        ("file/a.xlsx", "上级不是文件夹"),
        ("text.xlsx", "text.xlsx 已存在,但不是本程序写出的工作簿(或已损坏、已加密),没有改动;请换一个文件名"),
        ("other.xlsx", "other.xlsx 已存在,但不是本程序写出的工作簿(或已损坏、已加密),没有改动;请换一个文件名"),
        ("cut.xlsx", "cut.xlsx 已存在,但不是本程序写出的工作簿(或已损坏、已加密),没有改动;请换一个文件名"),
        ("read-only.xlsx", "写不了 read-only.xlsx:没有权限、文件只读或正在别的程序中打开;原有的文件没有改动"),
        ("excel.xlsx", "excel.xlsx 正在 Excel 等程序中打开(~$excel.xlsx),没有改动"),
        ("wps.xlsx", "wps.xlsx 正在 Excel 等程序中打开(.~wps.xlsx),没有改动"),
        ("office.xlsx", "确实没有打开时先删除 .~lock.office.xlsx#"),
    ],
)
def test_what_is_refused(
    command: tuple[str, ...], name: str, complaint: str, ours: bytes, small: Path, capsys: Capture
) -> None:
    (small / "folder.xlsx").mkdir()
    for other, content in {
        "file": b"", "text.xlsx": b"text", "other.xlsx": (small / "台账/甲部/工单_2022.xlsx").read_bytes(),
        "cut.xlsx": ours[: len(ours) // 2], "read-only.xlsx": ours, "excel.xlsx": ours, "~$excel.xlsx": b"x",
        ".~wps.xlsx": b"x", "office.xlsx": ours, ".~lock.office.xlsx#": b"x",
    }.items():  # fmt: skip
        (small / other).write_bytes(content)
    (small / "read-only.xlsx").chmod(0o444)
    before = everything(small)
    code, _, err = call(capsys, *command, "-p", "2022Q3", "-o", name)
    # what is right but stands in the way of nobody's mistake is no wrong use
    assert (code, "用法有误" in err) in ((2, True), (1, False))
    assert (code == 1) == any(word in complaint for word in ("上级", "太长", "权限", "打开(", "没有打开"))
    assert complaint in err
    assert everything(small) == before
    (small / "read-only.xlsx").chmod(0o644)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A report that the program wrote."""
    folder = tmp_path_factory.mktemp("ours")
    catalogue = project(folder, MISSED)
    assert cli.run([*REPORT, "-c", str(catalogue), "-o", str(folder / "a.xlsx")]) == 0
    return (folder / "a.xlsx").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
def test_a_pipe_is_not_waited_for(small: Path, capsys: Capture) -> None:
    os.mkfifo(small / "a.xlsx")
    assert "这不是普通文件,不能写成工作簿:a.xlsx" in refused(capsys, *REPORT, "-o", "a.xlsx")


def test_the_usual_name_is_a_folder(small: Path, capsys: Capture) -> None:
    (small / DEFAULT).mkdir()
    assert "这是一个文件夹" in refused(capsys, *REPORT)


def test_nothing_of_the_moment_is_in_a_workbook(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    call(capsys, *REPORT, "-o", "a.xlsx")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    for epoch in ("1667260800", "abc"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        assert call(capsys, *REPORT, "-o", "b/a.xlsx")[0] == 0
        for name in ("a.xlsx", "a_证据.xlsx"):
            assert (small / name).read_bytes() == (small / "b" / name).read_bytes()
    texts = [cell.value for row in openpyxl.load_workbook(small / "a.xlsx")["总览"].iter_rows() for cell in row]
    assert not {"生成时间", "关账时间"} & set(texts)


# ---- what was filled in


def test_what_was_filled_in_is_kept(small: Path, capsys: Capture) -> None:
    call(capsys, *REPORT)
    cell = fill(small / DEFAULT)
    for _ in range(2):
        assert call(capsys, *REPORT)[0] == 0
        assert openpyxl.load_workbook(small / DEFAULT)[SHEET][cell].value == "备件不足"
    # in a report of another period it is listed apart
    assert call(capsys, "report", "-p", "2022-07", "-o", DEFAULT)[0] == 0
    texts = [cell.value for row in openpyxl.load_workbook(small / DEFAULT)[SHEET].iter_rows() for cell in row]
    assert "备件不足" in texts
    assert "1  2022-08:以前填写的分析,本次不在未达成与待核实之列" in texts


def test_what_could_not_be_kept_is_not_written_over(small: Path, capsys: Capture) -> None:
    call(capsys, *REPORT)
    cell = fill(small / DEFAULT)
    book = openpyxl.load_workbook(small / DEFAULT)
    book[SHEET].delete_cols(10)
    book.save(small / DEFAULT)
    before = everything(small)
    for _ in range(2):
        code, out, err = call(capsys, *REPORT)
        assert (code, out) == (1, f"写出 {NEW}\n")
        assert f"{DEFAULT} 没有覆盖:其中有带不进新工作簿的内容('{SHEET}'!{cell};" in err
        assert err.endswith(f"新的写在 {NEW}\n")
    after = everything(small)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {NEW, NEW.replace(".xlsx", "_证据.xlsx")}


def test_a_form_filled_in_by_hand_is_not_written_over(small: Path, capsys: Capture) -> None:
    blank = [*REPORT, "--blank"]
    assert call(capsys, *blank)[0] == 0
    # with nothing in it, it may be
    assert call(capsys, *blank)[0] == call(capsys, *REPORT)[0] == call(capsys, *blank)[0] == 0
    yellow = [
        cell.coordinate
        for row in openpyxl.load_workbook(small / DEFAULT)["指标达成情况"].iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == "00FFF9E5"
    ]
    for cell in yellow[:4]:
        fill(small / DEFAULT, "指标达成情况", cell, "98%")
    before = everything(small)
    for command in (REPORT, blank):
        code, out, err = call(capsys, *command)
        assert (code, out) == (1, f"写出 {NEW}\n")
        assert f"'指标达成情况'!{yellow[0]};" in err
        assert " 等 5 处" in err  # the cells, and that the sheet has changed
    after = everything(small)
    assert {name: after[name] for name in before} == before


def test_a_form_is_not_written_over_analyses(small: Path, capsys: Capture) -> None:
    call(capsys, *REPORT)
    fill(small / DEFAULT)
    before = everything(small)
    assert "其中填写的分析不能留在空白表中,没有改动" in refused(capsys, *REPORT, "--blank")
    assert everything(small) == before


def test_what_is_filled_in_meanwhile_is_not_written_over(
    small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itss_kpi.workbook import workbook

    call(capsys, *REPORT)
    real = workbook.compliance_workbook

    def slow(contents: Any) -> bytes:
        fill(small / DEFAULT)
        return real(contents)

    monkeypatch.setattr(workbook, "compliance_workbook", slow)
    assert f"{DEFAULT} 在计算期间被改动或新建,没有覆盖;请重试" in refused(capsys, *REPORT)
    monkeypatch.undo()
    monkeypatch.chdir(small)
    assert call(capsys, *REPORT)[0] == 0
    assert "备件不足" in [
        cell.value for row in openpyxl.load_workbook(small / DEFAULT)[SHEET].iter_rows() for cell in row
    ]


# ---- what fails


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "磁盘已满"),
        (errno.EDQUOT, "超出磁盘配额"),
        (errno.EROFS, "磁盘只读"),
        (errno.EIO, "磁盘读写出错"),
        (errno.EPERM, "没有权限"),
        (errno.ENOMEM, os.strerror(errno.ENOMEM)),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_a_write_that_fails(
    there: bool, number: int, reason: str, ours: bytes, small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there:
        (small / DEFAULT).write_bytes(ours)
    before = everything(small)

    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(whole_files.os, "fsync", full)
    assert f"写不了 {DEFAULT}:{reason};原有的文件没有改动" in unwritten(capsys, *REPORT)
    assert everything(small) == before


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupt_while_writing(
    step: str, ours: bytes, small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small / DEFAULT).write_bytes(ours)
    before = everything(small)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(whole_files.os, step, interrupted)
    assert call(capsys, *REPORT) == (130, "", "已中断\n")
    assert everything(small) == before


_HELD_UP = """
import os, sys, time
from itss_kpi.cli import main as cli
real = os.replace
def slow(*arguments):
    print("here", flush=True)
    time.sleep(60)
os.replace = slow
sys.argv = ["itss-kpi", "report", "-p", "2022Q3", "--no-cache"]
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_ended_while_writing(how: signal.Signals, code: int, ours: bytes, small: Path, capsys: Capture) -> None:
    (small / DEFAULT).write_bytes(ours)
    held_up = small.parent / "held_up.py"
    held_up.write_text(_HELD_UP, encoding="utf-8")
    before = everything(small)
    child = program(script=held_up, cwd=small)
    assert child.stdout
    assert child.stdout.readline() == "here\n"
    os.kill(child.pid, how)
    assert child.communicate(timeout=30)[1] == ("已中断\n" if how == signal.SIGINT else "")
    assert child.returncode == code
    after = everything(small)
    left = {name: after.pop(name) for name in set(after) - set(before)}
    assert after == before
    assert all(name.startswith(".itss-kpi-") for name in left)
    assert bool(left) == (how == signal.SIGKILL)
    # what a killed run left is no export, and nothing is said of it
    assert call(capsys, *REPORT) == (0, f"写出 {DEFAULT}\n", "")


_FULL = """
import resource, sys
most = int(sys.argv[1])
from itss_kpi.app import reports as reporting
from itss_kpi.cli import main as cli
real = reporting.write_workbook
def limited(*arguments, **named):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # from here on files can't grow: what reads has its own
    return real(*arguments, **named)
reporting.write_workbook = limited
sys.argv = ["itss-kpi", *sys.argv[2:]]
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of Unix")
@pytest.mark.parametrize("most", [0, 1, 4096, 20_000])
@pytest.mark.parametrize("command", ["report", "evaluate"])
def test_a_disk_that_takes_no_more(command: str, most: int, ours: bytes, small: Path) -> None:
    assert len(ours) > 20_000
    (small / "a.xlsx").write_bytes(ours)
    full = small.parent / "full.py"
    full.write_text(_FULL, encoding="utf-8")
    before = everything(small)
    running = program(str(most), command, "-p", "2022Q3", "--no-cache", "-o", "a.xlsx", script=full, cwd=small)
    out, err = running.communicate(timeout=120)
    assert err == "写不了 a.xlsx:超出文件大小的限制;原有的文件没有改动\n"
    assert running.returncode == 1
    assert ("工单成功率" in out) == (command == "evaluate")
    assert everything(small) == before


def test_nothing_is_written_to_the_folder_for_temporary_files(small: Path, tmp_path_factory: Any) -> None:
    # the rows of an export are nobody's business there, and a full one is no reason to fail
    folder = tmp_path_factory.mktemp("temporary")
    with process(*REPORT, "--no-cache", cwd=small, env={"TMPDIR": str(folder)}) as child:
        assert child.communicate(timeout=120) == (f"写出 {DEFAULT}\n", "")
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_hostile_texts_are_written_as_texts(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    texts = ['=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "@SUM(1)", "_x0007_", "a\nb", "http://x.invalid", "\u202e"]
    rows = [
        [f"=T{at}", row[1], row[2], texts[at % len(texts)], text]
        for (at, row), text in zip(enumerate(MISSED * 2), texts * 2, strict=False)
    ]
    project(tmp_path, rows)
    assert call(capsys, *REPORT, "-o", "a.xlsx")[0] == 0
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert not [name for name in archive.namelist() if "external" in name.lower()]
        for name in archive.namelist():
            content = archive.read(name)
            assert set(re.findall(rb'Target="([^"]*)" TargetMode="External"', content)) <= {"a_证据.xlsx".encode()}
            for start in (b"<f>HYPERLINK", b"<f>cmd", b"<f>@SUM", b"<f>T"):
                assert start not in content, name


def test_a_catalogue_without_any_indicator_yet(small: Path, capsys: Capture) -> None:
    text = Path("kpi_definitions.yaml").read_text(encoding="utf-8")
    head = text[: text.index("\nindicators:")]
    Path("kpi_definitions.yaml").write_text(f"{head}\nindicators: []\n", encoding="utf-8")
    call(capsys, "report", "-o", "空.xlsx")
    front = openpyxl.load_workbook("空.xlsx")["总览"]
    (total,) = [row for row in front.iter_rows(values_only=True) if row[0] == "合计"]
    assert total[1:3] == (0, 0)
