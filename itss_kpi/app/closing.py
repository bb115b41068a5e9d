"""Closing a period and finding drift: from a command's work to the archive, and from the archive back to today.

Convention: as in `work`; what is wrong with the archive itself comes back as problems, what differs from it as `Drift`.
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss_kpi import __version__
from itss_kpi.app.evaluation import Work, work_out

if TYPE_CHECKING:
    from itss_kpi.analysis.drift import Drift, RowChange
    from itss_kpi.archive.store import Closing
    from itss_kpi.core.problems import Problem

ACCEPTABLE = ("missing_data", "problems")


# ---- closing


def obstacles(work: Work) -> dict[str, str]:
    """Why the period should not be closed: by what may be accepted, in words."""
    from itss_kpi.core.problems import errors

    missing = sorted({f"{one.department}{work.catalogue.sources[one.source].name}" for one in _absences(work)})
    wrong = errors(work.report.problems)
    wrong = [problem for problem in wrong if problem.code != "D101"]
    found = {}
    if missing:
        found["missing_data"] = f"还有台账没有交:{'、'.join(missing)}"
    if wrong:
        found["problems"] = f"还有 {len(wrong)} 处错误级的数据问题没有处理"
    return found


def _absences(work: Work) -> Iterator[Any]:
    for item in work.report.due:
        yield from item.absent


def close(
    work: Work, workbook: bytes, closed: str, by: str, note: str, accepted: Mapping[str, str], reason: str
) -> Path:
    """Write the report's period into the archive; the folder. To be called while the archive is locked."""
    from itss_kpi.app.console import as_json
    from itss_kpi.archive.store import CATALOGUE, REPORT, latest, write
    from itss_kpi.core.results import to_json

    report = work.report
    files = {
        REPORT: as_json(to_json(report)).encode(),
        CATALOGUE: work.source.read_bytes(),
        f"{report.period}运维服务指标达成情况.xlsx": workbook,
        **_rows(work),
    }
    before = latest(work.archive).get(str(report.period))
    facts: dict[str, Any] = {
        "period": str(report.period),
        "as_of": report.as_of.isoformat(),
        "closed": closed,
        "by": by,
        "note": note,
        "program": __version__,
        "catalogue": dict(report.catalogue),
        "accepted": dict(accepted),
        "supersedes": before.folder.name if before else None,
        "reason": reason,
        "inputs": [
            {"path": found.shown, "size": found.path.stat().st_size, "sha256": digest}
            for found, digest in zip(work.files, _digests(work), strict=True)
        ],
    }
    return write(work.archive, facts, files)


def _rows(work: Work) -> dict[str, bytes]:
    import pyarrow.parquet as pq

    from itss_kpi.analysis.drift import kept_rows
    from itss_kpi.archive.store import ROWS

    found: dict[str, bytes] = {}
    for name, table in sorted(work.tables.items()):
        written = io.BytesIO()
        pq.write_table(kept_rows(table, work.catalogue.sources[name], work.report.as_of), written, compression="zstd")
        found[f"{ROWS}/{name}.parquet"] = written.getvalue()
    return found


def _digests(work: Work) -> list[str]:
    """The SHA-256 of each file as it was read; of one that could not be, as it is."""
    read = {export.path: export.sha256 for export in work.report.exports}
    return [read.get(one.shown) or hashlib.sha256(one.path.read_bytes()).hexdigest() for one in work.files]


# ---- drift


def drift(work: Work, closing: "Closing", options: Mapping[str, Any]) -> "Drift":
    """What differs between the closing and `work`, which is of the same period; `options` are those of reading."""
    import json

    from itss_kpi.analysis.drift import Drift, input_changes, result_changes
    from itss_kpi.archive.store import REPORT
    from itss_kpi.core.results import to_json

    then, now = json.loads(closing.read(REPORT)), to_json(work.report)
    rows = tuple(_row_drift(work, closing))
    other = closing.manifest["catalogue"]["sha256"] != work.report.catalogue["sha256"]
    under = to_json(_under_old_catalogue(work, closing, options)) if other and then != now else now
    inputs = {one["path"]: one["sha256"] for one in closing.manifest["inputs"]}
    return Drift(
        closing.period,
        closing.folder.name,
        str(closing.manifest["closed"]),
        tuple(result_changes(then, under, now, {one.source for one in rows})),
        tuple(input_changes(inputs, dict(zip((one.shown for one in work.files), _digests(work), strict=True)))),
        rows,
        other,
        closing.manifest["program"] != __version__,
    )


