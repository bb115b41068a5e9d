"""A new project: what `init` makes, that it works as it stands, and that nothing is overwritten."""

import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from kit.console import Capture, call

from itss_kpi.app.new_project import starter_files
from itss_kpi.catalogue.load import load
from itss_kpi.cli import main as cli
from itss_kpi.core.text import is_file_name


@pytest.mark.parametrize(
    ("organization", "departments"),
    [
        ("示例公司", ["运维部", "客服部", "综合管理部"]),
        ('"a": [b] # \\ \n$year ${x} \x1b', ["only"]),
        ("null", ["no", "2022", "~a", "- b", "甲 部", "$first"]),
    ],
)
def test_the_starter_is_a_catalogue_without_a_problem(organization: str, departments: list[str]) -> None:
    files = starter_files(2023, organization, departments, "kpi_definitions.yaml")
    assert list(files) == ["kpi_definitions.yaml", "README.md"]
    catalogue, problems = load(files["kpi_definitions.yaml"], "kpi_definitions.yaml")
    assert catalogue
    assert problems == []
    plan = catalogue.plan
    assert (plan.organization, list(plan.departments), plan.year) == (organization, departments, 2023)
    handed = {name: list(source.departments) for name, source in catalogue.sources.items()}
    assert handed == {
        "incidents": departments[:2], "security_incidents": departments[:1], "training": departments[-1:],
    }  # fmt: skip
    assert catalogue.lookups
    forms = {item.id: (item.value is None, str(item.target), item.period.value) for item in catalogue.indicators}
    assert forms == {
        "incident_response_rate": (True, ">= 95%", "month"),
        "mean_resolution_time": (False, "<= 4小时", "quarter"),
        "callback_rate": (True, ">= 90%", "quarter"),
        "security_incident_count": (False, "= 0次", "year"),
        "training_completion": (True, ">= 95%", "year"),
    }
    for name in departments:
        assert f"── {name}" in files["README.md"]


def test_init_makes_a_project_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = call(
        capsys, "init", "项目", "--year", "2023", "--departments", "甲部,乙部、丙部", "--organization", "某公司"
    )
    assert (code, err) == (0, "")
    assert out.splitlines()[:-1] == [
        "写出 项目/kpi_definitions.yaml", "写出 项目/README.md", "写出 项目/台账/甲部", "写出 项目/台账/乙部", "写出 项目/台账/丙部",
    ]  # fmt: skip
    assert out.splitlines()[-1] == "下一步:按“项目/README.md”修改指标目录,然后在该文件夹中运行 itss-kpi check"
    readme = (tmp_path / "项目" / "README.md").read_text(encoding="utf-8")
    for words in (
        "# 某公司2023年运维服务指标",
        "itss-kpi check",
        "itss-kpi template --period 2023Q1 --output 空白表",
        "itss-kpi status",
        "itss-kpi evaluate --period 2023Q1",
    ):
        assert words in readme


def test_nothing_is_overwritten(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / cli.CATALOGUE).write_text("mine")
    (tmp_path / "台账" / "运维部").mkdir(parents=True)
    code, out, err = call(capsys, "init", str(tmp_path))
    assert code == 0
    assert err == f"已有,未改动 {tmp_path / cli.CATALOGUE}\n已有,未改动 {tmp_path / '台账' / '运维部'}\n"
    assert (tmp_path / cli.CATALOGUE).read_text() == "mine"
    assert out.startswith(f"写出 {tmp_path / 'README.md'}\n")
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_year_is_this_year(tmp_path: Path, capsys: Capture) -> None:
    assert call(capsys, "init", str(tmp_path))[0] == 0
    assert f"  year: {date.today().year}\n" in (tmp_path / cli.CATALOGUE).read_text(encoding="utf-8")


def test_init_then_template_then_fill_then_evaluate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "init", "x", "--year", "2022")[0] == 0
    assert call(capsys, "template", "-c", "x/kpi_definitions.yaml", "--output", "x/台账")[0] == 0
    assert call(capsys, "check", "-c", "x/kpi_definitions.yaml") == (0, "没有发现问题\n", "")
    path = tmp_path / "x/台账/运维部/事件工单_2022.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    row = [
        "0001",
        "客户",
        "标题",
        "P2",
        "2022-07-04 09:00",
        "2022-07-04 09:30",
        "2022-07-04 12:00",
        "已关闭",
        "是",
        "E1",
    ]
    sheet.append(row)
    # answered one second too late for P1
    sheet.append(
        [
            "0002",
            "客户",
            "标题",
            "P1",
            "2022-07-05 09:00",
            "2022-07-05 09:15:01",
            "2022-07-05 13:00",
            "已关闭",
            "否",
            "E1",
        ]
    )
    book.save(path)
    code, out, _ = call(capsys, "evaluate", "-c", "x/kpi_definitions.yaml", "-p", "2022Q3", "--format", "csv")
    assert code == 0
    rows = {(cells[2], cells[3]): cells for cells in (line.split(",") for line in out.splitlines())}
    assert rows["事件及时响应率", "2022-07"][4:8] == ["1", "2", "0.5", "50.00%"]
    # 3 hours and 4 hours
    assert rows["平均解决时长", "2022Q3"][7] == "3.50小时"
    assert rows["服务回访率", "2022Q3"][4:6] == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--year", "1899"], "--year 不能是“1899”;写四位年份,如 2022"),
        (["--year", "2200"], "--year 不能是“2200”;写四位年份,如 2022"),
        (["--organization", " "], "单位名称不能为空"),
        (["--departments", ",，"], "至少写一个部门"),
        (["--departments", "甲部,甲部"], "部门“甲部”写了两次"),
        (["--departments", "../甲部"], "“../甲部”不能作部门文件夹的名称"),
    ],
)
def test_wrong_use_is_refused(tmp_path: Path, capsys: Capture, arguments: list[str], said: str) -> None:
    code, out, err = call(capsys, "init", str(tmp_path / "x"), *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"用法有误:{said}")
    assert not (tmp_path / "x").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "x").write_text("")
    code, _, err = call(capsys, "init", str(tmp_path / "x"))
    assert (code, bool(re.match("写不了 .*kpi_definitions.yaml:上级不是文件夹;", err))) == (1, True)
    assert call(capsys, "init")[2].startswith("用法有误:写明新项目的文件夹")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a:b", "~$a", ".a", "a.", "a ", "con", "NUL.txt", "a\x00", "a\u202e", "a*"]
)
def test_what_is_no_file_name(name: str) -> None:
    assert not is_file_name(name)


@pytest.mark.parametrize("name", ["信息部", "事件工单_2022Q3.xlsx", "a b", "console", "~a"])
def test_what_is_a_file_name(name: str) -> None:
    assert is_file_name(name)
