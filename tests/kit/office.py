"""LibreOffice as a second opinion: what an office program works out of a workbook's formulas, and what it prints."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

OFFICE = shutil.which("soffice")
HAS_OFFICE = OFFICE is not None
WHY_NOT = "LibreOffice (soffice) is not on the PATH"
_PROGRAM = Path(os.path.realpath(OFFICE or "")).parent
HAS_WRITER = HAS_OFFICE and any((_PROGRAM / name).exists() for name in ("libswlo.so", "libswlo.dylib", "swlo.dll"))
TEXT_OF_PDF = shutil.which("pdftotext")
CAN_PRINT = HAS_OFFICE and TEXT_OF_PDF is not None
CAN_PRINT_TEXT = HAS_WRITER and TEXT_OF_PDF is not None
WHY_NOT_PRINTED_TEXT = "LibreOffice Writer (libreoffice-writer) or poppler (pdftotext) is not installed"
WHY_NOT_PRINTED = "LibreOffice (soffice) or poppler (pdftotext) is not on the PATH"

# 0: always. Otherwise the values that some other program left in the file are believed
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <item oor:path="/org.openoffice.Office.Calc/Formula/Load">
    <prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
  </item>
</oor:items>
"""


def recalculated(folder: Path, *paths: Path) -> list[Path]:
    """Copies of the workbooks with every formula worked out anew, by a LibreOffice that knows nobody."""
    return _converted("xlsx", folder, paths)


def on_paper(folder: Path, *paths: Path) -> list[Path]:
    """What the workbooks and documents print, as PDF."""
    return _converted("pdf", folder, paths)


def pages_of(paper: Path, order: str = "-layout") -> list[str]:
    """The text of each page; in the `order` in which it stands on the page, or (`-raw`) in which it was written, cell by
    cell."""
    assert TEXT_OF_PDF, WHY_NOT_PRINTED
    done = subprocess.run([TEXT_OF_PDF, order, str(paper), "-"], capture_output=True, timeout=180, check=True)
    return done.stdout.decode("utf-8").split("\f")[:-1]


def _converted(form: str, folder: Path, paths: Sequence[Path]) -> list[Path]:
    """All of them by one start of the program, which takes longer than a small file."""
    assert OFFICE, WHY_NOT
    assert len({path.stem for path in paths}) == len(paths)
    home = Path(tempfile.mkdtemp(prefix="office-", dir=folder))
    user = home / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    out = home / "out"
    done = subprocess.run(
        [
            OFFICE, f"-env:UserInstallation={(home / 'profile').as_uri()}", "--headless", "--norestore", "--nologo",
            "--convert-to", form, "--outdir", str(out), *map(str, paths),
        ],
        # a home of its own as well: caches of fonts and the like are written there
        capture_output=True, text=True, timeout=60 + 120 * len(paths), env={**os.environ, "HOME": str(home)}, check=False,
    )  # fmt: skip
    made = [out / f"{path.stem}.{form}" for path in paths]
    assert all(path.is_file() for path in made), f"{done.returncode}: {done.stdout}{done.stderr}"
    return made
