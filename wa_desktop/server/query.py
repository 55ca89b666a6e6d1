"""Query parameters that several routes take."""

from typing import Annotated

from fastapi import Query

Limit = Annotated[int, Query(ge=1, le=1000, description="Items on a page")]
Cursor = Annotated[
    str | None,
    Query(max_length=100, pattern=r"^[A-Za-z0-9_-]+$", description="nextCursor of the page before"),
]
PossibleNumbers = Annotated[
    bool,
    Query(
        alias="possibleNumbers",
        description="Take numbers of the right length that their country's plan lacks",
    ),
]
