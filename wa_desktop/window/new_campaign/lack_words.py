"""What keeps a new campaign from being made, in words."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from wa_desktop.clock import now
from wa_desktop.window.formats import fill
from wa_desktop.window.new_campaign.files.listed_files import FileList
from wa_desktop.window.new_campaign.form import CampaignForm, Lack
from wa_desktop.window.new_campaign.when import TimeFault
from wa_desktop.window.parts.file_drop import shown_name
from wa_desktop.window.vocabulary import Vocabulary

translate = QCoreApplication.translate

_LACKS = Vocabulary[Lack](
    "Lack",
    {
        Lack.RECIPIENTS: QT_TRANSLATE_NOOP("Lack", "There are no recipients."),
        Lack.READING: QT_TRANSLATE_NOOP("Lack", "The files are being read."),
        Lack.NAME: QT_TRANSLATE_NOOP("Lack", "Give the campaign a name."),
        Lack.ACCOUNT: QT_TRANSLATE_NOOP("Lack", "Choose an account to send from."),
        Lack.COLUMN: QT_TRANSLATE_NOOP("Lack", "Choose the column with the messages."),
        Lack.TEXT: QT_TRANSLATE_NOOP("Lack", "Write the message."),
        Lack.TEMPLATE: QT_TRANSLATE_NOOP("Lack", "Give the template's name and language."),
    },
)
_TIME_FAULTS = Vocabulary[TimeFault](
    "Lack",
    {
        TimeFault.START_PAST: QT_TRANSLATE_NOOP("Lack", "The start is in the past."),
        TimeFault.EXPIRY_PAST: QT_TRANSLATE_NOOP(
            "Lack", "The time at which it expires is in the past."
        ),
        TimeFault.EXPIRY_BEFORE_START: QT_TRANSLATE_NOOP(
            "Lack", "It would expire before it starts."
        ),
        TimeFault.QUIET_EMPTY: QT_TRANSLATE_NOOP(
            "Lack", "The quiet hours begin and end at the same time."
        ),
    },
)


def missing_words(form: CampaignForm, files: FileList) -> str | None:
    """What keeps the campaign from being made; ``None`` when nothing does."""
    lack = form.lacks(files)
    if lack is None:
        fault = form.when.fault(now())
        return None if fault is None else _TIME_FAULTS[fault]
    if lack is Lack.FILE and files.unusable is not None:
        told = translate("Lack", "%1 cannot be used as it is. Correct it or leave it out.")
        return fill(told, shown_name(files.unusable.path))
    if lack is Lack.UNKNOWN_FIELDS:
        return _unknown(form, files)
    return _LACKS[lack]


def doubtful_words(form: CampaignForm) -> str:
    """What may be a slip, though the campaign can be made; blank when there is nothing."""
    stray = form.stray()
    told = translate("Lack", "“%1” is no field and goes out as it stands.")
    return fill(told, stray) if stray else ""


def _unknown(form: CampaignForm, files: FileList) -> str:
    file = next(one for one in files if form.unknown(one))
    named = ", ".join(form.unknown(file))
    if len(files) == 1:
        return fill(translate("Lack", "The file has no column for: %1"), named)
    return fill(translate("Lack", "%1 has no column for: %2"), shown_name(file.path), named)
