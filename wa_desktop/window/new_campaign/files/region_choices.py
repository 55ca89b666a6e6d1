"""How a workbook's numbers and dates can be shown: as in the computer's region, or otherwise."""

from PySide6.QtCore import QLocale

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.workbooks.formats.number_formats import region_sample
from wa_desktop.recipients.workbooks.formats.regions import region_of

_OTHERS = (None, "en_US", "en_GB", "ru", "de", "pt_BR", "fr")
"""The forms in use; those that look the same as an earlier one are not offered twice."""


def own_region() -> str | None:
    """The computer's region as a tag; that of the window's language where the computer has none."""
    system = QLocale.system()
    locale = QLocale() if system.language() == QLocale.Language.C else system
    tag = locale.name()
    try:
        region_of(tag)
    except InvalidInput:
        return None
    return tag


def region_choices() -> tuple[tuple[str, str | None], ...]:
    """``(sample, tag)`` of each form, the computer's own first."""
    found: dict[str, str | None] = {}
    for tag in (own_region(), *_OTHERS):
        found.setdefault(region_sample(region_of(tag)), tag)
    return tuple(found.items())
