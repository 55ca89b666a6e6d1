"""The dialog that chooses lists of recipients; it reads no file."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

translate = QCoreApplication.translate


def file_chooser(parent: QWidget) -> QFileDialog:
    """To be shown with ``open()``; ``urlsSelected`` carries names that are not UTF-8, too."""
    chooser = QFileDialog(parent, translate("FileChooser", "Choose files with phone numbers"))
    chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
    chooser.setNameFilters(
        [
            translate("FileChooser", "Lists (*.csv *.tsv *.txt *.xlsx *.xls *.ods)"),
            translate("FileChooser", "All files (*)"),
        ]
    )
    return chooser
