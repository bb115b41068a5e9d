"""Makes README's picture: what `itss-kpi evaluate --period 2022Q3` prints of the sample data, as an SVG.

Usage: python tools/make_picture.py OUT.svg. The same bytes each time: the command is run as a terminal of 100 columns
would see it, and rich exports that. Convention: words are placed one by one, and Chinese words character by
character, because rich places whole lines, and few fonts make a Chinese character exactly as wide as two letters.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html import escape, unescape
from itertools import groupby
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ("itss-kpi", "evaluate", "--period", "2022Q3")
COLUMNS = 100
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


def picture() -> str:
    """The SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(_printed().rstrip()), soft_wrap=True)
    drawn = console.export_svg(
        title=" ".join(COMMAND), code_format=TEMPLATE, font_aspect_ratio=ASPECT, unique_id="evaluate"
    )
    lines = _TEXT.sub(lambda found: "".join(_runs(*found.groups())), drawn).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


def _printed() -> str:
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
    environment |= {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "itss_kpi", *COMMAND[1:]]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


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


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8", newline="\n")
