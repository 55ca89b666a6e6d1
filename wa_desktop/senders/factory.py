"""From an account's settings to the sender that speaks for it."""

from wa_desktop.senders.cloud_api import CloudApiSender
from wa_desktop.senders.protocol import Sender
from wa_desktop.senders.sandbox import SandboxSender
from wa_desktop.senders.settings import CloudApiSettings, SandboxSettings, SenderSettings

__all__ = ["CloudApiSettings", "SandboxSettings", "SenderSettings", "build_sender"]


def build_sender(settings: SenderSettings) -> Sender:
    """A new sender with connections of its own; the caller closes it."""
    if isinstance(settings, SandboxSettings):
        return SandboxSender(settings)
    return CloudApiSender(settings)
