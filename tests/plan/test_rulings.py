"""The ledger of rulings: which rows of it are rulings, and why others aren't."""

from datetime import date

import pytest
from kit.tables import catalogue_of, codes, raw_export, table_of

from itss_kpi.core.rulings import Ruling, digest_of, fingerprint
from itss_kpi.plan.rulings import rulings_by_source

CATALOGUE = catalogue_of("""
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {}, 日期: {type: date}}
  visits: {name: 走访, departments: [甲部], files: 台账_*.xlsx, sheet: 走访, key: [号], snapshot: true, columns: {号: {}}}
  calls: {name: 来电, departments: [甲部], files: 台账_*.xlsx, sheet: 来电, key: [号], snapshot: true, columns: {号: {}}}
  rulings:
    name: 裁定台账
    departments: [丙部]
    files: 裁定_*.xlsx
    key: [裁定编号]
    date: 裁定日期
    columns: {裁定编号: {}, 文件: {}, 文件指纹: {}, 工作表: {}, 位置: {}, 问题: {}, 读作: {}, 裁定人: {}, 裁定日期: {type: date}, 理由: {}}
indicators: []
""")  # fmt: skip
DIGEST = "0123456789abcdef"
GOOD = {
    "裁定编号": "R1", "文件": "甲部/2022/工单_2022Q3.xlsx", "文件指纹": f"sha256:{DIGEST}", "工作表": "Sheet1", "位置": "C5",
    "问题": "读不出来", "读作": "2022-07-05", "裁定人": "质量经理", "裁定日期": "2022-10-09", "理由": "值班记录",
}  # fmt: skip


def read(*rows: dict[str, str]) -> tuple[dict[str, list[Ruling]], list[str], str]:
    table = table_of(CATALOGUE, "rulings", raw_export(CATALOGUE, "rulings", rows, department="丙部"))
    found, problems = rulings_by_source(CATALOGUE, {"rulings": table})
    return found, codes(problems), " ".join(map(str, problems))


def test_a_ruling_is_of_the_ledger_whose_file_it_names() -> None:
    found, wrong, _ = read(GOOD)
    assert wrong == []
    (one,) = found["tickets"]
    assert (one.id, one.day, one.cells, one.rows) == ("R1", date(2022, 10, 9), (("C", 5),), ())
    assert one.is_of("甲部/2022/工单_2022Q3.xlsx", DIGEST + "00")
    assert not one.is_of("甲部/2022/工单_2022Q3.xlsx", "00" + DIGEST)


@pytest.mark.parametrize(("sheet", "ledgers"), [("走访", ["visits"]), ("来 电", ["calls"]), ("别的", [])])
def test_in_a_file_of_several_ledgers_it_is_of_the_one_whose_sheet_it_names(sheet: str, ledgers: list[str]) -> None:
    found, wrong, _ = read(GOOD | {"文件": "甲部/台账_2022.xlsx", "工作表": sheet})
    assert (list(found), wrong) == (ledgers, [] if ledgers else ["D319"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"裁定人": ""}, "须写全"),
        ({"裁定日期": "十月"}, "须写全"),
        ({"裁定日期": ""}, "须写全"),
        ({"理由": ""}, "须写全"),
        ({"读作": ""}, "须写全"),
        ({"文件指纹": "01234567"}, "文件指纹写作"),
        ({"位置": "第五行"}, "位置写作"),
        ({"位置": ""}, "位置写作"),
        ({"位置": "5", "读作": "2022-07-05"}, "整行的读作只能是"),
        ({"文件": "甲部/名册.xlsx"}, "不是台账的文件"),
        ({"文件": "丙部/裁定_2022.xlsx"}, "不是台账的文件"),
    ],
)
def test_what_is_incomplete_is_no_ruling(change: dict[str, str], why: str) -> None:
    found, wrong, text = read(GOOD | change)
    assert (found, wrong) == ({}, ["D319"])
    assert why in text


def test_rulings_that_contradict_each_other_are_none() -> None:
    found, wrong, text = read(GOOD, GOOD | {"裁定编号": "R2", "读作": "2022-07-06"})
    assert (found, wrong) == ({}, ["D319", "D319"])
    assert "另有一条裁定" in text
    found, wrong, _ = read(GOOD, GOOD | {"裁定编号": "R2", "位置": "C5、C6"})
    assert ([one.id for one in found["tickets"]], wrong) == (["R1", "R2"], [])
    found, wrong, text = read(GOOD, GOOD | {"读作": "2022-07-06"})
    assert (found, wrong) == ({}, ["D319"])
    assert "有几行" in text


def test_a_fingerprint_is_a_text_that_stays_one() -> None:
    written = fingerprint("1234567890123456" + "0" * 48)
    assert written == "sha256:1234567890123456"
    assert digest_of(written) == digest_of("1234567890123456") == digest_of(written.upper()) == "1234567890123456"
    assert digest_of("1.23456789012346E+15") is None
