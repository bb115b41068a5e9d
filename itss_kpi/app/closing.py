"""Closing a period and finding drift: from a command's evaluation to the archive, and from the archive back to today.

Convention: as in `evaluation`; what is wrong with the archive itself comes back as problems, what differs from it as
`Drift`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from itss_kpi import __version__
from itss_kpi.app.evaluation import Evaluation, evaluate_files, load_catalogue
from itss_kpi.app.inputs import EVIDENCE_ROWS, Inputs
from itss_kpi.app.program import code
from itss_kpi.app.reports import check_document, contents_of, evidence_path, replace_file, workbook_path
from itss_kpi.app.whole_files import obstacle, reason_of
from itss_kpi.archive import store
from itss_kpi.core.jsonable import as_json, json_text
from itss_kpi.core.period import Period, parse_period
from itss_kpi.core.problems import KpiError, Place, Problem, Refusal, Unwritable, errors
from itss_kpi.core.results import Report, Verdict, assessment_of
from itss_kpi.reading.exports import Found

if TYPE_CHECKING:
    from itss_kpi.analysis.drift import Drift, ResultChange, RowChange
    from itss_kpi.catalogue.catalogue import Catalogue

ACCEPTABLE = ("missing_data", "problems")


# ---- closing


def obstacles(evaluation: Evaluation) -> dict[str, str]:
    """Why the period should not be closed: by what may be accepted, in words."""
    report, sources = evaluation.report, evaluation.catalogue.sources
    missing = sorted({f"{one.department}{sources[one.source].name}" for item in report.due for one in item.absent})
    wrong = [problem for problem in errors(report.problems) if problem.code != "D101"]
    found = {}
    if missing:
        found["missing_data"] = f"还有台账没有交:{'、'.join(missing)}"
    if wrong:
        found["problems"] = f"还有 {len(wrong)} 处错误级的数据问题没有处理"
    return found


def close(evaluation: Evaluation, closed: str, by: str, note: str, accepted: Mapping[str, str], reason: str) -> Path:
    """Write the report's period into the archive; the folder. To be called while the archive is locked."""
    from itss_kpi.workbook.workbook import compliance_workbook

    report, name = evaluation.report, workbook_path(evaluation.report.period)
    beside = evidence_path(name).name
    workbook, evidence = compliance_workbook(contents_of(evaluation, {}, EVIDENCE_ROWS, beside, closed))
    files = {
        store.REPORT: json_text(report).encode(),
        store.CATALOGUE: evaluation.source.read_bytes(),
        name.name: workbook,
        beside: evidence,
        **_rows(evaluation),
    }
    tables = _tables(evaluation)
    if _recounts(evaluation, tables):
        files |= tables
    before = store.latest(evaluation.archive).get(str(report.period))
    facts: dict[str, Any] = {
        "period": str(report.period),
        "as_of": report.as_of.isoformat(),
        "closed": closed,
        "by": by,
        "note": note,
        "program": __version__,
        "code": code(),
        "catalogue": dict(report.catalogue),
        "options": {**evaluation.options, "evidence_rows": EVIDENCE_ROWS},
        "accepted": dict(accepted),
        "supersedes": before.folder.name if before else None,
        "reason": reason,
        "inputs": [
            {"path": found.shown, "size": found.path.stat().st_size, "sha256": digest}
            for found, digest in zip(_files(evaluation), _digests(evaluation), strict=True)
        ],
    }
    return store.write(evaluation.archive, facts, files)


def _rows(evaluation: Evaluation) -> dict[str, bytes]:
    from itss_kpi.analysis.drift import kept_rows
    from itss_kpi.analysis.kept_tables import parquet

    sources, day = evaluation.catalogue.sources, evaluation.report.as_of
    return {
        f"{store.ROWS}/{name}.parquet": parquet(kept_rows(table, sources[name], day))
        for name, table in sorted(evaluation.ledgers.items())
    }


def _tables(evaluation: Evaluation) -> dict[str, bytes]:
    """The tables on which the results rest."""
    from itss_kpi.analysis.kept_tables import packed

    catalogue = evaluation.catalogue
    return {
        f"{store.TABLES}/{name}.parquet": packed(table, catalogue.sources[name])
        for name, table in sorted(evaluation.tables.items())
    }


def _recounts(evaluation: Evaluation, tables: Mapping[str, bytes]) -> bool:
    """Whether the tables as they are kept give the same results: not where a condition reads texts kept as hashes."""
    again = _worked_out(evaluation.catalogue, tables.values(), evaluation.report.period, evaluation.report.as_of)
    return not list(_differing(as_json(evaluation.report), as_json(again)))


