"""LibreOffice as a second opinion: what a spreadsheet program works out of the formulas in a workbook."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

OFFICE = shutil.which("soffice")
HAS_OFFICE = OFFICE is not None
WHY_NOT = "LibreOffice (soffice) is not on the PATH"

# 0: always. Otherwise the values that some other program left in the file are believed
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <item oor:path="/org.openoffice.Office.Calc/Formula/Load">
    <prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
  </item>
</oor:items>
"""


def recalculate(path: Path, tmp_path: Path) -> Path:
    """A copy of the workbook below `tmp_path` with every formula worked out anew, by a LibreOffice that knows nobody."""
    assert OFFICE, WHY_NOT
    folder = Path(tempfile.mkdtemp(prefix="office-", dir=tmp_path))
    user = folder / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    out = folder / "out"
    # a home of its own as well: caches of fonts and the like are written there
    environment = {**os.environ, "HOME": str(folder)}
    done = subprocess.run(
        [
            OFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--norestore", "--nologo",
            "--convert-to", "xlsx", "--outdir", str(out), str(path),
        ],
        capture_output=True, text=True, timeout=180, env=environment, check=False,
    )  # fmt: skip
    made = out / f"{path.stem}.xlsx"
    assert made.is_file(), f"{done.returncode}: {done.stdout}{done.stderr}"
    return made
