"""Three indicators by month and project as somebody would work them out by hand, with polars: no key is checked, no row
accounted for, no cell looked at twice. `kpi_definitions.yaml` beside it is the same for the program.

Usage: python benchmarks/peers/groups_by_hand.py PARQUET, or WORKBOOK RESULT.xlsx for the way from the ledger itself.
Convention: a value is (numerator, denominator), in microseconds for a mean time.
"""

import sys
from pathlib import Path

import polars as pl

MOMENTS = ("受理时间", "响应时间", "解决时间", "关闭时间")
Found = dict[tuple[str, int, str], tuple[int, int]]


def read(workbook: Path) -> pl.DataFrame:
    """The ledger's rows with their moments as such."""
    import fastexcel

    loaded = fastexcel.read_excel(workbook).load_sheet(0, dtypes="string").to_polars()
    moments = (pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us") for name in MOMENTS)
    return loaded.with_columns(*moments, pl.col("响应时限").cast(pl.Int64))


def worked_out(rows: pl.LazyFrame) -> Found:
    """Numerator and denominator of each indicator, month and project."""
    taken = (pl.col("响应时间") - pl.col("受理时间")).dt.total_microseconds()
    answered = rows.filter(pl.col("工单状态") != "已取消").select(
        "项目名称", month=pl.col("受理时间").dt.month(), top=taken <= pl.col("响应时限") * 60_000_000, bottom=1
    )
    solved = rows.filter(pl.col("工单状态") == "已关闭", pl.col("关闭时间").dt.year() == 2022).select(
        "项目名称", month=pl.col("关闭时间").dt.month(), top=pl.col("解决结果") == "已解决", bottom=1
    )
    hours = rows.select(
        "项目名称",
        month=pl.col("受理时间").dt.month(),
        top=(pl.col("解决时间") - pl.col("受理时间")).dt.total_microseconds(),
        bottom=1,
    )
    queries = {"answered": answered, "solved": solved, "hours": hours}
    sums = (pl.col("top").sum().cast(pl.Int64), pl.col("bottom").sum().cast(pl.Int64))
    frames = pl.collect_all([one.group_by("month", "项目名称").agg(*sums) for one in queries.values()])
    return {
        (name, month, project): (top, bottom)
        for name, frame in zip(queries, frames, strict=True)
        for month, project, top, bottom in frame.rows()
    }


def written(found: Found, result: Path) -> None:
    """The values in a workbook."""
    import xlsxwriter

    with xlsxwriter.Workbook(result) as book:
        sheet = book.add_worksheet()
        for at, (key, value) in enumerate(sorted(found.items())):
            sheet.write_row(at, 0, [*key, *value])


if __name__ == "__main__":
    first, *more = map(Path, sys.argv[1:])
    if more:
        written(worked_out(read(first).lazy()), more[0])
    else:
        worked_out(pl.scan_parquet(first))
