"""Which settings files are read, which are not, and who can change them."""

from collections.abc import Iterator

from wa_desktop.commands.doctor.finding import Finding, Level, ok
from wa_desktop.commands.settings_files import remarks
from wa_desktop.env_files import env_files
from wa_desktop.settings import Settings


def settings_files(settings: Settings) -> Iterator[Finding]:
    """The settings files of this start, and what may surprise a user about them."""
    files = env_files()
    if files.paths:
        yield ok("settings file", ", ".join(map(str, reversed(files.paths))))
    for remark in remarks(files, settings):
        yield Finding("settings file", Level.WARNING, remark.text, remark.advice)
