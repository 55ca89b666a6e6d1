"""Where the keyboard goes when the part that has it goes away."""

from PySide6.QtWidgets import QWidget


def hand_over_focus(leaving: QWidget, heir: QWidget) -> bool:
    """Give the keyboard to ``heir`` if ``leaving`` or a part of it has it; whether it had.

    To be called before it is disabled, hidden or deleted: Qt would choose the next field,
    where the key meant for a button changes a value. An heir without a focus policy takes no
    keys, and Tab goes on from there.
    """
    held = leaving.window().focusWidget()
    if held is None or not (held is leaving or leaving.isAncestorOf(held)):
        return False
    heir.setFocus()
    return True
