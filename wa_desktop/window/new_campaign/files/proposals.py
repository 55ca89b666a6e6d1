"""The country that a list's numbers without a country code are likely from. Knows no Qt."""

from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers

from wa_desktop.recipients.phones import PhoneFault, PhoneNumber, phones_in
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.recipients.rows import RejectedRow

_LOCAL_FAULTS = frozenset(
    {
        PhoneFault.NO_COUNTRY,
        PhoneFault.UNKNOWN_COUNTRY,
        PhoneFault.NOT_IN_PLAN,
        PhoneFault.WRONG_LENGTH,
        PhoneFault.TOO_SHORT,
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A country by its ISO code; with it, ``rows`` of the listed rejections become good.

    ``exact`` is False where the preview lists only the first rejections.
    """

    code: str
    rows: int
    exact: bool


def propose(
    preview: FilePreview, chosen: str | None, likely: Iterable[str | None]
) -> Proposal | None:
    """The country with which most rejected rows become good, but for the one that is chosen.

    The countries of the list's own good numbers are tried first, then the ``likely`` ones, in
    their order; the first of equals wins. ``None`` when no country helps half of the rows whose
    number may be a local one.
    """
    texts = [row.phone_text for row in preview.rejections if _may_be_local(row)]
    tried = dict.fromkeys((*_countries_of(preview), *likely))
    best: Proposal | None = None
    exact = preview.rejected == len(preview.rejections)
    for code in tried:
        if code is None or code == chosen or code not in phonenumbers.SUPPORTED_REGIONS:
            continue
        rows = sum(isinstance(phones_in(text, code).phone, PhoneNumber) for text in texts)
        if rows * 2 >= len(texts) and rows > (best.rows if best is not None else 0):
            best = Proposal(code, rows, exact)
    return best


def country_of(phone: str) -> str | None:
    """The ISO code of the country of a number that begins with its country code."""
    try:
        number = phonenumbers.parse("+" + phone.strip().removeprefix("+"), None)
    except phonenumbers.NumberParseException:
        return None
    code: str | None = phonenumbers.region_code_for_number(number)
    return code


def lacks_country(preview: FilePreview) -> bool:
    """Whether a row was rejected that may be good with a default country."""
    return any(_may_be_local(row) for row in preview.rejections)


def _may_be_local(row: RejectedRow) -> bool:
    return row.reason in _LOCAL_FAULTS and "+" not in row.phone_text


def _countries_of(preview: FilePreview) -> list[str | None]:
    """The countries of good numbers, and of numbers with a plus in any column."""
    written = [cell for row in preview.rows for cell in row if cell.strip().startswith("+")]
    found = [country_of(text) for text in (*(row.phone for row in preview.recipients), *written)]
    return sorted(dict.fromkeys(found), key=found.count, reverse=True)
