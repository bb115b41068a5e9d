"""Reports: from an evaluation to the workbook, document or calendar in its file.

Convention: as in `evaluation`; what writes workbooks and documents takes its time to load, so it is imported by whoever
writes one. A file of somebody else's is never written over.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from itss_kpi.app.choices import read_period
from itss_kpi.app.evaluation import Evaluation, evaluate_files, find_catalogue, load_catalogue
from itss_kpi.app.inputs import EVIDENCE_ROWS, Inputs
from itss_kpi.app.whole_files import InUseError, lock_of, obstacle, reason_of, write_new, write_over, write_together
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Refusal, Unwritable, errors
from itss_kpi.core.results import Report
from itss_kpi.reading.worker.spared import spared

if TYPE_CHECKING:
    from itss_kpi.pages.documents.material import Material
    from itss_kpi.pages.documents.service_report import ServiceReport
    from itss_kpi.workbook.about import Input
    from itss_kpi.workbook.unmet import FilledIn
    from itss_kpi.workbook.workbook import Contents

_PLACES_SHOWN = 3


def check_output(path: Path, what: str = "工作簿", ending: str = ".xlsx") -> None:
    """Refuse a name that no workbook (or document) can be written under, before anything is worked out."""
    if path.suffix.lower() != ending:
        raise Refusal(f"{what}的文件名须以 {ending} 结尾:{path}")
    with refusing(path):
        if path.is_dir():
            raise Refusal(f"这是一个文件夹,不能写成{what}:{path}")
        if path.exists() and not path.is_file():
            raise Refusal(f"这不是普通文件,不能写成{what}:{path}")
    if why := obstacle(path):
        raise Unwritable(f"写不了 {path}:{why};请换一个位置")


_FILES = {"xlsx": "工作簿", "html": "网页", "csv": "长表", "parquet": "长表"}


def check_report(path: Path | None, form: str, *, blank: bool) -> None:
    """Refuse a report's name that isn't one of its form, and the blank one in another form than a workbook's."""
    if blank and form != "xlsx":
        raise Refusal("--blank 与 --format xlsx 同用:空白表是工作簿")
    if path is None:
        return
    ending = path.suffix.lower().removeprefix(".")
    if ending in _FILES and ending != form:
        what = f"{_FILES[form]}的文件名须以 .{form} 结尾:{path};要写成 .{ending} 的,加 --format {ending}"
        raise Refusal(what)
    check_output(path, _FILES[form], f".{form}")


def write_report(evaluation: Evaluation, path: Path | None, form: str, evidence_rows: int, *, blank: bool) -> "Written":
    """Write the report in a form to `path`, by default one named by its period."""
    path = path or workbook_path(evaluation.report.period).with_suffix(f".{form}")
    if form == "xlsx":
        return write_workbook(evaluation, path, evidence_rows, blank=blank)
    return write_board(evaluation, path) if form == "html" else write_long_table(evaluation, path)


def check_folder(path: Path, option: str) -> None:
    """Refuse a folder in which no files can be written, before anything is worked out."""
    if path.exists() and not path.is_dir():
        raise Refusal(f"{option} 须是文件夹,{path} 是文件")
    if why := obstacle(path / "_"):
        raise Unwritable(f"写不了 {path}:{why};请换一个位置")


def check_apart(path: Path, evaluation: Evaluation) -> None:
    """Refuse what would be read as a department's file."""
    inside = path.resolve()
    if any(inside.is_relative_to((evaluation.folder / one).resolve()) for one in evaluation.catalogue.plan.departments):
        raise Refusal(f"{path} 在部门的台账文件夹里面,会被当作台账读取;请换一个位置")


def blank_evaluation(catalogue: Path | None, period: str | None) -> Evaluation:
    """The evaluation of a command that works nothing out: the catalogue alone, with an empty report."""
    path = find_catalogue(catalogue)
    loaded, problems, identity = load_catalogue(path)
    assessed = read_period(period or str(loaded.plan.year))
    report = Report(assessed, assessed.last_day, False, identity, (), (), tuple(problems))
    return Evaluation(loaded, list(loaded.indicators), {}, report, path.parent, [], path)


