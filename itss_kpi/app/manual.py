"""The manual: its chapters, as they come with the program, and the one or the section that somebody asks for.

Convention: a chapter is a Markdown file called by a number, for the order, and its name; it begins with a heading and
one sentence that says what it is about. A section is a heading with all that stands below it. Whoever asks may leave
out what follows the name of a section after a colon or a blank (`纵向对比:trend`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from itss_kpi.catalogue.kinds import suggestion
from itss_kpi.core.problems import Refusal
from itss_kpi.pages.page import Column, Page, Table

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "manual", _PACKAGE.parent / "docs" / "手册")
"""Where the chapters are: in the installed package, or in the repository that is installed as it stands."""
_ASKED = "itss-kpi help 章节"


@dataclass(frozen=True, slots=True)
class Passage:
    """A chapter or a section of one: its title, its Markdown from the heading on, the file it stands in."""

    title: str
    text: str
    path: Path

    @property
    def names(self) -> set[str]:
        """What it is called."""
        return {self.title, re.split("[::\\s]", self.title)[0]}

    @property
    def about(self) -> str:
        """The first line below the heading."""
        return next(line for line in self.text.splitlines()[1:] if line)


def chapters() -> list[Passage]:
    """The chapters in their order."""
    return [
        Passage(path.stem.partition("-")[2], path.read_text(encoding="utf-8"), path)
        for path in sorted(_folder().glob("[0-9]*-*.md"))
    ]


def contents() -> Page:
    """The chapters, a line each."""
    listed = [[chapter.title, chapter.about.replace("`", "")] for chapter in chapters()]
    summary = (
        f"看一章或其中一节:{_ASKED};只写名称的一部分也可以。加 --open 在浏览器中看,有图。",
        "也可以写问题代码(如 D203)或命令(如 trend)。",
    )
    return Page("手册", summary, [Table("", (Column("章", whole=True), Column("内容", rest=True)), listed)])


def passage(topic: str) -> Passage:
    """The chapter or section that is called so; or the only one with this in its title, a chapter if there is one."""
    written = chapters()
    sections = [section for chapter in written for section in _sections(chapter)]
    for among in (written, sections):
        for one in among:
            if topic in one.names:
                return one
    for among in (written, sections):
        found = [one for one in among if topic.casefold() in one.title.casefold()]
        if len(found) == 1:
            return found[0]
        if found:
            raise Refusal(f"“{topic}”不止一处:{_titles(found)};请写全")
    near = suggestion(topic, [name for one in (*written, *sections) for name in one.names])
    known = f";各章:{_titles(written)};也可以写问题代码(如 D203)或命令(如 trend)"
    raise Refusal(f"手册中没有“{topic}”{near or known}")


def web_page_of(found: Passage | None) -> str:
    """The address of the passage in a browser, or of the list of chapters; the pages are written for it."""
    from itss_kpi.reading.worker.cache import cache_folder
    from itss_kpi.render.chapter import anchor, web_page

    source, folder = _folder(), cache_folder().parent / "manual"
    folder.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.md"):
        page = web_page(path.stem, path.read_text(encoding="utf-8"), source.as_uri())
        (folder / f"{path.stem}.html").write_text(page, encoding="utf-8")
    wanted = folder / f"{found.path.stem if found else 'README'}.html"
    return wanted.as_uri() + (f"#{quote(anchor(found.title))}" if found else "")


def _folder() -> Path:
    return next(folder for folder in _FOLDERS if folder.is_dir())


def _titles(passages: Sequence[Passage]) -> str:
    return "、".join(one.title for one in passages)


def _sections(chapter: Passage) -> Iterator[Passage]:
    """Each heading below the chapter's own with what stands below it, lesser headings too."""
    lines = chapter.text.splitlines()
    headings = list(_headings(lines))
    for place, (at, level, title) in enumerate(headings):
        end = next((other for other, above, _ in headings[place + 1 :] if above <= level), len(lines))
        if level > 1:
            yield Passage(title, "\n".join(lines[at:end]) + "\n", chapter.path)


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Line, level and title of each; a comment in an example is none."""
    fenced = False
    for at, line in enumerate(lines):
        fenced ^= line.startswith("```")
        if not fenced and (found := re.match("(#+) (.*)", line)):
            yield at, len(found[1]), found[2]
