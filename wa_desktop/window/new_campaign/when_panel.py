"""When a new campaign may send: start, quiet hours and expiry, folded away until wanted."""

from datetime import datetime, time

from PySide6.QtCore import QDate, QDateTime, QLocale, Qt, QTime, QTimeZone, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QTimeEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.hours.local_time import ClockNote
from wa_desktop.hours.zones import zone_names
from wa_desktop.window.formats import fill, moment
from wa_desktop.window.new_campaign.when import When

_MORNING, _EVENING = QTime(9, 0), QTime(21, 0)


class WhenPanel(QWidget):
    """Emits ``changed`` at each edit; ``when`` says what is set."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._local = bytes(QTimeZone.systemTimeZoneId().data()).decode()
        self.head = QToolButton(self)
        self.head.setCheckable(True)
        self.head.setAutoRaise(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setText(self.tr("When (at once)"))
        self._body = QWidget(self)
        self._build()
        self.head.toggled.connect(self._unfold)
        self._unfold(on=False)
        self._follow()

    def when(self) -> When:
        """What is set; nothing that is folded away is lost."""
        quiet = (_wall_time(self.quiet_from), _wall_time(self.quiet_to))
        return When(
            zone=self.zone.currentText(),
            start=_wall(self.start) if self.starts.isChecked() else None,
            quiet=quiet if self.quiets.isChecked() else None,
            expiry=_wall(self.expiry) if self.expires.isChecked() else None,
        )

    def _build(self) -> None:
        tomorrow = QDate.currentDate().addDays(1)
        self.starts = self._check(self.tr("Start at:"))
        self.start = self._moment(self.tr("Start"), QDateTime(tomorrow, _MORNING))
        self.quiets = self._check(self.tr("Quiet hours:"))
        self.quiet_from = self._time(self.tr("Quiet from"), _EVENING)
        self.quiet_to = self._time(self.tr("Quiet to"), _MORNING)
        self.expires = self._check(self.tr("Expires at:"))
        self.expiry = self._moment(self.tr("Expiry"), QDateTime(tomorrow.addDays(1), _EVENING))
        self.expires.setToolTip(self.tr("What has not been sent by then is skipped."))
        self.quiets.setToolTip(self.tr("By the clock of each recipient, where it is known."))
        self.zone = QComboBox(self)
        self.zone.setAccessibleName(self.tr("Time zone"))
        names = zone_names()
        self.zone.addItems(names)
        if self._local not in names:
            self.zone.addItem(self._local)
        self.zone.setCurrentText(self._local)
        self.zone.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.zone.currentIndexChanged.connect(self._follow)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        hours = QHBoxLayout()
        hours.addWidget(self.quiet_from)
        hours.addWidget(QLabel("–", self))
        hours.addWidget(self.quiet_to)
        hours.addStretch(1)
        form = QFormLayout(self._body)
        form.setContentsMargins(self.fontMetrics().height(), 0, 0, 0)
        form.addRow(self.starts, self.start)
        form.addRow(self.quiets, hours)
        form.addRow(self.expires, self.expiry)
        form.addRow(self.tr("Time zone:"), self.zone)
        form.addRow(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.head)
        layout.addWidget(self._body)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def _check(self, name: str) -> QCheckBox:
        check = QCheckBox(name, self)
        check.toggled.connect(self._follow)
        return check

    def _moment(self, name: str, value: QDateTime) -> QDateTimeEdit:
        edit = QDateTimeEdit(value, self)
        edit.setCalendarPopup(True)
        edit.setDisplayFormat(f"{QLocale().dateFormat(QLocale.FormatType.ShortFormat)} HH:mm")
        edit.setAccessibleName(name)
        edit.dateTimeChanged.connect(self._follow)
        return edit

    def _time(self, name: str, value: QTime) -> QTimeEdit:
        edit = QTimeEdit(value, self)
        edit.setDisplayFormat("HH:mm")
        edit.setAccessibleName(name)
        edit.timeChanged.connect(self._follow)
        return edit

    def _unfold(self, on: bool) -> None:
        self.head.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self._body.setVisible(on)

    def _follow(self) -> None:
        """Turn the fields on and off, and say what is set even when it is folded away."""
        self.start.setEnabled(self.starts.isChecked())
        self.expiry.setEnabled(self.expires.isChecked())
        for edit in (self.quiet_from, self.quiet_to):
            edit.setEnabled(self.quiets.isChecked())
        when = self.when()
        start = when.start_at
        if start is not None:
            self.head.setText(fill(self.tr("When (%1)"), moment(start)))
        elif when.own_zone is not None:
            self.head.setText(self.tr("When (with limits)"))
        else:
            self.head.setText(self.tr("When (at once)"))
        self.note.setText(self._note(when))
        self.note.setVisible(bool(self.note.text()))
        self.changed.emit()

    def _note(self, when: When) -> str:
        if when.note is ClockNote.MOVED_FORWARD:
            return self.tr(
                "The clocks go forward over that time: the first minute after it is used."
            )
        if when.note is ClockNote.FIRST_OF_TWO:
            return self.tr(
                "That time comes twice, since the clocks go back: the first one is used."
            )
        if when.start_at is not None and when.zone != self._local:
            return fill(self.tr("That is %1 on this computer."), moment(when.start_at))
        return ""


def _wall(edit: QDateTimeEdit) -> datetime:
    day, clock = edit.date(), edit.time()
    return datetime(day.year(), day.month(), day.day(), clock.hour(), clock.minute())  # noqa: DTZ001


def _wall_time(edit: QTimeEdit) -> time:
    return time(edit.time().hour(), edit.time().minute())
