"""The command line as its users meet it: what is printed where, and with which exit code.

Convention: `run` is the whole program but for its process; only what a process alone has (signals, pipes, streams) is
tested in one. Small projects keep it quick; the sample is for the golden texts and the README.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from kit.console import HOSTILE, Capture, call, refused
from kit.projects import CATALOGUE, DOUBTFUL, GOOD, MISSED, project
from kit.sample import ROOT

from itss_kpi import __version__
from itss_kpi.app import choices, evaluation
from itss_kpi.catalogue.load import load
from itss_kpi.cli import main as cli


@pytest.fixture
def small(here: Path) -> Path:
    """A clean small project."""
    project(here)
    return here


# ---- golden texts


# ---- the forms of evaluate


def test_json_is_one_object_and_nothing_else(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3", "--format", "json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert out.startswith("{\n")
    assert out.endswith("}\n")
    content = (small / cli.CATALOGUE).read_bytes()
    export = (small / "台账/甲部/工单_2022.xlsx").read_bytes()
    assert report["schema"] == "itss-kpi/report/1"
    assert report["period"] == "2022Q3"
    assert report["catalogue"].items() >= {
        "path": cli.CATALOGUE, "sha256": hashlib.sha256(content).hexdigest(), "document": "D-1", "version": "V1",
    }.items()  # fmt: skip
    assert report["summary"] == {
        "due": 3, "indicators": 1, "attained": 2, "missed": 0, "unverified": 0, "not_applicable": 1, "missing_data": 0, "undefined": 0,
        "monitored": 0,
    }  # fmt: skip
    first = next(item for item in report["assessments"] if item["period"] == "2022-07")
    assert first.items() >= {
        "indicator": "success_rate", "number": 1, "name": "工单成功率", "domain": "过程管理", "due": True,
        "window": ["2022-07-01", "2022-08-01"], "numerator": "1", "denominator": "2", "value": "1/2", "lowest": "1/2",
        "highest": "1/2", "display": "50.00%", "target": ">= 50%", "verdict": "attained", "shortfall": None,
        "doubtful_rows": 0, "sources": ["tickets"],
    }.items()  # fmt: skip
    (source,) = report["sources"]
    assert source.items() >= {
        "source": "tickets", "department": "甲部", "path": "甲部/工单_2022.xlsx", "sheet": "工单", "header_row": 1,
        "sha256": hashlib.sha256(export).hexdigest(),
        "rows": {"read": 4, "kept": 4, "blank": 0, "non_data": 0, "duplicate": 0},
    }.items()  # fmt: skip
    assert report["problems"] == []


def test_json_of_problems_and_misses(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, [*MISSED, ["T7", date(2022, 9, 1), "待补", "a", "b"]])
    monkeypatch.chdir(tmp_path)
    report = json.loads(call(capsys, "evaluate", "-p", "2022Q3", "-f", "json")[1])
    found = {item["period"]: item for item in report["assessments"]}
    assert (found["2022-08"]["verdict"], found["2022-08"]["shortfall"]) == ("missed", "1")
    assert (found["2022-09"]["verdict"], found["2022-09"]["doubtful_rows"]) == ("unverified", 1)
    (problem,) = report["problems"]
    assert problem.items() >= {
        "code": "D203", "severity": "error", "path": "甲部/工单_2022.xlsx", "sheet": "工单", "cell": "C8",
    }.items()  # fmt: skip
    assert "待补" in problem["message"]


def test_csv_is_for_excel(small: Path, capsys: Capture) -> None:
    text = CATALOGUE.replace("name: 工单数量", "name: '=HYPERLINK(1)'").replace("'<= 9次'", "'= 9次'")
    (small / cli.CATALOGUE).write_text(text, encoding="utf-8")
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3", "-f", "csv")
    assert (code, err) == (0, "")
    assert out.startswith("\ufeff序号,指标域,指标名称,考核期,分子,分母,")
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"))))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    july = next(row for row in found if row["考核期"] == "2022-07")
    assert (july["分子"], july["分母"], july["实际值"], july["显示"], july["结论"]) == (
        "1",
        "2",
        "0.5",
        "50.00%",
        "达成",
    )
    assert any(row["指标名称"] == "'=HYPERLINK(1)" for row in found)


def test_markdown_has_two_tables(small: Path, capsys: Capture) -> None:
    text = CATALOGUE.replace("name: 工单数量", "name: 工单|数量")
    (small / cli.CATALOGUE).write_text(text, encoding="utf-8")
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3", "-f", "markdown")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "# 测试公司 2022Q3 运维服务指标达成情况(截至 2022-09-30)",
        "",
        "| 序号 | 指标域 | 指标名称 | 考核期 | 分子/分母 | 实际值 | 要求 | 结论 | 差距 |",
        "|---|---|---|---|---|---|---|---|---|",
        "| 1 | 过程管理 | 工单成功率 | 2022-07 | 1/2 | 50.00% | ≥50% | ✓ 达成 |  |",
        "| 1 | 过程管理 | 工单成功率 | 2022-08 | 1/1 | 100.00% | ≥50% | ✓ 达成 |  |",
        "| 1 | 过程管理 | 工单成功率 | 2022-09 | 0/0 | — | ≥50% | - 不适用 |  |",
        "",
        "## 未到期",
        "",
        "| 序号 | 指标域 | 指标名称 | 考核期 | 分子/分母 | 实际值 | 要求 | 余量 |",
        "|---|---|---|---|---|---|---|---|",
        "| 2 | 资源管理 | 工单\\|数量 | 2022 | 4 | 4次 | ≤9次 | 还可发生 5 |",
    ]


# ---- what is chosen


@pytest.mark.parametrize("chosen", [["1"], ["success_rate"], ["工单成功率"], ["1", "success_rate"]])
def test_indicator_by_id_number_or_name(chosen: list[str], small: Path, capsys: Capture) -> None:
    options = [part for one in chosen for part in ("--indicator", one)]
    report = json.loads(call(capsys, "evaluate", "-p", "2022Q3", "-f", "json", *options)[1])
    assert [item["indicator"] for item in report["assessments"]] == ["success_rate"] * 3


def test_several_indicators_and_domains(small: Path, capsys: Capture) -> None:
    report = json.loads(call(capsys, "evaluate", "-p", "2022Q3", "-f", "json", "-i", "1", "-i", "2")[1])
    assert {item["indicator"] for item in report["assessments"]} == {"success_rate", "ticket_count"}
    report = json.loads(call(capsys, "evaluate", "-p", "2022Q3", "-f", "json", "--domain", "资源管理")[1])
    assert [item["indicator"] for item in report["assessments"]] == ["ticket_count"]


def test_a_hostile_name_is_shown_harmlessly(small: Path, capsys: Capture) -> None:
    assert "没有这个指标:\\x1b]0;pwned\\x07" in refused(capsys, "evaluate", "-p", "2022Q3", "-i", HOSTILE)


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("2022Q3", "2022Q3"), ("2022q3", "2022Q3"), ("2022-07", "2022-07"), ("2022M07", "2022-07"),
        ("202207", "2022-07"), ("2022年7月", "2022-07"), ("2022H2", "2022H2"), ("2022年下半年", "2022H2"),
        ("2022年第三季度", "2022Q3"), ("2022年三季度", "2022Q3"), ("2022", "2022"), ("2022年", "2022"),
    ],
)  # fmt: skip
def test_periods(written: str, period: str, small: Path, capsys: Capture) -> None:
    assert json.loads(call(capsys, "evaluate", "-p", written, "-f", "json")[1])["period"] == period


# ---- gates and exit codes


@pytest.mark.parametrize(
    ("rows", "month", "gate"),
    [
        (MISSED, "2022-08", "missed"),
        (DOUBTFUL, "2022-07", "unverified"),
        (DOUBTFUL, "2022-07", "problems"),
        (GOOD, "2021-07", "missing_data"),
        (GOOD, "2021-07", "missed,missing_data"),
    ],
)
def test_gates(
    rows: list[list[Any]], month: str, gate: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, rows)
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "evaluate", "-p", month)[0] == 0
    code, out, err = call(capsys, "evaluate", "-p", month, "--fail-on", gate)
    assert (code, err) == (1, "")
    assert out
    others = {"missed", "unverified", "missing_data", "undefined"} - set(gate.split(",")) - {"problems"}
    if gate != "problems":
        assert call(capsys, "evaluate", "-p", month, "--fail-on", ",".join(sorted(others)))[0] == 0


def test_gate_of_undefined_and_of_nothing(small: Path, capsys: Capture) -> None:
    every = "missed, unverified,missing_data,undefined,problems"
    assert call(capsys, "evaluate", "-p", "2022Q3", "--fail-on", every)[0] == 0
    assert call(capsys, "evaluate", "-p", "2022Q3", "--fail-on", "")[0] == 0


def test_invalid_catalogue(small: Path, capsys: Capture) -> None:
    (small / cli.CATALOGUE).write_text(CATALOGUE.replace("'>= 50%'", "'>>> 50%'"), encoding="utf-8")
    line = next(at for at, text in enumerate(CATALOGUE.splitlines(), 1) if ">= 50%" in text)
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3")
    assert (code, out) == (3, "")
    assert err.startswith(f"错误 {cli.CATALOGUE}:{line}: C105 ")
    assert "看不懂的考核要求:>>> 50%" in err
    assert call(capsys, "check")[0] == 3
    assert call(capsys, "catalogue")[0] == 3
    assert call(capsys, "explain", "1", "-p", "2022Q3")[0] == 3


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b"a: [", b"indicators: []\n", b"- 1\n", "甲".encode("gbk")])
def test_catalogue_that_is_none(content: bytes, small: Path, capsys: Capture) -> None:
    (small / cli.CATALOGUE).write_bytes(content)
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3")
    assert (code, out) == (3, "")
    assert all(line.startswith(f"错误 {cli.CATALOGUE}") for line in err.splitlines())


def test_hostile_catalogue_text_is_shown_harmlessly(small: Path, capsys: Capture) -> None:
    name = json.dumps(HOSTILE)
    (small / cli.CATALOGUE).write_text(CATALOGUE.replace("name: 工单成功率", f"name: {name}"), encoding="utf-8")
    for arguments in (["evaluate", "-p", "2022Q3"], ["catalogue"]):
        out = re.sub(r"\s", "", call(capsys, *arguments)[1])
        assert "\u202e" not in out
        assert "\\x1b" in out
    out = call(capsys, "explain", "1", "-p", "2022-07")[1]
    assert out.startswith("1 \\x1b]0;pwned\\x07\\x1b[31m[bold]红[/bold][link=http://x]\\x202e 2022-07\n")


def test_no_data_folder(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3", "--data", "没有")
    assert (code, out) == (4, "")
    assert err.startswith("错误 没有: D109 没有这个台账文件夹")
    assert "--data" in err


def test_catalogue_is_found_in_the_parents(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = small / "台账" / "甲部"
    monkeypatch.chdir(inside)
    assert call(capsys, "evaluate", "-p", "2022Q3", "--fail-on", "missing_data")[0] == 0
    (small / cli.CATALOGUE).unlink()
    assert "请用 --catalogue 指明指标目录" in refused(capsys, "evaluate", "-p", "2022Q3")


def test_catalogue_and_data_elsewhere(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "tests")
    catalogue = ["--catalogue", str(small / cli.CATALOGUE)]
    for data in ([], ["--data", str(small / "台账")]):
        assert call(capsys, "evaluate", "-p", "2022Q3", *catalogue, *data, "--fail-on", "missing_data")[0] == 0


def test_own_mistake_is_no_traceback(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("坏了\x1b[31m")

    monkeypatch.setattr(evaluation, "evaluate_files", broken)
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3")
    assert (code, out) == (70, "")
    assert "程序内部错误:RuntimeError" in err
    assert "--debug" in err
    with pytest.raises(RuntimeError):
        cli.run(["evaluate", "-p", "2022Q3", "--debug"])


# ---- check, explain, catalogue


def test_check_of_clean_data(small: Path, capsys: Capture) -> None:
    assert call(capsys, "check") == (0, "没有发现问题\n", "")


def test_check_lists_problems(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, DOUBTFUL)
    (tmp_path / "台账/甲部/别的.xlsx").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, "check", "--period", "2022Q3")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "甲部",
        "  甲部/别的.xlsx",
        "    警告 甲部/别的.xlsx: D103 不属于任何台账 — 按台账名称与考核期改名,如 事件工单_2022Q3.xlsx",
        "  甲部/工单_2022.xlsx",
        "    错误 甲部/工单_2022.xlsx!工单!C2: D203 “结果”没有取值“待补” — 改成允许的取值,或在指标目录中登记同义词",
        "共 错误 1、警告 1、提示 0",
    ]


def test_check_for_programs(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, DOUBTFUL)
    (tmp_path / "别处").mkdir()
    monkeypatch.chdir(tmp_path / "别处")
    code, out, err = call(capsys, "check", "--format", "json")
    assert (code, err) == (1, "")
    found = json.loads(out)
    assert (found["schema"], found["counts"]) == ("itss-kpi/problems/1", {"error": 1, "warning": 0, "info": 0})
    assert [(one["code"], one["department"], one["cell"]) for one in found["problems"]] == [("D203", "甲部", "C2")]
    code, out, err = call(capsys, "check", "-f", "junit")
    assert (code, err) == (1, "")
    root = ET.fromstring(out)
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    code, out, err = call(capsys, "check", "-f", "github")
    assert (code, err) == (1, "")
    assert out.startswith("::error file=../台账/甲部/工单_2022.xlsx,line=2,title=D203 取值不在允许范围内::")
    assert out.count("\n") == 1


def test_check_of_clean_data_for_programs(small: Path, capsys: Capture) -> None:
    assert json.loads(call(capsys, "check", "-f", "json")[1])["problems"] == []
    code, out, _ = call(capsys, "check", "-f", "junit")
    root = ET.fromstring(out)
    assert (code, root.get("tests"), root.get("failures")) == (0, "2", "0")
    assert [suite.get("name") for suite in root] == ["指标目录", "甲部"]
    assert call(capsys, "check", "-f", "github") == (0, "", "")


@pytest.mark.parametrize("form", ["json", "junit", "github"])
def test_check_tells_programs_of_what_stops_it_too(form: str, small: Path, capsys: Capture) -> None:
    assert call(capsys, "check", "-f", form, "--data", "没有")[0] == 4
    (small / cli.CATALOGUE).write_text(CATALOGUE.replace("'>= 50%'", "'>>> 50%'"), encoding="utf-8")
    code, out, err = call(capsys, "check", "-f", form)
    assert (code, err) == (3, "")
    assert "C105" in out
    if form == "github":
        line = next(at for at, text in enumerate(CATALOGUE.splitlines(), 1) if ">= 50%" in text)
        assert out.startswith(f"::error file={cli.CATALOGUE},line={line},title=C105 考核要求写法不被接受::")


def test_check_explains_a_code(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # needs no catalogue
    for written in ("D203", "d203"):
        code, out, err = call(capsys, "check", "--explain", written)
        assert (code, err) == (0, "")
        assert [line.split()[0] for line in out.splitlines()] == [
            "D203", "级别", "何时出现", "有何影响", "怎么办", "例",
        ]  # fmt: skip
    assert "没有这个问题代码:D23,是否应为“D231”?" in refused(capsys, "check", "--explain", "D23")
    assert "没有这个问题代码:\\x1b]0;pwned" in refused(capsys, "check", "--explain", HOSTILE)
    page = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    assert call(capsys, "check", "--explain", "all") == (0, page, "")


# ---- status


def test_status_agrees_with_what_is_in_the_folders() -> None:
    # the fourth quarter assesses the year, so every file of an indicator's ledger counts, but for the service desk's of
    # the first half, which is assessed by quarter and half-year; one department owes one ledger
    text = (ROOT / "tests" / "golden" / "status-2022Q4-80.txt").read_text(encoding="utf-8")
    rows = [re.match(r"  (\S+) +(✓ 已交|! 缺) +(\d+) ", line) for line in text[: text.index("应交 ")].splitlines()]
    handed_in = [path for path in (ROOT / "sample_data").glob("*/*.xlsx") if not path.name.startswith("~$")]
    catalogue, _ = load((ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8"), "kpi_definitions.yaml")
    assert catalogue
    claimed = {path: catalogue.claims(path.parent.name, path.name) for path in handed_in}
    files = [path for path, sources in claimed.items() if sources and sources[0] not in catalogue.records]
    assert sum(int(row[3]) for row in rows if row) == len(files) - 2
    assert [row[1] for row in rows if row and row[2] == "! 缺"] == ["事件工单"]


def test_status_in_its_forms(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "status", "-p", "2022Q3", "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["schema"], found["as_of"], found["due"]) == ("itss-kpi/status/1", "2022-09-30", None)
    assert [(one["department"], one["name"], one["state"], one["rows"]) for one in found["entries"]] == [
        ("甲部", "工单", "handed_in", 4)
    ]
    code, out, err = call(capsys, "status", "-p", "2022Q3", "-f", "csv")
    assert (code, err) == (0, "")
    assert out.startswith("\ufeff部门,台账,状态,应交月份,")
    assert out.count("\n") == 2


def test_status_asks_for_what_is_missing(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "status", "-p", "2021Q3")
    assert (code, err) == (0, "")
    # the year's indicator runs, so the year so far is wanted
    assert re.search(r"^  工单 ! 缺 +缺 2021-01~2021-09$", re.sub(r" +\n", "\n", out), re.MULTILINE)
    assert "  补交 工单_2021H1.xlsx(2021-01~2021-06)\n" in re.sub(r" +\n", "\n", out)
    for gate, left in (("missing", 1), ("late,problems", 0), ("late, missing", 1), ("", 0)):
        assert call(capsys, "status", "-p", "2021Q3", "--fail-on", gate)[0] == left


def test_status_gates_of_problems_and_of_a_broken_file(small: Path, capsys: Capture) -> None:
    (small / "台账/甲部/工单_2022.xlsx").write_bytes(b"no workbook")
    code, out, _ = call(capsys, "status", "-p", "2022Q3", "--fail-on", "problems")
    assert code == 1
    assert "改正 甲部/工单_2022.xlsx: D104" in out
    assert "补交 工单_2022H1.xlsx(2022-01~2022-06)" in out


def saved_on(path: Path, day: str) -> None:
    """The workbook as if it had last been saved on that day."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>%sT08:00:00Z" % day.encode(), parts[core])
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)


