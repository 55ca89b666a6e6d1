"""What a page is built from: the core's services, the way off the GUI thread, the news."""

from dataclasses import dataclass

from wa_desktop.contracts.services import Services
from wa_desktop.window.background import Background
from wa_desktop.window.bridge import Bridge


@dataclass(frozen=True, slots=True)
class Wiring:
    """Handed to every page; holds no state of its own."""

    services: Services
    background: Background
    bridge: Bridge
