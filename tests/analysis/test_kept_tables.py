"""Tables as files of their own: what comes back is what was there; the commands' tests show it of whole years."""

import pyarrow as pa
import pytest
from kit.tickets import year

from itss_kpi.analysis.kept_tables import from_rows, to_rows


def test_a_table_comes_back_as_it_was() -> None:
    table = year("✓✗?✓-")["t"]
    again = from_rows(to_rows(table))
    assert again.pandas.to_dict("list") == table.pandas.to_dict("list")
    assert (again.columns, again.kept, again.exports, again.marks) == (
        table.columns, table.kept, table.exports, table.marks,
    )  # fmt: skip


def test_rows_of_anything_else_are_no_table() -> None:
    with pytest.raises(ValueError, match="no table"):
        from_rows(pa.table({"a": [1]}))