@dataclass(frozen=True, slots=True)
class Written:
    """Where a workbook was written, and what is to be said where that isn't where it should be: in its place stands one
    with additions that can't be taken over."""

    path: Path
    said: str = ""


def write_workbook(
    evaluation: Evaluation, path: Path, evidence_rows: int = EVIDENCE_ROWS, *, blank: bool = False
) -> Written:
    """Write the compliance workbook to `path`, and its evidence beside it. What was filled in there before is kept;
    where something else was added to one of them, they stay, and the new ones get a name of their own."""
    from itss_kpi.workbook.workbook import blank_workbook, compliance_workbook

    check_output(path)
    check_apart(path, evaluation)
    with refusing(path):
        target, kept, added = _target(path, blank)
        earlier, beside = _bytes_of(target), evidence_path(target)
        contents = contents_of(evaluation, kept, evidence_rows, beside.name)
        if blank:
            files = {target: blank_workbook(contents)}
        else:
            with spared("pandas"):  # as evaluations are
                written = compliance_workbook(contents)
            files = {beside: written.evidence, target: written.workbook}
        if earlier != _bytes_of(target):
            raise Refusal(f"{target} 在计算期间被改动或新建,没有覆盖;请重试")
        write_together(files)
    if not added:
        return Written(target)
    shown = ";".join(added[:_PLACES_SHOWN]) + (f" 等 {len(added)} 处" if len(added) > _PLACES_SHOWN else "")
    return Written(target, f"{path} 没有覆盖:其中有带不进新工作簿的内容({shown})。新的写在 {target}")


@dataclass(frozen=True, slots=True)
class _Standing:
    """What stands where a workbook is to be written: what was filled in and is `kept`, and what else was `added`."""

    kept: "FilledIn"
    added: Sequence[str]


def _target(path: Path, blank: bool) -> "tuple[Path, FilledIn, Sequence[str]]":
    """Where a workbook is written: at `path`, or beside it where a new one would be in the way of what was added; what
    was filled in at either, and what was added at `path`."""
    target, at = path, 1
    first = found = _standing(path, blank)
    kept = found.kept
    while found.added:
        target = path.with_name(f"{path.stem}_新{at if at > 1 else ''}{path.suffix}")
        found, at = _standing(target, blank), at + 1
        kept = {**kept, **found.kept}
    return target, kept, first.added


def _standing(path: Path, blank: bool) -> _Standing:
    from itss_kpi.render.xlsx import untouched

    if lock := lock_of(path):
        raise InUseError(lock.name)
    content, beside = _bytes_of(path), evidence_path(path)
    found = _kept(path, content, blank) if content is not None else _Standing({}, ())
    evidence = _bytes_of(beside)
    if evidence is not None and not untouched(evidence):
        return replace(found, added=[*found.added, f"{beside.name} 写出后改动过"])
    return found


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def workbook_path(period: Period | str) -> Path:
    """What the workbook of a period is called."""
    return Path(f"{period}运维服务指标达成情况.xlsx")


def evidence_path(path: Path) -> Path:
    """Where the evidence of the workbook at `path` stands: beside it."""
    return path.with_name(f"{path.stem}_证据{path.suffix}")


def write_calendar(path: Path, content: bytes) -> None:
    """Write a calendar file to `path`, in place of none but one of ours."""
    from itss_kpi.render.calendar import PRODUCT

    check_output(path, "日历", ".ics")
    with refusing(path):
        if path.exists() and f"PRODID:{PRODUCT}\r\n".encode() not in path.read_bytes():
            raise Refusal(f"{path} 已存在,但不是本程序写出的日历,没有改动;请换一个文件名")
    replace_file(path, content)


def write_board(evaluation: Evaluation, path: Path) -> Written:
    """Write the page of who decides to `path`, in place of none but such a page."""
    from itss_kpi.pages.board import board_of
    from itss_kpi.render.html import board_html, is_ours

    check_output(path, "网页", ".html")
    check_apart(path, evaluation)
    check_document(path, is_ours, "网页")
    replace_file(path, board_html(board_of(evaluation.year)).encode())
    return Written(path)


