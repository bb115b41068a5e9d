"""Closing periods and finding drift: chains that show tampering, writes that are whole or not at all, and what changed."""

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kit.console import Capture, call, quietly, refused
from kit.processes import program
from kit.sample import ROOT

from itss_kpi.analysis.kept_tables import unpacked
from itss_kpi.app import closing
from itss_kpi.archive import store as archive
from itss_kpi.archive.store import check, closings, latest, locked

CATALOGUE = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 示例公司, year: 2022, departments: [运维部]}
data: data
sources:
  tickets:
    name: 工单
    departments: [运维部]
    files: 工单_*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text, required: true}
      时间: {type: datetime, required: true}
      状态: {type: choice, values: {好: [], 坏: []}, required: true}
      费用: {type: decimal}
      人: {type: text, sensitive: true}
indicators:
  - {id: good, number: 1, domain: 过程管理, name: 合格率, formula: 好/全部, target: '>= 50%', period: month,
     numerator: {within: denominator, where: 状态 == '好'}, denominator: {measure: count, source: tickets}}
"""
HEAD = ["编号", "时间", "状态", "费用", "人"]
ROWS = [
    ["001", "2022-07-01 09:00:00", "好", "1.50", "张"],
    ["002", "2022-07-02 09:00:00", "坏", "2", "李"],
    ["003", "2022-08-01 09:00:00", "好", "", "张"],
    ["004", "2022-09-01 09:00:00", "好", "3", "王"],
]


def write_rows(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    path = folder / "data" / "运维部" / "工单_2022.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])


def settle(folder: Path) -> None:
    (folder / "kpi_definitions.yaml").write_text(CATALOGUE, encoding="utf-8")
    write_rows(folder, ROWS)


@pytest.fixture
def project(here: Path) -> Path:
    settle(here)
    return here


@pytest.fixture
def store(project: Path) -> Path:
    return project / "data" / "archive"


@pytest.fixture(scope="module")
def closed_months(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Archives of the project: of July, of July and August, of the quarter's three months."""
    folder = tmp_path_factory.mktemp("closed")
    settle(folder)
    found = []
    for period in ("2022-07", "2022-08", "2022-09"):
        assert quietly("close", "-p", period, "-c", str(folder / "kpi_definitions.yaml")) == 0
        found.append(Path(shutil.copytree(folder / "data" / "archive", folder / period)))
    return found


def closed(capsys: Capture, *arguments: str) -> str:
    code, out, err = call(capsys, "close", *arguments)
    assert (code, err) == (0, ""), err
    return out


def drifted(capsys: Capture, *arguments: str) -> list[dict[str, Any]]:
    code, out, err = call(capsys, "verify", "--format", "json", *arguments)
    found = json.loads(out)
    assert err == ""
    assert code == int(bool(found["archive"]) or any(not one["same"] for one in found["periods"]))
    periods: list[dict[str, Any]] = found["periods"]
    return periods


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in the archive but what has a dot."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".")}


# ---- closing


def test_a_closing_holds_what_was_reported_and_is_bound_to_the_one_before(
    project: Path, store: Path, capsys: Capture
) -> None:
    shown = closed(capsys, "-p", "2022-07", "--by", "质量组", "--note", "七月")
    assert shown == f"已关账 {store / '2022-07'}\n校验值 {closings(store)[-1].seal()}\n"
    closed(capsys, "-p", "2022-08")
    first, second = closings(store)
    assert [one.folder.name for one in (first, second)] == ["2022-07", "2022-08"]
    assert sorted(contents(first.folder)) == [
        "2022-07运维服务指标达成情况.xlsx", "2022-07运维服务指标达成情况_证据.xlsx", "kpi_definitions.yaml", "manifest.json",
        "manifest.sha256", "report.json", "rows/tickets.parquet", "tables/tickets.parquet",
    ]  # fmt: skip
    manifest = first.manifest
    assert (manifest["by"], manifest["note"], manifest["sequence"], manifest["previous"]) == ("质量组", "七月", 1, None)
    assert manifest["catalogue"]["sha256"] == hashlib.sha256(CATALOGUE.encode()).hexdigest()
    export = project / "data" / "运维部" / "工单_2022.csv"
    assert manifest["inputs"] == [
        {
            "path": "运维部/工单_2022.csv",
            "size": export.stat().st_size,
            "sha256": hashlib.sha256(export.read_bytes()).hexdigest(),
        }
    ]
    for name, facts in manifest["files"].items():
        content = (first.folder / name).read_bytes()
        assert facts == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    seal = hashlib.sha256((first.folder / "manifest.json").read_bytes()).hexdigest()
    assert (first.folder / "manifest.sha256").read_text() == f"{seal}  manifest.json\n"
    assert second.manifest["previous"] == {"folder": "2022-07", "sha256": seal}
    report = json.loads((first.folder / "report.json").read_bytes())
    assert [one["value"] for one in report["assessments"]] == ["1/2"]
    assert drifted(capsys) == [
        {**one, "same": True, "results": [], "rows": [], "inputs": []} for one in drifted(capsys)
    ]


