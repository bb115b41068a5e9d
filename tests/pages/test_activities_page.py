"""The plan's activities as their users meet them: the lists, the calendar file, what is said where something lacks.

Convention: a small project has four activities, a log of them and one indicator; the sample is for the golden texts.
The calendar file is read by two libraries, of which one had no part in writing it.
"""

import csv
import io
import re
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject
from kit.actions import TICKETS
from kit.activities import LOG, row
from kit.console import Capture, as_json, call, refused
from kit.projects import save, save_rows
from kit.sample import ROOT
from kit.tables import PLAN

from itss_kpi.cli import main as cli

ACTIVITIES = """
activities:
  - {number: 1, name: 内审, when: 1月, lead: [甲部], evidence: [报告], note: 用上一年的}
  - {number: 2, name: 修订, when: 10-12月}
  - {number: 3, name: 月检, when: 按考核频次, serves: [1]}
  - {number: 4, name: 季检, when: 每季度}
"""
HEAD = ("活动序号", "活动名称", "计划时间", "实际完成日期", "责任部门", "记录编号", "结论")
LOG_FILE = "甲部/质量活动台账_2022.xlsx"


def settle(folder: Path, *parts: str, plan: str = PLAN) -> None:
    (folder / cli.CATALOGUE).write_text(plan + "".join(parts), encoding="utf-8")
    save(folder / "甲部" / "工单_2022.xlsx", ("编号", "日期", "结果"), [("T1", "2022-01-10", "成功")])