def test_status_of_a_late_file(small: Path, capsys: Capture) -> None:
    saved_on(next(small.rglob("工单_*.xlsx")), "2023-01-11")
    assert "✓ 已交" in call(capsys, "status", "-p", "2022")[1]
    (small / cli.CATALOGUE).write_text(
        CATALOGUE.replace("year: 2022,", "year: 2022, hand_in_days: 10,"), encoding="utf-8"
    )
    code, out, err = call(capsys, "status", "-p", "2022", "--fail-on", "late")
    assert (code, err) == (1, "")
    assert re.search(r"  工单 ▲ 迟交 +1 +4 +2023-01-11 保存,晚于 2023-01-10", out)
    # an evaluation doesn't depend on it, and says when the file was saved
    report = json.loads(call(capsys, "evaluate", "-p", "2022", "-f", "json")[1])
    assert [source["saved"] for source in report["sources"]] == ["2023-01-11"]


def test_status_is_as_of_the_day_after_the_hand_in_was_due(
    small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CATALOGUE.replace("year: 2022,", "year: 2022, hand_in_days: 10,")
    (small / cli.CATALOGUE).write_text(text, encoding="utf-8")

    class Today(date):
        day_of_test = date(2021, 10, 5)

        @classmethod
        def today(cls) -> date:
            return cls.day_of_test

    monkeypatch.setattr(choices, "date", Today)
    for today, as_of, state in [
        (date(2021, 10, 5), "2021-10-05", "… 未到交期"),
        (date(2021, 10, 10), "2021-10-10", "… 未到交期"),
        (date(2021, 10, 11), "2021-10-11", "! 缺"),
        (date(2024, 1, 1), "2021-10-11", "! 缺"),
    ]:
        Today.day_of_test = today
        out = call(capsys, "status", "-p", "2021Q3")[1]
        assert f"截至 {as_of};应交日 2021-10-10" in out
        assert state in out
    assert "… 未到交期" in call(capsys, "status", "-p", "2021Q3", "--as-of", "2021-09-30")[1]
    # an evaluation is as of the period's end, as before
    assert json.loads(call(capsys, "evaluate", "-p", "2021Q3", "-f", "json")[1])["as_of"] == "2021-09-30"


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        ("none", []),
        ("counted", ["T1"]),
        ("failing", ["T2"]),
        ("excluded", ["T3"]),
        ("doubtful", ["T8"]),
        ("all", ["T1", "T2", "T3", "T8"]),
    ],
)
def test_explain_rows(
    rows: str, keys: list[str], tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, [*GOOD, ["T8", date(2022, 7, 9), "待补", "停电", "张三丰"]])
    monkeypatch.chdir(tmp_path)
    code, out, err = call(capsys, "explain", "success_rate", "--period", "2022-07", "--rows", rows)
    assert (code, err) == (0, "")
    assert re.findall(r"\bT\d\b", out) == keys
    assert ("明细" in out) == bool(keys)
    assert "张三丰" not in out  # sensitive
    for fact in ("成功/全部", "≥50%", "1/2", "1/3 / 2/3", "工单", "甲部/工单_2022.xlsx!工单", "? 待核实"):
        assert fact in out, fact


