"""Makes the pictures of the manual and of README: what the program prints, its workbooks and documents, its page.

Usage: python tools/make_pictures.py [NAME …]; all of them, where nothing is named. Terminals are SVGs, the same bytes
each time: the command is run as a terminal of 100 columns would see it, and rich exports that. Words are placed one by
one, and Chinese words character by character, because rich places whole lines, and few fonts make a Chinese character
exactly as wide as two letters. Pages are PNGs: LibreOffice prints the file and poppler draws the page; Chromium draws
the page for a browser. They look a little different with each version of these, so no test compares them.
"""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape, unescape
from itertools import accumulate, groupby
from pathlib import Path
from unittest import mock

from openpyxl import load_workbook
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from itss_kpi.app import closing
from itss_kpi.cli.main import run

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "手册" / "图"
COLUMNS = 100
CLOSED = datetime(2023, 1, 10, 8, 0)
"""When a period is closed in a picture, whatever the clock says."""
ASPECT = 0.6
CELL = 20 * ASPECT  # rich draws with a font of 20 px
LATIN = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono"'
CHINESE = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei"'

# rich's own template fetches a web font, which a picture on a page may not do
TEMPLATE = f"""\
<svg class="rich-terminal" viewBox="0 0 {{width}} {{height}}" xmlns="http://www.w3.org/2000/svg">
<style>
.{{unique_id}}-matrix {{{{ font-family: {LATIN}, {CHINESE}, monospace; font-size: {{char_height}}px; }}}}
.{{unique_id}}-title {{{{ font-family: {LATIN}, {CHINESE}, monospace; font-size: 18px; font-weight: bold; }}}}
.wide {{{{ font-size: 22px; }}}}
{{styles}}
</style>
{{chrome}}
<g transform="translate({{terminal_x}}, {{terminal_y}})">
{{backgrounds}}
<g class="{{unique_id}}-matrix">
{{matrix}}
</g>
</g>
</svg>
"""
_TEXT = re.compile(r'<text class="([^"]*)" x="([^"]*)" y="([^"]*)" textLength=[^>]*>([^<]*)</text>')


@dataclass(frozen=True)
class Terminal:
    """A command as it is typed in a copy of the sample, what is done to it before, and the exit code."""

    command: str
    before: Callable[[Path], None] | None = None
    code: int = 0


def _touched(folder: Path) -> None:
    """A month is closed, and then somebody has a ticket answered in time that wasn't. It is quick, as there are no
    other ledgers."""
    shutil.rmtree(folder / "sample_data" / "archive")
    for path in (folder / "sample_data").rglob("*.xlsx"):
        if not path.name.startswith("事件工单_2022"):
            path.unlink()
    _run(folder, "close --period 2022-07 --by 质量组 --accept problems,missing_data")
    path = folder / "sample_data" / "信息部" / "事件工单_2022Q3.xlsx"
    book = load_workbook(path)
    for row in book["事件工单"].iter_rows():
        if row[0].value == "XXSJ202200785":
            row[6].value = datetime(2022, 7, 4, 12, 7, 48)
    book.save(path)


def _mistaken(folder: Path) -> None:
    """A new catalogue with three slips."""
    _run(folder, "init 我的公司 --year 2023")
    path = folder / "我的公司" / "kpi_definitions.yaml"
    text = path.read_text(encoding="utf-8")
    for right, wrong in {
        "响应时间 - 受理": "响应时刻 - 受理",
        "'<= 4小时'": "4小时以内",
        "== '已关闭'}": "== '关毕'}",
    }.items():
        assert right in text
        text = text.replace(right, wrong)
    path.write_text(text, encoding="utf-8")


TERMINALS = {
    "evaluate": Terminal("evaluate --period 2022Q3"),
    "explain": Terminal("explain 18 --period 2022-08 --rows doubtful"),
    "status": Terminal("status --period 2022Q4"),
    "verify": Terminal("verify", _touched, 1),
    "mistakes": Terminal("check --catalogue 我的公司/kpi_definitions.yaml", _mistaken, 3),
    "code": Terminal("help D203"),
}


def terminal(name: str) -> str:
    """The SVG."""
    command = TERMINALS[name].command
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for line in Text.from_ansi(_printed(TERMINALS[name]).rstrip()).split("\n", allow_blank=True):
        console.print(*line.divide(_ends(line.plain)), sep="\n", soft_wrap=True)
    drawn = console.export_svg(
        title=f"itss-kpi {command}", code_format=TEMPLATE, font_aspect_ratio=ASPECT, unique_id=name
    )
    lines = _TEXT.sub(lambda found: "".join(_runs(*found.groups())), drawn).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


def _ends(line: str) -> list[int]:
    """Where a terminal begins a new line, as it does in the middle of a word."""
    return list(accumulate(map(len, chop_cells(line, COLUMNS))))[:-1]