def test_sensitive_texts_are_kept_as_hashes(project: Path, store: Path, capsys: Capture) -> None:
    closed(capsys, "-p", "2022-07")
    for name, content in contents(store).items():
        assert "张".encode() not in content, name


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("../归档", "归档"),
        ("archive", "data/archive"),
        ("运维部", "data/运维部"),
        ("运维部/工单_2022", "data/运维部/工单_2022"),
    ],
)
def test_the_archive_is_no_export_wherever_it_stands(project: Path, capsys: Capture, written: str, place: str) -> None:
    text = CATALOGUE.replace("data: data\n", f"data: data\narchive: {written}\n")
    (project / "kpi_definitions.yaml").write_text(text, encoding="utf-8")
    if place == "data/运维部":  # then nothing in it is
        assert "还有台账没有交" in call(capsys, "close", "-p", "2022-07")[2]
        return
    closed(capsys, "-p", "2022-07")
    assert (project / place / "2022-07" / "manifest.json").is_file()
    (project / place / "2022-07" / "工单_2022.csv").write_text("x", encoding="utf-8")
    assert call(capsys, "check") == (0, "没有发现问题\n", "")


def test_what_is_unsettled_is_not_closed_unless_told_so(project: Path, store: Path, capsys: Capture) -> None:
    write_rows(project, [*ROWS, ["005", "2022-07-09 09:00:00", "?", "", ""]])
    (project / "data" / "运维部" / "工单_2022.csv").rename(project / "data" / "运维部" / "工单_2022Q3.csv")
    code, out, err = call(capsys, "close", "-p", "2022")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "还有台账没有交:运维部工单;仍要关账请加 --accept missing_data",
        "还有 1 处错误级的数据问题没有处理;仍要关账请加 --accept problems",
    ]
    assert not store.exists()
    assert "仍要关账请加 --accept problems" in call(capsys, "close", "-p", "2022", "--accept", "missing_data")[2]
    closed(capsys, "-p", "2022", "--accept", "missing_data,problems")
    (one,) = closings(store)
    assert sorted(one.manifest["accepted"]) == ["missing_data", "problems"]
    code, _, err = call(capsys, "close", "-p", "2022", "--accept", "all")
    assert code == 2
    assert "--accept 没有“all”;可用 missing_data、problems" in err


def test_a_closed_period_is_only_superseded_and_both_are_kept(project: Path, store: Path, capsys: Capture) -> None:
    closed(capsys, "-p", "2022-07")
    before = contents(store)
    code, _, err = call(capsys, "close", "-p", "2022-07")
    assert code == 1
    assert "请加 --supersede --reason" in err
    for arguments in (["--supersede"], ["--reason", "更正"]):
        assert call(capsys, "close", "-p", "2022-07", *arguments)[0] == 2
    write_rows(project, ROWS[1:])
    closed(capsys, "-p", "2022-07", "--supersede", "--reason", "更正")
    assert before.items() <= contents(store).items()
    now = latest(store)["2022-07"]
    assert (now.folder.name, now.manifest["supersedes"], now.manifest["reason"]) == ("2022-07-2", "2022-07", "更正")
    assert [one["folder"] for one in drifted(capsys)] == ["2022-07-2"]
    assert check(store) == []


def test_a_period_that_has_not_ended_is_not_closed(project: Path, capsys: Capture) -> None:
    code, _, err = call(capsys, "close", "-p", "2022", "--as-of", "2022-10-01")
    assert (code, err) == (1, "2022 还没有结束,不能关账\n")


# ---- tampering


@pytest.fixture
def three(closed_months: Sequence[Path], store: Path) -> Path:
    return Path(shutil.copytree(closed_months[2], store))


