"""Lakes: what was asked of databases before anything is read."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.problems import KpiError, Place, Problem
from itss_kpi.reading.worker.cache import OF_DATABASES
from itss_kpi.reading.worker.file_types import Reading

BAD_DATA = 4


def fetched(catalogue: Catalogue, wanted: Iterable[str], folder: Path, how: Reading) -> dict[str, Path]:
    """What the queries of the wanted sources give, each in a file that stays for as long as what is kept does."""
    asked = {name: query for name in sorted(wanted) if (query := catalogue.sources[name].sql)}
    if not asked:
        return {}
    from itss_kpi.reading.databases import fetch

    place = how.cache or _until_the_end()
    found: dict[str, Path] = {}
    for name, query in asked.items():
        key = hashlib.sha256(f"{folder.resolve()}\0{query.url}\0{query.query}".encode()).hexdigest()
        found[name] = place / OF_DATABASES / f"{key}.parquet"
        try:
            fetch(query, folder, found[name])
        except OSError as error:
            what = f"“{catalogue.sources[name].name}”的查询没有成功,数据库答复:{error}"
            raise KpiError([Problem("D137", what, Place(f"{catalogue.sources[name].name}.sql"))], BAD_DATA) from None
    return found


def _until_the_end() -> Path:
    """A folder that is there until the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="itss-kpi-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
