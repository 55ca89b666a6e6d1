"""The dialog that chooses a list of recipients; it reads no file itself."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

translate = QCoreApplication.translate


def file_chooser(parent: QWidget) -> QFileDialog:
    """To be shown with ``open()``."""
    chooser = QFileDialog(parent, translate("FileChooser", "Choose a file with phone numbers"))
    chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
    chooser.setNameFilters(
        [
            translate("FileChooser", "Lists (*.csv *.tsv *.txt *.xlsx *.xls *.ods)"),
            translate("FileChooser", "All files (*)"),
        ]
    )
    return chooser
