"""What departments send: one ledger in every form gives one result, and one changed value changes one result.

The base is a plain workbook of thirty records; what it must give is worked out here from the Python rows, not by the
program. Each form below holds the same records, so its assessments must be equal to the base's, to the digit.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kit.ledgers import (
    CATALOGUE,
    COLUMNS,
    NAME,
    SHEET,
    TICKETS,
    Page,
    Percent,
    Project,
    Result,
    Row,
    address,
    grid,
    html,
    inside,
    ods,
    page,
    shown,
    text,
    tickets,
    xls,
    xlsx,
    xlsx_1904,
    xml_2003,
)
from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel

PATH = f"运维部/{NAME}.xlsx"

Writer = Callable[[Page], bytes]
WRITERS: dict[str, Writer] = {
    "xlsx": xlsx,
    "xlsx_1904": xlsx_1904,
    "xls": xls,
    "ods": ods,
    "html": html,
    "xml_2003": xml_2003,
    "utf_8": lambda found: text(found).encode(),
    "utf_16": lambda found: text(found, "\t").encode("utf-16"),
    "gb18030": lambda found: text(found).encode("gb18030"),
}


def writers(*names: str) -> pytest.MarkDecorator:
    """The test with each of the writers named."""
    return pytest.mark.parametrize("writer", [pytest.param(WRITERS[name], id=name) for name in names])


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def read(root: Path, *contents: bytes, catalogue: str = CATALOGUE) -> Result:
    """The report over workbooks handed in as the tickets."""
    project = Project(root, catalogue)
    for at, content in enumerate(contents):
        project.put(content, f"{NAME}({at}).xlsx" if at else f"{NAME}.xlsx")
    return project.evaluate()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The plain workbook's report."""
    return read(tmp_path_factory.mktemp("base"), xlsx(page()))


# ---- the answers, worked out from the rows


def in_time(row: Row) -> set[bool]:
    """Whether the answer came within the limit: both, where its time can't be read."""
    match row["响应时间"]:
        case None:
            return {False}
        case datetime() as answered:
            return {answered - row["受理时间"] <= timedelta(minutes=row["时限"])}
        case _:
            return {False, True}


def answers(rows: Sequence[Row]) -> dict[tuple[int, str], tuple[Fraction, Fraction]]:
    """Lowest and highest value by number and period, over rows of which only 响应时间 may be unreadable."""
    found: dict[tuple[int, str], tuple[Fraction, Fraction]] = {}
    quarter = [row for row in rows if 7 <= row["受理时间"].month <= 9]
    for month in (7, 8, 9):
        these = [row for row in quarter if row["受理时间"].month == month]
        counted = [in_time(row) for row in these if row["优先级"] != "P3"]
        low, high = (sum(which(one) for one in counted) for which in (min, max))
        found[1, f"2022-{month:02d}"] = Fraction(low, len(counted)), Fraction(high, len(counted))
        end = date(2022, month + 1, 1)
        visited = sum(
            row["是否回访"] == "是" and row["回访日期"] is not None and row["回访日期"] < end for row in these
        )
        found[4, f"2022-{month:02d}"] = (Fraction(visited, len(these)),) * 2
    sums = {
        2: sum((Fraction(row["费用"]) for row in quarter), Fraction()),
        3: sum((Fraction(row["完成率"].value) for row in quarter), Fraction()) / len(quarter),
        5: Fraction(sum(row["数量"] or 0 for row in quarter)),
        6: Fraction(sum(row["工单号"] == "000107" for row in quarter)),
        7: Fraction(sum(row["时限"] for row in quarter) * 60_000_000),
    }
    return found | {(number, "2022Q3"): (value, value) for number, value in sums.items()}


def bounds(result: Result) -> dict[tuple[int, str], tuple[Fraction, Fraction]]:
    """The report's lowest and highest over the tickets."""
    found = {}
    for key, item in result.of_tickets().items():
        assert item["lowest"] is not None, (key, item, result.report["problems"])
        found[key] = Fraction(item["lowest"]), Fraction(item["highest"])
    return found


def test_the_base_gives_the_answers_worked_out_by_hand(base: Result) -> None:
    assert bounds(base) == answers(tickets())
    assert base.rows() == {"read": 30, "kept": 30, "blank": 0, "non_data": 0, "duplicate": 0}
    assert [(problem.get("path"), problem.get("cell")) for problem in base.errors()] == [
        (PATH, address(12, "响应时间"))
    ]
    assert base.verdicts() >= {"attained", "missed"}


# ---- the same records in other forms


Form = Callable[[Project], object]
FORMS: dict[str, Form] = {}


def form(function: Form) -> Form:
    """Registers a form under its name."""
    FORMS[function.__name__.replace("_", " ")] = function
    return function


def changed(**columns: Callable[[Any], Any]) -> list[Row]:
    """The records with the values of some columns written otherwise; blanks stay blank."""
    rows = tickets()
    for row in rows:
        row.update({name: change(row[name]) for name, change in columns.items() if row[name] is not None})
    return rows


def months() -> list[Page]:
    rows = tickets()
    return [page(rows[at : at + 10], name=f"{7 + at // 10}月") for at in (0, 10, 20)]


def by_priority() -> list[Row]:
    """The records in order of priority, so that equal cells are neighbours."""
    return sorted(tickets(), key=lambda row: str(row["优先级"]))


