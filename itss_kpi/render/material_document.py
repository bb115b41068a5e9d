"""A `Material` as a Word document: the management review's input, a service report -> bytes.

Convention: the document shows the material's texts and works nothing out; how it looks is decided here and in `word`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count

from itss_kpi.catalogue.plan import Plan, Signed
from itss_kpi.catalogue.wording import SIGNS
from itss_kpi.core.results import Verdict
from itss_kpi.pages.documents.material import Material
from itss_kpi.pages.documents.parts import Part
from itss_kpi.pages.making import cell
from itss_kpi.pages.page import TONES, Cell, Chart, Heading, Note, Table, Text, Tone
from itss_kpi.render import word
from itss_kpi.render.sheet_style import verdict_look
from itss_kpi.render.word import Box, Document
from itss_kpi.render.word_chart import Drawn, add_chart

_PATTERNS = {
    Verdict.MISSED: "dkUpDiag",
    Verdict.UNVERIFIED: "smGrid",
    Verdict.MISSING_DATA: "ltHorz",
    Verdict.UNDEFINED: "pct50",
    Verdict.MONITORED: "ltVert",
}
"""What tells a verdict's bars apart in grey."""
_VERDICTS = {tone: verdict for verdict, tone in TONES.items()} | {Tone.LATE: Verdict.UNDEFINED}
"""The verdict whose look a tone has."""
_REVISIONS, _SIGNED = "文件编制和变更履历", "签署"


def material_document(material: Material) -> bytes:
    """The document's bytes."""
    as_of = datetime(material.as_of.year, material.as_of.month, material.as_of.day)
    document = Document(material.title, material.schema, as_of)
    document.page_marks(material.plan.organization, _numbers(material))
    _add_cover(document, material)
    first = [part.text for part in material.parts if isinstance(part, Heading) and part.level == 1]
    _add_contents(document, [*([_REVISIONS] if material.with_revisions else []), *first, _SIGNED])
    if material.with_revisions:
        _add_revisions(document, material.plan)
    _add_parts(document, material.parts)
    document.head(1, _SIGNED)
    document.sign(material.signers)
    return document.content()


def is_ours(content: bytes, kind: type[Material]) -> bool:
    """Whether a file is such a document, as the program has written it."""
    return word.is_untouched(content, kind.schema)


def _numbers(material: Material) -> str:
    plan = f"{material.plan.document} {material.plan.version}"
    return f"{material.document}(依据 {plan})" if material.document else f"依据 {plan}"


def _add_cover(document: Document, material: Material) -> None:
    plan = material.plan
    document.say(
        "Normal", plan.organization, f'<w:spacing w:before="2400" w:after="1200"/>{word.MIDDLE}', '<w:sz w:val="36"/>'
    )
    document.say("Title", material.title, word.MIDDLE)
    partial = "(尚未结束)" if material.partial else ""
    facts = (
        f"文件编号:{material.document}" if material.document else "",
        f"依据:《{plan.title}》({plan.document} {plan.version})",
        f"数据截至:{material.as_of}{partial}",
        f"最近一次关账的校验值:{word.digits(material.sealed)}" if material.sealed else "",
    )
    for at, fact in enumerate(filter(None, facts)):
        document.say(
            "Normal", fact, ('<w:spacing w:before="1200"/>' if at == 0 else "") + word.MIDDLE, '<w:sz w:val="24"/>'
        )
    shade = f'<w:spacing w:before="1200"/><w:shd w:val="clear" w:color="auto" w:fill="{word.BAND}"/>'
    document.say("Normal", material.result, shade + word.MIDDLE, '<w:b/><w:sz w:val="24"/>')


def _add_contents(document: Document, titles: Sequence[str]) -> None:
    """The titles with their pages, which Word and LibreOffice count."""
    look = f'<w:b/><w:color w:val="{word.BLUE}"/><w:sz w:val="32"/>'
    document.say("Normal", "目录", f"<w:pageBreakBefore/>{word.MIDDLE}", look)
    tab = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{word.TEXT_WIDTH}"/></w:tabs>'
    for title in titles:
        page = f"<w:r><w:tab/></w:r>{word.field_xml(f'PAGEREF {word.mark_of(title)}', unknown=True)}"
        link = f'<w:hyperlink w:anchor="{word.mark_of(title)}">{word.run_xml(title)}{page}</w:hyperlink>'
        document.add(word.paragraph_xml("Normal", link, tab))


# ---- the plan's revisions


