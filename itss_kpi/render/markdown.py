"""Markdown: a page -> text with headings and tables.

Convention: what stands as entries in the terminal is a table here. Text from users' files goes through
`escape_controls`.
"""

from collections.abc import Iterator

from itss_kpi.core.text import escape_controls, markdown_table
from itss_kpi.pages import making
from itss_kpi.pages import page as pages
from itss_kpi.pages.making import flat
from itss_kpi.pages.page import Cards, Chart, Heading, Note, On, Page, Table, Tone

ENTRY = "对象"
"""The head of the column that holds the heads of entries."""


def render(page: Page) -> str:
    """The page as Markdown."""
    lines = [f"# {escape_controls(page.title)}"]
    for said in page.summary:
        lines += ["", escape_controls(flat(said))]
    below = 1
    for part in making.shown(page.parts, On.MARKDOWN):
        below = part.level + 1 if isinstance(part, Heading) else below
        lines += _part(part, below)
    return "\n".join(lines)


def _part(part: pages.Part, level: int) -> Iterator[str]:
    """A part; its title is of that `level`, one below that of the heading above it."""
    match part:
        case Note():
            said = escape_controls(flat(part.text))
            if said:
                yield from ("", f"**{said}**" if part.tone is Tone.MISSING else said)
        case Heading():
            yield from _title(part.text, part.level)
        case Table():
            yield from _title(part.title, level)
            listed = making.narrowed(part, On.MARKDOWN)
            head = [column.name for column in listed.columns]
            yield from _rows(head, [list(map(flat, row)) for row in listed.rows], part.empty)
        case Cards():
            yield from _title(part.title, level)
            if part.cards and not part.cards[0].head.text:
                yield from (
                    "",
                    *(f"- {escape_controls(label)}:{escape_controls(said)}" for label, said in _facts(part)),
                )
            else:
                yield from _rows(*_entries(part), part.empty)
        case Chart():
            pass


def _title(title: str, level: int) -> Iterator[str]:
    if title:
        yield from ("", f"{'#' * (level + 1)} {escape_controls(title)}")


def _rows(head: list[str], rows: list[list[str]], empty: str) -> Iterator[str]:
    if rows:
        yield from ("", *markdown_table(head, rows))
    elif empty:
        yield from ("", escape_controls(empty))


def _facts(cards: Cards) -> Iterator[tuple[str, str]]:
    """What is said under each label, where the entries have no heads."""
    found: dict[str, list[str]] = {}
    label = ""
    for named, said in (line for card in cards.cards for line in card.lines):
        label = named or label
        if text := flat(said):
            found.setdefault(label, []).append(text)
    return ((label, ";".join(said)) for label, said in found.items())


def _entries(cards: Cards) -> tuple[list[str], list[list[str]]]:
    """A column for the heads and one a label."""
    rows: list[dict[str, str]] = []
    for card in cards.cards:
        row, label = {ENTRY: flat(card.head)}, ENTRY
        for named, said in card.lines:
            label, text = named or label, flat(said)
            row[label] = ";".join(filter(None, (row.get(label, ""), text))) if named else f"{row[label]}({text})"
        rows.append(row)
    names = dict.fromkeys(name for row in rows for name, text in row.items() if text)
    return list(names), [[row.get(name, "") for name in names] for row in rows]