def _printed(shot: Terminal) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
    environment |= {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    environment["PYTHONPATH"] = str(ROOT)
    with sample() as folder:
        if shot.before:
            shot.before(folder)
        done = subprocess.run(
            [sys.executable, "-m", "itss_kpi", *shot.command.split()],
            cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
    assert done.returncode == shot.code, done.stderr
    return done.stdout + done.stderr if shot.code == 3 else done.stdout


@contextlib.contextmanager
def sample() -> Iterator[Path]:
    """A folder with a copy of the sample and its catalogue."""
    with tempfile.TemporaryDirectory() as made:
        shutil.copytree(ROOT / "sample_data", Path(made) / "sample_data")
        shutil.copy(ROOT / "kpi_definitions.yaml", made)
        yield Path(made)


def _runs(style: str, x: str, y: str, text: str) -> Iterator[str]:
    at = round(float(x) / CELL)
    for (width, blank), found in groupby(unescape(text), key=lambda char: (cell_len(char), char.isspace())):
        run = "".join(found)
        if width == 2:
            places = " ".join(f"{(at + 2 * index) * CELL:g}" for index in range(len(run)))
            yield f'<text class="{style} wide" x="{places}" y="{y}">{escape(run)}</text>\n'
        elif not blank:
            length = f'textLength="{len(run) * CELL:g}"'
            yield f'<text class="{style}" x="{at * CELL:g}" y="{y}" {length}>{escape(run)}</text>\n'
        at += width * len(run)


# ---- pages


@dataclass(frozen=True)
class Printed:
    """A page of a file that a command writes, at so many dots an inch. `inches`: which part of the page is shown, from
    its left and top, and how wide and high that is."""

    command: str
    file: str
    page: int
    dots: int
    inches: tuple[float, float, float, float]


REPORT = "report --period 2022Q3 --output a.xlsx"
TEMPLATE_OF = "template 事件工单 --department 信息部 --period 2022Q3 --output 空白表"
RETURN = "check --return 退回 --level error --department 信息部"
CLOSE = "close --period 2022Q3 --by 质量组 --accept missing_data,problems --receipt a.docx"
PAGES = {
    "template": Printed(TEMPLATE_OF, "空白表/信息部/事件工单_2022Q3.xlsx", 2, 84, (0.3, 0.5, 11.1, 4.8)),
    "returned": Printed(RETURN, "退回/信息部/事件工单_2022Q2.xlsx", 1, 100, (0.6, 0.9, 10.4, 1.1)),
    "workbook": Printed(REPORT, "a.xlsx", 1, 72, (0.3, 0.3, 11.1, 7.5)),
    "recount": Printed(REPORT, "a_证据.xlsx", 1, 92, (0.3, 0.4, 11.1, 4.4)),
    "review": Printed("review --output a.docx", "a.docx", 10, 70, (0.3, 0.3, 7.7, 11.1)),
    "catalogue": Printed("catalogue --to a.xlsx", "a.xlsx", 1, 72, (0.3, 0.3, 11.1, 5.8)),
    "receipt": Printed(CLOSE, "a.docx", 1, 76, (0.5, 0.4, 7.3, 5.2)),
}
BROWSER = {"page": "report --period 2022Q3 --format html --output a.html"}


def page(name: str, out: Path) -> None:
    """Draw the page of a workbook or a document."""
    shot = PAGES[name]
    with sample() as folder:
        _run(folder, shot.command)
        home = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        _call("soffice --headless --convert-to pdf", home, "--outdir", folder, folder / shot.file)
        left, top, width, height = (round(inch * shot.dots) for inch in shot.inches)
        part = f"-r {shot.dots} -f {shot.page} -l {shot.page} -x {left} -y {top} -W {width} -H {height}"
        _call(f"pdftoppm -png -singlefile {part}", folder / f"{Path(shot.file).stem}.pdf", out.with_suffix(""))


def browser(name: str, out: Path) -> None:
    """Draw the page for a browser."""
    with sample() as folder:
        _run(folder, BROWSER[name])
        home, made = f"--user-data-dir={folder / 'profile'}", (folder / "a.html").as_uri()
        how = "--headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1300,1108"
        _call(f"{_chromium()} {how} --force-device-scale-factor=0.65", home, f"--screenshot={out}", made)


def _run(folder: Path, command: str) -> None:
    said = io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        mock.patch.object(closing, "now", return_value=CLOSED),
    ):
        code = run(command.split())
    assert code in (0, 1), said.getvalue()


def _call(command: str, *arguments: str | Path) -> None:
    subprocess.run([*command.split(), *arguments], check=True, capture_output=True, timeout=300)


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def main(names: Sequence[str]) -> int:
    """Make them, and say which can't be made here."""
    has_office, has_browser = shutil.which("soffice") and shutil.which("pdftoppm"), _chromium()
    for name in names or [*TERMINALS, *PAGES, *BROWSER]:
        if name in TERMINALS:
            (PICTURES / f"{name}.svg").write_text(terminal(name), encoding="utf-8", newline="\n")
        elif name in PAGES and has_office:
            page(name, PICTURES / f"{name}.png")
        elif name in BROWSER and has_browser:
            browser(name, PICTURES / f"{name}.png")
        else:
            print(f"{name}: not made; {'LibreOffice and poppler' if name in PAGES else 'Chromium'} is not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