def merged_priorities() -> Page:
    """Neighbours of one priority share one merged cell."""
    found = page(by_priority())
    at = COLUMNS.index("优先级")
    column = [cells[at] for cells in found.cells]
    for value in ("P1", "P2", "P3"):
        top, bottom = column.index(value) + 1, len(column) - column[::-1].index(value)
        found.merged.append((top, at + 1, bottom, at + 1))
    return found


def under_titles(*titles: str, **options: Any) -> Page:
    """The header stands below merged title rows."""
    rows: list[list[Any]] = [[title, *[None] * (len(COLUMNS) - 1)] for title in titles]
    merged = [(at, 1, at, len(COLUMNS)) for at, title in enumerate(titles, 1) if title]
    return Page([[cell or None for cell in cells] for cells in rows] + grid(tickets()), merged=merged, **options)


def two_row_header() -> Page:
    """Groups above names that are whole by themselves, and names in two halves: 响应 above 时间."""
    names = dict(zip(COLUMNS, range(1, len(COLUMNS) + 1), strict=True))
    top: list[Any] = list(COLUMNS)
    low: list[Any] = [None] * len(COLUMNS)
    merged = [(1, at, 2, at) for name, at in names.items() if name not in ("响应时间", "时限", "是否回访", "回访日期")]
    halves = {"响应时间": ("响应", "时间"), "时限": ("响应", "时限"), "是否回访": ("回访情况", "是否回访")}
    for name, (above, below) in (halves | {"回访日期": ("回访情况", "回访日期")}).items():
        top[names[name] - 1], low[names[name] - 1] = above, below
    top[names["时限"] - 1] = top[names["回访日期"] - 1] = None
    merged += [(1, names["响应时间"], 1, names["时限"]), (1, names["是否回访"], 1, names["回访日期"])]
    return Page([top, low, *grid(tickets())[1:]], merged=merged)


@form
def shuffled_rows(project: Project) -> None:
    rows = tickets()
    random.Random(3).shuffle(rows)
    project.put(xlsx(page(rows)))


@form
def permuted_columns(project: Project) -> None:
    columns = [*COLUMNS, "多余的列"]
    random.Random(4).shuffle(columns)
    rows = [row | {"多余的列": "x"} for row in tickets()]
    project.put(xlsx(Page(grid(rows, columns))))


@form
def two_files(project: Project) -> None:
    rows = tickets()
    project.put(xlsx(page(rows[::2])), f"{NAME}(1).xlsx")
    project.put(text(page(rows[1::2])).encode("gb18030"), f"{NAME}(2).csv")


@form
def three_sheets_whose_columns_stand_in_other_orders(project: Project) -> None:
    first, second, third = months()
    second.cells = [cells[::-1] for cells in second.cells]
    third.cells.insert(0, ["九月份工单"])
    project.put(xlsx(first, second, third))


@form
def three_sheets_one_of_them_hidden(project: Project) -> None:
    first, second, third = months()
    project.put(xlsx(first, replace(second, hidden=True), third))


@form
def three_sheets_ods(project: Project) -> None:
    first, second, third = months()
    project.put(ods(first, replace(second, hidden=True), third), f"{NAME}.ods")


@form
def epoch_1904_serials_in_general_cells(project: Project) -> None:
    def serial(value: Any) -> Any:
        return to_excel(value, CALENDAR_MAC_1904) if isinstance(value, date) else value

    rows = changed(受理时间=serial, 响应时间=serial, 回访日期=serial)
    project.put(xlsx_1904(page(rows)))


@form
def serials_in_general_cells(project: Project) -> None:
    def serial(value: Any) -> Any:
        return to_excel(value) if isinstance(value, date) else value

    project.put(xlsx(page(changed(受理时间=serial, 响应时间=serial, 回访日期=serial))))


@form
def ods_with_merged_cells_and_titles(project: Project) -> None:
    found = merged_priorities()
    found.cells.insert(0, ["工单", *[None] * 10])
    found.merged = [(1, 1, 1, 11), *((top + 1, left, low + 1, right) for top, left, low, right in found.merged)]
    project.put(ods(found), f"{NAME}.ods")


@form
def html_under_a_title_that_spans_two_columns(project: Project) -> None:
    found = page()
    found.cells.insert(0, ["导出时间", None, "2022-10-08", *[None] * 8])
    found.merged.append((1, 1, 1, 2))
    project.put(html(found), f"{NAME}.xls")


@form
def html_in_capitals_with_unclosed_cells(project: Project) -> None:
    found = html(page()).decode().replace("</td>", "").replace("</tr>", "").replace("<td", "<TD").replace("<tr", "<TR")
    project.put(found.encode(), f"{NAME}.xls")


@form
def xml_2003_named_xls(project: Project) -> None:
    found = page()
    found.cells[5:5] = [[None] * len(COLUMNS)] * 3  # a gap of rows: ss:Index
    project.put(xml_2003(found), f"{NAME}.xls")


@form
def header_spelled_otherwise(project: Project) -> None:
    spelled = ["工 单 号", "受理\n时间", "　响应时间 ", "时限（分钟）", "优先\r\n级", "数量（个）", "费 用"]
    spelled += ["完成率(%)", "是否\u00a0回访", "回访日期*", "说明"]
    spelled[9] = "回访日期"
    project.put(xlsx(Page([spelled, *grid(tickets())[1:]])))


