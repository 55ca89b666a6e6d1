"""Phone numbers as people write them, and the countries that they belong to."""

from wa_desktop.recipients.phones.countries import Country, checked_country, countries, matching
from wa_desktop.recipients.phones.found import PhoneFault, PhoneNumber, RejectedPhone
from wa_desktop.recipients.phones.proposals import (
    CountryFit,
    CountryProposal,
    Origin,
    fitting_countries,
    may_be_local,
    propose_country,
)
from wa_desktop.recipients.phones.reading import parse_phone
from wa_desktop.recipients.phones.several import CellPhones, phones_in
from wa_desktop.recipients.phones.written import looks_like_phone, mask

__all__ = [
    "CellPhones",
    "Country",
    "CountryFit",
    "CountryProposal",
    "Origin",
    "PhoneFault",
    "PhoneNumber",
    "RejectedPhone",
    "checked_country",
    "countries",
    "fitting_countries",
    "looks_like_phone",
    "mask",
    "matching",
    "may_be_local",
    "parse_phone",
    "phones_in",
    "propose_country",
]
