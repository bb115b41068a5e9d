"""Corrective actions as their users meet them: the lists, the gates, taking over from a report, the workbook's sheet.

Convention: a small project has a month that was missed (2022-02), one that is doubtful (2022-03) and a ledger; the
sample is for the golden texts.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.actions import FULL, LEDGER, TICKETS
from kit.console import Capture, as_json, call, refused
from kit.projects import save, save_rows
from kit.sample import ROOT
from kit.sheets import tables_of
from kit.tables import PLAN

from itss_kpi.cli import main as cli

NAMES = (
    "编号",
    "指标序号",
    "考核期",
    "原因分析",
    "纠正措施",
    "责任部门",
    "责任人",
    "完成期限",
    "实际完成日期",
    "验证结果",
    "验证日期",
)
ONE = {**FULL, "考核期": "2022-02", "完成期限": "2022-03-20"}
SHEET = "纠正措施跟踪"


def ledger(folder: Path, *rows: Mapping[str, str]) -> Path:
    return save_rows(folder / "甲部" / "纠正措施台账_2022.xlsx", NAMES, rows)


def settle(folder: Path, sources: str) -> None:
    (folder / cli.CATALOGUE).write_text(PLAN + sources, encoding="utf-8")
    months = ("成功", "失败", "不明", "成功", "失败", "成功", "成功", "成功", "成功", "成功", "成功", "成功")
    rows = [(f"T{at}", f"2022-{at:02}-10", result) for at, result in enumerate(months, 1)]
    save(folder / "甲部" / "工单_2022.xlsx", ("编号", "日期", "结果"), rows)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project with one action for the month that was missed, and the current folder in it."""
    settle(tmp_path, LEDGER + TICKETS)
    ledger(tmp_path, ONE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same without a declared ledger."""
    settle(tmp_path, "sources:" + TICKETS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- in the terminal


def test_golden_actions_agree_with_the_answer_key() -> None:
    text = (ROOT / "tests" / "golden" / "actions-80.txt").read_text(encoding="utf-8")
    labels = {
        "存疑": "doubtful",
        "未填完": "incomplete",
        "逾期": "overdue",
        "进行中": "open",
        "已完成待验证": "done",
        "已验证": "verified",
    }
    effects = {"有效": "effective", "无效": "ineffective", "待观察": "too_early"}
    printed: dict[str, list[str]] = {}
    state = ""
    for line in text.splitlines():
        if found := re.fullmatch(r"\S (\S+)\(\d+\)", line):
            state = labels[found[1]]
        elif found := re.match(r"(JZ-2022-\d\d)  ", line):
            days = re.search(r"逾期 (\d+) 天", line)
            printed[found[1]] = [state, days[1] if days else "", ""]
            last = found[1]
        elif found := re.match(r"  效果 (\S+)\(看", line):
            printed[last][2] = effects[found[1]]
    with (ROOT / "sample_data" / "answers_actions.csv").open(encoding="utf-8", newline="") as file:
        keys = [row for row in csv.DictReader(file) if row["as_of"] == "2022-11-01"]
    assert printed == {row["id"]: [row["state"], row["days"], row["effect"]] for row in keys if row["id"]}
    listed = text[text.index("未达成而没有原因分析") : text.index("待核实(先改正")]
    rows = [line.split() for line in listed.splitlines() if re.match(r" *\d", line)]
    assert [(row[0], row[2]) for row in rows] == [(row["number"], row["period"]) for row in keys if not row["id"]]


def test_a_missing_ledger_passes_no_gate(small: Path, capsys: Capture) -> None:
    (small / "甲部" / "纠正措施台账_2022.xlsx").unlink()
    found = as_json(capsys, "actions", "--as-of", "2022-01-31")
    assert found["ledger"]["missing"] == [{"department": "甲部", "months": ["2022-01"]}]
    for gate in ("unanalysed", "overdue", "unverified_actions", "incomplete", "doubtful", "ineffective"):
        assert call(capsys, "actions", "--as-of", "2022-01-31", "--fail-on", gate)[0] == 1


def test_a_catalogue_without_the_ledger_says_how_to_declare_it(bare: Path, capsys: Capture) -> None:
    for command in (["actions"], ["evaluate", "-p", "2022-02", "--fail-on", "unanalysed"]):
        assert "没有声明纠正措施台账;请在 sources 中加上 corrective_actions" in refused(capsys, *command)
    assert "没有声明纠正措施台账" in refused(capsys, "report", "-p", "2022-02", "--fail-on", "unanalysed")
    assert not list(bare.glob("*.xlsx"))
    assert call(capsys, "report", "-p", "2022-02", "-o", "r.xlsx")[0] == 0
    assert "没有声明纠正措施台账" in texts(bare / "r.xlsx")


# ---- for other programs


def test_as_json(small: Path, capsys: Capture) -> None:
    found = as_json(capsys, "actions", "--as-of", "2022-04-30")
    assert found["schema"] == "itss-kpi/actions/1"
    assert [(item["number"], item["period"]) for item in found["unanalysed"]] == []
    assert [(item["number"], item["period"]) for item in found["unverified"]] == [(1, "2022-03")]
    (one,) = found["actions"]
    assert (one["state"], one["days_overdue"], one["path"], one["row"]) == (
        "overdue",
        41,
        "甲部/纠正措施台账_2022.xlsx",
        2,
    )
    assert [(item["period"], item["verdict"]) for item in one["following"]] == [
        ("2022-03", "unverified"), ("2022-04", "attained"),
    ]  # fmt: skip


def test_the_default_day_is_the_year_s_last(small: Path, capsys: Capture) -> None:
    found = as_json(capsys, "actions")
    assert (found["as_of"], found["actions"][0]["days_overdue"]) == ("2022-12-31", 286)
    assert [(item["number"], item["period"]) for item in found["unanalysed"]] == [(1, "2022-05")]


def test_as_csv(small: Path, capsys: Capture) -> None:
    ledger(small, {**ONE, "实际完成日期": "2022-03-18", "验证结果": "有效", "原因分析": "=1+1"})
    code, out, err = call(capsys, "actions", "-f", "csv", "--as-of", "2022-05-31")
    assert (code, err, out[0]) == (0, "", "\ufeff")
    lacking, doubtful, action = csv.DictReader(io.StringIO(out[1:]))  # what needs somebody comes first
    assert {name: action[name] for name in ("类别", "编号", "序号", "考核期", "结论", "原因分析", "状态")} == {
        "类别": "纠正措施", "编号": "A1", "序号": "1", "考核期": "2022-02", "结论": "未达成", "原因分析": "'=1+1", "状态": "已验证",
    }  # fmt: skip
    assert (action["完成期限"], action["实际完成日期"], action["验证结果"]) == ("2022-03-20", "2022-03-18", "有效")
    assert (action["后续各期"], action["决定的一期"], action["效果"], action["与台账相反"]) == (
        "(2022-03 ? 0.00%~100.00%)  2022-04 ✓ 100.00%  2022-05 ✗ 0.00%", "2022-04", "有效", "",
    )  # fmt: skip
    assert action["说明"] == "没有写验证日期;2022-05 又未达成"
    assert [lacking[name] for name in ("类别", "序号", "考核期", "显示")] == ["未分析", "1、16", "2022-05", "0.00%"]
    assert [doubtful[name] for name in ("类别", "序号", "考核期")] == ["待核实", "1、16", "2022-03"]


# ---- gates


def test_the_gates_of_actions(small: Path, capsys: Capture) -> None:
    for day, gate, code in (
        ("2022-03-20", "overdue,unanalysed", 0), ("2022-03-21", "overdue", 1), ("2022-05-30", "unanalysed", 0),
        ("2022-05-31", "unanalysed", 1), ("2022-05-31", "doubtful,ineffective,incomplete,unverified_actions", 0),
    ):  # fmt: skip
        assert call(capsys, "actions", "--as-of", day, "--fail-on", gate)[0] == code, (day, gate)
    assert "可用 unanalysed、overdue" in refused(capsys, "actions", "--fail-on", "missed")


@pytest.mark.parametrize("command", ["evaluate", "report"])
def test_the_gate_of_a_report(command: str, small: Path, capsys: Capture) -> None:
    gate = ("--fail-on", "unanalysed")
    assert call(capsys, command, "-p", "2022Q1", *gate)[::2] == (0, "")
    code, _, err = call(capsys, command, "-p", "2022-05", *gate)
    assert (code, err) == (1, "未分析 1、16 成功率 2022-05:未达成,没有原因分析\n")
    ledger(small, {**ONE, "指标序号": "16", "考核期": "2022年5月"})
    assert call(capsys, command, "-p", "2022-05", *gate)[0] == 0
    (small / "甲部" / "纠正措施台账_2022.xlsx").unlink()
    code, _, err = call(capsys, command, "-p", "2022-01", *gate)
    assert (code, err) == (1, "数据缺失 “纠正措施台账”没有交齐(甲部 2022-01):不能说哪些已经分析、哪些已经完成\n")
    assert call(capsys, command, "-p", "2022-05")[0] == 0


def test_a_blank_form_needs_no_analysis(small: Path, capsys: Capture) -> None:
    assert call(capsys, "report", "-p", "2022-05", "--blank", "--fail-on", "unanalysed")[0] == 0


def test_a_report_is_the_same_whether_or_not_the_ledger_is_read(small: Path, capsys: Capture) -> None:
    ledger(small, {**ONE, "完成期限": "下周"})
    plain = call(capsys, "evaluate", "-p", "2022-02", "-f", "json")
    assert call(capsys, "evaluate", "-p", "2022-02", "-f", "json", "--fail-on", "unanalysed") == plain
    assert call(capsys, "evaluate", "-p", "2022-02", "-f", "json", "-o", "r.xlsx")[:2] == plain[:2]
    # but what is wrong with it is the department's to mend
    code, out, _ = call(capsys, "check", "-p", "2022-02")
    assert code == 1
    assert "甲部/纠正措施台账_2022.xlsx!Sheet!H2: D201" in out
    code, out, _ = call(capsys, "check", "-p", "2022-02", "-f", "junit")
    assert "纠正措施台账_2022.xlsx" in out
    assert "D201" in texts(small / "r_证据.xlsx", "数据问题")


# ---- taking over


def report(small: Path, capsys: Capture, filled: Mapping[str, Any], period: str = "2022") -> Path:
    """A report whose blocks are filled in: `1|2022-02||原因分析` -> what stands there."""
    path = small / "报告.xlsx"
    assert call(capsys, "report", "-p", period, "-o", str(path))[0] == 0
    book = openpyxl.load_workbook(path)
    left = dict(filled)
    for row in book["未达成分析"].iter_rows():
        for cell in row:
            if cell.value in left:
                book["未达成分析"].cell(cell.row, 2).value = left.pop(cell.value)
    assert not left
    book.save(path)
    return path


FILLED = {
    "1|2022-02||原因分析": "台账中已有", "1|2022-05||原因分析": "=缺人\n又缺料", "1|2022-05||纠正措施": "加人",
    "1|2022-05||责任部门": "乙部", "1|2022-05||责任人": "W015", "1|2022-05||完成期限": date(2022, 6, 20),
    "1|2022-05||验证结果": "待观察", "1|2022-03||原因分析": "结果没有填",
}  # fmt: skip


def test_what_was_filled_in_becomes_rows_of_the_ledger(small: Path, capsys: Capture) -> None:
    path = report(small, capsys, FILLED)
    before = (small / "甲部" / "纠正措施台账_2022.xlsx").read_bytes()
    code, out, err = call(capsys, "actions", "--import", str(path))
    assert (code, out) == (0, "写出 纠正措施台账_2022_导入.xlsx\n")
    assert err == (
        "未导入 1 2022-02:台账中已有 A1(甲部/纠正措施台账_2022.xlsx!Sheet!2)\n"
        "导入 2 项;请核对、补填后放进 甲部 的台账文件夹\n"
    )
    assert (small / "甲部" / "纠正措施台账_2022.xlsx").read_bytes() == before
    # as an export of the department
    made = small / "纠正措施台账_2022_导入.xlsx"
    made.rename(small / "甲部" / made.name)
    found = as_json(capsys, "actions")
    assert found["problems"] == []
    assert found["unanalysed"] == []
    doubtful, missed = (one for one in found["actions"] if one["path"] == f"甲部/{made.name}")
    wanted = {
        "id": "导入-1-2022-05", "number": "1", "period": "2022-05", "cause": "=缺人\n又缺料", "measure": "加人",
        "department": "乙部", "responsible": "W015", "due": "2022-06-20", "done": None, "result": "待观察",
    }  # fmt: skip
    assert {name: missed[name] for name in wanted} == wanted
    assert (doubtful["id"], doubtful["state"]) == ("导入-1-2022-03", "incomplete")
    # once more: everything is there
    code, out, err = call(capsys, "actions", "--import", str(path))
    assert (code, out) == (0, "没有要导入的内容,没有写出文件\n")
    assert len(err.splitlines()) == 3


def test_the_same_report_gives_the_same_bytes(small: Path, capsys: Capture) -> None:
    path = report(small, capsys, FILLED)
    for name in ("一.xlsx", "二.xlsx"):
        code, _, err = call(capsys, "actions", "--import", str(path), "-o", name)
        assert code == 0
        assert f"注意 文件名 {name} 不符合 纠正措施台账 的 files“纠正措施台账_*.xlsx”" in err
    assert (small / "一.xlsx").read_bytes() == (small / "二.xlsx").read_bytes()


def test_an_id_that_is_taken_is_not_given_again(small: Path, capsys: Capture) -> None:
    ledger(small, {**ONE, "编号": "导入-1-2022-05"}, {**ONE, "编号": "导入-1-2022-05-2", "考核期": "2022-01"})
    path = report(small, capsys, {"1|2022-05||原因分析": "缺人"})
    assert call(capsys, "actions", "--import", str(path), "-o", "甲部/纠正措施台账_2022_补.xlsx")[0] == 0
    ids = [one["id"] for one in as_json(capsys, "actions")["actions"]]
    assert ids == ["导入-1-2022-05", "导入-1-2022-05-2", "导入-1-2022-05-3"]


def test_under_the_other_number_it_is_the_same(small: Path, capsys: Capture) -> None:
    path = report(small, capsys, {"16|2022-02||原因分析": "缺人", "16|2022-05||原因分析": "缺料"})
    code, out, err = call(capsys, "actions", "--import", str(path))
    assert (code, out) == (0, "写出 纠正措施台账_2022_导入.xlsx\n")
    assert err.startswith("未导入 16 2022-02:台账中已有 A1(")


def test_nothing_is_overwritten_and_no_other_file_taken(small: Path, capsys: Capture) -> None:
    path = report(small, capsys, FILLED)
    (small / "纠正措施台账_2022_导入.xlsx").write_bytes(b"mine")
    assert "已存在,没有改动" in refused(capsys, "actions", "--import", str(path))
    assert (small / "纠正措施台账_2022_导入.xlsx").read_bytes() == b"mine"
    assert "不是本程序写出的" in refused(capsys, "actions", "--import", "甲部/工单_2022.xlsx")
    assert "不是本程序写出的" in refused(capsys, "actions", "--import", cli.CATALOGUE)
    assert "读不了 没有.xlsx:没有这个文件" in refused(capsys, "actions", "--import", "没有.xlsx")
    assert "须以 .xlsx 结尾" in refused(capsys, "actions", "--import", str(path), "-o", "a.csv")
    assert "--output 与 --import 同用" in refused(capsys, "actions", "-o", "a.xlsx")


def test_a_report_in_which_nothing_was_filled_in(small: Path, capsys: Capture) -> None:
    path = report(small, capsys, {})
    assert call(capsys, "actions", "--import", str(path)) == (0, "没有要导入的内容,没有写出文件\n", "")


def test_a_pattern_that_claims_no_other_name(small: Path, capsys: Capture) -> None:
    settle(small, LEDGER.replace("纠正措施台账_*.xlsx", "纠正措施台账_2022.xlsx") + TICKETS)
    path = report(small, capsys, FILLED)
    assert "请用 --output 写明" in refused(capsys, "actions", "--import", str(path))


def test_what_has_lost_its_key_is_said(small: Path, capsys: Capture) -> None:
    path = report(small, capsys, FILLED)
    book = openpyxl.load_workbook(path)
    cells = [cell for row in book["未达成分析"].iter_rows() for cell in row if cell.value == "1|2022-05||原因分析"]
    cells[0].value = None
    book.save(path)
    code, _, err = call(capsys, "actions", "--import", str(path))
    assert code == 0
    assert re.search(r"^未导入 '?未达成分析'?!B\d+ 等 1 处:看不出是哪项指标", err, re.MULTILINE)


# ---- the workbook


def texts(path: Path, sheet: str = SHEET) -> str:
    book = openpyxl.load_workbook(path)
    return "\n".join(str(cell.value) for row in book[sheet].iter_rows() for cell in row if cell.value is not None)


def test_the_sheet_of_actions(small: Path, capsys: Capture) -> None:
    ledger(
        small,
        {**ONE, "实际完成日期": "2022-04-18", "验证结果": "有效", "验证日期": "2022-06-30"},
        {**ONE, "编号": "A2", "考核期": "上月", "完成期限": "2022-06-01"},
    )
    assert call(capsys, "report", "-p", "2022", "-o", "r.xlsx")[0] == 0
    book = openpyxl.load_workbook(small / "r.xlsx")
    assert book.sheetnames[book.sheetnames.index("未达成分析") + 1] == SHEET
    tables = tables_of(book[SHEET])
    second, first = tables["纠正措施(2)"]
    assert first == {
        "编号": "A1", "指标": "1 成功率", "考核期": "2022-02", "原因分析": "缺人", "纠正措施": "加人", "责任部门": "甲部",
        "责任人": "W014", "完成期限": datetime(2022, 3, 20), "实际完成日期": datetime(2022, 4, 18), "验证结果": "有效",
        "状态": "✓ 已验证", "后续各期": first["后续各期"], "效果": "无效(看 2022-05),与台账的“有效”相反",
        "说明": "晚于期限 29 天完成;台账验证为“有效”,而 2022-05 未达成", "出处": "甲部/纠正措施台账_2022.xlsx!Sheet!2",
    }  # fmt: skip
    assert first["后续各期"].startswith("(2022-03 ?)  (2022-04 ✓)  2022-05 ✗  2022-06 ✓")
    assert [second[name] for name in ("编号", "考核期", "状态", "说明")] == [
        "A2", "上月", "? 存疑", "看不懂的考核期“上月”",
    ]  # fmt: skip
    # its block, and that of what has no analysis or can't be told
    lacking, doubtful = *tables["未达成而没有原因分析"], *tables["待核实(先改正存疑的数据)"]
    assert list(lacking.values()) == ["1、16", "成功率", "2022-05", 0, "≥90%", "✗ 未达成", 1, "未达成分析 →"]
    assert (doubtful["考核期"], doubtful["结论"]) == ("2022-03", "? 待核实")
    cells = [cell for row in book[SHEET].iter_rows() for cell in row if cell.hyperlink]
    places = [cell.hyperlink.location.split("!") for cell in cells]
    assert {sheet.strip("'") for sheet, _ in places} == {"未达成分析"}
    assert [(cell.value, book["未达成分析"][at].value) for cell, (_, at) in zip(cells, places, strict=True)] == [
        ("未达成分析 →", "1 成功率  2022-05"), ("未达成分析 →", "1 成功率  2022-03"), ("2022-02", "1 成功率  2022-02"),
    ]  # fmt: skip


def test_the_sheet_is_of_the_report_s_day(small: Path, capsys: Capture) -> None:
    ledger(small, {**ONE, "实际完成日期": "2022-03-18"})
    assert call(capsys, "report", "-p", "2022-02", "-o", "r.xlsx")[0] == 0
    assert "… 进行中" in texts(small / "r.xlsx")
    # what came after the period, where the report looks from a later day
    assert call(capsys, "report", "-p", "2022-02", "--as-of", "2022-05-31", "-o", "s.xlsx")[0] == 0
    later = texts(small / "s.xlsx")
    assert "▲ 已完成待验证" in later
    assert "(2022-03 ?)  2022-04 ✓  2022-05 ✗" in later
    assert "在该期的工作簿中填写" in later


def test_the_ledger_is_among_what_the_workbook_was_made_from(small: Path, capsys: Capture) -> None:
    assert call(capsys, "report", "-p", "2022-01", "-o", "r.xlsx")[0] == 0
    said = texts(small / "r_证据.xlsx", "运行信息")
    assert "甲部/纠正措施台账_2022.xlsx" in said
    assert "没有读出" not in said


def test_a_batch_writes_again_where_the_ledger_has_changed(small: Path, capsys: Capture) -> None:
    def batch() -> set[str]:
        code, out, _ = call(capsys, "batch", "-o", "out", "--each", "half")
        assert code == 0
        return {line.split()[1].partition("(")[0] for line in out.splitlines()}

    assert batch() == {"写出"}
    assert batch() == {"未变"}
    ledger(small, {**ONE, "实际完成日期": "2022-03-18"})
    assert batch() == {"写出"}


def test_a_change_of_the_ledger_after_a_closing_is_named(small: Path, capsys: Capture) -> None:
    ledger(small, {**ONE, "完成期限": "下周"})
    rows = [(f"T{at}", f"2022-{at:02}-10", "成功") for at in range(1, 13)]
    save(small / "甲部" / "工单_2022.xlsx", ("编号", "日期", "结果"), rows)
    assert call(capsys, "close", "-p", "2022-02")[0] == 0
    assert call(capsys, "verify")[0] == 0
    ledger(small, ONE)
    code, out, _ = call(capsys, "verify")
    assert code == 1
    assert "文件 ~ 改动 甲部/纠正措施台账_2022.xlsx" in out
    assert "纠正措施台账 A1(" in out
