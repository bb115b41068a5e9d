"""An answer: what a command shows, as plain values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from itss_kpi.core.problems import Problem
from itss_kpi.pages.page import Page


@dataclass(frozen=True)
class Answer:
    """What is shown: as a page, and as an object for programs. `failed`: a gate that was asked for doesn't hold;
    `damage` is what is wrong with the archive, `remarks` what else is to be said."""

    page: Page
    as_object: Callable[[], Any]
    failed: bool = False
    damage: Sequence[Problem] = ()
    remarks: Sequence[str] = ()