def _add_revisions(document: Document, plan: Plan) -> None:
    document.head(1, _REVISIONS, "<w:pageBreakBefore/>")
    document.say("Note", f"所依据的《{plan.title}》({plan.document})的履历。")
    widths = [900, 1250, 1150, 1250, 1150, 1250, 1150, word.TEXT_WIDTH - 8100]

    groups = (("版本", 1, "start"), ("编制/更改", 2, ""), ("发布", 2, ""), ("实施", 2, ""), ("更改记录", 1, "start"))
    names = ("作者", "日期", "审核", "日期", "批准", "日期")
    head = [
        [word.label(text, across, down) for text, across, down in groups],
        [word.label("", down="more"), *map(word.label, names), word.label("", down="more")],
    ]
    rows = [
        [
            Box(one.version, centred=True),
            *(box for signed in (one.compiled, one.reviewed, one.approved) for box in _signed(signed)),
            Box(one.change),
        ]
        for one in plan.revisions
    ]
    document.add(word.table_xml(head, rows or [[Box("")] * len(widths)], widths))


def _signed(one: Signed) -> list[Box]:
    return [Box(one.by or "", centred=True), Box(str(one.on), centred=True)]


# ---- parts


def _add_parts(document: Document, parts: Sequence[Part]) -> None:
    charts = count(1)
    for part in parts:
        match part:
            case Heading():
                document.head(part.level, part.text)
            case Note():
                _add_note(document, part)
            case Table():
                _add_table(document, part)
            case Chart():
                _add_chart(document, part, next(charts))


def _add_note(document: Document, note: Note) -> None:
    text = cell(note.text).text
    if note.tone is None:
        document.say("Normal", text)
        return
    verdict = _VERDICTS[note.tone]
    look = verdict_look(verdict)
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{look.fill}"/>'
    document.say("Normal", f"{SIGNS[verdict]} {text}", shade, f'<w:b/><w:color w:val="{look.color}"/>')


def _add_table(document: Document, table: Table) -> None:
    if not table.rows:
        document.say("TableTitle", table.title)
        document.say("Note", table.empty)
        return
    names = [column.name for column in table.columns]
    rows = list(map(_boxes, table.rows))
    blank = not any(box.text.strip() for row in rows for box in row)
    columns = [[name, *(row[at].text for row in rows)] for at, name in enumerate(names)]
    small = [False] * (len(names) - 1) + [True]
    widths = _even(len(names)) if blank else word.fitted(columns, small)
    # the title is a row of the head: a paragraph that is kept with the table makes LibreOffice lose rows of it
    title = [Box(table.title, bold=True, across=len(names))]
    document.add(word.table_xml([title, list(map(word.label, names))], rows, widths))
    document.say("Gap", "")


def _even(columns: int) -> list[int]:
    """Widths of what is filled in by hand: the first column as wide as two."""
    part = word.TEXT_WIDTH // (columns + 1)
    rest = [part] * (columns - 1)
    return [word.TEXT_WIDTH - sum(rest), *rest]


def _boxes(row: Sequence[Text]) -> list[Box]:
    """The boxes of a row; the last one is where the others come from. One that is filled in by hand is two lines
    high."""
    texts = list(map(cell, row))
    if not any(one.text for one in texts):
        return [Box("\n")] * len(row)
    *cells, places = texts
    return [*map(_box, cells), Box(places.text, small=True, color=word.GREY)]


def _box(one: Cell) -> Box:
    number = (one.value is not None and len(one.text) <= 16) or one.text == "—"
    if one.tone is None:
        return Box(one.text, centred=number)
    look = verdict_look(_VERDICTS[one.tone])
    return Box(one.text, bold=True, color=look.color, fill=look.fill, centred=number)


def _add_chart(document: Document, chart: Chart, number: int) -> None:
    add_chart(document, number, chart.title, chart.categories, list(_drawn(chart)), rates=chart.rates)
    document.say("Note", f"出处:{';'.join(chart.source)}", word.MIDDLE)


def _drawn(chart: Chart) -> Iterator[Drawn]:
    for line in chart.lines:
        if line.verdict is not None:
            look = verdict_look(line.verdict)
            # a bar of nothing has no number on it
            values = tuple(value or None for value in line.values)
            name, pattern = f"{SIGNS[line.verdict]} {line.name}", _PATTERNS.get(line.verdict)
            yield Drawn(name, values, look.fill, look.color, pattern)
        else:
            ink = "C00000" if line.target else word.BLUE
            yield Drawn(line.name, line.values, ink, ink, dashed=line.target)
