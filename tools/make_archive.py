"""Closes 2022 over the sample data, as of a fixed time: what is committed of an archive is made by this script.

Usage: python tools/make_archive.py. Convention: the program itself takes the time from the clock alone; here, in this
process, the clock is one that stands.
"""

import shutil
import sys
from datetime import datetime
from pathlib import Path

from itss_kpi.app import closing
from itss_kpi.cli.main import run

CLOSED = datetime(2023, 1, 10, 8, 0)
WORDS = ("close", "--period", "2022", "--by", "质量组", "--note", "2022年度结果", "--accept", "missing_data,problems")


def main() -> int:
    """Make the archive anew."""
    root = Path(__file__).resolve().parents[1]
    archive = root / "sample_data" / "archive"
    shutil.rmtree(archive, ignore_errors=True)
    closing.now = lambda: CLOSED
    code = run([*WORDS, "--catalogue", str(root / "kpi_definitions.yaml")])
    (archive / ".lock").unlink(missing_ok=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
