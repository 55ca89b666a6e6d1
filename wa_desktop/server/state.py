"""How a route reaches the services that its application was built with."""

from typing import Annotated, cast

from fastapi import Depends, Request

from wa_desktop.contracts.services import Services


async def _services_of(request: Request) -> Services:
    return cast("Services", request.app.state.services)


Core = Annotated[Services, Depends(_services_of)]
"""A route's parameter of this type is handed the services."""
