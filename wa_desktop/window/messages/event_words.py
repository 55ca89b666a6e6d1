"""The kinds of a message's events in the words of the screen."""

from PySide6.QtCore import QT_TRANSLATE_NOOP

from wa_desktop.window.vocabulary import Vocabulary

_KINDS = Vocabulary(
    "Events",
    {
        "sending": QT_TRANSLATE_NOOP("Events", "On its way"),
        "sent": QT_TRANSLATE_NOOP("Events", "Sent"),
        "held": QT_TRANSLATE_NOOP("Events", "Held by the provider"),
        "retry": QT_TRANSLATE_NOOP("Events", "Put off"),
        "returned": QT_TRANSLATE_NOOP("Events", "Put back"),
        "failed": QT_TRANSLATE_NOOP("Events", "Failed"),
        "skipped": QT_TRANSLATE_NOOP("Events", "Skipped"),
        "in_doubt": QT_TRANSLATE_NOOP("Events", "In doubt"),
        "delivered": QT_TRANSLATE_NOOP("Events", "Delivered"),
        "read": QT_TRANSLATE_NOOP("Events", "Read"),
    },
)


def event_kind(kind: str) -> str:
    """What happened; a kind that is not known stays as it is."""
    return _KINDS.find(kind) or kind
