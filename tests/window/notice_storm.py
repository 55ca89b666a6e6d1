"""Notices that come and go by the thousand, in a process of its own: it may crash."""

import sys
from itertools import cycle

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from wa_desktop.window.parts.notice_bar import NoticeAction, NoticeBar
from wa_desktop.window.theme import Tone


def main() -> None:
    """Show as many as the command line says, and dismiss some in between."""
    app = QApplication(["storm", "-platform", "offscreen"])
    ground = QWidget()
    bar = NoticeBar(ground)
    ground.show()
    tones = cycle([Tone.BUSY, Tone.BAD, Tone.BAD])
    actions = cycle([NoticeAction("Open", lambda: None), None])
    for number in range(int(sys.argv[1])):
        bar.show_notice(f"Notice {number % 7}.", next(tones), next(actions))
        if number % 5 == 0:
            for row in bar.rows():
                if row.tone is Tone.BAD:
                    row.dismiss()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        app.processEvents()


if __name__ == "__main__":
    main()