@form
def full_width_characters(project: Project) -> None:
    wide = {ascii_: ascii_ + 0xFEE0 for ascii_ in range(0x21, 0x7F)}
    cells = [[shown(value).translate(wide) or None for value in line] for line in grid(tickets())]
    project.put(xlsx(Page(cells)))


@form
def other_spellings(project: Project) -> None:
    dates = (
        "{0:%Y/}{0.month}/{0.day} {0:%H:%M:%S}",
        "{0:%Y.%m.%d %H:%M:%S}",
        "{0:%Y年}{0.month}月{0.day}日 {0:%H:%M:%S}",
    )
    turn = iter(range(10_000))

    def written(value: Any) -> Any:
        if not isinstance(value, date):
            return value
        at = next(turn)
        if isinstance(value, datetime) and value.second == 0 and at % 2:
            return f"{value:%Y年}{value.month}月{value.day}日 {value.hour}时{value:%M}分"
        if not isinstance(value, datetime):
            return (f"{value:%Y%m%d}", f"{value.month}月{value.day}日", f"{value:%Y.}{value.month}.{value.day}")[at % 3]
        return dates[at % 3].format(value)

    def money(value: Decimal) -> str:
        return f"（{-value:,}）" if value < 0 else f"{value:,}"

    def limit(value: int) -> Any:
        return (f"{value}分钟", f"{value // 60}:{value % 60:02d}", f"{value // 60}小时{value % 60}分", str(value))[
            next(turn) % 4
        ]

    rows = changed(
        受理时间=written, 响应时间=written, 回访日期=written, 费用=money, 时限=limit,
        是否回访=lambda value: {"是": ("√", "Y", "1", "是 "), "否": ("×", "N", "0", "否")}[value][next(turn) % 4],
        优先级=lambda value: {"P1": "一级", "P2": " p2", "P3": "三级"}[value],
        完成率=lambda value: (shown(value), shown(value).replace("%", "％"), str(value.value))[next(turn) % 3],
    )  # fmt: skip
    project.put(xlsx(page(rows)))


@form
def limits_in_duration_cells(project: Project) -> None:
    def cell(value: int) -> Any:
        return time(0, value) if value < 60 else timedelta(minutes=value)

    project.put(xlsx(page(changed(时限=cell))))


@form
def columns_far_to_the_right_and_low(project: Project) -> None:
    found = page()
    found.cells = [[None] * 30 + cells for cells in found.cells]
    found.cells[:0] = [[None]] * 20
    project.put(xlsx(found))


def put(content: Callable[[], bytes], ending: str = ".xlsx") -> Form:
    """The form that is one file."""
    return lambda project: project.put(content(), NAME + ending)


FORMS |= {
    "three sheets": put(lambda: xlsx(*months())),
    "three sheets and a sheet of rules": put(
        lambda: xlsx(Page([["填写说明"], ["受理时间写到分钟"]], "填写说明"), *months())
    ),
    "three sheets xls": put(lambda: xls(*months()), ".xls"),
    "three sheets xml 2003": put(lambda: xml_2003(*months()), ".xls"),
    "hidden rows": put(lambda: xlsx(page(hidden_rows=range(5, 15)))),
    "a filtered xls": put(lambda: xls(page(hidden_rows=range(5, 15))), ".xls"),
    "epoch 1904": put(lambda: xlsx_1904(page())),
    "xlsm by name": put(lambda: xlsx(page()), ".xlsm"),
    "an xlsx named xls": put(lambda: xlsx(page()), ".xls"),
    "an xls named xlsx": put(lambda: xls(page()), ".xlsx"),
    "a name without extension": put(lambda: xlsx(page()), ""),
    "an upper case extension": put(lambda: text(page()).encode(), ".CSV"),
    "xls 97": put(lambda: xls(page()), ".xls"),
    "xls 97 with merged cells": put(lambda: xls(merged_priorities()), ".xls"),
    "ods with a million blank rows": put(lambda: ods(page()), ".ods"),
    "html named xls": put(lambda: html(page()), ".xls"),
    "html in gb2312 named xls": put(lambda: html(page(), "gb2312"), ".xls"),
    "html with rowspan": put(lambda: html(merged_priorities()), ".xls"),
    "xml 2003 with merge down": put(lambda: xml_2003(merged_priorities()), ".xls"),
    "merged cells": put(lambda: xlsx(merged_priorities())),
    "header under titles": put(lambda: xlsx(under_titles("运维部工单台账", "", "制表日期：2022-10-08"))),
    "header in row 30": put(lambda: xlsx(under_titles("运维部工单台账", *[""] * 28))),
    "csv under titles": put(
        lambda: text(under_titles("运维部工单台账", "", "2022年三季度")).encode("utf-8-sig"), ".csv"
    ),
    "header in two rows": put(lambda: xlsx(two_row_header())),
    "header in two rows xls": put(lambda: xls(two_row_header()), ".xls"),
    "header in two rows html": put(lambda: html(two_row_header()), ".xls"),
    "everything typed as text": put(
        lambda: xlsx(Page([[shown(value) or None for value in cells] for cells in grid(tickets())]))
    ),
    "a tsv named xls": put(lambda: text(page(), "\t").encode("gb18030"), ".xls"),
    "a utf 16 tsv named xls": put(lambda: text(page(), "\t").encode("utf-16"), ".xls"),
    "csv whose last line is not ended": put(
        lambda: text(page()).replace("\r\n", "\n").rstrip("\n").encode("utf-8-sig"), ".csv"
    ),
}
ENCODINGS = {"utf-8": b"", "utf-8-sig": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "gb18030": b""}
FORMS |= {
    f"csv {encoding} {name}": put(lambda e=encoding, m=mark, s=sign: m + text(page(), s).encode(e), ".csv")
    for encoding, mark in ENCODINGS.items()
    for name, sign in {"comma": ",", "tab": "\t", "semicolon": ";"}.items()
}


