"""Phone numbers as people write them, and the countries that they belong to."""

from wa_desktop.recipients.phones.countries import checked_country
from wa_desktop.recipients.phones.found import PhoneFault, PhoneNumber, RejectedPhone
from wa_desktop.recipients.phones.reading import parse_phone
from wa_desktop.recipients.phones.written import looks_like_phone, mask

__all__ = [
    "PhoneFault",
    "PhoneNumber",
    "RejectedPhone",
    "checked_country",
    "looks_like_phone",
    "mask",
    "parse_phone",
]