def _under_old_catalogue(work: Work, closing: "Closing", options: Mapping[str, Any]) -> Any:
    from itss_kpi.archive.store import CATALOGUE

    as_of = str(closing.manifest["as_of"])
    return work_out(closing.folder / CATALOGUE, work.folder, closing.period, as_of, None, None, **options).report


def _row_drift(work: Work, closing: "Closing") -> "Iterator[RowChange]":
    import pyarrow.parquet as pq

    from itss_kpi.analysis.drift import kept_rows, row_changes
    from itss_kpi.archive.store import ROWS

    for name, source in work.catalogue.sources.items():
        path = closing.folder / ROWS / f"{name}.parquet"
        if name in work.tables and path.is_file():
            yield from row_changes(
                name, source, pq.read_table(path), kept_rows(work.tables[name], source, work.report.as_of)
            )


# ---- the commands


def close_period(work: Work, by: str, note: str, accepted: Iterable[str], reason: str) -> tuple[Path | None, list[str]]:
    """Close the period of `work`; its folder, or None with the reasons why not. `reason`: why it supersedes one."""
    from itss_kpi.app.reports import contents_of, made_on, reason_of
    from itss_kpi.archive.store import BusyError, check, latest, locked
    from itss_kpi.workbook.workbook import compliance_workbook

    report = work.report
    if report.partial or report.as_of < report.period.last_day:
        return None, [f"{report.period} 还没有结束,不能关账"]
    found = obstacles(work)
    left = [f"{text};仍要关账请加 --accept {name}" for name, text in found.items() if name not in set(accepted)]
    if left:
        return None, left
    workbook = compliance_workbook(contents_of(work, {}))
    archive = work.archive
    try:
        with locked(archive):
            damage = check(archive)
            if damage:
                return None, [f"归档与写出时不同,不能续写:{problem}" for problem in damage]
            before = latest(archive).get(str(report.period))
            if before and not reason:
                return None, [
                    f"{report.period} 已于 {before.manifest['closed']} 关账;重新关账请加 --supersede --reason"
                ]
            closed = made_on().isoformat(sep=" ", timespec="minutes")
            return close(work, workbook, closed, by, note, found, reason if before else ""), []
    except BusyError:
        return None, ["另一个 itss-kpi 正在写归档,请稍后再试"]
    except OSError as error:
        return None, [f"写不了归档 {archive}:{reason_of(error)};归档没有改动"]


def verify_periods(
    catalogue: Path | None, data: Path | None, wanted: Sequence[str], reading: Sequence[str] | None, *, cached: bool
) -> "tuple[Work, list[Drift], list[Problem]]":
    """The work of today, what differs from each closing (that holds) of the wanted periods, and what is wrong with the
    archive itself."""
    from itss_kpi.app.console import refuse
    from itss_kpi.archive.store import latest, sound
    from itss_kpi.core.period import parse_period

    work = work_out(catalogue, data, None, None, None, None, reading, cached=cached)
    known = latest(work.archive)
    for period in wanted:
        if period not in known:
            refuse(f"归档中没有 {period};已关账的有 {'、'.join(known) or '无'}")
    closings, damage = sound(work.archive)
    drifts = []
    for closing in closings:
        closed = parse_period(closing.period)
        if closed and (not wanted or closing.period in wanted):
            today = work.at(closed, date.fromisoformat(str(closing.manifest["as_of"])))
            drifts.append(drift(today, closing, {"reading": reading, "cached": cached}))
    return work, drifts, damage
