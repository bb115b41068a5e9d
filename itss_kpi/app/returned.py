"""Returning workbooks: what is wrong with each department's files, in copies of them, and a letter that goes with them.

Convention: as in `reports`. Nothing is written into the data folder, where it would be read; a copy that somebody has
changed since isn't written over.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from itss_kpi.app.reports import check_document, check_folder, refusing
from itss_kpi.app.whole_files import write_together
from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem, Refusal, by_cause, worst_first

if TYPE_CHECKING:
    from itss_kpi.app.evaluation import Evaluation

LETTER = "邮件.txt"
_LISTED = 20


def return_files(evaluation: "Evaluation", problems: Iterable[Problem], folder: Path) -> list[str]:
    """Write to `folder` what each department is to mend, of the problems those that can change a number or should be
    looked at; what is to be said of it."""
    check_folder(folder, "--return")
    if folder.resolve().is_relative_to(evaluation.folder.resolve()):
        raise Refusal(f"--return 不能在台账文件夹里面,否则会被当作台账读取:{folder}")
    own: dict[str, list[Problem]] = defaultdict(list)
    departments = evaluation.catalogue.plan.departments
    for one in problems:
        department = one.department(departments)
        if department is not None and one.severity is not Severity.INFO:
            own[department].append(one)
    said: list[str] = []
    for department in (name for name in departments if name in own):
        said += _department(evaluation, department, own[department], folder)
    return said or ["没有要部门修改的问题"]


def _department(evaluation: "Evaluation", department: str, problems: Sequence[Problem], folder: Path) -> list[str]:
    """The copies and the letter of a department."""
    from itss_kpi.render.returned_workbook import marked
    from itss_kpi.render.xlsx import untouched

    day = evaluation.report.as_of
    stamp = datetime(day.year, day.month, day.day)
    contents: dict[Path, bytes] = {}
    said, attached = [], []
    for path, found in _by_file(problems).items():
        source = evaluation.folder / path
        if not source.is_file():
            continue
        made = marked(source.name, source.read_bytes(), worst_first(found), stamp)
        target = folder / path
        if made.reason:
            target = target.with_name(f"{source.name}_问题清单.xlsx")
            said.append(f"{path}:{made.reason},没有标记,另写了清单 {target.name}")
        check_document(target, untouched, "退回件")
        contents[target] = made.content
        attached.append(f"{target.name}({len(found)} 处)")
    contents[folder / department / LETTER] = _letter(evaluation, department, problems, attached).encode()
    with refusing(folder / department):
        write_together(contents)
    return [f"写出 {folder / department}({len(attached)} 个文件)", *said]


def _by_file(problems: Iterable[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = defaultdict(list)
    for one in problems:
        found[one.place.path].append(one)
    return dict(sorted(found.items()))


def _letter(evaluation: "Evaluation", department: str, problems: Sequence[Problem], attached: Sequence[str]) -> str:
    """The text of a mail: what is missing, and what is wrong in the files that go with it."""
    report = evaluation.report
    whole = [one for one in problems if not (evaluation.folder / one.place.path).is_file()]
    causes = by_cause(one for one in problems if one not in whole)
    lines = [f"{department}:", "", f"{report.period} 的台账(截至 {report.as_of})请处理下面几处:", ""]
    lines += [f"- {one.message}。{one.remedy}" for one in whole]
    lines += [f"- {alike[0].place}:{alike[0].message}{_times(alike)}。{alike[0].remedy}" for alike in causes[:_LISTED]]
    if len(causes) > _LISTED:
        lines.append(f"- 另有 {len(causes) - _LISTED} 种,见附件")
    if attached:
        lines += ["", f"附件是交来的文件,有问题的单元格已着色并加了批注,第一页是清单:{'、'.join(attached)}。"]
        lines.append("请在附件里改好,用原来的文件名放回台账文件夹(或发回)。各单元格的内容都没有动过。")
    return "\n".join([*lines, "", evaluation.catalogue.plan.organization, ""])


def _times(alike: Sequence[Problem]) -> str:
    times = sum(one.times for one in alike)
    return f"(同样的共 {times} 处)" if times > 1 else ""
