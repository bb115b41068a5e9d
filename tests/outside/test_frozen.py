"""The outputs of the sample are those that were frozen: a change of the house changes no word of them."""

import pytest
from kit import frozen


@pytest.mark.usefixtures("worked_out_once")
@pytest.mark.parametrize("name", frozen.commands())
def test_the_output_is_as_it_was(name: str) -> None:
    assert frozen.digest(frozen.output(name, frozen.commands()[name])) == frozen.listed()[name]


def test_every_frozen_output_is_looked_at() -> None:
    assert list(frozen.listed()) == list(frozen.commands())
