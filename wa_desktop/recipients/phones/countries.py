"""The countries of phone numbers."""

import phonenumbers

from wa_desktop.errors import InvalidInput
from wa_desktop.words import words


def checked_country(code: str | None) -> str | None:
    """An ISO 3166 country code in capitals; blank is ``None``, :class:`InvalidInput` if unknown."""
    country = (code or "").strip().upper()
    if not country:
        return None
    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidInput(
            words(
                "{country} is no country code. Use two letters such as RU, DE or US.",
                country=country[:20],
            )
        )
    return country
