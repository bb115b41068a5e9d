"""What every model of the catalogue is made of: frozen, without unknown keys; ids and names."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[^\W\d]\w*$", max_length=80)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Texts = tuple[str, ...]
OneOrMore = Annotated[tuple[str, ...], Field(min_length=1)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