def log(folder: Path, *rows: Mapping[str, Any]) -> None:
    save_rows(folder / LOG_FILE, HEAD, rows)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project, in whose log one activity was late, and the current folder in it."""
    settle(tmp_path, LOG, TICKETS, ACTIVITIES)
    log(tmp_path, row("1", "2022-01", "2022-02-03", 结论="符合"), row("3", "2022-01", "2022-01-20"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def states(found: Any) -> dict[str, str]:
    return {
        f"{one['number']}|{item['span']}": item["state"] for one in found["activities"] for item in one["occurrences"]
    }


# ---- in the terminal


def test_what_somebody_has_to_do_comes_first(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "plan", "--as-of", "2022-02-28")
    assert (code, err) == (0, "")
    assert "公司 2022 质量活动(截至 2022-02-28,尚未结束)" in out
    assert "要办的" not in out
    code, out, _ = call(capsys, "plan", "--as-of", "2022-03-01")
    assert out.index("3 月检 2022-02  ✗ 逾期 1 天") < out.index("1 内审  1月")
    assert "尚未开始" in call(capsys, "plan", "--as-of", "2021-12-31")[1]
    assert "公司 2022 质量活动(截至 2022-12-31)" in call(capsys, "plan")[1]
    assert as_json(capsys, "plan")["as_of"] == "2022-12-31"


def test_a_year_that_has_not_ended_is_seen_up_to_today(small: Path, capsys: Capture) -> None:
    year = date.today().year + 1
    settle(small, LOG, TICKETS, ACTIVITIES, plan=PLAN.replace("2022", str(year)))
    found = as_json(capsys, "plan")
    assert (found["period"], found["as_of"], found["partial"]) == (str(year), str(date.today()), True)


def test_rows_of_several_files_are_told_apart(small: Path, capsys: Capture) -> None:
    (small / LOG_FILE).rename(small / "甲部" / "质量活动台账_2022H1.xlsx")
    save_rows(small / "甲部" / "质量活动台账_2022H2.xlsx", HEAD, [row("3", "2022-09", "2022-09-20")])
    _, out, _ = call(capsys, "plan")
    assert "出处 2022-01 甲部/质量活动台账_2022H1.xlsx!Sheet!3\n" in re.sub(" +\n", "\n", out)
    assert "出处 2022-09 甲部/质量活动台账_2022H2.xlsx!Sheet!2\n" in re.sub(" +\n", "\n", out)


def test_real_dates_of_excel_stand_for_their_month(small: Path, capsys: Capture) -> None:
    log(
        small,
        {**row("1", "", "2022-01-20"), "计划时间": datetime(2022, 1, 1)},
        {**row("3", "", "2022-07-20"), "计划时间": date(2022, 7, 1)},
        {**row("4", "", "2022-09-20"), "计划时间": date(2022, 9, 30)},
        {**row("2", "", "2022-11-20"), "计划时间": date(2022, 10, 12)},  # 10-12 was typed, or the day meant
    )
    found = as_json(capsys, "plan")
    done = {item for item, state in states(found).items() if state == "done"}
    assert done == {"1|2022-01", "3|2022-07", "4|2022Q3"}
    assert states(found)["2|2022Q4"] == "coming"
    (other,) = found["unplanned"]
    assert other["reason"] == "计划时间写的是日期 2022-10-12,不知是 2022-10 还是 2022Q4"
    assert as_json(capsys, "plan", "--as-of", "2023-01-01")["activities"][1]["occurrences"][0]["state"] == "unknown"


def test_the_check_calendar_says_by_when(small: Path, capsys: Capture) -> None:
    said = "计划没有写台账几天内交齐(指标目录的 hand_in_days),应交日不知道"
    _, out, _ = call(capsys, "plan")
    assert said in out
    assert "\n2022-01\n  到期 2022-01 成功率(1、16)\n  甲部 2022-01 工单" in re.sub(" +\n", "\n", out)
    settle(small, LOG, TICKETS.replace("period: month", "period: quarter"), ACTIVITIES, plan=DAYS_PLAN)
    _, out, _ = call(capsys, "plan")
    plain = re.sub(" +\n", "\n", out)
    assert said not in out
    assert "\n2022-02  台账应于 2022-03-10 交齐\n" not in plain  # nothing is to be there by then
    assert "\n2022-02\n  没有到期的指标\n" in plain
    assert "\n2022-12  台账应于 2023-01-10 交齐\n  到期 2022Q4" in plain


# ---- what lacks


def test_without_the_log_nothing_is_overdue(small: Path, capsys: Capture) -> None:
    (small / LOG_FILE).unlink()
    _, out, _ = call(capsys, "plan", "--as-of", "2022-02-28")
    assert "“质量活动台账”没有交齐(甲部 2022-01、2022-02):没有记录的活动不能说没有做" in out.replace("\n", "")
    assert "逾期" not in out
    found = as_json(capsys, "plan", "--as-of", "2022-02-28")
    assert found["ledger"]["missing"] == [{"department": "甲部", "months": ["2022-01", "2022-02"]}]
    assert states(found)["1|2022-01"] == "missing_data"
    assert found["summary"]["overdue"] == 0
    content = calendar(capsys, "--as-of", "2022-02-28")
    assert "SUMMARY:! 1 内审(2022-01)" in content.decode()


def test_a_catalogue_without_activities_or_log_says_how_to_declare_them(small: Path, capsys: Capture) -> None:
    settle(small, LOG, TICKETS)
    assert "没有声明质量活动;请写上 activities(写法见 itss-kpi help 质量活动" in refused(capsys, "plan")
    settle(small, "sources:", TICKETS, ACTIVITIES)
    assert "没有声明质量活动台账;请在 sources 中加上 activity_log(写法见 itss-kpi help 质量活动" in refused(
        capsys, "plan", "-f", "ics"
    )


def test_another_year_than_the_plan_s_is_refused(small: Path, capsys: Capture) -> None:
    assert "指标目录是 2022 年度的计划,没有 2023 年的质量活动" in refused(capsys, "plan", "--year", "2023")
    assert "看不懂的日期" in refused(capsys, "plan", "--as-of", "上月")


# ---- for other programs


def test_as_csv(small: Path, capsys: Capture) -> None:
    log(small, row("1", "2022-01", "2022-02-03", 结论="=1+1"), row("9", "2022-05", "2022-05-03"))
    code, out, err = call(capsys, "plan", "-f", "csv", "--as-of", "2022-06-30")
    assert (code, err, out[0]) == (0, "", "\ufeff")
    lines = list(csv.DictReader(io.StringIO(out[1:])))
    kinds = [line["类别"] for line in lines]
    assert [kinds.count(kind) for kind in dict.fromkeys(kinds)] == [1 + 1 + 12 + 4, 1, 12, 12]
    first = {name: text for name, text in lines[0].items() if text}
    assert first == {
        "类别": "质量活动", "序号": "1", "名称": "内审", "期": "2022-01", "开始": "2022-01-01", "到期日": "2022-01-31",
        "状态": "超期完成", "天数": "3", "完成日期": "2022-02-03", "记录编号": "R", "结论": "'=1+1", "牵头部门": "甲部",
        "证据": "报告", "提示": "用上一年的", "出处": f"{LOG_FILE}!Sheet!2",
    }  # fmt: skip
    (other,) = [line for line in lines if line["类别"] == "计划外记录"]
    assert (other["序号"], other["期"], other["说明"], other["出处"]) == (
        "9", "2022-05", "计划中没有序号为 9 的活动", f"{LOG_FILE}!Sheet!3",
    )  # fmt: skip
    due, collect = lines[19], lines[20]
    assert [due[name] for name in ("类别", "序号", "名称", "期", "到期日")] == [
        "指标到期",
        "1、16",
        "成功率",
        "2022-01",
        "2022-01-31",
    ]
    assert [collect[name] for name in ("类别", "责任部门", "台账", "期", "到期日", "说明")] == [
        "收集台账", "甲部", "工单", "2022-01", "", "2022-01",
    ]  # fmt: skip


def test_as_markdown(small: Path, capsys: Capture) -> None:
    log(small, row("1", "2022-01", "2022-02-03", 结论="符合"), row("9", "2022-05", "2022-01-03"))
    code, out, err = call(capsys, "plan", "-f", "markdown", "--as-of", "2022-03-31")
    assert (code, err) == (0, "")
    assert "\n## 要办的\n\n| 对象 |\n|---|\n| 3 月检 2022-01  ✗ 逾期 59 天 |\n" in out
    assert "\n## 1 内审  1月\n\n- 组织:牵头 甲部\n- 证据:报告\n- 提示:用上一年的\n" in out
    assert "| 2022-01 | 2022-01-31 | ▲ 超期完成 3 天 | 2022-02-03 | R | 符合 | 2 |\n" in out
    assert f"\n- 出处:{LOG_FILE}!Sheet!2\n" in out
    assert f"| 9 2022-05  完成 2022-01-03 | R | 计划中没有序号为 9 的活动 | {LOG_FILE}!Sheet!3 |\n" in out
    assert "\n### 2022-01\n\n" in out
    assert "| 到期 | 2022-01 | 成功率(1、16) |\n| 甲部 | 2022-01 | 工单 |\n" in out
    assert "\n计划没有写台账几天内交齐(指标目录的 hand_in_days),应交日不知道\n" in out


HOSTILE = "[bold]\u202e|=1+1"


def test_what_is_written_in_the_log_steers_no_calendar(small: Path, capsys: Capture) -> None:
    log(
        small,
        row("1", "2022-01", "2022-01-20", 记录编号=HOSTILE, 结论=HOSTILE),
        row("4", HOSTILE, "2022-01-20", 活动名称=HOSTILE, 记录编号=HOSTILE),
    )
    assert "\u202e" not in calendar(capsys).decode()


# ---- as a calendar


def calendar(capsys: Capture, *arguments: str) -> bytes:
    """The calendar file, as it is written to a file; what goes to stdout is the same."""
    path = Path("日历.ics")
    code, out, _ = call(capsys, "plan", "-f", "ics", "-o", str(path), *arguments)
    assert (code, out) == (0, "写出 日历.ics\n")
    content = path.read_bytes()
    path.unlink()
    return content


Event = tuple[date, date, str, str, str, int]


def by_icalendar(content: bytes) -> dict[str, Event]:
    (found,) = icalendar.Calendar.from_ical(content, multiple=True)
    assert (found["version"], found["method"]) == ("2.0", "PUBLISH")
    assert not found.errors
    return {
        str(event["uid"]): (
            event["dtstart"].dt, event["dtend"].dt, str(event["summary"]), str(event["description"]),
            ",".join(event["categories"].cats), int(event["sequence"]),
        )
        for event in found.walk("VEVENT")
    }  # fmt: skip


def by_vobject(content: bytes) -> dict[str, Event]:
    (found,) = vobject.readComponents(content.decode(), validate=True)
    return {
        event.uid.value: (
            event.dtstart.value, event.dtend.value, event.summary.value, event.description.value,
            ",".join(event.categories.value), int(event.sequence.value),
        )
        for event in found.vevent_list
    }  # fmt: skip


SIGNS = {"overdue": "✗", "unknown": "?", "missing_data": "!", "late": "▲", "coming": "…", "done": "✓"}
DAYS_PLAN = PLAN.replace("year: 2022", "year: 2022, hand_in_days: 10")


def expected_events(found: Any) -> set[tuple[date, str, str]]:
    """The events that the JSON asks for: day, title, category."""
    events = {
        (
            date.fromisoformat(item["due"]),
            f"{SIGNS[item['state']]} {one['number']} {one['name']}({item['span']})",
            "质量活动",
        )
        for one in found["activities"]
        for item in one["occurrences"]
    }
    return events | {
        (date.fromisoformat(one["hand_in"]), f"收齐 {one['month']} 到期指标的台账", "数据收集")
        for one in found["calendar"]
        if one["hand_in"] and one["collect"]
    }


def assert_agrees(content: bytes, found: Any) -> None:
    events = by_icalendar(content)
    assert by_vobject(content) == events
    shown = [(start, title, category) for start, _, title, _, category, _ in events.values()]
    assert len(shown) == len(set(shown))
    assert set(shown) == expected_events(found)
    assert {(end - start).days for start, end, *_ in events.values()} == {1}


def test_two_parsers_find_what_the_json_says(small: Path, capsys: Capture) -> None:
    settle(small, LOG, TICKETS, ACTIVITIES, plan=DAYS_PLAN)
    content, found = calendar(capsys, "--as-of", "2022-09-30"), as_json(capsys, "plan", "--as-of", "2022-09-30")
    assert_agrees(content, found)
    assert content.count(b"BEGIN:VEVENT") == 18 + 12
    events = {title: text for _, _, title, text, *_ in by_vobject(content).values()}
    assert events["收齐 2022-01 到期指标的台账"] == "到期:成功率(1、16)\n甲部:工单(2022-01)"
    assert events["▲ 1 内审(2022-01)"] == (
        "状态:▲ 超期完成 3 天(截至 2022-09-30)\n完成日期:2022-02-03\n记录编号:R\n结论:符合\n计划时间:1月(2022-01)\n"
        f"组织:牵头 甲部\n证据:报告\n提示:用上一年的\n出处:{LOG_FILE}!Sheet!2"
    )


@pytest.mark.parametrize("day", ["2022-09-30", "2022-12-31"])
def test_the_sample_s_calendar_agrees(
    day: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    where = ("-c", str(ROOT / cli.CATALOGUE), "--as-of", day)
    code, _, err = call(capsys, "plan", "-f", "ics", "-o", "a.ics", *where)
    assert (code, err) == (
        0, "计划没有写台账几天内交齐(指标目录的 hand_in_days),应交日不知道;日历中没有收台账的日子\n",
    )  # fmt: skip
    assert_agrees((tmp_path / "a.ics").read_bytes(), as_json(capsys, "plan", *where))


def test_the_file_is_as_the_standard_wants_it(small: Path, capsys: Capture) -> None:
    content = calendar(capsys)
    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert all(line.decode("utf-8") == line.decode("utf-8", "replace") for line in lines)
    for name in (
        b"METHOD:PUBLISH",
        b"DTSTART;VALUE=DATE:20220131",
        b"DTEND;VALUE=DATE:20220201",
        b"TRANSP:TRANSPARENT",
    ):
        assert name in lines
    assert b"TZID" not in content


def test_text_is_escaped(small: Path, capsys: Capture) -> None:
    odd = "甲,乙;丙\\丁\n戊:“己” " + "很长" * 60
    log(small, row("1", "2022-01", "2022-01-20", 结论=odd))
    settle(small, LOG, TICKETS, ACTIVITIES, plan=PLAN.replace("公司", "'公司,一;二'"))
    content = calendar(capsys)
    for events in (by_icalendar(content), by_vobject(content)):
        (text,) = [text for _, _, title, text, *_ in events.values() if title == "✓ 1 内审(2022-01)"]
        assert f"\n结论:{odd}\n".replace("丁\n戊", "丁\\x0a戊") in text
    unfolded = content.decode().replace("\r\n ", "")
    assert "X-WR-CALNAME:公司\\,一\\;二 2022 质量活动\r\n" in unfolded


def test_the_same_day_gives_the_same_bytes_and_the_same_ids_on_any(small: Path, capsys: Capture) -> None:
    first, again, later = (calendar(capsys, "--as-of", day) for day in ("2022-01-31", "2022-01-31", "2022-06-30"))
    assert first == again
    early, late = by_vobject(first), by_vobject(later)
    assert early.keys() == late.keys()
    # another state is another version of the event: the one that is kept where both are opened
    assert all(late[uid][-1] > event[-1] for uid, event in early.items())
    assert re.findall(rb"DTSTAMP:(\w+)", first) == [b"20220101T000000Z"] * 18


def test_the_stamp_is_the_day_of_the_plan(small: Path, capsys: Capture) -> None:
    signed = "compiled: {on: 2022-01-06}, reviewed: {on: 2022-01-07}"
    revisions = f"revisions: [{{version: V1, {signed}, approved: {{on: 2022-01-08}}, change: 新建}}]"
    settle(small, LOG, TICKETS, ACTIVITIES, plan=PLAN.replace("year: 2022", f"year: 2022, {revisions}"))
    content = calendar(capsys, "--as-of", "2022-01-05")
    assert set(re.findall(rb"DTSTAMP:(\w+)", content)) == {b"20220108T000000Z"}
    assert set(re.findall(rb"SEQUENCE:(\S+)", content)) == {b"0"}


def test_two_plans_share_no_id(small: Path, capsys: Capture) -> None:
    one = by_vobject(calendar(capsys))
    settle(small, LOG, TICKETS, ACTIVITIES, plan=PLAN.replace("document: D", "document: E"))
    assert not one.keys() & by_vobject(calendar(capsys)).keys()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_bytes_survive_stdout_on_every_system(
    newline: str, small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = calendar(capsys)
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="utf-8", newline=newline))
    assert cli.run(["plan", "-f", "ics"]) == 0
    assert raw.getvalue() == expected


def test_only_a_calendar_of_ours_is_replaced(small: Path, capsys: Capture) -> None:
    content = calendar(capsys)
    mine = small / "我的.ics"
    mine.write_bytes(b"BEGIN:VCALENDAR\r\nPRODID:-//other//\r\nEND:VCALENDAR\r\n")
    before = mine.read_bytes()
    assert "已存在,但不是本程序写出的日历" in refused(capsys, "plan", "-f", "ics", "-o", "我的.ics")
    assert mine.read_bytes() == before
    mine.write_bytes(content)
    assert call(capsys, "plan", "-f", "ics", "-o", "我的.ics", "--as-of", "2022-06-30")[0] == 0
    assert mine.read_bytes() != content
    assert "须以 .ics 结尾" in refused(capsys, "plan", "-f", "ics", "-o", LOG_FILE)
    assert "--output 与 --format ics 同用" in refused(capsys, "plan", "-o", "a.ics")
    (small / "夹.ics").mkdir()
    assert "这是一个文件夹,不能写成日历:夹.ics" in refused(capsys, "plan", "-f", "ics", "-o", "夹.ics")
