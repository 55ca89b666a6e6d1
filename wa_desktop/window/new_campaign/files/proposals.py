"""The country that a list without country codes is likely from."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLocale

from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.phones import propose_country
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window.wiring import Wiring

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Proposal:
    """A country by its ISO code, as it is shown, and why it is proposed."""

    code: str
    shown: str
    reason: str = ""
