"""What every column type has to have somewhere: a type that is added has to be added there, too."""

from collections.abc import Mapping
from typing import get_args

import pytest

from itss_kpi.catalogue.sources import KINDS, ColumnType
from itss_kpi.tables import cell_problems
from itss_kpi.workbook import evidence, template_cells


@pytest.mark.parametrize("table", [KINDS, template_cells.TYPES, template_cells.FORMATS, evidence.FORMATS])
def test_each_type_has_its_entry(table: Mapping[ColumnType, object]) -> None:
    assert set(table) == set(get_args(ColumnType))


def test_each_type_that_a_cell_can_fail_has_its_word() -> None:
    own = {"text", "choice"}  # any text can be read; a choice has a code of its own
    assert own | set(cell_problems.TYPE_WORDS) == set(get_args(ColumnType))