def _worked_out(catalogue: "Catalogue", tables: Iterable[bytes], period: Period, as_of: date) -> Report:
    """The report that these kept tables give."""
    from itss_kpi.analysis.kept_tables import unpacked
    from itss_kpi.engine.evaluate import evaluate

    found = {table.source: table for table in map(unpacked, tables)}
    return evaluate(catalogue, found, period, as_of=as_of)


def _differing(then: Any, now: Any) -> "Iterator[ResultChange]":
    from itss_kpi.analysis.drift import differing

    return differing(then, now)


def again(closing: store.Closing) -> Any:
    """What today's program makes of the closing's own rows by its own catalogue, as JSON; None where it has none to
    work it out from."""
    names = [name for name in closing.manifest["files"] if name.startswith(f"{store.TABLES}/")]
    period = parse_period(closing.period)
    if not names or period is None:
        return None
    catalogue, _, identity = load_catalogue(closing.folder / store.CATALOGUE)
    as_of = date.fromisoformat(str(closing.manifest["as_of"]))
    return as_json(replace(_worked_out(catalogue, map(closing.read, names), period, as_of), catalogue=identity))


def contradictions(closing: store.Closing, worked_out: Any) -> Iterator[Problem]:
    """Where what a closing says doesn't follow from its own rows, though the program is the one that closed it; and
    where its workbook says something else than its report."""
    from itss_kpi.workbook.results import differences

    report = json.loads(closing.read(store.REPORT))
    if worked_out is not None and closing.manifest.get("code") == code():
        for one in _differing(report, worked_out):
            subject = " ".join(filter(None, (str(one.number), one.name, one.group, one.period)))
            said = "、".join(f"{name} {one.old[name]},重算 {one.new[name]}" for name in one.old)
            yield Problem("A106", f"{subject}:{said}", Place(f"{closing.folder.name}/{store.REPORT}"))
    name = workbook_path(closing.period).name
    if name in closing.manifest["files"]:
        for said in differences(closing.read(name), [assessment_of(one) for one in report["assessments"]]):
            yield Problem("A107", said, Place(f"{closing.folder.name}/{name}"))


def _digests(evaluation: Evaluation) -> list[str]:
    """The SHA-256 of each file as it was read; of one that could not be, as it is."""
    read = {export.path: export.sha256 for export in evaluation.exports}
    return [read.get(one.shown) or hashlib.sha256(one.path.read_bytes()).hexdigest() for one in _files(evaluation)]


def _files(evaluation: Evaluation) -> list[Found]:
    """The files of every ledger that was read, each once: results rest on some, actions, checks and the review on
    others."""
    return list({one.shown: one for one in (*evaluation.files, *evaluation.record_files)}.values())


# ---- drift


def drift(evaluation: Evaluation, closing: store.Closing, inputs: Inputs, worked_out: Any) -> "Drift":
    """What differs between the closing and `evaluation`, which is of the same period and read with these inputs;
    `worked_out` is what the closing's own rows give `again`."""
    from itss_kpi.analysis.drift import Drift, input_changes, result_changes

    then, now = json.loads(closing.read(store.REPORT)), as_json(evaluation.report)
    rows = tuple(_row_drift(evaluation, closing))
    other = closing.manifest["catalogue"]["sha256"] != evaluation.report.catalogue["sha256"]
    under = as_json(_under_old_catalogue(evaluation, closing, inputs)) if other and then != now else now
    then_read = {one["path"]: one["sha256"] for one in closing.manifest["inputs"]}
    now_read = dict(zip((one.shown for one in _files(evaluation)), _digests(evaluation), strict=True))
    return Drift(
        closing.period,
        closing.folder.name,
        str(closing.manifest["closed"]),
        tuple(result_changes(then, under, now, {one.source for one in rows}, worked_out)),
        tuple(input_changes(then_read, now_read)),
        rows,
        other,
        closing.manifest["program"] != __version__ or closing.manifest.get("code", code()) != code(),
    )


def _under_old_catalogue(evaluation: Evaluation, closing: store.Closing, inputs: Inputs) -> Any:
    as_of = str(closing.manifest["as_of"])
    then = replace(inputs, catalogue=closing.folder / store.CATALOGUE, data=evaluation.folder, as_of=as_of)
    return evaluate_files(then, closing.period).report


def _row_drift(evaluation: Evaluation, closing: store.Closing) -> "Iterator[RowChange]":
    import pyarrow.parquet as pq

    from itss_kpi.analysis.drift import kept_rows, row_changes

    for name, source in evaluation.catalogue.sources.items():
        path = closing.folder / store.ROWS / f"{name}.parquet"
        if name in evaluation.ledgers and path.is_file():
            now = kept_rows(evaluation.ledgers[name], source, evaluation.report.as_of)
            yield from row_changes(name, source, pq.read_table(path), now)


