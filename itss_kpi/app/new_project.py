"""Starter: the files of a new project, filled in for an organization and a year.

Convention: pure but for reading the texts that come with the package (`starter.yaml`, `starter.md`); `$name` in them is
filled in, and what is filled into the YAML is quoted, so that no name can be anything but a name.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from string import Template

DATA = "台账"
"""The folder of exports, as the starter catalogue names it."""


def starter_files(year: int, organization: str, departments: Sequence[str], catalogue: str) -> dict[str, str]:
    """File name -> text; `catalogue` is the name of the catalogue's file.

    The first two departments hand in tickets, the first security incidents, the last the training plan.
    """
    shared = {"departments": departments, "desks": departments[:2], "first": departments[:1], "last": departments[-1:]}
    filled = {name: f"[{', '.join(map(_quoted, listed))}]" for name, listed in shared.items()}
    folders = [f"    {'└' if name is departments[-1] else '├'}── {name}" for name in departments]
    tree = "\n".join([".", f"├── {catalogue}", "├── README.md", f"└── {DATA}", *folders])
    title = f"{organization}{year}年运维服务指标"
    return {
        catalogue: _text("starter.yaml").substitute(filled, year=year, organization=_quoted(organization)),
        "README.md": _text("starter.md").substitute(year=year, title=" ".join(title.split()), tree=tree),
    }


def _text(name: str) -> Template:
    return Template(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _quoted(text: str) -> str:
    """A YAML scalar: JSON's form, but where the text begins with a Chinese character and can only be text."""
    return text if re.fullmatch(r"[\u4e00-\u9fff]\w*", text) else json.dumps(text, ensure_ascii=False)
