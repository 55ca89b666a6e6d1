"""The kinds of a message's events in the words of the screen."""

from collections.abc import Mapping
from functools import cache

from PySide6.QtCore import QCoreApplication, QLocale

translate = QCoreApplication.translate


@cache
def _kinds(_locale: str) -> Mapping[str, str]:
    return {
        "sent": translate("Events", "Sent"),
        "retry": translate("Events", "Put off"),
        "returned": translate("Events", "Put back"),
        "failed": translate("Events", "Failed"),
        "skipped": translate("Events", "Skipped"),
        "in_doubt": translate("Events", "In doubt"),
        "delivered": translate("Events", "Delivered"),
        "read": translate("Events", "Read"),
    }


def event_kind(kind: str) -> str:
    """What happened; a kind that is not known stays as it is."""
    return _kinds(QLocale().name()).get(kind, kind)