# ---- the commands


def now() -> datetime:
    """When a closing is made: by the clock alone, so that nobody dates it otherwise."""
    return datetime.now()


def close_period(
    evaluation: Evaluation, by: str, note: str, accepted: Iterable[str], reason: str
) -> tuple[Path | None, list[str]]:
    """Close the period of `evaluation`; its folder, or None with why not. `reason`: why it supersedes another."""
    report = evaluation.report
    if report.partial or report.as_of < report.period.last_day:
        return None, [f"{report.period} 还没有结束,不能关账"]
    found = obstacles(evaluation)
    left = [f"{text};仍要关账请加 --accept {name}" for name, text in found.items() if name not in set(accepted)]
    if left:
        return None, left
    archive = evaluation.archive
    try:
        with store.locked(archive):
            damage = [one for one in store.check(archive) if one.code != store.UNTIMELY]
            if damage:
                return None, [f"归档与写出时不同,不能续写:{problem}" for problem in damage]
            before = store.latest(archive).get(str(report.period))
            if before and not reason:
                return None, [
                    f"{report.period} 已于 {before.manifest['closed']} 关账;重新关账请加 --supersede --reason"
                ]
            closed = now().isoformat(sep=" ", timespec="minutes")
            return close(evaluation, closed, by, note, found, reason if before else ""), []
    except store.BusyError:
        return None, ["另一个 itss-kpi 正在写归档,请稍后再试"]
    except OSError as error:
        return None, [f"写不了归档 {archive}:{reason_of(error)};归档没有改动"]


def write_receipt(evaluation: Evaluation, closing: store.Closing, path: Path) -> None:
    """Write the closing's receipt to `path`, which `check_receipt` has found free."""
    from itss_kpi.render.receipt_document import receipt_document

    report = evaluation.report
    counts = {verdict.value: count for verdict in Verdict if (count := report.summary.get(verdict))}
    content = receipt_document(evaluation.catalogue.plan.organization, closing.manifest, closing.seal(), counts)
    replace_file(path, content)


def check_receipt(path: Path) -> None:
    """Refuse, before anything is closed, a path at which no receipt can be written."""
    from itss_kpi.render.receipt_document import is_ours

    if path.suffix.lower() != ".docx" or not path.parent.is_dir():
        raise Refusal(f"关账凭证须写到已有文件夹中以 .docx 结尾的文件:{path}")
    if why := obstacle(path):
        raise Unwritable(f"写不了 {path}:{why};请换一个位置")
    check_document(path, is_ours, "关账凭证")


def expected_seal(text: str) -> str:
    """A hash as somebody copied it from a receipt: blanks and case don't matter, its first sixteen digits suffice."""
    seal = re.sub(r"\s", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{16,64}", seal):
        raise Refusal(f"--expect 须是关账凭证上的校验值(至少前 16 位),不能是“{text[:80]}”")
    return seal


def verify_periods(
    inputs: Inputs, wanted: Sequence[str], expected: Sequence[str] = ()
) -> "tuple[Evaluation, list[Drift], list[Problem]]":
    """The evaluation of today, what differs from each closing (that holds) of the wanted periods, and what is wrong
    with the archive itself: that none of its closings has one of the `expected` hashes, too."""
    evaluation = evaluate_files(inputs, records=True)
    known = store.latest(evaluation.archive)
    for period in wanted:
        if period not in known:
            there = f"已关账的有 {'、'.join(known)}" if known else f"还没有关过账,关账用 itss-kpi close -p {period}"
            raise Refusal(f"归档中没有 {period};{there}")
    closings, damage = store.sound(evaluation.archive)
    seals = [one.seal() for one in store.closings(evaluation.archive)]
    for seal in expected:
        if not any(one.startswith(seal) for one in seals):
            damage.append(Problem("A105", f"没有一次关账的校验值是 {seal[:16]}…:归档不是凭证所说的那一份"))
    drifts = []
    for closing in closings:
        closed = parse_period(closing.period)
        if closed and (not wanted or closing.period in wanted):
            today = evaluation.at(closed, date.fromisoformat(str(closing.manifest["as_of"])))
            worked_out = None
            try:
                worked_out = again(closing)
                damage += contradictions(closing, worked_out)
            except (KpiError, KeyError, TypeError, ValueError, BadZipFile) as error:
                damage.append(Problem("A106", f"归档的内容重算不了:{error}", Place(closing.folder.name)))
            drifts.append(drift(today, closing, inputs, worked_out))
    return evaluation, drifts, damage
