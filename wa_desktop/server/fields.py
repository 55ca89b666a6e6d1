"""What all bodies and answers have in common: camelCase names, strict values, plain texts."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from wa_desktop.content import is_storable


class Given(BaseModel):
    """A body: no unknown fields, no number in a text's place or the other way round."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True)


class Shown(BaseModel):
    """An answer, made from Python names and written in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


def storable(text: str) -> str:
    """Refuse what no database can hold and no message can carry."""
    if not is_storable(text):
        raise ValueError("holds a character that cannot be stored (a zero or half a pair)")
    return text


Text = Annotated[str, AfterValidator(storable)]
ShortText = Annotated[str, Field(max_length=200), AfterValidator(storable)]
