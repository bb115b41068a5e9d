"""关账凭证: one page that says what was closed and the hash that it is held to, to be signed and kept apart."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itss_kpi.core.results import Verdict
from itss_kpi.render.word import MIDDLE, TEXT_WIDTH, Box, Document, digits, is_untouched, label, table_xml

SCHEMA = "itss-kpi/receipt/1"
_LABELS = 2200


def receipt_document(organization: str, manifest: Mapping[str, Any], seal: str, counts: Mapping[str, int]) -> bytes:
    """The document's bytes: of a closing with this manifest and the hash of it, in which so many came to each verdict
    (`counts`, by the verdict's value)."""
    day = datetime.fromisoformat(str(manifest["as_of"]))
    title = f"{manifest['period']} 关账凭证"
    document = Document(title, SCHEMA, day)
    document.page_marks(organization, title)
    document.say("Title", title, MIDDLE)
    facts = [
        ("单位", organization),
        ("考核期", str(manifest["period"])),
        ("数据截至", str(manifest["as_of"])),
        ("关账时间", str(manifest["closed"])),
        ("关账人", str(manifest["by"])),
        ("备注", str(manifest["note"])),
        ("取代", f"{manifest['supersedes']}:{manifest['reason']}" if manifest["supersedes"] else ""),
        ("虽有以下情形仍关账", "\n".join(manifest["accepted"].values())),
        ("台账文件", f"{len(manifest['inputs'])} 个"),
        ("归档文件夹", str(manifest["folder"])),
        ("结论", "、".join(f"{one.label} {counts[one.value]}" for one in Verdict if counts.get(one.value))),
        ("校验值(SHA-256)", "\n".join(_lines(seal))),
    ]
    rows = [[label(name), Box(text)] for name, text in facts if text]
    document.add(table_xml([[label("项目"), label("内容")]], rows, [_LABELS, TEXT_WIDTH - _LABELS]))
    document.say(
        "Note", "核对:itss-kpi verify --expect 校验值。归档中任何一处改动,这次及以前各次关账的校验值都会对不上。"
    )
    document.sign(("编制", "审核", "批准(盖章)"))
    return document.content()


def is_ours(content: bytes) -> bool:
    """Whether a file is such a document, as the program has written it."""
    return is_untouched(content, SCHEMA)


def _lines(seal: str) -> list[str]:
    groups = digits(seal).split()
    return [" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
