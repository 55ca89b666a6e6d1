"""What a person may say about a file of recipients; all of it can be left open."""

from dataclasses import dataclass
from enum import StrEnum

from wa_desktop.recipients.stamp import FileStamp


class Quoting(StrEnum):
    """What a quotation mark means in a text table."""

    STANDARD = "standard"
    """It encloses a cell, as RFC 4180 says."""
    NONE = "none"
    """It is a character like any other."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file; ``None`` means "find out".

    ``phone``, ``second_phone`` and ``message`` are a column's name or its number from 1;
    ``second_phone`` supplies the number where ``phone`` is empty. ``own_messages`` False
    leaves a message column unused (it becomes a variable). ``country`` is the ISO code for
    numbers without a country code. ``possible_numbers`` accepts numbers that have a possible
    length but that the country's plan does not call valid. ``header`` False: the table has no
    header; ``header_row``: the header's line in the file, from 1. ``hidden_rows`` includes rows
    and columns that a workbook hides. ``region`` is a tag such as ``ru`` or ``pt_BR``: how a
    workbook's numbers and short dates are shown (``None``: 1,234.50 and 2026-12-31).
    ``stamp`` is of the file that was previewed: another one is refused.
    """

    phone: str | None = None
    second_phone: str | None = None
    message: str | None = None
    own_messages: bool = True
    country: str | None = None
    possible_numbers: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    quoting: Quoting = Quoting.STANDARD
    sheet: str | None = None
    header: bool | None = None
    header_row: int | None = None
    hidden_rows: bool = False
    region: str | None = None
    stamp: FileStamp | None = None