def test_explain_limit_and_several_periods(small: Path, capsys: Capture) -> None:
    out = call(capsys, "explain", "1", "-p", "2022-07", "--rows", "all", "--limit", "2")[1]
    assert "明细(2 行,共 3 行)" in out
    assert re.findall(r"\bT\d\b", out) == ["T1", "T2"]
    out = call(capsys, "explain", "工单成功率", "-p", "2022Q3")[1]
    assert re.findall(r"^1 工单成功率 (\S+)", out, re.MULTILINE) == ["2022-07", "2022-08", "2022-09"]


def test_explain_missing_data(small: Path, capsys: Capture) -> None:
    code, out, _ = call(capsys, "explain", "1", "-p", "2021-07")
    assert code == 0
    assert "! 数据缺失" in out
    assert re.search(r"缺少 +甲部 工单 2021-07", out)


def test_catalogue_forms(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = call(capsys, "catalogue")
    assert (code, err) == (0, "")
    assert [int(found) for found in re.findall(r"^ *(\d+) ", out, re.MULTILINE)] == list(range(1, 26))
    loaded = json.loads(call(capsys, "catalogue", "--format", "json")[1])
    assert loaded["format"] == "itss-kpi/catalogue/1"
    assert len(loaded["indicators"]) == 24  # no. 16 is no. 1 listed again
    schema = call(capsys, "catalogue", "--schema")[1]
    assert schema == (ROOT / "docs" / "catalogue.schema.json").read_text(encoding="utf-8")


# ---- comparing


GROUPED = CATALOGUE.replace(
    "    columns:\n", "    dimensions: {部门: 提交部门, 标题: 标题, 处理人: 处理人}\n    columns:\n"
)


@pytest.fixture
def grouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project whose ledger has dimensions, with a hostile name and a blank one among the groups."""
    rows = [*MISSED, ["T7", date(2022, 9, 1), "失败", HOSTILE, "王五"], ["T8", date(2022, 9, 2), "成功", None, None]]
    written = [
        [cell.replace("\x1b", "\u202e").replace("\x07", "") if isinstance(cell, str) else cell for cell in row]
        for row in rows
    ]
    path = project(tmp_path, written)
    path.write_text(GROUPED, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_trend_in_every_form(grouped: Path, capsys: Capture) -> None:
    asked = ("trend", "1", "工单数量", "--from", "2022年7月", "--to", "2022Q3", "--next", "5")
    code, out, err = call(capsys, *asked)
    assert (code, err) == (0, "")
    assert "1 工单成功率  要求 ≥50%  月度" in out
    assert re.search(r"2022-08 +1/3 +33\.33% ✗ 未达成 +−16\.67个百分点 +— 差 1", out)
    # 8 tickets in September's year: at most 9
    assert "2022 推算:至多再发生 1 次" in out
    report = json.loads(call(capsys, *asked, "-f", "json")[1])
    assert (report["schema"], report["from"], report["to"], report["next"]) == (
        "itss-kpi/trend/1",
        "2022-07",
        "2022Q3",
        5,
    )
    assert report["as_of"] == "2022-09-30"
    assert [one["indicator"] for one in report["series"]] == ["success_rate", "ticket_count"]
    assert [point["value"] for point in report["series"][0]["points"]] == ["1/2", "1/3", "1/2"]
    assert report["series"][0]["points"][1]["on_before"] == "-1/6"
    assert report["series"][1]["points"][0]["outlook"] == {"next": 5, "least": 0, "most": 1}
    assert report["series"][0]["to_date"]["value"] == "3/7"
    out = call(capsys, *asked, "-f", "csv")[1]
    assert out.startswith("\ufeff类别,序号,")
    assert len(list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"))))) == 5
    assert call(capsys, *asked, "-f", "markdown")[1].startswith("# 测试公司 2022-07~2022Q3 纵向对比(截至 2022-09-30)\n")


def test_compare_in_every_form(grouped: Path, capsys: Capture) -> None:
    asked = ("compare", "-p", "2022Q3", "--by", "标题")
    outputs = {form: call(capsys, *asked, "-f", form)[1] for form in ("table", "json", "csv", "markdown")}
    for out in outputs.values():
        assert "未填" in out
        assert "\u202e" not in out
    assert outputs["csv"].startswith("\ufeff类别,序号,")
    assert "'=1+1" in outputs["csv"]
    report = json.loads(outputs["json"])
    assert (report["schema"], report["by"]) == ("itss-kpi/compare/1", "标题")
    assert [one["whole"]["number"] for one in report["comparisons"]] == [1, 1, 1, 2]
    for one in report["comparisons"]:
        assert one["adds_up"]
        assert sum(int(group["numerator"]) for group in one["groups"]) == int(one["whole"]["numerator"])
    for form in ("table", "json", "csv", "markdown"):
        people = call(capsys, "compare", "1", "-p", "2022Q3", "--by", "处理人", "-f", form)[1]
        assert "张三丰" not in people
        assert "#cd61f667" in people


def test_the_span_of_a_trend(grouped: Path, capsys: Capture) -> None:
    def spanned(*arguments: str) -> tuple[str, str, str]:
        report = json.loads(call(capsys, "trend", "1", "-f", "json", *arguments)[1])
        return report["from"], report["to"], report["as_of"]

    assert spanned() == ("2022", "2022", "2022-12-31")
    assert spanned("--from", "2022Q2") == ("2022Q2", "2022-12", "2022-12-31")
    assert spanned("--to", "2022年8月") == ("2022-01", "2022-08", "2022-08-31")
    assert spanned("--from", "2021", "--to", "2022H1") == ("2021", "2022H1", "2022-06-30")
    assert spanned("--to", "2022-08", "--as-of", "2022-08-10") == ("2022-01", "2022-08", "2022-08-10")
    assert spanned("--to", "2022-08", "--as-of", "2022-12-10") == ("2022-01", "2022-08", "2022-08-31")
    assert spanned("--as-of", "2022-08-10") == ("2022", "2022", "2022-08-10")


def test_next_without_anything_that_runs_says_so(grouped: Path, capsys: Capture) -> None:
    code, _, err = call(capsys, "trend", "1", "--next", "5")
    assert (code, err) == (0, "没有可以推算的未到期考核,--next 不起作用\n")


def test_a_catalogue_without_dimensions_can_not_be_compared(small: Path, capsys: Capture) -> None:
    assert "没有这个维度:部门;指标没有可用的维度" in refused(capsys, "compare", "-p", "2022", "--by", "部门")


def test_an_indicator_with_two_numbers_is_shown_under_the_one_that_was_written(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    def numbers(*arguments: str) -> list[int]:
        report = json.loads(call(capsys, *arguments, "-f", "json")[1])
        listed = report.get("series") or [one["whole"] for one in report["comparisons"]]
        return [one["number"] for one in listed]

    assert numbers("trend", "16") == numbers("compare", "16", "-p", "2022", "--by", "部门") == [16]
    assert numbers("trend", "SLA达成率") == [1]
    assert numbers("trend", "1", "16") == [1, 16]
    assert numbers("compare", "-p", "2022-06", "--by", "岗位") == [5, 6]
    # many sums over one ledger, in groups
    assert set(numbers("trend", "18", "19", "--by", "项目")) == {18, 19}


def test_schema_needs_no_catalogue(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert json.loads(call(capsys, "catalogue", "--schema")[1])["type"] == "object"


def test_version_and_help(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "--version") == (0, f"itss-kpi {__version__}\n", "")
    code, out, err = call(capsys, "--help")
    assert (code, err) == (0, "")
    for word in (
        "evaluate",
        "explain",
        "check",
        "status",
        "catalogue",
        "命令",
        "选项",
        "显示版本后退出",
        "显示帮助后退出",
    ):
        assert word in out
    for command in ("evaluate", "explain", "trend", "compare", "check", "status", "catalogue"):
        out = call(capsys, command, "--help")[1]
        assert "显示帮助后退出" in out
        assert not re.search(r"Options|Arguments|required|Show this message", out)
    code, out, err = call(capsys)
    assert code == 2
    assert "evaluate" in out + err


# ---- dates


def test_running_period_says_so(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    class Today(date):
        @classmethod
        def today(cls) -> "Today":
            return cls(2022, 8, 15)

    monkeypatch.setattr(choices, "date", Today)
    out = call(capsys, "evaluate", "-p", "2022Q3")[1]
    assert out.splitlines()[0] == "测试公司 2022Q3 运维服务指标达成情况(截至 2022-08-15,尚未结束)"
    assert "截至 2022-07-31)" in call(capsys, "evaluate", "-p", "2022-07")[1]
    report = json.loads(call(capsys, "evaluate", "-p", "2022Q3", "-f", "json")[1])
    assert {item["period"]: item["due"] for item in report["assessments"]}.items() >= {
        "2022-07": True, "2022-08": False,
    }.items()  # fmt: skip
    out = call(capsys, "evaluate", "-p", "2022Q3", "--as-of", "2022-09-30")[1]
    assert "截至 2022-09-30)" in out


# ---- hostile text in cells and in names


def test_hostile_cells_and_file_names(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = HOSTILE.replace("\x1b", "").replace("\x07", "").replace("/", "")
    # a workbook can't hold control characters; a file name can
    project(tmp_path, [["[red]T1", "昨天[bold]", "[link=x]\u202e", "[/]", "b"]], f"甲部/工单_2022{shown}\x1b[31m.xlsx")
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["evaluate", "-p", "2022-07"],
        ["check"],
        ["check", "-f", "junit"],
        ["check", "-f", "github"],
        ["status", "-p", "2022-07"],
        ["status", "-p", "2022-07", "-f", "csv"],
        ["explain", "1", "-p", "2022-07", "--rows", "all"],
        ["evaluate", "-p", "2022-07", "-f", "json"],
        ["evaluate", "-p", "2022-07", "-f", "csv"],
        ["evaluate", "-p", "2022-07", "-f", "markdown"],
    ):
        _, out, err = call(capsys, *arguments)
        assert err == ""
        assert "json" in arguments or "\u202e" not in out
    out = call(capsys, "check")[1]
    assert "“昨天[bold]”" in out
    assert "\\x1b[31m.xlsx" in out
    assert "[link=x]\\x202e" in out


def test_sensitive_text_is_not_printed(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    text = CATALOGUE.replace("处理人: {type: text, ", "处理人: {type: integer, ").replace(" and 处理人 != '无'", "")
    project(tmp_path, [*GOOD, ["T1", date(2022, 7, 4), "失败", "停电", "王五六"]])
    (tmp_path / cli.CATALOGUE).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["check"],
        ["evaluate", "-p", "2022-07", "-f", "json"],
        ["explain", "1", "-p", "2022-07", "--rows", "all"],
    ):
        out = call(capsys, *arguments)[1]
        assert not re.search("张三丰|李四光|王五六", out), arguments
    assert re.search(r"“处理人”读不成整数:#[0-9a-f]{8};同样的共", call(capsys, "check")[1])


def test_a_sensitive_key_and_choice_are_not_printed_in_any_form(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CATALOGUE.replace("编号: {type: text, ", "编号: {type: text, sensitive: true, ")
    text = text.replace("结果: {type: choice, ", "结果: {type: choice, sensitive: true, ")
    text = text.replace("period: month\n", "period: month\n    for_each: 处理人\n")
    rows = [
        ["密甲", date(2022, 7, 4), "密乙", "停电", "密丙"],  # D203
        ["密丁", date(2022, 7, 4), "成功", "停电", "密丙"],
        ["密丁", date(2022, 7, 4), "成功", "停电", "密丙"],  # D301
        ["密戊", date(2022, 7, 4), "成功", "停电", "密丙"],
        ["密戊", date(2022, 7, 4), "失败", "停电", "密己"],  # D302
        ["密庚", "密辛", "成功", "停电", "密丙"],  # D201 of a column that is not sensitive: shown as it stands
    ]
    project(tmp_path, rows)
    (tmp_path / cli.CATALOGUE).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["check"], ["check", "-f", "json"], ["check", "-f", "junit"], ["check", "-f", "github"],
        ["status", "-p", "2022-07"], ["status", "-p", "2022-07", "-f", "json"], ["status", "-p", "2022-07", "-f", "csv"],
        ["evaluate", "-p", "2022-07"], ["evaluate", "-p", "2022-07", "-f", "json"],
        ["explain", "1", "-p", "2022-07", "--rows", "all"], ["explain", "2", "-p", "2022", "--rows", "all"],
    ):  # fmt: skip
        out = call(capsys, *arguments)[1]
        assert not re.search("密[甲乙丙丁戊己庚]", out), arguments
    out = call(capsys, "check")[1]
    assert {code for code in ("D201", "D203", "D301", "D302") if code in out} == {"D201", "D203", "D301", "D302"}
    assert "“日期”读不成日期:“密辛”" in out
    hashed = "#" + hashlib.sha256("密丁".encode()).hexdigest()[:8]
    assert f"D301 {hashed} 与 " in out
    assert hashed in call(capsys, "explain", "2", "-p", "2022", "--rows", "all")[1]


# ---- README


def test_readme_has_the_two_lines_of_ci_once() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark, end in {
        "run": ".venv/bin/itss-kpi evaluate --period 2022Q3",
        "test": ".venv/bin/python -m pytest",
    }.items():
        found = re.findall(rf"<!-- ci:{mark} -->\n```sh\n([^\n]+)\n```", readme)
        assert len(found) == 1
        assert found[0].endswith(f" && {end}")
        assert readme.count(f"<!-- ci:{mark} -->") == readme.count(found[0] + "\n") == 1


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_readmes_name_each_command_and_no_other(name: str, capsys: Capture) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"[`(、]itss-kpi ([a-z]+(?:-[a-z]+)*)|、`([a-z]+)`|bin/itss-kpi ([a-z]+)", text))
    known = {
        word for line in call(capsys, "--help")[1].splitlines() for word in re.findall(r"^  ([a-z][a-z-]+) {2,}", line)
    }
    assert len(known) >= 20
    written = {"".join(one) for one in named}
    assert written <= known
    assert written >= known - ({"batch", "baseline", "cache"} if name != "README.md" else set())


# ---- limits and the cache


@pytest.mark.parametrize(
    "given", ["memory", "memory=", "memory=1", "memory=2GiB", "seconds=0", "memri=4096", "cache=-1", "=1"]
)
def test_a_limit_that_can_t_be_is_refused(small: Path, capsys: Capture, given: str) -> None:
    code, out, err = call(capsys, "evaluate", "-p", "2022Q3", "--reading", given)
    assert (code, out) == (2, "")
    assert err.startswith(f"用法有误:不能用的 --reading “{given}”;写作 名称=整数")


def test_a_limit_of_the_command_line_goes_before_the_catalogues(small: Path, capsys: Capture) -> None:
    text = CATALOGUE.replace("data: 台账\n", "data: 台账\nreading: {unpacked: 1}\n")
    (small / cli.CATALOGUE).write_text(text, encoding="utf-8")
    path = next(small.rglob("工单_*.xlsx"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/image1.png", bytes(2 << 20))
    refused = json.loads(call(capsys, "evaluate", "-p", "2022", "-f", "json")[1])
    problem = refused["problems"][0]
    assert (problem["code"], problem["message"]) == (
        "D113", "解压后有 2 MiB,上限 unpacked 为 1 MiB",
    )  # fmt: skip
    found = json.loads(call(capsys, "evaluate", "-p", "2022", "-f", "json", "--reading", "unpacked=3")[1])
    assert [one for one in found["problems"] if one["code"] == "D113"] == []


def test_a_second_run_finds_what_the_first_has_read(
    small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ITSS_KPI_CACHE", str(tmp_path / "cache"))
    arguments = ("evaluate", "-p", "2022", "-f", "json")
    first = call(capsys, *arguments, "--no-cache")
    assert not (tmp_path / "cache").exists()
    assert call(capsys, *arguments) == first
    kept = tmp_path / "cache" / "grids"
    assert [len(list(kept.glob(name))) for name in ("*/*-*.arrow", "*/rows.arrow")] == [1, 1]  # its grid, and the table
    assert call(capsys, *arguments) == first
    assert call(capsys, *arguments, "--reading", "cache=0") == first
