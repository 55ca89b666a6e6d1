"""The route that fills a draft: more recipients, as JSON or as a file."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, Field

from wa_desktop.contracts.services import Services
from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.recipients.json_rows import read_json_rows
from wa_desktop.recipients.options import Quoting, ReadOptions
from wa_desktop.recipients.phones import checked_country
from wa_desktop.recipients.reading import stream_rows
from wa_desktop.server.bodies import json_schema
from wa_desktop.server.contract_bodies import FillShown, RecipientList
from wa_desktop.server.fields import storable
from wa_desktop.server.json_stream import line_items, list_items, read_document
from wa_desktop.server.lookup import known_contract
from wa_desktop.server.media import BodyType
from wa_desktop.server.query import PossibleNumbers
from wa_desktop.server.state import Core
from wa_desktop.server.uploads import Upload, received_file

router = APIRouter(prefix="/api/contracts", tags=["Contracts"])

_Word = Annotated[str, Field(max_length=200), AfterValidator(storable)]


def _options(
    phone: Annotated[_Word | None, Query(description="The phones' column: name or number")] = None,
    message: Annotated[_Word | None, Query(description="The messages' column")] = None,
    country: Annotated[_Word | None, Query(description="For local numbers, such as RU")] = None,
    encoding: _Word | None = None,
    delimiter: _Word | None = None,
    quoting: Annotated[
        Quoting, Query(description="none: quotation marks are plain characters")
    ] = Quoting.STANDARD,
    sheet: _Word | None = None,
    header: bool | None = None,
    header_row: Annotated[
        int | None, Query(alias="headerRow", ge=1, description="The header's line in the file")
    ] = None,
    hidden_rows: Annotated[
        bool, Query(alias="hiddenRows", description="Take rows that a workbook hides, too")
    ] = False,
    region: Annotated[
        _Word | None,
        Query(description="How a workbook's numbers and dates are shown, such as ru or pt-BR"),
    ] = None,
    second_phone: Annotated[
        _Word | None,
        Query(alias="secondPhone", description="Has the number where the first is empty"),
    ] = None,
    possible_numbers: PossibleNumbers = False,
) -> ReadOptions:
    return ReadOptions(
        phone=phone,
        second_phone=second_phone,
        message=message,
        country=checked_country(country),
        possible_numbers=possible_numbers,
        encoding=encoding,
        delimiter=delimiter,
        quoting=quoting,
        sheet=sheet,
        header=header,
        header_row=header_row,
        hidden_rows=hidden_rows,
        region=region,
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
    """Add recipients to a draft, all or nothing. A file's columns are found by their content."""
    zone = known_contract(core.ledger, contract_id).zone
    if upload.type in (BodyType.JSON, BodyType.NDJSON):
        return _fill_from_json(core, contract_id, upload, options, zone)
    return _fill_from_table(core, contract_id, upload, options)


def _fill_from_json(
    core: Services, contract_id: str, upload: Upload, options: ReadOptions, zone: str | None
) -> FillShown:
    with upload.path.open("rb") as binary:
        items: Iterator[object]
        if upload.type is BodyType.NDJSON:
            items = line_items(binary)
        else:
            document = read_document(binary, "recipients")
            if not document.has_list or document.fields:
                raise InvalidInput(
                    'The body must be {"recipients": […]} or the list alone.',
                    [Problem("recipients", "must be a list, with no other field beside it")],
                )
            items = list_items(binary, "recipients")
        rows = read_json_rows(
            items, country=options.country, possible=options.possible_numbers, zone=zone
        )
        return FillShown.of(core.contracts.add_rows(contract_id, rows))


def _fill_from_table(
    core: Services, contract_id: str, upload: Upload, options: ReadOptions
) -> FillShown:
    chosen = replace(options, encoding=options.encoding or upload.encoding)
    with stream_rows(upload.path, chosen) as stream:
        report = core.contracts.add_rows(contract_id, chain.from_iterable(stream))
        return FillShown.of(report, stream.file)
