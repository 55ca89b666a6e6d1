"""What a second start says when the first window does not answer: on the screen and in words."""

import sys

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QMessageBox

translate = QCoreApplication.translate


def tell_no_answer(app: QApplication) -> int:
    """Say it until it is read; returns the exit code."""
    title = translate("SecondStart", "wa-desktop is already open and does not answer.")
    text = translate(
        "SecondStart",
        "A window with the same data folder is open, but it did not come to the front. Wait a "
        "moment and start again. If that does not help, end the program and start it again: "
        "nothing is lost.",
    )
    print(f"{title} {text}", file=sys.stderr, flush=True)
    box = QMessageBox(QMessageBox.Icon.Warning, "wa-desktop", title)
    box.setInformativeText(text)
    box.finished.connect(app.quit)
    box.open()
    app.exec()
    return 1
