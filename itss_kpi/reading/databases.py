"""Databases: the rows that a source's query gives, as a file that is read like any other.

Convention: nothing is written to a database. What a query gives stands as text in a Parquet file, so that what is kept,
traced and closed is what was read.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itss_kpi.catalogue.sources import Query
from itss_kpi.core.problems import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Connection

_AT_ONCE = 50_000
"""How many rows are asked for in one go."""


def fetch(query: Query, folder: Path, path: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Write what the query gives into the file `path`; addresses of files are relative to `folder`.

    Raises `Refusal` where the library is missing or a variable isn't set, `OSError` where the database refuses."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    with _connected(query, folder, environment) as (connection, text):
        rows = connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE).execute(text(query.query))
        schema = pa.schema([(name, pa.string()) for name in [*rows.keys()]])
        with pq.ParquetWriter(new, schema) as writer:
            for batch in rows.partitions(_AT_ONCE):
                columns = list(zip(*batch, strict=True))
                texts = [pa.array(list(map(_text, column)), pa.string()) for column in columns]
                writer.write_batch(pa.record_batch(texts, schema))
    new.replace(path)


@contextmanager
def _connected(query: Query, folder: Path, environment: Mapping[str, str]) -> "Iterator[tuple[Connection, Any]]":
    """A connection that only reads, and what makes a text a statement."""
    try:
        import sqlalchemy as sql
    except ImportError:
        raise Refusal("读数据库须安装 itss-kpi[sql]") from None
    try:
        url = sql.make_url(_address(query.url, environment))
        if url.get_backend_name() == "sqlite":
            # a file that isn't there would be made, and one that is there could be written
            file = (folder / (url.database or "")).resolve()
            url = url.set(database=f"file:{file.as_posix()}", query={"mode": "ro", "uri": "true"})
        engine = sql.create_engine(url, poolclass=sql.pool.NullPool)
        options = {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}
        with engine.connect().execution_options(**options) as connection:
            yield connection, sql.text
    except (sql.exc.SQLAlchemyError, ImportError) as error:
        raise OSError(str(getattr(error, "orig", None) or error).strip().splitlines()[0]) from None


def _address(url: str, environment: Mapping[str, str]) -> str:
    missing = [name for name in re.findall(r"\$\{(\w+)\}", url) if name not in environment]
    if missing:
        raise Refusal(f"没有设环境变量 {'、'.join(missing)}(sql 的地址里写着)")
    return re.sub(r"\$\{(\w+)\}", lambda found: environment[found[1]], url)


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "是" if value else "否"
        case datetime():
            return value.isoformat(" ")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)