@form
def csv_with_quoted_line_breaks(project: Project) -> None:
    rows = changed(说明=lambda value: f'{value}\n合计,"x";\t第二行')
    project.put(text(page(rows)).encode("gb18030"), f"{NAME}.csv")


@pytest.mark.parametrize("name", FORMS)
def test_the_same_records_in_another_form_give_the_same_results(project: Project, base: Result, name: str) -> None:
    FORMS[name](project)
    result = project.evaluate()
    assert result.of_tickets() == base.of_tickets()
    assert (result.rows()["kept"], result.rows()["duplicate"]) == (30, 0)
    # the one cell that can't be read, and nothing else, is an error
    assert [problem["severity"] for problem in result.errors()] == ["error"], result.errors()
    result.other_ledger_is_read()


@writers("xlsx", "xls", "ods", "html", "xml_2003", "utf_8", "gb18030")
@pytest.mark.parametrize(("titles", "place"), [((), "C14"), (("工单", "", ""), "C17")])
def test_the_cell_that_cannot_be_read_is_named_by_its_own_address(
    project: Project, writer: Writer, titles: tuple[str, ...], place: str
) -> None:
    path = project.put(writer(under_titles(*titles)), f"{NAME}.xls")
    errors = project.evaluate().errors()
    assert [(problem.get("path"), problem.get("cell")) for problem in errors] == [(path, place)]


@pytest.mark.parametrize(("number", "name"), [(0, "7月"), (1, "8月"), (2, "9月")])
def test_an_unreadable_cell_on_any_sheet_is_named_by_its_sheet(project: Project, number: int, name: str) -> None:
    pages = months()
    pages[number].cells[4][COLUMNS.index("费用")] = "待核"
    path = project.put(xlsx(*pages))
    assert [problem.get("sheet") for problem in project.evaluate().errors(path, "G5")] == [name]


# ---- rows that are no records


def test_exact_duplicates_count_once_and_are_reported(project: Project, base: Result) -> None:
    rows = tickets()
    path = project.put(xlsx(page([*rows, *rows[:4], rows[12]])))
    result = project.evaluate()
    assert result.of_tickets() == base.of_tickets()
    assert result.rows() == {"read": 35, "kept": 30, "blank": 0, "non_data": 0, "duplicate": 5}
    assert len(result.problems(path, None, "warning")) >= 1


def test_a_file_handed_in_twice_in_two_formats_counts_once(project: Project, base: Result) -> None:
    project.put(xlsx(page()))
    project.put(text(page()).encode("gb18030"), f"{NAME}(1).csv")
    result = project.evaluate()
    assert result.of_tickets() == base.of_tickets()
    assert result.rows() == {"read": 60, "kept": 30, "blank": 0, "non_data": 0, "duplicate": 30}


def test_one_id_with_two_contents_is_one_doubtful_row_named_at_both_places(project: Project, base: Result) -> None:
    rows = tickets()
    late = rows[0] | {"响应时间": rows[0]["受理时间"] + timedelta(days=2)}
    path = project.put(xlsx(page([*rows, late])))
    result = project.evaluate()
    before, after = base.item(1, "2022-07"), result.item(1, "2022-07")
    assert (after["denominator"], after["highest"], after["doubtful_rows"]) == (
        before["denominator"],
        before["highest"],
        1,
    )
    assert Fraction(after["lowest"]) == Fraction(before["lowest"]) - Fraction(1, int(before["denominator"]))
    (problem,) = [found for found in result.errors(path) if rows[0]["工单号"] in found["message"]]
    place = problem.get("cell") + problem["message"]
    assert re.search(r"(?<!\d)2(?!\d)", place), "the first place, row 2"
    assert "32" in place, "the second place, row 32"


def test_totals_notes_and_repeated_headers_are_set_aside_and_counted(project: Project, base: Result) -> None:
    rows = grid(tickets())
    width = len(COLUMNS)

    def line(*cells: Any) -> list[Any]:
        return [*cells, *[None] * (width - len(cells))]

    total = line("小计", None, None, None, None, 171, 50123.5)
    blank = line()
    cells = [
        *rows[:11], total, list(COLUMNS), *rows[11:21], total, blank, list(COLUMNS), *rows[21:], line("合计", None, None,
        None, None, 512, 152236.52), line("总 计", None, None, None, None, 512), blank, line("备注：以上数据截至9月30日"),
        line("制表人：甲某某", None, "审核人：乙某某"), line(None, "填表日期：2022-10-08"),
    ]  # fmt: skip
    for name, content in {f"{NAME}.xlsx": xlsx(Page(cells)), f"{NAME}.csv": text(Page(cells)).encode()}.items():
        path = project.put(content, name)
        result = project.evaluate()
        assert result.of_tickets() == base.of_tickets(), name
        assert result.rows() == {"read": 41, "kept": 30, "blank": 2, "non_data": 9, "duplicate": 0}, name
        (project.folder / path.partition("/")[2]).unlink()


