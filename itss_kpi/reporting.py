"""Reporting: from a command's work to the compliance workbook in its file.

Convention: as in `work`, a mistake in what the user wrote is refused at once; what is slow is imported in functions.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from itss_kpi.console import refuse
from itss_kpi.work import Work, find_catalogue, load_catalogue, read_period

if TYPE_CHECKING:
    from itss_kpi.workbook_followup import FilledIn
    from itss_kpi.workbook_records import Input

EVIDENCE_ROWS = 100_000


def check_output(path: Path) -> None:
    """Refuse a name that no workbook can be written under, before anything is worked out."""
    if path.suffix.lower() != ".xlsx":
        refuse(f"工作簿的文件名须以 .xlsx 结尾:{path}")
    if path.is_dir():
        refuse(f"这是一个文件夹,不能写成工作簿:{path}")


def blank_work(catalogue: Path | None, period: str | None) -> Work:
    """The work of a command that works nothing out: the catalogue alone, with an empty report."""
    from itss_kpi.results import Report

    path = find_catalogue(catalogue)
    loaded, problems, identity = load_catalogue(path)
    assessed = read_period(period or str(loaded.plan.year))
    report = Report(assessed, assessed.last_day, False, identity, (), (), tuple(problems))
    return Work(loaded, list(loaded.indicators), {}, report, path.parent, [])


def write_workbook(work: Work, path: Path, evidence_rows: int = EVIDENCE_ROWS, *, blank: bool = False) -> None:
    """Write the compliance workbook to `path`; what was filled in there before is kept."""
    from itss_kpi.whole_files import InUseError, write_over
    from itss_kpi.workbook import Contents, blank_workbook, compliance_workbook

    made = _made()
    contents = Contents(
        work.catalogue, work.indicators, work.tables, work.report, made, _inputs(work), _kept(path), evidence_rows
    )
    try:
        write_over(path, blank_workbook(contents) if blank else compliance_workbook(contents))
    except InUseError as error:
        refuse(f"{path} 正在 Excel 等程序中打开({error}),没有改动;请关闭后重试,确实没有打开时先删除 {error}")
    except OSError as error:
        refuse(f"写不了 {path}:{error.strerror};原有的文件没有改动")


def _inputs(work: Work) -> "list[Input]":
    from itss_kpi.workbook_records import Input

    return [Input(found.shown, found.path.stat().st_size) for found in work.files]


def _kept(path: Path) -> "FilledIn":
    """What was filled in in the workbook that stands there already."""
    from itss_kpi.workbook_followup import filled_in

    if not path.exists():
        return {}
    found = filled_in(path)
    if found is None:
        refuse(f"{path} 已存在,但不是本程序写出的工作簿(或已损坏),没有改动;请换一个文件名")
    return found


def _made() -> datetime:
    """When the workbook is made: now, or what SOURCE_DATE_EPOCH says (in UTC), to the minute."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdigit():
        return datetime.fromtimestamp(int(epoch), UTC).replace(tzinfo=None, second=0)
    return datetime.now().replace(second=0, microsecond=0)
