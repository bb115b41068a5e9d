"""A chapter of the manual: Markdown -> something that rich prints, or a page for a browser.

Convention: in a terminal it is rich's own Markdown but for this: a line breaks beside any Chinese character, as Chinese
is broken (rich breaks at blanks, and cuts a cell off that has none); examples stand as they are, without a background;
a link says only what it is called, for a terminal can't follow it, and a picture what it shows.
"""

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from rich import box, markdown
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

_PICTURE = re.compile(r"!\[([^]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^]]+)\]\([^)\s]+\)")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60"
_PIECE = re.compile(rf"[“‘(《【([{{]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[”’,。;:、?!)》】…—)\]}}]*\s*|\s+")
"""What a line isn't broken in: a Chinese character, or a word of others, with the punctuation that belongs to it."""
_WORD = re.compile(r"\S+\s*")
"""The same in an example: broken at a blank, and with the rest further in, YAML is still what it was."""
_THEME = Theme(
    {
        "markdown.h1": "bold underline",
        "markdown.h2": "bold cyan",
        "markdown.h3": "bold",
        "markdown.code": "cyan",
        "markdown.table.header": "bold",
        "markdown.table.border": "dim",
    }
)


_PAGE = """\
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font-family: sans-serif; line-height: 1.6; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #bbb; padding: 0.2rem 0.6rem; text-align: left; vertical-align: top; }}
pre {{ background: #f4f4f4; padding: 0.6rem; overflow-x: auto; }}
img {{ max-width: 100%; border: 1px solid #ddd; }}
</style>
</head>
<body>
{body}</body>
</html>
"""


class Chapter:
    """The Markdown of a chapter or a section for a terminal."""

    def __init__(self, text: str) -> None:
        self.markdown = _Markdown(_LINK.sub(r"\1", _PICTURE.sub(r"*〔图:\1〕*", text)), hyperlinks=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(_THEME):
            yield from console.render(self.markdown, options)


def web_page(title: str, text: str, pictures: str) -> str:
    """The Markdown as a page that links to its like; `pictures` is the address of the folder that theirs are in."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor(inside.content))
    body = parser.renderer.render(tokens, parser.options, {})
    body = re.sub(r'href="([^"#/:]+)\.md', r'href="\1.html', body)
    body = re.sub(r'<a href="\.\./[^"]*">(.*?)</a>', r"\1", body).replace('src="', f'src="{pictures}/')
    return _PAGE.format(title=escape(title), body=body)


def anchor(title: str) -> str:
    """What the link to a heading ends in, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


class _Prose:
    """Text that breaks beside Chinese characters."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.text.split("\n", allow_blank=True):
            line.justify, line.overflow = "default", "fold"  # no blanks to its right, and nothing cut off
            yield from line.divide(_breaks(line.plain, options.max_width))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        pieces = _PIECE.findall(self.text.plain)
        least = max((cell_len(piece.rstrip()) for piece in pieces), default=0)
        return Measurement(least, max(map(cell_len, self.text.plain.split("\n")))).with_maximum(options.max_width)


def _breaks(line: str, width: int, pieces: re.Pattern[str] = _PIECE) -> Iterator[int]:
    used = 0
    for piece in pieces.finditer(line):
        if used and used + cell_len(piece[0].rstrip()) > width:
            yield piece.start()
            used = 0
        used += cell_len(piece[0])


class _Paragraph(markdown.Paragraph):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield _Prose(self.text)


class _Heading(markdown.Heading):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _Example(markdown.CodeBlock):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip().splitlines():
            indent = 2 + len(line) - len(line.lstrip())
            shown, room = Text(line.strip(), style="green"), options.max_width - indent
            parts = [shown] if cell_len(shown.plain) <= room else shown.divide(_breaks(shown.plain, room - 4, _WORD))
            for place, part in enumerate(parts):
                yield Text(" " * (indent + 4 * bool(place))) + part


class _Table(markdown.TableElement):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = Table(box=box.SIMPLE, pad_edge=False, style="markdown.table.border")
        assert self.header
        assert self.header.row
        assert self.body
        for head in self.header.row.cells:
            table.add_column(_Prose(head.content), header_style="markdown.table.header")
        for row in self.body.rows:
            table.add_row(*(_Prose(cell.content) for cell in row.cells))
        yield table


class _Markdown(Markdown):
    elements = Markdown.elements | {
        "paragraph_open": _Paragraph,
        "heading_open": _Heading,
        "fence": _Example,
        "table_open": _Table,
    }
