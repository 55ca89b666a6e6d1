"""What the provider says of a checked account, in words."""

import re

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from wa_desktop.contracts.account_check import Checked
from wa_desktop.ledger.records import Account, AccountKind
from wa_desktop.window.formats import fill, number
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.vocabulary import Vocabulary

translate = QCoreApplication.translate

_TIER = re.compile(r"TIER_(\d+)(K?)")
_CONNECTED = "CONNECTED"

_QUALITIES = Vocabulary[str](
    "Checked",
    {
        "GREEN": QT_TRANSLATE_NOOP("Checked", "quality high"),
        "YELLOW": QT_TRANSLATE_NOOP("Checked", "quality medium"),
        "RED": QT_TRANSLATE_NOOP("Checked", "quality low"),
    },
)


def checked_words(account: Account, checked: Checked) -> tuple[str, Tone]:
    """One or two sentences, and how loud they are."""
    if account.kind is AccountKind.SANDBOX:
        return translate("Checked", "The sandbox needs no provider. It sends nothing."), Tone.GOOD
    found = checked.number
    facts = [
        found.display_name,
        found.phone,
        _QUALITIES.find(found.quality.upper()) if found.quality else None,
        _tier_words(found.tier),
    ]
    said = fill(
        translate("Checked", "The account can send: %1."),
        ", ".join(one for one in facts if one) or found.phone_number_id,
    )
    if found.warning is not None:
        return f"{said} {translated(found.warning)}", Tone.WARN
    if found.status is not None and found.status.upper() != _CONNECTED:
        doubt = translate("Checked", "But the provider lists the number as %1, not as connected.")
        return f"{said} {fill(doubt, found.status)}", Tone.WARN
    return said, Tone.GOOD


def _tier_words(tier: str | None) -> str | None:
    found = _TIER.fullmatch(tier or "")
    if found is None:
        return None
    most = int(found[1]) * (1_000 if found[2] else 1)
    return fill(translate("Checked", "up to %1 recipients in 24 hours"), number(most))
