"""The manual's examples: what it tells people to write is accepted."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from itss_kpi.catalogue.load import load

MANUAL = (Path(__file__).resolve().parents[2] / "docs" / "用户手册.md").read_text(encoding="utf-8")
BLOCKS: list[dict[str, Any]] = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)]
HEAD = next(block for block in BLOCKS if "plan" in block)
SOURCES = next(block["sources"] for block in BLOCKS if "sources" in block)
"""Examples of indicators and lookups are about the ledgers that the manual declares first."""
ONE = next(block["indicators"] for block in BLOCKS if "indicators" in block)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "+".join(block))
def test_every_example_is_accepted(block: dict[str, Any]) -> None:
    whole = HEAD | {"indicators": ONE} | block
    whole["sources"] = SOURCES | block.get("sources", {})
    catalogue, problems = load(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "手册")
    assert catalogue
    assert not problems