def test_a_row_with_a_valid_key_is_data_whatever_else_it_says(project: Project) -> None:
    rows = tickets()
    rows[5]["说明"], rows[6]["说明"], rows[7]["说明"] = "合计", "备注：已电话告知", "制表人：甲某某"
    rows.append(rows[8] | {"工单号": "合计01", "说明": "小计"})
    project.put(xlsx(page(rows)))
    assert project.evaluate().rows() == {"read": 31, "kept": 31, "blank": 0, "non_data": 0, "duplicate": 0}


def test_hidden_rows_and_sheets_count_and_their_number_is_said(project: Project, base: Result) -> None:
    first, second, third = months()
    first.hidden_rows = (3, 4, 5)
    path = project.put(xlsx(first, replace(second, hidden=True), third))
    result = project.evaluate()
    assert result.of_tickets() == base.of_tickets()
    said = [problem["message"] for problem in result.problems(path) if "隐藏" in problem["message"]]
    assert any("3" in message for message in said), result.problems(path)
    assert any("1" in message or "8月" in message for message in said), result.problems(path)


# ---- one value changed


CHANGES = [
    # the answer's second beyond the limit: July's rate
    (4, "响应时间", timedelta(seconds=1), {(1, "2022-07")}),
    # the visit after the month's end: July's visits
    (2, "回访日期", date(2022, 8, 1), {(4, "2022-07")}),
    (2, "回访日期", date(2022, 7, 31), set()),
    # the id's leading zero: the count of that one
    (8, "工单号", "00107", {(6, "2022Q3")}),
    (3, "工单号", "200107", set()),
    (5, "数量", 41, {(5, "2022Q3")}),
    (5, "费用", Decimal("0.000000001"), {(2, "2022Q3")}),
    (5, "完成率", Percent(Decimal("0.9490000001")), {(3, "2022Q3")}),
    (5, "时限", 91, {(7, "2022Q3")}),
    (5, "是否回访", "是", set()),  # without a date of visit
    (6, "是否回访", "否", {(4, "2022-07")}),
]


def _changes() -> list[Any]:
    """Every change in a workbook, and those of a second, an id, a cost and a percent in the other formats too."""
    named = [
        pytest.param(WRITERS[name], *change, id=f"{name}-{change[1]}-{change[2]}")
        for name in ("xlsx", "xls", "ods", "xml_2003", "gb18030")
        for at, change in enumerate(CHANGES)
        if name == "xlsx" or at in (0, 3, 6, 7)
    ]
    return named


@pytest.mark.parametrize(("writer", "row", "column", "value", "expected"), _changes())
def test_one_changed_value_changes_exactly_its_own_result(
    project: Project,
    base: Result,
    writer: Writer,
    row: int,
    column: str,
    value: Any,
    expected: set[Any],
) -> None:
    rows = tickets()
    rows[row][column] = rows[row][column] + value if isinstance(value, timedelta) else value
    project.put(writer(page(rows)))
    result = project.evaluate()
    assert bounds(result) == answers(rows)
    before = base.of_tickets()
    assert {key for key, item in result.of_tickets().items() if item != before[key]} == expected


@writers("xlsx", "xlsx_1904", "xls", "ods", "xml_2003", "utf_16")
def test_the_second_after_the_last_of_the_quarter_is_another_quarter_s(
    project: Project, base: Result, writer: Writer
) -> None:
    rows = tickets()
    assert rows[29]["受理时间"] == datetime(2022, 9, 30, 23, 59, 59)
    rows[29]["受理时间"] = datetime(2022, 10, 1)
    project.put(writer(page(rows)))
    result = project.evaluate()
    assert bounds(result) == answers(rows)
    before = base.of_tickets()
    differing = {key for key, item in result.of_tickets().items() if item != before[key]}
    assert differing <= {key for key in before if key[1] in ("2022-09", "2022Q3")} - {(6, "2022Q3")}
    assert {(1, "2022-09"), (4, "2022-09")} <= differing


# ---- numbers


def test_a_percent_just_below_the_target_is_missed_and_never_shown_as_met(project: Project) -> None:
    project.put(xlsx(page(changed(完成率=lambda _: Percent(Decimal("0.949999999999"))))))
    item = project.evaluate().item(3)
    assert Fraction(item["value"]) == Fraction(949_999_999_999, 10**12)
    assert item["verdict"] == "missed"
    assert not re.fullmatch(r"95(\.0*)?%", item["display"]), item["display"]


@pytest.mark.parametrize("cell", [1e-10, "0.0000000001", "1E-10"])
def test_a_tiny_number_is_not_zero(project: Project, cell: Any) -> None:
    rows = tickets()
    for at, row in enumerate(rows):
        row["费用"] = cell if at == 5 else None
    project.put(xlsx(page(rows)))
    item = project.evaluate().item(2)
    assert Fraction(item["value"]) == Fraction(1, 10**10)
    assert not re.fullmatch(r"0(\.0*)?\D*", item["display"]), item["display"]