def test_a_changed_byte_anywhere_is_found(three: Path) -> None:
    for name, content in contents(three).items():
        path = three / name
        for at in {0, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            assert check(three), (name, at)
            path.write_bytes(content[:at] + content[at + 1 :])
            assert check(three), (name, at)
        path.write_bytes(content)
    assert check(three) == []


@pytest.mark.parametrize(
    ("tamper", "codes"),
    [
        (lambda store: _remove(store / "2022-08"), ["A103"]),
        (lambda store: _remove(store / "2022-07"), ["A103", "A103"]),
        (lambda store: (store / "2022-08" / "report.json").unlink(), ["A102"]),
        (lambda store: (store / "2022-08" / "rows" / "x").write_text("x"), ["A102"]),
        (lambda store: (store / "2022-08").rename(store / "2022-10"), ["A101", "A103"]),
        (lambda store: (store / "2022-08" / "manifest.json").unlink(), ["A101", "A103"]),
        (lambda store: (store / "2022-08" / "manifest.sha256").unlink(), ["A101"]),
        (lambda store: (store / "2022-10").mkdir(), ["A101"]),
        (lambda store: (store / "2022-08" / "manifest.json").write_text("[]"), ["A101", "A103"]),
    ],
)
def test_what_is_missing_added_or_moved_is_found(
    three: Path, tamper: Callable[[Path], object], codes: list[str], capsys: Capture
) -> None:
    tamper(three)
    assert sorted(problem.code for problem in check(three)) == codes
    code, out, _ = call(capsys, "verify")
    assert code == 1
    assert codes[0] in out
    # nothing is written on top of it
    code, _, err = call(capsys, "close", "-p", "2022Q3")
    assert code == 1
    assert "归档与写出时不同,不能续写" in err


def test_a_forged_manifest_breaks_the_chain(three: Path) -> None:
    reseal(three / "2022-08", '"by": ""', '"by": "某人"')
    assert [problem.code for problem in check(three)] == ["A103"]


def reseal(folder: Path, old: str, new: str) -> None:
    """Change a manifest as one does who knows how it is sealed."""
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new)
    (folder / "manifest.json").write_text(changed, encoding="utf-8")
    sealed = f"{hashlib.sha256(changed.encode()).hexdigest()}  manifest.json\n"
    (folder / "manifest.sha256").write_bytes(sealed.encode())


def resealed(folder: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a file of a closing, and its hash in the manifest."""
    before = (folder / name).read_bytes()
    after = change(before)
    assert after != before
    (folder / name).write_bytes(after)
    reseal(folder, hashlib.sha256(before).hexdigest(), hashlib.sha256(after).hexdigest())


def typed(cell: str, value: object) -> Callable[[bytes], bytes]:
    """A workbook's cell typed over."""

    def change(content: bytes) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(content))
        book["指标达成情况"][cell] = value
        saved = io.BytesIO()
        book.save(saved)
        return saved.getvalue()

    return change


def turned(column: str, value: object) -> Callable[[bytes], bytes]:
    """A kept table with a column all of one value."""

    def change(content: bytes) -> bytes:
        rows = pq.read_table(io.BytesIO(content))
        at = rows.column_names.index(column)
        same = pa.array([value] * rows.num_rows, rows.schema.field(at).type)
        written = io.BytesIO()
        pq.write_table(rows.set_column(at, column, same).replace_schema_metadata(rows.schema.metadata), written)
        return written.getvalue()

    return change


def swapped(old: str, new: str) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old.encode(), new.encode())


WORKBOOK = "2022-09运维服务指标达成情况.xlsx"
KNOWN = {
    "a verdict of the report": ("report.json", swapped('"verdict": "attained"', '"verdict": "missed"'), "A106"),
    "a value of the report": ("report.json", swapped('"value": "', '"value": "1'), "A106"),
    "a numerator of the report": ("report.json", swapped('"numerator": "', '"numerator": "1'), "A106"),
    "the target of the catalogue": ("kpi_definitions.yaml", swapped(">= 50%", ">= 99%"), "A106"),
    "the condition of the catalogue": ("kpi_definitions.yaml", swapped("状态 == '好'", "状态 != '好'"), "A106"),
    "a catalogue that is none": ("kpi_definitions.yaml", lambda content: content + b"\n]", "A106"),
    "the rows": ("tables/tickets.parquet", turned("状态", "坏"), "A106"),
    "rows that are none": ("tables/tickets.parquet", lambda content: content[:-9], "A106"),
    "a workbook that is none": (WORKBOOK, lambda content: content[:-99], "A106"),
    "the workbook's verdict": (WORKBOOK, typed("L4", "✗ 未达成"), "A107"),
    "the workbook's value": (WORKBOOK, typed("K4", 0.5), "A107"),
    "the workbook's numerator": (WORKBOOK, typed("I4", 99), "A107"),
    "the workbook's period": (WORKBOOK, typed("H4", "2022-08"), "A107"),
}
"""What is changed in a closing's file, by one who sets the hashes right; and as what it is named."""