def write_catalogue(catalogue: Catalogue, identity: Mapping[str, str], path: Path) -> None:
    """Write the catalogue as a workbook to `path`, in place of none but one that nobody has changed since."""
    from itss_kpi.render.xlsx import untouched
    from itss_kpi.workbook.catalogue_book import catalogue_workbook

    check_output(path)
    check_document(path, untouched, "工作簿")
    replace_file(path, catalogue_workbook(catalogue, identity))


def write_long_table(evaluation: Evaluation, path: Path) -> Written:
    """Write every assessment in a row to `path`, as Parquet or CSV by its ending, in place of none but such a table."""
    from itss_kpi.pages.long_table import long_table
    from itss_kpi.render.long_table import is_ours, long_csv, long_parquet

    parquet = path.suffix.lower() == ".parquet"
    check_output(path, "长表", ".parquet" if parquet else ".csv")
    check_apart(path, evaluation)
    check_document(path, is_ours, "长表")
    table = long_table(evaluation.catalogue, evaluation.report)
    replace_file(path, long_parquet(table) if parquet else long_csv(table))
    return Written(path)


def write_material(material: "Material", path: Path) -> None:
    """Write a material as a document to `path`, in place of none but one that the program wrote and nobody has changed
    since: what was written into it by hand would be lost."""
    from itss_kpi.render.material_document import is_ours, material_document

    check_document(path, lambda content: is_ours(content, type(material)), "文档")
    replace_file(path, material_document(material))


def service_report_path(output: Path | None, *, several: bool) -> "Callable[[ServiceReport], Path]":
    """Where each service report is written: one to `output`, `several` into that folder, by a name of its own; refused
    before any is worked out where that can't be."""
    if output is not None and not several:
        check_output(output, "文档", ".docx")
        return lambda report: output
    if output is not None and not output.is_dir():
        raise Refusal(f"几份服务报告须写到已有的文件夹:{output}")
    folder = output or Path()
    return lambda one: folder / re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", f"{one.period}服务报告_{one.group}.docx")


def check_document(path: Path, is_ours: Callable[[bytes], bool], what: str) -> None:
    """Refuse a document's path where something stands that the program hasn't written, or somebody has changed."""
    with refusing(path):
        if path.exists() and not is_ours(path.read_bytes()):
            raise Refusal(f"{path} 已存在,不是本程序写出的{what},或写出后改动过,没有覆盖;请换一个文件名")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in place of what stands there; refused, with the reason, where that can't be done."""
    with refusing(path):
        write_over(path, content)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Say in words why a file can't be written."""
    try:
        yield
    except InUseError as error:
        raise Unwritable(
            f"{path} 正在 Excel 等程序中打开({error}),没有改动;请关闭后重试,确实没有打开时先删除 {error}"
        ) from None
    except OSError as error:
        raise Unwritable(f"写不了 {path}:{reason_of(error)};原有的文件没有改动") from None


def contents_of(
    evaluation: Evaluation, kept: "FilledIn", evidence_rows: int, evidence_name: str, closed: str = ""
) -> "Contents":
    """What the workbook of a command's evaluation shows, with what was filled in before; of a closing when it is."""
    from itss_kpi.workbook.workbook import Contents

    return Contents(evaluation.year, closed, _inputs(evaluation), kept, evidence_rows, evidence_name)


def _inputs(evaluation: Evaluation) -> "list[Input]":
    from itss_kpi.workbook.about import Input

    files = {found.shown: found.path for found in (*evaluation.files, *evaluation.record_files)}
    return [Input(shown, path.stat().st_size) for shown, path in files.items()]


def _kept(path: Path, content: bytes, blank: bool) -> _Standing:
    """What of the workbook that stands there already is kept, and what can't be; refused where it isn't one."""
    from itss_kpi.render.additions import additions
    from itss_kpi.workbook.unmet import SHEET
    from itss_kpi.workbook.workbook import filled_in

    found = filled_in(content)
    if found is None:
        raise Refusal(f"{path} 已存在,但不是本程序写出的工作簿(或已损坏、已加密),没有改动;请换一个文件名")
    if found.kept and blank:
        raise Refusal(f"{path} 已存在,其中填写的分析不能留在空白表中,没有改动;请换一个文件名")
    return _Standing(found.kept, [*found.places, *additions(content, SHEET)])


