"""Lakes and databases: the sample exported and read again says the same; and what is asked of a database."""

import contextlib
import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kit.console import Capture, as_json, call

ROOT = Path(__file__).parents[2]
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), None)
CATALOGUE = """
format: itss-kpi/catalogue/1
plan: {{title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [甲部, 乙部]}}
data: 台账
sources:
  t:
    name: 工单
    departments: [甲部, 乙部]
    {place}
    key: [编号]
    date: 受理时间
    columns: {{编号: {{required: true}}, 受理时间: {{type: datetime, required: true}}, 响应时间: {{type: datetime}}, 金额: {{type: decimal}}}}
indicators:
  - {{id: r, number: 1, domain: 域, name: 响应率, formula: f, target: '>= 90%', period: month, for_each: 提交部门,
     numerator: {{within: denominator, where: 响应时间 - 受理时间 <= minutes(30)}}, denominator: {{measure: count, source: t}}}}
  - {{id: s, number: 2, domain: 域, name: 金额, formula: f, target: '<= 9元', period: month, value: {{measure: sum, source: t, of: 金额}}}}
"""  # fmt: skip
ROWS = [
    ("A1", "甲部", "2022-07-05 09:30:00", "2022-07-05 10:00:00", "1.50"),
    ("A2", "乙部", "2022-07-06 09:30:00", None, "2.25"),
    ("A3", "甲部", "2022-07-07 09:30:00", "2022-07-07 09:50:00", "0.1"),
    ("A3", "甲部", "2022-07-07 09:30:00", "2022-07-07 10:50:00", "0.1"),  # which of the two holds nobody knows
    ("A4", "乙部", "2022-07-08 09:30:00", "明天", "0.2"),
]
COLUMNS = ("编号", "提交部门", "受理时间", "响应时间", "金额")
QUERY = "{{url: '{url}', query: 'select * from w'}}\n    covers: {covers}"
# 甲部: A1 in time, A3 perhaps; 乙部: A2 not, A4 perhaps; 1.50 + 2.25 + 0.1 + 0.2
EXPECTED = {("r", "甲部"): ("1/2", "1"), ("r", "乙部"): ("0", "1/2"), ("s", None): ("81/20", "81/20")}


def project(here: Path, place: str) -> Path:
    (here / "台账").mkdir(exist_ok=True)
    (here / "kpi_definitions.yaml").write_text(CATALOGUE.format(place=place), encoding="utf-8")
    return here / "台账"


def found(capsys: Capture, period: str = "2022-07") -> dict[tuple[str, str | None], tuple[str | None, str | None]]:
    items = as_json(capsys, "evaluate", "-p", period)["assessments"]
    return {(one["indicator"], one["group"]): (one["lowest"], one["highest"]) for one in items}


def in_sqlite(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"create table w ({', '.join(COLUMNS)})")
        connection.executemany("insert into w values (?, ?, ?, ?, ?)", ROWS)
        connection.commit()


