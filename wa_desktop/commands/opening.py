"""What a command begins with: its settings and its log."""

from wa_desktop.commands.logging_setup import set_up_logging
from wa_desktop.settings import Settings, load_settings


def settings_for(*, watched: bool, host: str | None = None, port: int | None = None) -> Settings:
    """The settings, with the log set up by them; ``watched`` by a person or left to itself.

    ``host`` and ``port`` go before the environment's. Raises ``SettingsError``.
    """
    settings = load_settings(host=host, port=port)
    set_up_logging(settings.log_level, watched=watched)
    return settings
