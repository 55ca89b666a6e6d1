"""What a command begins with: its settings and its log."""

import logging
from collections.abc import Callable

from wa_desktop.commands.logging_setup import set_up_logging
from wa_desktop.commands.settings_files import remarks
from wa_desktop.env_files import env_files
from wa_desktop.ledger.reaching import Patience
from wa_desktop.settings import Settings, load_settings
from wa_desktop.words import Words

log = logging.getLogger(__name__)


def patience(
    settings: Settings,
    ended: Callable[[float], bool],
    tell: Callable[[Words], None] = lambda said: log.warning("%s", said),
) -> Patience:
    """How a program that works on waits for its database at its start."""
    return Patience(settings.wait_for_database, ended, tell)


def settings_for(
    *, least: int = logging.DEBUG, host: str | None = None, port: int | None = None
) -> Settings:
    """The settings, with the log set up by them; below the level ``least`` only DEBUG is logged.

    ``host`` and ``port`` go before the environment's. Raises ``SettingsError``.
    """
    files = env_files()
    settings = load_settings(lambda: files, host=host, port=port)
    set_up_logging(settings.log_level, least=least)
    for remark in remarks(files, settings):
        log.warning("%s. %s", remark.text, remark.advice)
    if settings.ignored_in_database_url:
        log.info(
            "DATABASE_URL: %s mean nothing to wa-desktop and were left out",
            ", ".join(settings.ignored_in_database_url),
        )
    return settings
