"""When a new campaign may send: start, quiet hours and expiry, folded away until wanted."""

from collections.abc import Iterator
from datetime import datetime, time

from PySide6.QtCore import QDate, QDateTime, QLocale, QSignalBlocker, Qt, QTime, QTimeZone, Signal
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

from wa_desktop.hours.local_time import ClockNote, to_wall
from wa_desktop.window.formats import fill, local_zone, moment, moment_there, wall_clock
from wa_desktop.window.new_campaign.when import TWICE, When, offsets
from wa_desktop.window.new_campaign.when_zone import ZoneBox

_MORNING, _EVENING = QTime(9, 0), QTime(21, 0)


class WhenPanel(QWidget):
    """Emits ``changed`` at each edit; ``when`` says what is set."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._local = local_zone()
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
            zone=self.zone.zone,
            start=self._start() if self.starts.isChecked() else None,
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
        self.zone = ZoneBox(self._local, self)
        self.zone.setAccessibleName(self.tr("Time zone"))
        self.zone.zone_changed.connect(self._follow)
        self.which = QComboBox(self)
        self.which.setAccessibleName(self.tr("Which of the two"))
        self.which.addItems(["", ""])
        self.which.currentIndexChanged.connect(self._follow)
        self.note = QLabel(self)
        self.note.setWordWrap(True)
        hours = QHBoxLayout()
        hours.addWidget(self.quiet_from)
        hours.addWidget(QLabel("–", self))
        hours.addWidget(self.quiet_to)
        hours.addStretch(1)
        form = QFormLayout(self._body)
        form.setContentsMargins(self.fontMetrics().height(), 0, 0, 0)
        start = QHBoxLayout()
        start.addWidget(self.start, 1)
        start.addWidget(self.which)
        form.addRow(self.starts, start)
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
        edit = QDateTimeEdit(self)
        # A wall time of any zone: by the computer's own, an hour that is skipped here could not
        # be entered for a place where it exists, nor be explained.
        edit.setTimeZone(QTimeZone(QTimeZone.Initialization.UTC))
        edit.setDateTime(QDateTime(value.date(), value.time(), edit.timeZone()))
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
        if on:
            self.zone.name_zones()

    def _follow(self) -> None:
        """Turn the fields on and off, and say what is set even when it is folded away."""
        self.start.setEnabled(self.starts.isChecked())
        self.expiry.setEnabled(self.expires.isChecked())
        for edit in (self.quiet_from, self.quiet_to):
            edit.setEnabled(self.quiets.isChecked())
        self._offer_both()
        when = self.when()
        self.head.setText(self._head(when))
        self.note.setText("\n".join(self._notes(when)))
        self.note.setVisible(bool(self.note.text()))
        self.changed.emit()

    def _start(self) -> datetime:
        """The start by the wall clock, with the choice between two that show the same."""
        return _wall(self.start).replace(fold=max(0, self.which.currentIndex()))

    def _offer_both(self) -> None:
        """Where the start comes twice: let the user choose; else the first, and only one."""
        wall, zone = self._start(), self.zone.zone
        twice = self.starts.isChecked() and When(zone, wall).start_note in TWICE
        with QSignalBlocker(self.which):
            if twice:
                said = (self.tr("First (UTC%1)"), self.tr("Second (UTC%1)"))
                for place, offset in enumerate(offsets(wall, zone)):
                    self.which.setItemText(place, fill(said[place], offset))
            else:
                self.which.setCurrentIndex(0)
        self.which.setVisible(twice)

    def _head(self, when: When) -> str:
        if when.start_at is None:
            return (
                self.tr("When (at once)")
                if when.own_zone is None
                else self.tr("When (with limits)")
            )
        if moment_there(when.start_at, when.zone) is None:
            return fill(self.tr("When (%1)"), moment(when.start_at))
        there = wall_clock(to_wall(when.start_at, when.zone))
        return fill(self.tr("When (%1 in %2)"), there, when.zone)

    def _notes(self, when: When) -> Iterator[str]:
        if not self.zone.is_known:
            unknown = self.tr("“%1” is no time zone. Until you choose one, %2 is used.")
            yield fill(unknown, self.zone.currentText(), when.zone)
        yield from self._skipped(when)
        if when.start_note in TWICE:
            twice = self.tr(
                "%1 comes twice in %2, since the clocks go back. Choose which is meant."
            )
            yield fill(twice, wall_clock(_wall(self.start)), when.zone)
        if when.expiry_note in TWICE:
            first = self.tr(
                "The expiry comes twice in %1, since the clocks go back: the first counts."
            )
            yield fill(first, when.zone)
        if when.start_at is not None and moment_there(when.start_at, when.zone) is not None:
            yield fill(self.tr("The start is %1 on this computer."), moment(when.start_at))
        if when.expires_at is not None and moment_there(when.expires_at, when.zone) is not None:
            yield fill(self.tr("The expiry is %1 on this computer."), moment(when.expires_at))

    def _skipped(self, when: When) -> Iterator[str]:
        """A time that the clocks skip, and the one that is taken for it."""
        if when.start_note is ClockNote.MOVED_FORWARD and when.start_at is not None:
            start = self.tr("%1 does not exist in %2: the clocks go forward. It starts at %3.")
            taken = to_wall(when.start_at, when.zone)
            yield fill(start, wall_clock(_wall(self.start)), when.zone, f"{taken:%H:%M}")
        if when.expiry_note is ClockNote.MOVED_FORWARD and when.expires_at is not None:
            expiry = self.tr("%1 does not exist in %2: the clocks go forward. It expires at %3.")
            taken = to_wall(when.expires_at, when.zone)
            yield fill(expiry, wall_clock(_wall(self.expiry)), when.zone, f"{taken:%H:%M}")


def _wall(edit: QDateTimeEdit) -> datetime:
    day, clock = edit.date(), edit.time()
    return datetime(day.year(), day.month(), day.day(), clock.hour(), clock.minute())  # noqa: DTZ001


def _wall_time(edit: QTimeEdit) -> time:
    return time(edit.time().hour(), edit.time().minute())
