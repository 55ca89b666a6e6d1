"""The country that a list's numbers without a country code are likely from. Knows no Qt."""

from dataclasses import dataclass

from phonenumbers import country_code_for_region

from wa_desktop.recipients.phones import (
    Origin,
    PhoneFault,
    PhoneNumber,
    phones_in,
    propose_country,
)
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.recipients.rows import RejectedRow

_LOCAL_FAULTS = frozenset(
    {
        PhoneFault.NO_COUNTRY,
        PhoneFault.UNKNOWN_COUNTRY,
        PhoneFault.NOT_IN_PLAN,
        PhoneFault.WRONG_LENGTH,
        PhoneFault.TOO_SHORT,
        PhoneFault.TWO_READINGS,
    }
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the numbers say about their country.

    ``rows`` of the listed rejections are good with a country; ``exact`` is False where the
    preview lists only the first rejections. ``code``: the ISO code of the country to offer,
    ``None`` where several are as likely and a person has to say. ``instead``: the numbers fit
    ``code``, and not the country that is chosen.
    """

    code: str | None
    rows: int
    exact: bool
    instead: bool = False


def propose(
    preview: FilePreview, chosen: str | None, own_number: str | None, region: str | None
) -> Proposal | None:
    """The country to offer for numbers without a country code; ``None`` if there is no need.

    ``own_number`` is the account's, ``region`` the computer's. Where only the list speaks for a
    country, and for others as well, none is offered: a wrong one turns each number into a
    stranger's. A country that is ``chosen`` is contradicted only where the list leaves no doubt.
    """
    exact = preview.rejected == len(preview.rejections)
    fits = preview.plan.countries
    if chosen is not None:
        other = fits[0].country if fits and fits[0].sure else None
        if other is None or country_code_for_region(other) == country_code_for_region(chosen):
            return None
        return Proposal(other, fits[0].good, exact, instead=True)
    texts = [row.phone_text for row in preview.rejections if _is_local(row)]
    most = 0
    for found in propose_country(fits, own_number, region):
        good = sum(isinstance(phones_in(text, found.country).phone, PhoneNumber) for text in texts)
        if not good or good * 2 < len(texts):
            continue
        if found.sure or found.origin is not Origin.DATA:
            return Proposal(found.country, good, exact)
        most = max(most, good)
    return Proposal(None, most, exact) if most else None


def lacks_country(preview: FilePreview) -> bool:
    """Whether a row was rejected that may be good with a default country."""
    return any(map(_is_local, preview.rejections))


def _is_local(row: RejectedRow) -> bool:
    return row.reason in _LOCAL_FAULTS and not row.phone_text.lstrip().startswith("+")