# ---- Parquet


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two reports assess the same, whatever their files are called."""
    pairs = zip(one["assessments"], other["assessments"], strict=True)
    return all({**mine, "rows": 0} == {**theirs, "rows": 0} for mine, theirs in pairs)


def test_the_sample_as_a_lake_says_the_same(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code, _, err = call(capsys, "export", "-o", str(tmp_path / "湖"))
    assert (code, "54 个文件" in err) == (0, True)
    for period in ("2022", "2022Q1", "2022Q3", "2022-07", "2022-12"):
        from_files = as_json(capsys, "evaluate", "-p", period)
        assert same(from_files, as_json(capsys, "evaluate", "-p", period, "--data", str(tmp_path / "湖")))


def test_what_can_not_be_read_is_in_no_lake(here: Path, capsys: Capture) -> None:
    data = project(here, "files: 工单_*.csv")
    for department in ("甲部", "乙部"):
        (data / department).mkdir()
        (data / department / "工单_2022-07.csv").write_text("编号,受理时间,响应时间,金额\n", encoding="utf-8")
    (data / "乙部" / "工单_2022-08.csv").write_bytes(b"")
    assert call(capsys, "export", "-o", "湖")[0] == 0
    assert sorted(path.as_posix() for path in Path("湖").rglob("*.parquet")) == [
        "湖/乙部/工单_2022-07.parquet",
        "湖/甲部/工单_2022-07.parquet",
    ]


def test_rows_say_whose_they_are(here: Path, capsys: Capture) -> None:
    data = project(here, "parquet: 湖/**/工单_*.parquet")
    (data / "湖" / "七月").mkdir(parents=True)
    table = pa.table(dict(zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True)))
    pq.write_table(table, data / "湖" / "七月" / "工单_2022-07.parquet")
    assert found(capsys) == EXPECTED
    assert all(one["verdict"] == "missing_data" for one in as_json(capsys, "evaluate", "-p", "2022-08")["assessments"])
    _, out, _ = call(capsys, "check")
    assert "湖/七月/工单_2022-07.parquet!D6: D201" in out  # the file's own row and column
    assert "D302" in out
    assert "D103" not in out


def test_rows_of_a_strange_department_are_said(here: Path, capsys: Capture) -> None:
    data = project(here, f"sql: {QUERY.format(url='sqlite:///k.db', covers='2022-07')}")
    in_sqlite(data / "k.db")
    with contextlib.closing(sqlite3.connect(data / "k.db")) as connection:
        connection.execute("update w set 提交部门 = '丙部' where 编号 = 'A2'")
        connection.commit()
    _, out, _ = call(capsys, "check")
    assert "D103 提交部门写着“丙部”" in out


def test_rows_of_which_nobody_says_whose_they_are_prove_nothing(here: Path, capsys: Capture) -> None:
    data = project(here, "parquet: 工单_*.parquet")
    table = pa.table({name: [row[at] for row in ROWS] for at, name in enumerate(COLUMNS) if name != "提交部门"})
    pq.write_table(table, data / "工单_2022-07.parquet")
    _, out, _ = call(capsys, "check")
    assert "D103 看不出是哪个部门的行" in out
    assert all(one["verdict"] == "missing_data" for one in as_json(capsys, "evaluate", "-p", "2022-07")["assessments"])


# ---- databases


def test_a_query_s_rows_are_read_as_a_file_s_are(here: Path, capsys: Capture) -> None:
    data = project(here, f"sql: {QUERY.format(url='sqlite:///k.db', covers='2022-07')}")
    in_sqlite(data / "k.db")
    assert found(capsys) == EXPECTED
    assert found(capsys) == EXPECTED  # from what was kept
    assert call(capsys, "evaluate", "-p", "2022-07", "--no-cache")[0] == 0
    with contextlib.closing(sqlite3.connect(data / "k.db")) as connection:
        connection.execute("delete from w where 编号 = 'A3'")
        connection.commit()
    assert found(capsys)["r", "甲部"] == ("1", "1")
    assert all(one["verdict"] == "missing_data" for one in as_json(capsys, "evaluate", "-p", "2022-08")["assessments"])
    assert call(capsys, "report", "-p", "2022-07", "-o", str(here / "r.xlsx"))[0] == 0


def test_what_each_department_has_handed_in_may_be_declared(here: Path, capsys: Capture) -> None:
    covers = "{甲部: 2022-07, 乙部: 2022-08}"
    data = project(here, f"sql: {QUERY.format(url='sqlite:///k.db', covers=covers)}")
    in_sqlite(data / "k.db")
    items = as_json(capsys, "evaluate", "-p", "2022-07")["assessments"]
    assert {absence["department"] for one in items for absence in one["missing"]} == {"乙部"}


@pytest.mark.parametrize(
    ("query", "code", "says"),
    [
        ("{url: 'sqlite:///none.db', query: select 1}", 4, "D137"),
        ("{url: 'sqlite:///k.db', query: select * from}", 4, "incomplete input"),
        ("{url: 'sqlite:///k.db', query: with x as (select 1) delete from w}", 4, "readonly"),
        ("{url: 'sqlite:///k.db', query: delete from w}", 3, "select"),
        ("{url: 'postgresql://kpi:secret@h/d', query: select 1}", 3, "口令"),
        ("{url: 'postgresql+psycopg://kpi:${KPI_NOWHERE}@h/d', query: select 1}", 2, "KPI_NOWHERE"),
        ("{url: 'oracle+nodriver://h/d', query: select 1}", 4, "D137"),
        ("{url: nonsense, query: select 1}", 4, "D137"),
    ],
)
def test_what_can_not_be_asked_is_said(query: str, code: int, says: str, here: Path, capsys: Capture) -> None:
    data = project(here, f"sql: {query}\n    covers: year")
    in_sqlite(data / "k.db")
    found_code, _, err = call(capsys, "evaluate", "-p", "2022-07")
    assert (found_code, says in err, "secret" in err) == (code, True, False)
    with contextlib.closing(sqlite3.connect(data / "k.db")) as connection:
        assert connection.execute("select count(*) from w").fetchone() == (len(ROWS),)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("covers: year", "files、parquet、sql 三者之一"),
        ("{files: 工单_*.xlsx, parquet: 湖/*.parquet}", "三者之一"),
        ("sql: {url: 'sqlite:///k.db', query: select 1}", "covers"),
        ("parquet: /tmp/*.parquet", "台账文件夹下"),
        ("parquet: ../*.parquet", "台账文件夹下"),
    ],
)
def test_a_ledger_is_at_one_place(place: str, says: str, here: Path, capsys: Capture) -> None:
    project(here, place.strip("{}").replace(", parquet", "\n    parquet") if place.startswith("{") else place)
    code, _, err = call(capsys, "evaluate", "-p", "2022-07")
    assert (code, says in err) == (3, True)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of its own, with the rows in it."""
    if POSTGRES is None:
        pytest.skip("no PostgreSQL here")
    folder = Path("/tmp") / f"itss-kpi-{tmp_path_factory.mktemp('postgres').name}-{socket.gethostname()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    whose = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if whose:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*arguments: str) -> None:
        subprocess.run(arguments, check=True, capture_output=True, cwd="/", **whose)

    data, options = str(folder / "data"), f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    run(f"{POSTGRES}/initdb", "-D", data, "-A", "trust", "-U", "kpi", "-E", "UTF8", "--no-locale")
    run(f"{POSTGRES}/pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        import psycopg

        with psycopg.connect(f"postgresql://kpi@127.0.0.1:{port}/postgres") as connection:
            types = "text, text, timestamp, text, numeric(9, 2)"
            columns = ", ".join(map(" ".join, zip(COLUMNS, types.replace("(9, 2)", "").split(", "), strict=True)))
            connection.execute(f"create table w ({columns})")
            connection.execute("create sequence s")
            with connection.cursor() as cursor:
                cursor.executemany("insert into w values (%s, %s, %s, %s, %s)", ROWS)
        yield f"127.0.0.1:{port}/postgres"
    finally:
        run(f"{POSTGRES}/pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_database_server_s_rows_are_the_same(
    postgres: str, here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_DB", "anything")
    url = f"postgresql+psycopg://kpi:${{KPI_DB}}@{postgres}"
    project(here, f"sql: {QUERY.format(url=url, covers='2022-07')}")
    assert found(capsys) == EXPECTED
    project(here, f"sql: {{url: '{url}', query: \"select nextval('s')\"}}\n    covers: year")
    code, _, err = call(capsys, "evaluate", "-p", "2022-07")
    assert (code, "read-only" in err) == (4, True)