@pytest.mark.parametrize("kind", KNOWN)
def test_a_change_that_is_sealed_again_contradicts_the_rest(three: Path, kind: str, capsys: Capture) -> None:
    seal = closings(three)[-1].seal()
    name, change, code_of = KNOWN[kind]
    resealed(three / "2022-09", name, change)
    assert check(three) == []  # every hash agrees
    code, out, _ = call(capsys, "verify", "-f", "json")
    assert code == 1
    assert code_of in {one["code"] for one in json.loads(out)["archive"]}
    code, out, _ = call(capsys, "verify", "--expect", seal)
    assert code == 1
    assert "A105" in out


def test_what_was_closed_follows_from_its_own_rows(three: Path, capsys: Capture) -> None:
    assert [one.manifest["files"].keys() & {"tables/tickets.parquet"} for one in closings(three)] == [
        {"tables/tickets.parquet"}
    ] * 3
    assert call(capsys, "verify")[0] == 0
    kept = unpacked(closings(three)[0].read("tables/tickets.parquet"))
    assert all(text.startswith("#") for text in kept.pandas["人"])


def test_an_archive_without_tables_is_verified_as_before(three: Path, capsys: Capture) -> None:
    folder = three / "2022-09"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["tables/tickets.parquet"], manifest["code"]
    (folder / "tables" / "tickets.parquet").unlink()
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    reseal(folder, "2022-09", "2022-09")
    assert call(capsys, "verify")[0] == 0


@pytest.mark.parametrize("day", ["2021-01-01", "2022-09-29"])
def test_a_closing_that_cannot_have_been_made_then_is_named(three: Path, day: str, capsys: Capture) -> None:
    reseal(three / "2022-09", f'"closed": "{date.today()}', f'"closed": "{day}')
    assert [problem.code for problem in check(three)] == ["A104"]
    assert [problem["code"] for problem in json.loads(call(capsys, "verify", "-f", "json")[1])["archive"]] == ["A104"]
    assert "已关账" in closed(capsys, "-p", "2022Q3")  # nothing is lost, and the year goes on