@writers("xlsx", "xls", "ods")
def test_ids_of_more_than_15_digits_in_number_cells_are_reported_and_not_merged(
    project: Project, writer: Writer
) -> None:
    rows = tickets()
    # as doubles these are one number: Excel has lost the last digits already
    rows[5]["工单号"], rows[6]["工单号"] = 12345678901234567.0, 12345678901234568.0
    path = project.put(writer(page(rows)), f"{NAME}.xls")
    result = project.evaluate()
    for row in (5, 6):
        assert result.errors(path, address(row, "工单号")), result.report["problems"]
    assert result.rows() == {"read": 30, "kept": 30, "blank": 0, "non_data": 0, "duplicate": 0}
    assert result.item(1, "2022-07")["doubtful_rows"] >= 1


def test_ids_of_15_digits_in_number_cells_are_ids(project: Project, base: Result) -> None:
    rows = tickets()
    rows[5]["工单号"], rows[6]["工单号"] = 123456789012345, 123456789012346.0
    project.put(xlsx(page(rows)))
    result = project.evaluate()
    assert result.of_tickets() == base.of_tickets()
    assert len(result.errors()) == 1


def test_a_sum_over_a_number_of_more_than_15_digits_is_reported(project: Project) -> None:
    rows = tickets()
    rows[5]["数量"] = 1234567890123456789
    path = project.put(xlsx(page(rows)))
    assert project.evaluate().errors(path, address(5, "数量"))


@writers("xlsx", "xlsx_1904", "xls", "ods")
def test_a_duration_over_a_day_is_no_date(project: Project, writer: Writer) -> None:
    rows = tickets()
    rows[5]["时限"], rows[6]["时限"] = timedelta(hours=36), timedelta(hours=24)
    project.put(writer(page(rows)), f"{NAME}.xls")
    result = project.evaluate()
    assert bounds(result) == answers([row | {"时限": _minutes(row["时限"])} for row in rows])


def _minutes(limit: int | timedelta) -> int:
    return int(limit / timedelta(minutes=1)) if isinstance(limit, timedelta) else limit


@writers("xlsx", "xls", "ods", "gb18030")
def test_text_far_down_a_numeric_column_is_seen(project: Project, writer: Writer) -> None:
    rows = [
        row | {"工单号": f"{turn:03d}{row['工单号']}", "费用": Decimal(1)} for turn in range(54) for row in tickets()
    ]
    rows[1550]["费用"], rows[1551]["费用"], rows[1560]["费用"] = "待核", "12.5", "N/A"
    rows[1570]["优先级"] = "P9"
    path = project.put(writer(page(rows)), f"{NAME}.xls")
    result = project.evaluate()
    places = {problem.get("cell") for problem in result.errors(path) if str(problem.get("cell")).startswith("G")}
    assert places == {address(1550, "费用"), address(1560, "费用")}
    assert result.errors(path, address(1570, "优先级"))
    assert Fraction(result.item(2)["numerator"]) == len(rows) - 3 + Fraction("12.5")
    assert result.rows()["kept"] == len(rows)


# ---- cells that can't be read


BAD = [
    (1, "受理时间", "1/2/2022"),
    (2, "受理时间", "2022-02-30"),
    (3, "受理时间", "昨天"),
    (4, "受理时间", "待定"),
    (5, "受理时间", "N/A"),
    (6, "受理时间", "2022-07-05 25:00:00"),
    (7, "受理时间", "2022-13-01"),
    (8, "受理时间", True),
    (9, "回访日期", "2022-06-31"),
    (10, "回访日期", "/"),
    (13, "回访日期", "３０日"),
    (1, "完成率", "95"),
    (2, "完成率", 95),
    (3, "完成率", "N/A"),
    (4, "完成率", "约90%"),
    (5, "时限", "半小时"),
    (6, "时限", "N/A"),
    (7, "数量", "1.5"),
    (8, "数量", 1.5),
    (9, "数量", "N/A"),
    (10, "费用", "约12"),
    (13, "费用", "1,23.4"),
    (14, "费用", "12元整"),
    (15, "优先级", "P4"),
    (16, "是否回访", "待定"),
    (17, "工单号", "#N/A"),
    (18, "数量", "#REF!"),
    (19, "费用", "#DIV/0!"),
    (20, "受理时间", "#VALUE!"),
    (21, "数量", "=1+1"),
    (22, "受理时间", "=NOW()"),
    (23, "工单号", '="A"&"B"'),
]


