"""What a person may say about a file of recipients; all of it can be left open."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a file; ``None`` means "find out".

    ``phone`` and ``message`` are a column's name or its number from 1. ``own_messages`` False
    leaves a message column unused (it becomes a variable). ``country`` is the ISO code for
    numbers without a country code.
    """

    phone: str | None = None
    message: str | None = None
    own_messages: bool = True
    country: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: bool | None = None
