"""The compliance workbook: a finished report and its tables -> one workbook for 管理评审, 内审 and the auditor.

Convention: sheets are written in the order in which they refer to each other, and then put in the reader's order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from itss_kpi.catalogue import Catalogue
from itss_kpi.evidence import gather, ledgers_of
from itss_kpi.results import Assessment, Report
from itss_kpi.tables import Table
from itss_kpi.workbook_evidence import Proof, write_evidence
from itss_kpi.workbook_records import write_accounts
from itss_kpi.workbook_recount import Absences
from itss_kpi.workbook_results import SHEET, write_results
from itss_kpi.xlsx import Book, place

EVIDENCE_ROWS = 100_000
"""How many rows of evidence an indicator's sheet lists, unless told otherwise."""


@dataclass(frozen=True)
class Contents:
    """What the workbook shows: the report with what it was worked out from, and the time it was `made`."""

    catalogue: Catalogue
    tables: Mapping[str, Table]
    report: Report
    made: datetime
    evidence_rows: int = EVIDENCE_ROWS


def compliance_workbook(contents: Contents) -> bytes:
    """The workbook's bytes."""
    catalogue, report = contents.catalogue, contents.report
    document = f"{catalogue.plan.document} {catalogue.plan.version}"
    last = report.period.last_day
    book = Book(datetime(last.year, last.month, last.day))
    accounts = write_accounts(book, catalogue, report, document)
    proofs = _write_proofs(book, contents, document)
    absences = Absences(accounts.missing_range("A"), accounts.missing_range("B"))
    write_results(book, catalogue, contents.tables, report, proofs, absences, lambda item: ("", ""), document)
    return book.content()


def _write_proofs(book: Book, contents: Contents, document: str) -> dict[str, Proof]:
    proofs: dict[str, Proof] = {}
    ledgers = ledgers_of(contents.catalogue, contents.tables)
    back = place(SHEET, "A1")
    for indicator in contents.catalogue.indicators:
        items = [item for item in contents.report.assessments if _is_of(item, indicator.id, indicator.number)]
        evidence = gather(contents.catalogue, ledgers, indicator, items, contents.evidence_rows)
        if evidence.total:
            proofs[indicator.id] = write_evidence(book, contents.catalogue, evidence, indicator.number, back, document)
    return proofs


def _is_of(item: Assessment, identity: str, number: int) -> bool:
    return item.indicator == identity and item.number == number