def with_bad_cells() -> list[Row]:
    rows = tickets()
    for row, column, value in BAD:
        rows[row][column] = value
    return rows


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Thirty records with the cells above: openpyxl writes '#N/A' as an error and '=1+1' without a stored value."""
    return read(tmp_path_factory.mktemp("bad"), xlsx(page(with_bad_cells())))


@pytest.mark.parametrize(("row", "column", "value"), BAD)
def test_a_cell_that_cannot_be_read_is_a_problem_at_its_address(bad: Result, row: int, column: str, value: Any) -> None:
    assert bad.errors(PATH, address(row, column)), (value, bad.errors(PATH))


def test_no_row_of_unreadable_cells_is_lost_or_counted_as_right(bad: Result) -> None:
    assert bad.rows() == {"read": 30, "kept": 30, "blank": 0, "non_data": 0, "duplicate": 0}
    places = {problem.get("cell") for problem in bad.errors(PATH)}
    assert places == {address(row, column) for row, column, _ in BAD} | {address(12, "响应时间")}
    for item in bad.of_tickets().values():
        if item["lowest"] is not None:
            assert Fraction(item["lowest"]) <= Fraction(item["highest"])
    wide = [key for key, item in bad.of_tickets().items() if item["lowest"] != item["highest"]]
    assert {key for key in wide if key[0] in (1, 4)}  # doubtful dates reach every month


@writers("xls", "ods", "xml_2003", "gb18030")
def test_the_same_unreadable_cells_are_found_in_other_formats(project: Project, writer: Writer) -> None:
    kept = [found for found in BAD if found[2] is not True and str(found[2])[0] not in "=#"]
    rows = tickets()
    for row, column, value in kept:
        rows[row][column] = value
    path = project.put(writer(page(rows)), f"{NAME}.xls")
    result = project.evaluate()
    places = {problem.get("cell") for problem in result.errors(path)}
    assert places == {address(row, column) for row, column, _ in kept} | {address(12, "响应时间")}
    assert result.rows()["kept"] == 30


def test_error_cells_of_xls_are_found(project: Project) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("工单", cell_overwrite_ok=True)
    for row, cells in enumerate(grid(tickets())):
        for column, value in enumerate(cells):
            if value is not None:
                sheet.write(row, column, shown(value))
    sheet.row(6).set_cell_error(COLUMNS.index("费用"), 0x2A)  # #N/A
    sheet.row(7).set_cell_error(COLUMNS.index("数量"), 0x07)  # #DIV/0!
    book.save(str(project.folder / f"{NAME}.xls"))
    result = project.evaluate()
    for place in (address(5, "费用"), address(6, "数量")):
        assert result.errors(f"运维部/{NAME}.xls", place), result.report["problems"]


def test_error_values_in_xml_2003_and_ods_are_found(project: Project) -> None:
    rows = tickets()
    rows[5]["费用"] = 424242
    error = b'<Data ss:Type="Error">#N/A</Data>'
    content = re.sub(rb'<Data ss:Type="Number">424242</Data>', error, xml_2003(page(rows)))
    path = project.put(content, f"{NAME}.xls")
    assert project.evaluate().errors(path, address(5, "费用"))
    (project.folder / f"{NAME}.xls").unlink()
    formula = (
        b'<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
        b'calcext:value-type="error" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        b"<text:p>#N/A</text:p></table:table-cell>"
    )
    plain = (
        rb'<table:table-cell office:value-type="float" office:value="424242"><text:p>424242</text:p></table:table-cell>'
    )
    content = inside(ods(page(rows)), "content.xml", lambda part: re.sub(plain, formula, part))
    path = project.put(content, f"{NAME}.ods")
    assert project.evaluate().errors(path, address(5, "费用"))


def test_a_formula_with_a_stored_value_is_that_value(project: Project, base: Result) -> None:
    def formulas(part: bytes) -> bytes:
        changed_, times = re.subn(rb'(<c r="[DFG]\d+"[^>]*>)(<v>)', rb"\1<f>1+2</f>\2", part)
        assert times > 60
        return changed_

    project.put(inside(xlsx(page()), SHEET, formulas))
    result = project.evaluate()
    assert result.of_tickets() == base.of_tickets()
    assert len(result.errors()) == 1


def test_a_formula_without_a_stored_value_is_no_blank(project: Project) -> None:
    rows = changed(费用=lambda _: "=1+2")
    path = project.put(xlsx(page(rows)))
    result = project.evaluate()
    named = result.errors(path)
    assert address(0, "费用") in {problem.get("cell") for problem in named}
    assert result.item(2)["verdict"] == "unverified"


def test_not_applicable_typed_as_text_is_text_in_a_text_column(project: Project, base: Result) -> None:
    rows = changed(说明=lambda _: "N/A")
    project.put(xlsx(page(rows)))
    result = project.evaluate()
    assert result.of_tickets() == base.of_tickets()
    assert len(result.errors()) == 1


@pytest.mark.parametrize(
    ("form", "ending"),
    [(xlsx, ".xlsx"), (xls, ".xls"), (xml_2003, ".xls"), (ods, ".ods")],
    ids=["xlsx", "xls", "xml 2003", "ods"],
)
def test_a_percent_cell_is_read_as_shown_though_bare_numbers_are_whole_percents(
    base: Result, tmp_path: Path, form: Callable[[Page], bytes], ending: str
) -> None:
    said = CATALOGUE.replace("完成率: {type: percent,", "完成率: {type: percent, percent: whole,")
    project = Project(tmp_path, said)
    project.put(form(page()), f"{NAME}{ending}")
    assert project.evaluate().of_tickets() == base.of_tickets()


def test_whole_percents_are_read_where_the_source_says_so(base: Result, tmp_path: Path) -> None:
    said = CATALOGUE.replace("完成率: {type: percent,", "完成率: {type: percent, percent: whole,")
    rows = changed(完成率=lambda value: (value.value * 100).normalize())
    assert read(tmp_path, xlsx(page(rows)), catalogue=said).of_tickets() == base.of_tickets()


# ---- headers and files


def test_a_missing_column_is_named_with_its_nearest(project: Project) -> None:
    spelled = [{"响应时间": "响应时刻"}.get(name, name) for name in COLUMNS]
    path = project.put(xlsx(Page([spelled, *grid(tickets())[1:]])))
    result = project.evaluate()
    assert any("响应时间" in found["message"] and "响应时刻" in found["message"] for found in result.problems(path))
    assert {result.item(1, month)["verdict"] for month in ("2022-07", "2022-08", "2022-09")} <= {"unverified", "missed"}
    assert result.item(1, "2022-07")["highest"] == "1"  # nobody knows when any was answered
    assert result.item(1, "2022-07")["lowest"] == "0"
    assert result.rows()["kept"] == 30


def test_two_columns_that_look_like_one_are_a_problem(project: Project) -> None:
    cells = [[*line, line[6]] for line in grid(tickets())]
    cells[0][-1] = "费 用"
    path = project.put(xlsx(Page(cells)))
    result = project.evaluate()
    assert result.errors(path)
    assert result.item(2)["verdict"] == "unverified"


def test_extra_columns_are_listed(project: Project) -> None:
    cells = [[*line, "x"] for line in grid(tickets())]
    cells[0][-1] = "满意度打分"
    path = project.put(xlsx(Page(cells)))
    result = project.evaluate()
    assert [found["severity"] for found in result.problems(path) if "满意度打分" in found["message"]] == ["info"]


def test_a_unit_in_the_header_that_is_not_the_declared_one_is_never_read_as_it(project: Project) -> None:
    spelled = ["时限（小时）" if name == "时限" else name for name in COLUMNS]
    path = project.put(xlsx(Page([spelled, *grid(tickets())[1:]])))
    result = project.evaluate()
    minutes = sum(row["时限"] for row in tickets()) * 60_000_000
    read_as_hours = result.item(7)["value"] == str(minutes * 60)
    doubtful = result.item(7)["verdict"] == "unverified" and bool(result.errors(path))
    assert read_as_hours or doubtful, result.item(7)


def test_the_encoding_found_is_reported(project: Project) -> None:
    for at, (encoding, word) in enumerate({"gb18030": "gb18030", "utf-16": "utf-16"}.items()):
        rows = tickets()[at * 15 : at * 15 + 15]
        project.put(text(page(rows)).encode(encoding), f"{NAME}({at}).csv")
        told = project.evaluate().printed.out + project.here("check").out
        assert word in told.decode().lower()


@pytest.mark.parametrize("name", [f"{NAME}.xlsx", f"{NAME}.csv", f"{NAME}.xls", NAME])
@pytest.mark.parametrize("content", [b"", b"\n\n\n", b" ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_named_and_proves_nothing(project: Project, name: str, content: bytes) -> None:
    path = project.put(content, name)
    project.evaluate().refused(path)


@writers("xlsx", "xls", "ods", "html", "xml_2003", "utf_8")
@pytest.mark.parametrize("cells", [[], [["请先登录"]], [["工单号"], ["000107"]]])
def test_a_sheet_without_a_header_is_named_and_proves_nothing(
    project: Project, writer: Writer, cells: list[list[Any]]
) -> None:
    path = project.put(writer(Page(cells)), f"{NAME}.xls")
    project.evaluate().refused(path)


@writers("xlsx", "xls", "ods", "html", "xml_2003", "utf_8", "utf_16", "gb18030")
def test_a_header_without_rows_says_that_nothing_happened(project: Project, writer: Writer) -> None:
    project.put(writer(page([])), f"{NAME}.xls")
    result = project.evaluate()
    assert result.rows() == dict.fromkeys(("read", "kept", "blank", "non_data", "duplicate"), 0)
    assert not result.errors()
    found = {key: item["verdict"] for key, item in result.of_tickets().items()}
    assert {found[1, "2022-07"], found[3, "2022Q3"], found[4, "2022-09"]} == {"not_applicable"}
    assert (result.item(2)["value"], found[2, "2022Q3"], found[5, "2022Q3"]) == ("0", "attained", "missed")


def test_nothing_handed_in_is_missing_data(project: Project) -> None:
    result = project.evaluate()
    assert result.verdicts() == {"missing_data"}
    assert {key[0] for key in result.of_tickets()} == set(TICKETS)
    result.other_ledger_is_read()


@pytest.mark.parametrize("title", ["统计周期：2022年第三季度", "2022年三季度", "考核期：2022Q3"])
@writers("xlsx", "utf_8")
def test_a_period_in_the_title_rows_says_what_the_file_covers(
    project: Project, base: Result, writer: Writer, title: str
) -> None:
    project.catalogue.write_text(CATALOGUE.replace("files: 工单_2022Q3*", "files: 工单*"), encoding="utf-8")
    project.put(writer(under_titles("运维部工单台账", title)), "工单.xlsx")
    assert project.evaluate().of_tickets() == base.of_tickets()


def test_the_problems_are_grouped_by_check_with_place_code_and_remedy(project: Project) -> None:
    path = project.put(xlsx(page(with_bad_cells())))
    printed = project.here("check", "-p", "2022Q3")
    printed.clean()
    assert printed.code == 1
    assert f"{path}!工单!{address(1, '受理时间')}" in printed.out.decode()