def test_a_closing_is_not_dated_by_the_environment(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1609459200")
    closed(capsys, "-p", "2022-07")
    folder = project / "data" / "archive" / "2022-07"
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["closed"].startswith(str(date.today()))
    front = openpyxl.load_workbook(next(folder.glob("*情况.xlsx")))["总览"]
    assert any(str(cell.value).startswith(str(date.today())) for row in front.iter_rows() for cell in row)


def test_an_archive_made_anew_is_not_that_of_the_receipt(project: Path, capsys: Capture) -> None:
    """Whoever knows how an archive is sealed can make one whose hashes all agree; but not the hash on paper."""
    first = closed(capsys, "-p", "2022-07", "--receipt", "凭证.docx", "--by", "质量组")
    seal = first.splitlines()[-1].removeprefix("校验值 ")
    texts = [cell.text for table in docx.Document("凭证.docx").tables for row in table.rows for cell in row.cells]
    assert {"2022-07", "质量组", "达成 1"} <= set(texts)
    assert seal in {text.replace(" ", "").replace("\n", "") for text in texts}
    assert call(capsys, "verify", "--expect", seal)[0] == 0
    assert call(capsys, "verify", "--expect", f" {seal[:8].upper()} {seal[8:16]}")[0] == 0
    reseal(project / "data" / "archive" / "2022-07", '"by": "质量组"', '"by": "别人"')
    assert call(capsys, "verify")[0] == 0
    code, out, _ = call(capsys, "verify", "--expect", seal)
    assert code == 1
    assert "A105" in out


@pytest.mark.parametrize("seal", ["", "abc", "g" * 64, "a" * 65])
def test_what_is_no_hash_is_refused(three: Path, seal: str, capsys: Capture) -> None:
    assert "校验值" in refused(capsys, "verify", "--expect", seal)


@pytest.mark.parametrize("path", ["凭证.doc", "没有/凭证.docx", "别的.docx"])
def test_nothing_is_closed_where_the_receipt_cannot_be_written(project: Path, path: str, capsys: Capture) -> None:
    (project / "别的.docx").write_bytes(b"not ours")
    refused(capsys, "close", "-p", "2022-07", "--receipt", path)
    assert closings(project / "data" / "archive") == []


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    folder.rmdir()


# ---- faults


STEPS = ["mkdtemp", "write", "fsync", "chmod", "rename"]


def _faulty(monkeypatch: pytest.MonkeyPatch, step: str, at: int, error: BaseException) -> None:
    """Make the `at`-th call of a step of writing fail (from 0)."""
    calls = iter(range(10_000))

    def failing(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            mine = step != "mkdtemp" or options.get("prefix") == archive._PENDING
            if mine and next(calls) == at:
                raise error
            return function(*arguments, **options)

        return called

    places: dict[str, tuple[Any, str]] = {
        "mkdtemp": (archive.tempfile, "mkdtemp"), "write": (archive, "_write_file"), "fsync": (archive.os, "fsync"),
        "chmod": (archive.Path, "chmod"), "rename": (archive.os, "rename"),
    }  # fmt: skip
    owner, name = places[step]
    monkeypatch.setattr(owner, name, failing(getattr(owner, name)))


def _points() -> Iterator[tuple[str, int]]:
    yield from (("mkdtemp", 0), ("chmod", 0), ("rename", 0))
    yield from ((step, at) for step in ("write", "fsync") for at in range(6))


@pytest.mark.parametrize(("step", "at"), list(_points()))
def test_a_fault_at_any_step_leaves_the_archive_as_it_was(
    project: Path,
    store: Path,
    closed_months: Sequence[Path],
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    at: int,
) -> None:
    shutil.copytree(closed_months[0], store)
    before = contents(store)
    faults = (OSError(28, "No space left on device"), 1, "磁盘已满"), (KeyboardInterrupt(), 130, "已中断")
    for error, ends, said in faults:
        with monkeypatch.context() as patch:
            _faulty(patch, step, at, error)
            code, _, err = call(capsys, "close", "-p", "2022-08")
        assert (code, said in err) == (ends, True)
        assert contents(store) == before
    closed(capsys, "-p", "2022-08")
    assert [one.folder.name for one in closings(store)] == ["2022-07", "2022-08"]
    assert check(store) == []
    assert not list(store.glob(".closing-*"))


KILLED = """
import os, sys
from itss_kpi.app import closing
from itss_kpi.archive import store as archive
from itss_kpi.cli import main as cli

step, at = sys.argv[1], int(sys.argv[2])
owner = {"_write_file": archive, "_settle": archive}.get(step, os)
function, calls = getattr(owner, step), iter(range(10_000))


def killed(*arguments, **options):
    if next(calls) == at:
        os._exit(9)
    return function(*arguments, **options)


setattr(owner, step, killed)
sys.exit(cli.run(["close", "-p", "2022-08"]))
"""


@pytest.mark.parametrize(
    ("step", "at", "done"),
    [("_write_file", 0, False), ("_write_file", 4, False), ("rename", 0, False), ("_settle", 0, True)],
)
def test_a_killed_run_leaves_it_as_before_or_complete(
    project: Path, store: Path, closed_months: Sequence[Path], capsys: Capture, step: str, at: int, done: bool
) -> None:
    shutil.copytree(closed_months[0], store)
    (project / "killed.py").write_text(KILLED, encoding="utf-8")
    killed = program(step, str(at), script=project / "killed.py", cwd=project)
    killed.communicate(timeout=60)
    assert killed.returncode == 9
    assert [one.folder.name for one in closings(store)] == (["2022-07", "2022-08"] if done else ["2022-07"])
    assert check(store) == []
    closed(capsys, "-p", "2022-09")
    assert check(store) == []
    assert not list(store.glob(".closing-*"))


def test_two_at_once_wait_for_each_other(project: Path, store: Path) -> None:
    running = [program("close", "-p", period, cwd=project) for period in ("2022-07", "2022-08", "2022-09")]
    assert [process.communicate(timeout=120)[1] for process in running] == ["", "", ""]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert [one.sequence for one in closings(store)] == [1, 2, 3]
    assert check(store) == []


IMPATIENT = """
import sys
from itss_kpi.app import closing
from itss_kpi.archive import store as archive
from itss_kpi.cli import main as cli
archive._WAIT = 0.2
sys.exit(cli.run(["close", "-p", "2022-07"]))
"""


def test_a_lock_that_is_never_given_back(
    project: Path, store: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_WAIT", 0.1)
    (project / "impatient.py").write_text(IMPATIENT, encoding="utf-8")
    with locked(store):
        running = program(script=project / "impatient.py", cwd=project)
        assert running.communicate(timeout=60) == ("", "另一个 itss-kpi 正在写归档,请稍后再试\n")
    assert running.returncode == 1
    assert closings(store) == []


# ---- drift


def test_late_data_are_found_with_their_rows(project: Path, capsys: Capture) -> None:
    closed(capsys, "-p", "2022Q3")
    changed = [
        ROWS[0],
        ["002", "2022-07-02 09:00:00", "好", "2.50", "李"],
        ROWS[2],
        ["005", "2022-09-30 23:59:59", "坏", "", "张"],
    ]
    write_rows(project, changed)
    (found,) = drifted(capsys)
    place = {"source": "tickets", "path": "运维部/工单_2022.csv", "sheet": ""}
    assert [{**one, "sheet": ""} for one in found["rows"]] == [
        {**place, "change": "changed", "key": "002", "column": "状态", "old": "坏", "new": "好", "row": 3},
        {**place, "change": "changed", "key": "002", "column": "费用", "old": "2", "new": "2.5", "row": 3},
        {**place, "change": "added", "key": "005", "column": None, "old": "", "new": "", "row": 5},
        {**place, "change": "removed", "key": "004", "column": None, "old": "", "new": "", "row": 5},
    ]
    assert [(one["period"], one["old"]["value"], one["new"]["value"], one["causes"]) for one in found["results"]] == [
        ("2022-07", "1/2", "1", ["数据"]), ("2022-09", "1", "0", ["数据"]),
    ]  # fmt: skip
    assert found["inputs"] == [{"path": "运维部/工单_2022.csv", "change": "changed"}]
    code, out, _ = call(capsys, "verify")
    assert code == 1
    assert "状态:坏 → 好" in out
    assert "  结果 1 合格率 2022-09:" in out


@pytest.mark.parametrize("width", [100, 80])
def test_golden_verify(project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(closing, "now", lambda: datetime(2022, 10, 10, 10, 0))
    monkeypatch.setenv("COLUMNS", str(width))
    closed(capsys, "-p", "2022-07")
    closed(capsys, "-p", "2022-08")
    closed(capsys, "-p", "2022-09")
    late = [
        ROWS[0],
        ["002", "2022-07-02 09:00:00", "好", "2.50", "赵"],
        *ROWS[3:],
        ["005", "2022-09-30 23:59:59", "坏", "", ""],
    ]
    write_rows(project, late)
    sealed = project / "data" / "archive" / "2022-08" / "report.json"
    sealed.write_bytes(sealed.read_bytes() + b" ")
    expected = (ROOT / "tests" / "golden" / f"verify-{width}.txt").read_text(encoding="utf-8")
    assert call(capsys, "verify") == (1, expected, "")


def test_rows_of_later_days_are_no_drift(project: Path, capsys: Capture) -> None:
    closed(capsys, "-p", "2022-07")
    write_rows(project, [*ROWS, ["006", "2022-10-01 00:00:00", "坏", "", ""]])
    (found,) = drifted(capsys)
    assert found["same"]
    assert found["inputs"] == [{"path": "运维部/工单_2022.csv", "change": "changed"}]
    assert "✓ 2022-07" in call(capsys, "verify")[1]
    # the last instant of the period is one of its own
    write_rows(project, [*ROWS, ["006", "2022-07-31 23:59:59", "坏", "", ""]])
    assert not drifted(capsys)[0]["same"]


def test_order_of_rows_and_files_is_no_drift(project: Path, capsys: Capture) -> None:
    closed(capsys, "-p", "2022Q3")
    write_rows(project, ROWS[::-1])
    assert drifted(capsys)[0]["same"]


def test_a_changed_target_is_told_apart_from_changed_data(project: Path, capsys: Capture) -> None:
    closed(capsys, "-p", "2022Q3")
    catalogue = project / "kpi_definitions.yaml"
    catalogue.write_text(CATALOGUE.replace(">= 50%", ">= 60%"), encoding="utf-8")
    (found,) = drifted(capsys)
    assert found["catalogue_changed"]
    assert not found["rows"]
    assert {(one["period"], *one["causes"]) for one in found["results"]} == {
        ("2022-07", "指标目录"), ("2022-08", "指标目录"), ("2022-09", "指标目录"),
    }  # fmt: skip
    assert found["results"][0]["old"] == {"target": ">= 50%", "verdict": "attained", "shortfall": None}
    write_rows(project, [*ROWS, ["005", "2022-08-30 10:00:00", "坏", "", ""]])
    causes = {one["period"]: one["causes"] for one in drifted(capsys)[0]["results"]}
    assert causes == {"2022-07": ["指标目录"], "2022-08": ["指标目录", "数据"], "2022-09": ["指标目录"]}


def test_another_version_of_the_program_that_counts_otherwise(
    project: Path, store: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itss_kpi.app import closing
    from itss_kpi.core.results import Verdict
    from itss_kpi.engine import evaluate as engine

    closed(capsys, "-p", "2022-07")
    monkeypatch.setattr(closing, "__version__", "99")
    monkeypatch.setattr(engine.bounds, "judge", lambda *_: Verdict.MISSED)
    (found,) = drifted(capsys)
    assert found["program_changed"]
    assert [(one["new"], one["causes"]) for one in found["results"]] == [({"verdict": "missed"}, ["程序版本"])]


def test_a_cell_that_could_be_read_and_a_file_that_is_gone(project: Path, capsys: Capture) -> None:
    closed(capsys, "-p", "2022-07")
    write_rows(project, [ROWS[0], ["002", "2022-07-02 09:00:00", "说不清", "2", "赵"], *ROWS[2:]])
    (found,) = drifted(capsys)
    columns = {one["column"]: (one["old"], one["new"]) for one in found["rows"]}
    assert columns.keys() == {"状态", "状态?", "人"}
    assert columns["状态"] == ("坏", "")
    assert columns["状态?"] == ("", "说不清")
    assert all(text.startswith("#") for text in columns["人"])
    (project / "data" / "运维部" / "工单_2022.csv").unlink()
    (found,) = drifted(capsys)
    assert found["inputs"] == [{"path": "运维部/工单_2022.csv", "change": "removed"}]
    assert found["results"][0]["new"]["verdict"] == "missing_data"
    assert [one["change"] for one in found["rows"]] == ["removed", "removed"]


def test_only_the_wanted_period_and_none_at_all(project: Path, capsys: Capture) -> None:
    assert call(capsys, "verify") == (0, "归档中还没有关账的考核期\n", "")
    closed(capsys, "-p", "2022-07")
    closed(capsys, "-p", "2022-08")
    assert [one["period"] for one in drifted(capsys, "-p", "2022年8月")] == ["2022-08"]
    code, _, err = call(capsys, "verify", "-p", "2022-09")
    assert code == 2
    assert "归档中没有 2022-09;已关账的有 2022-07、2022-08" in err


# ---- what was closed stands where the exports are gone


def dated(year: int, rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[f"{year}-{number}", moment.replace("2022", str(year)), *rest] for number, moment, *rest in rows]


def export(folder: Path, year: int, rows: Sequence[Sequence[str]]) -> Path:
    write_rows(folder, dated(year, rows))
    path = folder / "data" / "运维部" / f"工单_{year}.csv"
    (folder / "data" / "运维部" / "工单_2022.csv").replace(path)
    return path


def points(capsys: Capture, *arguments: str) -> dict[str, dict[str, Any]]:
    code, out, err = call(capsys, "trend", "1", "--format", "json", *arguments)
    assert (code, err) == (0, "")
    return {one["period"]: one for one in json.loads(out)["series"][0]["points"]}


@pytest.fixture
def gone(project: Path, capsys: Capture) -> Path:
    """2021 was closed: July 2 of 3, August 1 of 2; then its export was removed. 2022: July 1 of 2, August 1 of 1."""
    (project / "data" / "运维部" / "工单_2022.csv").unlink()
    extra = [["005", "2022-07-03 09:00:00", "好", "", ""], ["006", "2022-08-03 09:00:00", "坏", "", ""]]
    before = export(project, 2021, [*ROWS, *extra])
    closed(capsys, "-p", "2021-07")
    closed(capsys, "-p", "2021Q3")
    before.unlink()
    write_rows(project, ROWS)
    return project


def test_the_change_on_the_year_before_comes_from_the_archive(gone: Path, capsys: Capture) -> None:
    found = points(capsys, "--from", "2022-07", "--to", "2022-09")
    assert {period: (one["value"], one["on_year_before"], one["archived"]) for period, one in found.items()} == {
        "2022-07": ("1/2", "-1/6", False), "2022-08": ("1", "1/2", False), "2022-09": ("1", "0", False),
    }  # fmt: skip


def test_a_year_whose_exports_are_gone_is_shown_as_it_was_closed(gone: Path, capsys: Capture) -> None:
    found = points(capsys, "--from", "2021-06", "--to", "2021-10")
    assert {period: (one["value"], one["verdict"], one["archived"]) for period, one in found.items()} == {
        "2021-06": (None, "missing_data", False), "2021-07": ("2/3", "attained", True),
        "2021-08": ("1/2", "attained", True), "2021-09": ("1", "attained", True),
        "2021-10": (None, "missing_data", False),
    }  # fmt: skip
    assert found["2021-08"]["on_before"] == "-1/6"
    _, table, _ = call(capsys, "trend", "1", "--from", "2021-07", "--to", "2021-09")
    assert [line.split()[-1] for line in table.splitlines() if line.startswith("2021-")] == ["归档"] * 3
    assert "归档:台账已不在或不全,数值取自关账时的归档。" in table
    _, text, _ = call(capsys, "trend", "1", "--from", "2021-07", "--to", "2021-09", "--format", "csv")
    # of the months before nothing is known
    assert [row["说明"] for row in csv.DictReader(text.splitlines())] == ["归档"] * 3 + ["9 个月中的 3 个"]
    _, text, _ = call(capsys, "trend", "1", "--from", "2021-07", "--to", "2021-09", "--format", "markdown")
    assert text.count("归档 |") == 3


def test_exports_that_are_there_come_before_the_archive(gone: Path, capsys: Capture) -> None:
    export(gone, 2021, ROWS)
    write_rows(gone, ROWS)
    found = points(capsys, "--from", "2021-07", "--to", "2021-09")
    assert [(one["value"], one["archived"]) for one in found.values()] == [("1/2", False), ("1", False), ("1", False)]


def test_targets_of_the_year_before_stay_what_they_were(gone: Path, capsys: Capture) -> None:
    stricter = CATALOGUE.replace("'>= 50%'", "[{requirement: '>= 50%'}, {since: 2022-01-01, requirement: '>= 90%'}]")
    (gone / "kpi_definitions.yaml").write_text(stricter.replace("number: 1", "number: 9"), encoding="utf-8")
    code, out, _ = call(capsys, "trend", "good", "--from", "2021-07", "--to", "2022-07", "--format", "json")
    series = json.loads(out)["series"][0]
    found = {one["period"]: one for one in series["points"]}
    assert code == 0
    assert {one["number"] for one in found.values()} == {9}
    assert [(found[at]["target"], found[at]["verdict"]) for at in ("2021-07", "2022-07")] == [
        (">= 50%", "attained"), (">= 90%", "missed"),
    ]  # fmt: skip
    assert found["2022-07"]["on_year_before"] == "-1/6"


def test_what_is_superseded_or_damaged_is_not_shown(gone: Path, capsys: Capture) -> None:
    export(gone, 2021, ROWS[1:])
    write_rows(gone, ROWS)
    closed(capsys, "-p", "2021Q3", "--supersede", "--reason", "重报")
    (gone / "data" / "运维部" / "工单_2021.csv").unlink()
    assert points(capsys, "--from", "2022-07", "--to", "2022-07")["2022-07"]["on_year_before"] == "1/2"
    for name in ("2021Q3-2", "2021-07"):
        path = gone / "data" / "archive" / name / "report.json"
        path.write_bytes(path.read_bytes() + b" ")
    code, out, err = call(capsys, "trend", "1", "--from", "2022-07", "--to", "2022-07", "--format", "json")
    assert (code, json.loads(out)["series"][0]["points"][0]["on_year_before"]) == (0, None)
    assert err.count("A101") == 2


def test_the_workbook_shows_the_change_on_the_archive(gone: Path, capsys: Capture) -> None:
    assert call(capsys, "report", "--period", "2022-07", "-o", "七月.xlsx")[0] == 0
    sheet = openpyxl.load_workbook(gone / "七月.xlsx")["指标达成情况"]
    shown = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "−16.67个百分点" in shown


def test_the_sample_is_what_was_closed(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert call(capsys, "verify") == (0, "✓ 2022(2023-01-10 08:00 关账) 与归档一致\n", "")
    assert [one.period for one in closings(ROOT / "sample_data" / "archive")] == ["2022"]


# ---- archives of earlier versions


@pytest.mark.parametrize("version", ["plain", "with_code"])
def test_an_archive_of_an_earlier_version_is_verified(
    version: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`plain` names no hash of the program's code, `with_code` keeps no tables: as the program of their time wrote them."""
    shutil.copytree(ROOT / "tests" / "examples" / "archives" / version, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    assert call(capsys, "verify")[:2] == (
        0,
        "".join(
            f"✓ {one.period}({one.manifest['closed']} 关账) 与归档一致\n"
            for one in closings(tmp_path / "project" / "data" / "archive")
        ),
    )
    write_rows(tmp_path / "project", [["001", "2022-07-01 09:00:00", "坏", "1.50", "张"], *ROWS[1:]])
    changed, _ = drifted(capsys)
    assert [one["causes"] for one in changed["results"]] == [["数据"]]
    assert [(one["key"], one["column"], one["old"], one["new"]) for one in changed["rows"]] == [
        ("001", "状态", "好", "坏")
    ]
    write_rows(tmp_path / "project", ROWS)
    Path("kpi_definitions.yaml").write_text(CATALOGUE.replace(">= 50%", ">= 60%"), encoding="utf-8")
    assert drifted(capsys)[0]["results"][0]["causes"] == ["指标目录"]
