"""The country that a list's numbers without a country code are likely from. Knows no Qt."""

from dataclasses import dataclass

from wa_desktop.recipients.phones import PhoneFault, PhoneNumber, phones_in, propose_country
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
    """A country by its ISO code; with it, ``rows`` of the listed rejections become good.

    ``exact`` is False where the preview lists only the first rejections.
    """

    code: str
    rows: int
    exact: bool


def propose(
    preview: FilePreview, chosen: str | None, own_number: str | None, region: str | None
) -> Proposal | None:
    """The first proposed country that helps at least half of the rows that may be local ones.

    ``own_number`` is the account's, ``region`` the computer's; ``chosen`` is not proposed again.
    """
    texts = [row.phone_text for row in preview.rejections if _is_local(row)]
    for found in propose_country(preview.plan.countries, own_number, region):
        if found.country == chosen:
            continue
        good = sum(isinstance(phones_in(text, found.country).phone, PhoneNumber) for text in texts)
        if good and good * 2 >= len(texts):
            return Proposal(found.country, good, preview.rejected == len(preview.rejections))
    return None


def lacks_country(preview: FilePreview) -> bool:
    """Whether a row was rejected that may be good with a default country."""
    return any(map(_is_local, preview.rejections))


def _is_local(row: RejectedRow) -> bool:
    return row.reason in _LOCAL_FAULTS and not row.phone_text.lstrip().startswith("+")
