"""Where the log goes: plain lines on stderr, without phone numbers and secrets.

Nothing in the program logs those or message texts on purpose. What libraries put into their
errors is masked here once more, and nothing below WARNING is taken from them.
"""

import contextlib
import logging
import re
import sys
from typing import TYPE_CHECKING, TextIO

from wa_desktop.commands.repeats import Repeats

if TYPE_CHECKING:  # 200 ms that a fault in a light command need not wait for
    from wa_desktop.settings import LogLevel

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_PHONE = re.compile(r"(?<![\w.])(?:\+\d(?:[ ()-]{0,3}\d){6,14}|\d{10,15})(?![\w.]*\d)")
"""With a plus in any spelling, or bare digits: a stamp of the ledger has more of them."""

_SECRETS = (
    (re.compile(r"(?i)(bearer\s+)[\w.~+/=-]+"), r"\1…"),
    (re.compile(r"\bEAA[A-Za-z0-9]{8,}"), "…"),
    (re.compile(r"(\w://[^\s:/@]*:)[^\s@]+@"), r"\1…@"),
)

_OWN = "wa_desktop"
"""The loggers that go below WARNING. Libraries do not: peewee writes every statement with its
values to DEBUG, texts and phone numbers included, and another one may do so tomorrow."""


def masked(text: str) -> str:
    """The text without phone numbers, tokens and passwords in URLs."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return _PHONE.sub(_last_four, text)


def _last_four(found: re.Match[str]) -> str:
    """As everywhere else, a phone number keeps its last four digits."""
    return "…" + re.sub(r"\D", "", found[0])[-4:]


class _MaskedFormatter(logging.Formatter):
    """Masks the message and a traceback; the time before them stays as it is."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = masked(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        return masked(super().formatException(ei))  # type: ignore[arg-type]


class _CurrentStderr(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is now: a progress bar puts itself in its place for a while."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.repeats = Repeats()
        self.addFilter(self.repeats)

    def print_held_back(self) -> None:
        """Print the lines that repeat, once a minute."""
        for record in self.repeats.due():
            with contextlib.suppress(OSError, ValueError):
                self.acquire()
                try:
                    self.emit(record)
                finally:
                    self.release()

    @property
    def stream(self) -> TextIO:
        """The present stderr."""
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        """Given by nobody."""


def print_held_back() -> None:
    """Print the lines that repeat while a fault lasts, once a minute; call it now and then."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _CurrentStderr):
            handler.print_held_back()


def set_up_logging(level: "LogLevel", *, least: int = logging.DEBUG) -> None:
    """Log at ``level``, but not below ``least`` unless DEBUG is asked for.

    A command that tells its user itself what is wrong needs no log beside its words.
    """
    number = logging.getLevelNamesMapping()[level.value]
    if number != logging.DEBUG:
        number = max(number, least)
    handler = _CurrentStderr()
    handler.setFormatter(_MaskedFormatter(_LINE))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(number, logging.WARNING))
    own = logging.getLogger(_OWN)
    own.setLevel(number)
    own.debug("the log is at %s", level.value)
