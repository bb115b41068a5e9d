"""Makes the template of the documents: A4 with the program's fonts and styles, and nothing else in it.

Usage: python tools/make_template.py OUT.docx. The same bytes each time. It is what python-docx begins with, without
what nobody needs, in the fonts that official Chinese documents have.
"""

import io
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor, Twips

from itss_kpi.render.word import BLUE, BODY, GREY, LATIN, SONG
from itss_kpi.render.xlsx import fixed

SIDE = 964
"""The margin on the left and on the right: what TEXT_WIDTH leaves of the page."""
HEI, INK = "黑体", "262626"
FONTS = {
    SONG: ("SimSun,Songti SC,Noto Serif CJK SC,Source Han Serif SC", "auto"),
    HEI: ("SimHei,Heiti SC,Noto Sans CJK SC,Source Han Sans SC", "swiss"),
    LATIN: ("Liberation Serif", "roman"),
}
"""The fonts, with those that stand in for them where they aren't there."""


def template() -> bytes:
    """The template's bytes."""
    made = docx.Document()
    _strip(made)
    _set_styles(made)
    section = made.sections[0]
    section.page_width, section.page_height = Twips(11906), Twips(16838)
    section.left_margin = section.right_margin = Twips(SIDE)
    section.top_margin, section.bottom_margin = Twips(1361), Twips(1134)
    section.header_distance, section.footer_distance = Twips(680), Twips(567)
    saved = io.BytesIO()
    made.save(saved)
    return fixed(saved, datetime(2022, 1, 1))


def _strip(made: Any) -> None:
    """Drop what the template has and nobody needs: its picture, its own copy of the styles, its data."""
    for owner in (made.part.package, made.part):
        for name in [one for one, rel in owner.rels.items() if rel.reltype.rsplit("/", 1)[1] in _UNUSED]:
            del owner.rels[name]
    fonts = next(rel.target_part for rel in made.part.rels.values() if rel.reltype == RT.FONT_TABLE)
    fonts._blob = _fonts_xml().encode()
    settings = made.settings.element
    for name in ("w:rsids", "w14:docId", "w:proofState", "w:savePreviewPicture"):
        for one in settings.findall(qn(name) if not name.startswith("w14") else _W14_DOC_ID):
            settings.remove(one)
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")


_UNUSED = ("thumbnail", "customXml", "stylesWithEffects")
_W14_DOC_ID = "{http://schemas.microsoft.com/office/word/2010/wordml}docId"


def _fonts_xml() -> str:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{others}"/><w:family w:val="{family}"/></w:font>'
        for name, (others, family) in FONTS.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'


def _set_styles(made: Any) -> None:
    styles = made.styles
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")  # else some signs look as in Taiwan or Japan
    _set_font(styles["Normal"], SONG, 10.5, color=INK)
    _spaced(styles["Normal"], 4, 4, 1.25)
    for name, size, before in (("Heading 1", 15.0, 18), ("Heading 2", 12.0, 12)):
        _set_font(styles[name], HEI, size, bold=True, color=BLUE)
        _spaced(styles[name], before, 6, 1.15)
    _set_font(styles["Title"], HEI, 26, bold=True, color=BLUE)
    edge = styles["Title"].element.pPr.find(qn("w:pBdr"))
    if edge is not None:
        styles["Title"].element.pPr.remove(edge)
    for name in ("Header", "Footer"):
        _set_font(styles[name], SONG, 9, color=GREY)
        tabs = styles[name].element.pPr.find(qn("w:tabs"))
        styles[name].element.pPr.remove(tabs)
    for name, size, font in (
        ("TableText", BODY, SONG),
        ("TableTitle", BODY, SONG),
        ("Note", 8.5, SONG),
        ("Gap", 4, SONG),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        _set_font(style, font, size, bold=name == "TableTitle", color=GREY if name == "Note" else INK)
        _spaced(
            style, *{"TableText": (1, 1, 1.0), "TableTitle": (8, 3, 1.0), "Note": (2, 6, 1.0), "Gap": (0, 0, 1.0)}[name]
        )
    styles["TableTitle"].paragraph_format.keep_with_next = True


def _set_font(style: Any, east: str, size: float, *, bold: bool = False, color: str) -> None:
    style.font.size, style.font.bold, style.font.color.rgb = Pt(size), bold, RGBColor.from_string(color)
    style.font.name = LATIN
    fonts = style.element.rPr.rFonts
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{name}"), LATIN)
    fonts.set(qn("w:eastAsia"), east)


def _spaced(style: Any, before: float, after: float, line: float) -> None:
    form: Any = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(template())