GATES = ("missed", "unverified", "missing_data", "undefined", "problems", "unanalysed")


def failing(evaluation: Evaluation, gates: set[str]) -> tuple[list[str], bool]:
    """Whether a report fails these of `GATES`, and what is to be said of it."""
    lacking = _unanalysed_lines(evaluation) if "unanalysed" in gates else []
    found = {item.verdict.value for item in evaluation.report.due}
    wrong = "problems" in gates and bool(errors(evaluation.report.problems))
    return lacking, bool(lacking or gates & found or wrong)


def _unanalysed_lines(evaluation: Evaluation) -> list[str]:
    """What of the report is missed without an analysis, or why nobody knows; refused where no ledger is declared."""
    from itss_kpi.catalogue.wording import name_text
    from itss_kpi.plan.action_words import UNDECLARED, absence_text, numbers_text
    from itss_kpi.plan.actions import SOURCE, unanalysed

    if SOURCE not in evaluation.catalogue.sources:
        raise Refusal(UNDECLARED)
    found, absent = unanalysed(evaluation.catalogue, evaluation.ledgers, evaluation.report)
    missing = absence_text(evaluation.catalogue.sources[SOURCE].name, absent)
    lines = [f"数据缺失 {missing}"] if missing else []
    for item in found:
        numbers, name = numbers_text(evaluation.catalogue, item), name_text(item.name, item.group)
        lines.append(f"未分析 {numbers} {name} {item.period}:{item.verdict.label},没有原因分析")
    return lines


def _read_analyses(path: Path) -> "tuple[FilledIn, list[str]]":
    """What was filled in under 未达成分析 of a report, and what of it can't be taken over; refused where the file is
    none of ours."""
    from itss_kpi.workbook.unmet import SHEET
    from itss_kpi.workbook.workbook import filled_in

    try:
        found = filled_in(path.read_bytes())
    except OSError as error:
        raise Refusal(f"读不了 {path}:{reason_of(error)}") from None
    if found is None:
        raise Refusal(f"{path} 不是本程序写出的达成情况工作簿(或已损坏、已加密),没有可导入的“{SHEET}”")
    lost = [place for place in found.places if place.startswith((SHEET, f"'{SHEET}"))]
    shown = "、".join(lost[:_PLACES_SHOWN])
    said = [f"未导入 {shown} 等 {len(lost)} 处:看不出是哪项指标、哪个考核期"] if lost else []
    return found.kept, said


def import_analyses(inputs: Inputs, path: Path, output: Path | None) -> tuple[list[str], Path | None]:
    """Write the analyses in the workbook at `path` that the ledger doesn't have yet as a file of their own; what is to
    be said, and the file."""
    from itss_kpi.plan.action_words import UNDECLARED
    from itss_kpi.plan.actions import SOURCE
    from itss_kpi.workbook.take_over import claims, file_name, ledger_file, skipped_lines, take_over

    if output is not None:
        check_output(output)
    kept, said = _read_analyses(path)
    evaluation = evaluate_files(inputs, records=True)
    found, catalogue = evaluation.year.actions, evaluation.catalogue
    if found is None:
        raise Refusal(UNDECLARED)
    source = catalogue.sources[SOURCE]
    taken = take_over(catalogue, kept, found)
    said += skipped_lines(taken)
    if not taken.rows:
        return said, None
    path = output or Path(file_name(catalogue, found.period))
    if path == Path():
        raise Refusal(f"按 {source.name} 的 files“{source.files}”定不出另一个文件名,请用 --output 写明")
    check_output(path)
    try:
        if not write_new(path, ledger_file(catalogue, taken.rows, found.period)):
            raise Refusal(f"{path} 已存在,没有改动;请用 --output 另写一个文件名")
    except OSError as error:
        raise Unwritable(f"写不了 {path}:{reason_of(error)}") from None
    if not claims(catalogue, path.name):
        said.append(f"注意 文件名 {path.name} 不符合 {source.name} 的 files“{source.files}”,放进台账文件夹前请改名")
    said.append(f"导入 {len(taken.rows)} 项;请核对、补填后放进 {'、'.join(source.departments)} 的台账文件夹")
    return said, path
