"""Encrypted workbooks: named as such, read with a password from the environment or a prompt, and kept nowhere."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.processes import process

from itss_kpi.cli import main as cli
from itss_kpi.reading.worker import cache as grid_cache

ooxml = pytest.importorskip("msoffcrypto.format.ooxml", reason="the extra `encrypted` is not installed")

CATALOGUE = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 测试公司, year: 2022, departments: [甲部]}
data: 台账
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {type: text, required: true}, 日期: {type: date, required: true}}
indicators:
  - id: tickets
    number: 1
    domain: 过程管理
    name: 工单数量
    formula: 工单数
    target: '<= 9次'
    period: quarter
    value: {measure: count, source: tickets}
"""
PASSWORD = "开门 sesame"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one export is encrypted."""
    folder = tmp_path / "台账" / "甲部"
    folder.mkdir(parents=True)
    (tmp_path / cli.CATALOGUE).write_text(CATALOGUE, encoding="utf-8")
    book = openpyxl.Workbook()
    for row in (["编号", "日期"], ["A1", "2022-07-05"], ["A2", "2022-08-05"]):
        book.worksheets[0].append(row)
    plain = io.BytesIO()
    book.save(plain)
    plain.seek(0)
    with (folder / "工单_2022Q3.xlsx").open("wb") as out:
        ooxml.OOXMLFile(plain).encrypt(PASSWORD, out)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ITSS_KPI_PASSWORD", raising=False)
    monkeypatch.setenv(grid_cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path


def evaluated(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert cli.run(["evaluate", "-p", "2022Q3", "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)  # type: ignore[no-any-return]


@pytest.mark.usefixtures("project")
def test_without_a_password_it_is_named_and_missing(capsys: pytest.CaptureFixture[str]) -> None:
    report = evaluated(capsys)
    assert report["assessments"][0]["verdict"] == "missing_data"
    problem = report["problems"][0]
    assert (problem["code"], problem["path"]) == ("D112", "甲部/工单_2022Q3.xlsx")


def test_a_password_in_the_environment_opens_it_and_nothing_of_it_is_kept(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ITSS_KPI_PASSWORD", PASSWORD)
    report = evaluated(capsys)
    assert (report["assessments"][0]["value"], report["problems"]) == ("2", [])
    assert list((project / "cache").rglob("*.arrow")) == []


@pytest.mark.usefixtures("project")
def test_a_wrong_password_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITSS_KPI_PASSWORD", "guess")
    problem = evaluated(capsys)["problems"][0]
    assert (problem["code"], problem["message"]) == ("D112", "工作簿已加密,所给的密码不对")


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of Unix")
@pytest.mark.parametrize(("typed", "value"), [(PASSWORD, "2"), ("", None)])
def test_somebody_at_a_terminal_is_asked(project: Path, typed: str, value: str | None) -> None:
    import pty

    ours, theirs = pty.openpty()
    running = process("evaluate", "-p", "2022Q3", "--format", "json", cwd=project, stdin=theirs, stderr=theirs)
    os.close(theirs)
    asked = b""
    while b":" not in asked and b"):" not in asked:
        asked += os.read(ours, 1024)
    assert "甲部/工单_2022Q3.xlsx 的打开密码" in asked.decode("utf-8", "replace")
    os.write(ours, f"{typed}\n".encode())
    out = running.communicate(timeout=60)[0]
    os.close(ours)
    assert json.loads(out)["assessments"][0]["value"] == value
    assert typed not in asked.decode("utf-8", "replace") or not typed


def test_an_encrypted_xls_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "台账" / "甲部" / "工单_2022Q3.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )
    assert evaluated(capsys)["problems"][0]["code"] == "D112"
