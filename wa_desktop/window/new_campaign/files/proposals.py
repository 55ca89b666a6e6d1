"""The country that a list without country codes is likely from."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.phones import PhoneFault, PhoneNumber, parse_phone
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window.new_campaign.files.country_box import language, shown_country
from wa_desktop.window.new_campaign.files.country_names import find_country
from wa_desktop.window.wiring import Wiring

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Proposal:
    """A country by its ISO code, as it is shown, and why it is proposed."""

    code: str
    shown: str
    reason: str = ""


def proposal(preview: FilePreview, options: ReadOptions, wiring: Wiring) -> Proposal | None:
    """The country that most of the rows without a country code fit, if it is not chosen."""
    texts = [row.phone_text for row in preview.rejections if row.reason == PhoneFault.NO_COUNTRY]
    if not texts:
        return None
    system = QLocale.system().name().partition("_")[2][:2]
    for code in (wiring.remembered.country, system):
        if code and code != options.country and _fit(texts, code):
            country = find_country(code, language())
            return None if country is None else Proposal(code, shown_country(country))
    return None


def _fit(texts: list[str], code: str) -> bool:
    good = sum(isinstance(parse_phone(text, code), PhoneNumber) for text in texts)
    return good * 2 > len(texts)
