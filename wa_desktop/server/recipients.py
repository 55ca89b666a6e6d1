"""The route that fills a draft: more recipients, as JSON or as a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator

from wa_desktop.contracts.services import Services
from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.recipients.json_rows import read_json_rows
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.phones import checked_country
from wa_desktop.recipients.reading import stream_rows
from wa_desktop.server.bodies import json_schema
from wa_desktop.server.contract_bodies import FillShown, RecipientList
from wa_desktop.server.fields import storable
from wa_desktop.server.json_stream import line_items, list_items, read_document
from wa_desktop.server.lookup import known_contract
from wa_desktop.server.media import BodyType
from wa_desktop.server.state import Core
from wa_desktop.server.uploads import Upload, received_file

router = APIRouter(prefix="/api/contracts", tags=["Contracts"])

_Option = Annotated[str | None, Query(max_length=200), AfterValidator(lambda one: one and storable(one))]


@dataclass(frozen=True, slots=True)
class _Options:
    """The query's words about a file."""

    read: ReadOptions


def _options(
    phone: Annotated[_Option, Query(description="The phone column's name or number")] = None,
    message: Annotated[_Option, Query(description="The message column's name or number")] = None,
    country: Annotated[_Option, Query(description="For numbers without a country code")] = None,
    encoding: _Option = None,
    delimiter: _Option = None,
    sheet: _Option = None,
    header: bool | None = None,
) -> ReadOptions:
    return ReadOptions(
        phone=phone,
        message=message,
        country=checked_country(country),
        encoding=encoding,
        delimiter=delimiter,
        sheet=sheet,
        header=header,
    )


@router.post(
    "/{contract_id}/recipients",
    openapi_extra=json_schema(
        RecipientList, BodyType.NDJSON, BodyType.CSV, BodyType.XLSX, BodyType.MULTIPART
    ),
)
def add_recipients(
    core: Core,
    contract_id: str,
    options: Annotated[ReadOptions, Depends(_options)],
    upload: Annotated[Upload, Depends(received_file)],
) -> FillShown:
    """Add recipients to a draft, all or nothing. Columns of a file are found by themselves."""
    known_contract(core.ledger, contract_id)
    if upload.type is BodyType.JSON:
        return _fill_from_json(core, contract_id, upload.path, options.country)
    if upload.type is BodyType.NDJSON:
        with upload.path.open("rb") as binary:
            return _fill(core, contract_id, line_items(binary), options.country)
    return _fill_from_table(core, contract_id, upload, options)
