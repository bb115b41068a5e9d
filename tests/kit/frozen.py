"""Outputs of the sample that stay as they are: each form of each command, by its SHA-256.

Convention: an output is what the program wrote, its exit code before it; of a workbook or document, its parts by name,
as how tightly they are packed is the compression library's affair. `python tests/kit/frozen.py [FOLDER]` prints the lines of
`golden/outputs.sha256`, and keeps the outputs in the folder to look at.
"""

import contextlib
import hashlib
import io
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTED = ROOT / "tests" / "golden" / "outputs.sha256"
SETTINGS = {"COLUMNS": "100"}

_FORMS = ("table", "json", "csv", "markdown")
_DAY = "--as-of 2022-09-30"


def commands() -> dict[str, str]:
    """The name of each output -> the command line that writes it; `{}` stands for a file that it writes."""
    found = {f"evaluate.{form}": f"evaluate -p 2022Q3 -f {form}" for form in _FORMS}
    for name in ("actions", "satisfaction", "supervision", "findings", "clauses"):
        found |= {f"{name}.{form}": f"{name} {_DAY} -f {form}" for form in _FORMS}
    found |= {f"plan.{form}": f"plan {_DAY} -f {form}" for form in (*_FORMS, "ics")}
    return found | {
        "status": "status -p 2022Q4",
        "check": "check",
        "catalogue": "catalogue",
        "verify": "verify",
        "trend": "trend 18 11",
        "compare": "compare -p 2022Q3 --by 部门",
        "help": "--help",
        "report.xlsx": "report -p 2022 -o {}",
        "review.docx": "review -o {}",
    }


def output(name: str, command: str) -> bytes:
    """What the command writes; run in the folder of the repository."""
    from itss_kpi.cli import main as cli

    with tempfile.TemporaryDirectory() as folder, _settings():
        written = Path(folder) / name
        arguments = [str(written) if word == "{}" else word for word in command.split()]
        buffer = io.BytesIO()
        stream = io.TextIOWrapper(buffer, "utf-8", newline="")
        with contextlib.redirect_stdout(stream):
            code = cli.run(arguments)
            stream.flush()
        if "{}" in command.split():
            return _parts(written.read_bytes())
        return f"{code}\n".encode() + buffer.getvalue()


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in SETTINGS}
    os.environ.update(SETTINGS)
    try:
        with contextlib.chdir(ROOT):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _parts(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return b"".join(b"== " + name.encode() + b"\n" + package.read(name) + b"\n" for name in package.namelist())


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def listed() -> dict[str, str]:
    """The name of each output -> the SHA-256 that it had when it was frozen."""
    lines = LISTED.read_text(encoding="utf-8").splitlines()
    return {name: digits for digits, name in (line.split("  ") for line in lines)}


def _print_all(folder: Path | None) -> None:
    for name, command in commands().items():
        content = output(name, command)
        if folder:
            (folder / name).write_bytes(content)
        sys.stdout.write(f"{digest(content)}  {name}\n")


if __name__ == "__main__":
    _print_all(Path(sys.argv[1]) if sys.argv[1:] else None)
